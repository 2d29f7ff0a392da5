#!/usr/bin/env bats
# airlift scan against others: avahi publishes what it must find, golden packets play the
# devices nobody else can play, simulated devices answer what they are asked. Everything
# that needs a real network gets one of its own (helpers/air).

load helpers/processes

setup() {
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	HELPERS=$BATS_TEST_DIRNAME/helpers
	PACKETS=$BATS_TEST_DIRNAME/../golden/mdns/packets.txt
	PATH="$build/src:$build/sim:$build/test/scenario/helpers:$PATH"
	T=$BATS_TEST_TMPDIR
	cd "$T"
	# Tests of several runs share the loopback addresses: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	STEM=1000$(printf '%04x' $((RANDOM * 2)))
	PIDS=
	export HELPERS PACKETS PATH T NET STEM PIDS
	export NO_COLOR=1
}

teardown() {
	end_own $PIDS
	! grep -A 20 Sanitizer "$T"/*.err 2>/dev/null || false
}

# ---- what the stories below use

# in_air STORY: runs a function in a network of its own.
in_air() {
	status=0
	"$HELPERS/air" bash -uec 'trap "end_own \$PIDS; wait" EXIT; '"$1" 3>&- || status=$?
	[ $status -ne 77 ] || skip "user namespaces are not allowed here"
	return $status
}

# device STEP...: the golden packets of a device at 192.0.2.7 (see mdns-send.c).
device() {
	$DEVICES mdns-send dev0 192.0.2.7 "$PACKETS" "$@" &
	PIDS="$PIDS $!"
}

# scan OPTION...: runs airlift scan with JSON into $T/out; its exit status is in $STATUS.
scan() {
	STATUS=0
	airlift scan --json "$@" >"$T/out" 2>"$T/scan.err" || STATUS=$?
}

# is FILTER: jq's filter holds for at least one event.
is() {
	jq -es "any(.[]; $1)" "$T/out" >/dev/null || { echo "no $1 in:"; cat "$T/out" "$T/scan.err"; return 1; }
}

# never FILTER: it holds for none.
never() {
	! jq -es "any(.[]; $1)" "$T/out" >/dev/null || { echo "$1 in:"; cat "$T/out"; return 1; }
}

# shows PATTERN FILE: the file has a line like that, now or within ten seconds.
shows() {
	for _ in $(seq 100); do
		! grep -q -- "$1" "$2" 2>/dev/null || return 0
		sleep 0.1
	done
	echo "no $1 in $2:"; cat "$2"
	return 1
}

# watch_begins OPTION...: airlift scan --watch in the background, into $T/out.
watch_begins() {
	airlift scan --watch "$@" >"$T/out" 2>"$T/scan.err" &
	WATCH=$!
	PIDS="$PIDS $WATCH"
}

watch_ends() {
	kill -INT $WATCH
	STATUS=0
	wait $WATCH || STATUS=$?
	[ "$STATUS" -eq 0 ]
}

# publish ID NAME: avahi announces a device, with the host name of its own.
publish() {
	exec avahi-publish -s "$2$1" _ewelink._tcp 8081 txtvers=1 id="$1" type=diy_plug apivers=1 seq=3 \
		'data1={"switch":"off","startup":"off","pulse":"off","fwVersion":"3.5.1","rssi":-49}' \
		>/dev/null 2>&1
}

export -f end_own is_own device scan is never shows watch_begins watch_ends publish

# ---- avahi as the device

find_what_avahi_publishes() {
	$DEVICES unshare -m "$HELPERS/own-avahi" devices bash -c 'publish 1000a1b2c4 eWeLink_' &
	PIDS="$PIDS $!"
	scan --wait 4
	[ "$STATUS" -eq 0 ]
	is '.change == "new" and .device == "1000a1b2c4" and .kind == "diy" and .firmware == "3.5.1"'
	is '.interface == "air0" or .interface == "air1"'
	is '.signal_dbm == -49 and .switch == "off" and .startup == "off"'
}
export -f find_what_avahi_publishes

@test "finds what avahi publishes, with no responder on this side" {
	in_air find_what_avahi_publishes
}

beside_avahi() {
	unshare -m "$HELPERS/own-avahi" desktop sleep 60 &
	PIDS="$PIDS $!"
	shows 'Server startup complete' /run/avahi-desktop/log
	find_what_avahi_publishes
	! grep -i conflict /run/avahi-desktop/log || false
}
export -f beside_avahi

@test "finds what avahi publishes, beside an avahi-daemon on this side" {
	in_air beside_avahi
}

without_the_port() {
	perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(Proto => "udp", LocalPort => 5353) or die;
		print "held\n"; $| = 1; close STDOUT; sleep 100' >"$T/holder" &
	PIDS="$PIDS $!"
	shows held "$T/holder"
	find_what_avahi_publishes
}
export -f without_the_port

@test "finds what avahi publishes when port 5353 is taken for good" {
	in_air without_the_port
}

# ---- golden packets as the device

one_announcement() {
	device '?question' announce-3.6
	scan --wait 2
	[ "$STATUS" -eq 0 ]
	is '.event == "device" and .change == "new" and .device == "1000a1b2c3"'
	is '.address == "192.0.2.7:8081" and .interface == "air0" and .type == "diy_plug"'
	is '.firmware == "3.6.0" and .signal_dbm == -61 and .lock == "unknown"'
	is '.code == "E-DEVICE-UNREACHABLE"' # nobody is behind the announcement
}
export -f one_announcement

@test "reads an announcement, and says that nobody is behind it" { in_air one_announcement; }

parts() {
	device '?question' only-ptr '?question-srv-txt' only-txt '?question' only-srv '?question-a' only-a
	scan --wait 4
	is '.device == "1000a1b2c3" and .address == "192.0.2.7:8081" and .firmware == "3.6.0"'
	never '.address | test("192.0.2.7:8081") | not'
}
export -f parts

@test "asks for the records that are missing, and puts them together" { in_air parts; }

no_address() {
	device '?question' no-a-record '?question-a' '?question' no-a-record
	scan --wait 2
	is '.device == "1000a1b2c3" and .address == "192.0.2.7:8081"'
}
export -f no_address

@test "takes the sender's address when the A record never comes" { in_air no_address; }

kinds() {
	device '?question' announce-3.0 announce-3.3 announce-ewelink announce-minir3 announce-zbbridge \
		announce-other-case
	scan --wait 2
	[ "$STATUS" -eq 0 ]
	is '.device == "1000a1b230" and .kind == "diy"'
	is '.device == "1000a1b233" and .kind == "diy" and .signal_dbm == -52'
	is '.device == "1000a1b2e0" and .kind == "ewelink" and .code == "E-EWELINK-MODE" and .can_be_freed == false'
	is '.device == "1001a1b2b3" and (.model | test("MINIR3"))'
	is '.device == "zbbridgeu-1" and .kind == "foreign"'
	is '.device == "1000a1b2c3" and .kind == "diy"'
}
export -f kinds

@test "tells DIY devices, eWeLink mode and strangers apart" { in_air kinds; }

both_interfaces() {
	device '?question' announce-3.3
	$DEVICES mdns-send dev1 198.51.100.7 "$PACKETS" '?question' no-a-record &
	PIDS="$PIDS $!"
	scan --wait 2
	is '.device == "1000a1b233" and .interface == "air0"'
	is '.device == "1000a1b2c3" and .interface == "air1" and .address == "198.51.100.7:8081"'
	device '?question' announce-3.3
	scan --wait 1 --interface air1
	[ "$STATUS" -eq 3 ]
}
export -f both_interfaces

@test "asks on every interface, or only on the one named" { in_air both_interfaces; }

hostile() {
	device '?question' $(sed -n 's/^\(bad-[^\t]*\)\t.*/\1/p' "$PACKETS") control-bytes garbled-data \
		empty-txt odd-keys announce-3.3
	scan --wait 2 --verbose
	[ "$STATUS" -eq 0 ]
	is '.device == "1000a1b233"'
	grep -q 'mDNS packet from 192.0.2.7: a TXT string reaches over its record' "$T/scan.err"
	device '?question' control-bytes
	airlift scan --wait 1 >"$T/table" 2>>"$T/scan.err"
	! grep -q "$(printf '\033')" "$T/table" || false
}
export -f hostile

@test "broken packets are survived, and command no terminal" { in_air hostile; }

many_parts() {
	device '?question' split-utf8 '?question' four-parts
	scan --wait 3
	is '.device == "1000a1b2c3" and .firmware == "3.6.0" and .signal_dbm == -61'
	is '.device == "1000a1b2c3" and .signal_dbm == -48'
}
export -f many_parts

@test "joins data1 to data4 before reading them" { in_air many_parts; }

# ---- watching

news_as_json() {
	watch_begins --json
	device '?question' announce-3.6 :300 moved :300 goodbye
	shows '"change":"gone"' "$T/out"
	watch_ends
	is '.change == "new" and .address == "192.0.2.7:8081"'
	is '.change == "changed" and .address == "192.0.2.99:8081"'
	is '.change == "gone" and .device == "1000a1b2c3"'
	[ "$(jq -s '[.[] | select(.change == "new")] | length' "$T/out")" -eq 1 ]
}
export -f news_as_json

@test "watch: new, changed and gone as events" { in_air news_as_json; }

news_as_lines() {
	watch_begins
	device '?question' announce-3.6 :300 moved :300 goodbye :1500 announce-3.6
	shows ' gone ' "$T/out"
	shows 'changed  1000a1b2c3  192.0.2.99 ' "$T/out"
	for _ in $(seq 50); do
		[ "$(grep -c ' new  *1000a1b2c3  192.0.2.7 ' "$T/out")" -ne 2 ] || break
		sleep 0.1
	done
	[ "$(grep -c ' new  *1000a1b2c3  192.0.2.7 ' "$T/out")" -eq 2 ]
	watch_ends
}
export -f news_as_lines

@test "watch: new, changed and gone as lines with the time" { in_air news_as_lines; }

short_life() {
	watch_begins --json
	device '?question' short-lived
	shows '"change":"new"' "$T/out"
	sleep 9
	shows '"change":"gone"' "$T/out"
	watch_ends
}
export -f short_life

@test "watch: a device whose records run out is gone" { in_air short_life; }

new_interface() {
	ip link set air0 down
	ip link set air1 down
	ip link add spare type veth peer name erapS
	ip addr add 203.0.113.1/24 dev spare
	ip link set spare up
	watch_begins --json
	sleep 1
	ip link set air0 up
	device '?question' announce-3.6
	shows '"change":"new"' "$T/out"
	watch_ends
}
export -f new_interface

@test "watch: an interface that comes later is asked as well" { in_air new_interface; }

# ---- nothing found

nobody() {
	scan --wait 1
	[ "$STATUS" -eq 3 ]
	is '.event == "error" and .code == "E-NO-DEVICE" and (.remedy | test("5353") and test("--address"))'
	is '.cause | test("air0 \\(192.0.2.1\\), air1 \\(198.51.100.1\\)")'
}
export -f nobody

@test "nothing found: exit 3, the interfaces and the usual causes" { in_air nobody; }

no_network() {
	ip link set air0 down
	ip link set air1 down
	scan --wait 1
	[ "$STATUS" -eq 1 ]
	is '.code == "E-NO-INTERFACE" and (.cause | test("lo \\(127.0.0.1, loopback\\)"))'
	scan --interface nonsense
	[ "$STATUS" -eq 1 ]
	is '.code == "E-NO-INTERFACE" and (.cause | test("no interface nonsense"))'
}
export -f no_network

@test "no network: says what there is" { in_air no_network; }

@test "mistakes on the command line" {
	run airlift scan --address nonsense
	[ "$status" -eq 64 ]
	[[ "$output" == *"--address takes IP or IP:PORT, not nonsense"* ]]
	run airlift scan --wait forever
	[ "$status" -eq 64 ]
	run airlift scan somewhere
	[ "$status" -eq 64 ]
}

# ---- simulated devices

# sim OPTION...: simulated devices from $NET.1 on, ids ${STEM}01 and up.
sim() {
	airlift-sim diy --address $NET.1 --id ${STEM}01 --web-port 8088 "$@" >"$T/events" 2>"$T/sim.err" 3>&- &
	PIDS="$PIDS $!"
	shows '"sim":"ready"' "$T/events"
	shows "$NET.${READY:-1}\"" "$T/events"
}
export -f sim

asked_directly() {
	READY=2 sim --count 2 --no-mdns --locked yes,no
	scan --address $NET.1 --address $NET.2:8081
	[ "$STATUS" -eq 0 ]
	is ".device == \"${STEM}01\" and .lock == \"closed\" and .can_be_freed and .answered"
	is ".device == \"${STEM}02\" and .lock == \"open\" and (.next_step | test(\"airlift flash ${STEM}02\"))"
	airlift scan --address $NET.1 --address $NET.2 >"$T/table" 2>"$T/scan.err"
	grep -E "^${STEM}01  $NET.1 +Sonoff.* 3.6.0 .*dBm  locked$" "$T/table"
	grep -E "^${STEM}02  .* open$" "$T/table"
	grep -qx '2 devices, 2 can be freed now.' "$T/table"
}
export -f asked_directly

@test "an address is asked directly, without multicast" { in_air asked_directly; }

nobody_there() {
	scan --address $NET.9
	[ "$STATUS" -eq 3 ]
	is ".event == \"error\" and .code == \"E-NO-DEVICE\" and (.cause | test(\"$NET.9:8081\"))"
}
export -f nobody_there

@test "nobody at an address: exit 3, and which one" { in_air nobody_there; }

heard_and_asked() {
	READY=4 sim --count 4 --personality 3.6,3.3,3.0,ewelink --locked yes,no --interface lo
	scan --interface lo --wait 3
	[ "$STATUS" -eq 0 ]
	is ".change == \"new\" and .device == \"${STEM}01\""
	is ".device == \"${STEM}01\" and .lock == \"closed\" and .answered"
	is ".device == \"${STEM}02\" and .lock == \"open\" and .answered"
	is ".device == \"${STEM}04\" and .kind == \"ewelink\" and (.next_step | test(\"DIY mode\"))"
	# What an announcement says first is completed by what the device answers.
	jq -es "[.[] | select(.device == \"${STEM}01\")] | .[0].change == \"new\" and (.[0] | has(\"next_step\") | not)
		and any(.[]; .change == \"changed\" and has(\"next_step\"))" "$T/out" >/dev/null
	grep -q '"what":"POST /zeroconf/info"' "$T/events"
	! grep '"sim":"heard"' "$T/events" | grep -vE 'zeroconf/(info|signal_strength)' || false
}
export -f heard_and_asked

@test "devices that are heard are asked for their lock, and nothing is written to them" {
	in_air heard_and_asked
}

silent_neighbour() {
	READY=2 sim --count 2 --fault silent,none --interface lo
	scan --interface lo --wait 2
	[ "$STATUS" -eq 0 ]
	is ".device == \"${STEM}01\" and .can_be_freed == false"
	jq -es "[.[] | select(has(\"can_be_freed\")) | .device] | index(\"${STEM}02\") < index(\"${STEM}01\")" \
		"$T/out" >/dev/null
}
export -f silent_neighbour

@test "a silent device keeps no other one waiting" { in_air silent_neighbour; }

fifty() {
	READY=50 sim --count 50 --interface lo
	scan --interface lo --wait 3
	[ "$STATUS" -eq 0 ]
	[ "$(jq -s '[.[] | select(.answered) | .device] | unique | length' "$T/out")" -eq 50 ]
}
export -f fifty

@test "fifty devices at once" { in_air fifty; }

no_a_record() {
	READY=2 sim --count 2 --fault no-a-record,other-case --interface lo
	scan --interface lo --wait 3
	is ".device == \"${STEM}01\" and .address == \"$NET.1:8081\" and .answered"
	is ".device == \"${STEM}02\" and .address == \"$NET.2:8081\" and .answered"
}
export -f no_a_record

@test "simulated devices without an A record, and with other letter case" { in_air no_a_record; }

deaf() {
	READY=1 sim --fault deaf-mdns:2 --interface lo
	scan --interface lo --wait 5
	is ".device == \"${STEM}01\" and .answered"
}
export -f deaf

@test "a device that ignores the first questions" { in_air deaf; }

interrupted() {
	airlift scan --wait 60 >"$T/out" 2>"$T/scan.err" &
	scanner=$!
	PIDS="$PIDS $scanner"
	device '?question' announce-3.6
	shows '1000a1b2c3' "$T/out"
	kill -INT $scanner
	status=0
	wait $scanner || status=$?
	[ $status -eq 130 ]
}
export -f interrupted

@test "Ctrl-C ends a scan with exit 130" { in_air interrupted; }

on_a_terminal() {
	device '?question' announce-3.6 announce-ewelink
	script -qec "airlift scan --wait 2" "$T/typescript" >/dev/null </dev/null
	grep -q 'Listening for . s more on air0 (192.0.2.1)' "$T/typescript"
	grep -q '^.*1000a1b2c3  192.0.2.7  *Sonoff.* asking' "$T/typescript"
	grep -q '1 can be freed\|0 can be freed' "$T/typescript"
	device '?question' announce-3.6
	script -qec "airlift scan --watch --wait 2" "$T/typescript" >/dev/null </dev/null
	grep -q '1000a1b2c3  192.0.2.7' "$T/typescript"
}
export -f on_a_terminal

@test "on a terminal: a status line, and rows before all is known" { in_air on_a_terminal; }
