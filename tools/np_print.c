// SPDX-License-Identifier: GPL-2.0-only
/* One record of any type, to stdout as text or JSON, and counted. */
#include "np_print.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "np_json.h"
#include "np_stop.h"

#define NP_PRINT_BATCH	65536

/**
 * np_write_all() - Write bytes, all of them.
 * @fd: where to
 * @data: the bytes
 * @len: how many
 *
 * Return: 0, -EINTR when a signal asked to stop, or another -errno.
 */
int np_write_all(int fd, const void *data, size_t len)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLOUT };
	const char *bytes = data;
	ssize_t done;
	int err = 0;

	while (len && !err) {
		done = write(fd, bytes, len);
		if (done == (ssize_t)len)
			return 0;
		if (done > 0) {
			bytes += done;
			len -= (size_t)done;
		}
		/*
		 * A part is written when the disk is full, too: only a pipe
		 * that nobody reads is a reason to give up on a signal.
		 */
		if (!done)
			err = -EIO;
		else if ((done > 0 || errno == EINTR) && np_stop_requested())
			err = poll(&pollfd, 1, 0) > 0 ? 0 : -EINTR;
		else if (done < 0 && errno == EAGAIN)
			err = np_stop_poll(&pollfd, 1, -1) < 0 ? -EINTR : 0;
		else if (done < 0 && errno != EINTR)
			err = -errno;
	}
	return err;
}

/**
 * np_totals_add() - Count a record.
 * @totals: the counters
 * @rec: one whole record
 * @len: its length in bytes
 */
void np_totals_add(struct np_totals *totals, const void *rec, size_t len)
{
	struct netpath_lost lost;
	struct netpath_rec hdr;
	const char *why;

	memcpy(&hdr, rec, sizeof(hdr));
	if (hdr.version != NETPATH_RECORD_VERSION)
		totals->unknown++;
	else if (hdr.type == NETPATH_REC_PACKET)
		totals->packets++;
	else if (hdr.type != NETPATH_REC_LOST)
		totals->unknown++;
	else if (!np_decode_lost(rec, len, &lost, &why))
		totals->lost += lost.count;
}

/**
 * np_totals_warn() - Say on stderr what is missing in the output.
 * @totals: the counters
 */
void np_totals_warn(const struct np_totals *totals)
{
	if (totals->lost)
		fprintf(stderr, "netpath: lost %llu records: overwritten before they were read\n",
			totals->lost);
	if (totals->unknown)
		fprintf(stderr, "netpath: skipped %llu records of a kind not known here\n",
			totals->unknown);
}

/**
 * np_print_record() - Print a record; one of an unknown kind is only counted.
 * @print: where to
 * @rec: one whole record
 * @len: its length in bytes
 * @cpu: CPU whose ring held it
 * @why: receives what is wrong with the record, when something is
 *
 * Return: 0, -EBADMSG when the record is damaged, or an error of
 * np_print_flush().
 */
int np_print_record(struct np_print *print, const void *rec, size_t len,
		    unsigned int cpu, const char **why)
{
	struct netpath_lost lost;
	struct np_packet pkt;
	struct netpath_rec hdr;
	int err = 0;

	memcpy(&hdr, rec, sizeof(hdr));
	if (hdr.version != NETPATH_RECORD_VERSION) {
		/* np_totals_add() counts it as unknown */
	} else if (hdr.type == NETPATH_REC_PACKET) {
		err = np_decode_packet(rec, len, &pkt, why);
		if (!err && print->json)
			np_json_packet(&print->out, &pkt, &print->fmt);
		else if (!err)
			np_text_packet(&print->out, &pkt, &print->fmt);
	} else if (hdr.type == NETPATH_REC_LOST) {
		err = np_decode_lost(rec, len, &lost, why);
		if (!err && print->json)
			np_json_lost(&print->out, &lost, cpu);
		else if (!err)
			np_text_lost(&print->out, &lost, cpu);
	}
	if (err)
		return err;
	np_totals_add(&print->totals, rec, len);
	if (print->out.len >= NP_PRINT_BATCH)
		return np_print_flush(print);
	return 0;
}

/**
 * np_print_flush() - Write what was printed to stdout; says why it cannot.
 * @print: what
 *
 * Return: 0; -EPIPE when nobody reads it any more or -EINTR when a signal
 * asked to stop, both without a message; or another -errno after a message.
 */
int np_print_flush(struct np_print *print)
{
	int err = print->out.failed ? -ENOMEM : 0;

	if (!err)
		err = np_write_all(STDOUT_FILENO, print->out.data,
				   print->out.len);
	print->out.len = 0;
	print->out.failed = false;
	if (err && err != -EPIPE && err != -EINTR)
		fprintf(stderr, "netpath: stdout: %s\n", strerror(-err));
	return err;
}
