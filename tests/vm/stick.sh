#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes driver disks to USB sticks of a guest: what is refused, what lies there then, and a stick that vanishes.
#
#   stick.sh [sticks_are_written | a_stick_vanishes]   both without an argument
#
# The guest's root is a USB disk as well. The tools that modferry needs are this machine's, read-only over 9p.
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/vm/lib.sh
. "$TOP/tests/vm/lib.sh"

DIR=$VM/stick
MKKO=${MKKO:-$TOP/build/obj/tools/mkko}

# source_tree: a driver as DKMS leaves it; guest-stick.sh names its kernel too
source_tree() {
	kernel=5.14.0-427.13.1.el9_4.x86_64
	folder=$DIR/tree/fastraid/1.2.3/$kernel/x86_64/module
	mkdir -p "$folder" "$DIR/tree/fastraid/1.2.3/source"
	: >"$DIR/tree/fastraid/1.2.3/source/dkms.conf"
	"$MKKO" "$folder/fastraid.ko" arch=x86_64 name=fastraid version=1.2.3 license=GPL \
		"vermagic=$kernel SMP mod_unload modversions " 'alias=pci:v00001AF4d00001001sv*sd*bc*sc*i*' \
		import:module_layout=1234
}

# root_disk: only folders, over which this machine's are bound
root_disk() {
	mkdir -p "$DIR/root"
	for folder in host usr etc var dev proc sys run tmp mnt; do
		mkdir "$DIR/root/$folder"
	done
	for folder in bin sbin lib lib64; do
		ln -s "usr/$folder" "$DIR/root/$folder"
	done
	truncate -s 16M "$DIR/root.img"
	mke2fs -q -t ext4 -d "$DIR/root" -m 0 "$DIR/root.img"
}

# old_stick: what was once used otherwise: a partition, and at the end the superblock of a RAID (version 1.0), behind
# which libblkid sees no label of anything else
old_stick() {
	truncate -s 24M "$DIR/stick.img"
	python3 - "$DIR/stick.img" <<'END'
import struct
import sys

with open(sys.argv[1], "r+b") as stick:
    stick.seek(446)
    stick.write(struct.pack("<8BII", 0, 0, 0, 0, 0x83, 0, 0, 0, 2048, 4096))
    stick.seek(510)
    stick.write(b"\x55\xaa")
    offset = 24 * 2048 - 16  # sectors; 8 KiB before the end
    block = bytearray(256)
    struct.pack_into("<II", block, 0, 0xA92B4EFC, 1)
    block[16:32] = b"0123456789abcdef"
    block[32:35] = b"old"
    struct.pack_into("<Q", block, 144, offset)
    total = sum(struct.unpack("<64I", block))
    struct.pack_into("<I", block, 216, (total & 0xFFFFFFFF) + (total >> 32))
    stick.seek(offset * 512)
    stick.write(block)
END
	[ "$(blkid -p -s TYPE -o value "$DIR/stick.img")" = linux_raid_member ] || die "the stick is no RAID to libblkid"
}

# guest_initramfs: the usual one with another /init
guest_initramfs() {
	"$TOP/tests/vm/mk-initramfs.sh" "$ABI" "$DIR/base.gz" virtio_pci 9pnet_virtio 9p xhci_pci usb_storage sd_mod ext4 \
		isofs vfat nls_cp437 nls_ascii
	mkdir "$DIR/overlay"
	install -m 0755 "$TOP/tests/vm/guest-stick.sh" "$DIR/overlay/init"
	(cd "$DIR/overlay" && echo init | cpio -o -H newc --quiet) >"$DIR/overlay.cpio"
}

# boot CASE DRIVE-OPTIONS QEMU-OPTION...: the console is in $DIR/CASE.log
boot() {
	boot_case=$1 boot_drive=$2
	shift 2
	"$TOP/tests/vm/run-qemu.sh" --log "$DIR/$boot_case.log" --kernel "$ABI" --initrd "$DIR/base.gz" \
		--overlay "$DIR/overlay.cpio" --memory 1024 --timeout "${VM_TIMEOUT:-400}" \
		--append "modferry.test.case=$boot_case modferry.test.top=$TOP modferry.test.tree=$DIR/tree" -- \
		-device qemu-xhci -drive "if=none,id=root,format=raw,snapshot=on,file=$DIR/root.img" \
		-device usb-storage,drive=root -drive "if=none,id=stick,format=raw,snapshot=on,file=$DIR/stick.img$boot_drive" \
		-device usb-storage,drive=stick,id=stick \
		-virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap "$@"
}

# status LOG NAME NUMBER: how that run of the guest ended
status() {
	[ "$(log_value "$1" "$2 status")" = "$3" ] || vm_fail "$1" "$2: status $(log_value "$1" "$2 status"), expected $3"
}

sticks_are_written() {
	boot write ""
	log=$DIR/write.log
	status "$log" root 1
	assert_log "$log" '^guest: root: modferry: dud: --write: /dev/sd.: the running system is on it \(/dev/sd. is mounted at /\)'
	status "$log" partition 1
	assert_log "$log" '^guest: partition: .* is a partition of /dev/sd.'
	status "$log" nobody 2
	assert_log "$log" '^guest: nobody: .*nobody can be asked'
	status "$log" no 1
	assert_log "$log" '^guest: no: .*QEMU HARDDISK, USB, 24.0 MiB' '^guest: no: +whole disk: linux_raid_member, label old' \
		'^guest: no: +partition 1: ' '^guest: no: .*you did not say yes'
	status "$log" replugged 1
	assert_log "$log" '^guest: replugged: .*is another device now than before' "^guest: replugged as sd.\$"
	status "$log" unchanged 0
	status "$log" iso 0
	assert_log "$log" '^guest: iso: .*written and read back, [0-9]+ bytes' '^guest: iso-blkid: TYPE=iso9660' \
		'^guest: iso-blkid: LABEL=OEMDRV' '^guest: partitions 0$' '^guest: files .*rhdd3'
	status "$log" same 0
	status "$log" mounted 1
	assert_log "$log" '^guest: mounted: .* is mounted at /mnt; unmount it'
	status "$log" yes 0
	assert_log "$log" '^guest: yes: .*Type yes to go on' '^guest: yes-blkid: TYPE=vfat' '^guest: yes-blkid: LABEL=OEMDRV' \
		'^guest: done$'
}

# unplug LOG: takes the stick away when the guest has begun to write to it
unplug() {
	until cat "$1".*/console 2>/dev/null | grep -aq 'HARDDISK, USB, 24.0 MiB'; do
		sleep 1
		[ -e "$DIR/booting" ] || return 0
	done
	sleep 2
	python3 - "$DIR/monitor" <<'END'
import socket
import sys

with socket.socket(socket.AF_UNIX) as monitor:
    monitor.connect(sys.argv[1])
    monitor.sendall(b"device_del stick\n")
    said = b""
    while said.count(b"(qemu) ") < 2:  # the second one: it is done
        more = monitor.recv(4096)
        if not more:
            break
        said += more
sys.exit(b"not found" in said)
END
}

# At 100 KiB a second the two MiB that are wiped first take 20 seconds.
a_stick_vanishes() {
	: >"$DIR/booting"
	unplug "$DIR/vanish.log" &
	unplugger=$!
	boot vanish ,throttling.bps-write=102400 -monitor "unix:$DIR/monitor,server=on,wait=off"
	rm "$DIR/booting"
	wait "$unplugger"
	log=$DIR/vanish.log
	status "$log" vanish 1
	assert_log "$log" '^modferry: dud: /dev/sd.: writing failed at 0 of 1 MiB: .*; the stick is not usable as it is: plug it in again and write it anew' \
		'^guest: done$'
	refute_log "$log" 'written and read back'
}

need python3 mke2fs blkid cpio
[ -x "$MKKO" ] || die "$MKKO: not built; run \`make vm-stick\`"
ABI=$("$TOP/tests/fixtures/kernels.sh" newest)
"$TOP/tests/fixtures/kernels.sh" tree "$ABI"
fresh_dir "$DIR"
trap 'rm -f "$DIR/booting"' EXIT # ends what waits to unplug the stick
source_tree
root_disk
old_stick
guest_initramfs
[ $# -gt 0 ] || set -- sticks_are_written a_stick_vanishes
for part in "$@"; do
	t0=$(now_ms)
	"$part"
	echo "$PROG: $(echo "$part" | tr _ ' '): $(seconds $(($(now_ms) - t0))) s"
done
