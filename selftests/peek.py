#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Tasks that peek at one datagram at the same time, which all of them then own."""
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
# pylint: disable=wrong-import-position
import ktap
import netns
import udp
from ktap import expect, expect_that

ADDR = "127.0.0.1"
# too long to be in one piece: what is, udp_recvmsg() copies where no hook sees it
LENGTH = 30000
PEEKERS = 4
PEEKS = 2000
TRUNCATED = 2


def peek(sock):
    for _ in range(PEEKS):
        sock.recv(LENGTH, socket.MSG_PEEK)


def journey_of_one_datagram(beside):
    """Of a datagram that is read, and before that peeked at by so many threads."""
    rings = netns.Rings()
    reader = udp.udp_socket("np-s", ADDR, netns.PORT)
    udp.udp_socket("np-s", ADDR).sendto(bytes(LENGTH), (ADDR, netns.PORT))
    threads = [threading.Thread(target=peek, args=(reader,)) for _ in range(beside)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect("bytes read", LENGTH, len(reader.recv(LENGTH)))
    udp.ended()
    packets = netns.of_flow(rings.read(), "udp", 4)
    expect("journeys", 1, len(packets))
    packet = packets[0]
    expect("outcome and flag", ("delivered", 0), (packet.outcome, packet.flags & TRUNCATED))
    expect("reader", os.getpid(), packet.reader_pid)
    times = [stamp.offset_ns for stamp in packet.stamps]
    expect("times", sorted(times), times)
    return packet


@ktap.test
def the_first_and_the_last_of_many_copies_are_kept():
    packet = journey_of_one_datagram(PEEKERS)
    expect_that(" ".join(packet.path).endswith("sock_enqueue sock_wakeup recvmsg recvmsg"),
                "two copies", packet.path)


@ktap.test
def one_copy_without_peeking():
    packet = journey_of_one_datagram(0)
    expect_that(" ".join(packet.path).endswith("sock_enqueue sock_wakeup recvmsg"),
                "one copy", packet.path)
    expect("copies", 1, packet.path.count("recvmsg"))


def setup():
    netns.pair()
    netns.load()


if __name__ == "__main__":
    ktap.main(setup)
