/* SPDX-License-Identifier: GPL-2.0-only */
/* Records as text, the same bytes as the module's file "trace". */
#ifndef NP_TEXT_H
#define NP_TEXT_H

#include <stdbool.h>

#include "np_buf.h"
#include "np_decode.h"
#include "np_names.h"

/**
 * struct np_format - how records are shown.
 * @names: names of the stages
 * @oneline: one line per packet instead of one per stage
 * @wall: show the time of day instead of CLOCK_MONOTONIC
 * @wall_known: @wall_offset_ns is valid
 * @wall_offset_ns: CLOCK_REALTIME minus CLOCK_MONOTONIC, in ns
 */
struct np_format {
	const struct np_names	*names;
	bool			oneline;
	bool			wall;
	bool			wall_known;
	__s64			wall_offset_ns;
};

void np_text_packet(struct np_buf *buf, const struct np_packet *pkt,
		    const struct np_format *fmt);
void np_text_lost(struct np_buf *buf, const struct netpath_lost *lost,
		  unsigned int cpu);

#endif /* NP_TEXT_H */
