# SPDX-License-Identifier: GPL-2.0-only
"""What goes on at the same time in selftests/soak.py: threads that work until they are told to
stop, and count what they did."""
import itertools
import os
import random
import signal
import socket
import subprocess
import threading
import time
import traceback

import netns
from ktap import cmd

TOOL = netns.TOOL
FIRST_PORT = 7100


class Worker(threading.Thread):
    """Calls step(counts) again and again; counts are numbers by name, kept between steps."""

    def __init__(self, step, pause_s=0.0):
        super().__init__(daemon=True)
        self.step, self.pause_s = step, pause_s
        self.name = step.__name__
        self.counts, self.trouble = {}, ""
        self._end = threading.Event()

    def run(self):
        try:
            while not self._end.is_set():
                self.step(self.counts)
                self._end.wait(self.pause_s)
        except Exception:  # pylint: disable=broad-except
            self.trouble = traceback.format_exc()

    def stop(self):
        self._end.set()
        self.join(300)
        if self.is_alive():
            self.trouble = self.trouble or "it did not stop"


def _add(counts, name, number=1):
    counts[name] = counts.get(name, 0) + number


# --- traffic: whatever happens, every answer comes ----------------------------------------------

class Requests:
    """np_traffic's requests and answers: small, jumbo, and so large that IP makes fragments."""
    KINDS = (("udp", 4, 64), ("udp", 6, 8000), ("udp", 4, 20000), ("udp", 6, 20000),
             ("tcp", 4, 64), ("tcp", 6, 20000))

    def __init__(self):
        self.running = []
        for number, (proto, version, size) in enumerate(self.KINDS):
            words = [netns.TRAFFIC, "pingpong", proto, "--client-ns", "np-c", "--server-ns", "np-s",
                     "--addr", netns.SERVER[version], "--port", str(FIRST_PORT + number),
                     "--rounds", "0", "--size", str(size)]
            # while memory is short, it may take long
            words += ["--patience", "120"]
            child = subprocess.Popen(["nice", "-n", "10"] + words, text=True,
                                     stdout=subprocess.PIPE)
            self.running.append((f"{proto}{version} of {size}", child))

    def stop(self):
        """Return: for each kind [requests, answers]."""
        said = {}
        for name, child in self.running:
            child.terminate()
            words = child.communicate(timeout=300)[0].split()
            said[name] = [int(words[1]), int(words[3])] if len(words) > 3 else [0, -1]
        self.running = []
        return said

    def kill(self):
        for _, child in self.running:
            child.kill()
            child.communicate()


# iperf3's, one after the other: the next differs as much as it can
BULK = tuple((proto, version, size) for size in (8000, 200, 30000, 1400)
             for proto, version in (("udp", 4), ("tcp", 6), ("udp", 6), ("tcp", 4)))
_turns = itertools.cycle(BULK)


def bulk(counts):
    """iperf3 for a second: TCP or UDP, IPv4 or IPv6, small or large writes."""
    proto, version, size = next(_turns)
    words = ["ip", "netns", "exec", "np-c", "iperf3", "-c", netns.SERVER[version], "-t", "1",
             "-l", str(size)]
    if proto == "udp":
        words += ["-u", "-b", "5M"]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    _add(counts, f"{proto}{version}")
    _add(counts, f"of {size}")
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout[-500:]}")


ANSWER = """
import socket
s = socket.create_server(("::", 7090), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
while True:
    peer = s.accept()[0]
    with peer:
        while data := peer.recv(4096):
            peer.sendall(data)
"""


def connect(counts):
    """A short connection: three questions, three answers."""
    with netns.inside("np-c"):
        peer = socket.create_connection((netns.SERVER[random.choice((4, 6))], 7090), 120)
    _add(counts, "connections")
    with peer:
        for _ in range(3):
            peer.sendall(b"np" * 50)
            left = 100
            while left:
                got = len(peer.recv(left))
                if not got:
                    return
                left -= got
    _add(counts, "answered")


def spaces(counts):
    """Two namespaces come, talk, and go."""
    names = ("np-x", "np-y")
    try:
        for name in names:
            cmd("ip", "netns", "add", name)
        cmd("ip", "link", "add", "vx", "netns", names[0], "type", "veth", "peer", "name", "vy",
            "netns", names[1])
        for name, dev, address in zip(names, ("vx", "vy"), ("10.79.0.1/24", "10.79.0.2/24")):
            cmd("ip", "-n", name, "address", "add", address, "dev", dev)
            cmd("ip", "-n", name, "link", "set", dev, "up")
        said = netns.in_ns(names[0], "ping", "-qc", "3", "-i", "0.05", "-W", "120", "10.79.0.2",
                           check=False)
        _add(counts, "pings", 3)
        _add(counts, "answered", 3 if " 3 received" in said.stdout else 0)
    finally:
        for name in names:
            cmd("ip", "netns", "del", name, check=False)


# --- what is done to the module and the machine -------------------------------------------------

def switch(counts):
    """Hooks out and in again."""
    for value in "01":
        with open(netns.DIR + "enable", "w", encoding="ascii") as file:
            file.write(value)
        time.sleep(0.2)
    _add(counts, "times")


PROGRAMS = ("udp", "tcp port 5201", "ip6", "udp portrange 7100-7200 or icmp", "len > 1000")
RULES = ("direction tx", "direction rx", "mark 0", f"pid {os.getpid()}", "drops 1", "one_in 3",
         "slower_ns 1000000", "stage ip_rcv 1000", "clear direction any", "clear", "clear")


def filters(counts):
    """Other packets are wanted: a program or a rule by its file, or both by the program."""
    kind = random.choice(("filter", "rules", "tool"))
    if kind == "filter":
        words = ["tcpdump", "-y", "RAW", "-ddd", random.choice(PROGRAMS)]
        netns.set_filter(cmd(*words) if random.random() < 0.7 else "0\n")
    elif kind == "rules":
        netns.write_file("rules", random.choice(RULES))
    else:
        words = random.choice((["--clear"], ["--direction", "tx", random.choice(PROGRAMS)]))
        cmd(TOOL, "config", *words)
    _add(counts, "times")


def freezer(counts):
    """The flight recorder: at once, or by what happens; then it records on."""
    netns.write_file("freeze", random.choice((
        "freeze", "freeze after 10", "freeze on_drop any after 5", "freeze slower_ns 1000000")))
    time.sleep(0.3)
    netns.read_file("freeze")
    netns.write_file("freeze", "thaw")
    _add(counts, "times")


def settings(counts):
    """Other stages, and another time after which packets expire."""
    cmd(TOOL, "stages", "-s", random.choice(("default", "all", "default,irq,napi_poll,skb_alloc")))
    cmd(TOOL, "config", "-s", f"expire_ms={random.choice((200, 2000, 10000))}")
    _add(counts, "times")


def readers(counts):
    """A reader starts, and dies in the middle of what it does."""
    cpu = random.choice(os.listdir(netns.DIR + "per_cpu"))
    words = random.choice((
        [TOOL, "watch"], [TOOL, "watch", "-j"], [TOOL, "watch", "--drops", "udp"], [TOOL, "stages"], [TOOL, "latency"],
        [TOOL, "record", "-o", "/dev/null"], ["cat", netns.DIR + "trace"],
        ["cat", netns.DIR + "trace_pipe"], ["cat", f"{netns.DIR}per_cpu/{cpu}/ring"],
        ["cat", netns.DIR + "stats", netns.DIR + "stages", netns.DIR + "latency"]))
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        time.sleep(random.random())
        child.send_signal(random.choice((signal.SIGKILL, signal.SIGTERM)))
    _add(counts, "readers")


def hotplug(counts):
    """The last processor goes and comes back."""
    path = f"/sys/devices/system/cpu/cpu{netns.CPU}/online"
    for value in "01":
        with open(path, "w", encoding="ascii") as file:
            file.write(value)
        time.sleep(0.5)
    _add(counts, "times")


def _available_kib():
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("MemAvailable"))


def pressure(counts):
    """All memory but 150 MiB is taken and given back; caches are dropped."""
    take = max(_available_kib() - 150 * 1024, 0) * 1024
    cmd("python3", "-c", f"b = bytearray({take}); b[::4096] = b'x' * len(b[::4096])")
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("3")
    _add(counts, "times")


def workers():
    """All of them, not started."""
    made = [Worker(bulk, 0.2), Worker(connect), Worker(spaces, 0.5), Worker(switch, 3),
            Worker(settings, 2), Worker(filters, 0.5), Worker(freezer, 4), Worker(readers, 0.1),
            Worker(pressure, 5)]
    if os.path.exists(f"/sys/devices/system/cpu/cpu{netns.CPU}/online") and netns.CPU:
        made.append(Worker(hotplug, 2))
    return made
