/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_CALL_H
#define NP_CALL_H

#include <linux/cache.h>
#include <linux/hash.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "np_sock.h"
#include "np_stage.h"
#include "np_track.h"

/**
 * enum np_call_part - where a sendmsg call has been.
 * @NP_CALL_LSM: security_socket_sendmsg()
 * @NP_CALL_SOCK: inet_sendmsg()
 * @NP_CALL_PROTO: udp_sendmsg(), tcp_sendmsg() and the like
 * @NP_CALL_ROUTE: ip_route_output_flow()
 * @NP_NR_CALL_PARTS: number of values
 */
enum np_call_part {
	NP_CALL_LSM,
	NP_CALL_SOCK,
	NP_CALL_PROTO,
	NP_CALL_ROUTE,
	NP_NR_CALL_PARTS
};

#define NP_CALL_BITS	10

/**
 * struct np_call - the sendmsg that a task is in.
 * @task: task
 * @sk: its socket
 * @time: np_now() readings by &enum np_call_part; 0: not passed
 */
struct np_call {
	const struct task_struct	*task;
	const struct sock		*sk;
	u64				time[NP_NR_CALL_PARTS];
} ____cacheline_aligned;

extern struct np_call np_calls[1 << NP_CALL_BITS];

void np_call_enter(const struct sock *sk, enum np_call_part part);
void np_call_stamp_parts(struct np_slot *slot, const struct sock *sk, u64 time);
void np_call_reader(struct np_slot *slot);
void np_call_hit(unsigned int act, const void *arg);
void np_call_reset(void);

static __always_inline unsigned int np_call_index(void)
{
	return hash_32((u64)current >> 6, NP_CALL_BITS);
}

/**
 * np_call_proto() - The current task got to the protocol's sendmsg.
 * @sk: its socket
 *
 * Context: Process.
 */
static __always_inline void np_call_proto(const struct sock *sk)
{
	struct np_call *call = &np_calls[np_call_index()];

	if (unlikely(np_armed_extra || !np_now_is_cycles())) {
		np_call_enter(sk, NP_CALL_PROTO);
		return;
	}
	WRITE_ONCE(call->task, current);
	smp_wmb(); /* a task that lost this entry sees that before it sees our time */
	WRITE_ONCE(call->sk, sk);
	WRITE_ONCE(call->time[NP_CALL_PROTO], get_cycles());
}

/**
 * np_call_time() - When the current task's call on a socket began.
 * @sk: socket
 *
 * Context: Process.
 * Return: np_now() reading, 0 when not known.
 */
static __always_inline u64 np_call_time(const struct sock *sk)
{
	const struct np_call *call = &np_calls[np_call_index()];
	u64 time;

	if (unlikely(READ_ONCE(call->task) != current || READ_ONCE(call->sk) != sk || !in_task()))
		return 0;
	time = READ_ONCE(call->time[NP_CALL_PROTO]);
	smp_rmb(); /* pairs with the smp_wmb() of the writers */
	return likely(READ_ONCE(call->task) == current) ? time : 0;
}

/**
 * np_call_writer() - Stamp the call that wrote a packet, if it is known.
 * @slot: slot of the packet
 * @sk: its socket, may be NULL
 *
 * Context: Any; caller owns the packet.
 * Return: False when no call is known.
 */
static __always_inline bool np_call_writer(struct np_slot *slot, const struct sock *sk)
{
	u64 time = np_call_time(sk);

	if (unlikely(!time))
		return false;
	if (unlikely(np_armed_extra))
		np_call_stamp_parts(slot, sk, time);
	else
		np_track_stamp_at(slot, NETPATH_STAGE_SENDMSG, time);
	slot->ident.writer_pid = current->tgid;
	BUILD_BUG_ON(TASK_COMM_LEN != NETPATH_COMM_LEN);
	memcpy(slot->ident.writer_comm, current->comm, NETPATH_COMM_LEN);
	slot->ident.writer_cookie = np_sock_cookie(sk);
	return true;
}

#endif /* NP_CALL_H */
