// SPDX-License-Identifier: GPL-2.0-only
/*
 * Families of packets.
 *
 * A packet is printed once: below the packet that it was made from, or else
 * below the one that it went into, or else by itself.  What went into a packet
 * is listed there as well.  The transmissions of TCP data have a parent without
 * a record; if there are several, a line of its own stands for it.
 *
 * Nothing in the records is trusted: there may be several of one id, and a
 * packet may be its own ancestor.
 */
#include "np_tree.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "np_json.h"

/* A packet that is deeper than this starts again at the margin. */
#define NP_TREE_DEPTH	32
#define NP_TREE_INDENT	4
/* Bytes of output that are written at once. */
#define NP_TREE_BATCH	65536

/**
 * struct np_tree_node - a packet, or a parent without a record.
 * @id: journey id
 * @start_ns: beginning
 * @parent_id: id of the packet that it was made from
 * @merged_id: id of the packet that it went into
 * @ip_len: its length in bytes
 * @tcp: it is, or made from it is, TCP data as it was written
 * @shown: it was printed
 * @below: it is below another
 * @first: first of those below it
 * @next: the next one below the same
 * @first_part: first of those that went into it
 * @next_part: the next one that went into the same
 * @len: length of @rec in bytes; 0: no record
 * @rec: copy of its record
 */
struct np_tree_node {
	__u64			id;
	__u64			start_ns;
	__u64			parent_id;
	__u64			merged_id;
	__u32			ip_len;
	bool			tcp;
	bool			shown;
	bool			below;
	struct np_tree_node	*first;
	struct np_tree_node	*next;
	struct np_tree_node	*first_part;
	struct np_tree_node	*next_part;
	size_t			len;
	unsigned char		rec[];
};

static struct np_tree_node *tree_new(struct np_tree *tree, const void *rec,
				     size_t len)
{
	size_t size = tree->size ? tree->size * 2 : 1024;
	struct np_tree_node **nodes, *node;

	if (tree->nr == tree->size) {
		nodes = realloc(tree->nodes, size * sizeof(*nodes));
		if (!nodes)
			return NULL;
		tree->nodes = nodes;
		tree->size = size;
	}
	node = calloc(1, sizeof(*node) + len);
	if (!node)
		return NULL;
	node->len = len;
	if (len)
		memcpy(node->rec, rec, len);
	tree->nodes[tree->nr++] = node;
	return node;
}

/**
 * np_tree_add() - Add a record; one that is no packet is ignored.
 * @tree: the tree
 * @rec: one whole record
 * @len: its length in bytes
 * @why: receives what is wrong with the record, when something is
 *
 * Return: 0, -EBADMSG when the record is damaged, -ENOMEM.
 */
int np_tree_add(struct np_tree *tree, const void *rec, size_t len,
		const char **why)
{
	struct np_tree_node *node;
	struct netpath_rec hdr;
	struct np_packet pkt;
	int err;

	memcpy(&hdr, rec, sizeof(hdr));
	if (hdr.version != NETPATH_RECORD_VERSION ||
	    hdr.type != NETPATH_REC_PACKET)
		return 0;
	err = np_decode_packet(rec, len, &pkt, why);
	if (err)
		return err;
	node = tree_new(tree, rec, len);
	if (!node)
		return -ENOMEM;
	node->id = pkt.hdr.id;
	node->start_ns = pkt.hdr.start_ns;
	node->parent_id = pkt.hdr.parent_id;
	node->merged_id = pkt.hdr.merged_id;
	node->ip_len = pkt.hdr.ip_len;
	node->tcp = pkt.hdr.l4_proto == IPPROTO_TCP &&
		    !(pkt.hdr.flags & NETPATH_F_CLONE);
	return 0;
}

/**
 * np_tree_free() - Release the memory of a tree.
 * @tree: the tree; empty afterwards
 */
void np_tree_free(struct np_tree *tree)
{
	while (tree->nr)
		free(tree->nodes[--tree->nr]);
	free(tree->nodes);
	memset(tree, 0, sizeof(*tree));
}

/* --- who belongs to whom ------------------------------------------------- */

static int tree_compare_id(const void *a, const void *b)
{
	const struct np_tree_node *one = *(struct np_tree_node * const *)a;
	const struct np_tree_node *other = *(struct np_tree_node * const *)b;

	return one->id < other->id ? -1 : one->id > other->id;
}

static int tree_compare_start(const void *a, const void *b)
{
	const struct np_tree_node *one = *(struct np_tree_node * const *)a;
	const struct np_tree_node *other = *(struct np_tree_node * const *)b;

	if (one->start_ns != other->start_ns)
		return one->start_ns < other->start_ns ? -1 : 1;
	return tree_compare_id(a, b);
}

/* A node by its id, among nodes in the order of their ids. */
static struct np_tree_node *tree_find(struct np_tree_node **by_id, size_t nr,
				      __u64 id)
{
	size_t low = 0, high = nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (by_id[mid]->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return id && low < nr && by_id[low]->id == id ? by_id[low] : NULL;
}

/* Add nodes for parents without a record; too many, one for each child. */
static int tree_add_parents(struct np_tree *tree)
{
	const struct np_tree_node *child;
	size_t nr = tree->nr, i;
	struct np_tree_node *node;

	for (i = 0; i < nr; i++) {
		child = tree->nodes[i];
		if (!child->parent_id ||
		    tree_find(tree->nodes, nr, child->parent_id))
			continue;
		/* behind the others, which stay in the order of their ids */
		node = tree_new(tree, NULL, 0);
		if (!node)
			return -ENOMEM;
		node->id = child->parent_id;
		node->start_ns = child->start_ns;
		node->tcp = child->tcp;
	}
	return 0;
}

static void tree_link_one(struct np_tree_node *node, struct np_tree_node **by_id,
			  size_t nr)
{
	struct np_tree_node *above = tree_find(by_id, nr, node->parent_id);
	struct np_tree_node *into = tree_find(by_id, nr, node->merged_id);

	if (into == node)
		into = NULL;
	if (into) {
		node->next_part = into->first_part;
		into->first_part = node;
	}
	if (!above || above == node)
		above = into;
	if (above) {
		node->next = above->first;
		above->first = node;
		node->below = true;
	}
}

/* Link all nodes; afterwards they are in the order of their beginnings. */
static int tree_link(struct np_tree *tree)
{
	struct np_tree_node **by_id;
	size_t i;
	int err;

	qsort(tree->nodes, tree->nr, sizeof(*tree->nodes), tree_compare_id);
	err = tree_add_parents(tree);
	if (err)
		return err;
	qsort(tree->nodes, tree->nr, sizeof(*tree->nodes), tree_compare_id);
	by_id = malloc(tree->nr * sizeof(*by_id));
	if (!by_id)
		return -ENOMEM;
	memcpy(by_id, tree->nodes, tree->nr * sizeof(*by_id));
	qsort(tree->nodes, tree->nr, sizeof(*tree->nodes), tree_compare_start);
	/* each is put in front of those that are there: the last one first */
	for (i = tree->nr; i-- > 0; )
		tree_link_one(tree->nodes[i], by_id, tree->nr);
	free(by_id);
	return 0;
}

/* --- printing ------------------------------------------------------------ */

/* Append text with its lines indented. */
static void text_indent(struct np_buf *out, const struct np_buf *text,
			unsigned int depth)
{
	const char *line = text->data, *end = text->data + text->len, *next;

	for (; line < end; line = next) {
		next = memchr(line, '\n', (size_t)(end - line));
		next = next ? next + 1 : end;
		np_buf_printf(out, "%*s", (int)depth * NP_TREE_INDENT, "");
		np_buf_add(out, line, (size_t)(next - line));
	}
	if (text->failed)
		out->failed = true;
}

static void node_text(const struct np_tree_node *node, struct np_print *print,
		      unsigned int depth)
{
	const struct np_tree_node *part;
	struct np_buf text = { 0 };
	struct np_packet pkt;
	const char *why;

	if (!node->len)
		np_buf_printf(&text, "#%llu %s\n", node->id,
			      node->tcp ? "TCP data" : "not recorded");
	else if (!np_decode_packet(node->rec, node->len, &pkt, &why))
		np_text_packet(&text, &pkt, &print->fmt);
	for (part = node->first_part; part; part = part->next_part)
		np_buf_printf(&text, "    absorbed #%llu len %u\n", part->id,
			      part->ip_len);
	text_indent(&print->out, &text, depth);
	np_buf_free(&text);
}

static struct json_object *node_json(const struct np_tree_node *node,
				     const struct np_format *fmt)
{
	struct json_object *list = json_object_new_array(), *obj;
	const struct np_tree_node *part;
	struct np_packet pkt;
	const char *why;

	for (part = node->first_part; part; part = part->next_part)
		json_object_array_add(list, json_object_new_uint64(part->id));
	if (node->len && !np_decode_packet(node->rec, node->len, &pkt, &why)) {
		obj = np_json_object(&pkt, fmt);
	} else {
		obj = json_object_new_object();
		json_object_object_add(obj, "type",
				       json_object_new_string("unrecorded"));
		json_object_object_add(obj, "id",
				       json_object_new_uint64(node->id));
	}
	json_object_object_add(obj, "absorbed", list);
	return obj;
}

/* A parent without a record is worth a line when it has several children. */
static bool node_is_idle(const struct np_tree_node *node)
{
	return !node->len && (!node->first || !node->first->next);
}

/* Print a node and those below it. Return: their JSON, NULL for text. */
static struct json_object *node_family(struct np_tree_node *node,
				       struct np_print *print,
				       unsigned int depth)
{
	struct json_object *list = NULL, *obj = NULL, *below;

	node->shown = true;
	if (print->json) {
		obj = node_json(node, &print->fmt);
		list = json_object_new_array();
		json_object_object_add(obj, "children", list);
	} else {
		node_text(node, print, depth);
	}
	if (depth == NP_TREE_DEPTH)
		return obj;
	for (node = node->first; node; node = node->next) {
		if (node->shown)
			continue;
		below = node_family(node, print, depth + 1);
		if (list)
			json_object_array_add(list, below);
	}
	return obj;
}

static int node_print(struct np_tree_node *node, struct np_print *print)
{
	struct json_object *obj = node_family(node, print, 0);

	if (obj)
		np_json_line(&print->out, obj);
	return print->out.len < NP_TREE_BATCH ? 0 : np_print_flush(print);
}

/**
 * np_tree_print() - Print all families, in the order of their beginnings.
 * @tree: the packets
 * @print: where to and how
 *
 * To be called once, and followed by np_print_flush().
 *
 * Return: 0, or an error of np_print_flush(), or -ENOMEM.
 */
int np_tree_print(struct np_tree *tree, struct np_print *print)
{
	struct np_tree_node *node;
	size_t i;
	int err;

	err = tree_link(tree);
	for (i = 0; !err && i < tree->nr; i++) {
		node = tree->nodes[i];
		if (node->shown || node->below)
			continue;
		if (!node_is_idle(node))
			err = node_print(node, print);
		else if (node->first)
			err = node_print(node->first, print);
	}
	/* those that are their own ancestors, and those too deep */
	for (i = 0; !err && i < tree->nr; i++) {
		node = tree->nodes[i];
		if (!node->shown && node->len)
			err = node_print(node, print);
	}
	return err;
}
