# SPDX-License-Identifier: GPL-2.0-only
"""Calls that fail in turn while netpath is loaded: it must say so and leave nothing behind."""
import os
import re
import socket

import genl
import kmsg
import ktap
import netns
from ktap import cmd, defer, expect, expect_that

MODULE = os.path.join(netns.TOP, "selftests", "module", "np_fail.ko")
PARAMETERS = "/sys/module/np_fail/parameters/"
TRACING = "/sys/kernel/tracing/"
ENOMEM = 12
KRETPROBE = "the kernel refused to register the kretprobe"
# nothing matches it
NEVER = "(?!)"
# calls on the same way: every one, to the last
EACH = range(1, 1000)


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def parameter(name, value=None):
    if value is None:
        return int(read(PARAMETERS + name))
    with open(PARAMETERS + name, "w", encoding="ascii") as file:
        file.write(str(value))
    return None


def family():
    """Is the netlink family there?"""
    sock = genl.Socket()
    try:
        return bool(sock.lookup("netpath"))
    except genl.Refused:
        return False
    finally:
        sock.close()


def pass_packet():
    """The network is as it was."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        far.settimeout(5)
        far.bind(("127.0.0.1", 0))
        near.sendto(b"some", far.getsockname())
        expect("datagram", b"some", far.recv(100))


def traces():
    """What a module may leave behind, as far as the kernel shows it."""
    with open("/proc/vmallocinfo", encoding="ascii") as file:
        memory = [line for line in file if "[netpath]" in line]
    return {
        "module": os.path.exists("/sys/module/netpath"),
        "files": os.path.exists(netns.DIR),
        "event": os.path.exists(TRACING + "events/netpath"),
        "memory": memory,
        "functions": read(TRACING + "enabled_functions"),
        "kprobes": read("/sys/kernel/debug/kprobes/list").count("\n"),
        "hotplug": "netpath" in read("/sys/devices/system/cpu/hotplug/states"),
        "family": family(),
        "workqueue": os.path.exists("/sys/devices/virtual/workqueue/netpath"),
    }


def states():
    """What is armed, and how."""
    return {name: (row["via"], row["state"]) for name, row in netns.stages().items()}


def hooked():
    """Which functions and tracepoints the stages have."""
    return {name: row["symbol"] for name, row in netns.stages().items()}


def told(before, why):
    """Stages that are armed otherwise now say so; how many.  No reason: by a kprobe instead."""
    now = states()
    other = {name: now[name] for name in now if now[name] != before["states"][name]}
    for via, state in other.values():
        if why is None:
            expect_that(("kprobe" in via and state == "armed") or KRETPROBE in state,
                        f"armed by a kprobe, or {KRETPROBE}", other)
        else:
            expect_that(re.search(why, state), why, other)
    return len(other)


def load(params):
    words = [f"{key}={value}" for key, value in params.items()]
    return cmd("insmod", netns.TOP + "/netpath.ko", *words, check=False)


def expect_refused(done, log, error, what, began=True):
    """The module was refused, with the error, and said why, if its init function was called."""
    names = {-ENOMEM: "Cannot allocate memory", -16: "Device or resource busy",
             -28: "No space left on device"}
    # what failed, not only that recording could not be started for it
    said = [line for line in log if line.startswith("netpath: ") and
            "recording could not be started" not in line]
    expect_that(names[error] in done.stderr, f"{what}: insmod says {names[error]}", done.stderr)
    expect_that(not began or any(re.search("no memory|no ring|refused|cannot be|could not be", line)
                                 for line in said), f"{what}: the log says what failed", log)


def attempt(params, before, what, error, init_began=lambda: True):
    """Load it, when one call may fail; None when none did. True when the module was refused."""
    mark = kmsg.Mark()
    done = load(params)
    log = mark.lines()
    mark.close()
    if not parameter("failed"):
        expect(f"{what}: nothing fails: exit status of insmod", 0, done.returncode)
        netns.unload()
        return None
    if done.returncode:
        expect_refused(done, log, error, what, init_began())
    else:
        # the kernel, or the module, did without; the latter says so
        told(before, NEVER if error == -ENOMEM else "the kernel refused to register")
        netns.unload()
    pass_packet()
    after = traces()
    for key, value in before["traces"].items():
        expect(f"{what}: {key} left", value, after[key])
    return bool(done.returncode)


def step(params, before, nth, call, error):
    """Let one call fail, as attempt()."""
    parameter("nth", nth)
    parameter("call", call)
    return attempt(params, before, f"way {nth}, call {call}", error)


def as_usual(params):
    """What is armed when nothing fails, and what is there when it is not loaded."""
    expect("exit status of insmod", 0, load(params).returncode)
    before = {"states": states()}
    netns.unload()
    before["traces"] = traces()
    return before


def fail(names, result, depth):
    """Have the first of these functions that there is ready to fail, until the subtest's end."""
    for name in names:
        if not cmd("insmod", MODULE, f"function={name}", f"result={result}", f"depth={depth}",
                   check=False).returncode:
            break
    else:
        raise ktap.Skip(f"this kernel has no function {' or '.join(names)} that can be made to fail")
    defer(cmd, "rmmod", "np_fail")
    # what a subtest that fails leaves loaded is not in the way of the next
    defer(netns.unload)


def in_turn(names, result, depth, calls, params):
    """Let each call of a function fail; how many there were, and for how many it was refused."""
    fail(names, result, depth)
    before = as_usual(params)
    error = result if result < 0 else -ENOMEM
    steps = refused = 0
    for nth in range(1, 1000):
        first = None
        for call in calls:
            got = step(params, before, nth, call, error)
            if call == calls[0]:
                first = got
            steps += got is not None
            refused += bool(got)
            if got is None and calls == EACH:
                break
        if first is None and nth > parameter("ways"):
            break
    return steps, refused


def works():
    """The module works after all that."""
    netns.load()
    cmd("ping", "-c", "3", "-i", "0.2", "-W", "5", "127.0.0.1")
    expect_that(netns.stats()["births"] > 0, "packets", netns.stats())
    netns.unload()


def setup():
    cmd("ip", "link", "set", "lo", "up")
    for name in ("nf_defrag_ipv6", "sch_fq_codel"):
        cmd("modprobe", name, check=False)
