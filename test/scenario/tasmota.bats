#!/usr/bin/env bats
# airlift flash on devices that run Tasmota already: fetched or pushed, with or without the
# minimal build in between, and what counts as proof.

bats_require_minimum_version 1.5.0

load helpers/processes

setup() {
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	cd "$BATS_TEST_TMPDIR"
	PIDS=
	# Runs side by side share loopback addresses and ports: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	WEB=$((20000 + RANDOM % 10000))
}

teardown() {
	end_own $PIDS
	! grep -A 20 Sanitizer err* 2>/dev/null || false
}

# sim VERSION VARIANT OPTION...: a device on the LAN, with quick reflexes.
sim() {
	: >events
	"$build/sim/airlift-sim" tasmota --version "$1" --variant "$2" --blank no --address $NET.1 \
		--ap-address $NET.129 --web-port $WEB --speed 600 --flash-dir . "${@:3}" \
		>events 2>err-sim 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 200); do
		grep -q '"sim":"ready"' events && break
		sleep 0.05
	done
	url=$(now OtaUrl)
	[ -n "$url" ] || { cat events err-sim; return 1; }
}

# image NAME VERSION VARIANT SIZE
image() {
	"$build/sim/airlift-sim" image --program Tasmota --version "$2" --variant "$3" --size "$4" \
		--wifi yes "$1"
}

flash() {
	status=0
	"$build/src/airlift" --state state flash --web-port $WEB "$@" >out 2>err || status=$?
}

ends() { [ "$status" -eq "$1" ] || { echo "ended $status, not $1"; cat out err events; return 1; }; }
says() { grep -q -- "$1" out err || { echo "does not say $1"; cat out err; return 1; }; }

now() {
	curl -s -m 5 -H "Referer: http://$NET.1/" --get --data-urlencode "cmnd=$1" \
		"http://$NET.1:$WEB/cm"
}

# What it looks for by itself later is as before.
url_is_back() { [ "$(now OtaUrl)" = "$url" ]; }

@test "lite to full is one command, and the method needs no name" {
	sim 15.2.0 lite
	image full.bin 15.2.0 tasmota 530000
	flash $NET.1 --firmware full.bin
	ends 0
	says 'free: Tasmota 15.2.0(release-tasmota)'
	now 'Status 2' | grep -q 'release-tasmota'
	url_is_back
	cmp -n 530000 full.bin 5CCF7F000001.bin
	# And once more there is nothing to do.
	flash $NET.1 --firmware full.bin
	ends 2
	says E-ALREADY-FREE
}

@test "old versions fetch too" {
	for version in 5.14.0 8.5.1 9.2.0; do
		sim $version lite
		image next.bin "$([ $version = 5.14.0 ] && echo 6.7.1 || echo 12.1.0)" lite 480000
		flash $NET.1 --firmware next.bin
		ends 0
		url_is_back
		kill "${PIDS##* }"
		wait "${PIDS##* }" || true
	done
}

@test "a release that must come between is asked for" {
	sim 6.7.1 lite
	image next.bin 12.1.0 lite 480000
	flash $NET.1 --firmware next.bin
	ends 10
	says E-UPGRADE-STEP
	says 7.2.0
	run ! grep 'OtaUrl http' events
}

@test "too large: the minimal build goes in between, fetched by the device itself" {
	sim 14.1.0 tasmota
	image full.bin 15.2.0 tasmota 610000
	image minimal.bin 15.2.0 minimal 370000
	flash $NET.1 --firmware full.bin
	ends 11
	says E-UPGRADE-ROOM
	flash $NET.1 --firmware full.bin --minimal full.bin
	ends 11
	says E-NOT-MINIMAL
	flash $NET.1 --firmware full.bin --minimal minimal.bin
	ends 0
	says 'fetches the minimal build first'
	grep -q 'fw-minimal.bin' events
	now 'Status 2' | grep -q '15.2.0'
	url_is_back
}

@test "too large: the minimal build is pushed first" {
	sim 14.1.0 tasmota
	image full.bin 15.2.0 tasmota 610000
	image minimal.bin 15.2.0 minimal 370000
	gzip -9 minimal.bin
	flash $NET.1 --firmware full.bin --minimal minimal.bin.gz --upload
	ends 0
	now 'Status 2' | grep -q '15.2.0'
}

@test "pushed through the upload form" {
	sim 9.2.0 lite
	image next.bin 15.2.0 lite 480000
	flash $NET.1 --method tasmota --firmware next.bin --upload
	ends 0
	says 'free: Tasmota 15.2.0(release-lite)'
	run ! grep 'OtaUrl http' events
	cmp -n 480000 next.bin 5CCF7F000001.bin
}

@test "a compressed image goes to those that can unpack it" {
	image next.bin 15.2.0 lite 480000
	gzip -9k next.bin
	sim 9.2.0 lite
	flash $NET.1 --firmware next.bin.gz
	ends 0
	now 'Status 2' | grep -q '15.2.0'
	kill "${PIDS##* }"
	wait "${PIDS##* }" || true
	sim 8.1.0 lite
	flash $NET.1 --firmware next.bin.gz
	ends 11
	says E-UPGRADE-GZIP
	run ! grep 'OtaUrl http' events
}

@test "a device with a web password wants it" {
	sim 15.2.0 lite
	echo canary-web-secret >web
	now 'WebPassword2 canary-web-secret' >/dev/null
	image full.bin 15.2.0 tasmota 530000
	flash $NET.1 --method tasmota --firmware full.bin
	ends 1
	says E-TASMOTA-PASSWORD
	flash $NET.1 --method tasmota --firmware full.bin --web-password-file web --verbose
	ends 0
	run ! grep -r canary --exclude=web --exclude=events --exclude=err-sim .
}

@test "a device that does not come back is not proven" {
	sim 15.2.0 lite --fault no-return
	image full.bin 15.2.0 tasmota 530000
	flash $NET.1 --firmware full.bin --patience 5
	ends 5
	says E-UPGRADE-NOT-SEEN
	run ! grep 'free:' out
}

# fetch URL: as the device's updater asks, from the device's address; head and body.
fetch() {
	curl -0 -s -m 20 --interface "${2:-$NET.1}" -D head -o body -A ESP8266-http-Update \
		-H 'Connection: close' -H 'x-ESP8266-mode: sketch' -H 'x-ESP8266-version: 15.2.0(lite)' "$1"
	tr -d '\r' <head >head-lines
}

@test "the updater gets what it needs: one answer with length and sum, no detour, no stranger" {
	sim 15.2.0 lite --speed 100
	image full.bin 15.5.0 tasmota 530000
	flash $NET.1 --firmware full.bin &
	running=$!
	for _ in $(seq 100); do
		offered=$(grep -o 'OtaUrl http://127[^" ]*' events | head -1)
		[ -z "$offered" ] || break
		sleep 0.05
	done
	url=${offered#OtaUrl }
	# The device cuts what is longer, and reads the name up to the first dash and dot.
	[ ${#url} -lt 100 ]
	[[ $url == */fw.bin ]]
	for each in "$url" "$url.gz"; do
		fetch "$each"
		grep -q '^HTTP/1.[01] 200 ' head-lines
		grep -qix 'Content-Length: 530000' head-lines
		grep -qx "x-MD5: $(md5sum <full.bin | cut -d' ' -f1)" head-lines
		run ! grep -qiE '^(Transfer-Encoding|Content-Encoding|Location):' head-lines
		cmp full.bin body
	done
	fetch "$url" $NET.2
	grep -q '^HTTP/1.[01] 404 ' head-lines
	wait $running
	grep -q 'free: Tasmota 15.5.0(release-tasmota)' out
}

@test "nobody there, and nobody to ask for --all" {
	image full.bin 15.2.0 tasmota 530000
	flash $NET.1 --method tasmota --firmware full.bin
	[ $status -ne 0 ]
	says E-TASMOTA-UNREACHABLE
	flash lamp1 --method tasmota --firmware full.bin
	ends 3
	says E-NAME-UNKNOWN
	flash --all --method tasmota --firmware full.bin
	ends 64
	says 'the broker knows which Tasmotas there are'
}
