#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: smoke
"""netpath doctor says what the module then does, and names each obstacle."""
import errno
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
from ktap import cmd, expect, expect_that

LOCKDOWN = "/sys/kernel/security/lockdown"
FTRACE = "/proc/sys/kernel/ftrace_enabled"


def doctor(before=None):
    """(exit status, what it said), after a shell command in a mount namespace of its own."""
    words = [netns.TOOL, "doctor", "-j"]
    if before:
        words = ["unshare", "-m", "sh", "-ec", before + '; exec "$@"', "sh"] + words
    done = cmd(*words, check=False)
    expect("messages", "", done.stderr)
    return done.returncode, json.loads(done.stdout)


def verdicts(doc, *wanted):
    return {check["name"]: check["verdict"] for check in doc["checks"]
            if check["verdict"] in wanted}


def found(doc, name):
    return next(check["found"] for check in doc["checks"] if check["name"] == name)


def expect_obstacle(before, name, words):
    """One check fails, with what to do; the twin of system_is_found_fit."""
    status, doc = doctor(before)
    expect("exit status", 1, status)
    expect("works", False, doc["works"])
    expect_that(name in verdicts(doc, "fail"), f"{name} fails", verdicts(doc, "fail", "warn"))
    expect_that(words in found(doc, name), words, found(doc, name))
    return doc


@ktap.test
def system_is_found_fit():
    netns.unload()
    status, doc = doctor()
    expect("exit status", 0, status)
    expect("works", True, doc["works"])
    expect("kernel", os.uname().release, doc["kernel"])
    expect("checks that are not ok", {}, verdicts(doc, "fail", "warn"))
    expect_that("not loaded" in found(doc, "module"), "not loaded", found(doc, "module"))


def expect_prediction(predicted):
    """Hooks and symbols of each stage are those that the module's own file has."""
    real = {name: (row["via"], row["symbol"], row["state"])
            for name, row in netns.stages().items()}
    state = {"armable": "armed"}
    said = {stage["name"]: (stage["via"] or "-", stage["symbol"] or "-",
                            state.get(stage["state"]) or
                            f"{stage['state']}: {stage['missing']}: {stage['why']}")
            for stage in predicted["stages"]}
    expect("stages", real, said)


@ktap.test
def stages_are_armed_as_it_said():
    netns.unload()
    predicted = doctor()[1]
    netns.load(stages="all")
    expect_prediction(predicted)


@ktap.test
def it_says_the_same_with_the_module_loaded():
    netns.load(stages="all")
    status, doc = doctor()
    expect("exit status", 0, status)
    expect_that(found(doc, "module") == "loaded", "loaded", found(doc, "module"))
    expect_prediction(doc)


@ktap.test
def function_that_ftrace_lacks_is_for_a_kprobe():
    doc = doctor("grep -v '^udp_rcv$' /sys/kernel/tracing/available_filter_functions"
                 " >/tmp/functions; mount --bind /tmp/functions"
                 " /sys/kernel/tracing/available_filter_functions")[1]
    stage = next(stage for stage in doc["stages"] if stage["name"] == "udp_rcv")
    expect("udp_rcv", ("armable", "ftrace,kprobe"), (stage["state"], stage["via"]))


@ktap.test
def tracepoint_that_is_absent_is_missing():
    netns.unload()
    usual = {s["name"]: s["state"] for s in doctor()[1]["stages"]}
    status, doc = doctor("grep -v ':net_dev_queue$' /sys/kernel/tracing/available_events"
                         " >/tmp/events; mount --bind /tmp/events"
                         " /sys/kernel/tracing/available_events")
    stage = next(stage for stage in doc["stages"] if stage["name"] == "dev_queue")
    expect("dev_queue", ("unavailable", "net_dev_queue"), (stage["state"], stage["missing"]))
    expect("dev_queue before", "armable", usual["dev_queue"])
    expect("other stages", {name: state for name, state in usual.items() if name != "dev_queue"},
           {s["name"]: s["state"] for s in doc["stages"] if s != stage})
    expect("exit status", 0, status)


@ktap.test
def without_the_ends_of_packets_it_cannot_work():
    status, doc = doctor("grep -v ':consume_skb$' /sys/kernel/tracing/available_events"
                         " >/tmp/events; mount --bind /tmp/events"
                         " /sys/kernel/tracing/available_events")
    expect("exit status, works", (1, False), (status, doc["works"]))


@ktap.test
def missing_debugfs_is_named_and_no_obstacle():
    status, doc = doctor("umount -l /sys/kernel/debug")
    expect("exit status, works", (0, True), (status, doc["works"]))
    expect("checks that are not ok", {"debugfs": "warn", "kprobes": "warn"},
           verdicts(doc, "fail", "warn"))
    expect_that("mount -t debugfs" in found(doc, "debugfs"), "what to do", found(doc, "debugfs"))


@ktap.test
def missing_tracefs_is_named():
    doc = expect_obstacle("umount -l /sys/kernel/tracing; umount -l /sys/kernel/debug",
                          "tracepoints", "mount -t tracefs")
    expect("states", {"unknown"}, {stage["state"] for stage in doc["stages"]})


@ktap.test
def kernel_that_is_too_old_is_named():
    # as a kernel of that time numbers itself: uname() says 2.6.40 and so on
    netns.unload()
    done = cmd("setarch", "--uname-2.6", netns.TOOL, "doctor", "-j", check=False)
    doc = json.loads(done.stdout)
    expect("exit status, works", (1, False), (done.returncode, doc["works"]))
    expect_that("needs Linux 5.10 or newer" in found(doc, "kernel"), "what it needs",
                found(doc, "kernel"))


@ktap.test
def kernel_built_by_clang_is_named():
    expect_obstacle("echo 'Linux version 6.1.0 (Debian clang version 14.0.6)' >/tmp/version;"
                    " mount --bind /tmp/version /proc/version", "kernel", "built by clang")


@ktap.test
def missing_headers_are_named_and_no_obstacle():
    build = f"/lib/modules/{os.uname().release}/build/"
    status, doc = doctor("mkdir -p /tmp/empty;"
                         f" mount --bind /tmp/empty $(readlink -f {build})")
    expect("exit status, works", (0, True), (status, doc["works"]))
    expect("checks that are not ok", {"headers": "warn"}, verdicts(doc, "fail", "warn"))
    expect_that("apt install linux-headers-" in found(doc, "headers"), "what to do",
                found(doc, "headers"))


@ktap.test
def kprobes_that_are_switched_off_are_named_and_no_obstacle():
    enabled = "/sys/kernel/debug/kprobes/enabled"
    status, doc = doctor(f"echo 0 >/tmp/kprobes; mount --bind /tmp/kprobes {enabled}")
    expect("exit status, works", (0, True), (status, doc["works"]))
    expect("checks that are not ok", {"kprobes": "warn"}, verdicts(doc, "fail", "warn"))
    expect_that("echo 1 >" in found(doc, "kprobes"), "what to do", found(doc, "kprobes"))


@ktap.test
def disabled_ftrace_is_named():
    expect_obstacle(f"echo 0 >/tmp/ftrace; mount --bind /tmp/ftrace {FTRACE}", "ftrace",
                    "sysctl kernel.ftrace_enabled=1")


@ktap.test
def disabled_ftrace_keeps_the_module_out():
    netns.unload()
    try:
        with open(FTRACE, "w", encoding="ascii") as file:
            file.write("0")
    except OSError as err:
        if err.errno != errno.EOPNOTSUPP:
            raise
        raise ktap.Skip("this kernel does not let ftrace be disabled") from err
    ktap.defer(cmd, "sysctl", "-qw", "kernel.ftrace_enabled=1")
    expect_obstacle(None, "ftrace", "sysctl kernel.ftrace_enabled=1")
    expect_that(cmd("insmod", netns.TOP + "/netpath.ko", check=False).returncode,
                "insmod fails", 0)


@ktap.test
def lockdown_is_named():
    netns.unload()
    if not os.path.exists(LOCKDOWN):
        raise ktap.Skip("this kernel has no lockdown")
    for level in ("integrity", "confidentiality"):
        doc = doctor("echo 'none integrity confidentiality' |"
                     f" sed 's/{level}/[{level}]/' >/tmp/lockdown;"
                     f" mount --bind /tmp/lockdown {LOCKDOWN}")[1]
        expect("obstacles", {"lockdown": "warn", "signing": "warn"}, verdicts(doc, "warn", "fail"))
        expect_that(found(doc, "lockdown").startswith(level), level, found(doc, "lockdown"))
        expect_that("by lockdown" in found(doc, "signing"), "by lockdown", found(doc, "signing"))


@ktap.test
def lockdown_that_cannot_be_seen_is_named():
    if not os.path.ismount("/sys/kernel/security"):
        raise ktap.Skip("this kernel has no securityfs")
    doc = doctor("umount /sys/kernel/security")[1]
    expect("obstacles", {"lockdown": "warn"}, verdicts(doc, "warn", "fail"))
    expect_that("mount -t securityfs" in found(doc, "lockdown"), "what to do", found(doc, "lockdown"))


@ktap.test
def enforced_signatures_are_named():
    netns.unload()
    path = "/sys/module/module/parameters/sig_enforce"
    doc = doctor(f"echo Y >/tmp/enforce; mount --bind /tmp/enforce {path}")[1]
    expect("obstacles", {"signing": "warn"}, verdicts(doc, "warn", "fail"))
    expect_that("signed" in found(doc, "signing"), "signed", found(doc, "signing"))


@ktap.test
def disabled_module_loading_is_named():
    netns.unload()
    path = "/proc/sys/kernel/modules_disabled"
    expect_obstacle(f"echo 1 >/tmp/disabled; mount --bind /tmp/disabled {path}", "signing",
                    "modules_disabled")


@ktap.test
def text_has_the_same_verdict():
    done = cmd(netns.TOOL, "doctor", check=False)
    expect("exit status", 0, done.returncode)
    expect("last line", "netpath can work on this system.", done.stdout.splitlines()[-1])
    done = cmd("unshare", "-m", "sh", "-c",
               f"echo 0 >/tmp/ftrace; mount --bind /tmp/ftrace {FTRACE}; {netns.TOOL} doctor",
               check=False)
    expect("exit status", 1, done.returncode)
    expect("last line", "netpath cannot work on this system.", done.stdout.splitlines()[-1])
    expect_that("FAIL" in done.stdout, "FAIL", done.stdout)


if __name__ == "__main__":
    ktap.main(netns.unload)
