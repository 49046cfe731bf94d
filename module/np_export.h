/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NP_EXPORT_H
#define NP_EXPORT_H

struct netpath_packet;
struct np_raw;

void np_export_head(const struct np_raw *raw, struct netpath_packet *pkt);
unsigned int np_export_record(const struct np_raw *raw, void *buf);

#endif /* NP_EXPORT_H */
