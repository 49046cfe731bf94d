# SPDX-License-Identifier: GPL-2.0-only
"""Two namespaces joined by veth, and the module; as lib/netns.sh, for tests in Python."""
import contextlib
import ctypes
import os
import select

import decode
from ktap import cmd, defer, start, wait_for

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TRAFFIC = TOP + "/selftests/bin/np_traffic"
TOOL = TOP + "/tools/netpath"
DIR = "/sys/kernel/debug/netpath/"
CLIENT = {4: "10.77.0.1", 6: "fd77::1"}
SERVER = {4: "10.77.0.2", 6: "fd77::2"}
ROUTER = {4: "10.78.0.1", 6: "fd78::1"}
FAR = {4: "10.78.0.2", 6: "fd78::2"}
MAC = {"np-c": "02:00:00:00:77:01", "np-s": "02:00:00:00:77:02",
       "np-s-out": "02:00:00:00:78:01", "np-f": "02:00:00:00:78:02"}
PORT = 7000
# the stages that a packet between two sockets of two namespaces passes, without those that need
# more than the packet
BASIC = "default,ip_local_out,ip_output,ip_local_deliver"
# the last processor: where traffic is bound to one, another one runs the test, if there is another
CPU = os.cpu_count() - 1
HOST = "host"

_libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def inside(name):
    """Sockets, processes and reads of /proc of this block belong to a namespace.

    HOST is that of the test itself.
    """
    def enter(file):
        if _libc.setns(file.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")
    path = "/proc/self/ns/net" if name == HOST else "/run/netns/" + name
    with open("/proc/self/ns/net", "rb") as before, open(path, "rb") as there:
        enter(there)
        try:
            yield
        finally:
            enter(before)


def in_ns(name, *words, **kwargs):
    """Run a command in a namespace.

    Only what reads or writes its /sys is run by ip, which takes several times as long.
    """
    if any("/sys/" in str(word) for word in words):
        return cmd("ip", "netns", "exec", name, *words, **kwargs)
    with inside(name):
        return cmd(*words, where=f"ip netns exec {name} ", **kwargs)


def ip(name, *commands):
    """Let one process do several commands of ip in a namespace."""
    return cmd("ip", "-n", name, "-batch", "-", input="\n".join(commands) + "\n",
               where="; ".join(commands) + ": ")


def namespace(name):
    """A namespace that nothing disturbs; deleted at the end."""
    cmd("ip", "netns", "add", name)
    defer(cmd, "ip", "netns", "del", name)
    in_ns(name, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0",
          "net.ipv6.conf.default.addr_gen_mode=1",
          "net.ipv6.conf.default.router_solicitations=0",
          # multicast reports at once, not some time during a test
          "net.ipv4.igmp_qrv=1",
          "net.ipv6.conf.default.mldv1_unsolicited_report_interval=1",
          "net.ipv6.conf.default.mldv2_unsolicited_report_interval=1",
          "net.ipv4.conf.default.igmpv2_unsolicited_report_interval=1",
          "net.ipv4.conf.default.igmpv3_unsolicited_report_interval=1")
    ip(name, "link set lo up")


def _join(ends):
    """Two devices of a veth pair, each (namespace, device, MAC, own addresses, the other's)."""
    (ns_a, dev_a, mac_a, *_), (ns_b, dev_b, mac_b, *_) = ends
    cmd("ip", "link", "add", dev_a, "address", mac_a, "netns", ns_a, "type", "veth",
        "peer", "name", dev_b, "address", mac_b, "netns", ns_b)
    for name, dev, _, own, _ in ends:
        ip(name, f"address add {own[4]}/24 dev {dev}", f"address add {own[6]}/64 dev {dev} nodad",
           f"link set dev {dev} up")
    for (name, dev, _, _, far), mac in zip(ends, (mac_b, mac_a)):
        ip(name, *[f"neighbour replace {far[version]} lladdr {mac} dev {dev} nud permanent"
                   for version in (4, 6)])
        wait_for(10, dev + " up", lambda name=name, dev=dev:
                 " UP " in cmd("ip", "-n", name, "-br", "link", "show", "dev", dev))


def pair():
    """Namespaces np-c and np-s, devices vc and vs, neighbours known: no other packets."""
    for name in ("np-c", "np-s"):
        namespace(name)
    _join((("np-c", "vc", MAC["np-c"], CLIENT, SERVER), ("np-s", "vs", MAC["np-s"], SERVER, CLIENT)))


def beyond():
    """After pair(): np-s forwards by its device vr to vf of the namespace np-f, and back."""
    namespace("np-f")
    _join((("np-s", "vr", MAC["np-s-out"], ROUTER, FAR), ("np-f", "vf", MAC["np-f"], FAR, ROUTER)))
    ip("np-c", f"route add 10.78.0.0/24 via {SERVER[4]}", f"route add fd78::/64 via {SERVER[6]}")
    ip("np-f", f"route add 10.77.0.0/24 via {ROUTER[4]}", f"route add fd77::/64 via {ROUTER[6]}")
    in_ns("np-s", "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")


def netns_inode(name):
    return os.stat("/run/netns/" + name).st_ino


def _traffic_words(command, proto, version, port, options):
    words = [TRAFFIC, command, proto, "--client-ns", "np-c", "--server-ns", "np-s",
             "--addr", SERVER[version], "--port", port]
    for key, value in options.items():
        words.append("--" + key.replace("_", "-"))
        if value is not True:
            words.append(value)
    return words


def traffic(command, proto, version, port=PORT, **options):
    """Run np_traffic and return what it printed."""
    return cmd(*_traffic_words(command, proto, version, port, options))


def traffic_start(command, proto, version, port=PORT, before=(), **options):
    """Start np_traffic, with some words before it; it is killed at the end of the subtest."""
    return start(*before, *_traffic_words(command, proto, version, port, options))


def tcp_ext(space, name):
    """A counter of TCP in a namespace, by its name in /proc/net/netstat."""
    lines = [line.split() for line in in_ns(space, "cat", "/proc/net/netstat").splitlines()
             if line.startswith("TcpExt:")]
    return int(dict(zip(*lines))[name])


def _appended():
    return sum(tcp_ext(space, "TCPBacklogCoalesce") for space in ("np-c", "np-s"))


def undisturbed(run):
    """
    What a function returns in whose run each message stayed a packet of its own.

    On a busy machine a segment may come while somebody has locked the socket.  Then TCP may append
    it to the one that waits before it, if only an acknowledgement; the kernel counts that.
    """
    for _ in range(20):
        before = _appended()
        result = run()
        if _appended() == before:
            return result
    raise AssertionError("TCP appended segments to others in each of 20 runs")


def raw(proto, version, **options):
    """Send packets made by hand from np-c."""
    return traffic("raw", proto, version, saddr=CLIENT[version], dev="vc", mac=MAC["np-s"],
                   **options)


def loaded():
    return os.path.isdir("/sys/module/netpath")


def unload():
    if loaded():
        cmd("rmmod", "netpath")


def load(**params):
    """Load the module with these parameters and no others; unloaded at the end."""
    unload()
    cmd("insmod", TOP + "/netpath.ko", *[f"{key}={value}" for key, value in params.items()])
    defer(unload)


def stats():
    """The stats file; numbers as numbers."""
    with open(DIR + "stats", encoding="ascii") as file:
        pairs = [line.split(None, 1) for line in file]
    return {name: int(value) if value.strip().isdigit() else value.strip()
            for name, value in pairs}


def drop_reason(name):
    """What a record says of a drop for this reason: nothing, where the kernel has no reasons."""
    with open("/sys/kernel/tracing/events/skb/kfree_skb/format", encoding="ascii") as file:
        return name if " reason;" in file.read() else ""


def read_file(name):
    """A file of the module."""
    with open(DIR + name, encoding="ascii") as file:
        return file.read()


def write_file(name, text):
    """One write to a file of the module."""
    fd = os.open(DIR + name, os.O_WRONLY)
    try:
        os.write(fd, text.encode("ascii"))
    finally:
        os.close(fd)


def set_filter(program):
    """Put a program in force, as tcpdump -ddd prints it; 0 for none."""
    write_file("filter", program)


def stages():
    """The stages file: a dictionary of columns for each name."""
    with open(DIR + "stages", encoding="ascii") as file:
        head = file.readline().rstrip("\n").split("\t")
        rows = [dict(zip(head, line.rstrip("\n").split("\t"))) for line in file]
    return {row["name"]: row for row in rows}


class Ring:
    """A reader of one CPU's ring."""

    def __init__(self, cpu, oldest=False):
        self.fd = os.open(f"{DIR}per_cpu/cpu{cpu}/ring", os.O_RDONLY | os.O_NONBLOCK)
        self.open = True
        defer(self.close)
        if not oldest:
            os.lseek(self.fd, 0, os.SEEK_END)

    def close(self):
        if self.open:
            os.close(self.fd)
        self.open = False

    def read(self, size=1 << 20):
        """The bytes of all records that are there."""
        parts = []
        while True:
            try:
                parts.append(os.read(self.fd, size))
            except BlockingIOError:
                return b"".join(parts)

    def poll(self, limit_s):
        """Is there a record within the limit?"""
        poll = select.poll()
        poll.register(self.fd, select.POLLIN)
        return bool(poll.poll(limit_s * 1000))


class Rings:
    """A reader of all rings, from now on."""

    def __init__(self, oldest=False):
        self.rings = [Ring(name[3:], oldest) for name in sorted(os.listdir(DIR + "per_cpu"))]
        self.names = {int(row["id"]): name for name, row in stages().items()}
        self.lost = 0

    def read(self):
        """New packets in the order of their ends; stamps get names, losses are counted."""
        packets = []
        for ring in self.rings:
            for rec in decode.records(ring.read()):
                if rec.type == 2:
                    self.lost += rec.count
                    continue
                for stamp in rec.stamps:
                    stamp.name = self.names[stamp.stage]
                rec.path = [stamp.name for stamp in rec.stamps]
                packets.append(rec)
        return sorted(packets, key=lambda p: p.start_ns + p.total_ns)


def of_flow(packets, proto, version, port=PORT):
    """The packets of one flow, both directions."""
    number = {"tcp": 6, "udp": 17}[proto]
    found = [p for p in packets if p.flags & 16 and p.l4_proto == number and
             p.ip_version == version and port in (p.sport, p.dport)]
    if proto == "tcp":
        for ports in {(p.sport, p.dport) for p in found}:
            _unwrap([p for p in found if (p.sport, p.dport) == ports and p.tcp_seq])
    return found


def _unwrap(packets):
    """Have sequence numbers of one direction that began again at 0 go on instead."""
    numbers = [p.tcp_seq for p in packets]
    if numbers and max(numbers) - min(numbers) > 1 << 31:
        for packet in packets:
            if packet.tcp_seq < 1 << 31:
                packet.tcp_seq += 1 << 32
