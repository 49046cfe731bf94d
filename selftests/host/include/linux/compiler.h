/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: accesses that the compiler neither splits nor repeats. */
#ifndef HOST_LINUX_COMPILER_H
#define HOST_LINUX_COMPILER_H

#include <sys/cdefs.h>	/* __always_inline */

/* With HOST_STEP a test may act between any two accesses to shared memory. */
#ifdef HOST_STEP
void host_step(void);
#else
#define host_step()	do { } while (0)
#endif

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define data_race(x)	(x)

#define READ_ONCE(x) ({						\
	__auto_type once_ = __atomic_load_n(&(x), __ATOMIC_RELAXED);	\
	host_step();						\
	once_;							\
})

#define WRITE_ONCE(x, val) do {					\
	__atomic_store_n(&(x), val, __ATOMIC_RELAXED);		\
	host_step();						\
} while (0)

#endif /* HOST_LINUX_COMPILER_H */
