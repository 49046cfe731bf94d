#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A packet stays one journey through devices on top of others, and names each of them."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import way
from ktap import cmd, expect

CLIENT = ("10.78.0.1/24", "fd78::1/64")
SERVER = ("10.78.0.2/24", "fd78::2/64")
FAR = {4: "10.78.0.2", 6: "fd78::2"}


def vlan():
    way.module("8021q")
    for space, dev, addresses in (("np-c", "vc", CLIENT), ("np-s", "vs", SERVER)):
        way.link(space, dev + ".5", "link", dev, "type", "vlan", "id", 5)
        way.up(space, dev + ".5", *addresses)


def macvlan():
    way.module("macvlan")
    for space, dev, addresses in (("np-c", "c", CLIENT), ("np-s", "s", SERVER)):
        # otherwise the device below answers as well when it is asked for the address above
        netns.in_ns(space, "sysctl", "-qw", "net.ipv4.conf.all.arp_ignore=1")
        way.link(space, "m" + dev, "link", "v" + dev, "type", "macvlan", "mode", "bridge")
        way.up(space, "m" + dev, *addresses)


def under(master, *words):
    """Devices of this kind on top of ec and es, a pair beside vc and vs."""
    way.veth("np-c", "ec", "np-s", "es")
    for space, dev, addresses in (("np-c", "c", CLIENT), ("np-s", "s", SERVER)):
        way.link(space, master + dev, *words)
        cmd("ip", "-n", space, "link", "set", "e" + dev, "down")
        cmd("ip", "-n", space, "link", "set", "e" + dev, "master", master + dev)
        way.up(space, "e" + dev)
        way.up(space, master + dev, *addresses)


def bond():
    way.module("bonding")
    under("bond_", "type", "bond", "mode", "active-backup", "miimon", 10)


def bridge():
    way.module("bridge")
    under("br_", "type", "bridge", "forward_delay", 0)


def macvlan_beside():
    """Two macvlan devices on one lower device, which talk through it."""
    way.module("macvlan")
    way.link("np-c", "mc", "link", "vc", "type", "macvlan", "mode", "bridge")
    way.link("np-c", "ms", "link", "vc", "netns", "np-s", "type", "macvlan", "mode", "bridge",
             home="np-s")
    way.up("np-c", "mc", *CLIENT)
    way.up("np-s", "ms", *SERVER)


def bridge_between():
    """A namespace with a bridge, which passes frames on."""
    way.module("bridge")
    way.middle()
    way.link(way.MIDDLE, "br0", "type", "bridge", "forward_delay", 0)
    for dev in ("mc", "ms"):
        cmd("ip", "-n", way.MIDDLE, "link", "set", dev, "master", "br0")
    way.up(way.MIDDLE, "br0")
    way.up("np-c", "ec", *CLIENT)
    way.up("np-s", "es", *SERVER)


# kind, set-up, devices of a request, stages that only this way has
KINDS = (
    ("vlan", vlan, "vc.5 vc vs vs.5", "vlan_tx vlan_rx"),
    ("macvlan", macvlan, "mc vc vs ms", ""),
    ("macvlan_beside", macvlan_beside, "mc vc ms", ""),
    ("bond", bond, "bond_c ec es bond_s", ""),
    ("bridge", bridge, "br_c ec es br_s", "bridge_rx"),
    ("bridge_between", bridge_between, "ec mc ms es", "bridge_rx bridge_forward"),
)
FLOWS = [(f"{kind[0]}_{proto}{version}", *kind, proto, version)
         for kind in KINDS for proto, version in (("udp", 4), ("tcp", 6))]


@ktap.each(*FLOWS)
def one_journey_through(_, __, make, devices, only, proto, version):
    make()
    packets = way.answered(proto, version, FAR[version])
    way.expect_way(packets, devices)
    for packet in packets:
        if packet.outcome == "delivered":
            expect("stages of this way", only.split(),
                   [name for name in only.split() if name in packet.path])


@ktap.each(*KINDS)
def a_packet_that_does_not_take_it_does_not_name(_, make, __, only):
    """The twin: the same devices are there, and the packet goes beside them."""
    make()
    packets = way.answered("udp", 4, netns.SERVER[4])
    way.expect_way(packets, "vc vs")
    expect("stages of the other way", set(), way.stages(packets) & set(only.split()))


def setup():
    netns.pair()
    netns.load(ring_kib=4096, stages="default,bridge_rx,bridge_forward")


if __name__ == "__main__":
    ktap.main(setup)
