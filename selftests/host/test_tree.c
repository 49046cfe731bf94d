// SPDX-License-Identifier: GPL-2.0-only
/* Families of packets: netpath show --tree. */
#include <arpa/inet.h>
#include <stdlib.h>

#include "host_test.h"
#include "np_tree.h"

/* so few that nothing is written before the end */
#define NR_RANDOM	150
#define NR_CHAIN	100

static struct np_names names;

/* A packet that is 10 * its id bytes long and begins at its id, in ns. */
static void add(struct np_tree *tree, u64 id, u64 parent_id, u64 merged_id, u8 l4_proto, u32 flags)
{
	struct netpath_packet pkt = {
		.rec = { .len = sizeof(pkt), .type = NETPATH_REC_PACKET,
			 .version = NETPATH_RECORD_VERSION },
		.hdr_len = sizeof(pkt), .dev_len = sizeof(struct netpath_dev),
		.stamp_len = sizeof(struct netpath_stamp),
		.id = id, .parent_id = parent_id, .merged_id = merged_id, .start_ns = id,
		.ip_len = (u32)id * 10, .l4_proto = l4_proto, .ip_version = 4,
		.flags = flags | NETPATH_F_FLOW,
		.outcome = merged_id ? NETPATH_OUTCOME_MERGED : NETPATH_OUTCOME_DELIVERED,
	};
	const char *why;

	EXPECT(0, np_tree_add(tree, &pkt, sizeof(pkt), &why));
}

static void add_udp(struct np_tree *tree, u64 id, u64 parent_id, u64 merged_id)
{
	add(tree, id, parent_id, merged_id, 17, 0);
}

/* Ids of the packets in the order in which they are printed, each behind its indentation. */
static void expect_lines(struct np_tree *tree, const char *expect)
{
	struct np_print print = { .fmt = { .names = &names, .oneline = true } };
	char got[1024] = "", *line, *at, *end;
	size_t len = 0;

	EXPECT(0, np_tree_print(tree, &print));
	np_buf_add(&print.out, "", 1);
	for (line = print.out.data; *line; line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		at = strchr(line, '#');
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%*s%s%.*s\n",
					(int)strspn(line, " "), "",
					strstr(line, "absorbed") ? "+" : "",
					(int)strcspn(at, *line == '#' ? "\n" : " "), at);
	}
	if (!EXPECT(0, (u64)strcmp(expect, got)))
		printf("# expected:\n%s# got:\n%s", expect, got);
	np_buf_free(&print.out);
	np_tree_free(tree);
}

static void children_are_below_their_parent(void)
{
	struct np_tree tree = { 0 };

	add_udp(&tree, 4, 2, 0);
	add_udp(&tree, 2, 1, 0);
	add_udp(&tree, 3, 1, 0);
	add_udp(&tree, 1, 0, 0);
	add_udp(&tree, 5, 0, 0);
	expect_lines(&tree, "#1\n    #2\n        #4\n    #3\n#5\n");
}

static void what_was_absorbed_is_below_and_listed(void)
{
	struct np_tree tree = { 0 };

	add_udp(&tree, 1, 0, 0);
	add_udp(&tree, 2, 0, 1);
	add_udp(&tree, 3, 0, 1);
	expect_lines(&tree, "#1\n    +#2\n    +#3\n    #2\n    #3\n");
}

static void what_was_absorbed_and_has_a_parent_is_there(void)
{
	struct np_tree tree = { 0 };

	add_udp(&tree, 1, 0, 0);
	add_udp(&tree, 2, 1, 3);
	add_udp(&tree, 3, 1, 0);
	expect_lines(&tree, "#1\n    #2\n    #3\n        +#2\n");
}

static void transmissions_of_the_same_data_are_together(void)
{
	struct np_tree tree = { 0 };

	add(&tree, 2, 9, 0, 6, 0);
	add(&tree, 3, 9, 0, 6, NETPATH_F_RETRANS);
	add(&tree, 4, 8, 0, 6, 0);
	expect_lines(&tree, "#9 TCP data\n    #2\n    #3\n#4\n");
}

static void parents_that_were_lost_are_named(void)
{
	struct np_tree tree = { 0 };

	add(&tree, 2, 9, 0, 17, NETPATH_F_CLONE);
	add(&tree, 3, 9, 0, 17, NETPATH_F_CLONE);
	expect_lines(&tree, "#9 not recorded\n    #2\n    #3\n");
}

static void packets_without_relatives_have_no_relatives(void)
{
	struct np_tree tree = { 0 };

	add_udp(&tree, 3, 0, 0);
	add_udp(&tree, 1, 0, 0);
	add_udp(&tree, 2, 0, 7);
	expect_lines(&tree, "#1\n#2\n#3\n");
}

static void ancestors_of_themselves_are_printed_once(void)
{
	struct np_tree tree = { 0 };

	add_udp(&tree, 1, 2, 0);
	add_udp(&tree, 2, 1, 0);
	add_udp(&tree, 3, 3, 3);
	add_udp(&tree, 4, 0, 5);
	add_udp(&tree, 5, 0, 4);
	expect_lines(&tree, "#3\n#1\n    #2\n#4\n    +#5\n    #5\n        +#4\n");
}

static unsigned int printed(struct np_tree *tree, bool json)
{
	struct np_print print = { .json = json, .fmt = { .names = &names, .oneline = true } };
	const char *at, *what = json ? "\"start_ns\"" : " us";
	unsigned int nr = 0;

	EXPECT(0, np_tree_print(tree, &print));
	np_buf_add(&print.out, "", 1);
	for (at = strstr(print.out.data, what); at; at = strstr(at + 1, what))
		nr++;
	np_buf_free(&print.out);
	np_tree_free(tree);
	return nr;
}

static void a_long_line_of_ancestors_is_printed_once(void)
{
	struct np_tree tree = { 0 };
	u64 id;

	for (id = 1; id <= NR_CHAIN; id++)
		add_udp(&tree, id, id - 1, 0);
	EXPECT(NR_CHAIN, printed(&tree, false));
}

static void any_relations_print_each_packet_once(void)
{
	u64 random = 1, id, round;

	for (round = 0; round < 40; round++) {
		struct np_tree tree = { 0 };

		for (id = 0; id < NR_RANDOM; id++)
			add_udp(&tree, test_random(&random) % 70, test_random(&random) % 70,
				test_random(&random) % 3 ? 0 : test_random(&random) % 70);
		EXPECT(NR_RANDOM, printed(&tree, round & 1));
	}
}

static void json_has_children_in_their_parent(void)
{
	struct np_print print = { .json = true, .fmt = { .names = &names } };
	struct np_tree tree = { 0 };

	add(&tree, 1, 9, 0, 17, 0);
	add(&tree, 2, 9, 1, 17, 0);
	EXPECT(0, np_tree_print(&tree, &print));
	np_buf_add(&print.out, "", 1);
	EXPECT(0, strncmp(print.out.data, "{\"type\":\"unrecorded\",\"id\":9,\"absorbed\":[],"
			  "\"children\":[{\"type\":\"packet\",\"id\":1,", 76));
	EXPECT_TRUE(!!strstr(print.out.data, "\"absorbed\":[2],\"children\":[]}"));
	EXPECT_TRUE(!!strstr(print.out.data, "\"absorbed\":[],\"children\":[]}]}\n"));
	np_buf_free(&print.out);
	np_tree_free(&tree);
}

static void damaged_records_are_refused(void)
{
	struct netpath_packet pkt = {
		.rec = { .len = sizeof(pkt), .type = NETPATH_REC_PACKET,
			 .version = NETPATH_RECORD_VERSION },
		.hdr_len = 8,
	};
	struct np_tree tree = { 0 };
	const char *why = NULL;

	EXPECT_TRUE(np_tree_add(&tree, &pkt, sizeof(pkt), &why) < 0 && !!why);
	EXPECT(0, tree.nr);
}

#define CASE(name)	{ #name, name }

static const struct test_case cases[] = {
	CASE(children_are_below_their_parent),
	CASE(what_was_absorbed_is_below_and_listed),
	CASE(what_was_absorbed_and_has_a_parent_is_there),
	CASE(transmissions_of_the_same_data_are_together),
	CASE(parents_that_were_lost_are_named),
	CASE(packets_without_relatives_have_no_relatives),
	CASE(ancestors_of_themselves_are_printed_once),
	CASE(a_long_line_of_ancestors_is_printed_once),
	CASE(any_relations_print_each_packet_once),
	CASE(json_has_children_in_their_parent),
	CASE(damaged_records_are_refused),
};

int main(void)
{
	np_names_init(&names);
	return test_main(cases, ARRAY_SIZE(cases));
}
