#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Memory that is refused while the module is loaded: it says so, and leaves nothing."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import failing
import ktap
from failing import EACH, ENOMEM
from ktap import expect_that

# As in load_errors.py; told apart by all functions behind the call in netpath
ALL = 64
ALLOCATIONS = (
    ("vzalloc", ("vzalloc_noprof", "vzalloc"), 0, 0, (1,), {}),
    ("vzalloc_node", ("vzalloc_node_noprof", "vzalloc_node"), 0, 0, EACH, {}),
    ("kvmalloc", ("__kvmalloc_node_noprof", "kvmalloc_node_noprof", "kvmalloc_node"), 0, 0, EACH, {}),
    ("slab", ("should_failslab",), -ENOMEM, ALL, (1,), {}),
    ("slab_all_stages", ("should_failslab",), -ENOMEM, 0, (1,), {"stages": "all"}),
    ("pages", ("should_fail_alloc_page",), 1, ALL, (1,), {}),
)


@ktap.each(*ALLOCATIONS)
def allocation_that_fails(_, names, result, depth, calls, params):
    steps, refused = failing.in_turn(names, result, depth, calls, params)
    # without one page that it asked for the kernel asks again
    expect_that(steps >= 1 and (refused >= 1 or names[0] == "should_fail_alloc_page"),
                "at least one refusal", (steps, refused))
    ktap.note(f"{steps} calls failed, and the module was refused {refused} times")


@ktap.test
def module_works_after_all_that():
    failing.works()


if __name__ == "__main__":
    ktap.main(failing.setup)
