# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests of the program share: a scratch folder, running it, looking at what it printed.
here=$(cd "$(dirname "$0")" && pwd)
modferry=${MODFERRY:-$here/../../build/obj/modferry}
name=$(basename "$0" .sh)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	printf '%s: %s\n' "$name" "$1" >&2
	exit 1
}

# run STATUS ARGUMENT...: output in $work/out and $work/err
run() {
	expected=$1
	shift
	status=0
	"$modferry" "$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" -eq "$expected" ] || {
		cat "$work/out" "$work/err" >&2
		fail "exit status $status, expected $expected, for: $*"
	}
}

# A line of out or err has to match, or must not.
has() {
	grep -Eq -- "$2" "$work/$1" || {
		cat "$work/$1" >&2
		fail "no line in $1 like: $2"
	}
}

has_not() {
	! grep -Eq -- "$2" "$work/$1" || fail "a line in $1 like: $2"
}

# A failure is exactly one line on standard error, of the program's form.
one_message() {
	[ "$(wc -l <"$work/err")" -eq 1 ] || {
		cat "$work/err" >&2
		fail "not one message"
	}
	has err "^modferry: $1"
}
