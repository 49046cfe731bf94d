# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154 # shared with the other files here and the tests
# KTAP for test files in bash, with kselftest's exit codes.
#
# A subtest is a function; its name says what must hold.  It runs in a subshell with errexit
# and ends at the first expectation that fails.  Needs lib/defer.sh.

KSFT_PASS=0
KSFT_FAIL=1
KSFT_SKIP=4

ktap_command=''
ktap_output=''
# how many times as long everything takes on this kernel
NP_SLOW=${NP_SLOW:-1}

# from where nothing ever comes: to wait without a process
exec {ktap_never}<> <(:)

# run COMMAND ARG...: run it; sets ktap_output (stdout and stderr) and returns its status.
run() {
	printf -v ktap_command '%q ' "$@"
	ktap_output=$("$@" 2>&1)
}

# The first lines of a text, as comments
ktap_comment() {
	head -n 20 <<<"$1" | sed 's/^/# /'
}

# fail EXPECTED GOT: end this subtest.
fail() {
	echo "# expected: $1"
	ktap_comment "got: $2"
	[[ ! $ktap_command ]] || echo "# command: $ktap_command"
	exit "$KSFT_FAIL"
}

# skip REASON: end this subtest, the machine lacks something.
skip() {
	echo "# SKIP $1"
	exit "$KSFT_SKIP"
}

# expect WHAT EXPECTED GOT: the two must be equal.
expect() {
	[[ $2 == "$3" ]] || fail "$1: $2" "$3"
}

# expect_match WHAT REGEX GOT
expect_match() {
	[[ $3 =~ $2 ]] || fail "$1: matches $2" "$3"
}

# expect_status STATUS COMMAND ARG...: the command ends with that exit status.
expect_status() {
	local want=$1 got=0

	shift
	run "$@" || got=$?
	((got == want)) || fail "exit status $want" "$got, output: $ktap_output"
}

# expect_number WHAT NUMBER OPERATOR NUMBER: as in (( )).
expect_number() {
	local relation="$2 $3 $4"

	((relation)) || fail "$1 $3 $4" "$2"
}

# wait_for LIMIT_SECONDS WHAT COMMAND ARG...: until the command succeeds.
wait_for() {
	local end=$((SECONDS + $1 * NP_SLOW)) what=$2

	shift 2
	until "$@"; do
		((SECONDS < end)) || fail "$what within the limit" "still not: $*"
		read -rt 0.05 -u "$ktap_never" || true
	done
}

ktap_subtest() {
	set -eE
	trap 'echo "# unexpected failure, line $LINENO: $BASH_COMMAND"' ERR
	trap defer_run EXIT
	defer_stack=()
	"$1"
}

# ktap_run SETUP SUBTEST...: run SETUP, then all subtests; exits.
ktap_run() {
	local setup=$1 name status number=0 failed=0 skipped=0 output

	shift
	trap defer_run EXIT
	echo "KTAP version 1"
	echo "1..$#"
	set -e
	"$setup"
	set +e
	for name; do
		number=$((number + 1))
		output=$(ktap_subtest "$name")
		status=$?
		# a command that failed with the status of skip() is no reason to skip
		[[ $status != "$KSFT_SKIP" || $'\n'$output == *$'\n# SKIP '* ]] || status=$KSFT_FAIL
		case $status in
		"$KSFT_PASS")
			[[ ! $output ]] || echo "$output"
			echo "ok $number $name"
			;;
		"$KSFT_SKIP")
			skipped=$((skipped + 1))
			echo "ok $number $name # SKIP ${output##*# SKIP }"
			;;
		*)
			failed=$((failed + 1))
			[[ ! $output ]] || echo "$output"
			echo "not ok $number $name"
			;;
		esac
	done
	((!failed)) || exit "$KSFT_FAIL"
	((skipped < number)) || exit "$KSFT_SKIP"
	exit "$KSFT_PASS"
}
