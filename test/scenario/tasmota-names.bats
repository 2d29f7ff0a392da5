#!/usr/bin/env bats
# airlift flash on devices that run Tasmota and are called by name: the broker knows where they
# should be, the device itself says whether it is there.

load helpers/mqtt

setup() {
	mqtt_setup
	start_broker
	# Runs side by side share the loopback addresses: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	WEB=$((20000 + RANDOM % 10000))
	image full.bin 15.5.0 tasmota 530000
}

teardown() { mqtt_teardown; }

# image NAME VERSION VARIANT SIZE
image() {
	"$build/sim/airlift-sim" image --program Tasmota --version "$2" --variant "$3" --size "$4" \
		--wifi yes "$1"
}

# sim COUNT OPTION...: devices lamp, lamp-2, ... at $NET.1 and up, all online at the broker.
sim() {
	count=$1; shift
	"$build/sim/airlift-sim" tasmota --count "$count" --blank no --address $NET.1 --ap-address $NET.129 \
		--web-port $WEB --speed 600 --topic lamp --mqtt 127.0.0.1:$PORT --mqtt-user airlift \
		--mqtt-password $CANARY "$@" >>events 2>err-sim 3>&- &
	SIM=$!
	PIDS="$PIDS $SIM"
	for i in $(seq "$count"); do
		is_online "lamp$([ "$i" -eq 1 ] || echo "-$i")"
	done
}

is_online() {
	for _ in $(seq 40); do
		! keeps "tele/$1/LWT" 1 | grep -qx Online || return 0
	done
	cat events err-sim
	return 1
}

# described TOPIC: until the device has left its description.
described() {
	for _ in $(seq 100); do
		! mosquitto_sub -t 'tasmota/discovery/+/config' -W 1 --retained-only 2>/dev/null 3>&- |
			grep -qF "\"t\":\"$1\"" || return 0
	done
	return 1
}

flash() { ends "$1" airlift flash --web-port $WEB --firmware full.bin "${@:2}"; }

now() {
	curl -s -m 5 -H "Referer: http://$NET.$1/" --get --data-urlencode "cmnd=$2" \
		"http://$NET.$1:$WEB/cm"
}

runs() { now "$1" 'Status 2' | grep -qF "$2"; }
offers() { grep -c 'Upgrade 1' events || true; }

@test "a Tasmota is called by topic, MAC or name" {
	sim 3 --version 15.2.0 --variant lite
	described lamp-3
	now 2 'DeviceName Hall lamp' >/dev/null
	now 2 'FriendlyName1 Hall' >/dev/null
	now 2 'Restart 1' >/dev/null
	for _ in $(seq 100); do
		! mosquitto_sub -t 'tasmota/discovery/+/config' -W 1 --retained-only 2>/dev/null 3>&- |
			grep -qF '"dn":"Hall lamp"' || break
	done
	flash 0 lamp --method tasmota
	says 'free: Tasmota 15.5.0(release-tasmota)'
	flash 0 'Hall lamp'
	says 'free: Tasmota 15.5.0(release-tasmota)'
	flash 0 5c:cf:7f:00:00:03
	for each in 1 2 3; do runs $each '15.5.0(release-tasmota)'; done
	# What they run already is not put on them again.
	flash 0 lamp --dry-run
	says E-ALREADY-FREE
	flash 2 lamp
	[ "$(offers)" -eq 3 ]
}

@test "a name that several have is asked about, an unknown one gets the known ones" {
	sim 2 --version 15.2.0 --variant lite
	described lamp-2
	flash 64 Tasmota
	says E-NAME-AMBIGUOUS
	says lamp-2
	flash 3 lump
	says E-NAME-UNKNOWN
	says 'it knows lamp, lamp-2'
	flash 4 lamp lump
	says 'free: Tasmota 15.5.0'
	says E-NAME-UNKNOWN
	[ "$(offers)" -eq 1 ]
}

@test "a description that has grown old flashes nobody else" {
	sim 1 --version 15.2.0 --variant lite
	described lamp
	description shed 5CCF7F0000AA
	say -r -t tasmota/discovery/5CCF7F0000AA/config -m "$(keeps tasmota/discovery/5CCF7F0000AA/config |
		tr -d '\n\t' | sed "s/192.0.2.9/$NET.1/")"
	flash 3 shed --wait 1
	says "E-NAME-ELSEWHERE"
	says "should be at $NET.1"
	[ "$(offers)" -eq 0 ]
}

@test "a build that describes nothing is asked under its topic" {
	sim 1 --version 9.2.0 --variant lite
	! described nothing || false
	flash 0 lamp
	runs 1 15.5.0
}

@test "a name of the profile is a Tasmota where journal or broker know it as one" {
	sim 2 --version 15.2.0 --variant lite
	described lamp-2
	cat >home.yaml <<-END
	devices:
	  - { id: 1000abcdef, name: Hall, topic: lamp }
	  - { mac: 5C:CF:7F:00:00:02, name: Attic }
	END
	# Freed from another computer: nobody has the id, but the broker the name. Whether the
	# image is for both or for Tasmota only.
	image small.bin 15.4.0 lite 480000
	ends 0 airlift flash --web-port $WEB --firmware small.bin lamp --profile home.yaml --interface lo --wait 1
	runs 1 15.4.0
	flash 0 lamp --profile home.yaml
	runs 1 15.5.0
	flash 0 attic --profile home.yaml
	runs 2 15.5.0
	flash 3 Cellar --profile home.yaml
	says E-NAME-UNKNOWN
}

@test "a name of the profile is the Tasmota that its device became" {
	image old.bin 14.1.0 lite 480000
	"$build/sim/airlift-sim" diy --address $NET.1 --id 1000abcd01 --no-mdns --pace 0 --boot-ms 200 \
		--web-port $WEB --locked no --speed 600 >events 2>err-sim 3>&- &
	PIDS="$PIDS $!"
	seen '"sim":"ready"' events
	ends 0 airlift --yes flash --web-port $WEB --firmware old.bin $NET.1
	ends 0 airlift setup $NET.1:$WEB --mqtt 127.0.0.1:$PORT --mqtt-user airlift \
		--mqtt-password-file state/broker/password --topic shed
	described shed
	echo 'devices: [{ id: 1000abcd01, name: Hall }]' >home.yaml
	# The command that freed it, typed again, leaves it as it is.
	ends 2 airlift flash --web-port $WEB --firmware old.bin hall --profile home.yaml
	says E-ALREADY-FREE
	flash 0 hall --profile home.yaml
	runs 1 15.5.0
}

@test "without a broker a name has to be one of the network" {
	stop_broker
	flash 3 lamp --wait 1
	says E-NAME-UNKNOWN
	says 'no broker to ask'
	flash 1 lamp --mqtt 127.0.0.1:$PORT
	says E-MQTT-UNREACHABLE
}

# odd N MAC VERSION HARDWARE: a device at $NET.N of another kind than the simulator has.
odd() {
	printf '{"2":{"StatusFWR":{"Version":"%s","Hardware":"%s"}},"5":{"StatusNET":{"Hostname":"odd-%s","Mac":"%s"}}}' \
		"$3" "$4" "$1" "$2" >odd-$1.json
	"$BATS_TEST_DIRNAME/helpers/odd-device" $NET.$1 $WEB status odd-$1.json >log-odd-$1 2>&1 3>&- &
	PIDS="$PIDS $!"
	seen listens log-odd-$1
	say -r -t "tasmota/discovery/$2/config" -m "{\"ip\":\"$NET.$1\",\"dn\":\"Odd\",\"fn\":[\"Odd\"],
		\"hn\":\"odd-$1\",\"mac\":\"$2\",\"sw\":\"$3\",\"t\":\"odd-$1\",\"ft\":\"%prefix%/%topic%/\",
		\"tp\":[\"cmnd\",\"stat\",\"tele\"],\"rl\":[1],\"ver\":1}"
}

@test "--all leaves Tasmotas alone unless they are meant" {
	sim 3 --version 15.2.0,15.5.0,15.2.0 --variant lite,tasmota,lite
	described lamp-3
	image lite.bin 15.5.0 lite 480000
	ends 3 airlift flash --web-port $WEB --firmware lite.bin --all --interface lo --wait 1
	says E-NO-DEVICE
	[ "$(offers)" -eq 0 ]
	flash 0 --all --method tasmota --dry-run --json
	"$BATS_TEST_DIRNAME/check-events" out
	[ "$(jq -s 'map(select(.can_be_flashed)) | length' out)" -eq 2 ]
	[ "$(offers)" -eq 0 ]
	flash 0 --all --method tasmota
	for each in 1 2 3; do runs $each '15.5.0(release-tasmota)'; done
	[ "$(offers)" -eq 2 ]
	says E-ALREADY-FREE
	no_canary_in_processes
}

@test "--all leaves builds of another kind alone, and every flash other chips" {
	odd 11 5CCF7F0000AB '15.2.0(release-sensors)' ESP8266EX
	odd 12 5CCF7F0000AC '15.2.0(release-tasmota)' ESP32-D0WD-V3
	flash 10 --all --method tasmota
	says E-UPGRADE-BUILD
	says E-UPGRADE-CHIP
	flash 10 odd-12
	says E-UPGRADE-CHIP
	flash 10 $NET.12
	says E-UPGRADE-CHIP
	flash 0 odd-11 --dry-run
	says 'firmware 15.2.0(release-sensors)'
	! grep -h 'OtaUrl\|Upgrade' log-odd-* || false
}

@test "a device that is gone does not keep --all from the others, and is told" {
	sim 1 --version 15.2.0 --variant lite
	described lamp
	description shed 5CCF7F0000AA
	flash 4 --all --method tasmota
	says 'free: Tasmota 15.5.0'
	says 'shed  '
	runs 1 15.5.0
}

@test "a device named twice is flashed once" {
	sim 1 --version 15.2.0 --variant lite
	described lamp
	flash 0 lamp $NET.1 5CCF7F000001
	runs 1 15.5.0
	[ "$(offers)" -eq 1 ]
	[ "$(airlift history | grep -c ' tasmota ')" -eq 1 ]
}

@test "a device that describes no address is not looked for on this computer" {
	description shed 5CCF7F0000AA
	say -r -t tasmota/discovery/5CCF7F0000AA/config -m "$(keeps tasmota/discovery/5CCF7F0000AA/config |
		tr -d '\n\t' | sed 's/192.0.2.9//')"
	flash 3 --all --method tasmota
	says 'does not know at which address "shed" is'
	! grep -F 0.0.0.0 out err || false
}

# answer_together TOPIC...: devices without description that answer only when all were asked.
answer_together() {
	mosquitto_sub -v -t 'cmnd/+/Status' 3>&- >"asked-$1" &
	PIDS="$PIDS $!"
	for topic in "$@"; do say -r -t "tele/$topic/LWT" -m Online; done
	(
		for topic in "$@"; do seen "cmnd/$topic/Status" "asked-$1"; done
		host=10
		for topic in "$@"; do
			host=$((host + 1))
			say -t "stat/$topic/STATUS11" -m '{"StatusSTS":{"POWER":"ON"}}'
			say -t "stat/$topic/STATUS5" -m "{\"StatusNET\":{\"Hostname\":\"$topic\",
				\"IPAddress\":\"$NET.$host\",\"Mac\":\"5C:CF:7F:3D:5E:$host\"}}"
		done
	) 3>&- &
	PIDS="$PIDS $!"
}

@test "devices that describe nothing are asked all at once" {
	answer_together shed attic cellar
	flash 0 --dry-run --all --method tasmota
	[ "$(grep -c "refused: $NET.1[123] " out)" -eq 3 ]
	answer_together loft barn
	flash 0 --dry-run --wait 1 --interface lo loft barn
	[ "$(grep -c "should be at $NET.1[12], but does not answer there" out)" -eq 2 ]
}
