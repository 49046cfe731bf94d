/* SPDX-License-Identifier: GPL-2.0-only */
/* Records as JSON, one object per line. */
#ifndef NP_JSON_H
#define NP_JSON_H

#include <json-c/json.h>

#include "np_text.h"

struct json_object *np_json_clean(const char *str, size_t max);
void np_json_line(struct np_buf *buf, struct json_object *obj);
struct json_object *np_json_object(const struct np_packet *pkt,
				   const struct np_format *fmt);
void np_json_packet(struct np_buf *buf, const struct np_packet *pkt,
		    const struct np_format *fmt);
void np_json_lost(struct np_buf *buf, const struct netpath_lost *lost,
		  unsigned int cpu);

#endif /* NP_JSON_H */
