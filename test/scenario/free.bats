#!/usr/bin/env bats
# airlift free: the whole road of simulated devices, from DIY mode to Online at a real broker.

load helpers/mqtt

setup() {
	mqtt_setup
	start_broker
	# Runs side by side share the loopback addresses: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	STEM=1000$(printf '%04x' $((RANDOM * 2)))
	ID=${STEM}01
	WEB=8087
	MDNS=--no-mdns
	echo $CANARY-wifi >wifi-password
	image
}

teardown() { mqtt_teardown; }

# image OPTION...: image.bin, a Tasmota that opens an access point unless it has Wi-Fi data.
image() {
	"$build/sim/airlift-sim" image --program Tasmota --version 14.1.0 --variant lite \
		--size 480000 "$@" image.bin
}

# sim COUNT OPTION...: devices $NET.1 and up, their access points $NET.101 and up.
sim() {
	count=$1; shift
	"$build/sim/airlift-sim" diy --count "$count" --address $NET.1 --ap-address $NET.101 \
		--id $ID $MDNS --pace 1 --boot-ms 200 --web-port $WEB --locked no --ssid home \
		--password $CANARY-wifi --speed 400 "$@" >>events 2>err-sim 3>&- &
	SIM=$!
	PIDS="$PIDS $SIM"
	happens '"sim":"ready"' "$count"
}

# happens PATTERN [COUNT]: waits for event lines of the simulator.
happens() {
	for _ in $(seq 400); do
		[ "$(grep -c -- "$1" events)" -ge "${2:-1}" ] && return
		sleep 0.1
	done
	echo "no $1 in:"
	grep -v '"sim":"download"' events
	return 1
}

free() {
	wanted=$1; shift
	ends "$wanted" road --address $NET.1 "$@"
}

# Everything but the devices.
road() {
	airlift --verbose free --firmware image.bin --web-port $WEB --ap-address $NET.101:$WEB \
		--network $NET.0/24 --ssid home --wifi-password-file wifi-password \
		--mqtt 127.0.0.1:$PORT --mqtt-user airlift \
		--mqtt-password-file state/broker/password --topic lamp "$@"
}

is_online() { keeps "tele/$1/LWT" | grep -qx Online; }

no_canary_anywhere() {
	[ -z "$(grep -lF $CANARY out err events err-sim)" ]
	no_canary ./wifi-password wifi-password
}

flashes() { grep -c '"sim":"flashed"' events || true; }

@test "from DIY mode to Online, by way of the device's own access point" {
	sim 1
	free 0
	says "online as lamp"
	is_online lamp
	[ "$(grep -c zeroconf/switch events)" -eq 0 ]
	no_canary_anywhere
	no_canary_in_processes
}

@test "an image that brings its Wi-Fi needs no access point" {
	image --wifi yes
	sim 1
	free 0
	is_online lamp
	! grep -q '"face":"ap"' events || false
}

@test "the second run has nothing to do, by address and by id" {
	image --wifi yes
	sim 1
	free 0
	grep -v '"sim":"download"' events >before
	free 2
	says E-FREE-NOTHING-TO-DO
	ends 2 road $ID
	says "online as lamp"
	[ "$(flashes)" -eq 1 ]
	[ "$(grep -c Backlog events)" -eq "$(grep -c Backlog before)" ]
}

@test "a wrong Wi-Fi password is told, and the device is there for the right one" {
	sim 1
	cp wifi-password right
	echo $CANARY-wrong >wifi-password
	free 1
	says E-WIFI-
	says "it is flashed and runs Tasmota 14.1.0"
	no_canary_anywhere || no_canary ./wifi-password ./right wifi-password right
	mv right wifi-password
	ends 0 road $ID
	says "online as lamp"
	is_online lamp
	[ "$(flashes)" -eq 1 ]
}

@test "a broker that is down is told before the device is touched" {
	sim 1
	stop_broker
	free 1
	says E-MQTT-UNREACHABLE
	says "no device was touched"
	[ "$(grep -c '"sim":"heard"' events)" -eq 0 ]
	start_broker
	free 0
	is_online lamp
}

@test "a broker that goes down after the flash and comes back" {
	sim 1
	road --address $NET.1 --patience 20 >out-1 2>err-1 &
	RUN=$!
	happens '"sim":"flashed"'
	stop_broker
	status=0
	wait $RUN || status=$?
	[ "$status" -ne 0 ]
	grep -q "it is flashed and runs" err-1 || { cat err-1; return 1; }
	start_broker
	# All that was missing may have been the broker itself.
	ends 0 road $ID || [ "$status" -eq 2 ]
	is_online lamp
	[ "$(flashes)" -eq 1 ]
}

@test "a wrong password at the broker is told before the device is touched" {
	sim 1
	echo $CANARY-wrong >wrong
	free 1 --mqtt-password-file wrong
	says E-MQTT-REFUSED
	[ "$(grep -c '"sim":"heard"' events)" -eq 0 ]
}

@test "a run that is killed after the flash is taken up where it stopped" {
	sim 1
	airlift --verbose free --address $NET.1 --firmware image.bin --web-port $WEB --jobs 1 \
		--ap-address $NET.101:$WEB --network $NET.0/24 --ssid home \
		--wifi-password-file wifi-password --no-mqtt >out-1 2>err-1 &
	pid=$!
	happens '"sim":"flashed"'
	kill -KILL $(pgrep -P $pid) $pid
	wait $pid || true
	ends 0 road $ID
	says "online as lamp"
	is_online lamp
	[ "$(flashes)" -eq 1 ]
	airlift history $ID | grep -q "broken off"
}

@test "an interrupt after the flash stops, and the next run goes on" {
	image --wifi yes
	sim 1
	"$build/src/airlift" --state state free --address $NET.1 --firmware image.bin --web-port $WEB \
		--ssid nowhere --wifi-password-file wifi-password --no-wifi --ap-address $NET.101:$WEB \
		--mqtt 127.0.0.1:$PORT --mqtt-user airlift --mqtt-password-file state/broker/password \
		--topic lamp >out-1 2>err-1 3>&- &
	pid=$!
	happens '"sim":"flashed"'
	kill -INT $pid
	wait $pid || true
	ends 0 road $ID || [ "$status" -eq 2 ]
	is_online lamp
	[ "$(flashes)" -eq 1 ]
}

@test "the profile says it all: names by device, homebridge, no secret anywhere" {
	sim 1
	mkdir homebridge
	echo '{"bridge":{"name":"H","username":"0E:11:22:33:44:55","port":51826,"pin":"031-45-154"},"accessories":[]}' \
		>homebridge/config.json
	echo $CANARY-hb >hb-password
	cat >home.yaml <<-EOF
	wifi: { ssid: home, password_file: wifi-password }
	broker: { host: 127.0.0.1, port: $PORT, user: airlift, password_file: state/broker/password }
	naming: { topic: "{model}-{id}" }
	defaults: { timezone: "+1:00", power_on: saved }
	handover: { homebridge: { config: homebridge/config.json, user: hb, password_file: hb-password } }
	devices:
	  - id: $ID
	    name: Kitchen lamp
	    hostname: kitchen-lamp
	    module: 1
	EOF
	ends 0 airlift --verbose free $NET.1 --profile home.yaml --firmware image.bin --web-port $WEB \
		--ap-address $NET.101:$WEB --network $NET.0/24
	is_online sonoff-$ID
	jq -e '.accessories | length == 1' homebridge/config.json
	jq -e ".accessories[0].topics.getOnline == \"tele/sonoff-$ID/LWT\"" homebridge/config.json
	[ -z "$(grep -lF $CANARY out err events err-sim)" ]
	no_canary ./wifi-password ./hb-password wifi-password hb-password homebridge/config.json
	# Again: the names are the same although the vendor's firmware can not be asked any more.
	ends 2 airlift free $ID --profile home.yaml --firmware image.bin --web-port $WEB \
		--ap-address $NET.101:$WEB --network $NET.0/24
}

@test "what is missing is named, with the ways to give it" {
	ends 64 airlift free --mqtt 127.0.0.1:$PORT </dev/null
	says "--ssid"
	says "wifi.ssid in the profile"
	ends 64 airlift free --ssid home --mqtt 127.0.0.1:$PORT </dev/null
	says AIRLIFT_WIFI_PASSWORD
	rm state/broker/password
	ends 64 airlift free --no-wifi </dev/null
	says "--mqtt"
	says "broker.host in the profile"
	echo $CANARY >state/broker/password
}

@test "a device that can not be freed is refused, and nothing is sent" {
	sim 1 --personality minir3
	free 10
	[ "$(grep -c ota_ events)" -eq 0 ]
}

@test "a rehearsal changes nothing" {
	sim 1
	free 0 --dry-run
	says "rehearsal"
	[ "$(grep -c ota_ events)" -eq 0 ]
}

@test "events are as the schema has them" {
	image --wifi yes
	sim 1
	free 0 --json
	"$BATS_TEST_DIRNAME/helpers/../check-events" out
	jq -e 'select(.event == "outcome" and .outcome == "done")' out
}

@test "keep-going frees each device as it appears, until Ctrl-C" {
	unshare -rn true 2>/dev/null || skip "no network namespaces here"
	stop_broker
	image --wifi yes
	unshare -rn bash -eu -c "PATH=\$PATH:/usr/sbin:/sbin
		$(declare -f sim happens keeps airlift start_broker stop_broker broker_pids)
		$(declare -p build NET STEM ID WEB CANARY PORT) PIDS= MDNS=
		trap 'kill \$PIDS 2>/dev/null || true; stop_broker; wait' EXIT
		ip link set lo up
		start_broker
		sim 1
		\$build/src/airlift --state state free --keep-going --interface lo --firmware image.bin \
			--web-port \$WEB --ap-address \$NET.101:\$WEB --no-wifi --mqtt 127.0.0.1:\$PORT \
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

# old OPTION...: a device with vendor firmware of 2016 at $NET.1 that is in pairing mode.
old() {
	mkdir images
	for part in user1:image_user1-0x01000 user2:image_user2-0x81000 arduino:image_arduino; do
		"$build/sim/airlift-sim" image --format ${part%:*} "images/${part#*:}.bin"
	done
	"$build/sim/airlift-sim" stock --count 1 --address $NET.1 --ap-address $NET.101 --id $ID \
		--pace 0 --speed 2000 --boot-ms 100 --ap-port 8088 --plain-port $((PORT + 2)) \
		--web-port $WEB --final-address $NET.200:8090 --ssid home \
		--password $CANARY-wifi >>events 2>err-sim 3>&- &
	PIDS="$PIDS $!"
	happens '"sim":"ready"'
}

@test "an old device in pairing mode is taken over, set up and Online" {
	old
	ends 0 road --takeover --images images --pairing-address $NET.1:8088 \
		--told-address $NET.200 --cloud-port $((PORT + 1)) --plain-port $((PORT + 2)) \
		--final-address $NET.200:8090 --patience 30
	says "online as lamp"
	is_online lamp
	no_canary_anywhere
	ends 2 road $ID
}
