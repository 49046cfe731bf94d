// SPDX-License-Identifier: GPL-2.0-only
/* What is decided when a packet ends: each rule with a packet it is about, and one it is not. */
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/preempt.h>

#include "np_clock.h"
#include "np_freeze.h"
#include "np_keep.h"
#include "np_rules.h"
#include "np_stage.h"
#include "suites.h"

/* a reading is a ns */
static const struct np_clock_cal one_ns = { .mult = 1ULL << 32 };
static const struct np_clock_cal *calibration;
/* it was on the loopback device, and took 300 ns: 100 to the second stage, then 200 */
static struct np_slot *slot;

#define BEGIN	1000
#define SECOND	1100
#define END	1300

static void rules(struct kunit *test, struct np_rule_set set)
{
	const char *what;

	KUNIT_EXPECT_PTR_EQ(test, np_rules_check(&set, &what), NULL);
	KUNIT_EXPECT_EQ(test, np_rules_set(&set, NULL, 0), 0);
}

#define RULES(...)	rules(test, (struct np_rule_set){ __VA_ARGS__ })
#define EXPECT_FATE(_fate) \
	KUNIT_EXPECT_EQ(test, np_keep_fate(slot, END), NP_FATE_##_fate)

static void only_by(struct np_slot *of, unsigned int stage)
{
	of->next = of->stamps;
	np_track_stamp_at(of, stage, BEGIN);
	np_track_stamp_at(of, stage, SECOND);
}

static void without_rules_all_is_recorded(struct kunit *test)
{
	RULES(0);
	KUNIT_EXPECT_FALSE(test, static_key_enabled(&np_keep_key));
	EXPECT_FATE(RECORD);
	RULES(.pid = 1);
	KUNIT_EXPECT_TRUE(test, static_key_enabled(&np_keep_key));
	RULES(0);
	KUNIT_EXPECT_FALSE(test, static_key_enabled(&np_keep_key));
}

static void device_decides(struct kunit *test)
{
	u32 index = init_net.loopback_dev->ifindex;

	RULES(.ifindex = index);
	EXPECT_FATE(RECORD);
	RULES(.ifindex = index + 1);
	EXPECT_FATE(NOTHING);
	/* any of those it was on */
	np_track_dev(slot, init_net.loopback_dev, 0);
	slot->devs[1].ifindex = index + 1;
	EXPECT_FATE(RECORD);
	slot->next_dev = slot->devs;
	EXPECT_FATE(NOTHING);
}

static void namespace_decides(struct kunit *test)
{
	u32 inum = init_net.ns.inum;

	RULES(.netns = inum);
	EXPECT_FATE(RECORD);
	RULES(.netns = inum + 1);
	EXPECT_FATE(NOTHING);
}

static void device_is_one_of_that_namespace(struct kunit *test)
{
	u32 index = init_net.loopback_dev->ifindex, inum = init_net.ns.inum;

	np_track_dev(slot, init_net.loopback_dev, 0);
	slot->devs[1].ifindex = index + 1;
	slot->devs[1].netns = inum + 1;
	RULES(.ifindex = index, .netns = inum);
	EXPECT_FATE(RECORD);
	RULES(.ifindex = index + 1, .netns = inum + 1);
	EXPECT_FATE(RECORD);
	RULES(.ifindex = index, .netns = inum + 1);
	EXPECT_FATE(NOTHING);
}

/* Its socket says where it was, if it was dropped before it came to a device. */
static void socket_stands_for_a_device_that_was_not_reached(struct kunit *test)
{
	slot->next_dev = slot->devs;
	slot->ident.sock_netns = init_net.ns.inum;
	slot->ident.outcome = NETPATH_OUTCOME_DROPPED;
	RULES(.netns = init_net.ns.inum);
	EXPECT_FATE(RECORD);
	slot->ident.outcome = NETPATH_OUTCOME_CONSUMED;
	EXPECT_FATE(NOTHING);
	slot->ident.outcome = NETPATH_OUTCOME_DROPPED;
	slot->ident.sock_netns++;
	EXPECT_FATE(NOTHING);
	RULES(.netns = init_net.ns.inum + 1, .ifindex = 1);
	EXPECT_FATE(NOTHING);
}

static void direction_decides(struct kunit *test)
{
	RULES(.direction = NP_DIR_TX);
	only_by(slot, NETPATH_STAGE_IP_OUTPUT);
	EXPECT_FATE(RECORD);
	only_by(slot, NETPATH_STAGE_IP_RCV);
	EXPECT_FATE(NOTHING);
	RULES(.direction = NP_DIR_RX);
	EXPECT_FATE(RECORD);
	only_by(slot, NETPATH_STAGE_IP_OUTPUT);
	EXPECT_FATE(NOTHING);
	/* some process read it, from a tunnel */
	np_track_stamp_at(slot, NETPATH_STAGE_RECVMSG, END);
	EXPECT_FATE(NOTHING);
	np_track_stamp_at(slot, NETPATH_STAGE_IP_RCV, END);
	EXPECT_FATE(RECORD);
	RULES(.direction = NP_DIR_TX);
	EXPECT_FATE(RECORD);
}

static void process_decides(struct kunit *test)
{
	slot->ident.writer_pid = 7;
	slot->ident.reader_pid = 8;
	RULES(.pid = 7);
	EXPECT_FATE(RECORD);
	RULES(.pid = 8);
	EXPECT_FATE(RECORD);
	RULES(.pid = 9);
	EXPECT_FATE(NOTHING);
}

static void drop_decides(struct kunit *test)
{
	RULES(.drops = 1);
	EXPECT_FATE(TIMES);
	slot->ident.outcome = NETPATH_OUTCOME_DROPPED;
	EXPECT_FATE(RECORD);
}

static void reason_decides(struct kunit *test)
{
	slot->ident.outcome = NETPATH_OUTCOME_DROPPED;
	slot->ident.drop_reason = 5;
	RULES(.nr_reasons = 2, .reasons = { 4, 5 });
	EXPECT_FATE(RECORD);
	RULES(.nr_reasons = 1, .reasons = { 4, 5 });
	EXPECT_FATE(TIMES);
	RULES(.nr_reasons = 1, .reasons = { 5 });
	EXPECT_FATE(RECORD);
	slot->ident.outcome = NETPATH_OUTCOME_CONSUMED;
	EXPECT_FATE(TIMES);
}

static void total_time_decides(struct kunit *test)
{
	RULES(.total_ns = END - BEGIN - 1);
	EXPECT_FATE(RECORD);
	RULES(.total_ns = END - BEGIN);
	EXPECT_FATE(TIMES);
}

/* What was read ended with the last copy, whenever it was freed. */
static void delivered_packet_ends_with_its_last_stage(struct kunit *test)
{
	slot->ident.outcome = NETPATH_OUTCOME_DELIVERED;
	RULES(.total_ns = SECOND - BEGIN - 1);
	EXPECT_FATE(RECORD);
	RULES(.total_ns = SECOND - BEGIN);
	EXPECT_FATE(TIMES);
}

static void time_in_a_stage_decides(struct kunit *test)
{
	RULES(.stage = NETPATH_STAGE_IP_RCV, .stage_ns = SECOND - BEGIN - 1);
	EXPECT_FATE(RECORD);
	RULES(.stage = NETPATH_STAGE_IP_RCV, .stage_ns = SECOND - BEGIN);
	EXPECT_FATE(TIMES);
	/* of the last one, to the end */
	RULES(.stage = NETPATH_STAGE_UDP_RCV, .stage_ns = END - SECOND - 1);
	EXPECT_FATE(RECORD);
	RULES(.stage = NETPATH_STAGE_UDP_RCV, .stage_ns = END - SECOND);
	EXPECT_FATE(TIMES);
	RULES(.stage = NETPATH_STAGE_IP_OUTPUT, .stage_ns = 1);
	EXPECT_FATE(TIMES);
}

static void flow_decides_the_same_both_ways(struct kunit *test)
{
	struct np_ident *ident = &slot->ident;
	unsigned int i, kept = 0;
	bool there;

	RULES(.one_in = 10);
	ident->flags |= NETPATH_F_FLOW;
	ident->l4_proto = IPPROTO_UDP;
	ident->saddr[0] = 1;
	ident->daddr[0] = 2;
	ident->dport = htons(53);
	for (i = 0; i < 1000; i++) {
		ident->sport = htons(20000 + i);
		there = np_keep_fate(slot, END) == NP_FATE_RECORD;
		swap(ident->saddr[0], ident->daddr[0]);
		swap(ident->sport, ident->dport);
		KUNIT_EXPECT_EQ(test, np_keep_fate(slot, END),
				there ? NP_FATE_RECORD : NP_FATE_TIMES);
		swap(ident->saddr[0], ident->daddr[0]);
		swap(ident->sport, ident->dport);
		kept += there;
	}
	KUNIT_EXPECT_GT(test, kept, 50U);
	KUNIT_EXPECT_LT(test, kept, 200U);
	RULES(.one_in = 1);
	EXPECT_FATE(RECORD);
}

static void several_rules_must_all_hold(struct kunit *test)
{
	slot->ident.writer_pid = 7;
	slot->ident.outcome = NETPATH_OUTCOME_DROPPED;
	RULES(.pid = 7, .drops = 1, .direction = NP_DIR_RX, .total_ns = 1);
	EXPECT_FATE(RECORD);
	RULES(.pid = 8, .drops = 1, .direction = NP_DIR_RX, .total_ns = 1);
	EXPECT_FATE(NOTHING);
	RULES(.pid = 7, .drops = 1, .direction = NP_DIR_TX, .total_ns = 1);
	EXPECT_FATE(NOTHING);
	RULES(.pid = 7, .drops = 1, .direction = NP_DIR_RX, .total_ns = END);
	EXPECT_FATE(TIMES);
}

static void what_is_not_recorded_is_counted_once(struct kunit *test)
{
	u64 filtered = np_stats_sum(NP_FILTERED), not_kept = np_stats_sum(NP_NOT_KEPT);

	RULES(.pid = 7, .total_ns = END);
	EXPECT_FATE(NOTHING);
	KUNIT_EXPECT_EQ(test, np_stats_sum(NP_FILTERED), filtered + 1);
	KUNIT_EXPECT_EQ(test, np_stats_sum(NP_NOT_KEPT), not_kept);
	slot->ident.writer_pid = 7;
	EXPECT_FATE(TIMES);
	KUNIT_EXPECT_EQ(test, np_stats_sum(NP_FILTERED), filtered + 1);
	KUNIT_EXPECT_EQ(test, np_stats_sum(NP_NOT_KEPT), not_kept + 1);
	RULES(.pid = 7);
	EXPECT_FATE(RECORD);
	KUNIT_EXPECT_EQ(test, np_stats_sum(NP_FILTERED), filtered + 1);
	KUNIT_EXPECT_EQ(test, np_stats_sum(NP_NOT_KEPT), not_kept + 1);
}

static void frozen_ring_takes_nothing(struct kunit *test)
{
	static const struct np_freeze_plan after_2 = { .after = 2 };
	u64 frozen = np_stats_sum(NP_FROZEN);

	np_freeze_set(&after_2);
	np_keep_update();
	KUNIT_EXPECT_TRUE(test, static_key_enabled(&np_keep_key));
	EXPECT_FATE(RECORD);
	EXPECT_FATE(RECORD);
	EXPECT_FATE(TIMES);
	KUNIT_EXPECT_EQ(test, np_stats_sum(NP_FROZEN), frozen + 1);
	np_freeze_thaw();
	np_keep_update();
	KUNIT_EXPECT_FALSE(test, static_key_enabled(&np_keep_key));
	EXPECT_FATE(RECORD);
}

static void packet_that_triggers_is_kept_whatever_the_rules(struct kunit *test)
{
	static const struct np_freeze_plan on_drop = { .on_drop = true, .reason = 5 };

	RULES(.total_ns = END);
	np_freeze_set(&on_drop);
	EXPECT_FATE(TIMES);
	slot->ident.outcome = NETPATH_OUTCOME_DROPPED;
	slot->ident.drop_reason = 4;
	EXPECT_FATE(TIMES);
	slot->ident.drop_reason = 5;
	EXPECT_FATE(RECORD);
	EXPECT_FATE(TIMES);
	np_freeze_thaw();
	/* but it must pass the filter */
	RULES(.pid = 7);
	np_freeze_set(&on_drop);
	EXPECT_FATE(NOTHING);
}

/* Drops packets all the time, each of which triggers a plan that waits for a drop. */
static int drop_packets(void *data)
{
	while (!kthread_should_stop()) {
		preempt_disable();
		np_freeze_triggered(0, true, 0);
		preempt_enable();
		cond_resched();
	}
	return 0;
}

static void packet_of_the_plan_before_triggers_nothing(struct kunit *test)
{
	static const struct np_freeze_plan on_drop = { .on_drop = true, .after = 1 };
	static const struct np_freeze_plan slower = { .slower_ns = END };
	struct np_freeze_plan plan;
	struct task_struct *task;
	unsigned int i, nr = 0;
	u32 left;

	task = kthread_run(drop_packets, NULL, "np_drop");
	KUNIT_ASSERT_TRUE(test, !IS_ERR(task));
	for (i = 0; i < 50; i++) {
		np_freeze_set(&on_drop);
		usleep_range(100, 200);
		np_freeze_set(&slower);
		usleep_range(100, 200);
		nr += np_freeze_get(&plan, &left) != NP_FREEZE_ARMED;
	}
	kthread_stop(task);
	KUNIT_EXPECT_EQ(test, nr, 0U);
}

static int keep_init(struct kunit *test)
{
	int err = table_init(test);

	if (err)
		return err;
	calibration = np_clock_cal;
	np_clock_cal = &one_ns;
	slot = np_track_birth(packet(1), true);
	if (!slot)
		return -ENOMEM;
	slot->ident.outcome = NETPATH_OUTCOME_CONSUMED;
	np_track_dev(slot, init_net.loopback_dev, 0);
	np_track_stamp_at(slot, NETPATH_STAGE_IP_RCV, BEGIN);
	np_track_stamp_at(slot, NETPATH_STAGE_UDP_RCV, SECOND);
	return 0;
}

static void keep_exit(struct kunit *test)
{
	np_freeze_thaw();
	RULES(0);
	np_clock_cal = calibration;
	table_exit(test);
}

static struct kunit_case keep_cases[] = {
	KUNIT_CASE(without_rules_all_is_recorded),
	KUNIT_CASE(device_decides),
	KUNIT_CASE(namespace_decides),
	KUNIT_CASE(device_is_one_of_that_namespace),
	KUNIT_CASE(socket_stands_for_a_device_that_was_not_reached),
	KUNIT_CASE(direction_decides),
	KUNIT_CASE(process_decides),
	KUNIT_CASE(drop_decides),
	KUNIT_CASE(reason_decides),
	KUNIT_CASE(total_time_decides),
	KUNIT_CASE(delivered_packet_ends_with_its_last_stage),
	KUNIT_CASE(time_in_a_stage_decides),
	KUNIT_CASE(flow_decides_the_same_both_ways),
	KUNIT_CASE(several_rules_must_all_hold),
	KUNIT_CASE(what_is_not_recorded_is_counted_once),
	KUNIT_CASE(frozen_ring_takes_nothing),
	KUNIT_CASE(packet_that_triggers_is_kept_whatever_the_rules),
	KUNIT_CASE(packet_of_the_plan_before_triggers_nothing),
	{ }
};

struct kunit_suite keep_suite = {
	.name		= "keep",
	.init		= keep_init,
	.exit		= keep_exit,
	.test_cases	= keep_cases,
};
