# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Helpers of the VM tests: assertions on a guest's log, and where its parts are.
#
# Sourced after tests/fixtures/lib.sh. A failed assertion prints what was expected and the log's tail, and ends the test.

VM=$BUILD/vm
mkdir -p "$VM"
export VM

# vm_fail LOG TEXT...
vm_fail() {
	fail_log=$1
	shift
	echo "$PROG: $*; end of $fail_log:" >&2
	tail -n 25 "$fail_log" | cut -c1-200 | sed 's/^/    /' >&2
	exit 1
}

# assert_log LOG PATTERN...: each extended regular expression matches a line
assert_log() {
	assert_file=$1
	shift
	for pattern in "$@"; do
		grep -aEq -e "$pattern" "$assert_file" || vm_fail "$assert_file" "expected a line like \"$pattern\""
	done
}

# refute_log LOG PATTERN...: none matches
refute_log() {
	assert_file=$1
	shift
	for pattern in "$@"; do
		! grep -aEq -e "$pattern" "$assert_file" || vm_fail "$assert_file" "did not expect \"$pattern\""
	done
}

# assert_order LOG FIRST SECOND: both match a line, the first one above
assert_order() {
	assert_log "$1" "$2" "$3"
	first=$(grep -anE -m 1 -e "$2" "$1" | cut -d: -f1)
	second=$(grep -anE -m 1 -e "$3" "$1" | cut -d: -f1)
	[ "$first" -lt "$second" ] || vm_fail "$1" "expected \"$2\" (line $first) before \"$3\" (line $second)"
}

# log_value LOG KEY: the rest of the first line that starts with "guest: KEY "
log_value() {
	sed -n "s|^guest: $2 ||p" "$1" | head -n 1
}

# log_report LOG: the loader's report as the guest printed it; empty when there was none
log_report() {
	sed -n '/^guest: report begin$/,/^guest: report end$/p' "$1" | sed '1d;$d'
}

# vm_base ABI: the initramfs and root disk all boots share, as $VM/base-ABI.gz and $VM/root.img. Everything around
# the drivers of the root disk is in it: the PCI transport of virtio, ext4, and, not loaded, what nvme-core needs.
vm_base() {
	base_key="$1 $(cat "$TOP"/tests/vm/guest-*.sh "$TOP"/tests/vm/mk-*.sh | cksum)"
	(
		lock vm-base
		if stamp_is "$VM/base-$1.stamp" "$base_key"; then
			exit 0
		fi
		"$TOP/tests/fixtures/kernels.sh" tree "$1"
		"$TOP/tests/vm/mk-initramfs.sh" "$1" "$VM/base-$1.gz" virtio_pci ext4 +t10-pi
		"$TOP/tests/vm/mk-rootdisk.sh" "$VM/root.img"
		stamp_write "$VM/base-$1.stamp" "$base_key"
	)
}
