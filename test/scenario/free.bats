#!/usr/bin/env bats
# airlift free: the whole road of simulated devices, from DIY mode to Online at a real broker.

load helpers/free

setup() { free_setup; }

teardown() { mqtt_teardown; }

# road STATUS OPTION...: without a device.
road() {
	wanted=$1; shift
	ends "$wanted" airlift --verbose free --firmware image.bin $(places) $(wifi) $(login) \
		--topic lamp "$@"
}

@test "from DIY mode to Online, by way of the device's own access point" {
	sim 1
	free 0 diy
	says "online as lamp"
	at_home
	[ "$(grep -c zeroconf/switch events)" -eq 0 ]
	no_canary_anywhere
	no_canary_in_processes
}

@test "an image that brings its Wi-Fi needs no access point" {
	image --wifi yes
	sim 1
	free 0 diy
	is_online lamp
	! grep -q '"face":"ap"' events || false
}

@test "the second run has nothing to do, by address and by id" {
	image --wifi yes
	sim 1
	free 0 diy
	grep -v '"sim":"download"' events >before
	free 2 diy
	says E-FREE-NOTHING-TO-DO
	road 2 $ID
	says "online as lamp"
	[ "$(flashes)" -eq 1 ]
	[ "$(grep -c Backlog events)" -eq "$(grep -c Backlog before)" ]
}

@test "a broker that is down is told before the device is touched" {
	sim 1
	stop_broker
	free 1 diy
	says E-MQTT-UNREACHABLE
	says "no device was touched"
	[ "$(grep -c '"sim":"heard"' events)" -eq 0 ]
	start_broker
	free 0 diy
	is_online lamp
}

@test "a wrong password at the broker is told before the device is touched" {
	sim 1
	echo $CANARY-wrong >wrong
	free 1 diy --mqtt-password-file wrong
	says E-MQTT-REFUSED
	[ "$(grep -c '"sim":"heard"' events)" -eq 0 ]
}

@test "a device that can not be freed is refused, and nothing is sent" {
	sim 1 --personality minir3
	free 10 diy
	[ "$(grep -c ota_ events)" -eq 0 ]
}

@test "events are as the schema has them" {
	image --wifi yes
	sim 1
	free 0 diy --json
	"$BATS_TEST_DIRNAME/helpers/../check-events" out
	jq -e 'select(.event == "outcome" and .outcome == "done")' out
}

@test "keep-going frees each device as it appears, until Ctrl-C" {
	unshare -rn true 2>/dev/null || skip "no network namespaces here"
	stop_broker
	image --wifi yes
	unshare -rn bash -eu -c "PATH=\$PATH:/usr/sbin:/sbin
		$(declare -f sim home happens keeps airlift start_broker stop_broker broker_pids end_own is_own)
		$(declare -p build NET STEM ID WEB SPEED CANARY PORT) PIDS= MDNS=
		trap 'end_own \$PIDS; stop_broker; wait' EXIT
		ip link set lo up
		start_broker
		sim 1
		\$build/src/airlift --state state free --keep-going --interface lo --firmware image.bin \
			--web-port \$WEB --ap-address \$NET.129:\$WEB --no-wifi --mqtt 127.0.0.1:\$PORT \
			--mqtt-user airlift --mqtt-password-file state/broker/password --topic lamp-%id% \
			>out 2>err &
		pid=\$!
		happens 'mqtt-online.*lamp-'
		\$build/sim/airlift-sim diy --address \$NET.3 --id \${STEM}03 --pace 1 --boot-ms 200 \
			--web-port \$WEB --locked no --speed 400 >>events 2>err-sim3 &
		PIDS=\"\$PIDS \$!\"
		happens 'mqtt-online.*lamp-' 2
		for _ in \$(seq 100); do
			[ \"\$(grep -c 'online as' out)\" -ge 2 ] && break
			sleep 0.1
		done
		kill -INT \$pid
		status=0
		wait \$pid || status=\$?
		[ \$status -eq 0 ]" 3>&- || { cat out err; false; }
	grep -q "2 devices freed, 0 failed" out
}
