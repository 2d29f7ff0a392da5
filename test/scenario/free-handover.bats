#!/usr/bin/env bats
# airlift free: what the profile says of names and handover, from the box to the smart home.

load helpers/free

setup() {
	free_setup
	cat >home.yaml <<-EOF
	wifi: { ssid: home, password_file: wifi-password }
	broker: { host: 127.0.0.1, port: $PORT, user: airlift, password_file: state/broker/password }
	naming: { topic: "{model}-{id}" }
	EOF
}

teardown() { mqtt_teardown; }

# road STATUS DEVICE OPTION...: with the profile, nothing else is typed.
road() {
	ends "$1" airlift --verbose free "${@:2}" --profile home.yaml --firmware image.bin $(places)
}

@test "the profile says it all: names by device, homebridge, no secret anywhere" {
	sim 1
	mkdir homebridge
	echo '{"bridge":{"name":"H","username":"0E:11:22:33:44:55","port":51826,"pin":"031-45-154"},"accessories":[]}' \
		>homebridge/config.json
	echo $CANARY-hb >hb-password
	cat >>home.yaml <<-EOF
	defaults: { timezone: "+1:00", power_on: saved }
	handover: { homebridge: { config: homebridge/config.json, user: hb, password_file: hb-password } }
	devices:
	  - id: $ID
	    name: Kitchen lamp
	    hostname: kitchen-lamp
	    module: 1
	EOF
	road 0 $NET.1
	is_online sonoff-$ID
	answers sonoff-$ID $MAC
	jq -e '.accessories | length == 1' homebridge/config.json
	jq -e ".accessories[0].topics.getOnline == \"tele/sonoff-$ID/LWT\"" homebridge/config.json
	no_canary_anywhere hb-password homebridge/config.json
	# Again: the names are the same although the vendor's firmware can not be asked any more.
	road 2 $ID
}

@test "a build that can describes itself to Home Assistant" {
	echo "handover: { homeassistant: yes }" >>home.yaml
	sim 1
	road 0 $NET.1
	airlift history $ID | grep -q "Home Assistant: describes itself .*Tasmota's own discovery"
	keeps "tasmota/discovery/$MAC/config" >config
	jq -e ".t == \"sonoff-$ID\" and .mac == \"$MAC\"" config
	! keeps 'homeassistant/#' 1 || false
	road 2 $ID
}

@test "a build that can not is described to Home Assistant at the broker" {
	echo "handover: { homeassistant: yes }" >>home.yaml
	VERSION=9.2.0 image
	sim 1
	road 0 $NET.1
	airlift history $ID | grep -q "Home Assistant: is described at the broker now"
	keeps "homeassistant/#" >config
	jq -e ".availability_topic == \"tele/sonoff-$ID/LWT\" and .command_topic == \"cmnd/sonoff-$ID/POWER\"" config
	! keeps 'tasmota/discovery/#' 1 || false
	# What Home Assistant would send there switches the device.
	say -t "$(jq -r .command_topic config)" -m "$(jq -r .payload_on config)"
	for _ in $(seq 50); do
		[ "$(now Power | jq -r .POWER)" = ON ] && break
		sleep 0.1
	done
	[ "$(now Power | jq -r .POWER)" = ON ]
	road 2 $ID
}

@test "an old device is handed over as well" {
	echo "handover: { homeassistant: yes }" >>home.yaml
	sed -i 's/{model}-{id}/old-{id}/' home.yaml
	old 1
	ends 0 airlift --verbose free $(to_old) $(places) --profile home.yaml
	is_online old-$ID
	keeps "tasmota/discovery/$MAC/config" >config
	jq -e ".t == \"old-$ID\"" config
}
