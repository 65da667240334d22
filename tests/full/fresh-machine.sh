#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Proves the package list: a new minimal Debian with make and git, a clone of HEAD, `make demo`, `make check`.
#
#   fresh-machine.sh [--keep] [TARGET...]   other targets in their place, in this order
#
# Nothing is reused, so that the times are those of a newcomer, downloads included. --keep leaves the machine.
set -eu
# shellcheck source=tests/full/lib.sh
. "$(dirname "$0")/lib.sh"
need debootstrap git unshare
need_root

ROOT=$FULL/fresh
keep=false

machine() {
	root_make "$ROOT" amd64 sources_updated make git ca-certificates
}

clone() {
	# With its own git, as a newcomer does; nothing of this checkout but its last commit gets there.
	git -C "$TOP" bundle create -q "$ROOT/root/modferry.bundle" HEAD
	in_root "$ROOT" git clone -q /root/modferry.bundle /root/modferry
	rm "$ROOT/root/modferry.bundle"
}

run_target() {
	in_root "$ROOT" make -s -C /root/modferry "$1"
}

if [ "${1-}" = --keep ]; then
	keep=true
	shift
fi
[ $# -gt 0 ] || set -- demo check

lock full-fresh
t0=$(now_ms)
step machine "minimal $SUITE with make, git and ca-certificates" machine
step clone "clone of $(git -C "$TOP" rev-parse --short HEAD)" clone
# the first thing that every target does; by itself for its time
step deps "make deps ($(in_root "$ROOT" dpkg-query -W | wc -l) packages there before)" run_target deps
for target in "$@"; do
	step "$target" "make $target" run_target "$target"
	said_last "$target"
done
packages=$(in_root "$ROOT" dpkg-query -W | wc -l)
size=$(du -sm "$ROOT" | cut -f1)
$keep || rm -rf "$ROOT"
echo "$PROG: $* passed on a new machine in $(seconds $(($(now_ms) - t0))) s; $packages packages, $size MiB in the end"
