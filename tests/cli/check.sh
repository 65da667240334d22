#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry check, and what overlay makes of its verdicts: on a made-up initrd and modules that fit it or do not.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

K=6.1.0-56-amd64
MAGIC="$K SMP preempt mod_unload modversions "
LAYOUT=import:module_layout=11111111
export XDG_CACHE_HOME="$work/cache" MODFERRY_LIBEXECDIR="$work/libexec"
unset HOME

# ko FILE WORD...: a module for $K
ko() {
	file=$1
	shift
	mkdir -p "$(dirname "$file")"
	"$MKKO" "$file" "vermagic=$MAGIC" license=GPL "$@"
}

# The target: one stock module, which imports printk and exports of_stock.
initrd_make() {
	ko "$work/root/lib/modules/$K/kernel/drivers/stock.ko" name=stock "$LAYOUT" import:printk=22222222 \
		export:of_stock=55555555 'alias=pci:v00001234d*'
	printf 'kernel/drivers/stock.ko\n' >"$work/root/lib/modules/$K/modules.order"
	printf 'kernel/fs/inner.ko\n' >"$work/root/lib/modules/$K/modules.builtin"
	(cd "$work/root" && find . | sort | cpio -o -H newc --quiet) | gzip -9n >"$work/initrd"
}

check() {
	status=$1
	shift
	run "$status" check --initrd "$work/initrd" --no-headers "$@"
}

# A good one, by itself, in a folder, and in an overlay.
test_good() {
	ko "$work/good/drv.ko" name=drv "$LAYOUT" import:printk=22222222 depends=stock import:of_stock=55555555
	check 0 "$work/good/drv.ko"
	has out '^target: .*kernel 6.1.0-56-amd64 \(x86_64\) with 1 modules'
	has out "^loads +drv +- +$K +unsigned\$"
	check 0 "$work/good"
	mkdir -p "$work/libexec/x86_64"
	cp "$modferry" "$work/libexec/x86_64/modferry-load"
	run 0 overlay --initrd "$work/initrd" --no-headers -o "$work/overlay.cpio.gz" "$work/good"
	check 0 "$work/overlay.cpio.gz"
	has out "^loads +drv "
	run 0 overlay --for generic --format dir -o "$work/overlay" "$work/good"
	has out 'check: not done'
	check 0 "$work/overlay"
}

# Each answer, with what to do.
test_bad() {
	ko "$work/bad/drv.ko" name=drv "$LAYOUT" import:printk=7
	check 3 "$work/bad"
	has out '^fails +drv .*symbol-crc'
	has out 'symbol printk has CRC 0x00000007, the target.s 0x22222222; build it with: dkms build .* -k 6.1.0-56-amd64 \(needs the package linux-headers-6.1.0-56-amd64\)$'
	ko "$work/dep/drv.ko" name=drv "$LAYOUT" depends=gone import:of_gone=1
	check 3 "$work/dep"
	has out 'dependency-missing: needs the module gone'
	has out 'gone.ko of kernel 6.1.0-56-amd64.*SOURCE of overlay'
	printf 'no module' >"$work/bad.ko"
	check 3 "$work/bad.ko"
	has out "^fails +bad +- +$K +malformed\$"
}

# What is not known is said so; a source that knows more decides.
test_unknown() {
	ko "$work/unknown/drv.ko" name=drv "$LAYOUT" import:other=33333333
	check 3 "$work/unknown"
	has out '^unknown +drv .*symbol-unknown'
	has out 'give --symvers or --vmlinuz'
	check 0 --allow-unknown "$work/unknown"
	has err 'warning: .*is not known'
	printf '0x11111111\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n0x33333333\tother\tvmlinux\tEXPORT_SYMBOL\t\n' \
		>"$work/symvers"
	check 0 --symvers "$work/symvers" "$work/unknown"
	gzip -c "$work/symvers" >"$work/symvers.gz"
	check 0 --symvers "$work/symvers.gz" "$work/unknown"
	printf '0x44444444\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n' >"$work/symvers-other"
	check 1 --symvers "$work/symvers-other" "$work/unknown"
	one_message 'check: .*symvers-other: is not of the target.s kernel'
	: >"$work/symvers-empty"
	check 1 --symvers "$work/symvers-empty" "$work/unknown"
	one_message 'check: .*symvers-empty: is empty, expected Module.symvers$'
	check 3 --secure-boot --symvers "$work/symvers" "$work/unknown"
	has out 'unsigned: is not signed, and signatures are enforced there'
}

test_json() {
	check 3 --json "$work/bad"
	python3 - "$work/out" <<-'PYTHON'
		import json, sys
		answer = json.load(open(sys.argv[1]))
		assert answer["modferry_check"] == 1 and answer["verdict"] == "fails"
		driver = answer["drivers"][0]
		assert driver["name"] == "drv" and driver["file"] == "drv.ko" and driver["kernel"] == driver["built_for"] and driver["verdict"] == "fails"
		assert "symbol-crc" in [r["code"] for r in driver["reasons"] if r["weight"] == "fails"]
		assert answer["target"]["kernels"][0]["release"] == "6.1.0-56-amd64" and answer["archive"] == []
	PYTHON
}

# overlay writes nothing that is known not to load, unless told to.
test_overlay() {
	run 1 overlay --initrd "$work/initrd" --no-headers -o "$work/refused.cpio.gz" "$work/bad"
	one_message 'overlay: drv would not load on kernel 6.1.0-56-amd64 of .*: symbol-crc: symbol printk has CRC .*--force'
	[ ! -e "$work/refused.cpio.gz" ] || fail "refused, but written"
	run 0 overlay --initrd "$work/initrd" --no-headers --force -o "$work/forced.cpio.gz" "$work/bad"
	has err 'warning: drv: symbol-crc'
	check 3 "$work/forced.cpio.gz"
	has out '^fails +drv .*symbol-crc'
	run 0 overlay --initrd "$work/initrd" --no-headers -o "$work/unknown.cpio.gz" "$work/unknown"
	has err 'warning: drv: symbol-unknown'
}

# Indexes stand where the target's own are; an installed system's initramfs is not known, so no folder of it is touched.
test_indexes() {
	run 1 overlay --initrd "$work/initrd" --no-headers --indexes --dry-run "$work/good"
	one_message 'overlay: lib/modules/.*: has modules but no module indexes'
	cp -r "$work/root" "$work/system"
	depmod -b "$work/system" "$K" 2>/dev/null
	[ -s "$work/system/lib/modules/$K/modules.dep.bin" ] || fail "depmod wrote no index"
	run 0 overlay --root "$work/system" --no-headers --indexes --dry-run "$work/good"
	has out "^f 0644 lib/modules/$K/modules.dep.bin "
	has out "^l 0777 lib/modules/$K/updates/modferry/drv.ko -> /modferry/d/.*/$K/drv.ko\$"
	has_not out '^d [0-7]* (usr/)?lib(/modules(/[^/]*)?)?$'
	run 0 overlay --root "$work/system" --no-headers --indexes --hook none --dry-run "$work/good"
	has_not out ' modferry/load'
}

# The target is remembered by its identity: a change of the file is seen.
test_cache() {
	[ -n "$(ls "$work/cache/modferry")" ] || fail "nothing in the cache"
	cp -p "$work/initrd" "$work/kept"
	ko "$work/root/lib/modules/$K/kernel/drivers/stock.ko" name=stock "$LAYOUT" import:printk=7
	initrd_again=$( (cd "$work/root" && find . | sort | cpio -o -H newc --quiet) | gzip -9n | tee "$work/initrd" | wc -c)
	[ "$initrd_again" -gt 0 ]
	check 0 "$work/bad"
	cp -p "$work/kept" "$work/initrd"
	check 3 "$work/bad"
	check 3 --no-cache "$work/bad"
	for file in "$work/cache/modferry"/*; do
		printf 'damaged' >"$file"
	done
	check 3 "$work/bad"
}

test_usage() {
	run 2 check "$work/good"
	one_message 'check: no target; name it with --initrd FILE, --iso FILE or --root DIR'
	run 2 check --initrd a --iso b "$work/good"
	one_message 'check: --initrd, --iso and --root: give one of them, once$'
	run 2 check --initrd a --initrd b "$work/good"
	one_message 'check: --initrd, --iso and --root: give one of them, once$'
	check 2
	one_message 'check: give one ARTIFACT'
	check 1 "$work/none"
	one_message 'check: .*/none: No such file or directory'
	mkdir "$work/empty"
	check 1 "$work/empty"
	one_message 'check: .*no kernel module in it, expected an overlay, a folder of modules, a module, or what DKMS built'
	check 1 "$work/symvers"
	one_message 'check: .*symvers: '
	run 1 check --initrd "$work/symvers" "$work/good"
	one_message 'check: .*symvers: '
	check 1 --cert "$work/symvers" "$work/good"
	one_message 'check: .*symvers: no X.509 certificate in it, expected DER or PEM'
	run 2 overlay --for generic --hook none -o "$work/none" "$work/good"
	one_message 'overlay: --hook none leaves the loader out'
	run 2 overlay --for generic --indexes -o "$work/none" "$work/good"
	one_message 'overlay: --indexes merges the module indexes of the target'
	# drivers of another kernel than the target's
	mkdir -p "$work/other"
	"$MKKO" "$work/other/drv.ko" 'vermagic=5.0 SMP ' name=drv license=GPL
	run 0 overlay --for generic -o "$work/other.cpio.gz" "$work/other"
	check 3 "$work/other.cpio.gz"
	one_message 'check: .*has no driver for a kernel of .*\(it has them for: 5.0\); build it with: dkms build .* -k 6.1.0-56-amd64 \(needs the package linux-headers-6.1.0-56-amd64\)$'
	run 3 check --initrd "$work/initrd-nothing" "$work/good"
	one_message 'check: .*initrd-nothing: has no modules of any kernel, .*--vmlinuz$'
	# a manifest that lists what is not there
	cp -r "$work/overlay" "$work/overlay-less"
	find "$work/overlay-less" -name drv.ko -delete
	check 1 "$work/overlay-less"
	one_message 'check: .*/overlay-less: modferry/d/.*/manifest lists .*/drv.ko, which is not there; make the overlay anew$'
}

# Each kernel that is asked for is judged, or said not to be.
test_kernels() {
	K2=6.1.0-57-amd64
	mkdir "$work/two-kernels"
	for k in "$K" "$K2"; do
		mkdir -p "$work/two-kernels/lib/modules/$k/kernel"
		"$MKKO" "$work/two-kernels/lib/modules/$k/kernel/stock.ko" name=stock license=GPL \
			"vermagic=$k SMP preempt mod_unload modversions " "$LAYOUT" import:printk=22222222 export:of_stock=55555555
	done
	(cd "$work/two-kernels" && find . | sort | cpio -o -H newc --quiet) >"$work/initrd-two"
	run 0 check --initrd "$work/initrd-two" --no-headers "$work/good"
	has out "^loads +drv +- +$K +unsigned\$"
	has out "^loads +drv +- +$K2 +unsigned,other-release\$"
	run 0 check --initrd "$work/initrd-two" --no-headers -k "$K" -k "$K2" "$work/good"
	has out "^loads +drv +- +$K2 +unsigned,other-release\$"
	run 0 check --initrd "$work/initrd-two" --no-headers -k "$K2" "$work/good"
	has_not out "^loads +drv +- +$K "
	run 3 check --initrd "$work/initrd-two" --no-headers -k "$K" -k 6.9 "$work/good"
	one_message 'check: --kernel 6.9: .*initrd-two has no modules of that kernel$'
	run 3 check --initrd "$work/initrd-two" --no-headers -k "$K" -k "$K2" "$work/overlay"
	one_message "check: .*overlay: has no driver for kernel $K2 of .*initrd-two \\(it has them for: $K\\); build it with: "
}

# One kernel alone that the initrd has no modules of is refused; of several it is said. Two files are two targets.
test_overlay_kernels() {
	"$MKKO" "$work/other.ko" 'vermagic=5.0 SMP ' name=drv license=GPL
	run 1 overlay --initrd "$work/initrd" --no-headers -k 5.0 -o "$work/wrong" "$work/good" "$work/other.ko"
	one_message "overlay: .*initrd: has modules of kernel $K, not of 5.0; give the initrd of that kernel, or .*--force\$"
	run 0 overlay --initrd "$work/initrd" --no-headers -k 5.0 --force -o "$work/wrong" "$work/good" "$work/other.ko"
	has err "warning: .*initrd: has modules of kernel $K, not of 5.0, so the drivers for it are not checked"
	run 0 overlay --initrd "$work/initrd" --no-headers -k 5.0 -k "$K" -o "$work/wrong" "$work/good" "$work/other.ko"
	has err "warning: .*initrd: has modules of kernel $K, not of 5.0, so the drivers for it are not checked"
	run 3 check --initrd "$work/initrd" --no-headers -k 5.0 "$work/good"
	one_message 'check: --kernel 5.0: .*initrd has no modules of that kernel'
	cp "$work/initrd" "$work/another"
	run 2 overlay --initrd "$work/initrd" --append-to "$work/another" -o "$work/joined" "$work/good"
	one_message 'overlay: --initrd .*initrd and --append-to .*another are two files; leave out --initrd: '
	ln -sf initrd "$work/same"
	run 0 overlay --initrd "$work/initrd" --append-to "$work/same" --no-headers -o "$work/joined" "$work/good"
	mkdir -p "$work/later/lib/modules/6.9/kernel"
	"$MKKO" "$work/later/lib/modules/6.9/kernel/stock.ko" name=stock 'vermagic=6.9 SMP '
	(cd "$work/later" && find . | sort | cpio -o -H newc --quiet) >"$work/initrd-later"
	rm "$work/joined"
	run 1 overlay --root "$work/root" --no-headers --append-to "$work/initrd-later" -o "$work/joined" "$work/good"
	one_message "overlay: --append-to .*initrd-later: has modules of kernel 6.9, .*root of $K; append to "
	[ ! -e "$work/joined" ] || fail "refused, but written"
	run 0 overlay --root "$work/root" --no-headers --append-to "$work/initrd" -o "$work/joined" "$work/good"
}

# udev, which alone would load them, obeys modprobe.d; and what is not checked is said.
test_overlay_alone() {
	mkdir -p "$work/listed/etc/modprobe.d"
	cp -r "$work/root/lib" "$work/listed"
	depmod -b "$work/listed" "$K" 2>/dev/null
	(cd "$work/listed" && find . | sort | cpio -o -H newc --quiet) >"$work/initrd-indexed"
	echo 'blacklist drv' >"$work/listed/etc/modprobe.d/drv.conf"
	(cd "$work/listed" && find . | sort | cpio -o -H newc --quiet) >"$work/initrd-listed"
	run 1 overlay --initrd "$work/initrd-listed" --no-headers --hook none --indexes -o "$work/none" "$work/good"
	one_message 'overlay: drv would not load on .*: blacklisted: .*udev obeys'
	run 0 overlay --initrd "$work/initrd-listed" --no-headers --indexes -o "$work/some" "$work/good"
	run 0 overlay --initrd "$work/initrd-indexed" --no-headers --hook none --indexes -o "$work/some" "$work/good"
	mkdir -p "$work/nothing"
	(cd "$work/nothing" && find . | cpio -o -H newc --quiet) >"$work/initrd-nothing"
	run 0 overlay --initrd "$work/initrd-nothing" -o "$work/some" "$work/good"
	has out '^check: not done, as the target has no modules of the drivers. kernel'
	has err 'warning: .*initrd-nothing: has no modules of any kernel, so the drivers are not checked; is it the right initrd'
	run 0 overlay --initrd "$work/overlay.cpio.gz" -k "$K" -o "$work/some" "$work/good"
	has err 'warning: .*overlay.cpio.gz: has no modules of any kernel but those of an overlay, so'
}

# Of two modules of one name the kernel takes the first.
test_twins() {
	mkdir -p "$work/twins/sub"
	cp "$work/good/drv.ko" "$work/twins/drv.ko"
	cp "$work/good/drv.ko" "$work/twins/sub/drv.ko"
	check 3 "$work/twins"
	has out '^fails +drv: name-shadowed: drv.ko, loaded before it, .*; leave one of the two out$'
	[ "$(grep -c '^loads ' "$work/out")" -eq 1 ] || fail "not one of the twins loads"
	"$MKKO" "$work/twins/drv.ko" 'vermagic=5.0 SMP ' name=drv license=GPL
	check 3 "$work/twins"
	has_not out name-shadowed
}

# Any number of files is sorted in no time, in whatever order they come.
test_many() {
	python3 - >"$work/many" <<-'PYTHON'
		import sys
		def entry(name, mode):
		    text = ("070701" + "%08X" * 13) % (1, mode, 0, 0, 1, 0, 0, 0, 0, 0, 0, len(name) + 1, 0) + name + "\0"
		    sys.stdout.write(text + "\0" * (-len(text) % 4))
		for i in range(200000):
		    entry("%06d.ko" % i, 0o100644)
		entry("TRAILER!!!", 0)
	PYTHON
	code=0
	timeout 10 "$modferry" check --initrd "$work/initrd" --no-headers "$work/many" >"$work/out" 2>"$work/err" || code=$?
	[ "$code" -eq 3 ] || fail "status $code for many files"
	one_message 'check: .*many: has no driver for a kernel of .*\(it has them for: none known\)'
}

# framework_make NAME PATH: the target again as an initrd with that file
framework_make() {
	rm -rf "$work/framed"
	cp -r "$work/root" "$work/framed"
	mkdir -p "$work/framed/$(dirname "$2")"
	: >"$work/framed/$2"
	(cd "$work/framed" && find . | sort | cpio -o -H newc --quiet) >"$work/initrd-$1"
}

# A hook starts the loader in its own framework only: nothing else is promised.
test_hooks() {
	framework_make debian-installer lib/debian-installer-startup.d/S01x
	framework_make dracut usr/lib/dracut/x
	framework_make initramfs-tools conf/initramfs.conf
	for hook in debian-installer dracut initramfs-tools systemd; do
		run 0 overlay --for generic --hook "$hook" -o "$work/hook" "$work/good"
		run 3 check --initrd "$work/initrd" --no-headers "$work/hook"
		has out "^unknown +drv: placement: the hook in it is for $hook, and nothing of that was found"
		for framework in debian-installer dracut initramfs-tools; do
			target=$work/initrd-$framework
			if [ "$framework" = "$hook" ]; then
				run 0 overlay --initrd "$target" --no-headers --hook "$hook" -o "$work/hooked" "$work/good"
				has out "^start: by the $hook hook in it"
				run 0 check --initrd "$target" --no-headers "$work/hooked"
				has out '^loads +drv '
				continue
			fi
			run 1 overlay --initrd "$target" --no-headers --hook "$hook" -o "$work/refused" "$work/good"
			one_message "overlay: --hook $hook: nothing runs it in .*, which is of $framework; .* with --force\$"
			[ ! -e "$work/refused" ] || fail "refused, but written"
			run 3 check --initrd "$target" --no-headers "$work/hook"
			has out "^fails +drv: placement: the hook in it is for $hook, the initramfs there is of $framework, .*; make "
		done
	done
	run 0 overlay --initrd "$work/initrd-dracut" --no-headers --hook systemd --force -o "$work/forced" "$work/good"
	has err 'warning: drv: placement: '
	has out '^start: not by its hook'
	has_not out 'start: by the systemd'
	# through module indexes udev finds them, whatever the hook
	depmod -b "$work/framed" "$K" 2>/dev/null
	(cd "$work/framed" && find . | sort | cpio -o -H newc --quiet) >"$work/initrd-both"
	run 0 overlay --initrd "$work/initrd-both" --no-headers --hook dracut --force --indexes -o "$work/both" "$work/good"
	[ ! -s "$work/err" ] || fail "warns though the indexes do it"
	run 0 check --initrd "$work/initrd-both" --no-headers "$work/both"
	has out '^loads +drv '
}

# What DKMS built is judged for the kernel it was built for, in its tree, a package's folder and a tarball.
test_dkms() {
	built=$work/dkms/upd/1
	ko "$built/$K/x86_64/module/drv.ko" name=drv "$LAYOUT" import:printk=22222222
	mkdir -p "$built/5.0/x86_64/module" "$built/source"
	touch "$built/source/dkms.conf"
	"$MKKO" "$built/5.0/x86_64/module/drv.ko" 'vermagic=5.0 SMP ' name=drv license=GPL
	for artifact in "$work/dkms" "$built" "$work/dkms/upd"; do
		run 0 check --initrd "$work/initrd-two" --no-headers -k "$K" "$artifact"
		has out "^loads +drv +- +$K +unsigned\$"
		[ "$(grep -c '^loads' "$work/out")" -eq 1 ] || fail "$artifact: not one driver is judged"
	done
	run 3 check --initrd "$work/initrd-later" --no-headers "$work/dkms"
	one_message 'check: .*dkms: has no driver for .*; build it with: dkms build upd/1 -k 6.9 '
	mkdir -p "$work/tarball/dkms_main_tree/$K/x86_64"
	cp -r "$built/$K/x86_64/module" "$work/tarball/dkms_main_tree/$K/x86_64"
	tar -czf "$work/upd-1.dkms.tar.gz" -C "$work/tarball" dkms_main_tree
	run 0 check --initrd "$work/initrd-two" --no-headers -k "$K" "$work/upd-1.dkms.tar.gz"
	has out "^loads +drv +- +$K +unsigned\$"
}

# What a target calls itself reaches no terminal as it is.
test_visible() {
	red=$(printf '6.1\033red')
	mkdir -p "$work/red/lib/modules/$red/kernel"
	cp "$work/root/lib/modules/$K/kernel/drivers/stock.ko" "$work/red/lib/modules/$red/kernel"
	(cd "$work/red" && find . | sort | cpio -o -H newc --quiet) >"$work/initrd-red"
	run 0 check --initrd "$work/initrd-red" --no-headers "$work/bad"
	has out '^target: .*kernel 6.1.x1bred '
}

initrd_make
test_good
test_bad
test_twins
test_unknown
test_json
test_overlay
test_hooks
test_overlay_kernels
test_indexes
test_overlay_alone
test_cache
test_usage
test_kernels
test_dkms
test_many
test_visible
