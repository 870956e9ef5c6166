/* rundir – see rundir.h. */
#include "rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "places.h"

static int
failed(const char *path, const char *what, char *why, size_t size)
{
	snprintf(why, size, "%s: %s: %s", path, what, strerror(errno));
	return -1;
}

/* A folder that is there keeps its mode: whoever made it knew why. */
static int
make_folder(const char *path, mode_t mode, char *why, size_t size)
{
	if (mkdir(path, mode) == 0)
		return chmod(path, mode) < 0 ? failed(path, "cannot set its mode", why, size) : 0;
	return errno == EEXIST ? 0 : failed(path, "cannot make the folder", why, size);
}

static int
take_lock(const char *path, char *why, size_t size)
{
	int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	char holder[16] = "";

	if (lock < 0)
		return failed(path, "cannot open", why, size);
	if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
		if (ftruncate(lock, 0) == 0)
			dprintf(lock, "%ld\n", (long)getpid());
		return lock;
	}
	if (errno != EWOULDBLOCK) {
		failed(path, "cannot lock", why, size);
	} else {
		ssize_t n = pread(lock, holder, sizeof holder - 1, 0);

		holder[n > 0 ? strspn(holder, "0123456789") : 0] = '\0';
		snprintf(why, size, "%s: another broker is running here, process %s", path, holder);
	}
	close(lock);
	return -1;
}

static bool
is_socket_name(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".sock") == 0;
}

/* Others have sockets in the folder as well: the authorizer, whoever comes next. */
static void
sweep_own(const char *folder)
{
	static const char *const own[] = { PLACE_BROKER, PLACE_OPERATORS };
	char path[4096];

	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, own[i]);
		unlink(path); /* if it cannot go, listening there will say what is wrong */
	}
}

static void
sweep_rooms(const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *entry;

	if (!d)
		return;
	while ((entry = readdir(d)))
		if (is_socket_name(entry->d_name))
			unlinkat(dirfd(d), entry->d_name, 0);
	closedir(d);
}

int
rundir_open(const char *folder, char *why, size_t size)
{
	char bus[4096], rooms[4096], lock_path[4096];
	int lock;

	snprintf(bus, sizeof bus, "%s/" PLACE_BUS, folder);
	snprintf(rooms, sizeof rooms, "%s/" PLACE_ROOMS, folder);
	snprintf(lock_path, sizeof lock_path, "%s/broker.lock", folder);
	if (make_folder(folder, 0750, why, size) < 0 || make_folder(bus, 0750, why, size) < 0 ||
	    make_folder(rooms, 0710, why, size) < 0)
		return -1;
	lock = take_lock(lock_path, why, size);
	if (lock < 0)
		return -1;
	sweep_own(folder);
	sweep_rooms(rooms);
	return lock;
}

int
rundir_let_through(const char *folder, char *why, size_t size)
{
	struct stat is;

	if (stat(folder, &is) < 0)
		return failed(folder, "cannot look at it", why, size);
	if ((is.st_mode & S_IXOTH) != 0 || chmod(folder, (is.st_mode & 07777) | S_IXOTH) == 0)
		return 0;
	return failed(folder, "cannot let operators through it", why, size);
}

void
rundir_close(int lock)
{
	if (lock >= 0)
		close(lock);
}
