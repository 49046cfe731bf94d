#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Random and mutated netlink messages and random writes to the files: nothing that was refused
has changed anything.  That the kernel log stays clean is seen by who runs the tests.

NETPATH_FUZZ_COUNT: messages (default 100000, a tenth on a kernel with debugging options).
NETPATH_FUZZ_SEED: a number."""
import errno
import os
import random
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import genl  # noqa: E402  pylint: disable=wrong-import-position
import ktap  # noqa: E402  pylint: disable=wrong-import-position
import netns  # noqa: E402  pylint: disable=wrong-import-position
import npnl  # noqa: E402  pylint: disable=wrong-import-position
from ktap import expect, expect_that  # noqa: E402  pylint: disable=wrong-import-position

COUNT = int(os.environ.get("NETPATH_FUZZ_COUNT", 100000 // ktap.SLOW))
SEED = int(os.environ.get("NETPATH_FUZZ_SEED", "20261122"))
SETS = {npnl.NR.cmd[name] for name in ("config-set", "stage-set", "rules-set", "freeze", "thaw")}
# The stages take long to read: they are after one change of so many, and compared after one
# refusal of so many, and at the end.
STAGES_TAKEN, STAGES_COMPARED = 16, 16


def u32(value):
    return struct.pack("=I", value)


TEMPLATES = [
    (npnl.NR.cmd["info"], b""),
    (npnl.NR.cmd["stage-get"], genl.attr(1, u32(12))),
    (npnl.NR.cmd["stage-set"], genl.attr(12, u32(12)) + genl.attr(12, u32(15))),
    (npnl.NR.cmd["config-get"], b""),
    (npnl.NR.cmd["config-set"], genl.attr(4, u32(1000))),
    (npnl.NR.cmd["config-set"], genl.attr(2, u32(128)) + genl.attr(3, u32(64)) +
     genl.attr(5, b"\0")),
    (npnl.NR.cmd["config-set"], genl.attr(1, b"\0") + genl.attr(4, u32(30000))),
    (npnl.NR.cmd["stats-get"], b""),
    (npnl.NR.cmd["latency-get"], genl.attr(1, u32(12))),
    (npnl.NR.cmd["clear"], genl.attr(1, u32(3))),
    (npnl.NR.cmd["snapshot"], b""),
    (npnl.NR.cmd["records-ntf"], b""),
    (npnl.NR.cmd["rules-get"], b""),
    (npnl.NR.cmd["rules-set"], genl.attr(1, struct.pack("=HBBI", 6, 0, 0, 1)) +
     genl.attr(2, u32(1)) + genl.attr(3, u32(3)) + genl.attr(9, b"NO_SOCKET+7\0")),
    (npnl.NR.cmd["rules-set"], genl.attr(10, bytes(8)) + genl.attr(11, u32(12)) +
     genl.attr(12, struct.pack("=Q", 5)) + genl.attr(14, b"")),
    (npnl.NR.cmd["freeze-get"], b""),
    (npnl.NR.cmd["freeze"], genl.attr(2, b"any\0") + genl.attr(4, u32(7))),
    (npnl.NR.cmd["thaw"], b""),
]


def random_attrs(rnd):
    return b"".join(genl.attr(rnd.choice((rnd.randrange(16), rnd.randrange(1 << 16))),
                              rnd.randbytes(rnd.choice((0, 1, 2, 4, 8, rnd.randrange(64)))))
                    for _ in range(rnd.randrange(4)))


def mutated(rnd, raw):
    """Some bytes changed, cut off or repeated."""
    raw = bytearray(raw)
    for _ in range(rnd.choice((0, 1, 1, 1, 2, 4))):
        if raw:
            raw[rnd.randrange(len(raw))] = rnd.choice((0, 1, 0x7f, 0x80, 0xff,
                                                       rnd.randrange(256)))
    kind = rnd.randrange(8)
    if kind == 0 and raw:
        del raw[rnd.randrange(len(raw)):]
    elif kind == 1:
        raw += rnd.randbytes(rnd.randrange(40))
    elif kind == 2:
        raw += bytes(raw)
    return bytes(raw)


def message(rnd, family, seq):
    """A message as bytes, its operation, and whether an answer is asked for."""
    command, payload = rnd.choice(TEMPLATES)
    if rnd.randrange(4) == 0:
        payload = random_attrs(rnd)
    payload = mutated(rnd, payload)
    head = [command, 1, 0]
    if rnd.randrange(10) == 0:
        head[rnd.randrange(3)] = rnd.randrange(256)
    flags = genl.F_REQUEST | genl.F_ACK | rnd.choice((0,) * 9 + (genl.F_DUMP,))
    if rnd.randrange(20) == 0:
        flags = rnd.randrange(1 << 16) | genl.F_REQUEST
    body = struct.pack("=BBH", *head) + payload
    length = 16 + len(body)
    if rnd.randrange(30) == 0:
        length = rnd.choice((0, 15, 16, 17, 19, 20, length + 4, rnd.randrange(1 << 16)))
    return struct.pack("=IHHII", length, family, flags, seq, 0) + body, head[0], \
        bool(flags & genl.F_ACK)


def accepted(sock, seq):
    """Read all that is there; was a message with this number accepted?"""
    result = False
    while True:
        try:
            for kind, _, number, body in genl.messages(sock.recv(1 << 17)):
                if kind == genl.MSG_ERROR and number == seq and body[:4] == b"\0\0\0\0":
                    result = True
        except BlockingIOError:
            return result
        except OSError as err:
            if err.errno != errno.ENOBUFS:
                raise


class State:
    """What messages that are refused must leave as it is.

    It is asked for again and again: one write asks for all, and answers are compared as they come.
    """

    def __init__(self):
        self.sock = npnl.Socket()
        family, _ = self.sock.find()
        self.asked = b"".join(
            struct.pack("=IHHIIBBH", 20, family, genl.F_REQUEST, number, 0, npnl.NR.cmd[name], 1, 0)
            for number, name in enumerate(("config-get", "rules-get", "freeze-get")))
        self.config, self.stages, self.compared = None, None, 0
        self.take()

    def _config(self):
        self.sock.sock.send(self.asked)
        return [self.sock.sock.recv(1 << 17) for _ in range(3)]

    @staticmethod
    def _stages():
        """All of the file but for hits and missed ones."""
        return [line.rsplit("\t", 2)[0] for line in netns.read_file("stages").splitlines()]

    def take(self, stages=True):
        self.config = self._config()
        self.stages = self._stages() if stages else None
        for raw in self.config:
            expect_that(struct.unpack_from("=H", raw, 4)[0] != genl.MSG_ERROR, "an answer", raw)

    def compare(self, what, stages=True):
        """@what was done before: number and bytes of a message, or words."""
        config = self._config()
        if config != self.config:
            expect(f"configuration after {what}", self.config, config)
        if stages and self.stages:
            expect(f"stages after {what}", self.stages, self._stages())
            self.compared += 1


@ktap.test
def refused_messages_change_nothing():
    ktap.note(f"seed {SEED}, {COUNT} messages")
    rnd, often = random.Random(SEED), random.Random(SEED)
    sock = npnl.Socket()
    family, _ = sock.find()
    sock.sock.setblocking(False)
    state, taken, changes = State(), 0, 0
    for seq in range(1, COUNT + 1):
        raw, command, asked = message(rnd, family, seq)
        try:
            sock.sock.send(raw)
        except OSError:
            continue
        okay = accepted(sock.sock, seq)
        taken += okay
        if command in SETS and (okay or not asked):
            changes += okay
            state.take(not often.randrange(STAGES_TAKEN))
        elif command in SETS or not seq % 100:
            state.compare((seq, raw), not often.randrange(STAGES_COMPARED))
    state.compare("all messages")
    ktap.note(f"{taken} accepted, {changes} of them changes; stages compared {state.compared} times")
    expect_that(taken > COUNT // 100, "some messages accepted", taken)
    expect_that(changes > 0, "some changes accepted", changes)
    expect_that(taken < COUNT, "some messages refused", taken)
    expect_that(state.compared > COUNT // 10000, "stages compared now and then", state.compared)
    sock.close()


@ktap.test
def everything_works_afterwards():
    netns.load()
    npnl.send(5)
    expect_that(npnl.quiet() >= 10, "10 records or more", netns.stats()["records"])
    expect_that(len(npnl.snapshot()) >= 10, "10 records or more", "fewer")


@ktap.test
def random_writes_to_files_change_nothing():
    rnd = random.Random(SEED)
    netns.load(enable=0)
    state, done = State(), 0
    for name in ("stages", "stats", "latency", "trace", "trace_pipe", "per_cpu/cpu0/ring",
                 "enable"):
        try:
            fd = os.open(netns.DIR + name, os.O_WRONLY)
        except OSError:
            continue
        for _ in range(3000):
            raw = rnd.choice((rnd.randbytes(rnd.randrange(100)), b"1" * rnd.randrange(2, 9),
                              rnd.choice((b"0", b"1")) + rnd.randbytes(1) * rnd.randrange(1, 4)))
            if raw.rstrip(b"\0") in (b"0", b"1", b"0\n", b"1\n") or raw[1:2] == b"\0":
                continue
            try:
                os.write(fd, raw)
                done += bool(raw)
            except OSError as err:
                expect(f"write of {raw} to {name}", errno.EINVAL, err.errno)
        os.close(fd)
    expect("writes accepted", 0, done)
    state.compare("all writes")


def setup():
    npnl.need_client()
    netns.pair()
    netns.load(enable=0, ring_kib=32, table_slots=64)


if __name__ == "__main__":
    ktap.main(setup)
