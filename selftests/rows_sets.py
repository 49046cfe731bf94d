#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which stages are armed: those that were asked for and that the kernel has, and no others."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import rows
from ktap import cmd, defer, expect, expect_that

# how packets end and turn into others is always watched
ALWAYS = {"skb_free", "skb_clone", "skb_merge"}
# these tell more about a packet that is known already, and begin no journey
NOT_ALONE = set("""lsm_sendmsg sock_sendmsg route_output qdisc_xmit dev_xmit_done tx_complete irq
softirq_raise lsm_sock_rcv sock_lookup tcp_backlog tcp_established tcp_data_queue rcvbuf
sock_enqueue sock_wakeup lsm_recvmsg recv_call recvmsg qdisc_enqueue""".split())
MODULES = ("bridge", "8021q", "sch_fq_codel", "sch_fq", "sch_netem", "sch_tbf", "sch_htb",
           "nf_defrag_ipv6")


def traffic():
    """Datagrams and a connection over veth and the test's NIC; journeys that ended."""
    watch = rows.Watch()
    for version in (4, 6):
        for addr in (netns.SERVER, rows.NIC):
            for made in rows.send(version, addr[version]):
                made.close()
        near, far = rows.connection(version)
        near.send(b"x" * 50)
        far.recv(50)
        near.close()
        far.close()
    ktap.wait_for(10, "all ended", lambda: not netns.stats()["in_flight"])
    packets = watch.all()
    watch.close()
    return packets


def passed(packets):
    return {name for packet in packets for name in packet.path}


def states():
    return {name: row["state"] for name, row in netns.stages().items()}


def armed():
    return {name for name, state in states().items() if state.startswith(("armed", "partial"))}


def kernel_symbols():
    """Functions of kernel and modules: {name: module or ""}."""
    found = {}
    for line in rows.read("/proc/kallsyms").splitlines():
        words = line.split()
        if words[1] in "tTwW":
            found.setdefault(words[2], words[3][1:-1] if len(words) > 3 else "")
    return found


def events():
    return {line.split(":")[1] for line in
            rows.read("/sys/kernel/tracing/available_events").split()}


# names that are tracepoints of no event
RAW_TRACEPOINTS = {"net_dev_start_xmit"}


@ktap.test
def each_stage_is_armed_or_the_kernel_has_it_not():
    rows.modules(*MODULES)
    netns.load(stages="all")
    symbols, known = kernel_symbols(), events()
    for name, row in netns.stages().items():
        ktap.note(f"{name}: {row['state']}")
        for symbol in row["symbol"].split(","):
            if symbol == "-":
                continue
            where = symbol.split(":")
            expect_that(where[-1] in symbols or where[-1] in known, f"{symbol} in the kernel",
                        "not there")
        if row["state"] == "armed":
            continue
        match = re.fullmatch(r"(unavailable|partial): (\S+): (.+)", row["state"])
        expect_that(match, "a state with symbol and reason", row["state"])
        missing = match[2].split(":")[-1]
        expect_that("no such function" in match[3] and missing not in symbols,
                    f"{missing} missing in the kernel, as the reason says", row["state"])


@ktap.test
def default_set_has_no_other_stage():
    netns.load(stages="default", ring_kib=8192)
    want = armed()
    got = passed(traffic())
    expect("passed, but not armed", set(), got - want)
    expect_that({"sendmsg", "dev_queue", "netif_rx", "udp_rcv", "recvmsg"} <= got, "the usual",
                got)
    expect_that(not {"irq", "skb_alloc", "nf_local_in", "qdisc_xmit"} & want, "no other",
                want)


@ktap.test
def two_names_arm_two_stages():
    netns.load(stages="udp_rcv,dev_queue", ring_kib=8192)
    expect("armed", ALWAYS | {"udp_rcv", "dev_queue"}, armed())
    packets = traffic()
    expect("passed", {"udp_rcv", "dev_queue"}, passed(packets))
    over_veth = [p for p in packets if p.path == ["dev_queue", "udp_rcv"]]
    expect("journeys with both", 2, len(over_veth))


@ktap.test
def each_name_arms_its_stage_alone():
    netns.load(stages="all", ring_kib=8192)
    known = states()
    usual = passed(traffic())
    missing = set()
    for name, state in known.items():
        if name in ALWAYS or state.startswith("unavailable"):
            continue
        netns.load(stages=name, ring_kib=1024)
        expect("armed", ALWAYS | {name}, armed())
        others = {row["name"]: row["hits"] for row in netns.stages().values()
                  if row["name"] not in ALWAYS | {name}}
        got = passed(traffic())
        expect("passed, with " + name, set(), got - {name})
        expect("hits of others, with " + name, set(),
               {row["name"] for row in netns.stages().values() if row["name"] in others and
                row["hits"] != others[row["name"]]})
        if name in usual and not got:
            missing.add(name)
    expect("stages that are not seen alone", NOT_ALONE & usual, missing)


@ktap.test
def unknown_name_is_refused():
    result = cmd("insmod", netns.TOP + "/netpath.ko", "stages=udp_rcv,no_such_stage", check=False)
    expect_that(result.returncode and not netns.loaded(), "refused", result)


# stages of modules

def remove(name):
    """Unload a module, those that use it first."""
    with open(f"/lib/modules/{os.uname().release}/modules.builtin", encoding="ascii") as file:
        if f"/{name}.ko\n" in file.read():
            raise ktap.Skip(f"{name} is no module of this kernel, but built in")
    path = f"/sys/module/{name}"
    for holder in os.listdir(path + "/holders") if os.path.isdir(path) else []:
        remove(holder)
    cmd("modprobe", "-r", name)


@ktap.test
def bridge_that_is_loaded_later_is_hooked_and_may_go_again():
    remove("bridge")
    netns.load(stages="all", ring_kib=8192)
    for turn in range(3):
        for name in ("bridge_rx", "bridge_forward"):
            expect_that(re.fullmatch(r"unavailable: bridge:\S+: .*module is not loaded.*",
                                     states()[name]), "unavailable, with the reason",
                        states()[name])
        depth = len(ktap._undo)  # pylint: disable=protected-access
        rows.bridge()
        expect("states", ("armed", "armed"), (states()["bridge_rx"], states()["bridge_forward"]))
        packet = rows.journey(addr="10.76.0.2")
        rows.expect_order(packet, "dev_xmit", "bridge_rx", "bridge_forward", "recvmsg")
        if turn:
            # with the module, under what is still on its way
            near, _far = rows.sock("np-c"), rows.server()
            for _ in range(50):
                near.sendto(b"x", ("10.76.0.2", netns.PORT))
        ktap._unwind(depth)  # pylint: disable=protected-access
        ktap.wait_for(20, "the bridge's module goes",
                      lambda: not cmd("modprobe", "-r", "bridge", check=False).returncode)
    rows.expect_not(rows.journey(), "bridge_rx", "bridge_forward")


@ktap.test
def vlan_that_is_loaded_later_is_hooked_and_may_go_again():
    remove("8021q")
    netns.load(stages="all", ring_kib=8192)
    expect_that(states()["vlan_tx"].startswith("unavailable: 8021q:"), "unavailable",
                states()["vlan_tx"])
    rows.modules("8021q")
    expect("state", "armed", states()["vlan_tx"])
    for name, dev in (("np-c", "vc"), ("np-s", "vs")):
        cmd("ip", "-n", name, "link", "add", dev + ".5", "link", dev, "type", "vlan", "id", 5)
    rows.join((("np-c", "vc.5"), ("np-s", "vs.5")), 75)
    packet = rows.journey(addr="10.75.0.2")
    rows.expect_has(packet, "vlan_tx", "vlan_rx")
    for name, dev in (("np-c", "vc"), ("np-s", "vs")):
        cmd("ip", "-n", name, "link", "del", dev + ".5")
    ktap.wait_for(20, "the module goes",
                  lambda: not cmd("modprobe", "-r", "8021q", check=False).returncode)
    expect_that(states()["vlan_tx"].startswith("unavailable: 8021q:"), "unavailable",
                states()["vlan_tx"])
    rows.expect_not(rows.journey(), "vlan_tx", "vlan_rx")


@ktap.test
def packet_sockets_that_are_loaded_later_are_hooked_and_may_go_again():
    remove("af_packet")
    netns.load()
    for _ in range(2):
        expect_that("packet_sendmsg" not in netns.stages()["sendmsg"]["symbol"], "not hooked",
                    netns.stages()["sendmsg"])
        rows.modules("af_packet")
        expect_that("af_packet:packet_sendmsg" in netns.stages()["sendmsg"]["symbol"].split(","),
                    "hooked", netns.stages()["sendmsg"])
        ktap.wait_for(20, "the module goes",
                      lambda: not cmd("modprobe", "-r", "af_packet", check=False).returncode)


@ktap.test
def module_whose_stages_are_not_wanted_is_not_hooked():
    remove("bridge")
    netns.load(stages="udp_rcv")
    rows.modules("bridge")
    expect("armed", ALWAYS | {"udp_rcv"}, armed())
    expect_that("bridge_rx" not in passed(traffic()), "no bridge", "bridge_rx")


# stages that share a hook

def hits(*names):
    table = netns.stages()
    return [int(table[name]["hits"]) for name in names]


@ktap.each(("both", "sock_enqueue,rcvbuf", [4, 4]), ("the_first", "sock_enqueue", [4, 0]),
           ("the_second", "rcvbuf", [0, 4]))
def queue_and_its_fill_are_counted_apart_with(_, names, want):
    netns.load(stages=names)
    near, far = rows.sock("np-c"), rows.server()
    for _ in range(4):
        near.sendto(b"x", (netns.SERVER[4], netns.PORT))
        far.recv(10)
    expect("hits", want, hits("sock_enqueue", "rcvbuf"))


@ktap.each(("both", "tc_ingress,tc_egress", [3, 3]), ("the_first", "tc_ingress", [3, 0]),
           ("the_second", "tc_egress", [0, 3]))
def directions_of_tc_are_counted_apart_with(_, names, want):
    rows.modules("sch_ingress", "cls_matchall")
    for name, dev, direction in (("np-s", "vs", "ingress"), ("np-c", "vc", "egress")):
        netns.in_ns(name, "tc", "qdisc", "replace", "dev", dev, "clsact")
        defer(netns.in_ns, name, "tc", "qdisc", "del", "dev", dev, "clsact")
        netns.in_ns(name, "tc", "filter", "add", "dev", dev, direction, "protocol", "ip",
                    "matchall", "action", "ok")
    netns.load(stages=names)
    for _ in range(3):
        near, far = rows.send()
        near.close()
        far.close()
    expect("hits", want, hits("tc_ingress", "tc_egress"))


@ktap.each(("both", "napi_poll,gro_receive", True, True), ("the_first", "napi_poll", True, False),
           ("the_second", "gro_receive", False, True))
def poll_and_gro_are_counted_apart_with(_, names, poll, gro):
    rows.nic_set("way", 1)
    defer(rows.nic_set, "way", 0)
    netns.load(stages=names)
    rows.send(addr=rows.NIC[4])
    got = hits("napi_poll", "gro_receive")
    expect("hit at all", (poll, gro), (got[0] > 0, got[1] > 0))


def setup():
    netns.pair()
    rows.nics()


if __name__ == "__main__":
    ktap.main(setup)
