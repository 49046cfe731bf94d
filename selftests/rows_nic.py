#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: --nics
"""What comes before the stack and after it: interrupt, poll, memory, GRO, the driver both ways."""
import os
import re
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import rows
from ktap import cmd, defer, expect, expect_that
from nic import MSS, WAYS, bulk, counter, way

VERSIONS = (("ipv4", 4), ("ipv6", 6))
# SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE
SO_TIMESTAMPING, HARDWARE = 37, 1 << 2 | 1 << 6


def interrupts(name):
    """How often the interrupts of a device were handled."""
    found = 0
    for line in rows.read("/proc/interrupts").splitlines():
        words = line.split()
        if words[-1].startswith(name):
            found += sum(int(word) for word in words[1:1 + os.cpu_count()])
    return found


def net_rx():
    line = [x for x in rows.read("/proc/softirqs").splitlines() if "NET_RX" in x][0]
    return sum(map(int, line.split()[1:]))


# I1: the NIC's own receive time

def hardware_time(far):
    """The NIC's time of the next datagram, as the socket's owner gets it; 0: none."""
    for level, kind, raw in far.recvmsg(1000, 500)[1]:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
            times = struct.unpack("=6q", raw)
            return times[4] * 10**9 + times[5]
    return 0


@ktap.each(*WAYS)
def receive_time_of_the_nic_is_what_the_socket_gets(_, how):
    way(how)
    rows.nic_set("stamp", 7_000_000_123)
    defer(rows.nic_set, "stamp", 0)
    watch = rows.Watch()
    near, far = rows.sock("np-c"), rows.server()
    far.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, HARDWARE)
    near.sendto(b"x", (rows.NIC[4], netns.PORT))
    told = hardware_time(far)
    expect("the socket's time", 7_000_000_123, told)
    packet = watch.one(outcome="delivered", dport=netns.PORT)
    expect("the record's time", told, packet.hw_time_ns)
    rows.expect_has(packet, "driver_rx")


@ktap.each(*WAYS)
def a_nic_that_gives_no_time_has_none_in_the_record(_, how):
    way(how)
    expect("time", 0, rows.journey(addr=rows.NIC[4]).hw_time_ns)


@ktap.test
def veth_gives_no_receive_time():
    packet = rows.journey()
    expect("time", 0, packet.hw_time_ns)
    rows.expect_not(packet, "driver_rx")


# I2: interrupt, softirq, poll

def irq_events():
    """Interrupts seen by ftrace: (time in ns, CPU, name)."""
    found = []
    for line in cmd("trace-cmd", "show").splitlines():
        match = re.search(r"\[(\d+)\].* ([\d.]+): irq_handler_entry: irq=\d+ name=(\S+)", line)
        if match:
            cpu, seconds, name = match.groups()
            found.append((round(float(seconds) * 1e9), int(cpu), name))
    return found


@ktap.test
def interrupt_softirq_and_poll_come_before_a_packet_of_the_nic():
    rows.virtio()
    rows.journey(addr=rows.VIRTIO[4])
    defer(cmd, "trace-cmd", "reset")
    cmd("trace-cmd", "start", "-C", "mono", "-e", "irq:irq_handler_entry")
    before = interrupts("virtio"), net_rx()
    packet = rows.journey(addr=rows.VIRTIO[4])
    after = interrupts("virtio"), net_rx()
    cmd("trace-cmd", "stop")
    expect_that(after[0] > before[0] and after[1] > before[1],
                "more interrupts and receive softirqs by /proc", (before, after))
    expect("first stages", ["irq", "softirq_raise", "napi_poll"], packet.path[:3])
    rows.expect_order(packet, "napi_poll", "driver_rx", "netif_receive_skb", "recvmsg")
    rows.expect_times(packet)
    # ftrace, called for the same interrupt, saw that it was the NIC's
    cpu, time = packet.stamps[0].cpu, packet.start_ns
    events = [event for event in irq_events() if event[1] == cpu]
    nearest = min(events, key=lambda event: abs(event[0] - time))
    expect_that("input" in nearest[2], "the interrupt of the receive queue",
                (time, [e for e in events if abs(e[0] - time) < 10**7]))


@ktap.test
def a_poll_that_no_interrupt_asked_for_has_none():
    packet = rows.journey(addr=rows.NIC[4])
    expect("first stages", ["softirq_raise", "napi_poll"], packet.path[:2])
    rows.expect_not(packet, "irq")


@ktap.test
def on_a_veth_softirq_and_poll_come_after_transmission():
    packet = rows.journey()
    rows.expect_order(packet, "sendmsg", "dev_xmit", "netif_rx", "softirq_raise", "napi_poll",
                      "netif_receive_skb")
    rows.expect_not(packet, "irq")


@ktap.test
def an_answer_made_in_a_poll_does_not_begin_with_that_poll():
    near, _far = rows.sock("np-c", socket.SOCK_RAW, proto=socket.IPPROTO_ICMP), None
    watch = rows.Watch()
    near.sendto(struct.pack("!BBHHH", 8, 0, 0xf7ff - 7, 0, 7), (rows.NIC[4], 0))
    answer = watch.one(l4_proto=1, outcome="transmitted", writer_pid=0)
    expect("first stage of the answer", "skb_alloc", answer.path[0])


# I3: memory

@ktap.each(*WAYS)
def memory_of_a_received_packet_is_allocated_in_the_poll(_, how):
    way(how)
    packet = rows.journey(addr=rows.NIC[4])
    rows.expect_order(packet, "napi_poll", "skb_alloc", "driver_rx", "ip_rcv", "recvmsg")


@ktap.test
def memory_of_a_datagram_is_allocated_in_the_call():
    packet = rows.journey()
    rows.expect_order(packet, "sendmsg", "skb_alloc", "udp_send", "ip_send_skb", "recvmsg")


@ktap.test
def memory_that_is_no_packet_is_counted_and_has_no_record():
    watch, before = rows.Watch(), netns.stats()
    for _ in range(5):
        netns.in_ns("np-c", "ip", "link", "show")
    ktap.wait_for(10, "more unseen", lambda: netns.stats()["unseen"] >= before["unseen"] + 5)
    expect("journeys that are an allocation", [],
           [rows.show(p) for p in watch.all() if p.path == ["skb_alloc"]])


@ktap.test
def a_datagram_is_not_unseen():
    before = netns.stats()["births"], netns.stats()["unseen"]
    rows.journey(addr=rows.NIC[4])
    after = netns.stats()["births"], netns.stats()["unseen"]
    # as others may allocate: those born are two more than those unseen
    expect_that(after[0] - before[0] >= after[1] - before[1] + 2, "two packets", (before, after))


# I4: GRO

@ktap.each(*WAYS[1:])
def what_gro_merges_is_linked_to_what_absorbed_it(_, how):
    way(how)
    watch, packets, to_ip = bulk()
    expect_that(packets >= 5 > to_ip, "fewer packets at IP than at the NIC", (packets, to_ip))
    gone = watch.wait(packets - to_ip, outcome="merged",
                      path=lambda path: path[-1] == "gro_receive")
    expect("merged by GRO: arrived at the NIC, but not at IP", packets - to_ip, len(gone))
    into = {p.merged_id for p in gone}
    # TCP may append one to another that waits in the receive queue
    whole = {p.id for p in watch.wait(len(into), dport=netns.PORT,
                                      outcome=lambda outcome: outcome in ("delivered", "merged"),
                                      id=lambda number: number in into)
             if p.path[-1] == "recvmsg"}
    expect("absorbers that were not read", set(), into - whole)
    expect("ports", {netns.PORT}, {p.dport for p in gone})
    for packet in gone:
        rows.expect_order(packet, "napi_poll", "driver_rx", "gro_receive")


@ktap.test
def without_gro_nothing_is_merged_before_ip():
    watch, packets, to_ip = bulk()
    expect("packets at IP", packets, to_ip)
    got = watch.wait(5, path=lambda path: "tcp_rcv" in path, dport=netns.PORT)
    for packet in got:
        rows.expect_not(packet, "gro_receive")
        rows.expect_order(packet, "driver_rx", "ip_rcv")
    expect("packets that did not come to IP", [], [rows.show(p) for p in watch.all()
                                                  if p.path[-1] in ("driver_rx", "gro_receive")])


# E15: segmentation

@ktap.test
def segments_are_linked_to_the_packet_that_was_cut():
    before = counter("np-c", "nic0", "tx_packets")
    watch, _packets, _to_ip = bulk()
    sent = counter("np-c", "nic0", "tx_packets") - before
    split = watch.wait(1, outcome="split")
    parts = watch.wait(sum(p.ip_len - 52 + MSS - 1 for p in split) // MSS, outcome="transmitted",
                       parent_id=lambda number: number in {p.id for p in split})
    expect_that(len(parts) <= sent, "no more than the NIC sent", (len(parts), sent))
    expect("payload of the segments", sum(p.ip_len - 52 for p in split), MSS * len(parts))
    for packet in parts:
        rows.expect_order(packet, "sendmsg", "tcp_transmit", "dev_queue", "dev_xmit")


@ktap.test
def a_write_of_one_segment_is_not_cut():
    watch, _packets, _to_ip = bulk(MSS)
    watch.wait(1, outcome="transmitted", dport=netns.PORT)
    expect("split", [], [rows.show(p) for p in watch.all() if p.outcome == "split"])


# E16: the driver

@ktap.test
def a_busy_driver_gets_the_packet_again():
    rows.nic_set("busy", 3)
    refused = rows.nic_get("refused")
    watch = rows.Watch()
    rows.send(addr=rows.NIC[4])
    packet = watch.one(outcome="transmitted", dport=netns.PORT)
    expect("refused by the driver", 3, rows.nic_get("refused") - refused)
    expect("times handed over", 4, len(rows.stamps(packet, "dev_xmit")))
    expect("times taken from the queue", 4, len(rows.stamps(packet, "qdisc_xmit")))
    rows.expect_order(packet, "dev_xmit", "qdisc_xmit", "dev_xmit", "dev_xmit_done")


@ktap.test
def a_driver_that_is_not_busy_gets_it_once():
    watch = rows.Watch()
    rows.send(addr=rows.NIC[4])
    packet = watch.one(outcome="transmitted", dport=netns.PORT)
    rows.expect_order(packet, "dev_queue", "qdisc_xmit", "dev_xmit", "dev_xmit_done",
                      "tx_complete")
    for name in ("dev_xmit", "dev_xmit_done", "qdisc_xmit", "tx_complete"):
        expect("times " + name, 1, len(rows.stamps(packet, name)))


# E17: release after transmission

@ktap.test
def a_packet_is_with_the_nic_until_it_was_sent():
    watch = rows.Watch()
    rows.nic_set("hold", 1)
    defer(rows.nic_set, "hold", 0)
    before = rows.send(addr=rows.NIC[4], read=False)
    expect("ends while it is on the wire", [], [rows.show(p) for p in watch.all()
                                               if p.dport == netns.PORT])
    rows.nic_set("hold", 0)
    before[1].recv(1000)
    packet = watch.one(outcome="transmitted", dport=netns.PORT)
    expect("last stage", "tx_complete", packet.path[-1])
    arrived = watch.one(outcome="delivered", dport=netns.PORT)
    done = packet.start_ns + packet.stamps[-1].offset_ns
    expect_that(done > arrived.start_ns, "released after it arrived", (done, arrived.start_ns))


@ktap.test
def virtio_releases_what_it_sent():
    rows.virtio()
    watch = rows.Watch()
    near, far = rows.sock("np-c"), rows.server()
    for _ in range(5):
        near.sendto(b"x", (rows.VIRTIO[4], netns.PORT))
        far.recv(10)
    packet = watch.wait(1, outcome="transmitted", dport=netns.PORT)[0]
    rows.expect_order(packet, "dev_xmit", "dev_xmit_done", "tx_complete")


@ktap.test
def a_veth_releases_nothing():
    rows.expect_not(rows.journey(), "tx_complete")


def setup():
    netns.pair()
    rows.nics()
    netns.load(stages="all", ring_kib=8192)


if __name__ == "__main__":
    ktap.main(setup)
