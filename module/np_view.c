// SPDX-License-Identifier: GPL-2.0-only
/* Stages and histograms as users see them, whatever the interface. */
#include "np_view.h"

#include <linux/kernel.h>
#include <linux/string.h>

#include "np_clock.h"
#include "np_out.h"
#include "np_path.h"
#include "np_probe.h"
#include "np_session.h"

static const u32 np_view_via[NP_NR_VIA] = {
	[NP_VIA_TRACEPOINT]	= NETPATH_VIA_TRACEPOINT,
	[NP_VIA_FTRACE]		= NETPATH_VIA_FTRACE,
	[NP_VIA_KPROBE]		= NETPATH_VIA_KPROBE,
	[NP_VIA_KRETPROBE]	= NETPATH_VIA_KRETPROBE,
};

/**
 * np_view_lock() - Keep the state of the hooks as it is, and know all of it.
 *
 * To be followed by np_session_unlock().
 *
 * Context: Process, may sleep.
 */
void np_view_lock(void)
{
	np_session_lock();
	/* without memory some stay unknown until the next time */
	np_probe_resolve(true);
}

/* Is there a gap in the stage when the point is not armed? */
static bool np_view_expects(unsigned int point)
{
	const struct np_probe *probe = &np_probes[point];

	if (np_points[point].flags & NP_PT_SKIP)
		return false;
	return !(np_points[point].flags & NP_PT_OPTIONAL) || probe->hook || probe->refused;
}

/* Name of what is missing there. */
static const char *np_view_gap(unsigned int point)
{
	const struct np_probe *probe = &np_probes[point];

	if (probe->hook)
		return probe->hook->symbol;
	return probe->refused ?: np_points[point].hooks[0].symbol;
}

/**
 * np_view_stage() - What the points of a stage have in common, and where they do not.
 * @stage: &enum netpath_stage
 * @view: takes it
 *
 * Context: Process; after np_view_lock().
 */
void np_view_stage(unsigned int stage, struct np_view_stage *view)
{
	unsigned int point, armed = 0, unwanted = 0;
	size_t len = 0;

	memset(view, 0, sizeof(*view));
	for (point = 0; point < NP_NR_POINTS; point++) {
		const struct np_probe *probe = &np_probes[point];

		if (np_points[point].stage != stage)
			continue;
		view->hits += np_path_hits(point);
		view->missed += np_probe_missed(point);
		if (probe->hook) {
			view->via |= np_view_via[probe->via];
			len += scnprintf(view->symbols + len, sizeof(view->symbols) - len, "%s%s",
					 len ? "," : "", probe->hook->symbol);
		}
		/* a hook may be there for another stage */
		if (probe->armed && np_stage_wanted(stage)) {
			armed++;
		} else if (np_view_expects(point)) {
			if (probe->why)
				snprintf(view->reason, sizeof(view->reason), "%s: %s",
					 np_view_gap(point), probe->why);
			else
				unwanted++;
		}
	}
	if (!armed && unwanted)
		view->reason[0] = '\0';
	if (*view->reason)
		view->state = armed ? NETPATH_STATE_PARTIAL : NETPATH_STATE_UNAVAILABLE;
	else
		view->state = armed ? NETPATH_STATE_ARMED : NETPATH_STATE_OFF;
}

/**
 * np_view_has_latency() - Is there a histogram for this stage?
 * @stage: &enum netpath_stage
 *
 * What happens to an skb ends a time, but none begins there.
 *
 * Context: Any.
 */
bool np_view_has_latency(unsigned int stage)
{
	return stage != NETPATH_STAGE_NONE && strcmp(np_stage_layer(stage), "skb");
}

/**
 * np_view_latency() - Times from a stage to the packets' next, all CPUs.
 * @stage: &enum netpath_stage
 * @hist: memory of the caller, overwritten; in units of the clock, np_view_ns()
 *	makes ns of it
 * @sum: result, times in ns
 *
 * Context: Process.
 */
void np_view_latency(unsigned int stage, struct np_hist *hist, struct np_hist_summary *sum)
{
	unsigned int i;

	np_out_hist(stage, hist);
	np_hist_summarize(hist, sum);
	sum->min = np_view_ns(sum->min);
	sum->max = np_view_ns(sum->max);
	for (i = 0; i < ARRAY_SIZE(sum->quantile); i++)
		sum->quantile[i] = np_view_ns(sum->quantile[i]);
}

/**
 * np_view_ns() - A span of time that a histogram counted, in ns.
 * @span: in units of the clock
 *
 * Context: Any.
 */
u64 np_view_ns(u64 span)
{
	return np_clock_span_ns(READ_ONCE(np_clock_cal), span);
}
