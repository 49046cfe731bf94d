// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modules with functions that are hooked (bridge, 8021q, qdiscs) come and go
 * while netpath records: their hooks follow them.
 */
#include "np_modules.h"

#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/printk.h>

#include "np_probe.h"
#include "np_session.h"

static int np_modules_event(struct notifier_block *block, unsigned long event, void *data)
{
	const struct module *mod = data;

	if (mod == THIS_MODULE || (event != MODULE_STATE_LIVE && event != MODULE_STATE_GOING))
		return NOTIFY_DONE;
	np_session_lock();
	if (event == MODULE_STATE_LIVE)
		np_probe_module_live(mod->name);
	else
		np_probe_module_going(mod->name);
	np_session_unlock();
	return NOTIFY_OK;
}

static struct notifier_block np_modules_block = { .notifier_call = np_modules_event };

/**
 * np_modules_init() - Watch modules.
 *
 * Context: Module init, may sleep.
 * Return: 0 or a negative errno.
 */
int np_modules_init(void)
{
	int err = register_module_notifier(&np_modules_block);

	if (err)
		pr_err("netpath: modules cannot be watched (%d)\n", err);
	return err;
}

/**
 * np_modules_exit() - Stop watching.
 *
 * Context: Module exit, may sleep.
 */
void np_modules_exit(void)
{
	unregister_module_notifier(&np_modules_block);
}
