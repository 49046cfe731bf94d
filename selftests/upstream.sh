#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own tests of what this module watches give the same verdict with it as without.
# vm: --upstream

# shellcheck disable=SC2317 # subtests are called by name

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib/ktap.sh"
. "$here/lib/defer.sh"
. "$here/lib/netns.sh"
. "$here/lib/upstream.sh"

# The emulated machine is slow, and netem's delays are not what is tested here: that all time
# stamps come, and in order.
tolerance_us=10000000
# where all takes many times as long, too many disturb each other, with netpath or without
upstream_at_once=$((NP_SLOW > 1 ? 2 : 5))

udpgso() {
	same_verdicts udpgso ./udpgso.sh
}

# txtimestamp_all FAMILY...: TCP, UDP, raw sockets, those with an IP header, packet sockets; then
# by control message, and without payload
txtimestamp_all() {
	local option commands=()

	for option in '' -u -r -R -P -C -n '-u -C' '-u -n'; do
		commands+=("./txtimestamp.sh -r -v 1000 -V 6000 -t $tolerance_us $option $*")
	done
	same_verdicts txtimestamp "${commands[@]}"
}

txtimestamp_ipv4() {
	txtimestamp_all -4 -L 127.0.0.1
}

txtimestamp_ipv6() {
	txtimestamp_all -6 -L ::1
}

setup() {
	:
}

ktap_run setup \
	udpgso \
	txtimestamp_ipv4 \
	txtimestamp_ipv6
