#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Where TCP copies its receive queue into fewer skbs, to save memory: who went into whom."""
import contextlib
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import way
from faults_tcp import sequence
from ktap import cmd, defer, expect, expect_that

VERSIONS = (("ipv4", 4), ("ipv6", 6))
HEADERS = {4: 52, 6: 72}
CHUNK, COUNT = 300, 100
# sizes of segments of which one is cut in the right place
CHUNKS = range(300, 450, 10)
SMALL, LARGE = 16384, 1 << 22
ETH_P_ALL = 3
SO_RCVBUFFORCE = 33


def tap():
    """
    A packet socket that keeps what it gets.

    TCP appends no segment to one of which somebody has a clone, so that all stay in its receive
    queue as they came.
    """
    with netns.inside("np-s"):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)
    sock.bind(("vs", ETH_P_ALL))
    defer(sock.close)
    return sock


def collapsed():
    """Segments that were copied, by the kernel."""
    return netns.tcp_ext("np-s", "TCPRcvCollapsed")


def connection(version, room):
    """A connection from np-c to np-s, where so much memory may be used."""
    family = {4: socket.AF_INET, 6: socket.AF_INET6}[version]
    with netns.inside("np-s"):
        listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, room)
    listener.bind((netns.SERVER[version], netns.PORT))
    listener.listen()
    with netns.inside("np-c"):
        client = socket.create_connection((netns.SERVER[version], netns.PORT))
    server, _ = listener.accept()
    listener.close()
    for fd in (client, server):
        defer(fd.close)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client, server


def late_answers():
    """Acknowledgements take long, so that all is sent before TCP hears of a loss."""
    if cmd("modprobe", "sch_netem", check=False).returncode:
        raise ktap.Skip("this kernel has no sch_netem")
    cmd("tc", "-n", "np-s", "qdisc", "add", "dev", "vs", "root", "netem", "delay", "300ms")
    defer(cmd, "tc", "-n", "np-s", "qdisc", "del", "dev", "vs", "root")


def lose(client, offset):
    """Drop the segment with this byte, as often as it comes: those behind it are out of order."""
    seq = (sequence(client)[1] + offset) % (1 << 32)
    netns.in_ns("np-s", "nft", "add table inet t; add chain inet t c { type filter hook input"
                f" priority 0; }}; add rule inet t c tcp sequence {seq} counter drop")
    undo = contextlib.ExitStack()
    undo.callback(netns.in_ns, "np-s", "nft", "delete table inet t")
    defer(undo.close)
    return undo.close


def payload(packet, version):
    return packet.ip_len - HEADERS[version]


def transfer(version, room, gap=False, chunk=CHUNK):
    """Send small pieces and read them afterwards: their packets, and how many were copied."""
    client, server = connection(version, room)
    keeper = tap()
    if gap:
        late_answers()
        arrive = lose(client, 2 * chunk)
    before, late = collapsed(), netns.tcp_ext("np-s", "TCPOFOQueue")
    rings = netns.Rings()
    for _ in range(COUNT):
        client.sendall(bytes(chunk))
    if room == SMALL:
        ktap.wait_for(30, "segments were copied", lambda: collapsed() > before)
    if gap:
        expect_that(netns.tcp_ext("np-s", "TCPOFOQueue") > late, "segments out of order", late)
        arrive()
    size = COUNT * chunk
    server.settimeout(ktap.limit(60))
    while size:
        data = server.recv(min(size, 1000))
        expect_that(data, f"{size} more bytes", data)
        size -= len(data)
    for fd in (keeper, client, server):
        fd.close()
    ktap.wait_for(20, "all ended", lambda: not netns.stats()["in_flight"])
    packets = netns.of_flow(rings.read(), "tcp", version)
    expect("records lost", 0, rings.lost)
    return [p for p in packets if way.outgoing(p)], collapsed() - before


def made(packets):
    """What TCP made: copies that were read, not those of a tap."""
    return {p.id: p for p in packets if p.flags & way.CLONE and p.outcome == "delivered"}


def expect_copies(packets, copied, version):
    """What went into fewer is what the kernel copied; the copies without a first byte of any."""
    into = made(packets)
    # later ones may have been appended to what was made
    gone = {p.id: p for p in packets if p.outcome == "merged" and p.merged_id in into and
            p.tcp_seq < into[p.merged_id].tcp_seq + payload(into[p.merged_id], version)}
    expect("segments copied, by the kernel", copied, len(gone))
    expect_that(len(into) < len(gone), "fewer than those that they were made of", len(into))
    expect("bytes", sum(payload(p, version) for p in gone.values()),
           sum(payload(p, version) for p in into.values()))
    rests = []
    for copy in into.values():
        first = gone[copy.parent_id]
        begin = [p.tcp_seq for p in gone.values() if p.merged_id == copy.id]
        if begin:
            expect(f"#{copy.id} is made of", copy.id, first.merged_id)
            expect(f"first segment of #{copy.id}", min(begin), first.tcp_seq)
        else:
            rests.append(copy)
            expect_that(first.tcp_seq < copy.tcp_seq, f"#{copy.id} is the rest of a segment",
                        (first.tcp_seq, copy.tcp_seq))
        # or the rest of one whose first byte went into another
        expect_that(abs(copy.tcp_seq - first.tcp_seq) < payload(first, version),
                    "it begins there", (first.tcp_seq, copy.tcp_seq))
    for packet in [*gone.values(), *into.values()]:
        expect(f"reader of #{packet.id}", os.getpid(), packet.reader_pid)
        expect(f"last stage of #{packet.id}", "recvmsg", packet.path[-1])
        expect(f"order of stages of #{packet.id}", sorted(way.times(packet)), way.times(packet))
    return rests


@ktap.each(*[(f"{name}_{order}", version, order == "out_of_order") for name, version in VERSIONS
             for order in ("in_order", "out_of_order")])
def segments_go_into_fewer(_, version, gap):
    expect_copies(*transfer(version, SMALL, gap), version)


@ktap.each(*VERSIONS)
def the_rest_of_a_segment_has_a_copy_of_its_own(_, version):
    """Copies are of one size, so that of some sizes of segments the last has but a rest to hold."""
    for chunk in CHUNKS:
        depth = len(ktap._undo)  # pylint: disable=protected-access
        packets, copied = transfer(version, SMALL, True, chunk)
        ktap._unwind(depth)  # pylint: disable=protected-access
        rests = expect_copies(packets, copied, version)
        if rests:
            ktap.note(f"segments of {chunk} bytes: a copy of {payload(rests[0], version)}")
            return
    raise ktap.Skip("with none of the sizes this happened")


@ktap.each(*VERSIONS)
def with_room_nothing_is_copied(_, version):
    packets, copied = transfer(version, LARGE)
    expect("segments copied, by the kernel", 0, copied)
    expect("copies that were read", {}, made(packets))
    expect("bytes delivered", COUNT * CHUNK, sum(
        payload(p, version) for p in packets
        if p.outcome == "delivered" and not p.flags & way.RETRANS))
    expect("segments that went into others", [], [p.id for p in packets if p.outcome == "merged"])


def setup():
    netns.pair()
    # so that all pieces are sent at once, each by itself
    for family, net in (("-4", "10.77.0.2/32"), ("-6", "fd77::2/128")):
        netns.in_ns("np-c", "ip", family, "route", "add", net, "dev", "vc", "initcwnd", COUNT)
    netns.load(ring_kib=4096)


if __name__ == "__main__":
    ktap.main(setup)
