# What the tests of `airlift free` share, on top of helpers/mqtt: simulated devices of both
# kinds in one network, the command as it is typed for each, and what must be true at the end.

load helpers/mqtt

free_setup() {
	mqtt_setup
	start_broker
	# Runs side by side share the loopback addresses: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	STEM=1000$(printf '%04x' $((RANDOM * 2)))
	ID=${STEM}01
	MAC=5CCF7F$(tr a-f A-F <<<"${STEM:4}")01
	WEB=8087
	MDNS=--no-mdns
	SPEED=150
	echo $CANARY-wifi >wifi-password
	image
	images
}

# image OPTION...: image.bin, a Tasmota that opens an access point unless it has Wi-Fi data.
image() {
	"$build/sim/airlift-sim" image --program Tasmota --version "${VERSION:-14.1.0}" \
		--variant lite --size 480000 "$@" image.bin
}

# The three files of a takeover.
images() {
	mkdir -p images
	for part in user1:image_user1-0x01000 user2:image_user2-0x81000 arduino:image_arduino; do
		"$build/sim/airlift-sim" image --format ${part%:*} "images/${part#*:}.bin"
	done
}

# What both kinds of devices live in.
home() { echo --web-port $WEB --ssid home --password $CANARY-wifi; }

# sim COUNT OPTION...: devices in DIY mode at $NET.1 and up, their access points $NET.129 and up.
sim() {
	count=$1; shift
	"$build/sim/airlift-sim" diy --count "$count" --address $NET.1 --ap-address $NET.129 \
		--id $ID $MDNS --pace 1 --boot-ms 200 --locked no --speed $SPEED $(home) "$@" \
		>>events 2>>err-sim 3>&- &
	SIM=$!
	PIDS="$PIDS $SIM"
	happens '"sim":"ready"' "$count"
}

# old N OPTION...: the N-th device with vendor firmware of 2016, in pairing mode; at home it is
# at $NET.N; in its access point it is where all are.
old() {
	"$build/sim/airlift-sim" stock --count 1 --address $NET.$1 --ap-address $NET.129 \
		--id ${STEM}0$1 --pairing-address $NET.250 --ap-port 8088 --pace 0 --speed 2000 \
		--tasmota-speed $SPEED --boot-ms 100 --plain-port $((PORT + 2)) --final-address $NET.200:8090 \
		$(home) "${@:2}" >>events 2>>err-sim 3>&- &
	PIDS="$PIDS $!"
	happens '"sim":"ready"' "$1"
}

# happens PATTERN [COUNT]: waits for event lines of the simulator.
happens() {
	for _ in $(seq 600); do
		[ "$(grep -c -- "$1" events)" -ge "${2:-1}" ] && return
		sleep 0.1
	done
	echo "no $1 in:"
	grep -v '"sim":"[a-z-]*download"' events
	return 1
}

never() { ! grep -- "$1" events; }

# Where everything is, and who may log in.
places() { echo --web-port $WEB --ap-address $NET.129:$WEB --network $NET.0/25; }
login() { echo --mqtt 127.0.0.1:$PORT --mqtt-user airlift --mqtt-password-file state/broker/password; }
wifi() { echo --ssid home --wifi-password-file wifi-password; }
to_diy() { echo --address $NET.1 --firmware image.bin; }
to_old() {
	echo --takeover --images images --pairing-address $NET.250:8088 --told-address $NET.200 \
		--cloud-port $((PORT + 1)) --plain-port $((PORT + 2)) --final-address $NET.200:8090
}

# typed KIND OPTION...: what is typed for a device of this kind, diy or old.
typed() { echo --verbose free $(to_$1) $(places) $(wifi) $(login) --topic lamp "${@:2}"; }

# free STATUS KIND OPTION...: that.
free() { ends "$1" airlift $(typed "${@:2}"); }

# start KIND OPTION...: the same in the background, as $RUN, so that signals reach it.
start() {
	"$build/src/airlift" --state state $(typed "$@") >out-1 2>err-1 3>&- &
	RUN=$!
	PIDS="$PIDS $!"
}

# device KIND OPTION...: one of this kind.
device() { if [ "$1" = old ]; then old 1 "${@:2}"; else sim 1 "${@:2}"; fi; }

# now COMMAND [HOST]: what the device answers.
now() {
	curl -s -m 5 -H "Referer: http://${2:-$NET.1}/" --get --data-urlencode "cmnd=$1" \
		"http://${2:-$NET.1}:$WEB/cm"
}

is_online() { keeps "tele/$1/LWT" | grep -qx Online; }

# answers TOPIC MAC: the device under this topic is that one.
answers() {
	mosquitto_sub -t "stat/$1/STATUS5" -C 1 -W 10 >answer 2>/dev/null 3>&- &
	asked=$!
	for _ in $(seq 20); do
		say -t "cmnd/$1/Status" -m 5
		sleep 0.3
		[ ! -s answer ] || break
	done
	wait $asked
	[ "$(jq -r .StatusNET.Mac answer | tr -d :)" = "$2" ]
}

flashes() { grep -c '"sim":"flashed"' events || true; }

# at_home [HOST]: the device itself says it has all it was given, the broker keeps Online and
# brings questions to it, and it was flashed once.
at_home() {
	is_online lamp
	answers lamp $MAC
	[ "$(now Status "$1" | jq -r .Status.Topic)" = lamp ]
	now 'Status 6' "$1" | jq -e ".StatusMQT | .MqttHost == \"127.0.0.1\" and .MqttPort == $PORT and .MqttUser == \"airlift\""
	[ "$(now 'Status 11' "$1" | jq -r .StatusSTS.Wifi.SSId)" = home ]
	[ "$(keeps 'tele/+/LWT')" = Online ]
	[ "$(flashes)" -eq 1 ]
}

# Not in anything that was written but the files that are there to hold it.
no_canary_anywhere() {
	[ -z "$(grep -lF $CANARY out* err* events err-sim)" ]
	no_canary wifi-password "$@"
}
