// SPDX-License-Identifier: GPL-2.0-only
/* netpath record: packets to a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "np_cmd.h"
#include "np_ctl.h"
#include "np_file.h"
#include "np_hold.h"
#include "np_json.h"
#include "np_live.h"
#include "np_print.h"
#include "np_stop.h"

#define RECORD_BATCH	262144

/* written is what of totals has reached the file; none after it failed. */
struct record {
	struct np_file_writer	writer;
	struct np_totals	totals;
	struct np_totals	written;
	bool			failed;
	const char		*path;
	__u64			count;
};

static int record_error(const struct record *record, int err)
{
	if (err && err != -EPIPE && err != -EINTR)
		fprintf(stderr, "netpath: %s: %s\n", record->path,
			strerror(-err));
	return err;
}

static int record_flush(void *arg)
{
	struct record *record = arg;
	int err;

	if (record->failed)
		return 0;
	err = record_error(record, np_file_flush(&record->writer));
	if (err)
		record->failed = true;
	else
		record->written = record->totals;
	return err;
}

static int record_record(void *arg, const struct np_item *item)
{
	struct record *record = arg;
	int err;

	err = np_file_add(&record->writer, item->rec, item->len, item->cpu);
	if (err)
		return record_error(record, err);
	np_totals_add(&record->totals, item->rec, item->len);
	if (record->writer.buf.len >= RECORD_BATCH) {
		err = record_flush(record);
		if (err)
			return err;
	}
	return record->totals.packets >= record->count;
}

static void record_report(const struct record *record, bool json)
{
	const struct np_totals *totals = &record->written;
	struct np_print print = { .json = true };
	struct json_object *obj;

	fprintf(stderr, "netpath: recorded %llu packets, %llu bytes, in %s; lost %llu records\n",
		totals->packets, record->writer.bytes, record->path,
		totals->lost);
	if (!json)
		return;

	obj = json_object_new_object();
	json_object_object_add(obj, "file",
			       np_json_clean(record->path,
					     strlen(record->path)));
	json_object_object_add(obj, "packets",
			       json_object_new_uint64(totals->packets));
	json_object_object_add(obj, "lost_records",
			       json_object_new_uint64(totals->lost));
	json_object_object_add(obj, "bytes",
			       json_object_new_uint64(record->writer.bytes));
	np_json_line(&print.out, obj);
	np_print_flush(&print);
	np_buf_free(&print.out);
}

static int record_open(struct record *record)
{
	int *fd = &record->writer.fd;

	if (!strcmp(record->path, "-")) {
		*fd = dup(STDOUT_FILENO);
		record->path = "stdout";
		if (isatty(STDOUT_FILENO)) {
			fprintf(stderr, "netpath: no binary data to a terminal: give -o FILE\n");
			return -ENOTTY;
		}
	} else {
		*fd = open(record->path,
			   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	}
	return *fd < 0 ? record_error(record, -errno) : 0;
}

static int record_run(struct record *record, struct np_source *source,
		      const struct np_args *args)
{
	const struct np_sink sink = {
		.record	= record_record,
		.flush	= record_flush,
		.arg	= record,
		.fd	= record->writer.fd,
	};
	struct np_names names;
	int err;

	np_ctl_names(args, &names);
	np_ctl_warn_disabled(args);
	err = record_error(record, np_file_begin(&record->writer, &names));
	return err ? err : np_live_run(source, &sink);
}

/**
 * np_cmd_record() - Write packets to a file.
 * @args: the command line
 *
 * Return: Exit code.
 */
int np_cmd_record(const struct np_args *args)
{
	struct record record = {
		.writer	= { .fd = -1 },
		.path	= args->output,
		.count	= args->count,
	};
	bool json = args->given & NP_OPT_JSON;
	struct np_source *source;
	struct np_hold hold;
	int err;

	if (json && !strcmp(record.path, "-")) {
		fprintf(stderr, "netpath: -j and -o - would both write to stdout\n");
		return NP_EXIT_USAGE;
	}
	source = calloc(1, sizeof(*source));
	if (!source) {
		fprintf(stderr, "netpath: out of memory\n");
		return NP_EXIT_ERROR;
	}
	np_stop_catch();
	err = np_hold_begin(&hold, "record", args);
	if (err) {
		free(source);
		return err;
	}
	err = np_source_open(source, "record", args);
	if (!err)
		err = record_open(&record);
	if (!err) {
		err = record_run(&record, source, args);
		if (close(record.writer.fd) && !err)
			err = record_error(&record, -errno);
		record_report(&record, json);
	}
	np_hold_end(&hold);
	np_source_close(source);
	free(source);
	np_buf_free(&record.writer.buf);
	return err && err != -EPIPE ? NP_EXIT_ERROR : NP_EXIT_OK;
}
