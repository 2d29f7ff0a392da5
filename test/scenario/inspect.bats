# What `airlift inspect` says of files: made by the simulator's maker, by gzip and dd, and
# of things that are no firmware. The expectations are those of doc/protocol/images.md.

setup() {
	cd "$BATS_TEST_TMPDIR"
	build=$(realpath "${AIRLIFT_BUILD:-$BATS_TEST_DIRNAME/../../build}")
	PATH="$build/src:$build/sim:$PATH"
	export XDG_CACHE_HOME=$PWD/cache
}

# image OPTION...: makes image.bin.
image() {
	airlift-sim image --program Tasmota --version 14.1.0 --variant lite --size 487824 "$@" \
		image.bin >made.json
}

# verdict METHOD FILE: "accepted" or the code of the refusal.
verdict() {
	airlift --json inspect "$2" |
		jq -r --arg m "$1" '.methods[$m] | if .accepted then "accepted" else .code end'
}

@test "a good image is described and taken by every method" {
	image
	run airlift inspect image.bin
	[ "$status" -eq 0 ]
	[[ $output == *"Arduino image"*esp8266* ]]
	[[ $output == *"487824 bytes"* ]]
	[[ $output == *"Tasmota, lite, version 14.1.0 (a guess"* ]]
	[[ $output == *"mode DOUT, made for 1 MiB at 40 MHz"* ]]
	[[ $output == *0x4010f000*"boot loader, IRAM"* ]]
	[[ $output == *0x40201010*0x1010*"application, flash"* ]]
	[[ $output == *"checksum  application: 0x"*good* ]]
	[[ $output == *"$(sha256sum image.bin | cut -d' ' -f1)"* ]]
	[[ $output == *"diy"*"accepted, 32368 of 520192 bytes left"* ]]
	for method in diy takeover tasmota; do
		airlift inspect --for $method image.bin
	done
}

@test "JSON says the same, and is valid" {
	image
	airlift --json inspect image.bin >out
	[ "$(wc -l <out)" -eq 1 ]
	jq -e '.event == "verdict" and .image.bytes == 487824 and .image.program == "Tasmota"
		and .image.variant == "lite" and .image.version == "14.1.0"
		and .image.version_is_a_guess and (.image.parts | length) == 2
		and .image.parts[1].checksum_good and .image.flaws == []
		and .methods.diy.accepted and .methods.diy.bytes_left == 32368' out
	jq -e --arg sum "$(sha256sum image.bin | cut -d' ' -f1)" '.image.sha256 == $sum' out
}

@test "the limit of DIY mode is exact, and 508000 bytes draw a warning" {
	image --size 507984
	[ "$(airlift --json inspect image.bin | jq .methods.diy.warning)" = null ]
	image --size 508000
	airlift --json inspect image.bin | jq -e '.methods.diy.warning | test("508000")'
	image --size 520192
	airlift inspect --for diy image.bin
	image --size 520208
	run airlift inspect --for diy image.bin
	[ "$status" -eq 11 ]
	[[ $output == *E-IMAGE-TOO-LARGE*520208* ]]
	[ "$(verdict takeover image.bin)" = accepted ]
}

@test "gzip is for tasmota only" {
	image
	gzip -9 image.bin
	[ "$(verdict diy image.bin.gz)" = E-IMAGE-GZIP ]
	[ "$(verdict takeover image.bin.gz)" = E-IMAGE-GZIP ]
	[ "$(verdict tasmota image.bin.gz)" = accepted ]
	airlift --json inspect image.bin.gz | jq -e '.image.unpacked.bytes == 487824'
}

@test "minimal is recognised by its content, whatever its name" {
	image --variant minimal --size 387472
	mv image.bin tasmota-lite.bin
	run airlift inspect --for diy tasmota-lite.bin
	[ "$status" -eq 11 ]
	[[ $output == *E-IMAGE-MINIMAL* ]]
	[ "$(verdict tasmota tasmota-lite.bin)" = accepted ]
}

@test "a wrong flash mode names its cure, and the cure leaves the file alone" {
	image --mode qio
	cp image.bin before.bin
	run airlift inspect --for diy image.bin
	[ "$status" -eq 11 ]
	[[ $output == *E-IMAGE-FLASH-MODE*--fix-flash-mode* ]]
	airlift inspect --for diy --fix-flash-mode image.bin
	cmp image.bin before.bin
}

@test "damage is found: cut short, a wrong bit, something behind" {
	image
	head -c 300000 image.bin >cut.bin
	cp image.bin bit.bin
	printf '\x5a' | dd of=bit.bin bs=1 seek=123456 conv=notrunc status=none
	printf '\x5b' | dd of=bit.bin bs=1 seek=123457 conv=notrunc status=none
	{ cat image.bin; printf '\n'; } >tail.bin
	head -c 4096 image.bin >boot.bin
	[ "$(verdict diy cut.bin)" = E-IMAGE-TRUNCATED ]
	[ "$(verdict diy bit.bin)" = E-IMAGE-CHECKSUM ]
	[ "$(verdict diy tail.bin)" = E-IMAGE-TRAILING ]
	[ "$(verdict diy boot.bin)" = E-IMAGE-NO-APPLICATION ]
}

@test "rubbish is named" {
	echo '<!DOCTYPE html><html>' >page.bin
	head -c 100000 /dev/zero >zero.bin
	head -c 3 /dev/zero >short.bin
	[ "$(verdict diy page.bin)" = E-IMAGE-HTML ]
	[ "$(verdict diy "$build/src/airlift")" = E-IMAGE-ELF ]
	[ "$(verdict diy zero.bin)" = E-IMAGE-BLANK ]
	[ "$(verdict diy "$BATS_TEST_FILENAME")" = E-IMAGE-TEXT ]
	run airlift inspect page.bin
	[ "$status" -eq 0 ]
	[[ $output == *"a web page"* ]]
}

@test "a foreign program needs its own override" {
	image --program Blink
	mv image.bin foreign.bin
	run airlift inspect --for diy foreign.bin
	[ "$status" -eq 11 ]
	[[ $output == *E-IMAGE-FOREIGN*--allow-foreign* ]]
	airlift inspect --for diy --allow-foreign foreign.bin
}

@test "several files: each is shown, one refusal is enough for status 11" {
	image
	cp image.bin good.bin
	head -c 300000 image.bin >bad.bin
	run airlift inspect --for diy bad.bin good.bin
	[ "$status" -eq 11 ]
	[[ $output == *bad.bin*good.bin* ]]
	airlift --json inspect good.bin good.bin >out
	[ "$(wc -l <out)" -eq 2 ]
}

@test "what can not be read is said" {
	run airlift inspect ./nothing.bin
	[ "$status" -eq 1 ]
	[[ $output == *E-FILE* ]]
	run airlift inspect .
	[ "$status" -eq 1 ]
	: >empty.bin
	run airlift inspect empty.bin
	[ "$status" -eq 1 ]
	[[ $output == *empty* ]]
	image
	run airlift inspect --for rumour image.bin
	[ "$status" -eq 64 ]
	run airlift inspect
	[ "$status" -eq 64 ]
	run airlift inspect no-such-name
	[ "$status" -eq 64 ]
	[[ $output == *E-FIRMWARE-NAME*tasmota-lite* ]]
}
