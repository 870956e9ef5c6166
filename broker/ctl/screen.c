/* screen – see screen.h. */
#include "screen.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "buf.h"

static struct {
	struct termios before;
	volatile sig_atomic_t taken;
} state;

static void
say(const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t m = write(STDOUT_FILENO, bytes, n);

		if (m <= 0)
			return;
		bytes += m;
		n -= (size_t)m;
	}
}

/* Called by faults as well: nothing but write and tcsetattr. */
void
screen_give_back(void)
{
	static const char end[] = "\033[?25h\033[?1049l";

	if (!state.taken)
		return;
	state.taken = 0;
	say(end, sizeof(end) - 1);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &state.before);
}

static void
fault(int number)
{
	screen_give_back();
	raise(number); /* the handler was there for once */
}

int
screen_take(void)
{
	static const char begin[] = "\033[?1049h\033[?25l";
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
	static bool prepared;
	struct termios raw;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &state.before) < 0)
		return -1;
	for (size_t i = 0; !prepared && i < sizeof(faults) / sizeof(*faults); i++)
		sigaction(faults[i], &(struct sigaction){ .sa_handler = fault,
					 .sa_flags = (int)(SA_RESETHAND | SA_NODEFER) }, NULL);
	if (!prepared)
		atexit(screen_give_back);
	prepared = true;
	state.taken = 1;
	raw = state.before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
	say(begin, sizeof(begin) - 1);
	return 0;
}

void
screen_size(size_t *width, size_t *height)
{
	struct winsize size;

	*width = 80;
	*height = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
		*width = size.ws_col;
		*height = size.ws_row;
	}
}

/* Each line clears what is behind it: a page that is cleared as a whole flickers. */
void
screen_draw(const char *lines, size_t len)
{
	struct buf b = BUF_INIT;
	const char *end = lines + len;

	buf_str(&b, "\033[H");
	while (lines < end) {
		const char *newline = memchr(lines, '\n', (size_t)(end - lines));
		size_t n = (size_t)((newline ? newline : end) - lines);

		buf_add(&b, lines, n);
		buf_str(&b, "\033[K");
		lines += n + 1;
		if (lines < end) /* no line behind the last: the page would move up */
			buf_char(&b, '\n');
	}
	buf_str(&b, "\033[J");
	if (!buf_failed(&b))
		say(b.at, b.len);
	buf_fini(&b);
}

int
screen_key(void)
{
	static const char arrows[] = "DCAB"; /* in the order of KEY_LEFT and those behind it */
	char bytes[3] = "";
	const char *found;

	if (read(STDIN_FILENO, bytes, 1) != 1)
		return 0;
	if (bytes[0] != '\033')
		return (unsigned char)bytes[0];
	if (read(STDIN_FILENO, bytes, 2) != 2 || (bytes[0] != '[' && bytes[0] != 'O'))
		return 0;
	found = strchr(arrows, bytes[1]);
	return found && *found ? KEY_LEFT + (int)(found - arrows) : 0;
}
