#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Rules and flight recorder by netlink: what the operations do, by the kernel's own client
(YNL) and by raw messages, what they refuse, and that what is refused has changed nothing."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import genl  # noqa: E402  pylint: disable=wrong-import-position
import ktap  # noqa: E402  pylint: disable=wrong-import-position
import netns  # noqa: E402  pylint: disable=wrong-import-position
import npnl  # noqa: E402  pylint: disable=wrong-import-position
from ktap import cmd, expect, expect_that  # noqa: E402  pylint: disable=wrong-import-position
from npnl import do, quiet, send  # noqa: E402  pylint: disable=wrong-import-position

OTHER = netns.PORT + 1
RULES, FREEZE = npnl.NR.attrs["rules"], npnl.NR.attrs["freeze"]
U8, U32, U64 = "=B", "=I", "=Q"
MAX_INSNS = 4096
REJECT, PASS = struct.pack("=HBBI", 6, 0, 0, 0), struct.pack("=HBBI", 6, 0, 0, 1)

# What is set by a test; rules-get gives it back.
SOME = {"mark": 0x10, "mark-mask": 0xf0, "ifindex": 3, "netns": 77, "pid": 8, "direction": "tx",
        "drops": 1, "slower-ns": 5000, "stage": "udp-rcv", "stage-ns": 6000, "one-in": 7}
NOTHING = {"filter": "", "mark": 0, "mark-mask": 0, "ifindex": 0, "netns": 0, "pid": 0,
           "direction": "any", "drops": 0, "reasons": "", "slower-ns": 0, "stage": "none",
           "stage-ns": 0, "one-in": 0}


def number(name, fmt, value, of=None):
    return genl.attr((RULES if of is None else of)[name], struct.pack(fmt, value))


def program(raw):
    return genl.attr(RULES["filter"], raw)


def text(name, value, of=None):
    return genl.attr((RULES if of is None else of)[name], value.encode() + b"\0")


def ask(op, payload=b""):
    """A raw request; the attributes of the answer, or what it was refused for."""
    sock = npnl.Socket()
    family, _ = sock.find()
    try:
        answers = sock.request(family, npnl.NR.cmd[op], payload)
        return genl.attrs(answers[0][4:]) if answers else {}
    except genl.Refused as err:
        return err
    finally:
        sock.close()


def compiled(expression):
    """A pcap expression as an array of struct sock_filter."""
    rows = [list(map(int, line.split())) for line in
            cmd("tcpdump", "-y", "RAW", "-ddd", expression).splitlines()[1:]]
    return b"".join(struct.pack("=HBBI", *row) for row in rows)


def told():
    """The rules in force, without what says whose they are: see rules_owner.py."""
    return {name: value for name, value in do("rules-get").items()
            if name not in ("generation", "owner-pid")}


def clear():
    expect("clear", {}, ask("rules-set", genl.attr(RULES["clear"], b"")))


def ports():
    """Ports of the packets recorded while there is traffic to two of them."""
    rings = netns.Rings()
    send(3)
    send(3, port=OTHER)
    quiet()
    found = [port for p in rings.read() for port in (p.sport, p.dport)]
    return {port: found.count(port) for port in (netns.PORT, OTHER)}


@ktap.test
def without_rules_everything_is_0():
    expect("rules-get", NOTHING, told())
    expect("both ports", {netns.PORT: 6, OTHER: 6}, ports())


@ktap.test
def what_was_set_is_told_and_in_the_file():
    ktap.defer(clear)
    do("rules-set", **{name.replace("-", "_"): value for name, value in SOME.items()})
    expect("rules-get", {**NOTHING, **SOME}, told())
    expect("file", ["ifindex 3", "netns 77", "direction tx", "pid 8", "mark 0x10/0xf0", "drops 1",
                    "reasons -", "slower_ns 5000", "stage udp_rcv 6000", "one_in 7"],
           netns.read_file("rules").splitlines())


@ktap.test
def what_is_not_given_stays_unless_clear_is():
    ktap.defer(clear)
    do("rules-set", pid=8, filter=PASS.hex())
    do("rules-set", ifindex=3)
    expect("rules-get", {**NOTHING, "pid": 8, "ifindex": 3, "filter": PASS.hex()}, told())
    do("rules-set", netns=5, clear=True)
    expect("rules-get", {**NOTHING, "netns": 5}, told())
    do("rules-set", clear=True)
    expect("rules-get", NOTHING, told())


@ktap.test
def a_program_decides_what_is_recorded():
    ktap.defer(clear)
    raw = compiled(f"udp port {netns.PORT}")
    expect("rules-set", {}, ask("rules-set", program(raw)))
    expect("program", raw, ask("rules-get")[RULES["filter"]])
    expect("ports", {netns.PORT: 6, OTHER: 0}, ports())
    expect("lines of the file", 1 + len(raw) // 8, len(netns.read_file("filter").splitlines()))
    expect("rules-set", {}, ask("rules-set", program(b"")))
    expect("program", b"", ask("rules-get")[RULES["filter"]])
    expect("ports", {netns.PORT: 6, OTHER: 6}, ports())


@ktap.test
def the_longest_program_is_taken_and_told():
    ktap.defer(clear)
    raw = REJECT * MAX_INSNS
    expect("rules-set", {}, ask("rules-set", program(raw)))
    expect_that(raw == ask("rules-get")[RULES["filter"]], "the same program", "another one")
    expect("ports", {netns.PORT: 0, OTHER: 0}, ports())


@ktap.test
def drop_reasons_go_by_name():
    if not netns.drop_reason("NO_SOCKET"):
        raise ktap.Skip("this kernel has no drop reasons")
    ktap.defer(clear)
    do("rules-set", reasons="NO_SOCKET+4242")
    expect("reasons", "NO_SOCKET+4242", told()["reasons"])
    expect("ports", {netns.PORT: 0, OTHER: 0}, ports())
    do("rules-set", reasons="")
    expect("reasons", "", told()["reasons"])
    expect("ports", {netns.PORT: 6, OTHER: 6}, ports())


@ktap.each(
    ("half_an_instruction", program(PASS[:7]), "filter", "8 bytes each"),
    ("too_long", program(PASS * (MAX_INSNS + 1)), "filter", "4096 instructions at most"),
    ("load", program(struct.pack("=HBBI", 0x20, 0, 0, 0xffe00000) + PASS), "filter", "can load"),
    ("endless", program(struct.pack("=HBBI", 0, 0, 0, 1)), "filter", "kernel refuses"),
    ("mark", number("mark", U32, 0x11) + number("mark-mask", U32, 0x10), "mark", "its mask has not"),
    ("mask", number("mark-mask", U32, 0x01) + number("mark", U32, 0x10), "mark", "its mask has not"),
    ("direction", number("direction", U32, 3), "direction", ""),
    ("drops", number("drops", U8, 2), "drops", ""),
    ("reason", text("reasons", "BAD_WEATHER"), "reasons", "drop reasons"),
    ("nine_reasons", text("reasons", "1+2+3+4+5+6+7+8+9"), "reasons", "8 at most"),
    ("long_reasons", text("reasons", "9" * 512), "reasons", ""),
    ("stage", number("stage", U32, 99), "stage", ""),
    ("stage_alone", number("stage", U32, 12), "stage", "longer than 0 ns"),
    ("time_alone", number("stage-ns", U64, 12), "stage-ns", "longer than 0 ns"),
    ("short", genl.attr(RULES["pid"], b"\1"), "pid", ""),
    ("pad", genl.attr(RULES["pad"], b""), "pad", ""))
def refused_as_a_whole(_, payload, blamed, why):
    """Beside the attribute that is wrong there is one that is right, which changes nothing."""
    ktap.defer(clear)
    do("rules-set", slower_ns=4000, filter=PASS.hex())
    before = told()
    err = ask("rules-set", number("ifindex", U32, 9) + payload)
    expect_that(isinstance(err, genl.Refused), "a refusal", err)
    expect_that(err.err in (22, 34), "EINVAL or ERANGE", err)
    expect_that(err.text and why in err.text, why or "a text", err.text)
    # message as sent: head of netlink, of the family, then ifindex, 8 bytes
    at = {28}
    if payload[2:4] != struct.pack("=H", RULES[blamed]):
        at = {28 + 8}
    expect_that(err.offset in at, f"attribute {blamed} at {at}", err.offset)
    expect("rules", before, told())


def freeze_state():
    return do("freeze-get")


RECORDING = {"state": "recording", "on-drop": "", "slower-ns": 0, "after": 0, "left": 0}


def thaw():
    expect("thaw", {}, ask("thaw"))


@ktap.test
def freeze_and_thaw():
    ktap.defer(thaw)
    expect("freeze-get", RECORDING, freeze_state())
    do("freeze")
    expect("freeze-get", {**RECORDING, "state": "frozen"}, freeze_state())
    expect("ports", {netns.PORT: 0, OTHER: 0}, ports())
    do("thaw")
    expect("freeze-get", RECORDING, freeze_state())
    expect("ports", {netns.PORT: 6, OTHER: 6}, ports())


@ktap.test
def freeze_waits_for_what_is_given():
    ktap.defer(thaw)
    do("freeze", on_drop="any", slower_ns=3600 * 10**9, after=5)
    expect("freeze-get", {"state": "armed", "on-drop": "any", "slower-ns": 3600 * 10**9, "after": 5},
           {key: value for key, value in freeze_state().items() if key != "left"})
    expect("ports", {netns.PORT: 6, OTHER: 6}, ports())
    expect("state", "armed", freeze_state()["state"])
    do("freeze", after=8)
    expect("ports", {netns.PORT: 6, OTHER: 2}, ports())
    expect("freeze-get", ("frozen", 0), (freeze_state()["state"], freeze_state()["left"]))


@ktap.each(
    ("reason", text("on-drop", "BAD_WEATHER", FREEZE), "on-drop", "drop reason"),
    ("long_reason", text("on-drop", "9" * 128, FREEZE), "on-drop", ""),
    ("after", number("after", U32, 1 << 31, FREEZE), "after", ""),
    ("short", genl.attr(FREEZE["slower-ns"], b"\1"), "slower-ns", ""),
    ("state", number("state", U32, 3, FREEZE), "state", ""))
def freeze_refuses(_, payload, blamed, why):
    before = freeze_state()
    err = ask("freeze", payload)
    expect_that(isinstance(err, genl.Refused) and err.err in (22, 34), "EINVAL or ERANGE", err)
    expect_that(err.text and why in err.text, why or "a text", err.text)
    expect(f"offset of {blamed}", 20, err.offset)
    expect("freeze-get", before, freeze_state())


def setup():
    npnl.need_client()
    netns.pair()
    netns.load()


if __name__ == "__main__":
    ktap.main(setup)
