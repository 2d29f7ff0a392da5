#!/usr/bin/env bats
# Canary passwords run through every command at every log level and are searched for in all
# that is written: output, journal, cache, configuration, argument lists, on a good day and when
# things go wrong. A command of "airlift help" without a row here fails the first test.

bats_require_minimum_version 1.5.0

load helpers/processes

# What airlift may write is below made/, what the test itself needs below lab/.
setup() {
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	helpers=$BATS_TEST_DIRNAME/helpers
	cd "$BATS_TEST_TMPDIR"
	PIDS=
	mkdir lab made
	# Runs side by side share loopback addresses and ports: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	STEM=1000$(printf '%04x' $((RANDOM * 2)))
	WEB=$((20000 + RANDOM % 5000))
	PORT=$((10000 + BATS_TEST_NUMBER * 300 + 3 * (RANDOM % 100)))
	# Each with characters that every way of quoting has to do something about.
	for secret in wifi mqtt device web now homebridge wrong; do
		printf '%s\n' "Kanari-$secret \"&%=é-7Tail" >lab/$secret
	done
	export AIRLIFT_CATALOG="${AIRLIFT_CATALOG:-}"
	[ -n "$AIRLIFT_CATALOG" ] || unset AIRLIFT_CATALOG
	programs
}

teardown() {
	end_own $PIDS
	! grep -A 20 Sanitizer made/*.err 2>/dev/null || false
}

# Programs airlift starts tell with what arguments, and in what environment.
programs() {
	mkdir lab/bin
	PATH=$PATH:/usr/sbin
	for program in mosquitto mosquitto_passwd; do
		cat >lab/bin/$program <<-END
		#!/bin/sh
		{ echo "\$0 \$*"; env; } >>"$PWD/made/started-\$\$"
		exec $(command -v $program) "\$@"
		END
		chmod +x lab/bin/$program
	done
}

secret() { cat "lab/$1"; }

levels=("--quiet" "--plain" "--verbose" "--json" "--json --verbose" "--dry-run --verbose")

# run TAG ARGUMENT...: airlift with every secret in its environment and nothing else of the test's;
# TAG.out, TAG.err, TAG.status and all it keeps are below made/.
run_one() {
	tag=$1; shift
	(
		cd made
		export HOME=$PWD/$tag.home TMPDIR=$PWD/$tag.tmp PATH=$OLDPWD/lab/bin:$PATH
		unset XDG_CONFIG_HOME XDG_STATE_HOME XDG_CACHE_HOME
		mkdir -p "$HOME" "$TMPDIR"
		[ -n "${BARE:-}" ] || secrets_in_environment ../lab
		status=0
		timeout -k 5 "${LIMIT:-50}" "$build/src/airlift" --state "$tag.state" "$@" \
			>"$tag.out" 2>"$tag.err" 3>&- </dev/null || status=$?
		echo $status >"$tag.status"
	)
}

secrets_in_environment() {
	AIRLIFT_WIFI_PASSWORD=$(cat "$1/wifi") AIRLIFT_MQTT_PASSWORD=$(cat "$1/mqtt")
	AIRLIFT_MQTT_DEVICE_PASSWORD=$(cat "$1/device") AIRLIFT_WEB_PASSWORD=$(cat "$1/web")
	AIRLIFT_WEB_PASSWORD_NOW=$(cat "$1/now") AIRLIFT_HOMEBRIDGE_PASSWORD=$(cat "$1/homebridge")
	export ${!AIRLIFT_*}
}

# each_level ROW: `ROW N` names the arguments of level N into $words; all levels run at once, each
# with the secrets from the environment.
each_level() {
	running=
	for n in "${!levels[@]}"; do
		words=()
		"$1" "$n"
		run_one "$n" ${levels[n]} "${words[@]}" &
		running="$running $!"
	done
	for pid in $running; do wait "$pid"; done
}

# ended N STATUS...: level N ended with one of these.
ended() {
	n=$1; shift
	for status; do [ "$(cat made/$n.status)" != "$status" ] || return 0; done
	echo "level $n (${levels[n]:-}) ended $(cat made/"$n".status), not $*"
	cat made/"$n".out made/"$n".err
	return 1
}

# all_ended STATUS: every level but the rehearsal, which must end well.
all_ended() {
	for n in 0 1 2 3 4; do ended $n "$@"; done
	ended 5 0 "$@"
}

# silent [PATTERN...]: no canary below made/, but in files that match.
silent() { "$helpers/find-secrets" made "$@"; }

# sim KIND OPTION...: the simulator's own log may hold anything.
sim() {
	"$build/sim/airlift-sim" "$@" >>lab/events 2>>lab/err-sim 3>&- &
	PIDS="$PIDS $!"
	happens '"sim":"ready"'
}

# happens PATTERN [COUNT]
happens() {
	for _ in $(seq 400); do
		[ "$(grep -c -- "$1" lab/events)" -ge "${2:-1}" ] && return
		sleep 0.05
	done
	echo "no $1 in:"
	grep -v '"sim":"download"' lab/events
	return 1
}

diy() { sim diy --count 6 --address $NET.1 --id ${STEM}01 --no-mdns "$@"; }

image() { "$build/sim/airlift-sim" image --program Tasmota --variant lite --size 480000 "$@"; }

# A real broker, where two users have canaries for passwords.
broker() {
	mkdir lab/broker
	printf '%s:%s\n' airlift "$(secret mqtt)" device "$(secret device)" >lab/broker/passwords
	chmod 600 lab/broker/passwords
	mosquitto_passwd -U lab/broker/passwords
	{
		[ "$(id -u)" -ne 0 ] || echo "user root"
		printf 'listener %s 127.0.0.1\nallow_anonymous false\npassword_file %s\n' \
			$PORT "$PWD/lab/broker/passwords"
	} >lab/broker/conf
	mosquitto -c lab/broker/conf >lab/broker/log 2>&1 3>&- &
	PIDS="$PIDS $!"
	mkdir -p lab/clients
	export XDG_CONFIG_HOME=$PWD/lab/clients
	for client in mosquitto_pub mosquitto_sub; do
		printf -- '-h 127.0.0.1\n-p %s\n-u airlift\n-P %s\n' $PORT "$(secret mqtt)" >lab/clients/$client
	done
	for _ in $(seq 100); do
		! (: <>/dev/tcp/127.0.0.1/$PORT) 2>/dev/null || return 0
		sleep 0.05
	done
	cat lab/broker/log
	return 1
}

at_broker() { words+=(--mqtt 127.0.0.1:$PORT --mqtt-user airlift); }

# tasmota OPTION...: six devices that know the broker and have a web password.
tasmota() {
	sim tasmota --count 6 --blank no --address $NET.1 --ap-address $NET.129 --web-port $WEB --speed 1000 \
		--topic lamp --mqtt 127.0.0.1:$PORT --mqtt-user device --mqtt-password "$(secret device)" "$@"
	happens '"sim":"ready"' 6
	for n in 1 2 3 4 5 6; do
		now $n "WebPassword2 $(secret ${LOCK:-now})" >/dev/null
	done
}

now() {
	curl -s -m 5 -H "Referer: http://$NET.$1/" -K - --get --data-urlencode "cmnd=$2" \
		"http://$NET.$1:$WEB/cm" </dev/null
}

commands() { "$build/src/airlift" help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'; }

@test "every command has a row, every secret a canary, and none is an option's value" {
	[ "$(commands | wc -l)" -ge 20 ]
	for command in $(commands); do
		grep -q "^@test \"$command: " "$BATS_TEST_FILENAME" || { echo "no row for $command"; false; }
		"$build/src/airlift" "$command" --help >help
		for variable in $(grep -o 'AIRLIFT_[A-Z_]*' help | sort -u); do
			(secrets_in_environment lab; [ -n "${!variable:-}" ]) || { echo "no canary for $variable"; false; }
		done
		! grep -oE -- '--[a-z-]*(password|secret|key|token)[a-z-]* [A-Z]+' help | grep -v -- '-file FILE' || false
	done
}

@test "the search finds every form, and only in files that may not hold it" {
	mkdir made/x
	for form in cat base64 'xxd -p' 'jq -Rr @uri' 'jq -Rr @json' 'iconv -t utf-16le'; do
		$form <lab/wifi >made/x/file
		run "$helpers/find-secrets" made
		[ "$status" -eq 1 ] || { echo "$form is not found"; cat made/x/file; false; }
	done
	for pad in '' a ab; do
		printf '%s' "${pad}admin:$(secret web)" | base64 -w0 >made/x/file
		run "$helpers/find-secrets" made
		[ "$status" -eq 1 ]
	done
	chmod 644 made/x/file
	run "$helpers/find-secrets" made 'x/*'
	[ "$status" -eq 1 ]
	chmod 600 made/x/file
	silent 'x/*'
}

row_scan() { words=(scan --address $NET.$(($1 + 1))); }
row_info() { words=(info $NET.$(($1 + 1))); }
row_check() { words=(check $NET.$(($1 + 1))); }
row_inspect() { words=(inspect "$PWD/lab/image.bin"); }
row_switch() { words=(switch on $NET.$(($1 + 1))); }
row_startup() { words=(startup off $NET.$(($1 + 1))); }
row_pulse() { words=(pulse on --width 1000 $NET.$(($1 + 1))); }
row_signal() { words=(signal $NET.$(($1 + 1))); }
row_unlock() { words=(unlock $NET.$(($1 + 1))); }
row_help() { words=(help wifi); }
row_wifi() { words=(wifi --ssid elsewhere $NET.$(($1 + 1))); }

# Commands that take no secret still run where all of them are.
secretless() {
	[ "${2:-diy}" != diy ] || diy
	each_level row_$1
	all_ended 0
	silent
}

@test "scan: says nothing of the environment" { secretless scan; }
@test "info: says nothing of the environment" { secretless info; }
@test "inspect: says nothing of the environment" { image lab/image.bin; secretless inspect none; }
@test "switch: says nothing of the environment" { secretless switch; }
@test "startup: says nothing of the environment" { secretless startup; }
@test "pulse: says nothing of the environment" { secretless pulse; }
@test "signal: says nothing of the environment" { secretless signal; }
@test "unlock: says nothing of the environment" { secretless unlock; }
@test "help: says nothing of the environment" { secretless help none; }

@test "wifi: the password goes to the device alone" {
	diy
	each_level row_wifi
	all_ended 0
	[ "$(grep -c 'zeroconf/wifi' lab/events)" -eq 5 ]
	silent
}

# old N: a device in pairing mode for level N, and this computer's address for it.
old() {
	sim stock --count 1 --address $NET.$((11 + $1)) --id ${STEM}1$1 --pace 0 --speed 2000 \
		--boot-ms 100 --ap-port 8088 --plain-port $((PORT + 2 * $1 + 21)) --web-port $WEB \
		--final-address $NET.$((200 + $1)):8090
}

# The device of level N calls ports that nobody else has.
pairing() {
	words+=(--ssid Home --ap-address $NET.$((11 + $1)):8088 \
		--${2:-address} $NET.$((200 + $1)) --cloud-port $((PORT + 2 * $1 + 20)) --plain-port $((PORT + 2 * $1 + 21)) --patience 20)
}

row_check_pair() { words=(check --pair); pairing "$1" told-address; }

row_takeover() {
	words=(takeover --images "$PWD/lab/images" --web-port $WEB --final-address $NET.$((200 + $1)):8090)
	pairing "$1"
}

images() {
	mkdir lab/images
	for part in user1:image_user1-0x01000 user2:image_user2-0x81000 "arduino:image_arduino --wifi yes"; do
		"$build/sim/airlift-sim" image --format ${part%%:*} lab/images/$(set -- ${part#*:}; echo $1).bin \
			$(set -- ${part#*:}; shift; echo "$@")
	done
}

@test "check: the password goes to the device alone, also in pairing mode" {
	diy
	each_level row_check
	all_ended 0
	for n in 0 1 2 3 4 5; do old $n; done
	each_level row_check_pair
	all_ended 0
	silent
}

@test "takeover: the password goes to the device alone, and so do its keys" {
	images
	for n in 0 1 2 3 4 5; do old $n; done
	each_level row_takeover
	all_ended 0
	silent
	! grep -rE '5a1f0000-2222' made || false
}

row_setup() {
	words=(setup --web-port $WEB --mqtt-device-user device --topic hall-$1 --power-on off)
	at_broker
	words+=($NET.$(($1 + 1)))
}

@test "setup: what is written goes to the device alone" {
	broker
	tasmota
	each_level row_setup
	all_ended 0
	# It did get there.
	[ "$(curl -s -o made-nothing -w '%{http_code}' -H "Referer: http://$NET.1/" "http://$NET.1:$WEB/cm?cmnd=Status")" = 401 ]
	silent
}

row_flash() {
	words=(flash --web-port $WEB --firmware "$PWD/lab/image.bin")
	at_broker
	words+=("$([ "$1" -eq 0 ] && echo lamp || echo lamp-$(($1 + 1)))")
}

@test "flash: passwords of broker and device stay there" {
	broker
	image --version 15.5.0 lab/image.bin
	LOCK=web tasmota --version 15.2.0 --variant lite
	mosquitto_sub -t 'tasmota/discovery/+/config' -C 6 -W 20 >/dev/null 3>&-
	each_level row_flash
	all_ended 0
	silent
}

row_free() {
	words=(free --firmware "$PWD/lab/image.bin" --web-port $WEB --ap-address $NET.$((129 + $1)):$WEB \
		--network $NET.0/24 --ssid home --topic "hall-$1" --mqtt-device-user device --patience 50)
	at_broker
	words+=($NET.$(($1 + 1)))
}

@test "free: on the whole road no secret is left lying about" {
	broker
	image --version 14.1.0 --wifi yes lab/image.bin
	diy --pace 0 --boot-ms 100 --locked no --web-port $WEB --ap-address $NET.129 --ssid home \
		--password "$(secret wifi)" --speed 1000
	each_level row_free
	all_ended 0
	silent
}

@test "serve: says nothing of the environment" {
	image lab/image.bin
	for n in 0 1 2 3 4 5; do
		LIMIT=2 run_one $n ${levels[n]} serve "$PWD/lab/image.bin" &
	done
	wait $(jobs -p | tail -6)
	silent
}

@test "broker: its own password stays in the file it is kept in" {
	for n in 0 1 2 3 4 5; do
		mkdir -p made/$n.state/broker
		chmod 700 made/$n.state made/$n.state/broker
		install -m 600 lab/mqtt made/$n.state/broker/password
		LIMIT=2 run_one $n ${levels[n]} broker --port $((PORT + n)) --listen 127.0.0.1 &
	done
	wait $(jobs -p | tail -6)
	for n in 0 1 2 3 4; do [ -s made/$n.state/broker/mosquitto.log ]; done
	ls made/started-*
	silent '*.state/broker/password'
}

row_monitor() { words=(monitor --for 2); at_broker; [ $(($1 % 2)) -eq 0 ] || words+=(--raw --topic '#'); }

# What a device says when somebody else sets its passwords by the commands that repeat them.
echoes() {
	for n in 1 2 3 4; do
		for key in Password1 MqttPassword WebPassword; do
			mosquitto_pub -t stat/lamp/RESULT -m "{\"$key\":$(jq -Rc . lab/mqtt)}" 3>&-
			mosquitto_pub -t tele/lamp/LOGGING -m "CMD: $key $(secret mqtt)" 3>&-
		done
		sleep 0.4
	done
}

@test "monitor: the password is not said, nor what devices repeat of it" {
	broker
	mosquitto_pub -r -t tele/lamp/LWT -m Online 3>&-
	echoes &
	each_level row_monitor
	all_ended 0
	grep -q lamp made/0.out
	grep -q RESULT made/3.out
	silent
}

row_homebridge() {
	echo '{"bridge":{"name":"H","username":"0E:11:22:33:44:55","port":51826,"pin":"031-45-154"},"accessories":[]}' \
		>made/config-$1.json
	words=(handover homebridge --config config-$1.json --homebridge-user hb --all)
	at_broker
}
row_homeassistant() { words=(handover homeassistant --wait 5 lamp$([ $1 -eq 0 ] || echo -$(($1 + 1)))); at_broker; }

@test "handover: homebridge's password stands in its configuration, nothing stands elsewhere" {
	broker
	tasmota --version 15.5.0
	mosquitto_sub -t 'tasmota/discovery/+/config' -C 6 -W 20 >/dev/null 3>&-
	each_level row_homebridge
	all_ended 0
	jq -e --rawfile p lab/homebridge '.accessories[0].password == ($p | rtrimstr("\n"))' made/config-2.json
	silent 'config-[0-4].json'
	rm made/config-*
	each_level row_homeassistant
	all_ended 2
	silent
}

row_history() { words=(history); [ $1 -ne 4 ] || words+=(${STEM}01); }

@test "history: the journal has nothing to tell" {
	diy
	image lab/image.bin
	run_one 0 --verbose wifi --ssid elsewhere $NET.1
	run_one 0 --verbose flash --firmware "$PWD/lab/image.bin" --address $NET.2 --patience 5
	for n in 1 2 3 4 5; do cp -r made/0.state made/$n.state; done
	each_level row_history
	all_ended 0
	silent
	! sqlite3 made/0.state/*.db .dump | grep Kanari || false
}

# asked ROW ANSWER...: on a terminal, with no secret anywhere but in what is typed.
asked() {
	row=$1; shift
	words=()
	"row_$row" 0
	status=0
	(
		cd made
		export HOME=$PWD
		exec "$helpers/on-terminal" terminal-$row "$@" -- "$build/src/airlift" --state typed.state "${words[@]}"
	) 3>&- || status=$?
	[ $status -eq 0 ] || { cat made/terminal-$row; return 1; }
	for answer; do grep -qaF "${answer%=*}" made/terminal-$row; done
}

@test "what is typed at a prompt is not shown, and kept nowhere" {
	broker
	diy
	asked wifi "Wi-Fi password=../lab/wifi"
	old 0
	asked check_pair "Wi-Fi password=../lab/wifi"
	asked monitor "password at the broker=../lab/mqtt"
	silent
}

# tries STATUS...: quiet, with words and as JSON at once; the function row makes $words.
tries() {
	running=
	for n in 0 2 4; do
		words=()
		row $n
		LIMIT=${LIMIT:-40} run_one $n ${levels[n]} "${words[@]}" &
		running="$running $!"
	done
	for pid in $running; do wait "$pid"; done
	for n in 0 2 4; do ended $n "$@"; done
	silent
}

@test "wrong passwords are not repeated to the one who gave them" {
	broker
	cp lab/wrong lab/mqtt
	row() { words=(monitor --for 1); at_broker; }
	tries 1
	grep -q E-MQTT-REFUSED made/2.err
	row() { words=(handover homeassistant --all); at_broker; }
	tries 1
	row() { words=(setup --topic x); at_broker; words+=($NET.99); }
	tries 1
	row() { words=(free --no-wifi --topic x $NET.1); at_broker; }
	tries 1
	sim tasmota --address $NET.1 --ap-address $NET.129 --web-port $WEB --speed 1000 --ssid home \
		--password other-password
	cp lab/wrong lab/wifi
	row() { words=(setup --ssid home --ap-address $NET.129 --web-port $WEB --network $NET.0/25 --wait 20 --no-mqtt); }
	tries 1
	grep -q E-WIFI- made/2.err
	sim diy --address $NET.2 --id ${STEM}77 --no-mdns
	printf 'Kanari-\n' >lab/wifi
	row() { words=(wifi --ssid elsewhere $NET.2); }
	tries 64
}

@test "passwords in the wrong place are not repeated: profile, file, option" {
	cat >lab/home.yaml <<-END
	wifi: { ssid: home, password: Kanari-profile-7Tail }
	END
	row() { words=(free --profile "$PWD/lab/home.yaml"); }
	tries 78
	grep -q E-PROFILE-SECRET made/2.err
	head -c 400 /dev/zero | tr '\0' x | sed 's/^/Kanari-/; s/$/-7Tail/' >lab/long
	for command in wifi setup takeover; do
		row() { words=($command --ssid home --wifi-password-file "$PWD/lab/long"); }
		tries 1 64
	done
	row() { words=(monitor --mqtt-user x --mqtt-password-file "$PWD/lab/long"); }
	tries 1 64
}

@test "devices that can not be reached hear nothing, and neither does anybody else" {
	row() { words=(setup --topic x --no-mqtt --web-port $WEB --wait 1 $NET.99); }
	tries 1 3
	row() { words=(wifi --ssid home $NET.99); }
	tries 3
	image lab/image.bin
	row() { words=(flash --firmware "$PWD/lab/image.bin" --web-port $WEB $NET.99); }
	tries 1 3
	row() { words=(monitor --for 1); at_broker; }
	tries 1
	row() { words=(takeover --images "$PWD/lab/images" --web-port $WEB); pairing "$1"; words+=(--patience 1); }
	images
	tries 3
	row() { words=(broker --port $PORT --listen 198.51.100.1); }
	tries 64
}

# odd N PORT MANNER: a device at $NET.N that says back what it hears.
odd() {
	"$helpers/odd-device" $NET.$1 $2 $3 >lab/odd-$1 2>&1 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 100); do
		! grep -q listens lab/odd-$1 || return 0
		sleep 0.05
	done
	cat lab/odd-$1
	return 1
}

# It did hear it.
odd_heard() { "$helpers/find-secrets" lab >found || true; grep "^odd-$1" found; }

@test "a Tasmota that says back what it was told is not quoted: setup" {
	odd 1 $WEB tasmota
	row() { words=(setup --topic x --no-mqtt --web-port $WEB --renew-passwords $NET.1); }
	LIMIT=12 tries 1 2 3 4 5 10 124
	odd_heard 1
	row() { words=(setup --ssid home --no-mqtt --ap-address $NET.1 --web-port $WEB --wait 2 --network $NET.0/30); }
	LIMIT=12 tries 1 3 4 5 10 124
}

@test "a Tasmota that says back what it was told is not quoted: flash" {
	image --version 15.5.0 lab/image.bin
	odd 1 $WEB tasmota
	row() { words=(flash --firmware "$PWD/lab/image.bin" --method tasmota --web-port $WEB --patience 1 $NET.1); }
	tries 1 5 10 13
	row() { words=(flash --firmware "$PWD/lab/image.bin" --method tasmota --upload --web-port $WEB --patience 1 $NET.1); }
	tries 1 5 10 13
	odd_heard 1
}

@test "whoever says back what it was told is not quoted: pages, DIY mode, pairing mode" {
	odd 1 $WEB page
	odd 3 8081 diy
	odd 4 8081 page
	odd 5 8088 pairing
	odd 6 8088 page
	images
	row() { words=(setup --topic x --no-mqtt --web-port $WEB --wait 2 $NET.1); }
	LIMIT=12 tries 1 3 10 124
	for host in 3 4; do
		row() { words=(wifi --ssid home $NET.$host); }
		tries 1 3 10
	done
	odd_heard 3
	for host in 5 6; do
		row() {
			words=(takeover --images "$PWD/lab/images" --web-port $WEB --ssid Home --patience 2 \
				--ap-address $NET.$host:8088 --address $NET.$((200 + $1)) \
				--cloud-port $((PORT + 2 * $1 + 20)) --plain-port $((PORT + 2 * $1 + 21)))
		}
		tries 1 3 10
	done
	odd_heard 5
}

@test "a run that is killed leaves its journal, and no secret and no core" {
	images
	old 0
	row_takeover 0
	(
		cd made
		ulimit -c unlimited 2>/dev/null || true
		secrets_in_environment ../lab
		exec "$build/src/airlift" --verbose --state killed.state "${words[@]}" >killed.out 2>killed.err 3>&-
	) &
	run=$!
	happens '"sim":"download"'
	grep -q 'Max core file size  *0 ' /proc/$run/limits
	! tr '\0' ' ' </proc/$run/cmdline | grep Kanari || false
	"$helpers/find-secrets" made
	ls made/killed.state/*-wal
	kill -ABRT $run # a sanitizer would make a report of SEGV
	wait $run || true
	! ls made | grep core || false
	silent
}
