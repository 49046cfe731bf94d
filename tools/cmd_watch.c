// SPDX-License-Identifier: GPL-2.0-only
/* netpath watch: packets as they come. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "np_cmd.h"
#include "np_ctl.h"
#include "np_hold.h"
#include "np_live.h"
#include "np_print.h"
#include "np_stop.h"

struct watch {
	struct np_print	print;
	__u64		count;
};

static int watch_record(void *arg, const struct np_item *item)
{
	struct watch *watch = arg;
	const char *why = "";
	int err;

	err = np_print_record(&watch->print, item->rec, item->len, item->cpu,
			      &why);
	if (err == -EBADMSG)
		fprintf(stderr, "netpath: damaged record from cpu%u: %s\n",
			item->cpu, why);
	if (err)
		return err;
	return watch->print.totals.packets >= watch->count;
}

static int watch_flush(void *arg)
{
	struct watch *watch = arg;

	return np_print_flush(&watch->print);
}

static int watch_run(struct watch *watch, const struct np_args *args)
{
	const struct np_sink sink = {
		.record	= watch_record,
		.flush	= watch_flush,
		.arg	= watch,
		.fd	= STDOUT_FILENO,
	};
	struct np_source *source = calloc(1, sizeof(*source));
	int err;

	if (!source) {
		fprintf(stderr, "netpath: out of memory\n");
		return -ENOMEM;
	}
	err = np_source_open(source, "watch", args);
	if (!err) {
		np_ctl_warn_disabled(args);
		err = np_live_run(source, &sink);
		np_totals_warn(&watch->print.totals);
		if (err == -EPIPE)
			err = 0;
	}
	np_source_close(source);
	free(source);
	return err;
}

/**
 * np_cmd_watch() - Print packets as they come.
 * @args: the command line
 *
 * Return: Exit code.
 */
int np_cmd_watch(const struct np_args *args)
{
	struct watch watch = { .count = args->count };
	struct np_names names;
	struct np_hold hold;
	int err;

	np_stop_catch();
	err = np_hold_begin(&hold, "watch", args);
	if (err)
		return err;
	np_ctl_names(args, &names);
	watch.print.fmt.names = &names;
	watch.print.fmt.oneline = args->given & NP_OPT_ONELINE;
	watch.print.json = args->given & NP_OPT_JSON;
	err = watch_run(&watch, args);
	np_hold_end(&hold);
	np_buf_free(&watch.print.out);
	return err ? NP_EXIT_ERROR : NP_EXIT_OK;
}
