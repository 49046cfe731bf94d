#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Recording is stopped and started while packets are on their way: no record mixes any of it."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import rows
from ktap import expect, expect_that

CYCLES = 5
TCP, UDP = 6, 17
ENDS = ("deaths", "expired", "reborn", "abandoned", "in_flight")


def enable(value):
    """Returns the time before it and the time after it."""
    begin = time.monotonic_ns()
    netns.write_file("enable", str(value))
    return begin, time.monotonic_ns()


def traffic(before=()):
    """Datagrams and connections of both versions, without an end of their own."""
    # no more than what is done about them takes time for
    before = (*before, "nice", "-n", "19")
    return [netns.traffic_start("pingpong", proto, version, rounds=10**8, before=before,
                                port=netns.PORT + (version == 6))
            for proto in ("udp", "tcp") for version in (4, 6)]


def mixed(packet):
    """Has it stages that such a packet cannot pass?"""
    other = {TCP: ("udp_",), UDP: ("tcp_",)}.get(packet.l4_proto, ("tcp_", "udp_"))
    return packet.flags & 16 and any(name.startswith(other) for name in packet.path)


# What a packet from one namespace to the other passes once.
ONCE = ("sendmsg", "netif_rx", "netif_receive_skb", "ip_rcv", "udp_rcv", "tcp_rcv", "sock_enqueue")


def doubled(packet):
    """Has it the stages of two packets of one kind?"""
    return any(packet.path.count(name) > 1 for name in ONCE)


def between(packet, spans):
    """Did it begin and end in one of the spans?"""
    return any(begin <= packet.start_ns and packet.start_ns + packet.total_ns <= end
               for begin, end in spans)


def check(packets, spans):
    expect_that(len(packets) > 20 * len(spans), "packets were recorded", len(packets))
    for name, bad in (("with stages of another", mixed), ("with stages of two packets", doubled),
                      ("that began or ended while recording was off",
                       lambda packet: not between(packet, spans))):
        expect("packets " + name, [], [rows.show(p) for p in packets if bad(p)][:5])
    expect("packets recorded twice", len(packets), len({p.id for p in packets}))
    stats = netns.stats()
    expect("births: all ended", stats["births"], sum(stats[name] for name in ENDS))


def toggled(rings, children):
    """(all packets, when recording was on)"""
    packets, spans = [], []
    for _ in range(CYCLES):
        begin, _ = enable(1)
        enough = netns.stats()["records"] + 200
        ktap.wait_for(60, "200 records", lambda enough=enough:
                      netns.stats()["records"] >= enough)
        _, end = enable(0)
        held = netns.stats()
        expect("alive while it is off", 0, held["in_flight"])
        packets += rings.read()
        spans.append((begin, end))
        expect("born while it is off", held["births"], netns.stats()["births"])
        expect("traffic that has ended", [], [c.args for c in children if c.poll() is not None])
    return packets, spans


@ktap.each(("default", "default", ()), ("all_stages", "all", ()),
           ("one_cpu", "all", ("taskset", "-c", str(netns.CPU))))
def no_record_is_of_two_times(_, stages, before):
    netns.load(stages=stages, enable=0, ring_kib=8192)
    rings = netns.Rings()
    children = traffic(before)
    packets, spans = toggled(rings, children)
    expect("lost", 0, rings.lost)
    check(packets, spans)


@ktap.test
def what_is_on_its_way_when_it_stops_is_counted_as_abandoned():
    netns.load()
    with Waiting():
        alive = netns.stats()["in_flight"]
        expect_that(alive >= 1, "a datagram that nobody reads", alive)
        enable(0)
        stats = netns.stats()
        expect("in flight", 0, stats["in_flight"])
        expect_that(stats["abandoned"] >= alive, f"{alive} abandoned", stats["abandoned"])


@ktap.test
def without_a_stop_none_is_abandoned():
    netns.load()
    with Waiting():
        expect("abandoned", 0, netns.stats()["abandoned"])
    ktap.wait_for(10, "none in flight", lambda: not netns.stats()["in_flight"])
    expect("abandoned", 0, netns.stats()["abandoned"])


class Waiting:
    """A datagram waits in a receive queue."""

    def __enter__(self):
        self.ends = rows.send(read=False)
        ktap.wait_for(10, "a datagram in the queue", lambda: netns.stats()["in_flight"])

    def __exit__(self, *unused):
        for end in self.ends:
            end.close()


if __name__ == "__main__":
    ktap.main(netns.pair)
