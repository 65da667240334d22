#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots guests whose root's driver only the loader brings, with drivers beside it that fail in every way.
#
#   loader-boots.sh [CASE...]   all cases, two at a time
#
# shellcheck disable=SC2317  # functions are called through step and by their case's name
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/vm/lib.sh
. "$TOP/tests/vm/lib.sh"
# shellcheck source=tests/pairs.sh
. "$TOP/tests/pairs.sh"

DIR=$VM/loader
CASES="virtio nvme bad params off skip disk hook modalias usb late crash stuck init"

# overlay NAME PACKAGE MODULE.ko...
overlay() {
	overlay_name=$1 overlay_package=$2
	shift 2
	"$TOP/tests/vm/mk-test-overlay.sh" "$DIR/$overlay_name.gz" "$overlay_package" 9.9 "$ABI" "$@"
}

# hook_overlay: an init that mounts, starts the loader as a hook would, and goes on with the usual one
hook_overlay() {
	fresh_dir "$DIR/hook"
	cat >"$DIR/hook/hook-init" <<'END'
#!/bin/busybox sh
export PATH=/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
/modferry/load
echo "hook: loader ended with $?"
cat /proc/sys/kernel/printk_devkmsg | sed 's/^/hook: devkmsg /'
exec /init "$@"
END
	chmod 0755 "$DIR/hook/hook-init"
	(cd "$DIR/hook" && echo hook-init | cpio -o -H newc --quiet) | gzip -n >"$DIR/hook.gz"
}

# installer_disk: what stands for anaconda's driver update disk, and the list of what is on it
installer_disk() {
	fresh_dir "$DIR/disk"
	mkdir -p "$DIR/disk/modferry"
	echo "no image, but there" >"$DIR/disk/dd.iso"
	echo "$ABI/virtio_blk.ko" >"$DIR/disk/modferry/dd.iso.modules"
	(cd "$DIR/disk" && find dd.iso modferry | cpio -o -H newc --quiet) | gzip -n >"$DIR/disk.gz"
}

# The image has what carries the disk, but nobody loads it except the loader.
prepare() {
	"$TOP/tests/fixtures/dkms.sh"
	"$TOP/tests/fixtures/testmods.sh" "$ABI"
	mkdir -p "$DIR"
	"$TOP/tests/vm/mk-initramfs.sh" "$ABI" "$DIR/base.gz" ext4 +virtio_pci +t10-pi +xhci_pci
	"$TOP/tests/vm/mk-rootdisk.sh" "$DIR/root.img"
	overlay virtio virtio-upd "$FIX/dkms/virtio-upd/9.9/$ABI/x86_64/module"/*.ko
	overlay nvme nvme-upd "$FIX/dkms/nvme-upd/9.9/$ABI/x86_64/module"/*.ko
	test_modules=$FIX/testmods/$ABI
	overlay fine test-drivers "$test_modules/mf_fine.ko"
	overlay usb test-drivers "$test_modules/mf_usb.ko"
	overlay late test-drivers "$test_modules/mf_hang.ko" "$test_modules/mf_soft.ko"
	TRUNCATE=mf_fine overlay bad test-drivers "$test_modules"/mf_[fhox]*.ko
	hook_overlay
	installer_disk
	make -s -C "$TOP" "$BUILD/loader/$(uname -m)/loader-broken"
	LOADER=$BUILD/loader/$(uname -m)/loader-broken overlay broken virtio-upd \
		"$FIX/dkms/virtio-upd/9.9/$ABI/x86_64/module/virtio_blk.ko"
}

# boot CASE DISK OVERLAYS APPEND [OPTION...]: the console goes to $DIR/CASE.log
boot() {
	boot_log=$DIR/$1.log boot_disk=$2 boot_overlays=$3 boot_append=$4
	shift 4
	# shellcheck disable=SC2046,SC2086  # words
	"$TOP/tests/vm/run-qemu.sh" --log "$boot_log" --timeout 240 --kernel "$ABI" --initrd "$DIR/base.gz" \
		--disk "$boot_disk:$DIR/root.img" $(printf -- "--overlay $DIR/%s.gz " $boot_overlays) --append "$boot_append" "$@"
}

# driver CASE NAME FIELD: of the report
driver() {
	log_report "$DIR/$1.log" | python3 -c '
import json, sys
found = [d for d in json.load(sys.stdin)["drivers"] if d["name"] == sys.argv[1]]
print(found[0][sys.argv[2]] if found else "absent")' "$2" "$3"
}

# expect CASE NAME FIELD VALUE
expect() {
	found=$(driver "$1" "$2" "$3")
	# shellcheck disable=SC2254  # a pattern
	case $found in
	$4) ;;
	*) vm_fail "$DIR/$1.log" "report: $2: $3 is \"$found\", expected \"$4\"" ;;
	esac
}

case_virtio() {
	boot virtio virtio virtio "rdinit=/modferry/load modferry.test.modules=virtio_blk -- one two"
	log=$DIR/virtio.log
	assert_log "$log" '^init: started as pid 1 with arguments: one two$' '^guest: root /dev/vda / ext4' '^guest: done$' \
		'modferry: virtio_blk 9.9-upd \(virtio-upd 9.9\) loaded in [0-9]+ ms, bound [0-9a-f:.]+ virtio0$' \
		'modferry: 1 of 1 matched drivers serve a device, 0 failed'
	expect virtio virtio_blk result bound
	expect virtio virtio_blk layer update
	expect virtio virtio_pci layer stock
	expect virtio virtio_net result skipped
	[ "$(log_value "$log" 'module virtio_blk version')" = 9.9-upd ] || vm_fail "$log" "not the shipped virtio_blk"
}

case_nvme() {
	boot nvme nvme "virtio nvme" "rdinit=/modferry/load modferry.test.modules=nvme,nvme_core,t10_pi"
	log=$DIR/nvme.log
	assert_log "$log" '^guest: root /dev/nvme0n1 / ext4' '^guest: done$'
	expect nvme nvme result bound
	expect nvme nvme_core layer update
	expect nvme t10_pi layer stock
	expect nvme virtio_blk result skipped
	[ "$(log_value "$log" 'module nvme_core version')" = 9.9-upd ] || vm_fail "$log" "not the shipped nvme_core"
}

# truncated, refused, crashing and hanging drivers beside the one that is needed
case_bad() {
	boot bad virtio "virtio bad" "rdinit=/modferry/load modferry.timeout=12"
	log=$DIR/bad.log
	assert_log "$log" '^guest: root /dev/vda / ext4' '^guest: done$' \
		'modferry: mf_fine .* failed: /modferry/.*truncated or damaged' \
		'modferry: mf_xabi .* failed: Exec format error: .*version magic' \
		'modferry: mf_hang .* hangs since [0-9]+ s and is left behind' \
		'modferry: mf_oops .* crashed in the kernel: BUG: kernel NULL pointer dereference'
	refute_log "$log" 'Kernel panic'
	expect bad virtio_blk result bound
	expect bad mf_fine result failed
	expect bad mf_xabi message '*version magic*should be*'
	expect bad mf_oops message 'BUG: kernel NULL pointer*'
	expect bad mf_hang result hung
	expect bad mf_hang message 'mf_hang: waiting for ever'
}

case_params() {
	boot params virtio "virtio fine" "rdinit=/modferry/load mf-fine.number=7 mf_fine.words=\"two words\" modferry.wait=disk"
	log=$DIR/params.log
	assert_log "$log" 'mf_fine: number 7 words <two words>$' '^guest: root /dev/vda / ext4' '^guest: done$'
	expect params mf_fine devices "*0000:00:00.0*"
}

case_off() {
	boot off virtio virtio "rdinit=/modferry/load modferry=off modferry.test.wait=1"
	log=$DIR/off.log
	assert_log "$log" 'modferry: off by the kernel command line' '^init: started as pid 1' '^init: no root device'
	refute_log "$log" 'modferry: .*loaded' '^init: loaded:.*virtio'
}

case_skip() {
	boot skip virtio virtio "rdinit=/modferry/load modferry.skip=virtio-blk modferry.test.wait=1"
	log=$DIR/skip.log
	assert_log "$log" '^init: no root device'
	refute_log "$log" 'modferry: virtio_blk.*loaded'
}

# the installer is told to load what is on its disk: nobody else does
case_disk() {
	boot disk virtio "virtio disk" "rdinit=/modferry/load inst.dd=/dd.iso modferry.test.wait=1"
	log=$DIR/disk.log
	assert_log "$log" 'modferry: inst.dd: what is on /dd.iso is left to the installer' '^init: no root device'
	refute_log "$log" 'modferry: virtio_blk.*loaded'
}

case_hook() {
	boot hook virtio "virtio hook" "rdinit=/hook-init"
	log=$DIR/hook.log
	assert_log "$log" '^hook: loader ended with 0$' '^hook: devkmsg ratelimit$' '^guest: root /dev/vda / ext4' '^guest: done$'
	expect hook virtio_blk result bound
}

case_modalias() {
	boot modalias virtio virtio "rdinit=/modferry/load modferry.wait=virtio:d00000099* modferry.timeout=2"
	log=$DIR/modalias.log
	assert_log "$log" 'modferry: no virtio:d00000099\* appeared in time' '^guest: root /dev/vda / ext4' '^guest: done$'
}

# a keyboard behind two carriers, the second of which brings its devices later; two processors
case_usb() {
	boot usb virtio "virtio usb" "rdinit=/modferry/load" --cpus 2 -- -device qemu-xhci -device usb-kbd
	log=$DIR/usb.log
	assert_log "$log" 'modferry: xhci_pci loaded' 'modferry: mf_usb .* loaded in [0-9]+ ms, bound .*1-1:1.0$' \
		'modferry: 2 of 2 matched drivers serve a device, 0 failed' '^guest: root /dev/vda / ext4' '^guest: done$'
	expect usb mf_usb result bound
	expect usb virtio_blk result bound
}

# what waited for a hanging driver starts when time is up, and is given some of its own
case_late() {
	boot late virtio "virtio late" "rdinit=/modferry/load modferry.timeout=5"
	log=$DIR/late.log
	assert_log "$log" 'mf_soft: loaded nevertheless' 'modferry: mf_soft .*loaded in [0-9]+ ms' '^guest: root /dev/vda / ext4'
	refute_log "$log" 'the run does not end'
	expect late mf_hang result hung
	expect late mf_soft result loaded
	expect late virtio_blk result bound
}

case_crash() {
	boot crash virtio broken "rdinit=/modferry/load modferry.debug modferry.test.wait=1 -- one"
	log=$DIR/crash.log
	assert_log "$log" 'modferry: the run crashed; going on without it' \
		'^init: started as pid 1 with arguments: one$' '^init: no root device'
}

case_stuck() {
	boot stuck virtio broken "rdinit=/modferry/load modferry.timeout=1 modferry.test.wait=1"
	log=$DIR/stuck.log
	assert_log "$log" 'modferry: the run does not end; going on without it' '^init: started as pid 1' '^init: no root device'
}

# modferry.init= names what does not exist: said, and /init is taken
case_init() {
	boot init virtio virtio "rdinit=/modferry/load modferry.init=/lost/init"
	log=$DIR/init.log
	assert_log "$log" 'modferry: modferry.init=/lost/init: No such file' '^init: started as pid 1' '^guest: root /dev/vda'
}

run_case() {
	t0=$(now_ms)
	"case_$1"
	echo "$PROG: $1: $(seconds $(($(now_ms) - t0))) s"
}

ABI=$("$TOP/tests/fixtures/kernels.sh" newest)
need python3 cpio gzip
[ -x "$BUILD/loader/$(uname -m)/modferry-load" ] || die "modferry-load is not built; run \`make\`"
step prepare "images and overlays" prepare
# shellcheck disable=SC2086  # words
[ $# -gt 0 ] || set -- $CASES
in_pairs run_case "$@"
