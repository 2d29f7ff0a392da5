# Prints CODE|EXIT STATUS|REMEDY for every `struct err_code` initialiser:
#   { "E-NAME", ERR_KIND, "remedy" "continued" }
# Statuses are read from src/base/err.c, which is among the files.
FILENAME ~ /base\/err\.c$/ && match($0, /\[ERR_[A-Z_]+\] = [0-9]+/) {
	split(substr($0, RSTART, RLENGTH), half, /\] = /)
	status[substr(half[1], 2)] = half[2]
}
# Initialisers are short: keep a window of lines from one that names a code onwards.
/"[EW]-[A-Z0-9-]+",/ && window == "" { left = 12 }
left > 0 { window = window "\n" $0; left-- }
left > 0 && /"[EW]-[A-Z0-9-]+",/ { left = 12 }
left == 0 && window != "" { take(window); window = "" }
FNR == 1 && window != "" { take(window); window = ""; left = 0 }
END {
	if (window != "")
		take(window)
	for (i = 1; i <= rows; i++)
		print code[i] "|" status[kind_of[i]] "|" remedy_of[i]
}

# Reads the initialisers of a few lines.
function take(text,    head, part, name, kind, remedy) {
	gsub(/"[ \t\n]*"/, "", text)
	while (match(text, /"[EW]-[A-Z0-9-]+",[ \t\n]*ERR_[A-Z_]+,[ \t\n]*"/)) {
		head = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		split(head, part, "\"")
		name = part[2]
		match(head, /ERR_[A-Z_]+/)
		kind = substr(head, RSTART, RLENGTH)
		remedy = text
		sub(/[^\\]".*/, "", remedy)
		remedy = substr(text, 1, length(remedy) + 1)
		gsub(/\\"/, "\"", remedy)
		gsub(/\|/, "or", remedy)
		code[++rows] = name
		kind_of[rows] = kind
		remedy_of[rows] = remedy
	}
}
