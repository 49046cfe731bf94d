// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to the module by generic netlink, and why they are refused.
 *
 * libmnl, as ip and ethtool use it: it is small, is there wherever they are,
 * and leaves the kernel's reasons for refusals (extended ack) in sight.
 */
#include "np_nl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/genetlink.h>

/* Enough for a second or so of what a busy machine records. */
#define NL_RCVBUF	(8 << 20)

/**
 * np_nl_recv() - Receive one datagram of the kernel into @nl->buf.
 * @nl: open socket
 * @flags: as for recv()
 *
 * Return: Its length, or -errno.
 */
ssize_t np_nl_recv(struct np_nl *nl, int flags)
{
	struct sockaddr_nl from;
	socklen_t from_len;
	ssize_t len;

	do {
		from_len = sizeof(from);
		len = recvfrom(mnl_socket_get_fd(nl->sock), nl->buf,
			       sizeof(nl->buf), flags | MSG_TRUNC,
			       (struct sockaddr *)&from, &from_len);
	} while (len >= 0 && from.nl_pid);
	if (len < 0)
		return -errno;
	return (size_t)len > sizeof(nl->buf) ? -EMSGSIZE : len;
}

/* The attribute at this offset of the request, by its number. */
static __u16 nl_attr_at(const struct nlmsghdr *request, size_t offset)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, request, sizeof(struct genlmsghdr))
		if ((size_t)((const char *)attr - (const char *)request) ==
		    offset)
			return mnl_attr_get_type(attr);
	return 0;
}

/* Errors and ends of dumps carry a number, and perhaps words behind it. */
static int nl_result(struct np_nl *nl, const struct nlmsghdr *nlh,
		     const struct nlmsghdr *request)
{
	const struct nlattr *attr;
	size_t offset = sizeof(int);
	int err;

	if (nlh->nlmsg_type == NLMSG_ERROR)
		offset = sizeof(struct nlmsgerr);
	if (mnl_nlmsg_get_payload_len(nlh) < offset)
		return -EBADMSG;
	err = *(const int *)mnl_nlmsg_get_payload(nlh);
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return err;
	mnl_attr_for_each(attr, nlh, offset) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			snprintf(nl->why, sizeof(nl->why), "%s",
				 mnl_attr_get_str(attr));
		else if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_OFFS &&
			 !mnl_attr_validate(attr, MNL_TYPE_U32))
			nl->bad_attr = nl_attr_at(request,
						  mnl_attr_get_u32(attr));
	}
	return err;
}

static int nl_answer(const struct nlmsghdr *nlh,
		     const struct np_nl_answer *answer)
{
	const struct nlattr *attr;
	int err;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		err = answer->attr ? answer->attr(attr, answer->arg) : 0;
		if (err)
			return err;
	}
	return answer->end ? answer->end(answer->arg) : 0;
}

/* Return: 1 when more messages follow, 0 at the end, or -errno. */
static int nl_message(struct np_nl *nl, const struct nlmsghdr *nlh,
		      const struct nlmsghdr *request,
		      const struct np_nl_answer *answer)
{
	int err;

	if (nlh->nlmsg_seq != nl->seq)
		return 1;
	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE)
		return nl_result(nl, nlh, request);
	err = answer ? nl_answer(nlh, answer) : 0;
	return err ? err : 1;
}

/**
 * np_nl_begin() - Begin a request to the family.
 * @nl: open socket
 * @cmd: &NETPATH_CMD_INFO or another
 * @flags: NLM_F_DUMP, or 0
 *
 * Return: The message, to which attributes may be added.
 */
struct nlmsghdr *np_nl_begin(struct np_nl *nl, __u8 cmd, __u16 flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(nl->buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = nl->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = NETPATH_FAMILY_VERSION;
	return nlh;
}

/**
 * np_nl_run() - Send a request and take the answers.
 * @nl: open socket
 * @nlh: from np_nl_begin()
 * @answer: what to do with them; NULL: nothing
 *
 * Return: 0, or -errno; np_nl_explain() then knows more.
 */
int np_nl_run(struct np_nl *nl, struct nlmsghdr *nlh,
	      const struct np_nl_answer *answer)
{
	char request[NP_NL_REQUEST];
	ssize_t len;
	int left;
	int ret;

	nlh->nlmsg_seq = ++nl->seq;
	nl->bad_attr = 0;
	nl->why[0] = '\0';
	if (nlh->nlmsg_len > sizeof(request))
		return -EMSGSIZE;
	memcpy(request, nlh, nlh->nlmsg_len);
	nlh = (struct nlmsghdr *)request;
	if (mnl_socket_sendto(nl->sock, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		len = np_nl_recv(nl, 0);
		if (len == -EINTR) {
			ret = 1;
			continue;
		}
		if (len < 0)
			return (int)len;
		left = (int)len;
		ret = 1;
		for (nlh = (struct nlmsghdr *)nl->buf;
		     ret > 0 && mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			ret = nl_message(nl, nlh, (struct nlmsghdr *)request,
					 answer);
	} while (ret > 0);
	return ret;
}

/**
 * np_nl_call() - A request without attributes.
 * @nl: open socket
 * @cmd: &NETPATH_CMD_INFO or another
 * @flags: NLM_F_DUMP, or 0
 * @answer: what to do with the answers; NULL: nothing
 *
 * Return: As np_nl_run().
 */
int np_nl_call(struct np_nl *nl, __u8 cmd, __u16 flags,
	       const struct np_nl_answer *answer)
{
	return np_nl_run(nl, np_nl_begin(nl, cmd, flags), answer);
}

static int nl_group(const struct nlattr *attr, struct np_nl *nl)
{
	const char *name = "";
	__u32 id = 0;
	const struct nlattr *sub;

	mnl_attr_for_each_nested(sub, attr) {
		if (mnl_attr_get_type(sub) == CTRL_ATTR_MCAST_GRP_NAME)
			name = mnl_attr_get_str(sub);
		else if (mnl_attr_get_type(sub) == CTRL_ATTR_MCAST_GRP_ID)
			id = mnl_attr_get_u32(sub);
	}
	if (!strcmp(name, NETPATH_MCGRP_RECORDS))
		nl->group = id;
	return 0;
}

static int nl_family(const struct nlattr *attr, void *arg)
{
	const struct nlattr *group;
	struct np_nl *nl = arg;

	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
		nl->family = mnl_attr_get_u16(attr);
	else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
		mnl_attr_for_each_nested(group, attr)
			nl_group(group, nl);
	return 0;
}

/**
 * np_nl_open() - Open a socket and find the family.
 * @nl: receives them; np_nl_close() it even after an error
 *
 * Return: 0, -ENOENT when there is no such family here, or another -errno.
 */
int np_nl_open(struct np_nl *nl)
{
	const struct np_nl_answer answer = { .attr = nl_family, .arg = nl };
	struct nlmsghdr *nlh;
	int on = 1;
	int err;

	nl->family = GENL_ID_CTRL;
	nl->seq = 0;
	nl->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->sock || mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	nl->portid = mnl_socket_get_portid(nl->sock);
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &on, sizeof(on));

	nlh = np_nl_begin(nl, CTRL_CMD_GETFAMILY, 0);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, NETPATH_FAMILY_NAME);
	err = np_nl_run(nl, nlh, &answer);
	if (!err && (nl->family == GENL_ID_CTRL || !nl->group))
		err = -EPROTO;
	return err;
}

/**
 * np_nl_close() - Close the socket.
 * @nl: open or not
 */
void np_nl_close(struct np_nl *nl)
{
	if (nl->sock)
		mnl_socket_close(nl->sock);
	nl->sock = NULL;
}

/**
 * np_nl_join() - Become a subscriber of the stream of records.
 * @nl: open socket
 *
 * Return: 0, or -errno.
 */
int np_nl_join(struct np_nl *nl)
{
	int size = NL_RCVBUF;

	/* without the right to that, what the system allows is kept */
	setsockopt(mnl_socket_get_fd(nl->sock), SOL_SOCKET, SO_RCVBUFFORCE,
		   &size, sizeof(size));
	if (mnl_socket_setsockopt(nl->sock, NETLINK_ADD_MEMBERSHIP, &nl->group,
				  sizeof(nl->group)) < 0)
		return -errno;
	return 0;
}

/**
 * np_nl_explain() - Say why a request failed.
 * @nl: the socket
 * @cmd: the subcommand, for the advice
 * @err: what the request returned
 *
 * Return: @err.
 */
int np_nl_explain(const struct np_nl *nl, const char *cmd, int err)
{
	if (err == -EPERM && geteuid())
		fprintf(stderr, "netpath: needs root: try sudo netpath %s\n",
			cmd);
	else if (err == -EPERM)
		fprintf(stderr, "netpath: %s: needs CAP_NET_ADMIN in the initial user namespace\n",
			cmd);
	else if (err && err != -EPIPE && err != -EINTR)
		fprintf(stderr, "netpath: %s: %s%s%s\n", cmd, strerror(-err),
			*nl->why ? ": " : "", nl->why);
	return err;
}
