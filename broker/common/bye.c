/* bye – the table of farewells. See include/bye.h. */
#include "bye.h"

const struct bye_row bye_table[BYES] = {
#define BYE(symbol, word, code, reconnect, help) [BYE_##symbol] = { word, code, reconnect, help },
#include "bye.def"
#undef BYE
};
