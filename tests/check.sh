#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every check, one line each with its time, and closes with one count. No check is ever skipped.
#
#   check.sh         what CI runs
#   check.sh --full  everything; its lines go to tests/full/RESULTS.log too, which is committed
#
# Slow input is made in the background while the quick checks run.
set -u
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-build}
LOGS=$BUILD/check
passed=0 failed=0
export LC_ALL=C
rm -rf "$LOGS"
mkdir -p "$LOGS"

now() { date +%s; }

# say FORMAT ARGUMENT...: to the screen and the log
say() {
	# shellcheck disable=SC2059 # the format comes from here
	printf "$@" | tee -a "$LOGS/summary.log"
}

# check NAME COMMAND...
check() {
	name=$1
	shift
	began=$(now)
	if "$@" >"$LOGS/$name.log" 2>&1; then
		passed=$((passed + 1))
		say 'check: %-18s ok %4d s  %s\n' "$name" $(($(now) - began)) "$(tail -n 1 "$LOGS/$name.log" | cut -c1-110)"
		return
	fi
	failed=$((failed + 1))
	say 'check: %-18s FAILED after %d s, end of %s:\n' "$name" $(($(now) - began)) "$LOGS/$name.log"
	tail -n 30 "$LOGS/$name.log" | sed 's/^/    /' | tee -a "$LOGS/summary.log"
}

run() { make --no-print-directory "$@"; }

# The working tree as git sees it must be what it was: checks write below build/ only.
tree_state() { git status --porcelain --untracked-files=all | grep -v ' tests/.*/RESULTS\.'; }

fixtures() {
	tests/fixtures/kernels.sh && tests/fixtures/dkms.sh && tests/fixtures/initrds.sh && tests/fixtures/el.sh
}

start=$(now)
before=$(tree_state)
fixtures >"$LOGS/fixtures-background.log" 2>&1 &
maker=$!

check build run -j2 all
check lint run lint
check purity run purity
check unit run unit
check unit-clang run -j2 unit-clang
check unit-asan run -j2 unit-asan
check loader run loader-check
check cli run cli-test
check fuzz-replay run -j2 fuzz-replay
wait "$maker" || true # what it could not make is made again, and said, by this check:
check fixtures fixtures
check boot-without tests/vm/test-boot-without.sh --control
check demo tests/vm/demo.sh
check loader-boots run vm-loader
check hooks run vm-hooks
check truth run truth
check installer-boots run vm-installer
check stick run vm-stick
check initrd-real run initrd-real
check archive-rules run vm-archive
check probe-real run probe-real
check vmlinuz-real run vmlinuz-real
check dud-real run dud-real
check oracle run oracle
full_fixtures() {
	tests/fixtures/kernels.sh --all && tests/fixtures/dkms.sh --full && tests/fixtures/initrds.sh --full &&
		tests/fixtures/dkms-trixie.sh
}
# The fresh machine runs demo and check of its own for a quarter of an hour, beside the other rows.
full_fresh() {
	wait "$fresh"
	rc=$?
	tail -n 12 "$LOGS/full-fresh-background.log"
	return "$rc"
}
if [ "${1-}" = --full ]; then
	check full-deps run deps-full
	check full-bench run bench # first, while nothing else runs
	run full-fresh >"$LOGS/full-fresh-background.log" 2>&1 &
	fresh=$!
	check full-fixtures full_fixtures
	check full-builds tests/full/builds.sh
	check full-truth run truth-full
	check full-initrds run initrd-real
	check full-stops run initrd-stops
	check full-archive run vm-archive-all
	check full-vmlinuz run vmlinuz-all
	check full-frameworks run vm-frameworks
	check full-installer run vm-installer-full
	check full-injection run vm-injection-full
	check full-debs run deb-real
	for row in valgrind bits32 bigendian; do
		check "full-$row" run "full-$row"
	done
	check full-fuzz run -j2 fuzz
	check full-fresh full_fresh
fi
tree_unchanged() {
	[ "$(tree_state)" = "$before" ] || {
		echo "checks left files outside build/:"
		tree_state
		return 1
	}
}
check tree-unchanged tree_unchanged
say 'check: %d s in all\n' $(($(now) - start))
say '%d passed, %d failed\n' "$passed" "$failed"
if [ "${1-}" = --full ]; then
	{
		printf 'make check-full, %s, commit %s\n' "$(date -u +%Y-%m-%d)" "$(git rev-parse --short HEAD)"
		printf '%s, %s cores, %s, %s\n\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
			"$(. /etc/os-release && echo "$PRETTY_NAME")" "$(qemu-system-x86_64 --version | head -n 1)"
		cat "$LOGS/summary.log"
		printf '\nfuzz targets:\n'
		grep '^fuzz: ' "$LOGS/full-fuzz.log"
		printf '\nDKMS builds (package version kernel result seconds):\n'
		cat "$BUILD/fixtures/dkms-full-builds.txt"
	} >tests/full/RESULTS.log
fi
[ "$failed" -eq 0 ]
