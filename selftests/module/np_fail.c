// SPDX-License-Identifier: GPL-2.0-only
/*
 * np_fail - let a function fail, while the init function of another module runs.
 *
 * Of all calls that the init function leads to, each way to the function counts once: the call in
 * the module and the functions from there on.  The calls number 1, 2, ... thus step through
 * everything that can fail.
 *
 * With fail_nth it is the kernel's own fault injection that counts, and refuses memory.
 */
#include <linux/delay.h>
#include <linux/jhash.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#define NP_FAIL_FRAMES	64
#define NP_FAIL_WAYS	1024
#define NP_FAIL_HOLD_MS	60000

static char function[64];
module_param_string(function, function, sizeof(function), 0400);
MODULE_PARM_DESC(function, "name of the function that fails");

static char victim[64] = "netpath";
module_param_string(victim, victim, sizeof(victim), 0400);
MODULE_PARM_DESC(victim, "name of the module during whose start it fails");

static long result;
module_param(result, long, 0600);
MODULE_PARM_DESC(result, "what it returns then");

static unsigned int nth;
module_param(nth, uint, 0600);
MODULE_PARM_DESC(nth, "which way fails, from 1 on; 0: none");

static unsigned int call = 1;
module_param(call, uint, 0600);
MODULE_PARM_DESC(call, "which of the calls on that way fails, from 1 on");

static unsigned int times = 1;
module_param(times, uint, 0600);
MODULE_PARM_DESC(times, "how many calls on that way fail, from that one on");

static unsigned int depth = NP_FAIL_FRAMES;
module_param(depth, uint, 0600);
MODULE_PARM_DESC(depth, "functions behind the call in the module that tell ways apart");

static unsigned int fail_nth;
module_param(fail_nth, uint, 0600);
MODULE_PARM_DESC(fail_nth, "which allocation the kernel's own fault injection refuses; 0: none");

static bool hold;
module_param(hold, bool, 0600);
MODULE_PARM_DESC(hold, "a call that fails, of a function that may sleep, first waits for N here");

static bool held;
module_param(held, bool, 0400);
MODULE_PARM_DESC(held, "whether such a call waits");

static unsigned int ways;
module_param(ways, uint, 0400);
MODULE_PARM_DESC(ways, "how many ways were seen since the module's start");

static unsigned int failed;
module_param(failed, uint, 0400);
MODULE_PARM_DESC(failed, "how often the function failed since then");

static struct module *np_fail_victim;
static struct task_struct *np_fail_task;
static u32 np_fail_seen[NP_FAIL_WAYS];
static unsigned int np_fail_calls;

/* Where the function goes instead: back to its caller. */
static noinline notrace __no_kcsan void np_fail_return(void)
{
}

/* The same, later: what others do while the victim starts can be done now, in any time. */
static noinline notrace __no_kcsan long np_fail_hold(void)
{
	unsigned int ms;

	WRITE_ONCE(held, true);
	for (ms = 0; READ_ONCE(hold) && ms < NP_FAIL_HOLD_MS; ms += 20)
		msleep(20);
	WRITE_ONCE(held, false);
	return result;
}

static void np_fail_leave(struct pt_regs *regs)
{
#ifdef CONFIG_X86
	instruction_pointer_set(regs, (unsigned long)np_fail_return);
#else
	instruction_pointer_set(regs, procedure_link_pointer(regs));
#endif
}

/* Who called the function. */
static unsigned long np_fail_caller(struct pt_regs *regs)
{
#ifdef CONFIG_X86
	return *(const unsigned long *)kernel_stack_pointer(regs);
#else
	return procedure_link_pointer(regs);
#endif
}

/* Hash of the way from the victim to the function; 0 when it does not come from there. */
static u32 np_fail_way(struct pt_regs *regs)
{
	unsigned long frames[NP_FAIL_FRAMES];
	unsigned int nr, i, first;

	/* where a breakpoint hides an instruction, the trace may end */
	frames[0] = np_fail_caller(regs);
	if (within_module(frames[0], np_fail_victim))
		return jhash(frames, sizeof(frames[0]), 0) | 1;
	nr = stack_trace_save(frames, ARRAY_SIZE(frames), 0);
	for (i = 0; i < nr; i++) {
		if (within_module(frames[i], np_fail_victim))
			break;
	}
	if (i == nr)
		return 0;
	first = i > depth ? i - depth : 0;
	return jhash(&frames[first], (i - first + 1) * sizeof(frames[0]), 0) | 1;
}

/* Is this the task itself?  A kprobe by breakpoint counts as an NMI and as an interrupt. */
static bool np_fail_in_task(void)
{
	return !in_serving_softirq() && hardirq_count() == (in_nmi() ? HARDIRQ_OFFSET : 0);
}

static int np_fail_hit(struct kprobe *kp, struct pt_regs *regs)
{
	unsigned int i;
	u32 way;

	if (!np_fail_victim || current != np_fail_task || !np_fail_in_task())
		return 0;
	way = np_fail_way(regs);
	for (i = 0; i < ways && np_fail_seen[i] != way; i++)
		;
	if (!way || i == NP_FAIL_WAYS)
		return 0;
	if (i == ways)
		np_fail_seen[ways++] = way;
	if (i + 1 != nth)
		return 0;
	/* calls below the first wrap around to large numbers */
	if (++np_fail_calls - call >= times)
		return 0;
	failed++;
	regs_set_return_value(regs, result);
	if (READ_ONCE(hold))
		instruction_pointer_set(regs, (unsigned long)np_fail_hold);
	else
		np_fail_leave(regs);
	return 1;
}

/* The kernel need not complain, with a call trace, that there is no memory. */
static int np_fail_warns(struct kprobe *kp, struct pt_regs *regs)
{
	if (!np_fail_victim || current != np_fail_task || !(failed || fail_nth))
		return 0;
	np_fail_leave(regs);
	return 1;
}

static void np_fail_after(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe np_fail_probe = {
	.symbol_name	= function,
	.pre_handler	= np_fail_hit,
	/* keeps the kernel from making a jump of the breakpoint, which cannot go elsewhere */
	.post_handler	= np_fail_after,
};

static struct kprobe np_fail_warn_probe = {
	.symbol_name	= "warn_alloc",
	.pre_handler	= np_fail_warns,
	.post_handler	= np_fail_after,
};

#ifdef CONFIG_FAULT_INJECTION
static void np_fail_inject(void)
{
	WRITE_ONCE(current->fail_nth, fail_nth);
}

/* Changes fail_nth to how many allocations were missing to the one that was to be refused. */
static void np_fail_injected(void)
{
	fail_nth = READ_ONCE(current->fail_nth);
	WRITE_ONCE(current->fail_nth, 0);
	failed += !fail_nth;
}
#else
static void np_fail_inject(void)
{
}

static void np_fail_injected(void)
{
}
#endif

static int np_fail_event(struct notifier_block *block, unsigned long event, void *data)
{
	struct module *mod = data;

	if (strcmp(mod->name, victim))
		return NOTIFY_DONE;
	if (event == MODULE_STATE_COMING) {
		ways = 0;
		failed = 0;
		np_fail_calls = 0;
		np_fail_task = current;
		np_fail_victim = mod;
		np_fail_inject();
	} else if (np_fail_victim) {
		if (fail_nth && current == np_fail_task)
			np_fail_injected();
		np_fail_victim = NULL;
	}
	return NOTIFY_OK;
}

static struct notifier_block np_fail_block = { .notifier_call = np_fail_event };

static int __init np_fail_init(void)
{
	int err = register_kprobe(&np_fail_warn_probe);

	if (err)
		return err;
	err = register_kprobe(&np_fail_probe);
	if (err)
		goto unregister_warn;
	err = register_module_notifier(&np_fail_block);
	if (err)
		goto unregister;
	return 0;

unregister:
	unregister_kprobe(&np_fail_probe);
unregister_warn:
	unregister_kprobe(&np_fail_warn_probe);
	return err;
}

static void __exit np_fail_exit(void)
{
	unregister_module_notifier(&np_fail_block);
	unregister_kprobe(&np_fail_probe);
	unregister_kprobe(&np_fail_warn_probe);
}

module_init(np_fail_init);
module_exit(np_fail_exit);

MODULE_DESCRIPTION("Errors on demand while a module starts");
MODULE_LICENSE("GPL");
