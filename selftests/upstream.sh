#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own tests of what this module watches give the same verdict with it as without.
#
# scripts/vm/upstream builds them, unchanged, from the source of the guest's suite.

# shellcheck disable=SC2317 # subtests are called by name

here=$(dirname "${BASH_SOURCE[0]}")
. "$here/lib/ktap.sh"
. "$here/lib/defer.sh"
. "$here/lib/netns.sh"

upstream=${NP_UPSTREAM:-/usr/lib/netpath/selftests/net}
# The emulated machine is slow, and netem's delays are not what is tested here: that all time
# stamps come, and in order.
tolerance_us=10000000

# verdict COMMAND: what it says of its subtests, and its exit status.  What depends on time fails
# now and then on a slow machine, with the module and without: it may try again.
verdict() {
	local output status tries

	for ((tries = 3; tries; tries--)); do
		status=0
		# shellcheck disable=SC2086 # several words
		output=$(cd "$upstream" && timeout 200 $1 2>&1) || status=$?
		((status)) || break
	done
	echo "$1: exit status $status"
	grep -E '^(OK|PASS|FAIL|All Tests)|[Ff]ailed' <<<"$output" || true
}

# same_verdicts PROGRAM COMMAND...
same_verdicts() {
	local program=$1 before='' after='' births command

	shift
	[[ -x $upstream/$program ]] || skip "the kernel's source has no $program here"
	module_unload
	for command; do
		before+=$(verdict "$command")$'\n'
	done
	module_load stages=all
	births=$(stat_of births)
	for command; do
		after+=$(verdict "$command")$'\n'
	done
	expect "verdicts with the module, as without" "$before" "$after"
	expect_number "packets recorded meanwhile" "$(($(stat_of births) - births))" ">" 0
	ktap_comment "${after%$'\n'}"
	# that all fail in both cases would say nothing
	expect_match "one that passes" 'exit status 0' "$after"
}

gro() {
	local test commands=()

	for test in data ack flags tcp ip large; do
		commands+=("./gro.sh -t $test -p $1")
	done
	same_verdicts gro "${commands[@]}"
}

gro_ipv4() {
	gro ipv4
}

gro_ipv6() {
	gro ipv6
}

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

ip_defrag() {
	same_verdicts ip_defrag ./ip_defrag.sh
}

setup() {
	:
}

ktap_run setup \
	gro_ipv4 \
	gro_ipv6 \
	udpgso \
	txtimestamp_ipv4 \
	txtimestamp_ipv6 \
	ip_defrag
