/* notice – what the server says of itself, and the tables of its words for people. See
 * include/notice.h. */
#include "notice.h"

#include "bye.h"
#include "problem.h"

const struct notice_row notice_table[] = {
#define NOTICE(name, to, payload, help) { name, to, payload, help },
#include "notice.def"
#undef NOTICE
};

const size_t notice_count = sizeof(notice_table) / sizeof(notice_table[0]);

void
notice_describe(struct buf *to)
{
	buf_str(to, "event\tto\tpayload\thelp\n");
	for (size_t i = 0; i < notice_count; i++) {
		const struct notice_row *row = &notice_table[i];

		buf_fmt(to, "%s\t%s\t%s\t%s\n", row->name, row->to,
		    *row->payload != '\0' ? row->payload : "-", row->help);
	}
}

void
problem_describe(struct buf *to)
{
	buf_str(to, "code\thelp\n");
	for (enum problem p = PROBLEM_NONE + 1; p < PROBLEMS; p++)
		buf_fmt(to, "%s\t%s\n", problem_table[p].word, problem_table[p].help);
}

void
bye_describe(struct buf *to)
{
	buf_str(to, "code\treason\treconnect\thelp\n");
	for (enum bye why = 0; why < BYES; why++) {
		const struct bye_row *row = &bye_table[why];

		buf_fmt(to, "%d\t%s\t%s\t%s\n", row->code, row->word, row->reconnect ? "yes" : "no",
		    row->help);
	}
}
