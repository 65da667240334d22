#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes tests/fuzz/corpus/fat anew by mkfs.fat and mtools, small volumes so that they may lie in the tree.
set -eu
cd "$(dirname "$0")/../.."
corpus=tests/fuzz/corpus/fat
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 MTOOLS_SKIP_CHECK=1 SOURCE_DATE_EPOCH=0

# format NAME BITS KIB [OPTION...]
format() {
	name=$1 bits=$2 kib=$3
	shift 3
	mkfs.fat --invariant -C -F "$bits" -s 1 -f 1 -n OEMDRV "$@" "$corpus/$name" "$kib" >/dev/null
}

# fill NAME: folders, short, long and deleted names
fill() {
	image=$corpus/$1
	printf 'marker' >"$work/rhdd3"
	head -c 1500 /dev/zero >"$work/three clusters of Jürgen.rpm"
	touch -d @0 "$work"/*
	mmd -i "$image" ::rpms ::rpms/x86_64
	mcopy -m -i "$image" "$work/rhdd3" ::rhdd3
	mcopy -m -i "$image" "$work/three clusters of Jürgen.rpm" ::rpms/x86_64/
	mcopy -m -i "$image" "$work/rhdd3" ::gone
	mdel -i "$image" ::gone
	truncate -s 8192 "$image" # what lies behind is empty
}

# damage NAME FROM OFFSET BYTES: a copy with other bytes (octal escapes) there
damage() {
	cp "$corpus/$2" "$corpus/$1"
	# shellcheck disable=SC2059 # escapes are what it is for
	printf "$4" | dd of="$corpus/$1" bs=1 seek="$3" conv=notrunc status=none
}

rm -rf "$corpus"
mkdir -p "$corpus"
format accept-fat12 12 64 -r 16
fill accept-fat12
# mtools take none so small for FAT32: it stays empty but for its label
format accept-fat32 32 64 2>"$work/warning"
truncate -s 24576 "$corpus/accept-fat32"
# entries of the table start at byte 512; clusters 5 to 7 are of the large file
damage reject-loop accept-fat12 521 '\005'
damage reject-geometry accept-fat12 13 '\003'
damage reject-root accept-fat32 44 '\377\377\377\017'
head -c 2000 "$corpus/accept-fat12" >"$corpus/reject-cut"
printf 'no file system' >"$corpus/reject-text"
ls -l "$corpus"
