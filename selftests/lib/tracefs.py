# SPDX-License-Identifier: GPL-2.0-only
"""ftrace, by its files: trace-cmd resets everything each time, which takes long."""
from ktap import defer

DIR = "/sys/kernel/tracing/"


def write(name, text):
    with open(DIR + name, "w", encoding="ascii") as file:
        file.write(str(text))


def read(name):
    with open(DIR + name, encoding="ascii", errors="replace") as file:
        return file.read()


class Trace:
    """What ftrace sees of the events or functions that are named, between begin() and lines().

    All is as it was at the end of the subtest.
    """

    def __init__(self, clock="local"):
        write("tracing_on", 0)
        defer(write, "tracing_on", 1)
        write("trace_clock", clock)
        defer(write, "trace_clock", "local")
        # what was there is thrown away, also afterwards
        write("trace", "")
        defer(write, "trace", "")

    def event(self, name, condition=None):
        """@name as a directory below events."""
        if condition:
            write(f"events/{name}/filter", condition)
            defer(write, f"events/{name}/filter", 0)
        write(f"events/{name}/enable", 1)
        defer(write, f"events/{name}/enable", 0)

    def functions(self, pattern):
        write("set_ftrace_filter", pattern)
        defer(write, "set_ftrace_filter", "")
        write("current_tracer", "function")
        defer(write, "current_tracer", "nop")

    def begin(self):
        write("tracing_on", 1)

    def lines(self):
        write("tracing_on", 0)
        return [line for line in read("trace").splitlines() if not line.startswith("#")]
