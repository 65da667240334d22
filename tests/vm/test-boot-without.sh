#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The failing boot: without an overlay the test initramfs must not find its root, neither on virtio nor on nvme.
#
#   test-boot-without.sh             both disks, side by side
#   test-boot-without.sh --control   besides: the same with the DKMS-built modules loaded by insmod must succeed,
#                                    which proves that nothing but the drivers was missing
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/vm/lib.sh
. "$TOP/tests/vm/lib.sh"

# boot NAME DISK OPTION...: the console goes to $VM/NAME.log
boot() {
	boot_name=$1 boot_disk=$2
	shift 2
	"$TOP/tests/vm/run-qemu.sh" --log "$VM/$boot_name.log" --kernel "$ABI" --initrd "$VM/base-$ABI.gz" \
		--disk "$boot_disk:$VM/root.img" "$@"
}

without() {
	t0=$(now_ms)
	boot "without-$1" "$1" --append modferry.test.wait=2
	assert_log "$VM/without-$1.log" '^init: started as pid 1' "^init: no root device $2\$" 'reboot: Power down'
	refute_log "$VM/without-$1.log" '^guest:' 'Kernel panic' 'Initramfs unpacking failed'
	echo "$PROG: $1: no root device $2, as it should be: $(seconds $(($(now_ms) - t0))) s"
}

# control DISK DEVICE SYSMODULE LOAD FORM MODULEDIR: LOAD is the loading order, FORM of the overlay raw or gzip
control() {
	t0=$(now_ms)
	overlay=$VM/control-$1.cpio
	fresh_dir "$VM/control-$1"
	mkdir "$VM/control-$1/test"
	cp "$6"/*.ko "$VM/control-$1/test"
	(cd "$VM/control-$1" && find test | sort | cpio -o -H newc --quiet) >"$overlay"
	[ "$5" = raw ] || gzip -nf -c "$overlay" >"$overlay.gz"
	[ "$5" = raw ] || overlay=$overlay.gz
	boot "control-$1" "$1" --overlay "$overlay" --append "modferry.test.load=$4 modferry.test.modules=$3"
	log=$VM/control-$1.log
	assert_log "$log" "^guest: root $2 / ext4" '^guest: os-release ID=modferry-test' '^guest: done$'
	[ "$(log_value "$log" "module $3 version")" = "$(modinfo -F version "$6"/*.ko | sort -u)" ] ||
		vm_fail "$log" "$3: not the version that dkms built"
	echo "$PROG: control: $1: root $2 mounted with $3 $(log_value "$log" "module $3 version"):" \
		"$(seconds $(($(now_ms) - t0))) s"
}

# modules NAME: folder with the modules dkms built of it
modules() {
	echo "$FIX/dkms/$1/9.9/$ABI/x86_64/module"
}

# pair FUNCTION FUNCTION: both side by side; the status of each counts
pair() {
	"$1" &
	first=$!
	"$2"
	wait $first
}

without_virtio() { without virtio /dev/vda; }
without_nvme() { without nvme /dev/nvme0n1; }
control_virtio() { control virtio /dev/vda virtio_blk /test/virtio_blk.ko raw "$(modules virtio-upd)"; }
control_nvme() {
	control nvme /dev/nvme0n1 nvme t10-pi,/test/nvme-core.ko,/test/nvme.ko gzip "$(modules nvme-upd)"
}

ABI=$("$TOP/tests/fixtures/kernels.sh" newest)
vm_base "$ABI"
pair without_virtio without_nvme
if [ "${1-}" = --control ]; then
	"$TOP/tests/fixtures/dkms.sh"
	pair control_virtio control_nvme
fi
