#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Segments cut by GSO, merged by GRO and appended in receive queues: not a byte is lost or twice."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import way
from ktap import expect, expect_that

VERSIONS = (("ipv4", 4), ("ipv6", 6))
FAMILY = {4: 2, 6: 10}
IP = {4: 20, 6: 40}
# with the time stamp option
TCP = 32
BYTES = 60000
SEGMENT = 1000
# in /proc/net/tcp
LISTEN = "0A"
RECEIVE = """
import socket, sys
family, kind, addr, port, count = int(sys.argv[1]), sys.argv[2], sys.argv[3], *map(int, sys.argv[4:])
fd = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
fd.bind((addr, port))
if kind == "tcp":
    fd.listen()
print("ready", flush=True)
if kind == "tcp":
    fd = fd.accept()[0]
    print("accepted", flush=True)
    sys.stdin.readline()
got = 0
while got < count or not count:
    data = fd.recv(1 << 20)
    if not data:
        break
    got += len(data)
print(got, flush=True)
"""
SEND_TCP = """
import socket, sys
fd = socket.create_connection((sys.argv[1], int(sys.argv[2])))
sys.stdin.readline()
fd.sendall(bytes(int(sys.argv[3])))
fd.shutdown(socket.SHUT_WR)
fd.recv(1)
"""
SEND_UDP = """
import socket, sys
fd = socket.socket(int(sys.argv[1]), socket.SOCK_DGRAM)
fd.connect((sys.argv[2], int(sys.argv[3])))
size, segment = int(sys.argv[4]), int(sys.argv[5])
if segment:
    fd.setsockopt(17, 103, segment)
    fd.send(bytes(size))
else:
    for i in range(5):
        fd.send(bytes(size // 5))
"""


def sent_by(dev, space):
    """Packets and bytes that a device has sent, by its own counters."""
    return [int(netns.in_ns(space, "cat", f"/sys/class/net/{dev}/statistics/tx_{what}"))
            for what in ("packets", "bytes")]


def receiver(kind, version, count):
    reader = ktap.start("ip", "netns", "exec", "np-s", "python3", "-c", RECEIVE, FAMILY[version],
                        kind, netns.SERVER[version], netns.PORT, count, stdin=-1)
    expect("receiver", "ready\n", reader.stdout.readline())
    return reader


def offload(dev, space, **features):
    netns.in_ns(space, "ethtool", "-K", dev,
                *[word for name, value in features.items() for word in (name, value)])


def in_receive_queue(version):
    """Bytes there, and 1 for the end.  Unlike ss, this holds no socket: segments that came meanwhile
    would be merged in its backlog, not in its queue."""
    name = {4: "tcp", 6: "tcp6"}[version]
    for line in netns.in_ns("np-s", "cat", f"/proc/net/{name}").splitlines()[1:]:
        _, local, _, state, queues, *_ = line.split()
        if local.endswith(f":{netns.PORT:04X}") and state != LISTEN:
            return int(queues.split(":")[1], 16)
    return 0


def go_on(program):
    program.stdin.write("\n")
    program.stdin.flush()


def bulk(version, tso, gro, hold=False):
    """Send BYTES by TCP: the flow's packets, the reader.  With hold, it reads when all are there."""
    offload("vc", "np-c", tso=tso)
    offload("vs", "np-s", gro=gro)
    reader = receiver("tcp", version, 0)
    rings = netns.Rings()
    before = sent_by("vc", "np-c")
    sender = ktap.start("ip", "netns", "exec", "np-c", "python3", "-c", SEND_TCP,
                        netns.SERVER[version], netns.PORT, BYTES, stdin=-1)
    # accept() holds the new socket for a moment: what came then would be in the backlog
    expect("receiver", "accepted\n", reader.stdout.readline())
    go_on(sender)
    if hold:
        ktap.wait_for(20, "all bytes are in the receive queue",
                      lambda: in_receive_queue(version) == BYTES + 1)
    go_on(reader)
    expect("bytes read", str(BYTES), reader.communicate(timeout=ktap.limit(60))[0].strip())
    sender.wait(60)
    ktap.wait_for(20, "all ended", lambda: not netns.stats()["in_flight"])
    after = sent_by("vc", "np-c")
    packets = netns.of_flow(rings.read(), "tcp", version)
    expect("records lost", 0, rings.lost)
    there = [p for p in packets if way.outgoing(p) and way.devices(p) and p.outcome != "split"]
    if tso == "off":
        number, size = [new - old for new, old in zip(after, before)]
        expect("packets sent, by the device", number, len(there))
        # with GRO, veth counts after the link-layer header is gone
        expect_that(size - sum(p.ip_len for p in there) in (0, 14 * number),
                    f"{size} bytes sent, by the device", sum(p.ip_len for p in there))
    return packets, reader.pid


def payload(packet, version):
    return packet.ip_len - IP[version] - TCP


def data(packets):
    """Those with bytes of the one call, sent for the first time."""
    return [p for p in packets if way.outgoing(p) and "sendmsg" in p.path and
            not p.flags & way.RETRANS]


def sum_up(packets, version):
    """Each byte is in one segment, and each segment's relatives have records."""
    mine = data(packets)
    parts = sorted((p for p in mine if p.outcome != "split"), key=lambda p: p.tcp_seq)
    expect("bytes of segments", BYTES, sum(payload(p, version) for p in parts))
    for this, after in zip(parts, parts[1:]):
        expect("sequence number of the next segment", after.tcp_seq,
               this.tcp_seq + payload(this, version))
    by_id = {p.id: p for p in packets}
    for packet in mine:
        if packet.outcome == "split":
            made = [p for p in mine if p.parent_id == packet.id]
            expect(f"bytes of the segments of #{packet.id}", payload(packet, version),
                   sum(payload(p, version) for p in made))
        elif packet.outcome == "merged":
            expect_that(packet.merged_id in by_id, "a record of the absorber", packet.merged_id)
            expect("order of absorber and absorbed", True,
                   by_id[packet.merged_id].tcp_seq < packet.tcp_seq)
    expect("other outcomes", set(),
           {p.outcome for p in mine} - {"delivered", "merged", "split"})
    return mine


def by_gro(packets):
    return [p for p in packets if p.outcome == "merged" and "ip_rcv" not in p.path]


def in_queue(packets):
    return [p for p in packets if p.outcome == "merged" and "tcp_rcv" in p.path]


@ktap.each(*VERSIONS)
def segments_cut_by_gso_add_up(_, version):
    mine = sum_up(bulk(version, "off", "off")[0], version)
    split = [p for p in mine if p.outcome == "split"]
    expect_that(split, "packets cut up", split)
    expect_that(max(p.ip_len for p in mine if p.outcome != "split") <= 1500,
                "segments of at most 1500 bytes", [p.ip_len for p in mine])
    expect("merged by GRO", [], by_gro(mine))


@ktap.each(*VERSIONS)
def without_gso_there_are_no_segments(_, version):
    """The device takes the large ones as they are."""
    mine = sum_up(bulk(version, "on", "off")[0], version)
    expect("packets cut up", [], [p.id for p in mine if p.outcome == "split"])
    expect_that(max(p.ip_len for p in mine) > 1500, "packets of more than 1500 bytes",
                [p.ip_len for p in mine])


@ktap.each(*VERSIONS)
def segments_merged_by_gro_add_up(_, version):
    mine = sum_up(bulk(version, "off", "on")[0], version)
    merged = by_gro(mine)
    if all("netif_rx" in p.path for p in mine if p.outcome == "delivered"):
        raise ktap.Skip("this kernel's veth has no GRO")
    expect_that(merged, "segments merged by GRO", [p.path for p in mine])
    expect("devices of what GRO merged", {"vc vs"}, {way.devices(p) for p in merged})


@ktap.each(*VERSIONS)
def segments_appended_in_the_receive_queue_add_up(_, version):
    packets, reader = bulk(version, "off", "off", hold=True)
    mine = sum_up(packets, version)
    merged = in_queue(mine)
    expect_that(merged, "segments appended", [p.path for p in mine])
    # all that was in the queue was read, whatever it was appended to
    parts = [p for p in mine if p.outcome != "split"]
    expect("segments that nobody read", [], [(p.id, p.merged_id, p.path) for p in parts
                                             if p.path[-1] != "recvmsg"])
    expect("readers of segments", {(reader, "python3")},
           {(p.reader_pid, p.reader_comm) for p in parts})
    expect("ways of what was appended, but for this stage", [],
           [p.path for p in merged if "sock_enqueue" not in p.path])


@ktap.each(*VERSIONS)
def datagrams_cut_by_gso_add_up(_, version):
    offload("vc", "np-c", **{"tx-udp-segmentation": "off"})
    reader = receiver("udp", version, 5 * SEGMENT)
    rings = netns.Rings()
    netns.in_ns("np-c", "python3", "-c", SEND_UDP, FAMILY[version], netns.SERVER[version],
                netns.PORT, 5 * SEGMENT, SEGMENT)
    expect("bytes read", str(5 * SEGMENT), reader.communicate(timeout=ktap.limit(60))[0].strip())
    ktap.wait_for(10, "all ended", lambda: not netns.stats()["in_flight"])
    packets = netns.of_flow(rings.read(), "udp", version)
    whole = [p for p in packets if p.outcome == "split"]
    expect("length of the packet cut up", [5 * SEGMENT + 8 + IP[version]],
           [p.ip_len for p in whole])
    parts = [p for p in packets if p.outcome == "delivered"]
    expect("lengths of datagrams", 5 * [SEGMENT + 8 + IP[version]], [p.ip_len for p in parts])
    expect("parents", {whole[0].id}, {p.parent_id for p in parts})
    expect("journeys", 6, len(packets))


@ktap.each(*VERSIONS)
def datagrams_sent_one_by_one_have_no_parent(_, version):
    reader = receiver("udp", version, 5 * SEGMENT)
    rings = netns.Rings()
    netns.in_ns("np-c", "python3", "-c", SEND_UDP, FAMILY[version], netns.SERVER[version],
                netns.PORT, 5 * SEGMENT, 0)
    expect("bytes read", str(5 * SEGMENT), reader.communicate(timeout=ktap.limit(60))[0].strip())
    ktap.wait_for(10, "all ended", lambda: not netns.stats()["in_flight"])
    packets = netns.of_flow(rings.read(), "udp", version)
    expect("outcomes and parents", 5 * [("delivered", 0)],
           [(p.outcome, p.parent_id) for p in packets])


def setup():
    netns.pair()
    netns.load(ring_kib=4096)


if __name__ == "__main__":
    ktap.main(setup)
