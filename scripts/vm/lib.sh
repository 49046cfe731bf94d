# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # variables are for the scripts that source this file

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/netpath

note() {
	echo "netpath: $*" >&2
}

# Our own failures exit with 125, so that they do not look like a command's exit status.
die() {
	note "$*"
	exit 125
}

# kernel_line K: the fields of K in kernels.list: "K suite image headers"
kernel_line() {
	local line

	line=$(awk -v k="$1" '!/^#/ && $1 == k { $1 = $1; print }' "$TOP/scripts/kernels.list")
	[[ $line ]] || die "no kernel $1 in scripts/kernels.list"
	echo "$line"
}

default_kernel() {
	awk '!/^#/ && NF { print $1; exit }' "$TOP/scripts/kernels.list"
}

# hash_of: a short hash of standard input
hash_of() {
	sha256sum | cut -c1-12
}

# build_dir K: where the working tree is copied to and built for K
build_dir() {
	echo "$CACHE/build/$1-$(hash_of <<<"$TOP")"
}

# root_release ROOT: the kernel release that a root has
root_release() {
	local modules=("$1"/lib/modules/*)

	((${#modules[@]} == 1)) || die "$1 must have one kernel, has: ${modules[*]##*/}"
	basename "${modules[0]}"
}
