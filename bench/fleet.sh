#!/bin/sh
# Flashing many devices against flashing one, at a real device's pace: 90 ms per 4 KiB.
# The device's own time is from the moment it hears the offer until its new firmware is up,
# as the simulator tells it.
set -eu
airlift=$1/src/airlift
sim=$1/sim/airlift-sim
devices=${BENCH_DEVICES:-256}
rounds=${BENCH_FLEET_ROUNDS:-3}

. bench/many-against-one

"$sim" image --program Tasmota --version 14.1.0 --variant lite --size 480000 --wifi yes \
	"$place/image.bin"

# flash COUNT: prints "MILLISECONDS OF THE RUN, KiB OF MEMORY, MILLISECONDS OF THE SLOWEST DEVICE".
flash() {
	"$sim" diy --count "$1" --address 127.84.0.1 --locked no --no-mdns --pace 90 \
		--web-port 8088 >"$place/events" &
	simulator=$!
	tries=0
	until [ "$(grep -c '"sim":"ready"' "$place/events")" -eq "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || { echo "the simulator does not start" >&2; exit 1; }
		sleep 0.1
	done
	python3 - "$1" "$airlift" "$place" <<'PY'
import json, os, subprocess, sys, time
count, airlift, place = int(sys.argv[1]), sys.argv[2], sys.argv[3]
addresses = [f"127.84.{n // 256}.{n % 256}" for n in range(1, count + 1)]
began = time.monotonic()
process = subprocess.Popen([airlift, "--quiet", "--state", place + "/state", "flash",
    "--firmware", place + "/image.bin", "--web-port", "8088", "--jobs", str(count), *addresses],
    stdout=open(place + "/out", "w"))
_, status, usage = os.wait4(process.pid, 0)
took = (time.monotonic() - began) * 1000
if status != 0:
    sys.exit(f"airlift failed ({status}): " + open(place + "/out").read()[-500:])
offered, up = {}, {}
for line in open(place + "/events"):
    event = json.loads(line)
    if event["sim"] == "heard" and event["what"] == "POST /zeroconf/ota_flash":
        offered[event["device"]] = event["ms"]
    elif event["sim"] == "boots":
        up[event["device"]] = event["ms"]
slowest = max(up[device] - offered[device] for device in up)
print(round(took), usage.ru_maxrss, round(slowest))
PY
	kill "$simulator"
	wait "$simulator" || true
	simulator=
}

compare flash "$devices" "$rounds"
row "$devices devices / one device, time" "$ratio" "" 1.10 "$seconds"
row "memory while flashing $devices devices" "$memory" " MiB" 64 "peak resident"
row "one device, beyond its own time" "$over" " s" 1 \
	"questions, gaps of 250 ms between them, proof"
