/* The journal: nothing written is lost, nothing damaged is thrown away. */
/* SPDX-License-Identifier: MIT */
#include "test/unit/unit.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/monitor.h"
#include "base/text.h"
#include "fleet/journal.h"

enum { ROWS = 12, THREADS = 16, ROWS_EACH = 8 };

static char directory[64];

static int
make_directory(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/airlift-journal-XXXXXX");
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

struct seen {
	unsigned count;
	int64_t last_job;
	char last_step[32], last_detail[64], last_device[32];
};

static void
see(const struct fact *fact, void *context)
{
	struct seen *seen = context;

	seen->count++;
	seen->last_job = fact->job;
	text_copy(seen->last_step, sizeof seen->last_step, fact->step);
	text_copy(seen->last_detail, sizeof seen->last_detail, fact->detail);
	text_copy(seen->last_device, sizeof seen->last_device, fact->device);
}

static struct fact
some_fact(int64_t job, const char *device, const char *step)
{
	return (struct fact){
		.job = job, .device = device, .method = "diy", .step = step, .detail = "x"
	};
}

static const struct job_start start = { "1000a00001", "diy", "192.0.2.7:8081" };

static struct seen
read_all(const char *place, const char *device, int64_t job)
{
	struct seen seen = { 0 };
	struct err err = { 0 };
	OWN_NEW(journal) journal = journal_open(place, &err);

	assert_non_null(journal);
	assert_true(journal_read(journal, device, job, see, &seen, &err));
	return seen;
}

static void
facts_come_back_in_order(void **state)
{
	struct err err = { 0 };
	struct journal *journal = journal_open(directory, &err);
	int64_t first, second;
	struct fact fact;

	(void)state;
	assert_non_null(journal);
	assert_true(journal_begin(journal, &start, &first, &err));
	assert_true(journal_begin(journal, &start, &second, &err));
	assert_int_not_equal(first, second);
	fact = some_fact(first, "1000a00001", "info");
	assert_true(journal_note(journal, &fact, &err));
	fact = some_fact(second, "1000a00002", "offer");
	assert_true(journal_note(journal, &fact, &err));
	fact = some_fact(first, "1000a00001", "outcome");
	assert_true(journal_note(journal, &fact, &err));
	journal_free(journal);
	assert_int_equal(read_all(directory, NULL, 0).count, 3);
	assert_int_equal(read_all(directory, "1000a00001", 0).count, 2);
	assert_int_equal(read_all(directory, "1000a00002", 0).last_job, second);
	assert_int_equal(read_all(directory, NULL, first).count, 2);
	assert_string_equal(read_all(directory, NULL, 0).last_step, "outcome");
}

/* The child writes `rows` facts and dies without a goodbye. */
static void
write_and_die(unsigned rows)
{
	struct err err = { 0 };
	struct journal *journal = journal_open(directory, &err);
	int64_t job = 0;

	if (journal == NULL || !journal_begin(journal, &start, &job, &err))
		_exit(1);
	for (unsigned row = 0; row < rows; row++) {
		struct fact fact = some_fact(job, "1000a00001", "download");

		if (!journal_note(journal, &fact, &err))
			_exit(1);
	}
	kill(getpid(), SIGKILL);
}

static void
killed_after_every_row_nothing_is_lost(void **state)
{
	unsigned expected = 0;

	(void)state;
	for (unsigned rows = 0; rows <= ROWS; rows++) {
		pid_t child = fork();
		struct seen seen;
		int status;

		if (child == 0)
			write_and_die(rows);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		expected += rows;
		seen = read_all(directory, NULL, 0);
		assert_int_equal(seen.count, expected);
		if (rows > 0)
			assert_int_equal(
				read_all(directory, NULL, seen.last_job).count, rows);
	}
}

static struct last_job
find_last_job(const char *device)
{
	struct err err = { 0 };
	struct last_job found;
	OWN_NEW(journal) journal = journal_open(directory, &err);

	assert_non_null(journal);
	assert_true(journal_last_job(journal, device, &found, &err));
	return found;
}

static void
a_killed_job_is_found_until_it_has_an_outcome(void **state)
{
	struct err err = { 0 };
	struct fact fact = some_fact(1, "1000a00001", "outcome");
	struct last_job found;
	struct journal *journal;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		write_and_die(3);
	waitpid(child, NULL, 0);
	found = find_last_job("1000a00001");
	assert_false(found.has_outcome);
	assert_int_equal(found.job, 1);
	assert_string_equal(found.step, "download");
	assert_string_equal(found.address, "192.0.2.7:8081");
	assert_int_equal(found.running_in, 0);
	assert_int_equal(find_last_job("192.0.2.7:8081").job, 1);
	assert_int_equal(find_last_job("1000a00002").job, 0);
	journal = journal_open(directory, &err);
	assert_true(journal_note(journal, &fact, &err));
	journal_free(journal);
	assert_true(find_last_job("1000a00001").has_outcome);
	assert_string_equal(find_last_job("1000a00001").step, "download");
}

/* A job of a process that lives is not dead, and nobody else's business. */
static void
a_running_job_is_told_from_a_dead_one(void **state)
{
	int ready[2];
	char byte;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		struct err err = { 0 };
		struct journal *journal = journal_open(directory, &err);
		int64_t job;

		if (journal != NULL && journal_begin(journal, &start, &job, &err))
			(void)!write(ready[1], "x", 1);
		pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(find_last_job("1000a00001").running_in, child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(find_last_job("1000a00001").job, 1);
	assert_int_equal(find_last_job("1000a00001").running_in, 0);
	close(ready[0]);
}

static void
a_torn_end_of_the_log_costs_only_what_was_torn(void **state)
{
	char wal[128];
	struct stat status;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		write_and_die(ROWS);
	waitpid(child, NULL, 0);
	snprintf(wal, sizeof wal, "%s/journal.db-wal", directory);
	assert_int_equal(stat(wal, &status), 0);
	assert_int_equal(truncate(wal, status.st_size - 100), 0);
	assert_int_equal(read_all(directory, NULL, 0).count, ROWS - 1);
}

static unsigned
count_files(const char *part)
{
	DIR *open = opendir(directory);
	unsigned count = 0;
	struct dirent *entry;

	while ((entry = readdir(open)) != NULL)
		count += strstr(entry->d_name, part) != NULL;
	closedir(open);
	return count;
}

static void
a_damaged_file_is_kept_aside(void **state)
{
	char file[128];
	struct err err = { 0 };

	(void)state;
	snprintf(file, sizeof file, "%s/journal.db", directory);
	assert_true(file_write(
		file, "this is no database, but a letter home", 38, 0600, &err));
	assert_int_equal(read_all(directory, NULL, 0).count, 0);
	assert_int_equal(count_files("damaged"), 1);
}

/* Damage behind the header is not met by opening alone. */
static void
a_file_damaged_in_the_middle_is_kept_aside(void **state)
{
	char file[128], rubbish[4096];
	struct err err = { 0 };
	struct journal *journal = journal_open(directory, &err);
	struct stat status;
	FILE *out;

	(void)state;
	for (unsigned row = 0; row < 300; row++) {
		struct fact fact = some_fact(row, "1000a00001", "download");

		assert_true(journal_note(journal, &fact, &err));
	}
	journal_free(journal);
	snprintf(file, sizeof file, "%s/journal.db", directory);
	memset(rubbish, 0xA5, sizeof rubbish);
	assert_int_equal(stat(file, &status), 0);
	out = fopen(file, "r+");
	assert_non_null(out);
	for (long at = 4096; at < status.st_size; at += 4096) {
		fseek(out, at, SEEK_SET);
		fwrite(rubbish, 1, sizeof rubbish, out);
	}
	fclose(out);
	assert_int_equal(read_all(directory, NULL, 0).count, 0);
	assert_true(count_files("damaged") >= 1);
}

static void
the_past_can_not_be_changed(void **state)
{
	char file[128];
	struct err err = { 0 };
	struct journal *journal = journal_open(directory, &err);
	struct fact fact = some_fact(1, "1000a00001", "info");
	sqlite3 *db;

	(void)state;
	assert_true(journal_note(journal, &fact, &err));
	journal_free(journal);
	snprintf(file, sizeof file, "%s/journal.db", directory);
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_not_equal(
		sqlite3_exec(db, "DELETE FROM fact", NULL, NULL, NULL), SQLITE_OK);
	assert_int_not_equal(
		sqlite3_exec(db, "UPDATE fact SET step = ''", NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db,
			"SELECT utc, job, device, method, step, detail FROM history",
			NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(read_all(directory, NULL, 0).count, 1);
}

static void
a_newer_schema_is_left_alone(void **state)
{
	char file[128];
	struct err err = { 0 };
	sqlite3 *db;

	(void)state;
	snprintf(file, sizeof file, "%s/journal.db", directory);
	sqlite3_open(file, &db);
	sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL);
	sqlite3_close(db);
	assert_null(journal_open(directory, &err));
	assert_string_equal(err.code->name, "E-JOURNAL-NEWER");
}

/* A limit on file sizes stands for the full disk, which would need root. */
static int
fill_the_disk(void)
{
	struct rlimit limit = { 64 * 1024, 64 * 1024 };
	struct err err = { 0 };
	struct journal *journal = journal_open(directory, &err);

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	for (unsigned row = 0; row < 1000; row++) {
		struct fact fact = some_fact(1, "1000a00001", "info");

		if (!journal_note(journal, &fact, &err))
			return text_starts_with(err.code->name, "E-JOURNAL") ? 0 : 2;
	}
	return 3;
}

static void
a_full_disk_says_so_and_loses_nothing(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(fill_the_disk());
	waitpid(child, &status, 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(read_all(directory, NULL, 0).count > 0);
}

static void
a_place_that_is_a_file_is_refused(void **state)
{
	char file[128], below[160];
	struct err err = { 0 };

	(void)state;
	snprintf(file, sizeof file, "%s/x", directory);
	assert_true(file_write(file, "x", 1, 0600, &err));
	snprintf(below, sizeof below, "%s/state", file);
	assert_null(journal_open(below, &err));
	assert_non_null(err.code);
}

static void
memory_keeps_facts_too(void **state)
{
	struct err err = { 0 };
	OWN_NEW(journal) journal = journal_open(NULL, &err);
	struct fact fact = some_fact(1, "1000a00001", "info");
	struct seen seen = { 0 };

	(void)state;
	assert_non_null(journal);
	assert_true(journal_note(journal, &fact, &err));
	assert_true(journal_read(journal, "1000a00001", 1, see, &seen, &err));
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.last_detail, "x");
	assert_string_equal(seen.last_device, "1000a00001");
}

static void *
note_many(void *context)
{
	struct journal *journal = context;
	struct err err = { 0 };
	int64_t job = 0;

	if (!journal_begin(journal, &start, &job, &err))
		return context; /* not NULL: failed */
	for (unsigned row = 0; row < ROWS_EACH; row++) {
		struct fact fact = some_fact(job, "1000a00001", "info");

		if (!journal_note(journal, &fact, &err))
			return context;
	}
	return NULL;
}

static void
many_threads_share_it(void **state)
{
	pthread_t threads[THREADS];
	struct err err = { 0 };
	struct journal *journal = journal_open(directory, &err);
	void *failure;

	(void)state;
	for (unsigned i = 0; i < THREADS; i++)
		assert_true(thread_start(&threads[i], note_many, journal));
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failure);
		assert_null(failure);
	}
	journal_free(journal);
	assert_int_equal(read_all(directory, NULL, 0).count, THREADS * ROWS_EACH);
	assert_int_equal(read_all(directory, NULL, 1).count, ROWS_EACH);
	assert_int_equal(read_all(directory, NULL, THREADS).count, ROWS_EACH);
}

int
main(void)
{
#define IN_A_DIRECTORY(test) \
	cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)
	const struct CMUnitTest tests[] = {
		IN_A_DIRECTORY(facts_come_back_in_order),
		IN_A_DIRECTORY(killed_after_every_row_nothing_is_lost),
		IN_A_DIRECTORY(a_killed_job_is_found_until_it_has_an_outcome),
		IN_A_DIRECTORY(a_running_job_is_told_from_a_dead_one),
		IN_A_DIRECTORY(a_torn_end_of_the_log_costs_only_what_was_torn),
		IN_A_DIRECTORY(a_damaged_file_is_kept_aside),
		IN_A_DIRECTORY(a_file_damaged_in_the_middle_is_kept_aside),
		IN_A_DIRECTORY(the_past_can_not_be_changed),
		IN_A_DIRECTORY(a_newer_schema_is_left_alone),
		IN_A_DIRECTORY(a_full_disk_says_so_and_loses_nothing),
		IN_A_DIRECTORY(a_place_that_is_a_file_is_refused),
		IN_A_DIRECTORY(many_threads_share_it),
		cmocka_unit_test(memory_keeps_facts_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
