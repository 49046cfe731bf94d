/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How kernels differ in the table of points.  The program reads the table as
 * well, for the kernel that runs and not for that of the headers: it defines
 * np_points_version as a variable, made by np_version().
 */
#ifndef NP_COMPAT_POINTS_H
#define NP_COMPAT_POINTS_H

#include <linux/version.h>

#ifndef np_points_version
#define np_points_version	LINUX_VERSION_CODE
#endif

#define np_version(major, minor)	KERNEL_VERSION(major, minor, 0)
#define NP_OLDEST			np_version(5, 10)
#define NP_BEFORE_7			(np_points_version < KERNEL_VERSION(7, 0, 0))

/*
 * What reading a UDP datagram does with it: until 7.0 it is freed on the spot,
 * later it may be handed to another CPU for that, so that the read must be
 * seen where the datagram is released.
 */
#define NP_UDP_READ_FREES	NP_BEFORE_7

/*
 * Where tc filters are run: one function for ingress of its own until 5.12,
 * the same for both directions later.
 */
#define NP_TC_EGRESS_APART	(np_points_version < KERNEL_VERSION(5, 13, 0))

/* Argument of ip_rcv_finish_core() where the compiler did not drop an unused one before it. */
#define NP_RCV_FINISH_ARG	(np_points_version < KERNEL_VERSION(6, 14, 0) ? 2 : 1)

#endif /* NP_COMPAT_POINTS_H */
