#!/usr/bin/env bats
# Simulated devices with old vendor firmware, seen by programs that know nothing of them: a
# server that does what a script says, nginx, curl, openssl. What is expected here is copied
# from no code: it is what is written down in doc/protocol/simulator-stock.md.

load helpers/processes

setup() {
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	SIM=$build/sim/airlift-sim
	SCRIPT=$build/test/scenario/helpers/tcp-script
	T=$BATS_TEST_TMPDIR
	PIDS=
	# Tests of several runs share the loopback addresses: take a corner at random.
	NET=127.$((100 + RANDOM % 100)).$((RANDOM % 256))
	CLOUD=$NET.200
	ID=1000$(printf '%04x' $((RANDOM * 2)))01
	FACTORY=5a1f0000-2222-4333-8444-00$ID
	KEY=99999999-8888-4777-8666-555555555555
	PERSONALITY=th-2.0.1
	cd "$T"
	: >err
}

teardown() {
	clean
	# Where this is built with sanitizers, they have the last word.
	if grep -E 'Sanitizer|runtime error' err; then return 1; fi
}

# Ends all that a test has started.
clean() {
	end_own $PIDS
	PIDS=
}

clean_sim() {
	kill "$SIM_PID" 2>/dev/null || true
	wait "$SIM_PID" || true
}

# sim OPTION...: one device $NET.1 with quick reflexes.
sim() {
	"$SIM" stock --address "$NET.1" --id "$ID" --personality $PERSONALITY --pace 0 --speed 2000 \
		--boot-ms 100 --ap-port 8088 --plain-port 8081 --web-port 8087 \
		--final-address "$CLOUD:8090" --flash-dir "$T" "$@" >events 2>>err 3>&- &
	SIM_PID=$!
	PIDS="$PIDS $!"
	seen '"sim":"ready"'
}

# The same, already calling the cloud.
provisioned() { sim --provisioned "$CLOUD:8443" "$@"; }

# seen PATTERN [COUNT]: waits for event lines.
seen() {
	for _ in $(seq 300); do
		[ "$(grep -c -- "$1" events)" -ge "${2:-1}" ] && return
		sleep 0.1
	done
	echo "no $1 in:"
	grep -v '"sim":"download"' events
	cat err
	return 1
}

never_seen() { ! grep -- "$1" events; }

# play PORT: runs the script on standard input on the cloud's address, in the background.
play() {
	cat >"script.$1"
	"$SCRIPT" "$CLOUD:$1" <"script.$1" >"heard.$1" 2>&1 3>&- &
	PLAYER=$!
	PIDS="$PIDS $!"
}

# The script has ended well.
played() {
	wait $PLAYER || { cat heard.*; grep -v '"sim":"download"' events; return 1; }
}

answer() { echo "send HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${#1}\r\n\r\n$1"; }

# Words of a script: one stage of the conversation each.
dispatch() {
	cat <<-END
		accept
		expect POST /dispatch/device HTTP/1.1\r\nHost: $CLOUD\r\nContent-Type: application/json\r\nContent-Length: 1
		expect \r\n\r\n{"accept":"ws;2","version":2,"ts":
		expect ,"deviceid":"$ID","apikey":"$FACTORY","model":"${MODEL:-PSA-BHA-GL}","romVersion":"${VERSION:-2.0.1}"}
	END
	answer "${1:-{\"error\":0,\"reason\":\"ok\",\"IP\":\"$CLOUD\",\"port\":8443\}}"
	echo "gone 5000"
}

open_websocket() {
	cat <<-END
		accept
		expect GET /api/ws HTTP/1.1\r\nHost: iotgo.iteadstudio.com\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ITEADTmobiM0x1DabcEsnw==\r\nSec-WebSocket-Version: 13\r\n\r\n
		send HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: q1/L5gx6qdQ7y3UWgO/TXiCqxXM=\r\n\r\n
		hear {"userAgent":"device","apikey":"$FACTORY","deviceid":"$ID","action":"register","version":2,"romVersion":"${VERSION:-2.0.1}","model":"${MODEL:-PSA-BHA-GL}","ts":
	END
}

registered() {
	cat <<-END
		frame {"error":0,"deviceid":"$ID","apikey":"$KEY","config":{"hb":1,"hbInterval":145}}
		hear {"userAgent":"device","apikey":"$KEY","deviceid":"$ID","action":"date"}
	END
}

dated() {
	cat <<-END
		frame {"error":0,"deviceid":"$ID","apikey":"$KEY","date":"2024-05-01T10:20:30.123Z"}
		hear {"userAgent":"device","apikey":"$KEY","deviceid":"$ID","action":"update","params":{"switch":"off",
		frame {"error":0,"deviceid":"$ID","apikey":"$KEY"}
		hear {"userAgent":"device","apikey":"$KEY","deviceid":"$ID","action":"query","params":["timers"
		frame {"error":0,"deviceid":"$ID","apikey":"$KEY","params":0}
	END
}

ready() { dispatch; open_websocket; registered; dated; }

# upgrade [NAME=VALUE...]: the request, with some members otherwise.
upgrade() {
	url1=http://$CLOUD:8080/user1.bin url2=http://$CLOUD:8080/user2.bin version=9.9.9 model=${MODEL:-PSA-BHA-GL}
	restart=',"autoRestart":1' extra=
	sum1=$([ ! -e www/user1.bin ] || sha256sum <www/user1.bin | cut -d' ' -f1)
	sum2=$([ ! -e www/user2.bin ] || sha256sum <www/user2.bin | cut -d' ' -f1)
	for word in "$@"; do eval "${word%%=*}=\${word#*=}"; done
	echo "frame {\"action\":\"upgrade\",\"deviceid\":\"$ID\",\"apikey\":\"$KEY\",\"userAgent\":\"app\",\"sequence\":\"1700000000000\",\"ts\":0,\"params\":{$extra\"binList\":[{\"downloadUrl\":\"$url1\",\"digest\":\"$sum1\",\"name\":\"user1.bin\"},{\"downloadUrl\":\"$url2\",\"digest\":\"$sum2\",\"name\":\"user2.bin\"}],\"model\":\"$model\",\"version\":\"$version\"$restart},\"from\":\"app\"}"
}

# acknowledged ERROR: as classic firmware does it.
acknowledged() {
	echo "hear {\"error\":$1,\"userAgent\":\"device\",\"apikey\":\"$KEY\",\"deviceid\":\"$ID\",\"sequence\":\"1700000000000\"}"
}

images() {
	mkdir -p www/ota
	"$SIM" image --format user1 --size 20484 www/user1.bin
	"$SIM" image --format user2 --size 24580 www/user2.bin
	cp www/user2.bin www/ota/image_user2-0x81000.bin
	"$SIM" image --wifi yes --size 110000 "$@" www/ota/image_arduino.bin
}

# nginx serves www: stock downloads on 8080, the final stage on 8090. CONF is added there.
web() {
	[ "$(id -u)" -ne 0 ] || user="user root;"
	cat >nginx.conf <<-CONF
		${user:-} daemon off; pid $T/nginx.pid; error_log $T/nginx.err; worker_processes 1;
		events { }
		http { access_log $T/access; client_body_temp_path $T/t1; proxy_temp_path $T/t2; fastcgi_temp_path $T/t3;
			uwsgi_temp_path $T/t4; scgi_temp_path $T/t5; root $T/www; keepalive_requests 10000;
			$2
			server { listen $CLOUD:8080; $1 } server { listen $CLOUD:8090; } }
	CONF
	nginx -c "$T/nginx.conf" -e "$T/nginx.err" -p "$T" 3>&- &
	PIDS="$PIDS $!"
	for _ in $(seq 50); do curl -s -o /dev/null "http://$CLOUD:8080/" && return; sleep 0.1; done
	cat nginx.err
	return 1
}

@test "from pairing to Tasmota: slot 1, ranges, one round of the final stage" {
	images
	web
	sim
	body=$(curl -s -m 5 "http://$NET.1:8088/device")
	[ "$body" = "{\"deviceid\":\"$ID\",\"apikey\":\"$FACTORY\",\"accept\":\"post\"}" ]
	play 8081 < <(ready; upgrade; acknowledged 0)
	[ "$(curl -s -m 5 -H 'Content-Type: application/json' -d "{\"version\":4,\"ssid\":\"Home\",\"password\":\"correct horse\",\"serverName\":\"$CLOUD\",\"port\":8443}" "http://$NET.1:8088/ap")" = '{"error":0}' ]
	seen '"sim":"ap-closed".*"why":"configured"'
	played
	seen '"sim":"boots".*"program":"Tasmota","version":"14.1.0"'
	# The image went to the slot that was not running, over one connection, in order.
	[ "$(grep -c 'GET /user2.bin?deviceid=' access)" = 7 ]
	! grep 'GET /user1.bin' access || false
	grep -q '"GET /ota/image_arduino.bin HTTP/1.0" 200 110000 "-" "ESP8266HTTPClient"' access
	! grep image_user2 access || false
	cmp -n 110000 "$ID.bin" www/ota/image_arduino.bin
	cmp -n 24580 -i $((0x81000)):0 "$ID.bin" www/user2.bin
	[ "$(wc -c <"$ID.bin")" = 1048576 ]
	curl -s -m 5 "http://$NET.1:8087/cm?cmnd=Status%202" | grep -q '14.1.0'
	never_seen '"sim":"relay"'
}

@test "slot 2: the other file, and the intermediate image goes round twice" {
	images
	web
	provisioned --slot 2
	play 8081 < <(ready; upgrade; acknowledged 0)
	played
	seen '"sim":"boots".*"program":"Tasmota"'
	[ "$(grep -c 'GET /user1.bin' access)" = 6 ]
	[ "$(grep -c '"GET /ota/image_user2-0x81000.bin HTTP/1.0" 200' access)" = 1 ]
	[ "$(grep -c '"GET /ota/image_arduino.bin HTTP/1.0" 200' access)" = 1 ]
	grep '"program":"FinalStage"' events | grep -o '"slot":[12]' | tr '\n' ' ' >rounds
	[ "$(cat rounds)" = '"slot":1 "slot":2 ' ]
	cmp -n 24580 -i $((0x81000)):0 "$ID.bin" www/ota/image_user2-0x81000.bin
	cmp -n 110000 "$ID.bin" www/ota/image_arduino.bin
}

# tls_front PROTOCOLS: nginx takes TLS on 8443 and passes it on to a script on 9443.
tls_front() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout tls.key -out tls.crt -days 30 -subj /CN=x 2>/dev/null
	web "" "log_format tls '\$ssl_protocol \$ssl_cipher'; map \$http_upgrade \$up { default upgrade; '' keep-alive; }
		server { listen $CLOUD:8443 ssl; access_log $T/tls tls;
			ssl_certificate $T/tls.crt; ssl_certificate_key $T/tls.key; ssl_protocols $1;
			ssl_ciphers AES128-SHA:AES256-SHA:@SECLEVEL=0; ssl_buffer_size 2k;
			location / { proxy_pass http://$CLOUD:9443; proxy_http_version 1.1; proxy_set_header Host \$http_host;
				proxy_set_header Upgrade \$http_upgrade; proxy_set_header Connection \$up; } }"
}

# What nginx leaves of the conversation.
behind_nginx() {
	cat <<-END
		accept
		expect POST /dispatch/device HTTP/1.1\r\n
		expect "romVersion":"
	END
	answer "{\"error\":0,\"reason\":\"ok\",\"IP\":\"$CLOUD\",\"port\":8443}"
	cat <<-END
		accept
		expect Sec-WebSocket-Key: ITEADTmobiM0x1DabcEsnw==
		expect \r\n\r\n
		send HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n
		hear "action":"register"
	END
}

tls_round() {
	images
	PERSONALITY=$1
	tls_front "$2"
	play 9443 < <(behind_nginx; registered; dated; upgrade; acknowledged 0)
	provisioned
	played
	seen '"sim":"boots".*"program":"FinalStage"'
	seen '"sim":"dispatch".*"by":"'"$3"'","result":"ok"'
	grep "^$3 AES128-SHA" tls
}

@test "TLS: 1.1 is the most that firmware of 2016 offers" {
	MODEL=ITA-GZ1-GL
	tls_round basic-1.5.5 "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3" TLSv1.1
}

@test "TLS: 1.0 is taken where it is all there is" {
	MODEL=ITA-GZ1-GL
	tls_round basic-1.5.5 TLSv1 TLSv1
}

@test "TLS: one build takes 1.1 only, some offer 1.2" {
	images
	tls_front "TLSv1.2"
	PERSONALITY=basic-1.2.0
	provisioned
	seen '"sim":"dispatch".*"result":"the handshake failed"'
	PERSONALITY=th-2.0.4
	play 9443 < <(behind_nginx; registered)
	provisioned
	played
	seen '"by":"TLSv1.2"'
}

@test "TLS: the hello of version 1.1 has no extensions and names three suites at most" {
	PERSONALITY=basic-1.5.5
	# Version 3.2, 32 random bytes, no session; two suites and the word about renegotiation;
	# no compression; and that is all: 49 bytes in the record.
	play 8443 < <(cat <<-'END'
		accept
		expect \x16\x03\x01\x00\x31\x01\x00\x00\x2d\x03\x02
		expect \x00\x00\x06\x00\x2f\x00\x35\x00\xff\x01\x00
		silence 300
	END
	)
	provisioned
	played
}

s_server() {
	openssl s_server -quiet -accept "$CLOUD:8443" -key tls.key -cert tls.crt -cipher AES128-SHA:@SECLEVEL=0 \
		-tls1_2 "$@" <&0 >s_server.out 2>s_server.err &
	PIDS="$PIDS $!"
	sleep 0.5
}

certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout tls.key -out tls.crt -days 30 -subj /CN=x "$@" 2>/dev/null
}

@test "pinned firmware goes after the certificate, without a word or with an alert" {
	certificate
	s_server < <(sleep 20) 3>&-
	PERSONALITY=pinned-1.6.0
	provisioned
	seen "the certificate is not the vendor's" 2
	for _ in $(seq 50); do grep -q 'unexpected eof' s_server.err && break; sleep 0.1; done
	grep -q 'unexpected eof' s_server.err
	! grep -q alert s_server.err || false
	[ ! -s s_server.out ]
	kill "$SIM_PID"
	PERSONALITY=pinned-2.6.1
	provisioned
	seen "the certificate is not the vendor's"
	for _ in $(seq 50); do grep -q 'alert' s_server.err && break; sleep 0.1; done
	grep -q 'alert' s_server.err
	[ ! -s s_server.out ]
}

@test "TLS: records and certificates that do not fit 4096 bytes end the connection" {
	certificate
	PERSONALITY=th-2.0.4
	s_server < <(sleep 1; head -c 5000 /dev/zero; sleep 20) 3>&-
	provisioned
	seen '"result":"a record does not fit the buffer of 4096 bytes"'
	grep -q 'POST /dispatch/device' s_server.out
	clean
	certificate -addext "subjectAltName=$(seq -f 'DNS:name-%.0f.example.org' -s , 1 200)"
	s_server -max_send_frag 2048 < <(sleep 20) 3>&-
	provisioned
	seen '"result":"the certificate does not fit the buffer of 4096 bytes"'
}

# ap BYTES: what the access point answers to these within a second; nothing is common.
ap() {
	exec 4<>"/dev/tcp/$NET.1/8088"
	printf "$1" >&4
	timeout 0.7 cat <&4 | tr -d '\r' >said || true
	exec 4>&-
}

settings() { # HEADER BODY
	ap "POST /ap HTTP/1.1\r\n$1\r\n\r\n$2"
	[ ! -s said ] || { cat said; return 1; }
}

@test "the access point answers what is spelled right, and is silent otherwise" {
	sim
	good="{\"version\":4,\"ssid\":\"Home\",\"password\":\"pw\",\"serverName\":\"$CLOUD\",\"port\":8443}"
	n=${#good}
	ap 'GET /device HTTP/1.0\r\n\r\n'; [ ! -s said ]
	ap 'GET /devices HTTP/1.1\r\n\r\n'; [ ! -s said ]
	settings "content-length: $n" "$good"
	settings "Content-Length:$n" "$good"
	settings "Content-Length:  $n" "$good"
	settings "Transfer-Encoding: chunked" "$(printf '%x' "$n")\r\n$good\r\n0\r\n\r\n"
	settings "Content-Length: $n\r\nX-Odd: {1}" "$good"
	settings "Content-Length: $((n + 1))" "$good"
	settings "Content-Length: 2000" "$(head -c 3000 /dev/zero | tr '\0' ' ')"
	odd() { settings "Content-Length: $(printf "$1" | wc -c)" "$1"; }
	odd "{\"ssid\":\"Home\",\"password\":\"pw\",\"serverName\":\"$CLOUD\",\"port\":\"8443\"}"
	odd "{\"ssid\":\"Home\",\"password\":\"pw\",\"serverName\":\"$CLOUD\"}"
	odd "{\"ok\":true,\"ssid\":\"Home\",\"password\":\"pw\",\"serverName\":\"$CLOUD\",\"port\":8443}"
	odd "{\"ok\":null,\"ssid\":\"Home\",\"password\":\"pw\",\"serverName\":\"$CLOUD\",\"port\":8443}"
	odd "{\"ok\":-1,\"ssid\":\"Home\",\"password\":\"pw\",\"serverName\":\"$CLOUD\",\"port\":8443}"
	odd "{\"ok\":{},\"ssid\":\"Home\",\"password\":\"pw\",\"serverName\":\"$CLOUD\",\"port\":8443}"
	odd "{\"ok\":[],\"ssid\":\"Home\",\"password\":\"pw\",\"serverName\":\"$CLOUD\",\"port\":8443}"
	odd "{\t\"ssid\":\"Home\",\"password\":\"pw\",\"serverName\":\"$CLOUD\",\"port\":8443}"
	odd "{\"ssid\":\"Home\",\r\n\"password\":\"pw\",\"serverName\":\"$CLOUD\",\"port\":8443}"
	odd "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}},\"ssid\":\"Home\",\"password\":\"pw\",\"serverName\":\"$CLOUD\",\"port\":8443}"
	never_seen '"what":"POST /ap"'
	ap 'GET /device HTTP/1.1\r\n\r\n'
	[ "$(head -n 5 said)" = $'HTTP/1.1 200 OK\nContent-Type: application/json\nConnection: keep-alive\nContent-Length: 89' ]
	# Blanks, line feeds, an object with content and depth nine are fine.
	odd=" { \"a\" : {\"a\":{\"a\":{\"a\":1}}} ,\n\"ssid\":\"Home\",\"password\":\"pw\",\"serverName\":\"$CLOUD\",\"port\":8443}"
	ap "POST /ap HTTP/1.1\r\nContent-Length: $(printf "$odd" | wc -c)\r\n\r\n$odd"
	[ "$(tail -n 1 said)" = '{"error":0}' ]
	seen '"sim":"ap-closed".*configured'
	! curl -s -m 2 "http://$NET.1:8088/device" || false
}

@test "the access point drops backslashes and cuts what is too long" {
	sim
	body='{"ssid":"a\\"b\\\\c\\u00e4-12345678901234567890123456789","password":"p","serverName":"10.0.0.1","port":443}'
	exec 4<>"/dev/tcp/$NET.1/8088"
	printf "POST /ap HTTP/1.1\r\nContent-Length: $(printf "$body" | wc -c)\r\n" >&4
	sleep 0.3
	printf '\r\n' >&4
	sleep 0.3
	printf "$body" >&4
	seen '"what":"POST /ap"'
	[ "$(jq -r 'select(.what == "POST /ap").ssid' events)" = 'a"b\cu00e4-12345678901234567890' ]
}

@test "devices that never answer POST /ap go all the same" {
	for how in "--personality silent-ap-1.7.0" "--fault ap-silent"; do
		sim $how
		settings "Content-Length: 66" '{"ssid":"Home","password":"pw","serverName":"10.0.0.1","port":443}'
		seen '"what":"POST /ap".*"answered":false'
		seen '"sim":"ap-closed".*configured'
		clean_sim
	done
}

@test "back at the vendor's: the device calls nobody" {
	provisioned --provisioned eu-disp.coolkit.cc:443
	seen '"sim":"vendor"'
}

# odd_dispatch EXPECTED BYTES: this answer is not taken.
odd_dispatch() {
	play 8081 < <(printf '%s\n' accept 'expect romVersion' "send $2")
	provisioned
	seen "\"result\":\"$1\""
	kill "$SIM_PID"
	played
}

@test "dispatch: literal words, numbers as numbers, or another try" {
	good="{\"error\":0,\"IP\":\"$CLOUD\",\"port\":8443}"
	n=${#good}
	odd_dispatch "no literal HTTP/1.1 200 OK" "HTTP/1.0 200 OK\r\nContent-Length: $n\r\n\r\n$good"
	odd_dispatch "no literal HTTP/1.1 200 OK" "HTTP/1.1 200 Fine\r\nContent-Length: $n\r\n\r\n$good"
	odd_dispatch "no literal Content-Length" "HTTP/1.1 200 OK\r\ncontent-length: $n\r\n\r\n$good"
	odd_dispatch "no literal Content-Length" "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n$(printf %x "$n")\r\n$good\r\n0\r\n\r\n"
	odd_dispatch "the answer is too long" "HTTP/1.1 200 OK\r\nContent-Length: 2048\r\n\r\n$good"
	odd_dispatch "error is not 0" "HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n{\"error\":\"0\",\"IP\":\"10.0.0.1\",\"port\":8443     }"
	odd_dispatch "no IP as a string" "HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{\"error\":0,\"port\":8443}"
	odd_dispatch "no port as a number" "HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n{\"error\":0,\"IP\":\"10.0.0.1\",\"port\":\"8443\"}"
}

@test "a device in trouble calls again, more and more rarely" {
	play 8081 < <(printf '%s\n' accept "gone 5000"
		for _ in 1 2; do printf '%s\n' accept "expect romVersion" close; done; ready)
	provisioned --fault dispatch-retry
	played
	seen '"result":"fault"' 1
	seen '"result":"closed without an answer"' 2
}

@test "register: the key is 36 long, new, and without params; else there is silence" {
	odd() { echo "frame $1"; echo "silence 150"; }
	play 8081 < <(dispatch; open_websocket
		odd "{\"error\":0,\"deviceid\":\"$ID\",\"apikey\":\"$FACTORY\"}"
		odd "{\"error\":0,\"deviceid\":\"$ID\",\"apikey\":\"${KEY%?}\"}"
		odd "{\"error\":0,\"deviceid\":\"$ID\",\"apikey\":\"${KEY}5\"}"
		odd "{\"error\":0,\"deviceid\":\"1000ffffff\",\"apikey\":\"$KEY\"}"
		odd "{\"error\":0,\"deviceid\":\"$ID\",\"apikey\":\"$KEY\",\"params\":0}"
		odd "{\"ok\":true,\"error\":0,\"deviceid\":\"$ID\",\"apikey\":\"$KEY\"}"
		odd "{\"error\":0,\"deviceid\":\"$ID\"}"
		registered; dated)
	provisioned
	played
}

@test "a refused register is repeated on a new connection" {
	play 8081 < <(dispatch; open_websocket; echo "frame {\"error\":404,\"deviceid\":\"$ID\",\"apikey\":\"$FACTORY\"}"; echo "gone 5000"; ready)
	provisioned
	played
	seen '"sim":"refused".*404'
}

@test "nothing happens before a date that can be read" {
	odd() { echo "frame {\"error\":0,\"deviceid\":\"$ID\",\"apikey\":\"$KEY\",$1}"; echo "silence 150"; }
	play 8081 < <(dispatch; open_websocket; registered
		odd '"date":"2024-05-01T10:20:30Z"'
		odd '"date":"2024-05-01 10:20:30.123Z"'
		odd '"date":"2024-05-01T10:20:30.123456Z"'
		odd '"date":1714558830'
		upgrade; echo "silence 150"
		dated)
	provisioned
	played
}

@test "without a date, or when it is lost, everything starts anew" {
	play 8081 < <(dispatch; open_websocket; registered; echo "gone 10000"; dispatch; open_websocket; registered
		echo "frame {\"error\":0,\"deviceid\":\"$ID\",\"apikey\":\"$KEY\",\"date\":\"2024-05-01T10:20:30.123Z\"}"
		echo "gone 10000"; ready)
	provisioned --fault no-date
	played
}

# hears_mac MEMBERS OPTION...: the end of its `update`.
hears_mac() {
	play 8081 < <(dispatch; open_websocket; registered
		echo "frame {\"error\":0,\"deviceid\":\"$ID\",\"apikey\":\"$KEY\",\"date\":\"2024-05-01T10:20:30.123Z\"}"
		echo "expect \"action\":\"update\",\"params\":{"
		echo "expect ,\"rssi\":-"
		echo "expect ,$1\"startup\":\"off\"}}")
	shift
	provisioned "$@"
	played
	clean
}

@test "its MAC is made of its id; it tells that, or none, or another" {
	tail=${ID:4:2}:${ID:6:2}:${ID:8:2}
	hears_mac "\"staMac\":\"5C:CF:7F:${tail^^}\","
	hears_mac "\"staMac\":\"5C:CF:7E:${tail^^}\"," --fault other-mac
	hears_mac "" --fault no-mac
	! grep -q staMac heard.8081 || false
}

@test "final stage: its own address there, and the MAC it had before" {
	images
	web
	provisioned --final-own-address "$NET.77"
	play 8081 < <(ready; upgrade; acknowledged 0)
	played
	seen '"sim":"boots".*"program":"Tasmota"'
	grep -q "^$NET.77 .*GET /ota/image_arduino.bin" access
	tail=${ID:4:2}:${ID:6:2}:${ID:8:2}
	curl -s -m 5 "http://$NET.1:8087/cm?cmnd=Status%205" | grep -q "\"Mac\":\"5C:CF:7F:${tail^^}\""
}

@test "websocket: frames the device does not know are thrown away with all that waits" {
	update="{\"action\":\"update\",\"deviceid\":\"$ID\",\"apikey\":\"$KEY\",\"userAgent\":\"app\",\"sequence\":\"1\",\"ts\":0,\"params\":{\"switch\":\"on\"},\"from\":\"app\"}"
	n=$(printf '\\x%02x' ${#update})
	odd() { echo "send $1"; echo "silence 150"; }
	play 8081 < <(ready
		odd "\x82\x7e\x00$n$update"
		odd "\x01\x7e\x00$n$update"
		odd "\x80\x7e\x00$n$update"
		odd "\x81\x7f\x00\x00\x00\x00\x00\x00\x00$n$update"
		odd "\x81\xfe\x00$n\x00\x00\x00\x00$update"
		odd "\x89\x02\x89\x00\x81\x7e\x00$n$update"
		odd "\x8a\x02\x8a\x00\x81\x7e\x00$n$update"
		odd "\x88\x02\x03\xe8\x81\x7e\x00$n$update"
		odd "\x89\x00"
		odd "\x8a\x00"
		odd "\x81\x7e\x08\x00$(head -c 2048 /dev/zero | tr '\0' ' ')"
		echo "frame ${update/$KEY/$FACTORY}"; echo "silence 150"
		echo "frame ${update/$ID/1000ffffff}"; echo "silence 150"
		# In two pieces, and two in one piece.
		echo "send \x81\x7e\x00"; echo "pause 100"; echo "send $n$update"
		echo "hear {\"error\":0,\"userAgent\":\"device\",\"apikey\":\"$KEY\",\"deviceid\":\"$ID\",\"sequence\":\"1\"}"
		echo 'hear "action":"update"')
	provisioned
	played
	seen '"sim":"relay"'
}

@test "websocket: pings when it is quiet, and goes when nobody answers them" {
	play 8081 < <(dispatch; open_websocket
		echo "frame {\"error\":0,\"deviceid\":\"$ID\",\"apikey\":\"$KEY\",\"hb\":1,\"hbInterval\":1}"; echo 'hear "date"'; dated
		echo ping; echo 'send \x8a\x00'; echo ping; echo 'send \x8a\x00'; echo ping; echo ping; echo "gone 5000")
	provisioned
	played
}

@test "devices with several relays, a power meter or a time zone say so" {
	PERSONALITY=4ch MODEL=PSB-B04-GL
	tls_front TLSv1.2
	play 9443 < <(behind_nginx; registered
		echo "frame {\"error\":0,\"deviceid\":\"$ID\",\"apikey\":\"$KEY\",\"date\":\"2024-05-01T10:20:30.123Z\"}"
		echo 'hear "params":{"switches":[{"switch":"off","outlet":0},{"switch":"off","outlet":1},'
		echo 'hear "action":"query","params":["timers","timeZone"]}')
	provisioned
	played
	clean_sim
	PERSONALITY=pow-2.0.2 MODEL=PSC-B01-GL VERSION=2.0.2
	play 8081 < <(dispatch; open_websocket; registered
		echo "frame {\"error\":0,\"deviceid\":\"$ID\",\"apikey\":\"$KEY\",\"date\":\"2024-05-01T10:20:30.123Z\"}"
		echo 'hear "params":{"switch":"off","power":"0.00","fwVersion":"2.0.2",')
	provisioned
	played
}

# refused ERROR WORD...: the upgrade with these members is answered so.
refused() { upgrade "${@:2}"; acknowledged "$1"; }

@test "upgrade: model, version, names and the reader's limits" {
	images
	long=$(head -c 100 /dev/zero | tr '\0' x)
	play 8081 < <(ready
		refused 406 model=ITA-GZ1-GL
		refused 410 version=2.0.1
		refused 410 version=1.9.9
		refused 410 version=10.0.0
		refused 410 version=2.0.12
		refused 400 'extra="a":true,'
		refused 400 'extra="a":{},'
		refused 400 'extra="a":-1,'
		refused 400 'extra="a":{"a":{"a":{"a":1}}},'
		refused 400 sum2=1234
		refused 400 "url2=http://$CLOUD/$long$long"
		refused 404 "url2=https://$CLOUD:8080/user2.bin"
		refused 404 "url2=http://$CLOUD:8080/a:b"
		refused 404 "url2=http://$CLOUD:8080/$long"
		refused 404 "url2=http://$CLOUD"
		refused 406 'extra="model":"x",')
	provisioned
	played
	never_seen '"sim":"download"'
}

@test "the digest is compared as text, with what is in flash" {
	images
	web
	SUM=$(sha256sum <www/user2.bin | cut -d' ' -f1)
	play 8081 < <(ready; refused 409 "sum2=${SUM^^}"; refused 409 "sum2=${SUM%?}z"; upgrade; acknowledged 0)
	provisioned
	played
	[ "$(grep '"sim":"report"' events | grep -o '"error":[0-9]*' | tr '\n' ' ')" = '"error":409 "error":409 "error":0 ' ]
}

@test "an upgrade may be asked for again on the same websocket" {
	images
	web
	play 8081 < <(ready; refused 404; refused 409; upgrade; acknowledged 0)
	provisioned --fault report-404+wrong-digest+drop:50
	played
	seen '"sim":"reconnects".*"try":1'
	seen '"program":"FinalStage"'
}

# ranges_from: port 8080 does what the script on standard input says.
ranges_from() {
	cat >script.8080
	"$SCRIPT" "$CLOUD:8080" <script.8080 >heard.8080 2>&1 3>&- &
	PIDS="$PIDS $!"
}

@test "download: 200, other spellings, wrong ranges and files that are too long fail at once" {
	images
	head -c 471056 /dev/urandom >www/long.bin
	head -c 4096 www/user2.bin >part
	odd() { printf '%s\n' accept 'expect \r\n\r\n' "send $1\r\n\r\n" 'file part' "gone 5000"; }
	ranges_from < <(
		odd "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\nContent-Range: bytes 0-4095/24580"
		odd "HTTP/1.0 206 Partial Content\r\nContent-Length: 4096\r\nContent-Range: bytes 0-4095/24580"
		odd "HTTP/1.1 206 Partial Content\r\ncontent-length: 4096\r\nContent-Range: bytes 0-4095/24580"
		odd "HTTP/1.1 206 Partial Content\r\nContent-Length: 4096\r\nContent-Range: bytes 0-4095"
		odd "HTTP/1.1 206 Partial Content\r\nContent-Length: 8192\r\nContent-Range: bytes 0-4095/24580"
		odd "HTTP/1.1 206 Partial Content\r\nContent-Length: 4096\r\nContent-Range: bytes 0-4095/471056"
		odd "HTTP/1.1 206 Partial Content\r\nContent-Length: 4096\r\nX-Long: $(head -c 1000 /dev/zero | tr '\0' x)\r\nContent-Range: bytes 0-4095/24580")
	play 8081 < <(ready; for _ in 1 2 3 4 5 6 7; do refused 404; done)
	provisioned
	played
	[ "$(grep -ac 'Range: bytes=0-4095' heard.8080)" = 7 ]
	grep -aq 'Host: dl.itead.cn' heard.8080
	grep -aq 'User-Agent: itead-device' heard.8080
}

@test "download: three lost connections are made up for, the fourth is not" {
	images
	web "keepalive_requests 2;"
	play 8081 < <(ready; upgrade; acknowledged 0)
	provisioned
	played
	[ "$(grep -c '"sim":"reconnects"' events)" = 3 ]
	clean
	web "keepalive_requests 1;"
	play 8081 < <(ready; refused 404)
	provisioned
	played
	[ "$(grep -c '"sim":"reconnects"' events)" = 3 ]
}

@test "whole-file firmware fails at full speed and takes small pieces" {
	images
	SUM=$(sha256sum <www/user2.bin | cut -d' ' -f1)
	n=$(wc -c <www/user2.bin)
	PERSONALITY=pow-2.0.2
	MODEL=PSC-B01-GL VERSION=2.0.2
	printf '%s\n' accept 'expect User-Agent: itead-device\r\n\r\n' "send HTTP/1.1 200 OK\r\nContent-Length: $n\r\n\r\n" \
		'file www/user2.bin' accept 'expect \r\n\r\n' "send HTTP/1.1 200 OK\r\nContent-Length: $n\r\n\r\n" \
		"pause 900" "paced www/user2.bin 1400 300" >pieces
	ranges_from <pieces
	play 8081 < <(ready; refused 404; upgrade; acknowledged 0)
	provisioned
	played
	! grep -aq 'Range' heard.8080 || false
	seen '"program":"FinalStage"'
}

@test "late firmware says 0 first and tells the outcome as a state" {
	images
	PERSONALITY=late MODEL=PSA-B01-GL VERSION=2.3.0
	tls_late() {
		behind_nginx; registered; dated; refused 400 restart=
		upgrade; acknowledged 0; echo "hear {\"action\":\"update\",\"userAgent\":\"device\",\"apikey\":\"$KEY\",\"deviceid\":\"$ID\",\"params\":{\"upgradeState\":409},\"d_seq\":\""
		upgrade 'restart=,"autoRestart":0'; acknowledged 0; echo 'hear "params":{"upgradeState":0}'
		echo "silence 500"
		echo "frame {\"action\":\"restart\",\"deviceid\":\"$ID\",\"apikey\":\"$KEY\",\"userAgent\":\"app\",\"sequence\":\"5\",\"params\":0}"
		echo 'hear "sequence":"5"'
	}
	tls_front TLSv1.2
	play 9443 < <(tls_late)
	provisioned --fault wrong-digest
	played
	seen '"program":"FinalStage"'
}

# final SCRIPT: what follows on port 8090; the device is there as soon as possible.
intermediate() {
	images
	web
	mkdir -p stock
	play 8081 < <(ready; upgrade; acknowledged 0)
	provisioned "$@"
	played
}

# The same, but 8090 does what the script on standard input says.
intermediate_with() {
	script=$(cat)
	images
	web
	kill "${PIDS##* }"; wait "${PIDS##* }" || true
	sed -i "s/server { listen $CLOUD:8090; }//" nginx.conf
	nginx -c "$T/nginx.conf" -e "$T/nginx.err" -p "$T" 3>&- &
	PIDS="$PIDS $!"
	"$SCRIPT" "$CLOUD:8090" < <(echo "$script") >heard.8090 2>&1 3>&- &
	FINAL=$!
	PIDS="$PIDS $!"
	for _ in $(seq 50); do curl -s -o /dev/null "http://$CLOUD:8080/" && break; sleep 0.1; done
	play 8081 < <(ready; upgrade; acknowledged 0)
	provisioned "$@"
	played
}

finished() { wait $FINAL || { cat heard.8090; grep -v download events; return 1; }; }

@test "final stage: one idle connection, HTTP/1.0 on a second one" {
	intermediate_with <<-END
		accept
		silence 500
		accept
		expect GET /ota/image_arduino.bin HTTP/1.0\r\nHost: $CLOUD:8090\r\nUser-Agent: ESP8266HTTPClient\r\nConnection: close\r\n\r\n
		send HTTP/1.1 200 OK\r\ncontent-length: 110000\r\n\r\n
		file www/ota/image_arduino.bin
		gone 10000
		use 1
		silence 500
	END
	finished
	seen '"program":"Tasmota"'
}

@test "final stage: three tries, then it restarts; only a plain 200 of a sane length will do" {
	odd() { printf '%s\n' accept 'expect \r\n\r\n' "send $1\r\n\r\n\xe9\x01" "gone 10000"; }
	intermediate_with < <(
		echo accept
		odd "HTTP/1.1 206 Partial Content\r\nContent-Length: 110000"
		odd "HTTP/1.1 302 Found\r\nContent-Length: 110000"
		odd "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 110000"
		echo accept
		odd "HTTP/1.1 200 OK\r\nContent-Length: 524304"
		odd "HTTP/1.1 200 OK\r\nContent-Length: 4080"
		odd "HTTP/1.1 200 OK"
		echo accept
		printf '%s\n' accept 'expect \r\n\r\n' 'send HTTP/1.1 200 OK\r\nContent-Length: 110000\r\n\r\n\x1f\x8b' "gone 10000"
		printf '%s\n' accept 'expect \r\n\r\n' 'send HTTP/1.1 200 OK\r\nContent-Length: 110000\r\n\r\n' 'file www/ota/image_arduino.bin')
	finished
	seen '"program":"FinalStage"' 3
	seen '"program":"Tasmota"'
}

@test "final stage: a broken link is waited for until somebody pulls the plug; then it goes on" {
	intermediate_with --fault replug:2 <<-END
		accept
		accept
		expect \r\n\r\n
		send HTTP/1.1 200 OK\r\nContent-Length: 110000\r\n\r\n
		cut www/ota/image_arduino.bin 50000
		close
		accept
		accept
		expect \r\n\r\n
		send HTTP/1.1 200 OK\r\nContent-Length: 110000\r\n\r\n
		file www/ota/image_arduino.bin
	END
	finished
	seen '"sim":"stuck"'
	seen '"sim":"replugged"'
	seen '"program":"Tasmota"'
	cmp -n 110000 "$ID.bin" www/ota/image_arduino.bin
}

@test "final stage: a power cut in the middle can be made good, one at the erasing can not" {
	intermediate --fault cut:40
	seen '"sim":"power-cut"'
	seen '"program":"Tasmota"'
	cmp -n 110000 "$ID.bin" www/ota/image_arduino.bin
	clean
	intermediate --fault cut:0
	seen '"sim":"dead".*the byte at 0x1000'
}

@test "final stage: a restart, an access point nobody sees, and a device that stays dark" {
	intermediate --fault final-restart
	seen "\"program\":\"FinalStage\"" 2
	seen '"program":"Tasmota","version":"14.1.0","variant":"lite","where":"lan"'
	clean
	intermediate --fault ap-only
	seen '"where":"access-point"'
	clean
	intermediate --fault no-tasmota
	seen '"sim":"dead"'
}

@test "an image for the other slot, or a damaged one, never starts" {
	images
	web
	cp www/user1.bin www/user2.bin
	play 8081 < <(ready; upgrade; acknowledged 0)
	provisioned
	played
	seen '"sim":"dead".*the image in slot 2 was linked for the other slot'
	clean_sim
	"$SIM" image --format user2 --size 24580 --break checksum www/user2.bin
	play 8081 < <(ready; upgrade; acknowledged 0)
	provisioned
	played
	seen '"sim":"dead".*the image in slot 2 has a wrong checksum'
}

@test "the relay, a lost websocket, the wrong Wi-Fi, a stalled download" {
	images
	web
	play 8081 < <(ready; upgrade; echo "gone 5000"; ready; upgrade)
	provisioned --fault ws-drop+stall:50
	played
	seen '"sim":"stalled"'
	clean_sim
	provisioned --wifi-ok no
	seen '"sim":"wifi-fails"'
	clean_sim
	provisioned --fault wifi-fails
	seen '"sim":"wifi-fails"'
}

@test "user images: layout, checksum and CRC as in the files of old flashers" {
	"$SIM" image --format user1 u1.bin
	[ "$(wc -c <u1.bin)" = 239220 ]
	[ "$(head -c 2 u1.bin | od -An -tx1 | tr -d ' ')" = ea04 ]
	len=$(od -An -tu4 -j 12 -N 4 u1.bin | tr -d ' ')
	[ $((len % 16)) = 0 ]
	[ "$(od -An -tx1 -j $((16 + len)) -N 1 u1.bin | tr -d ' ')" = e9 ]
	crc=$(head -c -4 u1.bin | gzip -c | tail -c 8 | od -An -tu4 -N 4 | tr -d ' ')
	[ "$crc" -ge $((1 << 31)) ] && crc=$((0xFFFFFFFF - crc)) || crc=$((crc + 1))
	[ "$(tail -c 4 u1.bin | od -An -tu4 | tr -d ' ')" = "$crc" ]
	run "$SIM" image --format user1 --size 239232 u.bin
	[ "$status" = 64 ]
	run "$SIM" image --format user3 u.bin
	[ "$status" = 64 ]
}

@test "many devices of all kinds, and a quick end" {
	all=$("$SIM" stock --help | sed -n 's/^personalities: //p' | tr ' ' ,)
	[ "$(tr ',' '\n' <<<"$all" | wc -l)" -ge 11 ]
	PERSONALITY=$all
	sim --count 24 --slot 1,2
	seen '"sim":"ready"' 24
	for n in 1 7 24; do
		curl -s -m 5 "http://$NET.$n:8088/device" | jq -e '.deviceid and .apikey and .accept == "post"'
	done
	kill "$SIM_PID"
	timeout 5 tail --pid="$SIM_PID" -f /dev/null
	for bad in "--personality basic-9" "--fault nothing" "--fault cut" "--slot 3" "--provisioned 1.2.3.4" "--speed 0" x; do
		run "$SIM" stock $bad
		[ "$status" = 64 ]
	done
}
