/* audit_keys – verification keys, and the certificate of TLS. See audit.h. */
#include "audit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "keys.h"

enum { RENEWAL_DAYS = 14 }; /* a certificate should have been renewed by then */

static void
complain(void *context, const char *message)
{
	audit_say(context, AUDIT_ERROR, CONF_JWT_KEYS, "%s", message);
}

void
audit_keys(struct audit *a)
{
	const char *folder = a->conf.text[CONF_JWT_KEYS];
	struct keys *keys;

	if (access(folder, F_OK) != 0 && errno == ENOENT) {
		audit_say(a, a->conf.text[CONF_JWKS_URL][0] ? AUDIT_NOTE : AUDIT_WARNING,
		    CONF_JWT_KEYS, "%s is not there", folder);
		return;
	}
	keys = keys_open(folder, complain, a);
	if (keys && !keys_at(keys, 0) && !a->conf.text[CONF_JWKS_URL][0])
		audit_say(a, AUDIT_WARNING, CONF_JWT_KEYS, "there is no good key in %s: no token "
							   "is accepted", folder);
	keys_free(keys);
}

/* ---- TLS ---- */

static FILE *
open_pem(struct audit *a, int key)
{
	const char *path = a->conf.text[key];
	FILE *f = fopen(path, "re");

	if (!f)
		audit_say(a, AUDIT_ERROR, key, "%s: cannot be read: %s", path, strerror(errno));
	return f;
}

static X509 *
read_certificate(struct audit *a)
{
	FILE *f = open_pem(a, CONF_TLS_CERTIFICATE);
	X509 *x = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	if (f && !x)
		audit_say(a, AUDIT_ERROR, CONF_TLS_CERTIFICATE, "expected a PEM file with a "
		    "certificate, got %s, which has none", a->conf.text[CONF_TLS_CERTIFICATE]);
	if (f)
		fclose(f);
	return x;
}

/* An encrypted key would have nginx ask for its password, and nobody answer. */
static int
no_password(char *to, int size, int writing, void *context)
{
	(void)to, (void)size, (void)writing, (void)context;
	return -1;
}

static EVP_PKEY *
read_key(struct audit *a)
{
	FILE *f = open_pem(a, CONF_TLS_KEY);
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, no_password, NULL) : NULL;
	struct stat st;

	if (f && !key)
		audit_say(a, AUDIT_ERROR, CONF_TLS_KEY, "expected a PEM file with a key that has "
		    "no password, got %s, which has none", a->conf.text[CONF_TLS_KEY]);
	if (f && fstat(fileno(f), &st) == 0 && (st.st_mode & (S_IROTH | S_IWOTH)))
		audit_say(a, AUDIT_ERROR, CONF_TLS_KEY, "%s: any user of this machine may %s it: "
		    "chmod o-rw", a->conf.text[CONF_TLS_KEY],
		    st.st_mode & S_IWOTH ? "write to" : "read");
	if (f)
		fclose(f);
	return key;
}

static void
check_dates(struct audit *a, const X509 *x)
{
	time_t soon = time(NULL) + RENEWAL_DAYS * 86400;
	int days, seconds;

	if (X509_cmp_current_time(X509_get0_notBefore(x)) > 0)
		audit_say(a, AUDIT_ERROR, CONF_TLS_CERTIFICATE, "expected a certificate that holds "
								"now, got one that does not yet");
	ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x));
	if (X509_cmp_current_time(X509_get0_notAfter(x)) < 0)
		audit_say(a, AUDIT_ERROR, CONF_TLS_CERTIFICATE, "expected a certificate that holds "
		    "now, got one that expired %d days ago", -days);
	else if (X509_cmp_time(X509_get0_notAfter(x), &soon) < 0)
		audit_say(a, AUDIT_WARNING, CONF_TLS_CERTIFICATE,
		    "the certificate expires in %d days", days);
}

void
audit_tls(struct audit *a)
{
	bool certificate = a->conf.text[CONF_TLS_CERTIFICATE][0];
	bool key = a->conf.text[CONF_TLS_KEY][0];
	EVP_PKEY *private;
	X509 *x;

	if (certificate != key)
		audit_say(a, AUDIT_ERROR, key ? CONF_TLS_KEY : CONF_TLS_CERTIFICATE,
		    "expected both TLS_CERTIFICATE and TLS_KEY, got one of them");
	if (!certificate || !key)
		return;
	x = read_certificate(a);
	private = read_key(a);
	if (x)
		check_dates(a, x);
	if (x && private && X509_check_private_key(x, private) != 1)
		audit_say(a, AUDIT_ERROR, CONF_TLS_KEY, "expected the key of TLS_CERTIFICATE, got "
							"another one");
	X509_free(x);
	EVP_PKEY_free(private);
	ERR_clear_error();
}
