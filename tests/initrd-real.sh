#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Compares `modferry inspect --json --sha256` of real initrds with a reading by the field's own tools.
# usage: initrd-real.sh IMAGE...
set -eu

modferry=${MODFERRY:-build/modferry}
here=$(cd "$(dirname "$0")" && pwd)
[ "$#" -gt 0 ] || {
	echo 'usage: initrd-real.sh IMAGE...' >&2
	exit 2
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Writes the content of one segment, cut out of the image, unpacked by its own tool.
unpack() {
	tail -c "+$(($2 + 1))" "$1" | head -c "$(($3 - $2))" >"$work/segment"
	case $4 in
	raw) cat "$work/segment" ;;
	gzip) gzip -dc <"$work/segment" ;;
	bzip2) bzip2 -dc <"$work/segment" ;;
	lzma) xz --format=lzma -dc <"$work/segment" ;;
	xz) xz -dc <"$work/segment" ;;
	lzo) lzop -dc <"$work/segment" ;;
	lz4) lz4 -dcq <"$work/segment" ;;
	zstd) zstd -dcq <"$work/segment" ;;
	*) return 1 ;;
	esac
}

for image in "$@"; do
	"$modferry" inspect --json --sha256 "$image" >"$work/json"
	python3 "$here/initrd-real.py" segments "$image" "$work/json" >"$work/segments"
	while read -r index start end codec; do
		unpack "$image" "$start" "$end" "$codec" >"$work/content"
		(cd "$work" && cpio -it --quiet <content >names)
		python3 "$here/initrd-real.py" entries "$work/json" "$index" "$work/content" "$work/names"
	done <"$work/segments"
	echo "initrd-real: $(basename "$image"): ok"
done
