#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# /init of the guest of stick.sh: runs modferry on a root that is a USB disk, and says how each run ended.
#
# Command line: modferry.test.case=write|vanish, .top=DIR (the checkout), .tree=DIR (the DKMS tree), both as this guest's
# host calls them.
export PATH=/bin:/sbin

STICK_SECTORS=49152

say() {
	echo "guest: $*"
}

arg() {
	tr ' ' '\n' </proc/cmdline | sed -n "s|^modferry.test.$1=||p" | tail -n 1
}

# by_size SECTORS: the disk of that size
by_size() {
	for block in /sys/block/sd*; do
		[ "$(cat "$block/size" 2>/dev/null)" != "$1" ] || echo "${block##*/}"
	done
}

# wait_for SECTORS: the same, when it has come
wait_for() {
	left=300
	while [ -z "$(by_size "$1")" ] && [ "$left" -gt 0 ]; do
		sleep 0.1
		left=$((left - 1))
	done
	by_size "$1"
}

mount_root() {
	mount -t ext4 "/dev/$root" /newroot
	mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose host /newroot/host
	for folder in usr etc; do
		mount -o bind "/newroot/host/$folder" "/newroot/$folder"
	done
	mount -t tmpfs tmpfs /newroot/tmp
	mount -t tmpfs tmpfs /newroot/var
	mount -t proc proc /newroot/proc
	mount -t sysfs sysfs /newroot/sys
	mount -t devtmpfs devtmpfs /newroot/dev
	mkdir -p /newroot/dev/pts
	mount -t devpts devpts /newroot/dev/pts
}

inside() {
	busybox chroot /newroot /usr/bin/env "PATH=/usr/sbin:/usr/bin" HOME=/tmp TMPDIR=/tmp XDG_CACHE_HOME=/tmp/cache "$@"
}

# dud ARGUMENT...: as it goes
dud() {
	inside "/host$top/build/modferry" dud --for rhel9 --dkms-tree "/host$tree" "$@"
}

# report NAME COMMAND...: what it prints, its lines marked, and its status
report() {
	report_name=$1
	shift
	"$@" >/newroot/tmp/printed 2>&1
	report_status=$?
	tr '\r' '\n' </newroot/tmp/printed | sed "s|^|guest: $report_name: |"
	echo
	say "$report_name status $report_status"
}

# answer NAME TEXT ARGUMENT...: somebody types that at the terminal which the run has
answer() {
	answer_name=$1 answer_text=$2
	shift 2
	echo "$answer_text" >/newroot/tmp/typed
	report "$answer_name" inside script -qec \
		"/host$top/build/modferry dud --for rhel9 --dkms-tree /host$tree $*" /dev/null </newroot/tmp/typed
}

# When the question is asked: the stick goes, and one of the same name comes, which is not the one that was shown.
replug() {
	until grep -q 'Type yes' /newroot/tmp/printed; do
		sleep 0.2
	done
	host=$(readlink -f "/sys/block/$stick/device" | sed 's|.*/\(host[0-9]*\)/.*|\1|')
	echo 1 >"/sys/block/$stick/device/delete"
	echo '- - -' >"/sys/class/scsi_host/$host/scan"
	wait_for $STICK_SECTORS >/newroot/tmp/replugged
	echo yes
}

replugged() {
	: >/newroot/tmp/printed
	replug | report replugged inside script -qec \
		"/host$top/build/modferry dud --for rhel9 --dkms-tree /host$tree --write /dev/$stick" /dev/null
	say "replugged as $(cat /newroot/tmp/replugged)"
}

# count FILE...: how many of them there are
count() {
	[ -e "$1" ] || shift
	echo $#
}

# As many bytes of the stick as the file has.
same_bytes() {
	inside cmp -n "$(inside stat -c %s /tmp/disk.iso)" /tmp/disk.iso "/dev/$stick"
}

# The superblock of the RAID is still there.
is_unchanged() {
	inside blkid -p -s TYPE -o value "/dev/$stick" | grep -qx linux_raid_member
}

written() {
	report root dud --write "/dev/$root" --yes </dev/null
	report partition dud --write "/dev/${stick}1" --yes </dev/null
	report nobody dud --write "/dev/$stick" </dev/null
	answer no no --write "/dev/$stick"
	replugged
	report unchanged is_unchanged
	report iso dud --write "/dev/$stick" --yes -o /tmp/disk.iso </dev/null
	report same same_bytes
	report iso-blkid inside blkid -p -o export "/dev/$stick"
	say "partitions $(count /sys/block/"$stick/$stick"*)"
	mount -t iso9660 -o ro "/dev/$stick" /newroot/mnt
	say "files $(echo /newroot/mnt/*)"
	report mounted dud --write "/dev/$stick" --yes </dev/null
	umount /newroot/mnt
	answer yes yes --format fat --write "/dev/$stick"
	report yes-blkid inside blkid -p -o export "/dev/$stick"
}

vanishing() {
	dud --write "/dev/$stick" --yes </dev/null
	say "vanish status $?"
}

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
dmesg -n 1
while read -r name; do
	modprobe "$name" || say "modprobe $name failed"
done </etc/modules-load
top=$(arg top) tree=$(arg tree)
root=$(wait_for 32768)
stick=$(wait_for $STICK_SECTORS)
say "root disk $root, stick $stick"
mount_root
case $(arg case) in
write) written ;;
vanish) vanishing ;;
esac
say "done"
poweroff -f
