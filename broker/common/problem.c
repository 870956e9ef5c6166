/* problem – the words of `error`. See include/problem.h. */
#include "problem.h"

const struct problem_row problem_table[PROBLEMS] = {
#define PROBLEM(symbol, word, help) [PROBLEM_##symbol] = { word, help },
#include "problem.def"
#undef PROBLEM
};
