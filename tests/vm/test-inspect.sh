#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots odd images and compares what the kernel made of them with what `modferry inspect` foretold.
#
#   test-inspect.sh           one image with every fate, packed by every codec
#   test-inspect.sh --stops   besides: images that make the kernel stop, one boot each
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/vm/lib.sh
. "$TOP/tests/vm/lib.sh"

modferry=${MODFERRY:-$BUILD/modferry}
images=$VM/inspect

# boot NAME: the console goes to $images/NAME.log, what inspect says to NAME.{json,segments,err}
boot() {
	"$modferry" inspect --json --sha256 "$images/$1.img" >"$images/$1.json" 2>/dev/null || true
	"$modferry" inspect --segments "$images/$1.img" >"$images/$1.segments" 2>"$images/$1.err" || true
	"$TOP/tests/vm/run-qemu.sh" --log "$images/$1.log" --kernel "$ABI" --initrd "$images/$1.img"
	tr -d '\r' <"$images/$1.log" >"$images/$1.txt"
	assert_log "$images/$1.txt" '^tree: done$'
}

foretold() {
	boot "$1"
	refute_log "$images/$1.txt" 'Initramfs unpacking failed'
	"$TOP/tests/vm/inspect-images.py" compare "$images/$1.json" "$images/$1.txt" ||
		vm_fail "$images/$1.txt" "$1: not as foretold"
}

# The kernel's unpacker complains and loses what follows, and inspect has an error or a warning.
stop() {
	boot "$1"
	assert_log "$images/$1.txt" 'Initramfs unpacking failed: ' '^tree: absent - marker$'
	told=$(sed -n 's/^modferry: inspect: //p' "$images/$1.err")
	[ -n "$told" ] || vm_fail "$images/$1.txt" "$1: inspect has no error"
	echo "$PROG: $1: kernel: $(sed -n 's/.*Initramfs unpacking failed: //p' "$images/$1.txt")"
}

ABI=$("$TOP/tests/fixtures/kernels.sh" newest)
"$TOP/tests/fixtures/kernels.sh" tree "$ABI"
fresh_dir "$images"
"$TOP/tests/vm/inspect-images.py" make "$(command -v busybox)" "$images"
foretold fates
echo "$PROG: all fates as foretold"
[ "${1-}" = --stops ] || exit 0
for image in "$images"/stop-*.img; do
	stop "$(basename "$image" .img)"
done
