# SPDX-License-Identifier: GPL-2.0-only
"""Packets made by hand, right or wrong, and what of them a test looks for."""
import socket
import struct
from types import SimpleNamespace

import netns

SPORT = 4444
PAYLOAD = b"x" * 40
ETH_IP = {4: 0x800, 6: 0x86dd}


def _sum16(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def _addr(version, text):
    return socket.inet_pton({4: socket.AF_INET, 6: socket.AF_INET6}[version], text)


def ip(payload, proto, version=4, src=None, dst=None, *, ttl=64, frag=0, ident=1, length=None,
       bad_ip=0):
    """An IP packet; @length is what its header says, @frag the IPv4 flags and fragment offset."""
    src = _addr(version, src or netns.CLIENT[version])
    dst = _addr(version, dst or netns.SERVER[version])
    if version == 6:
        length = len(payload) if length is None else length
        return struct.pack("!IHBB", 6 << 28, length, proto, ttl) + src + dst + payload
    length = 20 + len(payload) if length is None else length
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, ident, frag, ttl, proto, 0, src, dst)
    return head[:10] + struct.pack("!H", _sum16(head) ^ bad_ip) + head[12:] + payload


def _with_sum(l4, where, proto, version, src, dst, bad):
    pseudo = (_addr(version, src or netns.CLIENT[version]) +
              _addr(version, dst or netns.SERVER[version]) + struct.pack("!II", len(l4), proto))
    return l4[:where] + struct.pack("!H", _sum16(pseudo + l4) ^ bad) + l4[where + 2:]


def udp(version=4, src=None, dst=None, *, dport=netns.PORT, payload=PAYLOAD, bad_l4=0, cut=None,
        **options):
    """A datagram; @cut: so many bytes of it only."""
    l4 = struct.pack("!HHHH", SPORT, dport, 8 + len(payload), 0) + payload
    l4 = _with_sum(l4, 6, 17, version, src, dst, bad_l4)
    return ip(l4[:cut], 17, version, src, dst, **options)


def tcp(version=4, *, dport=netns.PORT, payload=PAYLOAD, flags=0x02, seq=1, ack=0, tsval=None,
        bad_l4=0):
    """A segment, a connection request unless told otherwise."""
    stamps = b"" if tsval is None else struct.pack("!BBBBII", 1, 1, 8, 10, tsval, 0)
    words = 5 + len(stamps) // 4
    l4 = struct.pack("!HHIIBBHHH", SPORT, dport, seq & 0xffffffff, ack & 0xffffffff, words << 4,
                     flags, 1024, 0, 0) + stamps + payload
    return ip(_with_sum(l4, 16, 6, version, None, None, bad_l4), 6, version)


def transmit(packets, proto=0x800, mac=netns.MAC["np-s"]):
    """Send packets from np-c as they are."""
    with netns.inside("np-c"):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    with sock:
        for packet in packets:
            sock.sendto(packet, ("vc", proto, 0, 0, bytes.fromhex(mac.replace(":", ""))))


def read(raw, eth_proto):
    """What a record of netpath says of a packet, read from the packet; 0 where it is not there."""
    seen = SimpleNamespace(eth_proto=eth_proto, ip_version=0, l4_proto=0, ip_len=0, sport=0,
                           dport=0)
    if eth_proto == 0x800 and len(raw) >= 20:
        seen.ip_version, seen.l4_proto = 4, raw[9]
        seen.ip_len = min(len(raw), *struct.unpack_from("!H", raw, 2))
        l4 = raw[20:] if not struct.unpack_from("!H", raw, 6)[0] & 0x1fff else b""
    elif eth_proto == 0x86dd and len(raw) >= 40:
        seen.ip_version, seen.l4_proto = 6, raw[6]
        seen.ip_len = min(len(raw), 40 + struct.unpack_from("!H", raw, 4)[0])
        l4 = raw[40:]
    else:
        return seen
    if seen.l4_proto in (6, 17) and len(l4) >= 4:
        seen.sport, seen.dport = struct.unpack_from("!HH", l4)
    return seen


def captured(path):
    """What a capture file has so far, from the link layer on; the last may not be complete yet."""
    with open(path, "rb") as file:
        raw = file.read()
    pos, found = 24, []
    while pos + 16 <= len(raw):
        size = struct.unpack_from("=I", raw, pos + 8)[0]
        if pos + 16 + size > len(raw):
            break
        found.append(raw[pos + 16:pos + 16 + size])
        pos += 16 + size
    return found
