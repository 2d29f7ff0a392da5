# What the tests with a broker share: load helpers/mqtt. A real Mosquitto with a password,
# clients that keep it in a file, and simulated Tasmotas.

load helpers/processes

CANARY=kanarienvogel

mqtt_setup() {
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	cd "$BATS_TEST_TMPDIR"
	PIDS=
	PATH=$PATH:/usr/sbin
	export XDG_CONFIG_HOME=$PWD/clients
	mkdir -p clients state/broker
	chmod 700 state state/broker
	echo $CANARY >state/broker/password
	chmod 600 state/broker/password
	free_port
	for client in mosquitto_pub mosquitto_sub; do
		printf -- '-h 127.0.0.1\n-p %s\n-u airlift\n-P %s\n' $PORT $CANARY >clients/$client
	done
}

mqtt_teardown() {
	end_own $PIDS
	stop_broker
	! grep -A 20 Sanitizer err* 2>/dev/null || false
}

# A port nobody listens on, below those the system gives to connections: $PORT.
free_port() {
	for _ in $(seq 50); do
		PORT=$((10000 + RANDOM % 20000))
		(: <>/dev/tcp/127.0.0.1/$PORT) 2>/dev/null || return 0
	done
	return 1
}

airlift() { "$build/src/airlift" --state state "$@" 3>&-; }

start_broker() { airlift broker --port $PORT --listen 127.0.0.1 --background "$@" >/dev/null; }

stop_broker() {
	for pid in $(broker_pids); do
		kill "$pid" 2>/dev/null || true
		for _ in $(seq 100); do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.05
		done
	done
}

# Those whose working directory is this test's: nobody else's is meant.
broker_pids() {
	for pid in $(pgrep -x mosquitto); do
		[ "$(readlink /proc/"$pid"/cwd)" = "$PWD" ] && echo "$pid"
	done
	true
}

say() { mosquitto_pub "$@" 3>&-; }

# keeps TOPIC: what the broker keeps under it; fails when there is nothing.
keeps() { mosquitto_sub -t "$1" -C 1 -W "${2:-2}" --retained-only 3>&- 2>/dev/null; }

# description TOPIC MAC [MORE]: a retained description.
description() {
	say -r -t "tasmota/discovery/$2/config" -m "{\"ip\":\"192.0.2.9\",\"dn\":\"Lamp\",
		\"fn\":[\"Lamp\",\"Fan\"],\"hn\":\"$1\",\"mac\":\"$2\",\"md\":\"Sonoff Basic\",\"ofln\":\"Offline\",
		\"onln\":\"Online\",\"state\":[\"OFF\",\"ON\",\"TOGGLE\",\"HOLD\"],\"sw\":\"15.5.0\",\"t\":\"$1\",
		\"ft\":\"${3:-%prefix%/%topic%/}\",\"tp\":[\"cmnd\",\"stat\",\"tele\"],\"rl\":[${4:-1,0}],\"ver\":1}"
}

# tasmota TOPIC MAC VERSION VARIANT [OPTION...]: a simulated device that is online at the broker.
tasmota() {
	NET=${NET:-127.$((100 + RANDOM % 100)).$((RANDOM % 128))}
	HOST=$((${HOST:-0} + 1))
	"$build/sim/airlift-sim" tasmota --topic "$1" --mac "$2" --version "$3" --variant "$4" --blank no \
		--address "$NET.$HOST" --ap-address "$NET.$((HOST + 128))" --web-port 8087 --speed 1000 \
		--mqtt 127.0.0.1:$PORT --mqtt-user airlift --mqtt-password $CANARY "${@:5}" \
		>>events 2>>err-sim 3>&- &
	TASMOTA=$!
	PIDS="$PIDS $TASMOTA"
	for _ in $(seq 100); do
		keeps "tele/$1/LWT" 1 | grep -qx Online && return
	done
	cat events err-sim
	return 1
}

# seen PATTERN FILE: waits for it.
seen() {
	for _ in $(seq 200); do
		! grep -qE -- "$1" "$2" 2>/dev/null || return 0
		sleep 0.05
	done
	echo "no $1 in $2:"
	cat "$2"
	return 1
}

# ends STATUS COMMAND...: output in out and err.
ends() {
	wanted=$1; shift
	status=0
	"$@" >out 2>err || status=$?
	[ $status -eq "$wanted" ] || { echo "status $status, wanted $wanted"; cat out err; return 1; }
}

says() { grep -qF -- "$1" out err || { echo "does not say: $1"; cat out err; return 1; }; }

# No file of the test but those named holds the canary.
no_canary() {
	found=$(grep -rlF $CANARY . | grep -vxF "$(printf './%s\n' clients/mosquitto_pub \
		clients/mosquitto_sub state/broker/password "$@")" || true)
	[ -z "$found" ] || { echo "the password is in: $found"; return 1; }
}

# The canary in no argument list of this test's processes.
no_canary_in_processes() {
	for pid in $(pgrep -x 'airlift|mosquitto|mosquitto_pub|mosquitto_sub'); do
		! tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF $CANARY ||
			{ tr '\0' ' ' <"/proc/$pid/cmdline"; return 1; }
	done
}
