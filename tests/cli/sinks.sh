#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sinks that call tools: a missing tool, a full disk: one message, the old output whole, nothing left behind; pipes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sinkfolder=${SINKFOLDER:-$here/../../build/obj/tools/sinkfolder}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/in/rpms/x86_64" "$work/out" "$work/tmp" "$work/none"
head -c 3000000 /dev/urandom >"$work/in/rpms/x86_64/a.bin"
echo 'Driver Update Disk version 3' >"$work/in/rhdd3"
TMPDIR=$work/tmp
export TMPDIR

fail() {
	printf 'sinks: %s\n' "$1" >&2
	exit 1
}

# says TEXT COMMAND...: fails with one line that has the text; no temporary file is left
says() {
	text=$1
	shift
	rc=0
	"$@" >"$work/stdout" 2>"$work/stderr" || rc=$?
	if [ "$rc" -ne 1 ] || [ "$(wc -l <"$work/stderr")" -ne 1 ] || ! grep -qF -e "$text" "$work/stderr"; then
		cat "$work/stderr"
		fail "expected status 1 and one line with \"$text\", got status $rc"
	fi
	[ -z "$(ls -A "$TMPDIR")" ] || fail "$text: something was left in TMPDIR"
}

# The file of an earlier run is there before and after.
old_file() {
	if [ "$(ls -A "$work/out")" != o ] || [ "$(cat "$work/out/o")" != old ]; then
		fail "$1: the old output is not whole"
	fi
}

# with_limit BLOCKS COMMAND...: no file may grow larger, as on a full disk
with_limit() (
	ulimit -f "$1"
	trap '' XFSZ
	shift
	"$@"
)

echo old >"$work/out/o"
# mkfs.fat lies in a folder that is always searched, the others in PATH
says 'install its package: mtools (Debian)' env PATH="$work/none" "$sinkfolder" fat "$work/in" "$work/out/o"
old_file 'missing tools'
says 'File too large' with_limit 2000 "$sinkfolder" iso "$work/in" "$work/out/o"
says 'File too large' with_limit 2000 "$sinkfolder" fat "$work/in" "$work/out/o"
old_file 'full disk'
rm "$work/out/o"
says 'install its package: createrepo-c (Debian)' env PATH="$work/none" "$sinkfolder" repo "$work/in" "$work/out/o"
says 'File too large' with_limit 2000 "$sinkfolder" repo "$work/in" "$work/out/o"
[ -z "$(ls -A "$work/out")" ] || fail 'half a repository is left'

# standard output is a pipe or a file: the same bytes
for sink in iso fat; do
	"$sinkfolder" "$sink" "$work/in" "$work/out/image" label=OEMDRV
	"$sinkfolder" "$sink" "$work/in" - label=OEMDRV | cmp - "$work/out/image" || fail "$sink: a pipe gets other bytes"
	"$sinkfolder" "$sink" "$work/in" - label=OEMDRV >"$work/stdout"
	cmp "$work/stdout" "$work/out/image" || fail "$sink: standard output gets other bytes"
	[ "$(blkid -p -s LABEL -o value "$work/out/image")" = OEMDRV ] || fail "$sink: the label is not seen"
	rm "$work/out/image"
done
[ -z "$(ls -A "$TMPDIR")" ] || fail 'something was left in TMPDIR'
