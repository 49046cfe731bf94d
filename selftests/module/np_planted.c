// SPDX-License-Identifier: GPL-2.0-only
/*
 * np_planted - an error that a debugging kernel must report, made when the module is loaded.
 *
 * Shows that silence of that kernel about netpath means something.
 */
#include <linux/err.h>
#include <linux/ftrace.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

static char *error = "";
module_param(error, charp, 0400);
MODULE_PARM_DESC(error, "name of the error");

static unsigned long np_planted_sink;

static void np_planted_use_after_free(void)
{
	unsigned long *memory = kzalloc(64, GFP_KERNEL);

	kfree(memory);
	WRITE_ONCE(np_planted_sink, READ_ONCE(memory[3]));
}

static void np_planted_out_of_bounds(void)
{
	unsigned long *memory = kzalloc(64, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(memory);
	if (memory)
		WRITE_ONCE(np_planted_sink, READ_ONCE(memory[8]));
	kfree(memory);
}

/* Several: of any one of them an address may be left on some stack. */
static void np_planted_leak(void)
{
	unsigned int i;

	for (i = 0; i < 32; i++)
		WRITE_ONCE(np_planted_sink, (unsigned long)kzalloc(64, GFP_KERNEL) & 1);
}

static DEFINE_MUTEX(np_planted_a);
static DEFINE_MUTEX(np_planted_b);

static void np_planted_lock_inversion(void)
{
	mutex_lock(&np_planted_a);
	mutex_lock(&np_planted_b);
	mutex_unlock(&np_planted_b);
	mutex_unlock(&np_planted_a);
	mutex_lock(&np_planted_b);
	mutex_lock(&np_planted_a);
	mutex_unlock(&np_planted_a);
	mutex_unlock(&np_planted_b);
}

static void np_planted_sleep_in_atomic(void)
{
	preempt_disable();
	might_sleep();
	preempt_enable();
}

static void np_planted_processor_id(void)
{
	WRITE_ONCE(np_planted_sink, smp_processor_id());
}

static unsigned long __rcu *np_planted_pointer;

static void np_planted_rcu_without_lock(void)
{
	WRITE_ONCE(np_planted_sink, (unsigned long)rcu_dereference(np_planted_pointer));
}

static void np_planted_shift(void)
{
	unsigned int bits = 64;

	OPTIMIZER_HIDE_VAR(bits);
	WRITE_ONCE(np_planted_sink, 1UL << bits);
}

static void np_planted_no_timer(struct timer_list *timer)
{
}

static void np_planted_free_active_timer(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, np_planted_no_timer, 0);
	mod_timer(timer, jiffies + 3600 * HZ);
	kfree(timer);
}

static unsigned long np_planted_shared;

/* Beside np_planted_data_race(), which does the same. */
static int np_planted_racer(void *unused)
{
	while (!kthread_should_stop()) {
		np_planted_shared++;
		cond_resched();
	}
	return 0;
}

static void np_planted_data_race(void)
{
	struct task_struct *task = kthread_run(np_planted_racer, NULL, "np_racer");
	unsigned long end = jiffies + 3 * HZ;

	if (IS_ERR(task))
		return;
	while (time_before(jiffies, end)) {
		np_planted_shared++;
		cond_resched();
	}
	kthread_stop(task);
}

#ifdef CONFIG_FTRACE_RECORD_RECURSION
static noinline void np_planted_hooked(void)
{
	barrier();
}

static void notrace np_planted_hook(unsigned long ip, unsigned long parent_ip,
				    struct ftrace_ops *ops, struct ftrace_regs *regs)
{
	np_planted_hooked();
}

static void np_planted_recursion(void)
{
	static struct ftrace_ops ops = {
		.func	= np_planted_hook,
		.flags	= FTRACE_OPS_FL_RECURSION,
	};

	if (ftrace_set_filter_ip(&ops, (unsigned long)np_planted_hooked, 0, 0) ||
	    register_ftrace_function(&ops))
		return;
	np_planted_hooked();
	unregister_ftrace_function(&ops);
	/* also frees it */
	ftrace_set_filter(&ops, NULL, 0, 1);
}
#else
static void np_planted_recursion(void)
{
}
#endif

static const struct {
	const char	*name;
	void		(*make)(void);
} np_planted[] = {
	{ "use_after_free",	np_planted_use_after_free },
	{ "out_of_bounds",	np_planted_out_of_bounds },
	{ "leak",		np_planted_leak },
	{ "lock_inversion",	np_planted_lock_inversion },
	{ "sleep_in_atomic",	np_planted_sleep_in_atomic },
	{ "processor_id",	np_planted_processor_id },
	{ "rcu_without_lock",	np_planted_rcu_without_lock },
	{ "shift",		np_planted_shift },
	{ "free_active_timer",	np_planted_free_active_timer },
	{ "data_race",		np_planted_data_race },
	{ "recursion",		np_planted_recursion },
};

static int __init np_planted_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(np_planted); i++) {
		if (!strcmp(error, np_planted[i].name)) {
			np_planted[i].make();
			return 0;
		}
	}
	return *error ? -EINVAL : 0;
}

static void __exit np_planted_exit(void)
{
}

module_init(np_planted_init);
module_exit(np_planted_exit);

MODULE_DESCRIPTION("Errors that a debugging kernel must find");
MODULE_LICENSE("GPL");
