#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Changes by netlink, with the kernel's own client (YNL): what they do, what is refused, and
that a change that is refused has changed nothing."""
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import ktap  # noqa: E402  pylint: disable=wrong-import-position
import netns  # noqa: E402  pylint: disable=wrong-import-position
import npnl  # noqa: E402  pylint: disable=wrong-import-position
from ktap import expect, expect_that  # noqa: E402  pylint: disable=wrong-import-position
from npnl import do, latency_file, quiet, refused, send, snapshot  # noqa: E402  pylint: disable=wrong-import-position


def expect_reason(text, why, attr=None, missing=None):
    """The client printed this reason, and what is to blame."""
    expect_that(why in text, why, text)
    if attr:
        expect_that(f"'bad-attr': '.{attr}'" in text, f"the attribute {attr}", text)
    # kernels before 6.1 have no way to tell
    if missing and tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 1):
        expect_that(f"'miss-type': '{missing}'" in text, f"{missing} as what is missing", text)


@ktap.test
def enable_stops_and_starts():
    netns.load()
    do("config-set", enable=0)
    expect("enable", 0, do("config-get")["enable"])
    expect("file", 0, netns.stats()["enabled"])
    before = netns.stats()["records"]
    send()
    expect("records while stopped", before, netns.stats()["records"])
    do("config-set", enable=1)
    send()
    expect_that(quiet() > before, "records", "none")


@ktap.test
def expire_ms_changes_while_recording():
    netns.load()
    do("config-set", expire_ms=100)
    expect("expire-ms", 100, do("config-get")["expire-ms"])
    netns.traffic_start("pingpong", "udp", 4, rounds=1)
    expect("still recording", 1, do("config-get")["enable"])


@ktap.each(("table_slots", 2048), ("ring_kib", 512), ("kprobes", 1))
def while_recording_is_busy_and_stays(name, value):
    """What needs a stop is refused with the reason; stopped, it is done."""
    netns.load()
    key = name.replace("_", "-")
    before = do("config-get")
    text = refused("config-set", **{name: value, "expire_ms": 777})
    expect_reason(text, "Device or resource busy")
    expect_reason(text, "enable to 0", key)
    expect("configuration", before, do("config-get"))
    do("config-set", enable=0)
    do("config-set", **{name: value, "expire_ms": 777})
    after = dict(before, enable=0)
    after[key], after["expire-ms"] = value, 777
    expect("configuration", after, do("config-get"))
    do("config-set", enable=1)
    send()
    expect_that(quiet() >= 10, "10 records or more", netns.stats()["records"])


@ktap.test
def the_same_value_is_no_change_and_needs_no_stop():
    netns.load()
    do("config-set", **{k.replace("-", "_"): v for k, v in do("config-get").items()})


@ktap.each(("not_a_power_of_two", {"table_slots": 1000}, "power of two"),
           ("ring_not_a_power_of_two", {"ring_kib": 100}, "power of two"),
           ("below_range", {"table_slots": 32}, "out of range"),
           ("above_range", {"ring_kib": 131072}, "out of range"),
           ("expire_too_short", {"expire_ms": 1}, "out of range"),
           ("enable_no_bool", {"enable": 2}, "out of range"))
def config_set_refuses(_, attrs, why):
    netns.load(enable=0)
    before = do("config-get")
    text = refused("config-set", **attrs, kprobes=1)
    expect_reason(text, why, next(iter(attrs)).replace("_", "-"))
    expect("configuration", before, do("config-get"))


@ktap.test
def config_set_refuses_nothing():
    netns.load(enable=0)
    before = do("config-get")
    expect_reason(refused("config-set"), "nothing was given")
    expect("configuration", before, do("config-get"))


@ktap.test
def other_sizes_keep_readers_alive():
    """A reader of the ring goes on behind a change of its size and is told what it lost."""
    netns.load()
    ring = netns.Rings()
    # the loss on a CPU shows with the next record there
    send(cpu=netns.CPU)
    quiet()
    read = len(ring.read())
    expect_that(read >= 10, "10 packets or more", read)
    send(cpu=netns.CPU)
    done = quiet()
    do("config-set", enable=0)
    do("config-set", ring_kib=64, table_slots=128)
    do("config-set", enable=1)
    expect("packets of the old ring", [], ring.read())
    send(cpu=netns.CPU)
    total = quiet()
    got = len(ring.read())
    expect_that(got >= 10, "10 packets or more", got)
    expect("received + lost", total, read + got + ring.lost)
    expect("lost", done - read, ring.lost)


def armed():
    return sorted(name for name, row in netns.stages().items() if row["state"] == "armed")


@ktap.test
def stage_set_replaces_the_set():
    netns.load()
    always = ["skb_clone", "skb_free", "skb_merge"]
    do("stage-set", set=["ip-rcv", "udp-rcv"])
    expect("armed", sorted(always + ["ip_rcv", "udp_rcv"]), armed())
    rings = netns.Rings()
    send()
    quiet()
    paths = {tuple(p.path) for p in netns.of_flow(rings.read(), "udp", 4)}
    expect("stages passed", {("ip_rcv", "udp_rcv")}, paths)
    expect("recording", 1, do("config-get")["enable"])


@ktap.test
def stage_set_while_stopped_counts_at_the_start():
    netns.load(enable=0)
    do("stage-set", set=["dev-queue"])
    expect("armed", [], armed())
    do("config-set", enable=1)
    expect("armed", ["dev_queue", "skb_clone", "skb_free", "skb_merge"], armed())


@ktap.test
def stage_set_refuses_what_is_no_stage_and_changes_nothing():
    netns.load()
    before = armed()
    expect_reason(refused("stage-set", set=["none", "ip-rcv"]), "not a stage", "set")
    expect_reason(refused("stage-set"), "missing", missing="set")
    expect("armed", before, armed())


@ktap.test
def stats_while_sizes_change_are_those_before_or_after():
    netns.load(table_slots=64, ring_kib=32)
    send()
    quiet()
    do("config-set", enable=0)
    seen, done = set(), threading.Event()
    bytes_written = netns.stats()["bytes"]

    def watch():
        while not done.is_set():
            now = netns.stats()
            seen.add((now["table_slots"], now["bytes"]))
    watcher = threading.Thread(target=watch)
    watcher.start()
    ktap.defer(watcher.join)
    ktap.defer(done.set)
    for number in range(20):
        do("config-set", table_slots=128 >> number % 2, ring_kib=64 >> number % 2)
    done.set()
    watcher.join()
    expect("slots and bytes", {(64, bytes_written), (128, bytes_written)}, seen)


@ktap.test
def clear_empties_the_histograms():
    netns.load()
    send()
    quiet()
    expect_that(latency_file()["udp_rcv"]["count"] >= 10, "10 or more", "fewer")
    do("clear", what=["records"])
    expect_that(latency_file()["udp_rcv"]["count"] >= 10, "10 or more, as before", "fewer")
    do("clear", what=["latency"])
    expect("counts", {0}, {row["count"] for row in latency_file().values()})
    send()
    quiet()
    expect("datagrams measured", 10, latency_file()["udp_rcv"]["count"])


@ktap.test
def clear_empties_the_rings_but_not_for_who_reads():
    netns.load()
    rings = netns.Rings()
    send()
    total = quiet()
    expect("records before", total, len(snapshot()))
    do("clear", what=["latency"])
    expect("records after clearing latency", total, len(snapshot()))
    do("clear", what=["records"])
    expect("records after", 0, len(snapshot()))
    expect("trace after", 0, os.path.getsize(netns.DIR + "trace"))
    with open(netns.DIR + "trace", encoding="ascii") as file:
        expect("text after", "", file.read())
    expect("records for who had begun to read", total, len(rings.read()))
    expect("records ever written", total, netns.stats()["records"])
    send()
    expect_that(0 < len(snapshot()) <= quiet() - total, "only later ones", "others")


@ktap.test
def clear_refuses_nothing_and_the_unknown():
    netns.load()
    expect_reason(refused("clear", what=[]), "nothing was given", "what")
    expect_reason(refused("clear"), "missing", missing="what")


def setup():
    npnl.need_client()
    netns.pair()
    netns.load()


if __name__ == "__main__":
    ktap.main(setup)
