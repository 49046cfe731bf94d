#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The program netpath: expressions and rules of watch, record and config; freeze and thaw.

Traffic is always the same: several flows, each to a port of its own.
"""
import fcntl
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import frames
import ktap
import netns
import npnl
from ktap import cmd, expect, expect_that

FILE = "/tmp/netpath-rules"
# read; read late; not read by anybody; over loopback; sent only; of another process
READ, LATE, CLOSED, LOCAL, SENT, OTHER = PORTS = range(7000, 7006)
MARK, LATE_S = 0x17, 2
CLEAR = ["ifindex 0", "netns 0", "direction any", "pid 0", "mark 0x0/0x0", "drops 0", "reasons -",
         "slower_ns 0", "stage -", "one_in 0"]


def tool(*words, **kwargs):
    return cmd(netns.TOOL, *words, check=False, **kwargs)


def udp_socket(space, addr="", port=0):
    with netns.inside(space):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(ktap.limit(20))
    sock.bind((addr, port))
    return sock


def flow(port, space="np-s", addr=netns.SERVER[4], mark=0, wait_s=0, read=True):
    """One datagram from this process, read by it or by nobody."""
    with udp_socket("np-c") as sender, udp_socket(space, addr, port if read else 0) as reader:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, mark)
        sender.sendto(b"some", (addr, port))
        time.sleep(wait_s)
        if read:
            reader.recv(100)


def traffic(late=False):
    netns.traffic("pingpong", "udp", 4, port=OTHER, rounds=1)
    flow(READ, mark=MARK)
    flow(CLOSED, read=False)
    flow(LOCAL, "np-c", "127.0.0.1")
    with udp_socket("np-c") as sender:
        sender.sendto(b"some", ("10.98.0.2", SENT))
    if late:
        flow(LATE, wait_s=LATE_S + 0.2)
    ktap.wait_for(20, "all packets ended", lambda: not netns.stats()["in_flight"])


def begin(*words, command=("record", "-o", FILE)):
    child = ktap.start(netns.TOOL, *command, *words, stderr=subprocess.PIPE)
    ktap.wait_for(20, "it has subscribed", lambda: child.poll() is not None or
                  npnl.streaming(child.pid))
    return child


def end(child, how=signal.SIGINT):
    """Interrupt it; what it printed."""
    child.send_signal(how)
    out, err = child.communicate(timeout=ktap.limit(30))
    expect(f"exit status, with {err}", 0, child.returncode)
    return out


def shown():
    """Ports of the UDP packets in the file."""
    rows = [json.loads(line) for line in cmd(netns.TOOL, "show", "-j", FILE).splitlines()]
    return sorted(row["dport"] for row in rows if row.get("dport") in PORTS)


def expect_no_rules():
    expect("rules", CLEAR, netns.read_file("rules").splitlines())
    expect("filter", "0\n", netns.read_file("filter"))


ALL = [READ, CLOSED, LOCAL, SENT, OTHER]


@ktap.each(
    ("none", [], ALL),
    ("expression", [f"udp port {READ}"], [READ]),
    ("expression_in_words", ["udp", "port", str(READ), "or", "udp port", str(LOCAL)], [READ, LOCAL]),
    ("no_packet_matches", ["tcp"], []),
    ("interface", ["-i", "lo"], [LOCAL]),
    ("netns", ["--netns", "np-s"], [READ, CLOSED, OTHER]),
    ("netns_by_path", ["--netns", "/run/netns/np-s"], [READ, CLOSED, OTHER]),
    ("rx", ["--direction", "rx"], [READ, CLOSED, LOCAL, OTHER]),
    ("tx", ["--direction", "tx"], ALL),
    ("pid", ["-p", str(os.getpid())], [READ, CLOSED, LOCAL, SENT]),
    ("mark", ["--mark", hex(MARK)], [READ]),
    ("mark_with_mask", ["--mark", "0x10/0xf0"], [READ]),
    ("drops", ["--drops"], [CLOSED]),
    ("slower", ["--slower", f"{LATE_S}s"], [LATE]),
    ("slow_stage", ["--slow-stage", f"sock_wakeup={LATE_S * 1000}ms"], [LATE]),
    ("two_rules", ["-i", "lo", f"udp port {READ}"], []),
    ("one_in", ["--one-in", "1"], ALL))
def record(name, words, want):
    child = begin(*words)
    traffic(late=name.startswith("slow"))
    end(child)
    got = shown()
    # the answer to it has another port
    expect(f"ports with {words}", sorted(want), got)
    expect_no_rules()


@ktap.test
def record_drops_for_a_reason():
    if not netns.drop_reason("NO_SOCKET"):
        raise ktap.Skip("this kernel has no drop reasons")
    child = begin("--reason", "NETFILTER_DROP+NO_SOCKET")
    traffic()
    end(child)
    expect("ports", [CLOSED], shown())
    child = begin("--reason", "NETFILTER_DROP")
    traffic()
    end(child)
    expect("ports", [], shown())


@ktap.each(("interrupted", signal.SIGINT), ("terminated", signal.SIGTERM))
def watch_ends_its_rules_when(_, how):
    child = begin(f"udp port {READ}", command=("watch", "--oneline"))
    expect_that(netns.read_file("filter") != "0\n", "a filter", "none")
    traffic()
    lines = [line for line in end(child, how).splitlines() if " > " in line]
    expect("lines", [True], [f":{READ} " in line for line in lines])
    expect_no_rules()


@ktap.test
def watch_ends_its_rules_after_its_last_packet():
    child = begin(f"udp port {READ}", "-n", "1", command=("watch", "--oneline"))
    traffic()
    out, err = child.communicate(timeout=ktap.limit(30))
    expect(f"exit status, with {err}", 0, child.returncode)
    expect_that(f":{READ} " in out, f"a packet to port {READ}", out)
    expect_no_rules()


@ktap.test
def watch_ends_its_rules_when_its_output_is_closed():
    child = begin(f"udp port {READ}", command=("watch", "--oneline"))
    child.stdout.close()
    traffic()
    expect("exit status", 0, child.wait(ktap.limit(30)))
    expect_no_rules()


@ktap.test
def record_ends_its_rules_when_it_fails():
    done = tool("record", "-o", "/nonexistent/file", "udp")
    expect("exit status", 1, done.returncode)
    expect_no_rules()


@ktap.test
def rules_of_somebody_else_are_left_alone():
    child = begin(f"udp port {READ}", command=("watch",))
    before = netns.read_file("filter")
    for words in (("watch", "-n", "1", "tcp"), ("record", "-o", FILE, "--drops")):
        done = tool(*words, timeout=ktap.limit(30))
        expect("exit status", 1, done.returncode)
        expect_that("other rules are in force" in done.stderr and
                    "netpath config --clear" in done.stderr, "what to do", done.stderr)
        expect_that(f"process {child.pid} has rules" in done.stderr, "whose", done.stderr)
        expect("filter", before, netns.read_file("filter"))
        expect("rules", CLEAR + [f"owner {child.pid}"], netns.read_file("rules").splitlines())
    # without rules of its own it has what there is
    other = begin()
    traffic()
    end(other)
    end(child)
    expect("ports", [READ], shown())
    expect_no_rules()


@ktap.each(
    ("expression", ["udp prot 53"], "'udp prot 53'"),
    ("ethernet", ["ether host 02:00:00:00:00:01"], "'ether host"),
    ("ethernet_byte", ["ether[0] & 1 = 1"], "filters see no Ethernet addresses"),
    ("vlan_number", ["vlan 4096"], "VLAN ID 4096 is not 0 to 4095"),
    ("long", ["x" * 5000], "longer than 4095"),
    ("interface", ["-i", "nowhere"], "--interface: 'nowhere'"),
    ("netns", ["--netns", "nowhere"], "--netns: 'nowhere'"),
    ("direction", ["--direction", "up"], "--direction: 'up'"),
    ("pid", ["--pid", "init"], "--pid: 'init'"),
    ("large_pid", ["--pid", "4294967296"], "--pid: '4294967296'"),
    ("mark", ["--mark", "1/x"], "--mark: '1/x'"),
    ("time", ["--slower", "5"], "--slower: '5'"),
    ("unit", ["--slower", "5min"], "--slower: '5min'"),
    ("stage", ["--slow-stage", "nowhere=1ms"], "--slow-stage: 'nowhere=1ms'"),
    ("stage_time", ["--slow-stage", "udp_rcv"], "--slow-stage: 'udp_rcv'"),
    ("one_in", ["--one-in", "few"], "--one-in: 'few'"),
    ("long_reason", ["--reason", "9" * 600], "--reason: '999"))
def wrong_usage(_, words, why):
    """Beside what is wrong there is something right, which changes nothing."""
    for command in (("watch",), ("record", "-o", "/nonexistent/file"), ("config",)):
        done = tool(*command, "--drops", *words, timeout=ktap.limit(30))
        expect(f"exit status with {done.stderr}", 2, done.returncode)
        expect_that(why in done.stderr, why, done.stderr)
        expect_no_rules()


@ktap.each(("reason", ["--reason", "BAD_WEATHER"], "drop reasons of this kernel"),
           ("mark", ["--mark", "0x11/0x10"], "bits that its mask has not"))
def the_module_says_why(_, words, why):
    for command in (("watch",), ("config",)):
        done = tool(*command, "--drops", *words, timeout=ktap.limit(30))
        expect(f"exit status with {done.stderr}", 1, done.returncode)
        expect_that(why in done.stderr, why, done.stderr)
        expect_no_rules()


def config():
    """The configuration, without the number that each change of the rules raises."""
    found = json.loads(cmd(netns.TOOL, "config", "-j"))
    expect_that(found.pop("rules_generation") >= 0, "a number", found)
    return found


@ktap.test
def config_changes_prints_and_clears():
    ktap.defer(tool, "config", "--clear")
    before = config()
    expect("no rules", (0, "any", 0, "recording"),
           tuple(before[name] for name in ("filter_instructions", "direction", "pid",
                                           "freeze_state")))
    cmd(netns.TOOL, "config", "--drops", "--slower", "5ms", "--pid", "8")
    cmd(netns.TOOL, "config", "--direction", "tx", "--one-in", "7", "--slow-stage", "udp_rcv=3us")
    cmd(netns.TOOL, "config", "--mark", "0x10/0xf0", "-i", "3", "udp")
    got = config()
    expect_that(got.pop("filter_instructions") > 1, "a program", got)
    want = {"drops": 1, "slower_ns": 5000000, "pid": 8, "direction": "tx", "one_in": 7,
            "stage": "udp_rcv", "stage_ns": 3000, "mark": 16, "mark_mask": 240, "ifindex": 3}
    expect("config", {**before, **want}, {**got, "filter_instructions": 0})
    expect_that("stage " in cmd(netns.TOOL, "config"), "a table", "none")
    cmd(netns.TOOL, "config", "--clear", "--pid", "9", "--set", "expire_ms=20000")
    ktap.defer(tool, "config", "--set", "expire_ms=30000")
    expect("config", {**before, "pid": 9, "expire_ms": 20000}, config())
    cmd(netns.TOOL, "config", "--clear", "--set", "expire_ms=30000")
    expect("config", before, config())
    expect_no_rules()


def open_tap():
    """A device of np-c, with VLAN 10 on it, whose other end is this process."""
    with netns.inside("np-c"):
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tap, 0x400454ca, struct.pack("16sH22x", b"np-tap", 0x1002))
    ktap.defer(os.close, tap)
    cmd("ip", "-n", "np-c", "link", "set", "np-tap", "address", netns.MAC["np-s"], "up")
    cmd("ip", "-n", "np-c", "link", "add", "np-tap.10", "link", "np-tap", "type", "vlan", "id", 10)
    cmd("ip", "-n", "np-c", "link", "set", "np-tap.10", "up")
    for dev, net in (("np-tap", "10.99.0."), ("np-tap.10", "10.97.0.")):
        cmd("ip", "-n", "np-c", "address", "add", net + "1/24", "dev", dev)
        cmd("ip", "-n", "np-c", "neighbour", "replace", net + "2", "lladdr", netns.MAC["np-c"],
            "dev", dev, "nud", "permanent")
    return tap


def idle(tap):
    """Answers wait until they are read."""
    try:
        while os.read(tap, 2000):
            pass
    except BlockingIOError:
        pass
    return not netns.stats()["in_flight"]


def arrive(tap, dst, dport, tag=None):
    head = bytes.fromhex(netns.MAC["np-s"].replace(":", "")) + b"\2\0\0\0\x99\2"
    if tag is not None:
        head += struct.pack("!HH", 0x8100, tag)
    os.write(tap, head + b"\x08\0" + frames.udp(4, dst[:-1] + "2", dst, dport=dport))


@ktap.each(
    ("and", ["vlan 10 and udp"], [READ, LATE]),
    ("and_port", ["vlan", "10", "and", f"(udp port {READ} or tcp)"], [READ]),
    ("and_other", [f"vlan 10 and udp port {OTHER}"], []),
    ("alone", ["vlan 10"], [READ, LATE]),
    ("any", [f"vlan && udp portrange {READ}-{CLOSED}"], [READ, LATE, CLOSED]),
    ("other", ["vlan 11"], [CLOSED]),
    ("behind", [f"udp port {READ} or udp port {OTHER}", "and", "vlan"], [READ]),
    ("or", [f"vlan 11 or udp port {OTHER}"], [CLOSED, OTHER]),
    ("without", ["not vlan"], [OTHER]),
    ("none", ["udp"], [READ, LATE, CLOSED, OTHER]))
def vlan(_, words, want):
    cmd("modprobe", "tun")
    cmd("modprobe", "8021q")
    tap = open_tap()
    child = begin(*words)
    arrive(tap, "10.99.0.1", OTHER)
    arrive(tap, "10.97.0.1", READ, 10)
    # the priority does not matter
    arrive(tap, "10.97.0.1", LATE, 0xe00a)
    arrive(tap, "10.97.0.1", CLOSED, 11)
    ktap.wait_for(20, "all packets ended", lambda: idle(tap))
    end(child)
    expect("ports", sorted(want), shown())
    expect_no_rules()


def held():
    """Ports of the packets that the rings hold."""
    return {p.dport for p in netns.Rings(oldest=True).read() if p.flags & 16}


def state():
    return {key[7:]: value for key, value in config().items() if key.startswith("freeze_")}


RECORDING = {"state": "recording", "on_drop": None, "slower_ns": 0, "after": 0, "left": 0}


@ktap.test
def freeze_now_and_thaw():
    ktap.defer(tool, "thaw")
    cmd(netns.TOOL, "clear", "records")
    expect("state", RECORDING, state())
    cmd(netns.TOOL, "freeze")
    expect("state", {**RECORDING, "state": "frozen"}, state())
    traffic()
    expect_that(READ not in held(), "nothing", held())
    cmd(netns.TOOL, "thaw")
    expect("state", RECORDING, state())
    traffic()
    expect_that(READ in held(), f"port {READ}", held())


@ktap.test
def freeze_on_drop():
    ktap.defer(tool, "thaw")
    cmd(netns.TOOL, "clear", "records")
    cmd(netns.TOOL, "freeze", "--on-drop", "any", "--after", "0")
    expect("state", {**RECORDING, "state": "armed", "on_drop": "any"}, state())
    flow(READ)
    expect("state", "armed", state()["state"])
    flow(CLOSED, read=False)
    expect("state", "frozen", state()["state"])
    flow(LOCAL, "np-c", "127.0.0.1")
    expect("held", (True, True, False), tuple(port in held() for port in (READ, CLOSED, LOCAL)))


@ktap.test
def freeze_when_slower_and_after():
    ktap.defer(tool, "thaw")
    cmd(netns.TOOL, "freeze", "--slower", f"{LATE_S}s", "--after", "3")
    expect("state", {**RECORDING, "state": "armed", "slower_ns": LATE_S * 10**9, "after": 3},
           {**state(), "left": 0})
    flow(READ)
    expect("state", "armed", state()["state"])
    flow(LATE, wait_s=LATE_S + 0.2)
    expect("state", ("counting", 3), (state()["state"], state()["left"]))
    flow(READ)
    expect("state", ("counting", 2), (state()["state"], state()["left"]))
    flow(READ)
    flow(READ)
    expect("state", ("frozen", 0), (state()["state"], state()["left"]))


@ktap.each(("reason", ["--on-drop", "BAD_WEATHER"], 1, "drop reason of this kernel"),
           ("time", ["--slower", "soon"], 2, "--slower: 'soon'"),
           ("after", ["--after", "2147483648"], 2, "--after: '2147483648'"),
           ("operand", ["now"], 2, "unexpected argument 'now'"),
           ("option", ["--drops"], 2, "--drops"))
def freeze_refuses(_, words, code, why):
    done = tool("freeze", *words)
    expect(f"exit status with {done.stderr}", code, done.returncode)
    expect_that(why in done.stderr, why, done.stderr)
    expect("state", RECORDING, state())


@ktap.test
def other_users_and_places_are_told_so():
    for words in (("config", "udp"), ("config", "--clear"), ("watch", "udp"), ("freeze",),
                  ("thaw",)):
        done = cmd("unshare", "-n", netns.TOOL, *words, check=False, timeout=ktap.limit(30))
        expect("exit status", 1, done.returncode)
        expect_that("initial network namespace only" in done.stderr, "why", done.stderr)
        cmd("cp", netns.TOOL, "/tmp/netpath-tool")
        done = cmd(*npnl.as_nobody("/tmp/netpath-tool", *words), check=False, timeout=ktap.limit(30))
        expect("exit status", 1, done.returncode)
        expect_that("needs root" in done.stderr, "why", done.stderr)
    expect("state", RECORDING, state())
    expect_no_rules()


def setup():
    netns.pair()
    cmd("ip", "-n", "np-c", "link", "add", "np-dummy", "type", "dummy")
    cmd("ip", "-n", "np-c", "link", "set", "np-dummy", "up")
    cmd("ip", "-n", "np-c", "address", "add", "10.98.0.1/24", "dev", "np-dummy")
    netns.load()


if __name__ == "__main__":
    ktap.main(setup)
