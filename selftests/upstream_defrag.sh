#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own test of reassembly gives the same verdict with this module as without.
# It gives up when a datagram does not come within a second, so its time must not be the host's.
# vm: --icount
# vm: --upstream

# shellcheck disable=SC2317 # subtests are called by name

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib/ktap.sh"
. "$here/lib/defer.sh"
. "$here/lib/netns.sh"
. "$here/lib/upstream.sh"

ip_defrag() {
	same_verdicts ip_defrag ./ip_defrag.sh
}

setup() {
	:
}

ktap_run setup \
	ip_defrag
