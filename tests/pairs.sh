# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by tests that run many things side by side: two at a time, as CI has two processors.

# in_pairs FUNCTION WORD...: calls it with each word; the status is 1 when any call failed
in_pairs() {
	pairs_function=$1 pairs_failed=0
	shift
	while [ $# -gt 0 ]; do
		"$pairs_function" "$1" &
		pairs_first=$! pairs_second=""
		if [ $# -gt 1 ]; then
			"$pairs_function" "$2" &
			pairs_second=$!
			shift
		fi
		shift
		wait "$pairs_first" || pairs_failed=1
		[ -z "$pairs_second" ] || wait "$pairs_second" || pairs_failed=1
	done
	return "$pairs_failed"
}
