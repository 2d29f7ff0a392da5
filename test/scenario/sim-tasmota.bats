#!/usr/bin/env bats
# The simulated Tasmota, seen by programs that know nothing of it: curl, a password-protected
# mosquitto, nginx. What is expected is copied from no code: it is what sources, documents
# and captures say (doc/protocol/simulator-tasmota.md).

load helpers/processes

setup() {
	SIM=${AIRLIFT_BUILD:-build}/sim/airlift-sim
	case $SIM in /*) ;; *) SIM=$BATS_TEST_DIRNAME/../../$SIM ;; esac
	T=$BATS_TEST_TMPDIR
	PIDS=
	# Tests of several runs share the loopback addresses: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 64))
	AIR=127.$((100 + RANDOM % 100)).$((64 + RANDOM % 64))
	WEB=8088
	LAN=http://$NET.1:$WEB
	AP=http://$AIR.1:$WEB
}

teardown() {
	end_own $PIDS
	! grep -A 20 Sanitizer "$T"/err* 2>/dev/null || false
}

# sim OPTION...: ten times as fast as in reality.
sim() {
	"$SIM" tasmota --address $NET.1 --ap-address $AIR.1 --web-port $WEB --speed 1000 \
		--password homesecret "$@" >"$T/events" 2>"$T/err" 3>&- &
	PIDS="$PIDS $!"
	seen '"sim":"ready"'
}

# seen PATTERN [COUNT]: waits for event lines.
seen() {
	for _ in $(seq 200); do
		[ "$(grep -c -- "$1" "$T/events")" -ge "${2:-1}" ] && return
		sleep 0.1
	done
	echo "no $1 in:"
	cat "$T/events" "$T/err"
	return 1
}

# never PATTERN [FILE]: nothing of that in the event lines. ("! grep" fails no test.)
never() { [ "$(grep -c -- "$1" "${2:-$T/events}")" -eq 0 ] || { echo "there is $1"; return 1; }; }

# cm BASE COMMAND: what the device answers.
cm() { curl -s -m 5 -G -e "$LAN/" --data-urlencode "cmnd=$2" "$1/cm"; }

# says BASE COMMAND EXPECTED
says() {
	got=$(cm "$1" "$2") || got="curl: $?"
	[ "$got" = "$3" ] || { echo "$2: $got, wanted $3"; return 1; }
}

# becomes BASE COMMAND EXPECTED: the same after a while.
becomes() {
	for _ in $(seq 40); do
		[ "$(cm "$1" "$2")" != "$3" ] || return 0
		sleep 0.1
	done
	says "$1" "$2" "$3"
}

# broker: a password-protected mosquitto; sets MQTT; all it hears is in $T/mqtt.
broker() {
	[ -f "$T/passwords" ] || mosquitto_passwd -b -c "$T/passwords" user brokersecret 2>/dev/null
	for _ in 1 2 3 4 5; do
		MQTT=${1:-$((20000 + RANDOM % 12000))}
		printf 'listener %s 127.0.0.1\nallow_anonymous false\npassword_file %s\nuser root\n' \
			$MQTT "$T/passwords" >"$T/mosquitto.conf"
		mosquitto -c "$T/mosquitto.conf" >"$T/mosquitto.log" 2>&1 3>&- &
		BROKER=$!
		for _ in $(seq 30); do
			mosquitto_pub -p $MQTT -u user -P brokersecret -t none -m x 2>/dev/null &&
				{ PIDS="$PIDS $BROKER"; listen; return; }
			kill -0 $BROKER 2>/dev/null || break
			sleep 0.1
		done
	done
	cat "$T/mosquitto.log"
	return 1
}

listen() {
	mosquitto_sub -p $MQTT -u user -P brokersecret -t '#' -F '%t %r %p' >>"$T/mqtt" 2>/dev/null 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 50); do
		mosquitto_pub -p $MQTT -u user -P brokersecret -t ready -m x
		grep -q '^ready' "$T/mqtt" && return
		sleep 0.1
	done
}

# told PATTERN: it is on the broker within a while.
told() {
	for _ in $(seq 100); do
		! grep -q -- "$1" "$T/mqtt" || return 0
		sleep 0.1
	done
	echo "no $1 in:"
	cat "$T/mqtt" "$T/events"
	return 1
}

publish() { mosquitto_pub -p $MQTT -u user -P brokersecret -t "$1" -m "$2"; }

# nginx_with DIRECTIVES: serves $T/www; sets PORT.
nginx_with() {
	mkdir -p "$T/www"
	for _ in 1 2 3 4 5; do
		PORT=$((20000 + RANDOM % 12000))
		[ "$(id -u)" -ne 0 ] || user='user root;'
		cat >"$T/nginx.conf" <<CONF
${user:-} daemon off; pid $T/nginx.pid; error_log $T/nginx.err; worker_processes 1; master_process off;
events {}
http {
	log_format line '\$status \$request';
	access_log $T/nginx.log line;
	client_body_temp_path $T/a; proxy_temp_path $T/b; fastcgi_temp_path $T/c;
	uwsgi_temp_path $T/d; scgi_temp_path $T/e;
	server { listen 127.0.0.1:$PORT; root $T/www; $1 }
}
CONF
		nginx -c "$T/nginx.conf" -e "$T/nginx.err" 2>/dev/null 3>&- &
		pid=$!
		for _ in $(seq 30); do
			curl -s -o "$T/ignored" "http://127.0.0.1:$PORT/" && { PIDS="$PIDS $pid"; return; }
			kill -0 $pid 2>/dev/null || break
			sleep 0.1
		done
	done
	cat "$T/nginx.err"
	return 1
}

image() { mkdir -p "$T/www"; "$SIM" image "$@"; }

@test "help and mistakes on the command line" {
	run "$SIM" tasmota --help
	[ "$status" -eq 0 ]
	[[ "$output" == *--ap-address*power-loss:N* ]]
	run "$SIM" tasmota --version x
	[ "$status" -eq 64 ]
	run "$SIM" tasmota --mac 12
	[ "$status" -eq 64 ]
	run "$SIM" tasmota --fault nonsense
	[[ "$output" == *slow-return* ]]
}

@test "the access point: its name by version, the captive page, no LAN" {
	sim --count 4 --mac 5CCF7F3D5E26 --version 5.9.0,8.1.0,8.5.0,15.5.0
	seen '"sim":"boots"' 4
	grep -q '"ssid":"sonoff-7718"' "$T/events"
	grep -q '"ssid":"tasmota-7719"' "$T/events"
	grep -q '"ssid":"tasmota_3D5E28-7720"' "$T/events"
	grep -q '"ssid":"tasmota-3D5E29-7721"' "$T/events"
	run curl -s -m 2 "$LAN/"
	[ "$status" -eq 7 ]
	run curl -s -i -m 2 -H 'Host: connectivity.example' "http://$AIR.4:$WEB/generate_204"
	[[ "$output" == 'HTTP/1.1 302 '*"Location: http://$AIR.4"$'\r\n'* ]]
	run curl -s -i -m 2 -H 'Host: connectivity.example' "http://$AIR.4:$WEB/cm?cmnd=Status%202"
	[[ "$output" == *'"Version":"15.5.0(release-tasmota)"'* ]]
	run curl -s -i -m 2 "http://$AIR.4:$WEB/nothing"
	[[ "$output" == *'404 Not Found'*text/plain*'URI: /nothing'* ]]
	run curl -s -i -m 2 "http://$AIR.4:$WEB/"
	[[ "$output" == *'Server: Tasmota/15.5.0 (ESP8285N08)'*'Transfer-Encoding: chunked'*"name='s1'"*"Tasmota 15.5.0 by Theo Arends"* ]]
	run curl -s -i -m 2 --http1.0 "http://$AIR.4:$WEB/"
	[[ "$output" != *chunked* ]]
}

@test "Status 2 in each version" {
	sim --count 5 --blank no --version 5.9.1,8.5.0,9.2.0,12.5.0,15.5.0 --variant tasmota,lite
	seen '"sim":"boots"' 5
	[[ "$(cm http://$NET.1:$WEB 'Status 2')" == '{"StatusFWR":{"Version":"5.9.1",'* ]]
	[[ "$(cm http://$NET.1:$WEB 'Status 2')" != *Hardware* ]]
	[[ "$(cm http://$NET.2:$WEB 'Status 2')" == '{"StatusFWR":{"Version":"8.5.0(lite)",'* ]]
	[[ "$(cm http://$NET.3:$WEB 'status 2')" == '{"StatusFWR":{"Version":"9.2.0(tasmota)",'*'"Hardware":"ESP8285N08"'* ]]
	[[ "$(cm http://$NET.4:$WEB 'STATUS 2')" == '{"StatusFWR":{"Version":"12.5.0(release-lite)",'* ]]
	LAN=http://$NET.5:$WEB
	[[ "$(cm $LAN 'Status 2')" == '{"StatusFWR":{"Version":"15.5.0(release-tasmota)",'* ]]
	cm http://$NET.1:$WEB 'Status' | jq -e '.Status.FriendlyName == "Sonoff" and .Status.Power == 0'
	cm $LAN Status | jq -e '.Status.FriendlyName == ["Tasmota"] and .Status.DeviceName == "Tasmota" and .Status.Power == "0"'
	cm $LAN 'Status 0' | jq -e '[keys[]] == ["Status","StatusFWR","StatusLOG","StatusMEM","StatusMQT","StatusNET","StatusPRM","StatusSNS","StatusSTS","StatusTIM"]'
	cm $LAN 'Status 5' | jq -e '.StatusNET | .HTTP_API == 0 and .Mac == "5C:CF:7F:00:00:05" and has("DNSServer1")'
	cm http://$NET.3:$WEB 'Status 5' | jq -e '.StatusNET | has("HTTP_API") == false and has("DNSServer")'
	cm http://$NET.4:$WEB 'Status 5' | jq -e '.StatusNET.HTTP_API == 1'
	cm http://$NET.2:$WEB 'Status 4' | jq -e '.StatusMEM.Free == 524'
}

@test "Referer: 15.5 wants it on the LAN, and behind http:// only; older ones do not" {
	sim --count 2 --blank no --version 15.5.0,15.3.0
	seen '"sim":"boots"' 2
	url="$LAN/cm?cmnd=Status%202"
	for referer in '' http://elsewhere/ "http://x/$NET.1" "$NET.1"; do
		run curl -s -m 2 -e "$referer" "$url"
		[ "$status" -eq 52 ]
	done
	curl -s -m 2 -e "http://$NET.1/" "$url" | grep -q '"15.5.0(release-tasmota)"'
	curl -s -m 2 -e "http://TASMOTA-000001-0001/" "$url" | grep -q '15.5.0'
	curl -s -m 2 "http://$NET.2:$WEB/cm?cmnd=Status%202" | grep -q 15.3.0
	run curl -s -m 2 "$LAN/wi?s1=x&save="
	[ "$status" -eq 52 ]
	curl -s -m 2 "$LAN/" | grep -q 'Tasmota 15.5.0 by Theo Arends'
	says $LAN 'SetOption128 1' '{"SetOption128":"ON"}'
	curl -s -m 2 "$url" | grep -q 15.5.0
}

@test "the tested form: a wrong password keeps the access point, the right one tells the address" {
	sim --version 15.5.0
	curl -s -m 5 "$AP/wi?s1=home&p1=wrongsecret&save=" | grep -q "location.href='\.'"
	seen '"result":"Connect failed with AP incorrect password"'
	curl -s -m 5 "$AP/" | grep -q 'Connect failed to home'
	curl -s -m 5 "$AP/wi?s1=elsewhere&p1=homesecret&save=" >/dev/null
	seen '"result":"Connect failed as AP cannot be reached"'
	says $AP WifiTest '{"WifiTest1":"Connect failed as AP cannot be reached"}'
	curl -s -m 5 -d 's1=home&p1=homesecret&save=' "$AP/wi" >/dev/null
	seen '"sim":"joined"'
	never '"sim":"restart"'
	curl -s -m 5 "$AP/" | grep -q "location.href='http://$NET.1'"
	seen '"where":"lan"'
	run curl -s -m 2 "$AP/"
	[ "$status" -eq 7 ]
	[[ "$(cm $LAN 'Status 5')" == *"\"IPAddress\":\"$NET.1\""* ]]
	never 'homesecret\|wrongsecret'
}

@test "routers that let nobody in beside the access point: the second try is believed" {
	sim --version 12.5.0 --fault ap-timeout
	curl -s -m 5 "$AP/wi?s1=home&p1=homesecret&save=" >/dev/null
	seen '"result":"Connect failed with AP timeout"'
	never '"sim":"restart"'
	curl -s -m 5 "$AP/wi?s1=home&p1=homesecret&save=" >/dev/null
	seen '"where":"lan"'
}

@test "the forms before: 9.2 and 8.5 save at once, 5.9 has its own" {
	sim --count 3 --version 9.2.0,8.5.0,5.9.0
	seen '"sim":"boots"' 3
	curl -s -m 5 "http://$AIR.1:$WEB/wi?s1=home&p1=homesecret&s2=&p2=&h=%25s-%2504d&save=" | grep -q 'Configuration saved'
	curl -s -m 5 "http://$AIR.2:$WEB/wi?s1=home&p1=homesecret&s2=&p2=&h=lamp&save=" | grep -q 'Trying to connect'
	run curl -s -i -m 5 "http://$AIR.3:$WEB/wi?s1=home&p1=homesecret&save="
	[[ "$output" == *404* ]]
	curl -s -m 5 "http://$AIR.3:$WEB/" | grep -q "action='sv'"
	curl -s -m 5 "http://$AIR.3:$WEB/sv?w=1&r=1&s1=home&p1=homesecret&s2=&p2=&h=%25s-%2504d" | grep -q 'Configuration saved'
	seen '"where":"lan"' 3
	[[ "$(cm http://$NET.2:$WEB 'Status 5')" == *'"Hostname":"lamp"'* ]]
}

@test "an untested wrong password: neither access point nor LAN, for ever" {
	sim --version 8.5.0
	says $AP 'Backlog SSID1 home;Password1 wrongsecret' '{}'
	seen '"sim":"wifi-failed".*incorrect password' 2
	run curl -s -m 2 "$AP/"
	[ "$status" -eq 7 ]
	run curl -s -m 2 "$LAN/"
	[ "$status" -eq 7 ]
}

@test "WifiConfig 2 opens the access point instead" {
	sim --version 9.2.0
	says $AP 'Backlog WifiConfig 2;SSID1 home;Password1 wrongsecret' '{}'
	seen '"where":"access-point"' 2
	cm $AP 'Status 3' | jq -e '.StatusLOG.SSId == ["home",""]'
}

@test "three minutes of access point, and again with each look at a page" {
	sim --version 8.5.0 --speed 10000
	for _ in $(seq 10); do
		sleep 0.3
		curl -s -m 2 "$AP/" | grep -q "name='s1'"
	done
	never '"sim":"restart"'
	seen '"sim":"restart".*"why":"wifi"'
	seen '"where":"access-point"' 2
}

@test "a home on another channel: the guest of the access point loses it" {
	sim --version 12.5.0 --fault channel
	curl -s -m 5 "$AP/wi?s1=home&p1=homesecret&save=" >/dev/null
	seen '"sim":"access-point-left"'
	run curl -s -m 2 "$AP/"
	[ "$status" -eq 7 ]
	# It waits in both networks until its page is looked at.
	sleep 0.5
	never '"sim":"restart"'
	curl -s -m 2 "$LAN/" | grep -q "location.href='http://$NET.1'"
	seen '"where":"lan"'
}

@test "the second network is tried when the first lets nobody in, except by WifiConfig 5" {
	sim --count 2 --blank no --version 15.5.0 --other-ssid attic
	seen '"sim":"boots"' 2
	says $LAN 'Backlog SSID2 attic;Password4 wrongsecret;AP 2' '{}'
	seen '"sim":"joined"' 3
	cm $LAN 'Status 11' | jq -e '.StatusSTS.Wifi | .AP == 1 and .SSId == "home"'
	says $LAN 'Backlog Password4 othersecret;AP 2' '{}'
	seen '"sim":"joined"' 4
	cm $LAN 'Status 11' | jq -e '.StatusSTS.Wifi | .AP == 2 and .SSId == "attic"'
	LAN=http://$NET.2:$WEB
	says $LAN 'Backlog WifiConfig 5;SSID2 attic;Password4 wrongsecret;AP 2' '{}'
	seen '"sim":"wifi-failed".*incorrect password.*"wificonfig":5' 2
	never 'othersecret\|wrongsecret'
}

@test "the console executes what is typed, and wants what /cm wants" {
	sim --blank no --version 15.5.0
	curl -s -m 2 -e "$LAN/" "$LAN/cs" | grep -q "name='c1'"
	[ "$(curl -s -m 2 -e "$LAN/" "$LAN/cs?c1=Power%20on&c2=0")" = '{"POWER":"ON"}' ]
	[ "$(curl -s -m 2 -e "$LAN/" "$LAN/cs?c2=1")" = '{}' ]
	run curl -s -m 2 "$LAN/cs?c1=Power%20off"
	[ "$status" -eq 52 ]
	curl -s -m 2 -e "$LAN/" "$LAN/cs?c1=WebPassword2%20websecret" | grep -q '\*\*\*\*'
	run curl -s -i -m 2 -e "$LAN/" "$LAN/cs"
	[[ "$output" == 'HTTP/1.1 401 '* ]]
	never websecret
}

@test "a backup of the settings: its name and size, and back after a reset" {
	sim --blank no --version 15.5.0 --topic lamp
	says $LAN 'Backlog FriendlyName1 Hall lamp;Timezone 2;MqttPassword2 verysecret' '{}'
	becomes $LAN Timezone '{"Timezone":"+02:00"}'
	seen '"sim":"boots"' 2
	run curl -s -m 2 "$LAN/dl"
	[ "$status" -eq 52 ]
	curl -s -m 2 -e "$LAN/" -D "$T/head" -o "$T/dump" "$LAN/dl"
	grep -q 'filename=Config_Hall_lamp_15.5.0.dmp' "$T/head"
	[ "$(wc -c <"$T/dump")" -eq 4096 ]
	never verysecret "$T/dump"
	says $LAN 'Reset 5' '{"Reset":"Reset and Restarting"}'
	seen '"sim":"boots"' 3
	[ "$(cm $LAN Topic)" != '{"Topic":"lamp"}' ]
	curl -s -m 5 -e "$LAN/" "$LAN/rs" >/dev/null
	head -c 4096 /dev/urandom >"$T/noise"
	curl -s -m 5 -e "$LAN/" -F "u2=@$T/noise" "$LAN/u2" | grep -q 'Failed.*File invalid'
	curl -s -m 5 -e "$LAN/" -F "u2=@$T/dump" "$LAN/u2" | grep -q 'Upload.*Successful'
	seen '"sim":"boots"' 4
	says $LAN Topic '{"Topic":"lamp"}'
	says $LAN FriendlyName1 '{"FriendlyName1":"Hall lamp"}'
	says $LAN Timezone '{"Timezone":"+02:00"}'
}

@test "WifiTest: only from 12.1 on, only in the access point, 0 restarts" {
	sim --count 2 --version 15.5.0,9.2.0
	seen '"sim":"boots"' 2
	[ "$(cm http://$AIR.2:$WEB 'WifiTest0 home+homesecret')" = '{"Command":"Unknown"}' ]
	says $AP 'WifiTest' '{"WifiTest1":"Not Started"}'
	says $AP 'WifiTest0 home' '{"Command":"Error"}'
	says $AP 'WifiTest0 home+wrongsecret' '{"WifiTest0":"Testing"}'
	says $AP 'WifiTest0 home+homesecret' '{"WifiTest0":"Busy"}'
	seen '"sim":"wifi-test"'
	says $AP 'WifiTest3 home+homesecret' '{"WifiTest3":"Testing"}'
	seen '"result":"Successful"'
	cm $AP 'Status 3' | jq -e '.StatusLOG.SSId == ["",""]'
	says $AP 'WifiTest0 home+homesecret' '{"WifiTest0":"Testing"}'
	seen '"where":"lan"'
	says $LAN 'WifiTest0 home+homesecret' '{"Command":"Error"}'
	never 'homesecret'
}

@test "/cm: what is said when there is nothing to say" {
	sim --count 2 --blank no --version 8.5.0,15.5.0
	seen '"sim":"boots"' 2
	says $LAN '' '{"WARNING":"Enter command cmnd="}'
	says $LAN "$(printf '%01300d' 0)" '{"WARNING":"Enter command cmnd="}'
	says $LAN Fly '{"Command":"Unknown"}'
	says $LAN 'SSID9 x' '{"Command":"Error"}'
	says $LAN 'Power5 1' '{"Command":"Error"}'
	says $LAN 'Template {"NAME"' '{"Template":"Invalid JSON"}'
	says $LAN 'cmnd/tasmota/Power on' '{"POWER":"ON"}'
	says $LAN 'power1 toggle' '{"POWER":"OFF"}'
	seen '"sim":"power".*"state":"OFF"'
	# A bare ; ends the argument, as & does.
	[ "$(curl -s -m 2 "$LAN/cm?cmnd=Backlog%20FriendlyName1%20a;DeviceName%20b")" = '{}' ]
	becomes $LAN FriendlyName1 '{"FriendlyName1":"a"}'
	says $LAN DeviceName '{"DeviceName":"Tasmota"}'
}

@test "passwords: who echoes them, who does not, and who wants one" {
	sim --count 2 --blank no --version 12.5.0,8.5.0
	seen '"sim":"boots"' 2
	says $LAN 'MqttPassword verysecret' '{"MqttPassword":"verysecret"}'
	says $LAN 'MqttPassword2 verysecret' '{"MqttPassword":"****"}'
	says $LAN MqttPassword '{"MqttPassword":"****"}'
	says $LAN 'Password1 homesecret' '{"Password1":"homesecret"}'
	says $LAN 'Password3 homesecret' '{"Password3":"****"}'
	says $LAN 'Password1 abcd' '{"Password1":"homesecret"}'
	seen '"sim":"boots"' 3
	says $LAN 'WebPassword2 websecret' '{"WebPassword":"****"}'
	run curl -s -i -m 2 "$LAN/cm?cmnd=Status"
	[[ "$output" == 'HTTP/1.1 401 '*'{"WARNING":"Need user=<username>&password=<password>"}' ]]
	curl -s -m 2 -u admin:websecret "$LAN/cm?cmnd=Power" | grep -q POWER
	curl -s -m 2 "$LAN/cm?user=admin&password=websecret&cmnd=Power" | grep -q POWER
	run curl -s -i -m 2 -u admin:wrong "$LAN/"
	[[ "$output" == 'HTTP/1.1 401 '*WWW-Authenticate* ]]
	cm http://$NET.2:$WEB 'WebPassword websecret' >/dev/null
	run curl -s -i -m 2 "http://$NET.2:$WEB/cm?cmnd=Status"
	[[ "$output" == 'HTTP/1.1 200 '*'{"WARNING":"Need user=<username>&password=<password>"}' ]]
	never 'verysecret\|homesecret\|websecret'
}

@test "WebServer 1 shows the main page instead of anything" {
	sim --blank no --version 12.5.0
	says $LAN 'WebServer 1' "{\"WebServer\":\"Active for USER on tasmota-000001-0001 with IP address $NET.1\"}"
	[[ "$(cm $LAN Status)" == '<!DOCTYPE html>'* ]]
}

@test "modules and templates by version" {
	sim --count 3 --blank no --version 15.5.0,8.5.0,5.9.0
	seen '"sim":"boots"' 3
	says $LAN Module '{"Module":{"1":"Sonoff Basic"}}'
	says http://$NET.3:$WEB Module '{"Module":"1 (Sonoff Basic)"}'
	mini='{"NAME":"Sonoff Mini","GPIO":[32,0,0,0,160,0,0,0,224,320,0,0,1,0],"FLAG":0,"BASE":1}'
	says $LAN "Template $mini" "$mini"
	says $LAN 'Backlog Template {"NAME":"a;b"};Module 0' '{}'
	seen '"sim":"restart"'
	seen '"sim":"boots"' 4
	says $LAN Module '{"Module":{"0":"a;b"}}'
	[[ "$(cm http://$NET.2:$WEB "Template $mini")" == '{"NAME":"Sonoff Mini","GPIO":[32,0,0,0,160,0,0,0,224,64,0,0,1],"FLAG":0,"BASE":1}' ]]
	[ "$(cm http://$NET.3:$WEB "Template $mini")" = '{"Command":"Unknown"}' ]
	says http://$NET.2:$WEB 'Module 7' '{"Module":{"7":"Sonoff 4CH"}}'
	seen '"sim":"boots"' 5
	says http://$NET.2:$WEB 'Power4 1' '{"POWER4":"ON"}'
}

@test "a Backlog holds the restart back, and one is enough" {
	sim --blank no --version 15.5.0
	says $LAN 'Backlog MqttHost 127.0.0.1;MqttPort 1;MqttUser user;MqttPassword2 brokersecret;Topic lamp;FriendlyName1 Lamp;DeviceName Lamp;Timezone 2;PowerOnState 0;SetOption3 1;TelePeriod 60;Module 1' '{}'
	seen '"sim":"restart"'
	seen '"sim":"boots"' 2
	sleep 0.5
	[ "$(grep -c '"sim":"restart"' "$T/events")" -eq 1 ]
	cm $LAN 'Status 0' | jq -e '.Status.Topic == "lamp" and .Status.DeviceName == "Lamp" and .StatusMQT.MqttHost == "127.0.0.1" and .StatusLOG.TelePeriod == 60 and .StatusTIM.Timezone == "+02:00" and .StatusNET.Hostname == "lamp-0001"'
}

@test "power lost in the middle of the settings: what came before is there, the last is not" {
	sim --blank no --version 15.5.0 --fault power-loss:3
	says $LAN 'FriendlyName1 one' '{"FriendlyName1":"one"}'
	sleep 0.3
	says $LAN 'Backlog0 FriendlyName1 two;FriendlyName1 three;FriendlyName1 four' '{}'
	seen '"why":"power-loss"'
	seen '"sim":"boots"' 2
	says $LAN FriendlyName1 '{"FriendlyName1":"one"}'
}

@test "slow to return, never to return, another address" {
	sim --count 3 --blank no --version 12.5.0 --fault slow-return:10,no-return,address-change
	seen '"sim":"boots"' 3
	for i in 1 2 3; do says http://$NET.$i:$WEB 'Restart 1' '{"Restart":"Restarting"}'; done
	seen '"sim":"dead"'
	seen '"sim":"joined".*"address":"'$NET.103'"'
	curl -s -m 2 "http://$NET.103:$WEB/" | grep -q Tasmota
	run curl -s -m 2 "http://$NET.3:$WEB/"
	[ "$status" -eq 7 ]
	seen '"sim":"boots"' 5
}

@test "minimal: Wi-Fi stays, six commands, and a silent access point" {
	sim --count 3 --blank no --variant minimal --version 15.5.0,9.2.0
	seen '"sim":"boots"' 3
	run curl -s -i -m 2 -e "$LAN/" "$LAN/"
	[[ "$output" == *'Server: Tasmota/15.5.0'*'MINIMAL firmware - please upgrade'* ]]
	for command in 'Status 2' 'Backlog Power 1' 'SSID1 x' Power; do
		[[ "$(cm $LAN "$command")" == '{"Command":"Unknown"'* ]]
	done
	says $LAN OtaUrl '{"OtaUrl":"http://ota.tasmota.com/tasmota/release/tasmota.bin.gz"}'
	[[ "$(cm http://$NET.2:$WEB 'Status 2')" == *'"9.2.0(minimal)"'* ]]
	run curl -s -i -m 2 -e "$LAN/" "$LAN/wi"
	[[ "$output" == *404* ]]
}

@test "minimal in its own access point answers nothing at all" {
	sim --variant minimal --version 12.5.0
	run curl -s -m 2 "$AP/"
	[ "$status" -eq 52 ]
}

@test "MQTT: what a device says when it comes, and when it is pulled out" {
	broker
	sim --count 2 --blank no --version 15.5.0,9.2.0 --mqtt 127.0.0.1:$MQTT --mqtt-user user --mqtt-password brokersecret
	seen '"sim":"mqtt-online"' 2
	told '^tele/tasmota_000001/LWT 0 Online'
	[ "$(mosquitto_sub -p $MQTT -u user -P brokersecret -t tele/tasmota_000001/LWT -C 1 -W 5)" = Online ]
	told '^cmnd/tasmota_000001/POWER 0 $'
	told '^tele/tasmota_000001/INFO1 0 {"Info1":{"Module":"Sonoff Basic","Version":"15.5.0(release-tasmota)","FallbackTopic":"cmnd/DVES_000001_fb/","GroupTopic":"cmnd/tasmotas/"}}'
	told '^tele/tasmota_000001/INFO2 0 {"Info2":{"WebServerMode":"Admin","Hostname":"tasmota-000001-0001","IPAddress":"'$NET.1'"}}'
	told '^tele/tasmota_000002/INFO1 0 {"Module":"Sonoff Basic","Version":"9.2.0(tasmota)"'
	told '^stat/tasmota_000001/RESULT 0 {"POWER":"OFF"}'
	told '^stat/tasmota_000001/POWER 0 OFF'
	told '^tele/tasmota_000001/STATE '
	told '^tasmota/discovery/5CCF7F000001/config 0 '
	told '^tasmota/discovery/5CCF7F000001/sensors 0 {"sn":{},"ver":1}'
	never '^tasmota/discovery/5CCF7F000002' "$T/mqtt"
	grep '^tasmota/discovery/5CCF7F000001/config' "$T/mqtt" | cut -d' ' -f3- | jq -e '.t == "tasmota_000001" and .sw == "15.5.0" and .ft == "%prefix%/%topic%/" and .rl == [1,0,0,0,0,0,0,0] and .ver == 1'
	says $LAN 'Restart 1' '{"Restart":"Restarting"}'
	told '^tele/tasmota_000001/LWT 0 Offline'
	seen '"sim":"mqtt-online"' 3
}

@test "MQTT: commands, groups, the fallback topic" {
	broker
	sim --blank no --topic lamp --version 12.5.0 --mqtt 127.0.0.1:$MQTT --mqtt-user user --mqtt-password brokersecret
	seen '"sim":"mqtt-online"'
	publish cmnd/lamp/POWER ON
	told '^stat/lamp/POWER 0 ON'
	publish cmnd/tasmotas/Power toggle
	told '^stat/lamp/RESULT 0 {"POWER":"OFF"}'
	publish cmnd/lamp/STATUS 2
	told '^stat/lamp/STATUS2 0 {"StatusFWR":{"Version":"12.5.0(release-tasmota)"'
	publish cmnd/lamp/Status0 ''
	told '^stat/lamp/STATUS0 0 {"Status":{'
	publish cmnd/DVES_000001_fb/Topic '?'
	told '^stat/DVES_000001_fb/RESULT 0 {"Topic":"lamp"}'
	publish cmnd/tasmotas/Topic other
	publish cmnd/lamp/Topic ''
	told '^stat/lamp/RESULT 0 {"Topic":"lamp"}'
	publish cmnd/lamp/MqttPassword brokersecret
	told '^stat/lamp/RESULT 0 {"MqttPassword":"brokersecret"}'
	never brokersecret
}

@test "MQTT: a new topic leaves a stale Offline on the old one" {
	broker
	sim --blank no --topic old --version 15.5.0 --mqtt 127.0.0.1:$MQTT --mqtt-user user --mqtt-password brokersecret
	seen '"sim":"mqtt-online"'
	publish cmnd/old/Topic 'new +#/lamp'
	told '^stat/old/RESULT 0 {"Topic":"newlamp"}'
	told '^tele/newlamp/LWT 0 Online'
	[ "$(mosquitto_sub -p $MQTT -u user -P brokersecret -t tele/old/LWT -C 1 -W 5)" = Offline ]
	grep '^tele/old/LWT' "$T/mqtt" | tail -2 | head -1 | grep -q '^tele/old/LWT 0 $'
}

@test "MQTT: wrong password, then the right one; broker down and back" {
	broker
	sim --blank no --topic lamp --version 15.5.0 --mqtt 127.0.0.1:$MQTT --mqtt-user user --mqtt-password wrongsecret
	seen '"sim":"mqtt-refused".*"code":5' 2
	cm $LAN 'Status 6' | jq -e '.StatusMQT.MqttCount == 0 and (tostring | contains("wrongsecret") | not)'
	cm $LAN 'MqttPassword2 brokersecret' >/dev/null
	seen '"sim":"mqtt-online"'
	kill $BROKER
	seen '"sim":"mqtt-lost"'
	seen '"sim":"mqtt-refused".*"code":-2'
	broker $MQTT
	seen '"sim":"mqtt-online".*"count":2'
}

# upgrade URL: says what to load and waits for the end.
upgrade() {
	cm $LAN "OtaUrl $1" >/dev/null
	cm $LAN 'Upgrade 1'
}

@test "Upgrade: the request, header by header, and the new version" {
	image --version 15.5.0 --variant lite --size 477328 "$T/image.bin"
	broker
	sim --blank no --topic lamp --version 14.1.0 --variant lite --size 487824 --mac 5CCF7FC658CC --mqtt 127.0.0.1:$MQTT --mqtt-user user --mqtt-password brokersecret --flash-dir "$T"
	seen '"sim":"mqtt-online"'
	"$BATS_TEST_DIRNAME/helpers/once-server" "$T/image.bin" "$T/request" "$T/port" 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 50); do [ ! -s "$T/port" ] || break; sleep 0.1; done
	PORT=$(cat "$T/port")
	[ "$(upgrade "http://127.0.0.1:$PORT/fw/tasmota-lite.bin")" = "{\"Upgrade\":\"Version 14.1.0(release-lite) from http://127.0.0.1:$PORT/fw/tasmota-lite.bin\"}" ]
	seen '"version":"15.5.0","variant":"lite","where":"lan"'
	sed -E 's/sketch-md5: [0-9a-f]{32}/sketch-md5: M/' "$T/request" >"$T/got"
	printf '%s\r\n' 'GET /fw/tasmota-lite.bin HTTP/1.0' "Host: 127.0.0.1:$PORT" \
		'User-Agent: ESP8266-http-Update' 'Connection: close' 'x-ESP8266-Chip-ID: 12998860' \
		'x-ESP8266-STA-MAC: 5C:CF:7F:C6:58:CC' 'x-ESP8266-AP-MAC: 5E:CF:7F:C6:58:CC' \
		'x-ESP8266-free-space: 536576' 'x-ESP8266-sketch-size: 487824' 'x-ESP8266-sketch-md5: M' \
		'x-ESP8266-chip-size: 1048576' 'x-ESP8266-sdk-version: 2.2.2-dev(38a443e)' \
		'x-ESP8266-mode: sketch' 'x-ESP8266-version: 14.1.0(lite)' '' >"$T/wanted"
	diff "$T/got" "$T/wanted"
	told '^stat/lamp/UPGRADE 0 {"Upgrade":"Successful. Restarting"}'
	told '"Version":"15.5.0(release-lite)"'
	cmp -n 477328 "$T/image.bin" "$T/5CCF7FC658CC.bin"
	# Old settings stay: no Referer was wanted, none is.
	curl -s -m 2 "$LAN/cm?cmnd=Status%202" | grep -q 15.5.0
}

@test "Upgrade: only when newer, and what is said otherwise" {
	sim --blank no --version 15.5.0
	says $LAN 'Upgrade' '{"Upgrade":"1 or >15.5.0(release-tasmota) to upgrade"}'
	says $LAN 'Upgrade 15.4.0' '{"Upgrade":"1 or >15.5.0(release-tasmota) to upgrade"}'
	[[ "$(cm $LAN 'Upgrade 15.6.0')" == '{"Upgrade":"Version 15.5.0(release-tasmota) from http'* ]]
}

@test "Upgrade: too large for the room, so minimal first, by itself" {
	image --version 15.5.0 --variant tasmota --size 630000 "$T/www/tasmota.bin"
	image --version 15.5.0 --variant minimal --size 387472 "$T/www/tasmota-minimal.bin"
	nginx_with ''
	sim --blank no --version 12.5.0 --variant tasmota --size 624000
	upgrade "http://127.0.0.1:$PORT/tasmota.bin"
	seen '"version":"15.5.0","variant":"minimal","where":"lan"'
	seen '"version":"15.5.0","variant":"tasmota","where":"lan"'
	[ "$(grep -v '"GET / ' "$T/nginx.log" | grep tasmota | cut -d' ' -f1-3)" = "200 GET /tasmota.bin
200 GET /tasmota-minimal.bin
200 GET /tasmota.bin" ]
	# Some images are too large even beside minimal: the device stays there.
	image --version 15.5.1 --variant tasmota --size 665504 "$T/www/big.bin"
	cp "$T/www/tasmota-minimal.bin" "$T/www/big-minimal.bin"
	upgrade "http://127.0.0.1:$PORT/big.bin"
	seen '"result":"Failed File Not Found (404)"'
	[ "$(grep -c 'big.bin".*Not Enough space' "$T/events")" -eq 4 ]
	[[ "$(cm $LAN 'Status 2')" == *Unknown* ]]
}

@test "Upgrade: four tries, the last with .gz, and gzip is unpacked" {
	image --version 15.5.0 --variant tasmota --size 520192 "$T/image.bin"
	mkdir -p "$T/www"; gzip -c "$T/image.bin" >"$T/www/tasmota.bin.gz"
	nginx_with ''
	sim --blank no --version 12.5.0 --variant lite
	upgrade "http://127.0.0.1:$PORT/tasmota.bin"
	seen '"version":"15.5.0","variant":"tasmota","where":"lan"'
	[ "$(grep -c '404 GET /tasmota.bin ' "$T/nginx.log")" -eq 3 ]
}

@test "Upgrade: redirects, missing lengths, wrong MD5, other modes end in a reason" {
	image --version 15.5.0 --variant lite --size 477328 "$T/www/a.bin"
	nginx_with 'location /moved.bin { return 302 /a.bin; }
		location /sum.bin { alias '"$T"'/www/a.bin; add_header x-MD5 00000000000000000000000000000000; }'
	sim --count 2 --blank no --version 14.1.0,9.2.0 --variant lite --topic lamp
	seen '"sim":"boots"' 2
	upgrade "http://127.0.0.1:$PORT/moved.bin"
	seen '"result":"Failed File Not Found (404)"\|"result":"Failed Wrong HTTP Code"'
	grep -q '"tries_left":3,"result":"Wrong HTTP Code"' "$T/events"
	upgrade "http://127.0.0.1:$PORT/sum.bin"
	seen '"result":"MD5 Check Failed"' 3
	upgrade "https://127.0.0.1:$PORT/a.bin"
	seen '"result":"Failed Wrong URL"'
	echo 'no image at all' >"$T/www/text.bin"
	LAN=http://$NET.2:$WEB
	upgrade "http://127.0.0.1:$PORT/text.bin"
	seen '"result":"Failed Verify Bin Header Failed"'
	never '"sim":"flashed"'
}

@test "upload: the form, its rules, and the restart" {
	image --version 15.5.0 --variant lite --size 477328 "$T/image.bin"
	image --version 15.5.0 --variant tasmota --size 640000 "$T/large.bin"
	image --program Other --version 1.0.0 --size 477328 "$T/foreign.bin"
	sim --blank no --version 12.5.0 --variant lite
	curl -s -m 5 "$LAN/up" | grep -q "name='u2'"
	echo text >"$T/text.bin"
	curl -s -m 5 -F "u2=@$T/text.bin" "$LAN/u2" | grep -q 'Failed.*Invalid file signature'
	curl -s -m 5 -F "u2=@$T/large.bin" "$LAN/u2" | grep -q 'Failed.*Not enough space'
	curl -s -m 5 -F "u2=@$T/foreign.bin" "$LAN/u2" | grep -q 'Failed.*File invalid'
	curl -s -m 5 -F "other=@$T/image.bin" "$LAN/u2" | grep -q 'Failed.*No file selected'
	curl -s -m 5 "$LAN/rs" >/dev/null
	curl -s -m 5 -F "u2=@$T/image.bin" "$LAN/u2" | grep -q 'Failed.*File invalid'
	curl -s -m 5 "$LAN/up" >/dev/null
	curl -s -m 5 -F "u2=@$T/image.bin" "$LAN/u2?fsz=477328" | grep -q 'Upload.*Successful'
	seen '"version":"15.5.0","variant":"lite","where":"lan"'
}

@test "a damaged gzip file is the end of the device" {
	image --version 15.5.0 --variant lite --size 477328 "$T/image.bin"
	gzip -c "$T/image.bin" | head -c 300000 >"$T/cut.bin.gz"
	sim --blank no --version 12.5.0 --variant lite
	curl -s -m 5 "$LAN/up" >/dev/null
	curl -s -m 5 -F "u2=@$T/cut.bin.gz" "$LAN/u2" | grep -q 'Upload.*Successful'
	seen '"sim":"dead".*gzip'
}

@test "what a flashed DIY device becomes can be set up through its access point" {
	image --version 14.1.0 --variant lite --size 477328 "$T/www/image.bin"
	nginx_with ''
	"$SIM" diy --address $NET.1 --ap-address $AIR.1 --no-mdns --pace 0 --boot-ms 100 --web-port $WEB \
		--locked no --password homesecret --speed 1000 >"$T/events" 2>"$T/err" 3>&- &
	PIDS="$PIDS $!"
	seen '"sim":"ready"'
	curl -s -m 2 -d '{"deviceid":"","data":{"downloadUrl":"http://127.0.0.1:'$PORT'/image.bin","sha256sum":"'"$(sha256sum <"$T/www/image.bin" | cut -d' ' -f1)"'"}}' "http://$NET.1:8081/zeroconf/ota_flash"
	seen '"where":"access-point"'
	curl -s -m 5 "$AP/wi?s1=home&p1=homesecret&save=" >/dev/null
	seen '"sim":"joined"'
	curl -s -m 5 "$AP/" | grep -q "location.href='http://$NET.1'"
	seen '"where":"lan"'
	cm $LAN 'Status 2' | grep -q '14.1.0(release-lite)'
}

@test "fifty devices at one broker, and a clean end" {
	broker
	sim --count 50 --blank no --version 15.5.0,9.2.0,12.5.0 --mqtt 127.0.0.1:$MQTT --mqtt-user user --mqtt-password brokersecret
	seen '"sim":"mqtt-online"' 50
}
