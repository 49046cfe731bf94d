/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_STAGE_H
#define NP_STAGE_H

#include <linux/types.h>
#include <linux/netpath.h>

/* Alternatives per point, in order of preference. */
#define NP_NR_HOOKS	3

/**
 * enum np_act - what a hit of a hooked function does; see np_path.c.
 * @NP_ACT_STAMP: time-stamp the packet
 * @NP_ACT_L3: the same, and read its addresses from here if not known yet
 * @NP_ACT_SPECIAL: from here on none is a plain stamp
 * @NP_ACT_CALL: a process entered sendmsg; remembered until its packet appears
 * @NP_ACT_ENTAIL: new data in the TCP write queue
 * @NP_ACT_TRANSMIT: TCP transmits from the write queue, or a packet of its own
 * @NP_ACT_SOCK: time-stamp a TCP segment that only its socket can tell about
 * @NP_ACT_SEND: a datagram enters the IP layer in its writer's context
 * @NP_ACT_WAKE: the reader of a socket is woken
 * @NP_ACT_READ: payload was copied to a process
 * @NP_ACT_READ_DONE: the same, unless NP_ACT_READ saw it already
 * @NP_ACT_FREE: the skb dies
 * @NP_ACT_PARTIAL: it was merged, and dies if its second argument is true
 * @NP_ACT_CLONE: first argument was made from the second
 * @NP_ACT_SHARE: second argument was made from the first
 * @NP_ACT_FRAGMENT: as NP_ACT_CLONE, and the second is cut up
 * @NP_ACT_SEGMENT: the skb is being cut up
 * @NP_ACT_COALESCE: second argument may be merged into the first;
 *	NP_ACT_PARTIAL follows if it was
 * @NP_ACT_MERGE: the same, but only the next event tells: death if it was
 */
enum np_act {
	NP_ACT_STAMP,
	NP_ACT_L3,
	NP_ACT_SPECIAL,
	NP_ACT_CALL = NP_ACT_SPECIAL,
	NP_ACT_ENTAIL,
	NP_ACT_TRANSMIT,
	NP_ACT_SOCK,
	NP_ACT_SEND,
	NP_ACT_WAKE,
	NP_ACT_READ,
	NP_ACT_READ_DONE,
	NP_ACT_FREE,
	NP_ACT_PARTIAL,
	NP_ACT_CLONE,
	NP_ACT_SHARE,
	NP_ACT_FRAGMENT,
	NP_ACT_SEGMENT,
	NP_ACT_COALESCE,
	NP_ACT_MERGE,
};

/**
 * enum np_hook_kind - how a point can be hooked.
 * @NP_HOOK_NONE: end of the alternatives
 * @NP_HOOK_TP: tracepoint
 * @NP_HOOK_FN: function entry, by ftrace or else by kprobe
 */
enum np_hook_kind {
	NP_HOOK_NONE,
	NP_HOOK_TP,
	NP_HOOK_FN,
};

/**
 * struct np_hook - one way to hook a point.
 * @kind: &enum np_hook_kind
 * @arg: position of the skb (or of what the action says), from 0
 * @arg2: position of the second argument that the action needs
 * @symbol: tracepoint or function
 */
struct np_hook {
	u8		kind;
	u8		arg;
	u8		arg2;
	const char	*symbol;
};

/* Flags of a point. */
#define NP_PT_OPTIONAL	0x01	/* its absence leaves no gap in the stage */
#define NP_PT_BIRTH	0x02	/* a packet may begin here */
#define NP_PT_LATE	0x04	/* a packet may be first seen here, but did not begin here */
#define NP_PT_SKIP	0x08	/* this kernel does not need it */
#define NP_PT_EXTRA	0x10	/* its stage is not in the default set */

/**
 * struct np_point - a place to hook; several may make up a stage.
 * @stage: &enum netpath_stage
 * @act: &enum np_act
 * @flags: NP_PT_*
 * @hooks: alternatives, best first
 */
struct np_point {
	u8		stage;
	u8		act;
	u8		flags;
	struct np_hook	hooks[NP_NR_HOOKS];
};

/*
 * Points with a tracepoint among their hooks have a name, because the typed
 * probe counts its hits by it.
 */
enum np_point_id {
	NP_PT_CALL_TCP,
	NP_PT_CALL_TCP_PAGE,
	NP_PT_CALL_UDP4,
	NP_PT_CALL_UDP6,
	NP_PT_ENTAIL,
	NP_PT_TCP_TRANSMIT,
	NP_PT_IP4_QUEUE_XMIT,
	NP_PT_IP6_QUEUE_XMIT,
	NP_PT_IP4_SEND_SKB,
	NP_PT_IP6_SEND_SKB,
	NP_PT_IP4_LOCAL_OUT,
	NP_PT_IP6_LOCAL_OUT,
	NP_PT_IP4_OUTPUT,
	NP_PT_IP4_MC_OUTPUT,
	NP_PT_IP6_OUTPUT,
	NP_PT_IP4_NEIGH_OUTPUT,
	NP_PT_IP6_NEIGH_OUTPUT,
	NP_PT_DEV_QUEUE,
	NP_PT_DEV_XMIT,
	NP_PT_NETIF_RX,
	NP_PT_NETIF_RECEIVE_SKB,
	NP_PT_IP4_RCV,
	NP_PT_IP6_RCV,
	NP_PT_IP4_LOCAL_DELIVER,
	NP_PT_IP6_LOCAL_DELIVER,
	NP_PT_TCP4_RCV,
	NP_PT_TCP6_RCV,
	NP_PT_UDP4_RCV,
	NP_PT_UDP6_RCV,
	NP_PT_TCP_ESTABLISHED,
	NP_PT_ENQUEUE_TCP,
	NP_PT_ENQUEUE_UDP,
	NP_PT_ENQUEUE_RAW,
	NP_PT_WAKEUP,
	NP_PT_READ_COPY,
	NP_PT_READ_CSUM,
	NP_PT_READ_UDP,
	NP_PT_KFREE,
	NP_PT_CONSUME,
	NP_PT_FREE_MEM,
	NP_PT_FREE_NAPI,
	NP_PT_FREE_DEFER,
	NP_PT_FREE_STOLEN,
	NP_PT_FREE_PARTIAL,
	NP_PT_CLONE,
	NP_PT_SPLIT,
	NP_PT_SEGMENT,
	NP_PT_FRAGMENT4,
	NP_PT_FRAGMENT6,
	NP_PT_MERGE_COALESCE,
	NP_PT_MERGE_GRO,
	NP_PT_MERGE_GRO_LIST,
	NP_NR_POINTS
};

extern const struct np_point np_points[NP_NR_POINTS];

const char *np_stage_name(unsigned int stage);
const char *np_stage_dir(unsigned int stage);
const char *np_stage_layer(unsigned int stage);
const char *np_outcome_name(unsigned int outcome);
u64 np_stage_default_set(void);
int np_stage_parse_set(const char *text, u64 *set, char *bad, size_t size);

#endif /* NP_STAGE_H */
