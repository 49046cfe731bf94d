// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls that tasks are in: sendmsg before its packet exists, recvmsg
 * before it takes one.
 *
 * Direct-mapped tables: a later task that falls on the same entry takes it
 * over, and the first task's packet starts at its next stage.  An entry is
 * good only for the same task, in process context, and for writes on the same
 * socket.  Nobody waits for anybody.
 */
#include "np_call.h"

#include <linux/net.h>
#include <linux/sock_diag.h>
#include <linux/string.h>

#include "np_tcp.h"

#define NP_SOCK_BITS	12

/**
 * struct np_read_call - the recvmsg that a task is in.
 * @task: task
 * @lsm: np_now() reading at security_socket_recvmsg(), or 0
 * @time: the same at inet_recvmsg()
 */
struct np_read_call {
	const struct task_struct	*task;
	u64				lsm;
	u64				time;
} ____cacheline_aligned;

/**
 * struct np_sock_birth - when a socket was made.
 * @sk: socket
 * @time: np_now() reading
 */
struct np_sock_birth {
	const struct sock	*sk;
	u64			time;
};

struct np_call np_calls[1 << NP_CALL_BITS];
static struct np_read_call np_read_calls[1 << NP_CALL_BITS];
static struct np_sock_birth np_sock_births[1 << NP_SOCK_BITS];

static __always_inline struct np_sock_birth *np_call_birth(const struct sock *sk)
{
	return &np_sock_births[hash_64((u64)sk >> 6, NP_SOCK_BITS)];
}

/* One by one: memset() would cost more than it stores. */
static __always_inline void np_call_clear(struct np_call *call)
{
	WRITE_ONCE(call->time[NP_CALL_LSM], 0);
	WRITE_ONCE(call->time[NP_CALL_SOCK], 0);
	WRITE_ONCE(call->time[NP_CALL_PROTO], 0);
	WRITE_ONCE(call->time[NP_CALL_ROUTE], 0);
}

/**
 * np_call_enter() - The current task got to a part of sendmsg.
 * @sk: its socket
 * @part: which
 *
 * Context: Process.
 */
void np_call_enter(const struct sock *sk, enum np_call_part part)
{
	struct np_call *call = &np_calls[np_call_index()];

	if (unlikely(READ_ONCE(call->task) != current || READ_ONCE(call->sk) != sk)) {
		WRITE_ONCE(call->task, current);
		smp_wmb(); /* a task that lost this entry sees that before it sees our time */
		WRITE_ONCE(call->sk, sk);
		np_call_clear(call);
	} else if (part == NP_CALL_LSM || unlikely(READ_ONCE(call->time[part]))) {
		/* where a call begins, or a further one that begins here */
		np_call_clear(call);
	}
	WRITE_ONCE(call->time[part], np_now());
}

/**
 * np_call_route() - The current task's call looks up its route.
 * @sk: its socket, may be NULL
 *
 * Context: Any; only a task that is in a call on @sk counts.
 */
static void np_call_route(const struct sock *sk)
{
	struct np_call *call = &np_calls[np_call_index()];

	if (in_task() && sk && READ_ONCE(call->task) == current && READ_ONCE(call->sk) == sk)
		WRITE_ONCE(call->time[NP_CALL_ROUTE], np_now());
}

/* How long ago a socket was made; 0: not known. */
static u64 np_call_sock_age(const struct sock *sk)
{
	const struct np_sock_birth *birth = np_call_birth(sk);
	u64 time;

	if (READ_ONCE(birth->sk) != sk)
		return 0;
	smp_rmb(); /* pairs with the second smp_wmb() in np_call_sock_new() */
	time = READ_ONCE(birth->time);
	smp_rmb(); /* pairs with the first one there */
	return READ_ONCE(birth->sk) == sk ? np_now() - time : 0;
}

/**
 * np_call_stamp_parts() - Stamp all that is known of the call that wrote a packet.
 * @slot: slot of the packet
 * @sk: its socket
 * @time: np_call_time() of the call
 *
 * Another task may take the entry of the current one at any moment: then only
 * @time is known.
 *
 * Context: Process; caller owns the packet.
 */
noinline void np_call_stamp_parts(struct np_slot *slot, const struct sock *sk, u64 time)
{
	static const u8 stages[NP_NR_CALL_PARTS] = {
		[NP_CALL_LSM]	= NETPATH_STAGE_LSM_SENDMSG,
		[NP_CALL_SOCK]	= NETPATH_STAGE_SOCK_SENDMSG,
		[NP_CALL_PROTO]	= NETPATH_STAGE_SENDMSG,
		[NP_CALL_ROUTE]	= NETPATH_STAGE_ROUTE_OUTPUT,
	};
	const struct np_call *call = &np_calls[np_call_index()];
	u64 times[NP_NR_CALL_PARTS], age;
	unsigned int part;

	for (part = 0; part < NP_NR_CALL_PARTS; part++)
		times[part] = READ_ONCE(call->time[part]);
	smp_rmb(); /* pairs with the smp_wmb() in np_call_enter() */
	if (READ_ONCE(call->task) != current)
		memset(times, 0, sizeof(times));
	times[NP_CALL_PROTO] = time;
	for (part = 0; part < NP_NR_CALL_PARTS; part++) {
		if (times[part])
			np_slot_insert(slot, stages[part], times[part]);
	}
	if (!np_stage_wanted(NETPATH_STAGE_SOCK_CREATE))
		return;
	np_slot_extra(slot)->sock_state = READ_ONCE(sk->sk_state);
	age = np_call_sock_age(sk);
	if (age)
		slot->extra.sock_age = age;
}

/**
 * np_call_read_enter() - The current task got to a part of recvmsg.
 * @lsm: the security modules are asked; otherwise the protocol is called
 *
 * Context: Process.
 */
static void np_call_read_enter(bool lsm)
{
	struct np_read_call *call = &np_read_calls[np_call_index()];

	if (READ_ONCE(call->task) != current || lsm) {
		WRITE_ONCE(call->task, current);
		smp_wmb(); /* as in np_call_enter() */
		WRITE_ONCE(call->time, 0);
		WRITE_ONCE(call->lsm, 0);
	}
	if (lsm)
		WRITE_ONCE(call->lsm, np_now());
	else
		WRITE_ONCE(call->time, np_now());
}

/* When the packet came into its queue; its last stage where that is off. */
static u64 np_call_queued(const struct np_slot *slot)
{
	const struct np_stamp *stamp;

	for (stamp = slot->next - 1; stamp > slot->stamps; stamp--) {
		if (NP_TAG_STAGE(stamp->tag) == NETPATH_STAGE_SOCK_ENQUEUE)
			return stamp->time;
	}
	return slot->next[-1].time;
}

/**
 * np_call_reader() - Stamp the call that reads a packet, unless its task waited for it.
 * @slot: slot of the packet
 *
 * Context: Process; caller owns the packet.
 */
void np_call_reader(struct np_slot *slot)
{
	const struct np_read_call *call = &np_read_calls[np_call_index()];
	u64 lsm = READ_ONCE(call->lsm), time = READ_ONCE(call->time), queued;

	smp_rmb(); /* pairs with the smp_wmb() in np_call_read_enter() */
	if (READ_ONCE(call->task) != current)
		return;
	queued = np_call_queued(slot);
	if (lsm && (s64)(lsm - queued) > 0)
		np_slot_insert(slot, NETPATH_STAGE_LSM_RECVMSG, lsm);
	if (time && (s64)(time - queued) > 0)
		np_slot_insert(slot, NETPATH_STAGE_RECV_CALL, time);
}

/**
 * np_sock_new_cookie() - Give a socket its cookie.
 * @sk: full socket
 *
 * Context: Any.
 */
noinline void np_sock_new_cookie(const struct sock *sk)
{
	u32 cookie[2];

	sock_diag_save_cookie((struct sock *)sk, cookie);
}

/**
 * np_call_sock_new() - A socket is made.
 * @sk: socket
 *
 * Context: Any.
 */
static void np_call_sock_new(const struct sock *sk)
{
	struct np_sock_birth *birth = np_call_birth(sk);

	WRITE_ONCE(birth->sk, NULL);
	smp_wmb(); /* nobody takes our time for that of the socket before */
	WRITE_ONCE(birth->time, np_now());
	smp_wmb(); /* see above */
	WRITE_ONCE(birth->sk, sk);
}

/**
 * np_call_reset() - Forget all calls.
 *
 * Context: Process; no hook is armed.
 */
void np_call_reset(void)
{
	memset(np_calls, 0, sizeof(np_calls));
	memset(np_read_calls, 0, sizeof(np_read_calls));
	memset(np_sock_births, 0, sizeof(np_sock_births));
}

/**
 * np_call_hit() - A hooked function of a call was entered.
 * @act: &enum np_act
 * @arg: its socket, struct socket or struct sock
 *
 * Context: Process; a route may be looked up in any.
 */
void np_call_hit(unsigned int act, const void *arg)
{
	const struct socket *sock = arg;

	switch (act) {
	case NP_ACT_CALL_LSM:
		if (sock->sk)
			np_call_enter(sock->sk, NP_CALL_LSM);
		break;
	case NP_ACT_CALL_SOCK:
		np_call_enter(sock->sk, NP_CALL_SOCK);
		break;
	case NP_ACT_CALL_PACKET:
		np_call_enter(sock->sk, NP_CALL_PROTO);
		break;
	case NP_ACT_CALL_ROUTE:
		np_call_route(arg);
		break;
	case NP_ACT_CALL_SEQ:
		np_tcp_call(arg);
		break;
	case NP_ACT_SOCK_NEW:
		np_call_sock_new(arg);
		break;
	case NP_ACT_READ_LSM:
		np_call_read_enter(true);
		break;
	case NP_ACT_READ_CALL:
		np_call_read_enter(false);
		break;
	}
}
