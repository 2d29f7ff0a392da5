/* What a broker is told to be, and that nothing of it changes while another one has the
 * lock. Mosquitto itself is met in test/scenario/broker.bats. */
/* SPDX-License-Identifier: MIT */
#include "host/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "test/unit/unit.h"

static char directory[64];
static int lock_errno; /* how every lock fails; 0: it does what it should */

/* In place of the C library's: no file system here refuses locks. */
int
flock(int fd, int operation)
{
	if (lock_errno == 0)
		return (int)syscall(SYS_flock, fd, operation);
	errno = lock_errno;
	return -1;
}

static int
make_directory(void **state)
{
	(void)state;
	lock_errno = 0;
	strcpy(directory, "/tmp/airlift-broker-XXXXXX");
	return mkdtemp(directory) == NULL;
}

static int
remove_directory(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf '%s'", directory);
	return system(command);
}

/* Starts one that must not come up; the name of the error. */
static const char *
refusal(const struct cancel *cancel)
{
	struct broker_place place = { 0 };
	struct err err = { 0 };
	pid_t pid = 0;

	broker_place_set(&place, directory, BROKER_USER, 4, "127.0.0.1");
	assert_false(broker_start(&place, false, &pid, cancel, &err));
	broker_place_clear(&place);
	assert_int_equal(pid, 0);
	return err.code->name;
}

static bool
was_configured(void)
{
	OWN_STR path = xasprintf("%s/broker/mosquitto.conf", directory);

	return access(path, F_OK) == 0;
}

static void
another_ones_lock_leaves_the_configuration_alone(void **state)
{
	OWN_STR folder = xasprintf("%s/broker", directory);
	OWN_STR path = xasprintf("%s/running", folder);
	FILE *other;

	(void)state;
	assert_int_equal(mkdir(folder, 0700), 0);
	other = fopen(path, "w");
	assert_non_null(other);
	assert_int_equal(flock(fileno(other), LOCK_EX), 0);
	assert_string_equal(refusal(NULL), "E-BROKER-BUSY");
	assert_false(was_configured());
	fclose(other);
}

static void
a_lock_that_can_not_be_had_is_no_other_broker(void **state)
{
	struct broker_alive alive;
	OWN_STR path = xasprintf("%s/broker/running", directory);
	FILE *left;

	(void)state;
	lock_errno = ENOLCK;
	assert_string_equal(refusal(NULL), "E-BROKER-LOCK");
	assert_false(was_configured());
	left = fopen(path, "w");
	assert_non_null(left);
	fputs("4711 1883 -\n", left);
	fclose(left);
	assert_false(broker_runs_here(directory, &alive));
	lock_errno = EWOULDBLOCK;
	assert_true(broker_runs_here(directory, &alive));
	assert_int_equal(alive.pid, 4711);
	assert_int_equal(alive.port, 1883);
	assert_string_equal(alive.listen_on, "");
}

static volatile sig_atomic_t terms;

/* As a process does that is not Mosquitto yet, and then is. */
static void
swallow_the_first(int number)
{
	(void)number;
	if (++terms > 1)
		_exit(0);
}

/* Holds the lock like a broker; `ready` is written to when it does. */
static void
be_a_broker(const char *path, int ready)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	signal(SIGTERM, swallow_the_first);
	flock(fd, LOCK_EX);
	dprintf(fd, "%ld 1883 -\n", (long)getpid());
	if (write(ready, "", 1) == 1)
		for (unsigned i = 0; i < 100; i++)
			clock_pause(100, NULL);
	_exit(1);
}

static void
another_one_is_stopped_also_while_it_is_becoming_mosquitto(void **state)
{
	OWN_STR folder = xasprintf("%s/broker", directory);
	OWN_STR path = xasprintf("%s/running", folder);
	struct broker_alive alive;
	struct err err = { 0 };
	int ready[2], status;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0)
		be_a_broker(path, ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_true(broker_runs_here(directory, &alive));
	assert_int_equal(alive.pid, pid);
	assert_true(broker_stop_other(directory, &alive, NULL, &err));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(ready[0]);
	close(ready[1]);
}

static void
an_interrupt_is_told_as_one(void **state)
{
	struct cancel cancel = { 0 };

	(void)state;
	cancel_ask(&cancel);
	lock_errno = EWOULDBLOCK;
	assert_string_equal(refusal(&cancel), "E-CANCELLED");
	assert_false(was_configured());
	lock_errno = 0;
	assert_string_equal(refusal(&cancel), "E-CANCELLED");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			another_ones_lock_leaves_the_configuration_alone, make_directory,
			remove_directory),
		cmocka_unit_test_setup_teardown(
			a_lock_that_can_not_be_had_is_no_other_broker, make_directory,
			remove_directory),
		cmocka_unit_test_setup_teardown(
			another_one_is_stopped_also_while_it_is_becoming_mosquitto,
			make_directory, remove_directory),
		cmocka_unit_test_setup_teardown(
			an_interrupt_is_told_as_one, make_directory, remove_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
