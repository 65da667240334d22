#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots unmodified debian-installer with a stick as its driver injection disk: dead devices come to life.
#
#   injection.sh [--full | CASE...]   cases are WAY-RELEASE
#
#   without-N   no stick: the disk and edu have no driver, up to the end of hardware detection
#   stick-N     a FAT image of `modferry dud` as a USB stick: both have the drivers of its packages
#
# Netboot images lack the part of the installer that reads such disks. So the overlay brings it, the archive's own
# package, for the installer's udpkg, and a preseed file with the line of dud(7) that unpacks it; nothing of
# modferry's is in the initrd. Release 12 gets 13's package, as the mirror has its own no more.
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/vm/lib.sh
. "$TOP/tests/vm/lib.sh"

MODFERRY=${MODFERRY:-$BUILD/modferry}
DIR=$VM/injection
UDEB=driver-injection-disk-detect.udeb
CHECK_CASES="without-13 stick-13"
FULL_CASES="without-12 stick-12"

# tree RELEASE: the DKMS tree with builds for its kernel
tree() {
	case $1 in
	12) echo "$FIX/dkms" ;;
	*) echo "$FIX/dkms-$1/dkms" ;;
	esac
}

# abi RELEASE
abi() {
	INSTALLER_LINUX=$FIX/initrds/debian-installer-$1.linux "$TOP/tests/fixtures/kernels.sh" installer
}

# The overlay: the package, answers, and what says the facts. Leaf files only, as folders may be links.
overlay_make() {
	overlay=$DIR/overlay script=lib/debian-installer-startup.d/S19modferry-test
	mkdir -p "$overlay/$(dirname $script)"
	install -m 0755 "$TOP/tests/vm/guest-installer.sh" "$overlay/$script"
	cp "$FIX/udebs/$UDEB" "$overlay/"
	cat >"$overlay/preseed.cfg" <<-EOF
		d-i preseed/early_command string udpkg --unpack /$UDEB
		d-i driver-injection-disk/load boolean true
		d-i netcfg/choose_interface select auto
	EOF
	(cd "$overlay" && printf '%s\n' preseed.cfg $UDEB $script | cpio -o -H newc --quiet) | gzip -n >"$overlay.gz"
}

# stick_make RELEASE
stick_make() {
	"$MODFERRY" dud --for "debian$1" --format fat --firmware-dir "$DIR/firmware" -o "$DIR/stick-$1.img" \
		"$(tree "$1")/virtio-upd" "$(tree "$1")/firmware-upd" >"$DIR/stick-$1.txt" 2>&1 ||
		vm_fail "$DIR/stick-$1.txt" "modferry dud failed"
}

prepare() {
	fresh_dir "$DIR"
	overlay_make
	mkdir -p "$DIR/firmware/modferry"
	echo "edu, firmware of 32 bytes, 9.9!" >"$DIR/firmware/modferry/edu.bin"
	truncate -s 1M "$DIR/disk.img"
	echo "a disk that only virtio_blk can read" | dd of="$DIR/disk.img" conv=notrunc status=none
	for release in "$@"; do
		stick_make "$release"
	done
}

# boot WAY RELEASE OPTION...: the console goes to $DIR/WAY-RELEASE.log, options to QEMU
boot() {
	log=$DIR/$1-$2.log files=$FIX/initrds/debian-installer-$2 release=$2
	shift 2
	"$TOP/tests/vm/run-qemu.sh" --log "$log" --timeout 480 --memory 1024 --kernel "$files.linux" \
		--initrd "$files.gz" --overlay "$DIR/overlay.gz" --disk "virtio:$DIR/disk.img" \
		--append "auto=true priority=critical DEBIAN_FRONTEND=text modferry.test.modules=virtio_blk,mf_edu" \
		-- -device edu -device qemu-xhci "$@"
	says "kernel $(abi "$release")" "menu driver-injection-disk-detect" "menu ethdetect" "menu netcfg" "done"
	dead early
}

# says LINE...: the guest said exactly that
says() {
	for line in "$@"; do
		grep -aFxq -e "guest: $line" "$log" || vm_fail "$log" "the guest did not say \"$line\""
	done
}

# dead PHASE: neither device has a driver
dead() {
	says "$1 module virtio_blk absent" "$1 module mf_edu absent" "$1 device 1af4:0002 " "$1 device 1234:11e8 "
	refute_log "$log" "^guest: $1 disk"
}

# alive PHASE PACKAGE MODULE: what DKMS built is loaded, by version and srcversion
alive() {
	ko=$(find "$(tree "$release")/$2/9.9/$(abi "$release")" -name "$3.ko*")
	says "$1 module $3 version 9.9-upd" "$1 module $3 srcversion $(modinfo -F srcversion "$ko")"
}

way_without() {
	boot without "$1"
	dead detected
	refute_log "$log" '^guest: injected' '^guest: kept'
}

way_stick() {
	boot stick "$1" -drive "if=none,id=stick,format=raw,snapshot=on,file=$DIR/stick-$1.img" \
		-device usb-storage,drive=stick,removable=on
	alive detected virtio-upd virtio_blk
	alive detected firmware-upd mf_edu
	says "detected device 1af4:0002 virtio_blk" "detected device 1234:11e8 mf_edu" \
		"detected disk /dev/vda $(sha256sum <"$DIR/disk.img" | cut -c1-64)"
	says "firmware 32 bytes: $(od -An -v -tx1 "$DIR/firmware/modferry/edu.bin" | tr -d ' \n')"
	for package in virtio-upd firmware-upd; do
		file=$package-modules-$(abi "$1")
		# the second slash stands before the codename that Debian's installers do not have
		says "injected /media/debian-drivers//${file}_9.9-1_amd64.deb" \
			"injected /media/debian-drivers//$file-di_9.9-1_amd64.udeb" "kept ${file}_9.9-1_amd64.deb"
	done
}

run_case() {
	t0=$(now_ms)
	"way_${1%-*}" "${1#*-}"
	echo "$PROG: $1: $(seconds $(($(now_ms) - t0))) s"
}

need cpio gzip modinfo
[ -x "$MODFERRY" ] || die "modferry is not built; run \`make\`"
# shellcheck disable=SC2086  # words
case ${1-} in
"") set -- $CHECK_CASES ;;
--full) set -- $CHECK_CASES $FULL_CASES ;;
esac
releases=$(printf '%s\n' "$@" | sed 's/.*-//' | sort -u)
"$TOP/tests/fixtures/initrds.sh"
"$TOP/tests/fixtures/udebs.sh"
case $releases in
*12*) "$TOP/tests/fixtures/dkms.sh" ;;
esac
case $releases in
*13*)
	"$TOP/tests/fixtures/initrds.sh" --full
	"$TOP/tests/fixtures/dkms-trixie.sh"
	;;
esac
# shellcheck disable=SC2086  # words
step prepare "sticks and the installer's overlay" prepare $releases
for name in "$@"; do
	run_case "$name"
done
