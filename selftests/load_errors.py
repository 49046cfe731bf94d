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
import npnl
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


# What the kernel refuses otherwise than for lack of memory: names of the function, parameters of
# the module, for each place in netpath that calls it which calls are refused in turn (the last one
# is for all others, too), what the stage says then, and those of them without which there is nothing
# to be recorded.
REFUSED = (
    ("tracepoint", ("tracepoint_probe_register",), {}, (EACH,),
     "the kernel refused to register the tracepoint probe", ("kfree_skb", "consume_skb")),
    ("kretprobe", ("register_kretprobe",), {"stages": "all"}, (some(1, 2),),
     failing.KRETPROBE, ()),
    ("look_up_or_kprobe", ("register_kprobe",), {"stages": "udp_rcv", "kprobes": 1},
     (some(1, 2), EACH), "the kernel does not let it be hooked|neither ftrace nor a kprobe can "
     f"hook it|{failing.KRETPROBE}",
     ("kfree_skbmem", "__copy_skb_header")),
    ("ftrace_filter", ("ftrace_set_filter_ip",), {"stages": "udp_rcv"}, (some(1, 2, 5),), None,
     ()),
)


@ktap.each(*REFUSED)
def what_the_kernel_refuses_is_left_out_or_the_module_refused(_, names, params, places, why, must):
    """Without what tells of packets' ends there is nothing to be recorded."""
    failing.fail(names, -EINVAL, 0)
    before = failing.as_usual(params)
    steps, changed, lacking, nth = 0, 0, set(), 0
    while not nth or nth < failing.parameter("ways"):
        nth += 1
        for call in places[min(nth, len(places)) - 1]:
            failing.parameter("nth", nth)
            failing.parameter("call", call)
            mark = kmsg.Mark()
            done = failing.load(params)
            log = " ".join(mark.lines())
            mark.close()
            if not failing.parameter("failed"):
                netns.unload()
                break
            steps += 1
            if done.returncode:
                expect_that("Operation not supported" in done.stderr, "insmod says so", done.stderr)
                said = re.search(r"(\w+) cannot be hooked, so the ends of packets cannot be seen", log)
                expect_that(said, "the log says which", log)
                lacking.add(said[1])
                continue
            here = failing.told(before, why)
            expect_that(here or not why, "a stage that says so", (nth, call, failing.hooked()))
            changed += here
            netns.unload()
    ktap.note(f"{steps} calls refused, {changed} stages told so, no loading without {lacking}")
    expect("what there must be", set(must), lacking)
    expect_that(changed > 0, "stages say so", changed)
    expect("left", before["traces"], failing.traces())


# Opens a file, and closes it when its input ends.
OPENER = """
import sys
file = open(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


# Asks for all stages, does not read the answer, which needs more than one message, and gives up when
# its input ends.
DUMPER = """
import sys
path, command = sys.argv[1].split(":")
sys.path.insert(0, path)
import genl
sock = genl.Socket()
family, _ = sock.lookup("netpath")
# of a socket that has never read, the kernel makes the first message small
other = genl.Socket()
other.start(family, int(command), flags=genl.F_DUMP)
print("open", flush=True)
sys.stdin.read()
"""
LIB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib")


@ktap.each(("file", OPENER, netns.DIR + "stages"),
           ("netlink_dump", DUMPER, f"{LIB}:{npnl.NR.cmd['stage-get']}"))
def what_is_open_when_loading_fails_is_waited_for(_, program, what):
    failing.fail(("debugfs_create_dir",), -ENOMEM, 0)
    before = failing.as_usual({"enable": 0})
    # that of the last processor, after nearly all files
    for name, value in (("nth", 3), ("call", netns.CPU + 1), ("hold", "Y")):
        failing.parameter(name, value)
    mark = kmsg.Mark()
    with subprocess.Popen(["insmod", netns.TOP + "/netpath.ko", "enable=0"], text=True,
                          stderr=subprocess.PIPE) as insmod:
        # insmod cannot be killed while it waits
        ktap.defer(failing.parameter, "hold", "N")
        ktap.wait_for(20, "the call that will fail", lambda: failing.read(
            failing.PARAMETERS + "held") == "Y\n")
        with subprocess.Popen(["python3", "-c", program, what], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as opener:
            expect("what has it open", "open\n", opener.stdout.readline())
            failing.parameter("hold", "N")
            ktap.wait_for(20, "insmod waits", lambda: insmod.poll() is not None or any(
                "waiting for programs" in line for line in mark.lines()))
            expect("insmod's end, while it is open", None, insmod.poll())
            opener.stdin.close()
            error = insmod.communicate(timeout=ktap.limit(20))[1]
    mark.close()
    expect_that("Cannot allocate memory" in error, "insmod says why it failed", error)
    expect("left", before["traces"], failing.traces())


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
