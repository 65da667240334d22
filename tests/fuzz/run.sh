#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs fuzz targets: run.sh SECONDS TARGET... ; 0 seconds replays each corpus once, as CI does.
#
# Each corpus must hold accepted and rejected inputs (accept-*, reject-*). Edges covered are printed. New inputs go
# to build/fuzz/corpus, never into the tree.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/pairs.sh
. tests/pairs.sh
seconds=$1
shift

# run_target TARGET: one line, and on failure the log's end before it
run_target() {
	target=$1
	name=$(basename "$target")
	corpus=tests/fuzz/corpus/$name
	log=$target.log
	for kind in accept reject; do
		if ! find "$corpus" -name "$kind-*" 2>/dev/null | grep -q .; then
			echo "fuzz: $name: no $kind-* in $corpus"
			return 1
		fi
	done
	if [ "$seconds" -eq 0 ]; then
		set -- -runs=0 "$corpus"
	else
		mkdir -p "build/fuzz/corpus/$name"
		set -- -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2560 -print_final_stats=1 \
			-artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" "$corpus"
	fi
	if ! "$target" "$@" >"$log" 2>&1; then
		tail -n 30 "$log"
		echo "fuzz: $name: failed, see $log"
		return 1
	fi
	edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
	runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p; s/^stat::number_of_executed_units: //p' "$log" | tail -n 1)
	echo "fuzz: $name: $(find "$corpus" -type f | wc -l) inputs in the corpus, ${runs:-0} runs, ${edges:-?} edges covered"
}

in_pairs run_target "$@"
