/* SPDX-License-Identifier: GPL-2.0-only */
/* One record on its way from the module to the output. */
#ifndef NP_ITEM_H
#define NP_ITEM_H

#include <stddef.h>

/**
 * struct np_item - one record.
 * @rec: the record; valid until the next one is asked for
 * @len: its length in bytes
 * @cpu: CPU whose ring held it
 */
struct np_item {
	const void	*rec;
	size_t		len;
	unsigned int	cpu;
};

#endif /* NP_ITEM_H */
