#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: smoke
"""Who may use the netlink family: root of the initial user namespace, in the initial network
namespace.  Everybody else is refused and learns nothing."""
import errno
import os
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
PROBE = "--probe"


def probe(family, group):
    """In another process: what each operation and joining give, one per line."""
    sock = npnl.Socket()
    for name, op in npnl.NR.ops.items():
        for kind, flags in (("do", 0), ("dump", genl.F_DUMP)):
            if kind not in op:
                continue
            try:
                sock.request(family, npnl.NR.cmd[name], b"" if flags else VALID.get(name, b""),
                             flags)
                got = "OK"
            except genl.Refused as err:
                got = errno.errorcode[err.err]
            print(kind, name, got)
    try:
        sock.join(group)
        got = "OK"
    except OSError as err:
        got = errno.errorcode[err.errno]
    print("join records", got)


def probed(*prefix):
    """What the operations give to a process started with these words; a set."""
    sock = npnl.Socket()
    family, group = sock.find()
    sock.close()
    text = cmd(*prefix, sys.executable, os.path.abspath(__file__), PROBE, family, group)
    rows = [line.split() for line in text.splitlines()]
    expect("lines", 18, len(rows))
    return {(kind, name): got for kind, name, got in rows}


def state():
    return (npnl.do("config-get"), npnl.do("rules-get"), npnl.do("freeze-get"), {name: row["state"] for name, row in netns.stages().items()})


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
    unchanged(lambda: expect("results", {"EPERM"}, set(probed("unshare", "-Ur").values())))


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
        got = probed("unshare", "-Urn")
        got.pop(("join", "records"))
        expect("results", {"ENOENT"}, set(got.values()))
    unchanged(check)


LISTEN = """
import socket, sys, time
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
end = time.monotonic() + float(sys.argv[1])
try:
    while time.monotonic() < end:
        s.settimeout(max(end - time.monotonic(), 0.01))
        print(int.from_bytes(s.recv(1 << 17)[4:6], "little"), flush=True)
except OSError:
    pass
"""


def listener(*prefix, limit_s=8):
    """Start a process that joins every group it can; it prints the type of what arrives."""
    child = ktap.start(*prefix, sys.executable, "-c", LISTEN, limit_s)
    joined = int(child.stdout.readline())
    return child, joined


def heard(child, family):
    """How many messages of the family it got."""
    return child.communicate(timeout=60)[0].split().count(str(family))


def family_id():
    sock = npnl.Socket()
    family, _ = sock.find()
    sock.close()
    return family


@ktap.test
def who_joined_before_loading_hears_nothing():
    """A number that no family has can be joined by anybody."""
    netns.unload()
    child, joined = listener(*npnl.as_nobody())
    expect_that(joined > 16, "groups joined", joined)
    netns.load()
    npnl.send(20)
    expect("messages", 0, heard(child, family_id()))


@ktap.test
def who_joined_before_loading_elsewhere_hears_nothing():
    netns.unload()
    child, joined = listener("unshare", "-Urn")
    expect_that(joined > 16, "groups joined", joined)
    netns.load()
    root, _ = listener()
    npnl.send(20)
    expect("messages elsewhere", 0, heard(child, family_id()))
    expect_that(heard(root, family_id()) > 0, "messages for root", 0)


@ktap.test
def member_in_another_network_namespace_hears_nothing():
    netns.load()
    child, _ = listener("ip", "netns", "exec", "np-s")
    root, _ = listener()
    npnl.send(20)
    expect("messages elsewhere", 0, heard(child, family_id()))
    expect_that(heard(root, family_id()) > 0, "messages for root", 0)


def setup():
    npnl.need_client()
    netns.pair()
    # user namespaces for everybody, where Debian's switch is there
    cmd("sysctl", "-qw", "kernel.unprivileged_userns_clone=1", check=False)
    # the tree need not be open to everybody
    cmd("chmod", "-R", "a+rX", npnl.here(), netns.TOP + "/Documentation")


if __name__ == "__main__":
    if sys.argv[1:2] == [PROBE]:
        probe(int(sys.argv[2]), int(sys.argv[3]))
    else:
        ktap.main(setup)
