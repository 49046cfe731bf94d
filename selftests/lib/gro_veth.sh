#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One run of the kernel's test program gro, from one end of a veth pair to the other, as the
# kernel's own script does it with other devices.
# Usage: gro_veth.sh PROTOCOL TEST	in the directory of the program

set -euo pipefail

protocol=$1 test=$2
macs=(--smac 02:00:00:00:77:01 --dmac 02:00:00:00:77:02)

cleanup() {
	ip netns del gro-c
	ip netns del gro-s
}

# Is there a packet socket in the receiver's namespace?
receiver_is_there() {
	(($(ip netns exec gro-s cat /proc/net/packet | wc -l) > 1))
}

trap cleanup EXIT
ip netns add gro-c
ip netns add gro-s
ip link add vc address 02:00:00:00:77:01 netns gro-c type veth \
	peer name vs address 02:00:00:00:77:02 netns gro-s
for end in c s; do
	ip netns exec "gro-$end" bash -c "echo 1000000 >/sys/class/net/v$end/gro_flush_timeout"
	ip netns exec "gro-$end" ethtool -K "v$end" gro on tso off
	ip -n "gro-$end" link set "v$end" mtu 65535 up
done
ip netns exec gro-s ./gro "--$protocol" "${macs[@]}" --test "$test" --rx --iface vs &
until receiver_is_there; do
	kill -0 $!
	sleep 0.05
done
ip netns exec gro-c ./gro "--$protocol" "${macs[@]}" --test "$test" --iface vc
wait $!
