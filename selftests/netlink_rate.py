#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Many packets through the stream, as fast as the machine sends them: what the program received
and what it was told that it lost are all that was recorded.

NETPATH_STREAM_COUNT: packets (default 1000000, a tenth on a kernel with debugging options)."""
import json
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import ktap  # noqa: E402  pylint: disable=wrong-import-position
import netns  # noqa: E402  pylint: disable=wrong-import-position
import npnl  # noqa: E402  pylint: disable=wrong-import-position
from ktap import expect, expect_that  # noqa: E402  pylint: disable=wrong-import-position

COUNT = int(os.environ.get("NETPATH_STREAM_COUNT", 1000000 // ktap.SLOW))


def streamed(count, stop=False):
    """Let so many packets go through the stream; what the program received and lost."""
    child = ktap.start(netns.TOOL, "record", "-j", "-o", "/dev/null", stderr=-3)
    ktap.wait_for(20, "a subscriber", lambda: npnl.subscribed(child.pid))
    ktap.wait_for(20, "ready", lambda: npnl.do("snapshot"))
    before = netns.stats()["records"]
    if stop:
        child.send_signal(signal.SIGSTOP)
    netns.traffic("flood", "udp", 4, rounds=count, size=16, rcvbuf=4096)
    total = npnl.quiet() - before
    child.send_signal(signal.SIGCONT)
    child.send_signal(signal.SIGINT)
    text, _ = child.communicate(timeout=ktap.limit(120))
    got = json.loads(text)
    ktap.note(f"{total} recorded, {got['packets']} received, {got['lost_records']} lost")
    expect_that(total >= count, f"{count} records or more", total)
    expect("received + lost", total, got["packets"] + got["lost_records"])
    return got


@ktap.test
def received_and_lost_are_what_was_recorded():
    netns.load(ring_kib=4096)
    got = streamed(COUNT)
    expect_that(got["packets"] > 0, "packets received", got)


@ktap.test
def received_and_lost_are_what_was_recorded_in_a_small_ring():
    """With a program that stands still for a while, so that the ring and its socket run over."""
    netns.load(ring_kib=32)
    # where packets take long, the stream keeps up with them until the socket is full
    got = streamed(COUNT * 4 // 10 if ktap.SLOW > 1 else COUNT // 10, stop=True)
    expect_that(got["lost_records"] > 0, "a loss", got)


def setup():
    npnl.need_client()
    netns.pair()
    netns.load()


if __name__ == "__main__":
    ktap.main(setup)
