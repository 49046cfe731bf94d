// SPDX-License-Identifier: GPL-2.0-only
/* Module parameters, start in order and stop in reverse; nothing else. */
#include <linux/delay.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>

#include "np_debugfs.h"
#include "np_modules.h"
#include "np_netlink.h"
#include "np_reader.h"
#include "np_session.h"
#include "np_stage.h"
#include "np_version.h"

static bool enable = true;
module_param(enable, bool, 0444);
MODULE_PARM_DESC(enable, "record from the start (default: 1)");

static unsigned int table_slots = 4096;
module_param(table_slots, uint, 0444);
MODULE_PARM_DESC(table_slots,
		 "packets in flight that can be tracked, power of two, 64 to 1048576; about 1.5 KiB each (default: 4096)");

static unsigned int ring_kib = 1024;
module_param(ring_kib, uint, 0444);
MODULE_PARM_DESC(ring_kib, "record ring per CPU in KiB, power of two, 32 to 65536 (default: 1024)");

static unsigned int expire_ms = 30000;
module_param(expire_ms, uint, 0444);
MODULE_PARM_DESC(expire_ms,
		 "packets alive for longer are reported as expired, in ms, 100 to 3600000 (default: 30000)");

static char *stages = "default";
module_param(stages, charp, 0444);
MODULE_PARM_DESC(stages,
		 "stages to arm: default, all, or names as in the stages file, separated by commas");

static bool kprobes;
module_param(kprobes, bool, 0444);
MODULE_PARM_DESC(kprobes,
		 "hook functions by kprobes even where ftrace can: slower, may miss hits (default: 0)");

static bool __init np_main_check(const char *name, unsigned int value, unsigned int min,
				 unsigned int max, bool power)
{
	if (value >= min && value <= max && (!power || is_power_of_2(value)))
		return true;
	pr_err("netpath: %s=%u: must be %s%u to %u\n", name, value,
	       power ? "a power of two from " : "", min, max);
	return false;
}

/* The kernel frees a module whose init function fails, even while somebody uses it. */
static void __init np_main_wait_for_users(void)
{
	/* of which init itself is one */
	if (module_refcount(THIS_MODULE) <= 1)
		return;
	pr_warn("netpath: not loading; waiting for programs that have its files open, or a netlink dump\n");
	while (module_refcount(THIS_MODULE) > 1)
		msleep(20);
}

static int __init np_main_init(void)
{
	struct np_config config = {
		.table_slots	= table_slots,
		.ring_kib	= ring_kib,
		.expire_ms	= expire_ms,
		.kprobes	= kprobes,
		.enable		= enable,
	};
	char bad[32];
	int err;

	if (!np_main_check("table_slots", table_slots, NETPATH_TABLE_SLOTS_MIN,
			   NETPATH_TABLE_SLOTS_MAX, true) ||
	    !np_main_check("ring_kib", ring_kib, NETPATH_RING_KIB_MIN,
			   NETPATH_RING_KIB_MAX, true) ||
	    !np_main_check("expire_ms", expire_ms, NETPATH_EXPIRE_MS_MIN,
			   NETPATH_EXPIRE_MS_MAX, false))
		return -EINVAL;

	if (np_stage_parse_set(stages, &config.stages, bad, sizeof(bad))) {
		pr_err("netpath: stages: no stage is called \"%s\"; must be default, all, or names from Documentation/stages.rst separated by commas\n",
		       bad);
		return -EINVAL;
	}

	/* before anything is hooked, so that no module with it goes unseen */
	err = np_modules_init();
	if (err)
		return err;
	err = np_session_init(&config);
	if (err)
		goto exit_modules;
	err = np_netlink_init();
	if (err)
		goto exit_session;
	err = np_debugfs_init();
	if (err)
		goto exit_netlink;
	return 0;

exit_netlink:
	np_netlink_exit();
exit_session:
	np_main_wait_for_users();
	np_reader_exit();
	np_session_exit();
exit_modules:
	np_modules_exit();
	return err;
}

static void __exit np_main_exit(void)
{
	np_debugfs_exit();
	np_netlink_exit();
	np_reader_exit();
	np_session_exit();
	np_modules_exit();
}

module_init(np_main_init);
module_exit(np_main_exit);

MODULE_DESCRIPTION("Per-packet journeys through the network stack");
MODULE_LICENSE("GPL");
MODULE_VERSION(NP_VERSION);
