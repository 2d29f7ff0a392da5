# Prints CODE|EXIT STATUS|REMEDY for every `struct err_code` initialiser:
#   { "E-NAME", ERR_KIND, "remedy" "continued" }
# Statuses are read from src/base/err.c, which is among the files.
FILENAME ~ /base\/err\.c$/ && match($0, /\[ERR_[A-Z_]+\] = [0-9]+/) {
	split(substr($0, RSTART, RLENGTH), half, /\] = /)
	status[substr(half[1], 2)] = half[2]
}
{ text = text "\n" $0 }
END {
	# Join string pieces, then look at the whole source as one text.
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
		print name "|" status[kind] "|" remedy
	}
}
