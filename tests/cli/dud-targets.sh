#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry dud for several targets in one run: a file for each, or one for all.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
TARGETS='rhel9 sles15 sles16.0 debian12 debian13 ubuntu24.04'
export XDG_CACHE_HOME="$work/cache"

for kernel in 5.14.0-427.13.1.el9_4.x86_64 6.4.0-150600.21-default 6.12.0-160000.5-default 6.1.0-50-amd64 \
	6.12.94+deb13-amd64 6.8.0-31-generic; do
	folder=$work/tree/fastraid/1.2.3/$kernel/x86_64/module
	mkdir -p "$folder" "$work/tree/fastraid/1.2.3/source"
	touch "$work/tree/fastraid/1.2.3/source/dkms.conf"
	"$MKKO" "$folder/fastraid.ko" arch=x86_64 name=fastraid version=1.2.3 license=GPL \
		"vermagic=$kernel SMP mod_unload modversions " 'alias=pci:v00001AF4d00001001sv*sd*bc*sc*i*' \
		import:module_layout=1234
done

# dud STATUS "TARGET..." ARGUMENT...
dud() {
	dud_status=$1 dud_targets=$2
	shift 2
	for target in $dud_targets; do
		set -- "$@" --for "$target"
	done
	run "$dud_status" dud --dkms-tree "$work/tree" "$@"
}

# Each target's own default form, with its own drivers alone: what a run for that target makes.
test_each() {
	dud 0 "$TARGETS" -o "$work/disks/"
	find "$work/disks" -type f -printf '%f\n' | sort >"$work/out"
	printf '%s\n' debian12.img debian13.img rhel9.iso sles15.cpio.gz sles16.0.cpio.gz ubuntu24.04.img |
		diff - "$work/out" || fail "other files than expected"
	for file in "$work"/disks/*; do
		target=$(basename "$file" | sed 's/\.[a-z].*//')
		dud 0 "$target" -o "$work/single"
		cmp "$file" "$work/single" || fail "$target: another disk than in a run of its own"
		rm "$work/single"
	done
}

# All on one volume, but for SUSE's two installers, of which one would take the other's update.
test_one() {
	all='rhel9 sles15 debian12 debian13 ubuntu24.04'
	dud 0 "$all" -o "$work/all"
	[ "$(blkid -p -s TYPE -o value "$work/all")" = vfat ] || fail "no FAT where Debian is among them"
	mdir -i "$work/all" -b -/ :: >"$work/out"
	for path in rhdd3 rpms/x86_64/kmod-fastraid-5.14 linux/suse/x86_64-sles15/dud.config \
		debian-drivers/fastraid-modules-6.1.0 debian-drivers/fastraid-modules-6.12.94 \
		ubuntu-drivers/noble/fastraid-modules-6.8.0; do
		grep -q "^::/$path" "$work/out" || fail "not on the disk: $path"
	done
	dud 0 'rhel9 sles15' -o "$work/two"
	[ "$(blkid -p -s TYPE -o value "$work/two")" = iso9660 ] || fail "no ISO for Red Hat and SUSE"
	dud 2 'sles15 sles16.0' -o "$work/none"
	one_message 'dud: targets of linuxrc and of Agama: .*-o FOLDER/$'
	[ ! -e "$work/none" ] || fail "a file was left behind"
}

# A target without a driver is a no for all of them: nothing is written.
test_none() {
	dud 3 "$TARGETS fedora" -o "$work/none/"
	one_message 'dud: no driver is built for a kernel of fedora'
	[ ! -e "$work/none" ] || fail "a folder was left behind"
	for output in none none/; do
		dud 3 'rhel9 debian12 ubuntu24.04' --kernel 6.1.0-50-amd64 -o "$work/$output"
		one_message 'dud: none of the drivers is for a kernel of rhel9 .*name one of its kernels with --kernel'
		[ ! -e "$work/none" ] || fail "a disk without a driver"
	done
	dud 3 'debian12 ubuntu24.04' --kernel 6.1.0-50-amd64 -n
	dud 0 'debian12' --kernel 6.1.0-50-amd64 -o "$work/named"
	dud 0 'rhel9 debian12' --kernel 6.1.0-50-amd64 --kernel 5.14.0-427.13.1.el9_4.x86_64 -o "$work/named"
	dud 2 "$TARGETS" --format iso -o "$work/none/"
	one_message 'dud: --for sles16.0: agama reads no --format iso'
	[ ! -e "$work/none" ] || fail "a folder was left behind"
}

test_each
test_one
test_none
