#!/usr/bin/env bats
# One call each: info, signal, switch, startup, pulse, wifi, unlock, against simulated devices.
# What counts is what the device says afterwards.

load helpers/processes

setup() {
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	cd "$BATS_TEST_TMPDIR"
	PIDS=
	# Tests side by side share the loopback addresses: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	STEM=1000$(printf '%04x' $((RANDOM * 2)))
}

teardown() {
	end_own $PIDS
	! grep -A 20 Sanitizer err* 2>/dev/null || false
}

# sim COUNT OPTION...: devices $NET.1 and up with ids ${STEM}01 and up, without mDNS.
sim() { announced "$@" --no-mdns; }

# announced COUNT OPTION...: the same, announced on the loopback interface.
announced() {
	count=$1; shift
	"$build/sim/airlift-sim" diy --count "$count" --address $NET.1 --id ${STEM}01 "$@" \
		>events 2>err-sim 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 300); do
		[ "$(grep -c '"sim":"ready"' events)" -ge "$count" ] && return
		sleep 0.1
	done
	cat err-sim
	return 1
}

# airlift ARGUMENT...: status in $status, words in out and err.
airlift() {
	status=0
	"$build/src/airlift" "$@" >out 2>err 3>&- </dev/null || status=$?
}

ends() { [ "$status" = "$1" ] || { echo "status $status, wanted $1"; cat out err; return 1; }; }
says() { grep -qF -- "$1" out err || { echo "does not say: $1"; cat out err; return 1; }; }
heard() { grep "\"what\":\"POST /zeroconf/$1\"" events; }

@test "info shows what each firmware tells" {
	sim 4 --personality 3.3,3.6,3.7.6,minir3 --locked yes,no
	airlift info --json $NET.1
	ends 0
	[ "$(jq -r '.lock + " " + .switch + " " + .ssid' out)" = "closed off home" ]
	airlift info --json $NET.2
	[ "$(jq -r '.device + " " + .lock + " " + .firmware' out)" = "${STEM}02 open 3.6.0" ]
	airlift info $NET.3
	ends 0
	says "firmware   3.7.6"
	says "esp8285"
	airlift info $NET.4
	says "Sonoff MINIR3"
	says "bl602"
}

@test "switch reads back what became of it, on every kind of device" {
	sim 6 --personality 3.3,3.6,3.7.6,minir3,d1,bulb
	for i in 1 2 3 4 5 6; do
		airlift switch on --address $NET.$i
		ends 0
		says "switch on"
		airlift --json info $NET.$i
		[ "$(jq -r .switch out)" = on ]
	done
	airlift switch off ${STEM}02 --address $NET.2
	ends 0
	says "${STEM}02  switch off"
	heard switches
}

@test "firmware 3.0 is told in its own dialect" {
	sim 1 --personality 3.0
	airlift switch on ${STEM}01 --address $NET.1
	ends 0
	says "can not be asked"
	heard switch
	airlift startup stay ${STEM}01 --address $NET.1
	ends 0
	airlift signal ${STEM}01 --address $NET.1
	ends 0
	says " dBm"
}

@test "a dimmer takes a brightness" {
	sim 2 --personality d1,3.6
	airlift switch on --brightness 30 --address $NET.1
	ends 0
	airlift info --json $NET.1
	[ "$(jq -r .brightness out)" = 30 ]
	airlift switch on --brightness 30 --address $NET.2
	[ "$status" != 0 ]
	airlift switch off --brightness 30 --address $NET.1
	ends 64
}

@test "startup and pulse are read back" {
	sim 2 --personality 3.6,minir3
	for i in 1 2; do
		airlift startup stay --address $NET.$i
		ends 0
		airlift pulse on --width 1500 --address $NET.$i
		ends 0
		airlift info --json $NET.$i
		[ "$(jq -r '.startup + " " + .pulse + " " + (.pulse_width_ms | tostring)' out)" = "stay on 1500" ]
		airlift pulse off --address $NET.$i
		ends 0
		says "pulse off"
	done
}

@test "impossible values are refused before a device hears of them" {
	sim 1 --personality 3.6
	for words in "switch up" "startup never" "pulse on" "pulse on --width 501" "pulse on --width 499" \
		"pulse on --width 36000500" "wifi --open"; do
		airlift $words --address $NET.1
		ends 64
	done
	airlift switch on
	ends 64
	airlift switch on $NET.1 --address 300.1.1.1
	ends 64
	! grep heard events || false
}

@test "dry run reads, and says what it would do" {
	sim 1 --personality 3.6
	airlift --dry-run switch on $NET.1
	ends 0
	says "would be switched on"
	airlift --dry-run unlock $NET.1
	says "would be unlocked"
	[ "$(grep -c '"sim":"heard"' events)" = "$(heard info | grep -c .)" ]
}

@test "wifi takes its password from a file or the environment and tells nobody" {
	sim 3 --personality 3.6
	printf 'letters123\nsecond line\n' >password
	airlift --verbose wifi --ssid elsewhere --wifi-password-file password $NET.1
	ends 0
	says 'network "elsewhere"'
	heard wifi
	AIRLIFT_WIFI_PASSWORD=letters456 airlift --verbose --json wifi --ssid elsewhere $NET.2
	ends 0
	airlift --verbose wifi --ssid elsewhere --open $NET.3
	ends 0
	! grep letters out err || false
}

@test "wifi without a password, or with an impossible one, is refused" {
	sim 1 --personality 3.6
	airlift wifi --ssid elsewhere $NET.1
	ends 64
	says E-SECRET-MISSING
	AIRLIFT_WIFI_PASSWORD=short airlift wifi --ssid elsewhere $NET.1
	ends 64
	says "8 to 64"
	! grep short out err || false
	airlift wifi --ssid "$(printf 'x%.0s' $(seq 33))" --open $NET.1
	ends 64
	airlift wifi --ssid elsewhere --wifi-password-file nowhere $NET.1
	ends 1
	says E-FILE
	airlift wifi --ssid elsewhere --wifi-password letters123 $NET.1
	ends 64
	! grep heard events || false
}

@test "unlock opens the lock, and knows when it is open" {
	sim 2 --personality 3.6,3.3 --locked yes
	for i in 1 2; do
		airlift unlock $NET.$i
		ends 0
		says unlocked
		airlift info --json $NET.$i
		[ "$(jq -r .lock out)" = open ]
		airlift unlock $NET.$i
		ends 2
		says "open already"
	done
	[ "$(heard ota_unlock | grep -c .)" = 2 ]
}

@test "without Internet it stays locked, however the device says so" {
	sim 3 --personality 3.6 --internet no --fault unlock-503,unlock-hang,unlock-hang --unlock-hang-ms 1500
	for i in 1 2 3; do
		airlift unlock $NET.$i
		ends 12
		says E-UNLOCK-NO-INTERNET
		says "apid.coolkit.cn"
		says "hotspot"
	done
}

@test "firmware that can not tell its lock: the call is made, the outcome stays open" {
	sim 1 --personality 3.1
	airlift unlock ${STEM}01 --address $NET.1
	ends 5
	says E-UNLOCK-UNKNOWN
	heard ota_unlock
}

@test "eWeLink mode takes no call" {
	sim 1 --personality ewelink
	for words in info signal "switch on" "startup stay" unlock; do
		airlift $words --address $NET.1
		ends 10
		says E-EWELINK-MODE
		says "ITEAD-"
	done
	! grep -e '/zeroconf/switch"' -e '/zeroconf/ota_unlock"' events || false
}

@test "resets do not disturb a call" {
	sim 1 --personality 3.6 --fault reset:2
	airlift switch on $NET.1
	ends 0
	says "switch on"
}

@test "the calls of one command keep their distance" {
	sim 1 --personality 3.6
	airlift switch on $NET.1
	ends 0
	[ "$(grep -c '"sim":"heard"' events)" = 3 ]
	! grep '"sim":"reset"' events || false # what comes within 200 ms of the last request
	airlift startup off $NET.1 # at once: reset, and repeated
	ends 0
}

@test "a device is found by its id, whatever the case, and its dialect by what it announces" {
	announced 2 --personality 3.6,3.1
	airlift switch on --interface lo ${STEM^^}01
	ends 0
	says "${STEM}01  switch on"
	airlift signal --interface lo ${STEM}02
	ends 0
	says "${STEM}02  "
}

@test "a device that is not there: exit 3, what was asked and who answered instead" {
	announced 1 --personality 3.6
	airlift info --interface lo --wait 3 1000ffffff
	ends 3
	says "no device 1000ffffff answered in 3 s on lo"
	says ${STEM}01
	airlift info --interface nowhere9 1000ffffff
	[ "$status" != 0 ]
	says nowhere9
}

# home ENTRY...: a profile in the usual place.
home() {
	export XDG_CONFIG_HOME=$PWD/config
	mkdir -p config/airlift
	{ echo devices:; printf '  - { %s }\n' "$@"; } >config/airlift/home.yaml
}

@test "a device is called by what the profile calls it" {
	announced 2 --personality 3.6 --locked no,yes
	home "id: ${STEM}01, name: Kitchen lamp, topic: kitchen" "id: ${STEM}02, name: Hall"
	airlift info --interface lo "kitchen LAMP"
	ends 0
	says ${STEM}01
	airlift info --interface lo "Kitchen lamp" --address $NET.1
	ends 0
	for call in signal 'switch on' 'startup on' 'pulse on --width 1000' check; do
		airlift $call --interface lo kitchen
		ends 0
		says ${STEM}01
	done
	echo secret-secret >wifi
	airlift --yes wifi --interface lo Hall --ssid attic --wifi-password-file wifi
	ends 0
	airlift unlock --interface lo Hall
	ends 0
	says ${STEM}02
}

@test "a name the profile does not have is told at once, with the file" {
	home "id: ${STEM}01, name: Hall" "mac: 5CCF7F000001, name: Attic" "id: ${STEM}03, name: hall"
	for call in info signal 'switch on' check unlock; do
		airlift $call Cellar
		ends 3
		says E-NAME-NOT-IN-PROFILE
		says 'config/airlift/home.yaml has no device "Cellar"'
	done
	airlift info Hall
	ends 64
	says E-PROFILE-NAME-TWICE
	airlift info Attic
	ends 3
	says E-NAME-WITHOUT-ID
	echo 'devices: [{ id: 1000abcdef, name: Cellar }]' >other.yaml
	airlift info --interface lo --wait 1 --profile other.yaml Cellar
	ends 3
	says 1000abcdef
	# A mistake in the file is none of somebody's who names the id.
	echo 'colour: red' >>config/airlift/home.yaml
	airlift info Cellar
	ends 78
	sim 1
	airlift info $NET.1
	ends 0
	rm config/airlift/home.yaml
	airlift info --interface lo --wait 1 Cellar
	ends 3
	says E-DEVICE-NOT-FOUND
}

@test "an entry with a MAC only names the device that has it now" {
	home "mac: 5C:CF:7F:00:00:07, name: Attic"
	"$BATS_TEST_DIRNAME/helpers/air" bash -eu -c '
		$DEVICES ip link set dev0 address 5C:CF:7F:00:00:07
		$DEVICES "'"$build"'/sim/airlift-sim" diy --address 192.0.2.7 --id 1000abcdef --no-mdns >events 2>err-sim &
		trap "kill $!" EXIT
		for _ in $(seq 100); do
			! "'"$build"'/src/airlift" info 192.0.2.7 >/dev/null 2>&1 || break
			sleep 0.1
		done
		"'"$build"'/src/airlift" info Attic >out 2>err
		# Somebody else has the address: that is not the one.
		$DEVICES ip link set dev0 address 5C:CF:7F:00:00:08
		"'"$build"'/src/airlift" info 192.0.2.7 >/dev/null 2>&1 || true
		! "'"$build"'/src/airlift" info Attic >out-2 2>err-2' 3>&- ||
		{ status=$?; [ $status -ne 77 ] || skip "no network namespaces here"; cat out err; false; }
	says 1000abcdef
	grep E-NAME-WITHOUT-ID err-2
}
