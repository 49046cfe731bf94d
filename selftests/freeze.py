#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The flight recorder: what came before can be read, what comes later does not take its place."""
import os
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import frames
import ktap
import netns
from ktap import expect, expect_that

COUNT = 5
run = {"port": 7100}


def packets(number, closed=False):
    """Datagrams to a port of their own, which is returned when all have ended."""
    run["port"] += 1
    port = run["port"]
    with netns.inside("np-s"):
        reader = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with netns.inside("np-c"):
        writer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with reader, writer:
        reader.settimeout(ktap.limit(10))
        reader.bind((netns.SERVER[4], port if not closed else 0))
        for _ in range(number):
            writer.sendto(b"some", (netns.SERVER[4], port))
            if not closed:
                reader.recv(100)
        ktap.wait_for(20, "all packets ended", lambda: not netns.stats()["in_flight"])
    return port


def many():
    """More packets on each processor than its ring has room for."""
    for cpu in range(os.cpu_count()):
        netns.traffic("flood", "udp", 4, rounds=1500, port=6999, cpu=cpu)
    ktap.wait_for(20, "all packets ended", lambda: not netns.stats()["in_flight"])


def held():
    """{destination port: packets} of what the rings hold."""
    count = {}
    for p in netns.Rings(oldest=True).read():
        if p.flags & 16:
            count[p.dport] = count.get(p.dport, 0) + 1
    return count


def freeze(text):
    netns.write_file("freeze", text)
    ktap.defer(netns.write_file, "freeze", "thaw")


def state():
    return dict(line.split(" ", 1) for line in netns.read_file("freeze").splitlines())


@ktap.test
def frozen_now_and_thawed():
    before = packets(COUNT)
    expect("state", "recording", state()["state"])
    freeze("freeze")
    expect("state", "frozen", state()["state"])
    frozen = netns.stats()["frozen"]
    during = packets(COUNT)
    got = held()
    expect("packets before, during", (COUNT, 0), (got.get(before), got.get(during, 0)))
    expect("frozen", COUNT, netns.stats()["frozen"] - frozen)
    netns.write_file("freeze", "thaw\n")
    expect("state", "recording", state()["state"])
    after = packets(COUNT)
    got = held()
    expect("packets before, during, after", (COUNT, 0, COUNT),
           (got.get(before), got.get(during, 0), got.get(after)))
    expect("frozen", COUNT, netns.stats()["frozen"] - frozen)


@ktap.test
def frozen_after_some_more():
    before = packets(COUNT)
    freeze("freeze after 3")
    expect("state, left", ("counting", "3"), (state()["state"], state()["left"]))
    during = packets(COUNT)
    expect("state", "frozen", state()["state"])
    got = held()
    expect("packets before, during", (COUNT, 3), (got.get(before), got.get(during)))


@ktap.test
def a_full_ring_keeps_what_came_before():
    """More packets than the ring has room for take nothing away."""
    before = packets(COUNT)
    freeze("freeze")
    many()
    expect("packets before", COUNT, held().get(before))
    netns.write_file("freeze", "thaw")
    many()
    expect("packets before, after as many that were recorded", None, held().get(before))


@ktap.test
def first_drop_for_any_reason():
    freeze("freeze on_drop any after 2")
    before = packets(COUNT)
    expect("state", "armed", state()["state"])
    drop = packets(1, closed=True)
    # beside the drop itself: the answer that there is nobody
    expect_that(state()["state"] in ("counting", "frozen"), "triggered", state()["state"])
    after = packets(COUNT)
    expect("state", "frozen", state()["state"])
    got = held()
    expect("packets before, drop", (COUNT, 1), (got.get(before), got.get(drop)))
    expect_that(got.get(after, 0) <= 2, "at most 2 after", got.get(after, 0))


@ktap.test
def first_drop_for_this_reason():
    if not netns.drop_reason("NO_SOCKET"):
        raise ktap.Skip("this kernel has no drop reasons")
    freeze("freeze on_drop NO_SOCKET")
    expect("on_drop", "NO_SOCKET", state()["on_drop"])
    before = packets(COUNT)
    frames.transmit([frames.udp(dport=before, bad_ip=1)])
    ktap.wait_for(20, "all packets ended", lambda: not netns.stats()["in_flight"])
    expect("state after a drop for another reason", "armed", state()["state"])
    drop = packets(1, closed=True)
    expect("state", "frozen", state()["state"])
    after = packets(COUNT)
    got = held()
    expect("packets before, drop, after", (COUNT, 1, 0),
           (got.get(before) and COUNT, got.get(drop), got.get(after, 0)))


@ktap.test
def first_packet_that_is_slow():
    freeze("freeze slower_ns 2000000000")
    before = packets(COUNT)
    expect("state", "armed", state()["state"])
    netns.in_ns("np-c", "tc", "qdisc", "replace", "dev", "vc", "root", "netem", "delay", "2100ms")
    ktap.defer(netns.in_ns, "np-c", "tc", "qdisc", "del", "dev", "vc", "root")
    slow = packets(1)
    expect("state", "frozen", state()["state"])
    netns.in_ns("np-c", "tc", "qdisc", "replace", "dev", "vc", "root", "pfifo")
    after = packets(COUNT)
    got = held()
    expect("packets before, slow, after", (COUNT, 1, 0),
           (got.get(before), got.get(slow), got.get(after, 0)))


@ktap.test
def the_packet_that_triggers_is_kept_whatever_the_rules():
    netns.write_file("rules", "slower_ns 9000000000")
    ktap.defer(netns.write_file, "rules", "clear")
    freeze("freeze on_drop any")
    before = packets(COUNT)
    drop = packets(1, closed=True)
    got = held()
    expect("packets before, drop", (0, 1), (got.get(before, 0), got.get(drop)))


@ktap.each(("word", "stop", "freeze or thaw"), ("option", "freeze soon 5", "on_drop, slower_ns"),
           ("number", "freeze after many", "after \"many\""),
           ("reason", "freeze on_drop BAD_WEATHER", "on_drop \"BAD_WEATHER\""),
           ("value", "freeze after", "after \"\""), ("thaw", "thaw now", "freeze \"now\""))
def refused(_, text, reason):
    before = netns.read_file("freeze")
    try:
        netns.write_file("freeze", text)
        got = "accepted"
    except OSError as err:
        got = os.strerror(err.errno)
    expect("write", "Invalid argument", got)
    expect("freeze", before, netns.read_file("freeze"))
    line = netns.read_file("rules").splitlines()[-1]
    expect_that(line.startswith("refused ") and reason in line, reason, line)


def setup():
    netns.pair()
    netns.load(ring_kib=64)


if __name__ == "__main__":
    ktap.main(setup)
