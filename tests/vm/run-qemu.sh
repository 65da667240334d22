#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots a kernel and initramfs in QEMU, software emulation only, with the serial console in a log.
#
#   run-qemu.sh --log FILE --initrd FILE [--kernel ABI|FILE] [--overlay FILE]... [--disk virtio|nvme:IMAGE]...
#               [--append TEXT] [--timeout SECONDS] [--memory MIB] [--cpus N] [--show]
#
# Overlays follow the initrd, each padded to 4 bytes. Disks are never written (snapshot). root= is the first disk
# unless --append has its own; panics end the run. --show prints the console too, as it comes. Anything after `--`
# goes to QEMU.
# Status: 0 the guest powered off or panicked (read the log), 124 not in time, else QEMU's.
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"

log="" initrd="" kernel="" overlays="" root="" append="" show=""
limit=${VM_TIMEOUT:-120} memory=512 cpus=1
disks=0

# disk KIND IMAGE: sets the QEMU words; the first one is root=
disk_words() {
	case $1 in
	virtio) device=virtio-blk-pci name=/dev/vda ;;
	nvme) device="nvme,serial=disk$disks" name=/dev/nvme0n1 ;;
	*) die "--disk $1: expected virtio:IMAGE or nvme:IMAGE" ;;
	esac
	[ -f "$2" ] || die "$2: no such disk image"
	root=${root:-$name}
	qemu_disks="${qemu_disks-}
-drive
if=none,id=d$disks,format=raw,snapshot=on,file=$2
-device
$device,drive=d$disks"
	disks=$((disks + 1))
}

while [ $# -gt 0 ]; do
	case $1 in
	--log) log=$2 ;;
	--initrd) initrd=$2 ;;
	--kernel) kernel=$2 ;;
	--overlay) overlays="$overlays
$2" ;;
	--append) append="$append $2" ;;
	--timeout) limit=$2 ;;
	--memory) memory=$2 ;;
	--cpus) cpus=$2 ;;
	--disk) disk_words "${2%%:*}" "${2#*:}" ;;
	--show)
		show=1
		shift
		continue
		;;
	--)
		shift
		break
		;;
	*) die "$1: unknown option; see the head of $0" ;;
	esac
	[ $# -ge 2 ] || die "$1: value missing"
	shift 2
done
[ -n "$log" ] || die "--log is needed"
[ -f "$initrd" ] || die "--initrd: ${initrd:-nothing given}: no such file"
[ -n "$kernel" ] || kernel=$("$(dirname "$0")/../fixtures/kernels.sh" newest)
[ -f "$kernel" ] || kernel=$FIX/kernels/$kernel/boot/vmlinuz-$kernel
[ -f "$kernel" ] || die "$kernel: no such kernel"
need qemu-system-x86_64 timeout
scratch_dir "$log"

# concatenate FILE...: with zeros up to a multiple of 4 before each
concatenate() {
	for file in "$@"; do
		size=$(stat -c %s "$work/initrd")
		truncate -s $(((size + 3) / 4 * 4)) "$work/initrd"
		cat "$file" >>"$work/initrd"
	done
}

newline='
'
extra=$#
IFS=$newline
# shellcheck disable=SC2086  # split at newlines only
{
	: >"$work/initrd"
	concatenate "$initrd" $overlays
	[ "$extra" -gt 0 ] || set --
	set -- ${qemu_disks-} "$@"
}
unset IFS
case " $append" in
*" root="*) ;;
*) append="${root:+root=$root }$append" ;;
esac

# no_timer_check: where the host is busy, the kernel counts too few of the emulated timer's ticks at its start and
# panics: "IO-APIC + timer doesn't work"
set -- timeout -k 5 "$limit" qemu-system-x86_64 -accel tcg,thread=multi -M q35 -cpu "${VM_CPU:-max}" -smp "$cpus" -m "$memory" \
	-nodefaults -no-user-config -display none -monitor none -serial stdio -no-reboot \
	-kernel "$kernel" -initrd "$work/initrd" -append "console=ttyS0 panic=-1 no_timer_check $append" "$@"
rc=0
if [ -n "$show" ]; then
	{
		"$@" </dev/null 2>&1 || echo $? >"$work/status"
	} | tr -d '\r' | tee "$log"
	[ ! -s "$work/status" ] || rc=$(cat "$work/status")
else
	"$@" </dev/null >"$work/console" 2>&1 || rc=$?
	tr -d '\r' <"$work/console" >"$log"
fi
[ "$rc" -ne 124 ] || echo "run-qemu: no end after $limit s; see $log" >&2
exit "$rc"
