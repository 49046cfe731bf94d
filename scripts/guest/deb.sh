# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # the tests set version
# What tests of installed packages share, in the guest.  Needs ktap.sh.

program_shows_packets() {
	expect "the program" /usr/sbin/netpath "$(type -P netpath)"
	expect_match "its version" "^netpath $version," "$(netpath --version)"
	expect_status 0 ping -q -c 3 -i 0.2 127.0.0.1
	expect_status 0 timeout 20 netpath watch -a --oneline -n 6
	expect_match "packets" 'ICMP 127.0.0.1.* > 127.0.0.1.* delivered' "$ktap_output"
	expect_status 0 netpath stats
	expect_match "statistics" 'records +[1-9]' "$ktap_output"
}

# expect_refused COMMAND ARG...: that would load the module
expect_refused() {
	dmesg --clear
	expect_status 1 "$@"
	expect_match "reason" 'Key was rejected by service' "$ktap_output"
	[[ ! -e /sys/module/netpath ]] || fail "not loaded" "loaded"
}

kernel_takes_signed_modules_only() {
	expect "module.sig_enforce" Y "$(</sys/module/module/parameters/sig_enforce)"
}

unsigned_module_is_refused() {
	expect_refused insmod unsigned.ko
	expect_match "kernel log" 'Loading of unsigned module is rejected' "$(dmesg)"
}

# expect_unknown_key COMMAND ARG...
expect_unknown_key() {
	expect_refused "$@"
	expect_match "kernel log" 'Loading of module with unavailable key is rejected' "$(dmesg)"
}
