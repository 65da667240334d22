#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# /sbin/init of the test root disk: says what it sees as `guest: KEY VALUE` lines and powers off.
#
# Command line: modferry.test.modules=NAME,NAME… whose version and srcversion are printed (virtio_blk).
export PATH=/bin:/sbin

say() {
	echo "guest: $*"
}

arg() {
	tr ' ' '\n' </proc/cmdline | sed -n "s|^$1=||p" | tail -n 1
}

# report: what the loader left; it may be written a moment after root was switched
report() {
	left=50
	while [ ! -s /run/modferry/report.json ] && [ -e /run/.test-overlay ] && [ "$left" -gt 0 ]; do
		sleep 0.1
		left=$((left - 1))
	done
	[ -s /run/modferry/report.json ] || return
	say "report begin"
	cat /run/modferry/report.json
	echo
	say "report end"
}

# No kernel line may fall between ours.
dmesg -n 1
say "uptime $(cut -d' ' -f1 /proc/uptime)"
say "arguments $*"
while read -r line; do
	say "os-release $line"
done </etc/os-release
say "kernel $(uname -r)"
say "root $(grep ' / ' /proc/mounts | tail -n 1)"
modules=$(arg modferry.test.modules)
for name in $(echo "${modules:-virtio_blk}" | tr ',' ' '); do
	dir=/sys/module/$name
	[ -d "$dir" ] || say "module $name absent"
	for key in version srcversion taint; do
		[ ! -r "$dir/$key" ] || say "module $name $key $(cat "$dir/$key")"
	done
done
say "loaded $(cut -d' ' -f1 /proc/modules | sort | tr '\n' ' ')"
report
say "done"
poweroff -f
