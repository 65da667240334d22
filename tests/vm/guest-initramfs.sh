#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# /init of the test initramfs: loads the modules it was told to, mounts root=, goes on there.
#
# It knows nothing of drivers for the root disk: if nobody else loads them, it says `init: no root device`.
# Command line: modferry.test.wait=SECONDS for the device (10), modferry.test.load=FILE-or-NAME,… loads
# those, too (control runs only).
export PATH=/bin:/sbin

say() {
	echo "init: $*"
}

# The loader may have been here first and left something mounted.
mount_once() {
	grep -qs " $3 " /proc/mounts || mount -t "$1" "$2" "$3"
}

# arg NAME: the last NAME=VALUE of the command line
arg() {
	tr ' ' '\n' </proc/cmdline | sed -n "s|^$1=||p" | tail -n 1
}

give_up() {
	say "$*"
	say "loaded: $(cut -d' ' -f1 /proc/modules | sort | tr '\n' ' ')"
	poweroff -f
}

mount_once proc proc /proc
mount_once sysfs sysfs /sys
mount_once devtmpfs devtmpfs /dev
mount_once tmpfs tmpfs /run
say "started as pid $$ with arguments: $*"

while read -r name; do
	modprobe "$name" || say "modprobe $name failed"
done </etc/modules-load
for item in $(arg modferry.test.load | tr ',' ' '); do
	case $item in
	*/*) insmod "$item" && say "insmod $item" ;;
	*) modprobe "$item" && say "modprobe $item" ;;
	esac
done

root=$(arg root)
left=$(arg modferry.test.wait)
left=$((${left:-10} * 10))
while [ ! -b "$root" ] && [ "$left" -gt 0 ]; do
	sleep 0.1
	left=$((left - 1))
done
[ -b "$root" ] || give_up "no root device $root"
mount -t ext4 -o ro "$root" /newroot || give_up "cannot mount $root"
say "mounted $root"

# The guest waits for the report only where something could write one.
[ ! -e /modferry ] || touch /run/.test-overlay
for dir in run dev sys proc; do
	mount -o move /$dir /newroot/$dir
done
exec switch_root /newroot /sbin/init "$@"
