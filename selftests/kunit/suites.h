/* SPDX-License-Identifier: GPL-2.0-only */
/* All suites, and the one packet table of this module, which those of the table share. */
#ifndef SUITES_H
#define SUITES_H

#include "np_track.h"
#include "suite.h"

extern struct kunit_suite clock_suite;
extern struct kunit_suite filter_suite;
extern struct kunit_suite filter_vlan_suite;
extern struct kunit_suite hist_suite;
extern struct kunit_suite keep_suite;
extern struct kunit_suite ring_suite;
extern struct kunit_suite rules_suite;
extern struct kunit_suite slot_suite;
extern struct kunit_suite track_suite;
extern struct kunit_suite track_race_suite;

#define TABLE_SLOTS	64
#define TABLE_BUCKETS	(TABLE_SLOTS / NP_BUCKET_KEYS)

/* Addresses of packets: they are only compared and hashed, never looked behind. */
static inline const void *packet(unsigned long n)
{
	return (const void *)(0xffff888000000000UL + n * 256);
}

int table_init(struct kunit *test);
void table_exit(struct kunit *test);

#endif /* SUITES_H */
