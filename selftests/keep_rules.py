#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Rules about which journeys are worth keeping: time, time in a stage, drops, one flow in N.

What is kept is compared with all that passed in the same run: the trace event has the end of every
journey, and ftrace the times at which each packet passed the kernel's own events.
"""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import frames
import ktap
import netns
import tracefs
from ktap import expect, expect_that
from udp import COUNT, ended, rules, send, udp_socket

PORT, BACK = 7100, 6000
LIMIT_MS = ktap.limit(50)
LIMIT_NS = LIMIT_MS * 1_000_000
# ftrace sees a packet some time before or after netpath does
MARGIN_NS = LIMIT_NS * 2 // 5
FLOWS = 64
LONG_S = 2


class Events:
    """What ftrace tells of all packets, kept or not."""

    def __init__(self):
        self.trace = tracefs.Trace("mono")
        self.trace.event("netpath/netpath_packet")
        for name in ("net_dev_queue", "net_dev_start_xmit"):
            self.trace.event("net/" + name, 'name == "vc"')
        self.trace.begin()
        self.journeys = {}
        self.queued = []

    def read(self):
        """Journeys: {id: (total_ns, outcome, dport)}, the first first; and how long each packet was
        in the queue of vc, in ns, the first first."""
        ends, waiting = [], {}
        for line in self.trace.lines():
            match = re.search(r"(\d+)\.(\d{6}): (\w+): (.*)", line)
            if not match:
                continue
            now = int(match[1]) * 10**9 + int(match[2]) * 1000
            fields = dict(re.findall(r"(\w+)=(\S+)", match[4]))
            if match[3] == "netpath_packet":
                ends.append((int(fields["start_ns"]), int(fields["id"]), (
                    int(fields["total_ns"]), fields["outcome"], int(fields["dport"]))))
            elif match[3] == "net_dev_queue":
                waiting[fields["skbaddr"]] = now, len(self.queued)
                self.queued.append(None)
            elif fields["skbaddr"] in waiting:
                since, number = waiting.pop(fields["skbaddr"])
                self.queued[number] = now - since
        self.journeys = {number: rest for _, number, rest in sorted(ends)}


def full_and_kept(text, traffic):
    """All that passed, and the records of what was kept, of the same run."""
    rules(text)
    rings, events = netns.Rings(), Events()
    before = netns.stats()
    traffic()
    ended()
    events.read()
    kept = rings.read()
    after = netns.stats()
    expect("lost", 0, rings.lost)
    expect("not_kept", len(events.journeys) - len(kept), after["not_kept"] - before["not_kept"])
    return events, kept


def jitter():
    """One packet after the other through a queue in which each waits for another time."""
    netns.in_ns("np-c", "tc", "qdisc", "replace", "dev", "vc", "root", "netem", "delay",
                f"{LIMIT_MS}ms", f"{LIMIT_MS * 8 // 10}ms")
    ktap.defer(netns.in_ns, "np-c", "tc", "qdisc", "del", "dev", "vc", "root", check=False)
    reader = udp_socket("np-s", netns.SERVER[4], PORT)
    for _ in range(30):
        send("np-c", netns.SERVER[4], PORT, reader)


def expect_both(kept, of):
    expect_that(10 < kept < of - 10, "more than 10 kept, more than 10 not", (kept, of))


@ktap.test
def exactly_those_above_the_threshold_are_kept():
    events, kept = full_and_kept(f"slower_ns {LIMIT_NS}", jitter)
    want = {number for number, (total, _, _) in events.journeys.items() if total > LIMIT_NS}
    expect("kept", sorted(want), sorted(p.id for p in kept))
    for p in kept:
        expect_that(p.total_ns > LIMIT_NS, f"more than {LIMIT_NS} ns", p.total_ns)
    expect_both(len(want), len(events.journeys))


@ktap.test
def exactly_those_slow_in_a_stage_are_kept():
    events, kept = full_and_kept(f"stage dev_queue {LIMIT_NS}", jitter)
    for p in kept:
        gaps = [b.offset_ns - a.offset_ns for a, b in zip(p.stamps, p.stamps[1:])
                if a.name == "dev_queue"]
        expect_that(max(gaps) > LIMIT_NS, f"more than {LIMIT_NS} ns in dev_queue", gaps)
    expect("packets that ftrace saw", len(events.journeys), len(events.queued))
    slow = {number for number, spent in zip(events.journeys, events.queued)
            if spent > LIMIT_NS + MARGIN_NS}
    fast = {number for number, spent in zip(events.journeys, events.queued)
            if spent < LIMIT_NS - MARGIN_NS}
    found = {p.id for p in kept}
    expect("slow ones that were not kept", set(), slow - found)
    expect("fast ones that were kept", set(), fast & found)
    expect_both(len(found), len(events.journeys))
    expect_that(len(slow) > 10 and len(fast) > 10, "more than 10 slow, 10 fast",
                (len(slow), len(fast)))


@ktap.test
def time_in_another_stage_does_not_count():
    events, kept = full_and_kept(f"stage udp_rcv {LIMIT_NS}", jitter)
    expect_that(sum(spent > LIMIT_NS for spent in events.queued) > 10, "more than 10 slow ones",
                events.queued)
    # none, unless the machine stood still
    for p in kept:
        gaps = [b.offset_ns - a.offset_ns for a, b in zip(p.stamps, p.stamps[1:])
                if a.name == "udp_rcv"]
        expect_that(max(gaps) > LIMIT_NS, f"more than {LIMIT_NS} ns in udp_rcv", gaps)
    expect_that(len(kept) < len(events.journeys) // 2, "few kept", len(kept))


@ktap.test
def time_in_the_last_stage_is_until_the_end():
    """A datagram that nobody reads waits behind its last stage until its socket is closed."""
    def wait():
        send("np-c", netns.SERVER[4], PORT, udp_socket("np-s", netns.SERVER[4], PORT))
        reader = udp_socket("np-s", netns.SERVER[4], PORT + 1)
        send("np-c", netns.SERVER[4], PORT + 1, count=1)
        time.sleep(LONG_S + 0.2)
        reader.close()
    events, kept = full_and_kept(f"stage sock_wakeup {LONG_S * 10**9}", wait)
    expect("journeys", COUNT + 1, len(events.journeys))
    expect("kept", [(PORT + 1, "sock_wakeup")], [(p.dport, p.path[-1]) for p in kept])


def good_and_bad():
    send("np-c", netns.SERVER[4], PORT, udp_socket("np-s", netns.SERVER[4], PORT))
    send("np-c", netns.SERVER[4], PORT + 1)
    # its checksum is wrong
    frames.transmit([frames.udp(dport=PORT + 2, bad_ip=1)] * COUNT)


@ktap.test
def drops_only():
    events, kept = full_and_kept("drops 1", good_and_bad)
    want = {number for number, (_, outcome, _) in events.journeys.items() if outcome == "dropped"}
    expect("kept", sorted(want), sorted(p.id for p in kept))
    expect_that(len(want) >= 2 * COUNT and len(want) <= len(events.journeys) - COUNT,
                "some dropped, some not", (len(want), len(events.journeys)))


@ktap.test
def drops_for_a_reason():
    if not netns.drop_reason("NO_SOCKET"):
        raise ktap.Skip("this kernel has no drop reasons")
    events, kept = full_and_kept("reasons NO_SOCKET", good_and_bad)
    expect("ports kept", [PORT + 1] * COUNT, [p.dport for p in kept])
    dropped = [number for number, (_, outcome, _) in events.journeys.items() if outcome == "dropped"]
    expect_that(len(dropped) >= 2 * COUNT, "others were dropped too", len(dropped))


def flows():
    """Two datagrams and two answers of each flow."""
    for port in range(PORT, PORT + FLOWS):
        reader = udp_socket("np-s", netns.SERVER[4], port)
        sender = udp_socket("np-c", netns.CLIENT[4], BACK)
        for _ in range(2):
            sender.sendto(b"there", (netns.SERVER[4], port))
            reader.recv(100)
            reader.sendto(b"back", (netns.CLIENT[4], BACK))
            sender.recv(100)
        sender.close()
        reader.close()


def flows_kept(one_in):
    """{port: packets}"""
    events, kept = full_and_kept(f"one_in {one_in}", flows)
    expect("journeys", 4 * FLOWS, len(events.journeys))
    found = {}
    for p in kept:
        port = p.dport if p.dport != BACK else p.sport
        found[port] = found.get(port, 0) + 1
    expect_that(set(found.values()) <= {4}, "all packets of a flow, both ways, or none", found)
    return set(found)


@ktap.test
def one_flow_in_four():
    first = flows_kept(4)
    # 16 of 64 are expected; less than 4 or more than 32 of a fair hash have a chance of 1 in 10000
    expect_that(4 <= len(first) <= 32, "about 16 flows of 64", len(first))
    expect("flows kept of the same traffic", first, flows_kept(4))
    expect("flows kept of the same traffic, by 2, among others", set(), first - flows_kept(2))


@ktap.each(("0", FLOWS), ("1", FLOWS), ("4294967295", 0))
def one_flow_in(number, want):
    expect(f"flows kept of {FLOWS}", want, len(flows_kept(number)))


@ktap.test
def times_count_kept_or_not():
    def count():
        rows = [line.split("\t") for line in netns.read_file("latency").splitlines()]
        return {row[0]: int(row[1]) for row in rows[1:]}
    before = count()
    full_and_kept("drops 1", lambda: send("np-c", netns.SERVER[4], PORT,
                                          udp_socket("np-s", netns.SERVER[4], PORT)))
    after = count()
    expect("values of udp_rcv", COUNT, after["udp_rcv"] - before["udp_rcv"])
    rules(f"pid {os.getpid() + 1}")
    send("np-c", netns.SERVER[4], PORT, udp_socket("np-s", netns.SERVER[4], PORT))
    ended()
    expect("values of udp_rcv, of packets rejected", after["udp_rcv"], count()["udp_rcv"])


def setup():
    netns.pair()
    tracefs.write("buffer_size_kb", 8000)
    ktap.defer(tracefs.write, "buffer_size_kb", 1408)
    netns.load(ring_kib=16384)


if __name__ == "__main__":
    ktap.main(setup)
