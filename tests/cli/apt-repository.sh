#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Apt repositories: what apt makes of them with a state of its own, unsigned and signed; same bytes; odd values.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
mkdeb=${MKDEB:-$here/../../build/obj/tools/mkdeb}
mkko=${MKKO:-$here/../../build/obj/tools/mkko}
kernel=6.1.0-9-test
package=drv-modules-$kernel
GNUPGHOME=$work/gnupg # a socket's path is short: so is TMPDIR here
export GNUPGHOME
trap 'gpgconf --kill all; rm -rf "$work"' EXIT

make_packages() {
	"$mkko" "$work/drv.ko" name=drv "vermagic=$kernel SMP" 'alias=pci:v00001234d00005678sv*sd*bc*sc*i*'
	for version in 1.0 2.0; do
		"$mkdeb" deb debian12 drv "$version" - "$work/drv.ko" >"$work/drv_$version.deb"
	done
	"$mkdeb" deb debian12 a 1 - "$work/drv.ko" >"$work/a.deb"
}

# repository FOLDER SIGNER
repository() {
	mkdir "$work/$1"
	"$mkdeb" repo "$work/$1" "$2" "$work/drv_2.0.deb" "$work/a.deb" "$work/drv_1.0.deb"
}

make_key() {
	mkdir -m 700 "$GNUPGHOME"
	gpg --batch --quiet --passphrase '' --quick-generate-key "$1" ed25519 sign never 2>/dev/null
}

# with_apt PROGRAM ARGUMENT...: on a state of its own, in which kmod is installed
with_apt() {
	program=$1
	shift
	"$program" -q -o Dir::State="$work/apt/state" -o Dir::State::status="$work/apt/status" -o Dir::Cache="$work/apt/cache" \
		-o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::trusted=/dev/null -o Dir::Etc::trustedparts=/dev/null -o Dir::Etc::preferences=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null -o Dir::Log="$work/apt" -o APT::Architecture=amd64 \
		-o APT::Architectures=amd64 -o APT::Sandbox::User=root "$@" >"$work/out" 2>"$work/err"
}

# use OPTIONS FOLDER: a fresh state whose only source it is
use() {
	rm -rf "$work/apt"
	mkdir -p "$work/apt/state/lists/partial" "$work/apt/cache/archives/partial"
	printf '%s\n' 'Package: kmod' 'Status: install ok installed' 'Architecture: amd64' 'Version: 30' \
		'Maintainer: A <a@b>' 'Description: stub' >"$work/apt/status"
	echo "deb $1 file:$work/$2 ./" >"$work/apt/sources.list"
}

# solves: apt takes the source, finds the newest package by its virtual name, and the hardware ids
solves() {
	with_apt apt-get update || fail "apt-get update: $(cat "$work/err")"
	[ ! -s "$work/err" ] || fail "apt-get update warns: $(cat "$work/err")"
	with_apt apt-get -s install drv-modules || fail "apt-get install: $(cat "$work/err")"
	has out "^Inst $package \(2\.0-1 .*\[amd64\]\)"
	with_apt apt-cache show "$package=2.0-1" || fail "apt-cache show"
	has out '^Modaliases: drv\(pci:v00001234d00005678sv\*sd\*bc\*sc\*i\*\)$'
}

test_unsigned() {
	use '' plain
	! with_apt apt-get update || fail "an unsigned repository is taken"
	has err 'not signed|no longer signed'
	use '[trusted=yes]' plain
	solves
	with_apt apt-get -d -y install "$package" || fail "apt-get download: $(cat "$work/err")"
	printf 'x' >>"$work/plain/drv_2.0.deb"
	rm -rf "$work/apt/cache"
	mkdir -p "$work/apt/cache/archives/partial"
	! with_apt apt-get -d -y install "$package" || fail "a package of other bytes is taken"
}

test_signed() {
	[ "$(gpg --show-keys --with-colons "$work/signed/archive-keyring.gpg" | grep -c '^pub:')" -eq 1 ] || fail "keys"
	use "[signed-by=$work/signed/archive-keyring.gpg]" signed
	solves
	rm "$work/signed/InRelease" # older ways: Release and Release.gpg
	use "[signed-by=$work/signed/archive-keyring.gpg]" signed
	solves
	sed -i s/test/TEST/ "$work/signed/Release"
	use "[signed-by=$work/signed/archive-keyring.gpg]" signed
	! with_apt apt-get update || fail "a Release of other bytes is taken"
	has err 'BADSIG|invalid'
}

test_same_bytes() {
	for run in "TZ=UTC LC_ALL=C umask=022" "TZ=Asia/Tokyo LC_ALL=C.UTF-8 umask=077"; do
		rm -rf "$work/again"
		(
			# shellcheck disable=SC2086 # words of a list
			set -- $run
			umask "${3#umask=}"
			export "${1?}" "${2?}"
			cd /
			repository again -
		)
		diff -r "$work/same" "$work/again" || fail "other bytes under $run"
		find "$work/again" -type f ! -perm 644 | grep . && fail "other modes under $run"
	done
	grep -qx 'Date: Thu, 01 Jan 1970 00:00:00 UTC' "$work/same/Release" || fail "Date"
	grep -qx 'Architectures: amd64' "$work/same/Release" || fail "Architectures"
	rm -rf "$work/again"
	SOURCE_DATE_EPOCH=1709210096 repository again -
	grep -qx 'Date: Thu, 29 Feb 2024 12:34:56 UTC' "$work/again/Release" || fail "another Date"
	[ "$(sed -n 's/^Filename: //p' "$work/again/Packages" | tr '\n' ' ')" = './a.deb ./drv_1.0.deb ./drv_2.0.deb ' ] ||
		fail "other packages, or not sorted"
	gzip -dc "$work/again/Packages.gz" | cmp - "$work/again/Packages"
}

# refused TEXT SIGNER: one line says why
refused() {
	rm -rf "$work/bad"
	! repository bad "$2" 2>"$work/err" || fail "taken: $2"
	has err "$1"
	[ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one line: $(cat "$work/err")"
}

make_packages
repository plain -
repository same -
make_key 'Ann Archive <ann@archive.invalid>'
repository signed ann@archive.invalid
test_unsigned
test_signed
test_same_bytes
refused 'cannot be named so' '--output'
# shellcheck disable=SC2016 # nothing is to be expanded
refused 'cannot be named so' '$(id)'
refused 'sign with key nobody' nobody@archive.invalid
