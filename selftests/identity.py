#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Of many packets with many ends at the same time, no two are ever mixed.

Ports and length of each say its number, and so what must become of it.
NP_IDENTITY_COUNT: how many, a multiple of 64; 100,000 is what is promised (a tenth on a kernel
with debugging options).
"""
import collections
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import decode
import ktap
import netns
from ktap import defer, expect, expect_that

COUNT = int(os.environ.get("NP_IDENTITY_COUNT", 100032 // ktap.SLOW // 64 * 64))
TARGETS, SOURCES, SOURCE_BASE = 64, 16, 1000
SENT = "sendmsg ip_send_skb neigh_output dev_queue dev_xmit"
RECEIVED = SENT + " netif_rx netif_receive_skb ip_rcv udp_rcv"
# ports from, up to: outcome, reason, stages, devices
FATES = (
    (0, 32, "delivered", "", RECEIVED + " sock_enqueue sock_wakeup recvmsg", 2),
    (32, 40, "dropped", "NO_SOCKET", RECEIVED, 2),
    (40, 48, "dropped", "NETFILTER_DROP", "sendmsg ip_send_skb", 0),
    (48, 56, "dropped", "NETFILTER_DROP", RECEIVED.removesuffix(" udp_rcv"), 2),
    (56, 64, "dropped", "SOCKET_FILTER", RECEIVED, 2),
)
FIELDS = struct.Struct("=IHBBHBBBBHQQQQQQIIBBBB2s2s32xIIII")
Fate = collections.namedtuple("Fate", "outcome reason path nr_devs")
fate_of = {target: Fate(*rest) for first, end, *rest in FATES for target in range(first, end)}
run = {}


def nft(space, hook, first, end):
    netns.in_ns(space, "nft", f"add table ip t; add chain ip t c {{ type filter hook {hook}"
                f" priority 0; }}; add rule ip t c udp dport {netns.PORT + first}-"
                f"{netns.PORT + end - 1} drop")
    defer(netns.in_ns, space, "nft", "delete table ip t")


def send():
    """Let all be sent; what the programs say: pids, numbers."""
    nft("np-c", "output", 40, 48)
    nft("np-s", "input", 48, 56)
    rings = netns.Rings()
    said = netns.traffic("numbered", "udp", 4, saddr=netns.CLIENT[4], rounds=COUNT,
                         rcvbuf=64 << 20)
    ktap.note(said)
    run["rows"] = [line.split() for line in said.splitlines()]
    ktap.wait_for(60, "all ended", lambda: not netns.stats()["in_flight"])
    run["stats"] = netns.stats()
    run["raw"] = [ring.read() for ring in rings.rings]
    run["names"] = rings.names


def journeys():
    """Number, raw record and fields of each datagram of the run."""
    for raw in run["raw"]:
        at = 0
        while at < len(raw):
            fields = FIELDS.unpack_from(raw, at)
            expect("type of a record, 1: nothing was lost", 1, fields[1])
            sport, dport = (int.from_bytes(port, "big") for port in fields[22:24])
            source, target = sport - netns.PORT - SOURCE_BASE, dport - netns.PORT
            if fields[20] == 17 and 0 <= source < SOURCES and 0 <= target < TARGETS:
                row = (fields[24] - 28 - 8) * SOURCES + source
                yield row * TARGETS + target, raw, at, fields
            at += fields[0]


@ktap.test
def every_number_has_one_journey():
    seen = collections.Counter(number for number, *_ in journeys())
    expect("numbers with several journeys", [], [n for n, times in seen.items() if times > 1][:9])
    expect("numbers with no journey", [], [n for n in range(COUNT) if n not in seen][:9])
    expect("numbers that nobody sent", [], [n for n in seen if not 0 <= n < COUNT][:9])
    ids = collections.Counter(fields[11] for *_, fields in journeys())
    expect("different ids", COUNT, len(ids))


@ktap.test
def every_journey_has_the_end_of_its_number():
    reasons = {name: name and netns.drop_reason(name) for _, _, _, name, *_ in FATES}
    wrong = collections.Counter()
    for number, raw, at, fields in journeys():
        fate, outcome = fate_of[number % TARGETS], decode.OUTCOMES[fields[18]]
        reason = ""
        if outcome == "dropped":
            text = at + fields[4] + fields[7] * fields[5] + fields[8] * fields[6]
            reason = decode.text(raw[text:text + 64])
        if (outcome, reason, fields[7]) != (fate.outcome, reasons[fate.reason], fate.nr_devs):
            wrong[number % TARGETS, outcome, reason, fields[7]] += 1
    expect("wrong ends: target, outcome, reason, devices", {}, dict(wrong.most_common(9)))


@ktap.test
def every_journey_has_the_stages_of_its_number_in_order():
    number_of = {name: number for number, name in run["names"].items()}
    want = {target: bytes(number_of[name] for name in fate.path.split())
            for target, fate in fate_of.items()}
    # while the reader takes what came before, nobody has to be woken
    wake = bytes([number_of["sock_wakeup"]])
    wrong = collections.Counter()
    for number, raw, at, fields in journeys():
        start = at + fields[4] + fields[7] * fields[5]
        path = raw[start + 12:start + fields[8] * fields[6]:fields[6]]
        if path not in (want[number % TARGETS], want[number % TARGETS].replace(wake, b"")):
            wrong[number % TARGETS, " ".join(run["names"][stage] for stage in path)] += 1
    expect("wrong stages: target, stages", {}, dict(wrong.most_common(9)))


@ktap.test
def no_time_goes_back():
    wrong = []
    for number, raw, at, fields in journeys():
        start = at + fields[4] + fields[7] * fields[5]
        times = struct.unpack_from("=" + "Q8x" * fields[8], raw, start) + (fields[15],)
        if times[0] or any(map(int.__gt__, times, times[1:])):
            wrong.append((number, times))
    expect("times that go back", [], wrong[:3])


@ktap.test
def writer_and_reader_are_those_of_its_number():
    pids = [int(row[1]) for row in run["rows"]]
    wrong = collections.Counter()
    for number, _, _, fields in journeys():
        row, target = divmod(number, TARGETS)
        reader = pids[2 + target % 2] if target < 32 else 0
        if fields[26:28] != (pids[row % 2], reader):
            wrong[(row % 2, target, *fields[26:28])] += 1
    expect("wrong pids: sender, target, writer, reader", {}, dict(wrong.most_common(9)))


@ktap.test
def numbers_agree_with_the_programs():
    sent, refused, right, wrong = (
        sum(int(row[at]) for row in run["rows"] if row[0] == who)
        for who, at in (("writer", 2), ("writer", 3), ("reader", 2), ("reader", 3)))
    expect("sent and refused", COUNT, sent + refused)
    expect("refused", COUNT // 8, refused)
    expect("received, right and wrong", (COUNT // 2, 0), (right, wrong))
    stats = run["stats"]
    expect("losses", dict.fromkeys("untracked overrun missed truncated reborn".split(), 0),
           {name: stats[name] for name in "untracked overrun missed truncated reborn".split()})
    expect_that(stats["births"] - stats["deaths"] == 0, "births equal deaths", stats)


def setup():
    netns.pair()
    netns.load(ring_kib=65536, table_slots=65536)
    send()


if __name__ == "__main__":
    ktap.main(setup)
