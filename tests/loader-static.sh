#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves that the loader is static (no interpreter, no needed library) and small.
#
#   loader-static.sh FILE [BYTES]
set -eu
file=$1 limit=${2:-65536}
fail() {
	echo "loader-static: $file: $*" >&2
	exit 1
}
[ -x "$file" ] || fail "not there; run \`make\`"
headers=$(readelf -lW "$file")
case $headers in
*INTERP*) fail "has an interpreter" ;;
*DYNAMIC*) fail "has a dynamic section" ;;
esac
case $(readelf -dW "$file") in
*NEEDED*) fail "needs a library" ;;
esac
case $(readelf -SW "$file") in
*.symtab* | *.debug*) fail "is not stripped" ;;
esac
size=$(stat -c %s "$file")
[ "$size" -le "$limit" ] || fail "$size bytes, at most $limit are allowed"
# It runs where nothing else is: an empty root.
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
cp "$file" "$empty/load"
if [ "$(id -u)" -eq 0 ]; then
	chroot "$empty" /load --version >/dev/null || fail "does not run in an empty root"
fi
echo "loader-static: $size bytes, static, stripped"
