#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds all for 32-bit x86 in a Debian root of its own, warnings as errors, and runs the unit tests there.
#
# The root is made once and made anew when the package list or the scripts change.
set -eu
# shellcheck source=tests/full/lib.sh
. "$(dirname "$0")/lib.sh"
need debootstrap make setarch unshare
need_root

ROOT=$FULL/i386

make_root() {
	# clang is the second compiler of the host's own checks: large, and not asked here
	# shellcheck disable=SC2046  # a list
	root_make "$ROOT" i386 sources_release $(packages_of build | grep -vx clang) \
		$(packages_of 'what modferry calls for disks and packages') git kmod libcmocka-dev xz-utils
}

# in_32 COMMAND...: in the sources there
in_32() {
	# shellcheck disable=SC2016  # expanded by the inner shell
	in_root "$ROOT" setarch i686 sh -c 'cd /src && exec "$@"' sh "$@"
}

build() {
	sources_copy "$ROOT/src"
	in_32 make -s -C /src -j"$JOBS" -k all
	in_32 readelf -h /src/build/obj/modferry /src/build/loader/i686/modferry-load >"$FULL/i386.headers"
	[ "$(grep -c 'Class: *ELF32' "$FULL/i386.headers")" -eq 2 ]
}

unit() {
	in_32 make -s -C /src -j"$JOBS" -k unit
}

loader() {
	# larger than on x86_64, which the size goal is for: 64-bit numbers take two registers and helpers of libgcc
	in_32 tests/loader-static.sh build/loader/i686/modferry-load 73728
	in_32 tests/loader-plan.sh build/loader/i686/modferry-load
}

lock full-i386
key="$(script_key) $(cksum <"$TOP/.ci/packages")"
if ! stamp_is "$FULL/i386.stamp" "$key"; then
	step root "32-bit root" make_root
	stamp_write "$FULL/i386.stamp" "$key"
fi
step build "programs, 32 bits" build
step unit "unit tests, 32 bits" unit
said_last unit
step loader "static loader, 32 bits" loader
said_last loader
step input "real input" real_input
# its dynamic linker by name: the fixtures lie outside that root
step same "same output as the build for $(uname -m)" same_output "$ROOT/lib/ld-linux.so.2" \
	--library-path "$ROOT/lib/i386-linux-gnu" "$ROOT/src/build/obj/modferry"
said_last same
