/* control – see control.h. */
#include "control.h"

size_t
control_at(const char *at)
{
	const unsigned char *c = (const unsigned char *)at;

	if (c[0] < 0x20 || c[0] == 0x7f)
		return 1;
	if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
		return 2;
	if (c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9))
		return 3;
	return 0;
}

size_t
control_turning_at(const char *at)
{
	const unsigned char *c = (const unsigned char *)at;

	if (c[0] != 0xe2)
		return 0;
	if (c[1] == 0x80 && c[2] >= 0xaa && c[2] <= 0xae)
		return 3;
	return c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9 ? 3 : 0;
}
