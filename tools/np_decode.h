/* SPDX-License-Identifier: GPL-2.0-only */
/* From bytes to records; nothing in the bytes is trusted. */
#ifndef NP_DECODE_H
#define NP_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/netpath.h>

/* Newer versions may exceed NETPATH_RECORD_MAX, but not beyond reason. */
#define NP_REC_LEN_MAX	32768

/**
 * struct np_packet - a packet record whose parts are known to be in bounds.
 * @hdr: the fixed part; ports and EtherType still in network byte order
 * @devs: @hdr.nr_devs devices, each @hdr.dev_len bytes, of any alignment
 * @stamps: @hdr.nr_stamps stamps, each @hdr.stamp_len bytes, of any alignment
 * @reason: name of the drop reason, not NUL-terminated
 * @reason_len: its length in bytes; 0: none
 * @location: where the packet was dropped, not NUL-terminated
 * @location_len: its length in bytes; 0: none
 * @qdisc: kind of the qdisc passed last, not NUL-terminated
 * @qdisc_len: its length in bytes; 0: none
 *
 * The pointers lead into the bytes given to np_decode_packet().
 */
struct np_packet {
	struct netpath_packet	hdr;
	const unsigned char	*devs;
	const unsigned char	*stamps;
	const char		*reason;
	size_t			reason_len;
	const char		*location;
	size_t			location_len;
	const char		*qdisc;
	size_t			qdisc_len;
};

int np_decode_rec(const void *data, size_t avail, struct netpath_rec *rec,
		  const char **why);
int np_decode_packet(const void *data, size_t len, struct np_packet *pkt,
		     const char **why);
int np_decode_lost(const void *data, size_t len, struct netpath_lost *lost,
		   const char **why);
bool np_decode_end_ns(const void *data, size_t len, __u64 *end_ns);

bool np_packet_dev(const struct np_packet *pkt, unsigned int nr,
		   struct netpath_dev *dev);
bool np_packet_stamp(const struct np_packet *pkt, unsigned int idx,
		     struct netpath_stamp *stamp);

#endif /* NP_DECODE_H */
