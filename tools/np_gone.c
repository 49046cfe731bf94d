// SPDX-License-Identifier: GPL-2.0-only
/*
 * Word of the kernel that a netlink family is gone.
 *
 * Who has joined a group of a family hears nothing when the module that has the
 * family is unloaded; only the group of genetlink's own family tells.
 */
#include "np_gone.h"

#include <errno.h>
#include <sys/socket.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

/* Such messages are short; what does not fit is about other families. */
#define GONE_BUF	8192
/* The group "notify" of that family has this number ever since. */
#define GONE_GROUP	GENL_ID_CTRL

/**
 * np_gone_open() - From now on, be told.
 * @gone: all zeroes; np_gone_close() it even after an error
 * @family: id of the family
 *
 * Return: 0, or -errno.
 */
int np_gone_open(struct np_gone *gone, __u16 family)
{
	int group = GONE_GROUP;

	gone->family = family;
	gone->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!gone->sock ||
	    mnl_socket_bind(gone->sock, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(gone->sock, NETLINK_ADD_MEMBERSHIP, &group,
				  sizeof(group)) < 0)
		return -errno;
	return 0;
}

/**
 * np_gone_fd() - What to poll for reading.
 * @gone: open or not
 *
 * Return: The file descriptor; -1 when not open.
 */
int np_gone_fd(const struct np_gone *gone)
{
	return gone->sock ? mnl_socket_get_fd(gone->sock) : -1;
}

static void gone_message(struct np_gone *gone, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (nlh->nlmsg_type != GENL_ID_CTRL ||
	    genl->cmd != CTRL_CMD_DELFAMILY)
		return;
	mnl_attr_for_each(attr, nlh, sizeof(*genl))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    mnl_attr_get_u16(attr) == gone->family)
			gone->gone = true;
}

/**
 * np_gone_look() - Is the family gone?  Does not wait.
 * @gone: open or not
 *
 * Return: true from when it went, also if it has come again.
 */
bool np_gone_look(struct np_gone *gone)
{
	char buf[GONE_BUF] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct nlmsghdr *nlh;
	struct sockaddr_nl from;
	socklen_t from_len;
	ssize_t len;
	int left;

	while (gone->sock && !gone->gone) {
		from_len = sizeof(from);
		len = recvfrom(np_gone_fd(gone), buf, sizeof(buf), MSG_DONTWAIT,
			       (struct sockaddr *)&from, &from_len);
		if (len < 0 && errno != EINTR && errno != ENOBUFS)
			break;
		if (len < 0 || from.nl_pid)
			continue;
		left = (int)len;
		for (nlh = (struct nlmsghdr *)buf; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			gone_message(gone, nlh);
	}
	return gone->gone;
}

/**
 * np_gone_close() - Close the socket.
 * @gone: open or not
 */
void np_gone_close(struct np_gone *gone)
{
	if (gone->sock)
		mnl_socket_close(gone->sock);
	gone->sock = NULL;
}
