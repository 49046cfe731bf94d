/* SPDX-License-Identifier: GPL-2.0-only */
/* Number of elements of an array. */
#ifndef NP_ARRAY_H
#define NP_ARRAY_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#endif /* NP_ARRAY_H */
