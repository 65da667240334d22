#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the unit tests under valgrind's memcheck: no invalid access, no use of unset bytes, no leak.
#
# Memory that is still reachable at exit (libcrypto's tables) is no error; nothing is suppressed.
set -eu
# shellcheck source=tests/full/lib.sh
. "$(dirname "$0")/lib.sh"
need valgrind make gcc

memcheck='valgrind --quiet --error-exitcode=99 --leak-check=full
	--show-leak-kinds=definite,indirect,possible --errors-for-leak-kinds=definite,indirect,possible'

unit() {
	# Not -O2: valgrind's stacks and its view of unset bytes suffer from inlining and vector code.
	UNDER_VALGRIND=1 UNIT_RUNNER=$memcheck nice make -s -C "$TOP" -j"$JOBS" BUILD="$BUILD" O="$FULL/valgrind" \
		CFLAGS='-O1 -g' unit
}

step unit "unit tests under memcheck" unit
said_last unit
