# SPDX-License-Identifier: GPL-2.0-only
"""A little generic netlink."""
import os
import socket
import struct

_CTRL, _GETFAMILY = 16, 3


def attrs(raw):
    """Netlink attributes by number."""
    found, pos = {}, 0
    while pos + 4 <= len(raw):
        length, kind = struct.unpack_from("=HH", raw, pos)
        found[kind & 0x3fff] = raw[pos + 4:pos + length]
        pos += (length + 3) & ~3
    return found


def attr(kind, data):
    """A netlink attribute."""
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
                answer = answer or raw[20:]

    def ask(self, command, body=b"", head=b"", version=1):
        """Do a command; @head is the family's own header."""
        self._ask(self.family, command, body, version, head)
