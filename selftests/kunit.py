#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# vm: smoke
"""Unit tests of the module's code, which run in the kernel: by KUnit, or by a stand-in for it."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import kmsg
import ktap
from ktap import cmd, defer, expect, expect_that

MODULE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kunit", "np_kunit.ko")
SUITES = ("clock", "hist", "ring", "slot", "track", "track_race", "rules", "filter", "keep")
LINE = re.compile(r"(\s*)((?:not )?ok) (\d+) (\S+)(?: # SKIP (.*))?")
# the lines of the log since the module was loaded
LOG = []


def results():
    """{suite: {case: (verdict, reason to skip)}}, and what the suites as a whole say."""
    cases, suites = {}, {}
    name = None
    for text in LOG:
        if text.strip().startswith("# Subtest: "):
            name = text.split(": ")[1].strip()
            cases[name] = {}
        found = LINE.match(text)
        if found and found.group(1) and name:
            cases[name][found.group(4)] = (found.group(2), found.group(5))
        elif found and not found.group(1):
            suites[found.group(4)] = found.group(2)
    return cases, suites


def planned(suite):
    """How many cases a suite said that it has."""
    inside = False
    for text in LOG:
        if text.strip() == f"# Subtest: {suite}":
            inside = True
        elif inside and text.strip().startswith("1.."):
            return int(text.strip()[3:])
    return None


def holds(_, suite, case):
    verdict, skipped = results()[0][suite][case]
    if skipped is not None:
        raise ktap.Skip(skipped)
    if verdict != "ok":
        raise ktap.Failed("\n".join(text for text in LOG if case in text or "Expected" in text))


@ktap.each(*((suite,) for suite in SUITES))
def all_cases_ran(suite):
    cases, suites = results()
    expect_that(cases.get(suite), f"results of suite {suite}", LOG[-20:])
    expect("number of cases", planned(suite), len(cases[suite]))
    bad = [case for case, (verdict, _) in cases[suite].items() if verdict != "ok"]
    expect("verdict of the suite", "not ok" if bad else "ok", suites.get(suite))


def load():
    """Run the suites; each of their cases is a subtest here."""
    cmd("modprobe", "kunit", check=False)
    mark = kmsg.Mark()
    cmd("insmod", MODULE)
    defer(cmd, "rmmod", "np_kunit")
    LOG.extend(mark.lines())
    mark.close()
    for suite, cases in results()[0].items():
        ktap.each(*((f"{suite}_{case}", suite, case) for case in cases))(holds)


if __name__ == "__main__":
    load()
    ktap.main(lambda: None)
