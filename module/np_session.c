// SPDX-License-Identifier: GPL-2.0-only
/*
 * The session: recording or not, and how.  One mutex serialises everything
 * that changes it.
 *
 *		np_change(): enable = 1
 *	idle  ------------------------->  recording
 *	      <-------------------------
 *		np_change(): enable = 0
 *
 * Stopping: close births, remove the hooks, wait for running handlers, empty
 * the table (what was alive counts as abandoned).  The rings keep their
 * records and can be read while idle.
 */
#include "np_session.h"

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/workqueue.h>

#include "np_call.h"
#include "np_clock.h"
#include "np_life.h"
#include "np_out.h"
#include "np_poll.h"
#include "np_probe.h"
#include "np_rules.h"
#include "np_stats.h"
#include "np_track.h"

/* Between calibrations of the clock and searches for expired packets. */
#define NP_TICK		HZ

static DEFINE_MUTEX(np_mutex);
struct np_config np_config;
static enum cpuhp_state np_cpuhp;
static u64 np_arm_ns;			/* under np_mutex */

static void np_session_tick(struct work_struct *work);
static DECLARE_DELAYED_WORK(np_tick, np_session_tick);

/* Before a CPU runs for the first time it gets its ring. */
static int np_session_cpu_prepare(unsigned int cpu)
{
	return np_out_alloc_cpu(cpu, (size_t)READ_ONCE(np_config.ring_kib) * 1024);
}

/**
 * np_session_start_locked() - Record with what is configured.
 *
 * Context: Process, may sleep; session mutex held, not recording.
 * Return: 0 or a negative errno; not recording then.
 */
int np_session_start_locked(void)
{
	const char *clock = np_clock_name();
	u64 begin = ktime_get_ns();
	int err;

	lockdep_assert_held(&np_mutex);
	np_clock_init();
	/* their unit is that of the clock */
	if (clock != np_clock_name())
		np_out_clear_hists();
	err = np_probe_arm(&np_config.stages, np_config.kprobes);
	if (err)
		return err;
	np_arm_ns = ktime_get_ns() - begin;
	WRITE_ONCE(np_config.enable, true);
	schedule_delayed_work(&np_tick, NP_TICK);
	return 0;
}

/**
 * np_session_stop_locked() - Stop recording.
 *
 * Context: Process, sleeps for grace periods; session mutex held, recording.
 */
void np_session_stop_locked(void)
{
	lockdep_assert_held(&np_mutex);
	np_probe_disarm();
	np_count_add(ABANDONED, np_track_reset());
	np_call_reset();
	np_poll_reset();
	WRITE_ONCE(np_config.enable, false);
}

static void np_session_tick(struct work_struct *work)
{
	u64 limit;

	mutex_lock(&np_mutex);
	if (!np_config.enable)
		goto unlock;
	if (!np_clock_tick()) {
		pr_warn("netpath: the cycle counter has jumped or is no longer trusted, starting anew\n");
		np_session_stop_locked();
		if (np_session_start_locked())
			pr_err("netpath: recording could not be resumed\n");
		goto unlock;
	}
	limit = np_clock_span_inverse(READ_ONCE(np_clock_cal),
				      (u64)np_config.expire_ms * NSEC_PER_MSEC);
	np_track_expire(np_now() - limit, np_life_expired);
	schedule_delayed_work(&np_tick, NP_TICK);
unlock:
	mutex_unlock(&np_mutex);
}

/**
 * np_session_config() - What is set now.
 * @config: takes it
 *
 * Context: Process, may sleep.
 */
void np_session_config(struct np_config *config)
{
	mutex_lock(&np_mutex);
	*config = np_config;
	mutex_unlock(&np_mutex);
}

/**
 * np_session_enabled() - Is the module recording?
 *
 * Context: Any; a snapshot.
 */
bool np_session_enabled(void)
{
	return READ_ONCE(np_config.enable);
}

/**
 * np_session_lock() - Keep the state of the hooks as it is.
 *
 * Context: Process, may sleep.
 */
void np_session_lock(void)
{
	mutex_lock(&np_mutex);
}

/**
 * np_session_unlock() - Undo np_session_lock().
 *
 * Context: Process.
 */
void np_session_unlock(void)
{
	mutex_unlock(&np_mutex);
}

/**
 * np_session_clear_hists() - Empty all histograms.
 *
 * Context: Process, may sleep.
 */
void np_session_clear_hists(void)
{
	mutex_lock(&np_mutex);
	np_out_clear_hists();
	mutex_unlock(&np_mutex);
}

/**
 * np_session_clear_rings() - Hide the records held from readers that start later.
 *
 * Context: Process, may sleep.
 */
void np_session_clear_rings(void)
{
	mutex_lock(&np_mutex);
	np_out_clear_rings();
	mutex_unlock(&np_mutex);
}

/**
 * np_session_in_flight() - Packets in the table.
 *
 * Context: Any; a snapshot.
 */
u64 np_session_in_flight(void)
{
	s64 alive;

	alive = np_stats_sum(NP_BIRTHS) - np_stats_sum(NP_DEATHS) - np_stats_sum(NP_EXPIRED) -
		np_stats_sum(NP_REBORN) - np_stats_sum(NP_ABANDONED);
	return max_t(s64, alive, 0);
}

/**
 * np_session_totals() - What a change of the sizes or of the hooks may change, too.
 * @totals: takes the numbers
 *
 * Context: Process; takes the session mutex.
 */
void np_session_totals(struct np_totals *totals)
{
	unsigned int point;

	mutex_lock(&np_mutex);
	np_out_totals(&totals->records, &totals->bytes);
	totals->missed = 0;
	for (point = 0; point < NP_NR_POINTS; point++)
		totals->missed += np_probe_missed(point);
	totals->arm_ns = np_arm_ns;
	totals->table_slots = np_track_slots();
	mutex_unlock(&np_mutex);
}

/*
 * Rings for the CPUs that are online and for those that will be.  The calls for
 * the former are ours: kernels before 6.7 leave them out for this kind of state.
 */
static int np_session_prepare_cpus(void)
{
	int cpu, err = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		err = np_session_cpu_prepare(cpu);
		if (err) {
			pr_err("netpath: no ring of %u KiB for CPU %d (%d)\n",
			       np_config.ring_kib, cpu, err);
			goto unlock;
		}
	}
	err = cpuhp_setup_state_nocalls_cpuslocked(CPUHP_BP_PREPARE_DYN, "netpath:prepare",
						   np_session_cpu_prepare, NULL);
	if (err > 0) {
		np_cpuhp = err;
		err = 0;
	} else {
		pr_err("netpath: CPUs that come later cannot be prepared (%d)\n", err);
	}
unlock:
	cpus_read_unlock();
	return err;
}

/**
 * np_session_init() - Allocate everything and perhaps start.
 * @config: checked by the caller
 *
 * Context: Module init, may sleep.
 * Return: 0 or a negative errno; nothing is left behind then.
 */
int np_session_init(const struct np_config *config)
{
	int err;

	np_config = *config;
	np_config.enable = false;
	err = np_track_alloc(config->table_slots);
	if (err) {
		pr_err("netpath: no memory for a table of %u packets (%d)\n",
		       config->table_slots, err);
		return err;
	}
	err = np_session_prepare_cpus();
	if (err)
		goto free_track;
	if (config->enable) {
		mutex_lock(&np_mutex);
		err = np_session_start_locked();
		mutex_unlock(&np_mutex);
		if (err) {
			pr_err("netpath: recording could not be started (%d)\n", err);
			goto remove_cpuhp;
		}
	}
	return 0;

remove_cpuhp:
	cancel_delayed_work_sync(&np_tick);
	cpuhp_remove_state_nocalls(np_cpuhp);
free_track:
	np_out_free();
	np_track_free();
	return err;
}

/**
 * np_session_exit() - Stop and free everything.
 *
 * Context: Module exit, may sleep; no reader is left.
 */
void np_session_exit(void)
{
	mutex_lock(&np_mutex);
	if (np_config.enable)
		np_session_stop_locked();
	mutex_unlock(&np_mutex);
	cancel_delayed_work_sync(&np_tick);
	cpuhp_remove_state_nocalls(np_cpuhp);
	np_rules_free_all();
	np_out_free();
	np_track_free();
}
