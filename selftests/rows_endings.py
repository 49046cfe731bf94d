#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Each way in which a journey ends, and a packet like it that ends in another way."""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import dropmon
import ktap
import netns
import rows
from ktap import expect, expect_that

VERSIONS = (("ipv4", 4), ("ipv6", 6))
CASES = tuple((f"{proto}_ipv{version}", proto, version)
              for proto in ("udp", "tcp") for version in (4, 6))
EXPIRE_MS = 1000
DONT_FRAGMENT_OFF = ((socket.IPPROTO_IP, 10, 0), (socket.IPPROTO_IPV6, 23, 0))


def ends(proto, version):
    if proto == "tcp":
        return rows.connection(version)
    far, near = rows.server(version), rows.sock("np-c", version=version)
    near.connect((netns.SERVER[version], netns.PORT))
    return near, far


# delivered

@ktap.each(*CASES)
def what_is_read_is_delivered_to_its_reader(_, proto, version):
    near, far = ends(proto, version)
    watch = rows.Watch()
    near.send(b"x" * 50)
    far.recv(50)
    packet = watch.one(outcome="delivered", dport=netns.PORT)
    expect("last stage, reader", ("recvmsg", os.getpid()), (packet.path[-1], packet.reader_pid))
    expect("end", packet.stamps[-1].offset_ns, packet.total_ns)


@ktap.each(*CASES)
def what_is_not_read_is_not_delivered(_, proto, version):
    near, far = ends(proto, version)
    watch = rows.Watch()
    near.send(b"x" * 50)
    # with the socket
    ktap.wait_for(10, "queued", lambda: rows.rmem(far))
    far.close()
    packet = watch.wait(1, dport=netns.PORT, path=lambda path: "sock_enqueue" in path)[0]
    expect_that(packet.outcome in ("consumed", "dropped"), "consumed or dropped",
                rows.show(packet))
    expect("reader", 0, packet.reader_pid)
    rows.expect_not(packet, "recvmsg")


# one journey or two

@ktap.each(*VERSIONS)
def over_a_veth_it_is_one_journey(_, version):
    packet = rows.journey(version)
    expect("first and last stage", ("lsm_sendmsg", "recvmsg"), (packet.path[0], packet.path[-1]))
    expect("namespaces", [netns.netns_inode(name) for name in ("np-c", "np-s")],
           [dev.netns for dev in packet.devs])


@ktap.each(("ipv4", 4, "127.0.0.1"), ("ipv6", 6, "::1"))
def over_loopback_it_is_one_journey(_, version, addr):
    near, far = rows.sock("np-s", version=version), rows.server(version)
    watch = rows.Watch()
    near.sendto(b"x", (addr, netns.PORT))
    far.recv(10)
    packet = watch.one(outcome="delivered", dport=netns.PORT)
    expect("first and last stage", ("lsm_sendmsg", "recvmsg"), (packet.path[0], packet.path[-1]))
    expect("devices", {"lo"}, {dev.name for dev in packet.devs})


@ktap.each(*VERSIONS)
def over_a_wire_there_are_two(_, version):
    watch = rows.Watch()
    rows.send(version, rows.NIC[version])
    here = watch.one(outcome="transmitted", dport=netns.PORT)
    there = watch.one(outcome="delivered", dport=netns.PORT)
    expect("last stage here", "tx_complete", here.path[-1])
    expect("first stage there", "softirq_raise", there.path[0])
    expect("devices", (["nic0"], ["nic1"]),
           ([d.name for d in here.devs], [d.name for d in there.devs]))


# transmitted, forwarded

@ktap.each(*VERSIONS)
def what_came_from_here_is_transmitted(_, version):
    watch = rows.Watch()
    rows.send(version, rows.NIC[version])
    packet = watch.one(outcome="transmitted", dport=netns.PORT)
    rows.expect_has(packet, "sendmsg", "tx_complete")
    rows.expect_not(packet, "netif_receive_skb")


@ktap.each(*VERSIONS)
def what_came_from_elsewhere_is_forwarded(_, version):
    far = rows.forwarding(version)
    watch = rows.Watch()
    rows.sock("np-c", version=version).sendto(b"x", (far, 9))
    packet = watch.one(outcome="forwarded", dport=9)
    rows.expect_order(packet, "netif_receive_skb", "ip_forward", "dev_xmit")


# dropped

@ktap.each(*VERSIONS)
def what_the_kernel_drops_has_its_reason_and_place(_, version):
    events = dropmon.Events()
    events.open()
    watch = rows.Watch()
    netns.raw("udp", version, rounds=1, port=7097)
    packet = watch.one(outcome="dropped", dport=7097)
    judge = [(drop.reason, drop.place) for drop in events.read()]
    expect_that((packet.reason, packet.location) in judge, f"one of {judge}",
                (packet.reason, packet.location))
    expect("reason", netns.drop_reason("NO_SOCKET"), packet.reason)


@ktap.each(*VERSIONS)
def what_it_does_not_drop_has_none(_, version):
    packet = rows.journey(version)
    expect("reason, place", ("", "", 0), (packet.reason, packet.location, packet.drop_reason))


# merged

@ktap.each(*VERSIONS)
def segments_that_wait_together_are_merged(_, version):
    near, far = rows.connection(version)
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with rows.Counted("np-s") as counted:
        watch = rows.Watch()
        for size in (100, 200):
            near.send(b"x" * size)
            ktap.wait_for(10, "acknowledged", lambda: near.getsockopt(
                socket.IPPROTO_TCP, socket.TCP_INFO, 104)[24:28] == bytes(4))
        far.recv(300, socket.MSG_WAITALL)
        first = watch.one(outcome="delivered", dport=netns.PORT)
        second = watch.one(outcome="merged", dport=netns.PORT)
    expect("absorber", first.id, second.merged_id)
    expect_that(counted["TcpExtTCPRcvCoalesce"] >= 1, "coalesced by the kernel",
                counted["TcpExtTCPRcvCoalesce"])
    # its data was read all the same
    rows.expect_order(second, "sock_enqueue", "recvmsg")
    expect("reader", os.getpid(), second.reader_pid)


@ktap.each(*VERSIONS)
def segments_that_are_read_one_by_one_are_not(_, version):
    near, far = rows.connection(version)
    watch = rows.Watch()
    for size in (100, 200):
        near.send(b"x" * size)
        far.recv(size, socket.MSG_WAITALL)
    packets = watch.wait(2, outcome="delivered", dport=netns.PORT)
    expect("absorbers", {0}, {p.merged_id for p in packets})
    expect("merged", [], [rows.show(p) for p in watch.all() if p.outcome == "merged"])


# split

def too_large(mtu):
    """A datagram of 1400 bytes that may be cut, to where mtu is what fits."""
    far = rows.forwarding(4, mtu)
    near = rows.sock("np-c")
    near.setsockopt(*DONT_FRAGMENT_OFF[0])
    watch = rows.Watch()
    near.sendto(bytes(1400), (far, 9))
    return watch


@ktap.test
def what_is_cut_while_forwarded_is_split():
    with rows.Counted("np-s") as counted:
        watch = too_large(1000)
        whole = watch.one(outcome="split", dport=9)
        parts = watch.wait(2, outcome="forwarded", parent_id=whole.id)
    expect("fragments, by the kernel and here", (2, 2), (counted["IpFragCreates"], len(parts)))
    expect("last stage", "ip_fragment", whole.path[-1])


@ktap.test
def what_fits_is_not_split():
    watch = too_large(1500)
    packet = watch.one(outcome="forwarded", dport=9)
    rows.expect_not(packet, "ip_fragment")
    expect("parent", 0, packet.parent_id)


# consumed

@ktap.each(*VERSIONS)
def acknowledgement_is_consumed_and_data_is_not(_, version):
    near, far = rows.connection(version)
    watch = rows.Watch()
    near.send(b"x" * 50)
    far.recv(50)
    data = watch.one(dport=netns.PORT)
    answer = watch.one(sport=netns.PORT)
    expect("outcomes", ("delivered", "consumed"), (data.outcome, answer.outcome))
    rows.expect_has(answer, "tcp_rcv", "tcp_established")
    rows.expect_not(answer, "sock_enqueue", "recvmsg")


# expired

@ktap.each(*VERSIONS)
def what_is_left_in_a_socket_expires(_, version):
    netns.load(stages="all", ring_kib=8192, expire_ms=EXPIRE_MS)
    watch = rows.Watch()
    near, far = rows.send(version, read=False)
    packet = watch.one(outcome="expired", dport=netns.PORT)
    expect("last stages", ["sock_enqueue", "sock_wakeup"], packet.path[-2:])
    expect_that(packet.total_ns >= EXPIRE_MS * 10**6, "at least the limit", packet.total_ns)
    expect("counted", 1, netns.stats()["expired"])
    expect("packets in the socket", 100, len(far.recv(1000)))
    near.close()


@ktap.each(*VERSIONS)
def what_is_read_in_time_does_not(_, version):
    netns.load(stages="all", ring_kib=8192, expire_ms=3600000)
    watch = rows.Watch()
    rows.send(version)
    watch.one(outcome="delivered", dport=netns.PORT)
    expect("counted", 0, netns.stats()["expired"])


def setup():
    netns.pair()
    rows.nics()
    netns.load(stages="all", ring_kib=8192)


if __name__ == "__main__":
    ktap.main(setup)
