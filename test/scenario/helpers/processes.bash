# What all tests that start processes share: load helpers/processes.

# end_own PID...: ends those that are still this test's, and waits. Numbers of processes are
# soon used again: one that has ended may be that of anybody by now, another test's too.
end_own() {
	local pid
	for pid; do
		! is_own "$pid" || kill "$pid" 2>/dev/null || true
	done
	for pid; do wait "$pid" 2>/dev/null || true; done
}

# A child of this shell, or one that was started in the test's directory.
is_own() {
	[ "$(awk '/^PPid:/ { print $2 }' "/proc/$1/status" 2>/dev/null)" = "$BASHPID" ] ||
		[ "$(readlink "/proc/$1/cwd" 2>/dev/null)" = "$(realpath "${BATS_TEST_TMPDIR:-.}")" ]
}
