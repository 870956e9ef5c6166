/* ctl_top – `beckonctl top`: rooms or connections, and how busy they are. */
#include "ctl.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "clock.h"
#include "live.h"
#include "rates.h"
#include "screen.h"

enum {
	INTERVAL_MIN = 100,   /* ms between two looks; each is work for the broker */
	INTERVAL = 2000,
	INTERVAL_MAX = 3600000,
};

struct top {
	const struct ctl *ctl;
	int64_t interval; /* ms */
	struct rates_view view;
	struct rates rates;
	struct live live;
	char trouble[CTL_WHY_SIZE]; /* why there was no answer; "" : there was */
	bool over;
};

/* A status, with `trouble` where it is not EXIT_NORMAL: what was seen last stays. */
static int
look(struct top *t)
{
	const char *words[] = { t->view.connections ? "connections" : "traffic", NULL };
	char *text = NULL;
	struct rates now;
	int status;

	t->trouble[0] = '\0';
	status = ctl_try_broker(t->ctl, words, &text, t->trouble);
	if (status != EXIT_NORMAL)
		return status;
	if (rates_take(&now, cJSON_Parse(text), &t->rates) == 0) {
		rates_fini(&t->rates);
		t->rates = now;
	} else {
		snprintf(t->trouble, sizeof(t->trouble), "this broker is of another version");
		status = EXIT_SYSTEM;
	}
	free(text);
	return status;
}

static const char keys_help[] =
    "q quit  m messages  b bytes  c connections  w slow  h holes  n name  r turn round  "
    "t rooms/connections  arrows";

static void
draw(struct top *t)
{
	struct rates_view *v = &t->view;
	struct buf b = BUF_INIT;
	size_t height;

	screen_size(&v->width, &height);
	v->height = height > 1 ? height - 1 : 1;
	if (v->from >= t->rates.count)
		v->from = t->rates.count > 0 ? t->rates.count - 1 : 0;
	rates_sort(&t->rates, v->by, v->upwards);
	buf_fmt(&b, "%.*s\n", (int)v->width, t->trouble[0] ? t->trouble : keys_help);
	rates_draw(&t->rates, v, &b);
	if (!buf_failed(&b))
		screen_draw(b.at, b.len);
	buf_fini(&b);
}

static void
sort_by(struct top *t, int by)
{
	t->view.by = (enum rate)by;
	t->view.from = 0;
}

/* The columns in a circle, the name among them. */
static void
turn(struct top *t, int step)
{
	int at = t->view.by == RATE_NAME ? RATES : (int)t->view.by;

	at = (at + step + RATES + 1) % (RATES + 1);
	sort_by(t, at == RATES ? RATE_NAME : at);
}

/* Does the key want another look at the broker? */
static bool
press(struct top *t, int key)
{
	switch (key) {
	case 'q': t->over = true; break;
	case 'm': sort_by(t, RATE_MESSAGES); break;
	case 'b': sort_by(t, RATE_BYTES); break;
	case 'c': sort_by(t, RATE_CONNECTIONS); break;
	case 'w': sort_by(t, RATE_WAITING); break;
	case 'h': sort_by(t, RATE_HOLES); break;
	case 'n': sort_by(t, RATE_NAME); break;
	case 'r': t->view.upwards = !t->view.upwards; break;
	case KEY_LEFT: turn(t, -1); break;
	case KEY_RIGHT: turn(t, 1); break;
	case KEY_UP: t->view.from -= t->view.from > 0; break;
	case KEY_DOWN: t->view.from++; break;
	case 't':
	case '\t': t->view.connections = !t->view.connections; return true;
	case ' ': return true;
	default: break;
	}
	return false;
}

static void
pause_for_a_while(void)
{
	screen_give_back();
	live_pause();
	screen_take();
}

static int
go_on(struct top *t)
{
	int64_t next = now_ms() + t->interval;

	while (!t->over) {
		bool again = false;
		int key;

		draw(t);
		switch (live_wait(&t->live, -1, STDIN_FILENO, next)) {
		case LIVE_END: return EXIT_NORMAL;
		case LIVE_PAUSE: pause_for_a_while(); break;
		case LIVE_KEY:
			if ((key = screen_key()) == 0 && !isatty(STDIN_FILENO))
				return EXIT_NORMAL;
			again = press(t, key);
			break;
		default: break;
		}
		if (again || now_ms() >= next) {
			look(t);
			next = now_ms() + t->interval;
		}
	}
	return EXIT_NORMAL;
}

/* Without a terminal: one look, and another after the interval, for the rates. */
static int
print_once(struct top *t)
{
	struct buf b = BUF_INIT;
	int status;

	if (live_wait(&t->live, -1, -1, now_ms() + t->interval) == LIVE_END)
		return EXIT_NORMAL;
	status = look(t);
	if (status != EXIT_NORMAL)
		return ctl_complain(status, "%s", t->trouble);
	rates_sort(&t->rates, t->view.by, t->view.upwards);
	if (t->ctl->json)
		return ctl_put_json(rates_json(&t->rates));
	rates_draw(&t->rates, &t->view, &b);
	fwrite(b.at, 1, b.len, stdout);
	buf_fini(&b);
	return EXIT_NORMAL;
}

static const struct option switches[] = {
	{ "interval", required_argument, NULL, 'i' },
	{ "sort", required_argument, NULL, 's' },
	{ "connections", no_argument, NULL, 'c' },
	{ "once", no_argument, NULL, 'o' },
	{ NULL, 0, NULL, 0 },
};

static int
read_sort(struct top *t, const char *word)
{
	static const char *const words[] = { "connections", "messages", "bytes", "slow", "holes" };

	for (int i = 0; i < RATES; i++)
		if (strcmp(word, words[i]) == 0)
			t->view.by = (enum rate)i;
	if (strcmp(word, "name") == 0)
		t->view.by = RATE_NAME;
	else if (strcmp(words[t->view.by], word) != 0)
		return ctl_complain(EXIT_USAGE, "top: --sort: expected connections, messages, "
						"bytes, slow, holes or name, got %s", word);
	return EXIT_NORMAL;
}

static int
read_interval(struct top *t, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds * 1000 >= INTERVAL_MIN) ||
	    !(seconds * 1000 <= INTERVAL_MAX))
		return ctl_complain(EXIT_USAGE, "top: --interval: expected seconds, 0.1 to 3600, "
						"got %s", text);
	t->interval = (int64_t)(seconds * 1000);
	return EXIT_NORMAL;
}

static int
read_arguments(struct top *t, bool *once, int argc, char **argv)
{
	int letter, status = EXIT_NORMAL;

	opterr = 0;
	optind = 0;
	while ((letter = getopt_long(argc, argv, "", switches, NULL)) != -1) {
		switch (letter) {
		case 'i': status = read_interval(t, optarg); break;
		case 's': status = read_sort(t, optarg); break;
		case 'c': t->view.connections = true; break;
		case 'o': *once = true; break;
		default: status = ctl_complain(EXIT_USAGE, "top: unknown switch, or no value: %s",
			     argv[optind - 1]);
		}
		if (status != EXIT_NORMAL)
			return status;
	}
	if (optind < argc)
		return ctl_complain(EXIT_USAGE, "top: expected a switch, got %s", argv[optind]);
	return EXIT_NORMAL;
}

int
ctl_top(const struct ctl *ctl, int argc, char **argv)
{
	struct top t = { .ctl = ctl, .interval = INTERVAL, .view = { .by = RATE_MESSAGES } };
	bool once = ctl->json;
	int status;

	if (read_arguments(&t, &once, argc, argv) != EXIT_NORMAL)
		return EXIT_USAGE;
	status = look(&t);
	if (status != EXIT_NORMAL)
		return ctl_complain(status, "%s", t.trouble);
	if (live_open(&t.live) < 0)
		return ctl_complain(EXIT_SYSTEM, "top: no signals");
	if (once || screen_take() < 0) {
		status = print_once(&t);
	} else {
		t.view.color = true;
		status = go_on(&t);
		screen_give_back();
	}
	rates_fini(&t.rates);
	return status;
}
