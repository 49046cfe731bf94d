/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: the kernel's barriers by those of the compiler, never weaker. */
#ifndef HOST_ASM_BARRIER_H
#define HOST_ASM_BARRIER_H

#include <linux/compiler.h>

#define smp_wmb()	__atomic_thread_fence(__ATOMIC_RELEASE)

#define smp_rmb() do {					\
	__atomic_thread_fence(__ATOMIC_ACQUIRE);	\
	host_step();					\
} while (0)

#define smp_store_release(p, val) do {			\
	__atomic_store_n(p, val, __ATOMIC_RELEASE);	\
	host_step();					\
} while (0)

#define smp_load_acquire(p) ({					\
	__auto_type acquired_ = __atomic_load_n(p, __ATOMIC_ACQUIRE);	\
	host_step();						\
	acquired_;						\
})

#endif /* HOST_ASM_BARRIER_H */
