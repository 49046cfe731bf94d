/* SPDX-License-Identifier: GPL-2.0-only */
/* The version of module and program; debian/changelog has to agree. */
#ifndef NP_VERSION_H
#define NP_VERSION_H

#define NP_VERSION	"1.0"

#endif /* NP_VERSION_H */
