/* A Mosquitto on this computer with a configuration made by this program. */
/* SPDX-License-Identifier: MIT */
#include "host/broker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/socket.h"

static const struct err_code e_missing = { "E-BROKER-MISSING", ERR_SYSTEM,
	"Install it: apt-get install mosquitto" };
static const struct err_code e_failed = { "E-BROKER-FAILED", ERR_SYSTEM,
	"Read the log named above; another port can be chosen with --port." };
static const struct err_code e_busy = { "E-BROKER-BUSY", ERR_TRY_AGAIN,
	"Wait a moment and run the same command again." };
static const struct err_code e_lock = { "E-BROKER-LOCK", ERR_SYSTEM,
	"Name a state directory on a disk of this computer with --state: some network file "
	"systems lock no files." };
static const struct err_code e_stays = { "E-BROKER-STAYS", ERR_SYSTEM,
	"End the process named above yourself." };

enum {
	PASSWORD_CHARACTERS = 20,
	START_MS = 5000,
	POLL_MS = 30,
	LOOK_MS = 1000, /* whether somebody listens on an address of our own */
	STOP_MS = 10000,
	LOCK_MS = 1000, /* somebody only looks whether it runs */
	LOG_MOST = 64 * 1024,
	PASSWORD_MOST = 256
};

void
broker_place_clear(struct broker_place *place)
{
	free(place->directory);
	free(place->password_path);
	free(place->user);
	free(place->listen_on);
	*place = (struct broker_place){ 0 };
}

void
broker_place_set(struct broker_place *place, const char *state_directory,
	const char *user, uint16_t port, const char *listen_on)
{
	place->directory = xasprintf("%s/broker", state_directory);
	place->password_path = xasprintf("%s/password", place->directory);
	place->user = xstrdup(user);
	place->listen_on = listen_on != NULL ? xstrdup(listen_on) : NULL;
	place->port = port;
}

bool
broker_is_running(uint16_t port, const char *listen_on)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (listen_on != NULL)
		inet_pton(AF_INET, listen_on, &to.sin_addr);
	return socket_takes_connections(&to, deadline_in(LOOK_MS), NULL);
}

/* The file whose lock the broker holds, with the line "PID PORT ADDRESS". */
static bool
read_alive(int fd, struct broker_alive *out)
{
	char line[64] = "";
	long pid = 0;
	unsigned port = 0;

	*out = (struct broker_alive){ 0 };
	if (pread(fd, line, sizeof line - 1, 0) <= 0 ||
		sscanf(line, "%ld %u %15s", &pid, &port, out->listen_on) != 3 ||
		pid <= 1 || port == 0 || port > UINT16_MAX)
		return false;
	if (strcmp(out->listen_on, "-") == 0)
		out->listen_on[0] = '\0';
	out->pid = (pid_t)pid;
	out->port = (uint16_t)port;
	return true;
}

bool
broker_runs_here(const char *state_directory, struct broker_alive *out)
{
	OWN_STR path = xasprintf("%s/broker/running", state_directory);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool runs = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 &&
		errno == EWOULDBLOCK && read_alive(fd, out);

	if (fd >= 0)
		close(fd);
	return runs;
}

/* Letters and digits that are not mistaken for each other when typed. */
static void
make_password(char out[PASSWORD_CHARACTERS + 1])
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t random[PASSWORD_CHARACTERS];

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		abort();
	for (unsigned i = 0; i < PASSWORD_CHARACTERS; i++)
		out[i] = letters[random[i] % (sizeof letters - 1)];
	out[PASSWORD_CHARACTERS] = '\0';
}

static bool
keep_password(const char *path, struct err *err)
{
	char password[PASSWORD_CHARACTERS + 2];

	if (access(path, R_OK) == 0)
		return true;
	make_password(password);
	strcat(password, "\n");
	return file_write(path, password, strlen(password), 0600, err);
}

/* Other programs have no business with passwords in our environment, which some of them keep
 * for as long as they run. */
static void
forget_secrets(void)
{
	size_t i = 0;

	while (environ[i] != NULL) {
		const char *each = environ[i];
		char name[64];

		if (text_starts_with(each, "AIRLIFT_") &&
			text_copy_bytes(name, sizeof name, each, strcspn(each, "=")))
			unsetenv(name);
		if (environ[i] == each)
			i++;
	}
}

/* Runs a program quietly; true when it ended with status 0. */
static bool
run_quietly(const char *const *argv)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		/* Ctrl-C must not end it while its own copy of the password lies there. */
		setpgid(0, 0);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		forget_secrets();
		execvp(argv[0], (char **)(uintptr_t)argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		WEXITSTATUS(status) == 0;
}

/* The password reaches mosquitto_passwd in a file that it hashes in place: never in an
 * argument list. */
static bool
write_hashes(const struct broker_place *place, struct err *err)
{
	OWN_STR path = xasprintf("%s/passwords", place->directory);
	OWN_STR password = file_read_line(place->password_path, PASSWORD_MOST, err);
	const char *argv[] = { "mosquitto_passwd", "-U", path, NULL };
	OWN_STR line = NULL;

	if (password == NULL)
		return false;
	line = xasprintf("%s:%s\n", place->user, password);
	if (!file_write(path, line, strlen(line), 0600, err))
		return false;
	if (run_quietly(argv))
		return true;
	unlink(path);
	return err_set(err, &e_missing, "mosquitto_passwd can not be run");
}

static bool
write_configuration(const struct broker_place *place, struct err *err)
{
	OWN(buf) text = BUF_UP_TO(8192);
	OWN_STR path = xasprintf("%s/mosquitto.conf", place->directory);
	const struct passwd *owner = getpwuid(getuid());

	buf_addf(&text,
		"# Made by airlift; changes are lost at the next start.\n"
		"listener %u%s%s\n"
		"allow_anonymous false\n"
		"password_file %s/passwords\n"
		"persistence true\n"
		"persistence_location %s/\n"
		"log_dest file %s/mosquitto.log\n"
		"log_type warning\nlog_type error\nlog_type notice\n",
		place->port, place->listen_on != NULL ? " " : "",
		place->listen_on != NULL ? place->listen_on : "", place->directory,
		place->directory, place->directory);
	/* As root Mosquitto would change to its own user and lose sight of these files. */
	if (getuid() == 0 && owner != NULL)
		buf_addf(&text, "user %s\n", owner->pw_name);
	return file_write(path, buf_text(&text), text.len, 0600, err);
}

/* Only who holds the lock may: the broker that runs from here keeps its configuration. */
static bool
prepare(const struct broker_place *place, struct err *err)
{
	return keep_password(place->password_path, err) && write_hashes(place, err) &&
		write_configuration(place, err);
}

static bool
failed(const struct broker_place *place, struct err *err)
{
	OWN_STR path = xasprintf("%s/mosquitto.log", place->directory);
	char shown[200] = "it wrote no log";
	uint8_t *bytes = NULL;
	size_t len = 0;

	if (file_read(path, LOG_MOST, &bytes, &len, NULL) && len > 0) {
		size_t tail = len > 160 ? len - 160 : 0;

		text_printable(shown, sizeof shown, (char *)bytes + tail);
	}
	free(bytes);
	return err_set(
		err, &e_failed, "Mosquitto did not start (log %s): %s", path, shown);
}

/* False without an error when cancelled. */
static bool
wait_for_lock(const struct broker_place *place, int fd, const struct cancel *cancel,
	struct err *err)
{
	struct deadline until = deadline_in(LOCK_MS);

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_errno(err, &e_lock, "cannot lock a file in %s",
				place->directory);
		if (deadline_passed(until))
			return err_set(err, &e_busy,
				"another broker is being started from %s",
				place->directory);
		if (!clock_pause(POLL_MS, cancel))
			return false;
	}
	/* Until the new one has written its line, nobody may act on the old one's. */
	return ftruncate(fd, 0) == 0 ||
		err_errno(err, &err_file, "cannot write in %s", place->directory);
}

/* The lock passes to the broker with the open file; it ends with the process. */
static int
take_lock(const struct broker_place *place, const struct cancel *cancel, struct err *err)
{
	OWN_STR path = xasprintf("%s/running", place->directory);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		err_errno(err, &err_file, "cannot open %s", path);
	else if (wait_for_lock(place, fd, cancel, err))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void
write_alive(const struct broker_place *place, int lock)
{
	const char *listen_on = place->listen_on != NULL ? place->listen_on : "-";

	fcntl(lock, F_SETFD, 0);
	if (ftruncate(lock, 0) == 0)
		dprintf(lock, "%ld %u %s\n", (long)getpid(), place->port, listen_on);
}

static void
become_broker(const struct broker_place *place, bool stays, int lock)
{
	OWN_STR path = xasprintf("%s/mosquitto.conf", place->directory);
	int null = open("/dev/null", O_RDWR);

	if (stays)
		setsid();
	else
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	/* Ctrl-C at the terminal is ours to hear: we stop the broker in an orderly way. */
	setpgid(0, 0);
	write_alive(place, lock);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	forget_secrets();
	execlp("mosquitto", "mosquitto", "-c", path, (char *)NULL);
	execl("/usr/sbin/mosquitto", "mosquitto", "-c", path, (char *)NULL);
	_exit(127);
}

static bool
stopped(struct err *err)
{
	return err_set(err, &err_cancelled, "stopped before the broker ran");
}

static bool
wait_until_it_runs(const struct broker_place *place, pid_t pid,
	const struct cancel *cancel, struct err *err)
{
	struct deadline until = deadline_in(START_MS);
	int status;

	while (!cancel_asked(cancel) &&
		!broker_is_running(place->port, place->listen_on)) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
				return err_set(
					err, &e_missing, "Mosquitto is not installed");
			return failed(place, err);
		}
		if (deadline_passed(until)) {
			broker_stop(pid);
			return failed(place, err);
		}
		clock_pause(POLL_MS, cancel);
	}
	if (!cancel_asked(cancel))
		return true;
	broker_stop(pid);
	return stopped(err);
}

static bool
launch(const struct broker_place *place, bool stays, int lock, pid_t *pid,
	struct err *err)
{
	*pid = fork();
	if (*pid == 0)
		become_broker(place, stays, lock);
	return *pid > 0 || err_errno(err, &err_system, "cannot start Mosquitto");
}

bool
broker_start(const struct broker_place *place, bool stays, pid_t *pid,
	const struct cancel *cancel, struct err *err)
{
	int lock = file_make_directory(place->directory, err)
		? take_lock(place, cancel, err)
		: -1;
	bool launched = lock >= 0 && prepare(place, err) && !cancel_asked(cancel) &&
		launch(place, stays, lock, pid, err);

	if (lock >= 0)
		close(lock);
	if (!launched && cancel_asked(cancel))
		stopped(err);
	return launched && wait_until_it_runs(place, *pid, cancel, err);
}

bool
broker_has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	/* It stays to be waited for, so that nobody else gets its number. */
	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
		info.si_pid == pid;
}

void
broker_stop(pid_t pid)
{
	struct deadline until = deadline_in(STOP_MS);

	/* Again and again: until it has become Mosquitto, our own handler swallows it. */
	while (!broker_has_ended(pid) && !deadline_passed(until)) {
		kill(pid, SIGTERM);
		clock_pause(POLL_MS, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

bool
broker_stop_other(const char *state_directory, const struct broker_alive *alive,
	const struct cancel *cancel, struct err *err)
{
	struct deadline until = deadline_in(STOP_MS);
	struct broker_alive now;

	while (broker_runs_here(state_directory, &now) && now.pid == alive->pid) {
		kill(alive->pid, SIGTERM);
		if (deadline_passed(until) || !clock_pause(POLL_MS, cancel))
			return err_set(err, &e_stays, "the broker (process %ld) goes on",
				(long)alive->pid);
	}
	return true;
}
