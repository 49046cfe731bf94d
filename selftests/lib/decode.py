# SPDX-License-Identifier: GPL-2.0-only
"""Records of a ring, decoded from what the UAPI header says and nothing else."""
import ipaddress
import struct
from types import SimpleNamespace

OUTCOMES = ("none delivered transmitted forwarded dropped merged split consumed expired").split()
PACKET = struct.Struct("=IHBB HBBBBH QQQQQQ II BBBB 2s2s 16s16s IIII 16s16s 2sHB3x II QQQQ IIII")
FIELDS = """len type version reserved hdr_len dev_len stamp_len nr_devs nr_stamps text_len seq id
parent_id merged_id start_ns total_ns flags cpu outcome ip_version l4_proto pkt_type sport dport
saddr daddr ip_len drop_reason writer_pid reader_pid writer_comm reader_comm eth_proto vlan_tci
sock_state writer_netns reader_netns writer_cookie reader_cookie hw_time_ns sock_age_ns tcp_seq
tcp_cwnd tcp_srtt_us tcp_unacked""".split()


def text(raw):
    return raw.split(b"\0")[0].decode("ascii", "replace")


def packet(raw):
    p = SimpleNamespace(**dict(zip(FIELDS, PACKET.unpack_from(raw))))
    p.outcome = OUTCOMES[p.outcome]
    p.sport, p.dport, p.eth_proto = (
        int.from_bytes(x, "big") for x in (p.sport, p.dport, p.eth_proto))
    size = 4 if p.ip_version == 4 else 16
    p.saddr, p.daddr = (str(ipaddress.ip_address(x[:size])) for x in (p.saddr, p.daddr))
    p.writer_comm, p.reader_comm = text(p.writer_comm), text(p.reader_comm)
    stamps = p.hdr_len + p.nr_devs * p.dev_len
    p.devs = [struct.unpack_from("=II16s", raw, i) for i in range(p.hdr_len, stamps, p.dev_len)]
    p.devs = [SimpleNamespace(ifindex=i, netns=n, name=text(name)) for i, n, name in p.devs]
    end = stamps + p.nr_stamps * p.stamp_len
    p.stamps = [struct.unpack_from("=QIBBH", raw, i) for i in range(stamps, end, p.stamp_len)]
    p.stamps = [SimpleNamespace(offset_ns=o, detail=d, stage=s, dev=v, cpu=c)
                for o, d, s, v, c in p.stamps]
    strings = raw[end:end + p.text_len].split(b"\0") + [b"", b"", b""]
    p.reason, p.location, p.qdisc = (string.decode() for string in strings[:3])
    return p


def records(raw):
    """Yield packets, and (seq, count) of lost ones as namespaces with type 2."""
    while raw:
        length, kind = struct.unpack_from("=IH", raw)
        if kind == 1:
            yield packet(raw[:length])
        elif kind == 2:
            seq, count = struct.unpack_from("=QQ", raw, 8)
            yield SimpleNamespace(type=2, seq=seq, count=count)
        raw = raw[length:]
