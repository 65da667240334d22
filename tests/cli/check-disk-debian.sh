#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry check of driver injection disks that others made: packages by dpkg-deb, images by mkfs.fat and xorriso.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

K=6.1.0-50-amd64
OTHER=6.1.0-49-amd64
LAYOUT=import:module_layout=11111111
PLACE=lib/modules/$K/updates
export XDG_CACHE_HOME="$work/cache"
HOME=$work/home
export HOME
mkdir -p "$HOME"

# ko FILE WORD...: a module for $K
ko() {
	ko_file=$1
	shift
	mkdir -p "$(dirname "$ko_file")"
	"$MKKO" "$ko_file" "vermagic=$K SMP preempt mod_unload modversions " license=GPL "$LAYOUT" \
		import:printk=22222222 "$@"
}

target_make() {
	ko "$work/root/lib/modules/$K/kernel/drivers/stock.ko" name=stock
	printf 'kernel/drivers/stock.ko\n' >"$work/root/lib/modules/$K/modules.order"
	: >"$work/root/lib/modules/$K/modules.builtin"
	: >"$work/root/lib/modules/$K/modules.builtin.modinfo"
	depmod -b "$work/root" "$K"
	(cd "$work/root" && find . | sort | cpio -o -H newc --quiet) | gzip -9n >"$work/initrd"
	ko "$work/drv.ko" name=drv 'alias=pci:v00009999d*'
	ko "$work/plain.ko" name=plain
	ko "$work/user.ko" name=user depends=plain 'alias=pci:v00009998d*'
	ko "$work/stock.ko" name=stock 'alias=pci:v00009997d*'
}

# new NAME: an empty disk for Debian
new() {
	disk=$work/$1
	rm -rf "$disk"
	mkdir -p "$disk/debian-drivers"
}

# deb FILE COMPRESSOR FIELDS [SOURCE=PLACE]...: a package on the disk; FIELDS replace those of the same name
deb() {
	deb_file=$disk/$1 deb_compressor=$2 deb_fields=$3
	shift 3
	rm -rf "$work/deb"
	mkdir -p "$work/deb/DEBIAN" "$(dirname "$deb_file")"
	deb_name=$(basename "$deb_file")
	{
		printf 'Package: %s\nVersion: 1\nMaintainer: T <t@example.org>\nDescription: d\n' "${deb_name%.*}"
		case $deb_fields in
		*Architecture:*) ;;
		*) printf 'Architecture: amd64\n' ;;
		esac
		[ -z "$deb_fields" ] || printf '%b\n' "$deb_fields"
	} >"$work/deb/DEBIAN/control"
	for deb_word; do
		mkdir -p "$work/deb/$(dirname "${deb_word#*=}")"
		cp "${deb_word%%=*}" "$work/deb/${deb_word#*=}"
	done
	dpkg-deb --root-owner-group "-Z$deb_compressor" --nocheck -b "$work/deb" "$deb_file" >"$work/dpkg" 2>&1 || {
		cat "$work/dpkg" >&2
		fail "dpkg-deb"
	}
}

# fat FILE LABEL: of what is on the disk
fat() {
	rm -f "$1"
	truncate -s 4M "$1"
	mkfs.fat -n "$2" "$1" >"$work/fat"
	mcopy -s -i "$1" "$disk"/* ::
}

check() {
	status=$1
	shift
	run "$status" check --no-headers "$@"
}

test_good() {
	new good
	deb debian-drivers/drv.deb gzip '' "$work/drv.ko=$PLACE/drv.ko"
	deb debian-drivers/user.udeb gzip "Kernel-Version: $K" "$work/user.ko=$PLACE/user.ko" "$work/plain.ko=$PLACE/plain.ko"
	fat "$work/good.img" OEMDRV
	check 0 --initrd "$work/initrd" "$work/good.img"
	has out "^installer: debian-installer of debian12, kernel $K \\(x86_64\\), finds the disk by itself\$"
	has out '^yes +yes +drv +1 +debian-drivers/drv.deb$'
	has out '^yes +no +user +1 +debian-drivers/user.udeb$'
	has out "^loads +drv +- +$K +unsigned\$"
	has out '^loads +plain '
	has_not out 'Kernel-Version'
	check 0 --initrd "$work/initrd" "$disk"
	check 3 --kernel "$K" "$work/good.img"
	has out '^installer: debian-installer of debian12, .* \(x86_64\)'
	has out '^unknown +drv '
	check 0 --initrd "$work/initrd" --json "$work/good.img"
	python3 -c 'import json,sys; d=json.load(open(sys.argv[1]))["disk"]["installers"][0]
assert d["installer"]=="debian-installer" and d["is_automatic"] and d["is_disk"], d
p=d["packages"]
assert [x["taken"] for x in p]==[True,True] and p[0]["fate"]=="unpacked" and p[0]["installed"] and not p[1]["installed"], p
assert p[1]["kernel_version"] and p[0]["arch"]=="amd64", p' "$work/out" || fail JSON
}

# Label and container decide whether it is looked at.
test_volume() {
	fat "$work/label.img" DRIVERS
	check 3 --initrd "$work/initrd" "$work/label.img"
	has out '^fails +placement: its label is "DRIVERS", not OEMDRV'
	xorriso -as mkisofs -quiet -R -V OEMDRV -o "$work/good.iso" "$disk" >"$work/xorriso" 2>&1 || fail xorriso
	check 3 --initrd "$work/initrd" "$work/good.iso"
	has out '^unknown +placement: is an ISO image, .*isofs'
	has out '^note +placement: is an ISO image: .*isofs'
	check 3 --kernel "$K" "$work/good.iso"
	has_not out '^unknown +placement'
	(cd "$disk" && find . | sort | cpio -o -H newc --quiet) >"$work/good.cpio"
	check 3 --initrd "$work/initrd" "$work/good.cpio"
	has out '^fails +placement: .*cpio'
	check 3 --initrd "$work/initrd" --for debian12 "$disk/debian-drivers/drv.deb"
	has out '^no +no +drv '
	has out '^fails +placement: .*drv.deb: is not unpacked'
}

# Packages that the installer leaves alone.
test_packages() {
	new packages
	deb debian-drivers/drv.deb xz '' "$work/drv.ko=$PLACE/drv.ko"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^fails +placement: debian-drivers/drv.deb: is not unpacked: .*control.tar.xz.*-Zgzip'
	deb debian-drivers/drv.deb gzip 'Architecture: x86_64' "$work/drv.ko=$PLACE/drv.ko"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^fails +placement: debian-drivers/drv.deb: is not unpacked: .*x86_64'
	deb debian-drivers/bookworm/good.deb gzip '' "$work/drv.ko=$PLACE/drv.ko"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^fails +placement: debian-drivers/bookworm/good.deb: is not unpacked'
	deb debian-drivers/good.deb gzip '' "$work/drv.ko=$PLACE/drv.ko"
	rm -r "$disk/debian-drivers/bookworm"
	check 0 --initrd "$work/initrd" "$disk"
	has out '^note +placement: debian-drivers/drv.deb: is not unpacked: .*x86_64'
	(
		cd "$work"
		ar x "$disk/debian-drivers/good.deb"
		tar -C deb/DEBIAN -czf control.tar.gz control
		rm "$disk/debian-drivers/good.deb"
		ar rcD "$disk/debian-drivers/good.deb" debian-binary control.tar.gz data.tar.gz
	)
	check 3 --initrd "$work/initrd" "$disk"
	has out '^fails +placement: debian-drivers/good.deb: is not unpacked: .*tar looks for ./control; '
	printf 'no package' >"$disk/debian-drivers/odd.deb"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^fails +placement: debian-drivers/odd.deb: is not unpacked'
}

# Modules of packages that are unpacked, and yet not loaded.
test_modules() {
	new modules
	deb debian-drivers/plain.deb gzip '' "$work/plain.ko=$PLACE/plain.ko"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^unknown +plain: placement: has no hardware ids, and nothing needs it'
	new modules
	deb debian-drivers/stock.deb gzip '' "$work/stock.ko=$PLACE/stock.ko"
	check 0 --initrd "$work/initrd" "$disk"
	has out '^note +stock: name-shadowed: .*stays where udev has loaded it before'
	deb debian-drivers/stock.deb gzip '' "$work/stock.ko=lib/modules/$K/extra/stock.ko"
	check 3 --initrd "$work/initrd" "$disk"
	has out "^unknown +stock: name-shadowed: .*prefers what lies in updates/ alone; package it below /lib/modules/$K/updates\$"
	new modules
	deb debian-drivers/other.udeb gzip "Kernel-Version: $OTHER" "$work/drv.ko=lib/modules/$OTHER/updates/drv.ko"
	check 3 --initrd "$work/initrd" "$disk"
	has out "^fails +placement: debian-drivers/other.udeb: lib/modules/$OTHER/updates/drv.ko is for another kernel"
	has out "^note +placement: .*other.udeb: has Kernel-Version $OTHER, and the installer.s kernel is $K"
	has out "^fails +placement: no module on it is for kernel $K"
	deb debian-drivers/drv.deb gzip '' "$work/drv.ko=$PLACE/drv.ko"
	check 0 --initrd "$work/initrd" "$disk"
	has out '^note +placement: .*other.udeb: .* is for another kernel'
	deb debian-drivers/outside.deb gzip '' "$work/drv.ko=opt/drv.ko"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^fails +placement: debian-drivers/outside.deb: opt/drv.ko lies outside /lib/modules'
	new modules
	ko "$work/twin.ko" name=drv 'alias=pci:v00009999d*' description=other
	deb debian-drivers/a.deb gzip '' "$work/drv.ko=$PLACE/drv.ko"
	deb debian-drivers/b.deb gzip '' "$work/twin.ko=lib/modules/$K/extra/drv.ko"
	check 3 --initrd "$work/initrd" "$disk"
	has out '^unknown +drv: name-shadowed: .*is a module of that name, too'
}

# Everything wrong at once.
test_foreign() {
	new foreign
	"$MKKO" "$work/bad.ko" name=bad "vermagic=$OTHER SMP mod_unload " license=GPL import:module_layout=44444444
	printf 'no module' >"$work/odd.ko"
	deb debian-drivers/bad.deb gzip 'Architecture: all' "$work/bad.ko=$PLACE/bad.ko" "$work/odd.ko=$PLACE/odd.ko"
	deb debian-drivers/arch.deb zstd 'Architecture: arm64' "$work/drv.ko=$PLACE/drv.ko"
	deb drivers/lost.udeb gzip '' "$work/drv.ko=$PLACE/drv.ko"
	fat "$work/foreign.img" FOREIGN
	check 3 --initrd "$work/initrd" "$work/foreign.img"
	has out '^fails +bad .*module-abi'
	has out '^fails +odd .*malformed'
	has out '^fails +placement: drivers/lost.udeb: is not unpacked'
	has out '^fails +placement: debian-drivers/arch.deb: is not unpacked'
	has out 'its label is "FOREIGN", not OEMDRV'
	check 2 --initrd "$work/initrd" --for rhel9 "$work/foreign.img"
	one_message 'check: .*: is a disk for debian-installer, and the installer of rhel9 is anaconda'
}

# Ubuntu: the folder of its release, and nobody who looks for it.
test_ubuntu() {
	new ubuntu
	rm -r "$disk/debian-drivers"
	deb ubuntu-drivers/noble/drv.deb zstd '' "$work/drv.ko=$PLACE/drv.ko"
	check 0 --initrd "$work/initrd" --for ubuntu24.04 "$disk"
	has out '^installer: subiquity of ubuntu24.04, .*finds the disk only by lines of autoinstall$'
	has out '^note +placement: subiquity looks for no disk'
	check 3 --initrd "$work/initrd" --for ubuntu22.04 "$disk"
	has out '^no +no +drv '
}

target_make
test_good
test_volume
test_packages
test_modules
test_foreign
test_ubuntu
