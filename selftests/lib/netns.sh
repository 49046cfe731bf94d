# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with the other files here and the tests
# Two namespaces joined by veth, and the module.  Needs lib/ktap.sh and lib/defer.sh.
# lib/netns.py is the same for tests in Python.

{
	NP_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
	NP_MODULE=$NP_TOP/netpath.ko
	NP_TOOL=$NP_TOP/tools/netpath
	NP_TRAFFIC=$NP_TOP/selftests/bin/np_traffic
	NP_DIR=/sys/kernel/debug/netpath
	CLIENT4=10.77.0.1 SERVER4=10.77.0.2
	CLIENT6=fd77::1 SERVER6=fd77::2
	# the last processor: where traffic is bound to one, another one runs the test, if there is one
	NP_CPU=$(($(nproc) - 1))
}

link_is_up() {
	[[ $(ip -n "$1" -br link show "$2") == *" UP "* ]]
}

# netns_pair: namespaces np-c and np-s with devices vc and vs, neighbours known, nothing else
# on the wire.
netns_pair() {
	local ns dev

	for ns in np-c np-s; do
		ip netns add "$ns"
		defer ip netns del "$ns"
		# at the end: multicast reports at once, not some time during a test
		ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.addr_gen_mode=1 \
			net.ipv6.conf.default.router_solicitations=0 \
			net.ipv4.igmp_qrv=1 \
			net.ipv6.conf.default.mldv1_unsolicited_report_interval=1 \
			net.ipv6.conf.default.mldv2_unsolicited_report_interval=1 \
			net.ipv4.conf.default.igmpv2_unsolicited_report_interval=1 \
			net.ipv4.conf.default.igmpv3_unsolicited_report_interval=1
		ip -n "$ns" link set lo up
	done
	ip link add vc address 02:00:00:00:77:01 netns np-c type veth \
		peer name vs address 02:00:00:00:77:02 netns np-s
	ip -n np-c -batch - <<-END
		address add $CLIENT4/24 dev vc
		address add $CLIENT6/64 dev vc nodad
		link set vc up
		neighbour replace $SERVER4 lladdr 02:00:00:00:77:02 dev vc nud permanent
		neighbour replace $SERVER6 lladdr 02:00:00:00:77:02 dev vc nud permanent
	END
	ip -n np-s -batch - <<-END
		address add $SERVER4/24 dev vs
		address add $SERVER6/64 dev vs nodad
		link set vs up
		neighbour replace $CLIENT4 lladdr 02:00:00:00:77:01 dev vs nud permanent
		neighbour replace $CLIENT6 lladdr 02:00:00:00:77:01 dev vs nud permanent
	END
	wait_for 10 "vc up" link_is_up np-c vc
	wait_for 10 "vs up" link_is_up np-s vs
}

# netns_far: a namespace np-f behind np-s, which forwards; FAR4 is its address
netns_far() {
	FAR4=10.78.0.2
	ip netns add np-f
	defer ip netns del np-f
	ip link add vg netns np-s type veth peer name vh netns np-f
	ip -n np-s address add 10.78.0.1/24 dev vg
	ip -n np-f address add "$FAR4/24" dev vh
	ip -n np-s link set vg up
	ip -n np-f link set vh up
	wait_for 10 "vh up" link_is_up np-f vh
	ip netns exec np-s sysctl -qw net.ipv4.ip_forward=1
	ip -n np-c route add 10.78.0.0/24 via "$SERVER4"
	ip -n np-f route add default via 10.78.0.1
}

# traffic COMMAND PROTO OPTION...: np_traffic from np-c to np-s, port 7000
traffic() {
	"$NP_TRAFFIC" "$1" "$2" --client-ns np-c --server-ns np-s --port 7000 "${@:3}"
}

module_loaded() {
	[[ -d /sys/module/netpath ]]
}

# module_load PARAMETER=VALUE...: with these and no others; unloaded at the end.
# shellcheck disable=SC2120 # there may be none
module_load() {
	module_unload
	run insmod "$NP_MODULE" "$@" || fail "module loads with: $*" "$ktap_output"
	defer module_unload
}

module_unload() {
	! module_loaded || rmmod netpath
}

# stat_of NAME: a number of the stats file; without another process, for use under load
stat_of() {
	local lines line

	# not a loop that reads: each line would make the kernel write the file anew
	mapfile -t lines <"$NP_DIR/stats"
	for line in "${lines[@]}"; do
		[[ $line != "$1 "* ]] || echo "${line#* }"
	done
}

# kernel_warnings [MORE]: lines of the kernel log with a warning or worse, or with MORE.  Reports of
# KCSAN may be about the kernel alone; those about us are found at the end of the guest.
# shellcheck disable=SC2120 # there may be none
kernel_warnings() {
	dmesg | grep -v 'BUG: KCSAN:' | grep -E "WARNING:|BUG:|Call Trace${1:+|$1}" || true
}
