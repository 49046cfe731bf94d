#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: smoke
# Hooks by kprobes, as on a function that ftrace cannot hook: the same journeys.

# shellcheck disable=SC2317 # subtests are called by name

here=$(dirname "${BASH_SOURCE[0]}")
. "$here/lib/ktap.sh"
. "$here/lib/defer.sh"
. "$here/lib/netns.sh"

ROUNDS=100

pingpong() {
	traffic pingpong "$1" --addr "$2" --rounds "$ROUNDS" --cpu "$NP_CPU" >/dev/null
}

# The stages of the delivered requests of a protocol, each kind once, with how often
requests() {
	awk -v proto="$1" '
		function put() { if (stages) print stages; stages = "" }
		/^\[/ { put(); take = $0 ~ (" " proto " [^ ]* > [^ ]*:7000 .* delivered") }
		/^ / && take { stages = stages " " $6 }
		END { put() }' "$NP_DIR/trace" | sort | uniq -c
}

# appended: how often TCP appended a segment to the one that waits before it, which then is a packet
# less; so it may on a busy machine, where somebody has locked the socket
appended() {
	local ns

	for ns in np-c np-s; do
		ip netns exec "$ns" nstat -asz TcpExtTCPBacklogCoalesce
	done | awk '/^TcpExt/ { n += $2; found++ } END { print found == 2 ? n : "no such counter" }'
}

# requests_with PROTO PARAMETER...: how the module, loaded so, sees requests, none of them appended to
# another; their hooks are in $hooks, the output of requests in $seen
requests_with() {
	local proto=$1 before i

	for ((i = 0; i < 20; i++)); do
		module_load "${@:2}"
		hooks=$(via)
		before=$(appended)
		expect_match "the kernel's counter" '^[0-9]+$' "$before"
		pingpong "$proto" "$SERVER4"
		seen=$(requests "${proto^^}")
		module_unload
		[[ $(appended) != "$before" ]] || return 0
	done
	fail "a run in which no segment was appended to another" "20 runs with some"
}

via() {
	cut -f 5 "$NP_DIR/stages" | tr ',' '\n' | sort -u | xargs
}

kprobes_give_the_stages_that_ftrace_gives() {
	local hooks seen by_ftrace proto

	for proto in udp tcp; do
		requests_with "$proto"
		expect "hooks" "- ftrace kretprobe tracepoint via" "$hooks"
		by_ftrace=$seen
		requests_with "$proto" kprobes=1
		expect "hooks" "- kprobe kretprobe tracepoint via" "$hooks"
		expect "stages of $proto" "$by_ftrace" "$seen"
		expect_match "a stage before the network" "^ +$ROUNDS +sendmsg " "$seen"
	done
}

kprobes_see_every_end() {
	module_load kprobes=1
	pingpong udp "$SERVER6"
	pingpong tcp "$SERVER6"
	expect "reborn" 0 "$(stat_of reborn)"
	expect "missed" 0 "$(stat_of missed)"
	expect_number "deaths" "$(stat_of deaths)" '>=' $((4 * ROUNDS))
}

kprobes_come_and_go() {
	local i

	module_load kprobes=1
	for ((i = 0; i < 5; i++)); do
		echo 0 >"$NP_DIR/enable"
		pingpong udp "$SERVER4"
		echo 1 >"$NP_DIR/enable"
		pingpong udp "$SERVER4"
	done
	expect "hooks" "- kprobe kretprobe tracepoint via" "$(via)"
	expect_number "records" "$(stat_of records)" '>=' $((10 * ROUNDS))
}

setup() {
	netns_pair
}

ktap_run setup \
	kprobes_give_the_stages_that_ftrace_gives \
	kprobes_see_every_end \
	kprobes_come_and_go
