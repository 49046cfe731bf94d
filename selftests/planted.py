#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: reports
"""Errors made on purpose are found by the kernel with debugging options: its silence counts."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import kmsg
import ktap
from ktap import cmd, defer, expect_that

HERE = os.path.dirname(os.path.abspath(__file__))
MODULE = os.path.join(HERE, "module", "np_planted.ko")
LEAKS = "/sys/kernel/debug/kmemleak"
RECURSED = "/sys/kernel/tracing/recursed_functions"

# In this order: lockdep gives up after a report of its own or of KASAN.
LOCKS = (
    ("rcu_without_lock", "CONFIG_PROVE_RCU", "suspicious RCU usage"),
    ("sleep_in_atomic", "CONFIG_DEBUG_ATOMIC_SLEEP",
     "BUG: sleeping function called from invalid context"),
    ("processor_id", "CONFIG_DEBUG_PREEMPT", r"BUG: using smp_processor_id\(\) in preemptible"),
    ("shift", "CONFIG_UBSAN_SHIFT", "UBSAN: shift-out-of-bounds"),
    ("free_active_timer", "CONFIG_DEBUG_OBJECTS_FREE", "ODEBUG: free active"),
    ("lock_inversion", "CONFIG_PROVE_LOCKING", "WARNING: possible circular locking dependency"),
    ("use_after_free", "CONFIG_KASAN", "BUG: KASAN: slab-use-after-free in np_planted"),
    ("out_of_bounds", "CONFIG_KASAN", "BUG: KASAN: slab-out-of-bounds in np_planted"),
    ("data_race", "CONFIG_KCSAN", "BUG: KCSAN: data-race in np_planted"),
)


def option(name):
    """Skip where the kernel has not what is to find the error."""
    text = cmd("zgrep", "-x", f"{name}=y", "/proc/config.gz", check=False).stdout
    if not text:
        raise ktap.Skip(f"this kernel has no {name}")


def log_of(error):
    """What the kernel says while the error is made."""
    mark = kmsg.Mark()
    cmd("insmod", MODULE, f"error={error}")
    defer(cmd, "rmmod", "np_planted")
    lines = mark.lines()
    mark.close()
    return lines


def scan():
    for _ in range(2):
        with open(LEAKS, "w", encoding="ascii") as file:
            file.write("scan")
    with open(LEAKS, encoding="ascii") as file:
        return file.read()


@ktap.test
def nothing_is_reported_without_an_error():
    bad = [line for line in log_of("") if re.search("BUG|WARNING|UBSAN|ODEBUG", line)]
    expect_that(not bad, "no report", bad)


@ktap.test
def leak_is_found():
    option("CONFIG_DEBUG_KMEMLEAK")
    before = scan()
    expect_that("np_planted" not in before, "no leak before", before)
    log_of("leak")
    # younger ones are not told of
    time.sleep(6)
    expect_that(re.search(r"np_planted", scan()), "a leak of np_planted", scan())


@ktap.test
def recursion_of_a_hook_is_found():
    """In a file, not in the log; scripts/vm/guest reads it."""
    option("CONFIG_FTRACE_RECORD_RECURSION")

    def recursed():
        with open(RECURSED, encoding="ascii") as file:
            return [line for line in file if "np_planted" in line]
    expect_that(not recursed(), "none before", recursed())
    cmd("insmod", MODULE, "error=recursion")
    defer(cmd, "rmmod", "np_planted")
    expect_that(recursed(), "a recursion of np_planted", recursed())


@ktap.each(*LOCKS)
def error_is_found(error, config, pattern):
    option(config)
    lines = log_of(error)
    expect_that(any(re.search(pattern, line) for line in lines), pattern, lines[:20])


if __name__ == "__main__":
    ktap.main(lambda: None)
