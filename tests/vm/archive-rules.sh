#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots overlays that keep and break the rules of the kernel's unpacker: check says of each what the kernel makes of it.
#
#   archive-rules.sh          the boots that hold most cases
#   archive-rules.sh --all    besides: everything that makes the kernel stop, one boot each
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/vm/lib.sh
. "$TOP/tests/vm/lib.sh"
# shellcheck source=tests/pairs.sh
. "$TOP/tests/pairs.sh"

modferry=${MODFERRY:-$BUILD/modferry}
tools=$BUILD/obj/tools
DIR=$VM/archive
QUICK="entries plain lz4 raw-unaligned"

# overlay CASE NN HOOK: modferry's own overlay as one more of the case; by force, as nothing runs the hook in each base
overlay() {
	"$modferry" overlay --force --initrd "$DIR/$1/base" --hook "$3" -k "$ABI" --loader "$modferry" \
		-o "$DIR/$1/$2-own-$3" "$DIR/own.ko" >"$DIR/$1/own.log" 2>&1
	echo "$2-own-$3 modferry/load" >>"$DIR/$1/questions"
	echo "$2-own-$3 lib/kept" >>"$DIR/$1/questions"
}

# run_case NAME: joins base and overlays, asks check of each behind what stands before it, boots
run_case() {
	cp "$DIR/$1/base" "$DIR/$1/image"
	for file in "$DIR/$1"/[0-9][0-9]-*; do
		"$tools/archivecheck" "$DIR/$1/image" "$file" >"$file.said"
		cat "$file" >>"$DIR/$1/image"
	done
	"$TOP/tests/vm/run-qemu.sh" --log "$DIR/$1.log" --kernel "$ABI" --initrd "$DIR/$1/image"
	assert_log "$DIR/$1.log" '^tree: done$'
	result=$("$TOP/tests/vm/archive-images.py" compare "$DIR/$1" "$DIR/$1.log") || vm_fail "$DIR/$1.log" "$1: $result"
	echo "$PROG: $1: $result; kernel: $(sed -n 's/.*Initramfs unpacking failed: //p' "$DIR/$1.log")"
}

ABI=$("$TOP/tests/fixtures/kernels.sh" newest)
"$TOP/tests/fixtures/kernels.sh" tree "$ABI"
fresh_dir "$DIR"
"$TOP/tests/vm/archive-images.py" make "$(command -v busybox)" "$ABI" "$DIR"
"$tools/mkko" "$DIR/own.ko" name=own "vermagic=$ABI SMP"
overlay lz4 90 dracut
overlay plain 90 rdinit
overlay plain 91 initramfs-tools
cases=$QUICK
if [ "${1-}" = --all ]; then
	cases=$(cd "$DIR" && for questions in */questions; do dirname "$questions"; done)
fi
# shellcheck disable=SC2086 # words
in_pairs run_case $cases
# tables for the early kernel are seen in front, not behind
assert_log "$DIR/entries.log" 'ACPI table found in initrd \[kernel/firmware/acpi/first.aml\]'
refute_log "$DIR/plain.log" 'ACPI table found in initrd'
echo "$PROG: $(echo "$cases" | wc -w) boots, check is right in each"
