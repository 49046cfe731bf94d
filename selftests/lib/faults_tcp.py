# SPDX-License-Identifier: GPL-2.0-only
"""The fault table: segments of TCP connections."""
import ctypes
import fcntl
import mmap
import os
import socket
import struct
import threading

import dropmon
import faults
import frames
import netns
from faults import COUNT, Fault, also_read, handmade, sink
from faults_rx import socket_filter
from frames import PAYLOAD, tcp
from ktap import defer, wait_for

ACK_PSH = 0x18
FULL_PORT = netns.PORT + 2
_REPAIR, _QUEUE, _SEQ, _TIMESTAMP = 19, 20, 21, 24
_AWAY = 50_000_000
# without reasons the kernel has no event either where TCP discards a segment it has looked at
SILENT = (dropmon.have_reasons, {"outcome": "consumed", "drops": 0, "counted": COUNT})
# segments, more than a small backlog takes
FILL = 300


def _close(sock):
    """At once, with a reset, so that the ports are free for the next row."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def connect():
    """A connection from np-c; both ends."""
    with netns.inside("np-c"):
        client = socket.socket()
    defer(_close, client)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client.bind(("", frames.SPORT))
    client.connect((netns.SERVER[4], netns.PORT))
    listener = sink("tcp")
    server = listener.accept()[0]
    while server.getpeername()[1] != frames.SPORT:
        _close(server)	# what the connection requests of other rows left
        server = listener.accept()[0]
    defer(_close, server)
    return client, server


def sequence(sock):
    """Numbers of the next byte to receive and of the next to send."""
    numbers = []
    sock.setsockopt(socket.IPPROTO_TCP, _REPAIR, 1)
    for queue in (1, 2):
        sock.setsockopt(socket.IPPROTO_TCP, _QUEUE, queue)
        numbers.append(sock.getsockopt(socket.IPPROTO_TCP, _SEQ) & 0xffffffff)
    sock.setsockopt(socket.IPPROTO_TCP, _REPAIR, -1)
    return numbers


def segments(**change):
    """Segments of an established connection; @change: what is wrong with them, and by how much."""
    def send(fault):
        client, server = connect()
        also_read(server)
        seq, ack = sequence(server)
        options = {"seq": seq, "ack": ack, "flags": ACK_PSH}
        if "tsval" in change:
            options["tsval"] = client.getsockopt(socket.IPPROTO_TCP, _TIMESTAMP) & 0xffffffff
        packets = []
        for _ in range(COUNT):
            bad = {name: options[name] + by for name, by in change.items()} if fault else {}
            if "tsval" in bad:
                bad["tsval"] &= 0xffffffff
            packets.append(tcp(**{**options, **bad}))
            options["seq"] += len(PAYLOAD)
        frames.transmit(packets)
    return send


def listener_full():
    """A listening socket with more connections than it has room for."""
    def change():
        with netns.inside("np-s"):
            listener = socket.create_server(("", FULL_PORT), backlog=1)
        defer(listener.close)
        for _ in range(2):
            with netns.inside("np-c"):
                client = socket.socket()
            defer(_close, client)
            client.connect((netns.SERVER[4], FULL_PORT))
    return change


def listener_empty():
    def change():
        with netns.inside("np-s"):
            listener = socket.create_server(("", FULL_PORT), backlog=64)
        defer(listener.close)
    return change


class Trap:
    """Memory that stops who touches it until release(): a page fault that user space handles."""

    def __init__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.syscall(323, os.O_CLOEXEC)	# userfaultfd
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "userfaultfd")
        self.memory = mmap.mmap(-1, mmap.PAGESIZE)
        self.start = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        fcntl.ioctl(self.fd, 0xc018aa3f, struct.pack("=QQQ", 0xaa, 0, 0))
        fcntl.ioctl(self.fd, 0xc020aa00, struct.pack("=QQQQ", self.start, mmap.PAGESIZE, 1, 0))

    def release(self):
        fcntl.ioctl(self.fd, 0xc020aa04, struct.pack("=QQQq", self.start, mmap.PAGESIZE, 0, 0))
        os.close(self.fd)


_busy = {}


def _connected():
    server = connect()[1]
    _busy["seq"], _busy["ack"] = sequence(server)
    return server, _busy["seq"], _busy["ack"]


def connected():
    """A connection whose reader reads."""
    def change():
        also_read(_connected()[0])
    return change


def busy_reader():
    """A connection whose reader holds the socket, so that what comes goes to its backlog."""
    def change():
        server, seq, ack = _connected()
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            server.setsockopt(socket.SOL_SOCKET, option, 4096)
        trap = Trap()
        reader = threading.Thread(target=server.recv_into, args=(trap.memory,))
        frames.transmit([tcp(seq=seq, ack=ack, flags=ACK_PSH, payload=b"first")])
        reader.start()
        defer(reader.join)
        defer(trap.release)
        before = faults.count("np-s IpInReceives")
        # all the same, so that the kernel does not make one of them
        frames.transmit([tcp(seq=seq + 5, ack=ack, flags=ACK_PSH, payload=b"fill")] * FILL)
        wait_for(10, "backlog is full", lambda: (
            faults.count("np-s IpInReceives") >= before + FILL))
        _busy["seq"] = seq + 5
    return change


def to_busy(_):
    frames.transmit([tcp(seq=_busy["seq"] + i * len(PAYLOAD), ack=_busy["ack"], flags=ACK_PSH)
                     for i in range(COUNT)])


STREAM = (
    Fault("tcp_out_of_window", segments(seq=_AWAY), "TCP_INVALID_SEQUENCE", "tcp_established",
          r"tcp_validate_incoming|tcp_rcv_established", twin=("delivered", "merged"),
          unless=SILENT),
    Fault("tcp_without_flags", segments(flags=-ACK_PSH), "TCP_FLAGS", "tcp_established",
          r"tcp_rcv_established|tcp_v4_do_rcv", twin=("delivered", "merged"),
          unless=SILENT),
    Fault("tcp_ack_of_unsent_data", segments(ack=_AWAY), "TCP_ACK_UNSENT_DATA",
          "tcp_established", r"tcp_rcv_established|tcp_v4_do_rcv", twin=("delivered", "merged"),
          unless=SILENT),
    Fault("tcp_old_timestamp", segments(tsval=-_AWAY), "TCP_RFC7323_PAWS", "tcp_established",
          r"tcp_validate_incoming|tcp_rcv_established", counter="np-s TcpExtPAWSEstab",
          twin=("delivered", "merged"), unless=SILENT),
    Fault("tcp_socket_filter", handmade(lambda _: tcp()), "SOCKET_FILTER", "tcp_rcv",
          "tcp_v4_rcv|ip_protocol_deliver_rcu", inject=(socket_filter("tcp"),),
          twin=("consumed",)),
    # the kernel does not call it a drop, so netpath does not
    Fault("syn_to_full_listen_queue", handmade(lambda _: tcp(dport=FULL_PORT)), "", "tcp_rcv", "",
          inject=(listener_full(),), cure=(listener_empty(),), outcome="consumed",
          twin=("consumed",), drops=0, counter="np-s TcpExtListenOverflows", counted=COUNT),
    Fault("tcp_backlog_full", to_busy, "SOCKET_BACKLOG", "tcp_rcv", "tcp_v4_rcv",
          inject=(busy_reader(),), cure=(connected(),),
          counter="np-s TcpExtTCPBacklogDrop", twin=("delivered", "merged")),
)
