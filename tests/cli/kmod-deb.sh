#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian packages of drivers: dpkg's reading, life in an empty root under two shells, same bytes, odd names.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
mkdeb=${MKDEB:-$here/../../build/obj/tools/mkdeb}
mkko=${MKKO:-$here/../../build/obj/tools/mkko}
kernel=6.1.0-9-test
package=drv-upd-modules-$kernel
root=$work/root

make_modules() {
	mkdir "$work/ko"
	for module in one two; do
		"$mkko" "$work/ko/$module.ko" "name=$module" "vermagic=$kernel SMP" "description=Driver $module" \
			"alias=pci:v00001234d0000000${#module}sv*sd*bc*sc*i*" "alias=of:N*T*Cmaker,$module"
	done
}

# pack VERSION: makes $work/VERSION.deb
pack() {
	"$mkdeb" deb debian12 drv_upd "$1" - "$work/ko/one.ko" "$work/ko/two.ko" >"$work/$1.deb"
}

field() {
	dpkg-deb -f "$work/1.0.deb" "$1"
}

test_reading() {
	[ "$(field Package) $(field Version) $(field Architecture)" = "$package 1.0-1 amd64" ] || fail "identity"
	[ "$(field Depends)" = kmod ] || fail "Depends"
	[ "$(field Provides)" = "drv-upd-modules (= 1.0-1)" ] || fail "Provides"
	[ "$(field Modaliases)" = "one(of:N*T*Cmaker?one, pci:v00001234d00000003sv*sd*bc*sc*i*), two(of:N*T*Cmaker?two, pci:v00001234d00000003sv*sd*bc*sc*i*)" ] ||
		fail "Modaliases: $(field Modaliases)"
	dpkg-deb -I "$work/1.0.deb" >"$work/out" 2>"$work/err"
	[ ! -s "$work/err" ] || fail "dpkg-deb -I warns: $(cat "$work/err")"
	dpkg-deb -R "$work/1.0.deb" "$work/unpacked" 2>"$work/err"
	[ ! -s "$work/err" ] || fail "dpkg-deb -R warns: $(cat "$work/err")"
	(cd "$work/unpacked" && md5sum --quiet -c DEBIAN/md5sums) || fail "md5sums"
	cmp "$work/ko/one.ko" "$work/unpacked/lib/modules/$kernel/updates/modferry/drv-upd/one.ko"
	dpkg-deb -c "$work/1.0.deb" >"$work/out"
	has_not out '^.{10} (root/[^r]|[^r]|root/root.* [^.][^/]*$)'
	has out ' 1970-01-01 .* \./$'
	"$mkdeb" deb debian13 drv 1 - "$work/ko/one.ko" | dpkg-deb -c /dev/stdin >"$work/out"
	has out " \./usr/lib/modules/$kernel/updates/modferry/drv/one\.ko\$"
	hook=$work/unpacked/usr/share/initramfs-tools/hooks/$package
	[ -x "$hook" ] || fail "no hook"
	for script in "$work"/unpacked/DEBIAN/post* "$hook"; do
		shellcheck -s sh "$script" || fail "shellcheck of $script"
	done
}

# What dpkg-deb would build of the same folder has the same fields, files and modes.
test_like_dpkg_deb() {
	SOURCE_DATE_EPOCH=0 dpkg-deb --root-owner-group -b "$work/unpacked" "$work/field.deb" >"$work/out"
	for deb in 1.0 field; do
		dpkg-deb -I "$work/$deb.deb" | grep -v ' size ' >"$work/$deb.info"
		dpkg-deb -c "$work/$deb.deb" >"$work/$deb.list"
	done
	cmp "$work/1.0.info" "$work/field.info"
	cmp "$work/1.0.list" "$work/field.list"
}

test_same_bytes() {
	for run in "TZ=UTC LC_ALL=C umask=022" "TZ=Asia/Tokyo LC_ALL=C.UTF-8 umask=077"; do
		mkdir -p "$work/cwd/$run"
		(
			cd "$work/cwd/$run"
			# shellcheck disable=SC2086 # words of a list
			set -- $run
			umask "${3#umask=}"
			env "$1" "$2" "$mkdeb" deb debian12 drv_upd 1.0 - "$work/ko/one.ko" "$work/ko/two.ko"
		) >"$work/again.deb"
		cmp "$work/1.0.deb" "$work/again.deb" || fail "other bytes under $run"
	done
	SOURCE_DATE_EPOCH=86400 "$mkdeb" deb debian12 drv_upd 1.0 - "$work/ko/one.ko" | dpkg-deb -c /dev/stdin >"$work/out"
	has out ' 1970-01-02 '
}

# --- in a root of its own ---

stub() {
	mkdir -p "$root/$(dirname "$1")"
	printf '#!/bin/busybox sh\necho "%s $*" >>/calls\n%s\n' "$(basename "$1")" "${2:-}" >"$root/$1"
	chmod 755 "$root/$1"
}

# make_root SHELL: busybox and dpkg's database with a kmod; /bin/sh is that shell
make_root() {
	rm -rf "$root"
	mkdir -p "$root/bin" "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/boot" "$root/dev"
	cp "$(command -v busybox)" "$root/bin/busybox"
	case $1 in
	busybox) ln -s busybox "$root/bin/sh" ;;
	*)
		cp "$(command -v "$1")" "$root/bin/sh"
		ldd "$root/bin/sh" | grep -o '/[^ ]*' | while read -r library; do
			mkdir -p "$root/$(dirname "$library")"
			cp "$library" "$root/$library"
		done
		;;
	esac
	printf '%s\n' 'Package: kmod' 'Status: install ok installed' 'Architecture: amd64' 'Version: 30' \
		'Maintainer: A <a@b>' 'Description: stub' >"$root/var/lib/dpkg/status"
	touch "$root/var/lib/dpkg/available" "$root/var/lib/dpkg/info/kmod.list" "$root/dev/null"
	stub sbin/depmod
	: >"$root/calls"
}

# in_root ARGUMENT...: dpkg on the root; without root's rights in a user namespace
in_root() {
	set -- dpkg --root="$root" --force-not-root --log=/dev/null "$@"
	[ "$(id -u)" -eq 0 ] || set -- unshare -r "$@"
	PATH=/bin:/sbin:/usr/bin:/usr/sbin "$@" >"$work/out" 2>"$work/err" || {
		cat "$work/out" "$work/err" >&2
		fail "dpkg failed: $*"
	}
}

# calls LINE...: the tools were called so since the last time
calls() {
	printf '%s\n' "$@" | sed '/^$/d' | cmp -s - "$root/calls" || {
		cat "$root/calls" "$work/out" "$work/err" >&2
		fail "other calls than: $*"
	}
	: >"$root/calls"
}

modules_present() {
	[ -e "$root/lib/modules/$kernel/updates/modferry/drv-upd/one.ko" ]
}

test_life() {
	make_root "$1"
	in_root -i "$work/1.0.deb" # before its kernel: nothing to be told
	calls ''
	modules_present || fail "no module in place"
	touch "$root/lib/modules/$kernel/modules.order"
	in_root -i "$work/2.0.deb"
	calls "depmod $kernel"
	touch "$root/boot/initrd.img-$kernel"
	in_root -i "$work/2.0.deb"
	calls "depmod $kernel"
	has err "^$package: no update-initramfs; write /boot/initrd.img-$kernel anew yourself"
	stub usr/sbin/update-initramfs
	in_root -i "$work/1.0.deb" # a downgrade is an upgrade, too
	calls "depmod $kernel" "update-initramfs -u -k $kernel"
	has_not err "^$package: "
	in_root -r "$package"
	calls "depmod $kernel" "update-initramfs -u -k $kernel"
	! modules_present || fail "a removed module is there"
	[ ! -e "$root/lib/modules/$kernel/updates" ] || fail "an empty folder is left behind"
	in_root -i "$work/1.0.deb"
	: >"$root/calls"
	in_root -P "$package"
	calls "depmod $kernel" "update-initramfs -u -k $kernel"
	! grep -q drv-upd "$root/var/lib/dpkg/status" || fail "purged, but in dpkg's database"
}

# Tools that fail, and none at all: one line each, and dpkg goes on.
test_failures() {
	make_root "$1"
	stub sbin/depmod 'exit 1'
	stub usr/sbin/update-initramfs 'exit 1'
	mkdir -p "$root/lib/modules/$kernel"
	touch "$root/lib/modules/$kernel/modules.builtin" "$root/boot/initrd.img-$kernel"
	in_root -i "$work/1.0.deb"
	has err "^$package: depmod failed; run: depmod $kernel"
	has err "^$package: update-initramfs failed; run: update-initramfs -u -k $kernel"
	[ "$(wc -l <"$work/err")" -eq 2 ] || fail "more than two lines: $(cat "$work/err")"
	rm "$root/sbin/depmod"
	in_root -r "$package"
	has err "^$package: depmod failed"
}

# The initramfs hook: drivers of disks always, others where the stock one is in the image.
test_hook() {
	make_root "$1"
	"$mkko" "$work/ko/disk_drv.ko" name=disk_drv "vermagic=$kernel SMP" import:__blk_mq_alloc_disk=1
	"$mkdeb" deb debian12 drv 1 - "$work/ko/one.ko" "$work/ko/two.ko" "$work/ko/disk_drv.ko" >"$work/hook.deb"
	in_root -i "$work/hook.deb"
	ln -s busybox "$root/bin/find"
	echo 'manual_add_modules() { echo "add $*" >>/calls; }' >"$root/usr/share/initramfs-tools/hook-functions"
	mkdir -p "$root/image/lib/modules/$kernel/kernel"
	touch "$root/image/lib/modules/$kernel/kernel/two.ko.xz" "$root/image/one.txt"
	: >"$root/calls"
	for words in "$kernel" "$kernel prereqs" 6.2; do
		# shellcheck disable=SC2086 # words of a list
		set -- $words
		set -- env version="$1" DESTDIR=/image PATH=/bin "$(PATH=$PATH:/usr/sbin command -v chroot)" "$root" \
			"/usr/share/initramfs-tools/hooks/drv-modules-$kernel" "${2:-}"
		[ "$(id -u)" -eq 0 ] || set -- unshare -r "$@"
		"$@" || fail "the hook fails"
	done
	calls "add two" "add disk_drv"
}

# --- odd names ---

# refused STATUS-TEXT WORD...: no package comes of it, and one line says why
refused() {
	text=$1
	shift
	! "$mkdeb" deb debian12 "$@" "$work/ko/one.ko" >"$work/out" 2>"$work/err" || fail "taken: $*"
	[ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one line: $(cat "$work/err")"
	has err "$text"
}

# named NAME VERSION WORD...: a package of these words is that one, and dpkg takes it
named() {
	expected="$1 $2"
	shift 2
	"$mkdeb" deb debian12 "$@" "$work/ko/one.ko" >"$work/odd.deb"
	[ "$(dpkg-deb -f "$work/odd.deb" Package) $(dpkg-deb -f "$work/odd.deb" Version)" = "$expected" ] ||
		fail "not $expected: $*"
	dpkg-deb -I "$work/odd.deb" >/dev/null 2>"$work/err"
	[ ! -s "$work/err" ] || fail "dpkg-deb warns of $*"
}

test_odd_names() {
	newline='a
b'
	# shellcheck disable=SC2016 # nothing is to be expanded
	named "a-b--x--rm-modules-$kernel" '1..2.-1' 'a b"$x;`rm' "1';2'" -
	named "gr--n-modules-$kernel" 0+v1-1 'grün' v1 -
	named "x-modules-6.1-a" 1-1 X 1 6.1_A
	refused 'control character' "$newline" 1 -
	refused 'control character' a "$newline" -
	refused 'no letter or digit' '"' 1 -
	refused 'kernel release' a 1 "$newline"
	refused 'kernel release' a 1 '6.1 x'
	# shellcheck disable=SC2016 # nothing is to be expanded
	refused 'kernel release' a 1 '6.1$(id)'
	refused 'kernel release' a 1 ../../etc
	long=$(printf '%0255d' 1)
	refused 'at most 255' "$long" 1 -
	refused 'at most 255' a "$long" -
	refused 'at most 255' a 1 "$long"
	"$mkko" "$work/arch.ko" arch=aarch64 name=x "vermagic=$kernel SMP"
	"$mkdeb" deb debian12 a 1 - "$work/arch.ko" >"$work/odd.deb"
	[ "$(dpkg-deb -f "$work/odd.deb" Architecture)" = arm64 ] || fail "not arm64"
	"$mkko" "$work/odd.ko" 'name=x' "vermagic=$kernel SMP" "description=a
.b	c" 'alias=usb:v1(2),3 4*'
	"$mkdeb" deb debian12 a 1 - "$work/odd.ko" >"$work/odd.deb"
	[ "$(dpkg-deb -f "$work/odd.deb" Modaliases)" = 'x(usb:v1?2??3?4*)' ] ||
		fail "odd alias: $(dpkg-deb -f "$work/odd.deb" Modaliases)"
}

make_modules
pack 1.0
pack 2.0
test_reading
test_like_dpkg_deb
test_same_bytes
for shell in busybox dash; do
	test_life "$shell"
	test_failures "$shell"
	test_hook "$shell"
done
test_odd_names
