#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""TCP by sequence number: who wrote a segment's first byte, who read it, what was sent again."""
import fcntl
import math
import os
import re
import socket
import struct
import sys
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import way
from ktap import cmd, defer, expect, expect_that

VERSIONS = (("ipv4", 4), ("ipv6", 6))
HEADERS = {4: 52, 6: 72}
MSS = {4: 1448, 6: 1428}
# bytes of a call, so that segments begin in those of each of two processes
CALL = 1000
# more than what the clocks of two programs can differ, less than what a system call of another
# process takes here
SLACK_NS = 100000


class Worker:
    """A process that calls a function when told, and says when it did."""

    def __init__(self, work):
        down, up = os.pipe(), os.pipe()
        self.pid = os.fork()
        if not self.pid:
            while True:
                size = int.from_bytes(os.read(down[0], 8), "little")
                if not size:
                    os._exit(0)
                begin = time.monotonic_ns()
                work(size)
                os.write(up[1], struct.pack("=QQ", begin, time.monotonic_ns()))
        self.down, self.up = down[1], up[0]
        defer(self.stop)

    def stop(self):
        os.write(self.down, bytes(8))
        os.waitpid(self.pid, 0)

    def run(self, size):
        """Let it work: the time of its begin and its end, in ns."""
        os.write(self.down, size.to_bytes(8, "little"))
        return struct.unpack("=QQ", os.read(self.up, 16))


def connection(version, delay_ms=0, **features):
    """A connection from np-c to np-s, whose answers take so long to come back."""
    family = {4: socket.AF_INET, 6: socket.AF_INET6}[version]
    netns.in_ns("np-c", "ethtool", "-K", "vc", "tso", features.get("tso", "on"))
    with netns.inside("np-s"):
        listener = socket.create_server((netns.SERVER[version], netns.PORT), family=family)
    with netns.inside("np-c"):
        client = socket.create_connection((netns.SERVER[version], netns.PORT))
    server, _ = listener.accept()
    for fd in (listener, client, server):
        defer(fd.close)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    if delay_ms:
        if cmd("modprobe", "sch_netem", check=False).returncode:
            raise ktap.Skip("this kernel has no sch_netem")
        cmd("tc", "-n", "np-s", "qdisc", "add", "dev", "vs", "root", "netem", "delay",
            f"{delay_ms}ms")
        defer(cmd, "tc", "-n", "np-s", "qdisc", "del", "dev", "vs", "root")
    return client, server


def read_all(fd, size):
    fd.settimeout(ktap.limit(60))
    while size:
        data = fd.recv(size)
        expect_that(data, f"{size} more bytes", data)
        size -= len(data)


def ended(rings, version, client, server):
    """Close the connection: its packets from np-c to np-s that have data, and the first byte."""
    for fd in (client, server):
        fd.close()
    ktap.wait_for(20, "all ended", lambda: not netns.stats()["in_flight"])
    packets = netns.of_flow(rings.read(), "tcp", version)
    expect("records lost", 0, rings.lost)
    packets = [p for p in packets if way.outgoing(p) and "sendmsg" in p.path]
    return packets, min(p.tcp_seq for p in packets)


def payload(packet, version):
    return packet.ip_len - HEADERS[version]


def at(packet, name, index=0):
    """When a packet passed a stage, in ns."""
    return packet.start_ns + [s.offset_ns for s in packet.stamps if s.name == name][index]


def within(when, span):
    return span[0] - SLACK_NS <= when <= span[1] + SLACK_NS


def pieces(log, packet, base):
    """The (begin, end, pid, span) of a log into which a packet's first byte falls."""
    offset = packet.tcp_seq - base
    return next(piece for piece in log if piece[0] <= offset < piece[1])


# how GSO cuts, or TCP itself
@ktap.each(*[(f"{name}_cut_by_{by}", version, tso) for name, version in VERSIONS
             for by, tso in (("gso", "off"), ("tcp", "on"))])
def the_call_that_wrote_the_first_byte_is_named(_, version, tso):
    client, server = connection(version, 400, tso=tso)
    rings = netns.Rings()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    workers = [Worker(lambda size: client.sendall(bytes(size))) for _ in range(2)]
    log, end = [], 0
    for index in range(50):
        worker = workers[index % 2]
        log.append((end, end + CALL, worker.pid, worker.run(CALL)))
        end += CALL
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
    read_all(server, end)
    packets, base = ended(rings, version, client, server)
    for packet in packets:
        _, _, pid, span = pieces(log, packet, base)
        offset = packet.tcp_seq - base
        expect(f"writer of byte {offset}", pid, packet.writer_pid)
        expect_that(within(at(packet, "sendmsg"), span), f"call of byte {offset} in {span}",
                    (at(packet, "sendmsg"), packet.path))
        expect("order of stages", sorted(way.times(packet)), way.times(packet))
    parts = [p for p in packets if p.outcome != "split" and not p.flags & way.RETRANS]
    expect("bytes", end, sum(payload(p, version) for p in parts))
    expect("writers", {worker.pid for worker in workers}, {p.writer_pid for p in parts})
    cut = [p for p in parts if (p.tcp_seq - base) % CALL]
    expect_that(cut, "segments that begin in the middle of a call's data", cut)
    expect_that(max(at(p, "tcp_transmit") - at(p, "sendmsg") for p in parts) > 200e6,
                "data that had to wait for an answer, which takes 400 ms",
                [at(p, "tcp_transmit") - at(p, "sendmsg") for p in parts])


@ktap.each(*VERSIONS)
def data_of_one_process_has_one_writer(_, version):
    client, server = connection(version)
    rings = netns.Rings()
    worker = Worker(lambda size: client.sendall(bytes(size)))
    span = worker.run(35000)
    read_all(server, 35000)
    packets, _ = ended(rings, version, client, server)
    expect("writers", {worker.pid}, {p.writer_pid for p in packets})
    expect("calls outside of the only one", [],
           [at(p, "sendmsg") for p in packets if not within(at(p, "sendmsg"), span)])


@ktap.each(*VERSIONS)
def every_segment_names_who_read_it(_, version):
    client, server = connection(version, tso="off")
    rings = netns.Rings()
    size, chunk = 30000, 4000
    client.sendall(bytes(size))

    def waiting():
        return struct.unpack("i", fcntl.ioctl(server, termios.FIONREAD, bytes(4)))[0]
    ktap.wait_for(20, "all bytes are in the receive queue", lambda: waiting() == size)
    readers = [Worker(lambda size: server.recv(size, socket.MSG_WAITALL)) for _ in range(2)]
    log = []
    for index, begin in enumerate(range(0, size, chunk)):
        end = min(begin + chunk, size)
        log.append((begin, end, readers[index % 2].pid, readers[index % 2].run(end - begin)))
    packets, base = ended(rings, version, client, server)
    parts = [p for p in packets if p.outcome != "split" and not p.flags & way.RETRANS]
    expect("bytes", size, sum(payload(p, version) for p in parts))
    expect_that([p for p in parts if p.outcome == "merged"], "segments appended to others",
                [p.outcome for p in parts])
    for packet in parts:
        first = packet.tcp_seq - base
        last = first + payload(packet, version) - 1
        reads = [entry for entry in log if entry[0] <= last and entry[1] > first]
        expect(f"reader of byte {last}", reads[-1][2], packet.reader_pid)
        expect(f"copies of bytes {first} to {last}", min(len(reads), 2),
               packet.path.count("recvmsg"))
        for index in (0, -1):
            expect_that(within(at(packet, "recvmsg", index), reads[index][3]),
                        f"a copy in {reads[index][3]}", at(packet, "recvmsg", index))
        expect_that(at(packet, "sock_enqueue") < at(packet, "recvmsg"),
                    "it was in the queue before", packet.path)


def retransmitted():
    """Segments sent again, by the kernel."""
    lines = [line.split() for line in netns.in_ns("np-c", "cat", "/proc/net/snmp").splitlines()
             if line.startswith("Tcp:")]
    return int(dict(zip(*lines))["RetransSegs"])


def bulk(version, size, tso):
    before = retransmitted()
    client, server = connection(version, tso=tso)
    rings = netns.Rings()
    client.sendall(bytes(size))
    read_all(server, size)
    count = retransmitted() - before
    packets, _ = ended(rings, version, client, server)
    # what TCP itself has sent, in segments
    again = sum(math.ceil(payload(p, version) / MSS[version]) for p in packets
                if p.flags & way.RETRANS and not p.flags & way.CLONE)
    expect("segments sent again, by the kernel", count, again)
    return packets


@ktap.each(*[(f"{name}_tso_{tso}", version, tso) for name, version in VERSIONS
             for tso in ("on", "off")])
def what_was_dropped_is_sent_again_and_linked(_, version, tso):
    netns.in_ns("np-s", "nft", "add table inet t; add chain inet t c { type filter hook input"
                f" priority 0; }}; add rule inet t c tcp dport {netns.PORT} meta length gt 1000"
                " numgen inc mod 5 2 counter drop")
    defer(netns.in_ns, "np-s", "nft", "delete table inet t")
    packets = bulk(version, 60000, tso)
    drops = [p for p in packets if p.outcome == "dropped" and "tcp_rcv" not in p.path]
    rules = netns.in_ns("np-s", "nft", "list", "table", "inet", "t")
    expect("drops, by nftables", int(re.search(r"packets (\d+)", rules)[1]), len(drops))
    expect_that(drops, "drops", [p.outcome for p in packets])
    by_id = {p.id: p for p in packets}

    def data_of(packet):
        """The write-queue data: of a segment cut by GSO, its packet's."""
        return data_of(by_id[packet.parent_id]) if packet.flags & way.CLONE else packet.parent_id
    for drop in drops:
        again = [p for p in packets if p.flags & way.RETRANS and p.start_ns >= 0 and
                 p.tcp_seq <= drop.tcp_seq < p.tcp_seq + payload(p, version) and
                 at(p, "tcp_transmit") > at(drop, "tcp_transmit")]
        expect_that(again, f"byte {drop.tcp_seq} sent again", again)
        expect("data that it is from", {data_of(drop)}, {data_of(p) for p in again})
    for packet in packets:
        if packet.flags & way.RETRANS:
            first = [p for p in packets if not p.flags & way.RETRANS and
                     data_of(p) == data_of(packet) and
                     p.tcp_seq <= packet.tcp_seq < p.tcp_seq + payload(p, version)]
            expect_that(first, f"first transmission of byte {packet.tcp_seq}", first)


@ktap.each(*VERSIONS)
def what_is_not_dropped_is_not_sent_again(_, version):
    """Compared with the kernel's own number, should it be in a hurry on a slow machine."""
    packets = bulk(version, 60000, "on")
    expect("drops", [], [p.reason for p in packets if p.outcome == "dropped" and
                         not p.flags & way.RETRANS])


def tcp_info(fd):
    """Congestion window, smoothed round-trip time in us, segments in flight."""
    numbers = struct.unpack_from("=24I", fd.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 8)
    return numbers[18], numbers[15], numbers[4]


@ktap.each(*VERSIONS)
def window_rtt_and_flight_are_those_of_tcp_info(_, version):
    netns.in_ns("np-c", "sysctl", "-qw", "net.ipv4.tcp_slow_start_after_idle=0")
    client, server = connection(version, 500)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # a first round trip, so that it takes what the delay is
    client.sendall(bytes(100))
    read_all(server, 100)
    ktap.wait_for(10, "answer", lambda: not tcp_info(client)[2])
    rings = netns.Rings()
    want = []
    for _ in range(8):
        want.append(tcp_info(client))
        client.sendall(bytes(100))
    read_all(server, 800)
    packets, _ = ended(rings, version, client, server)
    packets = sorted((p for p in packets if not p.flags & way.RETRANS), key=lambda p: p.tcp_seq)
    expect("segments in flight, by TCP_INFO", list(range(8)), [info[2] for info in want])
    # smoothed: an eighth of the delay
    expect_that(want[0][1] > 50000, "a round-trip time of more than 50 ms", want)
    expect("congestion window, round-trip time, in flight", want,
           [(p.tcp_cwnd, p.tcp_srtt_us, p.tcp_unacked) for p in packets])
    expect("states", {1}, {p.sock_state for p in packets})


@ktap.test
def a_datagram_has_nothing_of_this():
    packets = way.answered("udp", 4, netns.SERVER[4])
    expect("window, round-trip time, in flight, sequence number", {(0, 0, 0, 0)},
           {(p.tcp_cwnd, p.tcp_srtt_us, p.tcp_unacked, p.tcp_seq) for p in packets})


def setup():
    netns.pair()
    netns.load(ring_kib=4096)


if __name__ == "__main__":
    ktap.main(setup)
