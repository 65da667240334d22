#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the tests of the program in tests/cli, shows the output of those that fail, and closes with one count.
set -u
cd "$(dirname "$0")/.." || exit 1
MODFERRY=${MODFERRY:-$PWD/build/obj/modferry}
TOOLS=${TOOLS:-$PWD/build/obj/tools} # programs of tests/tools, each under its name in capitals
EMITSPEC=$TOOLS/emitspec MKDEB=$TOOLS/mkdeb MKKO=$TOOLS/mkko MKRPM=$TOOLS/mkrpm SINKFOLDER=$TOOLS/sinkfolder
export MODFERRY EMITSPEC MKDEB MKKO MKRPM SINKFOLDER
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for test in tests/cli/*.sh; do
	case $test in
	*/lib.sh) continue ;; # sourced by the others
	esac
	if "$test" >"$log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf -- '--- %s failed\n' "$test"
		cat "$log"
	fi
done
printf 'cli: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
