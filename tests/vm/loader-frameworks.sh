#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Overlays by `modferry overlay` beside real, unmodified images: initramfs-tools and dracut by hook, and both by rdinit=.
#
#   loader-frameworks.sh [CASE...]   IMAGE-HOOK: initramfs-tools-hook dracut-hook initramfs-tools-rdinit dracut-rdinit
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/vm/lib.sh
. "$TOP/tests/vm/lib.sh"
# shellcheck source=tests/pairs.sh
. "$TOP/tests/pairs.sh"

DIR=$VM/frameworks

# frameworks_case IMAGE-HOOK
frameworks_case() {
	image=${1%-*} t0=$(now_ms)
	case $1 in
	*-rdinit) hook=rdinit append=rdinit=/modferry/load ;;
	*) hook=$image append= ;;
	esac
	"$BUILD/modferry" overlay --loader "$BUILD/loader/$(uname -m)/modferry-load" --hook "$hook" --kernel "$ABI" \
		--initrd "$FIX/initrds/$image.img" -o "$DIR/$1.gz" "$FIX/dkms/virtio-upd" >"$DIR/$1.txt" 2>&1 ||
		vm_fail "$DIR/$1.txt" "modferry overlay failed"
	"$TOP/tests/vm/run-qemu.sh" --log "$DIR/$1.log" --timeout 240 --memory 1024 --kernel "$ABI" \
		--initrd "$FIX/initrds/$image.img" --overlay "$DIR/$1.gz" --disk "virtio:$DIR/root.img" --append "$append"
	assert_log "$DIR/$1.log" '^guest: root /dev/vda / ext4' '^guest: module virtio_blk version 9.9-upd$' \
		'modferry: virtio_blk 9.9-upd .*bound .*virtio0' '^guest: report begin$' '^guest: done$'
	log_report "$DIR/$1.log" | python3 -c '
import json, sys
report = json.load(sys.stdin)
assert [d["result"] for d in report["drivers"] if d["name"] == "virtio_blk"] == ["bound"], report'
	echo "$PROG: $1: $(seconds $(($(now_ms) - t0))) s"
}

need python3
ABI=$("$TOP/tests/fixtures/kernels.sh" newest)
[ -x "$BUILD/modferry" ] || die "modferry is not built; run \`make\`"
"$TOP/tests/fixtures/dkms.sh"
"$TOP/tests/fixtures/initrds.sh"
fresh_dir "$DIR"
"$TOP/tests/vm/mk-rootdisk.sh" "$DIR/root.img"
[ $# -gt 0 ] || set -- initramfs-tools-hook dracut-hook initramfs-tools-rdinit dracut-rdinit
in_pairs frameworks_case "$@"
