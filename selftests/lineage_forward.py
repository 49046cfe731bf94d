#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A packet stays one journey through a third namespace: routed, translated, redirected, mirrored."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import way
from ktap import cmd, defer, expect, expect_that

FAR = {4: "10.79.2.2", 6: "fd79:2::2"}
NEAR = {4: "10.79.1.1", 6: "fd79:1::1"}
GATE = {4: "10.79.2.254", 6: "fd79:2::254"}
FLOWS = [(f"{proto}{version}", proto, version) for proto in ("udp", "tcp") for version in (4, 6)]
ROUTING = {"ip_forward", "nf_forward"}


def nft(space, rules):
    netns.in_ns(space, "nft", rules)
    defer(netns.in_ns, space, "nft", "flush ruleset")


def seen_from(version, proto, addr):
    """Count in np-s the requests from an address: what a judge beside netpath says."""
    family = {4: "ip", 6: "ip6"}[version]
    nft("np-s", "add table inet judge; add chain inet judge seen { type filter hook input priority"
        f" 0; }}; add rule inet judge seen {family} saddr {addr} {proto} dport {netns.PORT} counter")


def seen():
    return int(re.search(r"packets (\d+)", netns.in_ns("np-s", "nft", "list", "ruleset"))[1])


@ktap.each(*FLOWS)
def one_journey_forwarded(_, proto, version):
    way.routed()
    seen_from(version, proto, NEAR[version])
    packets = way.answered(proto, version, FAR[version])
    way.expect_way(packets, "ec mc ms es")
    expect_that(seen() >= way.ROUNDS, "requests come from the client's own address", seen())
    expect_that("ip_forward" in way.stages(packets), "ip_forward", way.stages(packets))


@ktap.test
def a_packet_that_is_not_forwarded_has_no_such_stage():
    way.routed()
    packets = way.answered("udp", 4, netns.SERVER[4])
    way.expect_way(packets, "vc vs")
    expect("stages of forwarding", set(), way.stages(packets) & ROUTING)


@ktap.each(*FLOWS)
def one_journey_with_source_translated(_, proto, version):
    way.routed()
    nft(way.MIDDLE, "add table inet nat; add chain inet nat post { type nat hook postrouting"
        " priority 100; }; add rule inet nat post oifname ms masquerade")
    seen_from(version, proto, GATE[version])
    packets = way.answered(proto, version, FAR[version])
    way.expect_way(packets, "ec mc ms es")
    expect_that(seen() >= way.ROUNDS, "requests come from the translator's address", seen())
    expect("addresses of requests: as they were sent", {(NEAR[version], FAR[version])},
           {(p.saddr, p.daddr) for p in packets if way.outgoing(p)})
    expect("addresses of answers: as they were sent", {(FAR[version], GATE[version])},
           {(p.saddr, p.daddr) for p in packets if not way.outgoing(p)})


def mirred(space, dev, direction, what, to):
    """Let tc copy or move to a device what passes another one."""
    way.module("act_mirred")
    cmd("tc", "-n", space, "qdisc", "add", "dev", dev, "clsact")
    defer(cmd, "tc", "-n", space, "qdisc", "del", "dev", dev, "clsact")
    cmd("tc", "-n", space, "filter", "add", "dev", dev, direction, "matchall", "action", "mirred",
        "egress", what, "dev", to)


def wire():
    """The third namespace moves all frames from each of its devices to the other."""
    way.middle()
    mirred(way.MIDDLE, "mc", "ingress", "redirect", "ms")
    mirred(way.MIDDLE, "ms", "ingress", "redirect", "mc")
    way.up("np-c", "ec", "10.79.2.1/24", "fd79:2::1/64")
    way.up("np-s", "es", "10.79.2.2/24", "fd79:2::2/64")


@ktap.each(*FLOWS)
def one_journey_redirected_on_ingress(_, proto, version):
    wire()
    packets = way.answered(proto, version, FAR[version])
    way.expect_way(packets, "ec mc ms es")
    expect("stages of forwarding", set(), way.stages(packets) & ROUTING)
    expect_that("tc_ingress" in way.stages(packets), "tc_ingress", way.stages(packets))


def mac(space, dev):
    return cmd("ip", "-n", space, "-br", "link", "show", dev).split()[2]


@ktap.each(*FLOWS)
def one_journey_redirected_on_egress(_, proto, version):
    """The device with the address is a dummy, which would swallow what is not moved."""
    way.module("dummy")
    way.veth("np-c", "ec", "np-s", "es")
    way.link("np-c", "dc", "type", "dummy")
    way.up("np-c", "dc", "10.79.2.1/24", "fd79:2::1/64")
    way.up("np-s", "es", "10.79.2.2/24", "fd79:2::2/64")
    for space, dev, addr, to in (("np-c", "dc", FAR[version], mac("np-s", "es")),
                                 ("np-s", "es", FAR[version][:-1] + "1", mac("np-c", "ec"))):
        cmd("ip", "-n", space, "neighbour", "replace", addr, "lladdr", to, "dev", dev)
    mirred("np-c", "dc", "egress", "redirect", "ec")
    way.expect_way(way.answered(proto, version, FAR[version]), "dc ec es", "es ec")


def copies(packets):
    """Those that went another way than the message, by the id of what they were made from."""
    return {p.parent_id: p for p in packets if way.devices(p).endswith(" dc")}


@ktap.each(*FLOWS)
def a_mirrored_packet_is_a_journey_and_its_copy_another(_, proto, version):
    way.module("dummy")
    way.link("np-c", "dc", "type", "dummy")
    way.up("np-c", "dc")
    mirred("np-c", "vc", "egress", "mirror", "dc")
    packets = way.answered(proto, version, netns.SERVER[version])
    way.expect_way(packets, "vc vs")
    requests = [p for p in packets if p.outcome == "delivered" and way.outgoing(p)]
    copy_of = copies(packets)
    expect("requests that have a copy", [p.id for p in requests],
           [p.id for p in requests if p.id in copy_of])
    for packet in requests:
        copy = copy_of[packet.id]
        expect("copy: flag, devices, length, ports", (way.CLONE, "vc dc", packet.ip_len,
                                                      packet.sport, packet.dport),
               (copy.flags & way.CLONE, way.devices(copy), copy.ip_len, copy.sport, copy.dport))
        expect("copy: outcome", "transmitted", copy.outcome)
        made = packet.path.index("tc_egress") + 1
        expect("copy: stages before it was made", packet.path[:made], copy.path[:made])
        expect("copy: times before it was made", way.times(packet)[:made], way.times(copy)[:made])


@ktap.test
def without_a_filter_there_is_no_copy():
    way.module("dummy")
    way.link("np-c", "dc", "type", "dummy")
    way.up("np-c", "dc")
    packets = way.answered("udp", 4, netns.SERVER[4])
    way.expect_way(packets, "vc vs")
    expect("copies", [], [p.id for p in packets if p.flags & way.CLONE])
    expect("journeys", 2 * way.ROUNDS, len(packets))
    expect("stages of filters", set(), way.stages(packets) & {"tc_ingress", "tc_egress"})


def setup():
    netns.pair()
    netns.load(ring_kib=4096, stages="default,ip_forward,nf_forward,tc_ingress,tc_egress")


if __name__ == "__main__":
    ktap.main(setup)
