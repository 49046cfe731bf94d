# SPDX-License-Identifier: GPL-2.0-only
"""The fault table: packets that are received."""
import ctypes
import itertools
import socket
import struct

import bpf
import frames
import netns
from faults import (COUNT, Fault, also_read, count, handmade, held, is_ours, module, nft, run,
                    sink, sysctl)
from frames import tcp, udp
from ktap import Skip, cmd, defer, wait_for

XDP_DROP, XDP_PASS = bpf.set_reg(0, 1) + bpf.RETURN, bpf.set_reg(0, 2) + bpf.RETURN
WRONG = 0x0101
ODD = 0x88b5	# an EtherType that nothing uses
FIRST = 0x2000	# of several fragments
TWO_PARTS = frames.PAYLOAD + b"the rest"
idents = itertools.count(1000)
NOBODY = "02:00:00:00:77:99"


def or_short(packet):
    """One of ours, or an IP packet whose header is not there."""
    return is_ours(packet) or (packet.eth_proto in (0x800, 0x86dd) and not packet.ip_version)


def ethertype(number):
    return lambda packet: packet.eth_proto == number


def protocol(number):
    return lambda packet: packet.l4_proto == number


def tagged(_):
    return struct.pack("!HH", 99, 0x800) + udp()


def part_of_two(fault):
    """The first fragment of a datagram, or all of it."""
    return udp(payload=TWO_PARTS, cut=48, frag=FIRST, ident=7) if fault else udp(payload=TWO_PARTS)


def other_part():
    frames.transmit([frames.ip(TWO_PARTS[40:], 17, frag=48 // 8, ident=7)])


def listen_to(family, kind, proto):
    """A socket for a protocol that has none otherwise."""
    def change():
        with netns.inside("np-s"):
            sock = socket.socket(family, kind, proto)
        also_read(sock)
        defer(sock.close)
    return change


listen_to_odd = listen_to(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ODD))


def xdp(flags, code):
    def make():
        with netns.inside("np-s"):
            dev = socket.if_nametoindex("vs")
        prog = bpf.load(bpf.XDP, code)
        with netns.inside("np-s"):
            return bpf.attach_to(prog, dev, bpf.ON_XDP, flags)
    return held(make)


def deny_by_lsm():
    """A program at the hook socket_sock_rcv_skb refuses packets for a port."""
    def make():
        with open("/sys/kernel/security/lsm", encoding="ascii") as file:
            if "bpf" not in file.read().split(","):
                raise Skip("this kernel's security framework does not take BPF programs")
        code = bpf.insn(0x79, 1, 1, 0)			# r1 = the socket
        code += bpf.set_reg(0, 0)
        code += bpf.insn(0x69, 2, 1, 14)		# r2 = its port
        code += bpf.insn(0x55, 2, 0, 1, netns.PORT)	# another port: return
        code += bpf.set_reg(0, -1) + bpf.RETURN
        number = bpf.btf_id_of("bpf_lsm_socket_sock_rcv_skb")
        return bpf.attach_lsm(bpf.load(bpf.LSM, code, bpf.ON_LSM, number))
    return held(make)


def socket_filter(*which):
    """A classic filter that returns 0 on the socket that would get the packets."""
    def change():
        sock = sink(*which)
        code = ctypes.create_string_buffer(struct.pack("=HBBI", 6, 0, 0, 0), 8)
        sock.setsockopt(socket.SOL_SOCKET, 26,			# SO_ATTACH_FILTER
                        struct.pack("@HP", 1, ctypes.addressof(code)))
        defer(sock.setsockopt, socket.SOL_SOCKET, 27, 0)	# SO_DETACH_FILTER
    return change


def full_buffer():
    """Other datagrams, as many as the socket takes, and more."""
    def change():
        old = sink().getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        sink().setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
        defer(sink().setsockopt, socket.SOL_SOCKET, socket.SO_RCVBUF, old // 2)
        with netns.inside("np-c"):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # received when the socket has them or has refused them
        before = count("np-s IpInDelivers")
        with sock:
            for _ in range(20):
                sock.sendto(b"other", (netns.SERVER[4], netns.PORT))
        wait_for(10, "others received", lambda: count("np-s IpInDelivers") >= before + 20)
    return change


def tc_drop(dev, hook):
    """The classifier-action hook of a device drops everything."""
    def change():
        for name in ("sch_ingress", "cls_matchall", "act_gact"):
            module(name)()
        name = "np-c" if dev == "vc" else "np-s"
        run(name, f"tc qdisc add dev {dev} clsact", f"tc qdisc del dev {dev} clsact")()
        with netns.inside(name):
            cmd("tc", "filter", "add", "dev", dev, hook, "matchall", "action", "drop")
    return change


def at(ns, hook):
    """An nftables rule against our packets at a hook."""
    return (nft(ns, hook, f"udp dport {netns.PORT}"),)


LINK = (
    Fault("other_hosts_mac", handmade(lambda _: udp(), mac=NOBODY),
          "OTHERHOST", "ip_rcv", "ip_rcv_core"),
    Fault("unknown_vlan", handmade(tagged, proto=0x8100), "OTHERHOST", "ip_rcv", "ip_rcv_core",
          cure=(module("8021q"),
                run("np-s", "ip link add link vs name v99 up type vlan id 99",
                    "ip link del v99"))),
    Fault("unknown_ethertype", handmade(lambda _: frames.PAYLOAD, proto=ODD),
          "UNHANDLED_PROTO", "netif_receive_skb", "__netif_receive_skb_core",
          cure=(listen_to_odd,),
          counter="np-s vs:rx_drop", ours=ethertype(ODD)),
    Fault("xdp_generic_drop", handmade(lambda _: udp()),
          "NOT_SPECIFIED", "netif_receive_skb", "do_xdp_generic|netif_receive_generic_xdp",
          inject=(xdp(bpf.XDP_GENERIC, XDP_DROP),), cure=(xdp(bpf.XDP_GENERIC, XDP_PASS),)),
    Fault("xdp_native_drop", handmade(lambda _: udp()),
          "NOT_SPECIFIED", "dev_xmit", "veth_xdp_rcv_skb|veth_poll",
          inject=(xdp(bpf.XDP_NATIVE, XDP_DROP),), cure=(xdp(bpf.XDP_NATIVE, XDP_PASS),),
          clone=True),
    Fault("tc_ingress_drop", handmade(lambda _: udp()),
          "TC_INGRESS", "netif_receive_skb", "__netif_receive_skb_core",
          inject=(tc_drop("vs", "ingress"),), counter="np-s qdisc vs clsact"),
    Fault("nft_ingress_drop", handmade(lambda _: udp()),
          "NETFILTER_DROP", "netif_receive_skb", "nf_hook_slow|nft_do_chain",
          inject=(nft("np-s", "ingress device vs", f"udp dport {netns.PORT}", "netdev"),),
          counter="np-s nft"),
    Fault("cpu_backlog_full", handmade(lambda _: udp()),
          "CPU_BACKLOG", "netif_rx", "enqueue_to_backlog",
          inject=(module("sch_plug"), sysctl("host", "core/netdev_max_backlog", 0),
                  run("np-c", "tc qdisc replace dev vc root plug limit 100000",
                      "tc qdisc del dev vc root")),
          after=(run("np-c", "tc qdisc change dev vc root plug release_indefinite"),), counter="host softnet:dropped", drops=COUNT - 1),
)

IP = (
    Fault("truncated_ip_header", handmade(lambda bad: udp()[:12 if bad else None]),
          "IP_INHDR", "ip_rcv", "ip_rcv_core", counter="np-s IpInHdrErrors", ours=or_short),
    Fault("truncated_ipv6_header", handmade(lambda bad: udp(6)[:20 if bad else None], 6),
          "IP_INHDR", "ip_rcv", "ip6_rcv_core", counter="np-s Ip6InHdrErrors", ours=or_short),
    Fault("wrong_ip_checksum", handmade(lambda bad: udp(bad_ip=bad and WRONG)),
          "IP_CSUM", "ip_rcv", "ip_rcv_core", counter="np-s IpExtInCsumErrors"),
    Fault("ip_length_beyond_packet", handmade(lambda bad: udp(length=999 if bad else None)),
          "PKT_TOO_SMALL", "ip_rcv", "ip_rcv_core", counter="np-s IpExtInTruncatedPkts"),
    Fault("ipv6_length_beyond_packet", handmade(lambda bad: udp(6, length=999 if bad else None), 6),
          "PKT_TOO_SMALL", "ip_rcv", "ip6_rcv_core", counter="np-s Ip6InTruncatedPkts"),
    Fault("source_of_another_interface", handmade(lambda _: udp(src="10.78.0.77")),
          "IP_RPFILTER", "ip_rcv", "ip_rcv_finish_core",
          inject=(sysctl("np-s", "ipv4/conf/vs/rp_filter", 1),),
          counter="np-s TcpExtIPReversePathFilter"),
    Fault("martian_source", handmade(lambda bad: udp(src="127.0.0.9" if bad else None)),
          "NOT_SPECIFIED IP_LOCALNET", "ip_rcv", "ip_rcv_finish_core",
          counter="host rt_cache:in_martian_src"),
    Fault("fragment_timeout", handmade(lambda bad: udp(frag=FIRST * bad, ident=next(idents))),
          "NOT_SPECIFIED FRAG_REASM_TIMEOUT", "ip_local_deliver", r"ip_expire|inet_frag\w*|call_timer_fn",
          inject=(sysctl("np-s", "ipv4/ipfrag_time", 1),), counter="np-s IpReasmTimeout",
          alive_ns=900_000_000),
    Fault("fragment_twice", handmade(part_of_two), "NOT_SPECIFIED DUP_FRAG", "ip_local_deliver",
          "ip_defrag", after=(other_part,), drops=COUNT - 1, ended=COUNT + 1,
          rest=("merged", "delivered")),	# one and the other are one, which is delivered
    Fault("unknown_protocol", handmade(lambda _: frames.ip(frames.PAYLOAD, 253)),
          "IP_NOPROTO", "ip_local_deliver", "ip_protocol_deliver_rcu|ip_local_deliver_finish",
          cure=(listen_to(socket.AF_INET, socket.SOCK_RAW, 253),), twin=("consumed",),
          counter="np-s IpInUnknownProtos", ours=protocol(253)),
    Fault("unknown_next_header", handmade(lambda _: frames.ip(frames.PAYLOAD, 253, 6), 6),
          "IP_NOPROTO", "ip_local_deliver",
          "ip6_protocol_deliver_rcu|ip6_input_finish|ip6_input",
          cure=(listen_to(socket.AF_INET6, socket.SOCK_RAW, 253),), twin=("consumed",),
          counter="np-s Ip6InUnknownProtos", ours=protocol(253)),
    Fault("nft_prerouting_drop", handmade(lambda _: udp()),
          "NETFILTER_DROP", "ip_rcv", "nf_hook_slow|nft_do_chain",
          inject=at("np-s", "prerouting"), counter="np-s nft"),
    Fault("nft_input_drop", handmade(lambda _: udp()),
          "NETFILTER_DROP", "ip_local_deliver", "nf_hook_slow|nft_do_chain",
          inject=at("np-s", "input"), counter="np-s nft"),
    Fault("conntrack_invalid", handmade(lambda bad: udp(bad_l4=bad and WRONG)),
          "NETFILTER_DROP", "ip_local_deliver", "nf_hook_slow|nft_do_chain",
          inject=(nft("np-s", "input", "ct state invalid"),),
          cure=(nft("np-s", "input", "ct state invalid"),), counter="np-s nft"),
)

SOCKET = (
    Fault("closed_udp_port", handmade(lambda bad: udp(dport=netns.PORT + bad)),
          "NO_SOCKET", "udp_rcv", "__udp4_lib_rcv|udp_rcv", counter="np-s UdpNoPorts"),
    Fault("closed_udp6_port", handmade(lambda bad: udp(6, dport=netns.PORT + bad), 6),
          "NO_SOCKET", "udp_rcv", "__udp6_lib_rcv|udpv6_rcv", counter="np-s Udp6NoPorts"),
    Fault("closed_tcp_port", handmade(lambda bad: tcp(dport=netns.PORT + bad)),
          "NO_SOCKET", "tcp_rcv", "tcp_v4_rcv", counter="np-s TcpOutRsts", twin=("consumed",)),
    Fault("wrong_udp_checksum", handmade(lambda bad: udp(bad_l4=bad and WRONG)),
          "UDP_CSUM", "udp_rcv", r"(__)?udp\w+", counter="np-s UdpInCsumErrors"),
    Fault("wrong_udp6_checksum", handmade(lambda bad: udp(6, bad_l4=bad and WRONG), 6),
          "UDP_CSUM", "udp_rcv", r"(__)?udp\w+", counter="np-s Udp6InCsumErrors"),
    Fault("wrong_tcp_checksum", handmade(lambda bad: tcp(bad_l4=bad and WRONG)),
          "TCP_CSUM", "tcp_rcv", "tcp_v4_rcv", counter="np-s TcpInCsumErrors",
          twin=("consumed",)),
    Fault("truncated_udp_header", handmade(lambda bad: udp(cut=6 if bad else None)),
          "NOT_SPECIFIED", "udp_rcv", "__udp4_lib_rcv|udp_rcv", counter="np-s UdpInErrors",
          ours=lambda packet: packet.sport == frames.SPORT),
    Fault("socket_filter", handmade(lambda _: udp()),
          "SOCKET_FILTER", "udp_rcv", r"udp_queue_rcv\w+", inject=(socket_filter(),),
          counter="np-s UdpInErrors"),
    Fault("lsm_denial", handmade(lambda _: udp()),
          "SOCKET_FILTER SECURITY_HOOK", "udp_rcv", r"udp_queue_rcv\w+", inject=(deny_by_lsm(),),
          counter="np-s UdpInErrors"),
    Fault("xfrm_policy", handmade(lambda _: udp()),
          "XFRM_POLICY", "udp_rcv", r"udp_queue_rcv\w+|__udp4_lib_rcv",
          inject=(run("np-s", "ip xfrm policy add dir in src 10.77.0.0/24 action block",
                      "ip xfrm policy flush"),), counter="np-s XfrmInPolBlock"),
    Fault("receive_buffer_full", handmade(lambda _: udp()),
          "SOCKET_RCVBUFF", "sock_enqueue", r"(__)?udp\w+", inject=(full_buffer(),),
          counter="np-s UdpRcvbufErrors"),
)

RECEIVED = LINK + IP + SOCKET
