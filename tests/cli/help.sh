#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Options: --help, manual and completion name the same ones; form of the help; usage errors.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
manuals=$here/../../lib/cli/man

commands() {
	"$modferry" --help | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

# Each prints "--name" lines, sorted.
in_help() {
	"$modferry" "$1" --help | sed -n 's/^  \(-., \|    \)\(--[a-z0-9-]*\).*/\2/p' | sort
}

in_manual() {
	grep -E '^\.It (Fl . , )?Fl -' "$manuals/modferry-$1.1" | sed 's/.*Fl -\([a-z0-9-]*\).*/--\1/' | sort
}

in_completion() {
	"$modferry" --completion bash | sed -n "s/^	$1) options='\(.*\)' ;;/\1/p" | tr -s ' ' '\n' | grep . | sort
}

test_command() {
	command=$1
	run 0 "$command" --help
	[ ! -s "$work/err" ] || fail "$command: help on standard error"
	has out "^usage: modferry $command "
	cp "$work/out" "$work/help"
	run 0 "$command" -h
	cmp -s "$work/out" "$work/help" || fail "$command: -h is not --help"
	awk 'length > 80 { exit 1 }' "$work/help" || fail "$command: help is wider than 80 columns"
	in_help "$command" >"$work/in-help"
	grep -qx -- --help "$work/in-help" || fail "$command: --help does not list itself"
	in_manual "$command" >"$work/in-manual"
	in_completion "$command" >"$work/in-completion"
	diff "$work/in-help" "$work/in-manual" || fail "$command: --help (<) and manual (>) differ"
	diff "$work/in-help" "$work/in-completion" || fail "$command: --help (<) and completion (>) differ"
	run 0 "$command" -V
	has out '^modferry [0-9]+\.[0-9]+\.[0-9]+$'
	run 2 "$command" --no-such-option
	one_message "$command: .*--no-such-option"
}

test_program() {
	run 0 --help
	awk 'length > 80 { exit 1 }' "$work/out" || fail "help is wider than 80 columns"
	[ ! -s "$work/err" ] || fail "help on standard error"
	run 0 --version
	has out '^modferry [0-9]+\.[0-9]+\.[0-9]+$'
	run 2
	one_message 'no command'
	run 2 no-such-command
	one_message 'unknown command no-such-command; see: modferry --help'
	run 2 --no-such-option
	one_message 'unknown option'
	run 2 list --kernel
	one_message 'list: option --kernel needs an argument'
	run 2 list --json=yes
	one_message 'list: option --json takes no argument'
	run 2 list -Z
	one_message 'list: unknown option -Z'
	run 2 "$(printf 'a\nb\033[31m')"
	one_message 'unknown command a.x0ab.x1b\[31m;'
}

# A full disk, a closed standard output: one message and status 1.
test_output() {
	for arguments in --help 'list --targets' 'list --targets --json' --version; do
		status=0
		# shellcheck disable=SC2086 # two words
		"$modferry" $arguments >/dev/full 2>"$work/err" || status=$?
		[ "$status" -eq 1 ] || fail "$arguments: status $status on a full disk"
		one_message '.*standard output: No space left'
		status=0
		# shellcheck disable=SC2086
		"$modferry" $arguments >&- 2>"$work/err" || status=$?
		[ "$status" -eq 1 ] || fail "$arguments: status $status with standard output closed"
		one_message '.*standard output: '
	done
}

test_program
test_output
[ -n "$(commands)" ] || fail "no commands in --help"
for command in $(commands); do
	test_command "$command"
done
