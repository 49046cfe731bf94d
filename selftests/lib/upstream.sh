# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Programs of the kernel's own tests, without the module and with it.  Needs lib/ktap.sh,
# lib/defer.sh and lib/netns.sh.
#
# scripts/vm/upstream builds them, unchanged, from the source of the guest's suite.

upstream=/run/job/upstream
# commands that run at a time
upstream_at_once=1
# what these tests need and the guest's root lacks
export PATH=$upstream/bin:$PATH LD_LIBRARY_PATH=$upstream/lib XTABLES_LIBDIR=$upstream/lib/xtables

# verdict COMMAND: what it says of its subtests, and its exit status.  What depends on time fails
# now and then on a slow machine, with the module and without: it may try again.
verdict() {
	local work status tries

	work=$(mktemp)
	for ((tries = 3; tries; tries--)); do
		status=0
		# shellcheck disable=SC2086 # several words
		(cd "$upstream/net" && timeout $((200 * NP_SLOW)) $1) >"$work" 2>&1 || status=$?
		((status)) || break
	done
	echo "$1: exit status $status"
	grep -aE '^(OK|PASS|FAIL|All Tests)|[Ff]ailed' "$work" | tr -d '\0' || true
	rm -f "$work"
}

# verdicts COMMAND...: those of all, in this order.  They mostly wait, each in network namespaces of
# its own, so several run at a time.
verdicts() {
	local dir command number=100

	dir=$(mktemp -d)
	for command; do
		((number - 100 < upstream_at_once)) || wait -n || true
		number=$((number + 1))
		verdict "$command" >"$dir/$number" &
	done
	wait
	cat "$dir"/*
	rm -r "$dir"
}

# same_verdicts PROGRAM COMMAND...
same_verdicts() {
	local program=$1 before after births

	shift
	[[ -d $upstream ]] || skip "these are not built for other architectures"
	if [[ ! -x $upstream/net/$program ]]; then
		[[ ! -e $upstream/net/$program.log ]] ||
			fail "$program to be built" "$(<"$upstream/net/$program.log")"
		skip "the source of this kernel has no $program"
	fi
	module_unload
	before=$(verdicts "$@")
	module_load stages=all
	births=$(stat_of births)
	after=$(verdicts "$@")
	expect "verdicts with the module, as without" "$before" "$after"
	expect_number "packets recorded meanwhile" "$(($(stat_of births) - births))" ">" 0
	ktap_comment "$after"
	# that all fail in both cases would say nothing
	expect_match "one that passes" 'exit status 0' "$after"
}
