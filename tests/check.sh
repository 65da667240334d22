#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs every check, one line each with its time, and closes with one count. No check is ever skipped.
#
#   check.sh         what CI runs
#   check.sh --full  everything, with a log in tests/full/
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

# check NAME COMMAND...
check() {
	name=$1
	shift
	began=$(now)
	if "$@" >"$LOGS/$name.log" 2>&1; then
		passed=$((passed + 1))
		printf 'check: %-18s ok %4d s  %s\n' "$name" $(($(now) - began)) "$(tail -n 1 "$LOGS/$name.log" | cut -c1-110)"
		return
	fi
	failed=$((failed + 1))
	printf 'check: %-18s FAILED after %d s, end of %s:\n' "$name" $(($(now) - began)) "$LOGS/$name.log"
	tail -n 30 "$LOGS/$name.log" | sed 's/^/    /'
}

run() { make --no-print-directory "$@"; }

# The working tree as git sees it must be what it was: checks write below build/ only.
tree_state() { git status --porcelain --untracked-files=all; }

fixtures() {
	tests/fixtures/kernels.sh && tests/fixtures/dkms.sh && tests/fixtures/initrds.sh
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
check initrd-real run initrd-real
check oracle run oracle
if [ "${1-}" = --full ]; then
	check full run full
fi
tree_unchanged() {
	[ "$(tree_state)" = "$before" ] || {
		echo "checks left files outside build/:"
		tree_state
		return 1
	}
}
check tree-unchanged tree_unchanged
printf 'check: %d s in all\n' $(($(now) - start))
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
