#!/usr/bin/env bats
# airlift broker: a real Mosquitto that nobody enters without the password.

load helpers/mqtt
setup() { mqtt_setup; }
teardown() { mqtt_teardown; }

# broker OPTION...: in the foreground of a background job.
broker() {
	"$build/src/airlift" --state state broker --port $PORT --listen 127.0.0.1 "$@" >out 2>err 3>&- &
	BROKER=$!
	PIDS="$PIDS $BROKER"
	seen 'password|started|already' out
}

@test "it starts, says what to enter, and ends with the command" {
	broker
	says "host      127.0.0.1"
	says "port      $PORT"
	says "user      airlift"
	says "kept in state/broker/password"
	say -t a -m b
	[ "$(broker_pids | wc -l)" -eq 1 ]
	kill $BROKER
	wait $BROKER
	[ "$(broker_pids | wc -l)" -eq 0 ]
	! say -t a -m b 2>/dev/null
	no_canary
}

@test "nobody gets in without the password" {
	start_broker
	run env XDG_CONFIG_HOME=/nonexistent mosquitto_pub -h 127.0.0.1 -p $PORT -t a -m b
	[ "$status" -ne 0 ]
	run env XDG_CONFIG_HOME=/nonexistent mosquitto_pub -h 127.0.0.1 -p $PORT -u airlift -P wrong -t a -m b
	[ "$status" -ne 0 ]
	say -t a -m b
}

@test "a password is made on first use, kept, and readable by its owner alone" {
	rm state/broker/password
	start_broker
	stop_broker
	made=$(cat state/broker/password)
	[ ${#made} -eq 20 ]
	[ "$(stat -c %a state/broker/password state/broker/passwords state/broker/mosquitto.conf | sort -u)" = 600 ]
	! grep -qF "$made" state/broker/passwords state/broker/mosquitto.conf
	start_broker
	[ "$(cat state/broker/password)" = "$made" ]
	sed -i "s/$CANARY/$made/" clients/*
	say -t a -m b
}

@test "one that runs already is used and said so" {
	start_broker
	ends 0 airlift broker --port $PORT
	says "answers on port $PORT of this computer already"
	[ "$(broker_pids | wc -l)" -eq 1 ]
	ends 0 airlift --json broker --port $PORT
	"$BATS_TEST_DIRNAME/check-events" out
	jq -e '.started == false' out
}

@test "what was retained is there after a restart" {
	start_broker
	say -r -t kept -m word
	stop_broker
	start_broker
	[ "$(keeps kept)" = word ]
}

@test "the password is shown only when asked for" {
	ends 0 airlift --verbose broker --port $PORT --listen 127.0.0.1 --background
	ends 0 airlift --json --verbose broker --port $PORT --listen 127.0.0.1
	no_canary
	no_canary_in_processes
	stop_broker
	ends 0 airlift broker --port $PORT --listen 127.0.0.1 --background --show-password
	says "password  $CANARY"
}

@test "a dry run starts nothing, a bad address is refused" {
	ends 0 airlift --dry-run broker --port $PORT
	[ "$(broker_pids | wc -l)" -eq 0 ]
	ends 64 airlift broker --listen here
	ends 64 airlift broker --port 0
}

@test "a broker that can not start says why, with its log" {
	ends 1 airlift broker --port $PORT --listen 192.0.2.1
	says E-BROKER-FAILED
	says mosquitto.log
	no_canary
}
