#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A packet stays one journey inside of others: encapsulated, encrypted and unpacked again."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import way
from ktap import cmd, expect

ENDS = (("np-c", "c", netns.CLIENT, netns.SERVER, ("10.78.0.1/24", "fd78::1/64")),
        ("np-s", "s", netns.SERVER, netns.CLIENT, ("10.78.0.2/24", "fd78::2/64")))
FAR = {4: "10.78.0.2", 6: "fd78::2"}


def tunnel(name, version, *words):
    """A device of this kind at each end; the addresses outside are of this IP version."""
    for space, end, own, far, addresses in ENDS:
        way.link(space, name + end, *words, "local", own[version], "remote", far[version])
        way.up(space, name + end, *addresses)


def vxlan(version):
    way.module("vxlan")
    for space, end, own, far, addresses in ENDS:
        way.link(space, "vx" + end, "type", "vxlan", "id", 7, "dstport", 4789,
                 "local", own[version], "remote", far[version], "dev", "v" + end)
        way.up(space, "vx" + end, *addresses)


def gre(version):
    way.module("ip_gre" if version == 4 else "ip6_gre")
    tunnel("gr", version, "type", "gre" if version == 4 else "ip6gre")


def gretap(version):
    way.module("ip_gre" if version == 4 else "ip6_gre")
    tunnel("gt", version, "type", "gretap" if version == 4 else "ip6gretap")


def ipip(version):
    way.module("ipip" if version == 4 else "ip6_tunnel")
    if version == 4:
        tunnel("ip", version, "type", "ipip")
    else:
        tunnel("ip", version, "type", "ip6tnl", "mode", "any")


def sit(version):
    way.module("sit")
    tunnel("si", version, "type", "sit", "ttl", 64)


def wireguard(version):
    way.module("wireguard")
    keys = {}
    for space, _, _, _, _ in ENDS:
        key = cmd("wg", "genkey")
        keys[space] = (key, cmd("wg", "pubkey", input=key).strip())
    for space, end, _, far, addresses in ENDS:
        way.link(space, "wg" + end, "type", "wireguard")
        peer = keys["np-s" if space == "np-c" else "np-c"][1]
        address = far[version] if version == 4 else f"[{far[version]}]"
        netns.in_ns(space, "wg", "set", "wg" + end, "private-key", "/dev/stdin", "listen-port",
                    51820, "peer", peer, "allowed-ips", "0.0.0.0/0,::/0", "endpoint",
                    f"{address}:51820", input=keys[space][0])
        way.up(space, "wg" + end, *addresses)


KINDS = (("vxlan", vxlan, "vx"), ("gre", gre, "gr"), ("gretap", gretap, "gt"),
         ("ipip", ipip, "ip"), ("sit", sit, "si"), ("wireguard", wireguard, "wg"))
# IP versions that a kind cannot have outside and inside
CANNOT = {("ipip", 4, 6), ("sit", 4, 4), ("sit", 6, 4), ("sit", 6, 6)}
CASES = [(f"{name}_over_ipv{outer}_{proto}{inner}", make, prefix, outer, proto, inner)
         for name, make, prefix in KINDS
         for outer, proto, inner in ((4, "udp", 4), (4, "tcp", 6), (6, "tcp", 4), (6, "udp", 6))
         if (name, outer, inner) not in CANNOT]


@ktap.each(*CASES)
def one_journey_through(_, make, prefix, outer, proto, inner):
    make(outer)
    packets = way.answered(proto, inner, FAR[inner])
    way.expect_way(packets, f"{prefix}c vc vs {prefix}s")
    header = {"udp": 8, "tcp": 32}[proto] + {4: 20, 6: 40}[inner] + 64
    expect("lengths: of the packet inside", {header},
           {p.ip_len for p in packets if p.outcome == "delivered"})


@ktap.each(*KINDS)
def a_packet_outside_does_not_name(_, make, __):
    """The twin: the tunnel is there, and the packet does not use it."""
    make(4)
    way.expect_way(way.answered("udp", 4, netns.SERVER[4]), "vc vs")


def setup():
    netns.pair()
    netns.load(ring_kib=4096)


if __name__ == "__main__":
    ktap.main(setup)
