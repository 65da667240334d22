#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes tests/fuzz/corpus/{rpm,deb,disk} anew: RPMs and modules from the writers of the unit tests, the rest from the
# field's tools.
set -eu
cd "$(dirname "$0")/../.."
corpus=$PWD/tests/fuzz/corpus
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C SOURCE_DATE_EPOCH=0 MTOOLS_SKIP_CHECK=1

make_rpms() {
	gcc -std=gnu11 -D_GNU_SOURCE -I. -Wall -Wextra -o "$work/make" tests/fuzz/disk_corpus.c lib/base/*.c -lcmocka -lz
	"$work/make" "$corpus/rpm"
	mv "$corpus/rpm/foo.ko" "$work/foo.ko"
}

# deb FILE COMPRESSION: a package with a module, a bad one and firmware
make_deb() {
	dpkg-deb --root-owner-group "-Z$2" -b "$work/deb" "$1" >/dev/null
}

make_debs() {
	mkdir -p "$work/deb/DEBIAN" "$work/deb/lib/modules/6.1.0-1-amd64" "$work/deb/lib/firmware"
	cp "$work/foo.ko" "$work/deb/lib/modules/6.1.0-1-amd64/"
	echo 'no module' >"$work/deb/lib/modules/6.1.0-1-amd64/bar.ko"
	echo firmware >"$work/deb/lib/firmware/foo.bin"
	printf '%s\n' 'Package: foo-modules-6.1.0-1-amd64' 'Version: 1:2-3' 'Architecture: amd64' \
		'Kernel-Version: 6.1.0-1-amd64' 'Maintainer: T <t@example.org>' 'Modaliases: foo(pci:v1*,' ' pci:v2*)' \
		'Description: foo' ' bar' >"$work/deb/DEBIAN/control"
	find "$work/deb" -exec touch -h -d @0 {} +
	for packing in gzip xz zstd none; do
		make_deb "$corpus/deb/accept-$packing" "$packing"
	done
	cp "$work/deb/DEBIAN/control" "$corpus/deb/accept-control"
	head -c 300 "$corpus/deb/accept-gzip" >"$corpus/deb/reject-cut"
	sed 's/debian-binary/debian-text  /' "$corpus/deb/accept-none" >"$corpus/deb/reject-mark"
	sed 's/control.tar /control.taz /' "$corpus/deb/accept-none" >"$corpus/deb/reject-no-control"
	sed 's/Package: /Paket: /' "$corpus/deb/accept-control" >"$corpus/deb/reject-control"
	printf 'no package' >"$corpus/deb/reject-text"
}

make_suse() {
	top=$work/suse/01/linux/suse/x86_64-sles15
	mkdir -p "$top/modules" "$top/install"
	cp "$work/foo.ko" "$top/modules/"
	printf 'foo\n' >"$top/modules/module.order"
	printf 'UpdateID: 1\nUpdateName: foo 1\n' >"$top/dud.config"
	cp "$corpus/deb/accept-gzip" "$top/install/foo.deb"
	ln -s x86_64-sles15 "$work/suse/01/linux/suse/x86_64-sled15"
	find "$work/suse" -exec touch -h -d @0 {} +
	(cd "$work/suse" && find . | sort | cpio --quiet --reproducible -o -H newc) | gzip -n >"$corpus/disk/accept-suse"
	tar -C "$work/suse" --sort=name --owner=0 --group=0 -cf "$corpus/disk/accept-suse-tar" 01
	cp "$corpus/deb/accept-xz" "$corpus/disk/accept-deb"
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

rm -rf "$corpus/rpm" "$corpus/deb" "$corpus/disk"
mkdir -p "$corpus/rpm" "$corpus/deb" "$corpus/disk"
make_rpms
make_debs
make_suse
make_tree
make_disks
make_bad_disks
ls -l "$corpus/rpm" "$corpus/deb" "$corpus/disk"
