/* change – see change.h. */
#include "keep.h"

#include <utlist.h>

void
change_note(struct changes *all, struct change *ch, enum keep_kind kind)
{
	if (ch->listed)
		return;
	ch->listed = true;
	ch->kind = kind;
	DL_APPEND(all->list, ch);
}

void
change_unlist(struct changes *all, struct change *ch)
{
	if (ch->listed)
		DL_DELETE(all->list, ch);
	ch->listed = false;
}

void
changes_fini(struct changes *all)
{
	buf_fini(&all->removed);
}

void
change_remove(struct changes *all, struct change *ch, enum keep_kind kind, const char *key,
    const char *sub)
{
	struct keeper k = { .to = &all->removed };
	size_t begin = keep_begin(k.to, (uint8_t)(kind | REMOVED));

	change_unlist(all, ch);
	keep_text(&k, (char *)key, 0);
	if (sub != NULL)
		keep_text(&k, (char *)sub, 0);
	keep_end(k.to, begin);
}
