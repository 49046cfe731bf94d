/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests to the module by generic netlink, and why they are refused. */
#ifndef NP_NL_H
#define NP_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <libmnl/libmnl.h>
#include <linux/netpath.h>

/* No message is longer; dumps are cut to the size of this, too. */
#define NP_NL_BUF	65536
/* No request is longer: the longest has a program of 4096 instructions. */
#define NP_NL_REQUEST	36864

/**
 * struct np_nl - a netlink socket.
 * @sock: the socket; NULL: not open
 * @portid: its address
 * @seq: number of the last request
 * @family: id of the family
 * @group: id of the group "records"
 * @bad_attr: after a refusal, the attribute that the kernel blames; 0: none
 * @why: after a refusal, the kernel's reason; empty: none
 * @buf: messages
 */
struct np_nl {
	struct mnl_socket	*sock;
	unsigned int		portid;
	unsigned int		seq;
	__u16			family;
	__u32			group;
	__u16			bad_attr;
	char			why[256];
	char			buf[NP_NL_BUF];
};

/**
 * typedef np_nl_attr_fn - takes an attribute of an answer.
 * @attr: the attribute
 * @arg: as given with the request
 *
 * Return: 0, or -errno to end the request.
 */
typedef int (*np_nl_attr_fn)(const struct nlattr *attr, void *arg);

/**
 * struct np_nl_answer - what to do with the answers to a request.
 * @attr: called for every attribute of every message; or NULL
 * @end: called at the end of every message; or NULL
 * @arg: given to both
 */
struct np_nl_answer {
	np_nl_attr_fn	attr;
	int		(*end)(void *arg);
	void		*arg;
};

int np_nl_open(struct np_nl *nl);
void np_nl_close(struct np_nl *nl);
struct nlmsghdr *np_nl_begin(struct np_nl *nl, __u8 cmd, __u16 flags);
int np_nl_run(struct np_nl *nl, struct nlmsghdr *nlh,
	      const struct np_nl_answer *answer);
int np_nl_call(struct np_nl *nl, __u8 cmd, __u16 flags,
	       const struct np_nl_answer *answer);
int np_nl_explain(const struct np_nl *nl, const char *cmd, int err);
int np_nl_join(struct np_nl *nl);
ssize_t np_nl_recv(struct np_nl *nl, int flags);

#endif /* NP_NL_H */
