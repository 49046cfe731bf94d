#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Memory that the kernel's own fault injection refuses while the module is loaded, from the start
of that on: the module is refused and says so, or works as usual; it leaves nothing.

NETPATH_INJECTED: how many of the allocations are refused in turn, spread evenly (default 20)."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import failing
import ktap
from failing import ENOMEM
from ktap import cmd, defer, expect_that

COUNT = int(os.environ.get("NETPATH_INJECTED", "20"))
# more than there are allocations
MANY = 1000000
DEBUGFS = "/sys/kernel/debug/"
BEGAN = failing.TRACING + "events/initcall/initcall_start/enable"

STAGES = (
    ("default", {}),
    ("all", {"stages": "all"}),
)
# Memory that may be waited for is refused too; pages are not, as no block is that large: how many of
# them are asked for depends on what caches have left.
SETTINGS = {"failslab/ignore-gfp-wait": "N", "failslab/verbose": "0", "failslab/cache-filter": "N",
            "fail_page_alloc/min-order": "20"}


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def init_began():
    """Was the module's init function called since the trace was cleared?"""
    return "initcall_start" in failing.read(failing.TRACING + "trace")


def attempt(params, before, nth):
    write(failing.TRACING + "trace", "")
    failing.parameter("fail_nth", nth)
    return failing.attempt(params, before, f"allocation {nth}", -ENOMEM, init_began)


@ktap.each(*STAGES)
def allocation_that_is_refused_with_stages(_, params):
    before = failing.as_usual(params)
    # each time there are fewer, as caches have more to give
    for _ in range(3):
        expect_that(attempt(params, before, MANY) is None and init_began(),
                    "nothing refused, and the init function called", "otherwise")
    total = MANY - failing.parameter("fail_nth")
    turns = sorted({1 + i * (total - 1) // (COUNT - 1) for i in range(COUNT)})
    results = [attempt(params, before, nth) for nth in turns]
    ktap.note(f"{total} allocations; of {len(turns)} refused in turn the module was refused for "
              f"{results.count(True)}, and did without {results.count(False)}")
    expect_that(results.count(None) <= COUNT // 2, "refusals that happened", results)
    expect_that(results.count(True) >= 1, "at least one refusal of the module", results)


@ktap.test
def module_works_after_all_that():
    failing.works()


def setup():
    if not os.path.exists(DEBUGFS + "failslab"):
        raise ktap.Skip("this kernel has no fault injection")
    failing.setup()
    cmd("insmod", failing.MODULE, "function=should_failslab", "nth=0")
    defer(cmd, "rmmod", "np_fail")
    for name, value in SETTINGS.items():
        write(DEBUGFS + name, value)
    write(BEGAN, "1")
    defer(write, BEGAN, "0")


if __name__ == "__main__":
    ktap.main(setup)
