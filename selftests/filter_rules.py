#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Rules beside the program: device, namespace, direction, process, mark.

Two flows at a time: one that a rule is about, and its twin that it is not about.
"""
import fcntl
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import frames
import ktap
import netns
from ktap import cmd, expect, expect_that
from udp import COUNT, ended, rules, send, udp_socket

VETH, LOCAL = 7100, 7200


def both_flows(**options):
    """{port: packets recorded} of a flow over veth and of one over np-c's loopback."""
    rings = netns.Rings()
    send("np-c", netns.SERVER[4], VETH, udp_socket("np-s", netns.SERVER[4], VETH), **options)
    send("np-c", "127.0.0.1", LOCAL, udp_socket("np-c", "127.0.0.1", LOCAL))
    ended()
    found = [p.dport for p in rings.read() if p.flags & 16 and p.dport in (VETH, LOCAL)]
    return {port: found.count(port) for port in (VETH, LOCAL)}


def ifindex(space, dev):
    with netns.inside(space):
        return socket.if_nametoindex(dev)


ALL = {VETH: COUNT, LOCAL: COUNT}
ONLY_VETH, ONLY_LOCAL = {VETH: COUNT, LOCAL: 0}, {VETH: 0, LOCAL: COUNT}
NONE = {VETH: 0, LOCAL: 0}


@ktap.each(("none", lambda: "clear", ALL),
           ("ifindex", lambda: f"ifindex {ifindex('np-c', 'vc')}", ONLY_VETH),
           ("ifindex_lo", lambda: f"ifindex {ifindex('np-c', 'lo')}", ONLY_LOCAL),
           ("netns", lambda: f"netns {netns.netns_inode('np-s')}", ONLY_VETH),
           ("netns_both", lambda: f"netns {netns.netns_inode('np-c')}", ALL),
           ("ifindex_elsewhere", lambda: f"ifindex {ifindex('np-c', 'vc')}, "
            f"netns {os.stat('/proc/self/ns/net').st_ino}", NONE),
           ("pid", lambda: f"pid {os.getpid()}", ALL),
           ("other_pid", lambda: f"pid {os.getpid() + 1}", NONE),
           ("rx_and_tx", lambda: "direction tx", ALL),
           ("mark", lambda: "mark 0x17", ONLY_VETH),
           ("mark_with_mask", lambda: "mark 0x10/0xf0", ONLY_VETH),
           ("other_mark", lambda: "mark 0x18/0xff", NONE))
def rule_selects(_, text, want):
    before = netns.stats()
    rules(text())
    expect(text(), want, both_flows(mark=0x17))
    counted = netns.stats()["filtered"] - before["filtered"]
    expect_that((counted >= 2 * COUNT - sum(want.values())) and (counted or want == ALL),
                "what was not recorded is counted as filtered", counted)


@ktap.test
def pid_of_the_reader():
    reader = udp_socket("np-s", netns.SERVER[4], VETH)
    rules(f"pid {os.getpid()}")
    rings = netns.Rings()
    netns.raw("udp", 4, port=VETH, rounds=COUNT)
    netns.raw("udp", 4, port=VETH + 1, rounds=COUNT)
    for _ in range(COUNT):
        reader.recv(100)
    ended()
    found = [p for p in rings.read() if p.flags & 16]
    expect("ports", [VETH] * COUNT, [p.dport for p in found])
    expect("reader", {os.getpid()}, {p.reader_pid for p in found})


def open_tunnel():
    """A device of np-c whose other end is this process."""
    with netns.inside("np-c"):
        tun = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", b"np-tun", 0x1001))
    ktap.defer(os.close, tun)
    cmd("ip", "-n", "np-c", "address", "add", "10.99.0.1/24", "dev", "np-tun")
    cmd("ip", "-n", "np-c", "link", "set", "np-tun", "up")
    return tun


@ktap.each(("rx", [VETH]), ("tx", [LOCAL]), ("any", [VETH, LOCAL]))
def direction(name, want):
    cmd("modprobe", "tun")
    tun = open_tunnel()
    reader = udp_socket("np-c", "10.99.0.1", VETH)
    rules(f"direction {name}")
    rings = netns.Rings()
    os.write(tun, frames.udp(4, "10.99.0.2", "10.99.0.1", dport=VETH))
    reader.recv(100)
    send("np-c", "10.99.0.2", LOCAL, count=1)
    while struct.unpack_from("!H", os.read(tun, 2000), 22)[0] != LOCAL:
        pass
    ended()
    expect("ports", want, sorted(p.dport for p in rings.read() if p.flags & 16 and
                                 p.dport in (VETH, LOCAL)))


@ktap.test
def changed_live_without_a_loss():
    wanted = cmd("tcpdump", "-y", "RAW", "-ddd", f"udp port {netns.PORT}")
    more = cmd("tcpdump", "-y", "RAW", "-ddd", f"udp portrange {netns.PORT}-{netns.PORT + 9}")
    found, changes, rounds = [], 0, 4000
    rings = netns.Rings()
    children = [netns.traffic_start("pingpong", "udp", 4, port=netns.PORT + n, rounds=rounds)
                for n in (0, 1)]

    def alive():
        return any(child.poll() is None for child in children)

    while alive():
        # each of them decides about some packets at least
        for text, name, enough in ((wanted, "filtered", 20), (more, "records", 200),
                                   ("0\n", "records", 200)):
            netns.set_filter(text)
            enough += netns.stats()[name]
            ktap.wait_for(60, f"{enough} {name}", lambda name=name, enough=enough:
                          netns.stats()[name] >= enough or not alive())
            changes += 1
            found += rings.read()
    ended()
    found += rings.read()
    netns.set_filter("0\n")
    expect("lost", 0, rings.lost)
    expect_that(changes >= 3, "at least 3 changes", changes)
    mine = netns.of_flow(found, "udp", 4)
    expect(f"packets of port {netns.PORT}", 2 * rounds, len(mine))
    expect("each once", len(mine), len({p.id for p in mine}))
    other = netns.of_flow(found, "udp", 4, netns.PORT + 1)
    expect_that(0 < len(other) < 2 * rounds, "some packets of the other port, not all", len(other))


@ktap.each(("name", "colour 1", "rule \"colour\""),
           ("number", "ifindex eth0", "ifindex \"eth0\""),
           ("large", "pid 4294967296", "up to 4294967295"),
           ("direction", "direction up", "any, rx or tx"),
           ("mark", "mark 0x10/0x0f", "no bits that its mask has not"),
           ("stage", "stage nowhere 5", "stage \"nowhere\""),
           ("stage_time", "stage udp_rcv 0", "longer than 0 ns"),
           ("reason", "reasons BAD_WEATHER", "reasons \"BAD_WEATHER\""),
           ("drops", "drops 2", "must be 0 or 1"),
           ("half", "pid 7 drops", "drops \"\""))
def refused(_, text, reason):
    rules("clear slower_ns 5000")
    before = netns.read_file("rules")
    try:
        rules(text)
        got = "accepted"
    except OSError as err:
        got = os.strerror(err.errno)
    expect("write", "Invalid argument", got)
    after = netns.read_file("rules")
    expect_that(after.startswith(before), before, after)
    line = after[len(before):]
    expect_that(line.startswith("refused ") and reason in line, reason, line)


def setup():
    netns.pair()
    cmd("ip", "netns", "exec", "np-c", "true")
    netns.load(ring_kib=16384)


if __name__ == "__main__":
    ktap.main(setup)
