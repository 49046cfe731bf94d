// SPDX-License-Identifier: GPL-2.0-only
/* The table of packets in flight, by one task; track_race.c has many. */
#include "suites.h"

static unsigned long bucket_of(const struct np_slot *slot)
{
	/* what np_track.c takes for it */
	return ((u64)slot->skb * GOLDEN_RATIO_64) >> (64 - ilog2(TABLE_BUCKETS));
}

/* Fill the bucket of packet 0; the packets that are in it, and one more that would be. */
static void fill_bucket(struct kunit *test, const void *in[NP_BUCKET_KEYS], const void **more)
{
	unsigned int nr = 0;
	unsigned long n;

	for (n = 0; nr <= NP_BUCKET_KEYS; n++) {
		struct np_slot probe = { .skb = packet(n) }, first = { .skb = packet(0) };

		if (bucket_of(&probe) != bucket_of(&first))
			continue;
		if (nr == NP_BUCKET_KEYS) {
			*more = packet(n);
			return;
		}
		in[nr++] = packet(n);
		KUNIT_EXPECT_TRUE(test, np_track_birth(packet(n), true));
	}
}

/* A packet passed a stage, and ended. */
static void die(struct kunit *test, const void *skb)
{
	struct np_slot *slot = np_track_find(skb);

	KUNIT_ASSERT_TRUE(test, slot);
	KUNIT_EXPECT_TRUE(test, np_track_claim_death(slot, skb));
	np_track_release(slot);
}

static void unknown_packet_is_not_found(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(packet(1)), NULL);
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(NULL), NULL);
	KUNIT_EXPECT_EQ(test, np_track_slots(), (unsigned int)TABLE_SLOTS);
}

static void nothing_is_born_while_closed(struct kunit *test)
{
	u64 births = np_stats_sum(NP_BIRTHS);

	np_track_close();
	KUNIT_EXPECT_PTR_EQ(test, np_track_birth(packet(1), true), NULL);
	KUNIT_EXPECT_PTR_EQ(test, np_track_begin(packet(1)), NULL);
	KUNIT_EXPECT_EQ(test, np_stats_sum(NP_BIRTHS), births);
}

static void what_was_noted_may_be_before_the_first_stage(struct kunit *test)
{
	struct np_slot *slot = np_track_birth(packet(1), true);

	KUNIT_ASSERT_TRUE(test, slot);
	slot->stamps[0].time = 1ULL << 50 | 2000;
	KUNIT_EXPECT_EQ(test, np_track_noted_time(slot, 1000ULL << 16), 1ULL << 50 | 1000);
	KUNIT_EXPECT_EQ(test, np_track_noted_time(slot, 3000ULL << 16), 1ULL << 50 | 3000);
	slot->stamps[0].time = (1ULL << 48) - 1;
	KUNIT_EXPECT_EQ(test, np_track_noted_time(slot, 5ULL << 16), (1ULL << 48) + 5);
}

static void next_packet_of_a_slot_has_nothing_of_the_last(struct kunit *test)
{
	struct np_slot *slot = np_track_birth(packet(1), true);

	KUNIT_ASSERT_TRUE(test, slot);
	slot->ident.tcp_seq = 1;
	slot->ident.sport = 1;
	KUNIT_ASSERT_TRUE(test, np_track_claim_death(slot, packet(1)));
	np_track_release(slot);
	KUNIT_ASSERT_TRUE(test, np_track_birth(packet(1), true) == slot);
	KUNIT_EXPECT_EQ(test, slot->ident.tcp_seq, 0U);
	KUNIT_EXPECT_EQ(test, slot->ident.sport, 0);
}

static void nobody_finds_what_is_under_way_once_closed(struct kunit *test)
{
	struct np_slot *one = np_track_birth(packet(1), true);

	KUNIT_ASSERT_TRUE(test, one);
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(packet(1)), one);
	np_track_close();
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(packet(1)), NULL);
	KUNIT_EXPECT_FALSE(test, np_track_claim_death(one, packet(1)));
	KUNIT_EXPECT_EQ(test, np_track_reset(), 1U);
}

static void packet_is_found_with_and_without_the_shortcut(struct kunit *test)
{
	struct np_slot *one = np_track_birth(packet(1), true);
	struct np_slot *two = np_track_birth(packet(2), true);

	KUNIT_ASSERT_TRUE(test, one && two && one != two);
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(packet(2)), two);
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(packet(1)), one);
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(packet(1)), one);
	KUNIT_EXPECT_PTR_EQ(test, np_track_find_slow(packet(2)), two);
}

static void end_is_claimed_once(struct kunit *test)
{
	struct np_slot *slot = np_track_birth(packet(1), true);

	KUNIT_ASSERT_TRUE(test, slot);
	KUNIT_EXPECT_TRUE(test, np_track_claim_death(slot, packet(1)));
	KUNIT_EXPECT_FALSE(test, np_track_claim_death(slot, packet(1)));
	np_track_release(slot);
	KUNIT_EXPECT_FALSE(test, np_track_claim_death(slot, packet(1)));
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(packet(1)), NULL);
}

static void same_address_is_another_packet_after_the_end(struct kunit *test)
{
	struct np_slot *slot = np_track_birth(packet(1), true);
	u64 id;

	KUNIT_ASSERT_TRUE(test, slot);
	id = slot->ident.id;
	np_track_stamp(slot, 1);
	np_track_wake(slot, 5, np_now());
	die(test, packet(1));
	slot = np_track_begin(packet(1));
	KUNIT_ASSERT_TRUE(test, slot);
	KUNIT_EXPECT_NE(test, slot->ident.id, id);
	KUNIT_EXPECT_EQ(test, np_track_nr(slot), 0U);
	KUNIT_EXPECT_FALSE(test, np_track_noted(slot, slot->wake));
}

static void packet_whose_end_was_not_seen_is_given_back_by_begin(struct kunit *test)
{
	struct np_slot *slot = np_track_birth(packet(1), true);

	KUNIT_ASSERT_TRUE(test, slot);
	np_track_stamp(slot, 1);
	KUNIT_EXPECT_PTR_EQ(test, np_track_begin(packet(1)), slot);
	KUNIT_EXPECT_EQ(test, np_track_nr(slot), 1U);
}

static void ids_are_unique_and_grow(struct kunit *test)
{
	struct np_slot *slot;
	unsigned int i;
	u64 last = 0;

	/* the blocks that ids are given in end many times */
	preempt_disable();
	for (i = 0; i < 5000; i++) {
		slot = np_track_birth(packet(1), true);
		if (!slot || slot->ident.id <= last)
			break;
		last = slot->ident.id;
		np_track_claim_death(slot, packet(1));
		np_track_release(slot);
	}
	preempt_enable();
	KUNIT_EXPECT_EQ(test, i, 5000U);
}

static void packet_without_room_is_counted_once(struct kunit *test)
{
	const void *in[NP_BUCKET_KEYS], *more = NULL;
	u64 untracked;
	unsigned int i;

	fill_bucket(test, in, &more);
	untracked = np_stats_sum(NP_UNTRACKED);
	preempt_disable();
	for (i = 0; i < 3; i++) {
		if (np_track_birth(more, false))
			break;
	}
	preempt_enable();
	KUNIT_EXPECT_EQ(test, i, 3U);
	KUNIT_EXPECT_EQ(test, np_stats_sum(NP_UNTRACKED), untracked + 1);
	for (i = 0; i < NP_BUCKET_KEYS; i++)
		KUNIT_EXPECT_TRUE(test, np_track_find(in[i]));
}

static void packet_without_room_stays_unknown_until_it_begins_anew(struct kunit *test)
{
	const void *in[NP_BUCKET_KEYS], *more = NULL;
	struct np_slot *late, *begun;

	fill_bucket(test, in, &more);
	preempt_disable();
	np_track_birth(more, true);
	die(test, in[3]);
	late = np_track_birth(more, false);
	begun = np_track_birth(more, true);
	preempt_enable();
	KUNIT_EXPECT_PTR_EQ(test, late, NULL);
	KUNIT_EXPECT_TRUE(test, begun);
}

static unsigned int nr_expired;

static void emit(struct np_slot *slot)
{
	nr_expired++;
}

static void old_packets_expire_and_young_ones_do_not(struct kunit *test)
{
	struct np_slot *old = np_track_birth(packet(1), true);
	struct np_slot *young = np_track_birth(packet(2), true);
	struct np_slot *empty = np_track_birth(packet(3), true);
	struct np_slot *dying = np_track_birth(packet(4), true);

	KUNIT_ASSERT_TRUE(test, old && young && empty && dying);
	np_track_stamp_at(old, 1, 100);
	np_track_stamp_at(young, 1, 300);
	np_track_stamp_at(dying, 1, 100);
	KUNIT_EXPECT_TRUE(test, np_track_claim_death(dying, packet(4)));
	nr_expired = 0;
	np_track_expire(200, emit);
	KUNIT_EXPECT_EQ(test, nr_expired, 1U);
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(packet(1)), NULL);
	KUNIT_EXPECT_FALSE(test, np_track_claim_death(old, packet(1)));
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(packet(2)), young);
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(packet(3)), empty);
	np_track_release(dying);
	np_track_expire(200, emit);
	KUNIT_EXPECT_EQ(test, nr_expired, 1U);
	KUNIT_EXPECT_TRUE(test, np_track_birth(packet(1), true));
}

static void reset_counts_and_forgets_what_lives(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_TRUE(test, np_track_birth(packet(i), true));
	KUNIT_EXPECT_EQ(test, np_track_reset(), 3U);
	KUNIT_EXPECT_EQ(test, np_track_reset(), 0U);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_PTR_EQ(test, np_track_find(packet(i)), NULL);
}

static void kept_slot_moves_out_of_a_full_bucket(struct kunit *test)
{
	const void *in[NP_BUCKET_KEYS], *more = NULL;
	struct np_slot *slot, *kept;
	u64 id;

	fill_bucket(test, in, &more);
	slot = np_track_find(in[0]);
	KUNIT_ASSERT_TRUE(test, slot);
	id = slot->ident.id;
	np_track_stamp_at(slot, 1, 10);
	np_track_stamp_at(slot, 2, 20);
	np_track_dev(slot, init_net.loopback_dev, 0);
	KUNIT_EXPECT_TRUE(test, np_track_claim_death(slot, in[0]));
	kept = np_track_keep(slot);
	KUNIT_ASSERT_TRUE(test, kept);
	KUNIT_EXPECT_PTR_NE(test, kept, slot);
	KUNIT_EXPECT_EQ(test, kept->ident.id, id);
	KUNIT_EXPECT_EQ(test, np_track_nr(kept), 2U);
	KUNIT_EXPECT_EQ(test, kept->stamps[1].time, 20ULL);
	KUNIT_EXPECT_PTR_EQ(test, kept->next_dev, kept->devs + 1);
	KUNIT_EXPECT_PTR_EQ(test, kept->end, kept->stamps + NP_SLOT_STAMPS);
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(in[0]), NULL);
	/* and there is room again where it was */
	KUNIT_EXPECT_PTR_EQ(test, np_track_birth(more, true), slot);
}

static void kept_slot_stays_where_there_is_room(struct kunit *test)
{
	struct np_slot *slot = np_track_birth(packet(1), true);

	KUNIT_ASSERT_TRUE(test, slot);
	KUNIT_EXPECT_TRUE(test, np_track_claim_death(slot, packet(1)));
	KUNIT_EXPECT_PTR_EQ(test, np_track_keep(slot), slot);
	KUNIT_EXPECT_PTR_EQ(test, np_track_find(packet(1)), NULL);
}

static void slot_is_not_kept_in_a_full_table(struct kunit *test)
{
	struct np_slot *slot, *some = NULL;
	unsigned int nr = 0;
	unsigned long n;

	for (n = 0; n < 100000 && nr < TABLE_SLOTS; n++) {
		slot = np_track_birth(packet(n), true);
		if (slot) {
			some = slot;
			nr++;
		}
	}
	KUNIT_ASSERT_EQ(test, nr, (unsigned int)TABLE_SLOTS);
	KUNIT_EXPECT_TRUE(test, np_track_claim_death(some, some->skb));
	KUNIT_EXPECT_PTR_EQ(test, np_track_keep(some), NULL);
}

static struct kunit_case track_cases[] = {
	KUNIT_CASE(unknown_packet_is_not_found),
	KUNIT_CASE(nothing_is_born_while_closed),
	KUNIT_CASE(nobody_finds_what_is_under_way_once_closed),
	KUNIT_CASE(what_was_noted_may_be_before_the_first_stage),
	KUNIT_CASE(next_packet_of_a_slot_has_nothing_of_the_last),
	KUNIT_CASE(packet_is_found_with_and_without_the_shortcut),
	KUNIT_CASE(end_is_claimed_once),
	KUNIT_CASE(same_address_is_another_packet_after_the_end),
	KUNIT_CASE(packet_whose_end_was_not_seen_is_given_back_by_begin),
	KUNIT_CASE(ids_are_unique_and_grow),
	KUNIT_CASE(packet_without_room_is_counted_once),
	KUNIT_CASE(packet_without_room_stays_unknown_until_it_begins_anew),
	KUNIT_CASE(old_packets_expire_and_young_ones_do_not),
	KUNIT_CASE(reset_counts_and_forgets_what_lives),
	KUNIT_CASE(kept_slot_moves_out_of_a_full_bucket),
	KUNIT_CASE(kept_slot_stays_where_there_is_room),
	KUNIT_CASE(slot_is_not_kept_in_a_full_table),
	{ }
};

struct kunit_suite track_suite = {
	.name		= "track",
	.init		= table_init,
	.exit		= table_exit,
	.test_cases	= track_cases,
};
