#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make install and uninstall: what stands where, with which modes, and that nothing stays behind.
set -eu
cd "$(dirname "$0")/../.."
objects=$(dirname "$(readlink -f "${MODFERRY:-build/modferry}")")
arch=$(uname -m)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "install: $1" >&2
	exit 1
}

# make in a copy of the objects: the program is linked anew for each prefix, others are running it here
run_make() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make --no-print-directory O="$work/obj" "$@" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		fail "make $*"
	}
}

copy_objects() {
	mkdir "$work/obj"
	for name in lib initramfs-hooks libmodferry.a modferry libexecdir; do
		cp -a "$objects/$name" "$work/obj/"
	done
}

# "MODE PATH" of every file and folder that DESTDIR and PREFIX=/usr should give
expected() {
	for folder in usr/bin usr/libexec/modferry/"$arch" usr/share/bash-completion/completions \
		usr/share/zsh/site-functions usr/share/fish/vendor_completions.d $(man_pages | cut -d' ' -f1); do
		while [ "$folder" != . ]; do
			echo "755 d $folder"
			folder=$(dirname "$folder")
		done
	done
	echo "755 f usr/bin/modferry"
	echo "755 f usr/libexec/modferry/$arch/modferry-load"
	echo "644 f usr/share/bash-completion/completions/modferry"
	echo "644 f usr/share/zsh/site-functions/_modferry"
	echo "644 f usr/share/fish/vendor_completions.d/modferry.fish"
	man_pages | sed 's,\(.*\) \(.*\),644 f \1/\2,'
}

# "FOLDER NAME" of each page in the tree
man_pages() {
	find lib initramfs-hooks dud -name 'modferry*.[1-8]' | sed 's,.*/\(.*\.\([1-8]\)\),usr/share/man/man\2 \1,'
}

test_destdir() {
	dest="$work/dest dir"
	(umask 077 && run_make install DESTDIR="$dest" PREFIX=/usr)
	(cd "$dest" && find . -mindepth 1 -printf '%m %y %P\n') | LC_ALL=C sort >"$work/is"
	expected | LC_ALL=C sort -u >"$work/should"
	diff "$work/should" "$work/is" >&2 || fail "installed files (>) are not the expected ones (<)"
	"$dest/usr/bin/modferry" --version | grep -q '^modferry [0-9]' || fail "the installed program does not run"
	"$dest/usr/libexec/modferry/$arch/modferry-load" --version | grep -q '^modferry-load [0-9]' ||
		fail "the installed loader does not run"
	bash -n "$dest/usr/share/bash-completion/completions/modferry" || fail "the completion is no bash"
	grep -q '/usr/libexec/modferry' "$dest/usr/bin/modferry" || fail "the program looks elsewhere for its loader"
	if grep -q '/usr/local/libexec' "$dest/usr/bin/modferry"; then fail "the program knows another prefix"; fi
	touch "$dest/usr/share/man/man1/other.1"
	(umask 077 && run_make uninstall DESTDIR="$dest" PREFIX=/usr)
	(cd "$dest" && find . ! -type d -o -path '*modferry*') >"$work/left"
	[ "$(cat "$work/left")" = ./usr/share/man/man1/other.1 ] || {
		cat "$work/left" >&2
		fail "uninstall left these behind, or removed what is not modferry's"
	}
	[ -d "$dest/usr/bin" ] || fail "uninstall removed a folder that is not modferry's"
}

# Without DESTDIR the program finds its loader, and the same tree serves one prefix after the other.
test_prefix() {
	cp "tests/fuzz/corpus/elf/accept-$arch" "$work/driver.ko" || fail "no module for $arch in tests/fuzz/corpus/elf"
	for prefix in "$work/one" "$work/two"; do
		run_make install PREFIX="$prefix"
		env -u MODFERRY_LIBEXECDIR "$prefix/bin/modferry" overlay --for generic --dry-run "$work/driver.ko" \
			>"$work/list" 2>"$work/err" || { cat "$work/err" >&2; fail "the program does not find its loader"; }
		size=$(stat -c %s "$prefix/libexec/modferry/$arch/modferry-load")
		grep -qx "f 0755 modferry/load $size" "$work/list" || fail "the overlay has another loader"
		mkdir "$prefix/libexec/modferry/other-machine"
		run_make uninstall PREFIX="$prefix"
		[ -d "$prefix/libexec/modferry/other-machine" ] || fail "uninstall removed a folder with something in it"
		rmdir "$prefix/libexec/modferry/other-machine"
	done
}

# Twice in a row is the same; uninstall with nothing there is no failure.
test_twice() {
	run_make install DESTDIR="$work/twice"
	run_make install DESTDIR="$work/twice"
	run_make uninstall DESTDIR="$work/twice"
	run_make uninstall DESTDIR="$work/twice"
	[ -z "$(find "$work/twice" ! -type d)" ] || fail "files left after the second uninstall"
}

copy_objects
test_destdir
test_prefix
test_twice
echo "install: $(expected | grep -c ' f ') files in place and gone again, two prefixes from one tree"
