/* Names of hosts, asked with a bound. */
/* SPDX-License-Identifier: MIT */
#include "net/resolve.h"

#include <netdb.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "base/monitor.h"

/* Shared by the one who waits and the one who asks; the last to leave frees it. */
struct question {
	struct monitor monitor;
	char *host;
	enum resolve_result result;
	struct in_addr address;
	bool is_answered;
	unsigned users;
};

static void
leave(struct question *question)
{
	bool last;

	monitor_enter(&question->monitor);
	last = --question->users == 0;
	monitor_leave(&question->monitor);
	if (!last)
		return;
	monitor_clear(&question->monitor);
	free(question->host);
	free(question);
}

static void *
ask(void *context)
{
	static const struct addrinfo hints = { .ai_family = AF_INET,
		.ai_socktype = SOCK_STREAM };
	struct question *question = context;
	struct addrinfo *found = NULL;
	bool ok = getaddrinfo(question->host, NULL, &hints, &found) == 0;

	monitor_enter(&question->monitor);
	if (ok)
		question->address =
			((struct sockaddr_in *)(void *)found->ai_addr)->sin_addr;
	question->result = ok ? RESOLVE_YES : RESOLVE_NO;
	question->is_answered = true;
	monitor_ring(&question->monitor);
	monitor_leave(&question->monitor);
	if (ok)
		freeaddrinfo(found);
	leave(question);
	return NULL;
}

enum resolve_result
resolve_address(const char *host, struct deadline until, const struct cancel *cancel,
	struct in_addr *address)
{
	struct question *question = xcalloc(1, sizeof *question);
	enum resolve_result result;
	pthread_t thread;

	monitor_init(&question->monitor);
	question->host = xstrdup(host);
	question->result = RESOLVE_UNKNOWN;
	question->users = 2;
	if (thread_start(&thread, ask, question)) {
		pthread_detach(thread);
		monitor_enter(&question->monitor);
		while (!question->is_answered &&
			monitor_wait(&question->monitor, until, cancel))
			continue;
		result = question->result;
		if (result == RESOLVE_YES)
			*address = question->address;
		monitor_leave(&question->monitor);
	} else {
		result = RESOLVE_UNKNOWN;
		leave(question);
	}
	leave(question);
	return result;
}

enum resolve_result
resolve_name(const char *host, struct deadline until, const struct cancel *cancel)
{
	struct in_addr address;

	return resolve_address(host, until, cancel, &address);
}
