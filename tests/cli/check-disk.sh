#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry check of driver disks that others made: RPMs by rpmbuild, images by xorriso and mkfs.fat.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

K=5.14.0-427.13.1.el9_4.x86_64
K8=4.18.0-553.el8_10.x86_64
LAYOUT=import:module_layout=11111111
export XDG_CACHE_HOME="$work/cache"
HOME=$work/home
export HOME
mkdir -p "$HOME"

# ko FILE WORD...: a module for $K
ko() {
	ko_file=$1
	shift
	mkdir -p "$(dirname "$ko_file")"
	"$MKKO" "$ko_file" "vermagic=$K SMP preempt mod_unload modversions " license=GPL "$@"
}

# rpm_make FILE NAME VERSION-RELEASE TAGS [SOURCE=PLACE | TARGET>PLACE]...: an RPM of files and symlinks
rpm_make() {
	rpm_file=$1 rpm_name=$2 rpm_version=${3%-*} rpm_release=${3#*-} rpm_tags=$4
	shift 4
	{
		printf 'Name: %s\nVersion: %s\nRelease: %s\n' "$rpm_name" "$rpm_version" "$rpm_release"
		printf 'Summary: s\nLicense: GPL\nAutoReqProv: no\n%b\n' "$rpm_tags"
		printf '%%global __os_install_post %%{nil}\n%%global debug_package %%{nil}\n%%description\nd\n%%install\n'
		for rpm_word; do
			rpm_place="%{buildroot}${rpm_word#*[=>]}"
			printf 'mkdir -p "%s"\n' "$(dirname "$rpm_place")"
			case $rpm_word in
			*\>*) printf 'ln -s "%s" "%s"\n' "${rpm_word%%>*}" "$rpm_place" ;;
			*) printf 'cp "%s" "%s"\n' "${rpm_word%%=*}" "$rpm_place" ;;
			esac
		done
		printf '%%files\n'
		for rpm_word; do
			printf '%s\n' "${rpm_word#*[=>]}"
		done
	} >"$work/spec"
	rpmbuild -bb --quiet --target x86_64 --define "_topdir $work/top" --define "_rpmdir $work/rpm" \
		--define '_rpmfilename out.rpm' --define '_binary_payload w2.xzdio' "$work/spec" \
		>"$work/rpmbuild" 2>&1 || {
		cat "$work/rpmbuild" >&2
		fail "rpmbuild"
	}
	mkdir -p "$(dirname "$rpm_file")"
	mv "$work/rpm/out.rpm" "$rpm_file"
}

# new NAME: an empty disk folder in $disk
new() {
	disk=$work/$1
	rm -rf "$disk"
	mkdir -p "$disk/rpms/x86_64"
	touch "$disk/rhdd3"
}

# driver NAME-VERSION-RELEASE TAGS FILE...: an RPM on the disk
driver() {
	driver_name=$1 driver_tags=$2
	shift 2
	rpm_make "$disk/rpms/x86_64/$driver_name.rpm" "${driver_name%-*-*}" "${driver_name#"${driver_name%-*-*}-"}" \
		"$driver_tags" "$@"
}

# iso FILE LABEL: of the disk folder
iso() {
	xorriso -as mkisofs -quiet -R -V "$2" -o "$1" "$disk" >"$work/xorriso" 2>&1 || fail "xorriso"
}

check() {
	status=$1
	shift
	run "$status" check --no-headers "$@"
}

EXACT="Provides: kernel-modules = $K"
PLACE=/lib/modules/$K/extra

# A target: the installer's initrd with a stock module, and the kernel's package.
target_make() {
	ko "$work/root/lib/modules/$K/kernel/drivers/stock.ko" name=stock "$LAYOUT" import:printk=22222222 \
		'alias=pci:v00001234d*' 'alias=pci:v00005678d*'
	printf 'kernel/drivers/stock.ko\n' >"$work/root/lib/modules/$K/modules.order"
	: >"$work/root/lib/modules/$K/modules.builtin"
	: >"$work/root/lib/modules/$K/modules.builtin.modinfo"
	depmod -b "$work/root" "$K"
	(cd "$work/root" && find . | sort | cpio -o -H newc --quiet) | gzip -9n >"$work/initrd"
	printf '0x11111111\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n0x22222222\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n' |
		gzip -9n >"$work/symvers.gz"
	mkdir -p "$work/kernel"
	rpm_make "$work/kernel/core.rpm" kernel-core 5.14.0-427.13.1.el9_4 \
		"Provides: kernel = 5.14.0-427.13.1.el9_4\nProvides: kernel-core-uname-r = $K\nProvides: kernel(printk) = 0x22222222" \
		"$work/symvers.gz=/lib/modules/$K/symvers.gz"
	rpm_make "$work/modules.rpm" kernel-modules-core 5.14.0-427.13.1.el9_4 \
		"Provides: kernel-modules-core-uname-r = $K"
	ko "$work/drv.ko" name=drv "$LAYOUT" import:printk=22222222 'alias=pci:v00009999d*'
}

# All that can be known is known, of an ISO, a FAT image, a folder and a single RPM.
test_good() {
	new good
	driver kmod-drv-1-1 "$EXACT\nRequires: kernel(printk) = 0x22222222\nRequires: kernel >= 5.14.0-427.13.1.el9_4\nRequires(post): /bin/sh" \
		"$work/drv.ko=$PLACE/drv.ko"
	createrepo_c -q "$disk/rpms/x86_64"
	iso "$work/good.iso" OEMDRV
	check 0 --initrd "$work/initrd" --kernel-package "$work/kernel" --for rhel9 "$work/good.iso"
	has out "^installer: anaconda of rhel9, kernel $K \\(x86_64\\), finds the disk by itself\$"
	has out '^yes +yes +kmod-drv +1-1 +rpms/x86_64/kmod-drv-1-1.rpm$'
	has out "^loads +drv +- +$K +unsigned\$"
	check 0 --initrd "$work/initrd" "$work/good"
	truncate -s 4M "$work/good.img"
	mkfs.fat -n OEMDRV "$work/good.img" >"$work/fat"
	mcopy -s -i "$work/good.img" "$disk/rhdd3" "$disk/rpms" ::
	check 0 --initrd "$work/initrd" "$work/good.img"
	has out 'finds the disk by itself'
	check 0 --initrd "$work/initrd" --kernel "$K" "$disk/rpms/x86_64/kmod-drv-1-1.rpm"
	has out 'finds the disk only by inst.dd='
	check 0 --initrd "$work/initrd" --json "$work/good.iso"
	python3 -c 'import json,sys; d=json.load(open(sys.argv[1]))["disk"]
p=d["installers"][0]["packages"][0]
assert d["label"]=="OEMDRV" and p["taken"] and p["flags"]==["modules","firmwares"], d
assert p["files"][0]["destination"].endswith("updates/extra/drv.ko"), p' "$work/out" || fail "JSON"
	tar -C "$disk" -cf "$work/good.tar" rhdd3 rpms
	check 3 --initrd "$work/initrd" "$work/good.tar"
	has out '^fails +placement: is a tar archive, which anaconda cannot mount$'
	has out '^fails +placement: .*kmod-drv-1-1.rpm: is not taken: is in a tar archive, and the installer mounts disks'
	iso "$work/label.iso" DRIVERS
	check 0 --initrd "$work/initrd" "$work/label.iso"
	has out '^note +placement: its label is "DRIVERS", not OEMDRV'
}

# By the kernel's name alone the installer's rules are judged, with its package symbols too.
test_by_name() {
	check 3 --kernel "$K" "$work/good.iso"
	has out '^unknown +drv +- .*module-abi,symbol-unknown'
	has out '^yes +unknown +kmod-drv '
	check 0 --kernel "$K" --allow-unknown "$work/good.iso"
	check 3 --kernel "$K" --kernel-package "$work/kernel/core.rpm" "$work/good.iso"
	has_not out 'symbol-unknown'
	has out '^yes +yes +kmod-drv '
	check 3 --kernel 5.14.0-503.11.1.el9_5.x86_64 "$work/good.iso"
	has out '^no +no +kmod-drv '
	has out "^fails +placement: .* provides kernel-modules = $K, and the installer.s kernel is 5.14.0-503.11.1.el9_5.x86_64"
	has out 'no module on it would be loaded, and anaconda says nothing of that'
	check 3 --kernel "$K" --kernel 6.12.0-55.el10.x86_64 --for rhel9 "$work/good.iso"
	has out "^unknown +drv +- +$K"
	has out '^fails +placement: on 6.12.0-55.el10.x86_64: rpms/.*is not taken'
}

# What the installed system would not get.
test_installed() {
	new crc
	driver kmod-drv-1-1 "$EXACT\nRequires: kernel(printk) = 0x33333333\nRequires: kernel(gone) = 0x1" "$work/drv.ko=$PLACE/drv.ko"
	check 3 --initrd "$work/initrd" --kernel-package "$work/kernel" "$disk"
	has out '^fails +dependency-missing: .*requires kernel\(.*anaconda stops; build the package for that kernel$'
	has out '^yes +no +kmod-drv'
	new gone
	driver kmod-drv-1-1 "$EXACT\nRequires: ksym(gone) = 0x1" "$work/drv.ko=$PLACE/drv.ko"
	check 3 --initrd "$work/initrd" --kernel-package "$work/kernel" "$disk"
	has out '^unknown +dependency-missing: .*requires ksym\(gone\) 0x1, which none of the packages given has'
	check 3 --initrd "$work/initrd" --kernel-package "$work/kernel" --kernel-package "$work/modules.rpm" "$disk"
	has out '^fails +dependency-missing: .*requires ksym\(gone\)'
	new newer
	driver kmod-drv-1-1 "$EXACT" "$work/drv.ko=$PLACE/drv.ko"
	driver kmod-drv-1-2 "Provides: kernel-modules = 5.14.0-503.el9_5.x86_64" "$work/drv.ko=$PLACE/drv.ko"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^unknown +placement: rpms/x86_64/kmod-drv-1-1.rpm: the installed system does not get it, but rpms/x86_64/kmod-drv-1-2.rpm'
	has out '^note +placement: rpms/x86_64/kmod-drv-1-2.rpm: is not taken'
	has out '^yes +another +kmod-drv +1-1 '
}

# Suffixes by release, places, symlinks.
test_files() {
	xz -k --check=crc32 "$work/drv.ko"
	new packed
	driver kmod-drv-1-1 "Provides: kernel-modules >= 4" "$work/drv.ko.xz=$PLACE/drv.ko.xz"
	check 3 --initrd "$work/initrd" --for rhel9 "$disk"
	has out '^fails +placement: .*drv.ko.xz is compressed, which dd_extract there leaves out; package the module uncompressed$'
	check 3 --kernel "$K8" "$disk"
	has out '^installer: anaconda of rhel8'
	has out 'drv.ko.xz is compressed, which dd_extract there'
	check 3 --kernel 5.14.0-503.el9.x86_64 "$disk"
	has out '^unknown +placement: .*dd_extract of EL 9 takes since 9.6 only'
	check 3 --kernel 5.14.0-570.el9_6.x86_64 "$disk"
	has out '^unknown +drv '
	has_not out 'is compressed, which'
	new places
	driver kmod-drv-1-1 "$EXACT" "$work/drv.ko=/usr$PLACE/drv.ko" "$work/spec=/usr/lib/firmware/drv.bin"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^fails +placement: .*/usr/lib/modules/.*drv.ko lies outside /lib/modules'
	has out '^unknown +placement: .*/usr/lib/firmware/drv.bin lies outside /lib/firmware'
	new links
	driver kmod-drv-1-1 "$EXACT" "$work/drv.ko=$PLACE/drv.ko" "drv.ko>$PLACE/other.ko"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^fails +placement: .*other.ko is a symlink, which dd_extract gives a random target'
	has out '^unknown +drv: placement: modinfo fails for .*other.ko'
}

# One damaged module, and nothing of the disk is loaded.
test_damaged() {
	printf 'no module' >"$work/bad.ko"
	new damaged
	driver kmod-bad-1-1 "$EXACT" "$work/bad.ko=$PLACE/bad.ko"
	driver kmod-drv-1-1 "$EXACT" "$work/drv.ko=$PLACE/drv.ko"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^fails +bad .*malformed'
	has out '^fails +drv: placement: modinfo fails for .*bad.ko, and anaconda then loads nothing of the disk'
}

# Disks that the installer does not see as such.
test_layout() {
	new layout
	driver kmod-drv-1-1 "$EXACT" "$work/drv.ko=$PLACE/drv.ko"
	check 3 --kernel "${K%.x86_64}.aarch64" "$disk"
	has out '^fails +placement: is no driver update disk: no file rhdd3 with a folder rpms/aarch64'
	has out '^fails +placement: .*lies in rpms/x86_64, and the installer looks in rpms/aarch64'
	check 3 --kernel "$K" --arch aarch64 "$disk"
	has out 'lies in rpms/x86_64, and the installer looks in rpms/aarch64'
	rm "$disk/rhdd3"
	iso "$work/unmarked.iso" OEMDRV
	check 3 --initrd "$work/initrd" "$work/unmarked.iso"
	has out 'there is no file rhdd3 beside its folder rpms'
	rm -rf "$work/outer"
	mkdir "$work/outer"
	cp "$work/good.iso" "$work/outer/inner.iso"
	disk=$work/outer
	iso "$work/outer.iso" OEMDRV
	check 0 --initrd "$work/initrd" "$work/outer.iso"
	has out "^loads +drv "
}

# Modules that the installer has already, and modules that the disk has twice.
test_shadows() {
	ko "$work/stock.ko" name=stock "$LAYOUT" import:printk=22222222
	ko "$work/rival.ko" name=rival "$LAYOUT" import:printk=22222222 'alias=pci:v00005678d*'
	ko "$work/twin/drv.ko" name=drv "$LAYOUT" import:printk=22222222 description=other
	new shadows
	driver kmod-a-1-1 "$EXACT" "$work/stock.ko=$PLACE/stock.ko"
	check 0 --initrd "$work/initrd" "$disk"
	has out '^note +stock: name-shadowed: .*unloaded first'
	new alias
	driver kmod-a-1-1 "$EXACT" "$work/rival.ko=$PLACE/rival.ko"
	check 0 --initrd "$work/initrd" "$disk"
	has out '^note +rival: alias-shadowed: for pci:v00005678d\* the target has stock, too'
	new twins
	driver kmod-a-1-1 "$EXACT" "$work/drv.ko=$PLACE/drv.ko"
	driver kmod-b-1-1 "Provides: kernel-modules >= 5" "$work/drv.ko=/lib/modules/5.14.0-1.el9.x86_64/extra/drv.ko"
	check 0 --initrd "$work/initrd" "$disk"
	driver kmod-b-1-1 "Provides: kernel-modules >= 5" "$work/twin/drv.ko=/lib/modules/5.14.0-1.el9.x86_64/extra/drv.ko"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^unknown +drv: name-shadowed: .* of rpms/x86_64/kmod-b-1-1.rpm is a module of that name, too'
}

test_usage() {
	check 2 "$work/good.iso"
	one_message 'check: .*: no target; name it with --iso FILE, --initrd FILE or --kernel RELEASE$'
	check 2 --kernel 6.1.0-56-amd64 --arch x86_64 "$work/good.iso"
	one_message 'check: .*which installer reads it is not known; name it with --for'
	check 2 --kernel "$K" --for debian12 "$work/good.iso"
	one_message 'check: .*is a disk for anaconda'
	check 2 --kernel "$K" --for rhel99 "$work/good.iso"
	one_message 'check: --for rhel99: unknown target'
	check 1 --kernel 5.14.0 --for rhel9 "$work/good.iso"
	one_message 'check: .*the machine of kernel 5.14.0 is not known; name it with --arch'
	check 2 --initrd "$work/initrd" --for rhel9 "$work/drv.ko"
	one_message 'check: --for: is for driver disks'
	check 3 --initrd "$work/initrd" --kernel "$K8" "$work/good.iso"
	one_message "check: .*$K8"
	check 1 --kernel "$K" --kernel-package "$work/drv.ko" "$work/good.iso"
	one_message 'check: .*drv.ko'
}

target_make
test_good
test_by_name
test_installed
test_files
test_damaged
test_layout
test_shadows
test_usage
