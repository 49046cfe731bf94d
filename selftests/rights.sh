#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Who may read and write what; and what is written is checked.

# shellcheck disable=SC2317 # subtests are called by name

here=$(dirname "${BASH_SOURCE[0]}")
. "$here/lib/ktap.sh"
. "$here/lib/defer.sh"
. "$here/lib/netns.sh"

as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# Debian lets only root into debugfs; a system may not, so the files' own modes must do.
open_debugfs() {
	local mode

	mode=$(stat -c %a /sys/kernel/debug)
	chmod 755 /sys/kernel/debug
	defer chmod "$mode" /sys/kernel/debug
}

secret_files() {
	echo "$NP_DIR"/{trace,trace_pipe,enable,filter,rules,freeze} "$NP_DIR"/per_cpu/cpu*/ring
}

file_modes_are_as_documented() {
	local file

	for file in stages:444 stats:444 latency:444 trace:400 trace_pipe:400 enable:600 filter:600 rules:600 freeze:600 \
		per_cpu/cpu0/ring:400; do
		run stat -c %a "$NP_DIR/${file%:*}"
		expect "mode of ${file%:*}" "${file#*:}" "$ktap_output"
	done
}

other_user_gets_eacces_from_debugfs_as_it_is() {
	local file

	for file in $(secret_files); do
		expect_status 1 as_nobody cat "$file"
		expect_match "reading $file" 'Permission denied' "$ktap_output"
	done
}

other_user_gets_eacces_from_secret_files() {
	local file

	open_debugfs
	for file in $(secret_files); do
		expect_status 1 as_nobody cat "$file"
		expect_match "reading $file" 'Permission denied' "$ktap_output"
	done
	expect_status 1 as_nobody bash -c "echo 0 >$NP_DIR/enable"
	expect "enable" 1 "$(<"$NP_DIR/enable")"
}

other_user_reads_counters_when_debugfs_is_open() {
	local file

	open_debugfs
	for file in stages stats latency; do
		expect_status 0 as_nobody cat "$NP_DIR/$file"
	done
}

root_reads_all_files() {
	expect_status 0 cat "$NP_DIR/trace"
	expect_status 0 cat "$NP_DIR/enable"
	expect_status 0 cat "$NP_DIR/stages" "$NP_DIR/stats" "$NP_DIR/latency"
}

files_that_only_read_cannot_be_written() {
	local file

	for file in stages stats latency trace trace_pipe per_cpu/cpu0/ring; do
		expect_status 1 bash -c "echo 1 >$NP_DIR/$file"
	done
}

enable_refuses_nonsense_and_changes_nothing() {
	local word

	for word in 2 -1 01 yes on 11 "1 1" " 1" '\n' 10000000000; do
		expect_status 1 bash -c "printf -- '$word' >$NP_DIR/enable"
		expect_match "writing '$word'" 'Invalid argument' "$ktap_output"
		expect "enable" 1 "$(<"$NP_DIR/enable")"
	done
}

enable_takes_0_and_1() {
	defer bash -c "echo 1 >$NP_DIR/enable"
	for word in 0 1 0 0 1 1; do
		expect_status 0 bash -c "echo $word >$NP_DIR/enable"
		expect "enable" "$word" "$(<"$NP_DIR/enable")"
		expect "enabled in stats" "$word" "$(stat_of enabled)"
	done
	expect_status 0 bash -c "printf 0 >$NP_DIR/enable"
	expect "enable" 0 "$(<"$NP_DIR/enable")"
}

setup() {
	module_load
}

ktap_run setup \
	file_modes_are_as_documented \
	other_user_gets_eacces_from_debugfs_as_it_is \
	other_user_gets_eacces_from_secret_files \
	other_user_reads_counters_when_debugfs_is_open \
	root_reads_all_files \
	files_that_only_read_cannot_be_written \
	enable_refuses_nonsense_and_changes_nothing \
	enable_takes_0_and_1
