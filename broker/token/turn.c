/* turn – see turn.h. */
#include "turn.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ice.h"
#include "slurp.h"

enum {
	NAME_MAX_LEN = 500, /* bytes: STUN allows for 508 (RFC 8489 §14.3) */
	MAC_SIZE = 20,	    /* SHA-1, as that API says */
};

static bool
is_given(const char *value)
{
	return value != NULL && value[0] != '\0';
}

/* Whoever can read it can have relays at the service's expense; who can write it, too. */
static int
read_secret(struct turn *t, const char *path, char *why, size_t size)
{
	char text[TURN_SECRET_MAX + 2];
	struct stat st;
	ssize_t n = slurp(AT_FDCWD, path, text, sizeof(text));
	int rc = -1;

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	if (n < 0 || stat(path, &st) != 0)
		snprintf(why, size, "TURN_SECRET: %s: %s", path, strerror(errno));
	else if (st.st_mode & (S_IROTH | S_IWOTH))
		snprintf(why, size, "TURN_SECRET: %s: any user of this machine may read or write "
		    "it: chmod o-rw", path);
	else if (n < TURN_SECRET_MIN || n > TURN_SECRET_MAX)
		snprintf(why, size, "TURN_SECRET: %s: expected %d to %d bytes, got %zd", path,
		    TURN_SECRET_MIN, TURN_SECRET_MAX, n);
	else
		rc = 0;
	if (rc == 0) {
		memcpy(t->secret, text, (size_t)n);
		t->secret_len = (size_t)n;
	}
	explicit_bzero(text, sizeof(text));
	return rc;
}

int
turn_load(struct turn *t, const struct turn_conf *conf, char *why, size_t size)
{
	struct turn next = { .conf = *conf };

	if (is_given(conf->relays) && !is_given(conf->secret)) {
		snprintf(why, size, "TURN_URLS: expected TURN_SECRET with it, the file of the TURN "
		    "server's secret");
		return -1;
	}
	if (is_given(conf->secret) && read_secret(&next, conf->secret, why, size) != 0)
		return -1;
	*t = next;
	turn_fini(&next);
	return 0;
}

void
turn_fini(struct turn *t)
{
	explicit_bzero(t->secret, sizeof(t->secret));
	t->secret_len = 0;
}

/* Is it in a name as it is? coturn refuses spaces, quotes and backslashes, and changes some bytes
 * beyond ASCII; so what is not plain is written as in a URI (RFC 3986 §2.1). */
static bool
is_plain(unsigned char c)
{
	return c < 0x80 && (isalnum(c) || (c != '\0' && strchr("-._~:|@+", c)));
}

/* `expiry:sub`. One that is too long is cut: it is for the TURN server's log and quotas. */
static void
write_name(char name[NAME_MAX_LEN + 1], const char *sub, int64_t expiry)
{
	int n = sprintf(name, "%" PRId64 ":", expiry);

	for (; *sub != '\0' && n + 3 <= NAME_MAX_LEN; sub++) {
		unsigned char c = (unsigned char)*sub;

		if (is_plain(c))
			name[n++] = (char)c;
		else
			n += sprintf(name + n, "%%%02X", c);
	}
	name[n] = '\0';
}

static void
put_credentials(struct buf *to, const struct turn *t, const char *sub, int64_t now)
{
	char name[NAME_MAX_LEN + 1];
	unsigned char mac[EVP_MAX_MD_SIZE], text[MAC_SIZE * 4 / 3 + 4];
	unsigned len = 0;

	write_name(name, sub, now / 1000 + t->conf.seconds);
	if (HMAC(EVP_sha1(), t->secret, (int)t->secret_len, (unsigned char *)name, strlen(name),
		mac, &len) == NULL)
		return;
	EVP_EncodeBlock(text, mac, (int)len);
	buf_fmt(to, ",\"username\":\"%s\",\"credential\":\"%s\"", name, (char *)text);
}

static void
put_urls(struct buf *to, const char *list)
{
	const char *mark = "", *at;
	size_t n;

	buf_str(to, "{\"urls\":[");
	while ((at = ice_next(&list, &n)) != NULL) {
		buf_fmt(to, "%s\"%.*s\"", mark, (int)n, at);
		mark = ",";
	}
	buf_char(to, ']');
}

void
turn_put(struct buf *to, const struct turn *t, const char *sub, int64_t now)
{
	bool relays = is_given(t->conf.relays);

	buf_char(to, '[');
	if (is_given(t->conf.stun)) {
		put_urls(to, t->conf.stun);
		buf_str(to, relays ? "}," : "}");
	}
	if (relays) {
		put_urls(to, t->conf.relays);
		put_credentials(to, t, sub, now);
		buf_char(to, '}');
	}
	buf_char(to, ']');
}
