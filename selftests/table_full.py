#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A full table keeps working and counts what it cannot track; packets that stay too long expire."""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
from ktap import expect, expect_that

# many times what the table has room for
UNREAD = 100_000 // ktap.SLOW
OTHER_PORT = 9000
# expire_ms that no datagram here waits for: the most that there is
LONG = 3_600_000
# For FEW datagrams: with the usual table one bucket in some ten runs gets more than it has room for.
FEW, ROOMY = 1000, 65536


def flood(count, **where):
    """Datagrams that wait in sockets; the process that holds them."""
    child = netns.traffic_start("flood", "udp", 4, rounds=count, sockets=10, size=16, hold=True,
                                rcvbuf=64 << 20, **where)
    expect("datagrams sent", f"sent {count}\n", child.stdout.readline())
    return child


def read_all(child, count):
    child.send_signal(signal.SIGTERM)
    expect("datagrams received", f"received {count}\n", child.communicate()[0])


def births_and_untracked(before):
    after = netns.stats()
    return (after["births"] - before["births"], after["untracked"] - before["untracked"])


class Count:
    """Packets by netpath's count, and by the devices', which the stack's own multicast reports
    are among; netpath's is taken before and after, as the devices' takes some time to read."""

    def __init__(self):
        self.low = self.netpath()
        self.sent = sum(
            int(netns.in_ns(name, "cat", f"/sys/class/net/{dev}/statistics/tx_packets"))
            for name, dev in (("np-c", "vc"), ("np-s", "vs")))
        self.high = self.netpath()

    @staticmethod
    def netpath():
        stats = netns.stats()
        return stats["births"] + stats["untracked"]

    def expect_since(self, before, packets):
        low, high = self.low - before.high, self.high - before.low
        sent = self.sent - before.sent
        expect_that(low <= sent <= high, f"births + untracked = packets sent: {sent}",
                    f"{low} to {high}")
        expect_that(packets <= low and high <= packets + 20, f"{packets} and hardly more",
                    f"{low} to {high}")


@ktap.test
def full_table_counts_untracked_packets():
    netns.load(expire_ms=LONG)
    before, count = netns.stats(), Count()
    # a packet without a slot whose task goes on on another CPU would be counted there again
    flood(UNREAD, cpu=netns.CPU)
    births, untracked = births_and_untracked(before)
    Count().expect_since(count, UNREAD)
    expect_that(untracked > 0, "untracked > 0", untracked)
    slots = netns.stats()["table_slots"]
    expect_that(slots * 0.9 < births <= slots + 20, f"table of {slots} is nearly full", births)
    after = netns.stats()
    expect("in_flight", after["births"] - after["deaths"], after["in_flight"])
    expect_that(after["in_flight"] > slots * 0.9, "most of the table in flight", after["in_flight"])


@ktap.test
def other_traffic_passes_a_full_table():
    netns.load()
    flood(UNREAD)
    for proto in ("udp", "tcp"):
        said = netns.traffic("pingpong", proto, 6, port=OTHER_PORT, rounds=100)
        expect(proto, "rounds 100 answers 100", said.split(" elapsed")[0])


@ktap.test
def unread_packets_are_all_received_at_last():
    netns.load(expire_ms=LONG)
    read_all(flood(UNREAD), UNREAD)
    ktap.wait_for(10, "no packet in flight", lambda: not netns.stats()["in_flight"])
    stats = netns.stats()
    expect("births = deaths", stats["births"], stats["deaths"])


@ktap.test
def table_with_room_counts_no_untracked_packet():
    netns.load(table_slots=ROOMY)
    before, count = netns.stats(), Count()
    child = flood(FEW)
    Count().expect_since(count, FEW)
    expect("untracked", 0, births_and_untracked(before)[1])
    read_all(child, FEW)


@ktap.test
def unread_packets_expire_where_they_wait():
    netns.load(expire_ms=1000, ring_kib=8192, table_slots=ROOMY)
    rings = netns.Rings()
    child = flood(FEW)
    expect("untracked", 0, netns.stats()["untracked"])
    packets = []
    ktap.wait_for(20, f"{FEW} expired", lambda: packets.extend(
        p for p in rings.read() if p.outcome == "expired") or len(packets) >= FEW)
    expect("expired, as stats count", FEW, netns.stats()["expired"])
    expect("expired records to each port", {netns.PORT + i: FEW // 10 for i in range(10)},
           {port: sum(p.dport == port for p in packets) for port in {p.dport for p in packets}})
    expect("last stages", set(), {p.path[-1] for p in packets} - {"sock_enqueue", "sock_wakeup"})
    short = [p.total_ns for p in packets if p.total_ns < 10 ** 9]
    expect("expired before 1 s", [], short)
    expect("in_flight", 0, netns.stats()["in_flight"])
    read_all(child, FEW)


@ktap.test
def full_table_tracks_new_packets_after_expiry():
    netns.load(expire_ms=1000, ring_kib=8192)
    child = flood(UNREAD)
    expect_that(netns.stats()["untracked"] > 0, "untracked > 0", 0)
    ktap.wait_for(30, "in_flight 0", lambda: not netns.stats()["in_flight"])
    rings = netns.Rings()
    before = netns.stats()
    netns.traffic("pingpong", "udp", 6, port=OTHER_PORT, rounds=100, cpu=netns.CPU)
    flow = [p for p in rings.read() if OTHER_PORT in (p.sport, p.dport)]
    expect("outcomes", ["delivered"] * 200, [p.outcome for p in flow])
    expect("untracked", 0, births_and_untracked(before)[1])
    read_all(child, UNREAD)


@ktap.test
def packets_read_in_time_do_not_expire():
    netns.load(expire_ms=5000)
    rings = netns.Rings()
    for _ in range(3):
        read_all(flood(100), 100)
    netns.traffic("pingpong", "udp", 4, rounds=200)
    expect("expired in stats", 0, netns.stats()["expired"])
    expect("expired records", [], [p for p in rings.read() if p.outcome == "expired"])


def setup():
    netns.pair()


if __name__ == "__main__":
    ktap.main(setup)
