#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry dud for Debian and Ubuntu: what is on the disk, read by mtools and dpkg-deb, and the lines to paste.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
D12=6.1.0-50-amd64
D13=6.12.94+deb13-amd64
NOBLE=6.8.0-31-generic
EL9=5.14.0-427.13.1.el9_4.x86_64
export XDG_CACHE_HOME="$work/cache"

# build PACKAGE KERNEL MODULE...
build() {
	folder=$work/tree/$1/1.2.3/$2/x86_64/module kernel=$2
	mkdir -p "$folder" "$work/tree/$1/1.2.3/source"
	touch "$work/tree/$1/1.2.3/source/dkms.conf"
	shift 2
	for module; do
		"$MKKO" "$folder/$module.ko" arch=x86_64 "name=$module" version=1.2.3 license=GPL \
			"vermagic=$kernel SMP mod_unload modversions " "alias=pci:v00001AF4d00001001sv*sd*bc*sc*i*" \
			import:module_layout=1234
	done
}

dud() {
	dud_status=$1
	shift
	run "$dud_status" dud --dkms-tree "$work/tree" "$@"
}

# on_fat IMAGE: its files, in $work/files; they are copied to $work/disk
on_fat() {
	rm -rf "$work/disk"
	mkdir "$work/disk"
	mcopy -s -n -i "$1" '::*' "$work/disk" || fail "mtools does not read $1"
	(cd "$work/disk" && find . -type f | sort) >"$work/files"
}

# field FILE NAME: of its control file
field() {
	dpkg-deb -f "$1" "$2"
}

test_debian() {
	dud 0 --for debian12 --for debian13 -o "$work/disk.img"
	[ "$(blkid -p -s LABEL -o value "$work/disk.img")" = OEMDRV ] || fail "the label is not OEMDRV"
	[ "$(blkid -p -s TYPE -o value "$work/disk.img")" = vfat ] || fail "not FAT, and the installer has no isofs"
	on_fat "$work/disk.img"
	for kernel in $D12 $D13; do
		for tail in ".deb" "-di.udeb"; do
			kind=${tail#*.} name=fastraid-modules-$kernel${tail%.*}
			file=$work/disk/debian-drivers/${name}_1.2.3-1_amd64.$kind
			[ "$(field "$file" Package)" = "$name" ] || fail "$name: not there"
			[ "$(field "$file" Architecture)" = amd64 ] || fail "$name: not for amd64, Debian's word"
			ar t "$file" | grep -qx control.tar.gz || fail "$name: no control.tar.gz, which alone is read"
			dpkg-deb -c "$file" >"$work/out"
			for module in fastraid raidhelp; do
				grep -Fq "/lib/modules/$kernel/updates/modferry/fastraid/$module.ko" "$work/out" ||
					fail "$name: no $module.ko"
			done
		done
		[ "$(field "$file" Kernel-Version)" = "$kernel" ] || fail "$name: anna would take it for another kernel"
	done
	[ "$(wc -l <"$work/files")" -eq 4 ] || fail "more than the packages"
}

test_ubuntu() {
	dud 0 --for ubuntu24.04 -o "$work/disk.img"
	on_fat "$work/disk.img"
	file=$work/disk/ubuntu-drivers/noble/fastraid-modules-${NOBLE}_1.2.3-1_amd64.deb
	[ "$(cat "$work/files")" = "./${file#"$work"/disk/}" ] || fail "not the one package in its release's folder"
	[ "$(field "$file" Modaliases)" = "fastraid(pci:v00001AF4d00001001sv*sd*bc*sc*i*), \
raidhelp(pci:v00001AF4d00001001sv*sd*bc*sc*i*)" ] || fail "other Modaliases: $(field "$file" Modaliases)"
}

# One disk for all: a folder for each, and each with its own drivers.
test_together() {
	dud 0 --for debian13 --for ubuntu24.04 --for rhel9 -o "$work/disk.img"
	on_fat "$work/disk.img"
	has files "^\./debian-drivers/fastraid-modules-6\.12\.94\+deb13-amd64-di_"
	has files "^\./ubuntu-drivers/noble/fastraid-modules-${NOBLE}_"
	has files "^\./rpms/x86_64/kmod-fastraid-$EL9"
	has files '^\./rhdd3$'
	has_not files "debian-drivers/.*generic|ubuntu-drivers/.*deb13|$D12"
}

test_lines() {
	for format in fat iso dir; do
		rm -rf "$work/disk.out"
		dud 0 --for debian13 --format $format -o "$work/disk.out"
		has out '^  d-i anna/choose_modules string driver-injection-disk-detect$'
		has out '^  d-i driver-injection-disk/load boolean true$'
		has_not out autoinstall
	done
	dud 0 --for debian13 --format tar -o "$work/disk.tar"
	has_not out 'd-i driver'
	dud 0 --for ubuntu24.04 -o "$work/disk.img"
	has_not out 'd-i '
	has out '^      - .*mount -o ro /dev/disk/by-label/OEMDRV /run/drivers$'
	has out '^      - cp /run/drivers/ubuntu-drivers/noble/\*\.deb /target/root/$'
	sed -n 's/^      - //p' "$work/out" >"$work/commands"
	[ "$(wc -l <"$work/commands")" -eq 5 ] || fail "not five commands"
	sh -n "$work/commands" || fail "what is printed is no shell"
	dud 0 --for ubuntu24.04 --label DRIVERS -o "$work/disk.img"
	has out 'by-label/DRIVERS '
	dud 0 --for ubuntu24.04 --format iso --label 'my;drivers' -o "$work/disk.iso"
	has out '^note: no lines for ubuntu24\.04: the label "my;drivers" cannot stand in them'
	has_not out '^ *- '
}

# The installer finds one label only, and has no option for another.
test_label() {
	dud 0 --for debian13 -o "$work/disk.img"
	has_not err label
	dud 0 --for debian13 --label DRIVERS -o "$work/disk.img"
	has err '^modferry: dud: warning: --label DRIVERS: debian-installer looks for OEMDRV .*passes this disk over$'
	has_not out 'd-i driver'
	dud 0 --for debian13 --label DRIVERS --format tar -o "$work/disk.tar"
	has_not err label
}

for kernel in $D12 $D13 $NOBLE $EL9; do
	build fastraid "$kernel" fastraid raidhelp
done
test_debian
test_ubuntu
test_together
test_lines
test_label
