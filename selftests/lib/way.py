# SPDX-License-Identifier: GPL-2.0-only
"""The way that packets took: devices beside and on top of a veth pair, and what journeys say."""
import ktap
import netns
from ktap import cmd, defer, expect

ROUNDS = 5
MIDDLE = "np-m"
# flags of a record
CLONE, RETRANS = 4, 8


def module(name):
    """The kernel's module for a kind of device, or the subtest is skipped."""
    if cmd("modprobe", name, check=False).returncode:
        raise ktap.Skip(f"this kernel has no module {name}")


def link(space, name, *words, home=None):
    """Make a device in a namespace, or from there in another; deleted at the end."""
    cmd("ip", "-n", space, "link", "add", "name", name, *words)
    defer(cmd, "ip", "-n", home or space, "link", "del", name)


def up(space, name, *addresses):
    for address in addresses:
        cmd("ip", "-n", space, "address", "add", address, "dev", name,
            *["nodad"] * (":" in address))
    cmd("ip", "-n", space, "link", "set", name, "up")


def veth(space, name, peer_space, peer):
    """A pair of devices, both up; deleted at the end of the subtest."""
    cmd("ip", "link", "add", name, "netns", space, "type", "veth", "peer", "name", peer,
        "netns", peer_space)
    defer(cmd, "ip", "-n", space, "link", "del", name)
    up(space, name)
    up(peer_space, peer)


def middle():
    """A third namespace between the two: devices ec-mc and ms-es, without addresses."""
    netns.namespace(MIDDLE)
    veth("np-c", "ec", MIDDLE, "mc")
    veth(MIDDLE, "ms", "np-s", "es")


def routed():
    """The third namespace routes between 10.79.1.0/24 and 10.79.2.0/24, where np-s has .2."""
    middle()
    in_ns = netns.in_ns
    in_ns(MIDDLE, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    for net, space, dev, host, gate in ((1, "np-c", "ec", 1, "mc"), (2, "np-s", "es", 2, "ms")):
        up(space, dev, f"10.79.{net}.{host}/24", f"fd79:{net}::{host}/64")
        # a router asks for neighbours from its link-local address
        up(MIDDLE, gate, f"10.79.{net}.254/24", f"fd79:{net}::254/64", "fe80::254/64")
        for family, to, via in (("-4", f"10.79.{3 - net}.0/24", f"10.79.{net}.254"),
                                ("-6", f"fd79:{3 - net}::/64", f"fd79:{net}::254")):
            cmd("ip", "-n", space, family, "route", "add", to, "via", via)


def reachable(addr):
    """Wait until devices are ready and neighbours known."""
    ktap.wait_for(20, f"{addr} answers", lambda: not cmd(
        "ip", "netns", "exec", "np-c", "ping", "-c", 1, "-W", 1, addr, check=False).returncode)


def answered(proto, version, addr, **options):
    """Run requests that are all answered: their packets, and those of the answers."""
    reachable(addr)
    return netns.undisturbed(lambda: _answered(proto, version, addr, options))


def _answered(proto, version, addr, options):
    rings = netns.Rings()
    said = netns.traffic("pingpong", proto, version, addr=addr, rounds=ROUNDS, **options)
    expect("rounds and answers", f"rounds {ROUNDS} answers {ROUNDS}", said.split(" elapsed")[0])
    packets = []

    def all_there():
        packets.extend(netns.of_flow(rings.read(), proto, version))
        return len([p for p in packets if p.outcome == "delivered"]) >= 2 * ROUNDS
    ktap.wait_for(10, "a delivered journey for each request and answer", all_there)
    expect("records lost", 0, rings.lost)
    return packets


def outgoing(packet):
    return packet.dport == netns.PORT


def devices(packet):
    return " ".join(dev.name for dev in packet.devs)


def expect_way(packets, there, back=None):
    """Each message is one journey, from one process to the other, along these devices."""
    back = back or " ".join(reversed(there.split()))
    done = [p for p in packets if p.outcome == "delivered"]
    expect("devices of requests and answers", sorted(ROUNDS * [there] + ROUNDS * [back]),
           sorted(map(devices, done)))
    expect("devices of requests", {there}, {devices(p) for p in done if outgoing(p)})
    expect("journeys not from sendmsg to recvmsg", [],
           [(p.id, p.flags, p.path) for p in done
            if "sendmsg" not in p.path[:1] or p.path[-1] != "recvmsg"])
    expect("writers and readers", {("np_client", "np_server"), ("np_server", "np_client")},
           {(p.writer_comm, p.reader_comm) for p in done})
    expect("times that go back", [],
           [p.id for p in done if times(p) != sorted(times(p))])


def times(packet):
    return [stamp.offset_ns for stamp in packet.stamps]


def stages(packets):
    """All stages that any of the packets passed."""
    return {name for p in packets for name in p.path}
