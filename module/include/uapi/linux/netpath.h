/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * netpath: layout of the records that describe packet journeys.
 *
 * A stream of records is read from <debugfs>/netpath/per_cpu/cpuN/ring or from
 * a file written by "netpath record".  Every record starts with a struct
 * netpath_rec and is len bytes long, a multiple of 8.  All numbers are in the
 * byte order of the machine that recorded, except ports and the EtherType,
 * which are in network byte order.  There are no pointers and no holes.
 *
 * How to stay compatible: skip records of a type you do not know by their
 * len; find the parts of a packet record by hdr_len, dev_len and stamp_len
 * and never by sizeof().  New members are only ever appended.
 */
#ifndef _UAPI_LINUX_NETPATH_H
#define _UAPI_LINUX_NETPATH_H

#include <linux/types.h>
#include <linux/netpath_nl.h>

/** NETPATH_RECORD_VERSION - changes only when old readers would misread. */
#define NETPATH_RECORD_VERSION	1

/** NETPATH_COMM_LEN - bytes of a process name, NUL included. */
#define NETPATH_COMM_LEN	16

/** NETPATH_IFNAME_LEN - bytes of a device name, NUL included. */
#define NETPATH_IFNAME_LEN	16

/** NETPATH_RECORD_MAX - no record is longer than this, in bytes. */
#define NETPATH_RECORD_MAX	2048

/**
 * enum netpath_rec_type - what a record describes.
 * @NETPATH_REC_PACKET: one packet's journey, struct netpath_packet
 * @NETPATH_REC_LOST: records that this reader missed, struct netpath_lost
 */
enum netpath_rec_type {
	NETPATH_REC_PACKET	= 1,
	NETPATH_REC_LOST	= 2,
};

/**
 * enum netpath_flag - bits of &struct netpath_packet.flags.
 * @NETPATH_F_LATE: first seen in the middle of its way (it was alive when
 *	recording started, or had expired before): early stages are missing
 * @NETPATH_F_TRUNCATED: more stages or devices than a record holds; the
 *	latest ones are missing
 * @NETPATH_F_CLONE: made from the packet parent_id; the stages passed before
 *	that are the parent's
 * @NETPATH_F_RETRANS: TCP sent this data before; parent_id is common to all
 *	transmissions of it
 * @NETPATH_F_FLOW: addresses, ports and protocol are valid
 * @NETPATH_F_VLAN: vlan_tci is valid
 */
enum netpath_flag {
	NETPATH_F_LATE		= 1 << 0,
	NETPATH_F_TRUNCATED	= 1 << 1,
	NETPATH_F_CLONE		= 1 << 2,
	NETPATH_F_RETRANS	= 1 << 3,
	NETPATH_F_FLOW		= 1 << 4,
	NETPATH_F_VLAN		= 1 << 5,
};

/**
 * struct netpath_rec - start of every record.
 * @len: length of the whole record in bytes, a multiple of 8
 * @type: &enum netpath_rec_type
 * @version: NETPATH_RECORD_VERSION
 * @reserved: 0
 */
struct netpath_rec {
	__u32	len;
	__u16	type;
	__u8	version;
	__u8	reserved;
};

/**
 * struct netpath_lost - records overwritten before this reader read them.
 * @rec: start of the record
 * @seq: number of the first record missed, counted per CPU
 * @count: how many records were missed
 */
struct netpath_lost {
	struct netpath_rec rec;
	__u64	seq;
	__u64	count;
};

/**
 * struct netpath_dev - a network device on the packet's way.
 * @ifindex: interface index within its network namespace
 * @netns: inode number of the network namespace, as in /proc/PID/ns/net
 * @name: device name when the packet passed, NUL-terminated
 */
struct netpath_dev {
	__u32	ifindex;
	__u32	netns;
	char	name[NETPATH_IFNAME_LEN];
};

/**
 * struct netpath_stamp - one stage passed.
 * @offset_ns: time since &struct netpath_packet.start_ns, in ns
 * @detail: depends on the stage; 0 where it has none
 * @stage: &enum netpath_stage
 * @dev: 1-based index into the record's devices; 0: none known yet
 * @cpu: CPU number
 */
struct netpath_stamp {
	__u64	offset_ns;
	__u32	detail;
	__u8	stage;
	__u8	dev;
	__u16	cpu;
};

/**
 * struct netpath_packet - one packet's journey.
 *
 * Followed, in this order, by nr_devs devices of dev_len bytes, nr_stamps
 * stamps of stamp_len bytes in the order of time, and text_len bytes of text:
 * nothing, or three NUL-terminated strings, of which the first two belong to
 * dropped packets and each may be empty: the name of the drop reason,
 * "symbol+0xoffset" of the place, the kind of the qdisc that it passed
 * last; then NULs up to a multiple of 8.
 *
 * @rec: start of the record
 * @hdr_len: offset of the first device in bytes
 * @dev_len: size of one device in bytes
 * @stamp_len: size of one stamp in bytes
 * @nr_devs: number of devices
 * @nr_stamps: number of stamps
 * @text_len: bytes of text after the stamps, a multiple of 8
 * @seq: number of this record on @cpu; a gap means loss
 * @id: journey id, unique until the module is unloaded
 * @parent_id: id of the packet this one was made from; 0: none.  For a TCP
 *	segment the id of the data in the write queue, which has no record of
 *	its own; the same for all transmissions of data that was one piece
 * @merged_id: id of the packet that absorbed this one; 0: none
 * @start_ns: CLOCK_MONOTONIC at the first stamp, in ns
 * @total_ns: from the first stamp to the end of the journey, in ns; of a
 *	delivered packet, to its last copy
 * @flags: &enum netpath_flag bits
 * @cpu: CPU on which the journey ended and whose ring holds the record
 * @outcome: &enum netpath_outcome
 * @ip_version: 4 or 6; 0: not IP or not known
 * @l4_proto: IPPROTO_* of the transport header; 0 with ip_version 0
 * @pkt_type: PACKET_* of linux/if_packet.h at the end of the journey: 0 for
 *	this host, 1 broadcast, 2 multicast, 3 for another host, 4 outgoing
 * @sport: source port; for ICMP type in the first byte, code in the second
 * @dport: destination port; for ICMP echo the identifier
 * @saddr: source address; IPv4 in the first four bytes
 * @daddr: destination address; IPv4 in the first four bytes
 * @ip_len: bytes from the network header to the end of the packet when the
 *	flow was first read, or of a part of a packet when it was sent; 0
 *	without a flow
 * @drop_reason: number of the drop reason in the recording kernel; 0: none
 * @writer_pid: process id (initial pid namespace) of the sender; 0: not seen
 * @reader_pid: process id of the last reader; 0: not seen
 * @writer_comm: thread name of the sender
 * @reader_comm: thread name of the last reader
 * @eth_proto: EtherType; 0: not known
 * @vlan_tci: VLAN tag seen last (id in the low 12 bits), with NETPATH_F_VLAN
 * @sock_state: TCP state of the sender's socket, as in /proc/net/tcp; 0: not
 *	known
 * @reserved: 0
 * @writer_netns: inode number of the network namespace of the sender's socket;
 *	0: not seen
 * @reader_netns: the same for the socket that received it
 * @writer_cookie: cookie of the sender's socket, as SO_COOKIE and "ss -e" show
 *	it; 0: not seen
 * @reader_cookie: the same for the socket that received it
 * @hw_time_ns: receive time of the NIC by its own clock, in ns; 0: none given
 * @sock_age_ns: age of the sender's socket at the first write, in ns; 0: not
 *	known
 * @tcp_seq: sequence number of the first byte of a TCP segment
 * @tcp_cwnd: congestion window at transmission, in segments; 0: not seen
 * @tcp_srtt_us: smoothed round-trip time at transmission, in us
 * @tcp_unacked: segments in flight before this one at transmission
 */
struct netpath_packet {
	struct netpath_rec rec;
	__u16	hdr_len;
	__u8	dev_len;
	__u8	stamp_len;
	__u8	nr_devs;
	__u8	nr_stamps;
	__u16	text_len;
	__u64	seq;
	__u64	id;
	__u64	parent_id;
	__u64	merged_id;
	__u64	start_ns;
	__u64	total_ns;
	__u32	flags;
	__u32	cpu;
	__u8	outcome;
	__u8	ip_version;
	__u8	l4_proto;
	__u8	pkt_type;
	__be16	sport;
	__be16	dport;
	__u8	saddr[16];
	__u8	daddr[16];
	__u32	ip_len;
	__u32	drop_reason;
	__u32	writer_pid;
	__u32	reader_pid;
	char	writer_comm[NETPATH_COMM_LEN];
	char	reader_comm[NETPATH_COMM_LEN];
	__be16	eth_proto;
	__u16	vlan_tci;
	__u8	sock_state;
	__u8	reserved[3];
	__u32	writer_netns;
	__u32	reader_netns;
	__u64	writer_cookie;
	__u64	reader_cookie;
	__u64	hw_time_ns;
	__u64	sock_age_ns;
	__u32	tcp_seq;
	__u32	tcp_cwnd;
	__u32	tcp_srtt_us;
	__u32	tcp_unacked;
};

#if defined(__KERNEL__) || (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L)
_Static_assert(sizeof(struct netpath_rec) == 8, "ABI");
_Static_assert(sizeof(struct netpath_lost) == 24, "ABI");
_Static_assert(sizeof(struct netpath_dev) == 24, "ABI");
_Static_assert(sizeof(struct netpath_stamp) == 16, "ABI");
_Static_assert(sizeof(struct netpath_packet) == 224, "ABI");
#endif

#endif /* _UAPI_LINUX_NETPATH_H */
