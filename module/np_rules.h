/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_RULES_H
#define NP_RULES_H

#include <linux/filter.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

/* Drop reasons that a rule can name. */
#define NP_RULE_REASONS	8

/* What can be said when np_rules_set() returns -EINVAL. */
#define NP_RULES_KERNEL	"the kernel refuses the program; must end with ret, jump forward only"

/**
 * enum np_direction - which way a packet went.
 * @NP_DIR_ANY: any
 * @NP_DIR_RX: it passed a stage of receiving
 * @NP_DIR_TX: it passed a stage of sending
 * @NP_NR_DIRS: number of values
 */
enum np_direction {
	NP_DIR_ANY,
	NP_DIR_RX,
	NP_DIR_TX,
	NP_NR_DIRS
};

/**
 * struct np_rule_set - which packets are recorded, but for the program; all 0: every packet.
 * @total_ns: keep packets that took longer, in ns; 0: all
 * @stage_ns: keep packets that took longer from @stage to their next one, in ns
 * @mark: value of the packet's mark
 * @mark_mask: bits of it that count; 0: any mark
 * @ifindex: a device that the packet was on; 0: any
 * @netns: inode number of a network namespace that it was in; 0: any
 * @pid: process id of its writer or reader; 0: any
 * @one_in: keep one flow in so many; 0 and 1: all
 * @direction: &enum np_direction
 * @drops: keep dropped packets only
 * @stage: &enum netpath_stage, for @stage_ns
 * @nr_reasons: number of @reasons; 0: any
 * @reasons: keep packets dropped for one of these
 */
struct np_rule_set {
	u64	total_ns;
	u64	stage_ns;
	u32	mark;
	u32	mark_mask;
	u32	ifindex;
	u32	netns;
	u32	pid;
	u32	one_in;
	u8	direction;
	u8	drops;
	u8	stage;
	u8	nr_reasons;
	u32	reasons[NP_RULE_REASONS];
};

/**
 * struct np_rules - what is in force; immutable once published.
 * @set: everything but the program
 * @prog: program, relative to the network header; NULL: none
 * @at_end: something of it is decided when a packet ends
 * @nr_insns: number of @insns
 * @insns: the program as it was given
 */
struct np_rules {
	struct np_rule_set	set;
	struct bpf_prog		*prog;
	bool			at_end;
	u16			nr_insns;
	struct sock_filter	insns[];
};

/* NULL when every packet is recorded; read with preemption off. */
extern struct np_rules __rcu *np_rules;

const char *np_rules_check(const struct np_rule_set *set, const char **what);
const char *np_rules_check_insns(const struct sock_filter *insns, unsigned int nr,
				 unsigned int *where);
int np_rules_set(const struct np_rule_set *set, const struct sock_filter *insns,
		 unsigned int nr);
void np_rules_clear(void);
u32 np_rules_generation(void);
void np_rules_free_all(void);
void np_rules_get(struct np_rule_set *set);
unsigned int np_rules_get_insns(struct sock_filter *insns);

#endif /* NP_RULES_H */
