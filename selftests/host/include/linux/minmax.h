/* SPDX-License-Identifier: GPL-2.0-only */
/* Host stand-in: each argument is evaluated once, both have one type. */
#ifndef HOST_LINUX_MINMAX_H
#define HOST_LINUX_MINMAX_H

#include <linux/limits.h>	/* in the kernel it comes along with many headers */

#define min(a, b) ({				\
	__auto_type a_ = (a);			\
	__auto_type b_ = (b);			\
						\
	(void)(&a_ == &b_);			\
	a_ < b_ ? a_ : b_;			\
})

#define max(a, b) ({				\
	__auto_type a_ = (a);			\
	__auto_type b_ = (b);			\
						\
	(void)(&a_ == &b_);			\
	a_ > b_ ? a_ : b_;			\
})

#endif /* HOST_LINUX_MINMAX_H */
