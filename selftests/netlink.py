#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: smoke
"""The netlink family by the kernel's own client (YNL): what it tells is what the files in
debugfs tell; what it does not understand is refused."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import genl  # noqa: E402  pylint: disable=wrong-import-position
import ktap  # noqa: E402  pylint: disable=wrong-import-position
import netns  # noqa: E402  pylint: disable=wrong-import-position
import npnl  # noqa: E402  pylint: disable=wrong-import-position
from ktap import cmd, expect, expect_that  # noqa: E402  pylint: disable=wrong-import-position
from npnl import latency_file, quiet, refused, send  # noqa: E402  pylint: disable=wrong-import-position


def ynl(*words):
    """Other tests save time, here the client is a process, as with its users."""
    return npnl.ynl(*words, run=npnl.client)


def do(op, **attrs):
    return npnl.do(op, run=npnl.client, **attrs)


@ktap.test
def genl_shows_family_and_group():
    text = cmd("genl", "ctrl", "list")
    part = text[text.index("Name: netpath\n"):]
    part = part[:part.find("\nName:") if "\nName:" in part else None]
    expect_that("records" in part, "the group records", part)
    commands = part.split("multicast groups")[0].split()
    for name, number in npnl.NR.cmd.items():
        shown = f"ID-{number:#x}" in commands
        expect(f"operation {name} listed", name != "records-ntf", shown)


@ktap.test
def libnl_shows_family_and_group():
    text = cmd("genl-ctrl-list", "-d")
    part = text[text.index(" netpath "):]
    expect_that("records" in part.split("\n0x")[0], "the group records", part[:500])


@ktap.test
def info_tells_what_the_module_is():
    info = do("info")
    expect("clock", netns.stats()["clock"], info["clock"])
    expect("CPUs", len(os.listdir(netns.DIR + "per_cpu")), info["cpus"])
    expect("version", "1.0", info["module-version"])


@ktap.test
def stage_get_agrees_with_the_file():
    send()
    quiet()
    rows = netns.stages()
    for stage in ynl("--dump", "stage-get"):
        row = rows.pop(stage["name"])
        expect("id", row["id"], str(npnl.NR.enums["stage"][stage["id"]]))
        expect("symbol", row["symbol"], stage.get("symbols", "-"))
        expect("via", sorted(row["via"].split(",")), sorted(stage["via"]) or ["-"])
        expect("state", row["state"], stage["state"] + (
            ": " + stage["reason"] if "reason" in stage else ""))
        expect("layer and direction", (row["layer"], row["dir"]), (stage["layer"], stage["dir"]))
        expect_that(stage["hits"] >= int(row["hits"]), f"at least {row['hits']} hits", stage)
    expect("stages not listed", {}, rows)


@ktap.test
def stage_get_of_one_is_that_one():
    stage = do("stage-get", id="ip-rcv")
    expect("name", "ip_rcv", stage["name"])
    text = refused("stage-get", id="none")
    expect_that("not a stage" in text, "the reason", text)


@ktap.test
def stats_get_agrees_with_the_file():
    send()
    quiet()
    stats = {key.replace("-", "_"): value for key, value in do("stats-get").items()}
    own = netns.stats()
    expect("counters", sorted(own), sorted(stats))
    for name, value in own.items():
        expect(name, value, stats[name])


def expect_times(what, expected, got):
    """Times by name are the same; the clock may have been calibrated anew in between."""
    expect(what, sorted(expected), sorted(got))
    for name, value in expected.items():
        expect_that(abs(value - got[name]) <= 1 + value // 1000000,
                    f"{what}: {name}: {value} ns, or one part in a million beside", got[name])


def latency_dump():
    """Stages by name; messages that go on about a stage are put together."""
    stages = {}
    for part in ynl("--dump", "latency-get"):
        whole = stages.setdefault(part["name"], part)
        if whole is not part:
            whole.setdefault("bucket", []).extend(part.get("bucket", []))
    return stages


@ktap.test
def latency_get_agrees_with_the_file():
    send(50)
    quiet()
    rows = latency_file()
    stages = latency_dump()
    expect("stages", sorted(rows), sorted(stages))
    expect_that(rows["udp_rcv"]["count"] >= 100, "100 datagrams or more", rows["udp_rcv"])
    for name, row in rows.items():
        stage = stages[name]
        expect(f"count of {name}", row.pop("count"), stage["count"])
        expect_times(f"times of {name}", row, {key: stage[key + "-ns"] for key in row})


@ktap.test
def buckets_add_up_to_the_count_and_hold_the_quantiles():
    send(50)
    quiet()
    for name, stage in latency_dump().items():
        buckets = stage.get("bucket", [])
        expect(f"sum of {name}", stage["count"], sum(b["count"] for b in buckets))
        if not buckets:
            continue
        ends = {"min": buckets[0]["lower-ns"], "max": buckets[-1]["upper-ns"]}
        seen = 0
        for bucket in buckets:
            seen += bucket["count"]
            if seen * 2 >= stage["count"]:
                break
        expect_times(name, {key: stage[key + "-ns"] for key in ("min", "p50", "max")},
                     dict(ends, p50=bucket["upper-ns"]))
        one = npnl.do("latency-get", id=name.replace("_", "-"))
        expect(f"{name} alone", stage["count"], one["count"])


@ktap.test
def latency_get_of_a_stage_without_times_is_refused():
    text = refused("latency-get", id="skb-free")
    expect_that("no time begins" in text and "id" in text, "reason and attribute", text)


@ktap.test
def config_get_agrees_with_the_parameters():
    config = do("config-get")
    for name in ("enable", "table-slots", "ring-kib", "expire-ms", "kprobes"):
        with open("/sys/module/netpath/parameters/" + name.replace("-", "_"),
                  encoding="ascii") as file:
            text = file.read().strip()
        expect(name, {"Y": 1, "N": 0}.get(text) if text in "YN" else int(text), config[name])


@ktap.test
def unknown_attributes_are_refused():
    sock = npnl.Socket()
    family, _ = sock.find()
    for name, op in npnl.NR.ops.items():
        if "do" not in op:
            continue
        for number in (0x60, 0x3fff):
            try:
                sock.request(family, npnl.NR.cmd[name], genl.attr(number, b"abcd"))
                got = "accepted"
            except genl.Refused as err:
                got = (err.err, bool(err.text), err.offset)
            expect(f"{name} with attribute {number}", (22, True, 20), got)
    sock.close()


@ktap.test
def operations_that_take_nothing_refuse_pad():
    sock = npnl.Socket()
    family, _ = sock.find()
    for name in ("info", "config-get", "stats-get", "snapshot", "rules-get", "freeze-get", "thaw"):
        pad = npnl.NR.attrs[npnl.NR.ops[name]["attribute-set"]]["pad"]
        try:
            sock.request(family, npnl.NR.cmd[name], genl.attr(pad, b""))
            got = "accepted"
        except genl.Refused as err:
            got = err.err
        expect(name, 22, got)
    sock.close()


@ktap.test
def dumps_of_all_refuse_an_id():
    sock = npnl.Socket()
    family, _ = sock.find()
    for name in ("stage-get", "latency-get"):
        try:
            sock.request(family, npnl.NR.cmd[name], genl.attr(1, b"\1\0\0\0"), genl.F_DUMP)
            got = "accepted"
        except genl.Refused as err:
            got = (err.err, err.text)
        expect(name, (22, "a dump lists all stages and takes no id"), got)
    sock.close()


def setup():
    npnl.need_client()
    netns.pair()
    netns.load()


if __name__ == "__main__":
    ktap.main(setup)
