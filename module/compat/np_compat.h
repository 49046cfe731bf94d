/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files here are the only ones with tests of the kernel version.  Code elsewhere
 * is written against the newest kernel's API; they lift older kernels up to it.
 * Preference: test whether a macro exists, then the version by its first two
 * numbers, never by the third, because distributions backport.
 */
#ifndef NP_COMPAT_H
#define NP_COMPAT_H

#include <linux/ftrace.h>
#include <linux/skbuff.h>
#include <linux/version.h>
#include <net/net_namespace.h>

#include "compat/np_compat_points.h"

#if LINUX_VERSION_CODE < NP_OLDEST
#error "netpath needs Linux 5.10 or newer"
#endif

#if !defined(CONFIG_64BIT) || defined(__BIG_ENDIAN)
#error "netpath needs a 64-bit little-endian machine"
#endif

#if !defined(CONFIG_DYNAMIC_FTRACE_WITH_ARGS) && !defined(CONFIG_DYNAMIC_FTRACE_WITH_REGS)
#error "netpath needs CONFIG_DYNAMIC_FTRACE, with arguments or registers"
#endif

/*
 * Arguments of a hooked function.  np_arg_off(n) is the offset of argument n
 * within what np_ftrace_args() points to, so that reading one costs a single
 * load.  Before 5.11 ftrace callbacks took pt_regs; struct ftrace_regs became
 * opaque in 6.13, which 6.12.y took over: tested by the presence of its
 * accessor.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define np_ftrace_regs			pt_regs
#define NP_FTRACE_GUARD			FTRACE_OPS_FL_RECURSION_SAFE
#define np_ftrace_args(regs)		((const void *)(regs))
#else
#define np_ftrace_regs			ftrace_regs
/* not needed, but what records recursions sees only callbacks that ask for the guard */
#ifdef CONFIG_FTRACE_RECORD_RECURSION
#define NP_FTRACE_GUARD			FTRACE_OPS_FL_RECURSION
#else
#define NP_FTRACE_GUARD			0
#endif
#ifdef arch_ftrace_regs
#define np_ftrace_args(fregs)		((const void *)&arch_ftrace_regs(fregs)->regs)
#else
#define np_ftrace_args(fregs)		((const void *)&(fregs)->regs)
#endif
#endif

/* x86-64 before 5.11 and arm64 before 6.2 save arguments only with all other registers. */
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_ARGS
#define NP_FTRACE_SAVE			0
#else
#define NP_FTRACE_SAVE			FTRACE_OPS_FL_SAVE_REGS
#endif
#define NP_FTRACE_FLAGS	(NP_FTRACE_SAVE | NP_FTRACE_GUARD | FTRACE_OPS_FL_PERMANENT)

/*
 * The address that ftrace knows a function by, which its callbacks are told.
 * On arm64 it is the second of two instructions, which becomes the call; they
 * are the first ones of the function, or come after a landing pad (BTI).
 */
#if defined(CONFIG_X86_64)
static inline unsigned long np_ftrace_ip(unsigned long addr)
{
	return addr;
}

static inline u8 np_arg_off(unsigned int n)
{
	static const u8 off[] = {
		offsetof(struct pt_regs, di), offsetof(struct pt_regs, si),
		offsetof(struct pt_regs, dx), offsetof(struct pt_regs, cx),
		offsetof(struct pt_regs, r8),
	};

	return off[n];
}
#elif defined(CONFIG_ARM64)
#include <asm/insn.h>

static inline unsigned long np_ftrace_ip(unsigned long addr)
{
	u32 insn = le32_to_cpu(*(const __le32 *)addr);

	if (aarch64_insn_is_hint(insn) && (insn & 0xfe0) == AARCH64_INSN_HINT_BTIC)
		addr += AARCH64_INSN_SIZE;
	return addr + AARCH64_INSN_SIZE;
}

static inline u8 np_arg_off(unsigned int n)
{
	return n * sizeof(unsigned long);
}
#else
#error "netpath knows the argument registers of x86-64 and arm64 only"
#endif

#ifndef CONFIG_KPROBES
#error "netpath needs CONFIG_KPROBES: it finds functions by their names with it"
#endif

#ifdef CONFIG_CC_IS_CLANG
/* it drops unused arguments of static functions and keeps their names */
#error "netpath needs a kernel built by gcc"
#endif

/*
 * Drop reasons: none before 5.17 (the location alone tells), a flat array of
 * names until 6.3, one array per subsystem since, which may be a module's: the
 * caller is in an RCU read-side critical section as long as it uses the name.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 17, 0)
static inline const char *np_drop_reason_name(u32 reason)
{
	return "";
}
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#include <net/dropreason.h>
static inline const char *np_drop_reason_name(u32 reason)
{
	const char *name;

	if (reason >= SKB_DROP_REASON_MAX)
		return "";
	name = drop_reasons[reason];
	return name ? name : "";
}
#else
#include <net/dropreason.h>
#include <net/sch_generic.h>

/* What no subsystem tells: the names are only in the event qdisc:qdisc_drop. */
static inline const char *np_drop_reason_unnamed(u32 reason)
{
#ifdef DEFINE_QDISC_DROP_REASON
#define NP_NAMED(_name)	[(u16)QDISC_DROP_##_name] = "QDISC_DROP_" #_name,
#define NP_END(_name)	[(u16)QDISC_DROP_##_name] = NULL
	static const char * const names[] = { DEFINE_QDISC_DROP_REASON(NP_NAMED, NP_END) };
#undef NP_NAMED
#undef NP_END

	if (reason > __QDISC_DROP_REASON && reason < QDISC_DROP_MAX)
		return names[(u16)reason];
#endif
	return "";
}

static inline const char *np_drop_reason_name(u32 reason)
{
	unsigned int subsys = reason >> SKB_DROP_REASON_SUBSYS_SHIFT;
	const struct drop_reason_list *list;
	const char *name = NULL;

	if (subsys >= SKB_DROP_REASON_SUBSYS_NUM)
		return "";
	list = rcu_dereference(drop_reasons_by_subsys[subsys]);
	if (list && (u16)reason < list->n_reasons)
		name = list->reasons[(u16)reason];
	return name ? name : np_drop_reason_unnamed(reason);
}
#endif

/*
 * Where a task with bottom halves on consumes an skb, kfree_skbmem() follows:
 * until 6.3, when lists of skbs came to be freed in bulk.
 */
#define NP_TASK_CONSUME_FREES	(LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0))

/* Run a filter program on an sk_buff, with preemption off. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 15, 0)
#define np_bpf_run(prog, skb)		BPF_PROG_RUN(prog, skb)
#else
#define np_bpf_run(prog, skb)		bpf_prog_run(prog, skb)
#endif

#ifndef in_hardirq
#define in_hardirq()		in_irq()
#endif

/* The kretprobe of an instance: a member until 5.10, a function later. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
#define np_kretprobe_of(instance)	((const struct kretprobe *)(instance)->rp)
#else
#define np_kretprobe_of(instance)	((const struct kretprobe *)get_kretprobe(instance))
#endif

#endif /* NP_COMPAT_H */
