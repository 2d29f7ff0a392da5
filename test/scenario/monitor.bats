#!/usr/bin/env bats
# airlift monitor at a real broker: what is said is shown, a lost broker is waited for.

load helpers/mqtt
setup() { mqtt_setup; }
teardown() {
	[ -z "${WINDOW:-}" ] || tmux -L $WINDOW kill-server || true
	mqtt_teardown
}

# monitor OPTION...: runs until the test ends; output in out and err.
monitor() {
	"$build/src/airlift" --state state monitor --mqtt 127.0.0.1:$PORT --mqtt-user airlift \
		--mqtt-password-file state/broker/password "$@" >out 2>err 3>&- &
	MONITOR=$!
	PIDS="$PIDS $MONITOR"
}

end_monitor() { kill $MONITOR; wait $MONITOR; }

@test "one line per device, from what is kept and what is said" {
	start_broker
	description lamp1 5CCF7F3D5E26
	say -r -t tele/lamp1/LWT -m Online
	monitor
	seen 'lamp1 +online .*15.5.0' out
	say -t stat/lamp1/POWER -m ON
	seen 'lamp1 +online +ON' out
	say -t tele/lamp1/STATE -m '{"POWER":"OFF","Wifi":{"RSSI":78}}'
	seen 'lamp1 +online +OFF +78%' out
	say -r -t tele/lamp1/LWT -m Offline
	seen 'lamp1 +offline' out
	end_monitor
}

@test "a device that was online before is asked how it is, unless patterns or --raw are given" {
	start_broker
	tasmota lamp1 5CCF7F3D5E26 8.5.1 full
	# What it says by itself after its start is over then.
	mosquitto_sub -t tele/lamp1/STATE -C 1 -W 20 3>&-
	mosquitto_sub -t 'cmnd/lamp1/+' -v 3>&- >asked &
	PIDS="$PIDS $!"
	monitor --raw
	seen 'tele/lamp1/LWT \(retained\)  Online' out
	end_monitor
	monitor --topic 'tele/#'
	seen 'lamp1 +online' out
	end_monitor
	! grep -q Status asked || false
	monitor
	seen "lamp1 +online +(ON|OFF) +[0-9]+% +$NET.[0-9]+ +8.5.1" out
	end_monitor
	grep -c 'cmnd/lamp1/Backlog Status' asked | grep -qx 1
}

@test "JSON events are as the schema has them" {
	start_broker
	monitor --json
	say -r -t tele/lamp1/LWT -m Online
	seen '"presence": ?"online"' out
	end_monitor
	"$BATS_TEST_DIRNAME/check-events" out
	monitor --json --raw --topic '#'
	seen '"retained": ?true' out
	say -t stat/lamp1/RESULT -m '{"POWER":"ON"}'
	say -t stat/lamp1/EMPTY -n
	seen 'lamp1/EMPTY' out
	end_monitor
	"$BATS_TEST_DIRNAME/check-events" out
	jq -es 'map(select(.topic == "stat/lamp1/RESULT")) | .[0].payload == "{\"POWER\":\"ON\"}"' out
}

@test "the raw stream can be filtered, and commands no terminal" {
	start_broker
	say -r -t ready/now -m yes
	monitor --raw --topic 'stat/+/POWER' --topic 'ready/#'
	seen 'ready/now \(retained\)  yes' out
	say -t tele/lamp1/STATE -m hidden
	say -t stat/lamp1/POWER -m "$(printf 'O\033[2JN')"
	seen 'stat/lamp1/POWER' out
	! grep -q hidden out || false
	! grep -q "$(printf '\033')" out || false
	end_monitor
	ends 64 airlift monitor --mqtt 127.0.0.1:$PORT --mqtt-user airlift \
		--mqtt-password-file state/broker/password --topic 'a#b'
}

@test "passwords that others say are hidden in the raw stream, also as JSON" {
	start_broker
	for form in --raw '--raw --json'; do
		# shellcheck disable=SC2086
		monitor $form --topic '#'
		for _ in $(seq 100); do
			say -t before -m x
			! grep -q before out || break
		done
		say -t stat/lamp1/RESULT -m '{"Password1":12348765,"MqttPassword":["verysecret"]}'
		say -t cmnd/lamp1/WebPassword -m verysecret
		say -t cmnd/lamp1/Backlog -m 'Password1 verysecret; MqttPassword verysecret'
		say -t last -m "$CANARY"
		seen last out
		end_monitor
		[ "$(grep -cF '****' out)" -eq 4 ]
		! grep -E "verysecret|12348765|$CANARY" out || false
	done
}

@test "a broker that goes away and comes back is told, and heard again" {
	start_broker
	monitor --raw --topic '#'
	for _ in $(seq 100); do
		say -t before -m x
		! grep -q before out || break
	done
	seen before out
	kill -KILL "$(broker_pids)"
	seen 'the broker is gone' err
	start_broker
	seen 'connected to the broker again' err
	for _ in $(seq 100); do
		say -t after -m x
		! grep -q after out || break
	done
	seen after out
	end_monitor
}

@test "with --for it ends by itself" {
	start_broker
	ends 0 airlift monitor --mqtt 127.0.0.1:$PORT --mqtt-user airlift \
		--mqtt-password-file state/broker/password --for 1
}

@test "a wrong password, and nobody there" {
	start_broker
	echo wrong-$CANARY >wrong
	ends 1 airlift --verbose monitor --mqtt 127.0.0.1:$PORT --mqtt-user airlift --mqtt-password-file wrong --for 1
	says E-MQTT-REFUSED
	no_canary wrong
	stop_broker
	ends 1 airlift --verbose monitor --mqtt 127.0.0.1:$PORT --mqtt-user airlift --mqtt-password-file wrong --for 1
	says E-MQTT-UNREACHABLE
	no_canary wrong
}

@test "the password comes from a file or the environment, and goes nowhere" {
	start_broker
	AIRLIFT_MQTT_PASSWORD=$CANARY ends 0 airlift --verbose monitor --mqtt 127.0.0.1:$PORT --mqtt-user airlift --for 1
	monitor --verbose --json --raw --topic '#'
	say -r -t tele/lamp1/LWT -m Online
	seen lamp1 out
	no_canary_in_processes
	end_monitor
	no_canary
}

# certificate NAME: an authority and a certificate for 127.0.0.1.
certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem" \
		-addext 'subjectAltName=IP:127.0.0.1' 2>/dev/null
	chmod 644 "$1.key"
}

@test "TLS with a certificate of one's own; another one is refused" {
	certificate ours
	certificate other
	start_broker
	stop_broker
	printf 'cafile %s\ncertfile %s\nkeyfile %s\n' "$PWD/ours.pem" "$PWD/ours.pem" "$PWD/ours.key" |
		sed '/cafile/d' >>state/broker/mosquitto.conf
	mosquitto -c state/broker/mosquitto.conf >log-mosquitto 2>&1 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 100); do
		! (: <>/dev/tcp/127.0.0.1/$PORT) 2>/dev/null || break
		sleep 0.05
	done
	monitor --mqtt-ca ours.pem --raw --topic '#'
	for _ in $(seq 100); do
		say --cafile ours.pem -t secret/way -m x
		! grep -q secret/way out || break
	done
	seen 'secret/way' out
	end_monitor
	ends 1 airlift monitor --mqtt 127.0.0.1:$PORT --mqtt-user airlift \
		--mqtt-password-file state/broker/password --mqtt-ca other.pem --for 1
	says E-MQTT-TLS
}

# terminal COLUMNS LINES: monitor in a window of its own; picture: what stands there now.
terminal() {
	command -v tmux >/dev/null || skip "no tmux here"
	WINDOW=airlift-$$-$BATS_TEST_NUMBER
	tmux -L $WINDOW -f /dev/null new-session -d -x "$1" -y "$2" \
		"'$build/src/airlift' --state state monitor; sleep 60" 3>&-
	tmux -L $WINDOW set-option -g status off
	tmux -L $WINDOW resize-window -x "$1" -y "$2"
}

picture() { tmux -L $WINDOW capture-pane -p; }

# pictured PATTERN: waits until a line of the picture fits.
pictured() {
	for _ in $(seq 100); do
		! picture | grep -qE -- "$1" || return 0
		sleep 0.1
	done
	echo "no $1 in:"
	picture
	return 1
}

# one_heading PATTERN: waits until there is only one picture, with this heading. A window that
# grows first shows what it had kept of older ones.
one_heading() {
	for _ in $(seq 100); do
		[ "$(picture | grep '^device ' | sed -E "s/$1/yes/")" != yes ] || return 0
		sleep 0.1
	done
	picture
	return 1
}

@test "in a window: one line per device, whatever its size, and a broker that comes back" {
	start_broker
	terminal 100 20
	pictured '^0 devices'
	say -r -t tele/lamp/LWT -m Online
	say -r -t 'tele/küche-größe/LWT' -m Online
	say -r -t tele/a-very-long-topic-that-fits-in-no-column-whatever-the-window/LWT -m Offline
	pictured '^3 devices, 2 online$'
	for n in 1 2 3 4; do say -t stat/fan/POWER$n -m $([ $n -eq 2 ] && echo OFF || echo ON); done
	pictured '^fan +unknown +1011 '
	pictured '^a-very-long-topic-[a-z-]*~  offline'
	# Columns stand below each other, whatever letters a name has.
	[ "$(picture | grep -P '  (online|offline|unknown) ' |
		python3 -c 'import re, sys; print(len({re.search("  (online|offline|unknown)", l).start() for l in sys.stdin}))')" -eq 1 ]
	# By name, and nothing of the pictures before is left.
	[ "$(picture | grep -c '^device ')" -eq 1 ]
	[ "$(picture | sed -n '2,5s/^\(.\).*/\1/p' | tr -d '\n')" = afkl ]
	# A lower window says what it leaves out, a narrow one leaves out columns.
	tmux -L $WINDOW resize-window -x 100 -y 4
	pictured '^4 devices, 2 online, 2 not shown: the window is too low$'
	tmux -L $WINDOW resize-window -x 40 -y 10
	one_heading '^device +state +power$'
	[ "$(picture | grep -c '  online')" -eq 2 ]
	tmux -L $WINDOW resize-window -x 120 -y 24
	one_heading '^device +state +power +signal +address +firmware +heard$'
	kill -KILL "$(broker_pids)"
	pictured '^The broker is gone; trying again. 4 devices'
	start_broker
	pictured '^4 devices, 2 online$'
	say -t stat/lamp/POWER -m ON
	pictured '^lamp +online +ON '
	tmux -L $WINDOW send-keys C-c
	pictured '^4 devices'
}
