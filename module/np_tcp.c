// SPDX-License-Identifier: GPL-2.0-only
/*
 * What TCP knows by sequence number: which call wrote a byte, what was in
 * flight when it was sent, how far a reader has got.
 *
 * Data in the write queue has a slot (NP_SLOT_ORIGIN).  A call may append to
 * the data of the calls before it; where each further call begins is noted at
 * the end of the slot's stamps, which such a slot never needs:
 *
 *	stamps[0]                   stamps[64 - calls] .. stamps[63]
 *	sendmsg of the first byte   newest call        .. oldest further call
 *
 * with the sequence number of the call's first byte in tag, the process id in
 * detail, and time and CPU in time.  What is sent gets a copy.  When it is cut
 * up, or its first bytes have been acknowledged, the call that its first byte
 * now came from takes the place of the one before.  When TCP moves bytes from
 * one to the other, the calls go with them.
 */
#include "np_tcp.h"

#include <linux/sched.h>
#include <net/tcp.h>

#include "np_call.h"
#include "np_family.h"
#include "np_sock.h"
#include "np_track.h"

/* Further calls kept for the data of one skb. */
#define NP_TCP_CALLS	40

static struct np_stamp *np_tcp_call_at(struct np_slot *slot, unsigned int i)
{
	return &slot->stamps[NP_SLOT_STAMPS - 1 - i];
}

/* Whoever wrote the bytes from @seq on; the one behind the last that fits is nobody. */
static void np_tcp_add(struct np_slot *slot, u32 seq, u64 time, u32 pid)
{
	struct np_stamp *call;

	if (slot->calls > NP_TCP_CALLS)
		return;
	call = np_tcp_call_at(slot, slot->calls);
	call->time = time;
	call->tag = seq;
	call->detail = slot->calls < NP_TCP_CALLS ? pid : 0;
	slot->calls++;
}

/* Those that wrote bytes before the first one, which has been seen to, are not needed any more. */
static void np_tcp_forget(struct np_slot *slot, unsigned int nr)
{
	struct np_stamp *end = slot->stamps + NP_SLOT_STAMPS;
	unsigned int left = slot->calls - nr;

	memmove(end - left, end - slot->calls, left * sizeof(*end));
	slot->calls = left;
}

/**
 * np_tcp_call() - A call is about to put data into the write queue.
 * @sk: its socket, locked
 *
 * Context: Process.
 */
void np_tcp_call(const struct sock *sk)
{
	const struct sk_buff *tail = tcp_write_queue_tail(sk);
	u32 seq = tcp_sk(sk)->write_seq;
	struct np_slot *slot;

	if (!tail || TCP_SKB_CB(tail)->end_seq != seq || TCP_SKB_CB(tail)->seq == seq)
		return;
	slot = np_track_find_slow(tail);
	if (!slot || !(slot->state & NP_SLOT_ORIGIN))
		return;
	/* the last call added nothing to it */
	if (slot->calls && np_tcp_call_at(slot, slot->calls - 1)->tag == seq)
		slot->calls--;
	np_tcp_add(slot, seq, (np_call_time(sk) ?: np_now()) << 16 | (u16)raw_smp_processor_id(),
		   current->tgid);
}

/**
 * np_tcp_inherit() - Data from the write queue is sent, or cut up: copy its calls.
 * @child: its slot, which has inherited from @parent
 * @parent: slot of the data
 *
 * Context: Any; caller owns both.
 */
void np_tcp_inherit(struct np_slot *child, const struct np_slot *parent)
{
	child->calls = 0;
	/* later stages are written over them */
	if (np_track_nr(parent) + parent->calls > NP_SLOT_STAMPS)
		return;
	child->calls = parent->calls;
	memcpy(&child->stamps[NP_SLOT_STAMPS - child->calls],
	       &parent->stamps[NP_SLOT_STAMPS - child->calls],
	       child->calls * sizeof(child->stamps[0]));
}

static bool np_tcp_of_call(u32 tag)
{
	switch (NP_TAG_STAGE(tag)) {
	case NETPATH_STAGE_LSM_SENDMSG:
	case NETPATH_STAGE_SOCK_SENDMSG:
	case NETPATH_STAGE_SENDMSG:
	case NETPATH_STAGE_ROUTE_OUTPUT:
		return true;
	}
	return false;
}

/* Put a call in the place of the one that wrote what was in front. */
static void np_tcp_replace(struct np_slot *slot, const struct np_stamp *call)
{
	u64 time = np_track_noted_time(slot, call->time);
	struct np_stamp *from, *to = slot->stamps;

	for (from = slot->stamps; from < slot->next; from++) {
		if (!np_tcp_of_call(from->tag))
			*to++ = *from;
	}
	if (to == slot->next)
		return;
	slot->counted -= min_t(ptrdiff_t, slot->counted, from - to - 1);
	slot->next = to + 1;
	for (; to > slot->stamps && to[-1].time > time; to--)
		*to = to[-1];
	to->tag = NETPATH_STAGE_SENDMSG | (u32)(u16)call->time << NP_TAG_CPU_SHIFT;
	to->detail = 0;
	to->time = time;
	if (slot->ident.writer_pid != call->detail)
		memset(slot->ident.writer_comm, 0, NETPATH_COMM_LEN);
	slot->ident.writer_pid = call->detail;
}

/**
 * np_tcp_first_byte() - The call that wrote the first byte is the packet's writer.
 * @slot: slot with the calls of its data; its sequence number has been set
 *
 * Context: Any; caller owns the packet.
 */
void np_tcp_first_byte(struct np_slot *slot)
{
	const struct np_stamp *call = NULL;
	u32 seq = slot->ident.tcp_seq;
	unsigned int i;

	if (np_track_nr(slot) + slot->calls > NP_SLOT_STAMPS)
		return;
	for (i = 0; i < slot->calls && !after(np_tcp_call_at(slot, i)->tag, seq); i++)
		call = np_tcp_call_at(slot, i);
	if (!call)
		return;
	np_tcp_replace(slot, call);
	if (!call->detail)
		np_slot_truncated(slot);
	if (slot->state & NP_SLOT_ORIGIN)
		np_tcp_forget(slot, i);
}

/**
 * np_tcp_split() - Write-queue data was cut in two: whose is the second half?
 * @child: its slot, which has inherited from @parent
 * @parent: slot of the first half
 * @skb: the second half
 *
 * Context: Any; caller owns both.
 */
void np_tcp_split(struct np_slot *child, const struct np_slot *parent, const struct sk_buff *skb)
{
	child->ident.tcp_seq = TCP_SKB_CB(skb)->seq;
	/* transmissions of both name the same data */
	if (parent->ident.parent_id)
		child->ident.parent_id = parent->ident.parent_id;
	np_tcp_inherit(child, parent);
	np_tcp_first_byte(child);
}

/* When the first byte was written: the call, or what was seen of it shortly after. */
static const struct np_stamp *np_tcp_first_call(const struct np_slot *slot)
{
	const struct np_stamp *stamp;

	for (stamp = slot->stamps; stamp < slot->next; stamp++) {
		if (NP_TAG_STAGE(stamp->tag) == NETPATH_STAGE_SENDMSG)
			return stamp;
	}
	return slot->stamps;
}

/**
 * np_tcp_shift() - TCP moves bytes of write-queue data to the end of what is before it.
 * @into: the one before; unknown ones are ignored
 * @skb: the one that loses its first bytes
 * @len: how many
 *
 * Context: Any; caller owns both.
 */
void np_tcp_shift(const void *into, const struct sk_buff *skb, unsigned int len)
{
	struct np_slot *to = np_track_find_slow(into), *from;
	u32 seq = TCP_SKB_CB(skb)->seq;
	const struct np_stamp *call;
	unsigned int i;

	if (!to || !(to->state & NP_SLOT_ORIGIN))
		return;
	/* a call that added nothing, or what was cut off before */
	while (to->calls && !before(np_tcp_call_at(to, to->calls - 1)->tag, seq))
		to->calls--;
	from = np_track_find_slow(skb);
	if (!from || !(from->state & NP_SLOT_ORIGIN) || from->next == from->stamps) {
		np_tcp_add(to, seq, np_now() << 16, 0);
		return;
	}
	/* data that is not transmitted itself is no packet */
	if (len >= skb->len)
		np_family_mark(from, to);
	call = np_tcp_first_call(from);
	np_tcp_add(to, seq, call->time << 16 | (u16)(call->tag >> NP_TAG_CPU_SHIFT),
		   from->ident.writer_pid);
	for (i = 0; i < from->calls; i++) {
		call = np_tcp_call_at(from, i);
		if (!before(call->tag, seq + len))
			break;
		np_tcp_add(to, call->tag, call->time, call->detail);
	}
}

/**
 * np_tcp_transmit() - The state of the connection as a segment is sent.
 * @slot: slot of the segment, or of the data that it is made from
 * @skb: its skb
 * @sk: its socket
 *
 * Context: Any; caller owns the skb and holds @sk.
 */
void np_tcp_transmit(struct np_slot *slot, const struct sk_buff *skb, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	struct np_extra *extra = np_slot_extra(slot);

	slot->ident.tcp_seq = TCP_SKB_CB(skb)->seq;
	np_tcp_first_byte(slot);
	extra->tcp_cwnd = tp->snd_cwnd;
	extra->tcp_srtt_us = tp->srtt_us >> 3;
	extra->tcp_unacked = tp->packets_out;
	extra->sock_state = sk->sk_state;
}

/**
 * np_tcp_ahead() - Bytes missing before a segment.
 * @skb: segment received
 * @sk: its socket
 *
 * Context: Any; caller owns the skb and holds @sk.
 * Return: Bytes, 0 when it is in order or old.
 */
u32 np_tcp_ahead(const struct sk_buff *skb, const struct sock *sk)
{
	u32 seq = TCP_SKB_CB(skb)->seq, next = tcp_sk(sk)->rcv_nxt;

	return after(seq, next) ? seq - next : 0;
}

/**
 * np_tcp_read_end() - How far a reader has got.
 * @skb: segment being read
 * @len: bytes copied from it
 * @end: set to the sequence number behind what was copied
 *
 * Context: Process; the socket is locked if it is a TCP socket.
 * Return: False when this is not in a TCP socket's queue.
 */
bool np_tcp_read_end(const struct sk_buff *skb, int len, u32 *end)
{
	const struct sock *sk = skb->sk;

	if (!np_sock_is_full(sk) || sk->sk_protocol != IPPROTO_TCP ||
	    sk->sk_type != SOCK_STREAM)
		return false;
	*end = tcp_sk(sk)->copied_seq + len;
	return true;
}
