#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots guests where kmod's own modprobe says what it finds after the loader has merged the module indexes.
#
#   loader-merge.sh
#
# shellcheck disable=SC2317  # functions are called through step and by their case's name
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/vm/lib.sh
. "$TOP/tests/vm/lib.sh"
# shellcheck source=tests/pairs.sh
. "$TOP/tests/pairs.sh"

DIR=$VM/merge
NVME="pci:v*d*sv*sd*bc01sc08i02*" # a pattern of the stock nvme

pack() {
	(cd "$1" && find . -mindepth 1 | sort | cpio -o -H newc --quiet) | gzip -n >"$2"
}

# tools: kmod with its libraries and the guest's script
tools() {
	fresh_dir "$DIR/tools"
	mkdir "$DIR/tools/kmod"
	cp "$(command -v kmod)" "$DIR/tools/kmod/modprobe"
	ln -s modprobe "$DIR/tools/kmod/depmod"
	ldd "$(command -v kmod)" | sed -n 's|^[^/]*\(/[^ ]*\) (.*|\1|p' | while read -r library; do
		install -D -m 0755 "$library" "$DIR/tools$library"
	done
	install -m 0755 "$TOP/tests/vm/guest-merge.sh" "$DIR/tools/check"
	pack "$DIR/tools" "$DIR/tools.gz"
}

# overlay NAME MODULE.ko...
overlay() {
	overlay_name=$1
	shift
	STOCK=$DIR/base/lib/modules/$ABI/modules.dep "$TOP/tests/vm/mk-test-overlay.sh" "$DIR/$overlay_name.gz" test 9.9 "$ABI" "$@"
}

# baked NAME MODULE: indexes as an overlay's own, where depmod has put the driver of the overlay NAME in front
baked() {
	baked_root=$DIR/baked baked_folder=$DIR/baked/lib/modules/$ABI
	rm -rf "$baked_root"
	cp -a "$DIR/base" "$baked_root"
	gzip -dc "$DIR/$1.gz" | (cd "$baked_root" && cpio -idmu --quiet)
	mkdir -p "$baked_folder/updates/modferry"
	cp "$baked_root"/modferry/d/*/"$ABI/$2.ko" "$baked_folder/updates/modferry"
	depmod -b "$baked_root" "$ABI"
	baked_file=$(cd "$baked_root" && ls modferry/d/*/"$ABI/$2.ko")
	ln -sf "/$baked_file" "$baked_folder/updates/modferry/$2.ko"
	rm -rf "$baked_root/modferry" "$baked_folder/kernel"
	find "$baked_root" -mindepth 1 -maxdepth 1 ! -name lib -exec rm -rf {} +
	pack "$baked_root" "$DIR/baked-$1.gz"
}

prepare() {
	"$TOP/tests/fixtures/dkms.sh"
	"$TOP/tests/fixtures/testmods.sh" "$ABI"
	"$TOP/tests/vm/mk-initramfs.sh" "$ABI" "$DIR/base.gz" +virtio_pci +virtio_blk +nvme +t10-pi
	fresh_dir "$DIR/base"
	gzip -dc "$DIR/base.gz" | (cd "$DIR/base" && cpio -idm --quiet --no-preserve-owner)
	overlay virtio "$FIX/dkms/virtio-upd/9.9/$ABI/x86_64/module/virtio_blk.ko" "$FIX/testmods/$ABI/mf_xabi.ko"
	overlay nvme "$FIX/dkms/nvme-upd/9.9/$ABI/x86_64/module"/nvme*.ko
	ALIAS=$NVME overlay fine "$FIX/testmods/$ABI/mf_fine.ko"
	baked virtio virtio_blk
	tools
}

# boot NAME OVERLAYS [WORD]: the console goes to $DIR/NAME.log
boot() {
	rm -f "$DIR/$1.log"
	# shellcheck disable=SC2046,SC2086  # words
	"$TOP/tests/vm/run-qemu.sh" --log "$DIR/$1.log" --timeout 240 --kernel "$ABI" --initrd "$DIR/base.gz" \
		$(printf -- "--overlay $DIR/%s.gz " $2) --append "rdinit=/modferry/load modferry.init=/check quiet ${3-}"
	assert_log "$DIR/$1.log" '^check: first: sum [0-9a-f]' 'reboot: Power down'
	refute_log "$DIR/$1.log" '^check: [a-z-]*: left over [^ ]'
}

boot_merge() {
	boot merge "virtio nvme fine tools" modferry.test.round=all
}

boot_order() {
	boot order "fine nvme virtio tools"
}

boot_off() {
	boot off "virtio baked-virtio nvme tools" modferry=off
}

boot_by_name() {
	"boot_$1"
}

# sum CASE TAG: of all indexes and links then
sum() {
	sed -n "s/^check: $2: sum //p" "$DIR/$1.log"
}

# same CASE TAG CASE TAG
same() {
	[ -n "$(sum "$1" "$2")" ] || vm_fail "$DIR/$1.log" "no sum of $2"
	[ "$(sum "$1" "$2")" = "$(sum "$3" "$4")" ] || vm_fail "$DIR/$3.log" "$3: the indexes of \"$4\" are not those of $1, \"$2\""
}

# after one overlay and another, in both orders; and all that was done in the first guest's later rounds
check_merge() {
	log=$DIR/merge.log ours=updates/modferry stock=kernel/drivers
	# overlays stand in the order of their ids, which the bytes of the builds decide
	both_serve="(mf_fine nvme nvme|nvme nvme mf_fine) $"
	same merge first order first
	for round in first again; do
		assert_log "$log" "^check: $round: virtio_blk .*$ours/virtio_blk.ko $" \
			"^check: $round: nvme .*$ours/nvme_core.ko $ours/nvme.ko $" \
			"^check: $round: mf_fine $ours/mf_fine.ko $" "^check: $round: mf_xabi $" \
			"^check: $round: serves $both_serve"
	done
	same merge first merge again
	assert_log "$log" "^check: skip: virtio_blk .*$stock/block/virtio_blk.ko $" "^check: skip: nvme .*$ours/nvme.ko $"
	assert_log "$log" "^check: off: virtio_blk .*$stock/block/virtio_blk.ko $" \
		"^check: off: nvme .*$stock/nvme/host/nvme-core.ko $stock/nvme/host/nvme.ko $" "^check: off: mf_fine $" \
		"^check: off: serves nvme "
	assert_log "$log" "^check: depmod: virtio_blk .*$ours/virtio_blk.ko $" "^check: depmod: mf_xabi $ours/mf_xabi.ko $" \
		"^check: failed: mf_xabi $" "^check: failed: nvme .*$ours/nvme.ko $" \
		'^log: modferry: mf_xabi: is kept out of the module indexes'
	same merge small-before merge small
	same merge small-before merge readonly
	assert_log "$log" '^log: modferry: the module indexes stay as they were: No space left on device' \
		'^log: modferry: the module indexes stay as they were: Read-only file system'
	assert_log "$log" "^check: text: virtio_blk .*$ours/virtio_blk.ko $" "^check: text: serves $both_serve"
}

# process 1, switched off, takes back what an overlay's own indexes bring
check_off() {
	assert_log "$DIR/off.log" '^check: first: virtio_blk .*kernel/drivers/block/virtio_blk.ko $' \
		'^check: first: nvme .*kernel/drivers/nvme/host/nvme.ko $' \
		'^log: modferry: module indexes: 0 drivers in front, 1 taken out'
}

ABI=$("$TOP/tests/fixtures/kernels.sh" newest)
need cpio gzip kmod depmod ldd
[ -x "$BUILD/loader/$(uname -m)/modferry-load" ] || die "modferry-load is not built; run \`make\`"
mkdir -p "$DIR"
step prepare "images and overlays" prepare
t0=$(now_ms)
in_pairs boot_by_name merge order off
check_merge
check_off
echo "$PROG: modprobe finds what it is to find: $(seconds $(($(now_ms) - t0))) s"
