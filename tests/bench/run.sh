#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Times modferry against its rivals: one run, warm cache, medians of 5; writes tests/bench/RESULTS.md.
#
#   run.sh MODFERRY TOOLS LOADER MODULE-FOLDER
#
# TOOLS holds stopwatch, kmod_lookup, merge_indexes and inflate. MODULE-FOLDER is a kernel's, …/lib/modules/RELEASE.
# Images and drivers are those of the fixtures; the generators of images run in the fixtures' chroot.
set -eu

cd "$(dirname "$0")/../.."
modferry=$1
tools=$2
loader=$3
folder=$4
release=$(basename "$folder")
base=${folder%/lib/modules/*}
runs=5
results=tests/bench/RESULTS.md
fixtures=${BUILD:-build}/fixtures
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
missed=0
memory_limit=61440 # kB

# Level of the .gz sink (lib/io/compress.c).
gzip_level=$(sed -n 's/^#define GZIP_LEVEL[[:space:]]*\([0-9]\).*/\1/p' lib/io/compress.c)

# A deterministic device for every 26th alias: wildcards become ids, brackets a digit.
make_devices() {
	awk '$1 == "alias" && $2 ~ /:/ {
		if (++n % step) next
		gsub(/\[[^]]*\]/, "1", $2); gsub(/\*/, "00000001", $2); gsub(/\?/, "1", $2); print $2
	}' step="$(($(grep -c '^alias [^ ]*:' "$folder/modules.alias") / 1000))" "$folder/modules.alias" |
		head -n 1000
}

# Forty drivers of network cards and disks: the first of each folder by name.
make_tree() {
	mkdir "$work/tree"
	find "$folder/kernel/drivers/net/ethernet" "$folder/kernel/drivers/scsi" -name '*.ko*' | LC_ALL=C sort |
		awk -F/ '!seen[$(NF - 1)]++' | head -n 40 | while read -r module; do
		cp "$module" "$work/tree/"
	done
}

# The same modules for depmod and for merged indexes: links, and the drivers beside them.
make_index_tree() {
	index_tree=$work/root/lib/modules/$release
	mkdir -p "$index_tree/updates/modferry" "$work/merged"
	ln -s "$folder/kernel" "$index_tree/kernel"
	cp "$folder"/modules.builtin* "$folder/modules.order" "$index_tree/"
	cp "$work"/tree/* "$index_tree/updates/modferry/"
}

# What the overlays for real images are made of, and the same files for cpio.
make_overlay_tree() {
	installer=$(pwd)/$fixtures/initrds/debian-installer-12.gz
	drivers=$(pwd)/$fixtures/dkms/virtio-upd
	export XDG_CACHE_HOME="$work/cache"
	$modferry overlay --initrd "$installer" --no-headers --loader "$loader" --format dir -o "$work/files" "$drivers" \
		>/dev/null 2>&1
}

# release N: kernels of Enterprise Linux 9, as far as their names go
el_release() {
	echo "5.14.0-$((400 + $1)).el9.x86_64"
}

# Fifty packages of one driver each, built for six kernels.
make_disk_tree() {
	mkdir "$work/fifty"
	find "$folder/kernel/drivers/net" "$folder/kernel/drivers/scsi" "$folder/kernel/drivers/usb" -name '*.ko' |
		LC_ALL=C sort | awk -F/ '!seen[$(NF - 1)]++' | head -n 50 | while read -r module; do
		cp "$module" "$work/fifty/"
	done
	for n in 1 2 3 4 5 6; do
		tests/fixtures/el-tree.py "$(el_release $n)" "$work/fifty" "$work/el"
		for module in "$work"/el/*.ko; do
			package=$work/dkms/$(basename "$module" .ko)/1.0
			mkdir -p "$package/source" "$package/$(el_release $n)/x86_64/module"
			: >"$package/source/dkms.conf"
			mv "$module" "$package/$(el_release $n)/x86_64/module/"
		done
	done
	one=$(find "$work/dkms" -mindepth 1 -maxdepth 1 -printf '%f\n' | LC_ALL=C sort | head -n 1)
}

# put RELEASE COUNT TREE: the first modules of those fifty in one DKMS tree, called as if built for that kernel.
put() {
	rm -rf "$work/few" "$work/el"
	mkdir "$work/few"
	find "$work/fifty" -name '*.ko' | LC_ALL=C sort | head -n "$2" | while read -r module; do
		cp "$module" "$work/few/"
	done
	tests/fixtures/el-tree.py "$1" "$work/few" "$work/el"
	for module in "$work"/el/*.ko; do
		package=$work/$3/$(basename "$module" .ko)/1.0
		mkdir -p "$package/source" "$package/$1/x86_64/module"
		: >"$package/source/dkms.conf"
		mv "$module" "$package/$1/x86_64/module/"
	done
}

# Two drivers for SLES 15, as files for cpio, too; eight for each of six targets.
make_family_trees() {
	put 6.4.0-150600.21-default 2 suse
	$modferry dud --for sles15 --install archive --no-cache --format dir -o "$work/update" --dkms-tree "$work/suse" \
		>/dev/null 2>&1
	for family in 4.18.0-553.el8_10.x86_64 5.14.0-427.el9.x86_64 6.12.0-55.el10.x86_64 6.4.0-150600.21-default \
		6.12.0-160000.5-default 6.12.107+deb13-amd64; do
		put "$family" 8 families
	done
}

# The generators, once each and alone: "mkinitramfs SECONDS", "dracut SECONDS".
time_generators() {
	tests/fixtures/initrds.sh --time >"$work/generators"
}

# generator NAME IMAGE: the overlay for that image, read anew, against making the image
# shellcheck disable=SC2016 # Markdown
generator() {
	image_overlay="$modferry overlay --initrd $fixtures/initrds/$2 --no-cache --no-headers --only virtio-upd:virtio_blk --loader $loader -o $work/out.cpio.gz $drivers 2>/dev/null"
	figures=$("$tools/stopwatch" "$runs" "exec $image_overlay" true)
	rival=$(sed -n "s/^$1 //p" "$work/generators")
	ms=$(echo "$figures" | sed -n '1s/ .*//p')
	ratio=$(awk -v a="$ms" -v b="$rival" 'BEGIN { printf "%.3f", a / b / 1000 }')
	verdict=met
	at_most "$ratio" 0.02 || verdict=missed missed=1
	printf '| overlay, not %s | %s ms | %s s (once) | %s | 0.02 | %s MB | %s |\n' "$1" "$ms" "$rival" "$ratio" \
		"$(($(echo "$figures" | sed -n '1s/.* //p') / 1024))" "$verdict" >>"$work/table"
	printf -- '- overlay, not %s: `%s` against `%s` for all modules\n' "$1" "$(plain "$image_overlay")" "$1" >>"$work/commands"
}

# True for a number that is at most the other.
at_most() {
	awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'
}

# row WHAT OURS RIVAL GOAL, GOAL like "4x faster" as the ratio ours/rival: a line of the table.
row() {
	# exec: the memory measured is the command's, not the shell's around it
	if ! figures=$("$tools/stopwatch" "$runs" "exec $2" "$3"); then
		echo "bench: $1: failed" >&2
		missed=1
		return
	fi
	ours=$(echo "$figures" | sed -n '1s/ .*//p')
	rival=$(echo "$figures" | sed -n '2s/ .*//p')
	memory=$(echo "$figures" | sed -n '1s/.* //p')
	ratio=$(awk -v a="$ours" -v b="$rival" 'BEGIN { printf "%.3f", a / b }')
	verdict=met
	at_most "$ratio" "$4" || verdict=missed
	at_most "$memory" "$memory_limit" || verdict=missed
	[ "$verdict" = met ] || missed=1
	printf '| %s | %s ms | %s ms | %s | %s | %s MB | %s |\n' "$1" "$ours" "$rival" "$ratio" "$4" \
		"$((memory / 1024))" "$verdict" >>"$work/table"
}

# What the commands are called in the table: without the folders of this run.
plain() {
	echo "$1" | sed -e "s|$work/||g" -e "s|$tools/||g" -e "s|$modferry|modferry|g" \
		-e "s|$installer|debian-installer-12.gz|g" -e "s|$(pwd)/||g" -e "s|$fixtures/initrds/||g" \
		-e "s|$fixtures/dkms/||g" -e "s|$folder|/lib/modules/$release|g" -e "s|$base|/|g" -e "s|--loader $loader ||"
}

# shellcheck disable=SC2016 # Markdown: nothing is to be expanded between the backticks
write_results() {
	{
		echo '# Bench results'
		echo
		echo 'Written by `make bench`: one run, warm cache, medians of 5 (the last row: once), whole processes, in turn with the rival.'
		echo 'Memory is the peak without file mappings.'
		echo
		echo "- machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) cores"
		echo "- date: $(date -u +%Y-%m-%d)"
		echo "- kernel tree: $release, $(find "$folder/kernel" -name '*.ko*' | wc -l) modules, $(grep -c '^alias' "$folder/modules.alias") aliases"
		echo "- rivals: $(depmod --version | head -n 1), libkmod $(pkg-config --modversion libkmod), $(cpio --version | head -n 1), $(gzip --version | head -n 1)"
		echo
		echo '| what | modferry | rival | ratio | goal at most | memory | |'
		echo '| --- | --- | --- | --- | --- | --- | --- |'
		cat "$work/table"
		echo
		echo 'Commands:'
		echo
		cat "$work/commands"
	} >"$work/results"
	cp "$work/results" "$results"
	cat "$results"
}

# bench WHAT GOAL OURS RIVAL
# shellcheck disable=SC2016 # as above
bench() {
	printf -- '- %s: `%s` against `%s`\n' "$1" "$(plain "$3")" "$(plain "$4")" >>"$work/commands"
	row "$1" "$3" "$4" "$2"
}

[ -f "$folder/modules.alias.bin" ] || {
	echo "bench: $folder: no modules.alias.bin; set MF_KERNEL_DIR to a kernel's module folder" >&2
	exit 1
}
make_devices >"$work/devices"
make_tree
make_index_tree
make_overlay_tree
make_disk_tree
make_family_trees
time_generators
: >"$work/table"
: >"$work/commands"
bench 'list a kernel tree' 0.25 "$modferry list --json $folder/kernel" \
	"depmod -n -b $base $release"
bench 'match 1000 devices' 0.33 "$modferry match --hardware $work/devices $folder" \
	"$tools/kmod_lookup $folder <$work/devices"
bench 'overlay of 40 drivers' 1.3 \
	"$modferry overlay --for debian12 --kernel $release --loader $loader -o $work/out.cpio.gz $work/tree 2>/dev/null" \
	"cd $work/tree && find . | cpio --quiet -o -H newc | gzip -n -$gzip_level >$work/rival.cpio.gz"
bench 'merge 40 drivers into indexes' 0.33 \
	"$tools/merge_indexes $folder $work/merged $work/tree/*" \
	"depmod -b $work/root $release"
memory_limit=196608 # an image of 137 MB is unpacked, one segment at a time
installer_overlay="$modferry overlay --initrd $installer --no-headers --loader $loader -o $work/out.cpio.gz"
installer_files="cd $work/files && find . | cpio --quiet -o -H newc | gzip -n -$gzip_level >$work/rival.cpio.gz"
bench 'overlay for debian-installer, first' 1.5 "$installer_overlay --no-cache $drivers 2>/dev/null" \
	"$tools/inflate $installer && $installer_files"
bench 'overlay for debian-installer, again' 1.5 "$installer_overlay $drivers 2>/dev/null" "$installer_files"
generator mkinitramfs initramfs-tools.img
generator dracut dracut.img
memory_limit=61440
bench 'disk of one driver for EL 9' 1.1 \
	"$modferry dud --for rhel9 --kernel $(el_release 1) --only $one --no-cache --dkms-tree $work/dkms -o $work/out.iso 2>/dev/null" \
	"tests/bench/dud-by-hand.sh $work $(el_release 1) $work/dkms/$one/1.0/$(el_release 1)/x86_64/module/$one.ko"
bench 'driver update of 2 drivers for SLES 15' 2 \
	"$modferry dud --for sles15 --install archive --no-cache --dkms-tree $work/suse -o $work/out.cpio.gz 2>/dev/null" \
	"cd $work/update && find . | cpio --quiet -o -H newc | gzip -n -6 >$work/rival.cpio.gz"
six="rhel8 rhel9 rhel10 sles15 sles16.0 debian13"
for_six=$(for name in $six; do printf " --for %s" "$name"; done)
bench 'disks for 6 targets in one run, not six' 1 \
	"$modferry dud$for_six --no-cache --dkms-tree $work/families -o $work/disks/ 2>/dev/null" \
	"for name in $six; do $modferry dud --for \$name --no-cache --dkms-tree $work/families -o $work/disks/ 2>/dev/null; done"
runs=1 # a minute each; the rival is modferry itself on one CPU
bench 'disk of 50 drivers for 6 kernels, 2 jobs not 1' 0.588 \
	"$modferry dud --for rhel9 --no-cache --jobs 2 --dkms-tree $work/dkms -o $work/out.iso 2>/dev/null" \
	"$modferry dud --for rhel9 --no-cache --jobs 1 --dkms-tree $work/dkms -o $work/rival.iso 2>/dev/null"
write_results
exit "$missed"
