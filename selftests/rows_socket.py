#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Stages of a received packet, from its transport protocol to the process that reads it."""
import errno
import os
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import dropmon
import ktap
import netns
import rows
from ktap import cmd, defer, expect, expect_that

VERSIONS = (("ipv4", 4), ("ipv6", 6))
ESTABLISHED, SYN_SENT, LISTEN = 1, 2, 10


def delivered(watch, **match):
    return watch.one(outcome="delivered", dport=netns.PORT, **match)


def tcp_journey(version=4):
    near, far = rows.connection(version)
    watch = rows.Watch()
    near.send(b"x" * 50)
    far.recv(50)
    packet = delivered(watch)
    watch.close()
    return packet, near, far


# I14 to I18: transport protocols

@ktap.each(*VERSIONS)
def a_segment_passes_tcp_and_not_udp(_, version):
    with rows.Counted("np-s") as counted:
        packet = tcp_journey(version)[0]
    expect_that(counted["TcpInSegs"] > 0, "segments by the kernel", counted["TcpInSegs"])
    rows.expect_order(packet, "ip_deliver_finish", "tcp_rcv", "sock_lookup", "tcp_established",
                      "sock_enqueue")
    rows.expect_not(packet, "udp_rcv", "raw_rcv", "icmp_rcv", "igmp_rcv", "arp_rcv")


@ktap.each(*VERSIONS)
def a_datagram_passes_udp_and_not_tcp(_, version):
    key = {4: "UdpInDatagrams", 6: "Udp6InDatagrams"}[version]
    with rows.Counted("np-s") as counted:
        packet = rows.journey(version)
    expect("datagrams by the kernel", 1, counted[key])
    rows.expect_order(packet, "ip_deliver_finish", "udp_rcv", "sock_lookup", "sock_enqueue")
    rows.expect_not(packet, "tcp_rcv", "tcp_established", "tcp_data_queue", "tcp_backlog",
                    "raw_rcv", "icmp_rcv", "igmp_rcv", "arp_rcv")


@ktap.each(*VERSIONS)
def a_segment_finds_its_socket(_, version):
    packet, _near, far = tcp_journey(version)
    expect("state", ESTABLISHED, rows.detail(packet, "sock_lookup"))
    expect("cookie", rows.cookie(far), packet.reader_cookie)


@ktap.each(*VERSIONS)
def states_of_a_handshake_are_those_of_its_sockets(_, version):
    watch = rows.Watch()
    near, far = rows.connection(version)
    syn, last = [p for p in watch.wait(2, dport=netns.PORT, l4_proto=6)
                 if p.outcome == "consumed"][:2]
    answer = watch.wait(1, sport=netns.PORT, l4_proto=6)[0]
    expect("state of who gets the SYN", LISTEN, rows.detail(syn, "sock_lookup"))
    expect("state of who gets the SYN-ACK", SYN_SENT, rows.detail(answer, "sock_lookup"))
    expect("cookie of the client", rows.cookie(near), answer.reader_cookie)
    rows.expect_has(last, "sock_lookup")
    expect("cookie of the new socket", rows.cookie(far), last.reader_cookie)


@ktap.each(*VERSIONS)
def a_datagram_finds_its_socket(_, version):
    watch = rows.Watch()
    _near, far = rows.send(version)
    packet = delivered(watch)
    rows.expect_has(packet, "sock_lookup")
    expect("cookie", rows.cookie(far), packet.reader_cookie)


@ktap.each(*[(f"{proto}_ipv{version}", proto, version) for proto in ("udp", "tcp")
             for version in (4, 6)])
def without_a_socket_none_is_found(_, proto, version):
    watch = rows.Watch()
    netns.raw(proto, version, rounds=1, port=7098)
    packet = watch.one(outcome="dropped", dport=7098)
    rows.expect_not(packet, "sock_lookup", "sock_enqueue", "lsm_sock_rcv")
    expect("cookie", 0, packet.reader_cookie)
    expect("reason", netns.drop_reason("NO_SOCKET"), packet.reason)


@ktap.test
def a_segment_waits_for_a_process_that_holds_the_socket():
    # connect() holds it while the answer comes, as veth delivers in the caller's context
    watch = rows.Watch()
    before = int(netns.stages()["tcp_backlog"]["hits"])
    for _ in range(20):
        near, far = rows.connection()
        near.close()
        far.close()
    packets = watch.wait(1, sport=netns.PORT, path=lambda path: "tcp_backlog" in path)
    rows.expect_order(packets[0], "tcp_rcv", "sock_lookup", "tcp_backlog")
    expect_that(int(netns.stages()["tcp_backlog"]["hits"]) - before >= len(packets), "hits",
                len(packets))


@ktap.test
def a_segment_does_not_wait_when_nobody_holds_the_socket():
    # np_nic keeps the request until connect() is over
    rows.nic_set("hold", 1)
    defer(rows.nic_set, "hold", 0)
    listener = rows.server(kind=socket.SOCK_STREAM)
    near = rows.sock("np-c", socket.SOCK_STREAM)
    watch = rows.Watch()
    near.setblocking(False)
    expect("connect()", errno.EINPROGRESS, near.connect_ex((rows.NIC[4], netns.PORT)))
    rows.nic_set("hold", 0)
    listener.accept()[0].close()
    answer = watch.wait(1, sport=netns.PORT, path=lambda path: "tcp_rcv" in path)[0]
    rows.expect_has(answer, "sock_lookup")
    rows.expect_not(answer, "tcp_backlog")


# I19: other protocols

@ktap.each(*VERSIONS)
def ping_is_complete(_, version):
    number, request, reply = {4: (1, 8, 0), 6: (58, 128, 129)}[version]
    watch, events = rows.Watch(), dropmon.Events()
    events.open()
    netns.in_ns("np-c", "ping", "-c1", "-W", ktap.limit(10), netns.SERVER[version])
    kinds = {p.sport >> 8: p for p in watch.wait(3, l4_proto=number, outcome=lambda x: x)}
    rows.expect_order(kinds[request], "sendmsg", "skb_alloc", "ip_output", "dev_xmit", "ip_rcv",
                      "icmp_rcv")
    expect("writer", "ping", kinds[request].writer_comm)
    # some kernels call it a drop of icmpv6_rcv() that they have answered
    drops = sorted(drop.place for drop in events.read() if drop.place.startswith("icmpv6_rcv+"))
    expect("drops by the kernel's event", drops,
           sorted(p.location for p in watch.all() if p.location.startswith("icmpv6_rcv+")))
    expect_that(kinds[request].outcome == "consumed" or drops, "consumed",
                rows.show(kinds[request]))
    got = watch.one(l4_proto=number, outcome="delivered")
    rows.expect_order(got, "ip_rcv", "recvmsg")
    expect("reader, kind", ("ping", reply), (got.reader_comm, got.sport >> 8))
    for packet in (kinds[request], got):
        rows.expect_not(packet, "udp_rcv", "tcp_rcv", "igmp_rcv", "arp_rcv")


@ktap.each(*VERSIONS)
def raw_socket_gets_a_copy(_, version):
    far = rows.sock("np-s", socket.SOCK_RAW, version, 253)
    near = rows.sock("np-c", socket.SOCK_RAW, version, 253)
    watch = rows.Watch()
    near.sendto(b"raw", (netns.SERVER[version], 0))
    far.recv(100)
    packet = watch.one(l4_proto=253, outcome="delivered")
    rows.expect_order(packet, "sendmsg", "dev_xmit", "ip_rcv", "raw_rcv", "sock_enqueue",
                      "recvmsg")
    expect("cookies", (rows.cookie(near), rows.cookie(far)),
           (packet.writer_cookie, packet.reader_cookie))


@ktap.test
def igmp_query_is_consumed():
    near = rows.sock("np-c", socket.SOCK_RAW, proto=2)
    near.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                    socket.inet_aton(netns.CLIENT[4]))
    watch = rows.Watch()
    near.sendto(struct.pack("!BBH4s", 0x11, 100, 0xee9b, bytes(4)), ("224.0.0.1", 0))
    packet = watch.wait(1, l4_proto=2, daddr="224.0.0.1",
                        path=lambda path: "igmp_rcv" in path)[0]
    expect("outcome", "consumed", packet.outcome)
    rows.expect_not(packet, "udp_rcv", "icmp_rcv", "raw_rcv")


@ktap.test
def arp_request_and_reply_are_consumed():
    cmd("ip", "-n", "np-c", "neighbour", "del", rows.NIC[4], "dev", "nic0")
    defer(cmd, "ip", "-n", "np-c", "neighbour", "replace", rows.NIC[4], "lladdr",
          netns.MAC["np-s"], "dev", "nic0", "nud", "permanent")
    watch = rows.Watch()
    rows.send(addr=rows.NIC[4])
    packets = watch.wait(2, eth_proto=0x806, path=lambda path: "arp_rcv" in path)
    expect("outcomes", {"consumed"}, {p.outcome for p in packets})
    expect("devices", {"nic0", "nic1"}, {p.devs[-1].name for p in packets})
    for packet in packets:
        rows.expect_not(packet, "ip_rcv", "udp_rcv", "icmp_rcv")


# I20: receive queue

@ktap.each(*VERSIONS)
def fill_of_the_queue_is_what_the_socket_says(_, version):
    near, far = rows.sock("np-c", version=version), rows.server(version)
    watch, fills = rows.Watch(), []
    for size in (10, 1000, 300):
        fills.append(rows.rmem(far))
        near.sendto(bytes(size), (netns.SERVER[version], netns.PORT))
        ktap.wait_for(10, "queued", lambda: rows.rmem(far) > fills[-1])
    for _ in fills:
        far.recv(2000)
    packets = watch.wait(3, outcome="delivered", dport=netns.PORT)
    expect("fills", fills, [rows.detail(p, "rcvbuf") for p in packets])
    expect_that(fills[0] == 0 < fills[1] < fills[2], "a queue that grows", fills)


@ktap.test
def out_of_order_segment_shows_what_is_missing():
    near, far = rows.connection()
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lost = rows.chain("np-s", "prerouting", f"tcp dport {netns.PORT} ip length 152 counter drop")
    watch, before = rows.Watch(), rows.snmp("np-s")["TcpExtTCPOFOQueue"]
    near.send(b"a" * 100)
    near.send(b"b" * 200)
    ktap.wait_for(10, "the second one is queued",
                  lambda: rows.snmp("np-s")["TcpExtTCPOFOQueue"] > before)
    lost.remove()
    expect("order", b"a" * 100 + b"b" * 200, far.recv(300, socket.MSG_WAITALL))
    early = watch.one(dport=netns.PORT, ip_len=252, outcome=lambda outcome: outcome != "dropped")
    expect("bytes missing", 100, rows.detail(early, "tcp_data_queue"))
    rows.expect_has(early, "recvmsg")


@ktap.test
def segments_in_order_miss_nothing():
    near, far = rows.connection()
    watch = rows.Watch()
    for _ in range(3):
        near.send(b"a" * 100)
        far.recv(100)
    for packet in watch.wait(3, outcome="delivered", dport=netns.PORT):
        expect("bytes missing", [], [s for s in packet.stamps
                                     if s.name == "tcp_data_queue" and s.detail])


# I21: wake-up

@ktap.each(*VERSIONS)
def reader_is_woken_after_the_packet_is_queued(_, version):
    rows.expect_order(rows.journey(version), "sock_enqueue", "sock_wakeup", "recvmsg")


@ktap.test
def nobody_is_woken_for_a_packet_that_does_not_fit():
    near, far = rows.sock("np-c"), rows.server()
    far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    watch = rows.Watch()
    for _ in range(10):
        near.sendto(bytes(1000), (netns.SERVER[4], netns.PORT))
    for packet in watch.wait(5, outcome="dropped", dport=netns.PORT):
        rows.expect_not(packet, "sock_wakeup", "recvmsg")
        expect("reason", netns.drop_reason("SOCKET_RCVBUFF"), packet.reason)


# I22, I23, I24: the call that reads

class Reader(threading.Thread):
    """A thread that is in recv() before anything comes."""

    def __init__(self, far):
        super().__init__(name="np-reader")
        self.far = far
        self.start()
        ktap.wait_for(10, "recv() sleeps", lambda: any(
            word in rows.read(f"/proc/{os.getpid()}/task/{self.native_id}/stack")
            for word in ("skb_wait", "sk_wait", "wait_for_more")))

    def run(self):
        rows.write("/proc/thread-self/comm", "np-reader")
        self.far.recv(1000)


@ktap.each(*VERSIONS)
def call_that_came_later_is_shown(_, version):
    near, far = rows.sock("np-c", version=version), rows.server(version)
    watch = rows.Watch()
    near.sendto(b"x", (netns.SERVER[version], netns.PORT))
    ktap.wait_for(10, "queued", lambda: rows.rmem(far))
    asked = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    far.recv(10)
    packet = delivered(watch)
    rows.expect_order(packet, "sock_enqueue", "lsm_recvmsg", "recv_call", "recvmsg")
    expect("reader", (os.getpid(), rows.read("/proc/self/comm").strip()),
           (packet.reader_pid, packet.reader_comm))
    began = packet.start_ns + rows.stamps(packet, "lsm_recvmsg")[0].offset_ns
    queued = packet.start_ns + rows.stamps(packet, "sock_enqueue")[0].offset_ns
    expect_that(queued < asked < began, "queued, then asked for, then the call", (queued, began))


@ktap.each(*VERSIONS)
def call_that_waited_is_not_shown(_, version):
    near, far = rows.sock("np-c", version=version), rows.server(version)
    far.settimeout(None)
    reader = Reader(far)
    watch = rows.Watch()
    near.sendto(b"x", (netns.SERVER[version], netns.PORT))
    reader.join(ktap.limit(10))
    packet = delivered(watch)
    rows.expect_not(packet, "recv_call", "lsm_recvmsg")
    expect("reader", (os.getpid(), "np-reader"), (packet.reader_pid, packet.reader_comm))


@ktap.test
def security_modules_are_asked_about_packet_and_call():
    packet = rows.journey()
    rows.expect_order(packet, "udp_rcv", "lsm_sock_rcv", "sock_enqueue", "lsm_recvmsg", "recvmsg")
    packet = tcp_journey()[0]
    rows.expect_order(packet, "tcp_rcv", "lsm_sock_rcv", "sock_enqueue", "recvmsg")


@ktap.test
def reading_in_parts_shows_first_and_last_copy():
    near, far = rows.connection()
    watch = rows.Watch()
    near.send(b"x" * 50)
    for size in (10, 20, 5, 15):
        far.recv(size, socket.MSG_WAITALL)
    packet = delivered(watch)
    expect("copies", 2, len(rows.stamps(packet, "recvmsg")))


@ktap.test
def reading_at_once_shows_one_copy():
    packet = tcp_journey()[0]
    expect("copies", 1, len(rows.stamps(packet, "recvmsg")))


@ktap.test
def what_is_not_copied_has_no_copy():
    near, far = rows.connection()
    watch = rows.Watch()
    near.send(b"x" * 50)
    expect("discarded", 50, len(far.recv(50, socket.MSG_TRUNC | socket.MSG_WAITALL)))
    packet = watch.one(outcome="consumed", dport=netns.PORT,
                       path=lambda path: "sock_enqueue" in path)
    rows.expect_not(packet, "recvmsg")
    expect("reader", 0, packet.reader_pid)


def setup():
    netns.pair()
    rows.nics()
    netns.load(stages="all", ring_kib=8192)


if __name__ == "__main__":
    ktap.main(setup)
