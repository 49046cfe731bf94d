// SPDX-License-Identifier: GPL-2.0-only
/* Changing the configuration while the module is loaded: all that is wanted, or nothing. */
#include "np_change.h"

#include <linux/bitmap.h>
#include <linux/cpu.h>
#include <linux/errno.h>
#include <linux/log2.h>

#include "np_out.h"
#include "np_reader.h"
#include "np_track.h"

/* What cannot be changed now, and why.  Only what is different is a change. */
static int np_change_refused(const struct np_config *new, unsigned int fields,
			     struct np_refusal *refusal)
{
	unsigned int idle = NP_FIELD_TABLE_SLOTS | NP_FIELD_RING_KIB | NP_FIELD_KPROBES;

	*refusal = (struct np_refusal) { 0 };
	if (fields & NP_FIELD_TABLE_SLOTS && !is_power_of_2(new->table_slots)) {
		refusal->field = NP_FIELD_TABLE_SLOTS;
		refusal->why = "must be a power of two";
		return -EINVAL;
	}
	if (fields & NP_FIELD_RING_KIB && !is_power_of_2(new->ring_kib)) {
		refusal->field = NP_FIELD_RING_KIB;
		refusal->why = "must be a power of two";
		return -EINVAL;
	}
	if (fields & idle && (np_config.enable || new->enable)) {
		refusal->field = fields & idle & -(fields & idle);
		refusal->why = "needs a stop: set enable to 0 by a message of its own before";
		return -EBUSY;
	}
	return 0;
}

/* Bits of the members in which two configurations differ. */
static unsigned int np_change_diff(const struct np_config *a, const struct np_config *b)
{
	unsigned int fields = 0;

	if (a->table_slots != b->table_slots)
		fields |= NP_FIELD_TABLE_SLOTS;
	if (a->ring_kib != b->ring_kib)
		fields |= NP_FIELD_RING_KIB;
	if (a->expire_ms != b->expire_ms)
		fields |= NP_FIELD_EXPIRE_MS;
	if (a->kprobes != b->kprobes)
		fields |= NP_FIELD_KPROBES;
	if (a->enable != b->enable)
		fields |= NP_FIELD_ENABLE;
	if (!bitmap_equal(a->stages.bits, b->stages.bits, NP_STAGE_CNT))
		fields |= NP_FIELD_STAGES;
	return fields;
}

/* Other sizes, both or neither.  No CPU comes online meanwhile. */
static int np_change_sizes(const struct np_config *new, unsigned int fields,
			   struct np_refusal *refusal)
{
	size_t ring_bytes = (size_t)new->ring_kib * 1024;
	void **rings = NULL;

	if (fields & NP_FIELD_RING_KIB) {
		rings = np_out_rings_prepare(ring_bytes);
		refusal->field = NP_FIELD_RING_KIB;
		if (!rings)
			goto no_memory;
	}
	if (fields & NP_FIELD_TABLE_SLOTS && np_track_alloc(new->table_slots)) {
		refusal->field = NP_FIELD_TABLE_SLOTS;
		goto no_memory;
	}
	if (rings) {
		np_reader_replace_rings(rings, ring_bytes);
		np_out_rings_cancel(rings);
	}
	refusal->field = 0;
	return 0;

no_memory:
	if (rings)
		np_out_rings_cancel(rings);
	refusal->why = "not enough memory for this size";
	return -ENOMEM;
}

/* Recording as wanted and with what is wanted; as it was if that fails. */
static int np_change_hooks(const struct np_config *new, unsigned int fields,
			   struct np_refusal *refusal)
{
	struct np_config old = np_config;
	int err = 0;

	if (old.enable && fields & (NP_FIELD_ENABLE | NP_FIELD_STAGES))
		np_session_stop_locked();
	np_config.expire_ms = new->expire_ms;
	np_config.kprobes = new->kprobes;
	np_config.stages = new->stages;
	if (new->enable && !np_config.enable)
		err = np_session_start_locked();
	if (!err)
		return 0;

	refusal->field = fields & NP_FIELD_ENABLE ? NP_FIELD_ENABLE : NP_FIELD_STAGES;
	refusal->why = "the hooks could not be placed; see the kernel log";
	np_config.expire_ms = old.expire_ms;
	np_config.kprobes = old.kprobes;
	np_config.stages = old.stages;
	if (old.enable && np_session_start_locked())
		refusal->why = "recording has stopped: no hooks could be placed, see the log";
	return err;
}

/**
 * np_change() - Change the configuration: all that is wanted, or nothing.
 * @wanted: new values
 * @fields: &enum np_field bits of the members of @wanted to take
 * @refusal: on failure set to the reason
 *
 * While recording, other stages mean that the hooks are taken out and placed
 * anew: packets in flight are abandoned.
 *
 * Context: Process, sleeps for grace periods.
 * Return: 0; -EBUSY when recording must be stopped before; -EINVAL; -ENOMEM;
 * or why the hooks could not be placed.
 */
int np_change(const struct np_config *wanted, unsigned int fields,
	      struct np_refusal *refusal)
{
	struct np_config new;
	int err;

	np_session_lock();
	new = np_config;
	if (fields & NP_FIELD_TABLE_SLOTS)
		new.table_slots = wanted->table_slots;
	if (fields & NP_FIELD_RING_KIB)
		new.ring_kib = wanted->ring_kib;
	if (fields & NP_FIELD_EXPIRE_MS)
		new.expire_ms = wanted->expire_ms;
	if (fields & NP_FIELD_KPROBES)
		new.kprobes = wanted->kprobes;
	if (fields & NP_FIELD_ENABLE)
		new.enable = wanted->enable;
	if (fields & NP_FIELD_STAGES)
		new.stages = wanted->stages;
	fields = np_change_diff(&new, &np_config);

	err = np_change_refused(&new, fields, refusal);
	if (err)
		goto unlock;
	if (fields & (NP_FIELD_TABLE_SLOTS | NP_FIELD_RING_KIB)) {
		cpus_read_lock();
		err = np_change_sizes(&new, fields, refusal);
		if (!err) {
			np_config.table_slots = new.table_slots;
			WRITE_ONCE(np_config.ring_kib, new.ring_kib);
		}
		cpus_read_unlock();
		if (err)
			goto unlock;
	}
	err = np_change_hooks(&new, fields, refusal);
unlock:
	np_session_unlock();
	return err;
}
