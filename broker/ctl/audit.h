/* audit – what is wrong with a configuration, and what is unwise: all of it, not the first alone.
 *
 * A finding says where (file and line, environment, or default), which key, what was expected and
 * what came. Everything is looked at as the user that asks; what only root can see is left out for
 * others. Private to beckonctl; implemented in audit.c (what the file says), audit_places.c
 * (folders, ports, users), audit_keys.c (keys and certificates), audit_sense.c (what goes
 * together). */
#ifndef BECKON_AUDIT_H
#define BECKON_AUDIT_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "conf.h"

enum audit_level { AUDIT_ERROR, AUDIT_WARNING, AUDIT_NOTE };

struct audit {
	const char *path;     /* of the file; NULL: none */
	char *text;	      /* what is in it */
	struct conf conf;     /* what holds where what is wrong is left out */
	cJSON *findings;      /* each {level,file,line,key,message}; where something is unknown,
			       * without it */
	int count[AUDIT_NOTE + 1];
};

/* Reads file and environment. To be ended with audit_fini in any case. */
void audit_init(struct audit *a, const char *path, char *const *environment);
void audit_fini(struct audit *a);

/* About a key (of enum conf_key; -1: about none). */
void audit_say(struct audit *a, enum audit_level level, int key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Each looks at its own things, and says what it finds. */
void audit_ports(struct audit *a);
void audit_folders(struct audit *a);
void audit_users(struct audit *a);
void audit_keys(struct audit *a);
void audit_tls(struct audit *a);
void audit_sense(struct audit *a);

#endif
