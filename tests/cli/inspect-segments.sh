#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry inspect: images put together by the distribution's own cpio and packers; fates; extraction; exits.
set -eu

modferry=${MODFERRY:-build/modferry}
bad=$(cd "$(dirname "$0")/../bad/initrd" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	printf 'inspect-segments: %s\n' "$1" >&2
	exit 1
}

# Runs modferry inspect; output in $work/out and $work/err, its exit status has to be the first argument.
inspect() {
	expected=$1
	shift
	status=0
	"$modferry" inspect "$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" -eq "$expected" ] || {
		cat "$work/out" "$work/err" >&2
		fail "exit status $status for: $*"
	}
}

# The last output has a line that matches.
has() {
	grep -Eq -- "$1" "$work/$2" || {
		cat "$work/$2" >&2
		fail "no line like: $1"
	}
}

archive() {
	(cd "$work/$1" && find . -mindepth 1 -print0 | LC_ALL=C sort -z | cpio --quiet -0 -o -H newc) >"$work/$1.cpio"
}

pad() {
	truncate -s %4 "$1"
}

make_parts() {
	mkdir -p "$work/base/usr/lib" "$work/overlay/lib" "$work/early/kernel"
	echo old >"$work/base/usr/lib/driver.ko"
	echo data >"$work/base/one"
	ln "$work/base/one" "$work/base/two"
	ln -s usr/lib "$work/base/lib"
	echo new >"$work/overlay/lib/driver.ko"
	printf 'name with \033[31m colour\nand line' >"$work/early/kernel/code"
	cp "$work/early/kernel/code" "$work/early/kernel/$(printf 'a\tb\nc "q')"
	for part in base overlay early; do
		archive "$part"
	done
	# the overlay as it should be: no entry for the directory
	(cd "$work/overlay" && echo lib/driver.ko | cpio --quiet -o -H newc) >"$work/leaf.cpio"
}

test_packers() {
	for pack in 'gzip -n9' bzip2 'xz --check=crc32' 'xz --format=lzma' lzop 'lz4 -l' 'zstd -q' 'zstd -q -19'; do
		# shellcheck disable=SC2086 # words of a command
		$pack -c <"$work/base.cpio" >"$work/packed"
		size=$(wc -c <"$work/packed")
		cat "$work/early.cpio" "$work/packed" >"$work/image"
		pad "$work/image"
		truncate -s +8 "$work/image"
		gzip -n <"$work/leaf.cpio" >>"$work/image"
		inspect 0 "$work/image"
		early=$(wc -c <"$work/early.cpio")
		has "^1 +$early +$((early + size)) " out
		has '^1 .* replaced  usr/lib/driver.ko \(by segment 2\)$' out
		has '^2 .* wins      lib/driver.ko \(over segment 1\)$' out
		has '^1 .* wins      one' out
		inspect 0 -x usr/lib/driver.ko "$work/image"
		[ "$(cat "$work/out")" = new ] || fail "$pack: extracted the wrong copy"
	done
}

test_fates() {
	cat "$work/base.cpio" "$work/overlay.cpio" >"$work/image"
	inspect 0 "$work/image"
	has '^0 .* replaced  lib -> usr/lib \(by segment 1\)$' out
	has 'directory lib replaces the symlink to usr/lib of segment 0' err
	inspect 0 -d "$work/image"
	[ "$(grep -c driver.ko "$work/out")" -eq 0 ] || fail 'lib/driver.ko is no duplicate any more'
	cp "$work/leaf.cpio" "$work/image"
	inspect 0 "$work/image"
	has 'dropped  lib/driver.ko \(its folder is missing\)' out
	inspect 3 -d "$work/image"
	inspect 0 "$work/base.cpio"
	has 'same file as' out
	for name in one two; do
		inspect 0 --extract "/$name" "$work/base.cpio"
		[ "$(cat "$work/out")" = data ] || fail "hard link $name has the wrong content"
	done
}

test_names() {
	inspect 0 "$work/early.cpio"
	has '  kernel/a\\x09b\\x0ac "q$' out
	inspect 0 --json "$work/early.cpio"
	python3 - "$work/out" <<-'END'
		import json, sys
		paths = [entry["path"] for entry in json.load(open(sys.argv[1]))["entries"]]
		assert 'kernel/a\tb\nc "q' in paths, paths
	END
}

test_loaders() {
	mkdir -p "$work/l1/modferry" "$work/l2/modferry"
	echo 1 >"$work/l1/modferry/load"
	echo 2 >"$work/l2/modferry/load"
	archive l1
	archive l2
	cat "$work/l1.cpio" "$work/l1.cpio" >"$work/image"
	inspect 0 "$work/image"
	[ ! -s "$work/err" ] || fail 'warned of equal loaders'
	cat "$work/l2.cpio" >>"$work/image"
	inspect 0 "$work/image"
	has 'loaders \(modferry/load\) of segments 1 and 2 differ' err
	inspect 0 --json "$work/image"
	has 'segments 1 and 2 differ' out
}

test_exits() {
	inspect 2
	inspect 2 --no-such-option "$work/base.cpio"
	inspect 2 "$work/base.cpio" "$work/base.cpio"
	inspect 1 "$work/missing"
	cat "$work/base.cpio" "$work/base.cpio" | "$modferry" inspect -s - >"$work/out"
	[ "$(grep -c raw "$work/out")" -eq 2 ] || fail "standard input is not read"
	: >"$work/empty"
	inspect 3 "$work/empty"
	inspect 3 -p 'no/such*' "$work/base.cpio"
	! grep -q '^SEGMENT *MODE' "$work/out" || fail "a heading without a line under it"
	inspect 0 -p 'usr' "$work/base.cpio"
	has 'usr/lib/driver.ko' out
	inspect 3 -x no/such "$work/base.cpio"
	inspect 1 -x usr "$work/base.cpio"
	inspect 1 -x dev/console "$work/base.cpio"
}

# Each file of tests/bad/initrd: status 1, one message, the right one.
test_bad() {
	while read -r file text; do
		inspect 1 "$bad/$file"
		grep -Fq -- "$text" "$work/err" || fail "$file: $(cat "$work/err")"
		[ "$(wc -l <"$work/err")" -eq 1 ] || fail "$file: more than one message"
		inspect 1 --json --sha256 "$bad/$file"
		python3 -c 'import json, sys; assert json.load(sys.stdin)["error"]' <"$work/out"
	done <"$bad/expected"
}

# What stands in front of the damage is shown.
test_damaged() {
	{
		cat "$work/early.cpio"
		gzip -n <"$work/base.cpio" | head -c -20
	} >"$work/image"
	inspect 1 "$work/image"
	has '^0 .* kernel/code$' out
	has '^1 .*  broken$' out
	has 'segment 1 at offset [0-9]+: gzip: cut off' err
}

make_parts
test_packers
test_fates
test_names
test_loaders
test_exits
test_bad
test_damaged
echo "inspect-segments: ok"
