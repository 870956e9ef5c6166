/* words – the words of three tables in one list. See include/words.h. */
#include "words.h"

#include "bye.h"
#include "problem.h"
#include "refusal.h"

void
words_describe(struct buf *to)
{
	buf_str(to, "kind\tword\tnumber\thelp\n");
	for (enum problem p = PROBLEM_NONE + 1; p < PROBLEMS; p++)
		buf_fmt(to, "error\t%s\t-\t%s\n", problem_table[p].word, problem_table[p].help);
	for (enum bye b = 0; b < BYES; b++)
		buf_fmt(to, "bye\t%s\t%d\t%s\n", bye_table[b].word, bye_table[b].code,
		    bye_table[b].help);
	for (enum refusal r = REFUSED_NOT + 1; r < REFUSALS; r++)
		buf_fmt(to, "refusal\t%s\t%d\t%s\n", refusal_table[r].word,
		    refusal_table[r].status, refusal_table[r].message);
}
