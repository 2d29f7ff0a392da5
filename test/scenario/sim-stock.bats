#!/usr/bin/env bats
# Simulated devices with old vendor firmware, seen by programs that know nothing of them: a
# server that does what a script says, nginx, curl, openssl. What is expected here is copied
# from no code: it is what is written down in doc/protocol/simulator-stock.md.

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
}

teardown() {
	for pid in $PIDS; do kill "$pid" 2>/dev/null || true; done
	for pid in $PIDS; do wait "$pid" 2>/dev/null || true; done
}

# sim OPTION...: one device $NET.1 with quick reflexes.
sim() {
	"$SIM" stock --address "$NET.1" --id "$ID" --personality $PERSONALITY --pace 0 --speed 2000 \
		--boot-ms 100 --ap-port 8088 --plain-port 8081 --web-port 8087 \
		--final-address "$CLOUD:8090" --flash-dir "$T" "$@" >events 2>err 3>&- &
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
	! grep 'GET /user1.bin' access
	grep -q '"GET /ota/image_arduino.bin HTTP/1.0" 200 110000 "-" "ESP8266HTTPClient"' access
	! grep image_user2 access
	cmp -n 110000 "$ID.bin" www/ota/image_arduino.bin
	cmp -n 24580 -i $((0x81000)):0 "$ID.bin" www/user2.bin
	[ "$(wc -c <"$ID.bin")" = 1048576 ]
	curl -s -m 5 "http://$NET.1:8087/cm?cmnd=Status%202" | grep -q '14.1.0'
	never_seen '"sim":"relay"'
}
