#!/bin/sh
# The program itself: how long it takes to say its version, how large it is.
set -eu
airlift=$1/src/airlift
rounds=${BENCH_ROUNDS:-7}

times=$(for i in $(seq $((rounds * 3))); do
	before=$(date +%s%N)
	"$airlift" --version >/dev/null
	after=$(date +%s%N)
	echo $(((after - before) / 1000))
done)
printf '%s\n' "$times" | sort -n | awk '{ t[NR] = $1 } END {
	ms = t[int((NR + 1) / 2)] / 1000
	printf "airlift --version | %.1f ms | <= 20 | %s | median of %d\n",
		ms, ms <= 20 ? "ok" : "missed", NR }'

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$airlift"
bytes=$(stat -c %s "$stripped")
verdict=ok
[ "$bytes" -le 1048576 ] || verdict=missed
echo "stripped binary | $((bytes / 1024)) KiB | <= 1024 | $verdict |"
