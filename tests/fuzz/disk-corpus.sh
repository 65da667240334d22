#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes tests/fuzz/corpus/{rpm,disk} anew: RPMs from the writer of the unit tests, disks from the field's tools.
set -eu
cd "$(dirname "$0")/../.."
corpus=$PWD/tests/fuzz/corpus
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C SOURCE_DATE_EPOCH=0 MTOOLS_SKIP_CHECK=1

make_rpms() {
	gcc -std=gnu11 -D_GNU_SOURCE -I. -Wall -Wextra -o "$work/make" tests/fuzz/disk_corpus.c lib/base/*.c -lcmocka -lz
	"$work/make" "$corpus/rpm"
}

# iso OPTION...: without the padding at the end, for the tree's sake
iso() {
	xorriso -as mkisofs -quiet --set_all_file_dates 1970010100000000 -no-pad -R "$@" >/dev/null 2>&1
}

make_tree() {
	mkdir -p "$work/tree/rpms/x86_64" "$work/outer"
	: >"$work/tree/rhdd3"
	cp "$corpus/rpm/accept-driver" "$work/tree/rpms/x86_64/kmod.rpm"
	ln -s ../rhdd3 "$work/tree/rpms/link"
	find "$work/tree" -exec touch -h -d @0 {} +
}

make_disks() {
	iso -V OEMDRV -o "$corpus/disk/accept-rockridge" "$work/tree"
	iso -J -V OEMDRV -o "$corpus/disk/accept-joliet" "$work/tree"
	cp "$corpus/disk/accept-rockridge" "$work/outer/in.iso"
	iso -V OUTER -o "$corpus/disk/accept-nested" "$work/outer"
	cp "$corpus/rpm/accept-driver" "$corpus/disk/accept-rpm"
	cp "$corpus/fat/accept-fat12" "$corpus/disk/accept-fat"
	(cd "$work/tree" && find . | sort | cpio --quiet --reproducible -o -H newc) | gzip -n >"$corpus/disk/accept-cpio"
	tar -C "$work/tree" --sort=name --owner=0 --group=0 -cf "$corpus/disk/accept-tar" .
}

make_bad_disks() {
	# the root folder's record says that it starts at the volume descriptor itself (ECMA-119, 8.4.18)
	cp "$corpus/disk/accept-rockridge" "$corpus/disk/reject-root"
	printf '\020' | dd of="$corpus/disk/reject-root" bs=1 seek=$((32768 + 158)) conv=notrunc status=none
	size=$(wc -c <"$corpus/disk/accept-rockridge")
	head -c $((size - 3000)) "$corpus/disk/accept-rockridge" >"$corpus/disk/reject-cut"
	cp "$corpus/fat/reject-loop" "$corpus/disk/reject-fat-loop"
	printf 'no disk' >"$corpus/disk/reject-text"
	tar -C "$work/tree" --transform='s|rhdd3|../rhdd3|' -P -cf "$corpus/disk/reject-dotdot" rhdd3
}

rm -rf "$corpus/rpm" "$corpus/disk"
mkdir -p "$corpus/rpm" "$corpus/disk"
make_rpms
make_tree
make_disks
make_bad_disks
ls -l "$corpus/rpm" "$corpus/disk"
