#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Who may use the netlink family: root of the initial user namespace, in the initial network
namespace.  Everybody else is refused and learns nothing."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import genl  # noqa: E402  pylint: disable=wrong-import-position
import ktap  # noqa: E402  pylint: disable=wrong-import-position
import netns  # noqa: E402  pylint: disable=wrong-import-position
import npnl  # noqa: E402  pylint: disable=wrong-import-position
from ktap import cmd, expect, expect_that  # noqa: E402  pylint: disable=wrong-import-position

# What each operation needs so that only the rights can be a reason to refuse it.
VALID = {
    "stage-get": genl.attr(1, b"\x0c\0\0\0"),
    "stage-set": genl.attr(12, b"\x0c\0\0\0"),
    "config-set": genl.attr(4, b"\x64\0\0\0"),
    "latency-get": genl.attr(1, b"\x0c\0\0\0"),
    "clear": genl.attr(1, b"\x03\0\0\0"),
    "rules-set": genl.attr(npnl.NR.attrs["rules"]["pid"], b"\1\0\0\0"),
    "freeze": genl.attr(npnl.NR.attrs["freeze"]["after"], b"\1\0\0\0"),
}
PROBE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib", "probe.py")


def operations():
    """Each operation in each way, as words for the probe."""
    for name, op in npnl.NR.ops.items():
        for kind in ("do", "dump"):
            if kind in op:
                payload = VALID.get(name, b"") if kind == "do" else b""
                yield from (kind, name, npnl.NR.cmd[name], payload.hex())


def probed(*prefix):
    """What the operations give to a process started with these words; a set."""
    sock = npnl.Socket()
    family, group = sock.find()
    sock.close()
    text = cmd(*prefix, sys.executable, PROBE, family, group, *operations())
    rows = [line.split() for line in text.splitlines()]
    expect("lines", 18, len(rows))
    return {(kind, name): got for kind, name, got in rows}


def in_user_namespace(*options):
    """The words that start a command as root of a user namespace."""
    if not os.path.exists("/proc/self/ns/user"):
        raise ktap.Skip("this kernel has no user namespaces")
    return ("unshare", "-Ur", *options)


def state():
    sock = npnl.Socket()
    family, _ = sock.find()
    config = [sock.request(family, npnl.NR.cmd[name])
              for name in ("config-get", "rules-get", "freeze-get")]
    sock.close()
    return config, {name: row["state"] for name, row in netns.stages().items()}


def unchanged(func):
    before, records = state(), netns.stats()["records"]
    func()
    expect("configuration and stages", before, state())
    expect("records", records, netns.stats()["records"])


@ktap.test
def root_may_do_everything():
    netns.load()
    expect("results", {"OK"}, set(probed().values()))


@ktap.test
def other_user_gets_eperm_for_everything():
    netns.load()
    unchanged(lambda: expect("results", {"EPERM"}, set(probed(*npnl.as_nobody()).values())))


@ktap.test
def user_with_another_capability_gets_eperm():
    netns.load()
    unchanged(lambda: expect("results", {"EPERM"}, set(probed(
        "setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin").values())))


@ktap.test
def user_with_only_cap_net_admin_may_do_everything():
    netns.load()
    expect("results", {"OK"}, set(probed(
        "setpriv", "--reuid", "65534", "--clear-groups", "--inh-caps", "+net_admin",
        "--ambient-caps", "+net_admin").values()))


@ktap.test
def root_in_a_user_namespace_gets_eperm():
    netns.load()
    unchanged(lambda: expect("results", {"EPERM"}, set(probed(*in_user_namespace()).values())))


@ktap.test
def in_another_network_namespace_there_is_no_family():
    netns.load()

    def check():
        got = probed("ip", "netns", "exec", "np-c")
        # the number of a group can be joined everywhere, but nothing arrives there
        expect("joining", "OK", got.pop(("join", "records")))
        expect("results", {"ENOENT"}, set(got.values()))
    unchanged(check)


@ktap.test
def root_in_user_and_network_namespace_finds_no_family():
    netns.load()

    def check():
        got = probed(*in_user_namespace("-n"))
        got.pop(("join", "records"))
        expect("results", {"ENOENT"}, set(got.values()))
    unchanged(check)


LISTEN = """
import select, socket, sys
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
s.bind((0, 0))
joined = 0
for group in range(1, 65):
    try:
        s.setsockopt(270, 1, group)
        joined += 1
    except OSError:
        pass
print(joined, flush=True)
ready = []
# until the input ends and nothing is left
while sys.stdin not in ready or s in ready:
    ready = select.select([s, sys.stdin], [], [])[0]
    if s in ready:
        print(int.from_bytes(s.recv(1 << 17)[4:6], "little"), flush=True)
"""


def listener(*prefix):
    """Start a process that joins every group it can; it prints the type of what arrives."""
    child = ktap.start(*prefix, sys.executable, "-c", LISTEN, stdin=subprocess.PIPE)
    joined = int(child.stdout.readline())
    return child, joined


def heard(child, family):
    """How many messages of the family it got until now."""
    text, _ = child.communicate(timeout=ktap.limit(60))
    expect("exit status of the listener", 0, child.returncode)
    return text.split().count(str(family))


def family_id():
    sock = npnl.Socket()
    family, _ = sock.find()
    sock.close()
    return family


def send_to_root():
    """Traffic; when root has all records of it, everybody has what he is to get."""
    root, own = listener()[0], npnl.Subscriber()
    npnl.send(20)
    ktap.wait_for(20, "40 records for root", lambda: own.read(0.05) or own.packets >= 40)
    own.close()
    expect_that(heard(root, family_id()) > 0, "messages for root", 0)


@ktap.test
def who_joined_before_loading_hears_nothing():
    """A number that no family has can be joined by anybody."""
    netns.unload()
    child, joined = listener(*npnl.as_nobody())
    expect_that(joined > 16, "groups joined", joined)
    netns.load()
    send_to_root()
    expect("messages", 0, heard(child, family_id()))


@ktap.test
def who_joined_before_loading_elsewhere_hears_nothing():
    netns.unload()
    child, joined = listener(*in_user_namespace("-n"))
    expect_that(joined > 16, "groups joined", joined)
    netns.load()
    send_to_root()
    expect("messages elsewhere", 0, heard(child, family_id()))


@ktap.test
def member_in_another_network_namespace_hears_nothing():
    netns.load()
    child, _ = listener("ip", "netns", "exec", "np-s")
    send_to_root()
    expect("messages elsewhere", 0, heard(child, family_id()))


def setup():
    npnl.need_client()
    netns.pair()
    # user namespaces for everybody, where Debian's switch is there
    cmd("sysctl", "-qw", "kernel.unprivileged_userns_clone=1", check=False)
    # the tree need not be open to everybody
    cmd("chmod", "-R", "a+rX", npnl.here(), netns.TOP + "/Documentation")


if __name__ == "__main__":
    ktap.main(setup)
