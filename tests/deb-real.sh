#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Packages of real modules in roots of Debian 12 and 13: apt finds them by hardware, dpkg installs and removes them.
#
#   deb-real.sh MODFERRY FIXTURES    FIXTURES/bookworm and trixie are made by tests/fixtures/bookworm.sh, dkms-trixie.sh
#
# The roots stay as they are: what changes lies in an overlay that goes with the run. Needs root.
set -eu
modferry=$(realpath "$1")
fixtures=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_CACHE_HOME="$work/cache"
MODFERRY_LIBEXECDIR=$(realpath "$(dirname "$0")/../build/loader") # of this tree
export MODFERRY_LIBEXECDIR
DISK=virtio:d00000002v00001AF4 # the modalias of a disk that virtio_blk is for

fail() {
	echo "deb-real: $*" >&2
	exit 1
}

# has PATTERN: in what the last command printed
has() {
	grep -Eq -- "$1" "$work/out" || {
		cat "$work/out" >&2
		fail "no line like: $1"
	}
}

has_not() {
	! grep -Eq -- "$1" "$work/out" || fail "a line like: $1"
}

# inside COMMAND...: in the root, with the repository at /repo; its output in $work/out
inside() {
	# shellcheck disable=SC2016  # expanded by the inner shell
	nice unshare --mount --propagation private sh -euc '
		lower=$1 work=$2
		shift 2
		mount -t overlay -o "lowerdir=$lower,upperdir=$work/upper,workdir=$work/inner" overlay "$work/root"
		mkdir -p "$work/root/repo"
		mount --bind "$work/repo" "$work/root/repo"
		mount -t proc proc "$work/root/proc"
		mount --rbind /dev "$work/root/dev"
		mount -t tmpfs tmpfs "$work/root/tmp"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive \
			chroot "$work/root" "$@"
	' sh "$root" "$work" "$@" >"$work/out" 2>&1 || {
		cat "$work/out" >&2
		fail "$release: failed: $*"
	}
}

# pick MODALIAS: the packages that apt knows for a device, as ubuntu-drivers reads their field (UbuntuDrivers/detect.py)
pick() {
	inside apt-cache dumpavail
	python3 - "$work/out" "$1" <<-'END'
	import fnmatch
	import re
	import sys

	device = sys.argv[2]
	bus = device.split(":", 1)[0]
	for record in open(sys.argv[1]).read().split("\n\n"):
	    fields = dict(re.findall(r"^([A-Z][A-Za-z-]*): (.*)$", record, re.M))
	    for part in fields.get("Modaliases", "").split(")")[:-1]:
	        module, aliases = part.strip(", ").split("(")
	        for alias in aliases.split(","):
	            alias = alias.strip()
	            if alias.split(":", 1)[0] == bus and fnmatch.fnmatch(device.lower(), alias.lower()):
	                print(fields["Package"])
	END
}

# the_module FILE: that is what modprobe takes, in the system and in its initramfs, which may have a second one
the_module() {
	inside modprobe -S "$kernel" -D virtio_blk
	has "^insmod .*$1 *\$"
	# shellcheck disable=SC2016 # expanded by the inner shell
	inside sh -euc '
		unmkinitramfs "/boot/initrd.img-$1" /tmp/image
		[ ! -d /tmp/image/main ] || cd /tmp/image/main
		[ -d /tmp/image/main ] || cd /tmp/image
		modprobe -d "$PWD" -S "$1" -D virtio_blk
	' sh "$kernel"
	has "^insmod /tmp/image/.*$1 *\$"
}

test_life() {
	inside apt-get -q update
	[ "$(pick "$DISK")" = "$package" ] || fail "$release: other packages for $DISK than $package: $(pick "$DISK")"
	[ -z "$(pick virtio:d00000063v00001AF4)" ] || fail "$release: a package for a device that it does not serve"
	inside apt-get -q -y --no-install-recommends install "$package"
	has_not "^$package: "
	has "update-initramfs: Generating /boot/initrd\.img-"
	# shellcheck disable=SC2016 # dpkg-query's fields
	inside dpkg-query -W -f '${Status} ${Architecture}\n' "$package"
	has '^install ok installed amd64$'
	the_module "/updates/modferry/virtio-upd/virtio_blk\.ko"
	inside modinfo -k "$kernel" -F version virtio_blk
	has '^9\.9-upd$'
	inside dpkg --verify "$package"
	[ ! -s "$work/out" ] || fail "$release: dpkg --verify complains"
	inside apt-get -q -y purge "$package"
	inside dpkg --audit
	[ ! -s "$work/out" ] || fail "$release: dpkg --audit complains"
	the_module "/kernel/drivers/block/virtio_blk\.ko(\.xz)?"
}

# release RELEASE ROOT TREE: a repository from DKMS's tree, and a root to use it in
release() {
	release=$1 root=$fixtures/$2
	for path in "$root"/usr/lib/modules/[0-9]*; do
		kernel=${path##*/}
	done
	rm -rf "$work/upper" "$work/inner" "$work/root" "$work/repo"
	mkdir -p "$work/upper/etc/apt/sources.list.d" "$work/inner" "$work/root"
	echo 'deb [trusted=yes] file:/repo ./' >"$work/upper/etc/apt/sources.list"
	"$modferry" dud --for "$release" --kernel "$kernel" --format repo -o "$work/repo" "$fixtures/$3/virtio-upd" \
		>"$work/out" 2>&1 || {
		cat "$work/out" >&2
		fail "$release: no repository"
	}
	package=virtio-upd-modules-$kernel
	test_life
	echo "deb-real: $release: $package: ok"
}

release debian12 bookworm dkms
release debian13 trixie dkms-13/dkms
