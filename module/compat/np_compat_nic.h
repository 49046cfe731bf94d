/* SPDX-License-Identifier: GPL-2.0-only */
/* As np_compat.h, for selftests/module. */
#ifndef NP_COMPAT_NIC_H
#define NP_COMPAT_NIC_H

#include <linux/netdevice.h>
#include <linux/version.h>

/* The weight is an argument until 6.1. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#define np_napi_add(dev, napi, poll)	netif_napi_add(dev, napi, poll, NAPI_POLL_WEIGHT)
#else
#define np_napi_add(dev, napi, poll)	netif_napi_add(dev, napi, poll)
#endif

#endif /* NP_COMPAT_NIC_H */
