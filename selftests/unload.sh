#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Unloading, loading, stopping and starting under full traffic harms nothing and leaks nothing.

# shellcheck disable=SC2317 # subtests are called by name

here=$(dirname "${BASH_SOURCE[0]}")
. "$here/lib/ktap.sh"
. "$here/lib/defer.sh"
. "$here/lib/netns.sh"
. "$here/lib/load.sh"

CYCLES=50
SWITCHES=10
# a kernel with debugging options is slow, and finds in one cycle what takes others many
((NP_SLOW == 1)) || { CYCLES=10 SWITCHES=4; }
tally=$load_dir/tally

meminfo() {
	awk -v name="$1:" '$1 == name { print $2 }' /proc/meminfo
}

# Memory in use while the module is not loaded, in KiB, as shell assignments.
measure() {
	printf '%s_slab=%s %s_vmalloc=%s %s_percpu=%s %s_areas=%s\n' \
		"$1" "$(meminfo SUnreclaim)" "$1" "$(($(meminfo VmallocUsed) - $(meminfo KernelStack)))" \
		"$1" "$(meminfo Percpu)" "$1" "$(wc -l </proc/vmallocinfo)" >>"$tally"
}

# Memory and files of the module that are left while it is not loaded
count_left() {
	local left

	left=$(grep -cF '[netpath]' /proc/vmallocinfo) || true
	[[ ! -e $NP_DIR ]] || left=$((left + 1))
	echo "$left"
}

unload_and_load() {
	local i left=0 records=0 bytes=0

	for ((i = 1; i <= CYCLES; i++)); do
		insmod "$NP_MODULE"
		wait_for 20 "500 records" records_exceed 500
		records=$((records + 1))
		rmmod netpath
		left=$((left + $(count_left)))
		((i != CYCLES / 2)) || { measure half; bytes=$(load_bulk_bytes); }
	done
	measure full
	printf 'cycles=%s left=%s recording=%s bulk=%s\n' "$((i - 1))" "$left" "$records" \
		"$(($(load_bulk_bytes) - bytes))" >>"$tally"
}

stop_and_start() {
	local i on=0 off=0 before bytes

	insmod "$NP_MODULE"
	for ((i = 1; i <= SWITCHES; i++)); do
		wait_for 20 "records" records_exceed "$(stat_of records)"
		on=$((on + 1))
		echo 0 >"$NP_DIR/enable"
		before="$(stat_of records) $(stat_of in_flight)"
		bytes=$(load_bytes)
		wait_for 20 "traffic flows" load_moved "$bytes"
		[[ $before != "$(stat_of records) 0" ]] || off=$((off + 1))
		echo 1 >"$NP_DIR/enable"
	done
	rmmod netpath
	printf 'switches=%s on=%s off=%s\n' "$((i - 1))" "$on" "$off" >>"$tally"
}

load_moved() {
	(($(load_bytes) > $1 + 100000))
}

records_exceed() {
	(($(stat_of records) > $1))
}

every_cycle_unloads_and_loads() {
	expect "cycles" "$CYCLES" "$cycles"
}

every_cycle_records() {
	expect "cycles in which packets were recorded" "$CYCLES" "$recording"
}

nothing_is_left_after_unloading() {
	expect "debugfs directories and vmalloc areas of netpath left" 0 "$left"
}

udp_requests_are_all_answered() {
	expect_all_answered udp
}

tcp_requests_are_all_answered() {
	expect_all_answered tcp
}

bulk_transfer_survives() {
	echo "# $bulk bytes in the second half of the cycles"
	expect_number "bytes it received meanwhile" "$bulk" '>' 100000
	expect_match "iperf3" '^[^e]*$|interrupt' "$(grep -i error "$load_dir/iperf3" || true)"
}

# A leak of the smallest thing that each load allocates would show: 25 cycles times a page.
vmalloc_does_not_grow() {
	echo "# after half of the cycles ${half_vmalloc} KiB, after all ${full_vmalloc} KiB"
	expect_number "growth in KiB" $((full_vmalloc - half_vmalloc)) '<' 100
	expect_number "more areas" $((full_areas - half_areas)) '<' 20
}

slab_does_not_grow() {
	echo "# after half of the cycles ${half_slab} KiB, after all ${full_slab} KiB"
	expect_number "growth in KiB" $((full_slab - half_slab)) '<' 1000
}

percpu_does_not_grow() {
	expect_number "growth in KiB" $((full_percpu - half_percpu)) '<' 64
}

stopping_and_starting_works_under_traffic() {
	expect "times it recorded when started" "$SWITCHES" "$on"
	expect "times it did not when stopped" "$SWITCHES" "$off"
}

kernel_log_has_no_warning() {
	expect "warnings" "" "$(kernel_warnings 'netpath: could not')"
}

setup() {
	module_unload
	netns_pair
	load_start
	unload_and_load
	stop_and_start
	load_stop
	# shellcheck disable=SC1090 # written above
	. "$tally"
}

# set by the tally
cycles=0 left=-1 recording=0 on=0 off=0 bulk=0
half_slab=0 half_vmalloc=0 half_percpu=0 half_areas=0
full_slab=0 full_vmalloc=0 full_percpu=0 full_areas=0

ktap_run setup \
	every_cycle_unloads_and_loads \
	every_cycle_records \
	nothing_is_left_after_unloading \
	udp_requests_are_all_answered \
	tcp_requests_are_all_answered \
	bulk_transfer_survives \
	vmalloc_does_not_grow \
	slab_does_not_grow \
	percpu_does_not_grow \
	stopping_and_starting_works_under_traffic \
	kernel_log_has_no_warning
