/* fetch – see fetch.h. */
#include "fetch.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

/* curl_write_callback: anything but the number of bytes it was given ends the transfer. */
static size_t
take_body(char *bytes, size_t one, size_t n, void *context)
{
	struct fetched *got = context;

	(void)one; /* always 1 */
	if (n > sizeof(got->body) - got->len)
		return CURL_WRITEFUNC_ERROR;
	memcpy(got->body + got->len, bytes, n);
	got->len += n;
	return n;
}

static bool
set_limits(CURL *curl)
{
	return curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)JWKS_CONNECT_TIME) == 0 &&
	       curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)JWKS_FETCH_TIME) == 0 &&
	       curl_easy_setopt(curl, CURLOPT_MAXFILESIZE, (long)KEY_FILE_MAX) == 0 &&
	       curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == 0;
}

/* Most of this is libcurl's default. It is said nevertheless: these are the promises we made. */
static bool
set_trust(CURL *curl, const struct fetch *what)
{
	bool secure = strncmp(what->url, "https:", 6) == 0;

	if (what->ca[0] && (curl_easy_setopt(curl, CURLOPT_CAINFO, what->ca) != 0 ||
			       curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) != 0))
		return false;
	/* Plain http is for this machine: no proxy of the environment may carry it elsewhere. */
	if (!secure && curl_easy_setopt(curl, CURLOPT_PROXY, "") != 0)
		return false;
	return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, secure ? "https" : "http") == 0 &&
	       curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == 0 &&
	       curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L) == 0 &&
	       curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == 0 &&
	       curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == 0 &&
	       curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == 0;
}

static bool
set_request(CURL *curl, const struct fetch *what, struct curl_slist *headers, struct fetched *got)
{
	return curl_easy_setopt(curl, CURLOPT_URL, what->url) == 0 &&
	       curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == 0 &&
	       curl_easy_setopt(curl, CURLOPT_USERAGENT, "beckon") == 0 &&
	       curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers) == 0 &&
	       curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body) == 0 &&
	       curl_easy_setopt(curl, CURLOPT_WRITEDATA, got) == 0;
}

static const char *
header(CURL *curl, const char *name)
{
	struct curl_header *h;

	return curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : "";
}

/* RFC 9110 §8.8.3. We send it back as it is, so it has to be one. */
static bool
is_etag(const char *text)
{
	const char *quoted = strncmp(text, "W/", 2) == 0 ? text + 2 : text;
	size_t n = strlen(quoted);

	if (n < 2 || strlen(text) > ETAG_MAX || quoted[0] != '"' || quoted[n - 1] != '"')
		return false;
	for (size_t i = 1; i < n - 1; i++)
		if (quoted[i] <= ' ' || quoted[i] > '~' || quoted[i] == '"')
			return false;
	return true;
}

/* Cache-Control's max-age (RFC 9111 §5.2.2.1), 0 for no-cache and no-store; -1 where it has
 * neither. */
static long
max_age(const char *control)
{
	static const char name[] = "max-age=";
	size_t n;

	for (; *control; control += n) {
		control += strspn(control, ", \t");
		n = strcspn(control, ",");
		if (strncasecmp(control, name, sizeof(name) - 1) == 0)
			return strtol(control + sizeof(name) - 1, NULL, 10);
		if (strncasecmp(control, "no-", 3) == 0)
			return 0;
	}
	return -1;
}

/* What came back, as far as it is of use. */
static int
judge(CURL *curl, CURLcode code, const struct fetch *what, struct fetched *got, char *why,
    size_t size)
{
	const char *etag;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &got->status);
	if (code == CURLE_WRITE_ERROR || code == CURLE_FILESIZE_EXCEEDED)
		snprintf(why, size, "expected at most %d bytes, got more", KEY_FILE_MAX);
	else if (code != CURLE_OK)
		snprintf(why, size, "%s", curl_easy_strerror(code));
	else if (got->status != 200 && (got->status != 304 || !what->etag[0]))
		snprintf(why, size, "expected status 200, got %ld", got->status);
	if (why[0])
		return -1;
	etag = header(curl, "ETag");
	snprintf(got->etag, sizeof(got->etag), "%s", is_etag(etag) ? etag : "");
	got->max_age = max_age(header(curl, "Cache-Control"));
	return 0;
}

/* NULL when out of memory. */
static struct curl_slist *
make_headers(const char *etag)
{
	char condition[ETAG_MAX + 32];
	struct curl_slist *first = curl_slist_append(NULL, "Accept: application/json"), *both;

	if (!first || !etag[0])
		return first;
	snprintf(condition, sizeof(condition), "If-None-Match: %s", etag);
	both = curl_slist_append(first, condition);
	if (!both)
		curl_slist_free_all(first);
	return both;
}

int
fetch_get(const struct fetch *what, struct fetched *got, char *why, size_t size)
{
	struct curl_slist *headers = make_headers(what->etag);
	CURL *curl = curl_easy_init();
	int rc = -1;

	got->len = 0;
	why[0] = '\0';
	if (curl && headers && set_limits(curl) && set_trust(curl, what) &&
	    set_request(curl, what, headers, got))
		rc = judge(curl, curl_easy_perform(curl), what, got, why, size);
	else
		snprintf(why, size, "libcurl cannot do what is needed");
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	return rc;
}
