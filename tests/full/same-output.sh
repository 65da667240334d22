#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves that modferry built for another machine puts out, from real input, what the build for this one does.
#
#   same-output.sh LOADER NATIVE COMMAND...   COMMAND runs the other build (an emulator and its options before it)
#
# Input: the DKMS packages and the kernel of the fixtures, the installer's initrd.
set -eu
# shellcheck source=tests/full/lib.sh
. "$(dirname "$0")/lib.sh"
[ $# -ge 3 ] || die "usage: same-output.sh LOADER NATIVE COMMAND..."
loader=$1 native=$2
shift 2

initrd=/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64/initrd.gz
tree=$FIX/dkms
tarballs=$FIX/tarballs
stock=$(find "$FIX"/kernels/*/lib/modules/*/kernel/drivers -maxdepth 1 -name scsi | head -n 1)
for input in "$initrd" "$tree" "$tarballs" "$stock" "$FIX/el/dkms"; do
	[ -e "$input" ] || die "$input: not there; run tests/fixtures/kernels.sh, dkms.sh and el.sh there"
done
scratch_dir "$FULL/same"
printf '%s\n' virtio:d00000002v00001AF4 virtio:d00000001v00001AF4 \
	pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02 pci:v00001000d00000097sv00000000sd00000000bc01sc07i00 \
	>"$work/hardware"
packages=$(find "$tarballs/" -name '*.tar.gz' | sort | tr '\n' ' ')

# cases: a line each, the arguments of modferry
cases() {
	cat <<-END
		list --json --symbols --dkms-tree $tree
		list --json --symbols $stock
		list --json $packages
		match --json --hardware $work/hardware $packages
		match --json --hardware $work/hardware $stock
		inspect --json --sha256 $initrd
		dud --for rhel8 --for rhel9 --for rhel10 --abi-requires --dkms-tree $FIX/el/dkms --format list -o -
	END
	for format in cpio cpio.gz cpio.xz cpio.zst cpio.lz4 tar list; do
		echo overlay --initrd $initrd --loader "$loader" --format $format -o - "$packages"
	done
}

# outcome FILE COMMAND...: its output and status
outcome() {
	outcome_file=$1
	shift
	status=0
	"$@" >"$outcome_file" 2>"$outcome_file.err" || status=$?
	echo "$status" >"$outcome_file.status"
}

# liblz4 hashes words as they lie in memory, so which of two equal matches it takes depends on the byte order.
unpack_lz4() {
	for file in "$work/here" "$work/there"; do
		lz4 -dc <"$file" >"$file.unpacked" 2>/dev/null || : # it wonders at the padding behind
		[ -s "$file.unpacked" ] || die "$file: lz4 does not unpack it"
		mv "$file.unpacked" "$file"
	done
}

n=0
cases >"$work/cases"
while read -r line; do
	# shellcheck disable=SC2086  # words
	outcome "$work/here" "$native" $line
	# shellcheck disable=SC2086
	outcome "$work/there" "$@" $line
	if [ ! -s "$work/here" ] || [ "$(cat "$work/here.status")" -ne 0 ]; then
		cat "$work/here.err" >&2
		die "modferry $line: fails on this machine"
	fi
	case $line in
	*cpio.lz4*) unpack_lz4 ;;
	esac
	for part in status err ''; do
		cmp "$work/here${part:+.$part}" "$work/there${part:+.$part}" >&2 || {
			head -n 5 "$work/there.err" >&2
			die "modferry $line: another output there"
		}
	done
	n=$((n + 1))
done <"$work/cases"
[ "$n" -ge 10 ]
echo "$PROG: $n commands with the same output, byte by byte"
