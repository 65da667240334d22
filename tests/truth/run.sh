#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The truth matrix: does `modferry check` say of each mutated driver what the real kernel says?
#
#   run.sh           20 cases on the newest 6.1 kernel
#   run.sh --full    all cases of tests/truth/cases.txt on every kernel of `kernels.sh all`, and on one whose headers
#                    are gone, with its neighbour's builds; the table goes to tests/truth/RESULTS.log
#   run.sh --kernel-only [--full]   without asking modferry: are the mutations what they claim to be?
#
# One boot a kernel. The guest's initramfs without the cases is what check gets as --initrd.
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"
# shellcheck source=tests/pairs.sh
. "$TOP/tests/pairs.sh"

export MODFERRY="${MODFERRY:-$BUILD/modferry}"
export PYTHONDONTWRITEBYTECODE=1
HERE=$TOP/tests/truth
VM=$TOP/tests/vm
TRUTH=$BUILD/truth
MUSL_CC=${MUSL_CC:-musl-gcc}

# symvers ABI: its Module.symvers; a name that is not there when it has no headers
symvers() {
	echo "$(headers_dir "$1" | grep . || echo "$TRUTH/no-headers")/usr/src/linux-headers-$1/Module.symvers"
}

# neighbour ABI: of the same series the next kernel with headers, else the one before
neighbour() {
	near_series=$(echo "$1" | cut -d. -f1,2)
	{
		awk -v abi="$1" -v series="$near_series" '$3 == series && $1 != abi { print $1 }' "$TRUTH/kernels"
		echo "$1"
	} | sort -V | awk -v abi="$1" '
		found { print; done = 1; exit }
		$1 == abi { found = 1; next }
		{ before = $1 }
		END { if (!done) print before }'
}

# guest_make ABI: initramfs with what the cases depend on, one without, and the cases behind it
guest_make() {
	guest=$TRUTH/$1
	sed 's/^/+/' "$guest/stock" | xargs "$VM/mk-initramfs.sh" "$1" "$guest/base.gz"
	"$VM/mk-initramfs.sh" "$1" "$guest/bare.gz"
	mkdir -p "$guest/overlay"
	mv "$guest/cases" "$guest/overlay/truth"
	ln -s overlay/truth "$guest/cases"
	cp "$guest/plan" "$TRUTH/guest" "$guest/overlay/truth"
	(cd "$guest/overlay" && find . | sort | cpio -o -H newc --quiet) >"$guest/overlay.cpio"
}

# guest_boot ABI: the guest's words are in $TRUTH/ABI/log
guest_boot() {
	"$VM/run-qemu.sh" --log "$TRUTH/$1/log" --kernel "$(image_dir "$1")/boot/vmlinuz-$1" --timeout 600 --memory 1024 \
		--initrd "$TRUTH/$1/base.gz" --overlay "$TRUTH/$1/overlay.cpio" \
		--append "rdinit=/truth/guest quiet loglevel=1"
	rm "$TRUTH/$1/overlay.cpio"
	grep -aq '^truth: done$' "$TRUTH/$1/log" || die "the guest of $1 did not come to its end; see $TRUTH/$1/log"
}

# kernel_run ABI BUILT DKMS OPTION...: all of one kernel, with the builds for kernel BUILT in the tree DKMS
kernel_run() {
	run_abi=$1 run_built=$2 run_dkms=$3
	shift 3
	mkdir -p "$TRUTH/$run_abi"
	python3 "$HERE/make-cases.py" --table "$HERE/cases.txt" --abi "$run_abi" --tree "$(image_dir "$run_abi")" \
		--dkms "$run_dkms" --built "$run_built" --symvers "$(symvers "$run_built")" --out "$TRUTH/$run_abi" "$@"
	guest_make "$run_abi"
	guest_boot "$run_abi"
}

# full_run ABI: with options that depend on what else there is
full_run() {
	full_built=$1
	[ -d "$FIX/dkms-full/$1" ] || full_built=$(neighbour "$1")
	full_other=$(neighbour "$full_built")
	full_foreign=$(awk -v abi="$1" '{ split(abi, v, "."); if ($3 != v[1] "." v[2]) print $1 }' "$TRUTH/kernels" | tail -n 1)
	step "$1" "$1 with builds for $full_built" kernel_run "$1" "$full_built" "$FIX/dkms-full/$full_built/dkms" \
		--other "$FIX/dkms-full/$full_other/dkms" --foreign "$FIX/dkms-full/$full_foreign/dkms"
}

# without_host_headers COMMAND...: check takes Module.symvers from headers that are installed here, which would make
# the initrd alone look better than it is
without_host_headers() {
	root=--map-root-user
	[ "$(id -u)" -ne 0 ] || root=""
	# shellcheck disable=SC2016,SC2086  # expanded by the inner shell; one option or none
	unshare $root --mount --propagation private sh -euc '
		for dir in /usr/src /lib/modules; do
			[ ! -d "$dir" ] || mount -t tmpfs tmpfs "$dir"
		done
		exec "$@"
	' sh "$@"
}

# judge OPTION...: of all kernels that were run
judge() {
	for judge_abi in $abis; do
		set -- "$@" "$TRUTH/$judge_abi" "$(image_dir "$judge_abi")/boot" "$(symvers "$judge_abi")"
	done
	without_host_headers python3 "$HERE/judge.py" "$@"
}

quick=1 judge_options=""
for option in "$@"; do
	case $option in
	--full) quick="" ;;
	--kernel-only) judge_options=--kernel-only ;;
	*) die "usage: run.sh [--kernel-only] [--full]" ;;
	esac
done
need python3 cpio gzip depmod unshare zstd "$MUSL_CC"
fresh_dir "$TRUTH"
"$MUSL_CC" -std=gnu11 -Wall -Wextra -Werror -Os -static -s -D_GNU_SOURCE -o "$TRUTH/guest" "$HERE/guest.c"
if [ -n "$quick" ]; then
	abis=$("$TOP/tests/fixtures/kernels.sh" newest)
	"$TOP/tests/fixtures/dkms.sh"
	step "$abis" "$abis" kernel_run "$abis" "$abis" "$FIX/dkms" --quick
	# shellcheck disable=SC2086  # one option or none
	judge $judge_options --exactly 20 --table "$TRUTH/table.txt"
else
	cp "$FIX/kernels-all.txt" "$TRUTH/kernels"
	gone=$("$TOP/tests/fixtures/kernels.sh" headerless | awk '$3 == "6.1" { abi = $1 } END { print abi }')
	abis="$(cut -d' ' -f1 "$TRUTH/kernels") $gone"
	for abi in $abis; do
		"$TOP/tests/fixtures/kernels.sh" image "$abi"
	done
	# shellcheck disable=SC2086  # a list
	in_pairs full_run $abis
	# shellcheck disable=SC2086  # one option or none
	judge $judge_options --at-least 120 --table "$TRUTH/table.txt"
	[ -n "$judge_options" ] || cp "$TRUTH/table.txt" "$HERE/RESULTS.log"
fi
