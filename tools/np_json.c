// SPDX-License-Identifier: GPL-2.0-only
/* Records as JSON, one object per line. */
#include "np_json.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "np_array.h"
#include "np_flow.h"

static void json_add_u64(struct json_object *obj, const char *key, __u64 value)
{
	json_object_object_add(obj, key, json_object_new_uint64(value));
}

static void json_add_str(struct json_object *obj, const char *key,
			 const char *value)
{
	json_object_object_add(obj, key, json_object_new_string(value));
}

/**
 * np_json_clean() - Make a JSON string of a name that came from outside.
 * @str: the name; ends at its first NUL or after @max bytes
 * @max: size of the array that holds the name, in bytes
 *
 * Everything but printable ASCII becomes '?': the bytes need not be UTF-8,
 * which JSON demands.
 *
 * Return: The string; the caller owns it. NULL when memory ran out.
 */
struct json_object *np_json_clean(const char *str, size_t max)
{
	struct json_object *obj = NULL;
	struct np_buf buf = { 0 };

	np_buf_add_clean(&buf, str, max);
	if (!buf.failed)
		obj = json_object_new_string_len(buf.data ? buf.data : "",
						 (int)buf.len);
	np_buf_free(&buf);
	return obj;
}

/**
 * np_json_line() - Append an object as one line and release it.
 * @buf: receives the text
 * @obj: the object
 */
void np_json_line(struct np_buf *buf, struct json_object *obj)
{
	const char *text;
	size_t len;

	text = json_object_to_json_string_length(obj,
						 JSON_C_TO_STRING_PLAIN |
						 JSON_C_TO_STRING_NOSLASHESCAPE,
						 &len);
	if (text)
		np_buf_add(buf, text, len);
	else
		buf->failed = true;
	np_buf_add(buf, "\n", 1);
	json_object_put(obj);
}

static void json_add_flow(struct json_object *obj, const struct np_packet *pkt)
{
	const struct netpath_packet *hdr = &pkt->hdr;
	char proto[NP_PROTO_LEN];
	char addr[NP_ADDR_LEN];

	np_flow_proto(pkt, proto);
	json_add_str(obj, "protocol", proto);
	if (hdr->eth_proto)
		json_add_u64(obj, "eth_proto", ntohs(hdr->eth_proto));
	if (!np_flow_has_addr(pkt))
		return;

	json_add_u64(obj, "ip_version", hdr->ip_version);
	json_add_u64(obj, "l4_proto", hdr->l4_proto);
	np_flow_addr(pkt, hdr->saddr, addr);
	json_add_str(obj, "saddr", addr);
	if (np_flow_has_ports(pkt))
		json_add_u64(obj, "sport", ntohs(hdr->sport));
	np_flow_addr(pkt, hdr->daddr, addr);
	json_add_str(obj, "daddr", addr);
	if (np_flow_has_ports(pkt))
		json_add_u64(obj, "dport", ntohs(hdr->dport));
	if (hdr->l4_proto == IPPROTO_ICMP || hdr->l4_proto == IPPROTO_ICMPV6) {
		json_add_u64(obj, "icmp_type", ntohs(hdr->sport) >> 8);
		json_add_u64(obj, "icmp_code", ntohs(hdr->sport) & 0xff);
		json_add_u64(obj, "icmp_id", ntohs(hdr->dport));
	}
}

static void json_add_outcome(struct json_object *obj,
			     const struct np_packet *pkt)
{
	const char *name = np_names_outcome(pkt->hdr.outcome);
	struct json_object *drop;
	char text[16];

	snprintf(text, sizeof(text), "outcome-%u", pkt->hdr.outcome);
	json_add_str(obj, "outcome", name ? name : text);
	if (pkt->hdr.merged_id)
		json_add_u64(obj, "merged_id", pkt->hdr.merged_id);
	if (pkt->hdr.outcome != NETPATH_OUTCOME_DROPPED)
		return;

	drop = json_object_new_object();
	if (pkt->reason_len)
		json_object_object_add(drop, "reason",
				       np_json_clean(pkt->reason,
						     pkt->reason_len));
	json_add_u64(drop, "reason_number", pkt->hdr.drop_reason);
	if (pkt->location_len)
		json_object_object_add(drop, "location",
				       np_json_clean(pkt->location,
						     pkt->location_len));
	json_object_object_add(obj, "drop", drop);
}

static struct json_object *json_devs(const struct np_packet *pkt)
{
	struct json_object *list = json_object_new_array();
	struct json_object *obj;
	struct netpath_dev dev;
	unsigned int nr;

	for (nr = 1; np_packet_dev(pkt, nr, &dev); nr++) {
		obj = json_object_new_object();
		json_object_object_add(obj, "name",
				       np_json_clean(dev.name,
						     sizeof(dev.name)));
		json_add_u64(obj, "ifindex", dev.ifindex);
		json_add_u64(obj, "netns", dev.netns);
		json_object_array_add(list, obj);
	}
	return list;
}

static struct json_object *json_stamps(const struct np_packet *pkt,
				       const struct np_names *names)
{
	struct json_object *list = json_object_new_array();
	struct netpath_stamp stamp;
	struct json_object *obj;
	struct netpath_dev dev;
	__u64 prev_ns = 0;
	unsigned int i;

	for (i = 0; np_packet_stamp(pkt, i, &stamp); i++) {
		__u64 ns = stamp.offset_ns;

		obj = json_object_new_object();
		json_add_str(obj, "name", names->stage[stamp.stage]);
		json_add_u64(obj, "offset_ns", ns);
		json_add_u64(obj, "delta_ns",
			     i && ns > prev_ns ? ns - prev_ns : 0);
		json_add_u64(obj, "cpu", stamp.cpu);
		if (np_packet_dev(pkt, stamp.dev, &dev))
			json_object_object_add(obj, "dev",
					       np_json_clean(dev.name,
							     sizeof(dev.name)));
		if (*np_names_label(stamp.stage))
			json_add_u64(obj, np_names_label(stamp.stage),
				     stamp.detail);
		else if (stamp.detail)
			json_add_u64(obj, "detail", stamp.detail);
		json_object_array_add(list, obj);
		prev_ns = ns;
	}
	return list;
}

static void json_add_process(struct json_object *obj, const char *key,
			     __u32 pid, const char comm[NETPATH_COMM_LEN])
{
	struct json_object *process;

	if (!pid)
		return;
	process = json_object_new_object();
	json_add_u64(process, "pid", pid);
	json_object_object_add(process, "comm",
			       np_json_clean(comm, NETPATH_COMM_LEN));
	json_object_object_add(obj, key, process);
}

static struct json_object *json_socket(__u64 cookie, __u32 netns)
{
	struct json_object *sock = json_object_new_object();

	json_add_u64(sock, "cookie", cookie);
	json_add_u64(sock, "netns", netns);
	return sock;
}

static void json_add_sockets(struct json_object *obj,
			     const struct netpath_packet *hdr)
{
	struct json_object *sock;

	if (hdr->writer_cookie) {
		sock = json_socket(hdr->writer_cookie, hdr->writer_netns);
		if (hdr->sock_state)
			json_add_u64(sock, "state", hdr->sock_state);
		if (hdr->sock_age_ns)
			json_add_u64(sock, "age_ns", hdr->sock_age_ns);
		json_object_object_add(obj, "writer_socket", sock);
	}
	if (hdr->reader_cookie) {
		sock = json_socket(hdr->reader_cookie, hdr->reader_netns);
		json_object_object_add(obj, "reader_socket", sock);
	}
}

/* What only some packets have. */
static void json_add_extra(struct json_object *obj, const struct np_packet *pkt)
{
	const struct netpath_packet *hdr = &pkt->hdr;
	struct json_object *tcp;

	if (hdr->flags & NETPATH_F_VLAN)
		json_add_u64(obj, "vlan", hdr->vlan_tci & 0xfff);
	if (hdr->hw_time_ns)
		json_add_u64(obj, "hw_time_ns", hdr->hw_time_ns);
	if (pkt->qdisc_len)
		json_object_object_add(obj, "qdisc",
				       np_json_clean(pkt->qdisc,
						     pkt->qdisc_len));
	if (hdr->l4_proto != IPPROTO_TCP)
		return;
	tcp = json_object_new_object();
	json_add_u64(tcp, "seq", hdr->tcp_seq);
	if (hdr->tcp_cwnd) {
		json_add_u64(tcp, "cwnd", hdr->tcp_cwnd);
		json_add_u64(tcp, "srtt_us", hdr->tcp_srtt_us);
		json_add_u64(tcp, "unacked", hdr->tcp_unacked);
	}
	json_object_object_add(obj, "tcp", tcp);
}

static struct json_object *json_flags(__u32 flags)
{
	static const struct {
		__u32		bit;
		const char	*name;
	} table[] = {
		{ NETPATH_F_LATE, "late" },
		{ NETPATH_F_TRUNCATED, "truncated" },
		{ NETPATH_F_CLONE, "clone" },
		{ NETPATH_F_RETRANS, "retrans" },
	};
	struct json_object *list = json_object_new_array();
	struct json_object *name;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		if (flags & table[i].bit) {
			name = json_object_new_string(table[i].name);
			json_object_array_add(list, name);
		}
	}
	return list;
}

/**
 * np_json_object() - Make an object of one packet's journey.
 * @pkt: the packet
 * @fmt: how to show it
 *
 * Return: The object; the caller owns it.
 */
struct json_object *np_json_object(const struct np_packet *pkt,
				   const struct np_format *fmt)
{
	struct json_object *obj = json_object_new_object();
	const struct netpath_packet *hdr = &pkt->hdr;

	json_add_str(obj, "type", "packet");
	json_add_u64(obj, "id", hdr->id);
	if (hdr->parent_id)
		json_add_u64(obj, "parent_id", hdr->parent_id);
	json_add_u64(obj, "cpu", hdr->cpu);
	json_add_u64(obj, "seq", hdr->seq);
	json_add_u64(obj, "start_ns", hdr->start_ns);
	if (fmt->wall_known)
		json_add_u64(obj, "start_wall_ns",
			     hdr->start_ns + (__u64)fmt->wall_offset_ns);
	json_add_u64(obj, "total_ns", hdr->total_ns);
	json_add_flow(obj, pkt);
	json_add_u64(obj, "ip_len_bytes", hdr->ip_len);
	json_add_outcome(obj, pkt);
	json_object_object_add(obj, "flags", json_flags(hdr->flags));
	json_add_process(obj, "writer", hdr->writer_pid, hdr->writer_comm);
	json_add_process(obj, "reader", hdr->reader_pid, hdr->reader_comm);
	json_add_sockets(obj, hdr);
	json_add_u64(obj, "pkt_type", hdr->pkt_type);
	json_add_extra(obj, pkt);
	json_object_object_add(obj, "devices", json_devs(pkt));
	json_object_object_add(obj, "stages", json_stamps(pkt, fmt->names));
	return obj;
}

/**
 * np_json_packet() - Append one packet's journey as a line of JSON.
 * @buf: receives the text
 * @pkt: the packet
 * @fmt: how to show it
 */
void np_json_packet(struct np_buf *buf, const struct np_packet *pkt,
		    const struct np_format *fmt)
{
	np_json_line(buf, np_json_object(pkt, fmt));
}

/**
 * np_json_lost() - Append a line of JSON about lost records.
 * @buf: receives the text
 * @lost: what was lost
 * @cpu: CPU whose ring lost it
 */
void np_json_lost(struct np_buf *buf, const struct netpath_lost *lost,
		  unsigned int cpu)
{
	struct json_object *obj = json_object_new_object();

	json_add_str(obj, "type", "lost");
	json_add_u64(obj, "cpu", cpu);
	json_add_u64(obj, "seq", lost->seq);
	json_add_u64(obj, "lost_records", lost->count);
	np_json_line(buf, obj);
}
