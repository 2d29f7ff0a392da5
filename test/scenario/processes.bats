#!/usr/bin/env bats
# How tests end what they have started: nobody else's process, whatever its number.

load helpers/processes

@test "a test ends its own processes only" {
	cd "$BATS_TEST_TMPDIR"
	sleep 100 3>&- &
	child=$!
	(sleep 100 >ignored 2>&1 3>&- & echo $! >nested)
	nested=$(cat nested)
	is_own $child
	is_own $nested
	! is_own $PPID || false
	! is_own 1 || false
	end_own $child $nested 4194305
	! is_own $child || false
	for _ in $(seq 100); do is_own $nested || break; sleep 0.05; done
	! is_own $nested || false
}
