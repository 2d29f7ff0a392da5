#!/usr/bin/env bats
# airlift setup against simulated Tasmotas of all ages and a real Mosquitto: what the device
# holds afterwards, what the broker knows, what is said when it goes wrong.

bats_require_minimum_version 1.5.0

load helpers/processes

setup() {
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	cd "$BATS_TEST_TMPDIR"
	PIDS=
	# Runs side by side share loopback addresses and ports: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	WEB=$((20000 + RANDOM % 10000))
	MQTT=$((30000 + RANDOM % 2000))
	printf '%s\n' canary-wifi-secret >wifi.secret
	printf '%s\n' canary-mqtt-secret >mqtt.secret
	printf '%s\n' canary-web-secret >web.secret
	broker
}

teardown() {
	end_own $PIDS
	! grep -A 20 Sanitizer err* 2>/dev/null || false
}

broker() {
	mkdir -p broker
	: >broker/passwords
	chmod 600 broker/passwords
	mosquitto_passwd -b broker/passwords airlift "$(cat mqtt.secret)"
	{
		[ "$(id -u)" -ne 0 ] || echo "user root"
		echo "listener $MQTT 127.0.0.1"
		echo "allow_anonymous false"
		echo "password_file $PWD/broker/passwords"
	} >broker/conf
	mosquitto -c broker/conf >broker/log 2>&1 3>&- &
	BROKER=$!
	PIDS="$PIDS $!"
	for _ in $(seq 100); do
		subscribed x/none >/dev/null 2>&1 && return
		kill -0 $BROKER 2>/dev/null || break
		sleep 0.05
	done
	cat broker/log
	return 1
}

# subscribed PATTERN: what the broker keeps.
subscribed() {
	mosquitto_sub -h 127.0.0.1 -p $MQTT -u airlift -P "$(cat mqtt.secret)" -t "$1" -v \
		--retained-only -W 1 || [ $? -eq 27 ]
}

# sim VERSION OPTION...: a device in its own access point, with quick reflexes.
sim() {
	version=$1; shift
	: >events
	"$build/sim/airlift-sim" tasmota --version "$version" --address $NET.1 --ap-address $NET.129 \
		--web-port $WEB --ssid home --password "$(cat wifi.secret)" --speed 600 "$@" \
		>events 2>err-sim 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 200); do
		grep -q '"sim":"ready"' events && return
		sleep 0.05
	done
	cat events err-sim
	return 1
}

places() { echo --ap-address $NET.129 --web-port $WEB --network $NET.0/25 --wait ${WAIT:-60}; }
wifi() { echo --ssid home --wifi-password-file wifi.secret; }
mqtt() { echo --mqtt 127.0.0.1:$MQTT --mqtt-user airlift --mqtt-password-file mqtt.secret; }
profile() { echo --topic lamp1 --friendly-name Lamp --power-on off --timezone 1 --group-topic lamps; }

# run_setup OPTION...: as it is typed; out, err and the exit status are looked at later.
run_setup() {
	status=0
	"$build/src/airlift" --state state setup $(places) "$@" >out 2>err || status=$?
}

ends() { [ "$status" -eq "$1" ] || { echo "ended $status, not $1"; cat out err; return 1; }; }
says() { grep -q -- "$1" out err || { echo "does not say $1"; cat out err; return 1; }; }

# now COMMAND [HOST]: what the device answers.
now() {
	curl -s -m 5 -H "Referer: http://${2:-$NET.1}/" --get --data-urlencode "cmnd=$1" \
		"http://${2:-$NET.1}:$WEB/cm"
}

from_the_box_to_online() {
	sim "$1"
	run_setup $(wifi) $(mqtt) $(profile) --hostname hall-lamp
	ends 0
	says "online as lamp1"
	[ "$(now Status | jq -r '.Status.Topic')" = lamp1 ]
	[ "$(now Status | jq -r '.Status.FriendlyName | if type == "array" then .[0] else . end')" = Lamp ]
	[ "$(now 'Status 5' | jq -r '.StatusNET.Hostname')" = hall-lamp ]
	[ "$(now 'Status 6' | jq -r '.StatusMQT.MqttUser')" = airlift ]
	[ "$(now 'Status 1' | jq -r '.StatusPRM.GroupTopic')" = lamps ]
	# The way back that old versions were given is closed again.
	[ "$(now 'Status 5' | jq -r '.StatusNET.WifiConfig // 4')" = 4 ]
	# One restart for the Wi-Fi, one for all settings.
	[ "$(grep -c '"sim":"restart"' events)" -le 2 ]
	# Nothing is left of the topic before.
	[ "$(subscribed 'tele/+/LWT')" = "tele/lamp1/LWT Online" ]
	again
}

# The second run writes nothing.
again() {
	before=$(wc -l <events)
	run_setup $NET.1:$WEB $(wifi) $(mqtt) $(profile) --hostname hall-lamp
	ends 2
	says E-SETUP-NOTHING-TO-DO
	! tail -n +$((before + 1)) events | grep -E 'Backlog|Topic |MqttHost |Password|"sim":"boots"' || false
}

@test "5.9: from its access point to Online, twice" { from_the_box_to_online 5.9.1; }
@test "6.7: from its access point to Online, twice" { from_the_box_to_online 6.7.1; }
@test "8.5: from its access point to Online, twice" { from_the_box_to_online 8.5.1; }
@test "9.2: from its access point to Online, twice" { from_the_box_to_online 9.2.0; }
@test "10.1: from its access point to Online, twice" { from_the_box_to_online 10.1.0; }
@test "12.1: from its access point to Online, twice" { from_the_box_to_online 12.1.1; }
@test "15.5: from its access point to Online, twice" { from_the_box_to_online 15.5.0; }

# The device says so, keeps its access point open, and takes the right one afterwards.
wrong_password_is_told() {
	sim "$1"
	echo wrong-password >wrong
	run_setup --ssid home --wifi-password-file wrong $(mqtt) $(profile)
	ends 1
	says "$2"
	run ! grep -q wrong-password out err
	now 'Status 2' $NET.129 | grep -q Version
	run_setup $(wifi) $(mqtt) $(profile)
	ends 0
}

@test "a wrong Wi-Fi password is told by 15.5" { wrong_password_is_told 15.5.0 E-WIFI-WRONG-PASSWORD; }
@test "a wrong Wi-Fi password is told by 10.1" { wrong_password_is_told 10.1.0 E-WIFI-REFUSED; }

@test "a wrong Wi-Fi password does not lose an old device" {
	sim 8.5.1
	echo wrong-password >wrong
	WAIT=4 run_setup --ssid home --wifi-password-file wrong $(profile) --no-mqtt
	ends 3
	says E-NOT-ON-LAN
	# Its access point opens again by itself.
	for _ in $(seq 100); do
		now 'Status 2' $NET.129 | grep -q Version && break
		sleep 0.2
	done
	run_setup $(wifi) $(mqtt) $(profile)
	ends 0
	[ "$(now 'Status 5' | jq -r .StatusNET.WifiConfig)" = 4 ]
}

@test "a network that is not there is told" {
	sim 15.5.0
	run_setup --ssid nowhere --wifi-password-file wifi.secret --no-mqtt
	ends 1
	says E-WIFI-NOT-FOUND
}

@test "odd characters arrive, whatever the version" {
	printf '%s\n' 'canary+wifi;&%=*"secret' >wifi.secret
	for version in 9.2.0 15.5.0; do
		sim $version
		run_setup $(wifi) $(mqtt) --topic lamp1 --friendly-name 'Lämp & "co" +1 %'
		ends 0
		[ "$(now Status | jq -r '.Status.FriendlyName[0]')" = 'Lämp & "co" +1 %' ]
		kill "${PIDS##* }"
		wait "${PIDS##* }" || true
	done
}

@test "the web password is set last and needed afterwards" {
	sim 15.5.0
	run_setup $(wifi) $(mqtt) $(profile) --web-password-file web.secret
	ends 0
	now 'Status 2' | grep -q WARNING
	run_setup $NET.1:$WEB $(mqtt) $(profile) --web-password-file web.secret
	ends 2
	run_setup $NET.1:$WEB $(mqtt) $(profile)
	ends 1
	says E-TASMOTA-PASSWORD
	echo no >other
	run_setup $NET.1:$WEB $(mqtt) $(profile) --web-password-file other
	ends 1
	says E-WEB-PASSWORD-OTHER
}

@test "a web password is changed by who knows the present one" {
	sim 15.5.0 --blank no
	run_setup $NET.1:$WEB --no-mqtt --web-password-file web.secret
	ends 0
	echo canary-newer-secret >newer.secret
	echo canary-no-secret >wrong
	run_setup $NET.1:$WEB --no-mqtt --web-password-file newer.secret --web-password-now-file wrong
	ends 1
	says E-WEB-PASSWORD-OTHER
	run_setup $NET.1:$WEB --no-mqtt --web-password-file newer.secret --web-password-now-file web.secret \
		--topic lamp1 --verbose
	ends 0
	curl -s -m 5 -e "http://$NET.1/" -u "admin:canary-newer-secret" "http://$NET.1:$WEB/cm?cmnd=Status" |
		grep -q '"Topic":"lamp1"'
	run_setup $NET.1:$WEB --no-mqtt --web-password-file newer.secret --web-password-now-file web.secret
	ends 2
	AIRLIFT_WEB_PASSWORD_NOW=canary-newer-secret run_setup $NET.1:$WEB --no-mqtt --web-password-file web.secret
	ends 0
	rm -r broker
	run ! grep -r 'canary-[a-z]*-secret\|Y2FuYXJ5\|YWRtaW46' --exclude='*.secret' --exclude=wrong .
}

@test "no secret is in anything that is written" {
	for level in --verbose --json --quiet; do
		sim 15.5.0
		status=0
		"$build/src/airlift" --state state $level setup $(places) $(wifi) $(mqtt) $(profile) \
			--web-password-file web.secret >out$level 2>err$level || status=$?
		[ $status -eq 0 ] || { cat out$level err$level; return 1; }
		kill "${PIDS##* }"
		wait "${PIDS##* }" || true
	done
	echo wrong-canary-secret >wrong
	sim 15.5.0
	run_setup --ssid home --wifi-password-file wrong --no-mqtt --verbose
	ends 1
	rm -r broker
	run ! grep -r 'canary-[a-z]*-secret\|wrong-canary-secret\|Y2FuYXJ5\|YWRtaW46' \
		--exclude='*.secret' --exclude=wrong --exclude=events --exclude=err-sim .
}

@test "a login that the broker does not know stops before anything is written" {
	sim 15.5.0 --blank no
	echo wrong >wrong
	run_setup $NET.1:$WEB $(profile) --mqtt 127.0.0.1:$MQTT --mqtt-user airlift --mqtt-password-file wrong
	ends 1
	says E-MQTT-REFUSED
	run_setup $NET.1:$WEB $(profile) $(mqtt) --mqtt-device-user somebody
	ends 1
	says E-MQTT-REFUSED
	run ! grep -E 'Backlog|Topic ' events
}

@test "a broker that is down is told before, and found when it is back" {
	sim 15.5.0 --blank no
	kill $BROKER
	wait $BROKER || true
	run_setup $NET.1:$WEB $(profile) $(mqtt)
	ends 1
	says E-MQTT-UNREACHABLE
	run ! grep Backlog events
	broker
	run_setup $NET.1:$WEB $(profile) $(mqtt)
	ends 0
}

@test "a topic that another device has is refused" {
	sim 15.5.0 --blank no --count 2
	run_setup $NET.1:$WEB $(mqtt) --topic lamp1
	ends 0
	run_setup $NET.2:$WEB $(mqtt) --topic lamp1
	ends 64
	says E-TOPIC-TAKEN
	[ "$(now Status $NET.2 | jq -r .Status.Topic)" != lamp1 ]
}

@test "a device that is renamed leaves nothing at the broker under its old topic" {
	sim 15.5.0 --blank no
	run_setup $NET.1:$WEB $(mqtt) --topic lamp1
	ends 0
	run_setup $NET.1:$WEB $(mqtt) --topic lamp2
	ends 0
	[ "$(subscribed 'tele/+/LWT')" = "tele/lamp2/LWT Online" ]
}

# becomes_kept PATTERN TEXT: the broker keeps just that after a while.
becomes_kept() {
	for _ in $(seq 20); do
		[ "$(subscribed "$1")" != "$2" ] || return 0
	done
	echo "kept: $(subscribed "$1")"
	return 1
}

@test "what a device kept at the broker under its old topic goes with the name" {
	sim 8.5.1 --blank no --topic old --mqtt 127.0.0.1:$MQTT --mqtt-user airlift --mqtt-password "$(cat mqtt.secret)"
	becomes_kept 'tele/old/LWT' 'tele/old/LWT Online'
	[ "$(now 'PowerRetain 1' | jq -r .PowerRetain)" = ON ]
	now 'Power on' >/dev/null
	becomes_kept 'stat/old/+' 'stat/old/POWER ON'
	run_setup $NET.1:$WEB $(mqtt) --topic lamp1
	ends 0
	[ -z "$(subscribed '+/old/+')" ]
	[ "$(subscribed 'tele/lamp1/LWT')" = 'tele/lamp1/LWT Online' ]
}

@test "a topic that another device still uses is not touched" {
	sim 6.7.1 --blank no --count 2 --mqtt 127.0.0.1:$MQTT --mqtt-user airlift --mqtt-password "$(cat mqtt.secret)"
	becomes_kept 'tele/sonoff/LWT' 'tele/sonoff/LWT Online'
	for _ in $(seq 100); do
		[ "$(grep -c mqtt-online events)" -lt 2 ] || break
		sleep 0.1
	done
	run_setup $NET.1:$WEB $(mqtt) --topic lamp1
	ends 0
	[ -n "$(subscribed 'tele/sonoff/LWT')" ]
	run_setup $NET.2:$WEB $(mqtt) --topic lamp2
	ends 0
	[ -z "$(subscribed 'tele/sonoff/LWT')" ]
}

@test "several devices at once, topics made from their MAC" {
	sim 15.5.0,9.2.0 --blank no --count 4
	run_setup $NET.1:$WEB $NET.2:$WEB $NET.3:$WEB $NET.4:$WEB $(mqtt) --topic lamp1
	ends 64
	run_setup $NET.1:$WEB $NET.2:$WEB $NET.3:$WEB $NET.4:$WEB $(mqtt) --topic 'lamp-%id%'
	ends 0
	[ "$(grep -c 'set up:' out)" -eq 4 ]
	for host in 1 2 3 4; do
		[ "$(now Status $NET.$host | jq -r .Status.Topic)" = lamp-00000$host ]
	done
	[ "$(subscribed 'tele/+/LWT' | wc -l)" -eq 4 ]
}

@test "a device is found by its MAC and by its topic" {
	sim 15.5.0 --blank no
	run_setup 5C:CF:7F:00:00:01 $(mqtt) --topic lamp1
	ends 0
	run_setup lamp1 $(mqtt) --friendly-name Lamp
	ends 0
	[ "$(now Status | jq -r '.Status.FriendlyName[0]')" = Lamp ]
	WAIT=2 run_setup 5C:CF:7F:00:00:99 $(mqtt) --mqtt-device-host 127.0.0.1 --topic lamp2
	ends 3
	says E-NOT-ON-LAN
}

@test "a device that comes back elsewhere or late is waited for" {
	sim 15.5.0 --fault address-change
	run_setup $(wifi) $(mqtt) $(profile)
	ends 0
	says "$NET.101"
	kill "${PIDS##* }"
	wait "${PIDS##* }" || true
	sim 15.5.0 --fault slow-return:20
	run_setup $(wifi) $(mqtt) $(profile)
	ends 0
}

@test "power lost in the middle of the settings: the next run goes on" {
	sim 15.5.0 --blank no --fault power-loss:3
	run_setup $NET.1:$WEB $(mqtt) $(profile)
	[ $status -eq 0 ] || run_setup $NET.1:$WEB $(mqtt) $(profile)
	ends 0
	[ "$(now Status | jq -r .Status.Topic)" = lamp1 ]
	[ "$(subscribed 'tele/lamp1/LWT')" = "tele/lamp1/LWT Online" ]
}

@test "a device that stays away after its settings is no success" {
	sim 15.5.0 --blank no --fault no-return
	WAIT=3 run_setup $NET.1:$WEB $(mqtt) $(profile)
	[ $status -ne 0 ]
	run ! grep 'set up:' out
}

@test "the catalog's model becomes module or template" {
	sim 15.5.0 --blank no
	run_setup $NET.1:$WEB --no-mqtt --template \
		'{"NAME":"Sonoff Mini","GPIO":[32,0,0,0,160,0,0,0,224,320,0,0,1,0],"FLAG":0,"BASE":1}'
	ends 0
	[ "$(now Status | jq .Status.Module)" = 0 ]
	run_setup $NET.1:$WEB --no-mqtt --model basicr3
	ends 0
	[ "$(now Status | jq .Status.Module)" = 1 ]
	run_setup $NET.1:$WEB --no-mqtt --model nonesuch
	ends 64
}

@test "a minimal build is told from a device that can be set up" {
	sim 15.5.0 --blank no --variant minimal
	run_setup $NET.1:$WEB --no-mqtt --topic lamp1
	ends 10
	says E-TASMOTA-MINIMAL
	kill "${PIDS##* }"
	wait "${PIDS##* }" || true
	# One that knows the commands, and one without any page.
	sim 9.2.0 --blank no --variant minimal
	run_setup $NET.1:$WEB --no-mqtt --topic lamp1
	ends 10
	kill "${PIDS##* }"
	wait "${PIDS##* }" || true
	sim 15.5.0 --variant minimal
	run_setup $(wifi) --no-mqtt
	ends 10
	says E-TASMOTA-MINIMAL
}

@test "the rehearsal touches nothing and shows no secret" {
	sim 15.5.0 --blank no
	run_setup $NET.1:$WEB $(mqtt) $(profile) --dry-run
	ends 0
	says "topic: lamp1"
	says "MQTT password: (secret)"
	run_setup $NET.1:$WEB $(mqtt) $(profile) --dry-run --json
	ends 0
	"$BATS_TEST_DIRNAME/check-events" out
	[ "$(jq -r .settings.topic out)" = lamp1 ]
	run ! grep '"sim":"heard"' events
}

@test "events are those of the schema, and the journal knows the steps" {
	sim 15.5.0
	status=0
	"$build/src/airlift" --state state --json setup $(places) $(wifi) $(mqtt) $(profile) >out 2>err || status=$?
	ends 0
	"$BATS_TEST_DIRNAME/check-events" out
	jq -e 'select(.event == "outcome") | .outcome == "done"' out >/dev/null
	"$build/src/airlift" --state state history "$NET.129" >history
	grep -q 'joins "home" by WifiTest' history
	grep -q 'online as lamp1' history
}

@test "the MINI's template goes to each version in its own numbers" {
	for version in 15.5.0 8.5.1 5.9.1; do
		sim $version --blank no
		run_setup $NET.1:$WEB --no-mqtt --model mini --timezone 2
		ends 0
		case $version in
		15.5.0) wanted='[32,0,0,0,160,0,0,0,224,320,0,0,1,0]' ;;
		8.5.1) wanted='[17,0,0,0,9,0,0,0,21,56,0,0,255]' ;;
		5.9.1) wanted=null ;;
		esac
		[ "$(now Template | jq -c .GPIO)" = "$wanted" ]
		[ "$(now Status | jq .Status.Module)" = $([ $wanted = null ] && echo 1 || echo 0) ]
		run_setup $NET.1:$WEB --no-mqtt --model mini --timezone 2
		ends 2
		kill "${PIDS##* }"
		wait "${PIDS##* }" || true
	done
}

# home: a profile for the device with MAC 5CCF7F000001, in the usual place.
home() {
	mkdir -p config/airlift
	export XDG_CONFIG_HOME=$PWD/config
	cp wifi.secret mqtt.secret config/airlift
	cat >config/airlift/home.yaml <<-END
		wifi: { ssid: home, password_file: wifi.secret }
		broker: { host: 127.0.0.1, port: $MQTT, user: airlift, password_file: mqtt.secret }
		naming: { topic: "{model}-{tail}", hostname: "{tail}" }
		defaults: { timezone: "+1:00", power_on: saved, group_topic: lamps }
		devices:
		  - mac: 5C:CF:7F:00:00:01
		    name: Kitchen lamp
		    topic: kitchen-lamp
		    model: mini
	END
}

@test "the profile says it all, from the access point to Online" {
	home
	sim 15.5.0
	run_setup
	ends 0
	says "online as kitchen-lamp"
	[ "$(now Status | jq -r '.Status.FriendlyName[0]')" = "Kitchen lamp" ]
	[ "$(now 'Status 5' | jq -r .StatusNET.Hostname)" = 000001 ]
	[ "$(now Template | jq -c '.GPIO[4]')" = 160 ]
	[ "$(now Timezone | jq -r .Timezone)" = +01:00 ]
	# Again, by what the profile calls it, and by its MAC.
	run_setup "kitchen lamp"
	ends 2
	run_setup 5C:CF:7F:00:00:01
	ends 2
	# An option goes before the profile.
	run_setup $NET.1:$WEB --friendly-name Lamp
	ends 0
	[ "$(now Status | jq -r '.Status.FriendlyName[0]')" = Lamp ]
	[ "$(now Status | jq -r '.Status.DeviceName')" = "Kitchen lamp" ]
}

@test "a device nobody has met is found by the topic the profile gives it" {
	home
	echo '  - { id: 1000ABCDEF, name: Hall light }' >>config/airlift/home.yaml
	sed -i 's/{model}-{tail}/light-{id}/' config/airlift/home.yaml
	sim 15.5.0 --blank no --topic light-1000abcdef --mac 5CCF7F000002
	run_setup "Hall light"
	ends 0
	says "online as light-1000abcdef"
	# It is not in the entry that this is its MAC.
	[ "$(now Status | jq -r '.Status.DeviceName')" = "Hall light" ]
	run_setup "Hall light"
	ends 2
	sed -i '$d' config/airlift/home.yaml
	echo '  - { id: 1000abcde0, name: Attic }' >>config/airlift/home.yaml
	WAIT=1 run_setup Attic
	ends 3
	says "topic Attic or light-1000abcde0"
}

# fact DEVICE DETAIL: what an earlier run has noted.
fact() {
	sqlite3 state/journal.db "INSERT INTO fact (at_ms, job, device, method, step, detail)
		VALUES (1, 1, '$1', 'diy', 'prove', '$2')"
}

@test "a name with an id stands for its entry also when the device was met by its MAC since" {
	home
	echo '  - { id: 1000abcdef, name: Hall light, topic: hall }' >>config/airlift/home.yaml
	sim 15.5.0 --blank no --topic hall --mac 5CCF7F000002
	run_setup 5CCF7F000002 --topic hall
	ends 0
	fact 5CCF7F000002 "MAC 5CCF7F000002 answers at $NET.1:$WEB"
	run_setup "Hall light"
	ends 0
	[ "$(now Status | jq -r '.Status.DeviceName')" = "Hall light" ]
	# It is another device, by all the journal knows.
	fact 1000abcde0 "MAC 5CCF7F000002 answers at $NET.1:$WEB"
	sed -i 's/Hall light/Hall lamp/' config/airlift/home.yaml
	run_setup "Hall lamp"
	ends 3
	says E-SETUP-OTHER-DEVICE
	says "1000abcde0, not 1000abcdef"
	[ "$(now Status | jq -r '.Status.DeviceName')" = "Hall light" ]
	# The entry's own MAC counts more.
	sed -i 's/id: 1000abcdef/&, mac: 5CCF7F000002/' config/airlift/home.yaml
	run_setup "Hall lamp"
	ends 0
	[ "$(now Status | jq -r '.Status.DeviceName')" = "Hall lamp" ]
}

@test "the template that an older journal has of a device is written" {
	sim 15.5.0 --blank no --mac 5CCF7F000002
	run_setup $NET.1:$WEB --no-mqtt --timezone 2
	ends 0
	fact 1000abcdef 'model "mini", hardware {"NAME":"Old","GPIO":[1,0,1,0,160,224,0,0,32,1,0,0,0,0],"FLAG":0,"BASE":1}'
	fact 1000abcdef "MAC 5CCF7F000002 answers at $NET.1:$WEB"
	run_setup $NET.1:$WEB --no-mqtt --timezone 1
	ends 0
	[ "$(now Template | jq -r .NAME)" = Old ]
}

@test "a profile with a mistake is told with its line, before anything is sent" {
	home
	sim 15.5.0 --blank no
	echo 'colour: red' >>config/airlift/home.yaml
	run_setup $NET.1:$WEB
	ends 78
	says "home.yaml:10:1: "
	echo 'wifi: { ssid: home }' >other.yaml
	run_setup $NET.1:$WEB --profile other.yaml --no-wifi
	ends 2
	run_setup $NET.1:$WEB --profile other.yaml --no-wifi --timezone 3 --dry-run
	ends 0
	says "by the profile"
	run ! grep -E 'Backlog|Timezone ' events
}

# moves VERSION: from the home network into another one there, and what is left then.
moves() {
	sim "$1" --blank no --other-ssid attic --other-password canary-attic-secret
	echo canary-attic-secret >attic.secret
	run_setup $NET.1:$WEB $(mqtt) --topic lamp1
	ends 0
	run_setup $NET.1:$WEB --ssid attic --wifi-password-file attic.secret $(mqtt) --topic lamp1
	ends 0
}

@test "a device is moved to another Wi-Fi, and keeps the way back" {
	moves 15.5.0
	now 'Status 3' $NET.1 | jq -e '.StatusLOG.SSId == ["home","attic"]'
	[ "$(now 'Status 11' | jq -r .StatusSTS.Wifi.SSId)" = attic ]
	[ "$(now 'Status 5' | jq -r .StatusNET.WifiConfig)" = 4 ]
	run_setup $NET.1:$WEB --ssid attic --wifi-password-file attic.secret $(mqtt) --topic lamp1
	ends 2
	# And back again, over the other place.
	run_setup lamp1 $(wifi) $(mqtt)
	ends 0
	[ "$(now 'Status 11' | jq -r .StatusSTS.Wifi.SSId)" = home ]
	run ! grep canary-attic out err events
}

@test "a device that gets another address by its move is found there" {
	sim 12.5.0 --blank no --other-ssid attic --other-password canary-attic-secret --fault address-change
	echo canary-attic-secret >attic.secret
	run_setup $NET.1:$WEB --ssid attic --wifi-password-file attic.secret --no-mqtt
	ends 0
	says "$NET.101"
}

@test "a device that can not get into the other Wi-Fi is back, and told so" {
	sim 15.5.0 --blank no --other-ssid attic --other-password canary-attic-secret
	now 'WifiConfig 5'
	echo canary-wrong-secret >wrong
	for ssid in attic nowhere; do
		run_setup $NET.1:$WEB --ssid $ssid --wifi-password-file wrong --no-mqtt
		ends 1
		says E-WIFI-FELL-BACK
		now 'Status 3' | jq -e '.StatusLOG.SSId == ["home",""]'
		[ "$(now 'Status 5' | jq -r .StatusNET.WifiConfig)" = 5 ]
	done
	run ! grep canary-wrong out err events
}

@test "an old version, which would publish the password, is not moved" {
	sim 8.5.1 --blank no
	run_setup $NET.1:$WEB --ssid attic --wifi-password-file wifi.secret --no-mqtt
	ends 1
	says E-OTHER-WIFI
	run ! grep -E 'SSID|Password' events
}

@test "an access point that is lost while the device joins: it is found and restarts" {
	for version in 15.5.0 10.1.0; do
		sim $version --fault channel
		run_setup $(wifi) --no-mqtt
		ends 0
		says "its access point is gone"
		grep -q '"where":"lan"' events
		run curl -s -m 2 "http://$NET.129:$WEB/"
		[ "$status" -eq 7 ]
		kill "${PIDS##* }"
		wait "${PIDS##* }" || true
	done
}

@test "no secret is published, whatever is set" {
	sim 15.5.0 --blank no --other-ssid attic --other-password canary-attic-secret
	echo canary-attic-secret >attic.secret
	run_setup $NET.1:$WEB $(mqtt) --topic lamp1
	ends 0
	mosquitto_sub -h 127.0.0.1 -p $MQTT -u airlift -P "$(cat mqtt.secret)" -t '#' -v >heard 2>&1 3>&- &
	PIDS="$PIDS $!"
	run_setup $NET.1:$WEB --ssid attic --wifi-password-file attic.secret $(mqtt) --topic lamp1 \
		--renew-passwords --web-password-file web.secret --friendly-name Lamp
	ends 0
	grep -q '"FriendlyName1":"Lamp"' heard
	grep -q '"WebPassword":"\*\*\*\*"' heard
	run ! grep canary heard
}

# The ways to find a device again: each alone.

@test "found again: where the access point's form or WifiTest told" {
	# Nothing listens at the broker, no sweep comes by.
	for version in 10.1.0 15.5.0; do
		# Faster, it restarts between two questions.
		sim $version --speed 100
		status=0
		"$build/src/airlift" --state state setup --ap-address $NET.129 --web-port $WEB --wait 30 \
			--network $NET.192/26 $(wifi) --no-mqtt >out 2>err || status=$?
		ends 0
		run ! grep 'every address nearby' err
		kill "${PIDS##* }"
		wait "${PIDS##* }" || true
	done
}

@test "found again: by what it published at the broker" {
	sim 15.5.0 --blank no --mqtt 127.0.0.1:$MQTT --mqtt-user airlift --mqtt-password "$(cat mqtt.secret)"
	for _ in $(seq 100); do
		[ -z "$(subscribed 'tasmota/discovery/+/config')" ] || break
		sleep 0.1
	done
	status=0
	"$build/src/airlift" --state state setup 5CCF7F000001 --web-port $WEB --wait 30 \
		--network $NET.192/26 $(mqtt) --topic lamp1 >out 2>err || status=$?
	ends 0
	says "online as lamp1"
}

@test "found again: by a sweep" {
	sim 15.5.0 --blank no
	run_setup 5CCF7F000001 --no-mqtt --friendly-name Lamp
	ends 0
	grep -q 'every address nearby' err
}

@test "found again: by its MAC in the ARP table" {
	# A cable to the device, with its MAC; no broker, and the sweep looks elsewhere.
	"$BATS_TEST_DIRNAME/helpers/air" bash -eu -c '
		$DEVICES ip link set dev0 address 5C:CF:7F:00:00:01
		$DEVICES '"$build"'/sim/airlift-sim tasmota --version 15.5.0 --address 192.0.2.7 \
			--ap-address 192.0.2.30 --blank no --speed 600 --web-port '$WEB' >events 2>err-sim &
		sim=$!
		trap "kill $sim" EXIT
		for _ in $(seq 100); do
			! curl -s -m 1 -o page http://192.0.2.7:'$WEB'/ || break
			sleep 0.1
		done
		'"$build"'/src/airlift --state state setup 5CCF7F000001 --web-port '$WEB' --wait 30 \
			--network 192.0.2.192/26 --no-mqtt --friendly-name Lamp >out 2>err' 3>&- ||
		{ status=$?; [ $status -ne 77 ] || skip "no network namespaces here"; cat out err; false; }
	grep -q 'set up: Tasmota 15.5.0.* at 192.0.2.7' out
}

# vendor ID OPTION...: a D1, the one model that tells what it is, and an image for it.
vendor() {
	${DEVICES:-} "$build/sim/airlift-sim" diy --id "$1" --personality d1 --no-mdns --pace 0 --boot-ms 200 \
		--web-port $WEB --locked no --speed 600 "${@:2}" >events 2>err-sim 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 200); do
		! grep -q '"sim":"ready"' events || break
		sleep 0.05
	done
}

@test "what only flash has seen is known to the setup after it" {
	id=1000$(printf '%04x' $RANDOM)01
	"$build/sim/airlift-sim" image --program Tasmota --version 14.1.0 --variant lite --size 480000 --wifi yes image.bin
	vendor $id --address $NET.1
	status=0
	"$build/src/airlift" --yes --state state flash --allow-untried --address $NET.1 --firmware image.bin \
		--web-port $WEB >out 2>err || status=$?
	ends 0
	"$build/src/airlift" --state state history $id >out
	says 'model "d1", hardware d1'
	says 'MAC 5CCF7F.* answers at'
	run_setup $NET.1:$WEB --no-mqtt --timezone 1
	ends 0
	[ "$(now Status | jq .Status.Module)" = 74 ]
	run_setup $id --no-mqtt --friendly-name Lamp
	ends 0
	[ "$(now Status | jq -r '.Status.FriendlyName[0]')" = Lamp ]
}

# In a network of its own, with a cable to the device.
flashed_unseen_then_set_up() {
	PIDS=
	trap 'kill $PIDS' EXIT
	$DEVICES ip link set dev0 address 5C:CF:7F:12:34:01
	vendor 1000123401 --address 192.0.2.7 --ap-address 192.0.2.30
	status=0
	"$build/src/airlift" --yes --state state flash --allow-untried --address 192.0.2.7 \
		--firmware image.bin --web-port $WEB --patience 5 >out 2>err || status=$?
	[ $status -eq 5 ]
	"$build/src/airlift" --state state setup --ap-address 192.0.2.30:$WEB --web-port $WEB \
		--no-mqtt --timezone 1 >out 2>err
	curl -s -m 5 -e http://192.0.2.30/ "http://192.0.2.30:$WEB/cm?cmnd=Status" >status
}

@test "a device that was not seen after its flash is known by the MAC it had before" {
	# Without Wi-Fi data it opens an access point of its own.
	"$build/sim/airlift-sim" image --program Tasmota --version 14.1.0 --variant lite --size 480000 image.bin
	"$BATS_TEST_DIRNAME/helpers/air" bash -eu -c "
		$(declare -f vendor flashed_unseen_then_set_up; declare -p build WEB)
		flashed_unseen_then_set_up" 3>&- ||
		{ status=$?; [ $status -ne 77 ] || skip "no network namespaces here"; cat out err events; false; }
	"$build/src/airlift" --state state history 1000123401 >out
	says "MAC 5CCF7F123401 under the vendor's firmware"
	[ "$(jq .Status.Module status)" = 74 ]
}

@test "a device that was freed is found by the vendor's id" {
	id=1000$(printf '%04x' $RANDOM)01
	"$build/sim/airlift-sim" image --program Tasmota --version 14.1.0 --variant lite --size 480000 --wifi yes image.bin
	"$build/sim/airlift-sim" diy --address $NET.1 --id $id --no-mdns --pace 0 --boot-ms 200 --web-port $WEB \
		--locked no --speed 600 >events 2>err-sim 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 200); do
		! grep -q '"sim":"ready"' events || break
		sleep 0.05
	done
	status=0
	"$build/src/airlift" --yes --state state free --address $NET.1 --firmware image.bin --web-port $WEB \
		--ap-address $NET.129:$WEB --network $NET.0/25 --no-wifi --no-mqtt >out 2>err || status=$?
	ends 0
	run_setup $id --no-mqtt --friendly-name Lamp
	ends 0
	[ "$(now Status | jq -r '.Status.FriendlyName[0]')" = Lamp ]
	run_setup 1000ffffff --no-mqtt --friendly-name Lamp
	ends 64
}
