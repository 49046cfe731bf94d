// SPDX-License-Identifier: GPL-2.0-only
/* What the module says of itself: by netlink, or else by the files in debugfs. */
#include "np_ctl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "np_dir.h"
#include "np_nl_text.h"
#include "np_source.h"

/* Return: as np_nl_run(); -ENOENT when there is no such family here. */
static int ctl_fetch(struct np_nl *nl, np_ctl_fetch_fn fetch,
		     struct np_buf *text)
{
	size_t len = text->len;
	int err;

	err = np_nl_open(nl);
	if (!err)
		err = fetch(nl, text);
	if (!err && text->failed)
		err = -ENOMEM;
	if (err)
		text->len = len;
	return err;
}

/**
 * np_ctl_read() - Ask the module for a table; says why it cannot.
 * @cmd: the subcommand, for the advice
 * @args: the command line
 * @fetch: how to ask by netlink
 * @file: name of the file in debugfs
 * @text: the text is appended
 *
 * Return: 0, or -errno after a message.
 */
int np_ctl_read(const char *cmd, const struct np_args *args,
		np_ctl_fetch_fn fetch, const char *file, struct np_buf *text)
{
	struct np_nl *nl = calloc(1, sizeof(*nl));
	int err = -ENOENT;

	if (!nl) {
		fprintf(stderr, "netpath: out of memory\n");
		return -ENOMEM;
	}
	if (np_source_wants_netlink(args))
		err = ctl_fetch(nl, fetch, text);
	np_source_note(args, err != -ENOENT);
	if (err == -ENOENT)
		err = np_dir_read(cmd, file, text);
	else
		np_nl_explain(nl, cmd, err);
	np_ctl_close(nl);
	return err;
}

/**
 * np_ctl_open() - Open a socket for what only netlink can do; says why it cannot.
 * @cmd: the subcommand, for the advice
 *
 * Return: The socket, or NULL after a message.
 */
struct np_nl *np_ctl_open(const char *cmd)
{
	struct np_nl *nl = calloc(1, sizeof(*nl));
	int err = nl ? np_nl_open(nl) : -ENOMEM;

	if (!err)
		return nl;
	if (err == -ENOMEM)
		fprintf(stderr, "netpath: out of memory\n");
	else if (err == -ENOENT && access("/sys/module/netpath", F_OK))
		fprintf(stderr, "netpath: the module is not loaded: modprobe netpath\n");
	else if (err == -ENOENT)
		fprintf(stderr, "netpath: %s needs netlink: initial network namespace only\n",
			cmd);
	else
		np_nl_explain(nl, cmd, err);
	np_ctl_close(nl);
	return NULL;
}

/**
 * np_ctl_close() - Close a socket.
 * @nl: from np_ctl_open(), or NULL
 */
void np_ctl_close(struct np_nl *nl)
{
	if (nl)
		np_nl_close(nl);
	free(nl);
}

static bool ctl_try(const struct np_args *args, np_ctl_fetch_fn fetch,
		    struct np_buf *text)
{
	struct np_nl *nl = calloc(1, sizeof(*nl));
	bool done = false;

	if (nl && np_source_wants_netlink(args))
		done = !ctl_fetch(nl, fetch, text);
	np_ctl_close(nl);
	return done;
}

/**
 * np_ctl_names() - Names of the stages of the module that is loaded.
 * @args: the command line
 * @names: receives the names this program knows and those the module adds
 */
void np_ctl_names(const struct np_args *args, struct np_names *names)
{
	struct np_buf text = { 0 };

	if (ctl_try(args, np_nl_text_stages, &text)) {
		np_names_init(names);
		np_names_parse(names, text.data, text.len);
	} else {
		np_dir_names(names);
	}
	np_buf_free(&text);
}

/**
 * np_ctl_warn_disabled() - Say so when no packets will come.
 * @args: the command line
 */
void np_ctl_warn_disabled(const struct np_args *args)
{
	static const char off[] = "enable 0\n";
	struct np_buf text = { 0 };

	if (!ctl_try(args, np_nl_text_config, &text))
		np_dir_warn_disabled();
	else if (text.len >= sizeof(off) - 1 &&
		 !memcmp(text.data, off, sizeof(off) - 1))
		fprintf(stderr, "netpath: recording is disabled: netpath config -s enable=1\n");
	np_buf_free(&text);
}
