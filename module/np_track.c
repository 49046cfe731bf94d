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
 *	skb | 1		whoever changed it from skb (cmpxchg) reports the end
 *	0		free (release)
 *
 * Who may touch a slot: from 0 to live its creator; while live the owner of
 * the skb, which the network stack hands from CPU to CPU with its own
 * ordering; from live to 0 the one whose cmpxchg succeeded, which is either
 * the CPU that sees the skb die or the expiry.  The expiry waits for an RCU
 * grace period after its cmpxchg, because a handler (preemption off) may have
 * found the slot just before.
 *
 * slot->skb repeats the key for the per-CPU shortcut: a slot whose skb equals
 * the one asked for is that packet's slot, wherever the packet has been.
 *
 * The one writer from outside is the waker of a socket, which does not own
 * the packet any more: see np_track_wake().
 */
#include "np_track.h"

#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/vmalloc.h>

/* Ids are given to CPUs in blocks of NP_ID_STRIDE, of which half is used; see np_track_id(). */
#define NP_ID_STRIDE	2048
#define NP_ID_USED	1024

/* Slots that one grace period of the expiry is shared by. */
#define NP_EXPIRE_BATCH	64

static struct np_slot np_no_slot = { .skb = NP_NO_SKB };

/* Set up by np_track_alloc(): a module's per-CPU section is not relocated. */
DEFINE_PER_CPU(struct np_cpu, np_cpu);

static unsigned long *np_keys __read_mostly;
static struct np_slot *np_slots __read_mostly;
static unsigned int np_nr_slots __read_mostly;
static unsigned int np_bucket_shift __read_mostly;
static bool np_births_open __read_mostly;
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

/**
 * np_track_find_slow() - Search the packet's bucket.
 * @skb: its address; not dereferenced
 *
 * Context: Any, preemption off.
 * Return: The slot, which becomes this CPU's shortcut, or NULL.
 */
struct np_slot *np_track_find_slow(const void *skb)
{
	unsigned int first = np_track_bucket(skb) * NP_BUCKET_KEYS;
	const unsigned long *key = &np_keys[first];
	struct np_slot *slot;
	unsigned int i;

#pragma GCC unroll 8
	for (i = 0; i < NP_BUCKET_KEYS; i++) {
		if (READ_ONCE(key[i]) == (unsigned long)skb) {
			slot = &np_slots[first + i];
			this_cpu_write(np_cpu.last, slot);
			return slot;
		}
	}
	return NULL;
}

static noinline struct np_slot *np_track_full(const void *skb)
{
	if (this_cpu_read(np_cpu.untracked) != skb) {
		this_cpu_write(np_cpu.untracked, skb);
		np_count(UNTRACKED);
	}
	return NULL;
}

/**
 * np_track_birth() - Start a journey.
 * @skb: packet that has no slot
 * @certain: the packet begins here; otherwise one counted as untracked
 *	before stays so
 *
 * Context: Any, preemption off; caller owns the skb.
 * Return: An empty slot, or NULL when the bucket is full, which is counted
 * once per packet.
 */
struct np_slot *np_track_birth(const void *skb, bool certain)
{
	unsigned int first = np_track_bucket(skb) * NP_BUCKET_KEYS;
	unsigned long *key = &np_keys[first];
	struct np_slot *slot;
	unsigned int i;

	if (unlikely(!READ_ONCE(np_births_open)))
		return NULL;
	if (unlikely(this_cpu_read(np_cpu.untracked) == skb)) {
		if (!certain)
			return NULL;
		this_cpu_write(np_cpu.untracked, NULL);
	}
	for (i = 0; i < NP_BUCKET_KEYS; i++) {
		if (!READ_ONCE(key[i]) && !cmpxchg(&key[i], 0, (unsigned long)skb | 1))
			break;
	}
	if (unlikely(i == NP_BUCKET_KEYS))
		return np_track_full(skb);

	slot = &np_slots[first + i];
	slot->dev = NULL;
	slot->tag = 0;
	slot->state = 0;
	slot->nr = 0;
	slot->nr_devs = 0;
	slot->counted = 0;
	slot->children = 0;
	slot->merge_nr = 0;
	slot->wake = 0;
	slot->pkt.id = np_track_id();
	slot->pkt.parent_id = 0;
	slot->pkt.merged_id = 0;
	slot->pkt.flags = 0;
	slot->pkt.ip_version = 0;
	slot->pkt.l4_proto = 0;
	slot->pkt.pkt_type = 0;
	slot->pkt.sport = 0;
	slot->pkt.dport = 0;
	slot->pkt.ip_len = 0;
	slot->pkt.writer_pid = 0;
	slot->pkt.reader_pid = 0;
	slot->pkt.eth_proto = 0;
	WRITE_ONCE(slot->skb, skb);
	this_cpu_write(np_cpu.last, slot);
	np_count(BIRTHS);
	/* pairs with np_track_expire(): who sees the key sees the slot set up */
	smp_store_release(&key[i], (unsigned long)skb);
	return slot;
}

/**
 * np_track_dev() - The packet is on another device than before.
 * @slot: its slot
 * @dev: device
 * @skb: packet, for its EtherType
 *
 * Context: Any, preemption off; caller owns the skb; RCU or a reference keeps
 * @dev.
 */
noinline void np_track_dev(struct np_slot *slot, const struct net_device *dev,
			   const struct sk_buff *skb)
{
	unsigned int nr = slot->nr_devs;
	struct netpath_dev *to;
	u32 netns;

	slot->dev = dev;
	if (!slot->pkt.eth_proto)
		slot->pkt.eth_proto = skb->protocol;
	if (unlikely(!dev))
		return;
	netns = dev_net(dev)->ns.inum;
	if (unlikely(nr >= NP_SLOT_DEVS)) {
		slot->tag = 0;
		np_track_truncated(slot);
		return;
	}
	to = &slot->devs[nr];
	to->ifindex = dev->ifindex;
	to->netns = netns;
	BUILD_BUG_ON(IFNAMSIZ != NETPATH_IFNAME_LEN);
	memcpy(to->name, dev->name, NETPATH_IFNAME_LEN);
	slot->nr_devs = nr + 1;
	slot->tag = (nr + 1) << NP_TAG_DEV_SHIFT;
}

/**
 * np_track_truncated() - A stage or device had no room in the slot.
 * @slot: slot
 *
 * Context: Any.
 */
noinline void np_track_truncated(struct np_slot *slot)
{
	slot->pkt.flags |= NETPATH_F_TRUNCATED;
	np_count(TRUNCATED);
}

/**
 * np_track_inherit() - Let a packet continue the journey of another.
 * @child: new slot
 * @parent: slot of the packet that it was made from
 *
 * Context: Any, preemption off; caller owns both skbs.
 */
void np_track_inherit(struct np_slot *child, const struct np_slot *parent)
{
	struct netpath_packet *pkt = &child->pkt;
	u64 id = pkt->id;

	child->dev = parent->dev;
	child->tag = parent->tag;
	child->nr_devs = parent->nr_devs;
	*pkt = parent->pkt;
	pkt->id = id;
	pkt->parent_id = parent->pkt.id;
	pkt->merged_id = 0;
	pkt->reader_pid = 0;
	memcpy(child->devs, parent->devs, parent->nr_devs * sizeof(child->devs[0]));
	memcpy(child->stamps, parent->stamps, parent->nr * sizeof(child->stamps[0]));
	child->counted = parent->nr ? parent->nr - 1 : 0;
	WRITE_ONCE(child->nr, parent->nr);
}

/**
 * np_track_claim_death() - Become the one who reports the end of a packet.
 * @slot: its slot
 *
 * Context: Any, preemption off until np_track_release().
 * Return: False when somebody else reports it.
 */
bool np_track_claim_death(struct np_slot *slot)
{
	unsigned long skb = (unsigned long)READ_ONCE(slot->skb);

	return !(skb & 1) && cmpxchg(slot->key, skb, skb | 1) == skb;
}

/**
 * np_track_release() - Give a slot back.
 * @slot: slot claimed by np_track_claim_death()
 *
 * Context: Any.
 */
void np_track_release(struct np_slot *slot)
{
	WRITE_ONCE(slot->skb, NP_NO_SKB);
	/* pairs with the cmpxchg in np_track_birth() */
	smp_store_release(slot->key, 0);
}

/**
 * np_track_wake() - Note when the reader was woken for a packet.
 * @slot: slot of a packet that is or was in a receive queue
 * @now: np_now() reading
 *
 * The caller does not own the packet: its reader may be taking it at this
 * moment, and the slot may even belong to the next packet.  So this is one
 * store of one word, which names the packet that it is meant for; the end of
 * the journey takes it only if that is the right one.
 *
 * Context: Any, preemption off.
 */
void np_track_wake(struct np_slot *slot, u64 now)
{
	WRITE_ONCE(slot->wake, now << 16 | (u16)READ_ONCE(slot->pkt.id));
}

/**
 * np_track_expire() - Report packets that are alive for too long.
 * @before: np_now() reading; packets that started earlier are reported
 * @from: first slot to look at
 * @emit: called for each with preemption off; it must not release the slot
 *
 * Looks at slots until a batch is full.
 *
 * Context: Process, sleeps for a grace period. Calls must not overlap.
 * Return: Where to go on; 0 when the end of the table was reached.
 */
unsigned int np_track_expire(u64 before, unsigned int from,
			     void (*emit)(struct np_slot *slot))
{
	struct np_slot *batch[NP_EXPIRE_BATCH];
	unsigned int i, n = 0;

	for (i = from; i < np_nr_slots && n < NP_EXPIRE_BATCH; i++) {
		unsigned long key = smp_load_acquire(&np_keys[i]);
		struct np_slot *slot = &np_slots[i];

		if (!key || key & 1 || !READ_ONCE(slot->nr))
			continue;
		if ((s64)(READ_ONCE(slot->stamps[0].time) - before) >= 0)
			continue;
		if (cmpxchg(&np_keys[i], key, key | 1) != key)
			continue;
		WRITE_ONCE(slot->skb, NP_NO_SKB);
		batch[n++] = slot;
	}
	if (n)
		synchronize_rcu();
	preempt_disable();
	while (n) {
		emit(batch[--n]);
		np_track_release(batch[n]);
	}
	preempt_enable();
	return i < np_nr_slots ? i : 0;
}

/**
 * np_track_open() - Allow or refuse new journeys.
 * @open: true only while every death of a packet is seen
 *
 * Context: Process; session mutex held.
 */
void np_track_open(bool open)
{
	WRITE_ONCE(np_births_open, open);
}

/**
 * np_track_slots() - How many packets the table can hold.
 *
 * Context: Any.
 */
unsigned int np_track_slots(void)
{
	return np_nr_slots;
}

/**
 * np_track_alloc() - Allocate the table.
 * @nr_slots: power of two, at least NP_BUCKET_KEYS * 2
 *
 * Context: Process, may sleep; before the first hook is armed.
 * Return: 0 or -ENOMEM.
 */
int np_track_alloc(unsigned int nr_slots)
{
	unsigned int i;
	int cpu;

	np_keys = vzalloc(array_size(nr_slots, sizeof(*np_keys)));
	np_slots = vzalloc(array_size(nr_slots, sizeof(*np_slots)));
	if (!np_keys || !np_slots) {
		np_track_free();
		return -ENOMEM;
	}
	np_nr_slots = nr_slots;
	np_bucket_shift = 64 - ilog2(nr_slots / NP_BUCKET_KEYS);
	for (i = 0; i < nr_slots; i++) {
		np_slots[i].skb = NP_NO_SKB;
		np_slots[i].key = &np_keys[i];
	}
	for_each_possible_cpu(cpu) {
		per_cpu(np_cpu, cpu).last = &np_no_slot;
		per_cpu(np_cpu, cpu).tag = cpu << NP_TAG_CPU_SHIFT;
		per_cpu(np_cpu, cpu).id = NP_ID_USED;
	}
	return 0;
}

/**
 * np_track_free() - Free the table.
 *
 * Context: Process; no hook is armed and no handler runs any more.
 */
void np_track_free(void)
{
	vfree(np_slots);
	vfree(np_keys);
	np_slots = NULL;
	np_keys = NULL;
	np_nr_slots = 0;
}

/**
 * np_track_reset() - Empty the table.
 *
 * Context: Process; no hook is armed and no handler runs any more.
 * Return: How many packets were in flight.
 */
unsigned int np_track_reset(void)
{
	unsigned int i, alive = 0;
	int cpu;

	for (i = 0; i < np_nr_slots; i++) {
		if (!np_keys[i])
			continue;
		alive++;
		np_slots[i].skb = NP_NO_SKB;
		np_keys[i] = 0;
	}
	for_each_possible_cpu(cpu) {
		per_cpu(np_cpu, cpu).last = &np_no_slot;
		per_cpu(np_cpu, cpu).untracked = NULL;
	}
	return alive;
}
