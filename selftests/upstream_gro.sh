#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own test of GRO gives the same verdict with this module as without.
# What it sends at once must come within one jiffy, or GRO flushes it: its time must not be the host's.
# vm: --icount
# vm: --upstream

# shellcheck disable=SC2317 # subtests are called by name

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib/ktap.sh"
. "$here/lib/defer.sh"
. "$here/lib/netns.sh"
. "$here/lib/upstream.sh"

# Kernels whose gro.sh has given way to a program in Python, which wants netdevsim, a device that
# Debian's kernels do not have, have these tests.
gro_tests=(data_same data_lrg_sml ack flags_psh tcp_seq tcp_ts ip_tos large_max)

# gro PROTOCOL TEST...: the tests are further ones of those kernels.
gro() {
	local protocol=$1 test commands=()

	shift
	if [[ -e $upstream/net/gro.sh ]]; then
		for test in data ack flags tcp ip large; do
			commands+=("./gro.sh -t $test -p $protocol")
		done
	else
		for test in "${gro_tests[@]}" "$@"; do
			commands+=("$here/lib/gro_veth.sh $protocol $test")
		done
	fi
	same_verdicts gro "${commands[@]}"
}

gro_ipv4() {
	gro ipv4 ip_ttl ip_frag4
}

gro_ipv6() {
	gro ipv6 ip_frag6
}

setup() {
	:
}

ktap_run setup \
	gro_ipv4 \
	gro_ipv6
