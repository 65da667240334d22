#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry inspect: driver disks and packages made by rpmbuild, rpmsign, xorriso, cpio, tar and dpkg-deb themselves.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
mkko=${MKKO:-$here/../../build/obj/tools/mkko}
kernel=5.14.0-427.13.1.el9_4.x86_64
export HOME="$work/home" TMPDIR="$work/tmp" GNUPGHOME="$work/g"
mkdir -p "$HOME" "$TMPDIR" "$work/root/lib/firmware" "$work/root/etc" "$work/root/lib/modules/$kernel/extra"
mkdir -m 0700 "$GNUPGHOME"
trap 'gpgconf --kill all >/dev/null 2>&1 || :; rm -rf "$work"' EXIT

make_files() {
	for module in plain packed; do
		"$mkko" "$work/root/lib/modules/$kernel/extra/$module.ko" "name=$module" version=2.5 \
			"vermagic=$kernel SMP preempt mod_unload modversions " license=GPL
	done
	xz --check=crc32 "$work/root/lib/modules/$kernel/extra/packed.ko"
	echo 'no module' >"$work/root/lib/modules/$kernel/extra/odd.ko"
	printf 'firmware' >"$work/root/lib/firmware/plain.bin"
	echo 'override plain *' >"$work/root/etc/plain.conf"
}

# build PAYLOAD: an RPM of all files
build() {
	cat >"$work/kmod.spec" <<-END
		Name: kmod-plain
		Version: 2.5
		Release: 1.el9
		Summary: Plain drivers
		License: GPL-2.0-only
		BuildArch: noarch
		Provides: kernel-modules = $kernel
		Provides: installer-enhancement = 19.0
		%description
		Drivers.
		%install
		cp -r $work/root/* %{buildroot}/
		%post
		exit 0
		%files
		/lib
		/etc/plain.conf
	END
	rpmbuild --quiet -bb --define "_topdir $work/top" --define "_binary_payload $1" \
		--define '__os_install_post %{nil}' --define '_build_id_links none' "$work/kmod.spec" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		fail 'rpmbuild failed'
	}
	rpm=$(find "$work/top/RPMS" -name '*.rpm')
}

test_payloads() {
	for payload in w1.gzdio w1.xzdio w1.zstdio w1.bzdio; do
		build "$payload"
		run 0 inspect "$rpm"
		has out "^kmod-plain-2.5-1.el9.noarch +packed +$kernel +x86_64 +2\\.5 +unsigned +xz +lib/modules/$kernel/extra/packed.ko.xz\$"
		has out '^kmod-plain-2.5-1.el9.noarch .* 3 +1 +1 +post +kmod-plain-2.5-1.el9.noarch.rpm$'
	done
}

sign() {
	gpg --batch --quiet --passphrase '' --quick-generate-key 'Driver Test <test@example.org>' rsa2048 sign never
	key=$(gpg --batch --quiet --no-auto-check-trustdb --with-colons --list-keys | awk -F: '$1 == "pub" { print tolower($5) }')
	rpmsign --define "__gpg $(command -v gpg)" --define "_gpg_name Driver Test" --addsign "$rpm" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		fail "rpmsign failed"
	}
}

test_disk() {
	mkdir -p "$work/disk/rpms/x86_64/repodata" "$work/outer"
	printf 'Driver Update Disk version 3' >"$work/disk/rhdd3"
	cp "$rpm" "$work/disk/rpms/x86_64/"
	echo '<repomd/>' >"$work/disk/rpms/x86_64/repodata/repomd.xml"
	echo 'no package' >"$work/disk/rpms/x86_64/bad.rpm"
	xorriso -as mkisofs -quiet -R -J -V OEMDRV -o "$work/dd.iso" "$work/disk" >/dev/null 2>&1
	for disk in "$work/dd.iso" "$work/disk"; do
		run 0 inspect "$disk"
		has out '^rpms/x86_64 +x86_64 +2 +yes$'
		has out "^kmod-plain-2.5-1.el9.noarch +$key +.*kernel-modules = $kernel.* +3 +1 +1 +post +rpms/x86_64/kmod"
		has out "^kmod-plain-2.5-1.el9.noarch +plain +$kernel +x86_64 +2.5 +unsigned +none +lib/modules/$kernel/extra/plain.ko\$"
		has out "^kmod-plain-2.5-1.el9.noarch +packed +$kernel +x86_64 +2.5 +unsigned +xz +"
		has out '^kmod-plain-2.5-1.el9.noarch +lib/firmware/plain.bin +8$'
		has out '^malformed .* rpms/x86_64/bad.rpm$'
		has err 'warning: rpms/x86_64/bad.rpm: is no RPM'
		has err 'extra/odd.ko: no module: not an ELF file'
	done
	cp "$work/dd.iso" "$work/outer/drivers.ISO"
	xorriso -as mkisofs -quiet -R -V STICK -o "$work/outer.iso" "$work/outer" >/dev/null 2>&1
	run 0 inspect "$work/outer.iso"
	has out '^drivers.ISO +iso9660 +OEMDRV +long'
	has out '^drivers.ISO: rpms/x86_64 +x86_64 +2 +yes$'
	[ -z "$(ls -A "$TMPDIR")" ] || fail 'copies are left behind'
}

test_json() {
	run 0 inspect --json "$work/outer.iso"
	python3 - "$work/out" "$kernel" "$key" <<-'END'
		import json, sys
		document = json.load(open(sys.argv[1]))
		outer, inner = document["disks"]
		assert (outer["label"], inner["label"]) == ("STICK", "OEMDRV"), document
		assert inner["repositories"][0]["metadata"] is True
		bad, good = inner["packages"]
		assert bad["malformed"] and "name" not in bad
		assert good["key"] == sys.argv[3], good["key"]
		assert {"name": "kernel-modules", "sense": "=", "version": sys.argv[2]} in good["provides"]
		modules = {module["name"]: module for module in good["modules"]}
		assert modules["packed"]["compression"] == "xz" and modules["plain"]["kernel"] == sys.argv[2]
		assert modules["odd.ko"]["malformed"]
		assert good["firmware"] == [{"path": "lib/firmware/plain.bin", "size": 8}]
		assert len(document["warnings"]) == 2, document["warnings"]
	END
}

# ko FILE NAME: a module for SUSE's kernel
ko() {
	"$mkko" "$1" "name=$2" version=2.5 "vermagic=$suse SMP preempt mod_unload modversions " license=GPL
}

# A disk for linuxrc: two slots, an unlisted module, one of the installer's own, a KMP, a link for another product.
suse_tree() {
	suse=6.4.0-150600.21-default
	first=$work/suse/linux/suse/x86_64-sles15
	second=$work/suse/02/linux/suse/x86_64-sles15
	mkdir -p "$first/modules" "$first/install" "$second/modules" "$work/suse/10/linux/suse/x86_64-sles15"
	ln -s x86_64-sles15 "$work/suse/linux/suse/x86_64-sled15"
	printf 'UpdateID:\t"driver-1"\nupdatename = Drivers of a test\n' >"$first/dud.config"
	ko "$first/modules/late.ko" late
	ko "$first/modules/early.ko" early
	ko "$first/modules/more.ko" more
	xz -k --check=crc32 "$first/modules/late.ko" # which linuxrc takes first
	printf 'scsi_mod\nearly\nlate.ko.xz\n' >"$first/modules/module.order"
	cp "$rpm" "$first/install/"
	tar -C "$work/root" -czf "$first/install/update.tar.gz" lib
	ko "$second/modules/early.ko" early
	echo 'no module' >"$second/modules/bad.ko"
}

test_suse() {
	(cd "$work/suse" && find . | cpio -o -H newc --quiet) | gzip -9 >"$work/suse.dud"
	(cd "$work/suse" && find . | cpio -o -H newc --quiet) | xz --check=crc32 >"$work/suse.xz"
	tar -C "$work/suse" -cf "$work/suse.tar" linux 02 10
	xorriso -as mkisofs -quiet -R -V OEMDRV -o "$work/suse.iso" "$work/suse" >/dev/null 2>&1
	for disk in "$work/suse" "$work/suse.dud" "$work/suse.xz" "$work/suse.tar" "$work/suse.iso"; do
		run 0 inspect "$disk"
		has out '^linux/suse/x86_64-sles15 +driver-1 +Drivers of a test +yes +4 +1 +yes$'
		has out '^linux/suse/x86_64-sled15 -> x86_64-sles15 +- +- '
		has out '^02/linux/suse/x86_64-sles15 +- +- +no +2 +0 +no$'
		has out '^linux/suse/x86_64-sles15 +1 +scsi_mod +- +- +- +- +- +-$'
		has out "^linux/suse/x86_64-sles15 +2 +early +$suse +x86_64 +2.5 +unsigned +none +linux/suse/.*/early.ko\$"
		has out "^linux/suse/x86_64-sles15 +3 +late +$suse +x86_64 +2.5 +unsigned +xz +linux/suse/.*/late.ko.xz\$"
		has out "^linux/suse/x86_64-sles15 +- +more +$suse "
		has out '^kmod-plain-2.5-1.el9.noarch .* linux/suse/x86_64-sles15/install/'
		has err 'warning: 02/linux/suse/x86_64-sles15: has no modules/module.order'
		has err 'warning: 02/linux/suse/x86_64-sles15/modules/bad.ko: no module: '
	done
	run 0 inspect --json "$work/suse.dud"
	python3 - "$work/out" <<-'END'
		import json, sys
		disk = json.load(open(sys.argv[1]))["disks"][0]
		assert disk["container"] == "cpio", disk["container"]
		updates = {update["path"]: update for update in disk["updates"]}
		assert updates["linux/suse/x86_64-sles15"]["id"] == "driver-1"
		assert updates["linux/suse/x86_64-sled15"]["target"] == "x86_64-sles15"
		assert [u["path"] for u in disk["updates"]] == [
			"linux/suse/x86_64-sled15", "linux/suse/x86_64-sles15", "02/linux/suse/x86_64-sles15",
			"10/linux/suse/x86_64-sles15"], updates
		order = [(m["name"], m["order"]) for m in disk["modules"] if m["update"] == "linux/suse/x86_64-sles15"]
		assert order == [("scsi_mod", 1), ("early", 2), ("late", 3), ("late", None), ("more", None)], order
		malformed = {m["path"] for m in disk["modules"] if m.get("malformed")}
		assert malformed == {"02/linux/suse/x86_64-sles15/modules/bad.ko"}, malformed
	END
}

# As mkdud --format rpm: the tree is the package's root.
test_suse_rpm() {
	cat >"$work/dud.spec" <<-END
		Name: dud
		Version: 1.0
		Release: 0
		Summary: Driver Update
		License: none
		BuildArch: noarch
		%description
		Driver Update
		%install
		cp -a $work/suse/* %{buildroot}/
		%files
		/
	END
	rpmbuild --quiet -bb --define "_topdir $work/dudtop" --define '__os_install_post %{nil}' \
		--define '_build_id_links none' "$work/dud.spec" >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		fail 'rpmbuild failed'
	}
	run 0 inspect "$work/dudtop/RPMS/noarch/dud-1.0-0.noarch.rpm"
	has out 'dud-1.0-0.noarch.rpm +rpm +- +long'
	has out '^linux/suse/x86_64-sles15 +driver-1 +Drivers of a test +yes +4 +1 +yes$'
	has out "^02/linux/suse/x86_64-sles15 +- +early +$suse "
}

# deb COMPRESSION NAME: a package of all files, for dpkg
deb() {
	rm -rf "$work/deb"
	mkdir -p "$work/deb/DEBIAN"
	cp -r "$work/root/lib" "$work/deb/"
	cat >"$work/deb/DEBIAN/control" <<-END
		Package: $2
		Version: 1:2.5-1
		Architecture: amd64
		Maintainer: Driver Test <test@example.org>
		Kernel-Version: $kernel
		Description: drivers
	END
	dpkg-deb --root-owner-group "-Z$1" -b "$work/deb" "$work/debian/debian-drivers/$2.udeb" >"$work/log"
}

test_debian() {
	mkdir -p "$work/debian/debian-drivers"
	deb gzip one
	deb xz two
	echo 'no package' >"$work/debian/debian-drivers/bad.deb"
	truncate -s 4M "$work/debian.img"
	mkfs.fat -n OEMDRV "$work/debian.img" >"$work/log"
	mcopy -s -i "$work/debian.img" "$work/debian/debian-drivers" ::
	tar -C "$work/debian" -cf "$work/debian.tar" debian-drivers
	for disk in "$work/debian" "$work/debian.img" "$work/debian.tar"; do
		run 0 inspect "$disk"
		has out "^one_1:2.5-1_amd64 +$kernel +control.tar.gz +data.tar.gz +3 +1 +0 +debian-drivers/one.udeb\$"
		has out "^two_1:2.5-1_amd64 +$kernel +control.tar.xz +data.tar.xz +3 +1 +0 +debian-drivers/two.udeb\$"
		has out "^one_1:2.5-1_amd64 +packed +$kernel +x86_64 +2.5 +unsigned +xz +lib/modules/$kernel/extra/packed.ko.xz\$"
		has out '^one_1:2.5-1_amd64 +lib/firmware/plain.bin +8$'
		has out '^malformed .* debian-drivers/bad.deb$'
		has err 'warning: debian-drivers/bad.deb: is no Debian package'
		has err 'warning: debian-drivers/one.udeb: lib/modules/.*/odd.ko: no module: '
	done
	run 0 inspect --json "$work/debian/debian-drivers/two.udeb"
	python3 - "$work/out" "$kernel" <<-'END'
		import json, sys
		disk = json.load(open(sys.argv[1]))["disks"][0]
		package, = disk["debs"]
		assert disk["container"] == "deb" and package["control"] == "control.tar.xz"
		assert package["kernel_version"] == sys.argv[2] and package["arch"] == "amd64"
		assert sorted(module["name"] for module in package["modules"]) == ["odd.ko", "packed", "plain"]
	END
}

# An initrd is one, also with a driver update at its end.
test_initrd() {
	mkdir -p "$work/initrd/usr/lib" "$work/initrd/linux"
	cp -r "$work/suse/linux/suse" "$work/initrd/linux/"
	(cd "$work/initrd" && printf 'usr\nusr/lib\nlinux\n' && find linux/suse) >"$work/list"
	(cd "$work/initrd" && cpio -o -H newc --quiet <"$work/list") | gzip >"$work/initrd.gz"
	run 0 inspect "$work/initrd.gz"
	has_not out '^UPDATE '
	has out 'linux/suse/x86_64-sles15/dud.config'
}

test_failures() {
	mkdir "$work/empty"
	run 3 inspect "$work/empty"
	one_message 'inspect: .*/empty: has no packages .* and no modules on it'
	run 2 inspect --segments "$work/dd.iso"
	one_message 'inspect: .*dd.iso: --segments is for initrds'
	start=$(LC_ALL=C grep -abo -m 1 "$(printf '\355\253\356\333')" "$work/dd.iso" | head -n 1 | cut -d: -f1)
	head -c $((start + 2048)) "$work/dd.iso" >"$work/cut.iso"
	run 1 inspect "$work/cut.iso"
	one_message 'inspect: .*cut.iso: damaged'
	printf 'x%.0s' $(seq 300) >>"$rpm"
	head -c -400 "$rpm" >"$work/cut.rpm"
	run 0 inspect "$work/cut.rpm"
	has err 'warning: cut.rpm: payload damaged'
}

make_files
test_payloads
sign
test_disk
test_json
suse_tree
test_suse
test_suse_rpm
test_debian
test_initrd
test_failures
echo "inspect-disk: ok"
