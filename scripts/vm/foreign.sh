# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Roots for kernels of another architecture.  Needs lib.sh and debian.sh.
#
# This machine cannot run that architecture's programs, and asks for no help to do so.  The root
# of the guest is therefore unpacked, not installed, and building is done in a Debian of this
# machine's architecture, of the same suite, with a cross compiler.

# What the scripts of the packages would have done and the guest needs
finish_unpacked() {
	local root=$1 name

	for name in passwd group; do
		cp "$root/usr/share/base-passwd/$name.master" "$root/etc/$name"
	done
	ln -s mawk "$root/usr/bin/awk"
	depmod -b "$root" "$(root_release "$root")"
}

# kbuild_package ROOT: the package with the programs that building modules runs; the headers link
# to it
kbuild_package() {
	local link

	link=$(readlink "$1/usr/src/linux-headers-$(root_release "$1")/scripts")
	basename "$(dirname "$link")"
}

# make_foreign DIR SUITE ARCH PACKAGES: DIR/root with these packages, separated by commas, and
# DIR/cross, which builds for it
make_foreign() {
	local dir=$1 suite=$2 arch=$3 packages=$4 kbuild

	make_debian "$dir" "$suite" "$packages,busybox-static" --include='?essential' \
		--variant=extract --architectures="$arch" \
		--setup-hook=/usr/share/mmdebstrap/hooks/merged-usr/setup00.sh \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*'
	finish_unpacked "$dir/root"
	kbuild=$(kbuild_package "$dir/root")
	[[ $suite != *-backports ]] || kbuild+=/$suite
	mkdir "$dir/cross.tmp"
	make_debian "$dir/cross.tmp" "$suite" "make,pkg-config,$(cross_compiler "$arch"),$kbuild" \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*'
	mv "$dir/cross.tmp/root" "$dir/cross"
	rmdir "$dir/cross.tmp"
	mkdir "$dir/cross/netpath"
}

cross_compiler() {
	case $1 in
	arm64)	echo gcc-aarch64-linux-gnu ;;
	*)	die "no cross compiler is known for $1" ;;
	esac
}
