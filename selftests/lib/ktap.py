# SPDX-License-Identifier: GPL-2.0-only
"""KTAP for test files in Python, with kselftest's exit codes; as lib/ktap.sh and lib/defer.sh."""
import os
import subprocess
import sys
import time
import traceback

FAIL, SKIP = 1, 4
# how many times as long everything takes on this kernel
SLOW = int(os.environ.get("NP_SLOW", "1"))
_tests = []
_undo = []
_commands = []


class Failed(Exception):
    """An expectation that was not met ends the subtest."""


class Skip(Exception):
    """The machine lacks what the subtest needs."""


def test(func):
    """A subtest; its name says what must hold."""
    _tests.append((func.__name__, func))
    return func


def each(*cases):
    """A subtest per case; its name ends with the case's first member."""
    def add(func):
        for case in cases:
            _tests.append((f"{func.__name__}_{case[0]}", lambda case=case: func(*case)))
        return func
    return add


def expect(what, expected, got):
    if expected != got:
        raise Failed(f"expected: {what}: {expected}\ngot: {got}")


def expect_that(holds, expected, got):
    if not holds:
        raise Failed(f"expected: {expected}\ngot: {got}")


def defer(func, *args, **kwargs):
    """Undo, at the end of this subtest or, from the set-up, of the file."""
    _undo.append((func, args, kwargs))


def _unwind(depth):
    while len(_undo) > depth:
        func, args, kwargs = _undo.pop()
        try:
            func(*args, **kwargs)
        except Exception as err:  # pylint: disable=broad-except
            print(f"# undo failed: {func.__name__}{args}: {err}")


def note(text):
    for line in text.splitlines():
        print(f"# {line}", flush=True)


def limit(seconds):
    """How long to wait at most for what takes less than so many seconds on other kernels."""
    return seconds * SLOW


def wait_for(limit_s, what, func):
    """Wait until func() is true, and return what it gave."""
    end = time.monotonic() + limit(limit_s)
    while True:
        value = func()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"expected: {what} within {limit(limit_s)} s\ngot: {value!r}")
        time.sleep(0.02)


def cmd(*words, check=True, where="", **kwargs):
    """Run a command; its standard output, or the whole result with check=False.

    @where is what the command would need before it, to be run by hand.
    """
    words = [str(word) for word in words]
    _commands.append(where + " ".join(words))
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, **kwargs)
    if not check:
        return done
    if done.returncode:
        raise Failed(f"expected: exit status 0\ngot: {done.returncode}, {done.stderr.strip()}")
    return done.stdout


def start(*words, **kwargs):
    """Start a command that runs beside the test; killed at the end if it still does."""
    words = [str(word) for word in words]
    _commands.append(" ".join(words) + " &")
    child = subprocess.Popen(words, text=True, stdout=subprocess.PIPE, **kwargs)

    def stop():
        if child.poll() is None:
            child.kill()
        child.wait()
    defer(stop)
    return child


def _failure(err):
    text = str(err) if isinstance(err, Failed) else traceback.format_exc()
    note(text + "".join(f"\ncommand: {line}" for line in _commands[-6:]))


def _setup(setup):
    try:
        setup()
    except Skip as why:
        return why
    except Exception as err:  # pylint: disable=broad-except
        _failure(err)
        return Failed("the set-up failed, see above")
    return None


def main(setup):
    """Run the set-up and all subtests, and exit."""
    print(f"KTAP version 1\n1..{len(_tests)}", flush=True)
    broken = _setup(setup)
    failed = skipped = 0
    for number, (name, func) in enumerate(_tests, 1):
        depth = len(_undo)
        line = f"ok {number} {name}"
        _commands.clear()
        try:
            if broken:
                raise broken
            func()
        except Skip as why:
            skipped += 1
            line += f" # SKIP {why}"
        except Exception as err:  # pylint: disable=broad-except
            failed += 1
            _failure(err)
            line = "not " + line
        _unwind(depth)
        print(line, flush=True)
    _unwind(0)
    sys.exit(FAIL if failed else SKIP if skipped == len(_tests) else 0)
