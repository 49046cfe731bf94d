# SPDX-License-Identifier: GPL-2.0-only
"""Datagrams of this process between the namespaces of netns.pair(), and the rules."""
import socket

import ktap
import netns

COUNT = 4
SO_MARK = 36


def udp_socket(space, addr="", port=0):
    with netns.inside(space):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ktap.defer(sock.close)
    sock.settimeout(ktap.limit(10))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((addr, port))
    return sock


def send(space, to, port, reader=None, mark=0, count=COUNT):
    """Datagrams from this process, read by this process if there is a reader."""
    sock = udp_socket(space)
    if mark:
        sock.setsockopt(socket.SOL_SOCKET, SO_MARK, mark)
    for number in range(count):
        sock.sendto(b"%06d" % number, (to, port))
        if reader:
            reader.recv(100)


def ended():
    ktap.wait_for(20, "all packets ended", lambda: not netns.stats()["in_flight"])


def rules(text):
    """Write rules, and end them with the subtest."""
    netns.write_file("rules", text)
    ktap.defer(netns.write_file, "rules", "clear")
