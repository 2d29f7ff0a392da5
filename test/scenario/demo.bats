# The demo is a test too: it expects an exit status of each command and looks the outcomes
# up in the journal, so it fails when one of its stories ends differently.

@test "the demo frees what can be freed and says why not for the rest" {
	unshare --user --map-root-user --net true 2>/dev/null || skip "no user namespaces"
	cd "$BATS_TEST_DIRNAME/../.."
	AIRLIFT_DEMO_BUILD=${AIRLIFT_BUILD:-$PWD/build} run ./demo --fast
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"3 of 5 devices are free. 1 flashed, but not seen again."* ]]
	[[ $output == *"online as lamp"*"online as heater"* ]]
	[[ $output == *"1000a00004  lost its connection at 40 %"* ]]
}
