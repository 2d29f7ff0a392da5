#!/usr/bin/env bats
# The journal and airlift history: nothing is lost, whatever happens to the program.

load helpers/processes

setup() {
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	cd "$BATS_TEST_TMPDIR"
	PIDS=
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	STEM=1000$(printf '%04x' $((RANDOM * 2)))
	WEB=8087
	"$build/sim/airlift-sim" image --program Tasmota --version 14.1.0 --variant lite \
		--size 200000 --wifi yes image.bin
}

teardown() {
	end_own $PIDS
	! grep -A 20 Sanitizer err* 2>/dev/null || false
}

sim() {
	"$build/sim/airlift-sim" diy --address $NET.1 --id ${STEM}01 --no-mdns --pace 1 \
		--boot-ms 200 --flash-dir . --web-port $WEB --locked yes "$@" >events 2>err-sim 3>&- &
	SIM=$!
	PIDS="$PIDS $SIM"
	for _ in $(seq 100); do
		grep -q '"sim":"ready"' events && return
		sleep 0.1
	done
	cat err-sim
	return 1
}

stop_sim() { kill $SIM; wait $SIM || true; }

airlift() { "$build/src/airlift" --state state "$@" 3>&-; }

flash() { airlift flash --web-port $WEB --firmware image.bin $NET.1 "$@" >out 2>err; }

rows() { sqlite3 -readonly state/journal.db 'SELECT count(*) FROM fact' 2>/dev/null || echo 0; }

@test "nothing was done yet" {
	airlift history >out
	grep -q "Nothing was done yet" out
	airlift history 1000a00001 >out
	grep -q "Nothing was done to 1000a00001" out
}

@test "a flash can be read in a table, by device, as JSON and with sqlite3" {
	sim
	flash
	airlift history >out
	grep -q "${STEM}01 .*diy .*done: Tasmota 14.1.0(release-lite) at $NET.1" out
	airlift history ${STEM}01 >out
	for step in info unlock offer download verdict prove outcome; do
		grep -q " $step " out
	done
	grep -q "sha256 $(sha256sum image.bin | cut -d' ' -f1)" out
	airlift history --json >out
	"$BATS_TEST_DIRNAME/check-events" out
	jq -es 'last | .event == "outcome" and .outcome == "done"' out
	sqlite3 state/journal.db 'SELECT device, step, detail FROM history' | grep -q "${STEM}01|outcome|done"
	sqlite3 state/journal.db 'PRAGMA integrity_check' | grep -qx ok
}

@test "the journal says it before the device hears it" {
	sim
	flash
	# Times of the simulator and of the journal are not comparable: the order within each is.
	airlift history ${STEM}01 | awk 'NR > 1 { print $4 }' | uniq >steps
	[ "$(tr '\n' ' ' <steps)" = "info unlock offer download verdict prove outcome " ]
}

# Runs a flash and kills it as soon as the journal holds a row more than before; the next
# run must come to the end, with every row of before still there.
kill_after() {
	rm -rf state
	sim --pace 5
	"$build/src/airlift" --state state flash --web-port $WEB --firmware image.bin $NET.1 \
		>out 2>err 3>&- &
	flasher=$!
	while kill -0 $flasher 2>/dev/null && [ "$(rows)" -lt "$1" ]; do :; done
	kill -KILL $flasher 2>/dev/null || true
	wait $flasher || true
	before=$(rows)
	sqlite3 -readonly state/journal.db 'SELECT * FROM fact' >facts-before
	# The device may come up by itself now, or have to be flashed again.
	sleep 1
	status=0; flash || status=$?
	if [ $status -eq 2 ]; then
		# The killed run had written its outcome.
		tail -n 1 facts-before | grep -q 'outcome|done'
		grep -q E-ALREADY-FREE err
	else
		[ $status -eq 0 ] || { echo "after row $1 ($before):"; cat out err; airlift history; return 1; }
		grep -q 'free: Tasmota' out
	fi
	head -n "$before" <(sqlite3 -readonly state/journal.db 'SELECT * FROM fact') | cmp - facts-before
	[ "$(sqlite3 state/journal.db "SELECT count(*) FROM job WHERE job NOT IN
		(SELECT job FROM fact WHERE step = 'outcome')")" -le "$([ "$before" -eq 0 ] && echo 1 || echo 0)" ]
	cmp -n 200000 image.bin ${STEM}01.bin
	stop_sim
	rm -f ${STEM}01.bin
}

@test "killed after every row, the next run goes on sensibly and the history is whole" {
	for row in $(seq 12); do
		kill_after "$row"
	done
}

@test "killed after the last byte: the next run sees that the device had got through" {
	sim --boot-ms 1500
	"$build/src/airlift" --state state flash --web-port $WEB --firmware image.bin $NET.1 \
		>out 2>err 3>&- &
	flasher=$!
	for _ in $(seq 200); do
		! grep -q '"sim":"flashed"' events || break
		sleep 0.05
	done
	kill -KILL $flasher
	wait $flasher || true
	for _ in $(seq 100); do
		! grep -q '"sim":"boots"' events || break
		sleep 0.1
	done
	flash
	grep -q 'free: Tasmota' out
	[ "$(grep -c ota_flash events)" -eq 1 ]
	airlift history ${STEM}01 | grep -q 'outcome .*seen by a later run'
}

@test "two runs do not work on one device at the same time" {
	sim --pace 10
	"$build/src/airlift" --state state flash --web-port $WEB --firmware image.bin $NET.1 \
		>out1 2>err1 3>&- &
	flasher=$!
	PIDS="$PIDS $flasher"
	for _ in $(seq 100); do
		[ "$(grep -c '"sim":"download"' events)" -lt 3 ] || break
		sleep 0.1
	done
	status=0; flash || status=$?
	[ $status -eq 75 ] || { echo "status $status"; cat out err; return 1; }
	grep -q E-DEVICE-BUSY err
	grep -q "process $flasher" err
	wait $flasher
	[ "$(grep -c ota_flash events)" -eq 1 ]
}

@test "a damaged journal is kept aside, and said so" {
	mkdir -m 700 state
	head -c 20000 /dev/urandom >state/journal.db
	cp state/journal.db damaged
	sim
	flash
	grep -q 'kept as' err
	cmp damaged state/journal.db.damaged-*[0-9]
	airlift history | grep -q 'done: Tasmota'
}

@test "a journal that can not be written stops the flash before the device hears anything" {
	unshare -rm true 2>/dev/null || skip "no user namespaces here"
	sim
	mkdir state
	status=0
	unshare -rm sh -c "mount --bind state state && mount -o remount,bind,ro state &&
		exec '$build/src/airlift' --state state flash --web-port $WEB \
		--firmware image.bin $NET.1" >out 2>err 3>&- || status=$?
	[ $status -eq 77 ] || { echo "status $status"; cat err; return 1; }
	grep -q E-JOURNAL-READ-ONLY err
	[ "$(grep -c ota_ events)" -eq 0 ]
}

@test "a full disk is said so, and the device is left alone" {
	unshare -rm true 2>/dev/null || skip "no user namespaces here"
	sim
	mkdir state
	status=0
	unshare -rm sh -c "mount -t tmpfs -o size=8k tmpfs state &&
		exec '$build/src/airlift' --state state flash --web-port $WEB \
		--firmware image.bin $NET.1" >out 2>err 3>&- || status=$?
	[ $status -eq 1 ] || { echo "status $status"; cat err; return 1; }
	grep -qE 'E-JOURNAL-FULL|E-DISK-FULL' err
	[ "$(grep -c ota_ events)" -eq 0 ]
}

@test "history by what the profile calls a device" {
	export XDG_CONFIG_HOME=$PWD/config
	mkdir -p config/airlift
	echo "devices: [{ id: ${STEM}01, name: Hall lamp }, { id: ${STEM}02, name: Attic }]" >config/airlift/home.yaml
	sim --locked no
	flash --yes
	# What was done under the name itself belongs to it.
	airlift setup "Hall lamp" --no-mqtt --network $NET.0/25 --web-port $WEB --friendly-name Lamp
	airlift history "hall lamp" >out
	grep "MAC 5CCF7F.* answers at" out
	grep reach out
	airlift history --json "hall lamp" | grep '"step":"download"' | grep -q ${STEM}01
	# A MAC, however it is written.
	mac=$(grep -o 'MAC 5CCF7F[0-9A-F]*' out | head -1 | cut -d' ' -f2)
	airlift setup $mac --no-mqtt --network $NET.0/25 --web-port $WEB --friendly-name Light
	airlift history "$mac" | grep -q reach
	airlift history "$(echo "$mac" | sed 's/../&:/g; s/:$//' | tr A-Z a-z)" | grep -q reach
	airlift history Attic | grep -qx 'Nothing was done to Attic.'
	run airlift history Cellar
	[ "$status" -eq 3 ]
	[[ $output == *home.yaml\ has\ no\ device\ \"Cellar\"* ]]
	run airlift history 1000ffffff
	[ "$status" -eq 0 ]
}
