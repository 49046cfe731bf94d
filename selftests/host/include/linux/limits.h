/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: limits of the fixed-width types; glibc includes it, too. */
#ifndef HOST_LINUX_LIMITS_H
#define HOST_LINUX_LIMITS_H

#include_next <linux/limits.h>

#define U32_MAX		((__u32)~0U)
#define U64_MAX		((__u64)~0ULL)

#endif /* HOST_LINUX_LIMITS_H */
