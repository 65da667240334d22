# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the rows of check-full share: Debian roots, the sources as they stand, unit tests with their count.
#
# Sourced with $0 in tests/full/. Environment: DEBIAN_MIRROR (http://deb.debian.org/debian),
# DEBIAN_SECURITY_MIRROR, DEBIAN_SUITE (bookworm).

# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"

FULL=$BUILD/full
SUITE=${DEBIAN_SUITE:-bookworm}
MIRROR=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
SECURITY_MIRROR=${DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
JOBS=${JOBS:-$(nproc)}
mkdir -p "$FULL"

need_root() {
	[ "$(id -u)" -eq 0 ] || die "needs root: it makes and enters a root of another machine"
}

# packages_of HEADING: names under "# HEADING" in the one list, up to the next empty line
packages_of() {
	sed -n "/^# $1\$/,/^\$/s/^\\([a-z0-9][^ ]*\\).*/\\1/p" "$TOP/.ci/packages"
}

# library_packages: what programs and unit tests are compiled with, without the host's own tools
library_packages() {
	packages_of build | grep -e '-dev$'
	echo libcmocka-dev
}

# apt_settings: how this machine reaches its mirror (a proxy, a clock that is off), as lines for another apt
apt_settings() {
	apt-config dump | grep -E '^Acquire::(https?::|Check-(Date|Valid-Until)|Retries)' || true
}

sources_release() {
	echo "deb $MIRROR $SUITE main"
}

# as a machine that is kept up to date has them
sources_updated() {
	sources_release
	echo "deb $MIRROR $SUITE-updates main"
	echo "deb $SECURITY_MIRROR $SUITE-security main"
}

# root_make ROOT ARCH SOURCES [PACKAGE...]: a minimal Debian; SOURCES prints its apt sources
root_make() {
	root=$1 arch=$2 sources=$3
	shift 3
	fresh_dir "$root"
	nice debootstrap --variant=minbase --arch="$arch" "$SUITE" "$root" "$MIRROR"
	"$sources" >"$root/etc/apt/sources.list"
	apt_settings >"$root/etc/apt/apt.conf.d/99mirror"
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	in_root "$root" apt-get -q update
	in_root "$root" apt-get -q -y upgrade
	[ $# -eq 0 ] || in_root "$root" apt-get -q -y --no-install-recommends install "$@"
	in_root "$root" apt-get clean
}

# in_root ROOT COMMAND...: as root of that machine. ROOT is bound to itself because the command may want a mount
# namespace of its own, which takes / to be a mount point. All mounts and processes end with the command.
in_root() {
	# shellcheck disable=SC2016  # expanded by the inner shell
	nice unshare --mount --propagation private --pid --fork --kill-child sh -euc '
		root=$1
		shift
		mount --bind "$root" "$root"
		mount -t proc proc "$root/proc"
		mount -t sysfs sysfs "$root/sys"
		mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
		mount --bind "$root/dev/pts/ptmx" "$root/dev/ptmx"
		mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
		cd /
		env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			TERM=dumb LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"
	' sh "$@"
}

# sources_copy DIR: the files git tracks or would track, as they stand, beside what an earlier run built there
sources_copy() {
	mkdir -p "$1"
	find "$1" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
	# a tracked file that was deleted is no fault here
	(cd "$TOP" && git ls-files -co --exclude-standard -z | tar -c --null --ignore-failed-read -T -) | tar -x -C "$1"
}

# real_input: what same-output.sh compares on, and the build for this machine
real_input() {
	"$TOP/tests/fixtures/kernels.sh"
	"$TOP/tests/fixtures/dkms.sh"
	"$TOP/tests/fixtures/el.sh"
	nice make -s -C "$TOP" -j"$JOBS" BUILD="$BUILD" all
}

# same_output COMMAND...: modferry of the other build, with what runs it
same_output() {
	"$TOP/tests/full/same-output.sh" "$BUILD/loader/$(uname -m)/modferry-load" "$BUILD/modferry" "$@"
}

# said_last NAME: the line that step NAME ended with
said_last() {
	tail -n 1 "$LOGS/$PROG-$1.log" | sed "s/^/$PROG:     /"
}
