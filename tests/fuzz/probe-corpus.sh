#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the fuzz corpora squashfs, probe and cache; the unit test of the probe reads the first one too.
# usage: probe-corpus.sh TOOLS ; TOOLS is build/obj/tools, with mkko and showprobe in it
set -eu
tools=$(realpath "$1")
cd "$(dirname "$0")/corpus"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p squashfs probe cache
umask 022

# tree FOLDER: a small target
tree() {
	mkdir -p "$1/usr/lib/modules/6.1" "$1/usr/lib/firmware" "$1/etc/modprobe.d" "$1/usr/bin"
	ln -s usr/lib "$1/lib"
	for name in inner inner2; do
		"$tools/mkko" "$1/usr/lib/modules/6.1/$name.ko" "name=$name" 'vermagic=6.1 SMP ' \
			depends=inner "export:${name}_export=10" import:printk=20
	done
	printf 'kernel/fs/ext4/ext4.ko\n' >"$1/usr/lib/modules/6.1/modules.builtin"
	printf 'ID=sles\nVERSION_ID=15.6\n' >"$1/etc/os-release"
	printf 'blacklist one\n' >"$1/etc/modprobe.d/a.conf"
	printf x >"$1/usr/lib/firmware/f.bin"
	printf -- '-ZSTD +XZ -ZLIB ' >"$1/usr/bin/kmod"
	head -c 20000 /dev/zero >"$1/etc/blocks"
}

# squashfs FOLDER IMAGE OPTION...
squashfs() {
	folder=$1 image=$2
	shift 2
	rm -f "$image"
	SOURCE_DATE_EPOCH=0 mksquashfs "$folder" "$image" "$@" -b 4096 -all-root -no-xattrs -no-progress -quiet -nopad
}

# initrd FOLDER IMAGE
initrd() {
	find "$1" -exec touch -h -d @0 {} +
	(cd "$1" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) >"$2"
}

tree "$work/tree"
for codec in gzip xz zstd; do
	squashfs "$work/tree" "squashfs/accept-$codec" -comp "$codec"
done
squashfs "$work/tree" squashfs/accept-plain -noI -noD -noF -no-fragments
head -c 400 squashfs/accept-gzip >squashfs/reject-cut
printf 'hsqs' >squashfs/reject-short
# its root directory is said to lie elsewhere
{
	head -c 32 squashfs/accept-xz
	printf '\377\377\0\0\0\0\0\0'
	tail -c +41 squashfs/accept-xz
} >squashfs/reject-root

rm "$work/tree/etc/blocks"
initrd "$work/tree" probe/accept-tree
mkdir -p "$work/outer/parts" "$work/outer/conf"
cp squashfs/accept-xz "$work/outer/parts/00_lib"
: >"$work/outer/conf/initramfs.conf"
initrd "$work/outer" probe/accept-squashfs
mkdir "$work/links"
for name in init sbin etc lib64; do ln -s "$name" "$work/links/$name"; done
ln -s lib64 "$work/links/lib"
initrd "$work/links" probe/accept-loops
head -c 700 probe/accept-tree >probe/reject-cut
printf 'junk' >probe/reject-junk

# remembered facts; where the header says of which file, they are of none
for image in tree squashfs; do
	cp "probe/accept-$image" "$work/initrd"
	sleep 0.1
	rm -rf "$work/cache"
	"$tools/showprobe" initrd "$work/initrd" "cache=$work/cache" >"$work/log"
	cp "$work"/cache/probe-* "cache/accept-$image"
	dd if=/dev/zero of="cache/accept-$image" bs=1 seek=24 count=64 conv=notrunc status=none
done
head -c 300 cache/accept-tree >cache/reject-cut
printf 'junk' >cache/reject-junk
