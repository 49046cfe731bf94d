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
from faults_ovs import SWITCHED
from faults_rx import RECEIVED
from faults_tcp import STREAM
from faults_tx import FORWARDED, SENT
from ktap import expect, expect_that

CLONE = 4
TABLE = RECEIVED + SWITCHED + STREAM + FORWARDED + SENT
RELEASE = ".".join(platform.release().split(".")[:2])


class Observers:
    """All that look at the same packets."""

    def __init__(self):
        self.monitor = self.rings = self.row = None
        self.events = dropmon.Events()
        self.packets, self.others, self.alerts = [], [], []
        self.before = 0

    def open(self):
        """Once, in the set-up."""
        if dropmon.monitor_is_safe():
            self.monitor = dropmon.Monitor()
        self.events.open()

    def start(self, row):
        """Look at the packets of a row, from now on."""
        self.row = row
        self.before = faults.count(row.counter) if row.counter else 0
        self.asked()
        self.events.clear()
        self.rings = netns.Rings()
        self.packets, self.others, self.alerts = [], [], []

    def asked(self):
        """What drop_monitor, where it can be asked, has reported since the last time."""
        return self.monitor.read() if self.monitor else []

    def reported(self, row):
        """Does drop_monitor report the row's drops?"""
        return bool(self.monitor) and row.monitor

    def read(self):
        """Read what netpath and drop_monitor have; packets that have ended."""
        for packet in self.rings.read():
            ours = self.row.ours(packet) and bool(packet.flags & CLONE) == self.row.clone
            (self.packets if ours else self.others).append(packet)
        self.alerts += [a for a in self.asked() if self.row.ours(a)]
        return self.packets

    def dropped(self):
        return [p for p in self.read() if p.outcome == "dropped"]

    def counted(self):
        return faults.count(self.row.counter) - self.before


    def wait(self, what, func):
        """Wait for a condition; if it does not come, show the packets."""
        try:
            ktap.wait_for(15, what, func)
        except ktap.Failed as err:
            shown = [f"{p.outcome} {p.reason} {p.location} {p.flags:#x} {p.path}"
                     for p in self.packets]
            raise ktap.Failed("\n".join([str(err)] + shown)) from err


observers = Observers()


def watch(row, fault):
    """Send a row's packets and wait until they have ended."""
    for change in row.inject if fault else row.cure:
        change()
    observers.start(row)
    row.send(fault)
    if fault:
        for change in row.after:
            change()
    if fault and row.drops:
        observers.wait(f"{row.drops} drops", lambda: len(observers.dropped()) >= row.drops)
    if fault and row.drops and observers.reported(row):
        observers.wait(f"{row.drops} alerts of drop_monitor", lambda: (
            observers.read() and len(observers.alerts) >= row.drops))

    def ended():
        faults.sinks.drain()
        return len(observers.read()) >= (row.ended if fault else faults.COUNT)
    observers.wait("all packets end", ended)
    return observers.packets


def reasons(row):
    """What this kernel may say of a row's drops."""
    if not dropmon.have_reasons():
        return {""}
    names = row.reason.split()
    return set(names[:1] if RELEASE == "6.1" else names)


def judge(row, drops):
    """What the kernel itself says about the same packets."""
    places = {(p.reason, hex(p.drop_reason), p.location) for p in drops}
    expect("number of reasons and places", min(1, len(drops)), len(places))
    for name, number, place in places:
        # of all packets: an event does not tell whose it is
        def numbers(name=name, number=number, place=place):
            observers.read()
            return (sum((p.reason, p.location) == (name, place)
                        for p in observers.others + observers.packets),
                    sum(e.reason in (name, number) and place == e.place
                        for e in observers.events.read()))
        observers.wait(f"records and as many events for '{name}' from {place}",
                       lambda numbers=numbers: len(set(numbers())) == 1)
    said = Counter((dropmon.coarse(p.reason), p.location[:dropmon.PLACE_MAX]) for p in drops)
    alerts = Counter((a.reason, a.location) for a in observers.alerts)
    expect("drop_monitor", said if observers.reported(row) else Counter(), alerts)


@ktap.each(*((row.name, row) for row in TABLE))
def reported(_, row):
    row = row.here()
    packets = watch(row, True)
    drops = observers.dropped()
    where = sorted({f"{p.reason} at {p.location} after {p.path[-1]}" for p in drops})
    ktap.note(f"{row.name}: {'; '.join(where) or sorted({p.outcome for p in packets})}")
    expect("packets", row.ended, len(packets))
    expect("of them dropped", row.drops, len(drops))
    rest = row.rest if drops else (row.outcome,)
    expect("outcomes of the others", set(rest if len(packets) > len(drops) else ()),
           {p.outcome for p in packets} - {"dropped"})
    expect("last stages", {row.last}, {p.path[-1] for p in drops or packets})
    expect("reasons other than in the table", set(), {p.reason for p in drops} - reasons(row))
    # the compiler puts other functions into each other in a kernel with debugging options
    if ktap.SLOW == 1:
        for place in {p.location for p in drops}:
            expect_that(re.match(rf"({row.place})(\.\w+)*\+0x", place), f"a place in {row.place}",
                        place)
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
    row = row.here()
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
    # softirqs of what is sent then run before the test goes on
    os.sched_setaffinity(0, {os.cpu_count() - 1})
    netns.pair()
    netns.beyond()
    netns.load(ring_kib=1024, stages=netns.BASIC)
    faults.sinks.open()
    observers.open()


if __name__ == "__main__":
    ktap.main(setup)
