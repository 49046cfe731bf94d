#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The filter when stages are armed at which it cannot judge yet: its verdict is the same."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import rows
from ktap import cmd, expect, expect_that
from nic import WAYS, bulk, way

PORT, OTHER = netns.PORT, netns.PORT + 1
VLAN = 10
FAR = "10.95.0.2"


def judge(expression):
    """Have such packets only recorded, until the end of the subtest."""
    netns.set_filter(cmd("tcpdump", "-y", "RAW", "-ddd", expression))
    ktap.defer(netns.set_filter, "0\n")


# what becomes of a packet that is not recorded; the last two are none
COUNTERS = ("births", "filtered", "unseen", "origins")


# GRO

@ktap.each(*WAYS[1:])
def what_gro_merges_is_recorded_if_it_matches(_, how):
    """It ends before any stage at which its headers are looked for."""
    way(how)
    judge(f"tcp port {PORT}")
    watch, packets, to_ip = bulk()
    expect_that(packets >= 5 > to_ip, "fewer packets at IP than at the NIC", (packets, to_ip))
    gone = watch.wait(packets - to_ip, outcome="merged",
                      path=lambda path: path[-1] == "gro_receive")
    expect("merged by GRO: arrived at the NIC, but not at IP", packets - to_ip, len(gone))
    expect("ports", {PORT}, {p.dport for p in gone})


@ktap.each(*WAYS[1:])
def what_gro_merges_is_filtered_if_it_does_not_match(_, how):
    way(how)
    judge(f"tcp port {OTHER}")
    before = netns.stats()
    watch, packets, to_ip = bulk()
    expect_that(packets > to_ip, "packets are merged", (packets, to_ip))
    ktap.wait_for(10, "all packets ended", lambda: not netns.stats()["in_flight"])
    after = netns.stats()
    counted = {name: after[name] - before[name] for name in COUNTERS}
    expect_that(counted["filtered"] > packets, "those that were merged, too", counted)
    expect("births: none but filtered, or no packets", counted["births"],
           counted["filtered"] + counted["unseen"] + counted["origins"])
    expect("recorded", [], [rows.show(p) for p in watch.all()])


@ktap.each(*WAYS)
def what_is_not_merged_is_recorded_if_it_matches(_, how):
    way(how)
    judge(f"udp port {PORT}")
    packet = rows.journey(addr=rows.NIC[4])
    rows.expect_order(packet, "driver_rx", "netif_receive_skb", "ip_rcv", "recvmsg")


# VLAN tags

def only(expression):
    """As judge(), of frames."""
    cmd(netns.TOOL, "config", "--clear", expression)
    ktap.defer(cmd, netns.TOOL, "config", "--clear")


def offload(value):
    """Whether the sending device is told of a tag beside the data, or finds it in the data."""
    netns.in_ns("np-c", "ethtool", "-K", "nic0", "txvlan", value)
    ktap.defer(netns.in_ns, "np-c", "ethtool", "-K", "nic0", "txvlan", "on")


TOLD = (("told", "on"), ("in_the_data", "off"))


def recorded(expression):
    """Outcomes that are recorded of a datagram that arrives with a tag."""
    only(expression)
    watch = rows.Watch()
    for made in rows.send(addr=FAR):
        made.close()
    ktap.wait_for(10, "all packets ended", lambda: not netns.stats()["in_flight"])
    return [p.outcome for p in watch.all() if p.dport == PORT]


@ktap.each(*[(f"{where}_{name}{gro}", how, value, gro) for where, value in TOLD
             for name, how in WAYS for gro in ("", "_without_gro")])
def tag_is_judged_before_it_is_taken_off(_, how, value, gro):
    """What is sent by a VLAN device is judged before it has its tag."""
    way(how)
    offload(value)
    if gro:
        netns.in_ns("np-s", "ethtool", "-K", "nic1", "gro", "off")
        ktap.defer(netns.in_ns, "np-s", "ethtool", "-K", "nic1", "gro", "on")
    expect("its own", ["delivered"], recorded(f"vlan {VLAN} and udp port {PORT}"))
    expect("another", [], recorded(f"vlan {VLAN + 1}"))
    expect("another port", [], recorded(f"vlan {VLAN} and udp port {OTHER}"))
    expect("none", ["transmitted"], recorded(f"udp port {PORT} and not vlan"))


@ktap.each(*[(f"{where}_{name}", how, value) for where, value in TOLD for name, how in WAYS[1:]])
def what_gro_merges_has_its_tag(_, how, value):
    way(how)
    offload(value)
    only(f"vlan {VLAN} and tcp port {PORT}")
    watch, packets, to_ip = bulk(addr=FAR)
    expect_that(packets >= 5 > to_ip, "fewer packets at IP than at the NIC", (packets, to_ip))
    gone = watch.wait(packets - to_ip, outcome="merged",
                      path=lambda path: path[-1] == "gro_receive")
    expect("merged by GRO: arrived at the NIC, but not at IP", packets - to_ip, len(gone))
    only(f"vlan {VLAN + 1} or vlan {VLAN} and tcp port {OTHER}")
    watch, packets, to_ip = bulk(addr=FAR)
    expect_that(packets >= 5 > to_ip, "fewer packets at IP than at the NIC", (packets, to_ip))
    ktap.wait_for(10, "all packets ended", lambda: not netns.stats()["in_flight"])
    expect("recorded", [], [rows.show(p) for p in watch.all()])


def setup():
    netns.pair()
    rows.nics()
    cmd("modprobe", "8021q")
    ends = (("np-c", "nic0", "np-v0"), ("np-s", "nic1", "np-v1"))
    for space, link, dev in ends:
        cmd("ip", "-n", space, "link", "add", dev, "link", link, "type", "vlan", "id", VLAN)
    rows.join([(space, dev) for space, _, dev in ends], 95)
    netns.load(stages="all", ring_kib=8192)


if __name__ == "__main__":
    ktap.main(setup)
