#!/usr/bin/env bats
# airlift free that is interrupted or killed on the way: the same command goes on by the
# journal, and nothing is flashed twice.

load helpers/free

setup() { free_setup; }

teardown() { mqtt_teardown; }

# stopped KIND SIGNAL PATTERN [COUNT]: sends the signal when the simulator has said so.
stopped() {
	start $1
	happens "$3" "${4:-1}"
	kill -$2 $RUN || { cat out-1 err-1; return 1; }
	status=0
	wait $RUN || status=$?
	case $2 in
	KILL) [ "$status" -eq 137 ] ;;
	INT) [ "$status" -eq 130 ] || { cat err-1; return 1; } ;;
	esac
	cp out-1 "out-$2"
	cp err-1 "err-$2"
}

goes_on() {
	free 0 $1
	says "online as lamp"
	at_home
}

# stages KIND SIGNAL PATTERN...: stopped once at each, and then to the end.
stages() {
	kind=$1
	signal=$2
	shift 2
	for stage; do
		stopped $kind $signal "$stage"
		# Its access point is open for two seconds more.
		[[ $stage != *wifi-test* ]] || happens '"where":"lan"'
	done
	goes_on $kind
	airlift history $ID >history
	[ "$signal" = INT ] || grep -q "broken off" history || { airlift history; return 1; }
}

@test "DIY: killed in the download" {
	sim 1 --pace 30
	stages diy KILL '"sim":"download"'
}

@test "DIY: killed as it starts its new firmware, and again when that has joined the Wi-Fi" {
	sim 1
	stages diy KILL '"sim":"flashed"' '"sim":"wifi-test"'
}

@test "DIY: killed in the settings" {
	sim 1
	stages diy KILL 'Backlog'
}

@test "DIY: killed before it is seen online" {
	sim 1
	stages diy KILL mqtt-online
}

@test "DIY: interrupted after the flash, in the Wi-Fi and in the settings" {
	sim 1
	stages diy INT '"sim":"flashed"' '"sim":"wifi-test"' 'Backlog'
}

@test "DIY: a run without any name goes on with the device that is not done" {
	sim 1
	stopped diy KILL Backlog
	ends 0 airlift free --wait 1 --firmware image.bin $(places) $(wifi) $(login) --topic lamp
	at_home
}

@test "DIY: a name of the profile goes on with its device, also one with a MAC only" {
	sim 1
	stopped diy KILL Backlog
	echo "devices: [{ mac: $MAC, name: Hall }]" >home.yaml
	ends 0 airlift free Hall --profile home.yaml --wait 1 --firmware image.bin $(places) $(wifi) $(login) --topic lamp
	at_home
}

@test "takeover: killed when the device has been told where to call" {
	old 1
	stages old KILL '"sim":"ap-closed"'
}

@test "takeover: firmware that hangs up on us is told by the run after the one that paired it" {
	old 1 --personality pinned-1.6.0
	stopped old KILL '"sim":"ap-closed"'
	free 10 old
	says E-PINNED-FIRMWARE
}

@test "takeover: killed in the download and in the final stage" {
	old 1 --pace 20 --fault replug:20
	stages old KILL '"sim":"upgrade"' '"sim":"final-get"'
}

@test "takeover: killed as it starts its new firmware, and again in its settings" {
	old 1
	stages old KILL '"sim":"flashed"' 'Backlog'
}

@test "takeover: interrupted in the final stage, in the Wi-Fi and in the settings" {
	old 1
	stages old INT '"program":"FinalStage"' '"sim":"wifi-test"' 'Backlog'
}

@test "DIY: a run without any name finds the device where it was, before it told its MAC" {
	image --wifi yes
	sim 1
	start diy --no-wifi
	happens '"sim":"flashed"'
	kill -KILL $RUN
	wait $RUN || true
	happens '"where":"lan"'
	ends 0 airlift free --wait 1 --no-wifi --firmware image.bin $(places) $(login) --topic lamp
	answers lamp $MAC
	[ "$(flashes)" -eq 1 ]
}

@test "DIY: another Tasmota that has got the address since is left alone" {
	sim 1
	start diy
	happens '"sim":"flashed"'
	kill -KILL $RUN $SIM
	wait $RUN || true
	"$build/sim/airlift-sim" tasmota --blank no --address $NET.1 --ap-address $NET.129 --web-port $WEB \
		--mac 5CCF7FABCDEF --speed $SPEED --topic fridge --mqtt 127.0.0.1:$PORT --mqtt-user airlift \
		--mqtt-password $CANARY >>events 2>>err-sim 3>&- &
	PIDS="$PIDS $!"
	happens '"sim":"mqtt-online","device":"5CCF7FABCDEF"'
	ends 3 airlift free --wait 1 --firmware image.bin $(places) $(wifi) $(login) --topic lamp
	ends 3 airlift free $ID --wait 1 --patience 3 --firmware image.bin $(places) $(wifi) $(login) --topic lamp
	says E-FREED-NOT-SEEN
	never 'Backlog'
}
