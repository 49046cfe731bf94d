/* SPDX-License-Identifier: GPL-2.0-only */
/* Word of the kernel that a netlink family is gone. */
#ifndef NP_GONE_H
#define NP_GONE_H

#include <stdbool.h>
#include <linux/types.h>

struct mnl_socket;

/**
 * struct np_gone - who is told.
 * @sock: member of the kernel's group for such news; NULL: not open
 * @family: id of the family
 * @gone: it is gone
 */
struct np_gone {
	struct mnl_socket	*sock;
	__u16			family;
	bool			gone;
};

int np_gone_open(struct np_gone *gone, __u16 family);
int np_gone_fd(const struct np_gone *gone);
bool np_gone_look(struct np_gone *gone);
void np_gone_close(struct np_gone *gone);

#endif /* NP_GONE_H */
