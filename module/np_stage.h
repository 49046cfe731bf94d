/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_STAGE_H
#define NP_STAGE_H

#include <linux/bitmap.h>
#include <linux/types.h>
#include <linux/netpath.h>

#include "generated/np_stages.h"

/* Alternatives per point, in order of preference. */
#define NP_NR_HOOKS	3

/**
 * enum np_act - what a hit of a hooked function does; see np_path.c.
 * @NP_ACT_STAMP: time-stamp the packet
 * @NP_ACT_L3: the same, and read its addresses from here if not known yet
 * @NP_ACT_L3DEV: the same, and its device, if that may have changed unseen
 * @NP_ACT_SPECIAL: from here on none is a plain stamp
 * @NP_ACT_CALL: a process entered sendmsg; remembered until its packet appears
 * @NP_ACT_CALL_LSM: the same for an earlier stage of the call
 * @NP_ACT_CALL_SOCK: the same
 * @NP_ACT_CALL_PACKET: as NP_ACT_CALL, the argument is a struct socket
 * @NP_ACT_CALL_ROUTE: the call looks up a route
 * @NP_ACT_CALL_SEQ: TCP data of the call begins at the socket's next number
 * @NP_ACT_SOCK_NEW: a socket is made
 * @NP_ACT_ENTAIL: new data in the TCP write queue
 * @NP_ACT_TRANSMIT: TCP transmits from the write queue, or a packet of its own
 * @NP_ACT_SOCK: time-stamp a TCP segment that only its socket can tell about
 * @NP_ACT_SEND: a datagram passes a stage in its writer's context
 * @NP_ACT_SEND_EARLY: the same, before its transport header is written
 * @NP_ACT_ENQUEUE: a packet is put into the receive queue of a socket
 * @NP_ACT_WAKE: the reader of a socket is woken
 * @NP_ACT_READ_LSM: a process is about to read from a socket
 * @NP_ACT_READ_CALL: the same, later stage
 * @NP_ACT_READ: payload was copied to a process
 * @NP_ACT_READ_DONE: the same, unless NP_ACT_READ saw it already
 * @NP_ACT_FREE: the skb dies
 * @NP_ACT_PARTIAL: it was merged, and dies if its second argument is true
 * @NP_ACT_CLONE: first argument was made from the second
 * @NP_ACT_SHARE: second argument was made from the first
 * @NP_ACT_SHIFT: TCP moves data of the second argument into the first
 * @NP_ACT_FRAGMENT: as NP_ACT_CLONE, and the second is cut up
 * @NP_ACT_SEGMENT: the skb is being cut up
 * @NP_ACT_COALESCE: second argument may be merged into the first;
 *	NP_ACT_PARTIAL follows if it was
 * @NP_ACT_MERGE: the same, but only the next event tells: death if it was
 * @NP_ACT_COLLAPSE: a receive queue is being copied into fewer skbs
 * @NP_ACT_REASM: fragments become one packet
 * @NP_ACT_ALLOC: an skb was allocated
 * @NP_ACT_DETAILS: from here on: np_detail.c
 * @NP_ACT_POLL: NAPI poll begins
 * @NP_ACT_POLLED: the poll delivers a packet
 * @NP_ACT_DETAIL: time-stamp; the detail is the second argument
 * @NP_ACT_LOOKUP: the socket of a packet was found
 * @NP_ACT_TCP_DATA: TCP data off the fast path
 * @NP_ACT_FRAG_QUEUE: a fragment begins to wait for the others
 * @NP_ACT_NF: a netfilter hook
 * @NP_ACT_TC: tc filters, in one direction or the other
 * @NP_ACT_VLAN: the packet goes to a VLAN device; pointer to pointer to skb
 * @NP_ACT_VLAN_TX: the packet leaves by a VLAN device, the second argument
 * @NP_ACT_NEIGH: the neighbour has to be asked for its address
 * @NP_ACT_QDISC: put into a qdisc
 * @NP_ACT_QDISC_XMIT: skbs, one or a list, leave a qdisc
 * @NP_ACT_TX_DONE: freed by the driver, if it was there last
 */
enum np_act {
	NP_ACT_STAMP,
	NP_ACT_L3,
	NP_ACT_L3DEV,
	NP_ACT_SPECIAL,
	NP_ACT_CALL = NP_ACT_SPECIAL,
	NP_ACT_CALL_LSM,
	NP_ACT_CALL_SOCK,
	NP_ACT_CALL_PACKET,
	NP_ACT_CALL_ROUTE,
	NP_ACT_CALL_SEQ,
	NP_ACT_SOCK_NEW,
	NP_ACT_ENTAIL,
	NP_ACT_TRANSMIT,
	NP_ACT_SOCK,
	NP_ACT_SEND,
	NP_ACT_SEND_EARLY,
	NP_ACT_WAKE,
	NP_ACT_READ_LSM,
	NP_ACT_READ_CALL,
	NP_ACT_READ,
	NP_ACT_READ_DONE,
	NP_ACT_FREE,
	NP_ACT_PARTIAL,
	NP_ACT_CLONE,
	NP_ACT_SHARE,
	NP_ACT_SHIFT,
	NP_ACT_FRAGMENT,
	NP_ACT_SEGMENT,
	NP_ACT_COALESCE,
	NP_ACT_MERGE,
	NP_ACT_COLLAPSE,
	NP_ACT_REASM,
	NP_ACT_ALLOC,
	NP_ACT_DETAILS,
	NP_ACT_POLL = NP_ACT_DETAILS,
	NP_ACT_POLLED,
	NP_ACT_DETAIL,
	NP_ACT_LOOKUP,
	NP_ACT_TCP_DATA,
	NP_ACT_FRAG_QUEUE,
	NP_ACT_NF,
	NP_ACT_TC,
	NP_ACT_VLAN,
	NP_ACT_VLAN_TX,
	NP_ACT_NEIGH,
	NP_ACT_ENQUEUE,
	NP_ACT_QDISC,
	NP_ACT_QDISC_XMIT,
	NP_ACT_TX_DONE,
};

/**
 * enum np_hook_kind - how a point can be hooked.
 * @NP_HOOK_NONE: end of the alternatives
 * @NP_HOOK_TP: tracepoint
 * @NP_HOOK_FN: function entry, by ftrace or else by kprobe
 * @NP_HOOK_RET: function return, by kretprobe
 */
enum np_hook_kind {
	NP_HOOK_NONE,
	NP_HOOK_TP,
	NP_HOOK_FN,
	NP_HOOK_RET,
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
#define NP_PT_OPTIONAL	0x01	/* a kernel without it has no gap in the stage */
#define NP_PT_BIRTH	0x02	/* a packet may begin here */
#define NP_PT_LATE	0x04	/* a packet may be first seen here, but did not begin here */
#define NP_PT_SKIP	0x08	/* this kernel does not need it */
#define NP_PT_EXTRA	0x10	/* its stage is not in the default set */
#define NP_PT_ELSE	0x20	/* for kernels without the first point of its stage */
#define NP_PT_MUST	0x40	/* without it nothing can be recorded */

/**
 * struct np_point - a place to hook; several may make up a stage.
 * @stage: &enum netpath_stage
 * @act: &enum np_act
 * @flags: NP_PT_*
 * @base: the point itself, or the one whose hook it shares
 * @hooks: alternatives, best first
 */
struct np_point {
	u8		stage;
	u8		act;
	u8		flags;
	u8		base;
	struct np_hook	hooks[NP_NR_HOOKS];
};

#define P(_id, ...)	NP_PT_##_id,
#define WITH(_id, ...)	NP_PT_##_id,

/* The points of np_points.h. */
enum np_point_id {
#include "np_points.h"
	NP_NR_POINTS
};

#undef P
#undef WITH

/**
 * struct np_stage_set - a set of stages.
 * @bits: one bit per &enum netpath_stage
 */
struct np_stage_set {
	DECLARE_BITMAP(bits, NP_STAGE_CNT);
};

/* Stages that are armed, and if any is not in the default set; change only while no hook is. */
extern struct np_stage_set np_armed;
extern bool np_armed_extra;

/**
 * np_stage_wanted() - Is a stage armed, which shares its hook with others?
 * @stage: &enum netpath_stage
 *
 * Context: Any.
 */
static __always_inline bool np_stage_wanted(unsigned int stage)
{
	return test_bit(stage, np_armed.bits);
}

extern const struct np_point np_points[NP_NR_POINTS];

/**
 * np_stage_received() - Is the IP header final at a stage that reads it?
 * @stage: &enum netpath_stage of a point with NP_ACT_L3
 *
 * Context: Any.
 */
static __always_inline bool np_stage_received(unsigned int stage)
{
	return (stage > NETPATH_STAGE_DEV_XMIT && stage < NETPATH_STAGE_LSM_SENDMSG);
}

const char *np_stage_name(unsigned int stage);
const char *np_stage_dir(unsigned int stage);
const char *np_stage_layer(unsigned int stage);
const char *np_stage_label(unsigned int stage);
const char *np_outcome_name(unsigned int outcome);
void np_stage_add_always(struct np_stage_set *set);
void np_stage_add_default(struct np_stage_set *set);
bool np_stage_extra(const struct np_stage_set *set);
int np_stage_parse_set(const char *text, struct np_stage_set *set, char *bad, size_t size);

#endif /* NP_STAGE_H */
