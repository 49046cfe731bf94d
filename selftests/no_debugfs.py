#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: append debugfs=off
"""A kernel booted with debugfs=off: no files, and all works by netlink."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import ktap  # noqa: E402  pylint: disable=wrong-import-position
import netns  # noqa: E402  pylint: disable=wrong-import-position
from ktap import cmd, expect, expect_that  # noqa: E402  pylint: disable=wrong-import-position
from npnl import do, need_client, send, snapshot  # noqa: E402  pylint: disable=wrong-import-position


@ktap.test
def there_are_no_files():
    expect("files of debugfs", False, os.path.exists(netns.DIR))


@ktap.test
def packets_are_recorded_and_listed():
    before = do("stats-get")["records"]
    send(10)
    ktap.wait_for(10, "20 records", lambda: do("stats-get")["records"] >= before + 20)
    expect_that(len(snapshot()) >= 20, "20 records or more", "fewer")


@ktap.test
def control_works():
    do("config-set", enable=0)
    before = do("stats-get")["records"]
    send(10)
    expect("records while stopped", before, do("stats-get")["records"])
    do("config-set", enable=1)


@ktap.each(*[(words.replace(" ", "_").replace("-", ""), words.split()) for words in (
    "stats", "stages", "latency", "config", "info", "watch -a -n 5")])
def tool_works(_, words):
    done = cmd(netns.TOOL, *words, check=False, timeout=ktap.limit(60))
    expect("status and errors", (0, ""), (done.returncode, done.stderr))
    expect_that(done.stdout.strip(), "some output", done.stdout)


@ktap.test
def tool_says_that_the_files_are_missing():
    done = cmd(netns.TOOL, "stats", "--debugfs", check=False)
    expect_that(done.returncode and "debugfs" in done.stderr, "an error that names debugfs",
                done.stderr)


def setup():
    need_client()
    netns.pair()
    netns.load()


if __name__ == "__main__":
    ktap.main(setup)
