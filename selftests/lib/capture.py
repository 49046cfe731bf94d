# SPDX-License-Identifier: GPL-2.0-only
"""tcpdump beside a test: what it captured of all that a device had until then."""
import os
import re
import signal
import subprocess

import frames
import ktap
from ktap import expect_that

# tcpdump tells by a signal what it has seen so far
SEEN = re.compile(r"tcpdump: (\d+) packets? captured, (\d+) packets? received by filter, ")


class Capture:
    """tcpdump with an expression on a device whose frames are of a kind; made when it listens.

    With -Q, no frame that the expression is about may go the other way: the kernel counts it.
    """

    def __init__(self, file, space, dev, kind, *words):
        self.file = file
        if os.path.exists(file):
            os.unlink(file)
        self.child = subprocess.Popen(
            ["ip", "netns", "exec", space, "tcpdump", "-Z", "root", "-n", "-i", dev, "-s", "2000",
             "-B", "8192", "--immediate-mode", "-U", "-w", file, *words],
            stderr=subprocess.PIPE, text=True)
        ktap.defer(self.close)
        line = self.child.stderr.readline()
        while line and "listening on" not in line:
            line = self.child.stderr.readline()
        expect_that(kind in line, f"tcpdump listens on {dev}, with frames of kind {kind}", line)

    def close(self):
        self.child.kill()
        self.child.wait()
        self.child.stderr.close()

    def _has_all(self):
        """Has it read what the kernel has put aside for it?"""
        self.child.send_signal(signal.SIGUSR1)
        line = self.child.stderr.readline()
        match = SEEN.match(line)
        expect_that(match, "tcpdump says what it has seen", line)
        return match[1] == match[2]

    def end(self):
        """The frames that it captured."""
        ktap.wait_for(20, "tcpdump has read all that was captured", self._has_all)
        self.child.send_signal(signal.SIGINT)
        said = self.child.stderr.read()
        self.child.wait()
        expect_that("\n0 packets dropped by kernel" in said, "tcpdump dropped none", said)
        return frames.captured(self.file)
