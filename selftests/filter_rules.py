#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Rules beside the program: device, namespace, direction, process, mark; and which to keep.

Two flows at a time: one that a rule is about, and its twin that it is not about.
"""
import fcntl
import os
import re
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import frames
import ktap
import netns
from ktap import cmd, expect, expect_that

TRACING = "/sys/kernel/tracing/"
VETH, LOCAL = 7100, 7200
COUNT = 4
SO_MARK = 36


def udp_socket(space, addr="", port=0):
    with netns.inside(space):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ktap.defer(sock.close)
    sock.settimeout(10)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((addr, port))
    return sock


def send(space, to, port, reader=None, mark=0, count=COUNT):
    """Datagrams from this process, read by this process if there is a reader."""
    sock = udp_socket(space)
    if mark:
        sock.setsockopt(socket.SOL_SOCKET, SO_MARK, mark)
    for number in range(count):
        sock.sendto(b"%06d" % number, (to, port))
        if reader:
            reader.recv(100)


def ended():
    ktap.wait_for(20, "all packets ended", lambda: not netns.stats()["in_flight"])


def both_flows(**options):
    """{port: packets recorded} of a flow over veth and of one over np-c's loopback."""
    rings = netns.Rings()
    send("np-c", netns.SERVER[4], VETH, udp_socket("np-s", netns.SERVER[4], VETH), **options)
    send("np-c", "127.0.0.1", LOCAL, udp_socket("np-c", "127.0.0.1", LOCAL))
    ended()
    found = [p.dport for p in rings.read() if p.flags & 16 and p.dport in (VETH, LOCAL)]
    return {port: found.count(port) for port in (VETH, LOCAL)}


def rules(text):
    netns.write_file("rules", text)


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
    ktap.defer(rules, "clear")
    expect(text(), want, both_flows(mark=0x17))
    counted = netns.stats()["filtered"] - before["filtered"]
    expect_that((counted >= 2 * COUNT - sum(want.values())) and (counted or want == ALL),
                "what was not recorded is counted as filtered", counted)


@ktap.test
def pid_of_the_reader():
    reader = udp_socket("np-s", netns.SERVER[4], VETH)
    rules(f"pid {os.getpid()}")
    ktap.defer(rules, "clear")
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
    ktap.defer(rules, "clear")
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


class Event:
    """All journeys that end, kept or not: the event netpath:netpath_packet."""

    def __init__(self):
        ktap.defer(cmd, "trace-cmd", "reset")
        cmd("trace-cmd", "start", "-b", "8000", "-e", "netpath:netpath_packet")

    @staticmethod
    def read():
        """{id: (total_ns, outcome, dport)}"""
        cmd("trace-cmd", "stop")
        journeys = {}
        for line in cmd("trace-cmd", "show").splitlines():
            fields = dict(re.findall(r"(\w+)=(\S+)", line))
            if "netpath_packet" in line and "total_ns" in fields:
                journeys[int(fields["id"])] = (int(fields["total_ns"]), fields["outcome"],
                                               int(fields["dport"]))
        return journeys


def full_and_kept(text, traffic):
    """All journeys, and the records of those kept, of the same run."""
    rules(text)
    ktap.defer(rules, "clear")
    rings, event = netns.Rings(), Event()
    before = netns.stats()
    traffic()
    ended()
    journeys, kept = event.read(), rings.read()
    after = netns.stats()
    expect("lost", 0, rings.lost)
    expect("not_kept", len(journeys) - len(kept), after["not_kept"] - before["not_kept"])
    return journeys, kept


def jitter():
    netns.in_ns("np-c", "tc", "qdisc", "replace", "dev", "vc", "root", "netem", "delay", "10ms",
                "8ms")
    ktap.defer(netns.in_ns, "np-c", "tc", "qdisc", "del", "dev", "vc", "root", check=False)
    reader = udp_socket("np-s", netns.SERVER[4], VETH)
    for _ in range(30):
        send("np-c", netns.SERVER[4], VETH, reader)


@ktap.test
def exactly_those_above_the_threshold_are_kept():
    limit = 10_000_000
    journeys, kept = full_and_kept(f"slower_ns {limit}", jitter)
    want = {number for number, (total, _, _) in journeys.items() if total > limit}
    expect("kept", sorted(want), sorted(p.id for p in kept))
    expect_that(10 < len(want) < len(journeys) - 10, "more than 10 above and below",
                (len(want), len(journeys)))


@ktap.test
def exactly_those_slow_in_a_stage_are_kept():
    limit = 10_000_000
    journeys, kept = full_and_kept("stage dev_queue 1", jitter)
    found = {}
    for p in kept:
        gaps = [b.offset_ns - a.offset_ns for a, b in zip(p.stamps, p.stamps[1:])
                if a.name == "dev_queue"]
        found[p.id] = max(gaps)
    expect("all have that stage", len(journeys), len(kept))
    rules("clear")
    journeys, kept = full_and_kept(f"stage dev_queue {limit}", jitter)
    for p in kept:
        gaps = [b.offset_ns - a.offset_ns for a, b in zip(p.stamps, p.stamps[1:])
                if a.name == "dev_queue"]
        expect_that(max(gaps) > limit, f"more than {limit} ns in dev_queue", gaps)
    # who was not kept was not longer on his whole way than that stage and a rest
    left = [total for number, (total, _, _) in journeys.items()
            if number not in {p.id for p in kept}]
    expect_that(10 < len(kept) < len(journeys) - 10, "more than 10 above and below",
                (len(kept), len(journeys)))
    expect_that(min(left) < limit, "shorter ones are left out", min(left))


def good_and_bad():
    send("np-c", netns.SERVER[4], VETH, udp_socket("np-s", netns.SERVER[4], VETH))
    send("np-c", netns.SERVER[4], VETH + 1)
    # its checksum is wrong
    frames.transmit([frames.udp(dport=VETH + 2, bad_ip=1)] * COUNT)


@ktap.test
def drops_only():
    journeys, kept = full_and_kept("drops 1", good_and_bad)
    want = {number for number, (_, outcome, _) in journeys.items() if outcome == "dropped"}
    expect("kept", sorted(want), sorted(p.id for p in kept))
    expect_that(len(want) >= 2 * COUNT and len(want) <= len(journeys) - COUNT,
                "some dropped, some not", (len(want), len(journeys)))


@ktap.test
def drops_for_a_reason():
    if not netns.drop_reason("NO_SOCKET"):
        raise ktap.Skip("this kernel has no drop reasons")
    journeys, kept = full_and_kept("reasons NO_SOCKET", good_and_bad)
    expect("ports kept", [VETH + 1] * COUNT, [p.dport for p in kept])
    dropped = [number for number, (_, outcome, _) in journeys.items() if outcome == "dropped"]
    expect_that(len(dropped) >= 2 * COUNT, "others were dropped too", len(dropped))


@ktap.test
def one_flow_in_four():
    ports = range(VETH, VETH + 64)

    def flows():
        for port in ports:
            reader = udp_socket("np-s", netns.SERVER[4], port)
            sender = udp_socket("np-c", netns.CLIENT[4], 6000)
            for _ in range(2):
                sender.sendto(b"there", (netns.SERVER[4], port))
                reader.recv(100)
                reader.sendto(b"back", (netns.CLIENT[4], 6000))
                sender.recv(100)
            sender.close()
            reader.close()
    journeys, kept = full_and_kept("one_in 4", flows)
    expect("journeys", 4 * len(ports), len(journeys))
    by_port = {}
    for p in kept:
        port = p.dport if p.dport != 6000 else p.sport
        by_port[port] = by_port.get(port, 0) + 1
    expect("packets of each flow kept, both ways", {4}, set(by_port.values()))
    expect_that(4 <= len(by_port) <= 32, "about 16 flows of 64", len(by_port))


@ktap.test
def times_count_kept_or_not():
    def count():
        rows = [line.split("\t") for line in netns.read_file("latency").splitlines()]
        return {row[0]: int(row[1]) for row in rows[1:]}
    before = count()
    full_and_kept("drops 1", lambda: send("np-c", netns.SERVER[4], VETH,
                                          udp_socket("np-s", netns.SERVER[4], VETH)))
    after = count()
    expect("values of udp_rcv", COUNT, after["udp_rcv"] - before["udp_rcv"])
    rules(f"pid {os.getpid() + 1}")
    send("np-c", netns.SERVER[4], VETH, udp_socket("np-s", netns.SERVER[4], VETH))
    ended()
    expect("values of udp_rcv, of packets rejected", after["udp_rcv"], count()["udp_rcv"])


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
    ktap.defer(rules, "clear")
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
