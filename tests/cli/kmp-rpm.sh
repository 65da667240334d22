#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernel module packages of SUSE as rpm sees them: metadata, same bytes, install, update and erase, scriptlets.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/cli/lib.sh
. "$here/lib.sh"
mkko=${MKKO:-$here/../../build/obj/tools/mkko}
mkrpm=${MKRPM:-$here/../../build/obj/tools/mkrpm}
kernel=6.4.0-150600.21-default
nvr=virtio-upd-kmp-default-1.2_3_k6.4.0_150600.21-1
rpm_file=$work/out/$nvr.x86_64.rpm
wm2=usr/lib/module-init-tools/weak-modules2

make_modules() {
	mkdir -p "$work/ko" "$work/out"
	"$mkko" "$work/ko/virtio-upd.ko" license=GPL version=1.2-3 name=virtio_upd \
		"vermagic=$kernel SMP preempt mod_unload modversions " \
		'alias=pci:v00001AF4d00001001sv*sd*bc*sc*i*' 'alias=pci:v00001AF4d00001002sv*sd*bc*sc*i*' \
		'alias=of:N*T*Cvendor,upd%s-x' alias=fs-upd import:module_layout=1234 import:scsi_add_host_with_dma=cafe \
		import:ours=abcdef01
	"$mkko" "$work/ko/other.ko" 'license=GPL v2' name=other "vermagic=$kernel SMP" export:ours=abcdef01
}

# make_rpm OUT [OPTION...]: the package of both modules
make_rpm() {
	out=$1
	shift
	"$mkrpm" "$out" --for sles15 "$@" virtio-upd 1.2-3 "$kernel" x86_64 "$work/ko/virtio-upd.ko" "$work/ko/other.ko"
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
	make_rpm "$work/out" --firmware 'vendor/fw.bin=hello'
	query --supplements "$rpm_file"
	says 'modalias(kernel-default:pci:v00001AF4d0000100[12]sv*sd*bc*sc*i*)'
	# the escapes come out of the spec as they are, with one percent sign
	says 'modalias(kernel-default:of:N*T*Cvendor%2Cupd%25s%2Dx)'
	[ "$(wc -l <"$work/out.txt")" -eq 2 ] || fail "more than two Supplements"
	query --provides "$rpm_file"
	says 'virtio-upd-kmp = 1.2_3'
	says 'virtio-upd-kmp = 1.2_3_k6.4.0_150600.21'
	says 'virtio-upd-kmp-default-k6.4.0_150600.21'
	says 'multiversion(kernel)'
	says 'kmod(virtio_upd.ko)'
	says 'ksym(default:ours) = abcdef01'
	query --enhances "$rpm_file"
	says kernel-default
	query --conflicts "$rpm_file"
	says 'virtio-upd-kmp-default-k6.4.0_150600.21'
	query --requires "$rpm_file"
	says kmod
	! grep -Eq '^(ksym|kernel)' "$work/out.txt" || fail 'it requires symbols or a kernel'
	query --qf '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILENAMES}\n]%{PAYLOADCOMPRESSOR} %{NAME} %{VERSION} %{RELEASE}\n' \
		"$rpm_file"
	says "-rw-r--r-- root /lib/modules/$kernel/updates/virtio-upd.ko"
	says '-rw-r--r-- root /lib/firmware/updates/vendor/fw.bin'
	says 'xz virtio-upd-kmp-default 1.2_3_k6.4.0_150600.21 1'
	make_rpm "$work/out" --abi
	query --requires "$rpm_file"
	says 'ksym(default:module_layout) = 1234'
	says 'ksym(default:scsi_add_host_with_dma) = cafe'
	! grep -q 'ours' "$work/out.txt" || fail 'it requires what it provides'
}

# Since the merge of /usr weak-modules2 looks for modules in /usr/lib alone.
test_merged_usr() {
	"$mkrpm" "$work/out" --for tumbleweed other 1 6.17.3-1-longterm x86_64 "$work/ko/other.ko"
	query -l "$work/out/other-kmp-longterm-1_k6.17.3_1-1.x86_64.rpm"
	says '/usr/lib/modules/6.17.3-1-longterm/updates/other.ko'
}

test_same_bytes() {
	make_rpm "$work/out"
	mkdir -p "$work/again" "$work/cwd"
	(
		cd "$work/cwd"
		umask 077
		HOME=$work/cwd TZ=Asia/Tokyo LC_ALL=C.UTF-8 USER=other
		export HOME TZ LC_ALL USER
		make_rpm "$work/again"
	)
	cmp "$rpm_file" "$work/again/${rpm_file##*/}" || fail 'another environment, other bytes'
}

# stub FILE: records how it was called and its input, and ends as $root/fails says
stub() {
	mkdir -p "${1%/*}"
	cat >"$1" <<-'STUB'
		#!/bin/sh
		root=${STUB_ROOT-}
		echo "${0##*/} $* ${INITRD_IN_POSTTRANS-} ${KMP_NEEDS_MKINITRD-}" >>"$root/log"
		[ "${0##*/} ${1-}" != 'weak-modules2 --remove-kmp' ] || cat >>"$root/log"
		[ ! -e "$root/fails" ]
	STUB
	chmod 755 "$1"
}

# A root with busybox and stubs, for rpm's own install and erase.
make_root() {
	root=$work/root
	mkdir -p "$root/bin" "$root/lib/modules/$kernel" "$root/dev" "$root/tmp"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for applet in sh cat echo printf; do
		ln -sf busybox "$root/bin/$applet"
	done
	stub "$root/usr/sbin/depmod"
	stub "$root/$wm2"
	stub "$root/usr/lib/module-init-tools/regenerate-initrd-posttrans"
	touch "$root/lib/modules/$kernel/modules.builtin"
}

in_root() {
	rpm --force-debian --root "$root" --dbpath /rpmdb --nodeps "$@" >"$work/out.txt" 2>&1 || {
		cat "$work/out.txt" >&2
		fail "rpm $*"
	}
	[ ! -s "$work/out.txt" ] || fail "rpm $* says: $(cat "$work/out.txt")"
}

# did LINE...: what the tools were called with since the last time
did() {
	printf '%s\n' "$@" | diff -u - "$root/log" || fail 'the scriptlets did something else'
	: >"$root/log"
}

test_install_and_erase() {
	[ "$(id -u)" -eq 0 ] || fail 'rpm --root needs root (fakeroot cannot chroot); run as root or with unshare -r'
	make_root
	make_rpm "$work/out"
	# as YaST does it for a driver update; a driver behind which a root may stand has to be in the initramfs
	in_root -U --force "$rpm_file"
	did "weak-modules2 --add-kmp $nvr 1 1" "depmod -a $kernel  1" 'regenerate-initrd-posttrans   '
	in_root -U --force "$rpm_file"
	did "weak-modules2 --add-kmp $nvr 1 1" "depmod -a $kernel  1" 'regenerate-initrd-posttrans   '
	# a later version for that kernel, without one of the modules
	"$mkrpm" "$work/out" --for sles15 virtio-upd 1.3 "$kernel" x86_64 "$work/ko/other.ko"
	in_root -U "$work/out/virtio-upd-kmp-default-1.3_k6.4.0_150600.21-1.x86_64.rpm"
	did 'weak-modules2 --add-kmp virtio-upd-kmp-default-1.3_k6.4.0_150600.21-1 1 ' "depmod -a $kernel  " \
		"weak-modules2 --remove-kmp $nvr 1 1" "/lib/modules/$kernel/updates/virtio-upd.ko" "depmod -a $kernel  1" \
		'regenerate-initrd-posttrans   '
	touch "$root/fails"
	in_root -e virtio-upd-kmp-default
	did 'weak-modules2 --remove-kmp virtio-upd-kmp-default-1.3_k6.4.0_150600.21-1 1 ' \
		"/lib/modules/$kernel/updates/other.ko" "depmod -a $kernel  "
	[ ! -e "$root/lib/modules/$kernel/updates/other.ko" ] || fail 'files stayed'
	# no tool at all; the shell there, busybox, takes its own depmod for one
	rm -r "${root:?}/usr" "$root/fails" "$root/lib/modules/$kernel/modules.builtin"
	in_root -i "$rpm_file"
	in_root -e virtio-upd-kmp-default
	[ ! -s "$root/log" ] || fail 'something was run that is not there'
}

# script NAME: the body, its paths below $box; depmod by its path, as busybox takes its own first
script() {
	query --qf "%{$1}" "$rpm_file"
	sed "s|^PATH=.*|PATH=$box/stubs|; s|/usr/lib/|$box/usr/lib/|g; s|\([' ]\)/lib/|\1$box/lib/|g
		s|depmod -a|$box/stubs/&|" "$work/out.txt" >"$box/$1"
	shellcheck -s sh -e SC2123 "$box/$1" || fail "shellcheck of $1"
}

# run_scripts SHELL: each ends 0, without a message of the shell's own
run_scripts() {
	for body in POSTIN POSTTRANS POSTUN; do
		for count in 0 1 ''; do
			# shellcheck disable=SC2086 # the shell may be two words
			STUB_ROOT=$box $1 "$box/$body" $count >/dev/null 2>"$work/err" </dev/null || fail "$1 $body $count: status $?"
			[ ! -s "$work/err" ] || fail "$1 $body: $(cat "$work/err")"
		done
	done
}

test_scriptlets() {
	for shell in dash 'dash -e' 'busybox sh' 'bash -e'; do
		box=$work/box
		rm -rf "$box"
		mkdir -p "$box/stubs" "$box/lib/modules/$kernel"
		for body in POSTIN POSTTRANS POSTUN; do
			script "$body"
		done
		run_scripts "$shell" # no tool at all
		stub "$box/$wm2"
		stub "$box/stubs/depmod"
		ln -s "$(command -v cat)" "$box/stubs/cat"
		run_scripts "$shell"
		[ "$(grep -c 'weak-modules2 --add-kmp' "$box/log")" -eq 3 ] || fail "$shell: no links"
		! grep -q depmod "$box/log" || fail 'depmod without the kernel'
		touch "$box/fails" "$box/lib/modules/$kernel/modules.builtin"
		run_scripts "$shell"
		grep -q depmod "$box/log" || fail "$shell: no depmod where weak-modules2 failed"
	done
}

make_modules
test_metadata
test_merged_usr
test_same_bytes
test_install_and_erase
test_scriptlets
echo ok
