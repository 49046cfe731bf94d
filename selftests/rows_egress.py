#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Stages of a packet that is sent, from the process that writes it to the driver."""
import os
import re
import socket
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import rows
import tracefs
from ktap import cmd, defer, expect, expect_that

VERSIONS = (("ipv4", 4), ("ipv6", 6))
CASES = tuple((f"{proto}_ipv{version}", proto, version)
              for proto in ("udp", "tcp") for version in (4, 6))
ESTABLISHED, CLOSE = 1, 7
CALL = "lsm_sendmsg sock_sendmsg sendmsg".split()
NONE, REACHABLE, STALE = 0, 2, 4


def ends(proto, version):
    """A socket that sends to the other."""
    if proto == "tcp":
        return rows.connection(version)
    far, near = rows.server(version), rows.sock("np-c", version=version)
    near.connect((netns.SERVER[version], netns.PORT))
    return near, far


def sent(near, far, data=b"x" * 50):
    """The journey of data that was sent and read."""
    watch = rows.Watch()
    near.sendall(data)
    far.recv(len(data), socket.MSG_WAITALL)
    packet = watch.one(outcome="delivered", dport=netns.PORT)
    watch.close()
    return packet


def now():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


# E1, E3: the call

@ktap.each(*CASES)
def call_and_process_that_wrote_are_shown(_, proto, version):
    near, far = ends(proto, version)
    packet = sent(near, far)
    expect("first stages", CALL, packet.path[:3])
    expect("writer", (os.getpid(), rows.read("/proc/self/comm").strip()),
           (packet.writer_pid, packet.writer_comm))
    rows.expect_times(packet)


@ktap.test
def another_process_is_told_apart():
    near, far = ends("udp", 4)
    watch = rows.Watch()
    child = os.fork()
    if not child:
        rows.write("/proc/self/comm", "np-other")
        near.send(b"x")
        os._exit(0)
    os.waitpid(child, 0)
    far.recv(10)
    packet = watch.one(outcome="delivered", dport=netns.PORT)
    expect("writer", (child, "np-other"), (packet.writer_pid, packet.writer_comm))


@ktap.test
def packet_of_the_kernel_has_no_call_and_no_process():
    watch = rows.Watch()
    near, _far = rows.connection()
    for packet in watch.wait(3, l4_proto=6):
        rows.expect_not(packet, *CALL)
        expect("writer", (0, ""), (packet.writer_pid, packet.writer_comm))
    near.close()


# E2: the socket

@ktap.each(*CASES)
def cookie_and_state_are_those_of_the_socket(_, proto, version):
    near, far = ends(proto, version)
    packet = sent(near, far)
    expect("cookies of writer and reader", (rows.cookie(near), rows.cookie(far)),
           (packet.writer_cookie, packet.reader_cookie))
    expect("state", ESTABLISHED, packet.sock_state)


@ktap.test
def socket_that_is_not_connected_has_that_state():
    expect("state", CLOSE, rows.journey().sock_state)


@ktap.each(*CASES)
def age_is_the_time_since_the_socket_was_made(_, proto, version):
    before = now()
    near, far = ends(proto, version)
    made = now()
    ktap.wait_for(10, "some time", lambda: now() > made + 30_000_000)
    packet = sent(near, far)
    # when the call began, and when all was over
    first, last = packet.start_ns, packet.start_ns + packet.total_ns
    expect_that(first - made <= packet.sock_age_ns <= last - before,
                f"{first - made} ns to {last - before} ns", packet.sock_age_ns)


@ktap.test
def packet_without_a_call_has_no_age():
    watch = rows.Watch()
    rows.connection()
    expect("ages", {0}, {p.sock_age_ns for p in watch.wait(3, l4_proto=6)})


# E4, E5: TCP

@ktap.test
def each_segment_has_the_call_of_its_first_byte():
    near, far = rows.connection()
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    watch = rows.Watch()

    def write(name):
        rows.write("/proc/thread-self/comm", name)
        near.send(b"x" * 100)
    for name in ("np-one", "np-two"):
        writer = threading.Thread(target=write, args=(name,))
        writer.start()
        writer.join()
        far.recv(100, socket.MSG_WAITALL)
    packets = sorted(watch.wait(2, outcome="delivered", dport=netns.PORT),
                     key=lambda p: p.tcp_seq)
    expect("writers", ["np-one", "np-two"], [p.writer_comm for p in packets])
    expect("distance in sequence", 100, packets[1].tcp_seq - packets[0].tcp_seq)


@ktap.test
def bytes_of_a_later_call_in_the_same_segment_do_not_change_the_writer():
    near, far = rows.connection()
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    watch = rows.Watch()

    def write(name):
        rows.write("/proc/thread-self/comm", name)
        near.send(b"x" * 100)
    for name in ("np-one", "np-two"):
        writer = threading.Thread(target=write, args=(name,))
        writer.start()
        writer.join()
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
    far.recv(200, socket.MSG_WAITALL)
    packet = watch.one(outcome="delivered", dport=netns.PORT)
    expect("writer, length", ("np-one", 200 + 52), (packet.writer_comm, packet.ip_len))


def tcp_info(near):
    raw = near.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    words = struct.unpack_from("=24I", raw, 8)
    # tcpi_rtt, tcpi_snd_cwnd
    return words[15], words[18]


@ktap.test
def congestion_window_and_round_trip_are_those_of_the_socket():
    near, far = rows.connection()
    sent(near, far)
    # the answer to that one is there when the next one goes
    ktap.wait_for(10, "acknowledged", lambda: near.getsockopt(
        socket.IPPROTO_TCP, socket.TCP_INFO, 104)[24:28] == bytes(4))
    srtt, cwnd = tcp_info(near)
    packet = sent(near, far)
    expect("cwnd, srtt, in flight", (cwnd, srtt, 0),
           (packet.tcp_cwnd, packet.tcp_srtt_us, packet.tcp_unacked))


@ktap.test
def datagram_has_neither_window_nor_round_trip():
    packet = rows.journey()
    expect("cwnd, srtt, in flight, sequence", (0, 0, 0, 0),
           (packet.tcp_cwnd, packet.tcp_srtt_us, packet.tcp_unacked, packet.tcp_seq))


@ktap.test
def what_was_lost_and_sent_again_is_linked():
    near, far = rows.connection()
    lost = rows.chain("np-s", "prerouting", f"tcp dport {netns.PORT} counter drop")
    watch = rows.Watch()
    near.send(b"x" * 50)
    first = watch.wait(1, outcome="dropped", dport=netns.PORT, flags=lambda flags: not flags & 8)
    lost.remove()
    far.recv(50, socket.MSG_WAITALL)
    again = watch.wait(1, outcome="delivered", dport=netns.PORT)[0]
    expect("flag, parent, sequence", (8, first[0].parent_id, first[0].tcp_seq),
           (again.flags & 8, again.parent_id, again.tcp_seq))
    expect_that(again.parent_id, "a parent", again.parent_id)


@ktap.test
def what_was_not_lost_is_sent_once():
    near, far = rows.connection()
    expect("flag", 0, sent(near, far).flags & 8)


@ktap.test
def segment_waits_in_the_write_queue_for_the_window():
    near, far = rows.connection()
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    watch = rows.Watch()
    near.send(b"x" * 50)
    written = now()
    ktap.wait_for(10, "some time", lambda: now() > written + 20_000_000)
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
    far.recv(50, socket.MSG_WAITALL)
    packet = watch.one(outcome="delivered", dport=netns.PORT)
    wait = rows.stamps(packet, "tcp_transmit")[0].offset_ns
    expect_that(wait > 20_000_000, "more than 20 ms from call to transmission", wait)
    expect_that(packet.start_ns < written, "the call before that", packet.start_ns)


# E6 to E10: transport and IP

SENT = {"udp": "udp_send ip_send_skb ip_local_out ip_output ip_finish_output neigh_output",
        "tcp": "tcp_transmit ip_queue_xmit ip_local_out ip_output ip_finish_output neigh_output"}


@ktap.each(*CASES)
def transport_and_ip_are_passed_in_order(_, proto, version):
    near, far = ends(proto, version)
    key = {4: "IpOutRequests", 6: "Ip6OutRequests"}[version]
    with rows.Counted("np-c") as counted:
        packet = sent(near, far)
    want = SENT[proto].split()
    if (proto, version) == ("tcp", 6):
        want.remove("ip_local_out")
    rows.expect_order(packet, "sendmsg", *want, "dev_queue", "dev_xmit")
    expect_that(counted[key] > 0, "packets sent by the kernel", counted[key])
    other = set(SENT["udp" if proto == "tcp" else "tcp"].split()) - set(SENT[proto].split())
    rows.expect_not(packet, *other)


@ktap.each(*VERSIONS)
def route_is_looked_up_for_a_socket_that_is_not_connected(_, version):
    packet = rows.journey(version)
    rows.expect_order(packet, "sendmsg", "route_output", "udp_send")
    route = cmd("ip", "-n", "np-c", "route", "get", netns.SERVER[version])
    expect("device, by ip route get", re.search(r"dev (\S+)", route)[1], packet.devs[0].name)


@ktap.each(*CASES)
def route_of_a_connected_socket_is_cached(_, proto, version):
    near, far = ends(proto, version)
    sent(near, far)
    rows.expect_not(sent(near, far), "route_output")


@ktap.each(*VERSIONS)
def large_datagram_is_cut_into_linked_fragments(_, version):
    key = {4: "IpFragCreates", 6: "Ip6FragCreates"}[version]
    with rows.Counted("np-c") as counted:
        watch = rows.Watch()
        rows.send(version, size=4000)
        last = watch.one(outcome="delivered", dport=netns.PORT)
        watch.wait(3, daddr=netns.SERVER[version], outcome="merged")
    expect("fragments by the kernel", 3, counted[key])
    # the socket has made it in pieces, of which the first is the whole until then
    first = [p for p in watch.all() if p.id == last.parent_id]
    expect_that(len(first) == 1, "the first fragment", "\n".join(map(rows.show, watch.all())))
    parts = [p for p in watch.all() if p.parent_id == first[0].id] + first
    expect("fragments that are linked", 3, len(parts))
    for packet in parts:
        rows.expect_order(packet, "sendmsg", "ip_fragment", "neigh_output", "dev_xmit")


@ktap.each(*VERSIONS)
def fragments_are_transmitted(_, version):
    """The first of them, too, which was the whole."""
    watch = rows.Watch()
    rows.send(version, rows.NIC[version], 4000)
    parts = [p for p in watch.wait(3, path=lambda path: "ip_fragment" in path)]
    expect("outcomes", ["transmitted"] * 3, [p.outcome for p in parts])
    expect("parents", 1, len({p.parent_id for p in parts if p.parent_id}))


@ktap.each(*VERSIONS)
def small_datagram_is_not_cut(_, version):
    rows.expect_not(rows.journey(version), "ip_fragment")


# E12: neighbour

def forget():
    cmd("ip", "-n", "np-c", "neighbour", "del", rows.NIC[4], "dev", "nic0")
    defer(cmd, "ip", "-n", "np-c", "neighbour", "replace", rows.NIC[4], "lladdr",
          netns.MAC["np-s"], "dev", "nic0", "nud", "permanent")


def to_nic():
    watch = rows.Watch()
    for made in rows.send(addr=rows.NIC[4]):
        made.close()
    return watch, watch.one(outcome="transmitted", dport=netns.PORT, parent_id=0)


@ktap.test
def packet_waits_for_the_neighbours_address():
    forget()
    watch, packet = to_nic()
    expect("state", NONE, rows.detail(packet, "neigh_wait"))
    rows.expect_order(packet, "neigh_output", "neigh_resolve", "neigh_wait", "neigh_resolve",
                      "dev_queue")
    reply = watch.wait(1, eth_proto=0x806, path=lambda path: "arp_rcv" in path,
                       devs=lambda devs: devs[-1].name == "nic0")[0]
    told = reply.start_ns + rows.stamps(reply, "arp_rcv")[0].offset_ns
    waited, gone = (packet.start_ns + rows.stamps(packet, name)[0].offset_ns
                    for name in ("neigh_wait", "dev_queue"))
    expect_that(waited < told < gone, "waited, then ARP's answer, then sent", (waited, told, gone))
    expect_that("REACHABLE" in cmd("ip", "-n", "np-c", "neighbour", "show", rows.NIC[4]),
                "reachable", cmd("ip", "-n", "np-c", "neighbour", "show", rows.NIC[4]))


@ktap.test
def packet_does_not_wait_for_an_address_that_is_stale():
    cmd("ip", "-n", "np-c", "neighbour", "replace", rows.NIC[4], "lladdr", netns.MAC["np-s"],
        "dev", "nic0", "nud", "stale")
    defer(cmd, "ip", "-n", "np-c", "neighbour", "replace", rows.NIC[4], "lladdr",
          netns.MAC["np-s"], "dev", "nic0", "nud", "permanent")
    _watch, packet = to_nic()
    expect("state", STALE, rows.detail(packet, "neigh_wait"))
    expect("times that the address was looked for", 1, len(rows.stamps(packet, "neigh_resolve")))


@ktap.test
def packet_to_a_neighbour_that_is_known_does_not_wait():
    to_nic()
    _watch, packet = to_nic()
    rows.expect_order(packet, "neigh_output", "dev_queue")
    rows.expect_not(packet, "neigh_wait", "neigh_resolve")


# E13, E14: device and qdisc

def qdisc(*words):
    """A qdisc of vc; what "tc -s" says of it."""
    netns.in_ns("np-c", "tc", "qdisc", "replace", "dev", "vc", "root", *words)
    defer(netns.in_ns, "np-c", "tc", "qdisc", "replace", "dev", "vc", "root", "noqueue")
    return lambda: int(re.search(r"Sent \d+ bytes (\d+) pkt", netns.in_ns(
        "np-c", "tc", "-s", "qdisc", "show", "dev", "vc"))[1])


@ktap.each(("netem", "netem", "delay", "5ms"),
           ("tbf", "tbf", "rate", "1gbit", "burst", "100k", "latency", "50ms"))
def kind_and_handle_of_the_qdisc_are_shown(kind, *words):
    passed = qdisc("handle", "7:", *words)
    before = passed()
    packet = rows.journey()
    expect("kind", kind, packet.qdisc)
    expect("handle", 7 << 16, rows.detail(packet, "qdisc_enqueue"))
    rows.expect_order(packet, "dev_queue", "qdisc_enqueue", "qdisc_xmit", "dev_xmit")
    expect("bypass", 0, rows.detail(packet, "qdisc_xmit"))
    expect("packets that passed the qdisc", 1, passed() - before)


@ktap.each(("pfifo_fast",), ("pfifo",), ("fq_codel",))
def empty_queue_may_be_bypassed_of(kind):
    passed = qdisc("handle", "8:", kind)
    before = passed()
    # not on every kernel: ftrace tells
    trace = tracefs.Trace()
    trace.functions(kind + "_enqueue")
    trace.begin()
    packet = rows.journey()
    bypass = not trace.lines()
    expect("bypass", int(bypass), rows.detail(packet, "qdisc_xmit"))
    expect("put into the queue", not bypass, "qdisc_enqueue" in packet.path)
    expect("kind", kind, packet.qdisc)
    expect("packets that passed the qdisc", 1, passed() - before)


@ktap.test
def device_without_a_queue_has_no_qdisc():
    packet = rows.journey()
    rows.expect_order(packet, "dev_queue", "dev_xmit")
    rows.expect_not(packet, "qdisc_enqueue", "qdisc_xmit")
    expect("kind, device", ("", "vc"), (packet.qdisc, packet.devs[0].name))


@ktap.test
def driver_of_a_veth_returns_before_the_packet_is_received():
    packet = rows.journey()
    rows.expect_order(packet, "dev_xmit", "dev_xmit_done")
    expect("times", 1, len(rows.stamps(packet, "dev_xmit_done")))


def setup():
    rows.modules("sch_netem", "sch_tbf", "sch_fq_codel")
    netns.pair()
    rows.nics()
    netns.load(stages="all", ring_kib=8192)


if __name__ == "__main__":
    ktap.main(setup)
