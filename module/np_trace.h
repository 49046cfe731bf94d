/* SPDX-License-Identifier: GPL-2.0-only */
/* The trace event netpath:netpath_packet, for trace-cmd, perf and bpftrace. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM netpath

#if !defined(NP_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define NP_TRACE_H

#include <linux/tracepoint.h>
#include <linux/netpath.h>

#include "generated/np_stages.h"

#define O(id, name)	TRACE_DEFINE_ENUM(NETPATH_OUTCOME_##id);
NP_OUTCOMES(O)
#undef O

TRACE_EVENT(netpath_packet,

	TP_PROTO(const struct netpath_packet *pkt),

	TP_ARGS(pkt),

	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, parent_id)
		__field(u64, start_ns)
		__field(u64, total_ns)
		__field(u32, ip_len)
		__field(u32, drop_reason)
		__field(u32, writer_pid)
		__field(u32, reader_pid)
		__field(u16, sport)
		__field(u16, dport)
		__field(u8, outcome)
		__field(u8, ip_version)
		__field(u8, l4_proto)
		__field(u8, nr_stamps)
		__array(u8, saddr, 16)
		__array(u8, daddr, 16)
	),

	TP_fast_assign(
		__entry->id = pkt->id;
		__entry->parent_id = pkt->parent_id;
		__entry->start_ns = pkt->start_ns;
		__entry->total_ns = pkt->total_ns;
		__entry->ip_len = pkt->ip_len;
		__entry->drop_reason = pkt->drop_reason;
		__entry->writer_pid = pkt->writer_pid;
		__entry->reader_pid = pkt->reader_pid;
		__entry->sport = ntohs(pkt->sport);
		__entry->dport = ntohs(pkt->dport);
		__entry->outcome = pkt->outcome;
		__entry->ip_version = pkt->ip_version;
		__entry->l4_proto = pkt->l4_proto;
		__entry->nr_stamps = pkt->nr_stamps;
		memset(__entry->saddr, 0, 16);
		memset(__entry->daddr, 0, 16);
		if (pkt->ip_version == 6) {
			memcpy(__entry->saddr, pkt->saddr, 16);
			memcpy(__entry->daddr, pkt->daddr, 16);
		} else if (pkt->ip_version == 4) {
			/* as an IPv4-mapped address, ::ffff:a.b.c.d */
			memset(&__entry->saddr[10], 0xff, 2);
			memset(&__entry->daddr[10], 0xff, 2);
			memcpy(&__entry->saddr[12], pkt->saddr, 4);
			memcpy(&__entry->daddr[12], pkt->daddr, 4);
		}
	),

	TP_printk("id=%llu parent=%llu ipv=%u proto=%u saddr=%pI6c daddr=%pI6c sport=%u dport=%u len=%u outcome=%s reason=%u start_ns=%llu total_ns=%llu stages=%u writer=%u reader=%u",
		  __entry->id, __entry->parent_id, __entry->ip_version, __entry->l4_proto,
		  __entry->saddr, __entry->daddr, __entry->sport, __entry->dport,
		  __entry->ip_len,
		  __print_symbolic(__entry->outcome, NP_OUTCOME_SYMBOLS),
		  __entry->drop_reason, __entry->start_ns, __entry->total_ns,
		  __entry->nr_stamps, __entry->writer_pid, __entry->reader_pid)
);

#endif /* NP_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE np_trace
#include <trace/define_trace.h>
