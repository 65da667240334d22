#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion scripts: each shell that is there parses its own; bash completes with it.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# complete WORD...: what bash offers for the last word
complete_words() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_modferry
	printf '%s\n' "${COMPREPLY[@]}" >"$work/out"
}

test_bash() {
	"$modferry" --completion bash >"$work/bash"
	bash -n "$work/bash" || fail "bash does not parse its script"
	complete() { :; } # not loaded in scripts everywhere
	# shellcheck disable=SC1091
	. "$work/bash"
	complete_words modferry li
	has out '^list$'
	complete_words modferry list --js
	has out '^--json$'
	complete_words modferry list --kernel ""
	has_not out '.' # a kernel release: nothing to offer
	complete_words modferry overlay --for debian1
	[ "$(tr '\n' ' ' <"$work/out")" = 'debian12 debian13 ' ] || fail "--for does not offer the targets"
	complete_words modferry overlay --hook ""
	has out '^initramfs-tools$'
	complete_words modferry overlay --format cp
	has out '^cpio\.gz$'
	touch "$work/file.ko"
	complete_words modferry list "$work/fi"
	has out '/file\.ko$'
}

test_bash
for shell in zsh fish; do
	run 0 --completion "$shell"
	has out list
	has out dkms-tree
	has out 'debian12 debian13'
	has out 'cpio\.gz cpio '
	command -v "$shell" >/dev/null || continue
	"$shell" -n "$work/out" || fail "$shell does not parse its script"
done
run 2 --completion csh
one_message '--completion: expected one of'
