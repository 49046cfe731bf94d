#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: smoke
"""A dropped packet has its reason and place; one that is not dropped has none."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import decode
import dropmon
import frames
import ktap
import netns
from ktap import defer, expect, expect_that

COUNT = 5
VERSIONS = (("ipv4", 4), ("ipv6", 6))
PLACE = re.compile(r"[A-Za-z_][\w.]*\+0x[0-9a-f]+( \[\w+\])?")


events = dropmon.Events()


class Watch:
    """What netpath and the kernel's own event say about the packets of a block."""

    def __init__(self, proto, version):
        self.proto, self.version = proto, version

    def __enter__(self):
        events.clear()
        self.rings = netns.Rings()
        return self

    def __exit__(self, kind, *unused):
        if kind:
            return
        self.flow = netns.of_flow(self.rings.read(), self.proto, self.version)
        self.judge = [event for event in events.read()
                      if event.protocol == frames.ETH_IP[self.version]]

    def dropped(self):
        return [p for p in self.flow if p.outcome == "dropped"]

    def expect_drops(self, reason, last, place, count=COUNT):
        """All packets were dropped for this reason, after this stage, in this function."""
        drops, reason = self.dropped(), netns.drop_reason(reason)
        expect("outcomes", ["dropped"] * count, [p.outcome for p in self.flow])
        expect("reasons", {reason}, {p.reason for p in drops})
        expect("a number with each reason", {bool(reason)}, {p.drop_reason > 0 for p in drops})
        expect("last stages", {last}, {p.path[-1] for p in drops})
        for where in {p.location for p in drops}:
            expect_that(PLACE.fullmatch(where), "symbol+0xoffset", where)
            expect_that(re.match(place, where), f"a place in {place}", where)
            expect(f"drops for '{reason}' called from {where} by the event skb:kfree_skb",
                   sum(p.location == where for p in drops),
                   sum((e.reason, e.place) == (reason, where) for e in self.judge))

    def expect_no_drop(self):
        expect("packets of the flow", COUNT, len(self.flow))
        expect("drops", [], [f"{p.reason} {p.location}" for p in self.dropped()])
        expect("reasons in records", {("", "", 0)},
               {(p.reason, p.location, p.drop_reason) for p in self.flow})


def send(version):
    """Numbered datagrams from np-c to np-s, where nobody may listen."""
    said = netns.traffic("raw", "udp", version, saddr=netns.CLIENT[version], dev="vc",
                         mac=netns.MAC["np-s"], rounds=COUNT)
    expect("sent", f"sent {COUNT}\n", said)


def receiver(version, **options):
    """A socket that keeps what it gets until the end of the subtest, and then reads it."""
    child = netns.traffic_start("flood", "udp", version, hold=True, rounds=1, port=netns.PORT,
                                **options)
    expect("receiver", "sent 1\n", child.stdout.readline())
    return child


def finish(child):
    child.terminate()
    return child.communicate()[0]


@ktap.each(*VERSIONS)
def closed_port_is_no_socket(_, version):
    with Watch("udp", version) as watch:
        send(version)
    watch.expect_drops("NO_SOCKET", "udp_rcv", r"(__)?udp(v?6)?(4_lib|6_lib)?_rcv\+")


@ktap.each(*VERSIONS)
def open_port_is_no_drop(_, version):
    child = receiver(version)
    with Watch("udp", version) as watch:
        send(version)
        expect("received", f"received {COUNT + 1}\n", finish(child))
        ktap.wait_for(10, "all ended", lambda: not netns.stats()["in_flight"])
    # the one that showed that the receiver is there
    watch.flow = [p for p in watch.flow if p.sport == 4444]
    watch.expect_no_drop()
    expect("outcomes", {"delivered"}, {p.outcome for p in watch.flow})


def nft(name, hook, version):
    """Drop datagrams to the test's port at a netfilter hook of a namespace."""
    netns.in_ns(name, "nft", f"add table inet t; add chain inet t c {{ type filter hook {hook}"
                f" priority 0; }}; add rule inet t c meta nfproto ipv{version}"
                f" udp dport {netns.PORT} drop")
    defer(netns.in_ns, name, "nft", "delete table inet t")


@ktap.each(*VERSIONS)
def nft_drop_on_input_is_netfilter_drop(_, version):
    child = receiver(version)
    nft("np-s", "input", version)
    with Watch("udp", version) as watch:
        send(version)
    watch.expect_drops("NETFILTER_DROP", "ip_local_deliver", r"(nf_hook_slow|nft_do_chain)\+")
    expect("received", "received 1\n", finish(child))


@ktap.each(*VERSIONS)
def nft_drop_on_output_is_netfilter_drop(_, version):
    child = receiver(version)
    nft("np-c", "output", version)
    with Watch("udp", version) as watch:
        flood = netns.traffic("flood", "udp", version, port=netns.PORT + 1, rounds=1)
        expect("sent to another port", "sent 1\n", flood)
        netns.in_ns("np-c", "python3", "-c", "import socket, sys\n"
                    "s = socket.socket(int(sys.argv[1]), socket.SOCK_DGRAM)\n"
                    "for i in range(int(sys.argv[4])):\n"
                    " try: s.sendto(b'x', (sys.argv[2], int(sys.argv[3])))\n"
                    " except PermissionError: pass",
                    {4: 2, 6: 10}[version], netns.SERVER[version], netns.PORT, COUNT)
    watch.expect_drops("NETFILTER_DROP", "ip_local_out", r"(nf_hook_slow|nft_do_chain)\+")
    expect("received", "received 1\n", finish(child))


@ktap.each(*VERSIONS)
def nft_rule_for_the_other_ip_version_drops_nothing(_, version):
    child = receiver(version)
    nft("np-s", "input", 10 - version)
    with Watch("udp", version) as watch:
        send(version)
        expect("received", f"received {COUNT + 1}\n", finish(child))
    watch.flow = [p for p in watch.flow if p.sport == 4444]
    watch.expect_no_drop()


@ktap.each(*VERSIONS)
def full_receive_buffer_is_socket_rcvbuff(_, version):
    # room for a few datagrams, which fill it
    child = netns.traffic_start("flood", "udp", version, hold=True, rounds=50, rcvbuf=4096)
    expect("receiver", "sent 50\n", child.stdout.readline())
    with Watch("udp", version) as watch:
        send(version)
    watch.expect_drops("SOCKET_RCVBUFF", "sock_enqueue", r"(__)?udpv?6?_\w+\+")
    received = int(finish(child).split()[1])
    expect_that(0 < received < 50, "some datagrams fit", received)


@ktap.each(*VERSIONS)
def wrong_udp_checksum_is_udp_csum(_, version):
    child = receiver(version)
    with Watch("udp", version) as watch:
        netns.raw("udp", version, rounds=COUNT, bad="l4", size=16)
    watch.expect_drops("UDP_CSUM", "udp_rcv", r"(__)?udp(v?6|4)?_\w+\+")
    expect("received", "received 1\n", finish(child))


@ktap.each(*VERSIONS)
def wrong_checksum_found_while_reading_is_a_drop(_, version):
    """The kernel checks large datagrams when they are copied; they are not delivered."""
    child = receiver(version)
    with Watch("udp", version) as watch:
        netns.raw("udp", version, rounds=COUNT, bad="l4", size=1000)
        finish(child)
    watch.flow = [p for p in watch.flow if p.sport == 4444]
    expect("outcomes", ["dropped"] * COUNT, [p.outcome for p in watch.flow])


@ktap.each(*VERSIONS)
def wrong_tcp_checksum_is_tcp_csum(_, version):
    with Watch("tcp", version) as watch:
        netns.raw("tcp", version, rounds=COUNT, bad="l4")
    watch.expect_drops("TCP_CSUM", "tcp_rcv", r"tcp_v[46]_\w+\+")


@ktap.each(*VERSIONS)
def right_tcp_checksum_to_a_closed_port_is_no_socket(_, version):
    with Watch("tcp", version) as watch:
        netns.raw("tcp", version, rounds=COUNT)
    # the answers are resets, which np-c has no socket for either
    expect("requests", COUNT, sum(p.dport == netns.PORT for p in watch.flow))
    watch.expect_drops("NO_SOCKET", "tcp_rcv", r"tcp_v[46]_\w+\+", 2 * COUNT)


@ktap.test
def wrong_ip_checksum_is_ip_csum():
    with Watch("udp", 4) as watch:
        netns.raw("udp", 4, rounds=COUNT, bad="ip")
    watch.expect_drops("IP_CSUM", "ip_rcv", r"ip_rcv_core\+")


@ktap.test
def no_kernel_address_is_shown():
    """Everything that the tests above left is free of addresses."""
    texts = {}
    for name in ("trace", "stages", "stats", "latency"):
        with open(netns.DIR + name, encoding="ascii") as file:
            texts[name] = file.read()
    expect_that(texts["trace"].count("dropped") > COUNT * 10, "drops in trace",
                texts["trace"].count("dropped"))
    for name, text in texts.items():
        found = re.findall(r".*(?:0x)?ffff[0-9a-f]{8,}.*", text)
        expect(f"addresses in {name}", [], found)
    places = re.findall(r" dropped (?:\w+ )?at (\S+)", texts["trace"])
    expect("places that are not symbol+0xoffset", [],
           [place for place in places if not PLACE.fullmatch(place)])


def without_start(raw):
    """Records without the time of their beginning, which may be any number."""
    raw, at = bytearray(raw), 0
    while at < len(raw):
        length, kind = decode.HEAD.unpack_from(raw, at)
        if kind == decode.KIND_PACKET:
            start, = decode.START.unpack_from(raw, at + decode.START_AT)
            expect_that(start <= time.monotonic_ns(), "began in the past", start)
            decode.START.pack_into(raw, at + decode.START_AT, 0)
        at += length
    return bytes(raw)


@ktap.test
def no_pointer_is_in_a_ring():
    """No eight bytes of any record look like an address of the kernel's memory."""
    for ring in netns.Rings(oldest=True).rings:
        raw = without_start(ring.read())
        words = [raw[i:i + 8] for i in range(0, len(raw), 4)]
        bad = [w for w in words if len(w) == 8 and w[6:] == b"\xff\xff" and w != b"\xff" * 8]
        expect("words 0xffff............", [], [w[::-1].hex() for w in bad])


def connect(version):
    """A connection attempt from np-c that is given one second after its first segment."""
    netns.in_ns("np-c", "python3", "-c", "import socket, sys\n"
                "s = socket.socket(int(sys.argv[1]), socket.SOCK_STREAM)\n"
                "s.settimeout(1)\n"
                "try: s.connect((sys.argv[2], int(sys.argv[3])))\n"
                "except OSError: pass", {4: 2, 6: 10}[version], netns.SERVER[version], netns.PORT)


# The last ones: they load the module again, with the default stages.
@ktap.each(*VERSIONS)
def segment_dropped_on_output_has_its_addresses(_, version):
    netns.load()
    netns.in_ns("np-c", "nft", "add table inet t; add chain inet t c { type filter hook output"
                f" priority 0; }}; add rule inet t c tcp dport {netns.PORT} drop")
    defer(netns.in_ns, "np-c", "nft", "delete table inet t")
    rings = netns.Rings()
    connect(version)
    flow = netns.of_flow(rings.read(), "tcp", version)
    expect_that(flow, "a segment with these addresses", flow)
    expect("outcomes", {("dropped", netns.drop_reason("NETFILTER_DROP"))},
           {(p.outcome, p.reason) for p in flow})
    expect("last stages", {"ip_queue_xmit"}, {p.path[-1] for p in flow})


@ktap.each(*VERSIONS)
def segment_without_such_a_rule_is_sent(_, version):
    netns.load()
    rings = netns.Rings()
    connect(version)
    flow = netns.of_flow(rings.read(), "tcp", version)
    expect_that(flow, "a segment with these addresses", flow)
    expect("not sent", [], [p.path for p in flow if "dev_xmit" not in p.path])


def setup():
    netns.pair()
    netns.load(ring_kib=8192, stages=netns.BASIC)
    events.open()


if __name__ == "__main__":
    ktap.main(setup)
