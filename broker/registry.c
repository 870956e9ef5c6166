/* registry – see registry.h. */
#include "registry.h"

#include <stdio.h>
#include <string.h>

#include <utlist.h>

static void *
zeroes(size_t n)
{
	void *p = calloc(1, n);

	if (!p)
		abort();
	return p;
}

struct peer *
peer_open(struct registry *r, uint64_t session, uint32_t pipe)
{
	struct peer *p = zeroes(sizeof *p);

	p->session = session;
	mail_init(&p->mail);
	HASH_ADD(by_session, r->by_session, session, sizeof p->session, p);
	peer_attach(r, p, pipe);
	return p;
}

void
peer_name(struct peer *p, const char *key, const char *sub)
{
	char *copy = strdup(sub);
	const char *slash;

	if (!copy)
		abort();
	free(p->sub);
	p->sub = copy;
	snprintf(p->key, sizeof p->key, "%s", key);
	slash = strchr(p->key, '/');
	p->room = slash ? slash + 1 : p->key;
}

void
peer_attach(struct registry *r, struct peer *p, uint32_t pipe)
{
	if (p->pipe != 0)
		HASH_DELETE(by_pipe, r->by_pipe, p);
	p->pipe = pipe;
	if (pipe != 0)
		HASH_ADD(by_pipe, r->by_pipe, pipe, sizeof p->pipe, p);
}

static void
untouch_peer(struct registry *r, struct peer *p)
{
	if (p->touched)
		DL_DELETE2(r->touched_peers, p, touched_prev, touched_next);
	p->touched = false;
}

void
peer_excuse(struct registry *r, struct peer *p)
{
	if (p->heard != 0)
		DL_DELETE2(r->quietest, p, quieter, louder);
	p->heard = 0;
}

void
peer_hear(struct registry *r, struct peer *p, int64_t now)
{
	peer_excuse(r, p);
	p->heard = now;
	DL_APPEND2(r->quietest, p, quieter, louder);
}

void
peer_close(struct registry *r, struct peer *p)
{
	untouch_peer(r, p);
	peer_excuse(r, p);
	peer_leave(p);
	HASH_DELETE(by_session, r->by_session, p);
	peer_attach(r, p, 0);
	mail_fini(&p->mail);
	answers_fini(&p->answers);
	free(p->sub);
	free(p);
}

struct peer *
peer_by_session(const struct registry *r, uint64_t session)
{
	struct peer *p;

	HASH_FIND(by_session, r->by_session, &session, sizeof session, p);
	return p;
}

struct peer *
peer_by_pipe(const struct registry *r, uint32_t pipe)
{
	struct peer *p;

	HASH_FIND(by_pipe, r->by_pipe, &pipe, sizeof pipe, p);
	return p;
}

void
peer_enter(struct peer *p, struct outlet *o)
{
	peer_leave(p);
	p->outlet = o;
	DL_APPEND(o->peers, p);
	o->peer_count++;
}

void
peer_leave(struct peer *p)
{
	if (!p->outlet)
		return;
	DL_DELETE(p->outlet->peers, p);
	p->outlet->peer_count--;
	p->outlet = NULL;
}

void
peer_touch(struct registry *r, struct peer *p)
{
	if (p->touched)
		return;
	p->touched = true;
	DL_APPEND2(r->touched_peers, p, touched_prev, touched_next);
}

struct peer *
peer_next_touched(struct registry *r)
{
	struct peer *p = r->touched_peers;

	if (p)
		untouch_peer(r, p);
	return p;
}

struct outlet *
outlet_open(struct registry *r, uint64_t room)
{
	struct outlet *o = zeroes(sizeof *o);

	o->room = room;
	channel_init(&o->channel);
	HASH_ADD(hh, r->outlets, room, sizeof o->room, o);
	return o;
}

void
outlet_name(struct outlet *o, const char *key, size_t len)
{
	if (len > ROOM_KEY_MAX)
		len = ROOM_KEY_MAX;
	memcpy(o->key, key, len);
	o->key[len] = '\0';
}

static void
untouch_outlet(struct registry *r, struct outlet *o)
{
	if (o->touched)
		DL_DELETE2(r->touched_outlets, o, touched_prev, touched_next);
	o->touched = false;
}

void
outlet_close(struct registry *r, struct outlet *o)
{
	untouch_outlet(r, o);
	while (o->peers)
		peer_leave(o->peers);
	HASH_DELETE(hh, r->outlets, o);
	channel_fini(&o->channel);
	free(o);
}

struct outlet *
outlet_find(const struct registry *r, uint64_t room)
{
	struct outlet *o;

	HASH_FIND(hh, r->outlets, &room, sizeof room, o);
	return o;
}

void
outlet_touch(struct registry *r, struct outlet *o)
{
	if (o->touched)
		return;
	o->touched = true;
	DL_APPEND2(r->touched_outlets, o, touched_prev, touched_next);
}

struct outlet *
outlet_next_touched(struct registry *r)
{
	struct outlet *o = r->touched_outlets;

	if (o)
		untouch_outlet(r, o);
	return o;
}
