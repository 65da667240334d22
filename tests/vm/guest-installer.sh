#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# Runs inside debian-installer: says as `guest: …` lines which module serves which device, and powers off.
#
# Stands in debian-installer-startup.d, where it comes after the first coldplug and before preseed and menu (phase
# `early`). It stays behind until the menu has been through ethdetect, which calls hw-detect (two depmod -a,
# update-dev), and has gone on to netcfg (phase `detected`). Command line: modferry.test.modules=NAME,… whose facts
# are said; modferry.test.early ends the run in the first phase.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
SYSLOG=/var/log/syslog

arg() {
	tr ' ' '\n' </proc/cmdline | sed -n "s|^$1=||p" | tail -n 1
}

# Lines KEY VALUE of each module: what is loaded, and the file that modprobe would take.
modules() {
	for name in $(arg modferry.test.modules | tr ',' ' '); do
		dir=/sys/module/$name state=absent
		[ ! -d "$dir" ] || state=loaded
		echo "module $name $state"
		for key in version srcversion; do
			[ ! -r "$dir/$key" ] || echo "module $name $key $(cat "$dir/$key")"
		done
		echo "file $name $(modprobe -D "$name" 2>/dev/null | sed -n '$s/^insmod \([^ ]*\).*/\1/p')"
	done
}

# Devices by their ids, as addresses depend on the machine: the module that serves it, those that its alias finds.
devices() {
	for dev in /sys/bus/pci/devices/* /sys/bus/virtio/devices/*; do
		module=$(readlink "$dev/driver/module")
		id="$(cut -c3- "$dev/vendor"):$(cut -c3- "$dev/device")"
		case $id in
		8086:*) continue ;;
		esac
		echo "device $id ${module##*/}"
		echo "alias $id $(modprobe -R "$(cat "$dev/modalias")" 2>/dev/null | tr '\n' ' ')"
	done
}

# What the drivers do: the disks' content, the network's interfaces.
works() {
	for disk in /dev/vda /dev/nvme0n1; do
		[ ! -b $disk ] || echo "disk $disk $(sha256sum <$disk | cut -c1-64)"
	done
	for net in /sys/class/net/*; do
		module=$(readlink "$net/device/driver/module")
		[ -z "$module" ] || echo "net ${module##*/} $(cat "$net/address")"
	done
	echo "uptime $(cut -d' ' -f1 /proc/uptime)"
}

# What the edu driver told of its firmware; by now the console shows no messages of the kernel.
edu() {
	dmesg | sed -n 's/.*mf_edu 0000:.*: firmware of //p'
}

# say PREFIX COMMAND...: in one go, on lines of their own: the installer's screen is on the same console
say() {
	prefix=$1
	shift
	{
		echo
		"$@" | sed "s/^/guest: $prefix/"
	} >/tmp/said
	cat /tmp/said >/dev/console
}

facts() {
	say "$1 " modules
	say "$1 " devices
	say "$1 " works
}

# What the loader left; it may be written a moment after /run was mounted.
report() {
	left=10
	while [ ! -s /run/modferry/report.json ] && [ "$left" -gt 0 ]; do
		sleep 1
		left=$((left - 1))
	done
	[ -s /run/modferry/report.json ] || return
	{
		printf '\nguest: report begin\n'
		cat /run/modferry/report.json
		printf '\nguest: report end\n'
	} >/tmp/said
	cat /tmp/said >/dev/console
}

finish() {
	say "" echo "$1"
	poweroff -f
}

selected() {
	grep -q "main-menu.*Menu item '$1' selected" $SYSLOG
}

watch() {
	left=400
	until selected netcfg; do
		sleep 1
		left=$((left - 1))
		[ "$left" -gt 0 ] || finish "the menu does not go on"
	done
	for pid in $(pidof screen); do
		kill -STOP "$pid"
	done
	facts detected
	say "menu " sed -n "s/.*main-menu.*Menu item '\(.*\)' selected.*/\1/p" $SYSLOG
	say "firmware " edu
	say "injected " sed -n 's/.* driver-injection-disk: installing driver package //p' $SYSLOG
	[ ! -d /var/cache/firmware ] || say "kept " ls /var/cache/firmware
	finish "done"
}

if [ "${1-}" = watch ]; then
	watch
fi
echo 1 >/proc/sys/kernel/printk
say "" echo "kernel $(uname -r)"
say "os-release " cat /etc/lsb-release
facts early
[ ! -e /modferry/load ] || report
! grep -q modferry.test.early /proc/cmdline || finish "done"
sh "$0" watch </dev/null >/dev/null 2>&1 &
