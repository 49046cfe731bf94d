/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: with HOST_STEP the writer can come in the middle of a copy. */
#ifndef HOST_LINUX_STRING_H
#define HOST_LINUX_STRING_H

#include <string.h>

#include <linux/compiler.h>

#ifdef HOST_STEP
static inline void *host_memcpy(void *to, const void *from, size_t len)
{
	size_t half = len / 2;

	memcpy(to, from, half);
	host_step();
	memcpy((char *)to + half, (const char *)from + half, len - half);
	host_step();
	return to;
}

#define memcpy(to, from, len)	host_memcpy(to, from, len)
#endif

#endif /* HOST_LINUX_STRING_H */
