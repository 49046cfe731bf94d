// SPDX-License-Identifier: GPL-2.0-only
/* The decoder of the netpath tool: formats, damage, newer versions. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "np_file.h"
#include "np_json.h"
#include "np_print.h"
#include "test_decode_cases.h"

#define NR_MUTATIONS		100000
#define NR_FILE_MUTATIONS	20000

static bool text_case_holds(size_t nr)
{
	struct np_buf buf = { 0 };
	struct np_packet pkt;
	struct netpath_rec rec;
	struct fixture fix;
	const char *why;
	struct blob blob;

	fixture_init(&fix);
	text_cases[nr].edit(&fix);
	fixture_pack(&fix, &blob);
	if (np_decode_rec(blob.data, blob.len, &rec, &why) != (int)blob.len ||
	    np_decode_packet(blob.data, blob.len, &pkt, &why))
		return false;
	np_text_packet(&buf, &pkt, &fix.fmt);
	return same_text(&buf, text_cases[nr].expect);
}

static bool lost_text(void)
{
	struct netpath_lost lost = { .seq = 4, .count = 12 };
	struct np_buf buf = { 0 };

	np_text_lost(&buf, &lost, 3);
	return same_text(&buf, "lost 12 records on cpu3\n");
}

static bool lost_json(void)
{
	struct netpath_lost lost = { .seq = 4, .count = 12 };
	struct np_buf buf = { 0 };

	np_json_lost(&buf, &lost, 3);
	return same_text(&buf, "{\"type\":\"lost\",\"cpu\":3,\"seq\":4,\"lost_records\":12}\n");
}

static bool packet_json(void)
{
	struct np_format fmt = { .names = &names };
	struct np_buf buf = { 0 };
	struct np_packet pkt;
	const char *why;
	struct blob blob;

	packed(&blob);
	np_decode_packet(blob.data, blob.len, &pkt, &why);
	np_json_packet(&buf, &pkt, &fmt);
	return same_text(&buf, "{\"type\":\"packet\",\"id\":7,\"cpu\":0,\"seq\":3,\"start_ns\":5000000042,\"total_ns\":12345,\"protocol\":\"UDP\",\"eth_proto\":2048,\"ip_version\":4,\"l4_proto\":17,\"saddr\":\"10.0.0.1\",\"sport\":40000,\"daddr\":\"10.0.0.2\",\"dport\":53,\"ip_len_bytes\":60,\"outcome\":\"dropped\",\"drop\":{\"reason\":\"NO_SOCKET\",\"reason_number\":0,\"location\":\"udp_rcv+0x1f\"},\"flags\":[],\"writer\":{\"pid\":11,\"comm\":\"dig\"},\"reader\":{\"pid\":22,\"comm\":\"named\"},\"pkt_type\":0,\"devices\":[{\"name\":\"eth0\",\"ifindex\":2,\"netns\":4026531840},{\"name\":\"veth1\",\"ifindex\":3,\"netns\":4026531841}],\"stages\":[{\"name\":\"sendmsg\",\"offset_ns\":0,\"delta_ns\":0,\"cpu\":0},{\"name\":\"ip_send_skb\",\"offset_ns\":1234,\"delta_ns\":1234,\"cpu\":0},{\"name\":\"recvmsg\",\"offset_ns\":12345,\"delta_ns\":11111,\"cpu\":13,\"dev\":\"eth0\"}]}\n");
}

static bool bad_record_lengths(void)
{
	static const __u32 bad[] = { 0, 4, 7, 12, 167, 32776, ~0U, ~7U };
	struct netpath_rec rec = { .type = NETPATH_REC_PACKET };
	const char *why = NULL;
	struct netpath_rec got;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		rec.len = bad[i];
		if (np_decode_rec(&rec, sizeof(rec), &got, &why) >= 0 || !why)
			return false;
	}
	rec.len = 16;
	return np_decode_rec(&rec, sizeof(rec), &got, &why) == 0 &&
	       np_decode_rec(&rec, 7, &got, &why) == 0;
}

/* Every length member that claims more than there is, or less than needed. */
static bool bad_part_lengths(void)
{
	static const struct {
		size_t		offset;
		unsigned char	value;
	} bad[] = {
		{ offsetof(struct netpath_packet, hdr_len), 160 },
		{ offsetof(struct netpath_packet, hdr_len) + 1, 0xff },
		{ offsetof(struct netpath_packet, dev_len), 16 },
		{ offsetof(struct netpath_packet, dev_len), 255 },
		{ offsetof(struct netpath_packet, stamp_len), 8 },
		{ offsetof(struct netpath_packet, stamp_len), 255 },
		{ offsetof(struct netpath_packet, nr_devs), 255 },
		{ offsetof(struct netpath_packet, nr_stamps), 255 },
		{ offsetof(struct netpath_packet, text_len), 72 },
	};
	struct np_packet pkt;
	const char *why;
	struct blob blob;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		packed(&blob);
		blob.data[bad[i].offset] = bad[i].value;
		why = NULL;
		if (!np_decode_packet(blob.data, blob.len, &pkt, &why) || !why)
			return false;
	}
	packed(&blob);
	return !np_decode_packet(blob.data, blob.len, &pkt, &why);
}

/* A record cut at any place is incomplete or damaged, never overread. */
static bool truncated_record(void)
{
	struct netpath_rec rec;
	struct np_packet pkt;
	unsigned char *copy;
	const char *why;
	struct blob blob;
	bool ok = true;
	size_t len;

	packed(&blob);
	for (len = 0; len < blob.len; len++) {
		copy = malloc(len + !len);
		memcpy(copy, blob.data, len);
		if (np_decode_rec(copy, len, &rec, &why) != 0 ||
		    !np_decode_packet(copy, len, &pkt, &why))
			ok = false;
		free(copy);
	}
	return ok;
}

static bool unknown_kinds_are_counted_and_skipped(void)
{
	struct np_print print = { .fmt = { .names = &names } };
	const char *why;
	struct blob blob;
	bool ok;

	packed(&blob);
	blob.data[offsetof(struct netpath_rec, type)] = 77;
	ok = !np_print_record(&print, blob.data, blob.len, 0, &why);
	packed(&blob);
	blob.data[offsetof(struct netpath_rec, version)] = 2;
	ok = ok && !np_print_record(&print, blob.data, blob.len, 0, &why);
	ok = ok && print.totals.unknown == 2 && !print.totals.packets;
	return same_text(&print.out, "") && ok;
}

static bool names_of_newer_module(void)
{
	static const char text[] = "id\tname\tlayer\n200\tnew_one\tip\n"
				   "300\tno\tip\n4\nx\n1\tsend\033msg\tsocket";
	static struct np_names got;

	np_names_init(&got);
	np_names_parse(&got, text, sizeof(text) - 1);
	return !strcmp(got.stage[200], "new_one") && got.known[200] &&
	       !strcmp(got.stage[1], "send?msg") &&
	       !strcmp(got.stage[4], "ip_send_skb") &&
	       !strcmp(got.stage[201], "stage-201") && !got.known[201];
}

/* Two packets of cpu 3 and one of cpu 5 in a file; its bytes in image. */
static size_t file_image(unsigned char *image, size_t max)
{
	struct np_file_writer writer = { .fd = memfd_create("file", 0) };
	struct blob blob;
	ssize_t len;

	packed(&blob);
	np_file_begin(&writer, &names);
	np_file_add(&writer, blob.data, blob.len, 3);
	np_file_add(&writer, blob.data, blob.len, 3);
	np_file_add(&writer, blob.data, blob.len, 5);
	np_file_flush(&writer);
	len = pread(writer.fd, image, max, 0);
	close(writer.fd);
	np_buf_free(&writer.buf);
	return len > 0 ? (size_t)len : 0;
}

/* Reads an image; returns what np_file_next() ended with. */
static int file_read(const unsigned char *image, size_t len, int *records,
		     unsigned int *cpus)
{
	struct np_print print = { .fmt = { .names = &names } };
	int fd = memfd_create("file", 0);
	struct np_file_reader reader;
	const char *why;
	const void *rec;
	size_t rec_len;
	int ret;

	*records = 0;
	*cpus = 0;
	if (pwrite(fd, image, len, 0) != (ssize_t)len)
		return -EIO;
	ret = np_file_open(&reader, fd);
	while (!ret && (ret = np_file_next(&reader, &rec, &rec_len)) > 0) {
		ret = 0;
		++*records;
		*cpus = *cpus * 10 + reader.cpu;
		np_print_record(&print, rec, rec_len, reader.cpu, &why);
		print.out.len = 0;
	}
	np_file_close(&reader);
	np_buf_free(&print.out);
	close(fd);
	return ret;
}

static bool file_round_trip(void)
{
	unsigned char image[8192];
	unsigned int cpus;
	size_t len;
	int records;

	len = file_image(image, sizeof(image));
	return file_read(image, len, &records, &cpus) == 0 && records == 3 &&
	       cpus == 335;
}

/* Cut at any place: an error but for cuts between chunks. */
static bool file_truncated(void)
{
	unsigned char image[8192];
	unsigned int cpus;
	int clean = 0;
	size_t len, cut;
	int records;

	len = file_image(image, sizeof(image));
	for (cut = 0; cut < len; cut++)
		clean += !file_read(image, cut, &records, &cpus);
	return clean == 2;
}

static unsigned int random_next(void)
{
	static unsigned long long state = 20240229;

	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (unsigned int)(state >> 33);
}

static void mutate(unsigned char *data, size_t len)
{
	unsigned int nr = 1 + random_next() % 8;

	while (nr--) {
		size_t at = random_next() % len;

		/* small values reach further than random ones */
		if (random_next() % 2)
			data[at] = (unsigned char)random_next();
		else
			data[at] = (unsigned char)(random_next() % 4);
	}
}

static bool clean_text(const struct np_buf *buf)
{
	size_t i;

	for (i = 0; i < buf->len; i++) {
		if (buf->data[i] == '\n' ? i && buf->data[i - 1] == ' ' :
		    buf->data[i] < ' ' || buf->data[i] > '~')
			return false;
	}
	return buf->len && buf->data[buf->len - 1] == '\n';
}

static bool mutated_record_holds(const struct blob *blob, struct np_buf *buf)
{
	struct np_format fmt = { .names = &names };
	struct netpath_rec rec;
	struct np_packet pkt;
	unsigned char *copy;
	const char *why;
	size_t len;
	bool ok = true;
	int ret;

	/* in memory of its own, so that the sanitizer sees every overread */
	len = random_next() % 8 ? blob->len : random_next() % blob->len;
	copy = malloc(len + !len);
	memcpy(copy, blob->data, len);
	ret = np_decode_rec(copy, len, &rec, &why);
	if (ret > (int)len)
		ok = false;
	if (!np_decode_packet(copy, len, &pkt, &why)) {
		buf->len = 0;
		fmt.oneline = random_next() % 2;
		np_text_packet(buf, &pkt, &fmt);
		ok = ok && clean_text(buf);
		buf->len = 0;
		np_json_packet(buf, &pkt, &fmt);
		ok = ok && clean_text(buf);
	}
	free(copy);
	return ok;
}

static bool mutated_records(void)
{
	struct np_buf buf = { 0 };
	struct blob blob;
	bool ok = true;
	int i;

	for (i = 0; i < NR_MUTATIONS && ok; i++) {
		packed(&blob);
		mutate(blob.data, blob.len);
		ok = mutated_record_holds(&blob, &buf);
	}
	if (!ok)
		printf("# mutation %d: %.*s\n", i, (int)buf.len, buf.data);
	np_buf_free(&buf);
	return ok;
}

static bool mutated_files(void)
{
	unsigned char image[8192], copy[8192];
	unsigned int cpus;
	size_t len;
	int records;
	int i;

	len = file_image(image, sizeof(image));
	for (i = 0; i < NR_FILE_MUTATIONS; i++) {
		memcpy(copy, image, len);
		mutate(copy, i % 2 ? len : sizeof(struct np_file_hdr));
		file_read(copy, len, &records, &cpus);
		if (records > 3 * (int)(sizeof(struct blob) / 8))
			return false;
	}
	return true;
}

static const struct {
	const char	*name;
	bool		(*run)(void);
} cases[] = {
	{ "lost_records_as_text", lost_text },
	{ "lost_records_as_json", lost_json },
	{ "packet_as_json", packet_json },
	{ "bad_record_lengths_are_refused", bad_record_lengths },
	{ "bad_part_lengths_are_refused", bad_part_lengths },
	{ "truncated_record_is_incomplete", truncated_record },
	{ "unknown_kinds_are_counted_and_skipped",
	  unknown_kinds_are_counted_and_skipped },
	{ "names_of_newer_module", names_of_newer_module },
	{ "file_round_trip", file_round_trip },
	{ "file_truncated_is_reported", file_truncated },
	{ "100000_mutated_records", mutated_records },
	{ "20000_mutated_files", mutated_files },
};

#define NR_CASES	ARRAY_SIZE(cases)

static int report(size_t nr, const char *name, bool ok)
{
	printf("%sok %zu %s\n", ok ? "" : "not ", nr, name);
	fflush(stdout);
	return !ok;
}

int main(void)
{
	int failed = 0;
	size_t i;

	np_names_init(&names);
	printf("KTAP version 1\n1..%zu\n", NR_TEXT_CASES + NR_CASES);
	for (i = 0; i < NR_TEXT_CASES; i++)
		failed |= report(i + 1, text_cases[i].name, text_case_holds(i));
	for (i = 0; i < NR_CASES; i++)
		failed |= report(NR_TEXT_CASES + i + 1, cases[i].name,
				 cases[i].run());
	return failed;
}
