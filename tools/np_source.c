// SPDX-License-Identifier: GPL-2.0-only
/* Where live records come from: netlink, or the files in debugfs. */
#include "np_source.h"

#include <errno.h>
#include <stdio.h>

#include "np_dir.h"

/**
 * np_source_wants_netlink() - Is netlink to be tried?
 * @args: the command line
 *
 * Return: false when the user asked for the files in debugfs.
 */
bool np_source_wants_netlink(const struct np_args *args)
{
	return !(args->given & NP_OPT_DEBUGFS) && np_dir_is_default();
}

/**
 * np_source_note() - With -v, say by which way the module is read.
 * @args: the command line
 * @by_netlink: which of the two
 */
void np_source_note(const struct np_args *args, bool by_netlink)
{
	if (!(args->given & NP_OPT_VERBOSE))
		return;
	if (by_netlink)
		fprintf(stderr, "netpath: by netlink\n");
	else
		fprintf(stderr, "netpath: by the files in %s%s\n",
			np_dir_path(), np_source_wants_netlink(args) ?
			": there is no netlink family here" : "");
}

/**
 * np_source_open() - Open the records; says why it cannot.
 * @source: all zeroes; np_source_close() it even after an error
 * @cmd: the subcommand, for the advice
 * @args: the command line
 *
 * Return: 0, or -errno after a message.
 */
int np_source_open(struct np_source *source, const char *cmd,
		   const struct np_args *args)
{
	bool all = args->given & NP_OPT_ALL;
	int err = -ENOENT;

	if (np_source_wants_netlink(args))
		err = np_stream_open(&source->stream, cmd, all);
	source->by_netlink = !err;
	if (err == -ENOENT) {
		np_stream_close(&source->stream);
		err = np_merge_open(&source->merge, cmd, all);
	}
	if (!err)
		np_source_note(args, source->by_netlink);
	return err;
}

/**
 * np_source_next() - Get the next record in order.
 * @source: open source
 * @item: receives the record
 * @timeout_ms: when there is none yet: how long to wait at most, -1: for ever
 *
 * Return: 1 with a record, 0 when it is time to wait, -ENODATA when there will
 * be no more, or another -errno after a message.
 */
int np_source_next(struct np_source *source, struct np_item *item,
		   int *timeout_ms)
{
	if (source->by_netlink)
		return np_stream_next(&source->stream, item, timeout_ms);
	return np_merge_next(&source->merge, item, timeout_ms);
}

/**
 * np_source_wait() - Wait until np_source_next() may have a record.
 * @source: open source
 * @out_fd: where the output goes; -1: not to be watched
 * @timeout_ms: as given by np_source_next()
 *
 * Return: 0, -EINTR when a signal asked to stop, -EPIPE when nobody reads the
 * output any more, or another -errno after a message.
 */
int np_source_wait(struct np_source *source, int out_fd, int timeout_ms)
{
	if (source->by_netlink)
		return np_stream_wait(&source->stream, out_fd, timeout_ms);
	return np_merge_wait(&source->merge, out_fd, timeout_ms);
}

/**
 * np_source_drain() - From now on only records of packets that have ended.
 * @source: open source
 */
void np_source_drain(struct np_source *source)
{
	if (source->by_netlink)
		np_stream_drain(&source->stream);
	else
		np_merge_drain(&source->merge);
}

/**
 * np_source_close() - Close it.
 * @source: open or not
 */
void np_source_close(struct np_source *source)
{
	np_stream_close(&source->stream);
	np_merge_close(&source->merge);
}
