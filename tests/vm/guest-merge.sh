#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# Started by the loader in the place of /init: says what kmod's modprobe finds, and runs the loader again on other
# module folders, with other words on the command line.
#
# Command line: modferry.test.round=all, or the first round only.
export PATH=/bin:/sbin
busybox --install -s /bin
kernel=$(uname -r)
folder=/lib/modules/$kernel

say() {
	echo "check: $*"
}

# paths TAG: where modprobe finds the drivers, and who serves an NVMe controller
paths() {
	for name in virtio_blk nvme nvme_core mf_fine mf_xabi; do
		say "$1: $name $(/kmod/modprobe --show-depends $name 2>&1 | sed -n "s|^insmod $folder/\([^ ]*\).*|\1|p" | tr '\n' ' ')"
	done
	say "$1: serves $(/kmod/modprobe -R pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02 2>&1 | tr '\n' ' ')"
	say "$1: left over $(find "$folder/" -name '*.modferry' | tr '\n' ' ')"
	say "$1: sum $(cd "$folder" && {
		cat modules.[ados]*
		find updates -type l -exec readlink {} \;
	} | sha256sum)"
}

# load WORD...: one more run of the loader, as from a hook, with these words on the command line
load() {
	echo "$*" >/run/cmdline
	mount -o bind /run/cmdline /proc/cmdline
	/modferry/load
	say "ended with $?"
	umount /proc/cmdline
}

# restore DIR: the module folder as it was kept there
restore() {
	rm -rf "${folder:?}"
	cp -a "$1" "$folder"
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
paths first
if grep -q modferry.test.round=all /proc/cmdline; then
	cp -a "$folder" /merged
	load ""
	paths again
	load modferry.skip=virtio-blk
	paths skip
	restore /merged
	load modferry=off
	paths off
	cp -a "$folder" /stock

	restore /merged
	ln -s /modferry/d/*/"$kernel/mf_xabi.ko" "$folder/updates/modferry/mf_xabi.ko"
	/kmod/depmod -a
	paths depmod
	load ""
	paths failed

	rm -rf "${folder:?}"
	mkdir "$folder"
	mount -t tmpfs -o "size=$(($(du -sk /stock | cut -f1) + 24))k" tmpfs "$folder"
	cp -a /stock/. "$folder"
	paths small-before
	load ""
	paths small
	mount -o remount,ro,size=100m "$folder"
	load ""
	paths readonly
	umount "$folder"

	restore /stock # below usr, with a link, and without binary indexes
	rm "$folder"/modules.*.bin
	mkdir -p /usr/lib
	mv /lib/modules /usr/lib/modules
	ln -s ../usr/lib/modules /lib/modules
	load ""
	paths text
fi
dmesg | sed -n 's/.*\(modferry: .*index.*\)/log: \1/p'
poweroff -f
