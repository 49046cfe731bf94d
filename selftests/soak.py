#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Everything at once and for long: traffic of all kinds, hooks in and out, readers that die,
processors and namespaces that go, memory that is short.

Usage: soak.py [SECONDS]
In rounds: each loads the module, with other parameters than the last, and unloads it."""
import collections
import os
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import soak
from ktap import cmd, expect, expect_that

SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 else 600
ROUND_S = max(15, SECONDS // 10)
PARAMETERS = (
    {}, {"stages": "all"}, {"ring_kib": 32}, {"kprobes": 1}, {"table_slots": 64},
    {"stages": "default,irq,napi_poll,skb_alloc", "expire_ms": 200},
)
TAINT_WARN = 1 << 9
rounds = []
run = {"answers": collections.Counter(), "trouble": [], "counts": collections.Counter()}


class Counter(threading.Thread):
    """A reader of one ring that counts: what it got, what it was told it lost."""

    def __init__(self, name):
        super().__init__(daemon=True)
        self.ring = os.open(f"{netns.DIR}per_cpu/{name}/ring", os.O_RDONLY | os.O_NONBLOCK)
        # only a reader that has a place is told of what it lost before its first read
        os.lseek(self.ring, 0, os.SEEK_END)
        self.got = self.lost = self.expected = 0
        self.gaps = []
        self._end = threading.Event()

    def run(self):
        while True:
            end = self._end.is_set()
            try:
                self._count(os.read(self.ring, 1 << 20))
            except BlockingIOError:
                if end:
                    break
                self._end.wait(0.05)
        os.close(self.ring)

    def _count(self, raw):
        at = 0
        while at < len(raw):
            length, kind = struct.unpack_from("=IH", raw, at)
            number, count = struct.unpack_from("=QQ", raw, at + (8 if kind == 2 else 16))
            if number != self.expected:
                self.gaps.append((self.expected, number))
            if kind == 2:
                self.lost += count
                self.expected = number + count
            else:
                self.got += 1
                self.expected = number + 1
            at += length

    def stop(self):
        self._end.set()
        self.join()


def meminfo():
    with open("/proc/meminfo", encoding="ascii") as file:
        return {line.split(":")[0]: int(line.split()[1]) for line in file}


def memory():
    """KiB in use when nothing runs, the module is not loaded and caches are empty."""
    def measured():
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
            file.write("3")
        return meminfo()
    last = [measured()]

    def settled():
        now = measured()
        change = abs(now["SUnreclaim"] - last[0]["SUnreclaim"])
        last[0] = now
        time.sleep(0.5)
        return change < 64
    ktap.wait_for(60, "memory in use no longer changes", settled)
    return last[0]


def recording(wanted):
    with open(netns.DIR + "enable", "w", encoding="ascii") as file:
        file.write("01"[wanted])


def fragments():
    """How many were made by np-c, and how many datagrams np-s has made whole, by IP version."""
    counts = {}
    for name, kind in (("np-c", "FragCreates"), ("np-s", "ReasmOKs")):
        lines = netns.in_ns(name, "cat", "/proc/net/snmp").splitlines()
        words = [line.split() for line in lines if line.startswith("Ip:")]
        counts[f"{kind} of IPv4"] = int(dict(zip(*words))[kind])
        words = dict(line.split() for line in
                     netns.in_ns(name, "cat", "/proc/net/snmp6").splitlines())
        counts[f"{kind} of IPv6"] = int(words["Ip6" + kind])
    return counts


def left_of_the_module():
    with open("/proc/vmallocinfo", encoding="ascii") as file:
        areas = [line.strip() for line in file if "[netpath]" in line]
    return areas + [netns.DIR] * os.path.exists(netns.DIR)


def one_round(number, seconds):
    """Load, let everything happen, unload.  Return: what is to be checked."""
    parameters = PARAMETERS[number % len(PARAMETERS)]
    cmd("insmod", netns.TOP + "/netpath.ko", "enable=0",
        *[f"{k}={v}" for k, v in parameters.items()])
    counters = [Counter(name) for name in os.listdir(netns.DIR + "per_cpu")]
    recording(True)
    working = soak.workers()
    for thread in counters + working:
        thread.start()
    time.sleep(seconds)
    for worker in working:
        worker.stop()
        for name, value in worker.counts.items():
            run["counts"][worker.name + " " + name] += value
        if worker.trouble:
            run["trouble"].append(f"round {number}: {worker.name}: {worker.trouble}")
    recording(False)
    for counter in counters:
        counter.stop()
    stats = netns.stats()
    cmd("rmmod", "netpath")
    return {"parameters": parameters, "stats": stats, "left": left_of_the_module(),
            "got": sum(c.got for c in counters), "lost": sum(c.lost for c in counters),
            "gaps": [gap for c in counters for gap in c.gaps]}


def all_rounds(seconds, round_s):
    """Traffic for so long, beside it one round after the other."""
    servers = [subprocess.Popen(["ip", "netns", "exec", "np-s", *words],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for words in (["iperf3", "-s"], ["python3", "-c", soak.ANSWER])]
    requests = soak.Requests()
    try:
        ktap.wait_for(20, "the servers listen", lambda: all(
            port in netns.in_ns("np-s", "ss", "-Hltn") for port in (":5201", ":7090")))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            rounds.append(one_round(len(rounds), round_s))
            ktap.note(f"round {len(rounds)} {rounds[-1]['parameters']}: "
                      f"{rounds[-1]['stats']['records']} records, {rounds[-1]['got']} read, "
                      f"{rounds[-1]['lost']} lost by the reader")
        for kind, (asked, answered) in requests.stop().items():
            run["answers"][kind, "asked"] += asked
            run["answers"][kind, "answered"] += answered
    finally:
        requests.kill()
        for server in servers:
            server.kill()
            server.wait()


def setup():
    netns.unload()
    netns.pair()
    for name, dev in (("np-c", "vc"), ("np-s", "vs")):
        cmd("ip", "-n", name, "link", "set", "dev", dev, "mtu", "9000")
    # fills caches that stay
    all_rounds(1, 15)
    before, fragments_before = memory(), fragments()
    all_rounds(SECONDS, ROUND_S)
    for name, value in fragments().items():
        run["counts"][name] = value - fragments_before[name]
    run["growth"] = {name: value - before.get(name, 0) for name, value in memory().items()}
    for name, value in sorted(run["counts"].items()):
        ktap.note(f"{name}: {value}")


@ktap.test
def nothing_failed_on_the_way():
    expect("troubles", [], run["trouble"])


@ktap.each(*[(f"{proto}{version}_of_{size}", f"{proto}{version} of {size}")
             for proto, version, size in soak.Requests.KINDS])
def every_request_is_answered(_, kind):
    asked, answered = (run["answers"][kind, name] for name in ("asked", "answered"))
    ktap.note(f"{asked} requests")
    expect_that(asked > 10, "more than 10 requests", asked)
    expect("answers", asked, answered)


@ktap.each(("connections", "connect connections", "connect answered"),
           ("pings", "spaces pings", "spaces answered"))
def short_ones_are_answered_too(_, asked, answered):
    expect_that(run["counts"][asked] > 0, "some", 0)
    expect("answered", run["counts"][asked], run["counts"][answered])


@ktap.each(*[(name.replace(" ", "_"), name) for name in (
    *(f"bulk {what}" for what in ("udp4", "udp6", "tcp4", "tcp6", "of 8000", "of 200")),
    "switch times", "settings times", "filters times", "freezer times",
    "readers readers", "pressure times",
    *(f"{kind} of {version}" for kind in ("FragCreates", "ReasmOKs") for version in ("IPv4", "IPv6")))])
def it_happened(_, name):
    expect_that(run["counts"][name] > 0, "times of " + name, run["counts"][name])


@ktap.test
def hotplug_happened():
    if os.cpu_count() == 1:
        raise ktap.Skip("one processor")
    expect_that(run["counts"]["hotplug times"] > 0, "times", 0)


@ktap.test
def what_is_committed_is_read_or_told_as_lost():
    for one in rounds:
        expect_that(one["stats"]["records"] > 0, "records", one)
        expect(f"numbers missing without a word, with {one['parameters']}", [], one["gaps"])
        expect(f"read and lost, with {one['parameters']}", one["stats"]["records"],
               one["got"] + one["lost"])


@ktap.test
def every_packet_that_was_born_is_accounted_for():
    for one in rounds:
        stats = one["stats"]
        expect(f"births, with {one['parameters']}", stats["births"],
               sum(stats[name] for name in ("deaths", "expired", "reborn", "abandoned")))


@ktap.test
def every_packet_without_a_record_is_counted():
    for one in rounds:
        stats = one["stats"]
        expect(f"records, with {one['parameters']}", stats["records"],
               stats["births"] - sum(stats[name] for name in (
                   "origins", "unseen", "filtered", "not_kept", "frozen", "abandoned",
                   "in_flight")))


@ktap.test
def nothing_is_left_after_unloading():
    expect("areas and files of the module", [], [left for one in rounds for left in one["left"]])


@ktap.each(("slab", "SUnreclaim", 2048), ("vmalloc", "VmallocUsed", 512),
           ("percpu", "Percpu", 512))
def memory_in_use_is_as_before(_, name, limit_kib):
    ktap.note(f"{run['growth'][name]} KiB more")
    expect_that(run["growth"][name] < limit_kib, f"less than {limit_kib} KiB more",
                run["growth"][name])


@ktap.test
def as_much_memory_is_available_as_before():
    ktap.note(f"{-run['growth']['MemAvailable']} KiB less")
    expect_that(run["growth"]["MemAvailable"] > -16384, "at most 16 MiB less",
                run["growth"]["MemAvailable"])


@ktap.test
def kmemleak_finds_nothing():
    path = "/sys/kernel/debug/kmemleak"
    if not os.path.exists(path):
        raise ktap.Skip("this kernel has no kmemleak")
    # an object is reported from the second scan that finds no reference to it
    for _ in range(2):
        with open(path, "w", encoding="ascii") as file:
            file.write("scan")
    with open(path, encoding="ascii") as file:
        expect("leaks", "", file.read())


@ktap.test
def kernel_log_has_no_warning():
    with open("/proc/sys/kernel/tainted", encoding="ascii") as file:
        expect("taint by a warning", 0, int(file.read()) & TAINT_WARN)
    log = cmd("dmesg")
    expect("warnings", [], [line for line in log.splitlines()
                            if any(word in line for word in ("WARNING:", "BUG:", "Call Trace"))
                            # of those, our own are found at the end of the guest
                            and "BUG: KCSAN:" not in line])


ktap.main(setup)
