# SPDX-License-Identifier: GPL-2.0-only
"""The netlink family: by the kernel's client (YNL), and by raw messages."""
import contextlib
import errno
import functools
import importlib.util
import io
import json
import os
import pickle
import socket
import struct
import sys
import traceback
from types import SimpleNamespace

import yaml

import decode
import genl
import netns
from genl import attrs_of, messages
from ktap import Failed, cmd, limit, wait_for

SPEC = netns.TOP + "/Documentation/netlink/specs/netpath.yaml"
YNL = netns.TOP + "/ynl/tools/net/ynl/cli.py"
FAMILY = "netpath"

SO_RCVBUFFORCE = 33


with open(SPEC, encoding="utf-8") as _file:
    SPEC_TREE = yaml.load(_file, Loader=yaml.CSafeLoader)


def _numbers():
    """Operations, attributes and values of enums by name, numbered as YNL numbers them."""
    ops = {op["name"]: op for op in SPEC_TREE["operations"]["list"]}
    attrs = {s["name"]: {a["name"]: i for i, a in enumerate(s["attributes"], 1)}
             for s in SPEC_TREE["attribute-sets"]}
    enums = {d["name"]: {e["name"]: i for i, e in enumerate(d["entries"])}
             for d in SPEC_TREE["definitions"] if d["type"] in ("enum", "flags")}
    return SimpleNamespace(ops=ops, cmd={name: i for i, name in enumerate(ops, 1)},
                           attrs=attrs, enums=enums)


NR = _numbers()


def need_client():
    """Without the kernel's client nothing would be tested."""
    if not os.path.exists(YNL):
        raise Failed(f"expected: the kernel's netlink client, see scripts/ynl\ngot: no {YNL}")


# Runs the client as its users do, but for the parser of YAML that is written in Python, which
# takes most of its time.
CLIENT = """
import os, runpy, sys, yaml
yaml.SafeLoader = yaml.CSafeLoader
del sys.argv[0]
sys.path.insert(0, os.path.dirname(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


_run_plain = set()


def client(*words):
    """
    The client in a process of its own: once to do and once to dump as its users run it, then by
    CLIENT.
    """
    kind = "--dump" in words
    if kind in _run_plain:
        return cmd("python3", "-c", CLIENT, YNL, *words, check=False)
    _run_plain.add(kind)
    return cmd("python3", YNL, *words, check=False)


@functools.lru_cache
def _client_module():
    """The client's program as a module, and the connections that it makes."""
    spec = importlib.util.spec_from_file_location("ynl_cli", YNL)
    module = importlib.util.module_from_spec(spec)
    sys.path.append(os.path.dirname(YNL))
    spec.loader.exec_module(module)
    # the spec is parsed already; to each its own, as it may change it
    tree, made, family = pickle.dumps(SPEC_TREE), [], module.YnlFamily
    yaml.safe_load = lambda _: pickle.loads(tree)

    def connect(*args, **kwargs):
        made.append(family(*args, **kwargs))
        return made[-1]
    module.YnlFamily = connect
    return module, made


def _client_here(*words):
    """The same, but in this process: to start Python and parse the spec takes long."""
    module, made = _client_module()
    # the number of the family is another one after loading
    sys.modules["lib.ynl"].genl_family_name_to_id = None
    status, out, err, argv = 0, io.StringIO(), io.StringIO(), sys.argv
    sys.argv = [YNL, *words]
    with contextlib.redirect_stdout(out):
        try:
            module.main()
        except SystemExit as end:
            status = end.code
        except Exception:  # pylint: disable=broad-except
            status = 1
            traceback.print_exc(file=err)
        finally:
            sys.argv = argv
            # as at a process's end
            while made:
                made.pop().sock.close()
    return SimpleNamespace(returncode=status, stdout=out.getvalue(), stderr=err.getvalue())


def ynl(*words, check=True, run=_client_here):
    """Run the client; what it printed as JSON, or the whole result with check=False."""
    done = run("--spec", SPEC, "--no-schema", "--output-json", *words)
    if not check:
        return done
    if done.returncode:
        raise Failed(f"expected: an answer to {words}\ngot: {done.stdout} {done.stderr[-500:]}")
    return json.loads(done.stdout)


def do(op, run=_client_here, **attrs):
    """An operation by the client, with attributes (a_b for a-b)."""
    return ynl("--do", op, "--json", json.dumps(
        {key.replace("_", "-"): value for key, value in attrs.items()}), run=run)


def refused(op, **attrs):
    """What the client prints of an operation that is to be refused."""
    done = ynl("--do", op, "--json", json.dumps(
        {key.replace("_", "-"): value for key, value in attrs.items()}), check=False)
    if done.returncode != 1:
        raise Failed(f"expected: {op} {attrs} is refused\ngot: {done.returncode} {done.stdout}")
    return done.stdout


class Socket(genl.Socket):
    """A generic netlink socket that speaks to netpath."""

    def find(self):
        """Id of the family and of its group."""
        number, groups = self.lookup(FAMILY)
        return number, groups["records"]


class Subscriber(Socket):
    """A member of the group; counts what it got and what it lost, by the numbers."""

    def __init__(self, rcvbuf=0):
        super().__init__()
        family, group = self.find()
        if rcvbuf:
            self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, rcvbuf)
        self.join(group)
        self.packets, self.told, self.overflows = 0, 0, 0
        self.ids = []
        self.next = self.positions(self.request_positions(family))
        self.lost = dict.fromkeys(self.next, 0)

    def request_positions(self, family):
        other = Socket()
        body = other.request(family, NR.cmd["snapshot"])[0]
        other.close()
        return body[4:]

    @staticmethod
    def positions(raw):
        found = {}
        for number, value in attrs_of(raw):
            if number == NR.attrs["records"]["position"]:
                one = dict(attrs_of(value))
                found[struct.unpack("=I", one[1])[0]] = struct.unpack("=Q", one[2])[0]
        return found

    def reach(self, cpu, seq):
        """All numbers below seq have gone by."""
        gap = max(seq - self.next[cpu], 0)
        self.lost[cpu] += gap
        self.next[cpu] += gap

    def take(self, raw):
        for number, value in attrs_of(raw):
            if number == NR.attrs["records"]["record"]:
                # the first attribute is the fixed part, see lib/decode.py
                seq, number = struct.unpack_from("=QQ", value, 4 + 16)
                cpu = struct.unpack_from("=I", value, 4 + 68)[0]
                if seq < self.next[cpu]:
                    continue
                self.reach(cpu, seq)
                self.next[cpu] += 1
                self.packets += 1
                self.ids.append(number)
            elif number == NR.attrs["records"]["lost"]:
                one = dict(attrs_of(value))
                cpu, seq, count = (struct.unpack("=I", one[1])[0],
                                   *(struct.unpack("=Q", one[i])[0] for i in (2, 3)))
                self.told += count
                self.reach(cpu, seq + count)
        for cpu, seq in self.positions(raw).items():
            self.reach(cpu, seq)

    def read(self, limit_s=0.3):
        """Take messages until none comes for so long."""
        self.sock.settimeout(limit_s)
        while True:
            try:
                for _, _, _, body in messages(self.sock.recv(1 << 17)):
                    self.take(body[4:])
            except socket.timeout:
                return
            except OSError as err:
                if err.errno != errno.ENOBUFS:
                    raise
                self.overflows += 1

    def until(self, ends, limit_s=60):
        """Read until all numbers below ends have gone by."""
        waited = 0
        while any(self.next[cpu] < end for cpu, end in ends.items()):
            self.read(0.2)
            waited += 0.2
            if waited > limit(limit_s):
                raise Failed(f"expected: positions {ends}\ngot: {self.next}")


def binary(raw):
    """The binary record that the attributes of a record are the parts of."""
    parts = b"".join(value for _, value in attrs_of(raw))
    length = struct.unpack_from("=I", parts)[0]
    return parts + b"\0" * (length - len(parts))


def ynl_packet(record):
    """A record as the client shows it, as lib/decode.py would."""
    return SimpleNamespace(
        seq=record["packet"]["seq"], id=record["packet"]["id"],
        outcome=record["packet"]["outcome"], l4_proto=record["packet"]["l4-proto"],
        sport=record["packet"]["sport"], dport=record["packet"]["dport"],
        start_ns=record["packet"]["start-ns"], total_ns=record["packet"]["total-ns"],
        devs=[decode.text(bytes.fromhex(dev["name"])) for dev in record.get("dev", [])],
        path=[stamp["stage"] for stamp in record.get("stamp", [])],
        reason=record.get("drop-reason"), location=record.get("drop-location"))


def send(rounds=5, **kwargs):
    netns.traffic("pingpong", "udp", 4, rounds=rounds, **kwargs)


def quiet():
    """Wait until all packets have ended, and return how many records there are."""
    last = [-1]

    def same():
        stats = netns.stats()
        last.append(stats["records"])
        return last[-1] == last[-2] and not stats["in_flight"]
    wait_for(10, "traffic ended", same)
    return last[-1]


def latency_file():
    """The rows of the file latency by stage."""
    with open(netns.DIR + "latency", encoding="ascii") as file:
        head = file.readline().split()
        return {line.split()[0]: dict(zip(head[1:], map(int, line.split()[1:]))) for line in file}


def snapshot():
    """The records that the rings hold, by the client."""
    return [rec for part in ynl("--dump", "snapshot") for rec in part.get("record", [])]


def subscribed(pid):
    """Is a socket of the process a member of a group?"""
    try:
        own = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    except FileNotFoundError:
        return False
    with open("/proc/net/netlink", encoding="ascii") as file:
        rows = [line.split() for line in file][1:]
    return any(row[1] == "16" and int(row[3], 16) and f"socket:[{row[9]}]" in own for row in rows)


def streaming(pid):
    """Does the program wait for records?  It does when it knows from where on they are its own."""
    if not subscribed(pid):
        return False
    with open(f"/proc/{pid}/stack", encoding="ascii") as file:
        return "poll" in file.read()


def as_nobody(*words):
    return ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", *words)


def here():
    """Directory of the tests, for programs started as other users."""
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
