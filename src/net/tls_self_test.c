/* Whether this computer's TLS library still speaks as old devices do: a handshake with
 * ourselves for each version. */
/* SPDX-License-Identifier: MIT */
#include <gnutls/gnutls.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/monitor.h"
#include "net/tls.h"
#include "net/tls_identity.h"

#define SELF_TEST_MS 5000

struct self_client {
	int fd;
	const char *ways;
	bool ok;
};

static void *
be_the_device(void *context)
{
	struct self_client *client = context;
	gnutls_certificate_credentials_t nobody = NULL;
	gnutls_session_t session = NULL;
	int code = -1;

	gnutls_certificate_allocate_credentials(&nobody);
	gnutls_init(&session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
	gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, nobody);
	gnutls_transport_set_int(session, client->fd);
	gnutls_handshake_set_timeout(session, SELF_TEST_MS);
	if (gnutls_priority_set_direct(session, client->ways, NULL) >= 0)
		do
			code = gnutls_handshake(session);
		while (code < 0 && !gnutls_error_is_fatal(code));
	client->ok = code >= 0;
	shutdown(client->fd, SHUT_RDWR);
	gnutls_deinit(session);
	gnutls_certificate_free_credentials(nobody);
	return NULL;
}

static bool
speaks(const struct tls_identity *identity, const char *ways)
{
	struct tls_story story = { 0 };
	struct self_client client = { .ways = ways };
	pthread_t thread;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return false;
	client.fd = ends[1];
	if (thread_start(&thread, be_the_device, &client)) {
		tls_free(
			tls_accept(identity, ends[0], deadline_in(SELF_TEST_MS), &story));
		shutdown(ends[0], SHUT_RDWR);
		pthread_join(thread, NULL);
	}
	close(ends[0]);
	close(ends[1]);
	return client.ok && story.end == TLS_SPEAKS;
}

#define ONLY(version) \
	"NONE:+VERS-" version \
	":+RSA:+AES-128-CBC:+SHA1:+COMP-NULL:+SIGN-ALL:+CTYPE-X509:%COMPAT"

bool
tls_self_test(const struct tls_identity *identity, struct err *err)
{
	static const struct {
		const char *name, *ways;
	} versions[] = {
		{ "1.0", ONLY("TLS1.0") },
		{ "1.1", ONLY("TLS1.1") },
		{ "1.2", ONLY("TLS1.2") },
	};

	for (size_t i = 0; i < COUNT_OF(versions); i++)
		if (!speaks(identity, versions[i].ways))
			return err_set(err, &err_tls_old,
				"this computer's TLS library refuses TLS %s with AES-128, "
				"which old devices need",
				versions[i].name);
	return true;
}
