/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_CHANGE_H
#define NP_CHANGE_H

#include "np_session.h"

/* Bits of the members of struct np_config. */
enum np_field {
	NP_FIELD_TABLE_SLOTS	= 1 << 0,
	NP_FIELD_RING_KIB	= 1 << 1,
	NP_FIELD_EXPIRE_MS	= 1 << 2,
	NP_FIELD_KPROBES	= 1 << 3,
	NP_FIELD_ENABLE		= 1 << 4,
	NP_FIELD_STAGES		= 1 << 5,
};

/**
 * struct np_refusal - why a change was refused.
 * @field: &enum np_field of the member that is to blame; 0: none
 * @why: the reason and what to do, in words; NULL: none to add
 */
struct np_refusal {
	unsigned int	field;
	const char	*why;
};

int np_change(const struct np_config *wanted, unsigned int fields,
	      struct np_refusal *refusal);

#endif /* NP_CHANGE_H */
