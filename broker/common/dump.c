/* dump – see dump.h. */
#include "dump.h"

#include <sys/prctl.h>
#include <sys/resource.h>

void
dump_forbid(void)
{
	/* The limit for cores that become files, the other for those that go to a program. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
	prctl(PR_SET_DUMPABLE, 0);
}
