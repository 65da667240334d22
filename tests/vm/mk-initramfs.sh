#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the test initramfs: busybox, our /init, and stock modules with what they depend on.
#
#   mk-initramfs.sh KERNEL OUT MODULE...
#
# KERNEL is an ABI that `kernels.sh tree` or `image` made. MODULE is loaded by /init; +MODULE is only put in, for others to
# find. Same input, same bytes. With OUTFORM=cpio the archive is left uncompressed.
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"

HERE=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || die "usage: mk-initramfs.sh KERNEL OUT MODULE..."
need busybox cpio gzip depmod modprobe
abi=$1 out=$2
shift 2
tree=$(image_dir "$abi")
[ -n "$tree" ] || die "$abi: no image of it there; run tests/fixtures/kernels.sh image $abi"
scratch_dir "$out"
root=$work/root

# module_add NAME: it and its dependencies, soft ones too, at their place below lib/modules
module_add() {
	modprobe -C /dev/null -d "$tree" -S "$abi" --show-depends "$1" >"$work/files" || die "$1: no such module in $abi"
	sed -n "s|^insmod $tree/\([^ ]*\).*|\1|p" "$work/files" | while read -r file; do
		install -D -m 0644 "$tree/$file" "$root/$file"
	done
}

userland() {
	for dir in bin sbin etc proc sys dev run newroot; do
		mkdir -p "$root/$dir"
	done
	install -m 0755 "$(command -v busybox)" "$root/bin/busybox"
	for applet in sh mount umount grep sed tr tail cut sort cat sleep touch mkdir echo dmesg ls; do
		ln -s busybox "$root/bin/$applet"
	done
	for applet in modprobe insmod switch_root poweroff; do
		ln -s ../bin/busybox "$root/sbin/$applet"
	done
	install -m 0755 "$HERE/guest-initramfs.sh" "$root/init"
}

userland
: >"$root/etc/modules-load"
for module in "$@"; do
	module_add "${module#+}"
	[ "$module" != "${module#+}" ] || echo "$module" >>"$root/etc/modules-load"
done
mkdir -p "$root/lib/modules/$abi"
cp "$tree/lib/modules/$abi"/modules.order "$tree/lib/modules/$abi"/modules.builtin* "$root/lib/modules/$abi"
depmod -b "$root" "$abi"
find "$root" -exec touch -h -d @0 {} +
(cd "$root" && find . | sort | cpio -o -H newc --reproducible -R 0:0 --quiet) >"$work/cpio"
case ${OUTFORM-} in
cpio) mv "$work/cpio" "$out" ;;
*)
	gzip -n -6 <"$work/cpio" >"$work/gz"
	mv "$work/gz" "$out"
	;;
esac
