#!/usr/bin/env bats
# homebridge itself with the configuration airlift writes, in a network namespace. Left out
# unless its packages are installed (test/homebridge/README.md).

load helpers/mqtt

setup() {
	modules=${AIRLIFT_HOMEBRIDGE:-$BATS_TEST_DIRNAME/../homebridge}/node_modules
	[ -x "$modules/.bin/homebridge" ] && [ -d "$modules/homebridge-mqttthing" ] ||
		skip "npm packages are missing: see test/homebridge/README.md"
	command -v node >/dev/null || skip "node is missing"
	unshare -rn true 2>/dev/null || skip "no user namespaces here"
	mqtt_setup
	mkdir hb
	cat >hb/config.json <<-EOF
	{
	    "bridge": { "name": "Test", "username": "0E:11:22:33:44:55", "port": 51826, "pin": "031-45-154" },
	    "accessories": [],
	    "platforms": []
	}
	EOF
	echo $CANARY >hb-password
}

teardown() { [ -z "${PORT:-}" ] || mqtt_teardown; }

@test "homebridge switches a device, hears its button, and sees it go" {
	export build modules
	unshare -rn --kill-child --pid --fork --mount-proc "$BATS_TEST_DIRNAME/helpers/homebridge-story" \
		"$PORT" >story 2>&1 3>&- || { cat story; cat log-homebridge; return 1; }
	grep -q 'all told' story
	no_canary ./hb-password hb-password hb/config.json
}
