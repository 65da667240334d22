#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry inspect: driver disks and packages made by rpmbuild, rpmsign and xorriso themselves.
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
test_failures
echo "inspect-disk: ok"
