#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Fragments have their packet for a parent and what they are put together to as absorber."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import rows
import way
from ktap import cmd, defer, expect, expect_that

VERSIONS = (("ipv4", 4), ("ipv6", 6))
COUNT = 5
# of a datagram, more than two packets of 1500 bytes and less than three
SIZE = 4000
HEADER = {4: 20, 6: 40}
# of a fragment
FRAGMENT_HEADER = {4: 20, 6: 48}
SNMP = {4: ("/proc/net/snmp", "Ip:"), 6: ("/proc/net/snmp6", "Ip6")}
SEND = """
import socket, sys
fd = socket.socket(int(sys.argv[1]), socket.SOCK_DGRAM)
# routers may fragment
fd.setsockopt(socket.IPPROTO_IP, 10, 0)
for i in range(int(sys.argv[4])):
    fd.sendto(bytes(int(sys.argv[5])), (sys.argv[2], int(sys.argv[3])))
"""
RECEIVE = """
import socket, sys
fd = socket.socket(int(sys.argv[1]), socket.SOCK_DGRAM)
fd.bind((sys.argv[2], int(sys.argv[3])))
print("ready", flush=True)
print(*[len(fd.recv(65536)) for i in range(int(sys.argv[4]))], flush=True)
"""


def counters(space, version):
    """The kernel's own numbers: fragments made, received, datagrams put together."""
    text = netns.in_ns(space, "cat", SNMP[version][0])
    if version == 4:
        names, values = [line.split()[1:] for line in text.splitlines() if line.startswith("Ip:")]
        found = dict(zip(names, map(int, values)))
    else:
        found = {name.removeprefix("Ip6"): int(value)
                 for name, value in map(str.split, text.splitlines()) if name.startswith("Ip6")}
    return [found[name] for name in ("FragCreates", "ReasmReqds", "ReasmOKs")]


def exchange(version, size, addr=None):
    """Send datagrams: their packets, and what the counters of both sides say."""
    family, addr = {4: 2, 6: 10}[version], addr or netns.SERVER[version]
    way.reachable(addr)
    reader = ktap.start("ip", "netns", "exec", "np-s", "python3", "-c", RECEIVE, family, addr,
                        netns.PORT, COUNT)
    expect("receiver", "ready\n", reader.stdout.readline())
    rings = netns.Rings()
    before = counters("np-c", version), counters("np-s", version)
    netns.in_ns("np-c", "python3", "-c", SEND, family, addr, netns.PORT, COUNT, size)
    expect("lengths received", COUNT * [str(size)], reader.communicate(timeout=ktap.limit(60))[0].split())
    ktap.wait_for(10, "all ended", lambda: not netns.stats()["in_flight"])
    after = counters("np-c", version), counters("np-s", version)
    created, _, _ = [new - old for new, old in zip(after[0], before[0])]
    _, received, done = [new - old for new, old in zip(after[1], before[1])]
    packets = netns.of_flow(rings.read(), "udp", version)
    expect("records lost", 0, rings.lost)
    return packets, created, received, done


def sum_up(packets, version, size):
    """Each datagram: parts of one parent, all of them in one whole, none twice, none missing."""
    by_id = {p.id: p for p in packets}
    wholes = [p for p in packets if p.outcome == "delivered"]
    expect("lengths of what was delivered", COUNT * [size + 8 + HEADER[version]],
           [p.ip_len for p in wholes])
    for whole in wholes:
        parts = [p for p in packets if p.merged_id == whole.id]
        expect("outcomes of fragments", {"merged"}, {p.outcome for p in parts})
        expect("bytes of fragments, without headers", size + 8,
               sum(p.ip_len - FRAGMENT_HEADER[version] for p in parts))
        expect_that(all(p.ip_len <= 1500 for p in parts), "no more than 1500 bytes",
                    [p.ip_len for p in parts])
        expect("parents without a record", [],
               [p.parent_id for p in parts if p.parent_id and p.parent_id not in by_id])
        roots = {root(p, by_id).id for p in parts + [whole]}
        expect("packets that they come from", 1, len(roots))
    expect("datagrams with another origin", COUNT, len({root(p, by_id).id for p in wholes}))


def root(packet, by_id):
    while packet.parent_id:
        packet = by_id[packet.parent_id]
    return packet


@ktap.each(*VERSIONS)
def fragments_of_a_datagram_add_up(_, version):
    packets, created, received, done = exchange(version, SIZE)
    expect("datagrams put together, by the kernel", COUNT, done)
    expect("fragments made, received, by the kernel", 3 * COUNT, received)
    expect("fragments made, by the kernel", 3 * COUNT, created)
    sum_up(packets, version, SIZE)
    for packet in packets:
        expect(f"stage of fragments, #{packet.id} {packet.outcome}", True,
               "ip_fragment" in packet.path)
    expect("journeys that ended as a whole", COUNT,
           sum("ip_reassembled" in p.path for p in packets))


@ktap.each(*VERSIONS)
def fragments_that_connection_tracking_puts_together_add_up(_, version):
    """It does so before routing; of IPv6 the kernel then has no numbers, but netfilter has."""
    wholes = rows.chain("np-s", "prerouting", f"ct state new,established udp dport {netns.PORT}"
                        f" meta length {SIZE + 8 + HEADER[version]} counter")
    packets, created, _, _ = exchange(version, SIZE)
    expect("datagrams put together, by netfilter", COUNT, wholes())
    expect("fragments made, by the kernel", 3 * COUNT, created)
    sum_up(packets, version, SIZE)
    expect("fragments that did not wait for others", [],
           [rows.show(p) for p in packets if "ip_fragment" in p.path and p.outcome == "merged" and
            p.path.count("ip_defrag") != 1])
    expect("journeys that ended as a whole", COUNT,
           sum("ip_reassembled" in p.path for p in packets))


@ktap.each(*VERSIONS)
def a_datagram_that_is_tracked_and_fits_has_no_fragments(_, version):
    tracked = rows.chain("np-s", "prerouting", f"ct state new,established udp dport {netns.PORT}"
                         " counter")
    packets, *_ = exchange(version, 1000)
    expect("datagrams, by netfilter", COUNT, tracked())
    expect("stages", set(), {"ip_fragment", "ip_defrag", "ip_reassembled"} & way.stages(packets))


@ktap.test
def fragments_made_by_a_router_add_up():
    """Only IPv4 has them.  The packet that the router cuts up ends there."""
    way.routed()
    cmd("ip", "-n", way.MIDDLE, "link", "set", "ms", "mtu", 1000)
    size = 1400
    packets, created, received, done = exchange(4, size, "10.79.2.2")
    expect("fragments made by np-c, received, put together", (0, 2 * COUNT, COUNT),
           (created, received, done))
    sum_up(packets, 4, size)
    split = [p for p in packets if p.outcome == "split"]
    expect("packets cut up: devices, length", COUNT * [("ec mc", size + 28)],
           [(way.devices(p), p.ip_len) for p in split])
    for packet in split:
        parts = [p for p in packets if p.parent_id == packet.id]
        expect("fragments: devices", {"ec mc ms es"}, {way.devices(p) for p in parts})
        expect("fragments", 2, len(parts))


@ktap.test
def fragments_of_an_incomplete_datagram_are_dropped():
    netns.in_ns("np-s", "sysctl", "-qw", "net.ipv4.ipfrag_time=1")
    netns.in_ns("np-s", "nft", "add table ip t; add chain ip t c { type filter hook prerouting"
                " priority -500; }; add rule ip t c ip frag-off & 0x1fff == 185 drop")
    defer(netns.in_ns, "np-s", "nft", "delete table ip t")
    rings = netns.Rings()
    netns.in_ns("np-c", "python3", "-c", SEND, 2, netns.SERVER[4], netns.PORT, COUNT, SIZE)
    ktap.wait_for(20, "all ended", lambda: not netns.stats()["in_flight"])
    packets = netns.of_flow(rings.read(), "udp", 4)
    expect("outcomes", 3 * COUNT * ["dropped"], [p.outcome for p in packets])
    expect("absorbers", {0}, {p.merged_id for p in packets})
    expect("bytes of fragments, without headers", COUNT * (SIZE + 8),
           sum(p.ip_len - HEADER[4] for p in packets))
    expect("those that the rule dropped", COUNT * [1500],
           [p.ip_len for p in packets if p.path[-1] == "ip_rcv"])


@ktap.each(*VERSIONS)
def a_datagram_that_fits_has_no_fragments(_, version):
    packets, created, received, done = exchange(version, 1000)
    expect("fragments, by the kernel", (0, 0, 0), (created, received, done))
    expect("outcomes", COUNT * ["delivered"], [p.outcome for p in packets])
    expect("parents, absorbers", {(0, 0)}, {(p.parent_id, p.merged_id) for p in packets})
    expect("stages", set(), {"ip_fragment", "ip_defrag", "ip_reassembled"} & way.stages(packets))


def setup():
    netns.pair()
    netns.load(ring_kib=4096, stages="default,ip_fragment,ip_defrag")


if __name__ == "__main__":
    ktap.main(setup)
