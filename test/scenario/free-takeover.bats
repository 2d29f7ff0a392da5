#!/usr/bin/env bats
# airlift free --takeover: devices with old vendor firmware, from pairing mode to Online.

load helpers/free

setup() { free_setup; }

teardown() { mqtt_teardown; }

@test "an old device in pairing mode is taken over, set up and Online" {
	old 1
	free 0 old --patience 30
	says "online as lamp"
	at_home
	no_canary_anywhere
	no_canary_in_processes
	ends 2 airlift free $ID --firmware image.bin $(places) $(wifi) $(login) --topic lamp
	[ "$(flashes)" -eq 1 ]
}

@test "the profile names an old device by the id it tells in pairing mode" {
	cat >home.yaml <<-EOF
	wifi: { ssid: home, password_file: wifi-password }
	broker: { host: 127.0.0.1, port: $PORT, user: airlift, password_file: state/broker/password }
	naming: { topic: "old-{id}" }
	devices:
	  - { id: $ID, name: Hall, module: 1 }
	EOF
	old 1
	ends 0 airlift --verbose free $(to_old) $(places) --profile home.yaml
	is_online old-$ID
	[ "$(now Status | jq -r .Status.DeviceName)" = Hall ]
	[ "$(now Status | jq .Status.Module)" = 1 ]
	no_canary_anywhere
}

@test "keep-going takes one device over after the other, until Ctrl-C" {
	old 1
	start old --keep-going --topic 'lamp-%id%'
	happens mqtt-online.*lamp-
	seen "online as lamp-" out-1
	# The next one is in the same access point that the first was in.
	old 2
	happens mqtt-online.*lamp-.*02
	for _ in $(seq 200); do
		[ "$(grep -c 'online as' out-1)" -ge 2 ] && break
		sleep 0.1
	done
	kill -INT $RUN
	status=0
	wait $RUN || status=$?
	[ $status -eq 0 ] || { cat out-1 err-1; return 1; }
	grep -q "2 devices freed, 0 failed" out-1
	is_online lamp-${MAC:6}
	is_online lamp-${MAC:6:5}2
	answers lamp-${MAC:6} $MAC
	answers lamp-${MAC:6:5}2 ${MAC:0:11}2
	[ "$(flashes)" -eq 2 ]
}

@test "a port that is in use is told before any device hears of it" {
	old 1
	"$build/test/scenario/helpers/tcp-script" 127.0.0.1:$((PORT + 1)) >/dev/null 2>&1 <<<"accept" 3>&- &
	PIDS="$PIDS $!"
	sleep 0.3
	free 1 old
	says E-PORT-BUSY
	never '"what":"POST'
}
