# The firmware server by itself: what curl, a strict device, a stranger and a prankster get.

setup() {
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	cd "$BATS_TEST_TMPDIR"
	airlift=$build/src/airlift
	helpers=$build/test/scenario/helpers
	head -c 469840 /dev/urandom >image.bin
	server=
}

teardown() {
	[ -n "$server" ] || return 0
	kill -INT "$server"
	# A sanitizer's finding shows in the status.
	wait "$server" || { cat serve.err; return 1; }
}

# Starts `airlift serve` with the options given and finds its address on loopback.
serve() {
	"$airlift" serve image.bin "$@" >serve.out 2>serve.err 3>&- &
	server=$!
	for _ in $(seq 100); do
		url=$(grep -o 'http://127[^ "]*' serve.out) && break
		kill -0 "$server" 2>/dev/null || break
		sleep 0.1
	done
	[ -n "$url" ] || { cat serve.out serve.err; return 1; }
	port=$(echo "$url" | sed 's|http://[^:]*:\([0-9]*\)/.*|\1|')
	path=/$(echo "$url" | cut -d/ -f4-)
}

# Waits for a line in what the server prints.
heard() {
	for _ in $(seq 100); do
		grep -q -- "$1" serve.out && return 0
		sleep 0.1
	done
	cat serve.out
	return 1
}

# status OPTION... URL: only the status code.
status() { curl -s -o body -w '%{http_code}' "$@"; }

# literal BYTES: sends them as they are, prints the answer's head.
literal() {
	exec 4<>"/dev/tcp/127.0.0.1/$port"
	printf "$1" >&4
	timeout 5 sed '/^\r$/q' <&4 | tr -d '\r'
	exec 4>&-
}

@test "curl gets a range with exactly the head a device needs" {
	serve
	curl -s -D head -o part -r 0-4095 "$url?deviceid=1000a1b2c3&ts=1&sign=00"
	cmp part <(head -c 4096 image.bin)
	[ "$(head -n 1 head)" = $'HTTP/1.1 206 Partial Content\r' ]
	grep -q '^Content-Length: 4096' head
	grep -q '^Content-Range: bytes 0-4095/469840' head
	grep -q '^Content-Type: application/octet-stream' head
	grep -q '^Accept-Ranges: bytes' head
	[ "$(wc -l <head)" -eq 6 ]
	[ "$(wc -c <head)" -lt 1000 ]
}

@test "every kind of range is right byte for byte" {
	serve
	check_range() {
		[ "$(status -r "$1" "$url")" = 206 ]
		cmp body <(tail -c "+$(($2 + 1))" image.bin | head -c "$3")
	}
	check_range 466944-469839 466944 2896
	check_range 466944-471039 466944 2896
	check_range 469839-469839 469839 1
	check_range 4096- 4096 465744
	check_range -1000 468840 1000
	check_range 100-101 100 2
}

@test "ranges that cannot be served are refused with the size" {
	serve
	for range in 469840-469841 999999- -0 5-2 x-y; do
		[ "$(status -D head -H "Range: bytes=$range" "$url")" = 416 ]
		grep -q '^Content-Range: bytes \*/469840' head
	done
	[ "$(status -H 'Range: bytes=0-1,5-6' "$url")" = 200 ]
	cmp body image.bin
	[ "$(status -H 'Range: lines=0-1' "$url")" = 200 ]
}

@test "people get the whole file, and its head alone" {
	serve
	[ "$(status "$url")" = 200 ]
	cmp body image.bin
	curl -s -I "$url" >head
	grep -q '^HTTP/1.1 200 OK' head
	grep -q '^Content-Length: 469840' head
	[ "$(status -X DELETE "$url")" = 405 ]
	wait_sha=$(sha256sum image.bin | cut -d' ' -f1)
	grep -q "SHA-256 $wait_sha" serve.out
}

@test "HTTP/1.0, a missing Host, a missing slash and an absolute target are fine" {
	serve
	[ "$(status -0 "$url")" = 200 ]
	cmp body image.bin
	curl -s -0 -D head -o /dev/null "$url"
	grep -q '^Content-Length: 469840' head
	[ "$(status -H 'Host:' -r 0-9 "$url")" = 206 ]
	[ "$(status -H 'Host: dl.itead.cn' -r 0-9 "$url")" = 206 ]
	literal "GET ${path#/} HTTP/1.1\r\nRange: bytes=0-9\r\n\r\n" | grep -q '^HTTP/1.1 206 Partial Content'
	literal "GET $path HTTP/1.1\r\nRange: bytes=0-9 \t \r\n\r\n" | grep -q '^Content-Length: 10$'
	literal "GET http://dl.itead.cn$path?deviceid=1 HTTP/1.1\r\nRange: bytes=0-9\r\n\r\n" |
		grep -q '^HTTP/1.1 206 Partial Content'
	literal "GET $path HTTP/1.1\nRange: bytes=0-9\n\n" | grep -q '^HTTP/1.1 206 Partial Content'
}

@test "a strict device downloads over one connection and reports" {
	head -c 612345 /dev/urandom >image.bin
	serve
	"$helpers/strict-client" "$url" 127.83.9.1 0 >got 2>said
	cmp got image.bin
	cat said
	grep -q '^requests=150 connections=1 bytes=612345' said
	grep -q '^answer to the report: HTTP/1.1 200 OK' said
	heard '^127.83.9.1  *connects, program itead-device, device id 1000a1b2c3'
	heard '^127.83.9.1  *has fetched all of it'
	heard '^127.83.9.1  *reports 0:'
}

# An nginx server on $port with one directive more. The port is below those that the system
# deals out, and another one is tried when it is taken.
nginx_with() {
	mkdir -p www
	cp image.bin www/
	[ "$(id -u)" -ne 0 ] || user="user root;"
	for _ in 1 2 3 4 5; do
		port=$(shuf -i 15000-32000 -n 1)
		cat >nginx.conf <<-CONF
			${user:-} daemon off; pid $PWD/nginx.pid; error_log $PWD/nginx.err; worker_processes 1;
			events { }
			http { access_log off; $1; client_body_temp_path $PWD/t1; proxy_temp_path $PWD/t2;
				fastcgi_temp_path $PWD/t3; uwsgi_temp_path $PWD/t4; scgi_temp_path $PWD/t5;
				server { listen 127.0.0.1:$port; root $PWD/www; } }
		CONF
		nginx -c "$PWD/nginx.conf" -e "$PWD/nginx.err" -p "$PWD" 2>serve.err 3>&- &
		server=$!
		for _ in $(seq 50); do
			[ -s nginx.pid ] && curl -s -o /dev/null "http://127.0.0.1:$port/" && return 0
			kill -0 "$server" 2>/dev/null || break
			sleep 0.1
		done
	done
	cat nginx.err serve.err
	return 1
}

@test "the strict device takes nginx, but not one without keep-alive" {
	nginx_with "keepalive_requests 1000"
	"$helpers/strict-client" "http://127.0.0.1:$port/image.bin" 127.0.0.1 >got
	cmp got image.bin
	kill "$server"
	wait "$server"
	nginx_with "keepalive_timeout 0"
	run "$helpers/strict-client" "http://127.0.0.1:$port/image.bin" 127.0.0.1
	[ "$status" -eq 4 ]
}

@test "the strict device does not take nginx without ranges" {
	nginx_with "max_ranges 0"
	run "$helpers/strict-client" "http://127.0.0.1:$port/image.bin" 127.0.0.1
	[ "$status" -eq 4 ]
	[[ "$output" == *"status line"* ]]
}

@test "with --peer only that device may fetch" {
	serve --peer 127.83.9.1
	run "$helpers/strict-client" "$url" 127.83.9.2
	[ "$status" -eq 4 ]
	heard '^127.83.9.2  *is not the one'
	"$helpers/strict-client" "$url" 127.83.9.1 409 >got 2>/dev/null
	cmp got image.bin
	heard '^127.83.9.1  *reports 409: it did not take the image'
}

@test "nothing else is ever served" {
	echo secret >secret.txt
	serve
	for try in / /image.bin /secret.txt /a /a/ "/a/../secret.txt" "${path}/../../../secret.txt" \
		"${path}x" "${path%?}" "/%2e%2e/secret.txt" "//etc/passwd" "/..%2f..%2fetc/passwd" \
		"${path}%00" "/a/%s%n" "/api/device/otaFlash"; do
		[ "$(status --path-as-is "http://127.0.0.1:$port$try")" = 404 ]
		[ ! -s body ]
	done
	kill -0 "$server"
}

@test "reports: bodies of any shape, on connections of their own" {
	serve
	report() { status -X POST --data-binary "$1" "http://127.0.0.1:$port/api/device/otaFlash"; }
	[ "$(report '{"error":0}')" = 404 ]
	[ "$(status -r 0-4095 "$url")" = 206 ]
	[ "$(report '{"error":0}')" = 200 ]
	heard 'reports 0:'
	[ "$(report '{"error":"406"}')" = 200 ]
	heard 'reports 406:'
	[ "$(report 'nonsense')" = 400 ]
	[ "$(report '')" = 400 ]
	head -c 100000 /dev/zero >large
	[ "$(report @large)" = 413 ]
	kill -0 "$server"
}

@test "rubbish on the wire does no harm" {
	serve
	for _ in 1 2 3; do
		head -c 3000 /dev/urandom | timeout 2 bash -c "cat >/dev/tcp/127.0.0.1/$port" || true
	done
	literal "GET\r\n\r\n" || true
	literal "GET $path HTTP/1.1\r\nno colon here\r\n\r\n" | grep -q '^HTTP/1.1 400'
	long=$(head -c 5000 /dev/zero | tr '\0' a)
	[ "$(status "http://127.0.0.1:$port/$long")" = 414 ]
	[ "$(status -H "X: $long" "$url")" = 431 ]
	[ "$(status -r 0-9 "$url")" = 206 ]
}

@test "a thousand idle connections do not keep a device waiting" {
	serve
	mkfifo hold
	"$helpers/idle-connections" "$port" 1000 <hold >idle.out 3>&- &
	idle=$!
	exec 5>hold
	for _ in $(seq 100); do grep -q open idle.out && break; sleep 0.1; done
	grep -q open idle.out
	"$helpers/strict-client" "$url" 127.83.9.1 0 >got 2>said
	exec 5>&-
	wait "$idle"
	cmp got image.bin
	grep -q ' connections=1 ' said
}

@test "a busy port is named with the program that has it" {
	serve
	run "$airlift" serve --port "$port" image.bin
	[ "$status" -eq 1 ]
	[[ "$output" == *"E-PORT-BUSY"* ]]
	[[ "$output" == *"port $port is in use by airlift (process $server)"* ]]
}

@test "bad arguments and files are refused before anything listens" {
	run "$airlift" serve
	[ "$status" -eq 64 ]
	run "$airlift" serve missing.bin
	[[ "$output" == *E-FILE* ]]
	: >empty.bin
	run "$airlift" serve empty.bin
	[[ "$output" == *E-FILE* ]]
	run "$airlift" serve --port 70000 image.bin
	[ "$status" -eq 64 ]
	run "$airlift" serve --peer nonsense image.bin
	[ "$status" -eq 64 ]
}

@test "--json says the same in events" {
	serve --json
	"$helpers/strict-client" "$url" 127.83.9.1 0 >got 2>/dev/null
	heard '"reports 0'
	jq -e -s 'map(select(.text == "reachable" and .interface == "lo")) | length == 1' serve.out
	jq -e -s 'map(select(.event == "progress")) | last | .bytes == 469840 and .percent == 100' serve.out
	jq -e -s --arg sha "$(sha256sum image.bin | cut -d' ' -f1)" '.[0].sha256 == $sha' serve.out
	jq -e -s 'map(select(.device == "127.83.9.1")) | length > 2' serve.out
}

@test "Ctrl-C ends it with status 0" {
	serve
	kill -INT "$server"
	wait "$server"
	server=
}
