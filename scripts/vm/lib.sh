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

	line=$(awk -v k="$1" '!/^#/ && $1 == k { print $1, $2, $3, $4 }' "$TOP/scripts/kernels.list")
	[[ $line ]] || die "no kernel $1 in scripts/kernels.list"
	echo "$line"
}

# kernels TESTS: names of the kernels whose last field is as the regular expression
kernels() {
	awk -v tests="$1" '!/^#/ && NF && $5 ~ tests { print $1 }' "$TOP/scripts/kernels.list"
}

default_kernel() {
	kernels . | head -n 1
}

# deb_suites: the Debian releases that packages are built for and tested on, those of the kernels
# with "full"
deb_suites() {
	local name suite

	for name in $(kernels '^full$'); do
		suite=$(kernel_line "$name" | cut -d ' ' -f 2)
		echo "${suite%-backports}"
	done | awk '!seen[$0]++'
}

# tool_source TOOL: the package of the kernel's source that tools of the kernel are taken from:
# for lint (checkpatch, kernel-doc) that of the default kernel, for ynl that of our own kernels
tool_source() {
	local name

	case $1 in
	lint)	echo "linux-source-$(default_kernel)" ;;
	ynl)	for name in $(kernels '^debug$'); do
			kernel_line "$name" | cut -d ' ' -f 3
			break
		done ;;
	esac
}

# hash_of: a short hash of standard input
hash_of() {
	sha256sum | cut -c1-12
}

# build_dir K: where the working tree is copied to and built for K
build_dir() {
	echo "$CACHE/build/$1-$(hash_of <<<"$TOP")"
}

# disk_of DIR IMAGE KIB: an ext4 file system of that size with the files of DIR
disk_of() {
	/sbin/mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$1" "$2" "${3}k" >/dev/null ||
		die "could not make $2"
}

# tree_files: what is in the working tree and is, or could be, committed; names end with NUL
tree_files() {
	# The user that runs us need not be the one who made the clone.
	git -C "$TOP" -c safe.directory="$TOP" ls-files -z --cached --others --exclude-standard |
		sort -zu | while IFS= read -rd '' file; do
			[[ ! -e $TOP/$file && ! -L $TOP/$file ]] || printf '%s\0' "$file"
		done
}

# copy_of_tree DIR
copy_of_tree() {
	tree_files | tar -c -C "$TOP" --null --no-recursion -T - | tar -x -C "$1" --no-same-owner
}

# arch_of NAME: Debian's name of the architecture that a package or kernel release ends with; a
# kernel's source is built for this machine's
arch_of() {
	case $1 in
	linux-source-*)	dpkg --print-architecture ;;
	*)		echo "${1##*-}" ;;
	esac
}

# root_release ROOT: the kernel release that a root has
root_release() {
	local modules=("$1"/lib/modules/*)

	((${#modules[@]} == 1)) || die "$1 must have one kernel, has: ${modules[*]##*/}"
	basename "${modules[0]}"
}
