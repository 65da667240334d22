#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the loader would do on made-up machines: a /sys tree, overlays and stock modules below --root, and --dry-run.
#
#   loader-plan.sh LOADER
#
# shellcheck disable=SC2317  # the cases are called by name
set -eu
loader=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kernel=6.6.6-test
zeros=0000000000000000000000000000000000000000000000000000000000000000

# machine CMDLINE: an empty one
machine() {
	root=$work/root
	rm -rf "$root"
	mkdir -p "$root/proc/sys/kernel" "$root/sys/bus" "$root/sys/class" "$root/sys/module" \
		"$root/lib/modules/$kernel" "$root/modferry/d"
	echo "$1" >"$root/proc/cmdline"
	echo "$kernel" >"$root/proc/sys/kernel/osrelease"
	echo x86_64 >"$root/proc/sys/kernel/arch"
	overlay=$root/modferry/d/aaaaaaaaaaaa
	mkdir "$overlay"
	echo "modferry-manifest 1" >"$overlay/manifest"
}

# device BUS NAME MODALIAS [DRIVER]
device() {
	mkdir -p "$root/sys/devices/$1/$2" "$root/sys/bus/$1/devices"
	echo "$3" >"$root/sys/devices/$1/$2/modalias"
	ln -s "../../../devices/$1/$2" "$root/sys/bus/$1/devices/$2"
	[ $# -lt 4 ] || ln -s "../../../bus/$1/drivers/$4" "$root/sys/devices/$1/$2/driver"
}

# ship NAME LINE...: a record of the overlay; LINEs are further keys
ship() {
	{
		echo "module $1"
		echo "kernel $kernel"
		echo "arch x86_64"
		echo "file $kernel/$1.ko"
		echo "size 1"
		echo "sha256 $zeros"
		shift
		for line in "$@"; do
			echo "$line"
		done
	} >>"$overlay/manifest"
}

# stock NAME DEPENDENCIES ALIAS...: a module of the initramfs
stock() {
	dependencies=""
	for name in $2; do
		dependencies="$dependencies kernel/$name.ko"
	done
	echo "kernel/$1.ko:$dependencies" >>"$root/lib/modules/$kernel/modules.dep"
	name=$1
	shift 2
	for pattern in "$@"; do
		echo "alias $pattern $name" >>"$root/lib/modules/$kernel/modules.alias"
	done
}

# plan STATUS MODULE...: exactly these are loaded, in this order
plan() {
	want=$1
	shift
	got=0
	"$loader" --dry-run --root "$root" >"$work/out" 2>"$work/err" || got=$?
	loaded=$(sed -n 's/^load \([^ ]*\) .*/\1/p' "$work/out" | tr '\n' ' ')
	expected=$(printf '%s ' "$@")
	[ $# -gt 0 ] || expected=""
	if [ "$loaded" != "$expected" ] || [ "$got" -ne "$want" ]; then
		echo "loader-plan: $case: loads \"$loaded\", status $got; expected \"$expected\", status $want" >&2
		cat "$work/out" "$work/err" >&2
		exit 1
	fi
	"$loader" --dry-run --root "$root" 2>/dev/null | cmp - "$work/out"
}

# said FILE PATTERN
said() {
	grep -Eq -e "$2" "$work/$1" || {
		echo "loader-plan: $case: nothing like \"$2\" in:" >&2
		cat "$work/$1" >&2
		exit 1
	}
}

# merges LINE...: exactly these, in this order, of what the last plan would change in the module folder
merges() {
	sed -n '/^load /!p' "$work/out" >"$work/merges"
	: >"$work/expected"
	[ $# -eq 0 ] || printf '%s\n' "$@" >"$work/expected"
	diff "$work/expected" "$work/merges" >&2 || {
		echo "loader-plan: $case: other changes of the module folder than expected" >&2
		exit 1
	}
}

# baked ID NAME DEPENDENCIES: a shipped module is in the indexes already, by an overlay's own
baked() {
	dependencies=""
	for name in $3; do
		dependencies="$dependencies kernel/$name.ko"
	done
	folder=$root/lib/modules/$kernel
	mkdir -p "$folder/updates/modferry"
	ln -s "/modferry/d/$1/$kernel/$2.ko" "$folder/updates/modferry/$2.ko"
	[ ! -e "$folder/modules.dep" ] || sed -i "/^kernel\/$2.ko:/d" "$folder/modules.dep"
	echo "updates/modferry/$2.ko:$dependencies" >>"$folder/modules.dep"
}

nvme_machine() {
	machine "$1"
	device pci 0000:00:04.0 pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02
	ship nvme "depends nvme_core" "alias pci:v*d*sv*sd*bc01sc08i02*"
	ship nvme-core "depends t10-pi"
	stock t10_pi crc_t10dif
	stock crc_t10dif ""
	stock nvme_core ""
	stock nvme nvme_core "pci:v*d*sv*sd*bc01sc08i02*"
}

virtio_machine() {
	machine "$1"
	device pci 0000:00:01.0 pci:v00001AF4d00001042sv00001AF4sd00001100bc01sc00i00
	device pci 0000:00:02.0 pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01
	ship virtio_blk "depends virtio virtio_ring" "alias virtio:d00000002v*"
	stock virtio_ring ""
	stock virtio virtio_ring
	stock virtio_pci "virtio_ring virtio" "pci:v00001AF4d*sv*sd*bc*sc*i*"
	stock ahci "" "pci:v*d*sv*sd*bc01sc06i01*"
}

case_order() {
	nvme_machine ""
	plan 0 crc_t10dif t10_pi nvme_core nvme
	said out '^load nvme_core update /modferry/d/aaaaaaaaaaaa/6.6.6-test/nvme-core.ko$'
	said out '^load t10_pi stock /lib/modules/6.6.6-test/kernel/t10_pi.ko$'
}

case_nothing() {
	machine ""
	device pci 0000:00:04.0 pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02
	ship other "alias pci:v00009999d*"
	device pci 0000:00:17.0 pci:v00008086d00002822sv00001AF4sd00001100bc01sc04i00
	stock nvme "" "pci:v*d*sv*sd*bc01sc08i02*"
	stock ahci "" "pci:v00008086d00002822sv*sd*bc01sc04i*"
	plan 3
	rm -r "$root/modferry/d/aaaaaaaaaaaa"
	plan 3
	said err 'no overlay is there'
}

case_carrier() {
	virtio_machine ""
	plan 3 virtio_ring virtio virtio_pci
}

case_carrier_not_wanted() {
	virtio_machine ""
	device virtio virtio0 virtio:d00000002v00001AF4
	rm "$root/sys/bus/pci/devices/0000:00:01.0" # its carrier has a driver already
	device pci 0000:00:03.0 pci:v00001AF4d00001042sv00001AF4sd00001100bc01sc00i00 virtio-pci
	plan 0 virtio_ring virtio virtio_blk
}

case_carrier_of_a_carrier() {
	machine ""
	device pci 0000:00:05.0 pci:v00001B36d0000000Dsv00001AF4sd00001100bc0Csc03i30
	ship fancy_mouse "alias hid:b0003g*v0000046Dp*"
	stock xhci_hcd ""
	stock xhci_pci xhci_hcd "pci:v*d*sv*sd*bc0Csc03i30*"
	stock usbhid "" "usb:v*p*d*dc*dsc*dp*ic03isc*ip*in*"
	plan 3 xhci_hcd xhci_pci
	device usb 1-1:1.0 usb:v0627p0001d0000dc00dsc00dp00ic03isc00ip00in00
	plan 3 xhci_hcd usbhid xhci_pci # usbhid waits for nothing
}

case_skip() {
	nvme_machine "modferry.skip=nvme"
	plan 3
	nvme_machine "modferry.skip=nvme-core"
	plan 0 nvme_core nvme
	said out '^load nvme_core stock '
}

case_blacklist() {
	nvme_machine "modprobe.blacklist=nvme"
	plan 3
	nvme_machine "rd.driver.blacklist=nvme_core" # still loaded as a dependency
	plan 0 crc_t10dif t10_pi nvme_core nvme
	nvme_machine "module_blacklist=t10_pi"
	plan 4
	said err 'nvme_core failed: t10_pi, which it needs, skipped: module_blacklist'
	virtio_machine "modprobe.blacklist=virtio-pci"
	plan 3
}

# disk CMDLINE MODULE...: anaconda's driver update disk with these is there
disk() {
	nvme_machine "$1"
	shift
	: >"$root/dd.iso"
	: >"$root/modferry/dd.iso.modules"
	for module in "$@"; do
		echo "$kernel/$module.ko" >>"$root/modferry/dd.iso.modules"
	done
}

# what anaconda is told to load from the disk is left to it
case_disk() {
	for words in inst.dd=/dd.iso inst.dd=path:/dd.iso inst.dd=file:/dd.iso "inst.dd=hd:sdb1 inst.dd=/dd.iso quiet"; do
		disk "$words" nvme nvme-core
		plan 3
		said err '^modferry: inst.dd: what is on /dd.iso is left to the installer$'
		merges
	done
	disk "inst.dd=/dd.iso" nvme # its dependency is not on the disk, and nothing else needs it
	plan 3
	disk "inst.dd=/dd.iso" nvme-core # as if it were not shipped
	plan 0 nvme_core nvme
	said out '^load nvme_core stock '
	disk "inst.dd=/dd.iso" nvme # in the overlay's own indexes, too: udev there is not to load it either
	baked aaaaaaaaaaaa nvme nvme_core
	plan 3
	merges "merge nvme_core updates/modferry/nvme_core.ko" "unmerge nvme updates/modferry/nvme.ko" \
		"link $links/nvme_core.ko /modferry/d/aaaaaaaaaaaa/$kernel/nvme-core.ko" "unlink $links/nvme.ko"
}

# nobody loads from the disk: the loader does it itself
case_disk_not_asked_for() {
	for words in "" dd=/dd.iso inst.dd inst.dd= inst.dd=/other.iso inst.dd=/dd.iso.old inst.dd=http://host/dd.iso \
		inst.dd=LABEL=OEMDRV "-- inst.dd=/dd.iso"; do
		disk "$words" nvme nvme-core
		plan 0 crc_t10dif t10_pi nvme_core nvme
	done
	disk "inst.dd=/dd.iso" nvme nvme-core
	rm "$root/dd.iso"
	plan 0 crc_t10dif t10_pi nvme_core nvme
	disk "inst.dd=/dd.iso" nvme nvme-core
	rm "$root/modferry/dd.iso.modules" # a disk of somebody else
	plan 0 crc_t10dif t10_pi nvme_core nvme
	disk "inst.dd=/dd.iso" other nvm nvme-cor
	plan 0 crc_t10dif t10_pi nvme_core nvme
	disk "inst.dd=/dd.iso"
	echo "5.5.5-other/nvme.ko" >"$root/modferry/dd.iso.modules" # a disk for other kernels
	plan 0 crc_t10dif t10_pi nvme_core nvme
	disk "inst.dd=/dd.iso"
	printf '%s' "$kernel/nvme.ko" >"$root/modferry/dd.iso.modules" # without an end of line
	plan 3
}

case_params() {
	nvme_machine "nvme.poll_queues=2 nvme-core.io_timeout=9 \"nvme.words=a b\""
	plan 0 crc_t10dif t10_pi nvme_core nvme
	said out '^load nvme_core .*nvme-core.ko io_timeout=9$'
	said out '^load nvme update .* poll_queues=2 "words=a b"$'
}

case_cycle() {
	machine ""
	device pci a pci:a
	ship one "depends two" "alias pci:a"
	ship two "depends one"
	ship three "alias pci:a"
	plan 4 three
	said err 'one failed: two, which it needs, needs it in turn'
}

case_soft_cycle() {
	machine ""
	device pci a pci:a
	ship one "softdep-pre two" "alias pci:a"
	ship two "depends one"
	plan 0 one two
}

case_softdep() {
	machine ""
	device pci a pci:a
	ship one "softdep-pre before nowhere" "softdep-post platform:after" "alias pci:a"
	stock before ""
	stock after_driver "" "platform:after*"
	stock later ""
	echo "softdep after_driver post: later pre: before" >"$root/lib/modules/$kernel/modules.softdep"
	plan 0 before one after_driver later
}

case_present() {
	nvme_machine ""
	mkdir "$root/sys/module/t10_pi" "$root/sys/module/nvme_core"
	echo live >"$root/sys/module/nvme_core/initstate"
	plan 0 nvme # t10_pi is built in, nvme_core loaded
}

case_builtin() {
	nvme_machine ""
	echo kernel/nvme.ko >"$root/lib/modules/$kernel/modules.builtin"
	plan 0
}

case_manifests() {
	nvme_machine ""
	mkdir -p "$root/modferry/d/000000000000" "$root/modferry/d/bbbbbbbbbbbb" "$root/modferry/d/cccccccccccc"
	echo nonsense >"$root/modferry/d/000000000000/manifest"
	sed 's/^kernel .*/kernel 1.2.3/' "$overlay/manifest" >"$root/modferry/d/bbbbbbbbbbbb/manifest"
	sed 's/^sha256 0/sha256 1/' "$overlay/manifest" >"$root/modferry/d/cccccccccccc/manifest"
	plan 0 crc_t10dif t10_pi nvme_core nvme
	said err '/modferry/d/000000000000/manifest: line 1: .*left out'
	said err 'overlay bbbbbbbbbbbb has no driver for kernel 6.6.6-test'
	said err 'nvme: two overlays ship different builds; the one of aaaaaaaaaaaa is used'
	sed -i 's/^arch .*/arch riscv64/' "$root"/modferry/d/[ac]*/manifest
	plan 3
}

case_missing_dependency() {
	machine ""
	device pci a pci:a
	ship one "depends lost" "alias pci:a"
	plan 0 one # the kernel is asked: it may be built in without a trace
	said err 'one: needs lost, which is neither shipped nor stock'
}

case_class_device() {
	machine ""
	mkdir -p "$root/sys/devices/virtual/dmi/id" "$root/sys/class/dmi"
	echo "dmi:bvnX:svnAcme:" >"$root/sys/devices/virtual/dmi/id/modalias"
	ln -s ../../devices/virtual/dmi/id "$root/sys/class/dmi/id"
	ship acme "alias dmi*:svnAcme:*"
	plan 0 acme
}

# the longest chain that a manifest can hold, the device's driver at its end
case_chain() {
	machine ""
	device pci 0000:00:04.0 pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02
	awk -v kernel="$kernel" -v zeros="$zeros" 'BEGIN {
		for (i = 1; i <= 4096; i++) {
			printf "module m%d\nkernel %s\narch x86_64\nfile m%d.ko\nsize 1\nsha256 %s\n", i, kernel, i, zeros
			print (i > 1 ? "depends m" (i - 1) : "version 1")
		}
		print "alias pci:*"
	}' >>"$overlay/manifest"
	# shellcheck disable=SC2046  # words
	plan 0 $(seq -f m%.0f 4096)
}

# refused ARGUMENT...: as a mistake in usage
refused() {
	got=0
	"$loader" "$@" >/dev/null 2>"$work/err" || got=$?
	[ "$got" -eq 2 ] || {
		echo "loader-plan: $case: status $got, expected 2, for: $*" >&2
		exit 1
	}
}

# a run for real is never what an empty folder asks for
case_usage() {
	refused --root= --dry-run
	refused --root "" --dry-run
	refused --root
	refused --root /tmp
	refused --what
}

case_debug() {
	virtio_machine "modferry.debug"
	device virtio virtio0 virtio:d00000002v00001AF4
	plan 0 virtio_ring virtio virtio_blk virtio_pci
	said err '/devices/virtio/virtio0 \(virtio:d00000002v00001AF4\) asks for virtio_blk'
}

case_off() {
	nvme_machine "modferry=off"
	plan 3
	said err 'off by the kernel command line'
}

links=/lib/modules/$kernel/updates/modferry

case_merge() {
	nvme_machine ""
	ship idle "depends nvme"
	plan 0 crc_t10dif t10_pi nvme_core nvme
	merges "merge nvme_core updates/modferry/nvme_core.ko" \
		"merge nvme updates/modferry/nvme.ko" \
		"merge idle updates/modferry/idle.ko" \
		"link $links/nvme_core.ko /modferry/d/aaaaaaaaaaaa/$kernel/nvme-core.ko" \
		"link $links/nvme.ko /modferry/d/aaaaaaaaaaaa/$kernel/nvme.ko" \
		"link $links/idle.ko /modferry/d/aaaaaaaaaaaa/$kernel/idle.ko"
	rm -r "${root:?}/lib"
	plan 0 nvme_core nvme
	merges
	mkdir -p "$root/usr/lib/modules/$kernel" # not below lib, and without indexes
	plan 0 nvme_core nvme
	grep -q "^link /usr$links/nvme.ko " "$work/out"
}

# nothing is done again, unless a link leads to another overlay
case_merge_done() {
	machine ""
	ship one
	ship two
	baked aaaaaaaaaaaa one ""
	baked aaaaaaaaaaaa two ""
	plan 3
	merges
	mkdir "$root/modferry/d/bbbbbbbbbbbb"
	sed 's/^module two/module three/;s/two.ko/three.ko/' "$overlay/manifest" >"$root/modferry/d/bbbbbbbbbbbb/manifest"
	ln -sfn "/modferry/d/bbbbbbbbbbbb/$kernel/one.ko" "$root$links/one.ko"
	plan 3
	merges "merge one updates/modferry/one.ko" "merge two updates/modferry/two.ko" \
		"merge three updates/modferry/three.ko" \
		"link $links/one.ko /modferry/d/aaaaaaaaaaaa/$kernel/one.ko" \
		"link $links/three.ko /modferry/d/bbbbbbbbbbbb/$kernel/three.ko"
}

case_merge_skip() {
	nvme_machine "modferry.skip=nvme-core"
	plan 0 nvme_core nvme
	merges "merge nvme updates/modferry/nvme.ko" "link $links/nvme.ko /modferry/d/aaaaaaaaaaaa/$kernel/nvme.ko"
	nvme_machine "modferry.skip=one,new,lost"
	ship one "stock kernel/one.ko: kernel/crc_t10dif.ko"
	ship new
	ship lost
	baked aaaaaaaaaaaa one crc_t10dif
	baked aaaaaaaaaaaa new ""
	baked aaaaaaaaaaaa nvme nvme_core
	rm "$root$links/nvme.ko"
	ln -s "/modferry/d/aaaaaaaaaaaa/$kernel/lost.ko" "$root$links/lost.ko" # for a later depmod to find
	ln -s "/modferry/d/aaaaaaaaaaaa/$kernel/nvme-core.ko" "$root$links/nvme_core.ko"
	plan 0 crc_t10dif t10_pi nvme_core nvme
	merges "merge nvme_core updates/modferry/nvme_core.ko" "merge nvme updates/modferry/nvme.ko" \
		"unmerge one kernel/one.ko: kernel/crc_t10dif.ko" "unmerge new updates/modferry/new.ko" \
		"link $links/nvme.ko /modferry/d/aaaaaaaaaaaa/$kernel/nvme.ko" \
		"unlink $links/one.ko" "unlink $links/new.ko" "unlink $links/lost.ko"
}

case_merge_off() {
	nvme_machine "modferry=off"
	plan 3
	merges
	baked aaaaaaaaaaaa nvme nvme_core
	plan 3
	merges "unmerge nvme updates/modferry/nvme.ko" "unlink $links/nvme.ko"
	sed -i '/^module nvme$/,/^sha256/s/^sha256.*/&\nstock kernel\/nvme.ko: kernel\/nvme_core.ko/' "$overlay/manifest"
	mkdir -p "$root/modferry/d/000000000000" # a twin that nothing leads to
	cp "$overlay/manifest" "$root/modferry/d/000000000000/manifest"
	plan 3
	merges "unmerge nvme kernel/nvme.ko: kernel/nvme_core.ko" "unlink $links/nvme.ko"
}

# a driver that failed, and what needs it
case_merge_failed() {
	nvme_machine "module_blacklist=t10_pi"
	ship idle "depends nvme"
	ship alone
	baked aaaaaaaaaaaa nvme nvme_core
	plan 4
	said err 'modferry: nvme_core: is kept out of the module indexes'
	said err 'modferry: idle: is kept out of the module indexes'
	merges "unmerge nvme updates/modferry/nvme.ko" "merge alone updates/modferry/alone.ko" "unlink $links/nvme.ko" \
		"link $links/alone.ko /modferry/d/aaaaaaaaaaaa/$kernel/alone.ko"
}

case_wait() {
	nvme_machine "modferry.wait=disk"
	plan 5 crc_t10dif t10_pi nvme_core nvme
	mkdir -p "$root/sys/class/block" "$root/sys/devices/pci/0000:00:04.0/block/nvme0n1"
	ln -s ../../devices/pci/0000:00:04.0/block/nvme0n1 "$root/sys/class/block/nvme0n1"
	ln -s ../.. "$root/sys/devices/pci/0000:00:04.0/block/nvme0n1/device"
	plan 0 crc_t10dif t10_pi nvme_core nvme
}

n=0
# shellcheck disable=SC2013  # words
for case in $(sed -n 's/^case_\([a-z_]*\)() {$/\1/p' "$0"); do
	"case_$case"
	n=$((n + 1))
done
[ "$n" -gt 0 ]
echo "loader-plan: $n machines"
