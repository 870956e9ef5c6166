/* jwt – see jwt.h. */
#include "jwt.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

/* Base64 without padding, in the alphabet of URLs (RFC 4648 §5). */
static size_t
encode(char *to, const void *bytes, size_t len)
{
	size_t n = (size_t)EVP_EncodeBlock((unsigned char *)to, bytes, (int)len);

	while (n > 0 && to[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++)
		to[i] = to[i] == '+' ? '-' : to[i] == '/' ? '_' : to[i];
	return n;
}

char *
jwt_make(const char *secret, size_t len, const char *kid, unsigned number)
{
	char head[128], claims[128], *token = malloc(1024);
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned mac_len = 0;
	size_t n;

	if (!token)
		abort();
	n = encode(token, head, (size_t)snprintf(head, sizeof head,
	    "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"%s\"}", kid));
	token[n++] = '.';
	n += encode(token + n, claims, (size_t)snprintf(claims, sizeof claims,
	    "{\"sub\":\"p%u\",\"exp\":%lld}", number, (long long)time(NULL) + 3600));
	HMAC(EVP_sha256(), secret, (int)len, (unsigned char *)token, n, mac, &mac_len);
	token[n++] = '.';
	n += encode(token + n, mac, mac_len);
	token[n] = '\0';
	return token;
}
