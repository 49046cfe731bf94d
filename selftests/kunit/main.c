// SPDX-License-Identifier: GPL-2.0-only
/* Unit tests of the module's code, run in the kernel. */
#include <linux/module.h>

#include "suites.h"

int table_init(struct kunit *test)
{
	int err = np_track_alloc(TABLE_SLOTS);

	if (!err)
		np_track_open();
	return err;
}

void table_exit(struct kunit *test)
{
	np_track_close();
	np_track_reset();
	np_track_free();
}

kunit_test_suites(&clock_suite, &hist_suite, &ring_suite, &slot_suite, &track_suite,
		  &track_race_suite, &rules_suite, &filter_suite, &filter_vlan_suite, &keep_suite);

MODULE_DESCRIPTION("Unit tests of netpath");
MODULE_LICENSE("GPL");
