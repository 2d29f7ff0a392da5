#!/usr/bin/env bats
# The simulated devices themselves, seen by programs that know nothing of them: curl, nginx,
# avahi-browse and a server that spells out its bytes. What is expected here is copied from
# no code: it is what documents and captures say (doc/protocol/simulator.md).

load helpers/processes

setup() {
	SIM=${AIRLIFT_BUILD:-build}/sim/airlift-sim
	case $SIM in /*) ;; *) SIM=$BATS_TEST_DIRNAME/../../$SIM ;; esac
	T=$BATS_TEST_TMPDIR
	PIDS=
	MDNS=--no-mdns
	# Tests of several runs share the loopback addresses: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 128))
	STEM=1000$(printf '%04x' $((RANDOM * 2)))
}

teardown() {
	end_own $PIDS
	! grep -A 20 Sanitizer "$T"/err* 2>/dev/null || false
}

# sim COUNT OPTION...: devices $NET.1 and up with ids ${STEM}01 and up.
sim() {
	count=$1; shift
	"$SIM" diy --count "$count" --address $NET.1 --id ${STEM}01 $MDNS --pace 0 \
		--boot-ms 100 --flash-dir "$T" --web-port 8087 "$@" >"$T/events" 2>"$T/err" 3>&- &
	SIM_PID=$!
	PIDS="$PIDS $!"
	seen '"sim":"ready"' "$count"
}

# seen PATTERN [COUNT]: waits for event lines.
seen() {
	for _ in $(seq 150); do
		[ "$(grep -c -- "$1" "$T/events")" -ge "${2:-1}" ] && return
		sleep 0.1
	done
	echo "no $1 in:"
	grep -v '"sim":"download"' "$T/events"
	cat "$T/err"
	return 1
}

# api NUMBER ENDPOINT BODY: what the device answers; a device wants its pauses.
api() {
	sleep 0.25
	curl -s -m 2 -d "$3" "http://$NET.$1:8081/zeroconf/$2"
}

# is NUMBER ENDPOINT DATA EXPECTED: asks with the right id.
is() {
	got=$(api "$1" "$2" "{\"deviceid\":\"${STEM}0$1\",\"data\":$3}") || got="curl: $?"
	[ "$got" = "$4" ] || { echo "$2 $3: $got, wanted $4"; return 1; }
}

# A reset is met while connecting, sending, or waiting for the answer.
was_reset() { case $status in 7|55|56) ;; *) echo "curl: $status"; return 1;; esac; }

image() { "$SIM" image "$@" "$T/image.bin"; SUM=$(sha256sum "$T/image.bin" | cut -d' ' -f1); }

# offer NUMBER URL [SHA256]
offer() {
	api "$1" ota_flash \
		"{\"deviceid\":\"${STEM}0$1\",\"data\":{\"downloadUrl\":\"$2\",\"sha256sum\":\"${3:-$SUM}\"}}"
}

# nginx_with DIRECTIVES: serves $T; sets PORT.
nginx_with() {
	for _ in 1 2 3 4 5; do
		PORT=$((20000 + RANDOM % 12000))
		[ "$(id -u)" -ne 0 ] || user='user root;'
		cat >"$T/nginx.conf" <<CONF
${user:-} daemon off; pid $T/nginx.pid; error_log $T/nginx.err; worker_processes 1; master_process off;
events {}
http {
	log_format line '\$connection \$status \$request';
	access_log $T/nginx.log line;
	client_body_temp_path $T/a; proxy_temp_path $T/b; fastcgi_temp_path $T/c;
	uwsgi_temp_path $T/d; scgi_temp_path $T/e;
	server { listen 127.0.0.1:$PORT; root $T; $1 }
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

# raw HEAD [close]: the byte-for-byte server; sets PORT.
raw() {
	rm -f "$T/port"
	"$BATS_TEST_DIRNAME/helpers/raw-server" "$T/image.bin" "$T/requests" "$@" >"$T/port" 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 50); do
		PORT=$(cat "$T/port" 2>/dev/null || true)
		[ -z "$PORT" ] || return 0
		sleep 0.1
	done
	return 1
}

# in_air STORY: runs a function where mDNS is real: a network of its own, with avahi-daemon
# as the listener.
in_air() {
	MDNS='--interface lo'
	export SIM T NET STEM MDNS PIDS
	export -f end_own is_own sim seen api is image offer nginx_with heard told "$1"
	status=0
	"$BATS_TEST_DIRNAME/helpers/with-avahi" bash -uec 'trap "end_own \$PIDS; wait" EXIT; '"$1" 3>&- || status=$?
	[ $status -ne 77 ] || skip "user namespaces are not allowed here"
	return $status
}

# What avahi-browse finds, resolved.
heard() { timeout 10 avahi-browse -rpt _ewelink._tcp >"$T/heard"; }

# told PATTERN: it is in what was heard.
told() { grep -q -- "$1" "$T/heard" || { echo "no $1 in:"; cat "$T/heard"; return 1; }; }

GOOD='HTTP/1.1 206 Partial Content\nContent-Length: LEN\nContent-Range: bytes FROM-TO/SIZE'

@test "help and mistakes on the command line" {
	run "$SIM" --help
	[ "$status" -eq 0 ]
	[[ "$output" == *diy*image* ]]
	run "$SIM" diy --help
	[[ "$output" == *--unlock-hang-ms*3.7.6*address-change:PERCENT* ]]
	run "$SIM" diy --fault no-such
	[ "$status" -eq 64 ]
	[[ "$output" == *"no fault no-such"*"no-a-record"*"wrong-digest"* ]]
	run "$SIM" diy --fault drop
	[[ "$output" == *drop:PERCENT* ]]
	run "$SIM" diy --personality 9.9
	[ "$status" -eq 64 ]
	[[ "$output" == *"3.7.6"*zbbridge* ]]
	run "$SIM" image --size 480001 "$T/x"
	[[ "$output" == *480000* ]]
	run "$SIM" nonsense
	[ "$status" -eq 64 ]
}

@test "firmware 3.6: object data, all members, states that stay" {
	sim 1 --personality 3.6 --locked no
	is 1 info {} '{"seq":1,"error":0,"data":{"switch":"off","startup":"off","pulse":"off","pulseWidth":500,"ssid":"home","otaUnlock":true,"fwVersion":"3.6.0","deviceid":"'${STEM}01'","bssid":"a0:b1:c2:d3:e:f","signalStrength":-61}}'
	is 1 switch '{"switch":"on"}' '{"seq":2,"error":0}'
	is 1 startup '{"startup":"stay"}' '{"seq":3,"error":0}'
	is 1 pulse '{"pulse":"off","pulseWidth":1500}' '{"seq":4,"error":0}'
	is 1 sledonline '{"sledOnline":"off"}' '{"seq":5,"error":0}'
	is 1 signal_strength {} '{"seq":5,"error":0,"data":{"signalStrength":-61}}'
	is 1 info {} '{"seq":5,"error":0,"data":{"switch":"on","startup":"stay","pulse":"off","pulseWidth":1500,"ssid":"home","otaUnlock":true,"fwVersion":"3.6.0","deviceid":"'${STEM}01'","bssid":"a0:b1:c2:d3:e:f","signalStrength":-61}}'
}

@test "firmware 3.6: what it does not take" {
	sim 1 --personality 3.6
	is 1 switch '{"switch":"ON"}' '{"seq":1,"error":422}'
	is 1 startup '{"startup":"maybe"}' '{"seq":1,"error":422}'
	is 1 pulse '{"pulse":"on"}' '{"seq":1,"error":422}'
	is 1 pulse '{"pulse":"on","pulseWidth":750}' '{"seq":1,"error":422}'
	is 1 pulse '{"pulse":"on","pulseWidth":36000500}' '{"seq":1,"error":422}'
	is 1 wifi '{"ssid":"home"}' '{"seq":1,"error":422}'
	is 1 info '"{}"' '{"seq":1,"error":422}'
	[ "$(api 1 info '{"deviceid":')" = '{"seq":1,"error":400}' ]
	[ "$(api 1 info '[]')" = '{"seq":1,"error":400}' ]
	[ "$(api 1 info '{"deviceid":"1000ffffff","data":{}}')" = '{"seq":1,"error":404}' ]
	[[ "$(api 1 info '{"deviceid":"","data":{}}')" == '{"seq":1,"error":0,'* ]]
	[[ "$(api 1 info '{"data":{}}')" == '{"seq":1,"error":0,'* ]]
	[[ "$(api 1 nonsense '{"data":{}}')" == *"404 Not Found"* ]]
}

@test "firmware 3.3 and 3.4: data as a string, and less of it" {
	sim 2 --personality 3.3,3.4
	for i in 1 2; do
		is $i info {} '{"seq":1,"error":0,"data":"{\"switch\":\"off\",\"startup\":\"off\",\"pulse\":\"off\",\"pulseWidth\":500,\"ssid\":\"home\",\"otaUnlock\":false}"}'
	done
}

@test "firmware 3.0: string dialect with selfApikey, no info, else silence" {
	sim 1 --personality 3.0 --silence-ms 300
	ask='{"sequence":"1700000000","deviceid":"'${STEM}01'","encrypt":false,"selfApikey":"123","data":"{\"switch\":\"on\"}"}'
	[ "$(api 1 switch "$ask")" = '{"seq":2,"sequence":"1700000000","error":0}' ]
	run api 1 switch "${ask/,\"selfApikey\":\"123\"/}"
	[ "$status" -eq 52 ]
	run api 1 switch '{"deviceid":"'${STEM}01'","selfApikey":"1","data":{"switch":"on"}}'
	[ "$status" -eq 52 ]
	run api 1 info "${ask/switch/x}"
	[ "$status" -eq 52 ]
}

@test "firmware 3.7.6: silence for an empty or wrong id, an answer for the right one" {
	sim 1 --personality 3.7.6 --silence-ms 300
	run api 1 info '{"deviceid":"","data":{}}'
	[ "$status" -eq 52 ]
	run api 1 info '{"deviceid":"1000ffffff","data":{}}'
	[ "$status" -eq 52 ]
	[[ "$(api 1 info '{"data":{}}')" == *'"fwVersion":"3.7.6"'* ]]
	[[ "$(api 1 info '{"deviceid":"'${STEM}01'","data":{}}')" == *'"fwVersion":"3.7.6"'* ]]
}

@test "the others: eWeLink mode, MINIR3, bulb, D1, bridge" {
	sim 5 --personality ewelink,minir3,bulb,d1,zbbridge --silence-ms 300
	is 1 info {} '{"seq":1,"error":401}'
	[ "$(api 1 switch '{"deviceid":"x","encrypt":true,"iv":"","data":"AAAA","selfApikey":"1"}')" = '{"seq":1,"error":400}' ]
	is 2 info {} '{"seq":1,"error":422}'
	[[ "$(api 2 info '{"data":{}}')" == '{"seq":1,"error":0,"data":{"switches":[{"switch":"off","outlet":0},'*'"fwVersion":"1.4.0"'* ]]
	[ "$(api 2 switches '{"data":{"switches":[{"switch":"on","outlet":0}]}}')" = '{"seq":2,"error":0}' ]
	[ "$(api 2 switches '{"data":{"switches":[{"switch":"on","outlet":4}]}}')" = '{"seq":2,"error":422}' ]
	is 3 dimmable '{"ltype":"white","white":{"br":7,"ct":9}}' '{"seq":2,"error":0}'
	[[ "$(api 3 info '{"data":{}}')" == *'"white":{"br":7,"ct":9}'* ]]
	is 4 dimmable '{"switch":"off","brightness":30}' '{"seq":1,"error":400}'
	is 4 dimmable '{"switch":"on","brightness":0}' '{"seq":1,"error":422}'
	is 4 dimmable '{"switch":"on","brightness":30,"mode":0,"brightmin":10,"brightmax":255}' '{"seq":2,"error":0}'
	[[ "$(api 4 info '{"data":{}}')" == *'"brightness":30,"brightMin":10,"brightMax":255'* ]]
	is 5 info {} '{"seq":1,"error":401}'
}

@test "a second connection, or one within 200 ms, is reset" {
	sim 1
	is 1 signal_strength {} '{"seq":1,"error":0,"data":{"signalStrength":-61}}'
	run curl -s -m 2 -d '{"data":{}}' "http://$NET.1:8081/zeroconf/info"
	was_reset
	seen '"why":"too early"'
	sleep 0.25
	# Held open while it waits for the request: the next one is turned away.
	exec 7<>/dev/tcp/$NET.1/8081
	run curl -s -m 2 -d '{"data":{}}' "http://$NET.1:8081/zeroconf/info"
	was_reset
	exec 7>&-
	is 1 signal_strength {} '{"seq":1,"error":0,"data":{"signalStrength":-61}}'
}

@test "reset:N, silent, and requests that are no requests" {
	sim 2 --fault reset:2,silent --silence-ms 300
	run api 1 info '{"data":{}}'
	was_reset
	run api 1 info '{"data":{}}'
	was_reset
	[[ "$(api 1 info '{"data":{}}')" == *'"error":0'* ]]
	run api 2 info '{"data":{}}'
	[ "$status" -eq 52 ]
	sleep 0.25
	exec 7<>/dev/tcp/$NET.1/8081
	printf 'nonsense\r\n\r\n' >&7
	[ "$(cat <&7)" = '' ]
	exec 7>&-
	seen '"what":"garbage"'
}

@test "a pulse ends by itself" {
	sim 1
	is 1 pulse '{"pulse":"on","pulseWidth":500}' '{"seq":2,"error":0}'
	is 1 switch '{"switch":"on"}' '{"seq":3,"error":0}'
	[[ "$(api 1 info '{"data":{}}')" == *'"switch":"on"'* ]]
	sleep 0.6
	[[ "$(api 1 info '{"data":{}}')" == '{"seq":4,"error":0,"data":{"switch":"off"'* ]]
}

@test "unlocking: with Internet, without, refused, and the answers that mislead" {
	sim 5 --fault none,unlock-503,unlock-500,unlock-lies,unlock-quiet --unlock-hang-ms 300
	is 1 ota_unlock {} '{"seq":1,"error":0}'
	[[ "$(api 1 info '{"data":{}}')" == *'"otaUnlock":true'* ]]
	is 2 ota_unlock {} '{"seq":1,"error":503}'
	is 3 ota_unlock {} '{"seq":1,"error":500}'
	is 4 ota_unlock {} '{"seq":1,"error":0}'
	is 5 ota_unlock {} 'curl: 52'
	[[ "$(api 4 info '{"data":{}}')" == *'"otaUnlock":false'* ]]
	[[ "$(api 5 info '{"data":{}}')" == *'"otaUnlock":true'* ]]
}

@test "no Internet: ota_unlock hangs and closes; another Wi-Fi network helps, and it lasts" {
	sim 1 --internet no --internet-ssid phone --unlock-hang-ms 300
	is 1 ota_unlock {} 'curl: 52'
	[[ "$(api 1 info '{"data":{}}')" == *'"otaUnlock":false'* ]]
	is 1 wifi '{"ssid":"phone","password":"letters123"}' '{"seq":0,"error":0}'
	sleep 1.6
	is 1 ota_unlock {} '{"seq":1,"error":0}'
	is 1 wifi '{"ssid":"home","password":"letters123"}' '{"seq":0,"error":0}'
	sleep 1.6
	[[ "$(api 1 info '{"data":{}}')" == *'"ssid":"home","otaUnlock":true'* ]]
	! grep -q letters123 "$T/events" || false
}

@test "ota_flash: locked, then types, then the URL" {
	sim 2 --locked yes,no
	SUM=$(printf '%064d' 0)
	[ "$(offer 1 nonsense x)" = '{"seq":1,"error":403}' ]
	[ "$(offer 2 nonsense x)" = '{"seq":1,"error":422}' ]
	is 2 ota_flash '{"downloadUrl":7,"sha256sum":"'$SUM'"}' '{"seq":1,"error":422}'
	for url in nonsense https://127.0.0.1/a HTTP://127.0.0.1/a http://127.0.0.1 \
		http://127.0.0.1/ http://127.0.0.1:0/a http://127.0.0.1:x/a \
		http://u:p@127.0.0.1/a http://127.0.0.1/a:b http:///a; do
		[ "$(offer 2 $url)" = '{"seq":1,"error":424}' ] || { echo "$url"; false; }
	done
}

@test "download from nginx: one connection, 4096-byte ranges, a verdict, Tasmota" {
	image --version 14.1.0 --variant lite --size 477328 --wifi yes
	sim 1 --locked no
	nginx_with ''
	[ "$(offer 1 "http://127.0.0.1:$PORT/image.bin")" = '{"seq":1,"error":0}' ]
	seen '"sim":"boots"'
	[ "$(grep -c ' 206 GET' "$T/nginx.log")" -eq 117 ]
	[ "$(grep -v 'GET / ' "$T/nginx.log" | cut -d' ' -f1 | sort -u | wc -l)" -eq 1 ]
	tail -1 "$T/nginx.log" | grep -q 'POST /api/device/otaFlash'
	seen '"sim":"verdict","device":"'${STEM}01'","error":0,"bytes":477328,"reconnects":0'
	seen '"sim":"flashed","device":"'${STEM}01'","sha256":"'$SUM'"'
	seen '"program":"Tasmota","version":"14.1.0","variant":"lite","where":"lan"'
	cmp -n 477328 "$T/image.bin" "$T/${STEM}01.bin"
	[ "$(stat -c %s "$T/${STEM}01.bin")" -eq 1048576 ]
	run api 1 info '{"data":{}}'
	[ "$status" -eq 7 ]
	run curl -s -m 2 "http://$NET.1:8087/cm?cmnd=Status%202"
	[[ "$output" == '{"StatusFWR":{"Version":"14.1.0(release-lite)",'* ]]
	run curl -s -i -m 2 --http1.0 "http://$NET.1:8087/cm?cmnd=status+2"
	[[ "$output" == *'Server: Tasmota/14.1.0 (ESP8285N08)'* ]]
	[[ "$output" != *chunked* ]]
}

@test "nginx that closes after 40 requests: two reconnects" {
	image --size 477328
	sim 1 --locked no
	nginx_with 'keepalive_requests 40;'
	offer 1 "http://127.0.0.1:$PORT/image.bin"
	seen '"error":0,"bytes":477328,"reconnects":2'
	tail -1 "$T/nginx.log" | grep -q 'POST /api/device/otaFlash'
}

@test "nginx without keep-alive: given up after four chunks" {
	image --size 477328
	sim 1 --locked no
	nginx_with 'keepalive_timeout 0;'
	offer 1 "http://127.0.0.1:$PORT/image.bin"
	seen '"error":404,"bytes":16384,"reconnects":4'
	[ "$(grep -c 'GET /image' "$T/nginx.log")" -eq 4 ]
	[[ "$(api 1 info '{"data":{}}')" == *'"error":0'* ]]
}

@test "nginx without ranges, and a file that is not there: given up at once" {
	image --size 477328
	sim 2 --locked no
	nginx_with 'max_ranges 0;'
	offer 1 "http://127.0.0.1:$PORT/image.bin"
	offer 2 "http://127.0.0.1:$PORT/missing.bin"
	seen '"error":404,"bytes":0,"reconnects":0' 2
}

@test "the request, byte by byte, and the result" {
	image --size 110592
	sim 1 --locked no
	raw "$GOOD"
	offer 1 "http://127.0.0.1:$PORT/image.bin" && seen '"sim":"flashed"'
	head -4 "$T/requests" | sed -E 's/ts=[0-9]+/ts=T/; s/sign=[0-9a-f]{64}/sign=S/' >"$T/got"
	printf 'GET /image.bin?deviceid=%s&ts=T&sign=S HTTP/1.1\r\nHost: dl.itead.cn\r\nRange: bytes=0-4095\r\nUser-Agent: itead-device\r\n' ${STEM}01 >"$T/wanted"
	cmp "$T/got" "$T/wanted"
	[ "$(grep -ac '^GET ' "$T/requests")" -eq 27 ]
	grep -aq '^Range: bytes=106496-110591' "$T/requests"
	[ "$(tail -c 11 "$T/requests")" = '{"error":0}' ]
	grep -aq '^POST /api/device/otaFlash HTTP/1.1' "$T/requests"
}

# fails_with HEAD: such an answer ends the download with 404.
fails_with() {
	raw "$1" $2
	offer 1 "http://127.0.0.1:$PORT/image.bin"
	n=$((${n:-0} + 1))
	seen '"error":404,"bytes":0' $n
	[ "$(tail -c 13 "$T/requests")" = '{"error":404}' ]
}

@test "answers that are good HTTP and still fail" {
	image --size 110592
	sim 1 --locked no
	fails_with "${GOOD/1.1 206/1.0 206}"
	fails_with "${GOOD/Partial Content/Fine}"
	fails_with "${GOOD/Content-Length: /content-length: }"
	fails_with "${GOOD/Content-Length: /Content-Length:}"
	fails_with "${GOOD/Content-Range/content-range}"
	fails_with "${GOOD/Content-Length: LEN/Transfer-Encoding: chunked}"
	fails_with "$GOOD\nX-Long: $(printf '%01000d' 0)"
	fails_with "${GOOD/SIZE/*}"
	[[ "$(api 1 info '{"data":{}}')" == *'"error":0'* ]]
}

@test "the size limit is 508 KiB" {
	sim 2 --locked no
	nginx_with ''
	image --size 520192
	offer 1 "http://127.0.0.1:$PORT/image.bin"
	seen '"error":0,"bytes":520192'
	image --size 520208
	offer 2 "http://127.0.0.1:$PORT/image.bin"
	seen '"error":404,"bytes":0'
}

@test "digests: compared as text, so upper case fails; and a bit that fell over" {
	image --size 110592
	sim 2 --locked no --fault none,wrong-digest
	nginx_with ''
	offer 1 "http://127.0.0.1:$PORT/image.bin" "$(echo "$SUM" | tr a-f A-F)"
	seen '"error":409,"bytes":110592'
	offer 2 "http://127.0.0.1:$PORT/image.bin"
	seen '"error":409,"bytes":110592' 2
	[[ "$(api 1 info '{"data":{}}')" == *'"error":0'* ]]
	offer 1 "http://127.0.0.1:$PORT/image.bin"
	seen '"error":0,"bytes":110592'
}

@test "a server that is not there: error 0, then nothing, and the device stays" {
	sim 1 --locked no --fault no-download
	SUM=$(printf '%064d' 0)
	[ "$(offer 1 http://127.0.0.1:9/image.bin)" = '{"seq":1,"error":0}' ]
	[[ "$(api 1 info '{"data":{}}')" == *'"error":0'* ]]
	! grep -q verdict "$T/events" || false
}

@test "late answers, empty answers" {
	image --size 110592
	sim 6 --locked no --fault late-answer,late-answer+wrong-digest,late-answer,late-answer,empty-reply,empty-refusal
	nginx_with ''
	url=http://127.0.0.1:$PORT
	[ "$(offer 1 $url/image.bin)" = '{"seq":1,"error":0}' ]
	[ "$(offer 2 $url/image.bin)" = '{"seq":1,"error":471}' ]
	[ "$(offer 3 $url/missing.bin)" = '{"seq":1,"error":424}' ]
	run offer 5 $url/image.bin
	[ "$status" -eq 52 ]
	seen '"sim":"flashed","device":"'${STEM}05
	run offer 6 $url/image.bin
	[ "$status" -eq 52 ]
	"$SIM" image --size 520208 "$T/big.bin"
	[ "$(offer 4 $url/big.bin)" = '{"seq":1,"error":413}' ]
	! grep -q '"flashed","device":"'${STEM}06 "$T/events" || false
}

@test "faults on the way: a lost connection, another address, no post, refused ranges" {
	image --size 110592 --wifi yes
	sim 4 --locked no --fault drop:40,address-change:40,no-post,refuse-ranges
	nginx_with ''
	for i in 1 2 3 4; do offer $i "http://127.0.0.1:$PORT/image.bin"; done
	seen '"sim":"boots"' 3
	seen '"device":"'${STEM}01'","error":0,"bytes":110592,"reconnects":1'
	seen '"sim":"moved","device":"'${STEM}02'","address":"'${NET%.*}.$((${NET##*.} + 128)).2'"'
	curl -s -m 2 "http://${NET%.*}.$((${NET##*.} + 128)).2:8087/cm?cmnd=Status%202" | grep -q 14.1.0
	[ "$(grep -c POST "$T/nginx.log")" -eq 3 ]
	seen '"device":"'${STEM}04'","error":404,"bytes":0'
}

@test "a stalled download stays stalled, and the world still ends at once" {
	image --size 110592
	sim 1 --locked no --fault stall:50
	nginx_with ''
	offer 1 "http://127.0.0.1:$PORT/image.bin"
	seen '"sim":"stalled","device":"'${STEM}01'","bytes":57344'
	kill -TERM $SIM_PID
	wait $SIM_PID
}

@test "no leading slash, no Host: a server has to live with it" {
	image --size 110592
	sim 1 --locked no --fault no-slash
	raw "$GOOD"
	offer 1 "http://127.0.0.1:$PORT/image.bin" && seen '"sim":"flashed"'
	[ "$(head -1 "$T/requests")" = $'GET image.bin HTTP/1.1\r' ]
	[ "$(head -3 "$T/requests" | grep -ac '^Host')" -eq 0 ]
}

@test "bulb and MINIR3: an ESP8266 image is the end of them" {
	image --size 110592 --wifi yes
	sim 3 --locked no --personality minir3,bulb,bulb
	nginx_with ''
	[ "$(api 1 ota_flash '{"data":{"downloadUrl":"http://127.0.0.1:'$PORT'/image.bin","sha256sum":"'$SUM'"}}')" = '{"seq":1,"error":0}' ]
	seen '"sim":"dead","device":"'${STEM}01'","why":"a BL602'
	# nginx does not take a target without slash, and the bulb says so late.
	[ "$(offer 2 "http://127.0.0.1:$PORT/image.bin")" = '{"seq":1,"error":408}' ]
	raw "$GOOD"
	[ "$(offer 3 "http://127.0.0.1:$PORT/image.bin")" = '{"seq":1,"error":0}' ]
	seen '"sim":"dead"' 2
}

@test "what comes up: access point, nothing, or never again" {
	sim 7 --locked no --fault none,none,none,none,none,dead,ap-only
	nginx_with ''
	n=0
	for options in '' '--variant minimal' '--wifi yes --mode qio' '--wifi yes --break checksum' \
		'--wifi yes --break eboot' '--wifi yes' '--wifi yes'; do
		n=$((n + 1))
		image --size 110592 $options
		offer $n "http://127.0.0.1:$PORT/image.bin"
		seen '"sim":"flashed"' $n
	done
	seen '"device":"'${STEM}01'","program":"Tasmota","version":"14.1.0","variant":"lite","where":"access-point"'
	seen '"device":"'${STEM}02'","program":"Tasmota","version":"14.1.0","variant":"minimal","where":"nowhere"'
	seen '"device":"'${STEM}03'","why":"flash mode byte 0 is not DOUT"'
	seen '"device":"'${STEM}04'","why":"the application has a wrong checksum"'
	seen '"device":"'${STEM}05'","why":"the boot loader has a wrong checksum"'
	seen '"device":"'${STEM}06'","why":"fault"'
	seen '"device":"'${STEM}07'".*"where":"access-point"'
	run curl -s -m 2 "http://$NET.1:8087/"
	[ "$status" -eq 7 ]
}

@test "Tasmota 15.5 wants a Referer, 15.3 does not" {
	sim 2 --locked no
	nginx_with ''
	image --size 110592 --wifi yes --version 15.5.0
	offer 1 "http://127.0.0.1:$PORT/image.bin" && seen '"sim":"boots"'
	image --size 110592 --wifi yes --version 15.3.0
	offer 2 "http://127.0.0.1:$PORT/image.bin" && seen '"sim":"boots"' 2
	url="http://$NET.1:8087/cm?cmnd=Status%202"
	run curl -s -m 2 "$url"
	[ "$status" -eq 52 ]
	run curl -s -m 2 -e "http://elsewhere/" "$url"
	[ "$status" -eq 52 ]
	curl -s -m 2 -e "http://$NET.1/" "$url" | grep -q '"15.5.0(release-lite)"'
	curl -s -m 2 "http://$NET.1:8087/" | grep -q 'Tasmota 15.5.0 by Theo Arends'
	curl -s -m 2 "http://$NET.2:8087/cm?cmnd=Status%202" | grep -q '"15.3.0(release-lite)"'
	[ "$(curl -s -m 2 "http://$NET.2:8087/cm?cmnd=Fly")" = '{"Command":"Unknown","Input":"Fly"}' ]
}

@test "a hundred devices at once, and a clean end" {
	image --size 110592 --wifi yes
	sim 100 --locked no
	nginx_with ''
	for i in $(seq 100); do
		id=$(printf '%s%02x' $STEM "$i")
		echo "url=\"http://$NET.$i:8081/zeroconf/ota_flash\""
		echo "data=\"{\\\"deviceid\\\":\\\"$id\\\",\\\"data\\\":{\\\"downloadUrl\\\":\\\"http://127.0.0.1:$PORT/image.bin\\\",\\\"sha256sum\\\":\\\"$SUM\\\"}}\""
		echo next
	done | sed '$d' >"$T/calls"
	curl -s -Z -K "$T/calls" >"$T/answers"
	seen '"sim":"boots"' 100
	kill -TERM $SIM_PID
	wait $SIM_PID
}

many_in_the_air() {
	sim 256
	"$SIM" diy --count 2 --address 127.9.9.1 --id 1000ffff01 >"$T/events2" 3>&- &
	PIDS="$PIDS $!"
	for _ in 1 2 3 4 5 6; do
		heard
		n=$(grep -c '^=.*;_ewelink._tcp;local;eWeLink_[0-9a-f]*.local;127[.0-9]*;8081;' "$T/heard")
		[ "$n" -ne 258 ] || return 0
	done
	echo "$n of 258 devices were heard"
	return 1
}

@test "mDNS: 256 devices and another simulator beside avahi-daemon" { in_air many_in_the_air; }

txt_in_the_air() {
	sim 7 --personality 3.6,3.3,3.0,ewelink,minir3,zbbridge,bulb --fault none,other-case,none
	heard
	told "^=.*;eWeLink_${STEM}01;_ewelink._tcp;local;eWeLink_${STEM}01.local;$NET.1;8081;"
	told 'data1={\\"switch\\":\\"off\\",\\"startup\\":\\"off\\",\\"pulse\\":\\"off\\",\\"sledOnline\\":\\"on\\",\\"fwVersion\\":\\"3.6.0\\",\\"pulseWidth\\":500,\\"rssi\\":-61}" "seq=1" "apivers=1" "type=diy_plug" "id='${STEM}01'" "txtvers=1"'
	told "^=.*;eWelink_${STEM}02;.*"'data1={\\"switch\\":\\"off\\",\\"startup\\":\\"off\\",\\"pulse\\":\\"off\\",\\"pulseWidth\\":500,\\"rssi\\":-52}" "seq=1"'
	told "_${STEM}03;.*"'"seq=1" "iv=[A-Za-z0-9+/]\{22\}==" "encrypt=false" "apivers=1"'
	told "_${STEM}04;.*"'"data1=[A-Za-z0-9+/=]*" "seq=1" "iv=[A-Za-z0-9+/]\{22\}==" "encrypt=true" "apivers=1" "type=plug"'
	told "_${STEM}05;.*"'"data3=.*fwVersion.*" "data2=t\\":3}.*" "data1={\\"switches\\":.*outle" "seq=1"'
	told "^=.*;zbbridgeu-${STEM}06;"
	told "_${STEM}07;.*"'type=diy_light'
	is 1 switch '{"switch":"on"}' '{"seq":2,"error":0}'
	sleep 1
	heard
	told "_${STEM}01;.*"'data1={\\"switch\\":\\"on\\",.*"seq=2"'
}

@test "mDNS: what each kind of device announces, and again when it changes" { in_air txt_in_the_air; }

odd_in_the_air() {
	sim 2 --fault no-a-record,deaf-mdns:2
	heard
	# Heard, but avahi can not resolve what has no address.
	told "^+.*;eWeLink_${STEM}01;"
	! grep -q "^=.*;eWeLink_${STEM}01;" "$T/heard" || false
	for _ in 1 2 3 4; do heard; done
	told "^=.*;eWeLink_${STEM}02;.*;$NET.2;8081;"
}

@test "mDNS: a device without A record, a device that is deaf at first" { in_air odd_in_the_air; }

leaving_in_the_air() {
	image --size 110592
	sim 3 --locked no --fault none,goodbye,none
	nginx_with ''
	avahi-browse -p _ewelink._tcp >"$T/comings" 3>&- &
	PIDS="$PIDS $!"
	sleep 1
	offer 1 "http://127.0.0.1:$PORT/image.bin"
	offer 2 "http://127.0.0.1:$PORT/image.bin"
	seen '"sim":"flashed"' 2
	sleep 2.5
	grep -q "^-.*_${STEM}02;" "$T/comings"
	! grep -q "^-.*_${STEM}01;" "$T/comings" || false
}

@test "mDNS: a flashed device is silent at once, without a goodbye" { in_air leaving_in_the_air; }
