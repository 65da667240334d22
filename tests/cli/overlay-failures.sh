#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Disk full, kill -9, nothing that fits, odd arguments: one message, the old output whole, nothing left behind.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
k=6.1.0-1-amd64
module=$work/tree/upd/1/$k/x86_64/module
mkdir -p "$module" "$work/fw" "$work/out" "$work/tree/upd/1/source"
touch "$work/tree/upd/1/source/dkms.conf"
"$MKKO" "$module/a.ko" name=a "vermagic=$k SMP" firmware=big.bin
head -c 30000000 /dev/urandom >"$work/fw/big.bin"

overlay() {
	"$MODFERRY" overlay --firmware-dir "$work/fw" --loader "$MODFERRY" "$@" "$work/tree"
}

# says TEXT STATUS COMMAND...: fails with that status and exactly one line that has the text
says() {
	text=$1 status=$2
	shift 2
	rc=0
	"$@" >"$work/stdout" 2>"$work/stderr" || rc=$?
	if [ "$rc" -ne "$status" ] || [ "$(wc -l <"$work/stderr")" -ne 1 ] || ! grep -qF -e "$text" "$work/stderr" ||
		! grep -q '^modferry: overlay: ' "$work/stderr"; then
		echo "expected status $status and one line with \"$text\", got status $rc and:"
		cat "$work/stderr"
		exit 1
	fi
}

# only_old: the output folder holds the old output alone
only_old() {
	if [ "$(ls -A "$work/out")" != o ] || [ "$(cat "$work/out/o")" != old ]; then
		echo "$1: the old output is not whole, or something was left:"
		ls -lA "$work/out"
		exit 1
	fi
}

echo old >"$work/out/o"
says 'no target' 2 overlay -o "$work/out/o"
says 'no output' 2 overlay --for generic
says '--for vms: unknown target' 2 overlay --for vms -o "$work/out/o"
says '--hook x: unknown' 2 overlay --for generic --hook x -o "$work/out/o"
says '--format x: unknown, it may be cpio.gz, cpio, cpio.xz, cpio.zst, cpio.lz4, tar, dir or list' 2 overlay --for generic --format x -o "$work/out/o"
says "dkms build upd/1 -k 6.1.0-2-amd64 (needs the package linux-headers-6.1.0-2-amd64)" 3 \
	overlay --for generic -k 6.1.0-2-amd64 -o "$work/out/o"
says "dkms build upd/1 -k '6 1;reboot'" 3 overlay --for generic -k '6 1;reboot' -o "$work/out/o"
says 'no driver fits --only nothing' 3 overlay --for generic --only nothing -o "$work/out/o"
says '--firmware-dir /nonexistent: is no folder' 1 overlay --for generic --firmware-dir /nonexistent -o "$work/out/o"
says 'there is no loader' 1 overlay --for generic --loader /nonexistent -o "$work/out/o"
says 'is no program, the drivers are for x86_64' 1 overlay --for generic --loader "$0" -o "$work/out/o"
"$MKKO" "$work/foreign" arch=s390x
says 'a program for s390x, the drivers are for x86_64' 1 overlay --for generic --loader "$work/foreign" -o "$work/out/o"
says '/nonexistent/o' 1 overlay --for generic -o /nonexistent/o
says '/dev/full: exists and is no regular file' 1 overlay --for generic -o /dev/full
overlay --for generic -o "$work/initrd" >/dev/null
says 'never changed in place' 1 overlay --for generic --append-to "$work/initrd" -o "$work/initrd"
says 'the format tar cannot be appended' 1 overlay --for generic --format tar --append-to "$work/initrd" -o "$work/out/new"
says 'neither a cpio archive' 1 overlay --for generic --append-to "$work/out/o" -o "$work/out/new"
# behind lz4: lz4 too, without a byte between
overlay --for generic --format cpio.lz4 -o "$work/lz4" >/dev/null
overlay --for generic --append-to "$work/lz4" -o "$work/joined" >/dev/null
cat "$work/lz4" "$work/lz4" | cmp - "$work/joined"
overlay --initrd "$work/lz4" -o "$work/beside" >/dev/null
cmp "$work/lz4" "$work/beside"
says 'use --format cpio.lz4' 1 overlay --for generic --format cpio.gz --append-to "$work/lz4" -o "$work/out/new"
says '/nonexistent' 1 overlay --initrd /nonexistent -o "$work/out/o"
printf 'no initrd at all' >"$work/junk"
says "$work/junk: " 1 overlay --initrd "$work/junk" -o "$work/out/o"
truncate -s 8192 "$work/zeros"
says "$work/zeros: is empty, expected an initrd" 1 overlay --initrd "$work/zeros" -o "$work/out/o"
says "$work/zeros: is empty, expected an initrd" 1 overlay --for generic --append-to "$work/zeros" -o "$work/out/o"
only_old arguments

# an initrd with modules of two kernels: the one without a build is a warning, none with a build a failure
mkdir -p "$work/two/lib/modules/$k" "$work/two/lib/modules/6.1.0-2-amd64"
(cd "$work/two" && find . | cpio -o -H newc --quiet) >"$work/two.cpio"
overlay --initrd "$work/two.cpio" -o "$work/two.out" >"$work/stdout" 2>"$work/stderr"
grep -q "a - for $k" "$work/stdout"
grep -q '^modferry: overlay: warning: no build for kernel 6.1.0-2-amd64' "$work/stderr"
rm -r "$work/two/lib/modules/$k"
(cd "$work/two" && find . | cpio -o -H newc --quiet) >"$work/two.cpio"
says 'dkms build upd/1 -k 6.1.0-2-amd64' 3 overlay --initrd "$work/two.cpio" -o "$work/out/o"
only_old 'no build for the kernel of the initrd'

# a package without a build for the asked kernel is left out, but not in silence
mkdir -p "$work/tree/late/2/source"
touch "$work/tree/late/2/source/dkms.conf"
overlay --for generic -k "$k" -o "$work/partly" >"$work/stdout" 2>"$work/stderr"
grep -q "^modferry: overlay: warning: late: no build for kernel $k, it is left out; build it with: dkms build late/2 -k $k" \
	"$work/stderr"
overlay --for generic -k "$k" --only upd -o "$work/partly" 2>"$work/stderr" >"$work/stdout"
[ ! -s "$work/stderr" ]
rm -r "$work/tree/late"

# --only chooses among packages; a module file that is named itself is always meant
"$MKKO" "$work/extra.ko" name=extra "vermagic=$k SMP"
mkdir "$work/folder"
"$MKKO" "$work/folder/inner.ko" name=inner "vermagic=$k SMP"
overlay --for generic --only upd -n "$work/extra.ko" "$work/folder" >"$work/stdout"
grep -q "/extra.ko " "$work/stdout" && ! grep -q "/inner.ko " "$work/stdout"
"$MODFERRY" list --only upd "$work/tree" "$work/extra.ko" "$work/folder" >"$work/stdout"
grep -q extra "$work/stdout" && ! grep -q inner "$work/stdout"

# a limit on file size, as a full disk seen from write(2)
(
	trap '' XFSZ
	ulimit -f 1000
	says 'cannot write' 1 overlay --for generic --format cpio -o "$work/out/o"
)
only_old 'file size limit'

# standard output that takes nothing
rc=0
overlay --for generic -o - >/dev/full 2>"$work/stderr" || rc=$?
[ "$rc" -eq 1 ]
grep -q '^modferry: overlay: .*No space left' "$work/stderr"

# a disk that is really full
if [ "$(id -u)" -eq 0 ]; then
	# shellcheck disable=SC2016 # expands inside
	MODFERRY=$MODFERRY WORK=$work unshare -m sh -eu -c '
		mkdir "$WORK/small"
		mount -t tmpfs -o size=1m none "$WORK/small"
		echo old >"$WORK/small/o"
		rc=0
		"$MODFERRY" overlay --for generic --firmware-dir "$WORK/fw" --loader "$MODFERRY" -o "$WORK/small/o" "$WORK/tree" \
			2>"$WORK/stderr" || rc=$?
		[ "$rc" -eq 1 ]
		grep -q "No space left on device" "$WORK/stderr"
		[ "$(ls -A "$WORK/small")" = o ]
		[ "$(cat "$WORK/small/o")" = old ]'
fi

# killed while it writes: xz takes seconds for 30 MB
"$MODFERRY" overlay --for generic --firmware-dir "$work/fw" --loader "$MODFERRY" --format cpio.xz -o "$work/out/o" \
	"$work/tree" >/dev/null 2>&1 &
pid=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	[ "$(find "$work/out" -name '.o.modferry-tmp-*' -size +0 | wc -l)" -eq 0 ] || break
	sleep 0.1
done
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
[ "$(find "$work/out" -name '.o.modferry-tmp-*' | wc -l)" -eq 1 ] || {
	echo "the run was over before it could be killed: the test proves nothing"
	exit 1
}
[ "$(cat "$work/out/o")" = old ]
overlay --for generic -o "$work/out/o" >/dev/null
[ "$(ls -A "$work/out")" = o ] || {
	echo "the next run left a temporary:"
	ls -lA "$work/out"
	exit 1
}
