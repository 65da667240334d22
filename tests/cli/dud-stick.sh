#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry dud --write and --embed: what is refused, and answer files on disks. Writing is the matter of tests/vm/stick.sh.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
EL9=5.14.0-427.13.1.el9_4.x86_64
export XDG_CACHE_HOME="$work/cache"

folder=$work/tree/fastraid/1.2.3/$EL9/x86_64/module
mkdir -p "$folder" "$work/tree/fastraid/1.2.3/source"
touch "$work/tree/fastraid/1.2.3/source/dkms.conf"
"$MKKO" "$folder/fastraid.ko" arch=x86_64 name=fastraid version=1.2.3 license=GPL \
	"vermagic=$EL9 SMP mod_unload modversions " 'alias=pci:v00001AF4d00001001sv*sd*bc*sc*i*' import:module_layout=1234
printf 'lang en_US\nautopart\n' >"$work/mine.txt"
printf '<?xml version="1.0"?>\n<profile/>\n<profile >\n' >"$work/profile.xml"
printf 'd-i debian-installer/locale string en_US\n' >"$work/preseed.cfg"
echo 'hello' >"$work/text"

# dud STATUS ARGUMENT...: never with a terminal
dud() {
	dud_status=$1
	shift
	run "$dud_status" dud --dkms-tree "$work/tree" --for rhel9 "$@" </dev/null
}

# refuses STATUS TEXT ARGUMENT...: one message, and no file
refuses() {
	refuses_status=$1 refuses_text=$2
	shift 2
	dud "$refuses_status" "$@"
	one_message "dud: $refuses_text"
	[ ! -e "$work/none" ] || fail "a file was left behind: $*"
}

# No test names a block device of this machine: a fault in what it tests would cost a disk.
what_is_no_stick_is_refused() {
	refuses 1 "--write: $work/text: is no block device" --write "$work/text" --yes
	refuses 1 '--write: /dev/null: is no block device' --write /dev/null --yes -o "$work/none"
	refuses 1 '--write: /dev/no-such-stick: No such file' --write /dev/no-such-stick --yes
	[ "$(cat "$work/text")" = hello ] || fail "the file was written to"
}

usage_is_checked_first() {
	refuses 2 'no output; name a file with -o FILE or a stick with --write' --embed "$work/mine.txt"
	refuses 2 '--write /dev/null: nobody can be asked.*--yes' --write /dev/null
	refuses 2 '--write: a stick takes a volume, not the format tar' --write /dev/null --yes --format tar
	refuses 2 '--write: goes with -o FILE' --write /dev/null --yes -o -
	refuses 2 '--yes: answers for --write' --yes -o "$work/none"
	refuses 2 '--embed: .*not in the format tar' --embed "$work/mine.txt" --format tar -o "$work/none"
	refuses 2 '--embed -: standard input' --embed - -o "$work/none"
	refuses 2 '--embed: .*not in the format cpio.gz; use --format iso, fat or dir$' --for sles15 \
		--embed "$work/profile.xml" --format cpio.gz -o "$work/none"
	run 2 dud --dkms-tree "$work/tree" --for sles16.0 --embed "$work/profile.xml" -o "$work/none" </dev/null
	one_message 'dud: --embed: .*not in the format cpio.gz; use --format dir and copy its files to one labelled OEMDRV$'
}

answer_files_lie_where_they_are_looked_for() {
	for format in iso fat dir; do
		dud 0 --format "$format" --embed "$work/mine.txt" -o "$work/disk.$format"
	done
	cmp -s "$work/disk.dir/ks.cfg" "$work/mine.txt" || fail "no ks.cfg in the folder"
	xorriso -osirrox on -indev "$work/disk.iso" -extract /ks.cfg "$work/of-iso" >"$work/xorriso" 2>&1 ||
		fail "no ks.cfg in the ISO"
	mcopy -i "$work/disk.fat" ::ks.cfg "$work/of-fat" || fail "no ks.cfg on the FAT"
	cmp -s "$work/of-iso" "$work/mine.txt" || fail "another ks.cfg in the ISO"
	cmp -s "$work/of-fat" "$work/mine.txt" || fail "another ks.cfg on the FAT"
	dud 0 --embed "$work/mine.txt" --dry-run
	has out '^f 0644 ks.cfg 20$'
	has out '^	\| autopart$'
}

what_would_not_be_read_is_refused() {
	refuses 1 "--embed $work/profile.xml: is an AutoYaST profile, .*expected a kickstart" \
		--embed "$work/profile.xml" -o "$work/none"
	refuses 1 "--embed $work/preseed.cfg: is a preseed file" --embed "$work/preseed.cfg" -o "$work/none"
	refuses 1 "--embed $work/text: is no answer file" --embed "$work/text" -o "$work/none"
	refuses 1 "--embed: $work/gone: " --embed "$work/gone" -o "$work/none"
	refuses 1 "--embed $work/mine.txt: .*labelled OEMDRV only, not DRIVERS" \
		--embed "$work/mine.txt" --label DRIVERS -o "$work/none"
	refuses 1 "--embed $work/mine.txt: there is already a ks.cfg" --embed "$work/mine.txt" \
		--embed "$work/mine.txt" -o "$work/none"
}

what_is_no_stick_is_refused
usage_is_checked_first
answer_files_lie_where_they_are_looked_for
what_would_not_be_read_is_refused
