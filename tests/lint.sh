#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Form of the sources: clang-format, shellcheck, man pages, SPDX lines, file length, forbidden calls.
set -u
cd "$(dirname "$0")/.." || exit 1
faults=$(mktemp)
trap 'rm -f "$faults"' EXIT

# complain TEXT: what standard input holds is a fault (a file counts them: this runs behind pipes)
complain() {
	found=$(cat)
	[ -n "$found" ] || return 0
	printf '%s\n%s\n' "$1" "$found" | tee -a "$faults"
}

files() {
	git ls-files -co --exclude-standard -- "$@" | while read -r file; do [ ! -f "$file" ] || echo "$file"; done
}

files '*.c' '*.h' | xargs clang-format --dry-run 2>&1 | grep -E 'warning|error' | head -n 20 |
	complain "lint: run clang-format -i on:"
{
	files '*.sh' .ci/run .ci/deps
	files | xargs grep -lE '^#!/bin/(ba)?sh' --
} | sort -u | xargs shellcheck -x 2>&1 | complain "lint: shellcheck says:"
files '*.[1578]' | while read -r page; do
	# -W style: an unknown cross reference to our own pages is checked by the help test
	mandoc -T lint -W style "$page" 2>&1 |
		grep -v -e 'referenced manual not found' -e 'outdated mandoc.db'
done | complain "lint: mandoc says:"
files '*.c' '*.h' '*.sh' '*.mk' Makefile .ci/run .ci/deps | while read -r file; do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' || echo "$file"
done | complain "lint: no SPDX line in:"
files '*.c' '*.h' | while read -r file; do
	limit=400
	[ "${file#tests/}" = "$file" ] || limit=600 # tests are tables of cases: splitting those hides them
	lines=$(wc -l <"$file")
	[ "$lines" -le "$limit" ] || echo "$file: $lines lines, at most $limit"
done | complain "lint: too long:"
files '*.c' '*.h' | xargs grep -nE \
	'(^|[^_[:alnum:]])(system|popen|strcpy|strcat|sprintf|vsprintf|strtok|alloca|gets|atoi|atol|mktemp|setlocale)\(' |
	complain "lint: calls that are not used here:"
files 'lib/*.c' 'lib/*.h' | grep -v '^lib/cli/registry.c$' |
	xargs grep -nE '#include "(dud|pxe|kickstart|initramfs-hooks)/' |
	complain "lint: only lib/cli/registry.c names the slices:"
files 'lib/io/*' | xargs grep -nE '#include "lib/cli/' | complain "lint: includes against the layers:"
files 'lib/base/*' 'lib/core/*' | xargs grep -nE '#include "lib/(io|cli)/' |
	complain "lint: includes against the layers:"
files 'lib/base/*' | xargs grep -nE '#include "lib/core/' | complain "lint: includes against the layers:"
files 'initramfs-hooks/*.c' 'initramfs-hooks/*.h' 'dud/*' | xargs grep -nE '#include "lib/(io|cli)/' |
	complain "lint: includes against the layers:"
[ ! -s "$faults" ] || exit 1
echo "lint: clean"
