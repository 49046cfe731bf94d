#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: --icount
"""The kernel's own software time stamps of a packet lie between the right stages.

In the guest with counted instructions: there a host that takes the processor away between two
readings of a clock cannot move them apart.
"""
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
from ktap import defer, expect, expect_that

ROUNDS = 50
# What may part the two clocks: the offset is measured to within half of the smallest bracket
# (below 1 us here), the module calibrates the cycle counter once a second to within about
# 100 ns of such a bracket, and the kernel's time keeping steps by rounding.
TOLERANCE_NS = 1000
# linux/net_tstamp.h: stamps are made on receipt, and told
SO_TIMESTAMPING = 37
RX_SOFTWARE, SOFTWARE = 1 << 3, 1 << 4
run = {}


def clock_offset():
    """CLOCK_REALTIME - CLOCK_MONOTONIC in ns, and how wrong that may be."""
    best = None
    for _ in range(1000):
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        real = time.clock_gettime_ns(time.CLOCK_REALTIME)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        if best is None or after - before < best[1]:
            best = (real - (before + after) // 2, after - before)
    return best[0], best[1] // 2


def observe(version):
    """(packet, tx, rx) with the kernel's stamps as CLOCK_MONOTONIC, made once."""
    if version in run:
        return run[version]
    rings = netns.Rings()
    offset, error = clock_offset()
    said = netns.traffic("stamp", "udp", version, rounds=ROUNDS)
    offset_after, error_after = clock_offset()
    expect_that(abs(offset_after - offset) <= error + error_after,
                f"the clocks' offset is constant, +-{error + error_after} ns",
                f"{offset_after - offset} ns")
    flow = [p for p in netns.of_flow(rings.read(), "udp", version) if p.outcome == "delivered"]
    lines = [[int(word) for word in line.split()] for line in said.splitlines()]
    expect("time stamps", ROUNDS, len(lines))
    expect("journeys", ROUNDS, len(flow))
    run[version] = [(p, tx - offset, rx - offset) for p, (_, tx, rx) in zip(flow, lines)]
    return run[version]


def at(packet, name):
    times = [s.offset_ns for s in packet.stamps if s.name == name]
    expect(f"stamps at {name} in #{packet.id}", 1, len(times))
    return packet.start_ns + times[0]


def between(packet, first, ns, last, tolerance):
    return at(packet, first) - tolerance <= ns <= at(packet, last) + tolerance


VERSIONS = (("ipv4", 4), ("ipv6", 6))


@ktap.each(*VERSIONS)
def transmit_stamp_is_between_dev_xmit_and_netif_rx(_, version):
    for packet, tx, _rx in observe(version):
        expect_that(between(packet, "dev_xmit", tx, "netif_rx", TOLERANCE_NS),
                    f"{at(packet, 'dev_xmit')} <= tx <= {at(packet, 'netif_rx')} in #{packet.id}",
                    tx)


@ktap.each(*VERSIONS)
def receive_stamp_is_between_dev_xmit_and_netif_receive_skb(_, version):
    for packet, _tx, rx in observe(version):
        expect_that(between(packet, "dev_xmit", rx, "netif_receive_skb", TOLERANCE_NS),
                    f"{at(packet, 'dev_xmit')} <= rx <= {at(packet, 'netif_receive_skb')}"
                    f" in #{packet.id}", rx)


@ktap.each(*VERSIONS)
def stamps_are_not_between_other_stages(_, version):
    """The tolerance is not so large that the stages around would do as well."""
    for first, last in (("sendmsg", "ip_send_skb"), ("sock_enqueue", "recvmsg")):
        held = [p.id for p, tx, rx in observe(version)
                if between(p, first, tx, last, TOLERANCE_NS) or
                between(p, first, rx, last, TOLERANCE_NS)]
        expect(f"journeys with a kernel stamp between {first} and {last}", [], held)


def keep_stamps_on():
    """
    The kernel stamps what it receives while some socket wants that, and begins and ends that by a
    work some time later: so that it does not begin within a test, one wants it all the time.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    defer(sock.close)
    sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, RX_SOFTWARE | SOFTWARE)
    sock.bind(("127.0.0.1", 0))

    def stamped():
        sock.sendto(b"x", sock.getsockname())
        told = [data for level, kind, data in sock.recvmsg(1, 200)[1]
                if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING)]
        return any(any(struct.unpack_from("qq", data)) for data in told)

    ktap.wait_for(10, "the kernel stamps what it receives", stamped)


def setup():
    netns.pair()
    netns.load()
    keep_stamps_on()
    # nothing happens for the first time in what is measured
    netns.traffic("stamp", "udp", 4, rounds=2)
    netns.traffic("stamp", "udp", 6, rounds=2)


if __name__ == "__main__":
    ktap.main(setup)
