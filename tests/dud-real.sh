#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Driver update disks of real modules, from DKMS's tree to what an installer of Enterprise Linux 9 and dnf make of them.
#
#   dud-real.sh MODFERRY FIXTURES    FIXTURES/el is made by tests/fixtures/el.sh
#
# The kernels are Debian's under other releases (see there): everything but the boot is as it would be.
set -eu
modferry=$(realpath "$1")
el=$(realpath "$2")/el
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME="$work/cache"
MODFERRY_LIBEXECDIR=$(realpath "$(dirname "$0")/../build/loader") # of this tree
export MODFERRY_LIBEXECDIR
EL9=5.14.0-427.13.1.el9_4.x86_64
EL9_NEXT=5.14.0-503.11.1.el9_5.x86_64

fail() {
	echo "dud-real: $*" >&2
	exit 1
}

# run STATUS ARGUMENT...: output in $work/out
run() {
	expected=$1
	shift
	status=0
	"$modferry" "$@" >"$work/out" 2>&1 || status=$?
	[ "$status" -eq "$expected" ] || {
		cat "$work/out" >&2
		fail "exit status $status, expected $expected, for: $*"
	}
}

has() {
	grep -Eq -- "$1" "$work/out" || {
		cat "$work/out" >&2
		fail "no line like: $1"
	}
}

dud() {
	dud_out=$1
	shift
	run 0 dud --for rhel9 --dkms-tree "$el/dkms" -o "$dud_out" "$@"
}

# A disk for the medium it was made for, and what becomes of it in the installer.
test_medium() {
	dud "$work/el9.iso" --iso "$el/boot.iso" --only virtio-upd
	run 0 check "$work/el9.iso" --iso "$el/boot.iso"
	has "^loads +virtio_blk +9\.9-upd +$EL9"
	has "^loads +virtio_net +9\.9-upd +$EL9"
	run 0 inspect "$work/el9.iso"
	has "kmod-virtio-upd-$EL9"
	has 'virtio_blk'
}

# The z-stream trap: exact says no, minimum says yes, and the check knows both.
test_other_kernel() {
	dud "$work/next.iso" --kernel "$EL9_NEXT" --only virtio-upd
	run 3 check "$work/next.iso" --iso "$el/boot.iso"
	has 'placement: .*kernel-modules'
	dud "$work/minimum.iso" --kernel "$EL9" --only virtio-upd --match minimum
	run 3 check "$work/minimum.iso" --for rhel9 --kernel "$EL9_NEXT"
	has 'unknown +virtio_blk'
	run 3 check "$work/minimum.iso" --for rhel9 --kernel 5.14.0-70.el9.x86_64
	has 'placement: .*kernel-modules'
}

# A disk of all releases in one: each installer takes its own.
test_all_releases() {
	run 0 dud --for rhel8 --for rhel9 --for rhel10 --dkms-tree "$el/dkms" -o "$work/all.iso"
	run 0 check "$work/all.iso" --iso "$el/boot.iso"
	has "^loads +nvme +9\.9-upd +$EL9"
	[ "$(grep -c '^loads ' "$work/out")" -eq 4 ] || fail "not four drivers load from the disk of all releases"
}

# Symbols out of the distribution's kernel package; with CRCs required, whether dnf can install it.
test_kernel_package() {
	dud "$work/abi.iso" --kernel "$EL9" --only virtio-upd:virtio_blk --abi-requires
	run 0 check "$work/abi.iso" --for rhel9 --kernel "$EL9" --kernel-package "$el/kernel-core.rpm" --allow-unknown
	has 'virtio_blk'
}

# A repository that knows hardware: dnf finds the package by the id, with the kernel's package beside it.
test_repository() {
	dud "$work/repo" --kernel "$EL9" --format repo --abi-requires --only virtio-upd:virtio_blk
	mkdir -p "$work/base" "$work/root" "$work/log"
	cp "$el/kernel-core.rpm" "$work/base/"
	createrepo_c -q "$work/base"
	: >"$work/dnf.conf"
	dnf -q -y -c "$work/dnf.conf" --installroot "$work/root" --setopt=reposdir=/nonexistent \
		--setopt=cachedir="$work/dnfcache" --setopt=logdir="$work/log" --setopt=module_platform_id=platform:el9 \
		--setopt=gpgcheck=0 --repofrompath "drivers,file://$work/repo" --repofrompath "base,file://$work/base" \
		--releasever 9 repoquery --whatprovides 'modalias(virtio:d00000002v\*)' >"$work/out" 2>&1 ||
		fail "dnf: $(cat "$work/out")"
	has "kmod-virtio-upd-$EL9"
}

# The early way: the same disk inside an overlay, named by inst.dd=.
test_overlay() {
	run 0 overlay --for rhel9 --initrd "$el/initrd.img" --only virtio-upd -o "$work/overlay.img" "$el/dkms"
	has 'inst\.dd=/dd\.iso'
	run 0 inspect -x dd.iso "$work/overlay.img"
	cp "$work/out" "$work/dd.iso"
	run 0 check "$work/dd.iso" --initrd "$el/initrd.img" --for rhel9
	has "^loads +virtio_blk +9\.9-upd +$EL9"
}

test_medium
test_other_kernel
test_all_releases
test_kernel_package
test_repository
test_overlay
echo "dud-real: disks, a repository and an overlay for Enterprise Linux do what check foretold"
