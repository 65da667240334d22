#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# match and hardware: made sysfs trees, hardware files, sources, exit statuses.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

kernel=6.1.0-test
nic=pci:v00008086d00001533sv00008086sd00000001bc02sc00i00

# A sysfs with a NIC (on two buses), a file of two lines, one without modalias and a bad one.
make_sysfs() {
	for device in bus/pci/devices/0000:00:03.0 bus/other/devices/nic bus/pci/devices/none \
		bus/acpi/devices/two class/dmi/id; do
		mkdir -p "$work/sys/$device"
	done
	printf '%s\n' "$nic" | tee "$work/sys/bus/pci/devices/0000:00:03.0/modalias" \
		>"$work/sys/bus/other/devices/nic/modalias"
	printf 'acpi:A:\nacpi:B:' >"$work/sys/bus/acpi/devices/two/modalias"
	printf 'dmi:bad\033[0m\n' >"$work/sys/class/dmi/id/modalias"
}


test_hardware() {
	run 0 hardware --sysfs "$work/sys"
	printf 'acpi:A:\nacpi:B:\n%s\n' "$nic" | cmp - "$work/out" || fail "hardware: other output"
	run 0 hardware --sysfs "$work/sys" --json
	python3 -c 'import json, sys
devices = json.load(open(sys.argv[1]))["devices"]
assert [len(d["paths"]) for d in devices] == [1, 1, 2], devices' "$work/out"
	run 1 hardware --sysfs "$work/nothing"
	one_message "hardware: $work/nothing: "
	mkdir -p "$work/empty/bus"
	run 3 hardware --sysfs "$work/empty"
	run 2 hardware operand
	one_message 'hardware: takes no operand'
}

test_match_index() {
	cp "$work/sys/bus/pci/devices/0000:00:03.0/modalias" "$work/devices"
	run 0 match --hardware "$work/devices" "$work/lib/modules/$kernel"
	has out "^igb +stock +$kernel +$nic"
	run 0 match -k "$kernel" --hardware - "$work/lib/modules/$kernel" <"$work/devices"
	has out '^igb '
	run 3 match -k 6.1.0-other --hardware "$work/devices" "$work/lib/modules/$kernel"
	run 3 match --only igb --hardware "$work/devices" "$work/lib/modules/$kernel"
	printf 'usb:v1\nacpi:X:\n' >"$work/unknown"
	run 3 match --hardware "$work/unknown" "$work/lib/modules/$kernel"
	one_message 'match: .*: no driver for any of 2 devices'
	has out '^usb:v1 '
	has_not out 'acpi:X'
	run 3 match --all --hardware "$work/unknown" "$work/lib/modules/$kernel"
	has out '^acpi:X: '
	head -c 30 "$work/lib/modules/$kernel/modules.alias.bin" >"$work/short"
	mkdir -p "$work/broken"
	mv "$work/short" "$work/broken/modules.alias.bin"
	run 1 match --hardware "$work/devices" "$work/broken"
	one_message "match: $work/broken/modules.alias.bin: "
}

# A shipped driver stands before a stock one for the same device.
test_match_order() {
	mkdir "$work/built"
	python3 "$here/mkmodule.py" "$work/built/igb_upd.ko" name=igb_upd version=9 \
		"vermagic=$kernel SMP mod_unload " 'alias=pci:v00008086d*sv*sd*bc*sc*i*' 'alias=bad]'
	run 0 match --hardware "$work/devices" "$work/lib/modules/$kernel" "$work/built"
	sed -n 's/^\(igb[a-z_]*\) .*/\1/p' "$work/out" | tr '\n' ' ' >"$work/order"
	[ "$(cat "$work/order")" = 'igb_upd igb ' ] || fail "order: $(cat "$work/order")"
	run 3 match --arch aarch64 --hardware "$work/devices" "$work/built"
	one_message "match: $work/built: no driver with aliases"
	run 0 match --dkms-tree "$work/built" --hardware "$work/devices" "$work/built/igb_upd.ko"
	has_not out 'stock drivers'
	run 0 match --json --hardware "$work/devices" "$work/lib/modules/$kernel" "$work/built"
	has out '"layer": "update"'
	has out '"layer": "stock"'
	run 3 match --hardware "$work/unknown" "$work/built"
	has out '^stock drivers were not asked; '
	run 3 match --hardware "$work/unknown" "$work/built" "$work/lib/modules/$kernel"
	has_not out 'stock drivers'
}

test_match_partial() {
	printf '00:03.0 Ethernet controller [0200]: Intel I210 [8086:1533] (rev 03)\r\n' >"$work/lspci"
	run 0 match --hardware "$work/lspci" "$work/lib/modules/$kernel"
	has out '^igb  '
	has out 'igb_oem \(maybe\)'
	has out 'Intel I210$'
	run 0 match --json --hardware "$work/lspci" "$work/lib/modules/$kernel"
	has out '"certain": false'
}

# a source named twice counts once; without one and without a DKMS tree there is nothing, as for list
test_match_sources() {
	run 0 match --hardware "$work/devices" "$work/built"
	mv "$work/out" "$work/once"
	run 0 match --hardware "$work/devices" "$work/built" "$work/built"
	cmp "$work/once" "$work/out" || fail "a source named twice counts twice"
	[ "$(id -u)" -eq 0 ] || return 0
	for command in list "match --hardware $work/devices"; do
		# shellcheck disable=SC2016,SC2086 # expands inside; words
		status=0 && unshare -m sh -c 'mount -t tmpfs none /var/lib && exec "$@"' sh \
			"$modferry" $command >"$work/out" 2>"$work/err" || status=$?
		[ "$status" -eq 3 ] || fail "exit status $status, expected 3, for $command without a DKMS tree"
		one_message "${command%% *}: there is no DKMS tree at /var/lib/dkms"
	done
}

test_match_failures() {
	printf 'hello\n' >"$work/text"
	run 1 match --hardware "$work/text" "$work/lib/modules/$kernel"
	one_message "match: $work/text: line 1: "
	run 1 match --hardware "$work/no-such-file" "$work/lib/modules/$kernel"
	one_message "match: .*no-such-file"
	run 2 match --no-such-option
}

make_sysfs
mkdir -p "$work/lib/modules/$kernel"
python3 "$here/mkindex.py" "$work/lib/modules/$kernel/modules.alias.bin" \
	'pci:v00008086d00001533sv*sd*bc*sc*i*' igb \
	'pci:v00008086d00001533sv00001028sd*bc*sc*i*' igb_oem \
	'vfio_pci:v*d*sv*sd*bc*sc*i*' vfio_pci
test_hardware
test_match_index
test_match_order
test_match_partial
test_match_sources
test_match_failures
echo "match: hardware files, sysfs, indexes and failures"
