#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes an overlay for the loader's own VM tests out of module files, with a manifest written by modinfo.
#
#   mk-test-overlay.sh OUT PACKAGE VERSION KERNEL MODULE.ko...
#
# OUT is a gzip cpio with /modferry/load and /modferry/d/ID. Beside the product's own writer, so that the loader is
# tested against the format and not against the other half of the same code.
# Environment: TRUNCATE=NAME cuts that module's file in half (its manifest keeps the size), LOADER=FILE, ALIAS=PATTERN
# for each module besides its own, STOCK=FILE a modules.dep whose lines of the same names are kept.
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"

# one_line FIELD FILE KEY: "KEY value" unless the field is empty
one_line() {
	value=$(modinfo -F "$1" "$2" | head -n 1)
	[ -z "$value" ] || echo "$3 $value"
}

# record FILE: the module's record
record() {
	name=$(basename "$1" .ko | tr - _)
	echo "module $name"
	echo "kernel $kernel"
	echo "arch $(uname -m)"
	echo "file $kernel/$name.ko"
	echo "size $(stat -c %s "$1")"
	echo "sha256 $(sha256sum "$1" | cut -d' ' -f1)"
	one_line version "$1" version
	one_line srcversion "$1" srcversion
	echo "package $package $version"
	depends=$(modinfo -F depends "$1" | tr ',' ' ')
	[ -z "$depends" ] || echo "depends $depends"
	modinfo -F softdep "$1" | sed -n 's/^pre: /softdep-pre /p'
	modinfo -F alias "$1" | sed 's/^/alias /'
	[ -z "${ALIAS-}" ] || echo "alias $ALIAS"
	[ -z "${STOCK-}" ] || sed -n "s|^[^:]*/$(echo "$name" | sed 's/_/[-_]/g')\\.ko:.*|stock &|p" "$STOCK"
}

[ $# -ge 5 ] || die "usage: mk-test-overlay.sh OUT PACKAGE VERSION KERNEL MODULE.ko..."
need modinfo cpio gzip
out=$1 package=$2 version=$3 kernel=$4
shift 4
work=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT
{
	echo "modferry-manifest 1"
	for file in "$@"; do
		record "$file"
	done
} >"$work/manifest"
id=$(sha256sum "$work/manifest" | cut -c1-12)
dir=$work/root/modferry/d/$id
mkdir -p "$dir/$kernel"
mv "$work/manifest" "$dir/manifest"
for file in "$@"; do
	to=$dir/$kernel/$(basename "$file" .ko | tr - _).ko
	cp "$file" "$to"
	if [ "${TRUNCATE-}" = "$(basename "$to" .ko)" ]; then
		truncate -s $(($(stat -c %s "$file") / 2)) "$to"
	fi
done
install -m 0755 "${LOADER:-$BUILD/loader/$(uname -m)/modferry-load}" "$work/root/modferry/load"
(cd "$work/root" && find modferry | sort | cpio -o -H newc --quiet) | gzip -n >"$out.new"
mv "$out.new" "$out"
