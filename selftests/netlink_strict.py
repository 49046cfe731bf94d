#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""All that the spec says, attribute by attribute: the kernel's own client (YNL) does every
operation, and a request with something that is not in the spec is refused with a text and the
attribute to blame, and changes nothing.

The cases are made from the spec: what is added to it is tested, or fails here."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))

import genl  # noqa: E402  pylint: disable=wrong-import-position
import ktap  # noqa: E402  pylint: disable=wrong-import-position
import netns  # noqa: E402  pylint: disable=wrong-import-position
import npnl  # noqa: E402  pylint: disable=wrong-import-position
from ktap import expect, expect_that  # noqa: E402  pylint: disable=wrong-import-position

EINVAL, ERANGE = 22, 34
# heads of netlink and of the family: where the first attribute is
FIRST = 20
NESTED = 0x8000
SIZE = {"u8": 1, "u32": 4, "u64": 8}
FORMAT = {"u8": "=B", "u32": "=I", "u64": "=Q"}

# What an operation is asked by the client, where it takes something.
SAMPLES = {
    "stage-get": {"id": "ip-rcv"},
    "stage-set": {"set": ["ip-rcv", "udp-rcv"]},
    "config-set": {"expire-ms": 20000},
    "latency-get": {"id": "ip-rcv"},
    "clear": {"what": ["latency"]},
    "rules-set": {"pid": 8, "slower-ns": 7, "clear": True, "own": True},
    "freeze": {"on-drop": "any", "after": 3},
}

SETS = {entry["name"]: {a["name"]: dict(a, number=number)
                        for number, a in enumerate(entry["attributes"], 1)}
        for entry in npnl.SPEC_TREE["attribute-sets"]}
CONSTS = {d["name"]: d["value"] for d in npnl.SPEC_TREE["definitions"] if d["type"] == "const"}


def request_attrs(op):
    """Attributes that an operation takes, with what the spec says of them."""
    wanted = op["do"]["request"]["attributes"]
    return [SETS[op["attribute-set"]][name] for name in wanted if name != "pad"]


def limit(attr, name):
    value = attr.get("checks", {}).get(name)
    return CONSTS.get(value, value)


def right(attr):
    """A payload that the spec allows, as far as it says."""
    if attr["type"] == "flag":
        return b""
    if attr["type"] == "string":
        return b"any\0"
    if attr["type"] == "binary":
        return struct.pack("=HBBI", 6, 0, 0, 1)
    value = limit(attr, "min") or 1
    return struct.pack(FORMAT[attr["type"]], value)


def outside(attr):
    """Values that the spec does not allow: {name: payload}."""
    found = {}
    if attr["type"] == "string":
        longest = limit(attr, "max-len")
        return {"too_long": b"a" * (longest + 1) + b"\0", "no_end": b"any"}
    if attr["type"] not in SIZE:
        return found
    enum = npnl.NR.enums.get(attr.get("enum"))
    values = {}
    if enum:
        kind = next(d["type"] for d in npnl.SPEC_TREE["definitions"] if d["name"] == attr["enum"])
        values["beyond"] = 1 << len(enum) if kind == "flags" else len(enum)
    if limit(attr, "max") is not None:
        values["above"] = limit(attr, "max") + 1
    if limit(attr, "min"):
        values["below"] = limit(attr, "min") - 1
    if values:
        values["largest"] = (1 << 8 * SIZE[attr["type"]]) - 1
    return {name: struct.pack(FORMAT[attr["type"]], value) for name, value in values.items()}


def wrong(attr):
    """What is wrong in any case: {name: attribute as bytes}."""
    payload = right(attr)
    found = {name: genl.attr(attr["number"], raw) for name, raw in outside(attr).items()}
    found["nested"] = genl.attr(attr["number"] | NESTED, payload)
    if attr["type"] in SIZE:
        found["short"] = genl.attr(attr["number"], payload[:-1])
        found["long"] = genl.attr(attr["number"], payload + b"\0")
        found["empty"] = genl.attr(attr["number"], b"")
    elif attr["type"] == "flag":
        found["flag_with_value"] = genl.attr(attr["number"], b"\1\0\0\0")
    elif attr["type"] == "binary":
        found["cut"] = genl.attr(attr["number"], payload[:-1])
    return found


def ask(op, payload):
    """None, or what the request was refused for."""
    sock = npnl.Socket()
    family, _ = sock.find()
    try:
        sock.request(family, npnl.NR.cmd[op], payload)
        return None
    except genl.Refused as err:
        return err
    finally:
        sock.close()


def state():
    sock = npnl.Socket()
    family, _ = sock.find()
    try:
        return [sock.request(family, npnl.NR.cmd[name])
                for name in ("config-get", "rules-get", "freeze-get")]
    finally:
        sock.close()


def reset():
    expect("rules", None, ask("rules-set", genl.attr(SETS["rules"]["clear"]["number"], b"")))
    expect("thaw", None, ask("thaw", b""))


def expect_refused(op, payload, what, offset=FIRST):
    before = state()
    err = ask(op, payload)
    expect_that(err is not None, f"{op} with {what} is refused", "accepted")
    expect_that(err.err in (EINVAL, ERANGE) and err.text, f"{what}: EINVAL or ERANGE, and a text", err)
    expect(f"{op} with {what}: offset of the attribute to blame", offset, err.offset)
    expect(f"configuration, rules and freeze after {op} with {what}", before, state())


OPS = {name: op for name, op in npnl.NR.ops.items() if "do" in op}


@ktap.each(*[(name,) for name in OPS])
def client_does(name):
    """As its users run it."""
    ktap.defer(reset)
    op = OPS[name]
    expect("operation takes something, and there is a sample of it", bool(request_attrs(op)),
           name in SAMPLES)
    for key in SAMPLES.get(name, {}):
        expect_that(key in op["do"]["request"]["attributes"], f"{key} in the spec", op)
    answer = npnl.do(name, run=npnl.client, **{key.replace("-", "_"): value
                                              for key, value in SAMPLES.get(name, {}).items()})
    told = op["do"].get("reply", {}).get("attributes", [])
    if told:
        expect_that(set(answer) <= set(told), f"attributes of {told}", answer)
        expect_that(answer, "an answer", answer)
    if "dump" in op:
        npnl.send()
        npnl.quiet()
        rows = npnl.ynl("--dump", name, run=npnl.client)
        expect_that(rows and set(rows[0]) <= set(op["dump"]["reply"]["attributes"]), "rows", rows[:1])


@ktap.each(*[(f"{name}_{attr['name']}", name, attr) for name, op in OPS.items()
             for attr in request_attrs(op)])
def wrong_values_are_refused(_, name, attr):
    cases = wrong(attr)
    expect_that(len(cases) >= 2, "two cases or more", cases)
    for what, payload in cases.items():
        expect_refused(name, payload, f"{attr['name']} {what}")


@ktap.each(*[(name, op) for name, op in OPS.items()])
def attributes_of_other_operations_are_refused(name, op):
    """Those of the same set that this operation does not take, and numbers that there are not."""
    taken = [attr["name"] for attr in request_attrs(op)]
    others = [attr for attr in SETS[op["attribute-set"]].values() if attr["name"] not in taken]
    for attr in others:
        for payload in (b"", b"\1\0\0\0"):
            expect_refused(name, genl.attr(attr["number"], payload), attr["name"])
    for number in (0, len(SETS[op["attribute-set"]]) + 1, 0x3fff):
        expect_refused(name, genl.attr(number, b"\1\0\0\0"), f"attribute {number}")


@ktap.each(*[(name,) for name in OPS])
def bytes_behind_the_attributes_are_refused(name):
    before = state()
    err = ask(name, b"\1\2\3\0")
    expect_that(err is not None and err.err == EINVAL and err.text, "EINVAL and a text", err)
    expect("configuration, rules and freeze", before, state())


@ktap.test
def samples_that_are_right_are_accepted():
    """What the cases above are made of is not refused for another reason."""
    ktap.defer(reset)
    alone = {"rules-set": {"stage", "stage-ns", "mark", "reasons", "if-generation"},
             "config-set": {"table-slots", "ring-kib", "kprobes"}}
    for name, op in OPS.items():
        for attr in request_attrs(op):
            if attr["name"] not in alone.get(name, ()):
                expect(f"{name} with {attr['name']}", None,
                       ask(name, genl.attr(attr["number"], right(attr))))


def setup():
    npnl.need_client()
    netns.pair()
    netns.load()


if __name__ == "__main__":
    ktap.main(setup)
