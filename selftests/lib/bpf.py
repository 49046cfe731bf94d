# SPDX-License-Identifier: GPL-2.0-only
"""A few BPF instructions, loaded and attached by bpf(2) itself: no compiler, no library."""
import ctypes
import os
import struct
from functools import lru_cache

_libc = ctypes.CDLL(None, use_errno=True)
_SYS_BPF = 321
_PROG_LOAD, _RAW_TRACEPOINT_OPEN, _LINK_CREATE = 5, 17, 28

XDP, CGROUP_SKB, LSM = 6, 8, 29
ON_CGROUP_EGRESS, ON_LSM, ON_XDP = 1, 27, 37
XDP_GENERIC, XDP_NATIVE = 2, 4


def _bpf(command, attr):
    buf = ctypes.create_string_buffer(attr, len(attr))
    fd = _libc.syscall(_SYS_BPF, command, buf, len(attr))
    if fd < 0:
        raise OSError(ctypes.get_errno(), f"bpf({command})")
    return fd


def insn(code, dst=0, src=0, off=0, imm=0):
    return struct.pack("=BBhi", code, src << 4 | dst, off, imm)


RETURN = insn(0x95)


def set_reg(reg, value):
    return insn(0xb7, dst=reg, imm=value)


def load(kind, code, attach=0, btf_id=0):
    """Load a program of a kind; its file descriptor."""
    insns = ctypes.create_string_buffer(code, len(code))
    licence = ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("=IIQQIIQII16sIIIIQIIQIII", kind, len(code) // 8, ctypes.addressof(insns),
                       ctypes.addressof(licence), 0, 0, 0, 0, 0, b"np_test", 0, attach, 0, 0, 0,
                       0, 0, 0, 0, btf_id, 0)
    return _bpf(_PROG_LOAD, attr)


def attach_to(prog, target, where, flags=0):
    """Attach a program to a device or cgroup for as long as the descriptor returned is open."""
    try:
        return _bpf(_LINK_CREATE, struct.pack("=IIII", prog, target, where, flags))
    finally:
        os.close(prog)


def attach_lsm(prog):
    """Attach a program to its hook of the security framework, for as long as ... is open."""
    try:
        return _bpf(_RAW_TRACEPOINT_OPEN, struct.pack("=QI4x", 0, prog))
    finally:
        os.close(prog)


@lru_cache()
def btf_id_of(function):
    """Number of a function in the kernel's type information."""
    with open("/sys/kernel/btf/vmlinux", "rb") as file:
        raw = file.read()
    hdr_len, type_off, type_len, str_off, str_len = struct.unpack_from("=IIIII", raw, 4)
    names = raw[hdr_len + str_off:hdr_len + str_off + str_len]
    name = names.index(b"\0" + function.encode() + b"\0") + 1
    # what follows the common part of a type: bytes, bytes for each member
    more = {1: (4, 0), 3: (12, 0), 4: (0, 12), 5: (0, 12), 6: (0, 8), 13: (0, 8), 14: (4, 0),
            15: (0, 12), 17: (4, 0), 19: (0, 12)}
    unpack, pos, number = struct.Struct("=II4x").unpack_from, hdr_len + type_off, 0
    end = pos + type_len
    while pos < end:
        number += 1
        name_off, info = unpack(raw, pos)
        kind = info >> 24 & 31
        if kind == 12 and name_off == name:
            return number
        fixed, each = more.get(kind, (0, 0))
        pos += 12 + fixed + each * (info & 0xffff)
    raise LookupError(function)
