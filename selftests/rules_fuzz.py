#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Random and mutated writes to the files filter, rules and freeze, while packets pass: what is
refused has changed nothing, what is accepted is what can be read afterwards.  That the kernel log
stays clean is seen by who runs the tests.

NETPATH_FUZZ_COUNT: writes to each file (default 1500, a tenth on a kernel with debugging options).
NETPATH_FUZZ_SEED: a number."""
import errno
import os
import random
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import genl  # noqa: E402  pylint: disable=wrong-import-position
import ktap  # noqa: E402  pylint: disable=wrong-import-position
import netns  # noqa: E402  pylint: disable=wrong-import-position
import npnl  # noqa: E402  pylint: disable=wrong-import-position
from ktap import expect, expect_that  # noqa: E402  pylint: disable=wrong-import-position

COUNT = int(os.environ.get("NETPATH_FUZZ_COUNT", 1500 // ktap.SLOW))
SEED = int(os.environ.get("NETPATH_FUZZ_SEED", "20261122"))
NUMBERS = ("0", "1", "7", "255", "256", "65535", "4096", "4097", "2147483647", "2147483648",
           "4294967295", "4294967296", "18446744073709551615", "18446744073709551616", "-1",
           "0x10", "0x", "+3", "1e3", "", " ", "99999999999999999999999999999999999999999999")
WORDS = ("any", "rx", "tx", "-", "clear", "NO_SOCKET", "NO_SOCKET+7", "1+2+3+4+5+6+7+8",
         "1+2+3+4+5+6+7+8+9", "+", "++", "udp_rcv", "skb_free", "none", "drops", "freeze", "thaw",
         "on_drop", "slower_ns", "after", "0x1/0x3", "0x10/0xf0", "3/1", "/", "1/", "/1", "\0", "\xff",
         "a" * 300)
RULES = ("ifindex", "netns", "direction", "pid", "mark", "drops", "reasons", "slower_ns", "stage",
         "one_in", "clear")
RIGHT = ("ifindex 3", "netns 77", "direction rx", "direction tx", "pid 8", "mark 0x10/0xf0", "drops 1",
         "reasons 7+8", "reasons -", "slower_ns 5000", "stage udp_rcv 6000", "stage -", "one_in 7",
         "clear", "drops 0", "pid 0", "mark 0/0")
# classes and modes of instructions, possible ones and others
CODES = (0x00, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x80, 0x81, 0xb1, 0x60, 0x61, 0x02, 0x03, 0x04, 0x14,
         0x24, 0x34, 0x94, 0x54, 0x44, 0x64, 0x74, 0x84, 0x05, 0x15, 0x25, 0x35, 0x45, 0x07, 0x87,
         0x06, 0x16, 0x3c, 0x9c, 0x18, 0xff)
OFFSETS = (0, 1, 4, 6, 9, 12, 15, 16, 20, 64, 1499, 65535, 0x7fffffff, 0xfffff000, 0xfffff004,
           0xfffff014, 0xfffff02c, 0xfffff030, 0xfffff03c, 0xfffff038, 0xfff00000, 0xffe00000,
           0xffffffff)


def any_word(rnd):
    return rnd.choice(rnd.choice((NUMBERS, WORDS, RULES)))


def rules_text(rnd):
    lines = [rnd.choice(RIGHT) for _ in range(rnd.randrange(1, 4))]
    if rnd.randrange(2):
        lines.insert(rnd.randrange(len(lines) + 1), f"{rnd.choice(RULES)} {any_word(rnd)}")
    if not rnd.randrange(8):
        lines = [any_word(rnd) for _ in range(rnd.randrange(30))]
    return rnd.choice((" ", ", ", "\n", "\t", ",,\n")).join(lines)


def freeze_text(rnd):
    words = [rnd.choice(("freeze", "freeze", "freeze", "thaw"))]
    for name, right in (("on_drop", "any"), ("slower_ns", "90000000"), ("after", "5")):
        if not rnd.randrange(3):
            words += [name, rnd.choice((right, right, any_word(rnd)))]
    return rnd.choice((" ", " ", "\t", "  ", "\n")).join(words)


def instruction(rnd, left):
    """Mostly a possible one; jumps mostly end in the program."""
    code = rnd.choice(CODES[:-6] if rnd.randrange(12) else CODES)
    near = min(left, 255) + (not rnd.randrange(20))
    kind = code & 7
    k = rnd.choice(OFFSETS) if kind in (0, 1) else rnd.randrange(1, 1 << rnd.randrange(1, 33))
    if kind in (2, 3) or code in (0x60, 0x61):
        k = rnd.randrange(16 + (not rnd.randrange(20)))
    elif code in (0x64, 0x74):
        k = rnd.randrange(32)
    elif code == 0x05:
        k = rnd.randrange(near + 1)
    jumps = kind == 5 and code != 0x05
    return f"{code} {rnd.randrange(near + 1) if jumps else 0} " \
           f"{rnd.randrange(near + 1) if jumps else 0} {k}"


def filter_text(rnd):
    number = rnd.choice((0, 1, 2, 3, 5, 10, 40, 300))
    lines = [instruction(rnd, number - at - 2) if at < number - 1 else
             f"6 0 0 {rnd.choice((0, 1, 65535))}" for at in range(number)]
    return rnd.choice(("\n", "\n", ",")).join([str(number), *lines]) + "\n"


TEXTS = {"rules": rules_text, "freeze": freeze_text, "filter": filter_text}


def mutated(rnd, text):
    """Mostly as it is, or some bytes of it changed, cut off or repeated."""
    raw = bytearray(text.encode("latin-1"))
    if not rnd.randrange(4):
        for _ in range(rnd.randrange(1, 4)):
            if raw:
                raw[rnd.randrange(len(raw))] = rnd.choice((0, 10, 32, 48, 57, 255, rnd.randrange(256)))
    kind = rnd.randrange(40)
    if kind == 0:
        del raw[rnd.randrange(len(raw) + 1):]
    elif kind == 1:
        raw += rnd.randbytes(rnd.randrange(40))
    elif kind == 2:
        raw *= rnd.randrange(2, 6)
    elif kind == 3:
        raw = bytearray(rnd.randbytes(rnd.choice((0, 1, 3, 100, 2047, 2048, 5000, 200000))))
    return bytes(raw)


def write(rnd, name, raw):
    """Write it, in one piece or in some, which only a program may come in.

    True: it was accepted; False: it was refused; None: some of it.
    """
    cuts = sorted(rnd.randrange(len(raw) + 1) for _ in range(rnd.choice((0, 0, 2)))) \
        if name == "filter" else []
    pieces = [raw[start:end] for start, end in zip([0] + cuts, cuts + [len(raw)]) if start < end]
    done = None
    fd = os.open(netns.DIR + name, os.O_WRONLY)
    try:
        for piece in pieces:
            expect("bytes written", len(piece), os.write(fd, piece))
            done = True
        return done
    except OSError as err:
        expect("error", errno.EINVAL, err.errno)
        return None if done else False
    finally:
        os.close(fd)


class State:
    """What can be read about all three."""

    def __init__(self):
        self.sock = npnl.Socket()
        self.family, _ = self.sock.find()
        self.seen = None

    def read(self):
        """Rules and freeze, but for what packets change."""
        rules, freeze = (genl.attrs(self.sock.request(self.family, npnl.NR.cmd[name])[0][4:])
                         for name in ("rules-get", "freeze-get"))
        for name in ("state", "left"):
            del freeze[npnl.NR.attrs["freeze"][name]]
        return rules, freeze

    def take(self):
        self.seen = self.read()

    def compare(self, what):
        expect(f"rules and freeze after {what}", self.seen, self.read())

    def rules(self):
        """Without their number, which each change raises."""
        rules = npnl.do("rules-get")
        del rules["generation"]
        return rules


def writable():
    found = set()
    for top, _, names in os.walk(netns.DIR):
        for name in names:
            if stat.S_IMODE(os.stat(os.path.join(top, name)).st_mode) & 0o222:
                found.add(os.path.relpath(os.path.join(top, name), netns.DIR))
    return found


@ktap.test
def no_file_that_can_be_written_is_left_out():
    """The file enable is fuzzed by netlink_fuzz.py."""
    expect("files", {"enable", *TEXTS}, writable())


def reset():
    for name, text in (("rules", "clear"), ("filter", "0\n"), ("freeze", "thaw")):
        netns.write_file(name, text)


@ktap.each(*[(name,) for name in TEXTS])
def what_is_refused_changes_nothing(name):
    ktap.note(f"seed {SEED}, {COUNT} writes")
    rnd, state, taken = random.Random(f"{SEED}{name}"), State(), 0
    ktap.defer(reset)
    # mostly while the test waits, and a little more where both have one processor
    netns.traffic_start("pingpong", "udp", 4, before=("nice", "-n", "5"), rounds=1 << 30)
    births = netns.stats()["births"]
    state.take()
    for number in range(COUNT):
        raw = mutated(rnd, TEXTS[name](rnd))
        okay = write(rnd, name, raw)
        if okay is not False:
            taken += bool(okay)
            state.take()
        else:
            state.compare(f"write {number} to {name}: {raw!r}")
        if okay and not number % 100 and name != "freeze":
            before = state.rules()
            text = [line for line in netns.read_file(name).splitlines()
                    if not line.startswith("refused")]
            netns.write_file(name, "\n".join(text) + "\n")
            expect(f"rules, written as they were read after {raw!r}", before, state.rules())
            state.take()
    births = netns.stats()["births"] - births
    ktap.note(f"{taken} accepted, {births} packets")
    expect_that(births > COUNT // 10, "packets meanwhile", births)
    expect_that(COUNT // 10 < taken < COUNT - COUNT // 10, "a tenth accepted, a tenth refused", taken)


@ktap.test
def everything_works_afterwards():
    reset()
    # the last packets of those before
    npnl.quiet()
    rings = netns.Rings()
    npnl.send(5)
    npnl.quiet()
    expect("packets", 10, len(netns.of_flow(rings.read(), "udp", 4)))


def setup():
    npnl.need_client()
    netns.pair()
    netns.load(ring_kib=32)


if __name__ == "__main__":
    ktap.main(setup)
