#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The five hooks of netfilter: passed where there is a chain, and the verdict shows."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import rows
from ktap import defer, expect, expect_that

FAMILY = {4: 2, 6: 10}
BRIDGE = 7
# hook, where, stage, the one before, the one after it that says it was accepted
HOOKS = (("prerouting", "np-s", "nf_pre_routing", "ip_rcv", "ip_rcv_finish"),
         ("input", "np-s", "nf_local_in", "ip_local_deliver", "ip_deliver_finish"),
         ("output", "np-c", "nf_local_out", "ip_send_skb", "ip_output"),
         ("postrouting", "np-c", "nf_post_routing", "ip_output", "ip_finish_output"))
CASES = [(f"{hook}_ipv{version}", version, hook, *rest)
         for hook, *rest in HOOKS for version in (4, 6)]
# security modules have hooks of their own there
OTHERS = ("nf_post_routing",)


def rule(version, verdict):
    return f"meta nfproto ipv{version} udp dport {netns.PORT} counter {verdict}"


@ktap.each(*CASES)
def accepted_packet_goes_on_from(_, version, hook, name, stage, before, after):
    packets = rows.chain(name, hook, rule(version, "accept"))
    packet = rows.journey(version)
    rows.expect_order(packet, before, stage, after, "recvmsg")
    expect("family", FAMILY[version], rows.detail(packet, stage))
    expect("packets that the rule counted", 1, packets())
    rows.expect_times(packet)


@ktap.each(*CASES)
def dropped_packet_ends_at(_, version, hook, name, stage, _before, after):
    packets = rows.chain(name, hook, rule(version, "drop"))
    watch = rows.Watch()
    near, far = rows.sock("np-c", version=version), rows.server(version)
    far.setblocking(False)
    try:
        near.sendto(b"x", (netns.SERVER[version], netns.PORT))
    except PermissionError:
        expect("hook that tells the sender", True, hook in ("output", "postrouting"))
    packet = watch.one(outcome="dropped", dport=netns.PORT)
    expect("last stage", stage, packet.path[-1])
    expect("reason", netns.drop_reason("NETFILTER_DROP"), packet.reason)
    expect("packets that the rule counted", 1, packets())
    rows.expect_not(packet, after)


@ktap.each(*[(f"{stage}_ipv{version}", version, stage) for _, _, stage, *_ in HOOKS
             for version in (4, 6) if stage not in OTHERS])
def without_a_chain_it_is_not_passed(_, version, stage):
    rows.expect_not(rows.journey(version), stage, "nf_forward")


@ktap.each(("ipv4", 4), ("ipv6", 6))
def chain_of_the_other_version_is_not_passed(_, version):
    rows.chain("np-s", "input", "counter accept", family={4: "ip6", 6: "ip"}[version])
    rows.expect_not(rows.journey(version), "nf_local_in")


def forward(version, outcome):
    watch = rows.Watch()
    rows.sock("np-c", version=version).sendto(b"x", (rows.forwarding(version), netns.PORT))
    return watch.one(outcome=outcome, dport=netns.PORT)


@ktap.each(("ipv4", 4), ("ipv6", 6))
def accepted_packet_is_forwarded(_, version):
    packets = rows.chain("np-s", "forward", rule(version, "accept"))
    packet = forward(version, "forwarded")
    rows.expect_order(packet, "ip_forward", "nf_forward", "ip_output", "dev_xmit")
    expect("family", FAMILY[version], rows.detail(packet, "nf_forward"))
    expect("packets that the rule counted", 1, packets())


@ktap.each(("ipv4", 4), ("ipv6", 6))
def dropped_packet_is_not_forwarded(_, version):
    packets = rows.chain("np-s", "forward", rule(version, "drop"))
    packet = forward(version, "dropped")
    expect("last stage", "nf_forward", packet.path[-1])
    expect("packets that the rule counted", 1, packets())


@ktap.each(("ipv4", 4), ("ipv6", 6))
def without_a_chain_it_is_forwarded_without_that_stage(_, version):
    packet = forward(version, "forwarded")
    rows.expect_order(packet, "ip_forward", "ip_output")
    rows.expect_not(packet, "nf_local_in", "nf_pre_routing")


@ktap.test
def chain_of_a_bridge_has_its_family():
    rows.bridge()
    packets = rows.chain("np-b", "forward", f"udp dport {netns.PORT} counter accept", "bridge")
    packet = rows.journey(addr="10.76.0.2")
    rows.expect_order(packet, "bridge_rx", "bridge_forward", "nf_forward", "dev_queue", "ip_rcv")
    expect("family", BRIDGE, rows.detail(packet, "nf_forward"))
    expect("packets that the rule counted", 1, packets())


@ktap.test
def chains_of_devices_and_of_arp_are_not_among_them():
    """nf_hook_slow() runs hooks of families that have other hooks by the same numbers."""
    netns.in_ns("np-s", "nft", "add table netdev t; add chain netdev t c"
                " { type filter hook ingress device vs priority 0; };"
                " add rule netdev t c counter accept")
    defer(netns.in_ns, "np-s", "nft", "delete table netdev t")
    netns.in_ns("np-s", "nft", "add table arp t; add chain arp t c"
                " { type filter hook input priority 0; }; add rule arp t c counter accept")
    defer(netns.in_ns, "np-s", "nft", "delete table arp t")
    before = hits()
    packet = rows.journey()
    got = {name for name in packet.path if name.startswith("nf_")}
    expect_that(got <= set(OTHERS), "none but hooks of security modules", got)
    expect("hits of the others", {name: before[name] for name in before if name not in OTHERS},
           {name: count for name, count in hits().items() if name not in OTHERS})


def hits():
    return {name: int(row["hits"]) for name, row in netns.stages().items()
            if name.startswith("nf_")}


@ktap.test
def hits_of_the_shared_hook_are_told_apart():
    """Five stages share nf_hook_slow(); each counts its own."""
    counters = {}
    for hook, name, stage, *_ in HOOKS:
        counters[stage] = rows.chain(name, hook, f"udp dport {netns.PORT} counter accept")
    # there, packets of others count as well, in each namespace: reports of multicast groups
    others = [rows.chain(name, "postrouting", "counter accept", family)
              for name in ("np-c", "np-s") for family in ("ip", "ip6")]

    def counted():
        """What we count, and what nftables counts: none came between the two."""
        passed = None
        while passed != (passed := sum(packets() for packets in others)):
            got = hits()
        return got, passed

    before, passed = counted()
    for _ in range(7):
        rows.journey()
    after, passed_then = counted()
    passed = passed_then - passed
    expect_that(passed >= 7, "ours among those counted behind routing", passed)
    for stage, packets in counters.items():
        # ARP and neighbour discovery are at rest: all packets are ours
        expect("packets counted for " + stage, 7, packets())
        expect("hits of " + stage, passed if stage in OTHERS else 7, after[stage] - before[stage])
    expect("hits of nf_forward", 0, after["nf_forward"] - before["nf_forward"])


@ktap.test
def one_of_them_alone_counts_and_stamps_only_itself():
    for hook, name, _stage, *_ in HOOKS:
        rows.chain(name, hook, f"udp dport {netns.PORT} counter accept")
    netns.load(stages="nf_local_in,udp_rcv")
    expect("hooks", "armed off off off off", " ".join(
        netns.stages()[stage]["state"] for stage in
        ("nf_local_in", "nf_pre_routing", "nf_forward", "nf_local_out", "nf_post_routing")))
    packet = rows.journey(outcome="consumed")
    expect("stages", ["nf_local_in", "udp_rcv"], packet.path)
    expect("hits", {"nf_local_in": 1, "nf_pre_routing": 0, "nf_forward": 0, "nf_local_out": 0,
                    "nf_post_routing": 0}, hits())


def setup():
    rows.modules("dummy")
    netns.pair()
    netns.load(stages="all", ring_kib=8192)


if __name__ == "__main__":
    ktap.main(setup)
