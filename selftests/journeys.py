#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: smoke
"""Each packet has one journey with all of its stages, in order."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
from ktap import expect, expect_that

SENT = {
    "udp": "sendmsg ip_send_skb ip_local_out ip_output neigh_output dev_queue dev_xmit",
    "tcp": "sendmsg tcp_transmit ip_queue_xmit ip_local_out ip_output neigh_output dev_queue"
           " dev_xmit",
}
RECEIVED = {
    "udp": "netif_rx netif_receive_skb ip_rcv ip_local_deliver udp_rcv sock_enqueue sock_wakeup"
           " recvmsg",
    "tcp": "netif_rx netif_receive_skb ip_rcv ip_local_deliver tcp_rcv tcp_established"
           " sock_enqueue sock_wakeup recvmsg",
}
# stages that are armed only if asked for
EXTRA = "ip_local_out ip_output ip_local_deliver".split()
# datagrams in one direction, so that 1,000 travel; requests
ROUNDS = {"udp": 500, "tcp": 1000}
CASES = [(f"{proto}{version}", proto, version) for proto in ("udp", "tcp") for version in (4, 6)]
seen = {}
# acknowledgements that a host busy with others made TCP send by themselves
late = {}


def delayed_acks():
    return sum(netns.tcp_ext(name, "DelayedACKs") for name in ("np-c", "np-s"))


def observe(proto, version):
    """Packets of a request/response run, made once."""
    def run():
        rings, before = netns.Rings(), delayed_acks()
        said = netns.traffic("pingpong", proto, version, rounds=ROUNDS[proto], cpu=netns.CPU)
        expect("rounds and answers", f"rounds {ROUNDS[proto]} answers {ROUNDS[proto]}",
               said.split(" elapsed")[0])
        ktap.wait_for(10, "no packet in flight", lambda: not netns.stats()["in_flight"])
        late[proto, version] = delayed_acks() - before
        packets = rings.read()
        expect("records lost", 0, rings.lost)
        return packets
    if (proto, version) not in seen:
        seen[proto, version] = netns.undisturbed(run)
    return seen[proto, version]


def stages_of(proto, version):
    """Names of the stages of a message, in order."""
    names = f"{SENT[proto]} {RECEIVED[proto]}".split()
    if (proto, version) == ("tcp", 6):
        # ip6_xmit() runs the netfilter hook itself and never calls __ip6_local_out()
        names.remove("ip_local_out")
    return names


def delivered(proto, version):
    flow = netns.of_flow(observe(proto, version), proto, version)
    return [p for p in flow if p.outcome == "delivered"]


def outgoing(packet):
    return packet.dport == netns.PORT


@ktap.each(*CASES)
def every_message_is_one_delivered_journey(_, proto, version):
    packets = delivered(proto, version)
    expect("journeys delivered to the server", ROUNDS[proto], sum(map(outgoing, packets)))
    expect("journeys delivered in all", 2 * ROUNDS[proto], len(packets))
    expect("different journey ids", len(packets), len({p.id for p in packets}))


@ktap.each(*CASES)
def no_message_ends_in_another_way(_, proto, version):
    others = [f"{p.outcome} {p.reason} {p.location}".strip() for p in netns.of_flow(observe(proto, version), proto, version)
              if p.outcome != "delivered"]
    if proto == "udp":
        expect("other outcomes", [], others)
    else:
        # connection set-up, acknowledgements; a FIN that waits in the queue of a closed socket
        # is freed with it, which the kernel calls a drop; on a slow host TCP's probes send
        # data again that was received, or a FIN to a connection that is in TIME-WAIT
        others = [o for o in others if not re.match(
            r"dropped \w* ?(sk_stream_kill_queues|tcp_data_queue|tcp_v[46]_rcv)\+0x", o)]
        expect("other outcomes", {"consumed"}, set(others))
        expect_that(len(others) < 20 + late[proto, version], "few segments without data", len(others))


@ktap.each(*CASES)
def every_journey_has_all_stages_in_order(_, proto, version):
    want = " ".join(stages_of(proto, version))
    paths = {}
    for packet in delivered(proto, version):
        path = " ".join(packet.path)
        paths[path] = paths.get(path, 0) + 1
    expect("stages, and how many journeys have them", {want: 2 * ROUNDS[proto]}, paths)


@ktap.each(*CASES)
def times_never_go_back(_, proto, version):
    for packet in delivered(proto, version):
        times = [stamp.offset_ns for stamp in packet.stamps] + [packet.total_ns]
        if times != sorted(times) or times[0] or times[-1] > ktap.limit(10e9):
            expect(f"times of #{packet.id}, from 0 and less than {ktap.limit(10)} s", sorted(times),
                   times)


@ktap.each(*CASES)
def writer_and_reader_are_named(_, proto, version):
    packets = delivered(proto, version)
    for out in (True, False):
        who = {(p.writer_comm, p.reader_comm) for p in packets if outgoing(p) == out}
        want = ("np_client", "np_server") if out else ("np_server", "np_client")
        expect(f"comms, {'requests' if out else 'answers'}", {want}, who)
    pids = {(p.writer_pid, p.reader_pid) if outgoing(p) else (p.reader_pid, p.writer_pid)
            for p in packets}
    expect("pairs of client and server pid", 1, len(pids))
    client, server = pids.pop()
    expect_that(client and server and client != server, "two pids", (client, server))


@ktap.each(*CASES)
def devices_and_namespaces_are_right(_, proto, version):
    # the device is known from dev_queue on
    at_stage = [2 if name in RECEIVED[proto].split() else int(name.startswith("dev_"))
                for name in stages_of(proto, version)]
    ends = [("vc", netns.netns_inode("np-c")), ("vs", netns.netns_inode("np-s"))]
    for packet in delivered(proto, version):
        want = ends if outgoing(packet) else ends[::-1]
        expect("devices", want, [(d.name, d.netns) for d in packet.devs])
        expect("device at each stage", at_stage, [stamp.dev for stamp in packet.stamps])


@ktap.each(*CASES)
def addresses_and_cpu_are_right(_, proto, version):
    packets = delivered(proto, version)
    client, server = netns.CLIENT[version], netns.SERVER[version]
    expect("addresses, destination port", {(client, server, True), (server, client, False)},
           {(p.saddr, p.daddr, outgoing(p)) for p in packets})
    expect("CPUs", {netns.CPU}, {stamp.cpu for p in packets for stamp in p.stamps} |
           {p.cpu for p in packets})
    expect("EtherTypes", {0x800 if version == 4 else 0x86dd}, {p.eth_proto for p in packets})
    expect("flags: flow known, nothing else", {16}, {p.flags for p in packets})


@ktap.each(*CASES)
def length_is_that_of_the_packet(_, proto, version):
    header = {4: 20, 6: 40}[version] + (8 if proto == "udp" else 32)
    expect("lengths", {64 + header}, {p.ip_len for p in delivered(proto, version)})


@ktap.each(*CASES)
def stages_of_the_other_protocol_are_absent(_, proto, version):
    other = "tcp" if proto == "udp" else "udp"
    never = set(f"{SENT[other]} {RECEIVED[other]}".split()) - \
        set(f"{SENT[proto]} {RECEIVED[proto]}".split())
    got = {name for p in netns.of_flow(observe(proto, version), proto, version) for name in p.path}
    expect("stages of " + other, set(), never & got)


@ktap.each(*CASES)
def a_flow_that_was_not_used_has_no_journey(_, proto, version):
    other = "tcp" if proto == "udp" else "udp"
    packets = observe(proto, version)
    expect("journeys of " + other, 0, len(netns.of_flow(packets, other, version)))
    expect("journeys of the other IP version", 0,
           len(netns.of_flow(packets, proto, 10 - version)))
    expect("journeys of another port", 0,
           len(netns.of_flow(packets, proto, version, netns.PORT + 1)))


@ktap.test
def nothing_was_lost():
    for proto in ("udp", "tcp"):
        for version in (4, 6):
            observe(proto, version)
    stats = netns.stats()
    expect("losses", dict.fromkeys("untracked expired overrun missed truncated reborn".split(), 0),
           {name: stats[name] for name in
            "untracked expired overrun missed truncated reborn".split()})
    expect("births, deaths", stats["births"], stats["deaths"])


@ktap.each(*CASES)
def default_stages_are_all_but_the_extra_ones(_, proto, version):
    def run():
        rings = netns.Rings()
        netns.traffic("pingpong", proto, version, rounds=20, cpu=netns.CPU)
        return netns.of_flow(rings.read(), proto, version)
    netns.load(ring_kib=8192)
    flow = netns.undisturbed(run)
    want = " ".join(name for name in stages_of(proto, version) if name not in EXTRA)
    expect("stages of delivered journeys", [want] * 40,
           [" ".join(p.path) for p in flow if p.outcome == "delivered"])


def setup():
    netns.pair()
    netns.load(ring_kib=8192, stages=netns.BASIC)


if __name__ == "__main__":
    ktap.main(setup)
