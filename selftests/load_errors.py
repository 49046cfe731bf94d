#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A registration that fails while the module is loaded: it says so, and leaves nothing."""
import os
import re
import subprocess
import sys
from errno import EBUSY, EINVAL

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import failing
import kmsg
import ktap
import netns
from failing import EACH, ENOMEM
from ktap import expect, expect_that


def some(*calls):
    """Of many calls that are all the same; with NETPATH_EVERY=1, and on debug kernels, all."""
    return EACH if ktap.SLOW > 1 or os.environ.get("NETPATH_EVERY") else calls


# What is made to fail: names of the function, by kernel; what it returns then; by how many
# functions behind the call in netpath the calls are told apart (0: by that call only); which
# calls on the same way fail in turn; parameters of the module.
REGISTRATIONS = (
    ("tracepoint", ("tracepoint_probe_register",), -ENOMEM, 0, some(1, 5), {}),
    ("kprobe", ("register_kprobe",), -ENOMEM, 0, some(1, 40), {}),
    ("kprobe_instead_of_ftrace", ("register_kprobe",), -ENOMEM, 0, some(1, 3), {"kprobes": 1}),
    ("kretprobe", ("register_kretprobe",), -ENOMEM, 0, some(1, 2), {"stages": "all"}),
    ("ftrace_filter", ("ftrace_set_filter_ip",), -ENOMEM, 0, some(1, 30), {}),
    ("ftrace", ("register_ftrace_function",), -ENOMEM, 0, (1,), {}),
    ("ftrace_busy", ("register_ftrace_function",), -EBUSY, 0, (1,), {}),
    ("cpu_hotplug", ("__cpuhp_setup_state_cpuslocked",), -28, 0, (1,), {}),
    ("module_notifier", ("register_module_notifier",), -ENOMEM, 0, (1,), {}),
    ("debugfs_directory", ("debugfs_create_dir",), -ENOMEM, 0, EACH, {}),
    # without hooks, which take most of the time
    ("debugfs_file", ("debugfs_create_file_full", "debugfs_create_file"), -ENOMEM, 0, some(1, 2),
     {"enable": 0}),
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
def tracepoint_that_the_kernel_refuses_is_left_out_or_the_module_refused():
    """Without those that tell of packets' ends there is nothing to be recorded."""
    failing.fail(("tracepoint_probe_register",), -EINVAL, 0)
    before = failing.as_usual({})
    left_out = refused = 0
    for call in EACH:
        failing.parameter("nth", 1)
        failing.parameter("call", call)
        mark = kmsg.Mark()
        done = failing.load({})
        log = " ".join(mark.lines())
        mark.close()
        if not failing.parameter("failed"):
            netns.unload()
            break
        if done.returncode:
            refused += 1
            expect_that("Operation not supported" in done.stderr, "insmod says so", done.stderr)
            expect_that(re.search(r"(kfree|consume)_skb cannot be hooked, so the ends of packets "
                                  "cannot be seen", log), "the log says which", log)
            continue
        left_out += 1
        now = failing.states()
        other = {name: now[name][1] for name in now if now[name] != before["states"][name]}
        expect_that(other and all("the kernel refused to register the tracepoint probe" in state
                                  for state in other.values()), "stages without it say why", other)
        netns.unload()
    expect("refused without kfree_skb and consume_skb", 2, refused)
    expect_that(left_out > 2, "others are left out", left_out)
    expect("left", before["traces"], failing.traces())


# Opens a file as soon as it is there, and closes it when its input ends.
OPENER = """
import sys
print("looking", flush=True)
while True:
    try:
        file = open(sys.argv[1])
        break
    except OSError:
        pass
print("open", flush=True)
sys.stdin.read()
"""


def opened_meanwhile(before):
    """Files cannot be made while somebody has the first one open; False: he was too slow."""
    mark = kmsg.Mark()
    with subprocess.Popen(["python3", "-c", OPENER, netns.DIR + "stages"], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as opener:
        ktap.defer(opener.kill)
        opener.stdout.readline()
        insmod = subprocess.Popen(["insmod", netns.TOP + "/netpath.ko"], text=True,
                                  stderr=subprocess.PIPE)
        ktap.wait_for(20, "insmod waits or ends", lambda: insmod.poll() is not None or any(
            "waiting for programs" in line for line in mark.lines()))
        caught = insmod.poll() is None
        if caught:
            expect("what has the file open", "open\n", opener.stdout.readline())
            opener.stdin.close()
        error = insmod.communicate(timeout=ktap.limit(20))[1]
        opener.kill()
    mark.close()
    expect_that("Cannot allocate memory" in error, "insmod says why it failed", error)
    expect("left", before["traces"], failing.traces())
    return caught


@ktap.test
def file_that_is_open_when_loading_fails_is_waited_for():
    if netns.CPU == 0:
        raise ktap.Skip("with one processor nobody opens it in time")
    failing.fail(("debugfs_create_dir",), -ENOMEM, 0)
    before = failing.as_usual({})
    # per_cpu, which comes after all files that are not in there
    failing.parameter("nth", 2)
    failing.parameter("call", 1)
    for _ in range(30):
        if opened_meanwhile(before):
            return
    raise ktap.Skip("nobody opened it in time")


@ktap.each(("once_less_than_it_tries", 4, False), ("each_time", 5, True))
def somebody_in_the_netlink_group_before_it_is_there(_, times, given_up):
    """The family is registered anew, which ends what was joined before, but not for ever."""
    failing.fail(("netlink_has_listeners",), 1, 0)
    params = {"enable": 0}
    before = failing.as_usual(params)
    for name, value in (("nth", 1), ("call", 1), ("times", times)):
        failing.parameter(name, value)
    mark = kmsg.Mark()
    done = failing.load(params)
    log = " ".join(mark.lines())
    mark.close()
    expect("times that somebody was there", times, failing.parameter("failed"))
    expect("refused", given_up, bool(done.returncode))
    expect("the log says why", given_up, "a process joins every netlink group beforehand" in log)
    if given_up:
        expect_that("Device or resource busy" in done.stderr, "insmod says so", done.stderr)
    else:
        netns.unload()
    expect("left", before["traces"], failing.traces())


@ktap.test
def module_works_after_all_that():
    failing.works()


if __name__ == "__main__":
    ktap.main(failing.setup)
