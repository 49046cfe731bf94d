// SPDX-License-Identifier: GPL-2.0-only
/* Reading the file of "netpath record"; nothing in it is trusted. */
#include "np_file.h"

#include <byteswap.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "np_decode.h"

#define NP_FILE_READ	65536

static int file_bad(struct np_file_reader *reader, const char *why)
{
	reader->why = why;
	return -EBADMSG;
}

static const char *file_bytes(const struct np_file_reader *reader)
{
	return reader->buf.data + reader->start;
}

static size_t file_avail(const struct np_file_reader *reader)
{
	return reader->buf.len - reader->start;
}

static void file_use(struct np_file_reader *reader, size_t len)
{
	reader->start += len;
	reader->offset += len;
}

/* Return: 1 if len bytes are there, 0 at the end of the file, or -errno. */
static int file_need(struct np_file_reader *reader, size_t len)
{
	struct np_buf *buf = &reader->buf;
	ssize_t done;

	while (file_avail(reader) < len) {
		if (reader->start) {
			buf->len -= reader->start;
			memmove(buf->data, file_bytes(reader), buf->len);
			reader->start = 0;
		}
		if (!np_buf_reserve(buf, NP_FILE_READ))
			return -ENOMEM;
		done = read(reader->fd, buf->data + buf->len, NP_FILE_READ);
		if (!done)
			return 0;
		if (done > 0)
			buf->len += (size_t)done;
		else if (errno != EINTR)
			return -errno;
	}
	return 1;
}

static int file_check_hdr(struct np_file_reader *reader)
{
	const struct np_file_hdr *hdr = &reader->hdr;
	__u64 names_end;

	if (memcmp(hdr->magic, NP_FILE_MAGIC, sizeof(hdr->magic)))
		return file_bad(reader, "not a recording of netpath");
	if (hdr->byte_order == bswap_32(NP_FILE_BYTE_ORDER))
		return file_bad(reader, "recorded in the other byte order: show it there");
	if (hdr->byte_order != NP_FILE_BYTE_ORDER)
		return file_bad(reader, "byte order mark is damaged");
	if (hdr->version != NP_FILE_VERSION)
		return file_bad(reader, "file version not known: use a newer netpath");

	names_end = hdr->names_off + (__u64)hdr->nr_names * hdr->name_len;
	if (hdr->hdr_len < sizeof(*hdr) || hdr->hdr_len > NP_FILE_HDR_MAX ||
	    hdr->names_off < sizeof(*hdr) || names_end > hdr->hdr_len ||
	    (hdr->nr_names && hdr->name_len < sizeof(struct np_file_name)))
		return file_bad(reader, "file header is damaged");
	return 0;
}

/**
 * np_file_open() - Read the start of a file.
 * @reader: receives the state; np_file_close() it even after an error
 * @fd: the file, at its start
 *
 * Return: 0, or -errno; with -EBADMSG @reader->why says what is wrong.
 */
int np_file_open(struct np_file_reader *reader, int fd)
{
	struct np_file_name entry;
	unsigned int i;
	int ret;

	memset(reader, 0, sizeof(*reader));
	reader->fd = fd;
	np_names_init(&reader->names);

	ret = file_need(reader, sizeof(reader->hdr));
	if (ret < 0)
		return ret;
	if (!ret)
		return file_bad(reader, "not a recording of netpath: too short");
	memcpy(&reader->hdr, file_bytes(reader), sizeof(reader->hdr));
	ret = file_check_hdr(reader);
	if (ret)
		return ret;
	ret = file_need(reader, reader->hdr.hdr_len);
	if (ret < 0)
		return ret;
	if (!ret)
		return file_bad(reader, "file ends inside its header");

	for (i = 0; i < reader->hdr.nr_names; i++) {
		memcpy(&entry, file_bytes(reader) + reader->hdr.names_off +
		       (size_t)i * reader->hdr.name_len, sizeof(entry));
		np_names_set(&reader->names, entry.id, entry.name,
			     sizeof(entry.name));
	}
	file_use(reader, reader->hdr.hdr_len);
	return 0;
}

static int file_next_chunk(struct np_file_reader *reader)
{
	struct np_file_chunk chunk;
	int ret;

	ret = file_need(reader, sizeof(chunk));
	if (ret < 0)
		return ret;
	if (!ret && !file_avail(reader))
		return 0;
	if (!ret)
		return file_bad(reader, "file ends inside a chunk header");
	memcpy(&chunk, file_bytes(reader), sizeof(chunk));
	if (chunk.magic != NP_FILE_CHUNK_MAGIC)
		return file_bad(reader, "no chunk where one should start");
	file_use(reader, sizeof(chunk));
	reader->chunk_left = chunk.len;
	reader->cpu = chunk.cpu;
	return 1;
}

/**
 * np_file_next() - Read the next record.
 * @reader: the file; @reader->offset is where the record ends
 * @rec: receives the record; valid until the next call
 * @len: receives its length in bytes
 *
 * Return: 1 with a record, 0 at the end of the file, or -errno; with -EBADMSG
 * @reader->why says what is wrong at @reader->offset and nothing after it can
 * be read.
 */
int np_file_next(struct np_file_reader *reader, const void **rec, size_t *len)
{
	struct netpath_rec hdr;
	int ret;

	while (!reader->chunk_left) {
		ret = file_next_chunk(reader);
		if (ret <= 0)
			return ret;
	}
	if (reader->chunk_left < sizeof(hdr))
		return file_bad(reader, "chunk ends inside a record");
	ret = file_need(reader, sizeof(hdr));
	if (ret < 0)
		return ret;
	if (!ret)
		return file_bad(reader, "file ends inside a chunk");

	ret = np_decode_rec(file_bytes(reader), sizeof(hdr), &hdr,
			    &reader->why);
	if (ret < 0)
		return ret;
	if (hdr.len > reader->chunk_left)
		return file_bad(reader, "record exceeds its chunk");
	ret = file_need(reader, hdr.len);
	if (ret < 0)
		return ret;
	if (!ret)
		return file_bad(reader, "file ends inside a record");

	*rec = file_bytes(reader);
	*len = hdr.len;
	reader->chunk_left -= hdr.len;
	file_use(reader, hdr.len);
	return 1;
}

/**
 * np_file_close() - Free what np_file_open() took; the descriptor stays open.
 * @reader: the file
 */
void np_file_close(struct np_file_reader *reader)
{
	np_buf_free(&reader->buf);
}
