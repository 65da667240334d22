#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The rival of `modferry dud`: a driver update disk of one module by hand, with the tools an admin would call.
#
#   dud-by-hand.sh WORK RELEASE MODULE    writes WORK/by-hand.iso
set -eu
work=$1/by-hand release=$2 module=$3
name=$(basename "$module" .ko)
rm -rf "$work"
mkdir -p "$work/disk/rpms/x86_64"
cat >"$work/kmod.spec" <<EOF
Name: kmod-$name
Version: 1.0
Release: 1
Summary: $name for $release
License: GPL-2.0-only
AutoReqProv: no
Provides: kernel-modules = $release
%description
$name for $release.
%install
install -D -m 644 $module %{buildroot}/lib/modules/$release/extra/$name/$name.ko
%files
/lib/modules/$release/extra/$name
%post
depmod $release || :
EOF
rpmbuild -bb --quiet --define "_topdir $work" --define '_binary_payload w2.xzdio' --define 'debug_package %{nil}' \
	--define '__os_install_post %{nil}' "$work/kmod.spec" >/dev/null
mv "$work"/RPMS/*/*.rpm "$work/disk/rpms/x86_64/"
createrepo_c --quiet --no-database "$work/disk/rpms/x86_64"
printf 'Driver Update Disk version 3' >"$work/disk/rhdd3"
xorriso -as mkisofs -quiet -R -J -V OEMDRV -o "$1/by-hand.iso" "$work/disk"
