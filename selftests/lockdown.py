#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: alone
"""Kernel lockdown "confidentiality": netlink and the files that only read go on, other tracers
do not.  There is no way back from it, so this runs in a machine of its own."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import ktap  # noqa: E402  pylint: disable=wrong-import-position
import netns  # noqa: E402  pylint: disable=wrong-import-position
import npnl  # noqa: E402  pylint: disable=wrong-import-position
from ktap import cmd, expect, expect_that  # noqa: E402  pylint: disable=wrong-import-position
from npnl import do, quiet, send, snapshot, ynl  # noqa: E402  pylint: disable=wrong-import-position

LOCKDOWN = "/sys/kernel/security/lockdown"
FILES = ("stages", "stats", "latency", "trace",
         *(f"per_cpu/cpu{cpu}/ring" for cpu in range(os.cpu_count())))
TRACE_CMD = ("trace-cmd", "record", "-q", "-o", "/tmp/np-lockdown.dat", "-e", "skb:kfree_skb",
             "true")
LEVELS = ("integrity", "confidentiality")
# level: what "netpath doctor" said there
DOCTOR = {}
BPFTRACE = ("bpftrace", "-e", "tracepoint:skb:kfree_skb { exit(); }")


def read_some(name):
    fd = os.open(netns.DIR + name, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return len(os.read(fd, 1 << 16))
    except BlockingIOError:
        return 0
    finally:
        os.close(fd)


def ask_doctor(level):
    done = cmd(netns.TOOL, "doctor", "-j", check=False)
    DOCTOR[level] = done.returncode, json.loads(done.stdout)


@ktap.test
def control_works():
    do("config-set", enable=0)
    expect("enable", 0, do("config-get")["enable"])
    do("config-set", table_slots=2048, ring_kib=2048)
    do("stage-set", set=["ip-rcv", "udp-rcv", "recvmsg"])
    do("config-set", enable=1)
    states = {s["name"]: s["state"] for s in ynl("--dump", "stage-get")}
    expect("udp_rcv", "armed", states["udp_rcv"])
    expect("dev_queue", "off", states["dev_queue"])
    do("clear", what=["latency", "records"])
    expect("table-slots", 2048, do("stats-get")["table-slots"])


@ktap.test
def packets_are_recorded_and_listed():
    before = do("stats-get")["records"]
    send(10)
    ktap.wait_for(10, "20 records", lambda: do("stats-get")["records"] >= before + 20)
    expect_that(len(snapshot()) >= 20, "20 records or more", "fewer")
    counts = {s["name"]: s["count"] for s in ynl("--dump", "latency-get")}
    expect_that(counts["udp_rcv"] >= 20, "20 times or more", counts)


@ktap.test
def records_are_streamed():
    sub = npnl.Subscriber()
    before = dict(sub.next)
    send(50)
    quiet()
    sub.until({p["cpu"]: p["next-seq"] for p in do("snapshot")["position"]})
    total = sum(sub.next[cpu] - before[cpu] for cpu in before)
    expect_that(total >= 100, "100 records or more", total)
    expect("received", total, sub.packets)


@ktap.test
def tool_works():
    for words in (("stats",), ("stages",), ("latency",), ("config",), ("info",),
                  ("config", "--set", "expire_ms=5000"), ("watch", "-a", "-n", "5")):
        done = cmd(netns.TOOL, *words, check=False, timeout=ktap.limit(60))
        expect(f"status of netpath {' '.join(words)}", (0, ""), (done.returncode, done.stderr))


@ktap.each(*[(level, level) for level in ("none", *LEVELS)])
def doctor_says_what_it_cannot_see(_, level):
    status, doc = DOCTOR[level]
    expect("exit status, works", (0, True), (status, doc["works"]))
    hidden = {"none": (), "integrity": ("lockdown", "kprobes"),
              "confidentiality": ("lockdown", "kprobes", "tracepoints")}[level]
    not_ok = {check["name"]: check for check in doc["checks"] if check["verdict"] != "ok"}
    expect("checks that are not ok", {name: "warn" for name in hidden},
           {name: check["verdict"] for name, check in not_ok.items()})
    for name in hidden:
        expect_that(name == "lockdown" or "lockdown" in not_ok[name]["found"], "the reason",
                    not_ok[name])
    unknown = {stage["state"] == "unknown" for stage in doc["stages"]}
    expect("stages are unknown", {level == "confidentiality"}, unknown)


@ktap.each(*[(name.replace("/", "_"), name) for name in FILES])
def file_that_only_reads_is_readable(_, name):
    send(5)
    read = read_some(name)
    if "ring" not in name:
        expect_that(read > 0, "some bytes", read)


@ktap.each(*[(name, name) for name in ("enable", "filter", "rules", "freeze")])
def file_that_can_be_written_is_refused(_, name):
    for flags in (os.O_RDONLY, os.O_WRONLY):
        try:
            os.close(os.open(netns.DIR + name, flags))
            got = "opened"
        except PermissionError as err:
            got = err.strerror
        expect(name, "Operation not permitted", got)


@ktap.test
def trace_cmd_works_no_longer():
    done = cmd(*TRACE_CMD, check=False)
    expect_that(done.returncode != 0, "a failure", done.stdout)


@ktap.test
def bpftrace_works_no_longer():
    if cmd("sh", "-c", "command -v bpftrace", check=False).returncode:
        raise ktap.Skip("bpftrace is not there")
    done = cmd(*BPFTRACE, check=False)
    expect_that(done.returncode != 0, "a failure", done.stdout)


def setup():
    if not os.path.exists(LOCKDOWN):
        raise ktap.Skip("this kernel has no lockdown")
    npnl.need_client()
    netns.pair()
    netns.load()
    # before: it does work, or its failure later would show nothing
    done = cmd(*TRACE_CMD, check=False)
    expect("trace-cmd before lockdown", (0, ""), (done.returncode, done.stderr[-300:]))
    ask_doctor("none")
    for level in LEVELS:
        with open(LOCKDOWN, "w", encoding="ascii") as file:
            file.write(level)
        ask_doctor(level)
    with open(LOCKDOWN, encoding="ascii") as file:
        expect("lockdown", "none integrity [confidentiality]", file.read().strip())


if __name__ == "__main__":
    ktap.main(setup)
