#!/usr/bin/env bats
# airlift takeover against simulated devices with old vendor firmware: what it says, what the
# device hears, what is in the device's flash afterwards, and the exit status.

bats_require_minimum_version 1.5.0

load helpers/processes

setup() {
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	cd "$BATS_TEST_TMPDIR"
	PIDS=
	# Runs side by side share loopback addresses and ports: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	STEM=1000$(printf '%04x' $((RANDOM * 2)))
	US=$NET.200
	PORT=$((20000 + BATS_TEST_NUMBER * 200 + 2 * (RANDOM % 100)))
	PLAIN=$((PORT + 1))
	WEB=8087
	mkdir images
	echo 'correct horse' >password
	airlift_image user1 images/image_user1-0x01000.bin
	airlift_image user2 images/image_user2-0x81000.bin
	airlift_image arduino images/image_arduino.bin --wifi yes
}

teardown() {
	end_own $PIDS
	# Whatever happens, no lamp is switched.
	! grep '"sim":"relay"' events 2>/dev/null || return 1
	! grep -A 20 Sanitizer err* 2>/dev/null || false
}

airlift_image() { "$build/sim/airlift-sim" image --format "$1" "${@:3}" "$2"; }

# sim COUNT OPTION...: devices $NET.1 and up with ids ${STEM}01 and up, with quick reflexes.
sim() {
	count=$1; shift
	"$build/sim/airlift-sim" stock --count "$count" --address $NET.1 --id ${STEM}01 --pace 0 \
		--speed 2000 --boot-ms 100 --ap-port 8088 --plain-port $PLAIN --web-port $WEB \
		--final-address $US:8090 --flash-dir . "$@" >events 2>err-sim 3>&- &
	SIM=$!
	PIDS="$PIDS $!"
	seen '"sim":"ready"' "$count"
}

provisioned() { count=$1; shift; sim "$count" --provisioned $US:$PORT "$@"; }

# seen PATTERN [COUNT]: waits for event lines of the simulator.
seen() {
	for _ in $(seq 300); do
		[ "$(grep -c -- "$1" events)" -ge "${2:-1}" ] && return
		sleep 0.1
	done
	echo "no $1 in:"
	grep -v download events
	return 1
}

never_seen() { ! grep -- "$1" events; }

# airlift OPTION...: as it is typed.
airlift() { "$build/src/airlift" --state state "$@"; }

begin() { airlift takeover $(fixed) --patience "${PATIENCE:-20}" "$@"; }

# start OPTION...: the same in the background, as $RUN, so that signals reach it.
start() {
	"$build/src/airlift" --state state takeover $(fixed) "$@" >out 2>err 3>&- &
	RUN=$!
	PIDS="$PIDS $!"
}

fixed() {
	echo --address $US --cloud-port $PORT --plain-port $PLAIN \
		--final-address $US:8090 --web-port $WEB --ssid Home --wifi-password-file password
}

# takeover OPTION...: its status in $status, its words in out and err.
takeover() {
	status=0
	begin --images images "$@" >out 2>err 3>&- || status=$?
}

# With the access points of the first COUNT devices.
pair() {
	points=
	for i in $(seq "$1"); do points="$points --ap-address $NET.$i:8088"; done
	shift
	takeover $points "$@"
}

ends() {
	[ "$status" = "$1" ] || { echo "status $status, wanted $1"; cat out err; grep -v download events; return 1; }
}

says() { grep -qF -- "$1" out err || { echo "does not say: $1"; cat out err; return 1; }; }
never_says() { ! grep -F -- "$1" out err; }

# flashed NUMBER...: the device's flash begins with exactly the final image.
flashed() {
	for number; do
		cmp -n "$(stat -c %s images/image_arduino.bin)" images/image_arduino.bin \
			"$STEM$(printf %02x "$number").bin"
	done
}

# Waits until the program listens.
listening() {
	for _ in $(seq 200); do
		(: <>/dev/tcp/$US/$PORT) 2>/dev/null && return
		sleep 0.1
	done
	cat out err
	return 1
}

@test "from pairing to proof, running from slot 1" {
	sim 1
	pair 1
	ends 0
	says "Tasmota 14.1.0"
	says "model ITA-GZ1-GL, firmware 1.5.5"
	seen '"slot":2,"wants":"/ota/image_arduino.bin"'
	flashed 1
}

@test "the setup after it knows what the device was" {
	sim 1 --personality th-2.0.4
	pair 1
	ends 0
	airlift setup $NET.1:$WEB --no-mqtt --timezone 1 >out 2>err 3>&- || status=$?
	ends 0
	curl -s -m 5 -e "http://$NET.1/" "http://$NET.1:$WEB/cm?cmnd=Status" >status
	[ "$(jq .Status.Module status)" = 4 ]
}

@test "from pairing to proof, running from slot 2: the final stage has two passes" {
	sim 1 --slot 2 --speed 400
	PATIENCE=100 pair 1
	ends 0
	seen '"path":"/ota/image_user2-0x81000.bin"'
	seen '"path":"/ota/image_arduino.bin"'
	[ "$(grep -c "join it again" err)" = 1 ]
	flashed 1
}

@test "every personality that is not pinned, from both slots, all at once" {
	sim 20 --personality basic-1.5.5,basic-1.2.0,th-2.0.4,th-2.0.1,late,4ch,late,basic-1.5.2,pow-2.0.2,dual-1.3.0 \
		--slot 1,1,1,1,1,1,1,1,1,1,2,2,2,2,2,2,2,2,2,2
	PATIENCE=100 pair 20
	ends 0
	flashed $(seq 20)
}

@test "pinned firmware is recognised by its hanging up, in words, not by waiting" {
	sim 3 --personality pinned-1.6.0,pinned-2.6.1,silent-ap-1.7.0
	PATIENCE=100 pair 3
	ends 10
	says E-PINNED-FIRMWARE
	says "hangs up as soon as it sees our certificate"
	says "takeover --undo"
	never_seen flashed
}

@test "one pinned device among good ones does not hold them up" {
	sim 3 --personality basic-1.5.5,pinned-1.6.0,late
	PATIENCE=100 pair 3
	ends 4
	says E-PINNED-FIRMWARE
	flashed 1 3
}

@test "provisioned devices are taken by id or as they come" {
	provisioned 2
	takeover --provisioned ${STEM}02
	ends 0
	flashed 2
	[ ! -e ${STEM}01.bin ]
	takeover --provisioned
	ends 0
	says ${STEM}01
	flashed 1
}

@test "devices that have not called yet are not taken for each other's earlier run" {
	provisioned 2
	takeover --provisioned ${STEM}01 ${STEM}02
	ends 0
	flashed 1 2
	never_says "broke off"
}

@test "faults before the download are got over" {
	sim 4 --fault ap-silent,dispatch-retry:2,no-date:1,ws-drop:1
	PATIENCE=100 pair 4
	never_says "broke off"
	ends 0
	flashed 1 2 3 4
}

@test "faults of the download are got over without a power cycle" {
	sim 5 --fault report-404:1,wrong-digest:1,drop:40,report-404:2,no-report
	PATIENCE=100 pair 5
	ends 0
	says "asking again, slower"
	flashed 1 2 3 4 5
	# All on the connection that stood.
	[ "$(grep -c '"sim":"registered"' events)" = 5 ]
}

@test "late firmware that fails is asked again as well" {
	sim 2 --personality late --fault report-404:1,wrong-digest:1
	PATIENCE=100 pair 2
	ends 0
	flashed 1 2
	[ "$(grep -c '"sim":"registered"' events)" = 2 ]
}

@test "after three failures it is told what the device runs" {
	sim 1 --fault report-404:9
	PATIENCE=100 pair 1
	ends 1
	says E-UPGRADE-FAILED
	says "The device still runs its old firmware"
	[ "$(grep -c '"what":"upgrade"' events)" = 3 ]
}

@test "a download that stops is told as such" {
	sim 1 --fault stall:50
	PATIENCE=5 pair 1
	ends 1
	says E-UPGRADE-LOST
}

@test "a device that takes the upgrade and does nothing is told as such" {
	sim 1 --fault no-upgrade
	PATIENCE=5 pair 1
	[ "$status" != 0 ]
	says E-NO-FETCH
}

@test "whole-file firmware that can not keep up gets more time at the second try" {
	airlift_image user1 images/image_user1-0x01000.bin --size 20484
	airlift_image user2 images/image_user2-0x81000.bin --size 24580
	sim 1 --personality pow-2.0.2 --fault slow-flash
	PATIENCE=100 pair 1
	ends 0
	says "asking again, slower"
	[ "$(grep -c '"sim":"registered"' events)" = 1 ]
	flashed 1
}

@test "an acknowledgement without a download proves nothing" {
	sim 2 --personality basic-1.5.5,late --fault claims-done
	PATIENCE=5 pair 2
	ends 13
	[ "$(grep -c E-NO-FETCH out)" -ge 2 ]
	never_says "free:"
	never_seen '"sim":"boots"'
}

@test "name and password of the Wi-Fi arrive as they were given, whatever is in them" {
	sim 1 --wifi-ok right --ssid 'Café "5" \o/' --password 'päss \"wörd\" ☃ {1}'
	echo 'päss \"wörd\" ☃ {1}' >password
	pair 1 --ssid 'Café "5" \o/'
	ends 0
	flashed 1
}

@test "a wrong password shows in that the device does not call" {
	sim 1 --wifi-ok right --ssid Home --password 'another horse'
	PATIENCE=3 pair 1
	ends 13
	says E-NO-CALL
	seen '"sim":"wifi-fails"'
}

@test "a device that never gets into the Wi-Fi is not waited for for ever" {
	sim 1 --fault wifi-fails
	PATIENCE=3 pair 1
	ends 13
	says E-NO-CALL
	says password
}

@test "the final stage restarts, is cut and is pulled out, and still ends well" {
	sim 2 --fault final-restart:2,cut:40
	PATIENCE=100 pair 2
	ends 0
	flashed 1 2
}

@test "a device that lost its link, or fetches everything again, still ends well" {
	sim 2 --fault link-lost:40+replug:2,final-again:1
	PATIENCE=100 pair 2
	ends 0
	seen '"sim":"stuck"'
	seen '"sim":"replugged"'
	flashed 1 2
}

@test "each way to be lost in the final stage is told, with what to do" {
	sim 3 --fault link-lost:40,cut:0,final-again:9
	PATIENCE=3 pair 3
	ends 5
	says E-FINAL-STALLED
	says "Switch the device off and on"
	says E-FINAL-DEAD-END
	says "serial cable"
	says E-FINAL-REPEATS
	never_says "free:"
}

@test "nobody in FinalStage, or not in it ourselves: that is told" {
	sim 1 --final-address $US:8091
	PATIENCE=3 pair 1
	ends 5
	says E-FINAL-NO-CALLER
	says "port 8080"
	kill $SIM
	wait $SIM || true
	sim 1
	PATIENCE=3 pair 1 --final-address 192.0.2.77:8090
	ends 5
	says "now join the open Wi-Fi FinalStage"
	says E-FINAL-NOT-JOINED
}

@test "a program that was killed in the final stage is run again, and the device comes back" {
	airlift_image arduino images/image_arduino.bin --wifi yes --size 520192
	sim 1 --pace 20 --fault replug:20
	start --images images --ap-address $NET.1:8088
	seen '"sim":"final-download"' 10
	kill -KILL $RUN
	wait $RUN || true
	takeover --provisioned --setup-address $NET.1:$WEB
	ends 0
	seen '"sim":"stuck"'
	flashed 1
}

@test "what was not seen afterwards is not called done" {
	sim 2 --fault no-tasmota,ap-only
	PATIENCE=3 pair 2
	[ "$status" != 0 ]
	says E-TAKEOVER-UNSEEN
	says "every byte has arrived"
	flashed 1 2
	never_says "free:"
}

@test "a device that waits in FinalStage is picked up by a new run" {
	sim 1
	start --images images --ap-address $NET.1:8088 --final-address 192.0.2.77:8090
	seen '"program":"FinalStage"'
	kill -INT $RUN
	status=0
	wait $RUN || status=$?
	ends 130
	says "go on with --provisioned"
	takeover --provisioned --setup-address $NET.1:$WEB
	ends 0
	flashed 1
}

@test "an interrupt while the device writes is heard only the second time" {
	airlift_image arduino images/image_arduino.bin --wifi yes --size 520192
	sim 1 --speed 100 --pace 40 --slot 1
	start --images images --ap-address $NET.1:8088
	seen '"sim":"final-download"' 3
	kill -INT $RUN
	for _ in $(seq 100); do grep -q "NOT NOW" err && break; sleep 0.1; done
	says "NOT NOW"
	seen '"sim":"flashed"'
	flashed 1
	status=0
	wait $RUN || status=$?
	[ "$status" = 130 ]
}

# pairing_check OPTION...: airlift check, which lets the device call.
pairing_check() {
	status=0
	airlift check --told-address $US --cloud-port $PORT --plain-port $PLAIN "$@" \
		>out 2>err 3>&- || status=$?
}

verdict() { jq -r 'select(.event == "verdict") | '"$1" out; }

@test "check --pair says what a device is; nothing is upgraded" {
	sim 1 --personality late
	pairing_check --pair --ssid Home --wifi-password-file password --ap-address $NET.1:8088
	ends 0
	says "${STEM}01  $NET.1  PSA-B01-GL  2.3.0"
	says "can be freed (takeover): model PSA-B01-GL, firmware 2.3.0"
	says "not pinned to the vendor"
	says "airlift takeover --provisioned --images DIR ${STEM}01"
	never_seen '"what":"upgrade"'
	never_says "correct horse"
}

@test "check --pair recognises pinned firmware, in words and as an event" {
	sim 1 --personality pinned-1.6.0
	pairing_check --json --pair --ssid Home --wifi-password-file password --ap-address $NET.1:8088
	ends 10
	"$BATS_TEST_DIRNAME/check-events" out
	[ "$(verdict '[.device, .can_be_freed, .perhaps, .code] | @csv')" = \
		"\"${STEM}01\",false,,\"E-PINNED-FIRMWARE\"" ]
	verdict .cause | grep -q "hangs up as soon as it sees our certificate"
}

@test "check --provisioned judges devices that call already, each by itself" {
	provisioned 2 --personality th-2.0.1,pinned-1.6.0
	pairing_check --json --provisioned ${STEM}01
	ends 0
	[ "$(verdict '[.device, .can_be_freed, .method] | @csv')" = "\"${STEM}01\",true,\"takeover\"" ]
	verdict .reason | grep -q "without TLS"
}

@test "check --pair: what does not go together, and a rehearsal" {
	pairing_check --pair
	ends 64
	says "--ssid NAME is missing"
	pairing_check --pair --provisioned --ssid Home --wifi-password-file password
	ends 64
	pairing_check --pair --address $NET.1 --ssid Home --wifi-password-file password
	ends 64
	pairing_check --dry-run --pair --ssid Home --wifi-password-file password
	ends 0
	says "the device would be told to join \"Home\" and to call $US:$PORT"
}

@test "check --pair at an access point where nobody answers says that of no device" {
	pairing_check --pair --ssid Home --wifi-password-file password --ap-address $NET.77:8088 --patience 1
	ends 3
	says E-AP-
	never_says "can perhaps"
}

@test "undo gives a device the vendor's server back" {
	sim 1
	status=0
	begin --undo --ap-address $NET.1:8088 >out 2>err 3>&- || status=$?
	ends 0
	says "eu-disp.coolkit.cc"
	seen '"server":"eu-disp.coolkit.cc","port":443'
}

@test "nothing is sent when an image is not what it must be" {
	sim 1
	cp images/image_user1-0x01000.bin images/image_user2-0x81000.bin
	pair 1
	ends 11
	says E-USER-SLOT
	airlift_image user2 images/image_user2-0x81000.bin --break crc
	pair 1
	ends 11
	says E-USER-IMAGE
	airlift_image user2 images/image_user2-0x81000.bin --size 471060
	pair 1
	ends 11
	airlift_image user2 images/image_user2-0x81000.bin
	airlift_image arduino images/image_arduino.bin --size 540672
	pair 1
	ends 11
	rm images/image_arduino.bin
	pair 1
	ends 1
	never_seen '"sim":"heard"'
}

@test "a current Tasmota takes the place of the old one" {
	sim 1
	airlift_image arduino new.bin --wifi yes --version 14.3.0 --size 517328
	rm images/image_arduino.bin
	pair 1 --firmware new.bin
	ends 0
	says "Tasmota 14.3.0"
}

@test "wishes that can not come true are refused before anything is sent" {
	sim 1
	echo short >password
	pair 1
	ends 64
	says E-WIFI-PASSWORD
	echo 'correct horse' >password
	pair 1 --ssid 01234567890123456789012345678901
	ends 64
	says E-WIFI-NAME
	pair 1 --wifi by-magic
	ends 64
	pair 1 --via bridge
	ends 64
	takeover --provisioned not-an-id
	ends 64
	pair 1 --dry-run
	ends 0
	says "nothing was changed"
	never_seen '"sim":"heard"'
}

@test "the password is in no output and no journal" {
	sim 1
	pair 1 --verbose
	ends 0
	never_says "correct horse"
	! grep -r "correct horse" state || false
	! grep -rE '5a1f0000-2222' out err state || false
}

# An addition to the simulator that no takeover meets would prove nothing.
@test "every personality and every fault of the simulator is met by a takeover here" {
	"$build/sim/airlift-sim" stock --help >help
	all=$(sed -n 's/^personalities: //p' help)
	all="$all $(sed -n '/^faults/,$p' help | sed -n 's/^  *\([a-z0-9-]*\)[: [].*/\1/p')"
	grep -oE -e '--(personality|fault) [^ ]*' "$BATS_TEST_FILENAME" | tr ' ,+:' '\n' >met
	[ "$(wc -w <<<"$all")" -ge 30 ] || { echo "only: $all"; return 1; }
	for name in $all; do
		[ "$name" = none ] || grep -qx -e "$name" met || { echo "no takeover meets $name"; return 1; }
	done
}

@test "every event is as the schema has it" {
	sim 2 --personality basic-1.5.5,pinned-1.6.0
	PATIENCE=100 pair 2 --json
	ends 4
	"$BATS_TEST_DIRNAME/check-events" out
	grep -q '"event":"outcome","device":"'${STEM}01 out
}

# s_client OPTION...: what openssl says of a handshake with a listening takeover.
s_client() {
	openssl s_client -connect $US:$PORT -cipher "$1:@SECLEVEL=0" "${@:2}" </dev/null 2>&1 || true
}

@test "openssl speaks every old version and suite with it, on both ports" {
	start --images images --provisioned
	listening
	for version in tls1 tls1_1 tls1_2; do
		for suite in AES128-SHA AES256-SHA; do
			s_client $suite -$version | grep -q "Cipher is $suite" || { echo "$version $suite"; s_client $suite -$version; return 1; }
		done
	done
	PORT=$PLAIN
	s_client AES128-SHA -tls1_1 | grep -q "Cipher is AES128-SHA"
	s_client ECDHE-RSA-AES128-GCM-SHA256 -tls1_2 | grep -q "Cipher is (NONE)"
}

# OpenSSL of today has lost these; devices of 2016 have not.
@test "the two suites with RC4 are spoken in every old version, to a hello without extensions" {
	start --images images --provisioned
	listening
	for version in 1.0 1.1 1.2; do
		for suite in RC4-SHA RC4-MD5; do
			"$BATS_TEST_DIRNAME/helpers/old-tls" $US $PORT $version $suite /x >said
			grep -q "^TLS $version $suite certificate" said
			grep -q "^HTTP/1.1 404 Not Found" said
			[ "$(sed -n 's/^largest //p' said)" -lt 4096 ]
		done
	done
}

@test "a stranger is told nothing, with TLS or without" {
	start --images images --provisioned ${STEM}01
	listening
	for path in / /dispatch/device /api/ws /ota/image_arduino.bin /a/x/y /../../etc/passwd; do
		for way in http://$US:$PLAIN http://$US:$PORT "-k --tls-max 1.2 https://$US:$PORT"; do
			answer=$(curl -s --max-time 5 -o body -w '%{http_code}' --path-as-is $way$path || true)
			case $answer in 404|000) ;; *) echo "$way$path: $answer"; return 1 ;; esac
			[ ! -s body ]
		done
	done
	body='{"accept":"ws;2","version":2,"ts":933,"deviceid":"1000abcdef","apikey":"11111111-2222-4333-8444-555555555555","model":"ITA-GZ1-GL","romVersion":"1.5.5"}'
	[ "$(curl -s -o body -w '%{http_code}' -d "$body" http://$US:$PLAIN/dispatch/device)" = 404 ]
	[ "$(curl -s -o body -w '%{http_code}' -d "$(printf '[%.0s' $(seq 1500))" http://$US:$PLAIN/dispatch/device)" = 404 ]
	[ "$(curl -s -o body -w '%{http_code}' -d "$(head -c 5000 /dev/zero | tr '\0' x)" http://$US:$PLAIN/dispatch/device)" = 413 ]
}

@test "idle and broken connections do not keep a device out" {
	start --images images --provisioned
	listening
	mkfifo open
	"$build/test/scenario/helpers/idle-connections" $PORT 1000 <>open >idle 2>&1 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 20); do
		head -c 300 /dev/urandom | timeout 2 bash -c "cat >/dev/tcp/$US/$PORT" 2>/dev/null || true
		printf '\x16\x03\x01\x00' | timeout 2 bash -c "cat >/dev/tcp/$US/$PLAIN" 2>/dev/null || true
	done
	provisioned 1
	status=0
	wait $RUN || status=$?
	ends 0
	flashed 1
}

# Everything bad at once, from many addresses, while devices go their way.
@test "abuse of every listener tells nothing, takes little memory, and holds no device up" {
	ulimit -n "$(ulimit -Hn)"
	start --images images --provisioned ${STEM}01 ${STEM}02 ${STEM}03 ${STEM}99
	listening
	"$BATS_TEST_DIRNAME/helpers/hostile" $US $PORT $PLAIN 8090 ${STEM}01 $NET >hostile 2>&1 3>&- &
	hostile=$!
	PIDS="$PIDS $!"
	for _ in $(seq 300); do grep -q done hostile && break; sleep 0.1; done
	grep done hostile
	provisioned 3 --personality basic-1.5.5,th-2.0.1,late
	seen '"program":"Tasmota"' 3
	flashed 1 2 3
	kill -HUP $hostile
	wait $hostile || { cat hostile; return 1; }
	# With sanitizers it takes what it takes.
	if ! grep -q "asan\|tsan" "/proc/$RUN/maps"; then
		most=$(sed -n 's/VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$RUN/status")
		echo "memory: $most KiB"
		[ "$most" -lt 65536 ]
	fi
	for _ in $(seq 100); do [ "$(grep -c "${STEM}0[123]: done" err)" = 3 ] && break; sleep 0.1; done
	kill -INT $RUN
	status=0
	wait $RUN || status=$?
	ends 130
	says "${STEM}01: done"
	says "${STEM}02: done"
	says "${STEM}03: done"
}

@test "two devices at once, from both slots" {
	sim 2 --personality basic-1.5.5,th-2.0.1 --slot 1,2
	PATIENCE=100 pair 2
	ends 0
	flashed 1 2
}

@test "fifty devices at once" {
	sim 50 --personality basic-1.5.5,th-2.0.1,late,th-2.0.4 --slot 1,2
	PATIENCE=200 pair 50
	ends 0
	flashed $(seq 50)
}

@test "the password is asked for on a terminal, without echo" {
	points="--ap-address $NET.1:8088"
	words=$(fixed | sed 's/--wifi-password-file password//')
	: >terminal
	type_it() {
		for _ in $(seq 100); do grep -q "Wi-Fi password" terminal && break; sleep 0.1; done
		sleep 0.5 # the prompt is there a moment before the echo is off
		echo "correct horse"
		for _ in $(seq 100); do grep -q "rehearsal" terminal && break; sleep 0.1; done
	}
	type_it | script -qefc "'$build/src/airlift' --state state takeover $points $words \
		--images images --dry-run" /dev/null >terminal 2>&1 3>&- || { cat terminal; return 1; }
	! grep "correct horse" terminal || false
	grep -q "Wi-Fi password" terminal
	grep -q "nothing was changed" terminal
	"$build/src/airlift" --state state takeover $points $words --images images \
		</dev/null >out 2>err 3>&- && return 1
	says E-SECRET-MISSING
}

@test "a port of the final stage that is in use is told before any device hears of it" {
	sim 1
	python3 -c 'import socket, sys, time
s = socket.create_server(("", int(sys.argv[1])))
print("ready", flush=True)
time.sleep(60)' $((PORT + 100)) >holder 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 100); do grep -q ready holder && break; sleep 0.1; done
	pair 1 --final-address 192.0.2.77:$((PORT + 100))
	ends 1
	says E-PORT-BUSY
	says "port $((PORT + 100)) is in use by python3"
	pair 1 --final-address $US:$PLAIN
	ends 64
	never_seen '"sim":"heard"'
}

@test "a cut of the last image is told as one, not as a restart into the next pass" {
	: >events
	# Small enough for the kernel to take it whole while nothing has arrived yet.
	airlift_image arduino images/image_arduino.bin --size 69632
	start --images images --provisioned
	listening
	curl -s --retry 20 --retry-connrefused --retry-delay 1 -o body \
		http://$US:8090/ota/image_user2-0x81000.bin
	cmp body images/image_user2-0x81000.bin
	for _ in $(seq 100); do grep -q "join it again" err && break; sleep 0.1; done
	python3 - $US <<-'END'
		import socket, struct, sys, time
		s = socket.socket()
		s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
		s.connect((sys.argv[1], 8090))
		s.sendall(b"GET /ota/image_arduino.bin HTTP/1.0\r\n\r\n")
		s.recv(100)
		time.sleep(1)
		s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
		s.close()
	END
	for _ in $(seq 100); do grep -q "the connection broke" err && break; sleep 0.1; done
	says "the connection broke"
	[ "$(grep -c "join it again" err)" = 1 ]
}

# alone PERSONALITY OPTION...: one device and this computer in networks of their own, with a
# cable for the air between them. Nothing but the images and the Wi-Fi is told. This computer
# is at home; it joins the device's networks only once the program waits for that.
alone() {
	personality=$1; shift
	cat >inside <<-EOF
		until_seen() {
			for _ in \$(seq 600); do grep -q -- "\$1" "\$2" 2>/dev/null && return; sleep 0.05; done
			echo "no \$1"; cat out err events; exit 1
		}
		unshare -n sleep 300 3>&- & device=\$!
		trap 'kill \$device \$sim' EXIT
		while [ "\$(readlink /proc/\$device/ns/net)" = "\$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
		there="nsenter -t \$device -n"
		ip link set lo up
		ip link add air type veth peer name chip
		ip link set chip netns \$device
		ip link set air up && ip address add 192.168.77.2/24 dev air && ip route add default dev air
		\$there ip link set lo up
		\$there ip link set chip address 5e:cf:7f:${STEM:4:2}:${STEM:6:2}:01
		\$there ip link set chip up
		\$there ip address add 10.10.7.1/24 dev chip
		\$there ip route add default dev chip
		\$there "$build/sim/airlift-sim" stock --address 10.10.7.1 --id ${STEM}01 --personality $personality \\
			--speed 1000 --pace 0 --boot-ms 100 --flash-dir . >events 2>err-sim 3>&- & sim=\$!
		until_seen '"sim":"ready"' events
		"$build/src/airlift" --state state takeover --images images --ssid Home \\
			--wifi-password-file password $* >out 2>err 3>&- & run=\$!
		until_seen 'join the Wi-Fi ITEAD' err
		! grep -q '"what":"GET' events || exit 1
		ip address add 10.10.7.2/24 dev air
		until_seen '"what":"POST /ap".*"server":"192.168.77.2"' events
		until_seen 'bring this computer back' err
		ip address delete 10.10.7.2/24 dev air
		until_seen 'now join the open Wi-Fi FinalStage' err
		until_seen '"program":"FinalStage"' events
		! grep -q '"sim":"final-get"' events || exit 1
		ip address add 192.168.4.2/24 dev air
		wait \$run
	EOF
	status=0
	unshare -rn bash inside 3>&- || status=$?
	ends 0
	says "Tasmota 14.1.0(release-lite) at 10.10.7.1"
	flashed 1
	rm -rf state ./*.bin
}

@test "with nothing but defaults, and networks that are joined while it waits" {
	unshare -rn true 2>/dev/null || skip "no namespaces here"
	alone basic-1.5.5
	grep -q '"sim":"dispatch".*"port":8443,"by":"TLSv1.1"' events
	alone th-2.0.1
	grep -q '"sim":"dispatch".*"port":8081,"by":"plain"' events
	alone th-2.0.4 --cloud-port 443
	grep -q '"sim":"dispatch".*"port":443,"by":"TLSv1.2"' events
}

# apart: reads a script that runs in a network of its own and may say `begin N OPTION...`: a device
# that is at home on a cable of its own and, on another one, alone with whoever joins its
# FinalStage (`join N`, `leave N`). There all are 192.168.4.1, and have the MAC of an access point.
apart() {
	{ cat; echo 'wait $run'; } >inside
	cat >prelude <<-EOF
		until_seen() {
			for _ in \$(seq 600); do grep -q -- "\$1" "\$2" 2>/dev/null && return; sleep 0.05; done
			echo "no \$1"; cat out err events?; exit 1
		}
		begin() {
			n=\$1; shift
			unshare -n sleep 300 3>&- & holder=\$!
			ends="\$ends \$holder"
			while [ "\$(readlink /proc/\$holder/ns/net)" = "\$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
			there="nsenter -t \$holder -n"
			ip link add lan\$n type veth peer name home
			ip link set home netns \$holder
			ip link add air\$n type veth peer name chip
			ip link set chip netns \$holder
			ip link set lan\$n up
			ip address add 192.168.77.2/32 dev lan\$n
			ip route add 192.168.77.1\$n/32 dev lan\$n src 192.168.77.2
			\$there ip link set lo up
			\$there ip link set home address 5c:cf:7f:${STEM:4:2}:${STEM:6:2}:0\$n
			\$there ip link set chip address \${chip:-5e:cf:7f:${STEM:4:2}:${STEM:6:2}:0\$n}
			\$there ip link set home up
			\$there ip link set chip up
			\$there ip address add 192.168.77.1\$n/24 dev home
			\$there ip address add 192.168.4.1/24 dev chip
			\$there "$build/sim/airlift-sim" stock --address 192.168.77.1\$n --id ${STEM}0\$n --speed 1000 \\
				--pace \${pace:-0} --boot-ms 100 --provisioned 192.168.77.2:8443 --final-own-address 192.168.4.1 \\
				--ap-address 192.168.4.1 --flash-dir . "\$@" >events\$n 2>err-sim 3>&- &
			ends="\$ends \$!"
		}
		free() {
			"$build/src/airlift" --state state takeover --images images --address 192.168.77.2 \\
				--provisioned "\$@" >out 2>err 3>&- & run=\$!
		}
		join() { ip link set air\$1 up && ip address add 192.168.4.2/24 dev air\$1; }
		leave() { ip address delete 192.168.4.2/24 dev air\$1; ip link set air\$1 down; }
		is_in() { until_seen "${STEM}0\$1: \$2" err; }
		is_not_in() { ! grep "${STEM}0\$1: \$2" err || exit 1; }
		trap 'kill \$ends' EXIT
		ip link set lo up
	EOF
	status=0
	cat prelude inside >script
	unshare -rn bash script 3>&- || status=$?
}

@test "names are not swapped when devices come in another order than they were taken over" {
	unshare -rn true 2>/dev/null || skip "no namespaces here"
	airlift_image arduino images/image_arduino.bin
	apart <<-EOF
		begin 1
		begin 2
		free ${STEM}01 ${STEM}02
		is_in 1 finalstage
		is_in 2 finalstage
		until_seen '"sim":"final-wait"' events1
		until_seen '"sim":"final-wait"' events2
		join 2
		until_seen '"sim":"flashed"' events2
		until_seen prove err
		is_in 2 prove
		leave 2
		sleep 1
		is_not_in 1 prove
		join 1
		is_in 1 prove
		leave 1
		# The new firmware of one does not prove that of the other.
		join 2
		is_in 2 done
		sleep 2
		is_not_in 1 done
		leave 2
		join 1
		is_in 1 done
	EOF
	ends 0
	flashed 1 2
}

@test "of several that are waited for, a device with another MAC is none, and that is told" {
	unshare -rn true 2>/dev/null || skip "no namespaces here"
	apart <<-EOF
		begin 1 --fault other-mac
		begin 2
		free ${STEM}01 ${STEM}02 --patience 3
		is_in 1 "now join"
		is_in 2 "now join"
		join 1
		is_in 1 "another device is in FinalStage, with the MAC 5ECF7F"
		is_in 2 "another device is in FinalStage, with the MAC 5ECF7F"
		is_in 1 unproven
		is_in 2 unproven
	EOF
	ends 5
	[ "$(grep -c "unproven: in FinalStage another device came, with the MAC 5ECF7F" err)" = 2 ]
	never_says "free:"
}

@test "nor is that device left half written by an interrupt" {
	unshare -rn true 2>/dev/null || skip "no namespaces here"
	apart <<-EOF
		pace=50
		begin 1 --fault other-mac
		begin 2
		free ${STEM}01 ${STEM}02
		is_in 1 "now join"
		is_in 2 "now join"
		join 1
		until_seen '"sim":"final-download"' events1
		kill -INT \$run
		is_in 1 "DO NOT UNPLUG: another device"
		is_in 2 "NOT NOW"
		until_seen '"sim":"flashed"' events1
	EOF
	ends 130
	flashed 1
}

@test "another MAC in FinalStage is settled by what the new firmware tells" {
	unshare -rn true 2>/dev/null || skip "no namespaces here"
	airlift_image arduino images/image_arduino.bin
	apart <<-EOF
		chip=02:00:00:00:00:11
		begin 1
		free ${STEM}01
		is_in 1 "now join"
		join 1
		is_in 1 "the device in FinalStage has the MAC 020000000011, but 5CCF7F"
		is_in 1 done
	EOF
	ends 0
	flashed 1
}

@test "a device that is taken for the only one that is waited for proves nothing by another MAC" {
	unshare -rn true 2>/dev/null || skip "no namespaces here"
	airlift_image arduino images/image_arduino.bin
	apart <<-EOF
		begin 1 --fault other-mac
		free ${STEM}01 --patience 3
		is_in 1 "now join"
		join 1
		is_in 1 "the device in FinalStage has the MAC 5ECF7F"
		is_in 1 unproven
	EOF
	ends 5
	says E-OTHER-DEVICE
	never_says "free:"
}

@test "what goes wrong with a device of another MAC is told as that" {
	unshare -rn true 2>/dev/null || skip "no namespaces here"
	apart <<-EOF
		begin 1 --fault other-mac+link-lost:40
		free ${STEM}01 --patience 3
		is_in 1 "now join"
		join 1
		is_in 1 unproven
	EOF
	ends 5
	says E-FINAL-STALLED
	tail=${STEM:4:4}01
	tail=${tail^^}
	says "the device in FinalStage has the MAC 5ECF7F$tail, this one 5CCF7E$tail: the device stopped"
}

@test "when another device came first, the right one still gets all, and proves it" {
	unshare -rn true 2>/dev/null || skip "no namespaces here"
	airlift_image arduino images/image_arduino.bin
	apart <<-EOF
		pace=50
		begin 1
		begin 2
		free ${STEM}02
		is_in 2 "now join"
		until_seen '"sim":"final-wait"' events2
		kill -INT \$run
		wait \$run
		free ${STEM}01
		is_in 1 "now join"
		join 2
		is_in 1 "the device in FinalStage has the MAC 5ECF7F"
		until_seen '"sim":"flashed"' events2
		is_in 1 "it starts its new firmware"
		leave 2
		join 1
		is_in 1 "now the right device has come"
		until_seen '"sim":"flashed"' events1
		is_in 1 done
	EOF
	ends 0
	flashed 1 2
}

@test "a MAC that is not told is not missed; another one than the new firmware has proves nothing" {
	sim 2 --fault no-mac,other-mac
	PATIENCE=3 pair 2
	ends 5
	flashed 1 2
	says "${STEM}01: done"
	says "this device 5CCF7E"
	says E-OTHER-DEVICE
	never_says "${STEM}02: done"
}

# collides ADDRESS/BITS: what a rehearsal says where this computer has that address.
collides() {
	cat >inside <<-EOF
		ip link set lo up
		ip link add home type veth peer name far && ip link set home up && ip link set far up
		ip address add $1 dev home
		"$build/src/airlift" takeover --images images --ssid Home --wifi-password-file password \\
			--address 198.51.100.7 --dry-run
	EOF
	status=0
	unshare -rn sh inside >out 2>err 3>&- || status=$?
	ends 0
}

@test "a home network that holds a device's address is told, by its real size" {
	unshare -rn true 2>/dev/null || skip "no namespaces here"
	collides 10.20.30.40/8
	says "home has the address 10.20.30.40, in the same network as a device in pairing mode"
	collides 192.168.1.5/16
	says "a device in its final stage"
	collides 192.168.4.200/25
	never_says "in the same network"
}
