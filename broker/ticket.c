/* ticket – see ticket.h. */
#include "ticket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { PLAIN = TICKET_SIZE - TICKET_MAC };

static int
failed(const char *path, const char *what, char *why, size_t size)
{
	snprintf(why, size, "%s: %s: %s", path, what, strerror(errno));
	return -1;
}

/* A key that is cut short, or that others may read, is none. */
static int
read_key(int fd, uint8_t key[TICKET_KEY])
{
	struct stat st;

	if (fstat(fd, &st) < 0 || (st.st_mode & 077) != 0 || st.st_size != TICKET_KEY)
		return -1;
	return read(fd, key, TICKET_KEY) == TICKET_KEY ? 0 : -1;
}

static int
make_key(const char *path, uint8_t key[TICKET_KEY], char *why, size_t size)
{
	int fd, rc = -1;

	if (getrandom(key, TICKET_KEY, 0) != TICKET_KEY)
		return failed(path, "getrandom", why, size);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return failed(path, "cannot make it", why, size);
	if (write(fd, key, TICKET_KEY) == TICKET_KEY)
		rc = 0;
	else
		failed(path, "cannot write", why, size);
	close(fd);
	return rc;
}

int
ticket_key(const char *path, uint8_t key[TICKET_KEY], char *why, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int rc = fd < 0 ? -1 : read_key(fd, key);

	if (fd >= 0)
		close(fd);
	return rc == 0 ? 0 : make_key(path, key, why, size);
}

static void
put64(uint8_t *to, uint64_t n)
{
	for (int i = 7; i >= 0; i--, n >>= 8)
		to[i] = (uint8_t)n;
}

static uint64_t
get64(const uint8_t *at)
{
	uint64_t n = 0;

	for (int i = 0; i < 8; i++)
		n = n << 8 | at[i];
	return n;
}

/* Neither a room's key nor, after its NUL, a sub can run into what follows. */
static void
make_mac(const struct ticket *t, const uint8_t key[TICKET_KEY], const uint8_t plain[PLAIN],
    uint8_t mac[TICKET_MAC])
{
	uint8_t text[PLAIN + 16 + ROOM_ID_MAX + 1 + SUB_MAX + 1];
	size_t len = PLAIN;
	unsigned n = TICKET_MAC;

	memcpy(text, plain, PLAIN);
	len += (size_t)snprintf((char *)text + len, sizeof text - len, "%s", t->room) + 1;
	len += (size_t)snprintf((char *)text + len, sizeof text - len, "%s", t->sub);
	HMAC(EVP_sha256(), key, TICKET_KEY, text, len, mac, &n);
}

void
ticket_write(const struct ticket *t, const uint8_t key[TICKET_KEY], uint8_t to[TICKET_SIZE])
{
	memcpy(to, t->name, TICKET_NAME);
	put64(to + TICKET_NAME, t->session);
	put64(to + TICKET_NAME + 8, (uint64_t)t->expires);
	make_mac(t, key, to, to + PLAIN);
}

int
ticket_read(struct ticket *t, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	if (!bytes || len != TICKET_SIZE)
		return -1;
	memcpy(t->name, at, TICKET_NAME);
	t->session = get64(at + TICKET_NAME);
	t->expires = (int64_t)get64(at + TICKET_NAME + 8);
	return 0;
}

int
ticket_check(const struct ticket *t, const uint8_t key[TICKET_KEY], const void *bytes, size_t len)
{
	uint8_t right[TICKET_SIZE];

	if (!bytes || len != TICKET_SIZE)
		return -1;
	ticket_write(t, key, right);
	return CRYPTO_memcmp(right, bytes, TICKET_SIZE) == 0 ? 0 : -1;
}
