#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The driver update disk inside an overlay: for whom it is there, what the loader is told of it, how it is used.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

K=5.14.0-427.13.1.el9_4.x86_64
export XDG_CACHE_HOME="$work/cache" MODFERRY_LIBEXECDIR="$work/libexec"
unset HOME
mkdir -p "$work/libexec/x86_64" "$work/plain"
cp "$modferry" "$work/libexec/x86_64/modferry-load"
"$MKKO" "$work/plain/drv.ko" name=drv "vermagic=$K SMP preempt mod_unload modversions " license=GPL
"$MKKO" "$work/plain/drv-helper.ko" name=drv_helper "vermagic=$K SMP preempt mod_unload modversions " license=GPL

listed() {
	run 0 overlay --dry-run "$@" "$work/plain"
}

# An installer that takes a disk out of its initramfs has one, with the loader beside it.
test_targets() {
	for target in rhel8 rhel9 rhel10 fedora; do
		listed --for "$target"
		has out '^f 0644 dd.iso tree iso$'
		has out '^	# label MODFERRY$'
		has out '^	f 0644 rhdd3 '
		has out '^f 0644 modferry/dd.iso.modules '
		has out '^f 0755 modferry/load '
	done
	listed --for rhel9 --no-disk
	has_not out 'dd\.iso'
	for target in debian12 sles15 ubuntu24.04 generic; do
		listed --for "$target"
		has_not out 'dd\.iso'
	done
}

# The loader compares these lines with the files of its manifests.
test_modules() {
	listed --for rhel9
	sed -n 's/^	| file //p' "$work/out" | sort >"$work/files"
	sed -n '/^f 0644 modferry.dd.iso.modules/,/^f 0755/s/^	| //p' "$work/out" | sort >"$work/named"
	printf '%s\n' "$K/drv.ko" "$K/drv_helper.ko" >"$work/expected"
	cmp "$work/expected" "$work/files"
	cmp "$work/expected" "$work/named"
}

# made OPTION...: the overlay's files in $work/made
made() {
	rm -rf "$work/made"
	run 0 overlay --for rhel9 --format dir -o "$work/made" "$@" "$work/plain"
}

test_written() {
	made
	has out '^disk: inst.dd=/dd.iso on the command line has the installer load and install the drivers itself$'
	xorriso -indev "$work/made/dd.iso" -find / -type f 2>/dev/null | tr -d "'" | sort >"$work/found"
	grep -qx /rhdd3 "$work/found"
	grep -q '^/rpms/x86_64/kmod-.*\.rpm$' "$work/found"
	grep -qx /rpms/x86_64/repodata/repomd.xml "$work/found"
	run 0 overlay --for rhel9 -o "$work/one.cpio.gz" "$work/plain"
	run 0 overlay --for rhel9 -o "$work/two.cpio.gz" "$work/plain"
	cmp "$work/one.cpio.gz" "$work/two.cpio.gz"
	made --no-disk
	has_not out '^disk:'
	[ ! -e "$work/made/dd.iso" ] || fail "there is a disk"
}

# Without a tool that makes it: one message, which names the way without the disk, and nothing written.
test_no_tools() {
	(
		modferry_path=$modferry
		modferry="env"
		run 1 PATH=/nonexistent "$modferry_path" overlay --for rhel9 -o "$work/none.cpio.gz" "$work/plain"
	)
	one_message 'overlay: the disk inside, which --no-disk leaves out: dd.iso.*: not found in PATH; install its package'
	[ ! -e "$work/none.cpio.gz" ] || fail "failed, but written"
}

test_targets
test_modules
test_written
test_no_tools
