#!/usr/bin/env bats
# airlift free: what is missing is asked on a terminal, and named where there is none. What
# would be written can be looked at before.

load helpers/free

setup() { free_setup; }

teardown() { mqtt_teardown; }

# dialogue COMMAND: on a terminal; what is typed stands in `answers`, PROMPT|ANSWER a line.
dialogue() {
	: >terminal
	while IFS='|' read -r prompt answer; do
		seen "$prompt" terminal >&2
		sleep 0.5 # the prompt is there a moment before the echo is off
		echo "$answer"
	done <answers | script -qefc "$1" /dev/null >terminal 2>&1 3>&-
}

command() { echo "'$build/src/airlift' --state other free $*"; }

@test "everything that is missing is asked, and no password is shown" {
	cat >answers <<-EOF
	name of your Wi-Fi|home
	MQTT broker|127.0.0.1:$PORT
	user name there|airlift
	password at the broker|$CANARY
	EOF
	# The Wi-Fi's password is asked before the broker's.
	sed -i "3a Wi-Fi password|$CANARY-wifi" answers
	dialogue "$(command --dry-run $(to_diy) $(places) --address $NET.1)" || { cat terminal; return 1; }
	grep -q rehearsal terminal
	! grep $CANARY terminal || false
	rm answers
	no_canary wifi-password
}

@test "what was answered takes the device all the way" {
	sim 1
	cat >answers <<-EOF
	name of your Wi-Fi|home
	MQTT broker|127.0.0.1:$PORT
	user name there|airlift
	Wi-Fi password|$CANARY-wifi
	password at the broker|$CANARY
	Continue|y
	EOF
	dialogue "$(command $(to_diy) $(places) --topic lamp)" || { cat terminal; return 1; }
	# A terminal of 80 columns breaks the line.
	tr -s "\r\n " " " <terminal | grep -q "online as lamp"
	at_home
	! grep $CANARY terminal || false
}

@test "a takeover asks for its images as well" {
	printf '%s\n' 'three image files|images' >answers
	dialogue "$(command --dry-run $(to_old | sed 's/--images images//') $(places) --ssid home \
		--wifi-password-file wifi-password --no-mqtt)" || { cat terminal; return 1; }
	grep -q "would be taken over" terminal
}

@test "without a terminal what is missing is named, with the ways to give it" {
	ends 64 airlift free --mqtt 127.0.0.1:$PORT </dev/null
	says "--ssid"
	says "wifi.ssid in the profile"
	ends 64 airlift free --ssid home --mqtt 127.0.0.1:$PORT </dev/null
	says "--wifi-password-file"
	says AIRLIFT_WIFI_PASSWORD
	ends 64 airlift free --takeover --ssid home --mqtt 127.0.0.1:$PORT </dev/null
	says "--images"
	rm state/broker/password
	ends 64 airlift free --no-wifi </dev/null
	says "--mqtt"
	says "broker.host in the profile"
	echo $CANARY >state/broker/password
}

@test "a rehearsal tells what would be written, and changes nothing" {
	sim 1
	cat >home.yaml <<-EOF
	naming: { topic: "{model}-{tail}", name: "Lamp {id}" }
	EOF
	ends 0 airlift free --dry-run $(to_diy) $(places) $(wifi) $(login) --profile home.yaml
	says "rehearsal"
	says "would be flashed, then set up"
	says "Wi-Fi: home"
	says "Wi-Fi password: (secret)"
	says "MQTT port: $PORT"
	says "MQTT password: (secret)"
	says "device name: Lamp $ID"
	# The MAC is not known yet.
	says "topic: {model}-{tail}"
	[ "$(grep -c ota_ events)" -eq 0 ]
	no_canary_anywhere
	ends 0 airlift --json free --dry-run $(to_diy) $(places) $(wifi) $(login) --topic lamp
	"$BATS_TEST_DIRNAME/check-events" out
	jq -e 'select(.event == "message") | .settings | .topic == "lamp" and .["MQTT password"] == "(secret)"' out
	no_canary_anywhere
}
