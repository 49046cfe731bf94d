// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which packets are recorded: the rules in force, and their exchange.
 *
 * Rules are one object, replaced as a whole: a packet meets the old ones or the
 * new ones, never a mixture.
 */
#include "np_rules.h"

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/netpath.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "np_keep.h"
#include "np_stage.h"
#include "np_track.h"

struct np_rules __rcu *np_rules __read_mostly;

/* Of the rules in force; under the session's mutex. */
static u32 np_rules_number;

/* Changes are under the session's mutex; nobody else frees the rules. */
static const struct np_rules *np_rules_current(void)
{
	return rcu_dereference_protected(np_rules, true);
}

/**
 * np_rules_check() - Can rules be put in force?
 * @set: rules
 * @what: set to the name of the value that is wrong
 *
 * Context: Any.
 * Return: NULL, or what would be accepted.
 */
const char *np_rules_check(const struct np_rule_set *set, const char **what)
{
	*what = "mark";
	if (set->mark & ~set->mark_mask)
		return "must have no bits that its mask has not";
	*what = "direction";
	if (set->direction >= NP_NR_DIRS)
		return "must be any, rx or tx";
	*what = "stage";
	if (set->stage >= NP_STAGE_CNT)
		return "must be the name of a stage";
	if (!set->stage != !set->stage_ns)
		return "must come with a time longer than 0 ns";
	*what = "reasons";
	if (set->nr_reasons > NP_RULE_REASONS)
		return "must be 8 at most";
	return NULL;
}

/* What makes sense of a packet wherever it is met; of a copy of its sk_buff too. */
static bool np_rules_ancillary(u32 k)
{
	switch (k) {
	case SKF_AD_OFF + SKF_AD_PROTOCOL:
	case SKF_AD_OFF + SKF_AD_PKTTYPE:
	case SKF_AD_OFF + SKF_AD_IFINDEX:
	case SKF_AD_OFF + SKF_AD_MARK:
	case SKF_AD_OFF + SKF_AD_ALU_XOR_X:
	case SKF_AD_OFF + SKF_AD_VLAN_TAG:
	case SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT:
	case SKF_AD_OFF + SKF_AD_VLAN_TPID:
		return true;
	}
	return false;
}

/**
 * np_rules_check_insns() - Are all loads of a program possible?
 * @insns: program
 * @nr: number of instructions
 * @where: set to the instruction that is wrong
 *
 * What else can be wrong with a program the kernel finds when it is put in force.
 *
 * Context: Any.
 * Return: NULL, or what would be accepted.
 */
const char *np_rules_check_insns(const struct sock_filter *insns, unsigned int nr,
				 unsigned int *where)
{
	unsigned int i;

	*where = 0;
	if (nr > BPF_MAXINSNS)
		return "program must have 4096 instructions at most";
	for (i = 0; i < nr; i++) {
		*where = i;
		if (BPF_CLASS(insns[i].code) != BPF_LD && BPF_CLASS(insns[i].code) != BPF_LDX)
			continue;
		if (BPF_MODE(insns[i].code) != BPF_ABS || (s32)insns[i].k >= 0)
			continue;
		if (!np_rules_ancillary(insns[i].k))
			return "can load from the network header on, type, proto, mark, vlan_*";
	}
	return NULL;
}

static bool np_rules_empty(const struct np_rules *rules)
{
	static const struct np_rule_set nothing;

	return !rules->prog && !memcmp(&rules->set, &nothing,
				       offsetofend(struct np_rule_set, reasons));
}

static struct np_rules *np_rules_make(const struct np_rule_set *set,
				      const struct sock_filter *insns, unsigned int nr)
{
	struct sock_fprog_kern fprog = { .len = nr };
	struct np_rules *rules;
	int err;

	rules = kzalloc(struct_size(rules, insns, nr), GFP_KERNEL);
	if (!rules)
		return ERR_PTR(-ENOMEM);
	rules->set = *set;
	rules->nr_insns = nr;
	memcpy(rules->insns, insns, nr * sizeof(*insns));
	rules->at_end = np_keep_needed(set);
	if (!nr)
		return rules;
	fprog.filter = rules->insns;
	err = bpf_prog_create(&rules->prog, &fprog);
	if (err) {
		kfree(rules);
		return ERR_PTR(err);
	}
	return rules;
}

static void np_rules_free(struct np_rules *rules)
{
	if (rules && rules->prog)
		bpf_prog_destroy(rules->prog);
	kfree(rules);
}

static void np_rules_replace(struct np_rules *rules)
{
	struct np_rules *old = (struct np_rules *)np_rules_current();

	rcu_assign_pointer(np_rules, rules);
	np_rules_number++;
	np_slot_judge(rules && (rules->prog || rules->set.mark_mask));
	np_keep_update();
	synchronize_rcu();
	np_rules_free(old);
}

/**
 * np_rules_set() - Put rules in force instead of those that are.
 * @set: rules, for which np_rules_check() found nothing
 * @insns: program, for which np_rules_check_insns() found nothing
 * @nr: its number of instructions; 0: none
 *
 * Packets that have no verdict yet get theirs by the new rules.
 *
 * Context: Process, sleeps for a grace period; session mutex held.
 * Return: 0, -EINVAL when the kernel refuses the program, or -ENOMEM; nothing has changed then.
 */
int np_rules_set(const struct np_rule_set *set, const struct sock_filter *insns,
		 unsigned int nr)
{
	struct np_rules *rules;

	rules = np_rules_make(set, insns, nr);
	if (IS_ERR(rules))
		return PTR_ERR(rules);
	if (np_rules_empty(rules)) {
		np_rules_free(rules);
		rules = NULL;
	}
	np_rules_replace(rules);
	return 0;
}

/**
 * np_rules_clear() - Record every packet.
 *
 * Context: Process, sleeps for a grace period; session mutex held.
 */
void np_rules_clear(void)
{
	np_rules_replace(NULL);
}

/**
 * np_rules_generation() - Number of the rules in force.
 *
 * Context: Process; session mutex held.
 * Return: A number that each change raises by one.
 */
u32 np_rules_generation(void)
{
	return np_rules_number;
}

/**
 * np_rules_free_all() - Free the rules in force.
 *
 * Context: Process; no handler runs any more.
 */
void np_rules_free_all(void)
{
	np_rules_free((struct np_rules *)np_rules_current());
	RCU_INIT_POINTER(np_rules, NULL);
}

/**
 * np_rules_get() - The rules in force, but for the program.
 * @set: takes them
 *
 * Context: Process; session mutex held.
 */
void np_rules_get(struct np_rule_set *set)
{
	const struct np_rules *rules = np_rules_current();

	memset(set, 0, sizeof(*set));
	if (rules)
		*set = rules->set;
}

/**
 * np_rules_get_insns() - The program in force.
 * @insns: takes it, room for BPF_MAXINSNS; NULL to learn the length only
 *
 * Context: Process; session mutex held.
 * Return: Number of instructions, 0 without a program.
 */
unsigned int np_rules_get_insns(struct sock_filter *insns)
{
	const struct np_rules *rules = np_rules_current();

	if (!rules)
		return 0;
	if (insns)
		memcpy(insns, rules->insns, rules->nr_insns * sizeof(*insns));
	return rules->nr_insns;
}
