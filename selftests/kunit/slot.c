// SPDX-License-Identifier: GPL-2.0-only
/* What is written into a slot. */
#include "suites.h"

static struct np_slot *born(unsigned long n)
{
	return np_track_birth(packet(n), true);
}

static unsigned int stage_at(const struct np_slot *slot, unsigned int i)
{
	return NP_TAG_STAGE(slot->stamps[i].tag);
}

static void new_slot_is_empty(struct kunit *test)
{
	struct np_slot *slot = born(1);

	KUNIT_ASSERT_TRUE(test, slot);
	KUNIT_EXPECT_EQ(test, np_track_nr(slot), 0U);
	KUNIT_EXPECT_EQ(test, np_track_last(slot), (unsigned int)NETPATH_STAGE_NONE);
	KUNIT_EXPECT_PTR_EQ(test, slot->next_dev, &slot->devs[0]);
	KUNIT_EXPECT_EQ(test, slot->ident.flags, 0U);
	KUNIT_EXPECT_EQ(test, slot->ident.parent_id, 0ULL);
	KUNIT_EXPECT_EQ(test, slot->state, 0);
}

static void stamps_are_kept_in_order_until_full(struct kunit *test)
{
	u64 truncated = np_stats_sum(NP_TRUNCATED);
	struct np_slot *slot = born(1);
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, slot);
	for (i = 0; i < NP_SLOT_STAMPS; i++)
		KUNIT_EXPECT_TRUE(test, np_track_stamp_at(slot, i % 8 + 1, 100 + i));
	KUNIT_EXPECT_FALSE(test, np_track_stamp_at(slot, 1, 1000));
	KUNIT_EXPECT_EQ(test, slot->ident.flags & NETPATH_F_TRUNCATED, 0U);
	np_track_stamp(slot, 1);
	KUNIT_EXPECT_EQ(test, slot->ident.flags & NETPATH_F_TRUNCATED,
			(u32)NETPATH_F_TRUNCATED);
	KUNIT_EXPECT_EQ(test, np_stats_sum(NP_TRUNCATED), truncated + 1);
	KUNIT_EXPECT_EQ(test, np_track_nr(slot), (unsigned int)NP_SLOT_STAMPS);
	for (i = 0; i < NP_SLOT_STAMPS; i++) {
		KUNIT_EXPECT_EQ(test, stage_at(slot, i), i % 8 + 1);
		KUNIT_EXPECT_EQ(test, slot->stamps[i].time, (u64)100 + i);
	}
}

static void inserted_stamp_goes_to_its_place_by_time(struct kunit *test)
{
	static const u64 times[] = { 5, 10, 15, 20, 30 };
	struct np_slot *slot = born(1);
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, slot);
	np_track_stamp_at(slot, 1, 10);
	np_track_stamp_at(slot, 2, 20);
	np_slot_insert(slot, 3, 15);
	np_slot_insert(slot, 4, 5);
	np_slot_insert(slot, 5, 30);
	KUNIT_ASSERT_EQ(test, np_track_nr(slot), 5U);
	for (i = 0; i < ARRAY_SIZE(times); i++)
		KUNIT_EXPECT_EQ(test, slot->stamps[i].time, times[i]);
	KUNIT_EXPECT_EQ(test, stage_at(slot, 0), 4U);
	KUNIT_EXPECT_EQ(test, stage_at(slot, 2), 3U);
}

static void inserted_stamp_has_the_device_of_the_stage_before(struct kunit *test)
{
	struct np_slot *slot = born(1);

	KUNIT_ASSERT_TRUE(test, slot);
	np_track_stamp_at(slot, 1, 10);
	np_track_dev(slot, init_net.loopback_dev, 0);
	np_track_stamp_at(slot, 2, 20);
	np_slot_insert(slot, 3, 15);
	np_slot_insert(slot, 4, 25);
	KUNIT_EXPECT_EQ(test, slot->stamps[1].tag >> NP_TAG_DEV_SHIFT & 0xff, 0U);
	KUNIT_EXPECT_EQ(test, slot->stamps[2].tag >> NP_TAG_DEV_SHIFT & 0xff, 1U);
	KUNIT_EXPECT_EQ(test, slot->stamps[3].tag >> NP_TAG_DEV_SHIFT & 0xff, 1U);
}

static void device_is_written_down_until_there_are_too_many(struct kunit *test)
{
	struct np_slot *slot = born(1);
	unsigned int i;

	KUNIT_ASSERT_TRUE(test, slot);
	for (i = 0; i < NP_SLOT_DEVS; i++)
		np_track_dev(slot, init_net.loopback_dev, htons(ETH_P_IP));
	KUNIT_EXPECT_STREQ(test, slot->devs[0].name, "lo");
	KUNIT_EXPECT_EQ(test, slot->devs[NP_SLOT_DEVS - 1].ifindex,
			(u32)init_net.loopback_dev->ifindex);
	KUNIT_EXPECT_EQ(test, slot->ident.flags & NETPATH_F_TRUNCATED, 0U);
	np_track_dev(slot, init_net.loopback_dev, htons(ETH_P_IP));
	KUNIT_EXPECT_EQ(test, slot->ident.flags & NETPATH_F_TRUNCATED,
			(u32)NETPATH_F_TRUNCATED);
	KUNIT_EXPECT_PTR_EQ(test, slot->next_dev, slot->devs + NP_SLOT_DEVS);
}

static void child_has_the_stages_of_its_parent_and_goes_on_alone(struct kunit *test)
{
	struct np_slot *parent = born(1), *child;

	KUNIT_ASSERT_TRUE(test, parent);
	np_track_dev(parent, init_net.loopback_dev, 0);
	np_track_stamp_at(parent, 1, 10);
	np_track_stamp_at(parent, 2, 20);
	parent->ident.reader_pid = 7;
	parent->ident.writer_pid = 8;
	np_slot_extra(parent)->tcp_cwnd = 9;
	child = born(2);
	KUNIT_ASSERT_TRUE(test, child && child != parent);
	np_slot_inherit(child, parent);
	np_track_stamp_at(child, 3, 30);

	KUNIT_EXPECT_EQ(test, np_track_nr(parent), 2U);
	KUNIT_EXPECT_EQ(test, np_track_nr(child), 3U);
	KUNIT_EXPECT_EQ(test, stage_at(child, 1), 2U);
	/* the time from stage 1 to 2 is in the histograms already, or will be by the parent */
	KUNIT_EXPECT_EQ(test, child->counted, 1);
	KUNIT_EXPECT_NE(test, child->ident.id, parent->ident.id);
	KUNIT_EXPECT_EQ(test, child->ident.parent_id, parent->ident.id);
	KUNIT_EXPECT_EQ(test, child->ident.writer_pid, 8U);
	KUNIT_EXPECT_EQ(test, child->ident.reader_pid, 0U);
	KUNIT_EXPECT_EQ(test, child->extra.tcp_cwnd, 9U);
	KUNIT_EXPECT_STREQ(test, child->devs[0].name, "lo");
	KUNIT_EXPECT_PTR_EQ(test, child->next_dev, child->devs + 1);
}

static void extra_part_is_zeroed_the_first_time_only(struct kunit *test)
{
	struct np_slot *slot = born(1);

	KUNIT_ASSERT_TRUE(test, slot);
	memset(&slot->extra, 0xff, sizeof(slot->extra));
	KUNIT_EXPECT_EQ(test, np_slot_extra(slot)->hw_time, 0ULL);
	KUNIT_EXPECT_EQ(test, np_slot_extra(slot)->qdisc[0], 0);
	np_slot_extra(slot)->tcp_cwnd = 10;
	KUNIT_EXPECT_EQ(test, np_slot_extra(slot)->tcp_cwnd, 10U);
}

static void note_counts_for_the_packet_that_it_names_only(struct kunit *test)
{
	struct np_slot *slot = born(1);

	KUNIT_ASSERT_TRUE(test, slot);
	KUNIT_EXPECT_FALSE(test, np_track_noted(slot, slot->wake));
	np_track_stamp_at(slot, 1, (1ULL << 48) - 10);
	np_track_wake(slot, 77, (1ULL << 48) + 5);
	KUNIT_EXPECT_TRUE(test, np_track_noted(slot, slot->wake));
	/* only the lower 48 bits of the time are kept */
	KUNIT_EXPECT_EQ(test, np_track_noted_time(slot, slot->wake), (1ULL << 48) + 5);
	np_track_done(slot, slot->ident.id + 1, 50);
	KUNIT_EXPECT_FALSE(test, np_track_noted(slot, slot->done));
	np_track_done(slot, slot->ident.id, 50);
	KUNIT_EXPECT_TRUE(test, np_track_noted(slot, slot->done));
}

static struct kunit_case slot_cases[] = {
	KUNIT_CASE(new_slot_is_empty),
	KUNIT_CASE(stamps_are_kept_in_order_until_full),
	KUNIT_CASE(inserted_stamp_goes_to_its_place_by_time),
	KUNIT_CASE(inserted_stamp_has_the_device_of_the_stage_before),
	KUNIT_CASE(device_is_written_down_until_there_are_too_many),
	KUNIT_CASE(child_has_the_stages_of_its_parent_and_goes_on_alone),
	KUNIT_CASE(extra_part_is_zeroed_the_first_time_only),
	KUNIT_CASE(note_counts_for_the_packet_that_it_names_only),
	{ }
};

struct kunit_suite slot_suite = {
	.name		= "slot",
	.init		= table_init,
	.exit		= table_exit,
	.test_cases	= slot_cases,
};
