#!/usr/bin/env bats
# airlift handover at a real broker: homebridge's config.json, Home Assistant's messages.

load helpers/mqtt

setup() {
	mqtt_setup
	start_broker
	mkdir homebridge
	cat >homebridge/config.json <<-'EOF'
	{
	    "bridge": { "name": "Homebridge", "username": "0E:11:22:33:44:55", "port": 51826, "pin": "031-45-154" },
	    "mine": [ 1, 0.1, "ü" ],
	    "accessories": [],
	    "platforms": []
	}
	EOF
	cp homebridge/config.json original
	echo $CANARY-hb >hb-password
}

teardown() { mqtt_teardown; }

handover() {
	wanted=$1; receiver=$2; shift 2
	ends "$wanted" airlift --verbose handover "$receiver" --mqtt 127.0.0.1:$PORT --mqtt-user airlift \
		--mqtt-password-file state/broker/password "$@"
}

# homebridge STATUS OPTION...
homebridge() {
	wanted=$1; shift
	handover "$wanted" homebridge --config homebridge/config.json \
		--homebridge-user hb --homebridge-password-file hb-password "$@"
}

query() { jq -e "$@" homebridge/config.json >/dev/null || { cat homebridge/config.json; return 1; }; }

# What is written must not hold it; what the simulator notes may.
no_canary_but_in_config() {
	! grep -F $CANARY out err || false
	no_canary ./hb-password ./events ./err-sim homebridge/config.json hb-password events err-sim
}

# relay STATE: waits until the first simulated device says so, over HTTP.
relay() {
	for _ in $(seq 100); do
		! curl -s -m 5 "http://$NET.1:8087/cm?cmnd=Power" | grep -qF "\"POWER\":\"$1\"" || return 0
		sleep 0.05
	done
	return 1
}

@test "homebridge: one block per relay, as the device tells" {
	description lamp1 5CCF7F3D5E26
	description landing 5CCF7F3D5E27 'home/%topic%/%prefix%/' 1,1
	homebridge 0 --all
	says "Lamp"
	says "config.json.before-airlift"
	says "only its owner can read it"
	query '.accessories | length == 3'
	query '.accessories[0] | .topics.setOn == "cmnd/lamp1/POWER" and .topics.getOnline == "tele/lamp1/LWT"
		and .username == "hb" and .serialNumber == "5CCF7F3D5E26" and .firmwareRevision == "15.5.0"'
	query '.accessories[2].topics.setOn == "home/landing/cmnd/POWER2"'
	query '.bridge.pin == "031-45-154" and .mine == [1, 0.1, "ü"]'
	[ "$(stat -c %a homebridge/config.json)" = 600 ]
	cmp original homebridge/config.json.before-airlift
	no_canary_but_in_config
}

@test "homebridge: the blocks are what the plugin takes" {
	description lamp1 5CCF7F3D5E26
	description bulb 5CCF7F3D5E28 '%prefix%/%topic%/' 2
	description landing 5CCF7F3D5E27 'home/%topic%/%prefix%/' 1,1
	homebridge 0 --all
	"$BATS_TEST_DIRNAME/helpers/check-json" "$BATS_TEST_DIRNAME/../golden/mqttthing.schema.json" \
		homebridge/config.json
	homebridge 0 --all --type outlet
	"$BATS_TEST_DIRNAME/helpers/check-json" "$BATS_TEST_DIRNAME/../golden/mqttthing.schema.json" \
		homebridge/config.json
	# The schema does find fault.
	jq 'del(.accessories[0].offlineValue)' homebridge/config.json >faulty
	! "$BATS_TEST_DIRNAME/helpers/check-json" "$BATS_TEST_DIRNAME/../golden/mqttthing.schema.json" faulty || false
}

@test "homebridge: the second run changes nothing and says so" {
	description lamp1 5CCF7F3D5E26
	homebridge 0 lamp1
	before=$(stat -c '%i %Y' homebridge/config.json)
	homebridge 2 lamp1
	says E-HANDOVER-NOTHING
	[ "$(stat -c '%i %Y' homebridge/config.json)" = "$before" ]
}

@test "homebridge: handed over and taken back, the rest is as it was" {
	description lamp1 5CCF7F3D5E26
	homebridge 0 lamp1
	stop_broker
	ends 0 airlift handover homebridge lamp1 --remove --config homebridge/config.json
	says removed
	jq -S . original >wanted
	jq -S . homebridge/config.json | diff wanted -
	ends 2 airlift handover homebridge --all --remove --config homebridge/config.json
}

@test "homebridge: a dry run and a bad file leave everything alone" {
	description lamp1 5CCF7F3D5E26
	homebridge 0 lamp1 --dry-run
	says added
	cmp original homebridge/config.json
	[ ! -e homebridge/config.json.before-airlift ]
	sed -i 's/"mine"/mine/' homebridge/config.json
	cp homebridge/config.json broken
	homebridge 78 lamp1
	says E-HOMEBRIDGE-JSON
	says "config.json:3:"
	cmp broken homebridge/config.json
}

@test "homebridge: an account is asked for where the broker wants one" {
	description lamp1 5CCF7F3D5E26
	handover 64 homebridge lamp1 --config homebridge/config.json
	says E-HANDOVER-ACCOUNT
	cmp original homebridge/config.json
	handover 0 homebridge lamp1 --config homebridge/config.json --homebridge-environment
	query '.accessories[0] | has("password") | not'
	no_canary hb-password
}

@test "homebridge: what others added stays, and the first backup is the one that is kept" {
	jq '.platforms = [{"platform":"Other","secret":1e3}] | .accessories = [{"accessory":"Else","name":"TV",
		"topics":{"setOn":"cmnd/lamp1/POWER"}},{"accessory":"mqttthing","type":"switch","name":"Own",
		"topics":{"setOn":"own/POWER"}}]' original >homebridge/config.json
	cp homebridge/config.json before
	description lamp1 5CCF7F3D5E26
	homebridge 0 lamp1
	jq '.accessories[2].name = "Reading lamp" | .accessories[2].room = "Hall"' homebridge/config.json >named
	cp named homebridge/config.json
	say -r -t tasmota/discovery/5CCF7F3D5E26/config -m "$(keeps tasmota/discovery/5CCF7F3D5E26/config |
		tr -d '\n\t' | sed 's/15.5.0/15.6.0/; s/"t":"lamp1"/"t":"lamp9"/')"
	homebridge 0 lamp9
	says changed
	query '.accessories | length == 3'
	query '.accessories[2] | .name == "Reading lamp" and .room == "Hall" and .firmwareRevision == "15.6.0"
		and .topics.setOn == "cmnd/lamp9/POWER"'
	jq -S 'del(.accessories[2])' homebridge/config.json >rest
	jq -S . before | diff - rest
	cmp before homebridge/config.json.before-airlift
	homebridge 0 lamp9 --remove
	jq -S . homebridge/config.json >rest
	jq -S . before | diff - rest
	cmp before homebridge/config.json.before-airlift
}

@test "homebridge: a device without a description is asked, and its block drives it" {
	tasmota lamp2 5CCF7F3D5E29 9.2.0 lite
	homebridge 0 lamp2
	query '.accessories[0] | .serialNumber == "5CCF7F3D5E29" and .firmwareRevision == "9.2.0"'
	topic() { jq -r ".accessories[0].topics.$1" homebridge/config.json; }
	value() { jq -r ".accessories[0].$1" homebridge/config.json; }
	for state in on off; do
		say -t "$(topic setOn)" -m "$(value ${state}Value)"
		relay "$(value ${state}Value)"
	done
	[ "$(keeps "$(topic getOnline)")" = "$(value onlineValue)" ]
	kill -KILL $TASMOTA
	for _ in $(seq 50); do
		[ "$(keeps "$(topic getOnline)")" != "$(value offlineValue)" ] || break
	done
	[ "$(keeps "$(topic getOnline)")" = "$(value offlineValue)" ]
	no_canary_but_in_config
}

@test "a name that several devices have is refused, by topic or MAC it goes" {
	description lamp1 5CCF7F3D5E26
	description lamp2 5CCF7F3D5E27
	homebridge 64 Lamp
	says E-NAME-AMBIGUOUS
	cmp original homebridge/config.json
	handover 64 homeassistant Lamp
	homebridge 0 5C:CF:7F:3D:5E:27
	query '.accessories[0].topics.setOn == "cmnd/lamp2/POWER"'
}

@test "homebridge: JSON events, and two at once" {
	description lamp1 5CCF7F3D5E26
	homebridge 0 lamp1 --json
	"$BATS_TEST_DIRNAME/check-events" out
	no_canary_but_in_config
	for number in 1 2 3 4; do
		description "more$number" "5CCF7F00000$number"
	done
	running=
	for number in 1 2 3 4; do
		airlift handover homebridge "more$number" --config homebridge/config.json --mqtt 127.0.0.1:$PORT \
			--mqtt-user airlift --mqtt-password-file state/broker/password \
			--homebridge-environment >"out-$number" 2>"err-$number" &
		running="$running $!"
	done
	for pid in $running; do wait "$pid"; done
	query '.accessories | length == 5'
}

@test "homeassistant: Tasmota's own description is turned on and read back" {
	tasmota lamp1 5CCF7F3D5E26 9.5.0 tasmota
	! keeps tasmota/discovery/5CCF7F3D5E26/config || false
	handover 0 homeassistant lamp1 --dry-run
	! keeps tasmota/discovery/5CCF7F3D5E26/config || false
	handover 0 homeassistant lamp1
	says "describes itself now"
	keeps tasmota/discovery/5CCF7F3D5E26/config | jq -e '.t == "lamp1"'
	handover 2 homeassistant --all
	says "describes itself already"
	handover 0 homeassistant lamp1 --remove
	says "does not describe itself any more"
	! keeps tasmota/discovery/5CCF7F3D5E26/config || false
	handover 2 homeassistant lamp1 --remove
	! grep -F $CANARY out err || false
}

@test "homeassistant: current builds describe themselves without being told" {
	tasmota lamp1 5CCF7F3D5E26 15.5.0 tasmota
	keeps tasmota/discovery/5CCF7F3D5E26/config 10 >/dev/null || sleep 2
	handover 2 homeassistant --all
	says "describes itself already"
	! grep -q 'SetOption19 0' events || false
}

@test "homeassistant: builds without it are described by messages, which drive them" {
	tasmota lamp1 5CCF7F3D5E26 9.2.0 lite
	tasmota lamp2 5CCF7F3D5E27 9.5.0 lite
	handover 0 homeassistant --all --wait 2 --json
	"$BATS_TEST_DIRNAME/check-events" out
	jq -es 'length == 2 and all(.[]; .way == "messages" and .changed)' out
	keeps homeassistant/switch/5CCF7F3D5E26_1/config >message
	jq -e '.state_topic == "stat/lamp1/POWER" and .command_topic == "cmnd/lamp1/POWER"
		and .availability_topic == "tele/lamp1/LWT" and .payload_not_available == "Offline"
		and .device.identifiers == ["5CCF7F3D5E26"]' message
	for state in on off; do
		say -t "$(jq -r .command_topic message)" -m "$(jq -r .payload_$state message)"
		relay "$(jq -r ".state_$state // .payload_$state" message)"
	done
	handover 2 homeassistant lamp1 --wait 2
	says "described at the broker already"
	handover 0 homeassistant lamp1 --remove
	says "not described at the broker any more"
	! keeps homeassistant/switch/5CCF7F3D5E26_1/config || false
	keeps homeassistant/switch/5CCF7F3D5E27_1/config
	handover 2 homeassistant lamp1 --remove
}

@test "homeassistant: messages of others are left alone, silence is told" {
	say -r -t homeassistant/switch/other_1/config -m '{"command_topic":"cmnd/lamp1/POWER","unique_id":"x"}'
	handover 2 homeassistant lamp1 --remove
	keeps homeassistant/switch/other_1/config
	handover 3 homeassistant nobody --wait 1
	says E-HANDOVER-SILENT
	handover 64 homeassistant 'a/#' --wait 1
	handover 64 homeassistant
	handover 64 homeassistant --all lamp1
	handover 64 nowhere --all
}
