/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file written by "netpath record".
 *
 * A struct np_file_hdr; then, names_off bytes from the start of the file,
 * nr_names names of stages of name_len bytes each; then, hdr_len bytes from
 * the start, chunks up to the end of the file. A chunk is a struct
 * np_file_chunk and len bytes of whole records of one CPU, as in
 * <linux/netpath.h>. Numbers are in the byte order of the recording machine.
 * New members are only appended, found by the offsets and lengths above.
 */
#ifndef NP_FILE_H
#define NP_FILE_H

#include "np_buf.h"
#include "np_names.h"

#include <linux/netpath.h>

#define NP_FILE_MAGIC		"NETPATH\n"
#define NP_FILE_BYTE_ORDER	0x01020304U
#define NP_FILE_VERSION		1
#define NP_FILE_CHUNK_MAGIC	0x4b4e4843U
#define NP_FILE_HDR_MAX		65536

/**
 * struct np_file_hdr - start of the file.
 * @magic: NP_FILE_MAGIC, not NUL-terminated
 * @byte_order: NP_FILE_BYTE_ORDER as the recording machine stores it
 * @version: NP_FILE_VERSION; changes only when old readers would misread
 * @record_version: NETPATH_RECORD_VERSION
 * @hdr_len: offset of the first chunk in bytes
 * @names_off: offset of the first name in bytes
 * @name_len: size of one name in bytes
 * @nr_names: number of names
 * @mono_ns: CLOCK_MONOTONIC when recording started, in ns
 * @real_ns: CLOCK_REALTIME at the same time, in ns
 * @release: kernel release, NUL-terminated
 */
struct np_file_hdr {
	char	magic[8];
	__u32	byte_order;
	__u16	version;
	__u16	record_version;
	__u32	hdr_len;
	__u32	names_off;
	__u32	name_len;
	__u32	nr_names;
	__u64	mono_ns;
	__u64	real_ns;
	char	release[72];
};

/**
 * struct np_file_name - name of a stage.
 * @id: stage id as used in stamps
 * @name: the name, NUL-terminated
 */
struct np_file_name {
	__u32	id;
	char	name[NP_NAME_LEN];
};

/**
 * struct np_file_chunk - start of a chunk.
 * @magic: NP_FILE_CHUNK_MAGIC
 * @cpu: CPU whose ring held the records
 * @len: bytes of records that follow
 * @reserved: 0
 */
struct np_file_chunk {
	__u32	magic;
	__u32	cpu;
	__u32	len;
	__u32	reserved;
};

_Static_assert(sizeof(struct np_file_hdr) == 120, "file format");
_Static_assert(sizeof(struct np_file_name) == 32, "file format");
_Static_assert(sizeof(struct np_file_chunk) == 16, "file format");

/**
 * struct np_file_writer - a file being written.
 * @fd: the file
 * @buf: chunks not yet written
 * @chunk: offset of the open chunk in @buf
 * @chunk_open: there is one
 * @bytes: bytes written so far
 */
struct np_file_writer {
	int		fd;
	struct np_buf	buf;
	size_t		chunk;
	bool		chunk_open;
	__u64		bytes;
};

int np_file_begin(struct np_file_writer *writer, const struct np_names *names);
int np_file_add(struct np_file_writer *writer, const void *rec, size_t len,
		unsigned int cpu);
int np_file_flush(struct np_file_writer *writer);

/**
 * struct np_file_reader - a file being read.
 * @fd: the file; need not be seekable
 * @hdr: start of the file
 * @names: names of the stages in it
 * @buf: bytes read
 * @start: offset in @buf of the first byte not yet used
 * @offset: offset of that byte in the file
 * @chunk_left: bytes of the current chunk not yet used
 * @cpu: CPU of the current chunk
 * @why: what is wrong at @offset, after an error
 */
struct np_file_reader {
	int			fd;
	struct np_file_hdr	hdr;
	struct np_names		names;
	struct np_buf		buf;
	size_t			start;
	__u64			offset;
	size_t			chunk_left;
	unsigned int		cpu;
	const char		*why;
};

int np_file_open(struct np_file_reader *reader, int fd);
int np_file_next(struct np_file_reader *reader, const void **rec, size_t *len);
void np_file_close(struct np_file_reader *reader);

#endif /* NP_FILE_H */
