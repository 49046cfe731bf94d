/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_NETLINK_H
#define NP_NETLINK_H

#include <linux/types.h>

struct genl_family;
struct genl_info;
struct netlink_callback;
struct netlink_ext_ack;
struct nlattr;
struct sk_buff;

/* np_netlink.c */
extern struct genl_family np_family;

int np_netlink_init(void);
void np_netlink_exit(void);
void np_netlink_refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		       const char *why);
const struct nlattr *np_netlink_need(struct genl_info *info, unsigned int attr);
struct sk_buff *np_netlink_reply(struct genl_info *info, size_t size, void **hdr);
int np_netlink_send(struct genl_info *info, struct sk_buff *skb, void *hdr, int err);

/* np_netlink_get.c */
int np_netlink_latency_start(struct netlink_callback *cb);
int np_netlink_latency_done(struct netlink_callback *cb);

/* np_netlink_owner.c */
int np_netlink_owner_init(void);
void np_netlink_owner_exit(void);
void np_netlink_own(u32 portid);
u32 np_netlink_owner(void);

/* np_netlink_rec.c */
int np_netlink_put_record(struct sk_buff *skb, const void *rec, unsigned int cpu);
int np_netlink_put_position(struct sk_buff *skb, unsigned int cpu, u64 seq);
int np_netlink_snapshot_start(struct netlink_callback *cb);
int np_netlink_snapshot_done(struct netlink_callback *cb);

/* np_netlink_stream.c */
int np_netlink_stream_init(void);
void np_netlink_stream_start(void);
void np_netlink_stream_exit(void);
unsigned int np_netlink_message_max(void);

#endif /* NP_NETLINK_H */
