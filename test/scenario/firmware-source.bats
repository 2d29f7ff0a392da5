# Where firmware comes from: nginx serves it, curl's job is done by airlift, and everything
# that can go wrong on the way does.

load helpers/processes

setup() {
	cd "$BATS_TEST_TMPDIR"
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	PATH="$build/src:$build/sim:$PATH"
	export XDG_CACHE_HOME=$PWD/cache
	pids=
	mkdir www
	make_image 14.1.0
	start_nginx
}

teardown() {
	end_own $pids
}

make_image() {
	airlift-sim image --program Tasmota --version "$1" --variant lite --size 487824 \
		www/tasmota-lite.bin >made.json
	sum=$(sha256sum www/tasmota-lite.bin | cut -d' ' -f1)
}

start_nginx() {
	for _ in 1 2 3 4 5; do
		port=$((20000 + RANDOM % 12000))
		cat >nginx.conf <<CONF
daemon off; pid $PWD/nginx.pid; error_log $PWD/nginx.err; master_process off;
events {}
http {
	log_format line '\$status \$request';
	access_log $PWD/nginx.log line;
	client_body_temp_path $PWD/a; proxy_temp_path $PWD/b; fastcgi_temp_path $PWD/c;
	uwsgi_temp_path $PWD/d; scgi_temp_path $PWD/e;
	server {
		listen 127.0.0.1:$port;
		root $PWD/www;
		location = /moved { return 302 /tasmota-lite.bin; }
		location = /loop { return 302 /loop; }
		location = /portal { default_type text/html; return 200 '<html><body>Log in</body></html>'; }
		location = /nothing { return 200 ''; }
		location = /plain/tasmota-lite.bin { alias $PWD/www/tasmota-lite.bin; etag off; add_header Last-Modified ''; }
	}
}
CONF
		nginx -c "$PWD/nginx.conf" -e "$PWD/nginx.err" 2>/dev/null 3>&- &
		nginx=$!
		for _ in $(seq 50); do
			curl -s -o ignored "http://127.0.0.1:$port/" && break 2
			kill -0 $nginx 2>/dev/null || break
			sleep 0.1
		done
	done
	pids="$pids $nginx"
	base=http://127.0.0.1:$port
	url=$base/tasmota-lite.bin
}

stop_nginx() {
	kill "$nginx"
	wait "$nginx" || true
}

# requests STATUS: how often nginx answered so for the image. It logs after the answer.
requests() {
	sleep 0.2
	grep -c "^$1 GET .*tasmota-lite.bin " nginx.log || true
}

sha_of() { jq -r .image.sha256; }

@test "an address is downloaded whole" {
	run airlift --json inspect "$url"
	[ "$status" -eq 0 ]
	[ "$(grep verdict <<<"$output" | sha_of)" = "$sum" ]
	[ "$(grep verdict <<<"$output" | jq -r .image.name)" = tasmota-lite.bin ]
	grep -q '"event":"progress"' <<<"$output"
}

@test "the second time the copy serves, after the server was asked" {
	airlift inspect "$url"
	run airlift inspect "$url"
	[ "$status" -eq 0 ]
	[[ $output == *"nothing newer"*accepted* ]]
	[ "$(requests 200)" -eq 1 ]
	[ "$(requests 304)" -eq 1 ]
}

@test "a new version on the server is fetched" {
	airlift inspect "$url"
	sleep 1
	make_image 14.2.0
	touch -d '+1 hour' www/tasmota-lite.bin
	[ "$(airlift --json inspect "$url" | grep verdict | sha_of)" = "$sum" ]
	[ "$(requests 200)" -eq 2 ]
}

@test "without a word about versions from the server it is fetched again" {
	airlift inspect "$base/plain/tasmota-lite.bin"
	airlift inspect "$base/plain/tasmota-lite.bin"
	[ "$(requests 200)" -eq 2 ]
}

@test "a damaged copy is not used" {
	airlift inspect "$url"
	copy=$(echo cache/airlift/images/*.bin)
	printf 'x' | dd of="$copy" bs=1 seek=1000 conv=notrunc status=none
	[ "$(airlift --json inspect "$url" | grep verdict | sha_of)" = "$sum" ]
	[ "$(requests 200)" -eq 2 ]
}

@test "the copy serves when there is no server any more, and that is said" {
	airlift inspect "$url"
	stop_nginx
	run airlift inspect "$url"
	[ "$status" -eq 0 ]
	[[ $output == *"does not answer"*accepted* ]]
}

@test "no server and no copy" {
	stop_nginx
	run airlift inspect "$url"
	[ "$status" -eq 1 ]
	[[ $output == *E-HTTP-UNREACHABLE* ]]
	run airlift inspect http://no-such-host.invalid/tasmota.bin
	[ "$status" -eq 1 ]
	[[ $output == *E-HTTP-NAME* ]]
}

@test "redirects are followed, but not for ever" {
	[ "$(airlift --json inspect "$base/moved" | grep verdict | sha_of)" = "$sum" ]
	run airlift inspect "$base/loop"
	[ "$status" -eq 1 ]
}

@test "404, an error page and an empty answer are no firmware" {
	run airlift inspect "$base/absent.bin"
	[ "$status" -eq 1 ]
	[[ $output == *E-DOWNLOAD-STATUS*404* ]]
	run airlift inspect "$base/portal"
	[ "$status" -eq 11 ]
	[[ $output == *E-DOWNLOAD-HTML* ]]
	run airlift inspect "$base/nothing"
	[[ $output == *E-DOWNLOAD-TRUNCATED* ]]
	[ -z "$(ls cache/airlift/images 2>/dev/null)" ]
}

@test "a download that stops in the middle is refused and not kept" {
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1) or die;
		$| = 1; print $s->sockport, "\n";
		while (my $p = $s->accept) {
			sysread $p, my $q, 4096;
			syswrite $p, "HTTP/1.1 200 OK\r\nContent-Length: 487824\r\n\r\n" . "\xe9" x 100000;
			close $p;
		}' >short-port 3>&- &
	pids="$pids $!"
	for _ in $(seq 50); do [ -s short-port ] && break; sleep 0.1; done
	run airlift inspect "http://127.0.0.1:$(cat short-port)/tasmota-lite.bin"
	[ "$status" -eq 75 ]
	[[ $output == *E-DOWNLOAD-TRUNCATED*"of 487824 bytes"* ]]
	[ -z "$(ls cache/airlift/images 2>/dev/null)" ]
}

@test "the checksum asked for decides, also with the copy" {
	run airlift inspect --firmware-sha256 "${sum//[0-9]/0}" "$url"
	[ "$status" -eq 11 ]
	[[ $output == *E-DOWNLOAD-CHECKSUM* ]]
	[ -z "$(ls cache/airlift/images 2>/dev/null)" ]
	airlift inspect --firmware-sha256 "${sum^^}" "$url"
	# With a checksum that fits nobody needs to be asked.
	stop_nginx
	airlift inspect --firmware-sha256 "$sum" "$url"
	run airlift inspect --firmware-sha256 "${sum//[0-9]/0}" "$url"
	[ "$status" -eq 1 ]
	run airlift inspect --firmware-sha256 123 "$url"
	[ "$status" -eq 64 ]
}

@test "a file on disk has to fit the checksum too" {
	airlift inspect --firmware-sha256 "$sum" www/tasmota-lite.bin
	run airlift inspect --firmware-sha256 "${sum//[0-9]/0}" www/tasmota-lite.bin
	[ "$status" -eq 11 ]
	run airlift inspect --firmware-sha256 beside www/tasmota-lite.bin
	[ "$status" -eq 64 ]
}

@test "the checksum published beside the file" {
	run airlift inspect --firmware-sha256 beside "$url"
	[ "$status" -eq 1 ]
	echo "$sum  tasmota-lite.bin" >www/tasmota-lite.bin.sha256
	airlift inspect --firmware-sha256 beside "$url"
	echo "${sum//[0-9]/0}  tasmota-lite.bin" >www/tasmota-lite.bin.sha256
	run airlift inspect --firmware-sha256 beside "$url"
	[ "$status" -eq 11 ]
	echo 'not there' >www/tasmota-lite.bin.sha256
	run airlift inspect --firmware-sha256 beside "$url"
	[[ $output == *E-DOWNLOAD-DIGEST* ]]
}

@test "a name leads below the base address" {
	[ "$(airlift --json inspect --firmware-base "$base" tasmota-lite | grep verdict | sha_of)" = "$sum" ]
	airlift inspect --firmware-base "$base/" tasmota-lite
	run airlift inspect --firmware-base "$base" tasmota-sensors
	[[ $output == *E-DOWNLOAD-STATUS* ]]
}

@test "a file of that name comes first" {
	cp www/tasmota-lite.bin tasmota-lite
	airlift inspect --firmware-base http://127.0.0.1:1/ tasmota-lite
}

@test "other kinds of addresses are refused" {
	for odd in ftp://127.0.0.1/x.bin file:///etc/passwd gopher://x/; do
		run airlift inspect "$odd"
		[ "$status" -eq 64 ]
	done
}

@test "a cache that can not be written costs nothing but a warning" {
	mkdir -p cache
	: >cache/airlift
	run airlift inspect "$url"
	[ "$status" -eq 0 ]
	[[ $output == *"not kept"*E-FILE*accepted* ]]
}

@test "a full disk costs nothing but a warning" {
	unshare -rm true 2>/dev/null || skip "no namespaces here"
	mkdir cache
	run unshare -rm sh -c 'mount -t tmpfs -o size=64k none cache && airlift inspect "$1"; s=$?
		find cache -type f >left; exit $s' sh "$url"
	[ "$status" -eq 0 ]
	[[ $output == *"not kept"*E-DISK-FULL*accepted* ]]
	[ ! -s left ]
}
