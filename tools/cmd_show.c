// SPDX-License-Identifier: GPL-2.0-only
/* netpath show: packets from a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "np_cmd.h"
#include "np_file.h"
#include "np_print.h"
#include "np_tree.h"

/* A file full of damage must not fill the screen with messages. */
#define SHOW_DAMAGED_MAX	10

struct show {
	struct np_file_reader	reader;
	struct np_print		print;
	struct np_tree		tree;
	bool			as_tree;
	const char		*path;
	__u64			damaged;
};

static int show_error(const struct show *show, int err)
{
	const struct np_file_reader *reader = &show->reader;

	if (err == -EBADMSG)
		fprintf(stderr, "netpath: %s: at byte %llu: %s\n", show->path,
			reader->offset, reader->why);
	else
		fprintf(stderr, "netpath: %s: %s\n", show->path,
			strerror(-err));
	return err;
}

static int show_record(struct show *show, const void *rec, size_t len)
{
	const struct np_file_reader *reader = &show->reader;
	const char *why = "";
	int err;

	if (show->as_tree) {
		err = np_tree_add(&show->tree, rec, len, &why);
		if (!err)
			np_totals_add(&show->print.totals, rec, len);
	} else {
		err = np_print_record(&show->print, rec, len, reader->cpu, &why);
	}
	if (err == -ENOMEM)
		return show_error(show, err);
	if (err != -EBADMSG)
		return err;
	if (show->damaged++ < SHOW_DAMAGED_MAX)
		fprintf(stderr, "netpath: %s: at byte %llu: skipped a damaged record: %s\n",
			show->path, reader->offset - len, why);
	return 0;
}

static int show_records(struct show *show)
{
	const void *rec;
	size_t len;
	int ret;
	int err;

	do {
		ret = np_file_next(&show->reader, &rec, &len);
		if (ret > 0) {
			err = show_record(show, rec, len);
			if (err)
				return err;
		}
	} while (ret > 0);

	err = show->as_tree ? np_tree_print(&show->tree, &show->print) : 0;
	if (err == -ENOMEM)
		return show_error(show, err);
	if (!err)
		err = np_print_flush(&show->print);
	if (err)
		return err;
	if (ret)
		return show_error(show, ret);
	if (show->damaged) {
		fprintf(stderr, "netpath: %s: %llu damaged records in all\n",
			show->path, show->damaged);
		return -EBADMSG;
	}
	return 0;
}

static int show_fd(struct show *show, int fd)
{
	const struct np_file_hdr *hdr = &show->reader.hdr;
	struct np_format *fmt = &show->print.fmt;
	int err;

	err = np_file_open(&show->reader, fd);
	if (err)
		return show_error(show, err);
	fmt->names = &show->reader.names;
	fmt->wall_known = true;
	fmt->wall_offset_ns = (__s64)(hdr->real_ns - hdr->mono_ns);
	err = show_records(show);
	np_totals_warn(&show->print.totals);
	return err;
}

/**
 * np_cmd_show() - Print packets from a file.
 * @args: the command line
 *
 * Return: Exit code.
 */
int np_cmd_show(const struct np_args *args)
{
	struct show show = { .path = args->file };
	int fd = STDIN_FILENO;
	int err;

	show.print.json = args->given & NP_OPT_JSON;
	show.print.fmt.oneline = args->given & NP_OPT_ONELINE;
	show.print.fmt.wall = args->given & NP_OPT_WALL;
	show.as_tree = args->given & NP_OPT_TREE;
	if (strcmp(show.path, "-"))
		fd = open(show.path, O_RDONLY | O_CLOEXEC);
	else
		show.path = "stdin";
	if (fd < 0) {
		show_error(&show, -errno);
		return NP_EXIT_ERROR;
	}
	err = show_fd(&show, fd);
	np_file_close(&show.reader);
	np_buf_free(&show.print.out);
	np_tree_free(&show.tree);
	close(fd);
	return err && err != -EPIPE ? NP_EXIT_ERROR : NP_EXIT_OK;
}
