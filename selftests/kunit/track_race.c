// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of packets in flight with an owner of packets on each CPU and the expiry beside them:
 * no journey may be lost, counted twice, or mix two packets.
 */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/prandom.h>

#include "suites.h"

#define NR_OWNERS	4
/* of each; together more than the table holds */
#define NR_PACKETS	24
/* at least: a packet is not born while its slot waits for a grace period, which may be long */
#define ROUNDS		40000
#define MAX_ROUNDS	(500 * ROUNDS)
#define MIN_DEATHS	100

/**
 * struct owner - a task that has packets of its own.
 * @task: its thread
 * @done: it has done its rounds
 * @first: number of its first packet
 * @births: journeys that it began
 * @deaths: journeys that it ended
 * @faults: journeys that were not as it left them
 */
struct owner {
	struct task_struct	*task;
	bool			done;
	unsigned long		first;
	u64			births;
	u64			deaths;
	u64			faults;
};

static struct owner owners[NR_OWNERS];
static u64 nr_expired, nr_mixed;
static bool expiring;

/* All that was written into a slot bears the number of its packet. */
static bool of_one_packet(const struct np_slot *slot, unsigned long n)
{
	const struct np_stamp *stamp;

	for (stamp = slot->stamps; stamp < slot->next; stamp++) {
		if (stamp->detail != n)
			return false;
	}
	return slot->ident.tcp_seq == n;
}

static void own_one(struct owner *owner, struct rnd_state *rnd)
{
	unsigned long n = owner->first + prandom_u32_state(rnd) % NR_PACKETS;
	const void *skb = packet(n);
	struct np_slot *slot = np_track_find(skb);

	if (!slot) {
		slot = np_track_birth(skb, true);
		if (!slot)
			return;
		owner->births++;
		slot->ident.tcp_seq = n;
		np_track_detail(slot, 1, n);
		return;
	}
	if (!of_one_packet(slot, n))
		owner->faults++;
	if (prandom_u32_state(rnd) % 4) {
		np_track_detail(slot, 2, n);
	} else if (np_track_claim_death(slot, skb)) {
		owner->deaths++;
		np_track_release(slot);
	}
}

/* Has there been enough of all that is to be looked at? */
static bool enough(const struct owner *owner, unsigned int rounds)
{
	if (rounds >= MAX_ROUNDS)
		return true;
	return rounds >= ROUNDS && owner->deaths > MIN_DEATHS &&
	       (!expiring || READ_ONCE(nr_expired));
}

static int own(void *data)
{
	struct owner *owner = data;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, owner->first + 1);
	for (i = 0; !enough(owner, i); i++) {
		own_one(owner, &rnd);
		/* a grace period of RCU-tasks waits for that */
		if (i % 256 == 0)
			usleep_range(10, 50);
	}
	/* pairs with the acquire in run_owners() */
	smp_store_release(&owner->done, true);
	while (!kthread_should_stop())
		usleep_range(1000, 2000);
	return 0;
}

static void emit(struct np_slot *slot)
{
	WRITE_ONCE(nr_expired, nr_expired + 1);
	nr_mixed += !of_one_packet(slot, slot->ident.tcp_seq);
}

static bool run_owners(struct kunit *test, bool expire)
{
	unsigned int i, done;

	nr_expired = 0;
	nr_mixed = 0;
	expiring = expire;
	for (i = 0; i < NR_OWNERS; i++) {
		owners[i] = (struct owner) { .first = i * NR_PACKETS };
		owners[i].task = kthread_run(own, &owners[i], "np_owner%u", i);
	}
	do {
		if (expire)
			np_track_expire(np_now(), emit);
		usleep_range(1000, 2000);
		for (i = 0, done = 0; i < NR_OWNERS; i++) {
			/* pairs with the release in own() */
			done += IS_ERR(owners[i].task) || smp_load_acquire(&owners[i].done);
		}
	} while (done < NR_OWNERS);
	for (i = 0, done = 0; i < NR_OWNERS; i++)
		done += !IS_ERR(owners[i].task) && !kthread_stop(owners[i].task);
	return done == NR_OWNERS;
}

static void expect_all_accounted_for(struct kunit *test)
{
	u64 births = 0, deaths = 0;
	unsigned int i;

	for (i = 0; i < NR_OWNERS; i++) {
		KUNIT_EXPECT_EQ(test, owners[i].faults, 0ULL);
		KUNIT_EXPECT_TRUE(test, owners[i].deaths > MIN_DEATHS);
		births += owners[i].births;
		deaths += owners[i].deaths;
	}
	KUNIT_EXPECT_EQ(test, nr_mixed, 0ULL);
	KUNIT_EXPECT_EQ(test, births, deaths + nr_expired + np_track_reset());
}

static void owners_do_not_disturb_each_other(struct kunit *test)
{
	KUNIT_ASSERT_TRUE(test, run_owners(test, false));
	KUNIT_EXPECT_EQ(test, nr_expired, 0ULL);
	expect_all_accounted_for(test);
}

static void each_journey_ends_by_its_owner_or_by_expiry(struct kunit *test)
{
	KUNIT_ASSERT_TRUE(test, run_owners(test, true));
	KUNIT_EXPECT_TRUE(test, nr_expired > 0);
	expect_all_accounted_for(test);
}

static struct kunit_case race_cases[] = {
	KUNIT_CASE(owners_do_not_disturb_each_other),
	KUNIT_CASE(each_journey_ends_by_its_owner_or_by_expiry),
	{ }
};

struct kunit_suite track_race_suite = {
	.name		= "track_race",
	.init		= table_init,
	.exit		= table_exit,
	.test_cases	= race_cases,
};
