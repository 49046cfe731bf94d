#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# vm: smoke
# Module parameters: absurd ones are refused with the reason, and nothing is left behind.

# shellcheck disable=SC2317 # subtests are called by name

here=$(dirname "${BASH_SOURCE[0]}")
. "$here/lib/ktap.sh"
. "$here/lib/defer.sh"
. "$here/lib/netns.sh"

kernel_log_since() {
	dmesg | awk -v mark="$1" 'on; index($0, mark) { on = 1 }'
}

# refused PARAMETER=VALUE LIMITS: insmod fails and the kernel log names value and limits
refused() {
	local mark="parameters.sh $1 $RANDOM"

	echo "$mark" >/dev/kmsg
	expect_status 1 insmod "$NP_MODULE" "$1"
	expect_match "insmod $1" 'Invalid parameters|Invalid argument' "$ktap_output"
	expect_match "kernel log" "netpath: ${1}: must be .*$2" "$(kernel_log_since "$mark")"
	expect "module" "not loaded" "$(module_loaded && echo loaded || echo "not loaded")"
	expect "debugfs directory" none "$([[ -e $NP_DIR ]] && echo there || echo none)"
}

absurd_table_slots_are_refused() {
	local n

	for n in 0 3 32 1000 2097152 4294967295; do
		refused "table_slots=$n" '64 to 1048576'
	done
}

absurd_ring_kib_is_refused() {
	local n

	for n in 0 7 16 1000 131072 100000000; do
		refused "ring_kib=$n" '32 to 65536'
	done
}

absurd_expire_ms_is_refused() {
	local n

	for n in 0 1 99 3600001; do
		refused "expire_ms=$n" '100 to 3600000'
	done
}

text_for_a_number_is_refused() {
	expect_status 1 insmod "$NP_MODULE" ring_kib=many
	expect_status 1 insmod "$NP_MODULE" table_slots=-1
	expect "debugfs directory" none "$([[ -e $NP_DIR ]] && echo there || echo none)"
}

limits_themselves_are_accepted() {
	module_load table_slots=64 ring_kib=32 expire_ms=100
	expect "table_slots" 64 "$(stat_of table_slots)"
	module_load table_slots=131072 expire_ms=3600000
	expect "table_slots" 131072 "$(stat_of table_slots)"
}

default_memory_is_within_the_budget() {
	local bytes cpus

	module_load
	bytes=$(awk '/\[netpath\]/ { sum += $2 } END { print sum }' /proc/vmallocinfo)
	cpus=$(nproc)
	expect_number "bytes of vmalloc for $cpus CPUs" "$bytes" '>' $((1 << 20))
	expect_number "bytes of vmalloc for $cpus CPUs" "$bytes" '<=' $((8 + 2 * cpus << 20))
}

hooks_are_armed_in_time() {
	local limit=$((500000000 * NP_SLOW))

	module_load
	echo "# arm_ns $(stat_of arm_ns)"
	# A busy host stretches the guest's time; the design's limit is kept by "make bench", which
	# counts instructions.
	expect_number "arm_ns" "$(stat_of arm_ns)" '<' $((20 * limit))
}

enable_0_loads_without_recording() {
	module_load enable=0
	expect "enable" 0 "$(<"$NP_DIR/enable")"
	ping -c 1 -W 5 127.0.0.1 >/dev/null
	expect "births" 0 "$(stat_of births)"
	expect "stages armed" 0 "$(awk -F '\t' '$7 == "armed"' "$NP_DIR/stages" | wc -l)"
}

enable_1_records_from_the_start() {
	module_load
	ping -c 1 -W 5 127.0.0.1 >/dev/null
	expect_number "births" "$(stat_of births)" '>' 0
}

# stages_in STATE: their names in one line
stages_in() {
	awk -F '\t' -v state="$1" 'NR > 1 && $7 == state { printf "%s ", $2 }' "$NP_DIR/stages"
}

# stages_but ARMED OFF: what is in another state, with it
stages_but() {
	awk -F '\t' -v known=" $1 $2 " 'NR > 1 && !index(known, " " $7 " ") { print $2 ": " $7 }' \
		"$NP_DIR/stages"
}

sorted() {
	printf '%s\n' "$@" | sort
}

DEFAULT="sendmsg tcp_transmit ip_queue_xmit ip_send_skb neigh_output dev_queue dev_xmit netif_rx \
netif_receive_skb ip_rcv tcp_rcv udp_rcv tcp_established sock_enqueue sock_wakeup recvmsg skb_free \
skb_clone skb_merge vlan_rx ip_reassembled vlan_tx "

all_stages_are_armed_when_asked_for() {
	local lacking='' stage function

	# what stages are in, on one kernel or another
	modprobe -a bridge 8021q sch_fq sch_fq_codel sch_htb sch_netem sch_tbf
	module_load stages=all
	# without the one only queueing disciplines that are known are seen, without the other
	# only datagrams
	while read -r stage function; do
		grep -q " $function\$" /proc/kallsyms ||
			lacking+="$stage: partial: $function: this kernel has no such function or tracepoint"
	done <<-'END'
		early_demux tcp_v6_early_demux
		qdisc_enqueue dev_qdisc_enqueue
	END
	expect "stages not armed" "$lacking" "$(stages_but armed | tr -d '\n')"
}

default_stages_are_armed_and_the_others_off() {
	modprobe -a bridge 8021q
	module_load
	expect "stages armed" "$DEFAULT" "$(stages_in armed)"
	expect "stages neither armed nor off" "" "$(stages_but armed off)"
}

stages_can_be_named() {
	module_load stages=default,irq
	# shellcheck disable=SC2046,SC2086 # words
	expect "stages armed" "$(sorted $DEFAULT irq)" "$(sorted $(stages_in armed))"
	module_load stages=udp_rcv,dev_xmit
	expect "stages armed" "dev_xmit udp_rcv skb_free skb_clone skb_merge " "$(stages_in armed)"
}

unknown_stage_is_refused() {
	local mark="parameters.sh stages $RANDOM" names

	for names in nonsense udp_rcv,nonsense; do
		echo "$mark" >/dev/kmsg
		expect_status 1 insmod "$NP_MODULE" stages="$names"
		expect_match "kernel log" 'netpath: stages: no stage is called "nonsense"; must be' \
			"$(kernel_log_since "$mark")"
		expect "debugfs directory" none "$([[ -e $NP_DIR ]] && echo there || echo none)"
	done
	expect_status 1 insmod "$NP_MODULE" stages=
}

module_is_not_tainting_more_than_out_of_tree() {
	module_load
	expect_match "taint of the module" '^O?E?$' "$(</sys/module/netpath/taint)"
}

setup() {
	module_unload
}

ktap_run setup \
	absurd_table_slots_are_refused \
	absurd_ring_kib_is_refused \
	absurd_expire_ms_is_refused \
	text_for_a_number_is_refused \
	limits_themselves_are_accepted \
	default_memory_is_within_the_budget \
	hooks_are_armed_in_time \
	enable_0_loads_without_recording \
	enable_1_records_from_the_start \
	all_stages_are_armed_when_asked_for \
	default_stages_are_armed_and_the_others_off \
	stages_can_be_named \
	unknown_stage_is_refused \
	module_is_not_tainting_more_than_out_of_tree
