#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: --nics
"""Every stage that is armed is passed by a packet, and the documentation has what this kernel has."""
import contextlib
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import rows
from ktap import cmd, defer, expect, expect_that

MODULES = ("bridge", "8021q", "dummy", "sch_ingress", "cls_matchall", "sch_fq_codel", "sch_fq",
           "sch_netem", "sch_tbf", "sch_htb", "nf_defrag_ipv6")
RECORDED = netns.TOP + "/Documentation/kernels"
# these are shown by other members of a record than its stamps
NO_STAMPS = {"skb_free", "skb_clone", "skb_merge", "sock_create"}
# what a datagram over a veth pair has nothing to do with
NOT_PASSED = set("""tcp_transmit ip_queue_xmit tcp_rcv tcp_established tcp_backlog tcp_data_queue
vlan_rx vlan_tx bridge_rx bridge_forward tc_ingress tc_egress ip_forward ip_forward_finish
ip_fragment ip_defrag ip_reassembled neigh_wait arp_rcv icmp_rcv igmp_rcv raw_rcv qdisc_enqueue
nf_pre_routing nf_local_in nf_forward nf_local_out nf_post_routing""".split())
# what AppArmor has at a netfilter hook of each namespace
APPARMOR = "apparmor_ip*_postroute"
# what the compiler may put in line in its only caller: then nobody calls it
IN_LINE = "ip_forward_finish"
TRACING = "/sys/kernel/tracing/"
HOOKS = ("prerouting", "input", "forward", "output", "postrouting")


def talk(version, addr):
    """Datagrams of one packet and of several, and a connection."""
    for size in (100, 4000):
        for made in rows.send(version, addr, size):
            made.close()
    near, far = rows.connection(version, addr=addr)
    near.sendall(bytes(20000))
    far.recv(20000, socket.MSG_WAITALL)
    near.close()
    far.close()


def filters():
    """Netfilter at each hook, tc in both directions."""
    for name in ("np-c", "np-s"):
        for hook in HOOKS:
            rows.chain(name, hook, "counter accept")
    for name, dev, direction in (("np-c", "vc", "egress"), ("np-s", "vs", "ingress")):
        netns.in_ns(name, "tc", "qdisc", "replace", "dev", dev, "clsact")
        netns.in_ns(name, "tc", "filter", "add", "dev", dev, direction, "matchall", "action", "ok")
        defer(netns.in_ns, name, "tc", "qdisc", "del", "dev", dev, "clsact")


def vlan():
    for name, dev in (("np-c", "vc"), ("np-s", "vs")):
        cmd("ip", "-n", name, "link", "add", dev + ".5", "link", dev, "type", "vlan", "id", 5)
        defer(cmd, "ip", "-n", name, "link", "del", dev + ".5")
    rows.join((("np-c", "vc.5"), ("np-s", "vs.5")), 75)


def others():
    """What is neither TCP nor UDP."""
    for version in (4, 6):
        netns.in_ns("np-c", "ping", "-c1", "-W", ktap.limit(10), netns.SERVER[version])
        far = rows.sock("np-s", socket.SOCK_RAW, version, 253)
        rows.sock("np-c", socket.SOCK_RAW, version, 253).sendto(b"x", (netns.SERVER[version], 0))
        far.recv(100)
    near = rows.sock("np-c", socket.SOCK_RAW, proto=2)
    near.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                    socket.inet_aton(netns.CLIENT[4]))
    near.sendto(struct.pack("!BBH4s", 0x11, 100, 0xee9b, bytes(4)), ("224.0.0.1", 0))


def off_the_fast_path():
    """A segment that waits for the process that holds the socket, one that is not in order."""
    before = int(netns.stages()["tcp_backlog"]["hits"])

    def held():
        for made in rows.connection():
            made.close()
        return int(netns.stages()["tcp_backlog"]["hits"]) > before
    ktap.wait_for(20, "a connection whose answer comes while connect() holds the socket", held)
    near, far = rows.connection()
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lost = rows.chain("np-s", "prerouting", f"tcp dport {netns.PORT} ip length 152 counter drop",
                      "ip")
    near.send(bytes(100))
    near.send(bytes(200))
    ktap.wait_for(10, "one that is lost", lost)
    lost.remove()
    far.recv(300, socket.MSG_WAITALL)


def everything():
    """Packets by every way that there is."""
    filters()
    rows.bridge()
    vlan()
    for version in (4, 6):
        for addr in (netns.SERVER[version], rows.NIC[version], rows.VIRTIO[version],
                     {4: "10.76.0.2", 6: "fd76::2"}[version],
                     {4: "10.75.0.2", 6: "fd75::2"}[version]):
            talk(version, addr)
        far = rows.forwarding(version, dev=f"far{version}")
        rows.sock("np-c", version=version).sendto(b"x", (far, 9))
    rows.nic_set("way", 1)
    defer(rows.nic_set, "way", 0)
    talk(4, rows.NIC[4])
    cmd("ip", "-n", "np-c", "neighbour", "del", rows.NIC[4], "dev", "nic0")
    defer(cmd, "ip", "-n", "np-c", "neighbour", "replace", rows.NIC[4], "lladdr",
          netns.MAC["np-s"], "dev", "nic0", "nud", "permanent")
    talk(4, rows.NIC[4])
    netns.in_ns("np-c", "tc", "qdisc", "replace", "dev", "nic0", "root", "netem", "delay", "1ms")
    talk(4, rows.NIC[4])
    others()
    off_the_fast_path()


def present():
    return {name for name, row in netns.stages().items()
            if row["state"].startswith(("armed", "partial"))}


def passed(watch):
    return {name for packet in watch.all() for name in packet.path}


@contextlib.contextmanager
def calls(pattern):
    """The function tracer's own count of calls of such functions, 0 if there are none."""
    trace = TRACING + "instances/np-stages/"
    os.mkdir(trace)
    try:
        with contextlib.suppress(OSError):
            rows.write(trace + "set_ftrace_filter", pattern)
        # without any in the filter all functions would be traced
        if not rows.read(trace + "set_ftrace_filter").startswith("#"):
            rows.write(trace + "current_tracer", "function")
        yield lambda: sum(line[0] != "#" for line in rows.read(trace + "trace").splitlines())
    finally:
        rows.write(trace + "current_tracer", "nop")
        os.rmdir(trace)


@ktap.test
def a_stage_that_no_packet_passes_has_no_hit():
    watch = rows.Watch()
    with calls(APPARMOR) as apparmor:
        before = {name: int(row["hits"]) for name, row in netns.stages().items()
                  if name in NOT_PASSED and row["hits"] != "-"}
        rows.send()
        watch.one(outcome="delivered", dport=netns.PORT)
        after = {name: int(row["hits"]) for name, row in netns.stages().items() if name in before}
        # no chain is there, but AppArmor is
        before["nf_post_routing"] += apparmor()
        there = {"nf_post_routing"} if apparmor() else set()
    expect("hits without such packets", before, after)
    expect("in records without such packets", there, passed(watch) & NOT_PASSED)
    watch.close()


@ktap.test
def every_stage_that_is_armed_is_passed():
    watch = rows.Watch()
    with calls(IN_LINE) as called:
        everything()
        wanted = present() if called() else present() - {IN_LINE}
    limit = time.monotonic() + ktap.limit(10)
    while wanted - NO_STAMPS - passed(watch) and time.monotonic() < limit:
        time.sleep(0.1)
    hit = {name for name, row in netns.stages().items() if row["hits"] not in ("0", "-")}
    expect("armed, but no hit", set(), wanted - hit)
    expect("armed, but in no record", NO_STAMPS, wanted - passed(watch))


def table():
    """How each stage is hooked here."""
    return [f"{name}\t{row['via']}\t{row['symbol']}\t{row['state']}"
            for name, row in netns.stages().items()]


@ktap.test
def stages_are_those_that_the_documentation_has():
    # as in scripts/kernels.list; scripts/vm/run knows it
    name = os.environ["NP_KERNEL"]
    if ktap.SLOW > 1:
        raise ktap.Skip("this kernel has debugging options and is not one that users have")
    expect_that(os.path.exists(f"{RECORDED}/{name}.tsv"), f"a list of the stages of {name}",
                "none; Documentation/kernels.rst says how to make it")
    with open(f"{RECORDED}/{name}.tsv", encoding="ascii") as file:
        want = [line.rstrip("\n") for line in file if line[0] != "#"]
    expect("not as recorded", [], [line for line in table() if line not in want])
    expect("recorded, but not there", [], [line for line in want if line not in table()])


def setup():
    rows.modules(*MODULES)
    netns.pair()
    rows.nics()
    rows.virtio()
    netns.load(stages="all", ring_kib=8192)


def record():
    """What the documentation is to have."""
    rows.modules(*MODULES)
    netns.load(stages="all")
    print("# SPDX-License-Identifier: GPL-2.0-only")
    print("# name, via, symbols, state; made by selftests/stages.py --record")
    print(*table(), sep="\n")
    netns.unload()


if __name__ == "__main__":
    if sys.argv[1:] == ["--record"]:
        record()
    else:
        ktap.main(setup)
