#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Stages of a received packet, from the stack's entry to its transport protocol."""
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
from tracefs import Trace

VERSIONS = (("ipv4", 4), ("ipv6", 6))
FAMILY = {4: 2, 6: 10}
THIS_HOST, BROADCAST, MULTICAST, OTHERHOST = range(4)


def frame(mac, dest="10.77.0.2", proto=17, payload=bytes(30)):
    """Send an Ethernet frame with an IPv4 packet from np-c."""
    near = rows.sock("np-c", socket.SOCK_RAW, family=socket.AF_PACKET)
    near.bind(("vc", 0x800))
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, proto, 0,
                       socket.inet_aton(netns.CLIENT[4]), socket.inet_aton(dest))
    total = sum(struct.unpack("!10H", head))
    total = ~((total & 0xffff) + (total >> 16)) & 0xffff
    head = head[:10] + struct.pack("!H", total) + head[12:]
    macs = bytes.fromhex((mac + netns.MAC["np-c"]).replace(":", ""))
    near.send(macs + b"\x08\x00" + head + payload)


def udp_to(port):
    return struct.pack("!HHHH", 4444, port, 30, 0) + bytes(22)


# I5: entry to the stack

@ktap.test
def veth_goes_by_the_backlog():
    packet = rows.journey()
    rows.expect_order(packet, "dev_xmit", "netif_rx", "backlog_enqueue", "netif_receive_skb")


@ktap.each(("netif_receive_skb", 0), ("napi_gro_receive", 1))
def a_nic_goes_without_the_backlog(_, way):
    rows.nic_set("way", way)
    defer(rows.nic_set, "way", 0)
    packet = rows.journey(addr=rows.NIC[4])
    rows.expect_not(packet, "netif_rx", "backlog_enqueue")
    rows.expect_order(packet, "driver_rx", "netif_receive_skb", "ip_rcv")


def rps(cpus):
    """Give received packets to some CPUs; what they have been sent by others."""
    path = "/sys/class/net/vs/queues/rx-0/rps_cpus"
    netns.in_ns("np-s", "sh", "-c", f"echo {cpus} >{path}")


def received_rps(cpu):
    """Interrupts that other CPUs sent to this one for packets; on kernels that wake a thread
    instead, as realtime ones do, and count no interrupt, the packets that it took."""
    column = 0 if cmd("pgrep", "-x", f"backlog_napi/{cpu}", check=False).stdout else 9
    for number, line in enumerate(rows.read("/proc/net/softnet_stat").splitlines()):
        words = line.split()
        if (int(words[12], 16) if len(words) > 12 else number) == cpu:
            return int(words[column], 16)
    return 0


def on_cpu(cpu):
    os.sched_setaffinity(0, {cpu})
    defer(os.sched_setaffinity, 0, range(os.cpu_count()))


@ktap.test
def with_rps_the_detail_is_the_cpu_it_goes_to():
    if os.cpu_count() < 2:
        raise ktap.Skip("one processor")
    on_cpu(0)
    rps("2")
    defer(rps, "0")
    before = received_rps(1)
    packet = rows.journey()
    expect_that(received_rps(1) > before, "CPU 1 was asked by softnet_stat", received_rps(1))
    expect("CPU", 1, rows.detail(packet, "backlog_enqueue"))
    expect("CPU of the next stages", {1},
           {s.cpu for s in packet.stamps if s.name in ("netif_receive_skb", "ip_rcv", "udp_rcv")})
    expect("CPU of netif_rx", 0, rows.stamps(packet, "netif_rx")[0].cpu)


@ktap.test
def without_rps_it_stays_where_it_is():
    on_cpu(0)
    packet = rows.journey()
    expect("CPU", 0, rows.detail(packet, "backlog_enqueue"))
    expect("CPUs", {0}, {s.cpu for s in packet.stamps})


# I6: MAC address

@ktap.each(("another_host", "02:00:00:00:99:99", OTHERHOST),
           ("all", "ff:ff:ff:ff:ff:ff", BROADCAST),
           ("some", "01:00:5e:01:02:03", MULTICAST),
           ("this_host", netns.MAC["np-s"], THIS_HOST))
def packet_type_tells_that_a_frame_is_for(_, mac, kind):
    watch = rows.Watch()
    frame(mac, payload=udp_to(7099))
    packet = watch.one(l4_proto=17, dport=7099, path=lambda path: "netif_receive_skb" in path)
    expect("packet type", kind, packet.pkt_type)
    rows.expect_has(packet, "eth_type_trans")
    if kind == OTHERHOST:
        expect("outcome", "dropped", packet.outcome)
        expect("reason", netns.drop_reason("OTHERHOST"), packet.reason)
        expect("last stage", "ip_rcv", packet.path[-1])
    else:
        expect_that(packet.reason != "OTHERHOST" and "ip_rcv_finish" in packet.path,
                    "not dropped for its address", rows.show(packet))


# I7: VLAN

def vlan(accelerated):
    """VLAN 5 between the namespaces, with or without the help of the device."""
    word = "on" if accelerated else "off"
    for name, dev in (("np-c", "vc"), ("np-s", "vs")):
        netns.in_ns(name, "ethtool", "-K", dev, "txvlan", word)
        cmd("ip", "-n", name, "link", "add", dev + ".5", "link", dev, "type", "vlan", "id", 5)
        defer(cmd, "ip", "-n", name, "link", "del", dev + ".5")
    rows.join((("np-c", "vc.5"), ("np-s", "vs.5")), 75)


@ktap.each(("accelerated", True), ("in_band", False))
def vlan_id_and_device_are_shown_when(_, accelerated):
    vlan(accelerated)
    packet = rows.journey(addr="10.75.0.2")
    expect("id on transmission", 5, rows.detail(packet, "vlan_tx"))
    expect("id on reception", 5, rows.detail(packet, "vlan_rx"))
    expect("flag and tag", (32, 5), (packet.flags & 32, packet.vlan_tci & 0xfff))
    expect("devices", ["vc.5", "vc", "vs", "vs.5"], [d.name for d in packet.devs])
    rows.expect_order(packet, "sendmsg", "vlan_tx", "dev_xmit", "netif_receive_skb", "vlan_rx",
                      "ip_rcv")
    expect_that(int(netns.in_ns("np-s", "cat", "/sys/class/net/vs.5/statistics/rx_packets")) > 0,
                "packets received by the VLAN's device", "none")


@ktap.test
def without_a_vlan_there_is_none():
    packet = rows.journey()
    rows.expect_not(packet, "vlan_tx", "vlan_rx")
    expect("flag and tag", (0, 0), (packet.flags & 32, packet.vlan_tci))


# I8: tc, bridge, taps

def tc_filter(name, dev, direction, action="ok"):
    """All datagrams pass a filter; how many did."""
    netns.in_ns(name, "tc", "qdisc", "replace", "dev", dev, "clsact")
    defer(netns.in_ns, name, "tc", "qdisc", "del", "dev", dev, "clsact")
    netns.in_ns(name, "tc", "filter", "add", "dev", dev, direction, "protocol", "ip", "matchall",
                "action", action)

    def passed():
        text = netns.in_ns(name, "tc", "-s", "filter", "show", "dev", dev, direction)
        return int(re.search(r"Sent \d+ bytes (\d+) pkt", text).group(1))
    return passed


@ktap.each(("ingress", "np-s", "vs", "netif_receive_skb", "tc_ingress", "ip_rcv"),
           ("egress", "np-c", "vc", "neigh_output", "tc_egress", "dev_xmit"))
def tc_filter_is_passed_on(direction, name, dev, *order):
    passed = tc_filter(name, dev, direction)
    packet = rows.journey()
    rows.expect_order(packet, *order)
    expect("packets that passed the filter", 1, passed())
    other = {"ingress": "tc_egress", "egress": "tc_ingress"}[direction]
    rows.expect_not(packet, other)


@ktap.each(("ingress", "np-s", "vs", "tc_ingress", "TC_INGRESS"),
           ("egress", "np-c", "vc", "tc_egress", "TC_EGRESS"))
def what_a_tc_filter_drops_ends_there_on(direction, name, dev, last, reason):
    passed = tc_filter(name, dev, direction, "drop")
    watch = rows.Watch()
    rows.send(read=False)
    packet = watch.one(outcome="dropped", dport=netns.PORT)
    expect("last stage", last, packet.path[-1])
    expect_that(packet.reason in (netns.drop_reason(reason), netns.drop_reason("NOT_SPECIFIED")),
                reason, packet.reason)
    expect("packets dropped", 1, passed())


@ktap.test
def without_a_filter_tc_is_not_passed():
    rows.expect_not(rows.journey(), "tc_ingress", "tc_egress")


@ktap.test
def a_bridge_is_part_of_one_journey():
    rows.bridge()
    packet = rows.journey(addr="10.76.0.2")
    rows.expect_order(packet, "sendmsg", "dev_xmit", "netif_receive_skb", "bridge_rx",
                      "bridge_forward", "dev_queue", "dev_xmit", "netif_receive_skb", "ip_rcv",
                      "recvmsg")
    expect("devices", ["bc", "b1", "b2", "bs"], [d.name for d in packet.devs])
    for port in ("b1/statistics/rx_packets", "b2/statistics/tx_packets"):
        expect_that(int(netns.in_ns("np-b", "cat", "/sys/class/net/" + port)) > 0,
                    "packets of port " + port, "none")


@ktap.test
def without_a_bridge_none_is_passed():
    rows.expect_not(rows.journey(), "bridge_rx", "bridge_forward")


# what a packet passes that depends on when it comes, not on where it goes
TIMING = "softirq_raise napi_poll dev_xmit_done lsm_recvmsg recv_call".split()


def way_of(packet):
    return [name for name in packet.path if name not in TIMING]


@ktap.each(("all_packets", 3), ("ip", 0x800))
def a_tap_does_not_disturb_which_wants(_, what):
    plain = rows.journey()
    # its protocol, and so its packets, only from bind() on
    tap = rows.sock("np-s", socket.SOCK_RAW, family=socket.AF_PACKET)
    tap.bind(("vs", what))
    watch = rows.Watch()
    rows.send()
    tap.recv(2000)
    packet = watch.one(outcome="delivered", dport=netns.PORT,
                       path=lambda path: "udp_rcv" in path)
    expect("way of the packet", way_of(plain), way_of(packet))
    # whichever of the two is the clone: the other one ends at the tap
    other = watch.one(dport=netns.PORT, path=lambda path: "udp_rcv" not in path)
    expect_that(other.parent_id == packet.id or packet.parent_id == other.id,
                "one made from the other", (rows.show(other), rows.show(packet)))
    expect("outcome of the tap's", "delivered", other.outcome)


@ktap.test
def without_a_tap_there_is_no_clone():
    watch = rows.Watch()
    rows.send()
    watch.one(outcome="delivered", dport=netns.PORT)
    # by its port: hosts tell their groups now and then (IGMP), and a bridge before floods that
    expect("clones", [],
           [rows.show(p) for p in watch.all() if p.parent_id and p.dport == netns.PORT])


# I9: validation

@ktap.each(*VERSIONS)
def a_valid_header_is_passed_on(_, version):
    rows.expect_order(rows.journey(version), "netif_receive_skb", "ip_rcv", "ip_rcv_finish",
                      "ip_local_deliver", "ip_deliver_finish", "udp_rcv")


@ktap.test
def an_invalid_header_is_not():
    watch = rows.Watch()
    netns.raw("udp", 4, rounds=1, bad="ip")
    packet = watch.one(outcome="dropped", dport=netns.PORT)
    expect("last stage", "ip_rcv", packet.path[-1])


# I11, I12: routing

@ktap.each(*VERSIONS)
def route_is_looked_up_without_early_demux(_, version):
    rows.sysctl("np-s", "net.ipv4.ip_early_demux", 0)
    packet = rows.journey(version)
    rows.expect_not(packet, "early_demux")
    rows.expect_order(packet, "ip_rcv_finish", "ip_route_input", "ip_local_deliver")


@ktap.each(*VERSIONS)
def route_is_not_looked_up_when_early_demux_finds_one(_, version):
    near, far = rows.connection(version)
    watch = rows.Watch()
    for _ in range(2):
        near.send(b"x" * 50)
        far.recv(50)
    packet = watch.wait(2, outcome="delivered", dport=netns.PORT)[1]
    rows.expect_not(packet, "ip_route_input")
    row = netns.stages()["early_demux"]
    if f"tcp_v{version}_early_demux" in row["symbol"].split(","):
        rows.expect_order(packet, "ip_rcv_finish", "early_demux", "ip_local_deliver")
    else:
        expect_that(row["state"].startswith("partial: tcp_v"), "partial, without TCP",
                    row["state"])


@ktap.each(*VERSIONS)
def early_demux_of_datagrams_is_shown(_, version):
    rows.expect_order(rows.journey(version), "ip_rcv_finish", "early_demux", "ip_local_deliver")


@ktap.test
def multicast_to_a_group_that_was_joined_is_delivered():
    far = rows.server()
    member = socket.inet_aton("239.1.2.3") + socket.inet_aton(netns.SERVER[4])
    with rows.inside("np-s"):
        far.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    watch = rows.Watch()
    frame("01:00:5e:01:02:03", "239.1.2.3", payload=udp_to(netns.PORT))
    frame("01:00:5e:01:02:04", "239.1.2.4", payload=udp_to(netns.PORT))
    far.recv(100)
    packet = watch.one(outcome="delivered", dport=netns.PORT)
    expect("packet type", MULTICAST, packet.pkt_type)
    rows.expect_order(packet, "ip_route_input", "ip_local_deliver")
    # its twin: nobody joined that one
    other = watch.one(daddr="239.1.2.4", path=lambda path: "ip_rcv" in path)
    expect_that(other.outcome != "delivered", "not delivered", rows.show(other))
    rows.expect_not(other, "ip_local_deliver")


@ktap.each(*VERSIONS)
def what_is_for_others_is_forwarded(_, version):
    far = rows.forwarding(version)
    counter = {4: "IpForwDatagrams", 6: "Ip6OutForwDatagrams"}[version]
    trace = Trace()
    trace.functions("ip_forward_finish")
    with rows.Counted("np-s") as counted:
        watch = rows.Watch()
        trace.begin()
        rows.sock("np-c", version=version).sendto(b"x", (far, 9))
        packet = watch.one(outcome="forwarded", dport=9)
    # a compiler may make it part of ip_forward(); that of IPv6 has another name
    finished = trace.lines()
    expect_that(counted[counter] >= 1, counter, counted[counter])
    rows.expect_order(packet, "sendmsg", "netif_receive_skb", "ip_rcv", "ip_route_input",
                      "ip_forward", "ip_output", "dev_xmit")
    rows.expect_not(packet, "ip_local_deliver", "udp_rcv")
    expect("last device", "far0", packet.devs[-1].name)
    if finished:
        rows.expect_order(packet, "ip_forward", "ip_forward_finish", "ip_output")
    elif version == 4:
        rows.expect_not(packet, "ip_forward_finish")


@ktap.each(*VERSIONS)
def what_is_for_this_host_is_not_forwarded(_, version):
    packet = rows.journey(version)
    rows.expect_not(packet, "ip_forward", "ip_forward_finish", "nf_forward")
    rows.expect_has(packet, "ip_local_deliver")


# I13: fragments

COUNTERS = {4: ("IpReasmReqds", "IpReasmOKs"), 6: ("Ip6ReasmReqds", "Ip6ReasmOKs")}


@ktap.each(*VERSIONS)
def fragments_wait_and_are_linked_to_the_whole(_, version):
    with rows.Counted("np-s") as counted:
        watch = rows.Watch()
        rows.send(version, size=4000)
        whole = watch.one(outcome="delivered", dport=netns.PORT)
        # the last one is the whole; its sk_buff is copied, which is no fragment
        parts = watch.wait(2, outcome="merged", merged_id=whole.id,
                           parent_id=lambda number: number != whole.id)
    expect("fragments and wholes by the kernel", (3, 1),
           tuple(counted[key] for key in COUNTERS[version]))
    expect("fragments merged into the whole, which is the third", 2, len(parts))
    for packet in parts:
        rows.expect_order(packet, "ip_rcv", "ip_defrag")
        rows.expect_not(packet, "ip_reassembled", "udp_rcv")
    rows.expect_order(whole, "ip_defrag", "ip_reassembled", "udp_rcv", "recvmsg")
    rows.expect_times(whole)


@ktap.each(*VERSIONS)
def a_whole_packet_is_not_reassembled(_, version):
    with rows.Counted("np-s") as counted:
        packet = rows.journey(version)
    rows.expect_not(packet, "ip_defrag", "ip_reassembled")
    expect("fragments by the kernel", 0, counted[COUNTERS[version][0]])


def setup():
    rows.modules("bridge", "8021q", "sch_ingress", "cls_matchall", "dummy")
    netns.pair()
    rows.nics()
    netns.load(stages="all", ring_kib=8192)


if __name__ == "__main__":
    ktap.main(setup)
