#!/bin/sh
# The image server against nginx: 4096-byte ranges over 100 and over 1000 keep-alive
# connections. Both are pinned to one core, wrk to another; rounds alternate, medians are
# compared. One worker, sendfile, access log off.
set -eu
airlift=$1/src/airlift
rounds=${BENCH_ROUNDS:-7}
seconds=${BENCH_SECONDS:-2}
BENCH_BYTES=512000
export BENCH_BYTES
here=$(cd "$(dirname "$0")" && pwd)
cores=$(nproc)
[ "$cores" -ge 2 ] || { echo "needs two cores" >&2; exit 1; }

place=$(mktemp -d)
pids=
finish() {
	for pid in $pids; do kill "$pid" 2>/dev/null || true; done
	wait 2>/dev/null || true
	rm -rf "$place"
}
trap finish EXIT
trap 'exit 130' INT TERM
ulimit -n "$(ulimit -Hn)"

mkdir "$place/www"
chmod 755 "$place" "$place/www"
head -c $BENCH_BYTES /dev/urandom >"$place/www/image.bin"

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

nginx_port=$(free_port)
cat >"$place/nginx.conf" <<CONF
worker_processes 1;
daemon off;
pid $place/nginx.pid;
error_log $place/nginx.err;
events { worker_connections 4096; }
http {
	access_log off;
	sendfile on;
	keepalive_requests 1000000000;
	keepalive_timeout 300s;
	client_body_temp_path $place/t1; proxy_temp_path $place/t2; fastcgi_temp_path $place/t3;
	uwsgi_temp_path $place/t4; scgi_temp_path $place/t5;
	server { listen 127.0.0.1:$nginx_port; root $place/www; }
}
CONF
taskset -c 0 nginx -c "$place/nginx.conf" -e "$place/nginx.err" -p "$place" &
pids="$pids $!"
taskset -c 0 "$airlift" serve --quiet "$place/www/image.bin" >"$place/serve.out" &
ours=$!
pids="$pids $ours"

tries=0
until url=$(grep -o 'http://127[^ ]*' "$place/serve.out") &&
	curl -s -o /dev/null "http://127.0.0.1:$nginx_port/image.bin"; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || { echo "the servers do not start" >&2; exit 1; }
	sleep 0.1
done

for each in "$url" "http://127.0.0.1:$nginx_port/image.bin"; do
	status=$(curl -s -o "$place/part" -w '%{http_code}' -r 4096-8191 "$each")
	[ "$status" = 206 ] && tail -c +4097 "$place/www/image.bin" | head -c 4096 |
		cmp -s - "$place/part" || { echo "$each does not serve ranges" >&2; exit 1; }
done

# load URL CONNECTIONS: requests per second; complains about any failed request.
load() {
	taskset -c 1 wrk -t1 -c"$2" -d"${seconds}s" --timeout 10s -s "$here/ranges.lua" "$1" |
		awk '/^BENCH/ { if ($3 > 0) print $3 " requests failed" > "/dev/stderr"; print $2 }'
}

median() { sort -n | awk '{ t[NR] = $1 } END { print (t[int((NR + 1) / 2)] + t[int(NR / 2) + 1]) / 2 }'; }

# compare CONNECTIONS GOAL
compare() {
	: >"$place/ours"
	: >"$place/theirs"
	for round in $(seq "$rounds"); do
		if [ $((round % 2)) -eq 0 ]; then
			load "$url" "$1" >>"$place/ours"
			load "http://127.0.0.1:$nginx_port/image.bin" "$1" >>"$place/theirs"
		else
			load "http://127.0.0.1:$nginx_port/image.bin" "$1" >>"$place/theirs"
			load "$url" "$1" >>"$place/ours"
		fi
	done
	awk -v ours="$(median <"$place/ours")" -v theirs="$(median <"$place/theirs")" \
		-v connections="$1" -v goal="$2" 'BEGIN {
		ratio = ours / theirs
		printf "ranges over %d connections, ours : nginx | %.2f | >= %.2f | %s | %.0f : %.0f requests/s\n",
			connections, ratio, goal, ratio >= goal ? "ok" : "missed", ours, theirs }'
}

compare 100 1.00
compare 1000 0.90
awk '/^VmHWM/ { mib = $2 / 1024
	printf "most memory of the server so far | %.1f MiB | <= 16 | %s | 1000 connections were open\n",
		mib, mib <= 16 ? "ok" : "missed" }' "/proc/$ours/status"
