#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The event netpath:netpath_packet: one for each record when enabled, none otherwise.

# shellcheck disable=SC2317 # subtests are called by name

here=$(dirname "${BASH_SOURCE[0]}")
. "$here/lib/ktap.sh"
. "$here/lib/defer.sh"
. "$here/lib/netns.sh"

pingpong() {
	traffic pingpong udp --addr "$SERVER4" --rounds 50 --cpu "$NP_CPU" >/dev/null
}

# events of the flow in text of trace-cmd
count_events() {
	grep -c 'netpath_packet:' || true
}

one_event_for_each_record() {
	local before

	defer trace-cmd reset
	run trace-cmd start -e netpath
	before=$(stat_of records)
	pingpong
	run trace-cmd stop
	run trace-cmd show
	expect "events" $(($(stat_of records) - before)) "$(count_events <<<"$ktap_output")"
	expect_number "records" $(($(stat_of records) - before)) '>=' 100
}

trace_cmd_record_works() {
	local dir

	dir=$(mktemp -d)
	defer rm -rf "$dir"
	run trace-cmd record -q -e netpath:netpath_packet -o "$dir/trace.dat" \
		"$NP_TRAFFIC" pingpong udp --client-ns np-c --server-ns np-s --addr "$SERVER6" \
		--port 7000 --rounds 50 --cpu "$NP_CPU"
	expect_match "output" 'rounds 50 answers 50' "$ktap_output"
	run trace-cmd report "$dir/trace.dat"
	expect_number "events" "$(count_events <<<"$ktap_output")" '>=' 100
	expect_match "an event" 'netpath_packet:.*delivered' "$ktap_output"
}

no_event_when_not_enabled() {
	local before

	defer trace-cmd reset
	before=$(stat_of records)
	run trace-cmd start -e net:net_dev_queue
	pingpong
	run trace-cmd stop
	run trace-cmd show
	expect "events" 0 "$(count_events <<<"$ktap_output")"
	expect_match "other events" 'net_dev_queue' "$ktap_output"
	expect_number "records" $(($(stat_of records) - before)) '>=' 100
}

no_event_when_recording_is_off() {
	defer trace-cmd reset
	defer bash -c "echo 1 >$NP_DIR/enable"
	run trace-cmd start -e netpath
	echo 0 >"$NP_DIR/enable"
	pingpong
	run trace-cmd stop
	run trace-cmd show
	expect "events" 0 "$(count_events <<<"$ktap_output")"
}

setup() {
	module_load
	netns_pair
}

ktap_run setup \
	one_event_for_each_record \
	trace_cmd_record_works \
	no_event_when_not_enabled \
	no_event_when_recording_is_off
