// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock: which one, and its calibration against CLOCK_MONOTONIC.
 *
 * Reading the cycle counter costs 6 instructions and reading CLOCK_MONOTONIC
 * about 50, more than the hook itself, so the counter is used where the
 * kernel's timekeeping is based on it right now.  Its rate is measured, and
 * measured again every second, so that it follows the slewing of NTP.
 */
#include "np_clock.h"

#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/math64.h>

#include "compat/np_compat_clock.h"

DEFINE_STATIC_KEY_FALSE(np_clock_raw);

static struct np_clock_cal np_cals[4];
static unsigned int np_cal_idx;
const struct np_clock_cal *np_clock_cal = &np_cals[0];

/* True when timekeeping reads the same counter as get_cycles(). */
static bool np_clock_trusted(void)
{
	u64 before, cycles, after;

	before = get_cycles();
	cycles = np_timekeeping_cycles();
	after = get_cycles();
	return before && cycles >= before && cycles <= after;
}

/* The tightest of a few pairs of readings: an interrupt or hypervisor between them is avoided. */
static void np_clock_pair(u64 *reading, u64 *ns)
{
	u64 best = U64_MAX, a, b, t;
	unsigned long flags;
	int i;

	for (i = 0; i < 8; i++) {
		local_irq_save(flags);
		a = get_cycles();
		t = ktime_get_mono_fast_ns();
		b = get_cycles();
		local_irq_restore(flags);
		if (b - a < best) {
			best = b - a;
			*reading = a + (b - a) / 2;
			*ns = t;
		}
	}
}

static void np_clock_publish(u64 reading, u64 ns, u64 mult)
{
	struct np_clock_cal *next = &np_cals[++np_cal_idx % ARRAY_SIZE(np_cals)];

	next->reading = reading;
	next->ns = ns;
	next->mult = mult;
	/* pairs with the address dependency of READ_ONCE(np_clock_cal) */
	smp_store_release(&np_clock_cal, (const struct np_clock_cal *)next);
}

/**
 * np_clock_init() - Choose the clock and measure its rate.
 *
 * Context: Process, sleeps 20 ms. No hook may be armed.
 * Return: True when the raw cycle counter is used.
 */
bool np_clock_init(void)
{
	u64 r0, n0, r1, n1;

	if (!np_clock_trusted()) {
		static_branch_disable(&np_clock_raw);
		np_clock_publish(0, 0, 1ULL << 32);
		return false;
	}
	np_clock_pair(&r0, &n0);
	msleep(20);
	np_clock_pair(&r1, &n1);
	np_clock_publish(r1, n1, mul_u64_u64_div_u64(n1 - n0, 1ULL << 32, r1 - r0));
	static_branch_enable(&np_clock_raw);
	return true;
}

/**
 * np_clock_tick() - Measure again; to be called about once a second.
 *
 * Context: Process. Calls must not overlap.
 * Return: False when the counter in use has jumped, or the kernel no longer trusts it:
 * recording must be restarted, which chooses the clock again.
 */
bool np_clock_tick(void)
{
	const struct np_clock_cal *cal = np_clock_cal;
	u64 reading, ns, mult;

	if (!static_branch_likely(&np_clock_raw))
		return true;
	if (!np_clock_trusted())
		return false;
	np_clock_pair(&reading, &ns);
	if (ns - cal->ns <= NSEC_PER_SEC / 2)
		return true;
	/* Suspend may have set it to anything; the kernel goes on to trust it. */
	if ((s64)(reading - cal->reading) <= 0)
		return false;
	mult = mul_u64_u64_div_u64(ns - cal->ns, 1ULL << 32, reading - cal->reading);
	if (mult < cal->mult / 2 || mult / 2 > cal->mult)
		return false;
	np_clock_publish(reading, ns, mult);
	return true;
}

/**
 * np_clock_name() - Which clock is in use.
 *
 * Context: Any.
 */
const char *np_clock_name(void)
{
	return static_branch_likely(&np_clock_raw) ? "cycles" : "monotonic";
}
