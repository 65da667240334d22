#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes an overlay start without the loader: adds links to its drivers and indexes by the host's depmod.
#
#   mk-indexes.sh INITRD KERNEL OVERLAY.gz OUT.gz
#
# What `modferry overlay --indexes` does by its own code, done with the field's tools.
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"

[ $# -eq 4 ] || die "usage: mk-indexes.sh INITRD KERNEL OVERLAY.gz OUT.gz"
need cpio gzip depmod
initrd=$1 kernel=$2 overlay=$3 out=$4
scratch_dir "$out"

unpack() {
	mkdir -p "$2"
	file=$1 to=$2
	shift 2
	gzip -dc "$file" | (cd "$to" && cpio -idm --quiet "$@")
}

# The folder of modules, past symlinks: lib or usr/lib
unpack "$initrd" "$work/base" '*lib/modules/*' lib
lib=lib
[ ! -L "$work/base/lib" ] || lib=usr/lib
unpack "$overlay" "$work/new"
stock=$work/base/$lib/modules/$kernel folder=$lib/modules/$kernel
mkdir -p "$stock/updates/modferry" "$work/new/$folder/updates/modferry"
: >"$work/order"
for ko in "$work"/new/modferry/d/*/"$kernel"/*.ko; do
	name=$(basename "$ko")
	cp "$ko" "$stock/updates/modferry/$name"
	ln -s "${ko#"$work/new"}" "$work/new/$folder/updates/modferry/$name"
	echo "updates/modferry/$name" >>"$work/order"
done
cat "$stock/modules.order" >>"$work/order"
cp "$work/order" "$stock/modules.order"
[ "$lib" = lib ] || ln -sfn usr/lib "$work/base/lib"
depmod -b "$work/base" "$kernel"
for index in alias.bin dep.bin symbols.bin order softdep devname; do
	cp "$stock/modules.$index" "$work/new/$folder"
done
mkdir -p "$work/new/$lib/firmware"
for file in "$work"/new/modferry/d/*/firmware/*/*; do
	[ -f "$file" ] || continue
	path=${file#"$work"/new/modferry/d/*/}
	mkdir -p "$work/new/$lib/$(dirname "$path")"
	ln -s "${file#"$work/new"}" "$work/new/$lib/$path"
done
# No entry for a folder that the installer has.
(cd "$work/new" && find . -mindepth 1 | sed 's|^\./||' | sort |
	grep -vxE "lib|usr|usr/lib|$lib/modules|$folder" |
	cpio -o -H newc --quiet -R 0:0) | gzip -n >"$out.new"
mv "$out.new" "$out"
