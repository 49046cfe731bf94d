#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Expressions about VLAN tags: the program records exactly what tcpdump captures, in the same run.

Frames with and without tags are put on a veth; tcpdump listens where they come out.
"""
import os
import signal
import socket
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import frames
import ktap
import netns
import npnl
from capture import Capture
from ktap import cmd, expect, expect_that

CAPTURE, FILE = "/tmp/filter_vlan", "/tmp/filter_vlan.netpath"
CLONE, FLOW = 4, 16
SOL_PACKET, PACKET_QDISC_BYPASS = 263, 20
Q, AD = 0x8100, 0x88a8
IP, IP6, ARP, LLDP = 0x800, 0x86dd, 0x806, 0x88cc
run = {}

EXPRESSIONS = """
vlan
vlan 10
vlan 0xa
vlan 0
vlan 11
not vlan
not vlan 10
! vlan 11
udp
not udp
arp
vlan 10 and udp port 53
vlan 10 && udp dst port 53
vlan and icmp
vlan and not icmp
vlan 10 and (icmp or tcp port 80)
vlan 10 and arp
vlan 10 and not ip
vlan 10 and ip6
vlan 10 and host 10.77.1.12
vlan and ether proto 0x88cc
vlan 10 and ip[6:2] & 0x3fff != 0
vlan 10 and ip[6:2] & 0x1fff != 0
vlan 10 and udp[8:4] = 0x78787878
udp and vlan
udp port 53 and vlan 10
udp port 53 and not vlan
icmp or vlan 11
ether proto 0x8100
vlan and vlan
vlan 10 and vlan 20
vlan 10 and vlan 20 and udp
vlan 10 and vlan 20 and tcp
vlan 30 and vlan 10 and udp port 53
vlan 10 and vlan and host 10.77.1.32
""".strip().splitlines()


def mac(name):
    return bytes.fromhex(netns.MAC[name].replace(":", ""))


def frame(payload, ethertype, *tags):
    """Tags are pairs of type and TCI, the outermost first."""
    head = mac("np-s") + mac("np-c")
    for tag in tags:
        head += struct.pack("!HH", *tag)
    return head + struct.pack("!H", ethertype) + payload


def source(number):
    return f"10.77.1.{number}"


def udp4(number, dport=53, size=20, **options):
    return frames.udp(4, source(number), dport=dport, payload=b"x" * size, **options)


def icmp4(number):
    return frames.ip(struct.pack("!BBHHH", 8, 0, 0xf7fd - number, number, 1), 1, 4, source(number))


def tcp4(number):
    return frames.ip(struct.pack("!HHIIBBHHH", frames.SPORT, 80, 1, 0, 0x50, 2, 1024, 0, 0), 6, 4,
                     source(number))


def arp():
    return struct.pack("!HHBBH", 1, IP, 6, 4, 1) + mac("np-c") + bytes(20)


def made():
    """What is sent, by a name that is found again in a capture and in a record."""
    parts = struct.pack("!HHHH", frames.SPORT, 53, 108, 0)
    ten = (Q, 10)
    ipv4 = [(1, udp4(1)), (2, udp4(2, 54)), (3, icmp4(3)), (4, tcp4(4)),
            (10, udp4(10), ten), (11, udp4(11, 54), ten), (12, icmp4(12), ten),
            (13, tcp4(13), ten), (14, udp4(14, size=600), ten),
            # the priority is not part of the ID
            (15, udp4(15), (Q, 0xe00a)),
            # the first and a later part of a datagram of which the rest never comes
            (16, frames.ip(parts + b"x" * 40, 17, 4, source(16), frag=0x2000, ident=7), ten),
            (17, frames.ip(b"x" * 24, 17, 4, source(17), frag=0x2000 | 10, ident=8), ten),
            (20, udp4(20), (Q, 11)), (21, icmp4(21), (Q, 11)), (22, udp4(22), (Q, 0)),
            (23, udp4(23), (AD, 30)),
            (30, udp4(30), ten, (Q, 20)), (31, tcp4(31), ten, (Q, 20)),
            # an inner tag that begins like an IPv4 header, and like one of IPv6
            (32, udp4(32), ten, (Q, 0x4014)), (33, udp4(33), ten, (Q, 0x6014)),
            (34, udp4(34), (AD, 30), ten), (35, icmp4(35), (AD, 30), ten)]
    found = {source(number): frame(payload, IP, *tags) for number, payload, *tags in ipv4}
    for number, tags in ((1, ()), (2, (ten,))):
        address = f"fd77:1::{number}"
        found[address] = frame(frames.udp(6, address, dport=53), IP6, *tags)
    # what has no addresses is known by its tag
    for tci, *rest in ((0, frame(arp(), ARP)), (0x200a, frame(arp(), ARP, (Q, 0x200a))),
                       (0x400a, frame(b"\2\7\4" + bytes(50), LLDP, (Q, 0x400a)))):
        found[f"tag {tci:#x}"] = rest[0]
    return found


def name_of(raw):
    """The name of a captured frame."""
    tci, at = 0, 12
    while struct.unpack_from("!H", raw, at)[0] in (Q, AD):
        tci = struct.unpack_from("!H", raw, at + 2)[0]
        at += 4
    kind = struct.unpack_from("!H", raw, at)[0]
    if kind == IP:
        return socket.inet_ntop(socket.AF_INET, raw[at + 14:at + 18])
    if kind == IP6:
        return socket.inet_ntop(socket.AF_INET6, raw[at + 10:at + 26])
    return f"tag {tci:#x}"


def recorded(packets):
    """The names of those that were on the device; copies for who listens do not count."""
    return sorted(p.saddr if p.flags & FLOW else f"tag {p.vlan_tci:#x}" for p in packets
                  if not p.flags & CLONE and any(dev.name == "vs" for dev in p.devs))


def capture(*words, space="np-s", dev="vs"):
    return Capture(CAPTURE, space, dev, "EN10MB", *words)


def end(watched):
    """The names of the frames that were captured."""
    return sorted(map(name_of, watched.end()))


def send(bypass):
    with netns.inside("np-c"):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    with sock:
        sock.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, bypass)
        sock.bind(("vc", 0))
        for raw in run["frames"].values():
            sock.send(raw)


def ended():
    ktap.wait_for(20, "all packets ended", lambda: not netns.stats()["in_flight"])


def observe(expression, bypass):
    """(what tcpdump captured, what netpath recorded), in one run."""
    watched = capture("-Q", "in", expression)
    cmd(netns.TOOL, "config", "--clear", expression)
    ktap.defer(cmd, netns.TOOL, "config", "--clear")
    rings = netns.Rings()
    send(bypass)
    ended()
    found = recorded(rings.read())
    expect("lost", 0, rings.lost)
    return end(watched), found


@ktap.each(*[(f"{text.replace(' ', '_')}_{how}", text, bypass) for text in EXPRESSIONS
             for how, bypass in (("sent", 0), ("received", 1))])
def as_tcpdump(_, expression, bypass):
    """The verdict falls when it is sent, or, past the stages of sending, when it is received."""
    want, got = observe(expression, bypass)
    expect(f"frames of \"{expression}\"", want, got)
    run["captured"] += len(want)
    run["rejected"] += len(run["frames"]) - len(want)


@ktap.test
def expressions_told_frames_apart():
    sent = 2 * len(EXPRESSIONS) * len(run["frames"])
    for name in ("captured", "rejected"):
        expect_that(run[name] > sent // 8, f"more than {sent // 8} {name}", run[name])


def names(*numbers):
    return sorted(source(number) for number in numbers)


TEN4 = (10, 11, 12, 13, 14, 15, 16, 17, 30, 31, 32, 33)


@ktap.each(("not_vlan_and", "not vlan and udp port 53", sorted(names(1) + ["fd77:1::1"])),
           ("vlan_or", "vlan 10 or udp port 54",
            sorted(names(2, *TEN4) + ["fd77:1::2", "tag 0x200a", "tag 0x400a"])),
           ("or_vlan_behind", "tcp port 80 or (icmp and vlan 10)", names(4, 12, 13)))
def unlike_tcpdump(_, expression, want):
    """tcpdump looks behind a tag in all packets once an expression has said vlan."""
    seen, got = observe(expression, 1)
    expect(f"frames of \"{expression}\"", want, got)
    expect_that(seen != want, "tcpdump differs, or there is nothing to document", seen)


def to_server(port):
    """A datagram by the VLAN device of np-c."""
    with netns.inside("np-s"):
        reader = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with netns.inside("np-c"):
        writer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with reader, writer:
        reader.settimeout(ktap.limit(10))
        reader.bind(("10.96.0.2", port))
        writer.sendto(b"some", ("10.96.0.2", port))
        reader.recv(100)
    ended()


@ktap.each(("vlan", "vlan 10 and udp port 53", "vc", (1, 0)),
           ("udp", "udp port 53", "vc.10", (1, 1)),
           ("not_vlan", "udp port 53 and not vlan", "vc.10", (1, 1)))
def sent_by_a_vlan_device_is_judged_before_it_has_the_tag(_, expression, dev, want):
    watched = capture("-Q", "out", expression, space="np-c", dev=dev)
    cmd(netns.TOOL, "config", "--clear", expression)
    ktap.defer(cmd, netns.TOOL, "config", "--clear")
    rings = netns.Rings()
    to_server(53)
    found = [p for p in rings.read() if p.dport == 53 and not p.flags & CLONE]
    expect("captured, recorded", want, (len(end(watched)), len(found)))
    if found:
        expect("devices", ["vc.10", "vc", "vs", "vs.10"], [dev.name for dev in found[0].devs])


@ktap.each(("watch", ("watch", "--oneline")), ("record", ("record", "-o", FILE)))
def expression_of(name, command):
    child = ktap.start(netns.TOOL, *command, "vlan 10 and udp port 53", stderr=subprocess.PIPE)
    ktap.wait_for(20, "it has subscribed", lambda: npnl.streaming(child.pid))
    send(0)
    ended()
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=ktap.limit(30))
    expect(f"exit status, with {err}", 0, child.returncode)
    if name == "record":
        out = cmd(netns.TOOL, "show", "--oneline", FILE)
    want = names(10, 14, 15) + ["[fd77:1::2]"]
    # a later fragment has no ports
    expect("sources", sorted(want + names(16)),
           sorted(line.split(" UDP ")[1].split(" > ")[0].rsplit(":", 1)[0]
                  for line in out.splitlines() if " UDP " in line))


def setup():
    cmd("modprobe", "8021q")
    netns.pair()
    cmd("ip", "-n", "np-c", "link", "add", "vc.10", "link", "vc", "type", "vlan", "id", 10)
    cmd("ip", "-n", "np-c", "link", "set", "vc.10", "up")
    for dev, link, kind, number in (("vs.10", "vs", "802.1Q", 10), ("vs.11", "vs", "802.1Q", 11),
                                    ("vs.30", "vs", "802.1ad", 30),
                                    ("vs.10.20", "vs.10", "802.1Q", 20),
                                    ("vs.30.10", "vs.30", "802.1Q", 10)):
        cmd("ip", "-n", "np-s", "link", "add", dev, "link", link, "type", "vlan",
            "protocol", kind, "id", number)
        cmd("ip", "-n", "np-s", "link", "set", dev, "up")
    for space, dev, own, other in (("np-c", "vc.10", "10.96.0.1", "10.96.0.2"),
                                   ("np-s", "vs.10", "10.96.0.2", "10.96.0.1")):
        cmd("ip", "-n", space, "address", "add", own + "/24", "dev", dev)
        cmd("ip", "-n", space, "neighbour", "replace", other, "dev", dev, "nud", "permanent",
            "lladdr", netns.MAC["np-s" if space == "np-c" else "np-c"])
    with netns.inside("np-s"):
        with open("/proc/sys/net/ipv4/ipfrag_time", "w", encoding="ascii") as file:
            file.write("0")
    netns.load(stages="default,vlan_rx")
    run.update(frames=made(), captured=0, rejected=0)


if __name__ == "__main__":
    ktap.main(setup)
