/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_COMPAT_GENL_H
#define NP_COMPAT_GENL_H

#include <linux/version.h>
#include <net/genetlink.h>

/*
 * Flag of a group that only who has CAP_NET_ADMIN in the user namespace of the
 * network namespace may join.  Stable kernels before 6.1 call it by the name of
 * the flag for operations; where neither is enforced, struct
 * genl_multicast_group has no member for it, and this does not build.
 */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define NP_GENL_MCAST_ADMIN	GENL_MCAST_CAP_NET_ADMIN
#else
#define NP_GENL_MCAST_ADMIN	GENL_UNS_ADMIN_PERM
#endif

/* Which attribute is missing: reported since 5.19. */
#ifndef NL_SET_ERR_ATTR_MISS
#define NL_SET_ERR_ATTR_MISS(extack, nest, type)	do { } while (0)
#endif

/* Attributes of the request that started a dump. */
static inline struct nlattr **np_genl_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
	return genl_dumpit_info(cb)->attrs;
#else
	return genl_info_dump(cb)->attrs;
#endif
}

#endif /* NP_COMPAT_GENL_H */
