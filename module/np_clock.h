/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_CLOCK_H
#define NP_CLOCK_H

#include <linux/jump_label.h>
#include <linux/math64.h>
#include <linux/ktime.h>
#include <linux/timex.h>

/**
 * struct np_clock_cal - how readings turn into CLOCK_MONOTONIC.
 * @reading: a reading of np_now()
 * @ns: CLOCK_MONOTONIC at that reading, in ns
 * @mult: ns per unit of reading, times 2^32
 *
 * Immutable once published; four of them are used in turn, one second each,
 * so one found by a handler that runs with preemption off stays valid.
 */
struct np_clock_cal {
	u64	reading;
	u64	ns;
	u64	mult;
};

DECLARE_STATIC_KEY_FALSE(np_clock_raw);
extern const struct np_clock_cal *np_clock_cal;

bool np_clock_init(void);
bool np_clock_tick(void);
const char *np_clock_name(void);

/**
 * np_now() - The only clock of netpath.
 *
 * The raw cycle counter where the kernel's own timekeeping uses it, otherwise
 * CLOCK_MONOTONIC in ns.  skb->tstamp is never used: it may hold another
 * clock.
 *
 * Context: Any, NMI included.
 * Return: A reading for np_clock_ns() and np_clock_span_ns().
 */
static __always_inline u64 np_now(void)
{
	if (static_branch_likely(&np_clock_raw))
		return get_cycles();
	return ktime_get_mono_fast_ns();
}

/* Hot paths test this and read get_cycles() themselves: a call would cost them registers. */
#define np_now_is_cycles()	static_branch_likely(&np_clock_raw)

/**
 * np_clock_span_ns() - Length of a span in ns.
 * @cal: calibration
 * @span: difference of two readings, not negative
 *
 * Context: Any.
 */
static __always_inline u64 np_clock_span_ns(const struct np_clock_cal *cal, u64 span)
{
	return ((unsigned __int128)span * cal->mult) >> 32;
}

/**
 * np_clock_span_inverse() - Span of readings that lasts so many ns.
 * @cal: calibration
 * @ns: time in ns
 *
 * Context: Process; divides.
 */
static inline u64 np_clock_span_inverse(const struct np_clock_cal *cal, u64 ns)
{
	return mul_u64_u64_div_u64(ns, 1ULL << 32, cal->mult);
}

/**
 * np_clock_ns() - CLOCK_MONOTONIC of a reading, in ns.
 * @cal: calibration
 * @reading: what np_now() returned, before or after the calibration
 *
 * Context: Any.
 */
static inline u64 np_clock_ns(const struct np_clock_cal *cal, u64 reading)
{
	if (reading >= cal->reading)
		return cal->ns + np_clock_span_ns(cal, reading - cal->reading);
	return cal->ns - np_clock_span_ns(cal, cal->reading - reading);
}

#endif /* NP_CLOCK_H */
