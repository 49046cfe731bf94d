# SPDX-License-Identifier: GPL-2.0-only
"""A little generic netlink."""
import os
import socket
import struct

from ktap import limit

NETLINK_GENERIC, SOL_NETLINK = 16, 270
ADD_MEMBERSHIP, CAP_ACK, EXT_ACK = 1, 10, 11
F_REQUEST, F_ACK, F_DUMP, F_ACK_TLVS = 1, 4, 0x300, 0x200
MSG_ERROR, MSG_DONE = 2, 3
CTRL, CTRL_GETFAMILY = 16, 3


def attr(number, payload):
    """An attribute as bytes."""
    length = 4 + len(payload)
    return struct.pack("=HH", length, number) + payload + b"\0" * (-length % 4)


def attrs_of(raw):
    """The attributes in some bytes, as (number, payload)."""
    found = []
    while len(raw) >= 4:
        length, number = struct.unpack_from("=HH", raw)
        if length < 4:
            break
        found.append((number & 0x3fff, raw[4:length]))
        raw = raw[(length + 3) & ~3:]
    return found


def attrs(raw):
    """Netlink attributes by number."""
    return dict(attrs_of(raw))


def messages(raw):
    """The messages in a datagram, as (type, flags, seq, payload)."""
    while len(raw) >= 16:
        length, kind, flags, seq, _ = struct.unpack_from("=IHHII", raw)
        yield kind, flags, seq, raw[16:length]
        raw = raw[(length + 3) & ~3:]


class Refused(OSError):
    """The kernel refused: errno, words and offset of the attribute."""

    def __init__(self, err, text, offset, what):
        super().__init__(err, f"{os.strerror(err)}: {what}: {text}")
        self.err, self.text, self.offset = err, text, offset


class Socket:
    """A generic netlink socket."""

    def __init__(self, bind=True):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)
        self.seq = 0
        self.sock.setsockopt(SOL_NETLINK, EXT_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, CAP_ACK, 1)
        self.sock.settimeout(limit(20))
        if bind:
            self.sock.bind((0, 0))

    def close(self):
        self.sock.close()

    def request(self, family, command, payload=b"", flags=0, version=1):
        """Send a request; the payloads of the answers."""
        self.start(family, command, payload, flags, version)
        return self.answers()

    def start(self, family, command, payload=b"", flags=0, version=1):
        """Send a request."""
        self.seq += 1
        body = struct.pack("=BBH", command, version, 0) + payload
        self.sock.send(struct.pack("=IHHII", 16 + len(body), family, F_REQUEST | F_ACK | flags,
                                   self.seq, 0) + body)

    def answers(self):
        found = []
        while True:
            for kind, flags, seq, body in messages(self.sock.recv(1 << 17)):
                if seq != self.seq:
                    continue
                if kind not in (MSG_ERROR, MSG_DONE):
                    found.append(body)
                    continue
                err = -struct.unpack_from("=i", body)[0] if body else 0
                if not err:
                    return found
                text, offset = "", 0
                for number, value in attrs_of(body[20 if kind == MSG_ERROR else 4:]
                                              if flags & F_ACK_TLVS else b""):
                    if number == 1:
                        text = value.rstrip(b"\0").decode()
                    elif number == 2:
                        offset = struct.unpack("=I", value)[0]
                raise Refused(err, text, offset, f"generic netlink, sent {self.seq}")

    def lookup(self, family):
        """Id of a family, and of its groups by name."""
        body = self.request(CTRL, CTRL_GETFAMILY, attr(2, family.encode() + b"\0"))[0]
        top = attrs(body[4:])
        groups = [attrs(value) for _, value in attrs_of(top.get(7, b""))]
        return (struct.unpack("=H", top[1])[0],
                {group[1].rstrip(b"\0").decode(): struct.unpack("=I", group[2])[0]
                 for group in groups})

    def join(self, group):
        self.sock.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, group)


class Genl(Socket):
    """A family of generic netlink."""

    def __init__(self, family):
        super().__init__()
        self.family, self.groups = self.lookup(family)

    def ask(self, command, body=b"", head=b"", version=1):
        """Do a command; @head is the family's own header."""
        self.request(self.family, command, head + body, version=version)
