# SPDX-License-Identifier: GPL-2.0-only
"""The fault table: a switch of Open vSwitch, whose drop reasons are a subsystem's own."""
import socket
import struct

import frames
import netns
from faults import Fault, handmade, module
from faults_rx import ODD, ethertype, listen_to_odd
from genl import Genl, attr
from ktap import cmd, defer

_NEW, _DEL = 1, 2


def switch():
    """The module, until the end of the subtest: it makes connection tracking, which reassembles
    fragments before anybody else, work in every namespace."""
    module("openvswitch")()
    defer(cmd, "modprobe", "-r", "openvswitch")


def have_reasons():
    switch()
    with open("/proc/kallsyms", encoding="ascii") as file:
        return " ovs_drop_reasons" in file.read()


def flow_without_action():
    """The device's packets go to a switch, which has a flow for them that says nothing."""
    switch()
    number = struct.Struct("=I").pack
    with netns.inside("np-s"):
        datapath, vport, flow = map(Genl, ("ovs_datapath", "ovs_vport", "ovs_flow"))
        datapath.ask(_NEW, attr(1, b"np-ovs\0") + attr(2, number(0)), head=number(0), version=2)
        head = number(socket.if_nametoindex("np-ovs"))
    defer(datapath.ask, _DEL, head=head, version=2)
    vport.ask(_NEW, attr(1, number(1)) + attr(2, number(1)) + attr(3, b"vs\0") +
              attr(5, number(0)), head=head)
    macs = bytes.fromhex((netns.MAC["np-c"] + netns.MAC["np-s"]).replace(":", ""))
    key = attr(3, number(1)) + attr(4, macs) + attr(6, struct.pack("!H", ODD))
    flow.ask(_NEW, attr(1, key) + attr(2, b""), head=head)


SWITCHED = (
    # kernels without such reasons do not call it a drop
    Fault("ovs_flow_without_action", handmade(lambda _: frames.PAYLOAD, proto=ODD),
          "OVS_DROP_LAST_ACTION", "netif_receive_skb", "do_execute_actions|ovs_execute_actions",
          inject=(flow_without_action,), cure=(listen_to_odd,), ours=ethertype(ODD),
          unless=(have_reasons, {"outcome": "consumed", "drops": 0})),
)
