#!/usr/bin/env bats
# airlift flash against simulated devices: what it says, what the device hears, what is in
# the device's flash afterwards, and the exit status.

load helpers/processes

setup() {
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	cd "$BATS_TEST_TMPDIR"
	PIDS=
	# Runs side by side share the loopback addresses: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	STEM=1000$(printf '%04x' $((RANDOM * 2)))
	WEB=8087
	MDNS=--no-mdns
	image --wifi yes
	cp image.bin good.bin
}

teardown() {
	end_own $PIDS
	! grep -A 20 Sanitizer err* 2>/dev/null || false
}

# image OPTION...: image.bin, a Tasmota of the usual size.
image() {
	"$build/sim/airlift-sim" image --program Tasmota --version 14.1.0 --variant lite \
		--size 480000 "$@" image.bin
}

# sim COUNT OPTION...: devices $NET.1 and up with ids ${STEM}01 and up.
sim() {
	count=$1; shift
	"$build/sim/airlift-sim" diy --count "$count" --address $NET.1 --id ${STEM}01 $MDNS \
		--pace 1 --boot-ms 200 --flash-dir . --web-port $WEB --locked no "$@" \
		>events 2>err-sim 3>&- &
	PIDS="$PIDS $!"
	seen '"sim":"ready"' "$count"
}

# seen PATTERN [COUNT]: waits for event lines of the simulator.
seen() {
	for _ in $(seq 300); do
		[ "$(grep -c -- "$1" events)" -ge "${2:-1}" ] && return
		sleep 0.1
	done
	echo "no $1 in:"
	grep -v '"sim":"download"' events
	return 1
}

# alone STORY: runs it in a network of its own, where no other test is heard by mDNS.
alone() {
	unshare -rn true 2>/dev/null || skip "no network namespaces here"
	unshare -rn bash -eu -c "PATH=\$PATH:/usr/sbin:/sbin
		$(declare -f sim seen flash ends says heard flashed end_own is_own)
		$(declare -p build NET STEM WEB) PIDS= MDNS=
		trap 'end_own \$PIDS; wait' EXIT
		ip link set lo up
		$1" 3>&-
}

heard() { grep -c "\"sim\":\"heard\",\"device\":\"$1\",\"what\":\"$2\"" events || true; }

# flash OPTION...: its status in $status, its words in out and err.
flash() {
	status=0
	"$build/src/airlift" --state state flash --web-port $WEB --firmware image.bin "$@" \
		>out 2>err 3>&- || status=$?
}

# ends STATUS: shows what was said otherwise.
ends() {
	[ "$status" = "$1" ] || { echo "status $status, wanted $1"; cat out err; return 1; }
}

says() { grep -qF -- "$1" out err || { echo "does not say: $1"; cat out err; return 1; }; }

# flashed NUMBER...: the device's flash begins with exactly the image.
flashed() {
	for number; do
		cmp -n "$(stat -c %s image.bin)" image.bin "$STEM$(printf %02x "$number").bin"
	done
}

# The last fact of a device.
outcome() {
	"$build/src/airlift" --state state history "$1" | grep outcome | tail -n 1
}

@test "every firmware that can be flashed is freed and proven" {
	sim 6 --personality 3.3,3.4,3.5,3.6,3.7.3,3.7.6
	flash $NET.1 $NET.2 $NET.3 $NET.4 $NET.5 $NET.6
	ends 0
	says "6 of 6 devices are free"
	[ "$(grep -c 'Tasmota 14.1.0(release-lite) at' out)" -eq 6 ]
	flashed 1 2 3 4 5 6
	[ "$(grep -c zeroconf/switch events)" -eq 0 ]
}

@test "a locked device is unlocked, and asked whether it is" {
	sim 1 --locked yes
	flash $NET.1
	ends 0
	[ "$(heard ${STEM}01 'POST /zeroconf/ota_unlock')" -eq 1 ]
	[ "$(heard ${STEM}01 'POST /zeroconf/info')" -ge 2 ]
	flashed 1
}

@test "an unlocked device is not unlocked again" {
	sim 1
	flash $NET.1
	ends 0
	[ "$(heard ${STEM}01 'POST /zeroconf/ota_unlock')" -eq 0 ]
}

@test "without Internet a locked device stays as it is: exit 12 and the ways out" {
	sim 1 --locked yes --internet no --unlock-hang-ms 500
	flash $NET.1 --patience 20
	ends 12
	says E-UNLOCK-NO-INTERNET
	says hotspot
	[ "$(heard ${STEM}01 'POST /zeroconf/ota_flash')" -eq 0 ]
}

@test "a device that says it unlocked itself but did not: exit 12" {
	sim 1 --locked yes --fault unlock-lies
	flash $NET.1
	ends 12
	[ "$(heard ${STEM}01 'POST /zeroconf/ota_flash')" -eq 0 ]
}

@test "a device that unlocked itself without a word is flashed" {
	sim 1 --locked yes --fault unlock-quiet --unlock-hang-ms 500
	flash $NET.1
	ends 0
	flashed 1
}

@test "another processor, a lamp and a device in eWeLink mode are refused" {
	sim 3 --personality minir3,bulb,ewelink
	for number in 1 2 3; do
		flash $NET.$number
		ends 10
	done
	[ "$(grep -c ota_ events)" -eq 0 ]
	[ ! -e ${STEM}01.bin ] || ! cmp -n 4096 image.bin ${STEM}01.bin
}

@test "a model of which few were freed wants to be insisted on" {
	sim 1 --personality d1
	flash $NET.1
	ends 10
	says --allow-untried
	[ "$(grep -c ota_ events)" -eq 0 ]
	flash $NET.1 --allow-untried
	ends 0
	flashed 1
}

@test "a dropped connection goes on where it was" {
	sim 1 --fault drop:40
	flash $NET.1
	ends 0
	seen '"sim":"reconnects"'
	flashed 1
}

@test "a device that stops in the middle is given up with its old firmware" {
	sim 1 --fault stall:40
	flash $NET.1 --patience 3
	ends 1
	says E-DOWNLOAD-INTERRUPTED
	says "at 40 %"
	says "old firmware"
	outcome ${STEM}01 | grep -q 'retry: E-DOWNLOAD-INTERRUPTED'
}

@test "a device that changes its address is followed" {
	sim 1 --fault address-change:40
	flash $NET.1
	ends 0
	says "has moved to"
	flashed 1
}

@test "a wrong digest is tried once more, then told" {
	sim 1 --fault wrong-digest
	flash $NET.1
	ends 1
	says E-RESULT-DIGEST
	[ "$(heard ${STEM}01 'POST /zeroconf/ota_flash')" -eq 2 ]
	outcome ${STEM}01 | grep -q 'retry: E-RESULT-DIGEST'
}

@test "a device that takes no ranges is told from a network fault" {
	sim 1 --fault refuse-ranges
	flash $NET.1
	ends 1
	says E-RESULT-DOWNLOAD
}

@test "a slow device is waited for" {
	sim 1 --fault slow --pace 3
	flash $NET.1
	ends 0
	flashed 1
}

@test "no word after the last byte is no failure: the new firmware decides" {
	sim 1 --fault no-post
	flash $NET.1 --patience 20
	ends 0
	flashed 1
	says "free: Tasmota"
}

@test "an empty reply is a perhaps: the download decides" {
	sim 1 --fault empty-reply
	flash $NET.1
	ends 0
	[ "$(heard ${STEM}01 'POST /zeroconf/ota_flash')" -eq 1 ]
	flashed 1
}

@test "an empty reply without a download is offered once more" {
	sim 1 --fault empty-refusal
	flash $NET.1 --patience 10
	ends 13
	[ "$(heard ${STEM}01 'POST /zeroconf/ota_flash')" -eq 2 ]
}

@test "an answer that comes after the download is no obstacle" {
	sim 1 --fault late-answer
	flash $NET.1
	ends 0
	flashed 1
}

@test "accepted, but never fetched: exit 13 with address, port and firewall" {
	sim 1 --fault no-download
	flash $NET.1 --patience 10
	ends 13
	grep -qE 'told to fetch from 127[0-9.]*:[0-9]+' err
	grep -qi 'firewall' err
}

@test "resets and hurry of a single-threaded device are lived with" {
	sim 1 --fault reset:3
	flash $NET.1
	ends 0
	flashed 1
}

@test "an image without Wi-Fi comes up unseen: exit 5 and what to do" {
	image --wifi no
	sim 1
	flash $NET.1 --patience 3
	ends 5
	says E-NOT-PROVEN
	says "tasmota-XXXXXX-####"
	says "192.168.4.1"
	says "seventh time"
	flashed 1
	outcome ${STEM}01 | grep -q 'needs-hands: E-NOT-PROVEN'
}

@test "an access point of its own, or a dead device: flashed, not proven" {
	sim 2 --fault ap-only,dead
	flash $NET.1 $NET.2 --patience 3
	ends 5
	[ "$(grep -c 'flashed, not proven' out)" -eq 2 ]
	says "0 of 2 devices are free. 2 flashed, but not seen again."
}

@test "two of three fail: exit 4, and each is told by itself" {
	sim 3 --fault none,wrong-digest,dead
	flash $NET.1 $NET.2 $NET.3 --patience 3
	ends 4
	says "1 of 3 devices are free"
	grep -q "^${STEM}01 .*free: Tasmota" out
	grep -q "^${STEM}02 .*E-RESULT-DIGEST" out
	grep -q "^${STEM}03 .*E-NOT-PROVEN" out
}

@test "a device that is not there: exit status of a failure, nothing else is stopped" {
	sim 1
	flash $NET.1 $NET.9
	ends 4
	says "1 of 2 devices are free"
	flashed 1
}

@test "a rehearsal tells everything and writes nothing" {
	sim 2 --personality 3.6,minir3
	flash $NET.1 $NET.2 --dry-run
	ends 0
	says "${STEM}01 at $NET.1:8081"
	says "info, unlock, offer, download, verdict, prove"
	says "sha256 $(sha256sum image.bin | cut -d' ' -f1)"
	says "refused"
	says "nothing was changed"
	[ "$(grep '"sim":"heard"' events | grep -cv zeroconf/info)" -eq 0 ]
	[ ! -e state ]
}

@test "a bad image is refused before any device hears of it" {
	sim 1
	head -c 300000 good.bin >short.bin
	printf '<html>not found</html>' >page.bin
	gzip -c good.bin >packed.bin
	{ cat good.bin; head -c 60000 /dev/zero; } >large.bin
	image --variant minimal --wifi yes; mv image.bin minimal.bin
	image --wifi yes --mode qio; mv image.bin qio.bin
	cp good.bin flipped.bin
	printf 'X' | dd of=flipped.bin bs=1 seek=100000 conv=notrunc 2>/dev/null
	for bad in short page packed large minimal qio flipped missing; do
		flash $NET.1 --firmware $bad.bin
		[ "$status" -eq 11 ] || [ $bad = missing -a "$status" -eq 1 ] ||
			{ echo "$bad: $status"; cat err; return 1; }
	done
	[ "$(grep -c '"sim":"heard"' events)" -eq 0 ]
	[ ! -e state ]
}

@test "a wrong flash mode is mended in memory when told so" {
	image --wifi yes --mode qio
	cp image.bin before.bin
	sim 1
	flash $NET.1 --fix-flash-mode
	ends 0
	cmp image.bin before.bin
	# Only the mode byte in front differs from the file.
	[ "$(cmp -l -n 480000 image.bin ${STEM}01.bin)" = "     3   0   3" ] ||
		{ cmp -l -n 480000 image.bin ${STEM}01.bin; return 1; }
}

@test "twenty devices at once" {
	sim 20
	flash $(seq -f "$NET.%.0f" 20) --jobs 20
	ends 0
	says "20 of 20 devices are free"
	flashed $(seq 20)
}

@test "more devices than jobs: the rest waits its turn" {
	sim 5
	flash $(seq -f "$NET.%.0f" 5) --jobs 2
	ends 0
	flashed $(seq 5)
}

@test "a device named twice is flashed once" {
	sim 1 --personality 3.6
	flash $NET.1 $NET.1:8081
	ends 0
	[ "$(heard ${STEM}01 'POST /zeroconf/ota_flash')" -eq 1 ]
	[ "$(grep -c free: out)" -eq 1 ]
}

@test "devices are found by their id" {
	alone '
		sim 3
		flash --interface lo ${STEM}02 ${STEM}03
		ends 0
		says "2 of 2 devices are free"
		flashed 2 3
		[ "$(heard ${STEM}01 "POST /zeroconf/ota_flash")" -eq 0 ]'
}

@test "devices are found by their name in the profile" {
	alone '
		sim 3
		echo "devices: [{ id: ${STEM}02, name: Hall }, { id: ${STEM}03, name: Attic }]" >home.yaml
		flash --interface lo --profile home.yaml hall Attic
		ends 0
		says "2 of 2 devices are free"
		flashed 2 3
		[ "$(heard ${STEM}01 "POST /zeroconf/ota_flash")" -eq 0 ]'
}

@test "an id nobody answers to: exit 3, and who was heard instead" {
	alone '
		sim 1
		flash --interface lo --wait 4 1000ffffff
		ends 3
		says E-DEVICE-NOT-FOUND
		says ${STEM}01
		[ "$(grep -c ota_ events)" -eq 0 ]'
}

@test "--all takes what can be flashed and lists the others with the reason" {
	alone '
		sim 5 --personality 3.6,minir3,ewelink,3.3,zbbridge
		flash --interface lo --all --wait 3
		ends 0
		says "2 of 5 devices are free. 3 refused or free already."
		flashed 1 4
		grep -q "^${STEM}02 .*refused" out
		grep -q "^${STEM}03 .*refused" out
		[ "$(grep -c "\"POST /zeroconf/ota_flash\"" events)" -eq 2 ]'
}

@test "--all without any device: exit 3" {
	alone '
		flash --interface lo --all --wait 1
		ends 3
		says E-NO-DEVICE'
}

@test "the next run knows a device that is free by its id" {
	alone '
		sim 1
		flash --interface lo ${STEM}01
		ends 0
		flash --interface lo --wait 2 ${STEM}01
		ends 2
		says E-ALREADY-FREE
		[ "$(heard ${STEM}01 "POST /zeroconf/ota_flash")" -eq 1 ]'
}

# Starts a slow flash of two devices, one after the other, and waits until the first one
# has some of the image.
start_slow() {
	sim 2 --pace 25
	# A job of a script ignores SIGINT unless it is given back.
	python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$build/src/airlift" --state state flash \
		--web-port $WEB --firmware image.bin --jobs 1 $NET.1 $NET.2 >out 2>err 3>&- &
	flasher=$!
	seen '"sim":"download"' 20
}

@test "Ctrl-C sees the running download to its end and begins no other" {
	start_slow
	kill -INT $flasher
	status=0; wait $flasher || status=$?
	ends 130
	says "no further device is begun"
	grep -q "^${STEM}01 .*free: Tasmota" out
	grep -q "^${STEM}02 .*not started" out
	flashed 1
	[ "$(heard ${STEM}02 'POST /zeroconf/ota_flash')" -eq 0 ]
	# The same command again does the rest.
	flash $NET.2
	ends 0
	flashed 2
}

@test "Ctrl-C twice does not wait, and the device keeps its old firmware" {
	start_slow
	kill -INT $flasher
	sleep 0.3
	kill -INT $flasher
	status=0; wait $flasher || status=$?
	ends 130
	says "old firmware"
	outcome ${STEM}01 | grep -q 'stopped: E-CANCELLED'
	[ ! -e ${STEM}01.bin ] || ! cmp -s -n 480000 image.bin ${STEM}01.bin
}

@test "JSON: events are valid, in order, and tell it all" {
	sim 1 --locked yes
	flash --json $NET.1
	ends 0
	python3 - <<'PY'
import json, os, sys
sys.path.insert(0, "")
events = [json.loads(line) for line in open("out")]
steps = [e["step"] for e in events if e["event"] == "step"]
assert steps == ["info", "unlock", "offer", "download", "verdict", "prove"], steps
last = events[-1]
assert last["event"] == "outcome" and last["outcome"] == "done", last
assert last["proof"].startswith("Tasmota 14.1.0"), last
percents = [e["percent"] for e in events if e["event"] == "progress"]
assert percents == sorted(percents), percents
PY
	"$BATS_TEST_DIRNAME/check-events" out
}

@test "JSON: a failure has code, cause and remedy" {
	sim 1 --fault wrong-digest
	flash --json $NET.1
	ends 1
	jq -es 'map(select(.event == "outcome"))[0] | .code == "E-RESULT-DIGEST" and .remedy != ""' out
	"$BATS_TEST_DIRNAME/check-events" out
}

@test "quiet: nothing but the result" {
	sim 1
	flash --quiet $NET.1
	ends 0
	[ ! -s err ]
}

@test "no terminal: plain lines without escapes" {
	sim 1
	flash $NET.1
	ends 0
	! grep -q $'\033' out err || false
	grep -q "^${STEM}01: download" err
}

@test "on a terminal: one line per device, drawn again" {
	sim 1
	script -qec "'$build/src/airlift' --state state --yes flash --web-port $WEB \
		--firmware image.bin $NET.1" /dev/null </dev/null >screen
	grep -q $'\033\[K' screen
	grep -q '\[=.*>.*\].*%' screen
	grep -q 'free: Tasmota' screen
}

@test "on a terminal it asks once, and no is the answer of the careful" {
	sim 1
	printf 'n\n' | script -qec "'$build/src/airlift' --state state flash --web-port $WEB \
		--firmware image.bin $NET.1; echo status \$?" /dev/null >screen
	grep -q 'for good' screen
	grep -q 'E-DECLINED' screen
	grep -q 'status 2' screen
	[ "$(heard ${STEM}01 'POST /zeroconf/ota_flash')" -eq 0 ]
}

@test "bad options are told before anything is done" {
	for bad in "" "--all $NET.1" "$NET.1 --jobs 0" "$NET.1 --jobs x" "$NET.1 --web-port 70000" \
		"$NET.1 --method magic" "--address nowhere" "$NET.1 --patience 0"; do
		flash $bad
		ends 64
	done
}

@test "a port in use is named" {
	sim 1
	python3 -c 'import socket, time
s = socket.socket(); s.bind(("0.0.0.0", 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(60)' >port &
	PIDS="$PIDS $!"
	until [ -s port ]; do sleep 0.1; done
	flash $NET.1 --port "$(cat port)"
	ends 1
	says E-PORT-BUSY
	[ "$(heard ${STEM}01 'POST /zeroconf/ota_flash')" -eq 0 ]
}
