#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The same input gives the same bytes under another time zone, umask, locale, user, environment and folder order.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cp "$MODFERRY" "$work/modferry" # another user runs it, too, to whom the checkout may be closed
MODFERRY=$work/modferry

# tree ORDER...: a DKMS tree whose modules are created in that order
tree() {
	mkdir -p "$work/tree/upd/1/6.1.0-1-amd64/x86_64/module" "$work/tree/upd/1/source"
	touch "$work/tree/upd/1/source/dkms.conf"
	for name in "$@"; do
		"$MKKO" "$work/tree/upd/1/6.1.0-1-amd64/x86_64/module/$name.ko" "name=$name" "alias=pci:v00001234d*" \
			"vermagic=6.1.0-1-amd64 SMP" "firmware=fw/$name.bin"
		mkdir -p "$work/fw/fw"
		echo "$name" >"$work/fw/fw/$name.bin"
	done
}

overlay() {
	"$MODFERRY" overlay --for generic --firmware-dir "$work/fw" --loader "$MODFERRY" --format "$1" -o "$2" "$work/tree" \
		>/dev/null
}

for format in cpio cpio.gz cpio.xz cpio.zst cpio.lz4 tar list; do
	rm -rf "$work/tree" "$work/fw"
	tree a b c d e f g h
	overlay "$format" "$work/first"
	rm -rf "$work/tree" "$work/fw"
	tree h f d b g e c a
	mkdir -m 777 "$work/out"
	(
		umask 077
		chmod -R go+rX "$work/tree" "$work/fw"
		export TZ=Pacific/Chatham LC_ALL=tr_TR.UTF-8 LANG=de_DE HOME=/nonexistent COLUMNS=20
		if [ "$(id -u)" -eq 0 ]; then
			umask 000
			setpriv --reuid 65534 --regid 65534 --clear-groups "$MODFERRY" overlay --for generic \
				--firmware-dir "$work/fw" --loader "$MODFERRY" --format "$format" -o "$work/out/second" \
				"$work/tree" >/dev/null
		else
			overlay "$format" "$work/out/second"
		fi
	)
	cmp "$work/first" "$work/out/second" || {
		echo "$format: two runs differ"
		exit 1
	}
	rm -rf "$work/out"
done

# and SOURCE_DATE_EPOCH is what may change them
SOURCE_DATE_EPOCH=1700000000 overlay cpio "$work/dated"
overlay cpio "$work/undated"
if cmp -s "$work/dated" "$work/undated"; then exit 1; fi
if SOURCE_DATE_EPOCH=yesterday overlay cpio "$work/bad" 2>"$work/err"; then exit 1; fi
grep -q 'SOURCE_DATE_EPOCH=yesterday' "$work/err"
