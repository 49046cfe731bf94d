#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A pcap expression records exactly the packets that tcpdump captures with it, in the same run:
compiled by tcpdump and written to the file, and compiled by the program netpath.

The device is a tunnel to this program, whose packets begin with the IP header, so that lengths
mean the same to both.  What the kernel answers is judged too, on its way out.
"""
import fcntl
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import capture
import frames
import ktap
import netns
from ktap import cmd, expect, expect_that

DEV, SPACE = "np-tun", "np-t"
PEER4, OWN4, PEER6, OWN6 = "10.99.0.%d", "10.99.0.1", "fd99::%d", "fd99::1"
CAPTURE = "/tmp/filter_pcap"
# what is sent is cloned for tcpdump
CLONE = 4
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454ca, 1, 0x1000
run = {"captured": 0, "rejected": 0}

EXPRESSIONS = """
ip
ip6
not ip
tcp
udp
icmp
icmp6
not udp
host 10.99.0.20
src host 10.99.0.21
dst host 10.99.0.22
host fd99::40
not host 10.99.0.20
net 10.99.0.16/28
src net 10.99.0.32/27
dst net 10.99.0.0 mask 255.255.255.254
ip6 net fd99::40/124
port 53
src port 4444
dst port 53
udp port 53
tcp port 80
tcp dst port 443
not port 53
portrange 50-60
tcp portrange 80-443
src portrange 4000-5000
udp dst portrange 7000-7005
tcp[tcpflags] & tcp-syn != 0
tcp[tcpflags] == tcp-syn
tcp[tcpflags] & (tcp-syn|tcp-fin) != 0
tcp[tcpflags] & tcp-rst != 0
tcp[13] = 18
icmp[icmptype] = icmp-echo
icmp[icmptype] == icmp-echoreply
icmp[icmptype] = icmp-unreach
icmp6 and ip6[40] = 128
ip6[6] = 17
ip[6:2] & 0x1fff != 0
ip[6:2] & 0x3fff != 0
ip[6] & 0x20 != 0 and udp port 53
ip[8] < 10
ip[2:2] > 200
less 60
greater 500
len >= 100 and len <= 300
udp and greater 100
tcp port 80 or udp port 53
(tcp or udp) and not port 53 and net 10.99.0.0/24
ip proto 47 or ip proto 132
host 10.99.0.20 and (port 53 or tcp[tcpflags] & tcp-fin != 0) and not less 40
udp[8:4] = 0x78787878
""".strip().splitlines()


def v4(number, payload, proto, **options):
    return frames.ip(payload, proto, 4, PEER4 % number, OWN4, **options)


def v6(number, payload, proto):
    return frames.ip(payload, proto, 6, PEER6 % number, OWN6)


def udp4(number, dport, size):
    return frames.udp(4, PEER4 % number, OWN4, dport=dport, payload=b"x" * size)


def udp6(number, dport, size):
    return frames.udp(6, PEER6 % number, OWN6, dport=dport, payload=b"x" * size)


def tcp_segment(number, dport, flags, size):
    """A segment whose checksum is wrong is dropped without an answer; those of this list are."""
    return v4(number, struct.pack("!HHIIBBHHH", frames.SPORT, dport, 1, 1, 0x50, flags, 1024, 0, 0)
              + b"y" * size, 6)


def icmp_echo(number, size):
    body = struct.pack("!BBHHH", 8, 0, 0, number, 1) + b"z" * size
    total = sum(struct.unpack(f"!{len(body) // 2}H", body))
    total = (total >> 16) + (total & 0xffff)
    body = body[:2] + struct.pack("!H", (total + (total >> 16)) & 0xffff ^ 0xffff) + body[4:]
    return v4(number, body, 1)


def packets():
    """What is sent to the host: of every kind that the expressions tell apart, and its like."""
    head = struct.pack("!HHHH", frames.SPORT, 53, 108, 0)
    made = [udp4(20, 53, 30), udp4(21, 54, 20), udp4(22, 61, 90), udp4(33, 7003, 600),
            udp4(34, 7006, 4), udp4(50, 53, 400), udp6(64, 53, 33), udp6(65, 7000, 220),
            udp6(80, 80, 12), icmp_echo(20, 16), icmp_echo(23, 500)]
    made += [tcp_segment(number, port, flags, size) for number, (port, flags, size) in enumerate(
        ((80, 2, 0), (80, 18, 0), (443, 16, 40), (200, 17, 3), (81, 4, 0), (53, 1, 7), (444, 2, 1)),
        40)]
    made.append(tcp_segment(20, 53, 17, 2))
    made.append(v6(70, struct.pack("!HHIIBBHHH", 4000, 80, 1, 1, 0x50, 2, 1024, 0, 0), 6))
    made.append(v6(71, struct.pack("!BBHHH", 128, 0, 0, 7, 1) + b"p" * 9, 58))
    # the first and a later part of a datagram of which the rest never comes
    made.append(v4(24, head + b"x" * 40, 17, frag=0x2000, ident=7))
    made.append(v4(24, b"x" * 24, 17, frag=0x2000 | 10, ident=7))
    made.append(v4(25, b"x" * 31, 17, frag=12, ident=8))
    made.append(v4(26, b"g" * 20, 47))
    made.append(v4(27, b"g" * 29, 132, ttl=3))
    return made


def open_tunnel():
    with netns.inside(SPACE):
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", DEV.encode(), IFF_TUN | IFF_NO_PI))
    ktap.defer(os.close, tun)
    for address in (OWN4 + "/24", OWN6 + "/64"):
        cmd("ip", "-n", SPACE, "address", "add", address, "dev", DEV)
    cmd("ip", "-n", SPACE, "link", "set", DEV, "up")
    return tun


def drain(tun):
    """What the kernel sends is thrown away."""
    try:
        while os.read(tun, 4096):
            pass
    except BlockingIOError:
        pass


def key_of(raw):
    """What tells the packets of this test apart, as a record has it."""
    if raw[0] >> 4 == 4:
        return (socket.inet_ntop(socket.AF_INET, raw[12:16]),
                socket.inet_ntop(socket.AF_INET, raw[16:20]), raw[9], len(raw))
    return (socket.inet_ntop(socket.AF_INET6, raw[8:24]),
            socket.inet_ntop(socket.AF_INET6, raw[24:40]), raw[6], len(raw))


def recorded(found):
    return sorted((p.saddr, p.daddr, p.l4_proto, p.ip_len) for p in found
                  if any(dev.name == DEV for dev in p.devs) and not p.flags & CLONE)


def program(expression):
    return cmd("tcpdump", "-y", "RAW", "-ddd", expression)


def send_all(tun):
    for packet in run["packets"]:
        os.write(tun, packet)
        drain(tun)


def settled():
    drain(run["tun"])
    return not netns.stats()["in_flight"]


def by_file(expression):
    netns.set_filter(program(expression))


def by_program(expression):
    cmd(netns.TOOL, "config", "--clear", expression)


def observe(expression, put=by_file):
    """(what tcpdump captured, what netpath recorded), in one run."""
    watched = capture.Capture(CAPTURE, SPACE, DEV, "RAW", expression)
    put(expression)
    rings = netns.Rings()
    send_all(run["tun"])
    ktap.wait_for(20, "all packets ended", settled)
    found = recorded(rings.read())
    expect("lost", 0, rings.lost)
    return sorted(map(key_of, watched.end())), found


@ktap.each(*[(f"{put.__name__}_{text.replace(' ', '_')}", text, put) for text in EXPRESSIONS
             for put in (by_file, by_program)])
def as_tcpdump(_, expression, put):
    before = netns.stats()["filtered"]
    want, got = observe(expression, put)
    expect(f"packets of \"{expression}\"", want, got)
    run["captured"] += len(want)
    run["rejected"] += netns.stats()["filtered"] - before


@ktap.test
def expressions_told_packets_apart():
    sent = 2 * len(EXPRESSIONS) * len(run["packets"])
    expect_that(run["captured"] > sent // 8, f"more than {sent // 8} captured", run["captured"])
    expect_that(run["rejected"] > sent // 8, f"more than {sent // 8} filtered", run["rejected"])


@ktap.test
def without_a_program_all_are_recorded():
    before = netns.stats()["filtered"]
    want, got = observe("")
    expect("all packets", want, got)
    expect_that(len(got) >= len(run["packets"]), f"at least {len(run['packets'])}", len(got))
    expect("filtered", before, netns.stats()["filtered"])


@ktap.test
def program_reads_as_it_was_written():
    text = program("tcp port 80 or udp port 53")
    netns.set_filter(text)
    expect("filter", text, netns.read_file("filter"))
    netns.set_filter(text.replace("\n", ","))
    expect("filter, written with commas", text, netns.read_file("filter"))
    netns.set_filter("0\n")
    expect("filter", "0\n", netns.read_file("filter"))


@ktap.each(("rubbish", "four score\n", "number of instructions"),
           ("too_long", "5000\n", "must be 0 to 4096"),
           ("no_return", "1\n0 0 0 0\n", "the kernel refuses"),
           ("jump_back", "2\n5 0 0 4294967295\n6 0 0 1\n", "the kernel refuses"),
           ("instruction", "1\n6 0 999 1\n", "must be four numbers"),
           ("more", "1\n6 0 0 1\n7 0 0 1\n", "must be nothing"),
           ("link_header", "2\n32 0 0 4292870144\n6 0 0 1\n", "can load from"),
           ("random", "2\n32 0 0 4294963256\n6 0 0 1\n", "can load from"))
def refused(_, text, reason):
    before = program("udp port 53")
    netns.set_filter(before)
    try:
        netns.set_filter(text)
        got = "accepted"
    except OSError as err:
        got = os.strerror(err.errno)
    expect("write", "Invalid argument", got)
    expect("filter after that", before, netns.read_file("filter"))
    line = netns.read_file("rules").splitlines()[-1]
    expect_that(line.startswith("refused ") and reason in line, reason, line)
    netns.set_filter("0\n")
    expect_that("refused" not in netns.read_file("rules"), "no refusal", netns.read_file("rules"))


@ktap.test
def program_that_is_cut_off_changes_nothing():
    before = program("udp port 53")
    netns.set_filter(before)
    netns.set_filter("2\n6 0 0 1\n")
    expect("filter after that", before, netns.read_file("filter"))
    line = netns.read_file("rules").splitlines()[-1]
    expect("reason", "refused filter: closed after 10 bytes: must have all its instructions", line)
    netns.set_filter("0\n")


def setup():
    cmd("modprobe", "tun")
    netns.namespace(SPACE)
    run["tun"] = open_tunnel()
    with netns.inside(SPACE):
        # fragments are given up at once
        for path in ("ipv4/ipfrag_time", "ipv6/ip6frag_time"):
            with open("/proc/sys/net/" + path, "w", encoding="ascii") as file:
                file.write("0")
    netns.load()
    run["packets"] = packets()


if __name__ == "__main__":
    ktap.main(setup)
