/* A fault to be found: one room does not end when it is empty. */
#include <string.h>

#include "room.h"

void __real_vacancy_begin(struct room *r, const char *sub);
void __wrap_vacancy_begin(struct room *r, const char *sub);

void
__wrap_vacancy_begin(struct room *r, const char *sub)
{
	if (strcmp(r->name, "room1") != 0)
		__real_vacancy_begin(r, sub);
}
