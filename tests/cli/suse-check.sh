#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry check of the driver updates that modferry dud makes for SUSE: each form fits where it should, and nowhere else.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
mkko=${MKKO:-$here/../../build/obj/tools/mkko}
SP5=5.14.21-150500.53-default
SP6=6.4.0-150600.21-default
SLES16=6.12.0-160000.5-default
TW=6.17.3-1-default
export XDG_CACHE_HOME="$work/cache"
HOME=$work/home
export HOME
mkdir -p "$HOME" "$work/firmware/acme"
echo microcode >"$work/firmware/acme/nic.bin"

# ko KERNEL FILE NAME LAYOUT [WORD]...: modules of another kernel have other symbols
ko() {
	ko_kernel=$1 ko_file=$2 ko_name=$3 ko_layout=$4
	shift 4
	mkdir -p "$(dirname "$ko_file")"
	"$mkko" "$ko_file" "name=$ko_name" license=GPL "vermagic=$ko_kernel SMP preempt mod_unload modversions " \
		"import:module_layout=$ko_layout" import:printk=22222222 "$@"
}

# kernel RELEASE LAYOUT: drivers that need each other and the installer's, and an initrd in $work/initrd-RELEASE
kernel() {
	folder=$work/tree/drivers/1.0/$1/x86_64/module
	ko "$1" "$folder/a-raid.ko" a_raid "$2" depends=raid-core,helper
	ko "$1" "$folder/raid_core.ko" raid_core "$2"
	ko "$1" "$folder/nic.ko" nic "$2" depends=ptp firmware=acme/nic.bin 'parm=debug:a number'
	rm -rf "$work/root"
	for stock in helper ptp; do
		ko "$1" "$work/root/lib/modules/$1/kernel/drivers/$stock.ko" "$stock" "$2"
		printf 'kernel/drivers/%s.ko\n' "$stock"
	done >"$work/order"
	mv "$work/order" "$work/root/lib/modules/$1/modules.order"
	: >"$work/root/lib/modules/$1/modules.builtin"
	: >"$work/root/lib/modules/$1/modules.builtin.modinfo"
	depmod -b "$work/root" "$1"
	(cd "$work/root" && find . | sort | cpio -o -H newc --quiet) | gzip -1n >"$work/initrd-$1"
}

# make TARGET FORMAT ARGUMENT...: a disk in $disk
make() {
	disk=$work/disk
	rm -rf "$disk"
	make_target=$1 make_format=$2
	shift 2
	run 0 dud --dkms-tree "$work/tree" --firmware-dir "$work/firmware" --for "$make_target" --format "$make_format" \
		-o "$disk" "$@"
}

check() {
	check_status=$1 check_kernel=$2
	shift 2
	run "$check_status" check --no-headers --initrd "$work/initrd-$check_kernel" "$@" "$disk"
}

# fits TARGET KERNEL: all three load, with what they need
fits() {
	check 0 "$2" --for "$1"
	[ "$(grep -c '^loads ' "$work/out")" -eq 3 ] || fail "$disk: not three modules load on $2: $(cat "$work/out")"
	has_not out 'firmware-missing|dependency-missing'
}

test_linuxrc() {
	for format in cpio cpio.gz cpio.xz tar tar.gz iso fat dir rpm; do
		make sles15 "$format" --kernel "$SP6" --parameter nic.debug=1
		fits sles15 "$SP6"
		# not for that kernel, and the guard keeps the stock drivers where they are
		check 3 "$SP5" --for sles15
		has out "^fails +placement: no module on it would be loaded on kernel $SP5"
		check 3 "$SP6" --for leap15.6
	done
	for how in archive none; do
		make leap15.6 cpio.gz --kernel "$SP6" --install "$how"
		fits leap15.6 "$SP6"
	done
}

test_slots() {
	for format in cpio.gz iso fat rpm; do
		make sles15 "$format" --kernel "$SP5" --kernel "$SP6" --for leap15.5 --for leap15.6
		fits sles15 "$SP5"
		fits leap15.5 "$SP5"
		fits sles15 "$SP6"
		fits leap15.6 "$SP6"
		check 3 "$SLES16" --for sles15
	done
}

test_agama() {
	for format in cpio cpio.gz cpio.xz tar tar.gz; do
		make sles16.0 "$format" --for leap16.0 --kernel "$SLES16"
		fits sles16.0 "$SLES16"
		fits leap16.0 "$SLES16"
		check 3 "$TW" --for sles16.0
		has out '^fails +nic '
	done
	make tumbleweed tar --for slowroll --kernel "$TW" --install none
	fits tumbleweed "$TW"
	fits slowroll "$TW"
	check 3 "$TW" --for sles16.0
}

kernel "$SP5" 11111111
kernel "$SP6" 33333333
kernel "$SLES16" 44444444
kernel "$TW" 55555555
mkdir -p "$work/tree/drivers/1.0/source"
touch "$work/tree/drivers/1.0/source/dkms.conf"
test_linuxrc
test_slots
test_agama
echo ok
