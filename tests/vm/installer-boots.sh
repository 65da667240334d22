#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots unmodified debian-installer kernels and initrds, as they are and with overlays of DKMS-built drivers.
#
#   installer-boots.sh [--full | CASE...]   cases are WAY-RELEASE
#
#   stock-N      without overlay: the disk is dead, stock drivers have the network cards, nobody has edu
#   loader-N     two overlays, rdinit=/modferry/load
#   reversed-N   the same two overlays the other way round; nvme on nvme-core besides
#   indexes-N    one overlay with merged indexes only: the installer's own udev loads what they name
#
# Drivers: virtio_blk (the installer has none), virtio_net (it has one of the same name), 8139cp_upd (beside its 8139cp,
# on its mii), mf_edu with firmware. Each boot goes through ethdetect, which runs depmod -a and triggers all devices
# again; the facts are asked for before and after.
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/vm/lib.sh
. "$TOP/tests/vm/lib.sh"
# shellcheck source=tests/pairs.sh
. "$TOP/tests/pairs.sh"

MODFERRY=${MODFERRY:-$BUILD/modferry}
export MODFERRY_LIBEXECDIR="$BUILD/loader"
DIR=$VM/installer
CHECK_CASES="loader-12 indexes-12 stock-12"
FULL_CASES="reversed-12 stock-13 loader-13 indexes-13"
MODULES="virtio_blk virtio_net 8139cp_upd mf_edu"

# The test's own part of the initrd: answers for an unattended run, and what says the facts. A leaf file only, as
# the folder may lie behind a symlink.
probe_make() {
	probe=$DIR/probe script=lib/debian-installer-startup.d/S19modferry-test
	fresh_dir "$probe"
	mkdir -p "$probe/$(dirname $script)"
	install -m 0755 "$TOP/tests/vm/guest-installer.sh" "$probe/$script"
	echo 'd-i netcfg/choose_interface select auto' >"$probe/preseed.cfg"
	(cd "$probe" && printf '%s\n' preseed.cfg $script | cpio -o -H newc --quiet) | gzip -n >"$probe.gz"
}

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

# overlay RELEASE NAME HOOK SOURCE...: the installer's overlay $DIR/NAME-RELEASE.gz
overlay() {
	overlay_release=$1 overlay_out=$DIR/$2-$1 overlay_hook=$3
	shift 3
	# shellcheck disable=SC2086  # words
	"$MODFERRY" overlay --initrd "$FIX/initrds/debian-installer-$overlay_release.gz" --hook $overlay_hook \
		--firmware-dir "$DIR/firmware" -o "$overlay_out.gz" "$@" >"$overlay_out.txt" 2>&1 ||
		vm_fail "$overlay_out.txt" "modferry overlay failed"
}

# release_make RELEASE: its overlays
release_make() {
	from=$(tree "$1")/
	overlay "$1" first rdinit "${from}virtio-upd" "${from}newname-upd"
	overlay "$1" second rdinit "${from}firmware-upd"
	overlay "$1" indexes "none --indexes" "${from}virtio-upd" "${from}newname-upd" "${from}firmware-upd"
}

prepare() {
	fresh_dir "$DIR"
	probe_make
	mkdir -p "$DIR/firmware/modferry"
	echo "edu, firmware of 32 bytes, 9.9!" >"$DIR/firmware/modferry/edu.bin"
	truncate -s 1M "$DIR/disk.img"
	echo "a disk that only $MODULES can read" | dd of="$DIR/disk.img" conv=notrunc status=none
	for release in "$@"; do
		release_make "$release"
	done
}

# boot CASE OVERLAYS APPEND OPTION...: the console goes to $DIR/CASE.log
boot() {
	boot_log=$DIR/$1.log boot_release=${1#*-} boot_overlays=$2 boot_append=$3
	boot_files=$FIX/initrds/debian-installer-$boot_release
	shift 3
	# shellcheck disable=SC2046,SC2086  # words
	"$TOP/tests/vm/run-qemu.sh" --log "$boot_log" --timeout 480 --memory 1024 --kernel "$boot_files.linux" \
		--initrd "$boot_files.gz" $(printf -- "--overlay $DIR/%s.gz " $boot_overlays probe) \
		--disk "virtio:$DIR/disk.img" "$@" --append "$boot_append auto=true priority=critical DEBIAN_FRONTEND=text \
modferry.test.modules=$(echo "$MODULES nvme nvme_core mii" | tr ' ' ',')" -- -device edu \
		-netdev user,id=n0 -device virtio-net-pci,netdev=n0,romfile= \
		-netdev user,id=n1 -device rtl8139,netdev=n1,romfile=
	says "$boot_log" "kernel $(abi "$boot_release")" "done"
}

# says LOG LINE...: the guest said exactly that
says() {
	says_log=$1
	shift
	for line in "$@"; do
		grep -aFxq -e "guest: $line" "$says_log" || vm_fail "$says_log" "the guest did not say \"$line\""
	done
}

# ours LOG RELEASE PHASE PACKAGE MODULE: loaded is what DKMS built, by version and srcversion
ours() {
	ko=$(find "$(tree "$2")/$4/9.9/$(abi "$2")" -name "$5.ko*" -o -name "$(echo "$5" | tr _ -).ko*" | head -n 1)
	says "$1" "$3 module $5 version 9.9-upd" "$3 module $5 srcversion $(modinfo -F srcversion "$ko")"
}

# drivers LOG RELEASE PHASE: each device is served by the driver that was shipped, and works
drivers() {
	ours "$1" "$2" "$3" virtio-upd virtio_blk
	ours "$1" "$2" "$3" virtio-upd virtio_net
	ours "$1" "$2" "$3" newname-upd 8139cp_upd
	ours "$1" "$2" "$3" firmware-upd mf_edu
	says "$1" "$3 device 1af4:0002 virtio_blk" "$3 device 1af4:0001 virtio_net" "$3 device 10ec:8139 8139cp_upd" \
		"$3 device 1234:11e8 mf_edu" "$3 disk /dev/vda $(sha256sum <"$DIR/disk.img" | cut -c1-64)" \
		"$3 net virtio_net 52:54:00:12:34:56" "$3 net 8139cp_upd 52:54:00:12:34:57" "$3 module mii loaded"
}

# went_on LOG: the installer's normal start, and the firmware's content on the way
went_on() {
	says "$1" "menu ethdetect" "menu netcfg"
	assert_log "$1" "mf_edu 0000:.*: firmware of 32 bytes: $(od -An -v -tx1 "$DIR/firmware/modferry/edu.bin" | tr -d ' \n')\$"
}

# indexed LOG RELEASE PHASE: what kmod there would take, for a name and for a device
indexed() {
	folder=/lib/modules/$(abi "$2")/updates/modferry
	for module in $MODULES; do
		says "$1" "$3 file $module $folder/$module.ko"
	done
	assert_log "$1" "^guest: $3 alias 10ec:8139 8139cp_upd( |\$)"
}

way_stock() {
	boot "$2-$1" "" modferry.test.early
	log=$DIR/$2-$1.log
	says "$log" "early module virtio_blk absent" "early module 8139cp_upd absent" "early module mf_edu absent" \
		"early module virtio_net loaded" "early device 1af4:0002 " "early device 1af4:0001 virtio_net" \
		"early device 10ec:8139 8139cp" "early device 1234:11e8 "
	refute_log "$log" '9\.9-upd' '^guest: early disk'
}

# bound LOG MODULE...: says the report
bound() {
	bound_log=$1
	shift
	log_report "$bound_log" | python3 -c '
import json, sys
found = {d["name"]: d for d in json.load(sys.stdin)["drivers"]}
for name in sys.argv[1:]:
    assert (found[name]["layer"], found[name]["result"]) == ("update", "bound"), found[name]
assert found["mii"]["layer"] == "stock" and found["mii"]["result"] == "loaded", found["mii"]' "$@" ||
		vm_fail "$bound_log" "the report in the installer does not say what is expected"
}

# loaded LOG RELEASE MODULE...: by the loader, with what it says of them
loaded() {
	for phase in early detected; do
		drivers "$1" "$2" $phase
		indexed "$1" "$2" $phase
	done
	went_on "$1"
	loaded_log=$1
	shift 2
	bound "$loaded_log" "$@"
}

way_loader() {
	boot "$2-$1" "first-$1 second-$1" rdinit=/modferry/load
	# shellcheck disable=SC2086  # words
	loaded "$DIR/$2-$1.log" "$1" $MODULES
}

way_reversed() {
	overlay "$1" nvme rdinit "$FIX/dkms-full/$(abi "$1")/dkms/nvme-upd"
	boot "$2-$1" "second-$1 nvme-$1 first-$1" rdinit=/modferry/load --disk "nvme:$DIR/disk.img"
	# shellcheck disable=SC2086  # words
	loaded "$DIR/$2-$1.log" "$1" $MODULES nvme
	says "$DIR/$2-$1.log" "detected module nvme version 9.9-upd" "detected module nvme_core version 9.9-upd" \
		"detected disk /dev/nvme0n1 $(sha256sum <"$DIR/disk.img" | cut -c1-64)"
}

way_indexes() {
	boot "$2-$1" "indexes-$1" ""
	log=$DIR/$2-$1.log
	for phase in early detected; do
		drivers "$log" "$1" $phase
		indexed "$log" "$1" $phase
	done
	went_on "$log"
	refute_log "$log" 'modferry: '
}

run_case() {
	t0=$(now_ms)
	"way_${1%-*}" "${1#*-}" "${1%-*}"
	echo "$PROG: $1: $(seconds $(($(now_ms) - t0))) s"
}

need python3 cpio gzip modinfo
[ -x "$MODFERRY" ] || die "modferry is not built; run \`make\`"
# shellcheck disable=SC2086  # words
case ${1-} in
"") set -- $CHECK_CASES ;;
--full)
	set -- $FULL_CASES
	"$TOP/tests/fixtures/dkms.sh" --full
	;;
esac
releases=$(printf '%s\n' "$@" | sed 's/.*-//' | sort -u)
"$TOP/tests/fixtures/dkms.sh"
"$TOP/tests/fixtures/initrds.sh"
case $releases in
*13*)
	"$TOP/tests/fixtures/initrds.sh" --full
	"$TOP/tests/fixtures/dkms-trixie.sh"
	;;
esac
# shellcheck disable=SC2086  # words
step prepare "overlays for debian-installer" prepare $releases
in_pairs run_case "$@"
