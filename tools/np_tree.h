/* SPDX-License-Identifier: GPL-2.0-only */
/* Families of packets: who was made from whom, and who went into whom. */
#ifndef NP_TREE_H
#define NP_TREE_H

#include "np_print.h"

struct np_tree_node;

/**
 * struct np_tree - packets until all of them are known.
 * @nodes: the packets
 * @nr: how many
 * @size: how many there is room for
 *
 * All zeroes is a valid empty tree.
 */
struct np_tree {
	struct np_tree_node	**nodes;
	size_t			nr;
	size_t			size;
};

int np_tree_add(struct np_tree *tree, const void *rec, size_t len,
		const char **why);
int np_tree_print(struct np_tree *tree, struct np_print *print);
void np_tree_free(struct np_tree *tree);

#endif /* NP_TREE_H */
