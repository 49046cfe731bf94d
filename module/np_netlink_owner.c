// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules that end with the socket of who has set them, so that a program that
 * is killed leaves none behind.
 *
 * They are somebody's as long as they have the generation that he gave them:
 * whoever changes them, by whatever way, makes them everybody's.
 */
#include "np_netlink.h"

#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/sched.h>
#include <net/net_namespace.h>

#include "np_rules.h"
#include "np_session.h"

/* Of the last rules that were set for a socket; under the session's mutex. */
static struct {
	u32	portid;		/* 0: none; may be read without the mutex */
	u32	pid;
	u32	generation;
} np_owner;

/**
 * np_netlink_own() - The rules just set are to end with a socket.
 * @portid: of the socket of the current process
 *
 * Context: Process; session mutex held.
 */
void np_netlink_own(u32 portid)
{
	np_owner.pid = task_tgid_nr(current);
	np_owner.generation = np_rules_generation();
	WRITE_ONCE(np_owner.portid, portid);
}

/**
 * np_netlink_owner() - Whose are the rules in force?
 *
 * Context: Process; session mutex held.
 * Return: Id of the process that they end with; 0: they stay.
 */
u32 np_netlink_owner(void)
{
	if (!np_owner.portid || np_owner.generation != np_rules_generation())
		return 0;
	return np_owner.pid;
}

static int np_netlink_closed(struct notifier_block *nb, unsigned long event, void *arg)
{
	const struct netlink_notify *notify = arg;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC ||
	    !net_eq(notify->net, &init_net) || notify->portid != READ_ONCE(np_owner.portid))
		return NOTIFY_DONE;
	np_session_lock();
	if (notify->portid == np_owner.portid) {
		if (np_netlink_owner())
			np_rules_clear();
		WRITE_ONCE(np_owner.portid, 0);
	}
	np_session_unlock();
	return NOTIFY_DONE;
}

static struct notifier_block np_netlink_notifier = {
	.notifier_call = np_netlink_closed,
};

/**
 * np_netlink_owner_init() - Begin to be told of sockets that are closed.
 *
 * Context: Module init, may sleep.
 * Return: 0 or a negative errno.
 */
int np_netlink_owner_init(void)
{
	return netlink_register_notifier(&np_netlink_notifier);
}

/**
 * np_netlink_owner_exit() - Rules end with no socket any more.
 *
 * Context: Module exit, may sleep; the family is gone.
 */
void np_netlink_owner_exit(void)
{
	netlink_unregister_notifier(&np_netlink_notifier);
}
