#!/usr/bin/env bats
# The whole road of airlift free when something goes wrong on it, for devices in DIY mode and
# for old ones that are taken over. What counts is what the device and the broker say at the end.

load helpers/free

setup() { free_setup; }

teardown() { mqtt_teardown; }

# The same command again takes the road to its end, if it had not come there.
again() { free 0 "$@"; }

# The device tells after the flash that it can not join; an old one never calls, and its
# button is held once more.
wrong_wifi() {
	device $1 "${@:3}"
	cp wifi-password right
	echo $CANARY-wrong >wifi-password
	free $2 $1 --patience 3
	no_canary_anywhere right
	cp right wifi-password
	[ "$1" = diy ] || happens '"sim":"pairing"'
	free 0 $1
	says "online as lamp"
	at_home
	no_canary_anywhere right
}

@test "DIY: a wrong Wi-Fi password is told, and the device is there for the right one" {
	wrong_wifi diy 1
	grep -q "Connect failed with AP incorrect password" events
}

@test "takeover: a wrong Wi-Fi password is told, and the device is there for the right one" {
	wrong_wifi old 13 --wifi-ok right
	grep -q wifi-fails events
}

broker_down_and_back() {
	device $1
	start $1 --patience 30
	happens '"sim":"flashed"'
	stop_broker
	status=0
	wait $RUN || status=$?
	[ "$status" -eq 1 ] || { cat err-1; return 1; }
	grep -q "it is flashed and runs" err-1 || { cat err-1; return 1; }
	grep -q E-MQTT-UNREACHABLE err-1
	start_broker
	again $1
	says "online as lamp"
	at_home
}

@test "DIY: a broker that goes down after the flash and comes back" { broker_down_and_back diy; }
@test "takeover: a broker that goes down after the flash and comes back" { broker_down_and_back old; }

slow_return() {
	device $1 --tasmota-fault slow-return:20
	free 0 $1
	says "online as lamp"
	at_home
}

@test "DIY: a device that is slow to return is waited for" { slow_return diy; }
@test "takeover: a device that is slow to return is waited for" { slow_return old; }

address_changed() {
	device $1 --tasmota-fault address-change
	free 0 $1
	says "$NET.101"
	says "online as lamp"
	at_home $NET.101
	[ -z "$(now 'Status 5')" ]
}

@test "DIY: a device that gets another address is found" { address_changed diy; }
@test "takeover: a device that gets another address is found" { address_changed old; }

# The fourth setting, counted from the Wi-Fi's, is in the middle of those for MQTT.
power_lost() {
	device $1 --tasmota-fault power-loss:4
	free 0 $1
	grep -q '"why":"power-loss"' events
	says "online as lamp"
	at_home
}

@test "DIY: power lost in the middle of the settings" { power_lost diy; }
@test "takeover: power lost in the middle of the settings" { power_lost old; }
