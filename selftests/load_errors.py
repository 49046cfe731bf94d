#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A registration that fails while the module is loaded: it says so, and leaves nothing."""
import os
import sys
from errno import EBUSY

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import failing
import ktap
from failing import ENOMEM
from ktap import expect, expect_that

# What is made to fail: names of the function, by kernel; what it returns then; by how many
# functions behind the call in netpath the calls are told apart (0: by that call only); which
# calls on the same way fail in turn; parameters of the module.
REGISTRATIONS = (
    ("tracepoint", ("tracepoint_probe_register",), -ENOMEM, 0, (1, 5), {}),
    ("kprobe", ("register_kprobe",), -ENOMEM, 0, (1, 40), {}),
    ("kprobe_instead_of_ftrace", ("register_kprobe",), -ENOMEM, 0, (1, 3), {"kprobes": 1}),
    ("kretprobe", ("register_kretprobe",), -ENOMEM, 0, (1, 2), {"stages": "all"}),
    ("ftrace_filter", ("ftrace_set_filter_ip",), -ENOMEM, 0, (1, 30), {}),
    ("ftrace", ("register_ftrace_function",), -ENOMEM, 0, (1,), {}),
    ("ftrace_busy", ("register_ftrace_function",), -EBUSY, 0, (1,), {}),
    ("cpu_hotplug", ("__cpuhp_setup_state_cpuslocked",), -28, 0, (1,), {}),
    ("module_notifier", ("register_module_notifier",), -ENOMEM, 0, (1,), {}),
    ("debugfs_directory", ("debugfs_create_dir",), -ENOMEM, 0, (1, 2), {}),
    ("debugfs_file", ("debugfs_create_file_full", "debugfs_create_file"), -ENOMEM, 0, (1, 2), {}),
    ("workqueue", ("alloc_workqueue_noprof", "alloc_workqueue"), 0, 0, (1,), {}),
    ("netlink_notifier", ("netlink_register_notifier",), -ENOMEM, 0, (1,), {}),
    ("netlink_family", ("genl_register_family",), -ENOMEM, 0, (1,), {}),
)


@ktap.each(*REGISTRATIONS)
def registration_that_fails(_, names, result, depth, calls, params):
    steps, refused = failing.in_turn(names, result, depth, calls, params)
    expect_that(steps >= 1, "at least one call", steps)
    # The kernel hooks a function's return by ftrace, too.  If that fails, it may do so otherwise,
    # or netpath does without it, unless it is memory that lacks.
    spared = range(2) if "ftrace" in names[0] else range(1)
    expect_that(steps - refused in spared, "calls that fail and refusals", (steps, refused))
    ktap.note(f"{steps} calls failed, and the module was refused {refused} times")


@ktap.test
def module_works_after_all_that():
    failing.works()


if __name__ == "__main__":
    ktap.main(failing.setup)
