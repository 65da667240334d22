#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs unit test programs, shows the output of those that fail, and closes with one count.
#
# Environment: UNIT_RUNNER (a command and its options) runs each program in place of the kernel: valgrind, qemu-user.
set -u
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for program in "$@"; do
	# shellcheck disable=SC2086 # a command and its options
	if ${UNIT_RUNNER-} "$program" >"$log" 2>&1; then
		passed=$((passed + $(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | head -n 1)))
	else
		failed=$((failed + 1))
		printf -- '--- %s failed\n' "$program"
		cat "$log"
	fi
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
