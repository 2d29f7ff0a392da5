/* The key and the certificate that are shown to old devices: made on first use, kept in
 * the state directory. No device checks them; those that do can not be served at all. */
/* SPDX-License-Identifier: MIT */
#include "net/tls_identity.h"

#include <gnutls/x509.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"

#define PEM_MOST    (16 * 1024)
#define KEY_BITS    2048
#define DAY_S	    (24 * 3600)
#define YEARS_VALID 30
#define NAME	    "airlift"

/* What axTLS of 2014 offers: RSA key exchange with AES-CBC or RC4. Nothing newer, so that
 * a device never meets an extension or an algorithm that it has not asked for. */
#define OLD_WAYS \
	"NONE:+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0:+RSA:+AES-128-CBC:+AES-256-CBC:" \
	"+ARCFOUR-128:+SHA1:+MD5:+COMP-NULL:+SIGN-ALL:+CTYPE-X509:%COMPAT"

static const struct err_code e_key = { "E-TLS-KEY", ERR_SYSTEM,
	"Delete cloud.pem in the state directory and try again." };
const struct err_code err_tls_old = { "E-TLS-OLD", ERR_SYSTEM,
	"Allow TLS 1.0 to 1.2 with AES-CBC for this program: look into "
	"/etc/gnutls/config and the system's crypto policy." };

struct tls_identity {
	gnutls_certificate_credentials_t credentials;
	gnutls_priority_t ways;
};

static bool
failed(int code, const char *what, struct err *err)
{
	return code >= 0 ||
		err_set(err, &e_key, "cannot %s: %s", what, gnutls_strerror(code));
}

/* SHA-1 and nothing optional: a certificate like this is known to work with the devices,
 * and the shorter the better for their buffers. */
static int
fill_in(gnutls_x509_crt_t certificate, gnutls_x509_privkey_t key)
{
	static const unsigned char serial[] = { 1 };
	time_t now = time(NULL);
	int code;

	if ((code = gnutls_x509_crt_set_version(certificate, 1)) < 0 ||
		(code = gnutls_x509_crt_set_serial(certificate, serial, sizeof serial)) <
			0 ||
		(code = gnutls_x509_crt_set_activation_time(certificate, now - DAY_S)) <
			0 ||
		(code = gnutls_x509_crt_set_expiration_time(
			 certificate, now + (time_t)YEARS_VALID * 365 * DAY_S)) < 0 ||
		(code = gnutls_x509_crt_set_dn_by_oid(certificate,
			 GNUTLS_OID_X520_COMMON_NAME, 0, NAME, strlen(NAME))) < 0 ||
		(code = gnutls_x509_crt_set_key(certificate, key)) < 0)
		return code;
	return gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA1, 0);
}

/* Both as PEM text, key first. */
static bool
write_pem(gnutls_x509_privkey_t key, gnutls_x509_crt_t certificate, struct buf *pem,
	struct err *err)
{
	gnutls_datum_t text = { 0 };
	int code = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &text);

	if (code >= 0)
		buf_add(pem, text.data, text.size);
	gnutls_free(text.data);
	text.data = NULL;
	if (code >= 0)
		code = gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &text);
	if (code >= 0)
		buf_add(pem, text.data, text.size);
	gnutls_free(text.data);
	return failed(code, "write a certificate", err);
}

static bool
make_pem(struct buf *pem, struct err *err)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t certificate = NULL;
	bool ok;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_crt_init(&certificate);
	ok = failed(gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, KEY_BITS, 0),
		     "make a key", err) &&
		failed(fill_in(certificate, key), "make a certificate", err) &&
		write_pem(key, certificate, pem, err);
	gnutls_x509_crt_deinit(certificate);
	gnutls_x509_privkey_deinit(key);
	return ok;
}

static int
take_pem(struct tls_identity *identity, const void *bytes, size_t len)
{
	gnutls_datum_t pem = { (unsigned char *)bytes, (unsigned)len };

	return gnutls_certificate_set_x509_key_mem(
		identity->credentials, &pem, &pem, GNUTLS_X509_FMT_PEM);
}

/* False when there is none that can be used: a new one is as good. */
static bool
read_kept(struct tls_identity *identity, const char *path)
{
	uint8_t *bytes = NULL;
	size_t len = 0;
	bool ok = access(path, F_OK) == 0 &&
		file_read(path, PEM_MOST, &bytes, &len, NULL) &&
		take_pem(identity, bytes, len) >= 0;

	free(bytes);
	return ok;
}

static bool
make_new(struct tls_identity *identity, const char *directory, const char *path,
	struct err *err)
{
	OWN(buf) pem = BUF_UP_TO(PEM_MOST);

	log_debug("making a certificate for old devices in %s", path);
	return make_pem(&pem, err) && file_make_directory(directory, err) &&
		file_write(path, pem.data, pem.len, 0600, err) &&
		failed(take_pem(identity, pem.data, pem.len), "use the new certificate",
			err);
}

struct tls_identity *
tls_identity_open(const char *directory, struct err *err)
{
	struct tls_identity *identity = xcalloc(1, sizeof *identity);
	OWN_STR path = xasprintf("%s/cloud.pem", directory);
	bool ok;

	gnutls_certificate_allocate_credentials(&identity->credentials);
	ok = gnutls_priority_init(&identity->ways, OLD_WAYS, NULL) >= 0 ||
		err_set(err, &err_tls_old,
			"this computer's TLS library refuses the versions "
			"and ciphers of old devices");
	if (ok && (read_kept(identity, path) || make_new(identity, directory, path, err)))
		return identity;
	tls_identity_free(identity);
	return NULL;
}

bool
tls_identity_use(const struct tls_identity *identity, gnutls_session_t session)
{
	return gnutls_priority_set(session, identity->ways) >= 0 &&
		gnutls_credentials_set(
			session, GNUTLS_CRD_CERTIFICATE, identity->credentials) >= 0;
}

void
tls_identity_free(struct tls_identity *identity)
{
	if (identity == NULL)
		return;
	if (identity->credentials != NULL)
		gnutls_certificate_free_credentials(identity->credentials);
	if (identity->ways != NULL)
		gnutls_priority_deinit(identity->ways);
	free(identity);
}
