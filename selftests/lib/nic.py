# SPDX-License-Identifier: GPL-2.0-only
"""The ways of rows.nics() to hand packets to the stack, and TCP that arrives there in one poll."""
import socket

import netns
import rows
from ktap import defer, expect, expect_that

RECEIVE, GRO, GRO_FRAGS = 0, 1, 2
WAYS = (("netif_receive_skb", RECEIVE), ("napi_gro_receive", GRO), ("napi_gro_frags", GRO_FRAGS))
# of TCP's options there are timestamps
MSS = 1448


def way(how):
    """What the driver calls, until the end of the subtest."""
    rows.nic_set("way", how)
    defer(rows.nic_set, "way", RECEIVE)


def counter(name, dev, what):
    return int(netns.in_ns(name, "cat", f"/sys/class/net/{dev}/statistics/{what}"))


def bulk(size=5 * MSS, addr=rows.NIC[4]):
    """What arrives of a write of five segments in one poll, and what counters say."""
    near, far = rows.connection(addr=addr)
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    near.sendall(b"x" * MSS)
    expect_that(far.recv(MSS, socket.MSG_WAITALL), "the first byte", "nothing")
    watch = rows.Watch()
    packets = counter("np-s", "nic1", "rx_packets")
    with rows.Counted("np-s") as counted:
        rows.nic_set("hold", 1)
        defer(rows.nic_set, "hold", 0)
        near.sendall(b"x" * size)
        rows.nic_set("hold", 0)
        expect("received", size, len(far.recv(size, socket.MSG_WAITALL)))
    return watch, counter("np-s", "nic1", "rx_packets") - packets, counted["IpInReceives"]
