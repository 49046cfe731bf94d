#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Whose the rules are: of two that set some at once one does, and rules that a program has for
itself end with it, however it ends.  By netlink, and by the program netpath."""
import os
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import genl  # noqa: E402  pylint: disable=wrong-import-position
import ktap  # noqa: E402  pylint: disable=wrong-import-position
import netns  # noqa: E402  pylint: disable=wrong-import-position
import npnl  # noqa: E402  pylint: disable=wrong-import-position
from ktap import cmd, expect, expect_that  # noqa: E402  pylint: disable=wrong-import-position
from npnl import do  # noqa: E402  pylint: disable=wrong-import-position

RULES = npnl.NR.attrs["rules"]
EBUSY = 16
ROUNDS = 60
PAIRS = 12
OWN = genl.attr(RULES["own"], b"")


def u32(name, value):
    return genl.attr(RULES[name], value.to_bytes(4, sys.byteorder))


class Client(npnl.Socket):
    """A socket of its own; "OK" or what its requests are refused for."""

    def __init__(self):
        super().__init__()
        self.family, _ = self.find()
        ktap.defer(self.close)

    def set(self, payload):
        try:
            self.request(self.family, npnl.NR.cmd["rules-set"], payload)
            return "OK"
        except genl.Refused as err:
            return err

    def told(self):
        """What rules-get says, by name; numbers as numbers."""
        found = genl.attrs(self.request(self.family, npnl.NR.cmd["rules-get"])[0][4:])
        return {name: int.from_bytes(found[RULES[name]], sys.byteorder)
                for name in ("pid", "generation", "owner-pid", "filter")}


def told():
    client = Client()
    try:
        return client.told()
    finally:
        client.close()


def rules():
    """What is in force: the pid, and process that it ends with."""
    now = told()
    return now["pid"], now["owner-pid"]


def generation():
    return told()["generation"]


def clear():
    do("rules-set", clear=True)


@ktap.each(("pid", lambda: do("rules-set", pid=4)),
           ("the_same_again", lambda: do("rules-set", pid=0)),
           ("clear", clear),
           ("file_rules", lambda: netns.write_file("rules", "pid 4")),
           ("file_filter", lambda: netns.set_filter("1\n6 0 0 1\n")),
           ("program", lambda: cmd(netns.TOOL, "config", "--pid", "4")))
def generation_rises_with(_, change):
    ktap.defer(clear)
    before = generation()
    expect("generation, asked again", before, generation())
    change()
    expect("generation", before + 1, generation())


@ktap.test
def generation_stays_when_a_change_is_refused():
    before = generation()
    npnl.refused("rules-set", mark=1)
    npnl.refused("rules-set", pid=5, if_generation=before + 1)
    expect("generation", before, generation())
    expect("rules", (0, 0), rules())


@ktap.test
def another_generation_is_busy_and_changes_nothing():
    ktap.defer(clear)
    client, now = Client(), generation()
    for other in (now + 1, now - 1 & 0xffffffff, 0xffffffff):
        err = client.set(u32("pid", 7) + u32("if-generation", other))
        expect_that(isinstance(err, genl.Refused), "a refusal", err)
        # behind the heads of netlink and of the family, and the pid
        expect("errno, attribute to blame", (EBUSY, 28), (err.err, err.offset))
        expect_that("another generation" in err.text, "the reason", err.text)
        expect("rules", (0, 0), rules())
    expect("answer", "OK", client.set(u32("pid", 7) + u32("if-generation", now)))
    expect("rules", (7, 0), rules())


@ktap.test
def of_those_who_set_rules_at_once_one_does():
    ktap.defer(clear)
    clients = [Client() for _ in range(4)]
    won = dict.fromkeys(range(len(clients)), 0)
    for _ in range(ROUNDS):
        seen, answers = generation(), {}
        start = threading.Barrier(len(clients))

        def attempt(number, start=start, seen=seen, answers=answers):
            start.wait()
            answers[number] = clients[number].set(u32("pid", number + 1) +
                                                  u32("if-generation", seen))
        threads = [threading.Thread(target=attempt, args=(n,)) for n in won]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        winners = [n for n, answer in answers.items() if answer == "OK"]
        expect("who set rules", 1, len(winners))
        expect("others", {EBUSY}, {a.err for a in answers.values() if a != "OK"})
        expect("rules", (winners[0] + 1, 0), rules())
        expect("generation", seen + 1, generation())
        won[winners[0]] += 1
    ktap.note(f"won: {won}")


@ktap.test
def own_rules_end_with_the_socket():
    client = Client()
    expect("answer", "OK", client.set(u32("pid", 7) + OWN))
    expect("rules", (7, os.getpid()), rules())
    expect("last line of the file", f"owner {os.getpid()}",
           netns.read_file("rules").splitlines()[-1])
    before = generation()
    Client().close()
    expect("rules, when another one is closed", (7, os.getpid()), rules())
    client.close()
    expect("rules", (0, 0), rules())
    expect("generation", before + 1, generation())
    expect_that("owner" not in netns.read_file("rules"), "no owner", netns.read_file("rules"))


@ktap.test
def other_rules_stay_when_the_socket_is_closed():
    ktap.defer(clear)
    client = Client()
    expect("answer", "OK", client.set(u32("pid", 7)))
    expect("rules", (7, 0), rules())
    client.close()
    expect("rules", (7, 0), rules())


@ktap.test
def own_rules_go_with_the_process():
    child = subprocess.Popen([sys.executable, os.path.abspath(__file__), "--own"],
                             stdout=subprocess.PIPE, text=True)
    ktap.defer(child.stdout.close)
    expect("answer", "OK\n", child.stdout.readline())
    expect("rules", (9, child.pid), rules())
    child.kill()
    child.wait()
    expect("rules", (0, 0), rules())


@ktap.each(("netlink", lambda: do("rules-set", ifindex=3)),
           ("file", lambda: netns.write_file("rules", "ifindex 3")),
           ("filter", lambda: netns.set_filter("1\n6 0 0 1\n")),
           ("program", lambda: cmd(netns.TOOL, "config", "-i", "3")))
def own_rules_that_somebody_changes_stay_by(_, change):
    ktap.defer(clear)
    client = Client()
    expect("answer", "OK", client.set(u32("pid", 7) + OWN))
    change()
    expect("rules", (7, 0), rules())
    client.close()
    expect("rules", (7, 0), rules())


@ktap.test
def own_rules_are_taken_over_by_who_owns_next():
    first, second = Client(), Client()
    expect("answer", "OK", first.set(u32("pid", 7) + OWN))
    expect("answer", "OK", second.set(u32("ifindex", 3) + OWN))
    first.close()
    expect("rules", (7, os.getpid()), rules())
    second.close()
    expect("rules", (0, 0), rules())


def watch(*words, command="watch"):
    child = ktap.start(netns.TOOL, command, *words, stderr=subprocess.PIPE)
    return child


def in_force():
    return told()["filter"] != 0


def finish(child):
    child.send_signal(signal.SIGINT)
    err = child.communicate(timeout=ktap.limit(30))[1]
    expect(f"exit status, with {err}", 0, child.returncode)
    return err


@ktap.each(("watch", ("watch", "udp")), ("record", ("record", "-o", "/dev/null", "udp")))
def killed(_, words):
    child = watch(*words[1:], command=words[0])
    ktap.wait_for(20, "rules", in_force)
    expect("owner", child.pid, rules()[1])
    shown = dict(line.split(None, 1) for line in cmd(netns.TOOL, "config").splitlines()[1:])
    expect("config", (str(child.pid), str(generation())),
           (shown["rules_owner_pid"].strip(), shown["rules_generation"].strip()))
    child.kill()
    child.wait()
    expect("filter", False, in_force())
    expect("owner", 0, rules()[1])


@ktap.test
def of_two_programs_at_once_one_runs():
    """The other one says why not, and does not touch the rules of the first."""
    for _ in range(PAIRS):
        pair = [watch(word) for word in ("udp", "tcp")]
        ktap.wait_for(30, "one has ended", lambda pair=pair: any(c.poll() is not None for c in pair))
        loser, winner = sorted(pair, key=lambda c: c.poll() is None)
        err = loser.communicate(timeout=ktap.limit(30))[1]
        expect(f"exit status, with {err}", 1, loser.returncode)
        expect_that("other rules are in force" in err, "why", err)
        expect("owner", winner.pid, rules()[1])
        expect("rules in force", True, in_force())
        expect("what the other one says", "", finish(winner))
        expect("filter", False, in_force())


@ktap.test
def program_whose_rules_were_changed_says_so():
    ktap.defer(clear)
    child = watch("udp")
    ktap.wait_for(20, "rules", in_force)
    cmd(netns.TOOL, "config", "--pid", "7")
    expect_that("changed meanwhile, and stay" in finish(child), "a word about it", "none")
    expect("rules", (7, 0), rules())
    expect("filter stays", True, in_force())


@ktap.test
def program_whose_rules_were_ended_says_nothing():
    child = watch("udp")
    ktap.wait_for(20, "rules", in_force)
    cmd(netns.TOOL, "config", "--clear")
    expect("rules", (0, 0), rules())
    expect("messages", "", finish(child))


@ktap.test
def module_can_be_unloaded_while_rules_are_owned():
    client = Client()
    expect("answer", "OK", client.set(u32("pid", 7) + OWN))
    netns.unload()
    client.close()
    netns.load()
    expect("rules", (0, 0), rules())


def own():
    client = npnl.Socket()
    client.request(client.find()[0], npnl.NR.cmd["rules-set"], u32("pid", 9) + OWN)
    print("OK", flush=True)
    signal.pause()


def setup():
    npnl.need_client()
    netns.load()


if __name__ == "__main__":
    if sys.argv[1:] == ["--own"]:
        own()
    else:
        ktap.main(setup)
