#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry dud for SUSE: driver updates of linuxrc and Agama, read by others, and the script that linuxrc runs.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
mkko=${MKKO:-$here/../../build/obj/tools/mkko}
SP5=5.14.21-150500.53-default
SP6=6.4.0-150600.21-default
SLES16=6.12.0-160000.5-default
TW=6.17.3-1-longterm
export XDG_CACHE_HOME="$work/cache"

# build PACKAGE VERSION KERNEL FILE KEY=VALUE...
build() {
	folder=$work/tree/$1/$2/$3/x86_64/module
	mkdir -p "$folder" "$work/tree/$1/$2/source"
	touch "$work/tree/$1/$2/source/dkms.conf"
	package_kernel=$3 module=$4 version=$2
	shift 4
	"$mkko" "$folder/$module.ko" "name=$(echo "$module" | tr - _)" "version=$version" license=GPL \
		"vermagic=$package_kernel SMP preempt mod_unload modversions " "$@"
}

for kernel in $SP5 $SP6 $SLES16 $TW; do
	build fastraid 1.2.3 "$kernel" a-raid depends=raid_core 'alias=pci:v00001AF4d00001001sv*sd*bc*sc*i*'
	build fastraid 1.2.3 "$kernel" raid_core
	build quicknic 4.5-beta "$kernel" quick_nic 'alias=pci:v00008086d0000100Esv*sd*bc*sc*i*' 'alias=of:N*T*Cv,nic' \
		firmware=acme/nic.bin depends=mii
done
mkdir -p "$work/firmware/acme"
echo microcode >"$work/firmware/acme/nic.bin"

dud() {
	dud_status=$1
	shift
	run "$dud_status" dud --dkms-tree "$work/tree" --firmware-dir "$work/firmware" "$@"
}

# refuses STATUS TEXT ARGUMENT...: one message, and no file
refuses() {
	refuses_status=$1 refuses_text=$2
	shift 2
	dud "$refuses_status" -o "$work/none" "$@"
	one_message "dud: $refuses_text"
	[ ! -e "$work/none" ] || fail "a file was left behind: $*"
}

# value FOLDER KEY: of its dud.config
value() {
	sed -n "s/^$2: //p" "$1/dud.config"
}

# holds FOLDER KERNEL_VERSION: one kernel's driver update, whole
holds() {
	printf 'raid_core\nquick_nic\na-raid\n' >"$work/order"
	# linuxrc's insmod loads nothing by itself; Agama's modprobe does
	case $1 in
	*-sles15 | *-leap15*) echo mii >>"$work/order" ;;
	esac
	sort "$work/order" >"$work/order.sorted"
	sort "$1/modules/module.order" | diff "$work/order.sorted" - || fail "$1: another module.order"
	awk '{ at[$1] = NR } END { exit !(at["raid_core"] < at["a-raid"] && at["mii"] < at["quick_nic"]) }' \
		"$1/modules/module.order" ||
		fail "$1: a module before the one it needs"
	[ "$(find "$1/modules" -name '*.ko' | wc -l)" -eq 3 ] || fail "$1: not three modules"
	[ -z "$(find "$1/modules" -mindepth 2)" ] || fail "$1: folders below modules/"
	! grep -q "$(printf '\r')" "$1/dud.config" "$1/modules/module.order" || fail "$1: CRs"
	value "$1" UpdateID | grep -Exq '[0-9a-f]{32}' || fail "$1: no UpdateID"
	for package in fastraid-kmp quicknic-kmp; do
		set -- "$1" "$2" "$1/install/$package-"*"_k$2-1.x86_64.rpm"
		[ -f "$3" ] || fail "$1: no $package for $2"
		rpm -K --nosignature "$3" >"$work/out" || fail "$3: rpm -K does not take it"
	done
	rpm -qp --supplements "$3" | grep -Fxq 'modalias(kernel-default:of:N*T*Cv%2Cnic)' || fail "$3: no Supplements"
}

test_usage() {
	refuses 3 'none of the drivers is for a kernel of leap15.5' --for sles15 --for leap15.5 --kernel "$SP6"
	refuses 1 '.*kernels .* and .*--kernel' --for sles16.0 --for tumbleweed
	refuses 2 'targets of linuxrc and of Agama: ' --for sles15 --for sles16.0
	build twin 1 "$SP6" raid-core
	refuses 1 '.*raid_core' --for sles15 --kernel "$SP6"
	rm -rf "$work/tree/twin"
	build fastraid 1.2.4 "$SP6" other
	refuses 1 '.*fastraid-kmp-default-k6.4.0_150600.21: two packages' --for sles15 --kernel "$SP6"
	rm -rf "$work/tree/fastraid/1.2.4"
}

# What other programs read of the containers that linuxrc takes.
test_formats() {
	set -- --for sles15 --kernel "$SP6"
	dud 0 "$@" -o "$work/one.dud"
	dud 0 "$@" --format cpio.xz -o "$work/one.xz"
	dud 0 "$@" --format tar -o "$work/one.tar"
	dud 0 "$@" --format iso -o "$work/one.iso"
	dud 0 "$@" --format dir -o "$work/dir"
	mkdir -p "$work/cpio.gz" "$work/cpio.xz" "$work/tar" "$work/iso"
	(cd "$work/cpio.gz" && gzip -dc "$work/one.dud" | cpio -idm --quiet)
	(cd "$work/cpio.xz" && xz -dc "$work/one.xz" | cpio -idm --quiet)
	tar -C "$work/tar" -xf "$work/one.tar"
	xorriso -osirrox on -indev "$work/one.iso" -extract / "$work/iso" >"$work/xorriso" 2>&1 || fail "xorriso: $(cat "$work/xorriso")"
	chmod -R u+w "$work/iso"
	[ "$(blkid -p -s LABEL -o value "$work/one.iso")" = OEMDRV ] || fail "the label is not OEMDRV"
	for format in dir cpio.gz cpio.xz tar iso; do
		holds "$work/$format/linux/suse/x86_64-sles15" 6.4.0_150600.21
		diff -r "$work/dir" "$work/$format" || fail "$format has other files than dir"
	done
	gzip -dc "$work/one.dud" | head -c 6 | grep -q '^070701$' || fail "no newc archive in gzip"
	dud 0 "$@" -o "$work/again.dud"
	cmp "$work/one.dud" "$work/again.dud" || fail "two runs differ"
}

# Products that share a kernel share its folder, where the container has symlinks.
test_links() {
	set -- --for sles15 --for leap15.6 --kernel "$SP6"
	dud 0 "$@" --format tar -o "$work/links.tar"
	tar -tvf "$work/links.tar" | grep -Eq 'x86_64-leap15.6 -> x86_64-sles15$' || fail "no link in the tar archive"
	dud 0 "$@" --format iso -o "$work/links.iso"
	rm -rf "$work/iso"
	xorriso -osirrox on -indev "$work/links.iso" -extract / "$work/iso" >"$work/xorriso" 2>&1 || fail "xorriso: $(cat "$work/xorriso")"
	[ "$(readlink "$work/iso/linux/suse/x86_64-leap15.6")" = x86_64-sles15 ] || fail "no link on the ISO"
	chmod -R u+w "$work/iso"
	holds "$work/iso/linux/suse/x86_64-leap15.6" 6.4.0_150600.21
	dud 0 "$@" --format fat -o "$work/links.fat"
	mdir -i "$work/links.fat" -b -/ :: | grep -q 'x86_64-leap15.6/modules/module.order' || fail "no copy on FAT"
}

# apply SHELL RELEASE: what linuxrc does with the disk in $work/slots there; folders as in /update
apply() {
	rm -rf "$work/update" "$work/path" "${work:?}/lib"
	mkdir -p "$work/update" "$work/path"
	ln -s "$(command -v "${1%% *}")" "$work/path/sh"
	for tool in $tools; do
		ln -s "$(command -v "$tool")" "$work/path/$tool"
	done
	[ -z "$2" ] || printf '#!/bin/sh\necho %s\n' "$2" >"$work/path/uname"
	[ -z "$2" ] || chmod 755 "$work/path/uname"
	number=0
	for slot in "$work"/slots/*/linux/suse/x86_64-sles15; do
		to=$work/update/$(printf %03d "$number")
		mkdir "$to"
		cp -R "$slot/install" "$slot/modules" "$slot/dud.config" "$to"
		# of the files there only update.* are made executable
		chmod -R a-x,a+X "$to/install"
		# by its path, as busybox takes its own first
		sed -i "s|uname -r|$work/path/&|; s| /lib/firmware/| $work/lib/firmware/|g" "$to"/install/*.sh
		! grep -q ' /lib/' "$to"/install/*.sh || fail "the script would write to this machine"
		number=$((number + 1))
	done
	[ "$number" -eq 2 ] || fail "$number slots, expected 2"
	for slot in "$work"/update/*; do
		command=$(value "$slot" Exec | sed "s|/update/|$work/update/|")
		(cd / && PATH=$work/path "$work/path/sh" -c "$command 2>&1") >"$work/console" || fail "$1: status $? of: $command"
		! grep -Ev '(rm|cp|mkdir): .*not found' "$work/console" | grep -Eqi 'not found|syntax|unexpected' || fail "$1: $(cat "$work/console")"
	done
}

# kept NUMBER...: the slots whose modules linuxrc would load
kept() {
	found=
	for slot in "$work"/update/*; do
		[ ! -s "$slot/modules/module.order" ] || found="$found ${slot##*/}"
	done
	[ "$found" = "${1:+ }$*" ] || fail "kept:$found, expected: $*"
}

test_slots() {
	dud 0 --for sles15 --kernel "$SP5" --kernel "$SP6" --format dir -o "$work/slots"
	holds "$work/slots/01/linux/suse/x86_64-sles15" 5.14.21_150500.53
	holds "$work/slots/02/linux/suse/x86_64-sles15" 6.4.0_150600.21
	[ "$(value "$work/slots/01/linux/suse/x86_64-sles15" UpdateID)" != \
		"$(value "$work/slots/02/linux/suse/x86_64-sles15" UpdateID)" ] || fail "two slots have one UpdateID"
	for script in "$work"/slots/*/linux/suse/*/install/*.sh; do
		shellcheck -s sh -e SC2015 "$script" || fail "shellcheck of $script"
	done
}

test_condition() {
	for shell in dash bash busybox; do
		tools="rm mkdir cp"
		apply "$shell" "$SP5"
		kept 000
		cmp "$work/firmware/acme/nic.bin" "$work/lib/firmware/updates/acme/nic.bin" || fail "$shell: no firmware for the kernel"
		[ ! -e "$work/update/001/install" ] || fail "$shell: the installed system gets another kernel's package"
		[ -e "$work/update/000/install/modferry-$(value "$work/update/000" UpdateID).sh" ] || fail "$shell: it took its own"
		apply "$shell" "$SP6"
		kept 001
		apply "$shell" 6.4.0-150600.23.7-default
		kept
		grep -q "for kernel $SP6, not for 6.4.0-150600.23.7-default: left out" "$work/console" || fail "$shell: says nothing"
		apply "$shell" "$SP6.1"
		kept
		[ ! -e "$work/lib" ] || fail "$shell: firmware of a driver that is left out"
		[ "$shell" = busybox ] || { # which has them all in it
			tools=
			apply "$shell" "$SP6"
			kept 001
		}
		# neither rm nor uname: by /proc this machine's kernel, which is none of them
		tools=
		apply "$shell" ''
		kept
	done
}

# On a copy that cannot be written it does no harm.
test_condition_read_only() {
	tools="rm mkdir cp"
	apply dash "$SP5"
	script=$work/update/000/install/modferry-$(value "$work/update/000" UpdateID).sh
	mkdir -p "$work/elsewhere"
	cp "$script" "$work/elsewhere/"
	touch "$work/elsewhere/keep"
	(cd "$work/elsewhere" && PATH=$work/path sh "./${script##*/}") || fail "status of the script alone"
	[ -e "$work/elsewhere/keep" ] || fail "it removes what is none of its slot"
}

test_agama() {
	dud 0 --for sles16.0 --for leap16.0 --format dir -o "$work/agama"
	folder=$work/agama/linux/suse/x86_64-sles16.0
	holds "$folder" 6.12.0_160000.5
	[ "$(readlink "$work/agama/linux/suse/x86_64-opensuse-leap16.0")" = x86_64-sles16.0 ] || fail "no link for leap16.0"
	[ "$(value "$folder" UpdateInstaller)" = agama ] || fail "another UpdateInstaller"
	cmp "$work/firmware/acme/nic.bin" "$folder/inst-sys/usr/lib/firmware/updates/acme/nic.bin" || fail "no firmware for the live system"
	[ -z "$(value "$folder" Exec)" ] || fail "an Exec line that nobody reads"
	rpm -qpl "$folder"/install/quicknic-kmp-*.rpm | grep -Fxq "/usr/lib/modules/$SLES16/updates/quick_nic.ko" ||
		fail "weak-modules2 looks in /usr/lib/modules"
	dud 0 --for tumbleweed --kernel "$TW" -n
	has out 'quicknic-kmp-longterm-4.5_beta_k6.17.3_1-1.x86_64.rpm tree rpm$'
	has out 'linux/suse/x86_64-opensuse-tumbleweed/modules/a-raid.ko'
}

# stock KERNEL FILE WORD...: a module of the installer
stock() {
	stock_file=$work/target-$1/lib/modules/$1/kernel/drivers/$2.ko
	stock_kernel=$1 stock_name=$2
	shift 2
	mkdir -p "${stock_file%/*}"
	"$mkko" "$stock_file" "name=$stock_name" license=GPL "vermagic=$stock_kernel SMP preempt mod_unload modversions " "$@"
}

# target KERNEL: an installer's initrd with mii, which needs another module
target() {
	stock "$1" mii depends=phy-core
	stock "$1" phy-core
	: >"$work/target-$1/lib/modules/$1/modules.builtin"
	depmod -b "$work/target-$1" "$1" 2>/dev/null
	(cd "$work/target-$1" && find . | sort | cpio -o -H newc --quiet) | gzip -9n >"$work/target-$1.gz"
}

# verdicts STATUS KERNEL FOR DISK: of its three drivers
verdicts() {
	run "$1" check --for "$3" --initrd "$work/target-$2.gz" "$4"
	if [ "$1" -eq 0 ]; then
		[ "$(grep -c '^loads ' "$work/out")" -eq 3 ] || fail "$4: not three drivers load on $2: $(cat "$work/out")"
	else
		has out '^fails '
	fi
}

# What is written for a kernel loads there by check's rules, in every form, and nowhere else.
test_check() {
	target "$SP6"
	target "$SP5"
	target "$SLES16"
	for format in cpio.gz tar iso fat dir; do
		dud 0 --for sles15 --kernel "$SP6" --initrd "$work/target-$SP6.gz" --format "$format" -o "$work/check.$format"
		verdicts 0 "$SP6" sles15 "$work/check.$format"
		verdicts 3 "$SP5" sles15 "$work/check.$format"
	done
	for format in cpio.gz tar dir; do
		dud 0 --for sles16.0 --format "$format" -o "$work/check16.$format"
		verdicts 0 "$SLES16" sles16.0 "$work/check16.$format"
	done
	run 0 inspect "$work/check.cpio.gz"
	gzip -dc "$work/check.cpio.gz" | cpio -i --quiet --to-stdout '*module.order' >"$work/order"
	awk '{ at[$1] = NR } END { exit !(at["phy-core"] < at["mii"] && at["mii"] < at["quick_nic"]) }' "$work/order" ||
		fail "module.order without what mii needs: $(cat "$work/order")"
	dud 0 --for sles15 --kernel "$SP5" --kernel "$SP6" -o "$work/check.slots"
	verdicts 0 "$SP6" sles15 "$work/check.slots"
}

test_usage
test_check
test_formats
test_links
test_slots
test_condition
test_condition_read_only
test_agama
echo ok
