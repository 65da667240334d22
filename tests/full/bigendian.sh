#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds all for s390x (64 bits, big-endian), warnings as errors, and runs tools and unit tests under qemu-user.
#
# The libraries are unpacked from Debian's s390x packages into a folder of their own: the host's dpkg and apt know
# nothing of it. The loader is linked statically with glibc here, as no musl for s390x is packaged.
set -eu
# shellcheck source=tests/full/lib.sh
. "$(dirname "$0")/lib.sh"
TRIPLET=s390x-linux-gnu
need apt-get dpkg-deb make pkg-config qemu-s390x-static $TRIPLET-gcc

SYSROOT=$FULL/s390x
APT=$FULL/s390x.apt
OUT=$FULL/s390x.build

# apt_s390x COMMAND...: an apt of its own for the other machine; that it has no dpkg status makes it work out all down
# to libc
apt_s390x() {
	apt-get -q -y -c "$APT/apt.conf" "$@"
}

make_sysroot() {
	fresh_dir "$SYSROOT"
	fresh_dir "$APT"
	mkdir -p "$APT/lists/partial" "$APT/cache/archives/partial" "$APT/parts"
	: >"$APT/status"
	sources_release >"$APT/sources.list"
	{
		apt_settings
		cat <<-END
			APT::Architecture "s390x";
			APT::Architectures { "s390x"; };
			APT::Sandbox::User "root";
			APT::Install-Recommends "false";
			Acquire::Languages "none";
			Debug::NoLocking "1";
			Dir::State "$APT";
			Dir::State::status "$APT/status";
			Dir::Cache "$APT/cache";
			Dir::Etc::sourcelist "$APT/sources.list";
			Dir::Etc::sourceparts "$APT/parts";
		END
	} >"$APT/apt.conf"
	apt_s390x update
	# shellcheck disable=SC2046  # a list
	apt_s390x --download-only install $(library_packages)
	for deb in "$APT"/cache/archives/*.deb; do
		dpkg-deb -x "$deb" "$SYSROOT"
	done
	rm -rf "$APT"
	absolute_links
}

# absolute_links: those that point to a place of the other machine are made to do so from here
absolute_links() {
	find "$SYSROOT" -type l -lname '/*' | while read -r link; do
		ln -sfn "$SYSROOT$(readlink "$link")" "$link"
	done
}

# make_s390x TARGET...: programs that name their dynamic linker and libraries where they lie. (Not qemu's -L: it shows
# the program the other machine's / in place of this one.)
make_s390x() {
	where="-Wl,--dynamic-linker=$SYSROOT/lib/ld64.so.1 -Wl,--disable-new-dtags,-rpath,$SYSROOT/usr/lib/$TRIPLET:$SYSROOT/lib/$TRIPLET"
	PKG_CONFIG_SYSROOT_DIR=$SYSROOT \
		PKG_CONFIG_LIBDIR=$SYSROOT/usr/lib/$TRIPLET/pkgconfig:$SYSROOT/usr/share/pkgconfig \
		UNIT_RUNNER=qemu-s390x-static \
		nice make -s -C "$TOP" -j"$JOBS" ARCH=s390x BUILD="$OUT" O="$OUT/obj" AR=$TRIPLET-ar \
		CC="$TRIPLET-gcc --sysroot=$SYSROOT $where" MUSL_CC="$TRIPLET-gcc --sysroot=$SYSROOT" STRIP=$TRIPLET-strip "$@"
}

# is_s390x PROGRAM...
is_s390x() {
	for program in "$@"; do
		readelf -h "$program" | grep -q "Data:.*big endian" || die "$program: not big-endian"
	done
}

unit() {
	make_s390x unit
	is_s390x "$OUT"/obj/unit/*_test
}

build() {
	# the kernel headers of that machine come with its libc: the folder for musl is to stay empty
	mkdir -p "$OUT/loader/s390x/include"
	make_s390x "$OUT/obj/modferry" "$OUT/loader/s390x/modferry-load"
	is_s390x "$OUT/obj/modferry" "$OUT/loader/s390x/modferry-load"
}

# a program as its tests want it: one file
loader() {
	printf '#!/bin/sh\nexec qemu-s390x-static %s "$@"\n' "$OUT/loader/s390x/modferry-load" >"$OUT/modferry-load"
	chmod +x "$OUT/modferry-load"
	"$TOP/tests/loader-plan.sh" "$OUT/modferry-load"
}

lock full-s390x
key="$(script_key) $(library_packages | cksum)"
if ! stamp_is "$FULL/s390x.stamp" "$key"; then
	step sysroot "libraries for s390x" make_sysroot
	stamp_write "$FULL/s390x.stamp" "$key"
fi
step build "programs, big-endian" build
step unit "unit tests, big-endian" unit
said_last unit
step loader "static loader's plans, big-endian" loader
said_last loader
step input "real input" real_input
step same "same output as the build for $(uname -m)" same_output qemu-s390x-static "$OUT/obj/modferry"
said_last same
