#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kmod RPMs as rpm, dnf and depmod see them: metadata, same bytes, install and erase, scriptlets, hardware ids.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
mkko=${MKKO:-$here/../../build/obj/tools/mkko}
mkrpm=${MKRPM:-$here/../../build/obj/tools/mkrpm}
kernel=5.14.0-427.13.1.el9_4.x86_64
rpm_file=$work/out/kmod-virtio-upd-$kernel-1.2_3-1.x86_64.rpm

make_modules() {
	mkdir -p "$work/ko" "$work/out"
	"$mkko" "$work/ko/virtio-upd.ko" license=GPL version=1.2-3 name=virtio_upd \
		'description=100% "new" %{x}' "vermagic=$kernel SMP mod_unload modversions " \
		'alias=pci:v00001AF4d00001001sv*sd*bc*sc*i*' 'alias=pci:v00001AF4d00001002sv*sd*bc*sc*i*' \
		import:module_layout=1234 import:ours=abcdef01
	"$mkko" "$work/ko/other.ko" 'license=GPL v2' name=other "vermagic=$kernel SMP" export:ours=abcdef01
}

# make_rpm OUT [OPTION...]: the package of both modules
make_rpm() {
	out=$1
	shift
	"$mkrpm" "$out" "$@" virtio-upd 1.2-3 "$kernel" x86_64 "$work/ko/virtio-upd.ko" "$work/ko/other.ko"
}

query() {
	rpm --dbpath "$work/db" -qp "$@" >"$work/out.txt" 2>&1 || {
		cat "$work/out.txt" >&2
		fail "rpm -qp $*"
	}
}

says() {
	grep -Fxq -- "$1" "$work/out.txt" || {
		cat "$work/out.txt" >&2
		fail "no line: $1"
	}
}

test_metadata() {
	make_rpm "$work/out" --abi --firmware 'vendor/a b"[1]*%{x}.bin=hello'
	query --provides "$rpm_file"
	says "kernel-modules = $kernel"
	says 'kmod-virtio-upd = 1.2_3-1'
	says 'kmod(virtio-upd.ko)'
	says 'kmod(other.ko)'
	says 'ksym(ours) = 0xabcdef01'
	says 'modalias(pci:v00001AF4d0000100[12]sv*sd*bc*sc*i*) = 1.2_3'
	query --requires "$rpm_file"
	says 'kernel(module_layout) = 0x00001234'
	says 'ksym(ours) = 0xabcdef01'
	says kmod
	! grep -Eq '^kernel( |-core|$)' "$work/out.txt" || fail 'it requires a kernel'
	query --qf '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\n]%{PAYLOADCOMPRESSOR} %{BUILDHOST} %{BUILDTIME} %{FILEDIGESTALGO} %|VENDOR?{%{VENDOR}}:{-}|\n' "$rpm_file"
	says "-rw-r--r-- root /lib/modules/$kernel/extra/virtio-upd/virtio-upd.ko"
	says "-rw-r--r-- root /lib/firmware/$kernel/vendor/a b\"[1]*%{x}.bin"
	says "-rw-r--r-- root /etc/depmod.d/kmod-virtio-upd-$kernel.conf"
	says "drwxr-xr-x root /lib/modules/$kernel/extra/virtio-upd"
	says 'xz localhost 0 8 -'
	query --qf '%{DESCRIPTION}\n' "$rpm_file"
	says 'virtio-upd.ko: 100% "new" %{x}'
	rpm --dbpath "$work/db" -K "$rpm_file" >"$work/out.txt" 2>&1 || fail 'rpm -K'
	grep -q 'digests OK' "$work/out.txt" || fail 'rpm -K: no digests'
	rpm2cpio "$rpm_file" | cpio -i --quiet --to-stdout "./lib/modules/$kernel/extra/virtio-upd/other.ko" 2>/dev/null |
		cmp - "$work/ko/other.ko" || fail 'another module in the payload'
}

# The same package again where all that must not matter is different.
test_same_bytes() {
	make_rpm "$work/out" --firmware 'a b=x'
	sum=$(sha256sum <"$rpm_file")
	mkdir -p "$work/home" "$work/tmp.other" "$work/again" "$work/cwd"
	printf '%%_binary_payload w9.gzdio\n%%vendor me\n%%_rpmdir /nonexistent\n%%packager me\n' >"$work/home/.rpmmacros"
	chmod 0600 "$work/ko/virtio-upd.ko"
	(
		cd "$work/cwd"
		umask 077
		HOME=$work/home TZ=Asia/Tokyo LC_ALL=C.UTF-8 USER=other LOGNAME=other TMPDIR=$work/tmp.other SOURCE_DATE_EPOCH=123
		export HOME TZ LC_ALL USER LOGNAME TMPDIR SOURCE_DATE_EPOCH
		make_rpm "$work/again" --firmware 'a b=x'
	)
	[ "$sum" = "$(sha256sum <"$work/again/${rpm_file##*/}")" ] || fail 'another environment, other bytes'
	[ -z "$(ls -A "$work/tmp.other")" ] || fail 'left behind in TMPDIR'
	make_rpm "$work/again" --firmware 'a b=x' --epoch 4000000000
	query --qf '%{BUILDTIME} [%{FILEMTIMES} ]\n' "$work/again/${rpm_file##*/}"
	says '4000000000 4000000000 4000000000 4000000000 4000000000 4000000000 '
}

test_other_arches() {
	for arch in aarch64 ppc64le s390x; do
		k=5.14.0-427.el9.$arch
		"$mkrpm" "$work/out" virtio-upd 1 "$k" "$arch" "$work/ko/other.ko"
		query --qf '%{ARCH} %{OS}\n' "$work/out/kmod-virtio-upd-$k-1-1.$arch.rpm"
		says "$arch linux"
	done
}

# refused WORDS COMMAND...: one message with the words, nothing left in TMPDIR
refused() {
	words=$1
	shift
	status=0
	"$@" >"$work/out.txt" 2>"$work/err" || status=$?
	[ "$status" -eq 1 ] || fail "status $status for: $*"
	[ "$(wc -l <"$work/err")" -eq 1 ] || fail "not one message: $(cat "$work/err")"
	grep -Fq -- "$words" "$work/err" || fail "no '$words' in: $(cat "$work/err")"
}

test_refused() {
	mkdir -p "$work/odd \$(id)'%{x}" "$work/none"
	(
		TMPDIR="$work/odd \$(id)'%{x}"
		export TMPDIR
		refused 'set TMPDIR' make_rpm "$work/none"
	)
	[ -z "$(ls -A "$work/odd \$(id)'%{x}")" ] || fail 'left behind in an odd TMPDIR'
	refused rpmbuild env PATH=/nonexistent "$mkrpm" "$work/none" x 1 "$kernel" x86_64 "$work/ko/other.ko"
	# shellcheck disable=SC2016 # it is the name
	refused 'rename the DKMS package' "$mkrpm" "$work/none" 'a;$(id) %{b}' 1 "$kernel" x86_64 "$work/ko/other.ko"
	[ -z "$(ls -A "$work/none")" ] || fail 'a refused package left something'
}

# stub FILE: records how it was called and its input, and ends as $work/fails says
stub() {
	cat >"$1" <<-'STUB'
		#!/bin/sh
		root=$(cat /stub-root 2>/dev/null || :)
		echo "${0##*/} $*" >>"${STUB_ROOT-$root}/log"
		[ "${0##*/}" != weak-modules ] || cat >>"${STUB_ROOT-$root}/log"
		[ "${0##*/}" != dracut ] || echo new >"$2"
		[ ! -e "${STUB_ROOT-$root}/fails" ]
	STUB
	chmod 755 "$1"
}

# A root with busybox and stubs, for rpm's own install and erase.
make_root() {
	root=$work/root
	mkdir -p "$root/bin" "$root/usr/sbin" "$root/boot" "$root/lib/modules/$kernel" "$root/dev" "$root/tmp"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for applet in sh cat echo find mv rm printf; do
		ln -sf busybox "$root/bin/$applet"
	done
	for tool in depmod weak-modules dracut; do
		stub "$root/usr/sbin/$tool"
	done
	echo old >"$root/boot/initramfs-$kernel.img"
	touch -d '2 hours ago' "$root/boot/initramfs-$kernel.img"
	touch "$root/lib/modules/$kernel/modules.builtin" "$root/lib/modules/$kernel/modules.dep"
}

in_root() {
	rpm --force-debian --root "$root" --dbpath /rpmdb "$@" >"$work/out.txt" 2>&1 || {
		cat "$work/out.txt" >&2
		fail "rpm $*"
	}
	[ ! -s "$work/out.txt" ] || fail "rpm $* says: $(cat "$work/out.txt")"
}

test_install_and_erase() {
	[ "$(id -u)" -eq 0 ] || fail 'rpm --root needs root (fakeroot cannot chroot); run as root or with unshare -r'
	make_root
	make_rpm "$work/out"
	in_root --nodeps -i "$rpm_file"
	cmp "$work/ko/other.ko" "$root/lib/modules/$kernel/extra/virtio-upd/other.ko"
	cat >"$work/expected" <<-LOG
		depmod -a $kernel
		weak-modules --add-modules --no-initramfs
		/lib/modules/$kernel/extra/virtio-upd/virtio-upd.ko
		/lib/modules/$kernel/extra/virtio-upd/other.ko
		dracut -f /boot/initramfs-$kernel.img.modferry $kernel
	LOG
	diff -u "$work/expected" "$root/log" || fail 'the scriptlets did something else at the installation'
	[ "$(cat "$root/boot/initramfs-$kernel.img")" = new ] || fail 'the initramfs is the old one'
	: >"$root/log"
	touch -d '1 hour ago' "$root/boot/initramfs-$kernel.img"
	in_root --nodeps -e "kmod-virtio-upd-$kernel"
	sed 's/--add/--remove/' "$work/expected" | diff -u - "$root/log" || fail 'the scriptlets did something else at the removal'
	[ ! -e "$root/lib/modules/$kernel/extra/virtio-upd" ] || fail 'files stayed'
	[ ! -e "$root/etc/depmod.d/kmod-virtio-upd-$kernel.conf" ] || fail 'the override file stayed'
	[ ! -e "$root/boot/initramfs-$kernel.img.modferry" ] || fail 'a temporary initramfs stayed'
}

# script NAME: the body, its paths below $box, tools from $box/stubs
script() {
	query --qf "%{$1}" "$rpm_file"
	sed "s|^PATH=.*|PATH=$box/stubs|; s|/lib/modules/\\\$|$box/lib/modules/\$|g; s|=/boot|=$box/boot|; s|/run/|$box/run/|g" \
		"$work/out.txt" >"$box/$1"
	shellcheck -s sh -e SC2123 "$box/$1" || fail "shellcheck of $1"
}

# run_scripts SHELL: each ends 0, without a message of the shell's own
run_scripts() {
	for body in POSTIN POSTTRANS POSTUN; do
		for count in 0 1 ''; do
			# shellcheck disable=SC2086 # the shell may be two words
			STUB_ROOT=$box $1 "$box/$body" $count >/dev/null 2>"$work/err" </dev/null || fail "$1 $body $count: status $?"
			! grep -Eqi 'not found|syntax|unexpected' "$work/err" || fail "$1 $body: $(cat "$work/err")"
		done
	done
}

make_box() {
	box=$work/box
	rm -rf "$box"
	mkdir -p "$box/stubs" "$box/boot" "$box/lib/modules/$kernel"
	echo old >"$box/boot/initramfs-$kernel.img"
	touch -d '2 hours ago' "$box/boot/initramfs-$kernel.img"
	touch "$box/lib/modules/$kernel/modules.builtin" "$box/lib/modules/$kernel/modules.dep"
	for body in POSTIN POSTTRANS POSTUN; do
		script "$body"
	done
}

stub_box() {
	for tool in depmod weak-modules dracut; do
		stub "$box/stubs/$tool"
	done
	for tool in find mv rm cat; do
		ln -sf "$(command -v "$tool")" "$box/stubs/$tool"
	done
}

test_scriptlets() {
	for shell in dash 'dash -e' 'busybox sh'; do
		make_box
		run_scripts "$shell" # no tool at all, not even rm
		[ "$(cat "$box/boot/initramfs-$kernel.img")" = old ] || fail 'an initramfs without dracut'
		stub_box
		mkdir -p "$box/run/install"
		run_scripts "$shell"
		! grep -q dracut "$box/log" || fail 'dracut in an installer'
		rm -rf "$box/run" "$box/log"
		touch "$box/fails"
		run_scripts "$shell"
		[ "$(cat "$box/boot/initramfs-$kernel.img")" = old ] || fail 'the initramfs of a failed dracut'
		[ ! -e "$box/boot/initramfs-$kernel.img.modferry" ] || fail 'the temporary of a failed dracut'
		rm "$box/fails" "$box/log"
		run_scripts "$shell"
		[ "$(cat "$box/boot/initramfs-$kernel.img")" = new ] || fail 'no new initramfs'
		[ "$(grep -c dracut "$box/log")" -eq 1 ] || fail 'the initramfs was made more than once'
		rm "$box/lib/modules/$kernel/modules.builtin" "$box/log"
		run_scripts "$shell"
		! grep -q depmod "$box/log" || fail 'depmod without the kernel'
	done
}

# wins FOLDER: where depmod finds the module named other
wins() {
	depmod -b "$work/tree" -C "$work/tree/etc/depmod.d" "$kernel" 2>/dev/null
	found=$(sed -n 's|/other\.ko:.*||p' "$work/tree/lib/modules/$kernel/modules.dep")
	[ "$found" = "$1" ] || fail "depmod takes other.ko from '$found', expected $1"
}

# EL's search order, with the real depmod: stock wins over weak-updates, updates over extra, until the package's file is there.
test_override() {
	m=$work/tree/lib/modules/$kernel
	mkdir -p "$m/kernel" "$m/weak-updates/virtio-upd" "$work/tree/etc/depmod.d"
	echo 'search updates extra built-in weak-updates' >"$work/tree/etc/depmod.d/dist.conf"
	cp "$work/ko/other.ko" "$m/kernel/other.ko"
	cp "$work/ko/other.ko" "$m/weak-updates/virtio-upd/other.ko"
	wins kernel
	make_rpm "$work/out"
	conf=kmod-virtio-upd-$kernel.conf
	rpm2cpio "$rpm_file" | cpio -i --quiet --to-stdout "./etc/depmod.d/$conf" >"$work/tree/etc/depmod.d/$conf" 2>/dev/null
	wins weak-updates/virtio-upd
	mkdir -p "$m/updates" "$m/extra/virtio-upd"
	cp "$work/ko/other.ko" "$m/updates/other.ko"
	cp "$work/ko/other.ko" "$m/extra/virtio-upd/other.ko"
	wins extra/virtio-upd
	mv "$work/tree/etc/depmod.d/$conf" "$work/$conf"
	wins updates
	# of another kernel's package only the line for weak-updates is meant
	sed 's/427/428/' "$work/$conf" >"$work/tree/etc/depmod.d/$conf"
	rm -r "$m/weak-updates"
	wins updates
}

dnf_solves() {
	dnf -c "$work/dnf.conf" --installroot="$work/dnfroot" --setopt=reposdir=/nonexistent \
		--setopt=pluginpath=/nonexistent --setopt=gpgcheck=0 --repofrompath=t,"$work/repo" --setopt=t.gpgcheck=0 \
		--releasever=9 --forcearch=x86_64 "$@" >"$work/out.txt" 2>&1 || :
}

# A package that stands for kmod and the shell of the system.
make_base() {
	printf '%s\n' 'Name: kmod' 'Version: 28' 'Release: 1' 'Summary: base' 'License: x' 'BuildArch: noarch' \
		'Provides: /bin/sh' '%description' 'base' '%files' >"$work/base.spec"
	HOME=$work rpmbuild -bb --quiet --define "_topdir $work/top" --define "_rpmdir $work/repo" \
		--define '_rpmfilename kmod.rpm' "$work/base.spec" 2>/dev/null
}

# asks STATUS QUERY: whether a dependency names the package
asks() {
	dnf_solves -q repoquery --whatprovides "$2"
	grep -q "^kmod-virtio-upd-$kernel" "$work/out.txt" && found=0 || found=1
	[ "$found" -eq "$1" ] || fail "repoquery --whatprovides $2: $(cat "$work/out.txt")"
}

# Patterns in Provides are text to dnf: a device's own modalias finds nothing, the pattern's text and globs over it do.
test_dnf() {
	mkdir -p "$work/repo" "$work/dnfroot/var/log"
	printf '[main]\n' >"$work/dnf.conf"
	make_base
	make_rpm "$work/repo"
	createrepo_c -q "$work/repo"
	asks 1 'modalias(pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00)'
	asks 0 'modalias(pci:v00001AF4d0000100\[12\]sv*sd*bc*sc*i*)'
	asks 1 'modalias(pci:v00001AF4d00001001*'
	asks 0 'modalias(pci:v00001AF4*'
	asks 0 'kmod(virtio-upd.ko)'
	dnf_solves --assumeno install 'modalias(pci:v00001AF4*'
	grep -q "kmod-virtio-upd-$kernel" "$work/out.txt" || fail "dnf install: $(cat "$work/out.txt")"
	grep -Eq '^Install +2 Packages' "$work/out.txt" || fail "dnf install: $(cat "$work/out.txt")"
}

make_modules
test_metadata
test_same_bytes
test_other_arches
test_refused
test_install_and_erase
test_scriptlets
test_override
test_dnf
echo ok
