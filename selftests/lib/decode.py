# SPDX-License-Identifier: GPL-2.0-only
"""Records of a ring, decoded from what the UAPI header says and nothing else.

Tests decode many, and the emulated machine is slow: so there is nothing here that is not needed.
"""
import functools
import socket
import struct
from types import SimpleNamespace

OUTCOMES = ("none delivered transmitted forwarded dropped merged split consumed expired").split()
PACKET = struct.Struct("=IHBB HBBBBH QQQQQQ II BBBB 2s2s 16s16s IIII 16s16s 2sHB3x II QQQQ IIII")
FIELDS = """len type version reserved hdr_len dev_len stamp_len nr_devs nr_stamps text_len seq id
parent_id merged_id start_ns total_ns flags cpu outcome ip_version l4_proto pkt_type sport dport
saddr daddr ip_len drop_reason writer_pid reader_pid writer_comm reader_comm eth_proto vlan_tci
sock_state writer_netns reader_netns writer_cookie reader_cookie hw_time_ns sock_age_ns tcp_seq
tcp_cwnd tcp_srtt_us tcp_unacked""".split()
HEAD = struct.Struct("=IH")
DEV = struct.Struct("=II16s")
STAMP = struct.Struct("=QIBBH")
# kinds of records
KIND_PACKET, KIND_LOST = 1, 2
# start_ns of a packet
START, START_AT = struct.Struct("=Q"), 48
LOST = struct.Struct("=8xQQ")


@functools.lru_cache(4096)
def text(raw):
    return raw.split(b"\0", 1)[0].decode("ascii", "replace")


@functools.lru_cache(4096)
def address(raw, version):
    """An address as text, of the 16 bytes that a record has for it."""
    if version == 4:
        return socket.inet_ntop(socket.AF_INET, raw[:4])
    return socket.inet_ntop(socket.AF_INET6, raw)


class Stamp:
    """One stage that a packet passed."""
    __slots__ = ("offset_ns", "detail", "stage", "dev", "cpu", "name")

    def __init__(self, offset_ns, detail, stage, dev, cpu):
        self.offset_ns, self.detail, self.stage = offset_ns, detail, stage
        self.dev, self.cpu = dev, cpu


class Dev:
    """One device that a packet was on."""
    __slots__ = ("ifindex", "netns", "name")

    def __init__(self, ifindex, netns, name):
        self.ifindex, self.netns, self.name = ifindex, netns, text(name)


class Packet:
    """The record of a packet, which begins at an offset of some bytes."""

    def __init__(self, raw, at):
        self.__dict__.update(zip(FIELDS, PACKET.unpack_from(raw, at)))
        self.outcome = OUTCOMES[self.outcome]
        self.sport = int.from_bytes(self.sport, "big")
        self.dport = int.from_bytes(self.dport, "big")
        self.eth_proto = int.from_bytes(self.eth_proto, "big")
        self.saddr = address(self.saddr, self.ip_version)
        self.daddr = address(self.daddr, self.ip_version)
        self.writer_comm, self.reader_comm = text(self.writer_comm), text(self.reader_comm)
        at += self.hdr_len
        stamps = at + self.nr_devs * self.dev_len
        end = stamps + self.nr_stamps * self.stamp_len
        self.devs = [Dev(*DEV.unpack_from(raw, i)) for i in range(at, stamps, self.dev_len)]
        self.stamps = [Stamp(*STAMP.unpack_from(raw, i))
                       for i in range(stamps, end, self.stamp_len)]
        self.reason = self.location = self.qdisc = ""
        if self.text_len:
            strings = raw[end:end + self.text_len].split(b"\0") + [b"", b"", b""]
            self.reason, self.location, self.qdisc = (string.decode() for string in strings[:3])


def records(raw):
    """Yield packets, and (seq, count) of lost ones as namespaces with type 2."""
    at = 0
    while at < len(raw):
        length, kind = HEAD.unpack_from(raw, at)
        if at + length > len(raw):
            raise ValueError(f"a record of {length} bytes, but there are {len(raw) - at}")
        if kind == KIND_PACKET:
            yield Packet(raw, at)
        elif kind == KIND_LOST:
            seq, count = LOST.unpack_from(raw, at)
            yield SimpleNamespace(type=2, seq=seq, count=count)
        at += length
