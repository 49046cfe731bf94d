# SPDX-License-Identifier: GPL-2.0-only
"""Sockets in namespaces and what their packets' journeys show, for the tests of single stages."""
import contextlib
import ctypes
import os
import socket
import struct
import time

import netns
from ktap import Failed, Skip, cmd, defer, expect_that, limit

SO_COOKIE = 57
SO_MEMINFO = 55
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}


@contextlib.contextmanager
def inside(name):
    """This process is in a namespace; its sockets stay there."""
    def enter(path):
        fd = os.open(path, os.O_RDONLY)
        if LIBC.setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), path)
        os.close(fd)
    enter("/run/netns/" + name)
    try:
        yield
    finally:
        enter("/proc/1/ns/net")


def sock(name, kind=socket.SOCK_DGRAM, version=4, proto=0, family=None):
    """A socket in a namespace, closed at the end of the subtest."""
    with inside(name):
        made = socket.socket(family or FAMILY[version], kind, proto)
    defer(made.close)
    made.settimeout(limit(10))
    return made


def server(version=4, port=netns.PORT, kind=socket.SOCK_DGRAM, name="np-s"):
    made = sock(name, kind, version)
    if kind == socket.SOCK_STREAM:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("", port))
    if kind == socket.SOCK_STREAM:
        made.listen()
    return made


def connection(version=4, port=netns.PORT, addr=None):
    """Both ends of a TCP connection from np-c to np-s."""
    listener = server(version, port, socket.SOCK_STREAM)
    near = sock("np-c", socket.SOCK_STREAM, version)
    near.connect((addr or netns.SERVER[version], port))
    far, _ = listener.accept()
    far.settimeout(limit(10))
    defer(far.close)
    listener.close()
    return near, far


def send(version=4, addr=None, size=100, read=True):
    """A datagram from a new socket in np-c to a new one in np-s; both sockets."""
    near, far = sock("np-c", version=version), server(version)
    near.sendto(bytes(size), (addr or netns.SERVER[version], netns.PORT))
    if read:
        far.recv(70000)
    return near, far


def journey(version=4, addr=None, size=100, **match):
    """The journey of such a datagram, on the side of the reader where there are two."""
    watch = Watch()
    for made in send(version, addr, size):
        made.close()
    match = match or {"outcome": "delivered"}
    packet = watch.one(ip_version=version, l4_proto=17, dport=netns.PORT, **match)
    watch.close()
    return packet


def cookie(made):
    return struct.unpack("=Q", made.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]


def rmem(made):
    """Bytes of memory that a socket's receive queue holds."""
    return struct.unpack_from("=I", made.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 64))[0]


class Watch:
    """Journeys that end from now on."""

    def __init__(self):
        self.rings = netns.Rings()
        self.packets = []

    def close(self):
        for ring in self.rings.rings:
            ring.close()

    def all(self):
        self.packets += self.rings.read()
        expect_that(not self.rings.lost, "no record lost", self.rings.lost)
        return self.packets

    def wait(self, count=1, limit_s=10, **match):
        """The packets that match, when there are so many; with none, those that came by then."""
        end = time.monotonic() + limit(limit_s)
        while True:
            found = [p for p in self.all() if matches(p, match)]
            if len(found) >= count:
                return found
            if time.monotonic() > end:
                others = "\n".join(map(show, self.packets[-8:]))
                raise Failed(f"expected: {count} packets with {match}\n"
                             f"got: {len(found)} of {len(self.packets)}:\n{others}")
            time.sleep(0.02)

    def one(self, **match):
        found = self.wait(**match)
        expect_that(len(found) == 1, f"one packet with {match}", "\n".join(map(show, found)))
        return found[0]


def matches(packet, match):
    return all(value(getattr(packet, key)) if callable(value) else getattr(packet, key) == value
               for key, value in match.items())


def show(packet):
    path = " ".join(f"{s.name}:{s.detail}" if s.detail else s.name for s in packet.stamps)
    return (f"#{packet.id} proto {packet.eth_proto:#x}/{packet.l4_proto} {packet.sport} >"
            f" {packet.dport} {packet.outcome} {packet.reason}: {path}")


def stamps(packet, name):
    return [s for s in packet.stamps if s.name == name]


def detail(packet, name):
    """The detail of the one stamp of a stage."""
    found = stamps(packet, name)
    expect_that(len(found) == 1, f"{name} once", show(packet))
    return found[0].detail


def expect_has(packet, *names):
    for name in names:
        expect_that(name in packet.path, f"{name} in the journey", show(packet))


def expect_not(packet, *names):
    for name in names:
        expect_that(name not in packet.path, f"no {name} in the journey", show(packet))


def expect_order(packet, *names):
    """These stages were passed, one after the other, whatever is between."""
    left = iter(packet.path)
    expect_that(all(name in left for name in names), "in this order: " + " ".join(names),
                show(packet))


def expect_times(packet):
    times = [s.offset_ns for s in packet.stamps] + [packet.total_ns]
    expect_that(times == sorted(times) and times[0] == 0, "times that do not go back", times)


def need(name, reason=None):
    """Skip where this kernel lacks a stage, which must then say so."""
    row = netns.stages()[name]
    if row["state"].startswith("unavailable") and (reason is None or reason in row["state"]):
        raise Skip(f"{name}: {row['state']}")


def modules(*names):
    for name in names:
        if cmd("modprobe", name, check=False).returncode:
            raise Skip(f"this kernel has no {name}")


def write(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def sysctl(name, key, value):
    """Set a namespace's parameter until the end of the subtest."""
    before = netns.in_ns(name, "sysctl", "-n", key).strip()
    netns.in_ns(name, "sysctl", "-qw", f"{key}={value}")
    defer(netns.in_ns, name, "sysctl", "-qw", f"{key}={before}")


def snmp(name):
    """The counters of /proc/net/snmp, netstat and snmp6 of a namespace, by name."""
    found = {}
    for file in ("snmp", "netstat"):
        lines = netns.in_ns(name, "cat", "/proc/net/" + file).splitlines()
        for head, values in zip(lines[::2], lines[1::2]):
            group = head.split(":")[0]
            for key, value in zip(head.split()[1:], values.split()[1:]):
                found[group + key] = int(value)
    for line in netns.in_ns(name, "cat", "/proc/net/snmp6").splitlines():
        found[line.split()[0]] = int(line.split()[1])
    return found


class Counted:
    """How much counters of a namespace grow in a block."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.before = snmp(self.name)
        return self

    def __exit__(self, *unused):
        after = snmp(self.name)
        self.grown = {key: after[key] - self.before.get(key, 0) for key in after}

    def __getitem__(self, key):
        return self.grown[key]


def chain(name, hook, rule, family="inet", priority=0):
    """A netfilter chain with one rule behind a counter; the count is in the result's packets()."""
    table = "t" + hook
    netns.in_ns(name, "nft", f"add table {family} {table};"
                f"add chain {family} {table} c {{ type filter hook {hook} priority {priority}; }};"
                f"add rule {family} {table} c {rule}")

    def remove():
        cmd("ip", "netns", "exec", name, "nft", f"delete table {family} {table}", check=False)

    def packets():
        text = netns.in_ns(name, "nft", "list", "table", family, table)
        return int(text.split("packets ")[1].split()[0])
    packets.remove = remove
    defer(remove)
    return packets


def join(ends, net):
    """Addresses 10.NET.0.1 and .2, and the same of IPv6, for two devices; neighbours known."""
    for number, (name, dev) in enumerate(ends, 1):
        peer = netns.MAC["np-s" if name == "np-c" else "np-c"]
        netns.ip(name, f"address add 10.{net}.0.{number}/24 dev {dev}",
                 f"address add fd{net}::{number}/64 dev {dev} nodad", f"link set {dev} up",
                 *[f"neighbour replace {far} lladdr {peer} dev {dev} nud permanent"
                   for far in (f"10.{net}.0.{3 - number}", f"fd{net}::{3 - number}")])


def bridge():
    """Devices bc in np-c and bs in np-s, joined by a bridge in np-b: 10.76.0.1 and .2."""
    modules("bridge")
    netns.namespace("np-b")
    cmd("ip", "-n", "np-b", "link", "add", "br0", "type", "bridge")
    cmd("ip", "-n", "np-b", "link", "set", "br0", "up")
    for name, dev, port in (("np-c", "bc", "b1"), ("np-s", "bs", "b2")):
        cmd("ip", "link", "add", dev, "address", netns.MAC[name], "netns", name, "type", "veth",
            "peer", "name", port, "netns", "np-b")
        cmd("ip", "-n", "np-b", "link", "set", port, "master", "br0", "up")
    join((("np-c", "bc"), ("np-s", "bs")), 76)
    netns.in_ns("np-b", "bridge", "fdb", "replace", netns.MAC["np-s"], "dev", "b2", "master",
                "static")


def forwarding(version, mtu=1500, dev="far0"):
    """An address that np-s forwards to, for np-c; the device there takes everything."""
    modules("dummy")
    sysctl("np-s", "net.ipv4.ip_forward", 1)
    sysctl("np-s", "net.ipv6.conf.all.forwarding", 1)
    far = {4: "10.99.0.9", 6: "fd99::9"}[version]
    cmd("ip", "-n", "np-s", "link", "add", dev, "mtu", mtu, "type", "dummy")
    defer(cmd, "ip", "-n", "np-s", "link", "del", dev)
    cmd("ip", "-n", "np-s", "link", "set", dev, "up")
    cmd("ip", "-n", "np-s", "route", "add", far, "dev", dev)
    cmd("ip", "-n", "np-s", "neighbour", "replace", far, "lladdr", netns.MAC["np-c"], "dev",
        dev, "nud", "permanent")
    cmd("ip", "-n", "np-c", "route", "add", far, "via", netns.SERVER[version])
    defer(cmd, "ip", "-n", "np-c", "route", "del", far)
    return far


NIC = {4: "10.79.0.2", 6: "fd79::2"}
VIRTIO = {4: "10.78.0.2", 6: "fd78::2"}


def nic_set(name, value):
    write("/sys/module/np_nic/parameters/" + name, value)


def nic_get(name):
    return int(read("/sys/module/np_nic/parameters/" + name))


def nics():
    """The test module's devices: nic0 in np-c, nic1 in np-s."""
    cmd("insmod", netns.TOP + "/selftests/module/np_nic.ko")
    defer(cmd, "rmmod", "np_nic")
    ends = (("np-c", "nic0"), ("np-s", "nic1"))
    for name, dev in ends:
        cmd("ip", "link", "set", dev, "address", netns.MAC[name], "netns", name)
    join(ends, 79)


def virtio():
    """The virtual machine's own devices: eth0 in np-c, eth1 in np-s."""
    cmd("modprobe", "virtio_net")
    if not os.path.isdir("/sys/class/net/eth1"):
        raise Skip("the virtual machine has no two network devices")
    ends = (("np-c", "eth0"), ("np-s", "eth1"))
    for name, dev in ends:
        cmd("ip", "link", "set", dev, "netns", name)
        defer(cmd, "ip", "-n", name, "link", "set", dev, "netns", "1")
    join(ends, 78)
