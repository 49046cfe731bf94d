#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Times are CLOCK_MONOTONIC, and which clock is read is shown."""
import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
from ktap import expect, expect_that

# clocksources that are the processor's cycle counter, on x86-64 and arm64
COUNTERS = ("tsc", "arch_sys_counter")
SOURCE = "/sys/devices/system/clocksource/clocksource0/current_clocksource"
# calibration of the cycle counter, once a second, against readings a few us wide
TOLERANCE_NS = 20_000


def set_source(name):
    with open(SOURCE, "w", encoding="ascii") as file:
        file.write(name)


def send_one(port):
    """Send a datagram over lo and read it; CLOCK_MONOTONIC before and after."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as writer, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reader:
        reader.settimeout(ktap.limit(10))
        reader.bind(("127.0.0.1", port))
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        writer.sendto(b"x", ("127.0.0.1", port))
        # it may be received by a softirq's thread, after sendto() has returned
        reader.recv(1)
        after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    return before, after


def bracketed():
    """(before, packet, after) of some packets."""
    rings = netns.Rings()
    times = {port: send_one(port) for port in range(9100, 9120)}
    flow = {p.dport: p for p in rings.read() if p.dport in times and p.l4_proto == 17}
    expect("packets", sorted(times), sorted(flow))
    return [(times[port][0], flow[port], times[port][1]) for port in times]


def expect_in_brackets(packets):
    for before, packet, after in packets:
        end = packet.start_ns + packet.stamps[-1].offset_ns
        expect_that(before - TOLERANCE_NS <= packet.start_ns and end <= after + TOLERANCE_NS,
                    f"{before} <= start and last stage <= {after}, +-{TOLERANCE_NS} ns",
                    f"{packet.start_ns} and {end}")


@ktap.test
def times_are_monotonic_right_after_loading():
    expect_in_brackets(bracketed())


@ktap.test
def stats_name_the_clock():
    with open(SOURCE, encoding="ascii") as file:
        source = file.read().strip()
    expect(f"clock with clocksource {source}", "cycles" if source in COUNTERS else "monotonic",
           netns.stats()["clock"])


@ktap.test
def times_are_monotonic_three_seconds_later():
    time.sleep(3)
    expect_in_brackets(bracketed())


@ktap.test
def other_clocksource_changes_the_clock_and_times_stay_right():
    with open(SOURCE.replace("current", "available"), encoding="ascii") as file:
        others = [name for name in file.read().split() if name not in ("tsc", "tsc-early")]
    with open(SOURCE, encoding="ascii") as file:
        current = file.read().strip()
    if current != "tsc" or not others:
        raise ktap.Skip("there is one clocksource only")
    set_source(others[0])
    ktap.defer(set_source, current)
    ktap.wait_for(10, "clock monotonic", lambda: netns.stats()["clock"] == "monotonic")
    expect("enabled", 1, netns.stats()["enabled"])
    expect_in_brackets(bracketed())


def setup():
    netns.load()


if __name__ == "__main__":
    ktap.main(setup)
