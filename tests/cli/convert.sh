#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Disks and packages by anybody made as a SOURCE: what list, overlay and dud make of them.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
EL9=5.14.0-427.13.1.el9_4.x86_64
DEB=6.1.0-50-amd64
SLE=6.4.0-150600.21-default
SLE16=6.12.0-160000.5-default
NOBLE=6.8.0-31-generic
export XDG_CACHE_HOME="$work/cache" TMPDIR="$work/tmp" MODFERRY_LIBEXECDIR="$work/libexec"
mkdir -p "$TMPDIR" "$work/libexec/x86_64"
cp "$modferry" "$work/libexec/x86_64/modferry-load"

# build KERNEL FIRMWARE: a DKMS tree with a driver that wants it
build() {
	folder=$work/tree/fastraid/1.2.3/$1/x86_64/module
	mkdir -p "$folder" "$work/tree/fastraid/1.2.3/source"
	touch "$work/tree/fastraid/1.2.3/source/dkms.conf"
	"$MKKO" "$folder/fastraid.ko" name=fastraid version=1.2.3 license=GPL ${2:+"firmware=$2"} \
		"vermagic=$1 SMP mod_unload modversions " 'alias=pci:v00001AF4d00001001sv*sd*bc*sc*i*' \
		import:module_layout=1234 import:scsi_add_host=cafe
}

# same FILE FILE: the same bytes
same() {
	cmp "$1" "$2" || fail "$1 and $2 differ"
}

# nothing_left: no copy of a disk stays behind
nothing_left() {
	[ -z "$(ls -A "$TMPDIR")" ] || fail "copies are left behind"
}

# What is made of a disk is what was made of the DKMS tree, to the byte: through RPM, and again.
test_red_hat() {
	mkdir -p "$work/fw/fastraid"
	echo firmware >"$work/fw/fastraid/fw.bin"
	run 0 dud --for rhel9 --dkms-tree "$work/tree" --firmware-dir "$work/fw" -o "$work/one.iso"
	run 0 dud --for rhel9 -o "$work/two.iso" "$work/one.iso"
	has_not err firmware
	same "$work/one.iso" "$work/two.iso"
	run 0 list "$work/one.iso"
	has out "^fastraid +1.2.3 +$EL9 +x86_64 +built +fastraid +1.2.3 "
	mkdir "$work/x"
	xorriso -osirrox on -indev "$work/one.iso" -extract /rpms "$work/x/rpms" >"$work/log" 2>&1
	chmod -R u+w "$work/x"
	vendor=$(find "$work/x" -name '*.rpm')
	run 0 list --json "$vendor"
	has out "\"member\":\"lib/modules/$EL9/extra/fastraid/fastraid.ko\""
	run 0 dud --for rhel9 -o "$work/three.iso" "$vendor"
	same "$work/one.iso" "$work/three.iso"
	nothing_left
}

test_debian() {
	"$MKDEB" deb debian12 fastraid 1.2.3 "$DEB" "$work/tree/fastraid/1.2.3/$DEB/x86_64/module/fastraid.ko" \
		>"$work/vendor.deb"
	rm -rf "$work/tree/fastraid/1.2.3/$EL9" "$work/tree/fastraid/1.2.3/$SLE"
	run 0 overlay --for debian12 --dkms-tree "$work/tree" --firmware-dir "$work/fw" -n
	cp "$work/out" "$work/of-tree"
	run 0 overlay --for debian12 --firmware-dir "$work/fw" -n "$work/vendor.deb"
	same "$work/of-tree" "$work/out"
	mkdir -p "$work/debian/debian-drivers"
	cp "$work/vendor.deb" "$work/debian/debian-drivers/"
	tar -C "$work/debian" -czf "$work/debian.tgz" .
	run 0 overlay --for debian12 --firmware-dir "$work/fw" -n "$work/debian.tgz"
	same "$work/of-tree" "$work/out"
	# what does not fit is said
	run 3 dud --for rhel9 -o "$work/none" "$work/vendor.deb"
	one_message "dud: .*$DEB"
	[ ! -e "$work/none" ] || fail "a disk without a driver"
	nothing_left
}

# Modules, a package with the same bytes, an archive with others: each driver once.
test_suse() {
	update=$work/suse/linux/suse/x86_64-sles15
	ko=$work/tree/fastraid/1.2.3/$SLE/x86_64/module/fastraid.ko
	mkdir -p "$update/modules" "$update/install" "$work/root/lib/modules/$SLE/updates"
	cp "$ko" "$update/modules/"
	printf 'UpdateName: fastraid 1.2.3\n' >"$update/dud.config"
	cp "$ko" "$work/root/lib/modules/$SLE/updates/"
	"$MKKO" "$work/root/lib/modules/$SLE/updates/other.ko" name=other version=7 license=GPL \
		"vermagic=$SLE SMP mod_unload modversions "
	tar -C "$work/root" -czf "$update/install/update.tar.gz" lib
	(cd "$work/suse" && find . | cpio -o -H newc --quiet) | gzip >"$work/suse.dud"
	run 0 list "$work/suse.dud"
	has out "^fastraid +1.2.3 +$SLE +x86_64 +built +fastraid "
	has out "^fastraid +1.2.3 +$SLE +x86_64 +built +other "
	[ "$(wc -l <"$work/out")" -eq 3 ] || fail "a driver twice"
	run 0 overlay --for generic --kernel "$SLE" --firmware-dir "$work/fw" -n "$work/suse.dud"
	has out "/$SLE/other.ko"
	nothing_left
}

# make_inputs TARGET FORMAT...: what modferry makes for it, as a vendor would; and what it is to become again
make_inputs() {
	target=$1
	shift
	run 0 dud --for "$target" --dkms-tree "$work/tree" -o "$work/matrix/$target.good"
	for format; do
		run 0 dud --for "$target" --dkms-tree "$work/tree" --format "$format" -o "$work/matrix/$target-$format"
	done
}

# Every kind of disk and package into every other: the bytes of its own target, and for others the reason why not.
test_matrix() {
	mkdir "$work/matrix"
	for kernel in $EL9 $DEB $SLE $SLE16 $NOBLE; do
		build "$kernel" ''
	done
	make_inputs rhel9 iso fat dir tar tar.gz cpio.xz rpm repo
	make_inputs sles15 cpio.gz iso fat dir tar rpm kmp repo
	make_inputs sles16.0 cpio.gz dir tar kmp
	make_inputs debian12 fat iso dir tar.gz deb udeb repo
	make_inputs ubuntu24.04 fat dir deb
	for input in "$work"/matrix/*-*; do
		name=$(basename "$input")
		for target in rhel9 sles15 sles16.0 debian12 ubuntu24.04; do
			case $name in
			"$target"-*)
				run 0 dud --for "$target" -o "$work/again" "$input"
				same "$work/matrix/$target.good" "$work/again"
				rm "$work/again"
				;;
			*)
				run 3 dud --for "$target" -o "$work/again" "$input"
				one_message "dud: no driver is built for a kernel of $target .*there are builds for: [0-9].*dkms build"
				[ ! -e "$work/again" ] || fail "$input: a disk for $target without a driver"
				;;
			esac
		done
	done
	nothing_left
}

test_failures() {
	mkdir -p "$work/source/DEBIAN" "$work/source/usr/src/x-1"
	printf 'Package: x-dkms\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: x\n' \
		>"$work/source/DEBIAN/control"
	touch "$work/source/usr/src/x-1/dkms.conf"
	dpkg-deb --root-owner-group -b "$work/source" "$work/x-dkms.deb" >"$work/log"
	run 1 list "$work/x-dkms.deb"
	one_message 'list: .*x-dkms.deb: is a package without kernel modules, .*dkms build'
	head -c 1000 "$work/vendor.deb" >"$work/cut.deb"
	run 1 list "$work/cut.deb"
	one_message 'list: .*cut.deb: '
	mkdir -p "$work/large/DEBIAN" "$work/large/lib/modules/$DEB"
	sed 's/x-dkms/large/' "$work/source/DEBIAN/control" >"$work/large/DEBIAN/control"
	truncate -s 257M "$work/large/lib/modules/$DEB/large.ko"
	dpkg-deb --root-owner-group -Zgzip -b "$work/large" "$work/large.deb" >"$work/log"
	run 1 list "$work/large.deb"
	one_message "list: $work/large.deb: data.tar.gz: lib/modules/$DEB/large.ko has more than .*the limit here"
	mkdir -p "$work/none-there/debian-drivers"
	run 3 list "$work/none-there"
	has err 'none-there: no driver found; expected .* a driver disk or a package'
	nothing_left
}

for kernel in $EL9 $DEB $SLE; do
	build "$kernel" fastraid/fw.bin
done
cp -r "$work/tree" "$work/kept"
rm -rf "$work/tree/fastraid/1.2.3/$DEB" "$work/tree/fastraid/1.2.3/$SLE"
test_red_hat
cp -r "$work/kept/." "$work/tree/"
test_debian
cp -r "$work/kept/." "$work/tree/"
test_suse
test_failures
rm -rf "$work/tree"
test_matrix
echo "convert: ok"
