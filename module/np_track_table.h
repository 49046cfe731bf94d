/* SPDX-License-Identifier: GPL-2.0-only */
/* What np_track.c and np_track_table.c share, and nobody else. */
#ifndef NP_TRACK_TABLE_H
#define NP_TRACK_TABLE_H

#include "np_track.h"

/* Ids are given to CPUs in blocks of NP_ID_STRIDE, of which half is used; see np_track_id(). */
#define NP_ID_STRIDE	2048
#define NP_ID_USED	1024

/* keys and slots, see np_track.c, and their number */
extern unsigned long *np_keys;
extern struct np_slot *np_slots;
extern unsigned int np_nr_slots;
/* how far a hash is to be shifted to be a bucket */
extern unsigned int np_bucket_shift;
/* journeys may begin */
extern bool np_births_open;

#endif /* NP_TRACK_TABLE_H */
