# SPDX-License-Identifier: GPL-2.0-only
"""What operations of a generic netlink family, and joining a group of it, give to this process.

Usage: probe.py FAMILY GROUP [KIND NAME NUMBER PAYLOAD]...
FAMILY, GROUP and NUMBER, of the operation, are numbers; KIND is "do" or "dump"; PAYLOAD is in
hexadecimal digits.  It is a program of its own, with little to import, as it is started often.
"""
import errno
import sys

import genl


def operations(words):
    return [(words[i], words[i + 1], int(words[i + 2]), bytes.fromhex(words[i + 3]))
            for i in range(0, len(words), 4)]


def main(family, group, *words):
    sock = genl.Socket()
    for kind, name, number, payload in operations(words):
        try:
            sock.request(int(family), number, payload, genl.F_DUMP if kind == "dump" else 0)
            got = "OK"
        except genl.Refused as err:
            got = errno.errorcode[err.err]
        print(kind, name, got)
    try:
        sock.join(int(group))
        got = "OK"
    except OSError as err:
        got = errno.errorcode[err.errno]
    print("join records", got)


if __name__ == "__main__":
    main(*sys.argv[1:])
