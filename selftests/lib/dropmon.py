# SPDX-License-Identifier: GPL-2.0-only
"""Two observers of drops that are the kernel's own: drop_monitor and the event skb:kfree_skb."""
import os
import re
import socket
import struct
from types import SimpleNamespace

import frames
from ktap import Skip, cmd, defer

_TRACING = "/sys/kernel/tracing/"
_CTRL, _GETFAMILY = 16, 3
_CONFIG, _START, _STOP, _PACKET = 2, 3, 4, 5
_ATTR_MODE, _ATTR_SYMBOL, _ATTR_PROTO, _ATTR_PAYLOAD, _ATTR_SW, _ATTR_REASON = 1, 3, 6, 7, 20, 23


# drop_monitor cuts off symbols here
PLACE_MAX = 39


def place(text):
    """A place in code as netpath writes it: without the size of the function and its module."""
    return re.sub(r"/.*", "", text)


def attrs(raw):
    """Netlink attributes by number."""
    found, pos = {}, 0
    while pos + 4 <= len(raw):
        length, kind = struct.unpack_from("=HH", raw, pos)
        found[kind & 0x3fff] = raw[pos + 4:pos + length]
        pos += (length + 3) & ~3
    return found


def attr(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + b"\0" * (-len(data) % 4)


class Genl:
    """A family of generic netlink."""

    def __init__(self, family):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.bind((0, 0))
        self.sock.settimeout(10)
        found = attrs(self._ask(_CTRL, _GETFAMILY, attr(2, family.encode() + b"\0"), version=2))
        self.family = struct.unpack("=H", found[1])[0]
        self.groups = {}
        for group in attrs(found.get(7, b"")).values():
            group = attrs(group)
            self.groups[group[1].rstrip(b"\0").decode()] = struct.unpack("=I", group[2])[0]

    def _ask(self, family, command, body, version=1, head=b""):
        body = struct.pack("=BBH", command, version, 0) + head + body
        self.sock.send(struct.pack("=IHHII", 16 + len(body), family, 5, 1, 0) + body)
        answer = b""
        while True:
            raw = self.sock.recv(1 << 16)
            kind = struct.unpack_from("=H", raw, 4)[0]
            if kind == 2:
                error = struct.unpack_from("=i", raw, 16)[0]
                if error:
                    raise OSError(-error, f"{os.strerror(-error)}: genetlink command {command}")
                return answer
            if kind == family:
                answer = answer or raw[20 + len(head):]

    def ask(self, command, body=b"", head=b"", version=1):
        """Do a command; attributes of the answer."""
        return self._ask(self.family, command, body, version, head)


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

    def __init__(self, name="np-drops"):
        self.dir = f"{_TRACING}instances/{name}/"
        os.mkdir(self.dir)
        defer(os.rmdir, self.dir)
        self._set("trace_clock", "mono")
        for option in ("stacktrace", "sym-offset"):
            self._set("options/" + option, "1")
        self._set("events/skb/kfree_skb/enable", "1")
        defer(self._set, "events/skb/kfree_skb/enable", "0")

    def _set(self, file, text):
        with open(self.dir + file, "w", encoding="ascii") as out:
            out.write(text)

    def clear(self):
        self._set("trace", "")

    def read(self):
        """Drops since the last clear(): protocol, reason and the places in the stack."""
        drops = []
        with open(self.dir + "trace", encoding="ascii") as file:
            for line in file:
                if " kfree_skb: " in line:
                    words = (line.split("reason: ") + [""])[1].strip()
                    drops.append(SimpleNamespace(reason=words, chain=set()))
                elif line.startswith(" => ") and drops:
                    drops[-1].chain.add(place(line[4:].strip()))
        return drops
