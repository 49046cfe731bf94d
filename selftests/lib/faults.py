# SPDX-License-Identifier: GPL-2.0-only
"""What rows of the fault tables are made of: faults, packets, counters of the kernel."""
import os
import re
import socket
from dataclasses import dataclass, replace
from typing import Callable, Optional

import frames
import netns
from ktap import Skip, cmd, defer

COUNT = 4
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}


def is_ours(packet):
    """One of the packets that a row sends: their port and length are no other's."""
    return packet.sport == frames.SPORT and packet.ip_len > 60


@dataclass
class Fault:
    """A row: the same packets are sent with the fault and, as its twin, without it."""
    name: str
    send: Callable			# of whether the fault is injected
    reason: str				# of the drops: by Linux 6.1, and by newer kernels
    last: str				# stage
    place: str				# function, a regular expression
    inject: tuple = ()			# makes the fault
    cure: tuple = ()			# makes that it is none, for the twin
    after: tuple = ()			# done with the fault after sending
    counter: str = ""			# the kernel's own for this event, "NAMESPACE NAME"
    twin: tuple = ("delivered",)	# outcomes without the fault
    outcome: str = "dropped"
    drops: int = COUNT			# so many of the packets
    rest: tuple = ("delivered",)	# outcomes of the others
    ended: int = COUNT			# so many have ended when it is judged
    counted: Optional[int] = None	# by how much the counter rises, if not by the drops
    monitor: bool = True		# drop_monitor can see it
    ours: Callable = is_ours
    clone: bool = False			# the packets are copies that the kernel made
    alive_ns: int = 0			# they live for at least so long
    unless: tuple = ()			# a test of the kernel; what else holds where it fails

    def here(self):
        """The row as it is for this kernel."""
        if not self.unless or self.unless[0]():
            return self
        return replace(self, **self.unless[1])


# --- faults: each is a function that makes the change and has it undone later ----------------

def run(name, do, undo=None):
    """A command in a namespace."""
    def change():
        with netns.inside(name):
            cmd(*do.split())
        if undo:
            defer(netns.in_ns, name, *undo.split())
    return change


def module(name):
    """A kernel module that must be there."""
    def change():
        if cmd("modprobe", name, check=False).returncode:
            raise Skip(f"this kernel has no {name}")
    return change


def sysctl(name, key, value):
    """A file of /proc/sys/net in a namespace."""
    path = "/proc/sys/net/" + key

    def put(text):
        with netns.inside(name), open(path, "w", encoding="ascii") as file:
            file.write(text)

    def change():
        with netns.inside(name), open(path, encoding="ascii") as file:
            old = file.read()
        put(str(value))
        defer(put, old)
    return change


def nft(name, hook, match, family="inet"):
    """A rule that counts packets and drops them."""
    def change():
        rules = f"add table {family} t; add chain {family} t c {{ type filter hook {hook} "
        rules += f"priority 0; }}; add rule {family} t c {match} counter drop"
        with netns.inside(name):
            if cmd("nft", rules, check=False).returncode:
                if "egress" not in hook:
                    cmd("nft", rules)
                raise Skip("this kernel's nftables has no such hook")
        defer(netns.in_ns, name, "nft", f"delete table {family} t")
    return change


def held(make):
    """Something that lasts as long as a file descriptor, which make() returns."""
    def change():
        defer(os.close, make())
    return change


# --- packets ----------------------------------------------------------------------------------

def handmade(build, version=4, proto=None, mac=None):
    """Packets that build(fault) makes; @proto and @mac: other than usual where there is a fault."""
    def send(fault):
        frames.transmit([build(fault) for _ in range(COUNT)], proto or frames.ETH_IP[version],
                        mac if mac and fault else netns.MAC["np-s"])
    return send


def from_socket(dst=None, version=4):
    """Datagrams of a process."""
    def send(_):
        with netns.inside("np-c"):
            sock = socket.socket(FAMILY[version], socket.SOCK_DGRAM)
        with sock:
            sock.bind(("", frames.SPORT))
            for _ in range(COUNT):
                try:
                    sock.sendto(frames.PAYLOAD, (dst or netns.SERVER[version], netns.PORT))
                except PermissionError:
                    pass  # how some of the faults show
    return send


class Sinks:
    """Sockets that get what the packets of all rows are for; read when drain() is called."""

    def __init__(self):
        self.sockets, self.readable = {}, []

    def open(self):
        """Once, in the set-up."""
        for name in ("np-s", "np-f"):
            for version in (4, 6):
                with netns.inside(name):
                    sock = socket.socket(FAMILY[version], socket.SOCK_DGRAM)
                if version == 6:
                    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                sock.bind(("", netns.PORT))
                self.sockets[name, version] = sock
        with netns.inside("np-s"):
            listener = socket.create_server(("", netns.PORT), backlog=64)
        self.readable = list(self.sockets.values())
        self.sockets["np-s", "tcp"] = listener

    def drain(self):
        """Read all that there is."""
        for sock in self.readable:
            try:
                while sock.recv(1 << 16, socket.MSG_DONTWAIT):
                    pass
            except OSError:
                pass


sinks = Sinks()


def sink(version=4, name="np-s"):
    """The socket for an IP version's datagrams; "tcp": the one that listens."""
    return sinks.sockets[name, version]


def also_read(sock):
    """Have a further socket read, until the end of the subtest."""
    sinks.readable.append(sock)
    defer(sinks.readable.remove, sock)


# --- counters -----------------------------------------------------------------------------------

def _pairs(lines):
    """/proc/net/snmp and netstat: a line of names, a line of numbers."""
    for names, numbers in zip(lines[::2], lines[1::2]):
        for name, number in zip(names.split()[1:], numbers.split()[1:]):
            yield names.split(":")[0] + name, int(number)


def _table(name, lines):
    """/proc/net/stat: hexadecimal columns, a line for each processor."""
    columns = zip(*(line.split() for line in lines[1:]))
    for column, numbers in zip(lines[0].split(), columns):
        yield f"{name}:{column}", sum(int(number, 16) for number in numbers)


def _proc_counters():
    found = {}
    for name in ("snmp", "netstat", "snmp6", "xfrm_stat", "stat/rt_cache", "stat/arp_cache",
                 "dev", "softnet_stat"):
        if not os.path.exists("/proc/net/" + name):
            continue
        with open("/proc/net/" + name, encoding="ascii") as file:
            lines = file.read().splitlines()
        if name in ("snmp", "netstat"):
            found.update(_pairs(lines))
        elif name.startswith("stat/"):
            found.update(_table(name[5:], lines))
        elif name == "dev":
            for line in lines[2:]:
                dev, numbers = line.split(":")
                found[f"{dev.strip()}:rx_drop"] = int(numbers.split()[3])
        elif name == "softnet_stat":
            found["softnet:dropped"] = sum(int(line.split()[1], 16) for line in lines)
        else:
            found.update((line.split()[0], int(line.split()[1])) for line in lines)
    return found


def count(counter):
    """Value of a counter: "NAMESPACE NAME", "NAMESPACE nft" or "NAMESPACE qdisc DEV KIND"."""
    name, what, *more = counter.split()
    with netns.inside(name):
        if what == "nft":
            return sum(map(int, re.findall(r"packets (\d+)", cmd("nft", "list", "ruleset"))))
        if what == "qdisc":
            dev, kind = more
            lines = cmd("tc", "-s", "qdisc", "show", "dev", dev)
            return sum(map(int, re.findall(rf"qdisc {kind} .*\n.*dropped (\d+)", lines)))
        return _proc_counters()[what]
