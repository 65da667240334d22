#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Real kernel images against what was built with them: exports, configuration, signatures of modules.
#
#   vmlinuz-real.sh ORACLE           the newest kernel (of kernels/)
#   vmlinuz-real.sh ORACLE --all     and every one with headers in build/fixtures
set -eu
oracle=$1
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"

# compare ABI TREE: TREE has boot and lib/modules
compare() {
	dkms=$(find "$FIX/dkms/" "$FIX/dkms-full/$1/" -path "*/$1/*" -name '*.ko' 2>/dev/null || true)
	[ -n "$dkms" ] || die "no module built by DKMS for $1; run tests/fixtures/dkms.sh"
	# shellcheck disable=SC2086 # names of modules have no blanks
	"$oracle" "$1" "$2/boot/vmlinuz-$1" "$(headers_dir "$1")/usr/src/linux-headers-$1/Module.symvers" \
		"$2/boot/config-$1" "$2/lib/modules/$1/kernel/drivers/block" $dkms
}

n=0
for tree in "$FIX"/kernels/*/; do
	compare "$(basename "$tree")" "${tree%/}"
	n=$((n + 1))
done
if [ "${2-}" = --all ]; then
	for tree in "$FIX"/headers/*/; do
		abi=$(basename "$tree")
		[ -d "$FIX/images/$abi" ] || die "no image of $abi; run tests/fixtures/images.sh --all"
		compare "$abi" "$FIX/images/$abi"
		n=$((n + 1))
	done
fi
[ "$n" -gt 0 ] || die "no kernel in $FIX/kernels; run tests/fixtures/kernels.sh"
echo "vmlinuz: $n images agree with what was built with them"
