#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The fault table: every way to lose a packet is reported with its reason, place and last stage.

A row of the tables in lib/faults_*.py is two subtests: its packets with the fault, and the same
packets without it.  What netpath says is compared with the row, with drop_monitor and the event
skb:kfree_skb for the same packets, and with the kernel's own counter of the event.
"""
import os
import platform
import re
import sys
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import dropmon
import faults
import ktap
import netns
from faults_rx import RECEIVED
from faults_tcp import STREAM
from faults_tx import FORWARDED, SENT
from ktap import expect, expect_that

# what later stages see is part of what earlier ones do where these are not armed
STAGES = "default,ip_local_out,ip_output,ip_local_deliver"
CLONE = 4
TABLE = RECEIVED + STREAM + FORWARDED + SENT
RELEASE = ".".join(platform.release().split(".")[:2])


class Observers:
    """All that look at the same packets; set up once."""

    def __init__(self):
        self.monitor = dropmon.Monitor()
        self.events = dropmon.Events()

    def start(self, row):
        self.row = row
        self.before = faults.count(row.counter) if row.counter else 0
        self.monitor.read()
        self.events.clear()
        self.rings = netns.Rings()
        self.packets, self.others, self.alerts = [], [], []

    def read(self):
        """Read what netpath and drop_monitor have; packets that have ended."""
        for packet in self.rings.read():
            ours = self.row.ours(packet) and bool(packet.flags & CLONE) == self.row.clone
            (self.packets if ours else self.others).append(packet)
        self.alerts += [a for a in self.monitor.read() if self.row.ours(a)]
        return self.packets

    def dropped(self):
        return [p for p in self.read() if p.outcome == "dropped"]

    def counted(self):
        return faults.count(self.row.counter) - self.before


observers = None


def seen(packets):
    """What to show of packets where something else was expected."""
    return "\n".join(f"{p.outcome} {p.reason} {p.location} {p.flags:#x} {p.path}" for p in packets)


def watch(row, fault):
    """Send a row's packets and wait until they have ended."""
    for change in row.inject if fault else row.cure:
        change()
    observers.start(row)
    row.send(fault)
    if fault:
        for change in row.after:
            change()
    if fault and row.outcome == "dropped":
        try:
            ktap.wait_for(15, f"{row.drops} drops", lambda: len(observers.dropped()) >= row.drops)
        except ktap.Failed as err:
            raise ktap.Failed(f"{err}\n{seen(observers.packets)}") from err
        if row.monitor:
            ktap.wait_for(10, f"{row.drops} alerts of drop_monitor", lambda: (
                observers.read() and len(observers.alerts) >= row.drops))

    def ended():
        faults.sinks.drain()
        return len(observers.read()) >= (row.ended if fault else faults.COUNT)
    try:
        ktap.wait_for(15, "all packets end", ended)
    except ktap.Failed as err:
        raise ktap.Failed(f"{err}\n{seen(observers.packets)}") from err
    return observers.packets


def judge(row, drops):
    """What the kernel itself says about the same packets."""
    events = observers.events.read()
    places = {(p.reason, hex(p.drop_reason), p.location) for p in drops}
    for name, number, place in places:
        expect(f"events kfree_skb for '{name}' from {place}",
               sum((p.reason, p.location) == (name, place) for p in observers.others + drops),
               sum(e.reason in (name, number) and place in e.chain for e in events))
    said = Counter((p.reason, p.location[:dropmon.PLACE_MAX]) for p in drops)
    alerts = Counter((a.reason, a.location) for a in observers.alerts)
    expect("drop_monitor", said if row.monitor else Counter(), alerts)


@ktap.each(*((row.name, row) for row in TABLE))
def reported(_, row):
    packets = watch(row, True)
    drops = observers.dropped()
    where = sorted({f"{p.reason} at {p.location} after {p.path[-1]}" for p in drops})
    ktap.note(f"{row.name}: {'; '.join(where) or sorted({p.outcome for p in packets})}")
    expect("packets", row.ended, len(packets))
    expect("of them dropped", row.drops, len(drops))
    if not drops:
        expect("outcomes", {row.outcome}, {p.outcome for p in packets})
    expect("last stages", {row.last}, {p.path[-1] for p in drops or packets})
    if drops and RELEASE == "6.1":
        expect("reasons", {row.reason}, {p.reason for p in drops})
        for place in {p.location for p in drops}:
            expect_that(re.match(rf"({row.place})(\.\w+)*\+0x", place), f"a place in {row.place}", place)
    for packet in drops:
        expect_that(packet.total_ns >= max(row.alive_ns, packet.stamps[-1].offset_ns),
                    f"{row.alive_ns} ns alive and no less than to the last stage",
                    packet.total_ns)
    judge(row, drops)
    if row.counter:
        expect(row.counter, row.drops if row.counted is None else row.counted,
               observers.counted())


@ktap.each(*((row.name, row) for row in TABLE))
def not_reported_without_the_fault(_, row):
    packets = watch(row, False)
    expect("packets", faults.COUNT, len(packets))
    expect_that({p.outcome for p in packets} <= set(row.twin), row.twin,
                [(p.outcome, p.reason, p.location, p.path) for p in packets])
    expect("reasons and places", {("", "", 0)},
           {(p.reason, p.location, p.drop_reason) for p in packets})
    expect("alerts of drop_monitor", [], [(a.reason, a.location) for a in observers.alerts])
    if row.counter:
        expect(row.counter, 0, observers.counted())


def setup():
    global observers
    # softirqs of what is sent then run before the test goes on
    os.sched_setaffinity(0, {os.cpu_count() - 1})
    netns.pair()
    netns.beyond()
    netns.load(ring_kib=1024, stages=STAGES)
    faults.sinks = faults.Sinks()
    observers = Observers()


if __name__ == "__main__":
    ktap.main(setup)
