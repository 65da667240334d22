#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the small squashfs images of the fuzz corpora, which the probe's unit test reads too.
# usage: squashfs-corpus.sh MKKO ; MKKO is build/obj/tools/mkko
set -eu
mkko=$(realpath "$1")
cd "$(dirname "$0")/corpus"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/tree/usr/lib/modules/6.1" "$work/tree/etc" "$work/tree/usr/bin" squashfs
ln -s usr/lib "$work/tree/lib"
for name in inner inner2; do
	"$mkko" "$work/tree/usr/lib/modules/6.1/$name.ko" "name=$name" 'vermagic=6.1 SMP ' \
		"export:${name}_export=10" import:printk=20
done
printf 'ID=sles\nVERSION_ID=15.6\n' >"$work/tree/etc/os-release"
printf -- '-ZSTD +XZ -ZLIB ' >"$work/tree/usr/bin/kmod"
head -c 20000 /dev/zero >"$work/tree/etc/blocks"

for codec in gzip xz zstd; do
	rm -f "squashfs/accept-$codec"
	SOURCE_DATE_EPOCH=0 mksquashfs "$work/tree" "squashfs/accept-$codec" -comp "$codec" -b 4096 -all-root \
		-no-xattrs -no-progress -quiet -nopad
done
rm -f squashfs/accept-plain
SOURCE_DATE_EPOCH=0 mksquashfs "$work/tree" squashfs/accept-plain -b 4096 -all-root -no-xattrs -no-progress -quiet \
	-nopad -noI -noD -noF -no-fragments
head -c 400 squashfs/accept-gzip >squashfs/reject-cut
printf 'hsqs' >squashfs/reject-short
# its root directory is said to lie elsewhere
{
	head -c 32 squashfs/accept-xz
	printf '\377\377\0\0\0\0\0\0'
	tail -c +41 squashfs/accept-xz
} >squashfs/reject-root
