#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the index oracle on a kernel's module folder with all drivers that DKMS built for it.
#
#   indexes-oracle.sh ORACLE MODULE-FOLDER DKMS-FOLDER WORK-FOLDER
set -eu
oracle=$1
folder=$(realpath "$2")
dkms=$(realpath "$3")
work=$4
release=$(basename "$folder")

# make_tree NAME: the kernel's modules and the drivers as links, with what depmod needs to read
make_tree() {
	tree=$work/$1/lib/modules/$release
	mkdir -p "$tree/updates/modferry"
	ln -s "$folder/kernel" "$tree/kernel"
	cp "$folder"/modules.builtin* "$tree/"
	for driver; do
		[ "$driver" = "$1" ] || ln -s "$driver" "$tree/updates/modferry/"
	done
}

rm -rf "$work"
set -- "$dkms"/*/*/"$release"/*/module/*.ko
[ -f "$1" ] || {
	echo "indexes oracle: no driver for $release in $dkms; make them with tests/fixtures/dkms.sh" >&2
	exit 1
}
make_tree ours "$@"
make_tree depmod "$@"
"$oracle" "$folder" "$work" "$@"
rm -rf "$work"
