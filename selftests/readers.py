#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Readers do not disturb each other, and know what they lost."""
import errno
import json
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import decode
import ktap
import netns
from ktap import cmd, expect, expect_that

CPU = netns.CPU
SMALL = 32      # KiB, the smallest ring: about 60 packets


def send(rounds=1):
    """Two packets a round, whose records are in the ring of CPU."""
    netns.traffic("pingpong", "udp", 4, rounds=rounds, cpu=CPU)


def split(raw):
    """Packets received, and how many the reader was told it lost."""
    packets, lost = [], 0
    for rec in decode.records(raw):
        if rec.type == 2:
            expect("number of the first record lost", packets[-1].seq + 1 if packets else
                   rec.seq, rec.seq)
            lost += rec.count
        else:
            packets.append(rec)
    return packets, lost


@ktap.test
def slow_reader_is_told_how_many_it_lost():
    netns.load(ring_kib=SMALL)
    ring = netns.Ring(CPU)
    send(5)
    first, lost = split(ring.read())
    expect("lost at first", 0, lost)
    records = netns.stats()["records"]
    send(500)
    written = netns.stats()["records"] - records
    packets, lost = split(ring.read())
    expect_that(lost > 0, "some records lost", lost)
    expect("received + lost = written", written, len(packets) + lost)
    expect("numbers are without a gap but the one told", list(range(
        packets[-1].seq - len(packets) + 1, packets[-1].seq + 1)), [p.seq for p in packets])
    expect("first number after the loss", first[-1].seq + 1 + lost, packets[0].seq)
    expect("overrun in stats", lost, netns.stats()["overrun"])


@ktap.test
def fast_reader_loses_nothing_beside_a_slow_one():
    netns.load(ring_kib=SMALL)
    fast, slow = netns.Ring(CPU), netns.Ring(CPU)
    records = netns.stats()["records"]
    got = []
    for _ in range(20):
        send(10)
        packets, lost = split(fast.read())
        expect("lost by the fast reader", 0, lost)
        got += packets
    expect("received by the fast reader", netns.stats()["records"] - records, len(got))
    packets, lost = split(slow.read())
    expect_that(lost > 0, "some lost by the slow reader", lost)
    expect("slow reader: received + lost", len(got), len(packets) + lost)
    expect("slow reader: newest records", [p.id for p in got[-len(packets):]],
           [p.id for p in packets])


@ktap.test
def reader_that_loses_nothing_gets_no_lost_record():
    netns.load(ring_kib=1024)
    ring = netns.Ring(CPU)
    send(100)
    packets, lost = split(ring.read())
    expect("lost", 0, lost)
    expect("packets", 200, len(packets))
    expect("overrun in stats", 0, netns.stats()["overrun"])


@ktap.test
def two_readers_see_the_same_bytes():
    netns.load()
    cpus = [int(name[3:]) for name in os.listdir(netns.DIR + "per_cpu")]
    first = {cpu: netns.Ring(cpu, oldest=True) for cpu in cpus}
    netns.traffic("pingpong", "udp", 4, rounds=50)
    second = {cpu: netns.Ring(cpu, oldest=True) for cpu in cpus}
    netns.traffic("pingpong", "tcp", 6, rounds=50)
    ktap.wait_for(10, "traffic ended", same_twice(lambda: netns.stats()["records"]))
    total = 0
    for cpu in cpus:
        small = second[cpu].read(size=2048)
        total += len(small)
        expect_that(first[cpu].read() == small, f"equal bytes of CPU {cpu}", "different ones")
    expect_that(total > 100 * 300, "records of 200 packets", f"{total} bytes")


def same_twice(func):
    last = []

    def check():
        last.append(func())
        return len(last) > 5 and len(set(last[-5:])) == 1
    return check


@ktap.test
def idle_ring_is_not_readable():
    netns.load()
    ring = netns.Ring(CPU)
    expect("poll on an idle ring", False, ring.poll(0.2))
    try:
        got = os.read(ring.fd, 4096)
    except BlockingIOError as err:
        got = err.errno
    expect("O_NONBLOCK read", errno.EAGAIN, got)


@ktap.test
def poll_returns_when_a_record_comes():
    netns.load()
    ring = netns.Ring(CPU)
    expect("poll before", False, ring.poll(0))
    child = netns.traffic_start("pingpong", "udp", 4, rounds=1, cpu=CPU)
    expect("poll", True, ring.poll(ktap.limit(10)))
    expect_that(split(ring.read())[0], "a packet", "none")
    child.wait()


def blocked_read(path):
    """What a read() that has to wait returns once there is traffic."""
    fd = os.open(path, os.O_RDONLY)
    ktap.defer(os.close, fd)
    if path.endswith("ring"):
        os.lseek(fd, 0, os.SEEK_END)
    got = []
    thread = threading.Thread(target=lambda: got.append(os.read(fd, 65536)), daemon=True)
    thread.start()
    thread.join(0.2)
    expect("read before there is a record", [], got)
    send()
    thread.join(ktap.limit(10))
    expect_that(got, "read() returned within 10 s", "it still waits")
    return got[0]


@ktap.test
def blocking_read_of_ring_waits_for_a_record():
    netns.load()
    expect_that(split(blocked_read(f"{netns.DIR}per_cpu/cpu{CPU}/ring"))[0], "a packet", "none")


@ktap.test
def blocking_read_of_trace_pipe_waits_for_a_record():
    netns.load()
    text = blocked_read(netns.DIR + "trace_pipe").decode()
    expect_that(f" > {netns.SERVER[4]}:{netns.PORT} " in text, "the packet", text)


@ktap.test
def buffer_too_small_for_a_record_is_einval():
    netns.load()
    ring = netns.Ring(CPU)
    send()
    for size in (1, 8, 64):
        try:
            got = os.read(ring.fd, size)
        except OSError as err:
            got = err.errno
        expect(f"read of {size} bytes", errno.EINVAL, got)
    expect("packets read then", 2, len(split(ring.read())[0]))


@ktap.test
def file_without_records_ends():
    netns.load(enable=0)
    with open(netns.DIR + "trace", encoding="ascii") as file:
        expect("trace", "", file.read())
    expect("poll on ring", False, netns.Ring(CPU, oldest=True).poll(0))


def traffic_of_all_kinds():
    """Delivered, dropped and consumed packets, IPv4 and IPv6, all in one ring."""
    for version in (4, 6):
        netns.traffic("pingpong", "tcp", version, rounds=20, cpu=CPU)
        netns.traffic("pingpong", "udp", version, rounds=20, cpu=CPU)
        netns.raw("udp", version, rounds=5, cpu=CPU)
        netns.raw("tcp", version, rounds=5, bad="l4", cpu=CPU)
    ktap.wait_for(10, "traffic ended", same_twice(lambda: netns.stats()["records"]))


def record(path):
    """Write what the rings hold to a file, with the tool."""
    done = cmd(netns.TOOL, "record", "-a", "-n", netns.stats()["records"], "-o", path,
               check=False, timeout=ktap.limit(60))
    expect("exit status of netpath record", 0, done.returncode)
    ktap.defer(os.unlink, path)


def seen_by_tool(line):
    """A packet as netpath show -j has it, in the decoder's terms."""
    rec = json.loads(line)
    drop, writer, reader = (rec.get(key, {}) for key in ("drop", "writer", "reader"))
    return (rec["id"], rec["cpu"], rec["seq"], rec["start_ns"], rec["total_ns"], rec["outcome"],
            rec.get("parent_id", 0), rec.get("ip_version", 0), rec.get("l4_proto", 0),
            rec.get("saddr"), rec.get("daddr"), rec.get("sport", 0), rec.get("dport", 0),
            rec["ip_len_bytes"], rec.get("eth_proto", 0),
            drop.get("reason", ""), drop.get("location", ""), drop.get("reason_number", 0),
            writer.get("pid", 0), writer.get("comm", ""),
            reader.get("pid", 0), reader.get("comm", ""),
            [(d["name"], d["ifindex"], d["netns"]) for d in rec["devices"]],
            [(s["name"], s["offset_ns"], s["cpu"], s.get("dev")) for s in rec["stages"]])


def seen_by_decoder(p):
    """A packet as lib/decode.py has it, in the same terms."""
    ports = p.l4_proto in (6, 17)
    flow = bool(p.flags & 16)
    return (p.id, p.cpu, p.seq, p.start_ns, p.total_ns, p.outcome,
            p.parent_id, p.ip_version, p.l4_proto,
            p.saddr if flow else None, p.daddr if flow else None,
            p.sport if ports else 0, p.dport if ports else 0,
            p.ip_len, p.eth_proto,
            p.reason, p.location, p.drop_reason,
            p.writer_pid, p.writer_comm, p.reader_pid, p.reader_comm,
            [(d.name, d.ifindex, d.netns) for d in p.devs],
            [(s.name, s.offset_ns, s.cpu, p.devs[s.dev - 1].name if s.dev else None)
             for s in p.stamps])


@ktap.test
def tool_and_independent_decoder_agree():
    netns.load(ring_kib=8192)
    traffic_of_all_kinds()
    record("/tmp/np.rec")
    tool = {rec[0]: rec for rec in map(seen_by_tool, cmd(
        netns.TOOL, "show", "-j", "/tmp/np.rec").splitlines())}
    own = {rec[0]: rec for rec in map(seen_by_decoder, netns.Rings(oldest=True).read())}
    expect_that(len(own) > 180, "more than 180 packets", len(own))
    outcomes = {rec[5] for rec in own.values()}
    # TCP may append a segment to another
    expect_that({"delivered", "dropped", "consumed"} <= outcomes, "outcomes of all kinds", outcomes)
    expect("journey ids", sorted(own), sorted(tool))
    for number, rec in own.items():
        expect(f"#{number}", rec, tool[number])


@ktap.test
def kernel_text_and_tool_text_are_the_same_bytes():
    netns.load(ring_kib=8192)
    traffic_of_all_kinds()
    record("/tmp/np.rec")
    with open(netns.DIR + "trace", encoding="ascii") as file:
        kernel = file.read()
    tool = cmd(netns.TOOL, "show", "/tmp/np.rec")
    expect_that(kernel.count("recvmsg") > 100, "more than 100 reads in trace",
                kernel.count("recvmsg"))
    for number, (a, b) in enumerate(zip(kernel.splitlines(), tool.splitlines()), 1):
        expect(f"line {number}", a, b)
    expect_that(kernel == tool, "equal text", f"{len(kernel)} and {len(tool)} characters")


@ktap.test
def reading_while_the_writer_overruns_never_tears_a_record():
    """A reader of the smallest ring under a flood sees whole records only."""
    netns.load(ring_kib=SMALL)
    ring = netns.Ring(CPU)
    before = netns.stats()["records"]
    child = netns.traffic_start("pingpong", "udp", 4, rounds=2000, client_cpu=CPU,
                                server_cpu=CPU)
    names = {int(row["id"]) for row in netns.stages().values()}
    packets, lost = [], 0
    while child.poll() is None:
        more, less = split(ring.read())
        packets += more
        lost += less
    more, less = split(ring.read())
    packets += more
    lost += less
    expect("received + lost", netns.stats()["records"] - before, len(packets) + lost)
    seqs = [p.seq for p in packets]
    expect("numbers rise", sorted(set(seqs)), seqs)
    for p in packets:
        times = [s.offset_ns for s in p.stamps]
        if times != sorted(times) or {s.stage for s in p.stamps} - names or p.cpu != CPU:
            expect("a whole record", "times in order, known stages", vars(p))


def setup():
    netns.pair()


if __name__ == "__main__":
    ktap.main(setup)
