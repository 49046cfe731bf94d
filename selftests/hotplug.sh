#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A processor goes and comes back under traffic: journeys go on.

# shellcheck disable=SC2317 # subtests are called by name

here=$(dirname "${BASH_SOURCE[0]}")
. "$here/lib/ktap.sh"
. "$here/lib/defer.sh"
. "$here/lib/netns.sh"
. "$here/lib/load.sh"

TIMES=5
ONLINE=/sys/devices/system/cpu/cpu1/online
tally=$load_dir/tally

records_grew() {
	(($(stat_of records) > $1 + 100))
}

# Return: 0 if records go on
journeys_go_on() {
	wait_for 10 "100 more records" records_grew "$(stat_of records)"
}

off_and_on() {
	local i off=0 on=0

	for ((i = 0; i < TIMES; i++)); do
		echo 0 >"$ONLINE"
		journeys_go_on && off=$((off + 1))
		# rings of all CPUs can be read whatever is online
		cat "$NP_DIR/trace" >/dev/null
		echo 1 >"$ONLINE"
		journeys_go_on && on=$((on + 1))
	done
	printf 'off=%s on=%s\n' "$off" "$on" >>"$tally"
}

ring1_has_new_records() {
	"$NP_TRAFFIC" pingpong udp --client-ns np-c --server-ns np-s --addr "$SERVER4" \
		--port 7100 --rounds 10 --cpu 1 >/dev/null
	[[ $(cat "$NP_DIR/trace") == *cpu1* ]]
}

journeys_go_on_without_the_cpu() {
	expect "times" "$TIMES" "$off"
}

journeys_go_on_with_the_cpu_back() {
	expect "times" "$TIMES" "$on"
	ring1_has_new_records || fail "records of CPU 1" "none"
}

requests_are_all_answered() {
	expect_all_answered udp
	expect_all_answered tcp
}

nothing_stays_in_flight() {
	local name

	# memory freed for another CPU waits there for that CPU's next packet
	for ((name = 0; name < $(nproc); name++)); do
		ip netns exec np-c taskset -c "$name" ping -qc 2 -i 0.2 "$SERVER4" >/dev/null
	done
	wait_for 10 "in_flight 0" none_in_flight
	for name in untracked expired missed; do
		expect "$name" 0 "$(stat_of "$name")"
	done
}

none_in_flight() {
	(($(stat_of in_flight) == 0))
}

module_loads_with_the_cpu_off() {
	module_unload
	echo 0 >"$ONLINE"
	defer bash -c "echo 1 >$ONLINE"
	module_load
	traffic pingpong udp --addr "$SERVER4" --rounds 10 >/dev/null
	expect_number "records" "$(stat_of records)" '>' 0
	expect_status 1 dd if="$NP_DIR/per_cpu/cpu1/ring" iflag=nonblock of=/dev/null status=none
	expect_match "ring of the CPU" 'temporarily unavailable' "$ktap_output"
	echo 1 >"$ONLINE"
	ring1_has_new_records || fail "records of CPU 1, which came after the module" "none"
}

kernel_log_has_no_warning() {
	expect "warnings" "" "$(kernel_warnings)"
}

setup() {
	module_load
	netns_pair
	load_start
	off_and_on
	load_stop
	# shellcheck disable=SC1090 # written above
	. "$tally"
}

off=0 on=0
if [[ ! -w $ONLINE ]]; then
	echo "1..0 # SKIP no second processor that can be taken off line"
	exit "$KSFT_SKIP"
fi
ktap_run setup \
	journeys_go_on_without_the_cpu \
	journeys_go_on_with_the_cpu_back \
	requests_are_all_answered \
	nothing_stays_in_flight \
	module_loads_with_the_cpu_off \
	kernel_log_has_no_warning
