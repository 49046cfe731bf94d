#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The program netpath: every subcommand as text and JSON, exit codes, and what it says when it
# cannot do its work.

# shellcheck disable=SC2317 # subtests are called by name

here=$(dirname "${BASH_SOURCE[0]}")
. "$here/lib/ktap.sh"
. "$here/lib/defer.sh"
. "$here/lib/netns.sh"

tmp=$(mktemp -d)
COMMANDS="watch record show stages stats latency config clear freeze thaw info doctor"

packets() {
	traffic pingpong udp --addr "$SERVER4" --rounds "${1:-5}" --cpu "$NP_CPU" >/dev/null
}

expect_json_lines() {
	run python3 -c 'import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    json.loads(line)' "$1" || fail "JSON in every line of $1" "$ktap_output"
	[[ -s $1 ]] || fail "output" "nothing"
}

# json FILE EXPRESSION: of "doc", the list of all lines
json() {
	python3 -c 'import json, sys
doc = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
print(eval(sys.argv[2]))' "$1" "$2"
}

tables_as_text_have_a_head_and_rows() {
	local name

	for name in stages stats latency; do
		expect_status 0 "$NP_TOOL" "$name"
		expect_number "lines of $name" "$(wc -l <<<"$ktap_output")" '>' 10
		expect_match "first line of $name" '^(id|name) ' "$ktap_output"
	done
	expect_match "latency" 'dev_queue' "$ktap_output"
}

tables_as_json_agree_with_the_files() {
	local name

	for name in stages stats latency; do
		"$NP_TOOL" "$name" -j >"$tmp/$name"
		expect_json_lines "$tmp/$name"
	done
	expect "stages" "$(($(wc -l <"$NP_DIR/stages") - 1))" \
		"$(grep -o '"name"' "$tmp/stages" | wc -l)"
	expect_match "stats" '"table_slots"' "$(<"$tmp/stats")"
	expect_match "latency" '"p999[a-z_]*"' "$(<"$tmp/latency")"
}

# The version looks like a number.
texts_are_texts_in_json_and_numbers_are_numbers() {
	"$NP_TOOL" info -j >"$tmp/info"
	expect "version" "'$(</sys/module/netpath/version)'" \
		"$(json "$tmp/info" 'repr(doc[0]["module_version"])')"
	expect "processors" "$(find "$NP_DIR/per_cpu" -name 'cpu*' | wc -l)" \
		"$(json "$tmp/info" 'repr(doc[0]["cpus"])')"
}

watch_prints_packets_as_text() {
	local pid

	timeout $((20 * NP_SLOW)) "$NP_TOOL" watch -n 2 >"$tmp/watch" &
	pid=$!
	wait_for 10 "watch has subscribed" is_reading "$pid"
	packets
	wait "$pid" || fail "exit status 0" "$?"
	expect "packets" 2 "$(grep -c '^\[' "$tmp/watch")"
	expect_match "a stage" ' dev_queue ' "$(<"$tmp/watch")"
}

# Is the process, or its child, a member of a netlink group?
is_reading() {
	find "/proc/$1/fd" /proc/"$(pgrep -P "$1" || echo "$1")"/fd -lname 'socket:*' \
		-printf '%l\n' 2>/dev/null | tr -dc '0-9\n' | grep -qxFf <(
		awk '$2 == 16 && $4 !~ /^0*$/ { print $NF }' /proc/net/netlink)
}

watch_prints_packets_as_json() {
	packets
	expect_status 0 timeout $((20 * NP_SLOW)) "$NP_TOOL" watch -a -j -n 3
	echo "$ktap_output" >"$tmp/watch"
	expect_json_lines "$tmp/watch"
	expect "packets" 3 "$(json "$tmp/watch" 'sum(d["type"] == "packet" for d in doc)')"
}

watch_oneline_is_one_line() {
	packets
	expect_status 0 timeout $((20 * NP_SLOW)) "$NP_TOOL" watch -a --oneline -n 4
	expect "lines" 4 "$(wc -l <<<"$ktap_output")"
}

record_and_show_agree() {
	packets
	expect_status 0 timeout $((20 * NP_SLOW)) "$NP_TOOL" record -a -n 5 -o "$tmp/rec"
	expect_status 0 "$NP_TOOL" show "$tmp/rec"
	expect "packets" 5 "$(grep -c '^\[' <<<"$ktap_output")"
	"$NP_TOOL" show -j "$tmp/rec" >"$tmp/show"
	expect_json_lines "$tmp/show"
	expect "packets" 5 "$(json "$tmp/show" 'len(doc)')"
	"$NP_TOOL" show -j - <"$tmp/rec" | cmp - "$tmp/show" || fail "the same from stdin" "other"
	expect_status 0 "$NP_TOOL" show --wall "$tmp/rec"
	expect_status 0 "$NP_TOOL" show --oneline "$tmp/rec"
	expect "lines" 5 "$(wc -l <<<"$ktap_output")"
}

record_stops_at_sigint_with_a_whole_file() {
	local pid

	"$NP_TOOL" record -a -o "$tmp/rec" 2>/dev/null &
	pid=$!
	wait_for 10 "record has subscribed" is_reading "$pid"
	packets 20
	wait_for 10 "packets in the file" test -s "$tmp/rec"
	kill -INT "$pid"
	wait "$pid" || fail "exit status 0" "$?"
	expect_status 0 "$NP_TOOL" show "$tmp/rec"
	expect_number "packets" "$(grep -c '^\[' <<<"$ktap_output")" '>=' 40
}

damaged_file_is_an_error_not_a_crash() {
	packets
	timeout $((20 * NP_SLOW)) "$NP_TOOL" record -a -n 5 -o "$tmp/rec" 2>/dev/null
	head -c 1000 "$tmp/rec" >"$tmp/short"
	expect_status 1 "$NP_TOOL" show "$tmp/short"
	expect_match "message" 'netpath: .*short: ' "$ktap_output"
	expect_status 1 "$NP_TOOL" show /etc/passwd
	expect_status 1 "$NP_TOOL" show "$tmp/absent"
	expect_match "message" 'No such file' "$ktap_output"
}

wrong_usage_is_exit_code_2() {
	expect_status 2 "$NP_TOOL"
	expect_status 2 "$NP_TOOL" nonsense
	expect_match "message" "unknown command 'nonsense'" "$ktap_output"
	expect_status 2 "$NP_TOOL" --nonsense
	expect_status 2 "$NP_TOOL" stats --nonsense
	expect_match "message" 'unknown option' "$ktap_output"
	expect_status 2 "$NP_TOOL" stats extra
	expect_status 2 "$NP_TOOL" show
	expect_status 2 "$NP_TOOL" record
	expect_status 2 "$NP_TOOL" watch -n none
	expect_status 2 "$NP_TOOL" watch -n 0
}

help_is_on_stdout_with_exit_code_0() {
	local name

	expect_status 0 "$NP_TOOL" -h
	for name in $COMMANDS; do
		expect_match "help" "$name" "$("$NP_TOOL" -h)"
		expect_status 0 "$NP_TOOL" "$name" -h
		expect_match "help of $name" "usage: netpath $name" "$("$NP_TOOL" "$name" -h)"
	done
	expect_status 0 "$NP_TOOL" --version
}

other_user_is_told_to_be_root() {
	local name

	# the tree need not be open to everybody
	cp "$NP_TOOL" /tmp/netpath-tool
	defer rm -f /tmp/netpath-tool
	for name in stats stages latency doctor "watch -n 1" "record -o /dev/null -n 1"; do
		# shellcheck disable=SC2086 # words
		expect_status 1 setpriv --reuid 65534 --regid 65534 --clear-groups \
			/tmp/netpath-tool $name
		expect_match "message" 'needs root' "$ktap_output"
	done
}

without_module_it_says_so() {
	local name

	module_unload
	for name in stats stages latency "watch -n 1" "record -o $tmp/none -n 1"; do
		# shellcheck disable=SC2086 # words
		expect_status 1 "$NP_TOOL" $name
		expect_match "message" 'module is not loaded' "$ktap_output"
	done
	insmod "$NP_MODULE"
}

without_debugfs_netlink_does() {
	expect_status 0 unshare -m sh -c "umount -l /sys/kernel/debug && exec $NP_TOOL stats"
	expect_match "stats" 'births' "$ktap_output"
}

without_debugfs_the_files_are_missed() {
	expect_status 1 unshare -m sh -c \
		"umount -l /sys/kernel/debug && exec $NP_TOOL stats --debugfs"
	expect_match "message" 'debugfs is not mounted: mount -t debugfs' "$ktap_output"
}

verbose_says_by_which_way() {
	expect_status 0 "$NP_TOOL" stats -v
	expect_match "message" 'by netlink' "$ktap_output"
	expect_status 0 "$NP_TOOL" stats -v --debugfs
	expect_match "message" "by the files in $NP_DIR" "$ktap_output"
	[[ $ktap_output != *"no netlink family"* ]] || fail "no word of a family" "$ktap_output"
}

# debugfs is there, the family is not
in_another_namespace() {
	unshare -n "$@"
}

in_another_network_namespace_the_files_do() {
	expect_status 0 in_another_namespace "$NP_TOOL" stats -v
	expect_match "message" 'there is no netlink family here' "$ktap_output"
	packets
	expect_status 0 in_another_namespace timeout $((20 * NP_SLOW)) "$NP_TOOL" watch -a -n 2
	expect "packets" 2 "$(grep -c '^\[' <<<"$ktap_output")"
	expect_status 1 in_another_namespace "$NP_TOOL" config
	expect_match "message" 'initial network namespace only' "$ktap_output"
}

# table NAME OPTION...: as JSON, without the numbers that reading it changes
table() {
	"$NP_TOOL" "$@" -j |
		sed -E 's/"(hits|unseen|births|deaths|in_flight)":[0-9]+//g'
}

tables_are_the_same_both_ways() {
	local name i

	for name in stages stats latency; do
		# the clock, by which times are converted to ns, may be calibrated anew in between
		for i in 1 2 3; do
			table "$name" >"$tmp/netlink"
			table "$name" --debugfs >"$tmp/files"
			! cmp -s "$tmp/netlink" "$tmp/files" || break
		done
		cmp "$tmp/netlink" "$tmp/files" || fail "the same $name" \
			"$(diff "$tmp/netlink" "$tmp/files" | cut -c 1-300)"
	done
}

records_are_the_same_both_ways() {
	packets
	"$NP_TOOL" record -a -n 10 -o "$tmp/netlink" 2>/dev/null
	"$NP_TOOL" record -a -n 10 -o "$tmp/files" --debugfs 2>/dev/null
	expect "packets" 10 "$("$NP_TOOL" show --oneline "$tmp/netlink" | wc -l)"
	expect "the same records" "$("$NP_TOOL" show --oneline "$tmp/files" | sort)" \
		"$("$NP_TOOL" show --oneline "$tmp/netlink" | sort)"
}

buckets_are_listed() {
	packets
	"$NP_TOOL" latency -b -j >"$tmp/buckets"
	expect_json_lines "$tmp/buckets"
	expect_number "datagrams in buckets" \
		"$(json "$tmp/buckets" 'sum(b["count"] for b in doc[0] if b["name"] == "udp_rcv")')" '>=' 10
}

config_is_printed_and_changed() {
	expect_status 0 "$NP_TOOL" config
	expect_match "config" 'expire_ms +30000' "$ktap_output"
	expect_status 0 "$NP_TOOL" config --set expire_ms=7777
	defer "$NP_TOOL" config --set expire_ms=30000
	expect_match "config" '"expire_ms":7777' "$("$NP_TOOL" config -j)"
	expect_status 1 "$NP_TOOL" config --set table_slots=128,expire_ms=5555
	expect_match "setting" 'refused: table_slots' "$ktap_output"
	expect_match "reason" 'busy: needs a stop: set enable to 0' "$ktap_output"
	expect_match "config" '"expire_ms":7777' "$("$NP_TOOL" config -j)"
	expect_status 2 "$NP_TOOL" config --set nonsense=1
	expect_match "message" "no setting 'nonsense'" "$ktap_output"
	expect_status 2 "$NP_TOOL" config --set expire_ms=much
	expect_status 2 "$NP_TOOL" config --set enable=256
}

stages_are_chosen() {
	defer "$NP_TOOL" stages --set default
	expect_status 0 "$NP_TOOL" stages --set udp_rcv
	expect "armed" "skb_clone skb_free skb_merge udp_rcv" \
		"$("$NP_TOOL" stages | awk '/ armed / { print $2 }' | sort | paste -sd ' ')"
	expect_status 2 "$NP_TOOL" stages --set udp_rcv,nonsense
	expect_match "message" "no stage 'nonsense'" "$ktap_output"
	expect_status 0 "$NP_TOOL" stages --set default,ip_output
	expect_match "stages" ' ip_output .* armed ' "$("$NP_TOOL" stages)"
	expect_match "stages" ' dev_queue .* armed ' "$("$NP_TOOL" stages)"
}

cleared_is_empty() {
	packets
	expect_status 0 "$NP_TOOL" clear latency
	expect "count" 0 "$("$NP_TOOL" latency | awk '$1 == "udp_rcv" { print $2 }')"
	expect_status 0 "$NP_TOOL" clear records
	run timeout -s INT $((2 * NP_SLOW)) "$NP_TOOL" watch -a --oneline || true
	[[ $ktap_output != *'#'* ]] || fail "no packet" "$ktap_output"
	expect_status 2 "$NP_TOOL" clear nonsense
	expect_status 2 "$NP_TOOL" clear
}

when_disabled_it_says_so() {
	defer bash -c "echo 1 >$NP_DIR/enable"
	echo 0 >"$NP_DIR/enable"
	packets
	run timeout -s INT $((5 * NP_SLOW)) "$NP_TOOL" watch || true
	expect_match "message" 'recording is disabled' "$ktap_output"
}

closed_pipe_ends_watch() {
	packets 50
	run timeout $((20 * NP_SLOW)) bash -c "set -o pipefail; '$NP_TOOL' watch -a | head -n 1" ||
		fail "end within 20 s, status 0" "$? $ktap_output"
	expect "lines" 1 "$(wc -l <<<"$ktap_output")"
}

# One that waits for ever would look as if there were no packets.
watch_ends_when_the_module_is_unloaded() {
	local pid status=0

	timeout 60 "$NP_TOOL" watch --oneline >"$tmp/watch" 2>&1 &
	pid=$!
	wait_for 10 "watch has subscribed" is_reading "$pid"
	# a netlink family, too, but not ours
	if modprobe wireguard; then
		rmmod wireguard
	fi
	packets
	wait_for 10 "packets" grep -q UDP "$tmp/watch"
	module_unload
	defer insmod "$NP_MODULE"
	wait "$pid" || status=$?
	expect "exit status" 1 "$status"
	expect "last words" "netpath: the module was unloaded" "$(tail -n 1 "$tmp/watch")"
}

man_page_has_all_commands() {
	local name page=$NP_TOP/tools/netpath.8

	[[ -s $page ]] || fail "$page" "none"
	for name in $COMMANDS; do
		grep -q "$name" "$page" || fail "$name in the man page" "not there"
	done
}

# completed WORD...: what bash offers for the last word, in one line
completed() {
	(
		# nothing to offer is a failure of compgen
		set +e
		trap - ERR
		# works only where bash itself completes
		compopt() { :; }
		# shellcheck source=tools/netpath.bash-completion
		. "$NP_TOP/tools/netpath.bash-completion"
		COMP_WORDS=("$NP_TOOL" "$@") COMP_CWORD=$#
		_netpath "$NP_TOOL" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf '%s\n' "${COMPREPLY[@]}" | sort | paste -s -d ' '
	)
}

bash_completes_commands_options_and_names() {
	local name

	for name in $COMMANDS; do
		expect_match "commands" " $name " " $(completed '') "
	done
	expect "a command" watch "$(completed wat)"
	expect "an option" "--one-in --oneline" "$(completed watch --on)"
	expect "no option of another command" "" "$(completed stats --on)"
	expect "what to clear" latency "$(completed clear l)"
	expect "stages" "ip_rcv ip_rcv_finish" "$(completed stages -s ip_rcv)"
	expect "stages after a comma" all,default,udp_rcv \
		"$(completed stages --set all,default,udp_rcv)"
	expect "no stage" "" "$(completed stages -s nonsense)"
	expect "a setting" ring_kib= "$(completed config -s ri)"
	expect "a setting after a value" 64,enable= "$(completed config -s ring_kib = 64,en)"
	expect "no name for a value" "" "$(completed config -s ring_kib = en)"
	expect "no rule as a setting" "" "$(completed config -s dro)"
	expect "directions" "rx tx" "$(completed watch --direction '')"
	expect "a device" lo "$(completed watch -i lo)"
	expect "a namespace" np-c "$(completed record --netns np-c)"
	expect "a stage and its time" udp_rcv= "$(completed watch --slow-stage udp_r)"
}

setup() {
	module_load
	netns_pair
	defer rm -rf "$tmp"
	packets
}

ktap_run setup \
	tables_as_text_have_a_head_and_rows \
	tables_as_json_agree_with_the_files \
	texts_are_texts_in_json_and_numbers_are_numbers \
	watch_prints_packets_as_text \
	watch_prints_packets_as_json \
	watch_oneline_is_one_line \
	record_and_show_agree \
	record_stops_at_sigint_with_a_whole_file \
	damaged_file_is_an_error_not_a_crash \
	wrong_usage_is_exit_code_2 \
	help_is_on_stdout_with_exit_code_0 \
	other_user_is_told_to_be_root \
	without_module_it_says_so \
	without_debugfs_netlink_does \
	without_debugfs_the_files_are_missed \
	verbose_says_by_which_way \
	in_another_network_namespace_the_files_do \
	tables_are_the_same_both_ways \
	records_are_the_same_both_ways \
	buckets_are_listed \
	config_is_printed_and_changed \
	stages_are_chosen \
	cleared_is_empty \
	when_disabled_it_says_so \
	closed_pipe_ends_watch \
	watch_ends_when_the_module_is_unloaded \
	man_page_has_all_commands \
	bash_completes_commands_options_and_names
