#!/bin/sh
# Taking over fifty old devices against one, at a real device's pace: 80 ms per 4 KiB, all
# delays of its own unscaled. The devices have been told where to call; half of them run
# from slot 2 and go through the final stage twice. The device's own time is from its first
# call until its new firmware is up, as the simulator tells it.
set -eu
airlift=$1/src/airlift
sim=$1/sim/airlift-sim
devices=${BENCH_TAKEOVER_DEVICES:-50}
rounds=${BENCH_TAKEOVER_ROUNDS:-2}

. bench/many-against-one

mkdir "$place/images"
"$sim" image --format user1 "$place/images/image_user1-0x01000.bin"
"$sim" image --format user2 "$place/images/image_user2-0x81000.bin"
"$sim" image --wifi yes "$place/images/image_arduino.bin"

# take COUNT: prints "MILLISECONDS OF THE RUN, KiB OF MEMORY, MILLISECONDS OF THE SLOWEST DEVICE".
take() {
	python3 - "$1" "$airlift" "$sim" "$place" <<'PY'
import json, os, subprocess, sys, time
count, airlift, sim, place = int(sys.argv[1]), *sys.argv[2:]
ids = [f"{0x1000b00001 + n:010x}" for n in range(count)]
events = open(place + "/events", "w")
began = time.monotonic()
process = subprocess.Popen([airlift, "--quiet", "--state", place + "/state", "takeover",
    "--provisioned", "--images", place + "/images", "--address", "127.86.1.200",
    "--cloud-port", "18443", "--plain-port", "18081", "--final-address", "127.86.1.200:18080",
    "--web-port", "18088", *ids], stdout=open(place + "/out", "w"))
simulator = subprocess.Popen([sim, "stock", "--count", str(count), "--address", "127.86.2.1",
    "--id", ids[0], "--slot", "2,1", "--provisioned", "127.86.1.200:18443",
    "--final-address", "127.86.1.200:18080", "--web-port", "18088"], stdout=events)
try:
    _, status, usage = os.wait4(process.pid, 0)
    took = (time.monotonic() - began) * 1000
finally:
    simulator.terminate()
    simulator.wait()
if status != 0:
    sys.exit(f"airlift failed ({status}): " + open(place + "/out").read()[-800:])
first, up = {}, {}
for line in open(place + "/events"):
    event = json.loads(line)
    if event["sim"] == "ready":
        first[event["device"]] = event["ms"]
    elif event["sim"] == "boots" and event["program"] == "Tasmota":
        up[event["device"]] = event["ms"]
slowest = max(up[device] - first[device] for device in up)
print(round(took), usage.ru_maxrss, round(slowest))
PY
}

compare take "$devices" "$rounds"
row "$devices takeovers / one takeover, time" "$ratio" "" 1.10 "$seconds"
row "memory while taking over $devices devices" "$memory" " MiB" 64 "peak resident"
row "one takeover, beyond the device's own time" "$over" " s" 2 "start, waits, proof"
