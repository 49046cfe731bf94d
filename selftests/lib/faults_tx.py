# SPDX-License-Identifier: GPL-2.0-only
"""The fault table: packets that are forwarded or sent."""
import os

import bpf
import netns
from faults import (COUNT, Fault, from_socket, handmade, held, module, nft, run, sysctl)
from faults_rx import at, tc_drop
from frames import udp
from ktap import Skip, cmd, defer

LIST = "kfree_skb_list_reason|kfree_skb_list|__tcf_kfree_skb_list|__dev_queue_xmit"
LATER = "10.77.0.99"
FAR4, FAR6 = netns.FAR[4], netns.FAR[6]


def cgroup_deny():
    """A program of the root control group lets no packet out."""
    def make():
        path = "/tmp/np-cgroup"
        os.makedirs(path, exist_ok=True)
        cmd("mount", "-t", "cgroup2", "none", path)
        defer(cmd, "umount", path)
        prog = bpf.load(bpf.CGROUP_SKB, bpf.set_reg(0, 0) + bpf.RETURN, bpf.ON_CGROUP_EGRESS)
        group = os.open(path, os.O_RDONLY)
        try:
            return bpf.attach_to(prog, group, bpf.ON_CGROUP_EGRESS)
        finally:
            os.close(group)
    return held(make)


def qdisc(words):
    return (module("sch_netem"),
            run("np-c", f"tc qdisc replace dev vc root {words}", "tc qdisc del dev vc root"))


def through(version=4, **options):
    """Packets that np-s forwards."""
    return handmade(lambda bad: udp(version, dst=netns.FAR[version], **{
        name: value[bad] for name, value in options.items()}), version)


# a neighbour that does not answer, asked once
SILENT = (sysctl("np-c", "ipv4/neigh/vc/mcast_solicit", 1),
          sysctl("np-c", "ipv4/neigh/vc/retrans_time_ms", 1000),
          run("np-c", f"ip neighbour flush to {LATER}", f"ip neighbour flush to {LATER}"))
ANSWERS = (run("np-s", f"ip address add {LATER}/32 dev vs", f"ip address del {LATER}/32 dev vs"),
           run("np-c", f"ip neighbour replace {LATER} lladdr {netns.MAC['np-s']} dev vc",
               f"ip neighbour del {LATER} dev vc"))

FORWARDED = (
    Fault("ttl_exceeded", through(ttl=(64, 1)), "IP_INHDR", "ip_rcv", "ip_forward",
          counter="np-s IpInHdrErrors"),
    Fault("hop_limit_exceeded", through(6, ttl=(64, 1)), "IP_INHDR", "ip_rcv", "ip6_forward",
          counter="np-s Ip6InHdrErrors"),
    Fault("no_route", through(), "IP_INNOROUTES", "ip_rcv", "ip_error",
          inject=(run("np-s", "ip route del 10.78.0.0/24",
                      "ip route add 10.78.0.0/24 dev vr src 10.78.0.1"),),
          counter="np-s IpExtInNoRoutes"),
    Fault("no_route6", through(6), "IP_INNOROUTES", "ip_rcv", "ip6_pkt_drop|ip6_pkt_discard",
          inject=(run("np-s", "ip -6 route del fd78::/64 dev vr",
                      "ip -6 route add fd78::/64 dev vr"),), counter="np-s Ip6InNoRoutes"),
    Fault("blackhole_route", through(), "NOT_SPECIFIED", "ip_rcv", "ip_error",
          inject=(run("np-s", f"ip route add blackhole {FAR4}", f"ip route del {FAR4}"),)),
    Fault("blackhole_route6", through(6), "NOT_SPECIFIED", "ip_rcv", "dst_discard(_out)?",
          inject=(run("np-s", f"ip -6 route add blackhole {FAR6}",
                      f"ip -6 route del blackhole {FAR6}"),)),
    Fault("mtu_exceeded_with_df", through(payload=(b"x" * 1400,) * 2, frag=(0x4000,) * 2),
          "PKT_TOO_BIG", "ip_rcv", "ip_forward",
          inject=(run("np-s", "ip link set vr mtu 1280", "ip link set vr mtu 1500"),),
          counter="np-s IpFragFails"),
    Fault("mtu_exceeded6", through(6, payload=(b"x" * 1400,) * 2),
          "PKT_TOO_BIG", "ip_rcv", "ip6_forward",
          inject=(run("np-s", "ip link set vr mtu 1280", "ip link set vr mtu 1500"),),
          counter="np-s Ip6InTooBigErrors"),
    Fault("nft_forward_drop", through(), "NETFILTER_DROP", "ip_rcv", "nf_hook_slow|nft_do_chain",
          inject=at("np-s", "forward"), counter="np-s nft"),
    Fault("nft_postrouting_drop_of_forwarded", through(),
          "NETFILTER_DROP", "ip_output", "nf_hook_slow|nft_do_chain",
          inject=at("np-s", "postrouting"), counter="np-s nft"),
)

SENT = (
    Fault("nft_output_drop", from_socket(),
          "NETFILTER_DROP", "ip_local_out", "nf_hook_slow|nft_do_chain",
          inject=at("np-c", "output"), counter="np-c nft", monitor=False),
    Fault("nft_postrouting_drop", from_socket(),
          "NETFILTER_DROP", "ip_output", "nf_hook_slow|nft_do_chain",
          inject=at("np-c", "postrouting"), counter="np-c nft", monitor=False),
    Fault("nft_egress_drop", from_socket(),
          "NETFILTER_DROP", "neigh_output", "nf_hook_slow|nft_do_chain",
          inject=(nft("np-c", "egress device vc", f"udp dport {netns.PORT}", "netdev"),),
          counter="np-c nft"),
    Fault("cgroup_program_denies", from_socket(),
          "BPF_CGROUP_EGRESS", "ip_output", r"(__)?ip_finish_output", inject=(cgroup_deny(),),
          monitor=False),
    Fault("neighbour_failure", from_socket(LATER),
          "NEIGH_FAILED", "neigh_output", "arp_error_report|neigh_invalidate", inject=SILENT, cure=ANSWERS,
          counter="host arp_cache:res_failed", counted=1, monitor=False),
    Fault("neighbour_queue_full", from_socket(LATER),
          "NEIGH_QUEUEFULL", "neigh_output", "__neigh_event_send",
          inject=(sysctl("np-c", "ipv4/neigh/vc/mcast_solicit", 100),
                  sysctl("np-c", "ipv4/neigh/vc/unres_qlen_bytes", 0),
                  run("np-c", f"ip neighbour flush to {LATER}", f"ip neighbour flush to {LATER}")),
          cure=ANSWERS, counter="host arp_cache:unresolved_discards", drops=COUNT - 1,
          ended=COUNT - 1, monitor=False),
    Fault("netem_loss", from_socket(), "QDISC_DROP QDISC_DROP_GENERIC", "dev_queue", LIST,
          inject=qdisc("netem loss 100%"), counter="np-c qdisc vc netem"),
    Fault("qdisc_over_limit", from_socket(), "QDISC_DROP QDISC_DROP_GENERIC", "dev_queue",
          LIST,
          inject=qdisc("netem delay 100s limit 1"), counter="np-c qdisc vc netem",
          drops=COUNT - 1, ended=COUNT - 1),
    Fault("qdisc_deleted_with_packets_in_it", from_socket(),
          "NOT_SPECIFIED", "dev_queue", "__rtnl_unlock",
          inject=(module("sch_netem"),
                  run("np-c", "tc qdisc replace dev vc root netem delay 100s")),
          after=(run("np-c", "tc qdisc del dev vc root"),)),
    Fault("tc_egress_drop", from_socket(), "TC_EGRESS", "neigh_output", "__dev_queue_xmit",
          inject=(tc_drop("vc", "egress"),), counter="np-c qdisc vc clsact"),
)
