// SPDX-License-Identifier: GPL-2.0-only
/* Writing the file of "netpath record". */
#include "np_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "np_print.h"

#define NSEC_PER_SEC	1000000000ULL

static __u64 file_clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (__u64)ts.tv_sec * NSEC_PER_SEC + (__u64)ts.tv_nsec;
}

static void file_add_names(struct np_buf *buf, const struct np_names *names)
{
	struct np_file_name entry;
	unsigned int id;

	for (id = 0; id < NP_NR_STAGES; id++) {
		if (!names->known[id])
			continue;
		entry.id = id;
		memcpy(entry.name, names->stage[id], sizeof(entry.name));
		np_buf_add(buf, &entry, sizeof(entry));
	}
}

/**
 * np_file_begin() - Write the start of the file.
 * @writer: all zeroes but fd
 * @names: names of the stages
 *
 * Return: 0 or -errno.
 */
int np_file_begin(struct np_file_writer *writer, const struct np_names *names)
{
	struct np_file_hdr hdr = {
		.byte_order	= NP_FILE_BYTE_ORDER,
		.version	= NP_FILE_VERSION,
		.record_version	= NETPATH_RECORD_VERSION,
		.names_off	= sizeof(hdr),
		.name_len	= sizeof(struct np_file_name),
		.mono_ns	= file_clock_ns(CLOCK_MONOTONIC),
		.real_ns	= file_clock_ns(CLOCK_REALTIME),
	};
	struct utsname uts;
	unsigned int id;

	memcpy(hdr.magic, NP_FILE_MAGIC, sizeof(hdr.magic));
	if (!uname(&uts))
		snprintf(hdr.release, sizeof(hdr.release), "%s", uts.release);
	for (id = 0; id < NP_NR_STAGES; id++)
		hdr.nr_names += names->known[id];
	hdr.hdr_len = hdr.names_off + hdr.nr_names * hdr.name_len;

	np_buf_add(&writer->buf, &hdr, sizeof(hdr));
	file_add_names(&writer->buf, names);
	return np_file_flush(writer);
}

/**
 * np_file_add() - Append a record, to be written by np_file_flush().
 * @writer: the file
 * @rec: one whole record
 * @len: its length in bytes
 * @cpu: CPU whose ring held it
 *
 * Return: 0 or -ENOMEM.
 */
int np_file_add(struct np_file_writer *writer, const void *rec, size_t len,
		unsigned int cpu)
{
	struct np_file_chunk chunk = {
		.magic	= NP_FILE_CHUNK_MAGIC,
		.cpu	= cpu,
	};
	struct np_buf *buf = &writer->buf;

	if (!np_buf_reserve(buf, sizeof(chunk) + len))
		return -ENOMEM;
	if (writer->chunk_open)
		memcpy(&chunk, buf->data + writer->chunk, sizeof(chunk));
	if (!writer->chunk_open || chunk.cpu != cpu) {
		chunk.cpu = cpu;
		chunk.len = 0;
		writer->chunk = buf->len;
		writer->chunk_open = true;
		np_buf_add(buf, &chunk, sizeof(chunk));
	}
	np_buf_add(buf, rec, len);
	chunk.len += (__u32)len;
	memcpy(buf->data + writer->chunk, &chunk, sizeof(chunk));
	return 0;
}

/**
 * np_file_flush() - Write what was added; the next record opens a new chunk.
 * @writer: the file
 *
 * Return: 0 or -errno.
 */
int np_file_flush(struct np_file_writer *writer)
{
	int err;

	if (writer->buf.failed)
		return -ENOMEM;
	err = np_write_all(writer->fd, writer->buf.data, writer->buf.len);
	if (!err)
		writer->bytes += writer->buf.len;
	writer->buf.len = 0;
	writer->chunk_open = false;
	return err;
}
