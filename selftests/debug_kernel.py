#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: alone
"""The kernel with debugging options really has them, and is itself without fault."""
import glob
import gzip
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
from ktap import cmd, expect, expect_that

HERE = os.path.dirname(os.path.abspath(__file__))
TROUBLE = re.compile("WARNING:|BUG:|KASAN|UBSAN:|ODEBUG|INFO: |Call Trace|suspected memory leak|"
                     "possible recursive|suspicious RCU")


# What must be on, whatever the files say, in the kernel of this name
WANTED = {
    "debug": ("KASAN", "PROVE_LOCKING", "PROVE_RCU", "DEBUG_ATOMIC_SLEEP", "DEBUG_KMEMLEAK",
              "DEBUG_OBJECTS", "UBSAN", "DEBUG_PREEMPT", "KUNIT", "FTRACE_RECORD_RECURSION",
              "FAULT_INJECTION", "FAILSLAB"),
    "kcsan": ("KCSAN", "DEBUG_PREEMPT", "KUNIT"),
}


def fragment():
    """The options that were asked for: those of the file of this kernel's name."""
    local = "-" + os.uname().release.split("-", 1)[1]
    for path in glob.glob(os.path.join(HERE, "..", "scripts", "debug", "*.config")):
        with open(path, encoding="ascii") as file:
            lines = file.read().splitlines()
        if f'CONFIG_LOCALVERSION="{local}"' in lines:
            return [line for line in lines if line.startswith("CONFIG_")]
    raise ktap.Skip("not a kernel of scripts/vm/debug-kernel")


@ktap.test
def every_option_that_is_wanted_is_on():
    with gzip.open("/proc/config.gz", "rt", encoding="ascii") as file:
        has = set(file.read().splitlines())
    wanted = [line for line in fragment() if line.endswith("=y")]
    wanted += [f"CONFIG_{name}=y" for name in WANTED.get(
        os.uname().release.split("-")[1], ())]
    expect("options that are missing", [], [line for line in wanted if line not in has])


def expect_no_complaint():
    log = cmd("dmesg")
    expect_that("Linux version" in log, "the log from the start", log[:200])
    # the kernel has data races of its own, and its own tests of KCSAN talk about it
    expect("complaints", [], [line for line in log.splitlines()
                              if TROUBLE.search(line) and "KCSAN" not in line])


@ktap.test
def kernel_boots_without_complaint():
    expect("netpath", False, netns.loaded())
    expect_no_complaint()


@ktap.test
def traffic_without_netpath_makes_no_complaint():
    netns.pair()
    for version in (4, 6):
        netns.traffic("pingpong", "udp", version, rounds=200)
        netns.traffic("pingpong", "tcp", version, rounds=200)
    expect("netpath", False, netns.loaded())
    expect_no_complaint()


@ktap.test
def lockdep_is_on():
    if not os.path.exists("/proc/lockdep_stats"):
        raise ktap.Skip("no lockdep in this configuration")
    with open("/proc/lockdep_stats", encoding="ascii") as file:
        stats = file.read()
    expect_that(re.search(r"debug_locks: +1\b", stats), "debug_locks: 1", stats[-300:])


@ktap.test
def kmemleak_is_on():
    path = "/sys/kernel/debug/kmemleak"
    if not os.path.exists(path):
        raise ktap.Skip("no kmemleak in this configuration")
    with open(path, "w", encoding="ascii") as file:
        file.write("scan")


if __name__ == "__main__":
    ktap.main(lambda: None)
