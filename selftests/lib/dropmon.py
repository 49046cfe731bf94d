# SPDX-License-Identifier: GPL-2.0-only
"""Two observers of drops that are the kernel's own: drop_monitor and the event skb:kfree_skb."""
import os
import platform
import re
import socket
import struct
from types import SimpleNamespace

import frames
import netns
from genl import Genl, attr, attrs
from ktap import Skip, cmd, defer

_TRACING = "/sys/kernel/tracing/"
_CONFIG, _START, _STOP, _PACKET = 2, 3, 4, 5
_ATTR_MODE, _ATTR_SYMBOL, _ATTR_PROTO, _ATTR_PAYLOAD, _ATTR_SW, _ATTR_REASON = 1, 3, 6, 7, 20, 23


# drop_monitor cuts off symbols here
PLACE_MAX = 39


def place(text):
    """A place in code as netpath writes it: without the size of the function and its module."""
    return re.sub(r"/.*", "", text)


def monitor_is_safe():
    """In a realtime kernel drop_monitor takes a lock that sleeps where it must not, for all drops that
    come while it reports others: "BUG: scheduling while atomic"."""
    return "PREEMPT_RT" not in platform.version()


class Monitor:
    """Packets that drop_monitor reports while it runs."""

    def __init__(self):
        if cmd("modprobe", "drop_monitor", check=False).returncode:
            raise Skip("this kernel has no drop_monitor")
        control = Genl("NET_DM")
        control.ask(_CONFIG, attr(_ATTR_MODE, b"\1"), version=2)
        self.sock = Genl("NET_DM").sock
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 1 << 22)  # SO_RCVBUFFORCE
        self.sock.setsockopt(270, 1, control.groups["events"])
        self.sock.setblocking(False)
        control.ask(_START, attr(_ATTR_SW, b""), version=2)
        defer(control.ask, _STOP, attr(_ATTR_SW, b""), version=2)

    def read(self):
        """New packets with location and reason, the latter empty where there are none."""
        packets = []
        while True:
            try:
                raw = self.sock.recv(1 << 16)
            except BlockingIOError:
                return packets
            if raw[16] != _PACKET:
                continue
            found = attrs(raw[20:])
            payload = found.get(_ATTR_PAYLOAD, b"")
            packet = frames.read(payload[14:], struct.unpack("=H", found[_ATTR_PROTO])[0])
            packet.location = place(found[_ATTR_SYMBOL].rstrip(b"\0").decode())
            packet.reason = found.get(_ATTR_REASON, b"").rstrip(b"\0").decode()
            packets.append(packet)


class Events:
    """Events skb:kfree_skb, each with its stack, in a buffer of their own."""

    def __init__(self):
        self.dir = _TRACING + "instances/np-drops/"

    def open(self):
        """Begin; ends with the subtest or the file."""
        os.mkdir(self.dir)
        defer(os.rmdir, self.dir)
        self._set("trace_clock", "mono")
        for option in ("stacktrace", "sym-offset"):
            self._set("options/" + option, "1")
        for event in ("skb/kfree_skb", "qdisc/qdisc_drop"):
            if os.path.isdir(self.dir + "events/" + event):
                self._set(f"events/{event}/enable", "1")
                defer(self._set, f"events/{event}/enable", "0")

    def _set(self, file, text):
        with open(self.dir + file, "w", encoding="ascii") as out:
            out.write(text)

    def clear(self):
        self._set("trace", "")

    def read(self):
        """Drops since the last clear(): protocol; reason and place as netpath writes them.

        Where qdiscs have an event of their own, it comes before and tells more of the reason.
        """
        drops, detail = [], ""
        with open(self.dir + "trace", encoding="ascii") as file:
            for line in file:
                if " kfree_skb: " in line:
                    reason = (line.split("reason: ") + [""])[1].strip()
                    if reason == "QDISC_DROP" and detail:
                        reason += "_" + detail
                    detail = ""
                    protocol = int(re.search(r" protocol=(\d+) ", line)[1])
                    drops.append(SimpleNamespace(protocol=protocol, reason=reason, chain=[]))
                elif " qdisc_drop: " in line:
                    detail = line.split("reason=")[1].strip()
                elif line.startswith(" => ") and drops and not detail:
                    drops[-1].chain.append(place(line[4:].strip()))
        for drop in drops:
            # tracing, then the function that frees, then the one that called it
            drop.chain = [frame for frame in drop.chain if not frame.startswith(
                ("trace_event_raw_event_kfree_skb", "__traceiter_kfree_skb", "trace_kfree_skb",
                 "__bpf_trace_kfree_skb"))]
            drop.place = (drop.chain + ["", ""])[1]
        return drops


def coarse(reason):
    """The reason as drop_monitor has it."""
    return re.sub(r"^QDISC_DROP_.*", "QDISC_DROP", reason)


def have_reasons():
    """Does this kernel know reasons?"""
    return bool(netns.drop_reason("any"))
