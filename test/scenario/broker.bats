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
	! say -t a -m b 2>/dev/null || false
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
	! grep -qF "$made" state/broker/passwords state/broker/mosquitto.conf || false
	start_broker
	[ "$(cat state/broker/password)" = "$made" ]
	sed -i "s/$CANARY/$made/" clients/*
	say -t a -m b
}

# foreign: a broker of another program, which lets everybody in.
foreign() {
	{
		[ "$(id -u)" -ne 0 ] || echo "user root"
		printf 'listener %s 127.0.0.1\nallow_anonymous true\n' $PORT
	} >foreign.conf
	mosquitto -c foreign.conf >log-foreign 2>&1 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 100); do
		! (: <>/dev/tcp/127.0.0.1/$PORT) 2>/dev/null || return 0
		sleep 0.05
	done
	return 1
}

@test "our own that runs already is recognised, and what to enter is said again" {
	start_broker
	ends 0 airlift broker
	says "started here earlier"
	says "host      127.0.0.1"
	says "port      $PORT"
	says "user      airlift"
	says "kept in state/broker/password"
	[ "$(broker_pids | wc -l)" -eq 1 ]
	ends 0 airlift --json broker --port $PORT
	"$BATS_TEST_DIRNAME/check-events" out
	jq -e '.started == false and .ours and .user == "airlift" and .password_file == "state/broker/password"' out
	no_canary
	ends 0 airlift broker --show-password
	says "password  $CANARY"
}

@test "our own is found by other commands, wherever it listens" {
	start_broker
	say -r -t tele/lamp1/LWT -m Online
	ends 0 airlift monitor --for 1
	says "lamp1"
	stop_broker
	ends 1 airlift monitor --mqtt 127.0.0.1:$PORT --for 1
	says E-MQTT-UNREACHABLE
	ends 0 airlift broker --port $PORT --listen 127.0.0.9 --background
	says "host      127.0.0.9"
	ends 0 airlift monitor --for 1
	stop_broker
}

@test "our own on another port or address is not passed off for the one asked for" {
	start_broker
	before=$(cat state/broker/mosquitto.conf)
	ends 1 airlift broker --port $((PORT + 1))
	says E-BROKER-ELSEWHERE
	says "port $PORT of 127.0.0.1"
	ends 1 airlift broker --listen 127.0.0.9
	says E-BROKER-ELSEWHERE
	[ "$(cat state/broker/mosquitto.conf)" = "$before" ]
	[ "$(broker_pids | wc -l)" -eq 1 ]
}

@test "another program's broker is used, and nothing of ours is entered there" {
	foreign
	rm state/broker/password
	ends 0 airlift broker --port $PORT
	says "Another program's broker answers on this port already"
	says "port      $PORT"
	! grep -E 'user  |password  ' out || false
	[ ! -e state/broker/password ]
	ends 0 airlift --json broker --port $PORT
	"$BATS_TEST_DIRNAME/check-events" out
	jq -e '.started == false and .ours == false and (has("user") | not)' out
	[ "$(broker_pids | wc -l)" -eq 1 ]
}

@test "our own that was killed is not taken for another program's on its port" {
	start_broker
	kill -KILL "$(broker_pids)"
	for _ in $(seq 100); do
		[ -n "$(broker_pids)" ] || break
		sleep 0.05
	done
	foreign
	ends 0 airlift broker --port $PORT
	says "Another program's broker"
	ends 2 airlift broker --stop
	says E-BROKER-NONE
	[ "$(broker_pids | wc -l)" -eq 1 ]
}

@test "one that was left running can be ended, and only that one" {
	start_broker
	ends 0 airlift --dry-run broker --stop
	says "would be ended"
	ends 0 airlift --dry-run --json broker --stop
	says "would be ended"
	[ "$(broker_pids | wc -l)" -eq 1 ]
	ends 0 airlift broker --stop
	says "The broker on port $PORT has ended"
	[ "$(broker_pids | wc -l)" -eq 0 ]
	ends 13 airlift monitor --for 1
	says E-BROKER-DOWN
	ends 2 airlift broker --stop
	start_broker
	say -t a -m b
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
	rm state/broker/password
	ends 0 airlift --dry-run broker --port $PORT
	says "would be started"
	[ "$(broker_pids | wc -l)" -eq 0 ]
	[ -z "$(ls state/broker)" ]
	ends 64 airlift broker --listen here
	ends 64 airlift broker --listen 198.51.100.1
	says E-BROKER-ADDRESS
	ends 64 airlift broker --port 0
}

@test "a broker that can not start says why, with its log" {
	# Somebody has the port, but does not listen.
	python3 -c "import socket, time; s = socket.socket(); s.bind(('0.0.0.0', $PORT))
open('bound', 'w'); time.sleep(60)" 3>&- &
	bound=$!
	for _ in $(seq 50); do [ ! -e bound ] || break; sleep 0.1; done
	ends 1 airlift broker --port $PORT
	kill $bound
	says E-BROKER-FAILED
	says mosquitto.log
	no_canary
}

# fake NAME LINE...: a program that is found before the real one.
fake() {
	mkdir -p fakes
	printf '%s\n' '#!/bin/sh' "${@:2}" >fakes/"$1"
	chmod 755 fakes/"$1"
}

# interrupted: the command of the last background job was, and says so.
interrupted() {
	status=0
	wait $BROKER || status=$?
	[ $status -eq 130 ] || { echo "status $status"; cat out err; return 1; }
	says E-CANCELLED
}

@test "while another one is being started, its configuration is left alone" {
	start_broker
	stop_broker
	before=$(cat state/broker/mosquitto.conf)
	: >state/broker/running # it writes its line last
	flock state/broker/running sleep 60 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 100); do flock -n state/broker/running true || break; sleep 0.05; done
	ends 75 airlift broker --port $((PORT + 1))
	says E-BROKER-BUSY
	[ "$(cat state/broker/mosquitto.conf)" = "$before" ]
	"$build/src/airlift" --state state broker --port $PORT >out 2>err 3>&- &
	BROKER=$!
	# Ignored until the command listens for it, as in every background job.
	for _ in $(seq 100); do kill -INT $BROKER 2>/dev/null || break; sleep 0.05; done
	interrupted
}

@test "Ctrl-C before the broker takes connections is told as that, and leaves nothing behind" {
	fake mosquitto 'echo $$ >pid' 'exec sleep 60'
	PATH=$PWD/fakes:$PATH "$build/src/airlift" --state state broker --port $PORT \
		--listen 127.0.0.1 --background >out 2>err 3>&- &
	BROKER=$!
	seen . pid
	kill -INT $BROKER
	interrupted
	! kill -0 "$(cat pid)" || false
	fake mosquitto_passwd 'kill -INT $PPID' 'exit 1'
	rm pid
	PATH=$PWD/fakes:$PATH "$build/src/airlift" --state state broker --port $PORT >out 2>err 3>&- &
	BROKER=$!
	interrupted
	[ ! -e pid ]
	start_broker
	say -t a -m b
	no_canary
}
