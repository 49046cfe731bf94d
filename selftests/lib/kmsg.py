# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel says from now on."""
import errno
import os


class Mark:
    """A place in the kernel log: the end, when it is made."""

    def __init__(self):
        self._file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self._file, 0, os.SEEK_END)

    def lines(self):
        """What was logged since, or since the last call."""
        lines = []
        while True:
            try:
                record = os.read(self._file, 16384).decode("utf-8", "replace")
            except OSError as err:
                if err.errno == errno.EPIPE:
                    lines.append("(lines are lost: the log was full)")
                    continue
                return lines
            # "level,number,time,flags;text", then lines with properties
            lines.append(record.split(";", 1)[1].split("\n")[0])

    def close(self):
        os.close(self._file)
