#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Real images of initramfs-tools and dracut, unmodified, with an overlay behind them: the hook starts the loader before
# udev, the shipped driver wins over the stock one of the same name, and the report is readable in the final system.
#
#   frameworks.sh [initramfs-tools|dracut]...   both when none is named
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/vm/lib.sh
. "$TOP/tests/vm/lib.sh"

MODFERRY=${MODFERRY:-$BUILD/modferry}
export MODFERRY_LIBEXECDIR="$BUILD/loader"
[ $# -gt 0 ] || set -- initramfs-tools dracut
"$TOP/tests/fixtures/initrds.sh"
"$TOP/tests/fixtures/dkms.sh"
ABI=$("$TOP/tests/fixtures/kernels.sh" newest)
vm_base "$ABI"
ko=$FIX/dkms/virtio-upd/9.9/$ABI/x86_64/module/virtio_blk.ko

# boot NAME OPTION...: log in $VM/frameworks-NAME.log
boot() {
	log=$VM/frameworks-$1.log
	image=$FIX/initrds/${1%-without}.img
	shift
	"$TOP/tests/vm/run-qemu.sh" --log "$log" --kernel "$ABI" --initrd "$image" --disk "virtio:$VM/root.img" \
		--memory 1024 --timeout 240 --append "modferry.test.modules=virtio_blk" "$@"
}

for name in "$@"; do
	t0=$(now_ms)
	"$MODFERRY" overlay --initrd "$FIX/initrds/$name.img" --only virtio-upd -o "$VM/frameworks-$name.cpio.gz" "$FIX/dkms" |
		grep -q "by the $name hook"
	boot "$name-without"
	assert_log "$log" '^guest: root /dev/vda / ext4' '^guest: done$'
	[ -z "$(log_value "$log" 'module virtio_blk version')" ] || vm_fail "$log" "the stock virtio_blk has a version now"
	boot "$name" --overlay "$VM/frameworks-$name.cpio.gz"
	assert_log "$log" 'modferry: virtio_blk 9.9-upd .* bound' '^guest: root /dev/vda / ext4' '^guest: done$'
	[ "$(log_value "$log" 'module virtio_blk srcversion')" = "$(modinfo -F srcversion "$ko")" ] ||
		vm_fail "$log" "virtio_blk is not the one dkms built"
	log_report "$log" | grep -q '"name":"virtio_blk".*"result":"bound"' ||
		vm_fail "$log" "no report in the final system"
	boot "$name" --overlay "$VM/frameworks-$name.cpio.gz" --append modferry=off
	assert_log "$log" '^guest: done$'
	refute_log "$log" 'modferry: virtio_blk'
	[ -z "$(log_value "$log" 'module virtio_blk version')" ] || vm_fail "$log" "modferry=off was not obeyed"
	echo "$PROG: $name: the shipped virtio_blk wins before udev; modferry=off is obeyed: $(seconds $(($(now_ms) - t0))) s"
done
