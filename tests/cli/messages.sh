#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a newcomer's first mistakes are answered: what is wrong, what was expected, what to do.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
k=6.1.0-1-amd64
export XDG_CACHE_HOME="$work/cache"

# says STATUS TEXT ARGUMENT...: one message with that text (an extended regular expression)
says() {
	code=$1 text=$2
	shift 2
	run "$code" "$@"
	one_message "$1: $text"
}

tree_make() {
	module=$work/tree/upd/1/$k/x86_64/module
	mkdir -p "$module" "$work/tree/upd/1/source" "$work/empty" "$work/fw"
	touch "$work/tree/upd/1/source/dkms.conf"
	"$MKKO" "$module/a.ko" name=a "vermagic=$k SMP" license=GPL
	printf 'text\n' >"$work/text"
	: >"$work/nothing"
}

# A file that is missing, a folder, something else.
test_files() {
	none=$work/none
	says 1 '.*none: No such file or directory; expected an initrd$' check --initrd "$none" "$module"
	says 1 '.*empty: not a regular file; expected an initrd$' check --initrd "$work/empty" "$module"
	says 1 '.*text: offset 0: neither .*, expected an initrd$' check --initrd "$work/text" "$module"
	says 1 '.*none: No such file .*; expected the root folder' check --root "$none" "$module"
	says 1 '.*text: Not a directory; expected the root folder' check --root "$work/text" "$module"
	says 1 '.*none: No such file .*; expected what modferry hardware' match --hardware "$none" "$work/tree"
	says 1 '.*empty: not a regular file; expected what modferry hardware' match --hardware "$work/empty" "$work/tree"
	says 1 '.*none: No such file .*; expected an initrd, an overlay or a driver disk$' inspect "$none"
	says 3 '.*empty: has no packages [(][*].rpm, [*].deb[)] and no modules on it' inspect "$work/empty"
	says 1 '.*none: No such file .*; expected the loader.s report.json' report "$none"
	says 1 '.*empty: not a regular file; expected the loader.s report.json' report "$work/empty"
	says 1 '.*nothing: is empty; expected the loader.s report.json' report "$work/nothing"
}

# Headers alone make a kernel's folder, too.
test_headers() {
	mkdir -p "$work/usr/lib/modules/$k/build"
	printf 'pci:v00001234d00005678sv00000000sd00000000bc00sc00i00\n' >"$work/hardware"
	says 1 ".*$k: has no modules.alias.bin, .*; install the kernel.s image package, or run depmod\$" \
		match --hardware "$work/hardware" "$work/tree" "$work/usr/lib/modules/$k"
}

# Nothing there, or nothing that fits: which word it was.
test_nothing() {
	for command in "list" "match" "overlay --for generic --dry-run"; do
		# shellcheck disable=SC2086 # a command with its options
		run 3 $command "$work/empty"
		has err "^modferry: ${command%% *}: .*/empty: no driver found; expected a DKMS tree"
	done
	overlay='overlay --for generic --dry-run'
	for command in list "$overlay"; do
		# shellcheck disable=SC2086 # a command with its options
		says 3 'no driver fits --only a; a is a module: name it with its package, --only upd:a$' $command --only a "$work/tree"
		# shellcheck disable=SC2086
		says 3 'no driver fits --only b; see what there is with: modferry list$' $command --only b "$work/tree"
		# shellcheck disable=SC2086
		says 3 'no driver fits --only upd:b; see' $command --only upd:b "$work/tree"
	done
	says 3 'drivers were found, but none for --arch arm; ' list --only upd --arch arm "$work/tree"
	# shellcheck disable=SC2086
	says 3 "no built driver for arm found .builds there are for: $k" $overlay --only upd --arch arm "$work/tree"
	# shellcheck disable=SC2086
	says 3 "no arm build for kernel $k .*; build it on a machine of arm with: dkms build upd/1 -k $k " \
		$overlay -k "$k" --arch arm "$work/tree"
}

test_targets() {
	for name in Debian12 debian11; do
		says 2 "--for $name: unknown target, expected one of: debian12, debian13; .*--initrd FILE, or --for generic\$" \
			overlay --for "$name" --dry-run "$work/tree"
	done
	says 2 '--for sarge: unknown target; see .modferry list --targets' overlay --for sarge --dry-run "$work/tree"
	mkdir -p "$work/root/lib/modules/$k/build"
	run 3 check --root "$work/root" --no-headers "$module"
	has err "warning: .*root: has a folder but no modules of kernel $k; install"
}

test_usage() {
	says 2 'ambiguous option --fo, it may be: --for, --force, --format$' overlay --fo x
	says 2 'unknown option --xyz; see --help$' overlay --xyz
	for option in -o --only --initrd; do
		says 2 'option --[a-z]* needs an argument that is not empty: --' overlay --for generic "$option" ''
	done
	says 2 '--format dir cannot go to standard output' overlay --for generic --format dir -o - "$work/tree"
	says 2 '--hook none leaves the loader out: give --indexes, too' overlay --for generic --hook none -n "$work/tree"
	run 0 --help
	cp "$work/out" "$work/help"
	has out '^ *--completion SHELL '
	run 0 help
	cmp "$work/out" "$work/help" || fail "help is not --help"
	run 0 list --help
	cp "$work/out" "$work/help"
	run 0 help list
	cmp "$work/out" "$work/help" || fail "help list is not list --help"
	run 2 help me
	one_message 'help: unknown command me; see: modferry --help$'
	cp "$work/text" "$work/x-dkms.deb"
	says 1 '.*x-dkms.deb: is no package that can be read; copy it again$' list "$work/x-dkms.deb"
	(cd "$work" && find tree | cpio -o -H newc --quiet) >"$work/initrd"
	says 1 '.*initrd: no tar archive.*an initrd is for modferry inspect' list "$work/initrd"
	says 3 'none: no such path in the image; see what there is with -p PATTERN$' inspect -x none "$work/initrd"
}

tree_make
test_usage
test_files
test_headers
test_nothing
test_targets
