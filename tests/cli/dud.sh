#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry dud: disks, packages and repositories of a DKMS tree for three releases of Enterprise Linux.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
EL8=4.18.0-553.el8_10.x86_64
EL9=5.14.0-427.13.1.el9_4.x86_64
EL9_NEXT=5.14.0-503.11.1.el9_5.x86_64
EL10=6.12.0-55.9.1.el10_0.x86_64
export XDG_CACHE_HOME="$work/cache"

# build PACKAGE VERSION KERNEL ARCH MODULE KEY=VALUE...
build() {
	folder=$work/tree/$1/$2/$3/$4/module
	mkdir -p "$folder" "$work/tree/$1/$2/source"
	touch "$work/tree/$1/$2/source/dkms.conf"
	package_kernel=$3 package_arch=$4 module=$5 version=$2
	shift 5
	"$MKKO" "$folder/$module.ko" "arch=$package_arch" "name=$module" "version=$version" "license=GPL" \
		"vermagic=$package_kernel SMP mod_unload modversions " "$@"
}

for kernel in $EL8 $EL9 $EL9_NEXT $EL10; do
	build fastraid 1.2.3 "$kernel" x86_64 fastraid 'alias=pci:v00001AF4d00001001sv*sd*bc*sc*i*' \
		import:module_layout=1234 import:scsi_add_host=cafe
	build quicknic 4.5-beta "$kernel" x86_64 quick-nic 'alias=pci:v00008086d0000100Esv*sd*bc*sc*i*' \
		import:module_layout=1234 import:register_netdev=beef
done
build fastraid 1.2.3 "${EL9%.x86_64}.aarch64" aarch64 fastraid 'alias=of:N*T*Cvendor,raid'

dud() {
	dud_status=$1
	shift
	run "$dud_status" dud --dkms-tree "$work/tree" "$@"
}

# refuses STATUS TEXT ARGUMENT...: one message, and no file
refuses() {
	refuses_status=$1 refuses_text=$2
	shift 2
	dud "$refuses_status" -o "$work/none" "$@"
	one_message "dud: $refuses_text"
	[ ! -e "$work/none" ] || fail "a file was left behind: $*"
}

# unpack IMAGE: the files of an ISO, below $work/disk
unpack() {
	rm -rf "$work/disk"
	mkdir "$work/disk"
	xorriso -osirrox on -indev "$1" -extract / "$work/disk" >"$work/xorriso" 2>&1 || {
		cat "$work/xorriso" >&2
		fail "xorriso does not read $1"
	}
	chmod -R u+w "$work/disk"
}

# names FOLDER: "NAME VERSION-RELEASE ARCH" of each RPM there
names() {
	for file in "$1"/*.rpm; do
		rpm -qp --qf '%{NAME} %{VERSION}-%{RELEASE} %{ARCH}\n' "$file"
	done | sort
}

test_usage() {
	run 2 dud --for rhel9 "$work/tree"
	one_message 'dud: no output; name a file with -o FILE'
	refuses 2 'no target; name it with --for NAME'
	refuses 2 '--for rhel99: unknown target' --for rhel99
	refuses 2 '--for RHEL9: unknown target, expected one of: .*rhel9' --for RHEL9
	refuses 2 '--for generic: has no installer that reads driver disks' --for generic
	refuses 2 '--for sles15: linuxrc reads no --format cpio.zst; expected one of: iso, ' --for sles15 --format cpio.zst
	refuses 2 '--for sles16.0: agama reads no --format iso; ' --for sles16.0 --format iso
	refuses 2 '--for debian12: debian-installer reads no --format rpm; expected one of: .*deb' --for debian12 --format rpm
	refuses 2 '--for ubuntu24.04: subiquity reads no --format udeb; ' --for ubuntu24.04 --format udeb
	refuses 2 '--for rhel9: anaconda reads no --format deb' --for rhel9 --format deb
	refuses 2 '--format repo: debian12 and rhel9 take packages of different kinds' --for debian12 --for rhel9 --format repo
	refuses 2 '--format floppy: unknown, it may be iso, fat, ' --for rhel9 --format floppy
	refuses 2 '--match newest: unknown, it may be exact or minimum' --for rhel9 --match newest
	refuses 2 '--jobs: may be 1 to 256' --for rhel9 --jobs 0
}

# Nothing to carry is a no, not an empty disk.
test_nothing() {
	mkdir "$work/empty"
	run 3 dud --for rhel9 -o "$work/none" "$work/empty"
	one_message 'dud: .*empty'
	refuses 3 'no driver is built for a kernel of fedora .*there are builds for: .*el9_4.*dkms build' --for fedora
	refuses 3 'no driver is built for a kernel of fedora' --for rhel9 --for fedora
	refuses 3 'no driver fits --only nosuch' --for rhel9 --only nosuch
	refuses 3 'no built driver for s390x found' --for rhel9 --arch s390x
	refuses 3 '.*5\.14\.0-999\.el9\.x86_64.*dkms build' --for rhel9 --kernel 5.14.0-999.el9.x86_64
}

test_disk() {
	dud 0 --for rhel9 --arch x86_64 -o "$work/el9.iso"
	has out "^$work/el9\.iso: [0-9]* bytes\$"
	has out "^  fastraid 1\.2\.3 for $EL9 \(x86_64\), sha256 [0-9a-f]{12}"
	has out "^  quick_nic 4\.5-beta for $EL9_NEXT"
	has out '^match: exact'
	has out '^use: .*OEMDRV'
	has_not out 'el8'
	[ "$(blkid -p -s LABEL -o value "$work/el9.iso")" = OEMDRV ] || fail "the label is not OEMDRV"
	[ "$(blkid -p -s TYPE -o value "$work/el9.iso")" = iso9660 ] || fail "no ISO 9660"
	unpack "$work/el9.iso"
	[ "$(cat "$work/disk/rhdd3")" = "Driver Update Disk version 3" ] || fail "no marker"
	cat >"$work/expected" <<-EOF
	kmod-fastraid-$EL9 1.2.3-1 x86_64
	kmod-fastraid-$EL9_NEXT 1.2.3-1 x86_64
	kmod-quicknic-$EL9 4.5_beta-1 x86_64
	kmod-quicknic-$EL9_NEXT 4.5_beta-1 x86_64
	EOF
	names "$work/disk/rpms/x86_64" | diff "$work/expected" - || fail "other packages than expected"
	for rpm in "$work"/disk/rpms/x86_64/*.rpm; do
		rpm -K --nosignature "$rpm" >"$work/out" || fail "$rpm: rpm -K does not take it"
	done
	zcat "$work"/disk/rpms/x86_64/repodata/*primary.xml.gz | grep -q 'packages="4"' || fail "repodata lacks packages"
}

test_releases_and_machines() {
	dud 0 --for rhel8 --for rocky9 --for rhel10 -o "$work/all.iso"
	unpack "$work/all.iso"
	[ "$(names "$work/disk/rpms/x86_64" | wc -l)" -eq 8 ] || fail "not eight packages for x86_64"
	[ "$(names "$work/disk/rpms/aarch64")" = "kmod-fastraid-${EL9%.x86_64}.aarch64 1.2.3-1 aarch64" ] ||
		fail "not the one package for aarch64"
	dud 0 --for rhel9 --for alma9 --kernel "$EL9" --only fastraid -o "$work/one.iso"
	unpack "$work/one.iso"
	[ "$(names "$work/disk/rpms/x86_64")" = "kmod-fastraid-$EL9 1.2.3-1 x86_64" ] || fail "more than was asked for"
}

# What anaconda looks at, and what it is told with --match and --abi-requires.
test_provides() {
	dud 0 --for rhel9 --kernel "$EL9" --only fastraid --format rpm -o "$work/exact.rpm"
	rpm -qp --provides "$work/exact.rpm" >"$work/out"
	has out "^kernel-modules = $EL9\$"
	has out '^kmod\(fastraid\.ko\)$'
	has out '^kmod-fastraid = 1\.2\.3-1$'
	has out '^modalias\(pci:v00001AF4d00001001sv\*sd\*bc\*sc\*i\*\) = 1\.2\.3$'
	rpm -qp --requires "$work/exact.rpm" >"$work/out"
	has_not out 'kernel\('
	dud 0 --for rhel9 --kernel "$EL9" --only fastraid --format rpm --match minimum --abi-requires -o "$work/min.rpm"
	has err 'dud: warning: --match minimum: .*later kernel'
	has_not err 'of them anaconda loads is not defined'
	has_not out '^match: exact'
	rpm -qp --provides "$work/min.rpm" >"$work/out"
	has out "^kernel-modules >= $EL9\$"
	rpm -qp --requires "$work/min.rpm" >"$work/out"
	has out '^kernel\(scsi_add_host\) = 0x0000cafe$'
	dud 0 --for rhel8 --for rhel9 --match minimum -n
	has err 'warning: --match minimum: the newer kernels of rhel9 take .* name one with --kernel$'
	has_not err 'kernels of rhel8'
	refuses 1 '--format rpm: makes one package, the selection gives 2; .*--format repo' --for rhel9 --kernel "$EL9" \
		--format rpm
}

test_formats() {
	set -- --for rhel9 --kernel "$EL9" --only fastraid
	for format in dir tar cpio cpio.gz fat list; do
		dud 0 "$@" --format "$format" -o "$work/disk.$format"
	done
	for file in rhdd3 rpms/x86_64/repodata/repomd.xml; do
		[ -f "$work/disk.dir/$file" ] || fail "not a disk: dir lacks $file"
	done
	tar -tf "$work/disk.tar" | grep -q '^rpms/x86_64/repodata/repomd.xml$' || fail "not a disk: tar"
	cpio -it --quiet <"$work/disk.cpio" | grep -q '^rpms/x86_64/kmod-fastraid.*\.rpm$' || fail "not a disk: cpio"
	[ "$(blkid -p -s LABEL -o value "$work/disk.fat")" = OEMDRV ] || fail "the label of the FAT image is not OEMDRV"
	mdir -i "$work/disk.fat" -b -/ :: | grep -q 'rpms/x86_64/repodata/repomd.xml' || fail "not a disk: fat"
	has "disk.list" 'tree rpm$'
	dud 0 "$@" -n
	cmp -s "$work/out" "$work/disk.list" || fail "--dry-run and --format list differ"
	dud 0 "$@" -o - >"$work/stdout"
	cp "$work/out" "$work/stdout"
	dud 0 "$@" -o "$work/file.iso"
	cmp "$work/stdout" "$work/file.iso" || fail "standard output has another image"
	dud 0 "$@" --label DRIVERS -o "$work/labelled.iso"
	has out '^use: inst\.dd=LABEL=DRIVERS'
	[ "$(blkid -p -s LABEL -o value "$work/labelled.iso")" = DRIVERS ] || fail "the label is not the one asked for"
	dud 0 "$@" --label 'MY DRIVERS' -o "$work/labelled.iso"
	has out '^note: no boot option can name this label'
}

# What the builds for several kernels lack alike is one warning.
test_missing_firmware() {
	for kernel in $EL9 $EL9_NEXT; do
		build needy 1 "$kernel" x86_64 needy firmware=needy/no.bin
	done
	dud 0 --for rhel9 --only needy -o "$work/needy.iso"
	[ "$(grep -c 'firmware needy/no.bin was not found' "$work/err")" -eq 1 ] || fail "not one warning for two kernels"
	rm -rf "$work/tree/needy"
}

test_repository() {
	dud 0 --for rhel9 --format repo -o "$work/repo"
	[ -f "$work/repo/repodata/repomd.xml" ] || fail "no metadata"
	[ "$(find "$work/repo" -name '*.rpm' | wc -l)" -eq 5 ] || fail "not five packages"
	dud 1 --for rhel9 --format repo --no-cache -o "$work/repo/"
	one_message "dud: $work/repo/: is a folder with files in it, which are not touched"
	dud 1 --for rhel9 -o "$work/no/such/file"
	one_message "dud: $work/no/such/file: cannot open its folder: No such file or directory.*"
	build fastraid 1.2.3 6.1.0-56-amd64 x86_64 fastraid 'alias=pci:v00001AF4d00001001sv*sd*bc*sc*i*'
	dud 0 --for debian12 --format repo -o "$work/apt"
	grep -q '^Modaliases: fastraid(pci:v00001AF4d00001001sv\*sd\*bc\*sc\*i\*)$' "$work/apt/Packages" ||
		fail "Packages has no Modaliases"
	[ -f "$work/apt/Release" ] || fail "no Release"
	dud 0 --for debian12 --format deb -o "$work/one.deb"
	dpkg-deb -f "$work/one.deb" Package | grep -qx 'fastraid-modules-6.1.0-56-amd64' || fail "another package name"
	rm -rf "$work/tree/fastraid/1.2.3/6.1.0-56-amd64"
}

# Packages and metadata are signed; what is beneath the signature is what it is without.
test_signed() {
	export GNUPGHOME="$work/gpg"
	mkdir -m 700 "$GNUPGHOME"
	gpg --batch --quiet --passphrase '' --quick-generate-key 'Drivers <drivers@example.invalid>' rsa2048 sign never \
		2>/dev/null
	key=$(gpg --list-keys --with-colons 2>/dev/null | awk -F: '$1 == "fpr" { print $10; exit }')
	rpm --dbpath "$work/keys" --initdb
	gpg --armor --export "$key" >"$work/key.asc"
	rpm --dbpath "$work/keys" --import "$work/key.asc"
	set -- --for rhel9 --kernel "$EL9" --gpg-key "$key"
	dud 0 "$@" --only fastraid --format rpm -o "$work/signed.rpm"
	dud 0 "$@" -o "$work/signed.iso"
	dud 0 "$@" --format repo -o "$work/signed-repo"
	unpack "$work/signed.iso"
	for rpm in "$work/signed.rpm" "$work"/signed-repo/*.rpm "$work"/disk/rpms/x86_64/*.rpm; do
		rpm --dbpath "$work/keys" -K "$rpm" | grep -q ': digests signatures OK$' || fail "$rpm: is not signed well"
	done
	for folder in "$work/signed-repo" "$work/disk/rpms/x86_64"; do
		gpg --batch --verify "$folder/repodata/repomd.xml.asc" "$folder/repodata/repomd.xml" 2>"$work/err" ||
			fail "$folder: repomd.xml is not signed well"
	done
	cp "$work/signed.rpm" "$work/stripped.rpm"
	rpmsign --delsign "$work/stripped.rpm" >/dev/null 2>&1
	rpm2archive "$work/stripped.rpm" >/dev/null 2>&1 || fail "no payload beneath the signature"
	run 0 inspect "$work/signed.rpm"
	has out "$(echo "$key" | tail -c 17 | tr A-F a-f)"
	refuses 1 '.*0123456789ABCDEF.*No secret key' --for rhel9 --gpg-key 0123456789ABCDEF0123456789ABCDEF01234567
	gpg --batch --quiet --passphrase '' --quick-generate-key 'Others <others@example.invalid>' rsa2048 sign never \
		2>/dev/null
	refuses 1 'key example\.invalid: gpg has 2 such keys, expected one' --for rhel9 --gpg-key example.invalid
	gpgconf --kill all
	unset GNUPGHOME
}

# Two versions of a package, two modules of a name, hundreds of modules, a module for no device.
test_many() {
	build fastraid 1.2.4 "$EL9" x86_64 fastraid
	refuses 1 '.*fastraid.*1\.2\.3.*1\.2\.4' --for rhel9 --kernel "$EL9"
	dud 0 --for rhel9 --kernel "$EL9" --only fastraid/1.2.4 --format rpm -o "$work/newer.rpm"
	rpm -qp --provides "$work/newer.rpm" >"$work/out"
	has_not out '^modalias\('
	rm -rf "$work/tree/fastraid/1.2.4"
	build fastraid 1.2.4 "$EL9" x86_64 otherraid
	for format in iso repo; do
		refuses 1 "kmod-fastraid-$EL9: two packages would be called so, versions 1\.2\.3 and 1\.2\.4" \
			--for rhel9 --kernel "$EL9" --format "$format"
	done
	rm -rf "$work/tree/fastraid/1.2.4"
	build Twin 1 6.1.0-56-amd64 x86_64 first
	build twin 2 6.1.0-56-amd64 x86_64 second
	refuses 1 'twin-modules-6\.1\.0-56-amd64: two packages would be called so' --for debian12 --format repo
	rm -rf "$work/tree/Twin" "$work/tree/twin"
	build twin 1 "$EL9" x86_64 fastraid
	refuses 1 '.*fastraid' --for rhel9 --kernel "$EL9"
	rm -rf "$work/tree/twin"
	for i in $(seq 300); do
		build many 1 "$EL9" x86_64 "m$i"
	done
	dud 0 --for rhel9 --kernel "$EL9" --only many --format rpm -o "$work/many.rpm"
	[ "$(rpm -qpl "$work/many.rpm" | grep -c '\.ko$')" -eq 300 ] || fail "not 300 modules in one package"
	rm -rf "$work/tree/many"
}

# The same bytes by another user, elsewhere, from other sources' order; the second time out of the store.
test_same_bytes() {
	set -- --for rhel9 --for rhel8
	for format in iso fat tar; do
		dud 0 "$@" --format "$format" -o "$work/first.$format"
		(
			umask 077
			export TZ=Pacific/Chatham LC_ALL=tr_TR.UTF-8 HOME="$work" TMPDIR="$work" XDG_CACHE_HOME="$work/other"
			cd /
			dud 0 "$@" --format "$format" --no-cache --jobs 2 -o "$work/second.$format"
		)
		cmp "$work/first.$format" "$work/second.$format" || fail "$format: two runs differ"
	done
	(
		export SOURCE_DATE_EPOCH=1700000000
		dud 0 "$@" -o "$work/dated.iso"
	)
	! cmp -s "$work/first.iso" "$work/dated.iso" || fail "SOURCE_DATE_EPOCH does not show"
}

# What the caller hands down: ignored signals, a limit to the size of files, relative paths to search.
test_odd_callers() {
	set -- dud --for rhel9 --kernel "$EL9" --dkms-tree "$work/tree" --no-cache
	env --ignore-signal=CHLD "$modferry" "$@" -o "$work/caller.iso" >/dev/null || fail "with SIGCHLD ignored"
	(unset XDG_CACHE_HOME && HOME=/proc dud 0 --for rhel9 --kernel "$EL9" -o "$work/caller.iso")
	has err 'warning: packages are not kept for later runs: /proc/\.cache/modferry/packages: cannot be used'
	(cd / && PATH="usr/bin:$PATH" && run 0 "$@" -o "$work/caller.iso")
	mkdir "$work/limited"
	status=0
	(ulimit -f 40 && exec "$modferry" "$@" --format fat -o "$work/limited/disk" 2>"$work/err") || status=$?
	[ "$status" -eq 1 ] || fail "with a limit to the size of files: exit status $status"
	[ -z "$(ls -A "$work/limited")" ] || fail "with a limit to the size of files: something is left behind"
}

# A tool that is not there: one message with its package, and no file.
test_missing_tools() {
	for tool in rpmbuild createrepo_c mcopy; do
		rm -rf "$work/tools"
		mkdir "$work/tools"
		ln -s /usr/bin/* "$work/tools/"
		rm "$work/tools/$tool"
		format=iso
		[ "$tool" != mcopy ] || format=fat
		(
			# shellcheck disable=SC2123 # it is the search path that lacks the tool
			PATH=$work/tools
			export PATH
			refuses 1 ".*$tool: not found in PATH; install its package: .*[(]Debian[)]" --for rhel9 \
				--kernel "$EL9" --no-cache --format "$format"
		)
	done
	rm -rf "$work/tools"
}

# Names of a hostile tree are refused or carried as they are; nothing of them is run.
test_hostile_names() {
	# shellcheck disable=SC2016
	for package in 'a b' 'a;touch owned' '$(touch owned)' '%{lua:x}' 'ä' '%(touch owned)' "a'b" '-rf'; do
		rm -rf "$work/hostile"
		mkdir -p "$work/hostile"
		mkdir -p "$work/hostile/$package/1/$EL9/x86_64/module" "$work/hostile/$package/1/source"
		touch "$work/hostile/$package/1/source/dkms.conf"
		"$MKKO" "$work/hostile/$package/1/$EL9/x86_64/module/x.ko" name=x "vermagic=$EL9 SMP" \
			'version=%(touch owned)' 'description=%{lua:os.execute("touch owned")}' 'license=$(touch owned)'
		(cd "$work" && status=0 && "$modferry" dud --for rhel9 --dkms-tree "$work/hostile" -o "$work/hostile.iso" \
			>"$work/out" 2>"$work/err" || status=$? && [ "$status" -le 3 ]) || fail "$package: another exit status"
		[ -z "$(find "$work" / -maxdepth 1 -name owned)" ] || fail "$package: ran what it holds"
	done
}

test_usage
test_nothing
test_disk
test_releases_and_machines
test_provides
test_formats
test_missing_firmware
test_repository
test_signed
test_many
test_same_bytes
test_odd_callers
test_missing_tools
test_hostile_names
