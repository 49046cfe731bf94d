// SPDX-License-Identifier: GPL-2.0-only
/* From bytes to records; nothing in the bytes is trusted. */
#include "np_decode.h"

#include <errno.h>
#include <string.h>

static int decode_bad(const char **why, const char *text)
{
	*why = text;
	return -EBADMSG;
}

/**
 * np_decode_rec() - Find the end of the record at the start of some bytes.
 * @data: the bytes, of any alignment
 * @avail: how many there are
 * @rec: receives the start of the record
 * @why: receives what is wrong, when something is
 *
 * Return: Length of the record in bytes, 0 when the bytes end before it does,
 * -EBADMSG when its length makes no sense: the next record cannot be found.
 */
int np_decode_rec(const void *data, size_t avail, struct netpath_rec *rec,
		  const char **why)
{
	if (avail < sizeof(*rec))
		return 0;
	memcpy(rec, data, sizeof(*rec));
	if (rec->len < sizeof(*rec))
		return decode_bad(why, "record shorter than its own start");
	if (rec->len % 8)
		return decode_bad(why, "record length not a multiple of 8");
	if (rec->len > NP_REC_LEN_MAX)
		return decode_bad(why, "record too long");
	return rec->len <= avail ? (int)rec->len : 0;
}

/* The next of the strings at *text; both move on. */
static const char *decode_string(const char **text, size_t *len, size_t *found)
{
	const char *start = *text;

	*found = strnlen(start, *len);
	*text += *found;
	*len -= *found;
	if (*len) {
		(*text)++;
		(*len)--;
	}
	return start;
}

static void decode_text(struct np_packet *pkt, const char *text, size_t len)
{
	pkt->reason = decode_string(&text, &len, &pkt->reason_len);
	pkt->location = decode_string(&text, &len, &pkt->location_len);
	pkt->qdisc = decode_string(&text, &len, &pkt->qdisc_len);
}

/**
 * np_decode_packet() - Take a packet record apart.
 * @data: one whole record, of any alignment
 * @len: its length in bytes, as found by np_decode_rec()
 * @pkt: receives the parts; they point into @data
 * @why: receives what is wrong, when something is
 *
 * Members that a newer version appended are skipped.
 *
 * Return: 0, or -EBADMSG when the parts do not fit into the record.
 */
int np_decode_packet(const void *data, size_t len, struct np_packet *pkt,
		     const char **why)
{
	struct netpath_packet *hdr = &pkt->hdr;
	const unsigned char *bytes = data;
	size_t stamps, text, end;

	memset(pkt, 0, sizeof(*pkt));
	if (len < sizeof(*hdr))
		return decode_bad(why, "packet record too short");
	memcpy(hdr, data, sizeof(*hdr));
	if (hdr->hdr_len < sizeof(*hdr))
		return decode_bad(why, "packet header length too small");
	if (hdr->nr_devs && hdr->dev_len < sizeof(struct netpath_dev))
		return decode_bad(why, "device length too small");
	if (hdr->nr_stamps && hdr->stamp_len < sizeof(struct netpath_stamp))
		return decode_bad(why, "stamp length too small");

	stamps = hdr->hdr_len + (size_t)hdr->nr_devs * hdr->dev_len;
	text = stamps + (size_t)hdr->nr_stamps * hdr->stamp_len;
	end = text + hdr->text_len;
	if (end > len)
		return decode_bad(why, "parts of the packet exceed its record");

	pkt->devs = bytes + hdr->hdr_len;
	pkt->stamps = bytes + stamps;
	decode_text(pkt, (const char *)bytes + text, hdr->text_len);
	return 0;
}

/**
 * np_decode_lost() - Take a record of lost records apart.
 * @data: one whole record, of any alignment
 * @len: its length in bytes
 * @lost: receives the record
 * @why: receives what is wrong, when something is
 *
 * Return: 0, or -EBADMSG when the record is too short.
 */
int np_decode_lost(const void *data, size_t len, struct netpath_lost *lost,
		   const char **why)
{
	if (len < sizeof(*lost))
		return decode_bad(why, "lost record too short");
	memcpy(lost, data, sizeof(*lost));
	return 0;
}

/**
 * np_decode_end_ns() - When a packet's journey ended, for sorting.
 * @data: one whole record, of any alignment
 * @len: its length in bytes
 * @end_ns: receives the time of CLOCK_MONOTONIC in ns
 *
 * Return: false when the record has no such time.
 */
bool np_decode_end_ns(const void *data, size_t len, __u64 *end_ns)
{
	struct netpath_packet hdr;

	if (len < sizeof(hdr))
		return false;
	memcpy(&hdr, data, sizeof(hdr));
	if (hdr.rec.type != NETPATH_REC_PACKET ||
	    hdr.rec.version != NETPATH_RECORD_VERSION)
		return false;
	*end_ns = hdr.start_ns + hdr.total_ns;
	return true;
}

/**
 * np_packet_dev() - Copy a device out of a packet record.
 * @pkt: the packet
 * @nr: number of the device as used in stamps, the first one is 1
 * @dev: receives the device; its name need not be NUL-terminated
 *
 * Return: false when there is no such device.
 */
bool np_packet_dev(const struct np_packet *pkt, unsigned int nr,
		   struct netpath_dev *dev)
{
	if (!nr || nr > pkt->hdr.nr_devs)
		return false;
	memcpy(dev, pkt->devs + (size_t)(nr - 1) * pkt->hdr.dev_len,
	       sizeof(*dev));
	return true;
}

/**
 * np_packet_stamp() - Copy a stamp out of a packet record.
 * @pkt: the packet
 * @idx: index of the stamp, the first one is 0
 * @stamp: receives the stamp
 *
 * Return: false when there is no such stamp.
 */
bool np_packet_stamp(const struct np_packet *pkt, unsigned int idx,
		     struct netpath_stamp *stamp)
{
	if (idx >= pkt->hdr.nr_stamps)
		return false;
	memcpy(stamp, pkt->stamps + (size_t)idx * pkt->hdr.stamp_len,
	       sizeof(*stamp));
	return true;
}
