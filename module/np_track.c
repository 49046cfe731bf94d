// SPDX-License-Identifier: GPL-2.0-only
/*
 * In-flight table: set-associative, bounded, without locks.
 *
 *	keys:  [ k0 k1 .. k7 ][ k0 k1 .. k7 ] ...	a bucket is one cache line
 *	slots: [ s0 s1 .. s7 ][ s0 s1 .. s7 ] ...	slot i belongs to key i
 *
 * The hash of the skb's address selects the bucket; within it any key may be
 * the packet's.  A key is, in turn,
 *
 *	0		free
 *	skb | 1		being set up, or being taken down: nobody finds it
 *	skb		live: the owner of the skb stamps the slot
 *	skb | 1		whoever changed it from skb (cmpxchg) reports the end;
 *			skb | 3 if that is the expiry
 *	0		free (release)
 *
 * A slot whose packet has no sk_buff of its own any more, but whose journey
 * goes on, keeps its key with the lowest bit set, or is moved to where there
 * is more room: memory of sk_buffs is used again at once, so that many such
 * slots would be of the same few buckets.
 *
 * Who may touch a slot: from 0 to live its creator; while live the owner of
 * the skb, which the network stack hands from CPU to CPU with its own
 * ordering; from live to 0 the one whose cmpxchg succeeded, which is either
 * the CPU that sees the skb die or the expiry.  The expiry waits for grace
 * periods after its cmpxchg, because a handler may have found the slot just
 * before: of RCU for handlers in interrupts or with preemption off, and of
 * RCU-tasks for handlers in tasks, which may have been preempted.  That is
 * why the plain stamping of a packet needs not disable preemption: all it
 * writes belongs to the packet, and of per-CPU data it only reads hints.
 *
 * slot->skb repeats the key for the per-CPU shortcut: a slot whose skb equals
 * the one asked for is that packet's slot, wherever the packet has been.
 *
 * The one writer from outside is the waker of a socket, which does not own
 * the packet any more: see np_track_wake().
 */
#include "np_track_table.h"

#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/string.h>

/* Key of a slot that was moved by np_track_keep(), and how many buckets that looks at. */
#define NP_KEY_KEPT	1UL
#define NP_KEEP_TRIES	8

/* What no packet has; a CPU's last slot when its next hit is to search. */
struct np_slot np_no_slot = {
	.skb	= NP_NO_SKB,
	.next	= np_no_slot.stamps,
	.end	= np_no_slot.stamps,
};

/* Set up by np_track_alloc(): a module's per-CPU section is not relocated. */
DEFINE_PER_CPU(struct np_cpu, np_cpu);

unsigned long *np_keys __read_mostly;
struct np_slot *np_slots __read_mostly;
unsigned int np_nr_slots __read_mostly;
unsigned int np_bucket_shift __read_mostly;
bool np_births_open __read_mostly;
static atomic64_t np_ids = ATOMIC64_INIT(-NP_ID_STRIDE);

static __always_inline unsigned int np_track_bucket(const void *skb)
{
	/* sk_buffs are at least 64 bytes apart */
	return ((u64)skb * GOLDEN_RATIO_64) >> np_bucket_shift;
}

/*
 * Ids are unique and roughly in order of birth without a shared counter.  An
 * interrupt between the increment and the refill may take a few ids from the
 * unused half of the block, which is what it is for.
 */
static __always_inline u64 np_track_id(void)
{
	u64 id = this_cpu_inc_return(np_cpu.id);

	if (unlikely(id & NP_ID_USED)) {
		id = atomic64_add_return(NP_ID_STRIDE, &np_ids) + 1;
		this_cpu_write(np_cpu.id, id);
	}
	return id;
}

/* Place of a key in its bucket, NP_BUCKET_KEYS when it is not there. */
static __always_inline unsigned int np_track_search(const unsigned long *bucket,
						    unsigned long key)
{
	unsigned int i;

	/* a key that another CPU changes meanwhile is not the one looked for */
#pragma GCC unroll 8
	for (i = 0; i < NP_BUCKET_KEYS; i++) {
		/* see above */
		if (data_race(bucket[i]) == key)
			break;
	}
	return i;
}

/**
 * np_track_find_slow() - Search the packet's bucket.
 * @skb: its address; not dereferenced
 *
 * Context: Any.
 * Return: The slot, which becomes this CPU's shortcut, or NULL.
 */
struct np_slot *np_track_find_slow(const void *skb)
{
	unsigned int first = np_track_bucket(skb) * NP_BUCKET_KEYS;
	unsigned int i = np_track_search(&np_keys[first], (unsigned long)skb);
	struct np_slot *slot;

	/* some hooks may be given NULL, which is the key of a free slot */
	if (i == NP_BUCKET_KEYS || unlikely(!skb))
		return NULL;
	slot = &np_slots[first + i];
	this_cpu_write(np_cpu.last, slot);
	return slot;
}

static noinline struct np_slot *np_track_full(const void *skb)
{
	if (this_cpu_read(np_cpu.untracked) != skb) {
		this_cpu_write(np_cpu.untracked, skb);
		np_count(UNTRACKED);
	}
	return NULL;
}

/* Take a free slot of a bucket. */
static __always_inline struct np_slot *np_track_claim(const void *skb, unsigned int first)
{
	unsigned long *key = &np_keys[first];
	struct np_slot *slot;
	unsigned int i;

	for (i = 0; i < NP_BUCKET_KEYS; i++) {
		/* the cmpxchg decides */
		if (!data_race(key[i]) && !cmpxchg(&key[i], 0, (unsigned long)skb | 1))
			break;
	}
	if (unlikely(i == NP_BUCKET_KEYS))
		return np_track_full(skb);

	slot = &np_slots[first + i];
	slot->next = slot->stamps;
	slot->next_dev = slot->devs;
	slot->dev = NULL;
	slot->tag = 0;
	slot->pending = READ_ONCE(np_birth_pending);
	slot->counted = 0;
	slot->children = 0;
	slot->state = READ_ONCE(np_birth_state);
	slot->merge_nr = 0;
	slot->calls = 0;
	WRITE_ONCE(slot->wake, 0);
	WRITE_ONCE(slot->ident.id, np_track_id());
	slot->ident.parent_id = 0;
	slot->ident.merged_id = 0;
	slot->ident.flags = 0;
	slot->ident.drop_reason = 0;
	slot->ident.outcome = 0;
	slot->ident.ip_version = 0;
	slot->ident.l4_proto = 0;
	slot->ident.pkt_type = 0;
	slot->ident.sport = 0;
	slot->ident.dport = 0;
	slot->ident.ip_len = 0;
	slot->ident.tcp_seq = 0;
	slot->ident.eth_proto = 0;
	slot->ident.vlan_tci = 0;
	slot->ident.writer_pid = 0;
	slot->ident.reader_pid = 0;
	slot->ident.writer_cookie = 0;
	slot->ident.reader_cookie = 0;
	WRITE_ONCE(slot->skb, skb);
	this_cpu_write(np_cpu.last, slot);
	np_count(BIRTHS);
	/* pairs with np_track_expire(): who sees the key sees the slot set up */
	smp_store_release(&key[i], (unsigned long)skb);
	return slot;
}

/**
 * np_track_birth() - Start the journey of a packet that has no slot.
 * @skb: packet
 * @certain: the packet begins here; otherwise one counted as untracked
 *	before stays so
 *
 * Context: Any; caller owns the skb.
 * Return: An empty slot, or NULL when the bucket is full, which is counted
 * once per packet.
 */
struct np_slot *np_track_birth(const void *skb, bool certain)
{
	if (unlikely(!READ_ONCE(np_births_open)))
		return NULL;
	if (unlikely(this_cpu_read(np_cpu.untracked) == skb)) {
		if (!certain)
			return NULL;
		this_cpu_write(np_cpu.untracked, NULL);
	}
	return np_track_claim(skb, np_track_bucket(skb) * NP_BUCKET_KEYS);
}

/**
 * np_track_begin() - Start the journey of a packet that begins here for certain.
 * @skb: packet
 *
 * Context: Any; caller owns the skb.
 * Return: An empty slot, or the slot of another packet at the same address
 * whose death was not seen (it has stamps; the caller ends it and asks
 * np_track_birth()), or NULL.
 */
struct np_slot *np_track_begin(const void *skb)
{
	unsigned int first = np_track_bucket(skb) * NP_BUCKET_KEYS;
	unsigned int i = np_track_search(&np_keys[first], (unsigned long)skb);

	if (unlikely(i < NP_BUCKET_KEYS))
		return &np_slots[first + i];
	if (unlikely(!READ_ONCE(np_births_open)))
		return NULL;
	if (unlikely(this_cpu_read(np_cpu.untracked) == skb))
		this_cpu_write(np_cpu.untracked, NULL);
	return np_track_claim(skb, first);
}

/* Is half of a bucket free?  Others may take it at any moment. */
static bool np_track_room(unsigned int first)
{
	unsigned int i, nr = 0;

	for (i = 0; i < NP_BUCKET_KEYS; i++) {
		/* a guess is enough */
		nr += !data_race(np_keys[first + i]);
	}
	return nr >= NP_BUCKET_KEYS / 2;
}

static struct np_slot *np_track_move(struct np_slot *from, struct np_slot *to)
{
	unsigned long *key = to->key;

	/* who wakes a reader may note it in either, which does not matter: np_track_wake() */
	data_race(memcpy(to, from, sizeof(*to)));
	to->key = key;
	to->next = to->stamps + np_track_nr(from);
	to->end = to->stamps + NP_SLOT_STAMPS;
	to->next_dev = to->devs + (from->next_dev - from->devs);
	np_track_release(from);
	return to;
}

/**
 * np_track_keep() - Keep a slot that nobody finds any more, without being in the way.
 * @slot: slot claimed by np_track_claim_death()
 *
 * Context: Any.
 * Return: The slot, or the one that it was moved to, or NULL, and nothing has
 * changed, when there is no room.
 */
struct np_slot *np_track_keep(struct np_slot *slot)
{
	unsigned int first, i, try;

	first = (slot->key - np_keys) & ~(NP_BUCKET_KEYS - 1);
	WRITE_ONCE(slot->skb, NP_NO_SKB);
	if (np_track_room(first))
		return slot;
	for (try = 0; try < NP_KEEP_TRIES; try++) {
		first = np_track_bucket((const void *)(slot->ident.id + try)) * NP_BUCKET_KEYS;
		if (!np_track_room(first))
			continue;
		for (i = first; i < first + NP_BUCKET_KEYS; i++) {
			/* the cmpxchg decides */
			if (!data_race(np_keys[i]) && !cmpxchg(&np_keys[i], 0, NP_KEY_KEPT))
				return np_track_move(slot, &np_slots[i]);
		}
	}
	return NULL;
}
