/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in. */
#ifndef HOST_LINUX_BITOPS_H
#define HOST_LINUX_BITOPS_H

#include <linux/compiler.h>

/* Number of the highest bit set; undefined for 0. */
static __always_inline unsigned long __fls(unsigned long word)
{
	return sizeof(word) * 8 - 1 - __builtin_clzl(word);
}

#endif /* HOST_LINUX_BITOPS_H */
