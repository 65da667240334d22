#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Overlays by `modferry overlay` beside real, unmodified images, by each hook; and each image without one.
#
#   loader-frameworks.sh [CASE...]   two at a time; cases joined by + run one after the other
#   loader-frameworks.sh --fast      a few: CI
#
# CASE is IMAGE:HOOK[:WHAT]. IMAGE: initramfs-tools, dracut (systemd is its init), dracut-shell (its own script),
# debian-installer. HOOK: a word of --hook, or without. WHAT: off, skip (the words modferry=off, modferry.skip=),
# lost (the hook is there, the loader not), broken (the loader is no program), hang (mf_hang beside the others).
#
# The overlay has two drivers: virtio_blk, which the system images have too, but not this version (debian-installer
# has none), and mf_fine, which serves a device that no image has a driver for.
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/vm/lib.sh
. "$TOP/tests/vm/lib.sh"
# shellcheck source=tests/pairs.sh
. "$TOP/tests/pairs.sh"

DIR=$VM/frameworks
INSTALLER=${INSTALLER_LINUX:-/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64/linux}
IT=initramfs-tools DI=debian-installer
CASES="dracut:systemd dracut:dracut
	$IT:without+$IT:$IT dracut:rdinit
	dracut:without dracut-shell:without
	dracut:systemd:off dracut-shell:dracut
	dracut:systemd:skip dracut-shell:rdinit
	dracut:systemd:lost dracut-shell:dracut:off
	dracut:systemd:broken dracut-shell:dracut:skip
	dracut:dracut:off dracut-shell:dracut:lost
	dracut:dracut:skip dracut-shell:dracut:broken
	dracut:systemd:hang dracut:dracut:lost
	$IT:rdinit+$IT:$IT:off $IT:$IT:hang
	$IT:$IT:skip $IT:$IT:lost
	$IT:$IT:broken $DI:without
	$DI:$DI $DI:$DI:off
	$DI:$DI:skip $DI:$DI:lost
	$DI:$DI:broken"
FAST="dracut:systemd $IT:without+$IT:$IT"

# --- overlays ----------------------------------------------------------------------------------------------------

# overlay_edit: what a damaged or half-copied overlay may be
overlay_edit() {
	fresh_dir "$DIR/$name.tree"
	(cd "$DIR/$name.tree" && gzip -dc "$DIR/$name.gz" | cpio -id --quiet)
	rm "$DIR/$name.tree/modferry/load"
	if [ "$what" = broken ]; then
		printf 'no program\0\377' >"$DIR/$name.tree/modferry/load"
		chmod 0755 "$DIR/$name.tree/modferry/load"
	fi
	(cd "$DIR/$name.tree" && find . -mindepth 1 | sort | cpio -o -H newc --quiet) | gzip -n >"$DIR/$name.gz"
	rm -rf "$DIR/$name.tree"
}

overlay_make() {
	[ "$hook" != without ] || return 0
	# not virtio_net: what it needs is not in every image
	set -- --only virtio-upd:virtio_blk "$FIX/dkms/virtio-upd"
	[ "$image" = "$DI" ] || set -- --only :mf_fine "$@" "$FIX/testmods/$abi/mf_fine.ko"
	[ "$what" != hang ] || set -- --only :mf_hang "$@" "$FIX/testmods/$abi/mf_hang.ko"
	"$BUILD/modferry" overlay --loader "$BUILD/loader/$(uname -m)/modferry-load" --hook "$hook" --kernel "$abi" \
		--initrd "$initrd" -o "$DIR/$name.gz" "$@" >"$DIR/$name.txt" 2>&1 ||
		vm_fail "$DIR/$name.txt" "modferry overlay failed"
	case $what in
	lost | broken) overlay_edit ;;
	esac
}

# What the installer does before its first question: its own way of running a command early.
installer_guest() {
	fresh_dir "$DIR/installer"
	echo 'd-i preseed/early_command string sh /guest-installer.sh' >"$DIR/installer/preseed.cfg"
	cat >"$DIR/installer/guest-installer.sh" <<'END'
exec >/dev/console 2>&1
dmesg -n 1
echo # ends the line that the installer's terminal words stand on
[ -b /dev/vda ] && echo "guest: disk there" || echo "guest: disk absent"
[ -b /dev/disk/by-label/modferry-root ] && echo "guest: disk seen by udev"
[ ! -d /sys/module/virtio_blk ] || echo "guest: module virtio_blk version $(cat /sys/module/virtio_blk/version)"
if [ -s /run/modferry/report.json ]; then
	echo "guest: report begin"
	cat /run/modferry/report.json
	echo
	echo "guest: report end"
fi
echo "guest: done"
poweroff -f
END
	(cd "$DIR/installer" && find . -type f | sort | cpio -o -H newc --quiet) | gzip -n >"$DIR/installer.gz"
}

# --- boots -------------------------------------------------------------------------------------------------------

# boot: $image with its overlay, the console in $log
boot() {
	set -- --log "$log" --timeout 400 --memory 1024 --initrd "$initrd" --disk "virtio:$DIR/root.img" \
		--append modferry.test.modules=virtio_blk,mf_fine
	[ "$hook" = without ] || set -- "$@" --overlay "$DIR/$name.gz"
	[ "$hook" != rdinit ] || set -- "$@" --append rdinit=/modferry/load
	case $what in
	off) set -- "$@" --append modferry=off ;;
	skip) set -- "$@" --append "modferry.skip=$skipped" ;;
	hang) set -- "$@" --append modferry.timeout=15 ;;
	esac
	if [ "$image" = "$DI" ]; then
		set -- "$@" --kernel "$INSTALLER" --overlay "$DIR/installer.gz" --append "auto=true priority=critical"
	else
		set -- "$@" --kernel "$abi"
	fi
	"$TOP/tests/vm/run-qemu.sh" "$@"
	assert_log "$log" '^guest: done$'
	refute_log "$log" 'Initramfs unpacking failed' 'Kernel panic'
}

# result NAME: of a driver in the report, "none" without a report
result() {
	log_report "$log" | python3 -c '
import json, sys
text = sys.stdin.read()
drivers = json.loads(text)["drivers"] if text else []
print("".join(d["result"] for d in drivers if d["name"] == sys.argv[1]) or "none")' "$1"
}

expect() {
	found=$(result "$1")
	[ "$found" = "$2" ] || vm_fail "$log" "report: $1 is \"$found\", expected \"$2\""
}

# As without an overlay: the stock driver, and no device for mf_fine.
expect_stock() {
	if [ "$image" = "$DI" ]; then
		assert_log "$log" '^guest: disk absent$'
	else
		assert_log "$log" '^guest: root /dev/vda / ext4' '^guest: module mf_fine absent$'
	fi
	refute_log "$log" 'version 9.9-upd' 'modferry: virtio_blk' '^guest: report begin'
}

# The shipped virtio_blk, which but for the installer came before udev.
expect_virtio() {
	assert_log "$log" 'modferry: virtio_blk 9.9-upd .*bound .*virtio[0-9]' '^guest: module virtio_blk version 9.9-upd$'
	expect virtio_blk bound
	if [ "$image" = "$DI" ]; then
		assert_log "$log" '^guest: disk there$' '^guest: disk seen by udev$'
	else
		assert_log "$log" '^guest: root /dev/vda / ext4'
		# by the messages of each init: systemd's, udev's own
		assert_order "$log" 'modferry: virtio_blk 9.9-upd' 'Starting .*systemd-udevd'
	fi
}

expect_drivers() {
	expect_virtio
	[ "$image" = "$DI" ] || assert_log "$log" '^guest: module mf_fine version 1.0$'
	[ "$image" = "$DI" ] || expect mf_fine bound
}

# One driver left out by the word, the other one not.
expect_skipped() {
	skipped=$(echo "$skipped" | tr - _)
	if [ "$image" = "$DI" ]; then
		assert_log "$log" '^guest: disk absent$'
	else
		expect_virtio
		assert_log "$log" '^guest: module mf_fine absent$'
	fi
	expect "$skipped" skipped
	assert_log "$log" "^.\"name\":\"$skipped\".*\"message\":\"modferry.skip\""
}

# A driver that never comes back, in a process that nothing can kill, holds up neither the hook nor the switch of root.
expect_hung() {
	expect_virtio
	expect mf_hang hung
}

# frameworks_case IMAGE:HOOK[:WHAT]
frameworks_case() {
	t0=$(now_ms)
	name=$(echo "$1" | tr : -) image=${1%%:*} hook=${1#*:} what=""
	case $hook in
	*:*) what=${hook#*:} hook=${hook%:*} ;;
	esac
	log=$DIR/$name.log abi=$ABI initrd=$FIX/initrds/$image.img skipped=mf-fine
	[ "$image" != "$DI" ] || abi=$INSTALLER_ABI initrd=$FIX/initrds/debian-installer-12.gz skipped=virtio-blk
	overlay_make
	boot
	case $hook:$what in
	*:off)
		assert_log "$log" 'modferry: off by the kernel command line'
		expect_stock
		;;
	without:* | *:lost | *:broken) expect_stock ;;
	*:skip) expect_skipped ;;
	*:hang) expect_hung ;;
	*) expect_drivers ;;
	esac
	echo "$PROG: $1: $(seconds $(($(now_ms) - t0))) s"
}

# one_after_the_other CASE[+CASE]...
one_after_the_other() {
	for case in $(echo "$1" | tr + ' '); do
		frameworks_case "$case"
	done
}

need cpio gzip python3
ABI=$("$TOP/tests/fixtures/kernels.sh" newest)
INSTALLER_ABI=$("$TOP/tests/fixtures/kernels.sh" installer)
[ -x "$BUILD/modferry" ] || die "modferry is not built; run \`make\`"
case ${1-} in
--fast)
	full=""
	# shellcheck disable=SC2086  # words
	set -- $FAST
	;;
"")
	full=--full
	# shellcheck disable=SC2086  # words
	set -- $CASES
	;;
*) full=--full ;;
esac
"$TOP/tests/fixtures/dkms.sh"
"$TOP/tests/fixtures/testmods.sh" "$ABI"
"$TOP/tests/fixtures/initrds.sh" $full
mkdir -p "$DIR"
installer_guest
"$TOP/tests/vm/mk-rootdisk.sh" "$DIR/root.img"
in_pairs one_after_the_other "$@"
