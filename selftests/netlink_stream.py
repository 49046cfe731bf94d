#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Records by netlink: snapshots and the stream."""
import json
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import genl  # noqa: E402  pylint: disable=wrong-import-position
import ktap  # noqa: E402  pylint: disable=wrong-import-position
import netns  # noqa: E402  pylint: disable=wrong-import-position
import npnl  # noqa: E402  pylint: disable=wrong-import-position
from ktap import cmd, expect, expect_that  # noqa: E402  pylint: disable=wrong-import-position
from npnl import do, quiet, send, snapshot  # noqa: E402  pylint: disable=wrong-import-position


@ktap.test
def snapshot_is_what_the_rings_hold():
    netns.load(ring_kib=8192)
    send(100)
    netns.raw("udp", 4, rounds=3, port=netns.PORT + 1)
    netns.traffic("pingpong", "tcp", 6, rounds=20)
    quiet()
    own = {p.id: p for p in netns.Rings(oldest=True).read()}
    got = {p.id: p for p in map(npnl.ynl_packet, snapshot())}
    expect_that(len(own) > 200, "more than 200 packets", len(own))
    expect("journey ids", sorted(own), sorted(got))
    for number, p in own.items():
        g = got[number]
        expect(f"#{number}", (p.seq, p.outcome, p.l4_proto, p.start_ns, p.total_ns,
                              [d.name for d in p.devs],
                              [s.name.replace("_", "-") for s in p.stamps]),
               (g.seq, g.outcome, g.l4_proto, g.start_ns, g.total_ns, g.devs, g.path))
        if p.outcome == "dropped":
            expect(f"drop of #{number}", (p.reason, p.location), (g.reason, g.location))


@ktap.test
def snapshot_of_a_full_ring_loses_nothing_it_does_not_tell():
    netns.load(ring_kib=32)
    send(300)
    quiet()
    own = sorted(p.id for p in netns.Rings(oldest=True).read())
    got = sorted(npnl.ynl_packet(rec).id for rec in snapshot())
    expect("journey ids", own, got)


@ktap.test
def position_is_the_number_of_the_next_record():
    netns.load()
    send()
    total = quiet()
    positions = do("snapshot")["position"]
    expect("sum", total, sum(p["next-seq"] for p in positions))
    rings = netns.Rings(oldest=True).read()
    for p in positions:
        seqs = [rec.seq for rec in rings if rec.cpu == p["cpu"]]
        expect(f"position of cpu{p['cpu']}", max(seqs, default=-1) + 1, p["next-seq"])


@ktap.test
def client_subscribed_to_records_receives_live_traffic():
    netns.load()
    child = ktap.start("python3", npnl.YNL, "--spec", npnl.SPEC, "--no-schema", "--output-json",
                       "--subscribe", "records", "--sleep", ktap.limit(6))
    ktap.wait_for(20, "a subscriber", lambda: npnl.subscribed(child.pid))
    send(20)
    # these all end at the same time, with their socket
    netns.traffic("flood", "udp", 4, port=netns.PORT + 2, rounds=50)
    text, _ = child.communicate(timeout=ktap.limit(60))
    notes = json.loads(text)
    expect("names", {"records-ntf"}, {note["name"] for note in notes})
    records = [rec for note in notes for rec in note["msg"].get("record", [])]
    packets = [p for p in map(npnl.ynl_packet, records)
               if p.l4_proto == 17 and netns.PORT in (p.sport, p.dport)]
    expect("datagrams", 40, len(packets))
    for p in packets:
        expect("outcome", "delivered", p.outcome)
        expect_that({"sendmsg", "dev-xmit", "udp-rcv", "recvmsg"} <= set(p.path),
                    "the stages of a datagram", p.path)
        expect("devices", {"vc", "vs"}, set(p.devs))
    expect_that(any("position" in note["msg"] for note in notes), "a position", "none")
    expect_that(len(notes) < len(records), "several records per message", len(notes))


def flood(count):
    """Many packets, as fast as it goes; returns the position of each CPU behind them."""
    netns.traffic("flood", "udp", 4, rounds=count, size=16, rcvbuf=4096)
    quiet()
    return {p["cpu"]: p["next-seq"] for p in do("snapshot")["position"]}


@ktap.test
def two_subscribers_get_the_same_records():
    netns.load()
    subs = [npnl.Subscriber(), npnl.Subscriber()]
    send(50)
    quiet()
    for sub in subs:
        sub.read()
        expect("lost", 0, sum(sub.lost.values()))
    expect_that(subs[0].packets >= 100, "100 packets or more", subs[0].packets)
    expect("journey ids", subs[0].ids, subs[1].ids)


@ktap.test
def of_two_subscribers_one_stopped_the_other_loses_nothing():
    netns.load(ring_kib=16384)
    stopped, other = npnl.Subscriber(rcvbuf=4096), npnl.Subscriber(rcvbuf=1 << 24)
    before = dict(other.next)
    ends = {}
    thread = threading.Thread(target=lambda: ends.update(flood(4000)))
    thread.start()
    while thread.is_alive():
        other.read(0.05)
    thread.join()
    other.until(ends)
    total = sum(ends[cpu] - before[cpu] for cpu in ends)
    expect_that(total >= 4000, "4000 records or more", total)
    expect("lost by the one that reads", (0, 0), (sum(other.lost.values()), other.overflows))
    expect("received by it", total, other.packets)
    # the other sees how much it lost as soon as it reads again
    stopped.until(ends)
    expect_that(stopped.overflows > 0, "its socket told of a loss", stopped.overflows)
    expect_that(sum(stopped.lost.values()) > 0, "a loss", stopped.lost)
    expect("received and lost by it", total, stopped.packets + sum(stopped.lost.values()))


@ktap.test
def loss_in_the_ring_is_told_in_the_stream():
    netns.load(ring_kib=32)
    sub = npnl.Subscriber(rcvbuf=4096)
    before = dict(sub.next)
    ends = flood(4000)
    sub.until(ends)
    expect("received + lost", sum(ends[cpu] - before[cpu] for cpu in ends),
           sub.packets + sum(sub.lost.values()))
    expect_that(sum(sub.lost.values()) > 0, "a loss", sub.lost)


@ktap.test
def nobody_subscribed_loses_nothing():
    """The stream is no reader while it has no member, so the ring overruns nobody."""
    netns.load(ring_kib=32)
    flood(2000)
    expect("overrun", 0, netns.stats()["overrun"])


@ktap.test
def dump_left_halfway_holds_the_module_only_while_it_is_open():
    netns.load(ring_kib=8192)
    send(400)
    sock = npnl.Socket()
    family, _ = sock.find()
    sock.start(family, npnl.NR.cmd["snapshot"], flags=genl.F_DUMP)
    sock.sock.recv(64)
    expect("rmmod halfway", 1, cmd("rmmod", "netpath", check=False).returncode)
    sock.close()
    ktap.wait_for(10, "unloaded",
                  lambda: cmd("rmmod", "netpath", check=False).returncode == 0)


def setup():
    npnl.need_client()
    netns.pair()
    netns.load()


if __name__ == "__main__":
    ktap.main(setup)
