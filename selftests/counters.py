#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Totals agree with the kernel's own counters and with ftrace, in the same run."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
from ktap import cmd, expect, expect_that

TRACING = "/sys/kernel/tracing/"
ROUNDS = 100
CLOSED = 10
# stages that only packets of the test's namespaces hit; memory of other sockets' messages is
# freed and copied all the time
COMPARED = """sendmsg tcp_transmit ip_queue_xmit ip_send_skb ip_local_out ip_output neigh_output
dev_queue dev_xmit netif_rx netif_receive_skb ip_rcv ip_local_deliver tcp_rcv udp_rcv
tcp_established sock_enqueue""".split()
EVENTS = {"net_dev_queue": "net", "net_dev_start_xmit": "net", "netif_rx": "net",
          "netif_receive_skb": "net", "tcp_probe": "tcp"}
run = {}


def snmp():
    """Counters of both namespaces together: {"Udp": {...}, "Udp6": {...}, ...}."""
    total = {}
    for name in ("np-c", "np-s"):
        lines = netns.in_ns(name, "cat", "/proc/net/snmp").splitlines()
        for head, values in zip(lines[::2], lines[1::2]):
            group, names = head.split(":")
            for key, value in zip(names.split(), values.split(":")[1].split()):
                total[group, key] = total.get((group, key), 0) + int(value)
        for line in netns.in_ns(name, "cat", "/proc/net/snmp6").splitlines():
            key, value = line.split()
            total["v6", key] = total.get(("v6", key), 0) + int(value)
    return total


def hits():
    return {name: int(row["hits"]) for name, row in netns.stages().items()}


def still():
    """Hits when no packet moves any more."""
    last = [None]

    def same():
        seen = hits()
        now = {name: seen[name] for name in COMPARED}
        same_as_before, last[0] = now == last[0], now
        return same_as_before
    ktap.wait_for(10, "traffic ended", same)
    return hits()


def mark(text):
    with open(TRACING + "trace_marker", "w", encoding="ascii") as file:
        file.write(text + "\n")


def traced_between_marks():
    """Count what ftrace saw: {function or event: count}."""
    count, on = {}, False
    cpus_lost = []
    for line in cmd("trace-cmd", "show").splitlines():
        if "LOST" in line:
            cpus_lost.append(line)
        if line.startswith("#"):
            continue
        # TASK-PID [CPU] FLAGS TIME: WHAT...
        what = line.split(": ", 1)[-1]
        if "np_begin" in what or "np_end" in what:
            on = "np_begin" in what
        elif on:
            name = what.split(":")[0] if ":" in what.split(" ")[0] else what.split(" ")[0]
            count[name] = count.get(name, 0) + 1
    expect("lost by ftrace", [], cpus_lost)
    return count


def trace_start():
    words = ["trace-cmd", "start", "-b", "20000", "-p", "function"]
    for name in COMPARED:
        for symbol in netns.stages()[name]["symbol"].split(","):
            if symbol in EVENTS:
                words += ["-e", f"{EVENTS[symbol]}:{symbol}"]
            else:
                words += ["-l", symbol]
    cmd(*words)


def observe():
    """Traffic of known size, watched by all three."""
    ktap.defer(cmd, "trace-cmd", "reset")
    trace_start()
    rings = netns.Rings()
    mark("np_begin")
    before, snmp_before = still(), snmp()
    for version in (4, 6):
        for proto in ("udp", "tcp"):
            # on one CPU: memory freed on another waits for that one's next packet
            netns.traffic("pingpong", proto, version, rounds=ROUNDS, cpu=netns.CPU)
        netns.traffic("flood", "udp", version, rounds=CLOSED, cpu=netns.CPU)
        netns.raw("udp", version, rounds=CLOSED, port=netns.PORT + 1, cpu=netns.CPU)
    after, snmp_after = still(), snmp()
    mark("np_end")
    cmd("trace-cmd", "stop")
    run["hits"] = {name: after[name] - before[name] for name in after}
    run["snmp"] = {key: snmp_after[key] - snmp_before.get(key, 0) for key in snmp_after}
    run["traced"] = traced_between_marks()
    run["packets"] = rings.read()
    expect("records lost", 0, rings.lost)


def count(proto, version, condition):
    number = {"udp": 17, "tcp": 6}[proto]
    return sum(1 for p in run["packets"] if p.l4_proto == number and p.flags & 16 and
               p.ip_version == version and condition(p))


@ktap.each(*[(name,) for name in COMPARED])
def hits_agree_with_ftrace(name):
    symbols = netns.stages()[name]["symbol"].split(",")
    got = {symbol: run["traced"].get(symbol, 0) for symbol in symbols}
    expect_that(run["hits"][name] > 0, f"hits of {name} > 0", run["hits"][name])
    expect(f"hits of {name}, ftrace has {got}", sum(got.values()), run["hits"][name])


@ktap.test
def a_function_that_is_not_called_has_no_hit():
    expect("ftrace, skb_segment", 0, run["traced"].get("skb_segment", 0))
    expect("hits of skb_merge", 0, run["hits"]["skb_merge"])


UDP = {4: lambda key: run["snmp"]["Udp", key], 6: lambda key: run["snmp"]["v6", "Udp6" + key]}
VERSIONS = (("ipv4", 4), ("ipv6", 6))


@ktap.each(*VERSIONS)
def udp_delivered_equals_in_datagrams(_, version):
    expect("InDatagrams is what was sent", 2 * ROUNDS, UDP[version]("InDatagrams"))
    expect("delivered journeys", UDP[version]("InDatagrams"),
           count("udp", version, lambda p: p.outcome == "delivered"))


@ktap.each(*VERSIONS)
def udp_sent_equals_out_datagrams(_, version):
    expect("OutDatagrams is what was sent", 2 * ROUNDS + CLOSED, UDP[version]("OutDatagrams"))
    expect("journeys with ip_send_skb", UDP[version]("OutDatagrams"),
           count("udp", version, lambda p: "ip_send_skb" in p.path))


@ktap.each(*VERSIONS)
def udp_without_socket_equals_no_ports(_, version):
    expect("NoPorts is what was sent there", CLOSED, UDP[version]("NoPorts"))
    want = ("dropped", netns.drop_reason("NO_SOCKET"), "udp_rcv")
    expect("journeys dropped in udp_rcv, for NO_SOCKET where there are reasons",
           UDP[version]("NoPorts"),
           count("udp", version, lambda p: (p.outcome, p.reason, p.path[-1]) == want))


@ktap.test
def tcp_received_equals_in_segs():
    want = run["snmp"]["Tcp", "InSegs"]
    expect_that(want >= 4 * ROUNDS, f"InSegs >= {4 * ROUNDS}", want)
    expect("hits of tcp_rcv", want, run["hits"]["tcp_rcv"])
    expect("journeys with tcp_rcv", want, sum(count("tcp", v, lambda p: "tcp_rcv" in p.path)
                                              for v in (4, 6)))


@ktap.test
def tcp_sent_equals_out_segs():
    # what is sent again is counted apart
    want = run["snmp"]["Tcp", "OutSegs"] + run["snmp"]["Tcp", "RetransSegs"]
    expect("journeys with neigh_output", want,
           sum(count("tcp", v, lambda p: "neigh_output" in p.path) for v in (4, 6)))


@ktap.test
def ip_received_equals_in_receives():
    got = [sum(1 for p in run["packets"] if p.ip_version == v and "ip_rcv" in p.path)
           for v in (4, 6)]
    want = [run["snmp"]["Ip", "InReceives"], run["snmp"]["v6", "Ip6InReceives"]]
    expect("packets with ip_rcv, IPv4 and IPv6", want, got)
    expect("hits of ip_rcv", sum(want), run["hits"]["ip_rcv"])


@ktap.test
def ip_delivered_equals_in_delivers():
    # one for each ICMP error too
    got = sum(1 for p in run["packets"] if p.ip_version == 4 and "ip_local_deliver" in p.path)
    expect("packets with ip_local_deliver, IPv4", run["snmp"]["Ip", "InDelivers"], got)


@ktap.test
def bytes_and_records_agree_with_what_was_read():
    stats = netns.stats()
    ktap.wait_for(10, "births = deaths", lambda: not netns.stats()["in_flight"])
    expect("records = births - origins", stats["births"] - stats["origins"], stats["records"])


def setup():
    netns.pair()
    netns.load(ring_kib=8192, stages=netns.BASIC)
    # so that nothing happens for the first time under the tracer
    netns.traffic("pingpong", "tcp", 6, rounds=2, cpu=netns.CPU)
    observe()


if __name__ == "__main__":
    ktap.main(setup)
