#!/usr/bin/env bats
# airlift check: the verdict on simulated devices, and that nothing is written to them.

load helpers/processes

setup() {
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	tree=$(realpath "$BATS_TEST_DIRNAME/../..")
	cd "$BATS_TEST_TMPDIR"
	PIDS=
	# Tests side by side share the loopback addresses: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	STEM=1000$(printf '%04x' $((RANDOM * 2)))
	# The vendor's name is not looked up in tests: one that always resolves takes its place.
	mkdir catalog
	cp "$tree"/catalog/*.devices catalog
	sed 's/^unlock-host.*/unlock-host = localhost/' "$tree/catalog/sonoff.firmware" >catalog/a.firmware
	export AIRLIFT_CATALOG=$PWD/catalog
}

teardown() {
	end_own $PIDS
	! grep -A 20 Sanitizer err* 2>/dev/null || false
}

# sim COUNT OPTION...: devices $NET.1 and up with ids ${STEM}01 and up, without mDNS.
sim() {
	count=$1; shift
	"$build/sim/airlift-sim" diy --count "$count" --address $NET.1 --id ${STEM}01 --no-mdns "$@" \
		>events 2>err-sim 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 300); do
		[ "$(grep -c '"sim":"ready"' events)" -ge "$count" ] && return
		sleep 0.1
	done
	cat err-sim
	return 1
}

# check ARGUMENT...: status in $status, words in out and err.
check() {
	status=0
	"$build/src/airlift" check "$@" >out 2>err 3>&- || status=$?
}

ends() { [ "$status" = "$1" ] || { echo "status $status, wanted $1"; cat out err; return 1; }; }
says() { grep -qF -- "$1" out err || { echo "does not say: $1"; cat out err; return 1; }; }

# Nothing but questions may have been asked.
only_read() {
	! grep '"sim":"heard"' events | grep -v -e '/zeroconf/info"' -e '/zeroconf/signal_strength"' || false
}

@test "every firmware of an ESP8285 relay can be freed" {
	sim 7 --personality 3.1,3.3,3.4,3.5,3.6,3.7.3,3.7.6 --locked no
	check --json ${STEM}01 --address $NET.1
	ends 0
	for i in 2 3 4 5 6 7; do
		check --json $NET.$i
		ends 0
		[ "$(jq -r .can_be_freed out)" = true ]
		[ "$(jq -r .method out)" = diy ]
		[ "$(jq -r .lock out)" = open ]
	done
	[ "$(jq -r .firmware out)" = 3.7.6 ]
	[ "$(jq -r .device out)" = ${STEM}07 ]
	[ "$(jq -r .model out)" = "Sonoff one-channel relay" ]
	only_read
}

@test "old firmware is told about, not refused" {
	sim 1 --personality 3.0
	check ${STEM}01 --address $NET.1
	ends 0
	says "can not tell whether it is unlocked"
	only_read
}

@test "old firmware asked by address alone: the id is what it needs" {
	sim 1 --personality 3.0 --silence-ms 3000
	check $NET.1
	ends 1
	says E-DIY-SILENT
	says "check 1000a1b2c3 --address $NET.1"
}

@test "boards with another chip are refused and left alone" {
	sim 2 --personality minir3,bulb
	check --json $NET.1 $NET.2
	ends 10
	[ "$(jq -r 'select(.event == "verdict") | .code' out)" = "E-MODEL-REFUSED
E-MODEL-REFUSED" ]
	says BL602
	only_read
}

@test "a dimmer is freed only when its owner insists" {
	sim 1 --personality d1
	check $NET.1
	ends 10
	says "few reports"
	says "not freed just like that"
	# Its type is announced, which an address alone does not tell.
	check --allow-untried $NET.1
	ends 0
	only_read
}

@test "eWeLink mode gets the way into DIY mode" {
	sim 1 --personality ewelink
	check --json $NET.1
	ends 10
	[ "$(jq -r 'select(.event == "verdict") | .code' out)" = E-EWELINK-MODE ]
	says "ITEAD-"
	only_read
}

@test "some yes and some no is exit 4" {
	sim 3 --personality 3.6,minir3,3.5
	check $NET.1 $NET.2 $NET.3
	ends 4
	says "2 of 3 devices can be freed"
}

@test "a locked device is warned about only when the vendor's name does not resolve" {
	sim 1 --personality 3.6 --locked yes
	check --json $NET.1
	ends 0
	[ "$(jq -c .warnings out)" != null ]
	! grep W-UNLOCK-HOST out || false
	label=$(printf 'x%.0s' $(seq 70)) # longer than a label may be: never asked of a server
	sed -i "s/^unlock-host.*/unlock-host = $label.example/" catalog/a.firmware
	check --json $NET.1
	ends 0
	grep W-UNLOCK-HOST out
	only_read
}

@test "resets are sat out" {
	sim 1 --personality 3.6 --fault reset:3
	check $NET.1
	ends 0
}

@test "a silent device is told so in ten seconds" {
	sim 1 --personality 3.6 --fault silent
	SECONDS=0
	check ${STEM}01 --address $NET.1
	[ $SECONDS -le 12 ]
	ends 1
	says E-DIY-SILENT
	says unplug
}

@test "several devices are asked side by side" {
	sim 6 --personality 3.6 --fault silent
	SECONDS=0
	check $NET.1 $NET.2 $NET.3 $NET.4 $NET.5 $NET.6
	[ $SECONDS -le 20 ]
	ends 10
	[ "$(grep -c 'no answer' out)" = 6 ]
}

@test "an address where nobody is: exit 3, and what to look for" {
	check $NET.77
	ends 3
	says E-NOBODY-THERE
	says "DIY mode"
}

@test "another device at the address is not taken for the one named" {
	sim 1 --personality 3.6
	check 1000ffffff --address $NET.1
	ends 3
	says E-DEVICE-OTHER
	says ${STEM}01
	only_read
}

@test "a broken catalog is named with file and line" {
	printf '[x]\nname = a\nsize = big\n' >catalog/z.devices
	check $NET.1
	ends 78
	says "z.devices, line 3"
	AIRLIFT_CATALOG=$PWD/nowhere
	check $NET.1
	ends 78
	says E-CATALOG-MISSING
}

# stock OPTION...: one device with old vendor firmware in pairing mode at $NET.1:8088.
stock() {
	"$build/sim/airlift-sim" stock --address $NET.1 --id ${STEM}01 --ap-port 8088 \
		"$@" >events 2>err-sim 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 300); do
		grep -q '"sim":"ready"' events && return
		sleep 0.1
	done
	cat err-sim
	return 1
}

only_paired() { ! grep '"sim":"heard"' events | grep -v -e 'GET /device"'; }

@test "an old device in pairing mode: perhaps, and the command that finds out" {
	stock
	check --ap-address $NET.1:8088
	ends 10
	says "${STEM}01"
	says "can perhaps be freed (takeover)"
	says "an older device"
	says "or one with firmware 3.x"
	says "airlift check --pair --ssid NAME --wifi-password-file FILE --ap-address $NET.1:8088"
	check --json --ap-address $NET.1:8088
	ends 10
	[ "$(jq -r 'select(.event == "verdict") | [.device, .kind, .can_be_freed, .perhaps, .code] | @csv' out)" = \
		"\"${STEM}01\",\"pairing\",false,\"takeover\",\"E-PAIRING-MODE\"" ]
	only_paired
}

@test "an address without the DIY API is asked whether it is in pairing mode" {
	stock
	check $NET.1:8088
	ends 10
	says E-PAIRING-MODE
	says "${STEM}01"
	check 1000ffffff --address $NET.1:8088
	ends 1
	says E-DIY-
}

@test "nobody at the access point: what to hold and what to join" {
	check --ap-address $NET.77:8088
	ends 3
	says E-AP-NOBODY
	says "ITEAD-1000xxxxxx"
	check --ap-address nonsense
	ends 64
	check --ssid Home $NET.77
	ends 64
	says "--ssid belongs to --pair"
}

@test "in the Wi-Fi of a device it is asked without being named" {
	unshare -rn true 2>/dev/null || skip "no namespaces here"
	cat >inside <<-EOF
		ip link set lo up
		ip link add wifi type veth peer name far && ip link set wifi up && ip link set far up
		ip address add 10.10.7.2/24 dev wifi
		ip address add 10.10.7.1/32 dev lo
		"$build/sim/airlift-sim" stock --address 10.10.7.1 --id ${STEM}01 --ap-port 80 >events 2>err-sim &
		sim=\$!
		for _ in \$(seq 300); do grep -q '"sim":"ready"' events && break; sleep 0.1; done
		"$build/src/airlift" check --wait 1 >out 2>err
		status=\$?
		kill \$sim
		exit \$status
	EOF
	status=0
	unshare -rn sh inside 3>&- || status=$?
	ends 10
	says "${STEM}01  10.10.7.1:80"
	says "--wifi-password-file FILE\""
	only_paired
}
