#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job, end to end: DKMS build, overlay, boot. `make demo` runs it; `make check` too, for its assertions.
#
# Each step shows its command, its real output and the time it took. Rows: nvme on nvme-core (both shipped) on t10-pi
# (stock), the overlay as second initrd; virtio_blk, the overlay appended to the initrd. The last line of each row is
# what it proved.
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/vm/lib.sh
. "$TOP/tests/vm/lib.sh"

MODFERRY=${MODFERRY:-$BUILD/modferry}
export MODFERRY_LIBEXECDIR="$BUILD/loader"
DEMO=$BUILD/demo
TREE=$FIX/dkms

# show COMMAND...: the command as typed, its output indented, its time; paths are shortened to build/…
show() {
	printf '\n$ %s\n' "$*" | sed "s|$BUILD|build|g; s|$TOP/||g"
	show_t0=$(now_ms)
	show_rc=0
	"$@" >"$DEMO/output" 2>&1 || show_rc=$?
	show_ms=$(($(now_ms) - show_t0))
	sed "s|$BUILD|build|g; s|^|  |" "$DEMO/output"
	printf '  [%s s, exit status %d]\n' "$(seconds "$show_ms")" "$show_rc"
	return "$show_rc"
}

# boot NAME TEXT INITRD OPTION...: the guest's own lines, indented
boot() {
	boot_log=$DEMO/$1.log boot_initrd=$3
	printf '\n$ qemu: %s\n' "$2"
	boot_t0=$(now_ms)
	shift 3
	"$TOP/tests/vm/run-qemu.sh" --log "$boot_log" --kernel "$ABI" --initrd "$boot_initrd" "$@"
	grep -aE '^(init|guest): |modferry: ' "$boot_log" | grep -av 'record [0-9]*/' |
		sed '/^guest: report begin$/,/^guest: report end$/d; s/^/  /' | cut -c1-160
	printf '  [%s s]\n' "$(seconds $(($(now_ms) - boot_t0)))"
}

# row DELIVERY DISK DEVICE MODULE PACKAGE[:MODULE]: one driver, from DKMS to a mounted root; DELIVERY is beside or appended
row() {
	delivery=$1 disk=$2 device=$3 module=$4 only=$5 package=${5%%:*}
	name=$disk base=$VM/base-$ABI.gz
	overlay=$DEMO/$name.cpio.gz joined=$DEMO/$name-initrd.gz
	ko=$(find "$TREE/$package/9.9/$ABI" \( -name "$module.ko" -o -name "$(echo "$module" | tr _ -).ko" \) | head -n 1)
	printf '\n=== %s: root on %s, driver %s of the DKMS package %s\n' "$name" "$device" "$module" "$package"

	boot "$name-without" "the kernel and its initramfs as they are" "$base" --disk "$disk:$VM/root.img" --append modferry.test.wait=1
	assert_log "$boot_log" "^init: no root device $device\$"

	show "$MODFERRY" overlay --initrd "$base" --only "$only" -o "$overlay" "$TREE"
	show "$MODFERRY" check --initrd "$base" "$overlay"
	show "$MODFERRY" inspect "$overlay"
	set -- --disk "$disk:$VM/root.img" --append "rdinit=/modferry/load modferry.test.modules=$module"
	if [ "$delivery" = beside ]; then
		boot "$name" "the same, the overlay as second initrd, rdinit=/modferry/load" "$base" --overlay "$overlay" "$@"
	else
		show "$MODFERRY" overlay --initrd "$base" --only "$only" --append-to "$base" -o "$joined" "$TREE"
		boot "$name" "the same kernel, both in one file, rdinit=/modferry/load" "$joined" "$@"
	fi
	assert_log "$boot_log" "^guest: root $device / ext4" '^guest: os-release ID=modferry-test' '^guest: done$'
	version=$(log_value "$boot_log" "module $module version")
	srcversion=$(log_value "$boot_log" "module $module srcversion")
	[ "$version" = "$(modinfo -F version "$ko")" ] ||
		vm_fail "$boot_log" "$module has version \"$version\" in the guest, dkms built $(modinfo -F version "$ko")"
	[ "$srcversion" = "$(modinfo -F srcversion "$ko")" ] ||
		vm_fail "$boot_log" "$module has srcversion \"$srcversion\" in the guest, dkms built $(modinfo -F srcversion "$ko")"
	sha256=$(sha256sum "$ko" | cut -c1-64)
	gzip -dc "$overlay" | grep -aq "^sha256 $sha256\$" || die "$overlay does not carry the file that dkms built: $ko"
	log_report "$boot_log" >"$DEMO/$name-report.json"
	grep -q "\"name\":\"$module\".*\"result\":\"bound\"" "$DEMO/$name-report.json" ||
		vm_fail "$boot_log" "the report in the booted system does not say that $module is bound"
	show "$MODFERRY" report "$DEMO/$name-report.json"
	printf '\ndemo: root %s ext4 mounted through %s %s (DKMS build, sha256 %.16s…)\n' \
		"$device" "$module" "$version" "$sha256"
}

mkdir -p "$DEMO"
need modinfo gzip sha256sum
ABI=$("$TOP/tests/fixtures/kernels.sh" newest)
echo "=== input: DKMS builds of the distribution's own drivers, kernel $ABI"
"$TOP/tests/fixtures/dkms.sh"
vm_base "$ABI"
show "$MODFERRY" list "$TREE"
row beside nvme /dev/nvme0n1 nvme nvme-upd
row appended virtio /dev/vda virtio_blk virtio-upd:virtio_blk # virtio_net needs net_failover, which is not in that initramfs
