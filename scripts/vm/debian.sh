# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Roots of Debian suites, in the cache.  Needs lib.sh.

# The mirror is the one that this machine's apt uses: lines "SITE RELEASE".
mirrors() {
	# shellcheck disable=SC2016 # apt-get fills in $(SITE)
	apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' 'Origin: Debian' |
		sort -u
}

# has_suite SITE SUITE TMPDIR
has_suite() {
	[[ $1 ]] && /usr/lib/apt/apt-helper -o Acquire::Retries=5 download-file \
		"$1/dists/$2/InRelease" "$3/probe" >/dev/null 2>&1
}

# sources SUITE TMPDIR: what sources.list has.  Security updates have a mirror of their own.  A
# suite that is not there (old releases lose theirs, and not every mirror has all) is left out,
# except the two that the kernel needs.
sources() {
	local suite=$1 base=${1%-backports} site security mirrors

	mirrors=$(mirrors)
	site=$(awk '$2 !~ /-security$/ { print $1; exit }' <<<"$mirrors")
	security=$(awk '$2 ~ /-security$/ { print $1; exit }' <<<"$mirrors")
	echo "deb $site $base main"
	[[ $suite == "$base" ]] || echo "deb $site $suite main"
	! has_suite "$site" "$base-updates" "$2" || echo "deb $site $base-updates main"
	! has_suite "$security" "$base-security" "$2" || echo "deb $security $base-security main"
}

# make_debian DIR SUITE PACKAGES OPTION...: DIR/root with these packages, separated by commas;
# options are those of mmdebstrap.
make_debian() {
	local dir=$1 suite=$2 packages=$3 hook

	shift 3
	sources "$suite" "$dir" >"$dir/sources"
	# Fetch as this machine does: proxy, time outs, what is accepted.
	apt-config dump | grep '^Acquire::' >"$dir/aptopts" || true

	# We boot an initrd of our own, so keep the kernel package from making one: it is slow.
	# shellcheck disable=SC2016 # $1 is the hook's argument
	hook='chroot "$1" dpkg-divert --quiet --local --rename --add /usr/sbin/update-initramfs
		ln -s /bin/true "$1/usr/sbin/update-initramfs"'
	if ! mmdebstrap --mode=root --variant=apt --include="$packages" \
		--aptopt="$dir/aptopts" --aptopt='Apt::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--essential-hook="$hook" "$@" \
		"${suite%-backports}" "$dir/root" - <"$dir/sources" >"$dir/log" 2>&1; then
		cat "$dir/log" >&2
		die "could not make a root of $suite"
	fi
	rm -f "$dir"/{sources,aptopts,probe,log}
}

# cached_root NAME KEY COMMAND...: print the directory for NAME and KEY (what it is made from,
# the mirrors beside); unless the cache has it, "COMMAND... DIR" makes what is in it.
cached_root() {
	local name=$1 key=$2 mirrors dir tmp lock

	shift 2
	mirrors=$(mirrors)
	[[ $mirrors ]] || die "apt on this machine has no Debian mirror to make a root from"
	dir=$CACHE/roots/$name-$(hash_of <<<"$key $mirrors")
	if [[ ! -d $dir ]]; then
		((EUID == 0)) || die "making a Debian root needs root; run this as root"
		mkdir -p "$CACHE/roots"
		exec {lock}>"$CACHE/roots/$name.lock"
		flock -n "$lock" || { note "waiting for another run that makes the root"; flock "$lock"; }
	fi
	if [[ ! -d $dir ]]; then
		# what a killed run left
		rm -rf --one-file-system "$dir".??????
		note "making $name (once; the root of a Debian takes about 2 minutes)"
		tmp=$(mktemp -d "$dir.XXXXXX")
		# shellcheck disable=SC2064 # tmp is local
		trap "rm -rf --one-file-system '$tmp'" EXIT
		"$@" "$tmp"
		chmod 755 "$tmp"
		mv -T "$tmp" "$dir"
	fi
	echo "$dir"
}
