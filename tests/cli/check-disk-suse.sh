#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry check of driver updates for linuxrc and Agama that others made: folders, cpio and tar archives, ISO and FAT images.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

K=6.4.0-150600.23.53-default
OLD=5.14.21-150500.55.7-default
A=6.12.0-160000.5-default
LAYOUT=import:module_layout=11111111
export XDG_CACHE_HOME="$work/cache"
HOME=$work/home
export HOME
mkdir -p "$HOME"

# ko KERNEL FILE WORD...: a module for a kernel that the targets here have, or do not
ko() {
	ko_kernel=$1 ko_file=$2
	shift 2
	mkdir -p "$(dirname "$ko_file")"
	"$MKKO" "$ko_file" "vermagic=$ko_kernel SMP preempt mod_unload modversions " license=GPL "$LAYOUT" "$@"
}

# target_make KERNEL FILE: an installer's initrd with two stock modules
target_make() {
	rm -rf "$work/root"
	for stock in stock helper; do
		ko "$1" "$work/root/lib/modules/$1/kernel/drivers/$stock.ko" "name=$stock" import:printk=22222222
		printf 'kernel/drivers/%s.ko\n' "$stock"
	done >"$work/order"
	mv "$work/order" "$work/root/lib/modules/$1/modules.order"
	: >"$work/root/lib/modules/$1/modules.builtin"
	: >"$work/root/lib/modules/$1/modules.builtin.modinfo"
	depmod -b "$work/root" "$1"
	(cd "$work/root" && find . | sort | cpio -o -H newc --quiet) | gzip -9n >"$2"
}

# new NAME: an empty disk
new() {
	disk=$work/$1
	rm -rf "$disk"
	mkdir -p "$disk"
}

# update FOLDER ID [LINE]...: a driver update on the disk with a dud.config, in $folder
update() {
	folder=$disk/$1
	mkdir -p "$folder/modules" "$folder/install"
	printf 'UpdateID: %s\nUpdateName: Drivers %s\n' "$2" "$2" >"$folder/dud.config"
	shift 2
	for line; do
		printf '%s\n' "$line"
	done >>"$folder/dud.config"
}

# module NAME [WORD]...: a module of it for $K
module() {
	module_name=$1
	shift
	ko "$K" "$folder/modules/$module_name.ko" "name=$module_name" import:printk=22222222 "$@"
}

# order NAME...: its module.order
order() {
	printf '%s\n' "$@" >"$folder/modules/module.order"
}

# archive FILE: the disk as cpio.gz
archive() {
	(cd "$disk" && find . | sort | cpio -o -H newc -R 0:0 --quiet) | gzip -9n >"$1"
}

# kmp FILE NAME KERNEL MODULE [TAG]...: a kernel module package with one module
kmp() {
	kmp_file=$1 kmp_name=$2 kmp_kernel=$3 kmp_module=$4
	shift 4
	printf '%s\n' "$@" >"$work/spec"
	cat >>"$work/spec" <<-END
		Name: $kmp_name
		Version: 1
		Release: 1
		Summary: s
		License: GPL
		AutoReqProv: no
		%global __os_install_post %{nil}
		%global debug_package %{nil}
		%description
		d
		%install
		mkdir -p %{buildroot}/lib/modules/$kmp_kernel/updates
		cp $kmp_module %{buildroot}/lib/modules/$kmp_kernel/updates/
		%files
		/lib/modules
	END
	rpmbuild -bb --quiet --target x86_64 --define "_topdir $work/top" --define "_rpmdir $work/rpm" \
		--define '_rpmfilename out.rpm' "$work/spec" >"$work/rpmbuild" 2>&1 || {
		cat "$work/rpmbuild" >&2
		fail "rpmbuild"
	}
	mv "$work/rpm/out.rpm" "$kmp_file"
}

check() {
	status=$1
	shift
	run "$status" check --no-headers "$@"
}

SLES=linux/suse/x86_64-sles15

# What all is well with, in each container.
test_good() {
	new good
	update "$SLES" one 'Options: two.debug=1'
	module one
	module two depends=one
	order one two
	kmp "$folder/install/drv-kmp-default.rpm" drv-kmp-default "$K" "$folder/modules/one.ko"
	archive "$work/good.cpio.gz"
	check 0 --initrd "$work/initrd" "$work/good.cpio.gz"
	has out "^installer: linuxrc of sles15, kernel $K \\(x86_64\\), finds the disk only by dud=\$"
	has out "^yes +no +000 +2 +Drivers one +$SLES\$"
	has out "^drv-kmp-default +1-1 +$K +$SLES/install/drv-kmp-default.rpm\$"
	has out "^loads +one +- +$K +unsigned\$"
	has out '^note +two: placement: nothing in install/ brings it to the installed system'
	has_not out '^note +one: placement'
	tar -C "$disk" -cf "$work/good.tar" .
	xz -k --check=crc32 "$work/good.tar"
	check 0 --initrd "$work/initrd" "$work/good.tar.xz"
	xorriso -as mkisofs -quiet -R -V OEMDRV -o "$work/good.iso" "$disk" >"$work/xorriso" 2>&1 || fail xorriso
	check 0 --initrd "$work/initrd" "$work/good.iso"
	has out 'finds the disk by itself$'
	truncate -s 4M "$work/good.img"
	mkfs.fat -n OEMDRV "$work/good.img" >"$work/fat"
	mcopy -s -i "$work/good.img" "$disk/linux" ::
	check 0 --initrd "$work/initrd" --for sles15 "$work/good.img"
	check 0 --initrd "$work/initrd" --json "$disk"
	python3 -c 'import json,sys; d=json.load(open(sys.argv[1]))["disk"]["installers"][0]
assert d["installer"]=="linuxrc" and d["name"]=="sles15" and d["is_disk"] and not d["packages"], d
u=d["updates"][0]
assert (u["slot"],u["id"],u["applied"],u["condition"],u["has_order"])==(0,"one","yes",None,True), u
assert [m["fate"] for m in u["modules"]]==["loaded","loaded"], u
assert "debug=1" in u["modules"][1]["parameters"] and u["packages"][0]["kernels"], u' "$work/out" || fail JSON
}

# Whose disk it is: by the folder on it and the kernel; --for decides.
test_target() {
	check 3 --kernel "$K" "$work/good.cpio.gz"
	has out '^installer: linuxrc of sles15, .*\(x86_64\)'
	has out '^unknown +one '
	new leap
	update linux/suse/x86_64-leap15.6 one
	module one
	order one
	check 0 --initrd "$work/initrd" "$disk"
	has out '^installer: linuxrc of leap15.6'
	check 3 --initrd "$work/initrd" --for sles15 "$disk"
	has out '^fails +placement: '
	has out "no module on it would be loaded|is no driver update|$SLES"
	check 2 --initrd "$work/initrd" --for rhel9 "$disk"
	one_message 'check: .*: is a disk for linuxrc, and the installer of rhel9 is anaconda; name another with --for$'
	check 2 --initrd "$work/initrd" --for generic "$work/good.iso"
	one_message 'check: .*: is a disk for linuxrc, and the installer of generic is -'
}

# Modules that linuxrc never asks insmod for.
test_fates() {
	new fates
	update "$SLES" fates 'BrokenModules: broken'
	module good
	module unlisted
	module broken
	module late depends=early
	module early
	ko "$K" "$folder/modules/$K/nested.ko" name=nested import:printk=22222222
	printf 'packed' | bzip2 >"$folder/modules/odd.ko.bz2"
	order good broken late early nested odd
	check 3 --initrd "$work/initrd" "$disk"
	has out '^loads +good '
	has out '^fails +unlisted: placement: .*module.order'
	has out '^fails +nested: placement: '
	has out '^fails +broken: placement: .*broken'
	has out '^fails +late: placement: '
	has out '^fails .*odd.*: placement: '
	has out '^loads +early '
}

# insmod resolves nothing: what a module needs is loaded before it, or it is not known.
test_depends() {
	new depends
	update "$SLES" depends
	module user depends=helper
	order user
	check 3 --initrd "$work/initrd" "$disk"
	has out '^unknown +user: dependency-missing: depends on helper of the installer, .* needs a line in module.order before this one$'
	order helper user
	check 0 --initrd "$work/initrd" "$disk"
	module user depends=nowhere
	check 3 --initrd "$work/initrd" "$disk"
	has out '^fails +user: placement: depends on nowhere, '
	module user depends=hidden
	module hidden
	check 3 --initrd "$work/initrd" "$disk"
	has out '^fails +user: placement: depends on hidden, which module.order does not list'
	rm "$folder/modules/module.order"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^unknown +user: placement: depends on hidden, .* it is chance'
}

# A module for another kernel takes the stock one away, unless a condition keeps it off.
test_other_kernel() {
	new other
	update "$SLES" other
	"$MKKO" "$folder/modules/stock.ko" name=stock "vermagic=$OLD SMP mod_unload " license=GPL import:module_layout=44444444
	order stock
	check 3 --initrd "$work/initrd" "$disk"
	has out '^fails +stock .*module-abi.*name-shadowed'
	has out '^fails +stock: name-shadowed: .*unloaded first, so that neither of them'
	module stock
	check 0 --initrd "$work/initrd" "$disk"
	has out '^note +stock: name-shadowed: .*unloaded first, and stays when it is in use'
}

# condition KERNEL: the update is kept on that kernel alone
condition() {
	printf 'Exec: sh /update/*/install/modferry-%s.sh\n' "$1" >>"$folder/dud.config"
	# shellcheck disable=SC2016 # for the installer's shell
	printf 'kernel=$(uname -r)\n[ "$kernel" != '\''%s'\'' ] || exit 0\nrm -rf x\n' "$1" >"$folder/install/modferry-$1.sh"
}

# Numbered updates, one a kernel.
test_conditions() {
	new conditions
	update "01/$SLES" old
	condition "$OLD"
	ko "$OLD" "$folder/modules/drv.ko" name=drv import:gone=55555555
	order drv
	update "2/$SLES" new
	condition "$K"
	module drv
	order drv
	check 0 --initrd "$work/initrd" "$disk"
	has out "^no +no +- +0 +Drivers old +01/$SLES\$"
	has out "^yes +no +001 +1 +Drivers new +2/$SLES\$"
	has out "^note +placement: 01/$SLES: its condition takes it away there"
	rm -r "$disk/2"
	check 3 --initrd "$work/initrd" "$disk"
	has out "^fails +placement: no module on it would be loaded on kernel $K"
	new inline
	update "$SLES" inline "Exec: [ \"\$(uname -r)\" = $K ] || rm -rf /update/000/*"
	module drv
	order drv
	check 0 --initrd "$work/initrd" "$disk"
	update "$SLES" inline "Exec: [ \"\$(uname -r)\" = $OLD ] || rm -rf /update/000/*"
	check 3 --initrd "$work/initrd" "$disk"
	has out 'its condition takes it away there'
	update "$SLES" inline "Exec: [ \"\$(uname -r)\" = $K ] && rm -rf /update/000/*"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^unknown +placement: .*: runs .* before its modules are handled, and whether that leaves them there is not known'
	has out '^loads +drv '
	check 0 --initrd "$work/initrd" --allow-unknown "$disk"
}

# The same UpdateID twice.
test_duplicate() {
	new twice
	update "1/$SLES" same
	module one
	order one
	update "2/$SLES" same
	module two
	order two
	check 3 --initrd "$work/initrd" "$disk"
	has out '^loads +one '
	has out "^fails +placement: 2/$SLES: is skipped: .*; give it an UpdateID of its own\$"
	has_not out '^loads +two '
}

# What of a kernel module package reaches the installed system.
test_installed() {
	new installed
	update "$SLES" installed
	module drv
	order drv
	kmp "$folder/install/drv.rpm" drv-kmp-default "$K" "$folder/modules/drv.ko" 'Requires: ksym(default:gone) = 1234'
	kmp "$work/kernel.rpm" kernel-default "$K" "$work/root/lib/modules/$K/kernel/drivers/stock.ko" "Provides: ksym(default:printk) = 22222222"
	check 0 --initrd "$work/initrd" "$disk"
	has out "^yes +yes +000 +1 +Drivers installed +$SLES\$"
	check 3 --initrd "$work/initrd" --kernel-package "$work/kernel.rpm" "$disk"
	has out "^unknown +dependency-missing: $SLES/install/drv.rpm: requires ksym\\(default:gone\\) 1234, which none"
	kmp "$folder/install/drv.rpm" drv-kmp-default "$OLD" "$folder/modules/drv.ko"
	check 0 --initrd "$work/initrd" "$disk"
	has out "^yes +unknown +000 +1 "
	has out '^note +drv: placement: the package in install/ has it for another kernel'
	rm "$folder/install/drv.rpm"
	tar -czf "$folder/install/update.tar.gz" -C "$work/root" lib
	check 0 --initrd "$work/initrd" "$disk"
	has out "^yes +unknown +000 +1 "
	has_not out '^note +drv: placement'
}

# Everything wrong at once, by hand and on FAT.
test_foreign() {
	new foreign
	update "linux/suse/x86_64-sled15" a
	module drv
	update "7/$SLES" b 'UpdatePriority: 5'
	printf 'drv\r\n# the other\nother.ko\n' >"$folder/modules/module.order"
	module drv
	printf 'no module' >"$folder/modules/other.ko"
	ko "$OLD" "$folder/modules/stray.ko" name=stray import:gone=55555555
	check 3 --initrd "$work/initrd" --for sles15 "$disk"
	has out '^fails +other .*malformed'
	has out '^fails +drv: placement: '
	has out '^fails +stray '
	has out "^note +placement: linux/suse/x86_64-sled15: is skipped: "
	new empty
	mkdir -p "$disk/$SLES/modules"
	check 3 --initrd "$work/initrd" "$disk"
	has out 'no module on it would be loaded'
}

# Agama copies whatever lies there, for whatever kernel.
test_agama() {
	new agama
	update linux/suse/x86_64-sles16.0 one
	ko "$A" "$folder/modules/drv.ko" name=drv import:printk=22222222 import:scsi_register_driver=66666666
	ko "$A" "$folder/modules/stock.ko" name=stock import:printk=22222222
	order drv stock
	kmp "$folder/install/drv-kmp-default.rpm" drv-kmp-default "$A" "$folder/modules/stock.ko"
	check 3 --initrd "$work/initrd-agama" "$disk"
	has out "^installer: agama of sles16.0, kernel $A \\(x86_64\\), finds the disk only by inst.dud=\$"
	has out '^loaded +drv +linux/suse/x86_64-sles16.0/modules/drv.ko$'
	has out '^loads +stock '
	has out '^note +stock: name-shadowed: .*unloaded first'
	has out '^note +placement: comes after the live system is mounted, too late .*drv \(storage\); .*modferry overlay --for sles16.0$'
	has out '^note +placement: .*dud.config: Agama takes no notice of it'
	has out '^note +drv: placement: nothing in install/ brings it'
	has out "^drv-kmp-default +1-1 +$A "
	"$MKKO" "$folder/modules/stock.ko" name=stock "vermagic=$K SMP mod_unload " license=GPL import:module_layout=44444444
	"$MKKO" "$folder/modules/extra.ko" name=extra "vermagic=$K SMP mod_unload " license=GPL import:module_layout=44444444
	check 3 --initrd "$work/initrd-agama" "$disk"
	has out '^shadows +stock '
	has out "^fails +stock: name-shadowed: is built for kernel $K, and Agama puts it in front of the installer.s own kernel/drivers/stock.ko: .*neither of the two loads then"
	has out '^useless +extra '
	has out '^fails +extra: placement: is built for kernel'
	check 3 --initrd "$work/initrd-agama" --for tumbleweed "$disk"
	has out '^fails +placement: '
	check 3 --initrd "$work/initrd-agama" --json "$disk"
	python3 -c 'import json,sys; d=json.load(open(sys.argv[1]))["disk"]["installers"][0]
assert d["installer"]=="agama" and sorted(m["fate"] for m in d["modules"])==["loaded","shadows","useless"], d
assert d["packages"][0]["name"]=="drv-kmp-default" and d["ignored"], d' "$work/out" || fail JSON
}

target_make "$A" "$work/initrd-agama"
target_make "$K" "$work/initrd"
test_good
test_target
test_fates
test_depends
test_other_kernel
test_conditions
test_duplicate
test_installed
test_foreign
test_agama
