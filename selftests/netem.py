#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: --icount
"""A delay of 20 ms in the sender's queueing discipline is where it belongs, and nowhere else.

In the guest with counted instructions, because a busy host delays timers for more than 1 ms.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
from ktap import cmd, expect, expect_that

DELAY_NS = 20_000_000
TOLERANCE_NS = 1_000_000
ROUNDS = 20
CASES = [(f"{proto}{version}", proto, version) for proto in ("udp", "tcp") for version in (4, 6)]
seen = {}


def gaps(packet):
    """(stage, next stage, ns between) of a journey."""
    stamps = packet.stamps
    return [(a.name, b.name, b.offset_ns - a.offset_ns) for a, b in zip(stamps, stamps[1:])]


def observe(proto, version, delay):
    """Delivered packets of a request/response run, requests delayed or not."""
    def run():
        rings = netns.Rings()
        netns.traffic("pingpong", proto, version, rounds=ROUNDS, warmup=2)
        return netns.of_flow(rings.read(), proto, version)
    key = (proto, version, delay)
    if key not in seen:
        netns.in_ns("np-c", "tc", "qdisc", "replace", "dev", "vc", "root",
                    *(("netem", "delay", "20ms") if delay else ("pfifo",)))
        seen[key] = [p for p in netns.undisturbed(run) if p.outcome == "delivered"]
        expect("journeys", 2 * (ROUNDS + 2), len(seen[key]))
    return seen[key]


def long_gaps(packets):
    """Where a packet waited for longer than the tolerance, and how often."""
    found = {}
    for packet in packets:
        for a, b, ns in gaps(packet):
            if ns > TOLERANCE_NS:
                found[a, b] = found.get((a, b), 0) + 1
    return found


@ktap.each(*CASES)
def delay_is_between_dev_queue_and_dev_xmit(_, proto, version):
    requests = [p for p in observe(proto, version, True) if p.dport == netns.PORT]
    expect("requests", ROUNDS + 2, len(requests))
    for packet in requests:
        between = [ns for a, b, ns in gaps(packet) if (a, b) == ("dev_queue", "dev_xmit")]
        expect(f"gaps from dev_queue to dev_xmit in #{packet.id}", 1, len(between))
        expect_that(DELAY_NS <= between[0] < DELAY_NS + TOLERANCE_NS,
                    f"20 ms to 21 ms in #{packet.id}", f"{between[0]} ns")


@ktap.each(*CASES)
def delay_is_nowhere_else(_, proto, version):
    packets = observe(proto, version, True)
    expect("gaps of more than 1 ms", {("dev_queue", "dev_xmit"): ROUNDS + 2}, long_gaps(packets))
    answers = [p for p in packets if p.sport == netns.PORT]
    expect("gaps of more than 1 ms in answers, which are not delayed", {}, long_gaps(answers))


@ktap.each(*CASES)
def without_netem_there_is_no_delay(_, proto, version):
    expect("gaps of more than 1 ms", {}, long_gaps(observe(proto, version, False)))


@ktap.test
def latency_file_shows_the_delay_at_dev_queue():
    with open(netns.DIR + "latency", encoding="ascii") as file:
        rows = {line.split("\t")[0]: line.split("\t")[1:] for line in file}
    expect_that(DELAY_NS <= int(rows["dev_queue"][-1]) < DELAY_NS + TOLERANCE_NS,
                "max of dev_queue 20 ms to 21 ms", rows["dev_queue"])
    expect_that(int(rows["dev_xmit"][-1]) < TOLERANCE_NS, "max of dev_xmit < 1 ms",
                rows["dev_xmit"])


def setup():
    if cmd("modprobe", "sch_netem", check=False).returncode:
        raise ktap.Skip("this kernel has no sch_netem")
    netns.pair()
    netns.load(stages=netns.BASIC)


if __name__ == "__main__":
    ktap.main(setup)
