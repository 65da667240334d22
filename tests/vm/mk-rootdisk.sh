#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the test root disk: an ext4 image whose /sbin/init reports what it sees and powers off. Never mounted here.
#
#   mk-rootdisk.sh OUT
#
# UUID, hash seed and clock are fixed; only the change times of inodes differ from run to run.
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"

HERE=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || die "usage: mk-rootdisk.sh OUT"
need busybox mke2fs
out=$1
scratch_dir "$out"
root=$work/root

for dir in bin sbin etc proc sys dev run; do
	mkdir -p "$root/$dir"
done
install -m 0755 "$(command -v busybox)" "$root/bin/busybox"
for applet in sh cat cut tr sed tail sort uname grep echo sleep dmesg; do
	ln -s busybox "$root/bin/$applet"
done
ln -s ../bin/busybox "$root/sbin/poweroff"
install -m 0755 "$HERE/guest-root.sh" "$root/sbin/init"
cat >"$root/etc/os-release" <<'END'
ID=modferry-test
NAME="modferry test guest"
PRETTY_NAME="modferry test guest on a root disk of its own"
END
find "$root" -exec touch -h -d @0 {} +
truncate -s 16M "$work/image"
# e2fsprogs takes a clock of 0 for "not given".
E2FSPROGS_FAKE_TIME=1 mke2fs -q -t ext4 -d "$root" -E root_owner=0:0,hash_seed=6d6f6466-6572-7279-0000-000000000001 \
	-U 6d6f6466-6572-7279-0000-000000000002 -L modferry-root -m 0 "$work/image"
mv "$work/image" "$out"
