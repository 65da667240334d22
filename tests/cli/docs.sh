#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Manuals against the program: pages of commands, cross references, words and keys that the code knows.
# Options are the matter of help.sh.
set -eu
cd "$(dirname "$0")/../.."
modferry=${MODFERRY:-build/modferry}
failed=0

complain() {
	echo "docs: $1" >&2
	failed=1
}

pages() {
	find lib/cli/man initramfs-hooks/man initramfs-hooks/loader dud/man -name '*.[1-8]' | sort
}

# needs PAGE TEXT WHY: the page has this line (fixed text) somewhere
needs() {
	grep -qF -- "$2" "$1" || complain "$1: $3"
}

commands() {
	"$modferry" --help | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

test_commands() {
	[ -n "$(commands)" ] || complain "no commands in --help"
	for command in $(commands); do
		page=lib/cli/man/modferry-$command.1
		[ -f "$page" ] || { complain "$page: missing"; continue; }
		needs lib/cli/man/modferry.1 ".It Cm $command" "no entry for the command $command"
		needs lib/cli/man/modferry.1 ".Xr modferry-$command 1" "no reference to modferry-$command(1)"
	done
	entries=$(sed -n '/^The commands/,/^The options/s/^\.It Cm \([a-z]*\)$/\1/p' lib/cli/man/modferry.1)
	for command in $entries; do
		commands | grep -qx "$command" || complain "modferry.1: $command is no command"
	done
}

# "NAME.SECTION" of each page of ours that a page refers to
references() {
	sed -n 's/^\.Xr \(modferry[a-z-]*\) \([1-8]\).*/\1.\2/p' "$1" | sort -u
}

# Each of our pages that is referred to exists.
test_references() {
	for page in $(pages); do
		for name in $(references "$page"); do
			pages | grep -q "/$name\$" || complain "$page: refers to $name, which does not exist"
		done
	done
}

# Words of the kernel command line: each that the parser knows stands in both pages or among the reserved.
test_command_line() {
	words=$(sed -n 's/.*is_key(word->key, "\(modferry[a-z.]*\)").*/\1/p' lib/core/cmdline.c)
	[ -n "$words" ] || complain "no words found in lib/core/cmdline.c"
	for word in $words; do
		needs lib/cli/man/modferry.1 "$word" "no word $word"
	done
	words=$(sed -n 's/^\.It Cm \(modferry[a-z.]*=*\).*/\1/p' initramfs-hooks/loader/modferry-load.8)
	[ -n "$words" ] || complain "no words found in modferry-load.8"
	for word in $words; do
		needs lib/cli/man/modferry.1 ".It Cm $word" "no entry for $word of modferry-load.8"
	done
}

# Keys of a manifest, and the example, which is that of a golden file.
test_manifest() {
	page=initramfs-hooks/man/modferry-manifest.5
	keys=$(sed -n 's/.*strcmp(key, "\([a-z0-9-]*\)") == 0.*/\1/p' lib/core/manifest.c)
	[ -n "$keys" ] || complain "no keys found in lib/core/manifest.c"
	for key in $keys; do
		grep -qE "^\.(It )?Cm $key( |$)" "$page" || complain "$page: no key $key"
	done
	sed -n '/^\.Bd -literal/,/^\.Ed/p' "$page" | sed '1d;$d' >"$work/example"
	sed -n 's/^	| //p' tests/golden/overlay-rdinit.txt | sed '1,/^modferry-manifest/{/^modferry-manifest/!d}' \
		>"$work/golden"
	cmp -s "$work/example" "$work/golden" || complain "$page: its example is not that of tests/golden/overlay-rdinit.txt"
}

# The words that --format of a command takes, as its table has them.
formats() {
	"$modferry" --completion bash | sed -n "s/.*'$1 --format').* -W \"\([^\"]*\)\".*/\1/p"
}

# Names that an option takes.
test_values() {
	for command in overlay dud; do
		page=lib/cli/man/modferry-$command.1
		[ -n "$(formats $command)" ] || complain "no formats of $command found"
		for format in $(formats $command); do
			grep -q "^\.It Cm .*\<$format\>" "$page" || complain "$page: no format $format"
		done
	done
	hooks=$(sed -n 's/.*\[MF_HOOK_[A-Z_]*\] = "\([a-z-]*\)".*/\1/p' lib/core/target.c)
	[ -n "$hooks" ] || complain "no hooks found in the sources"
	for hook in $hooks; do
		needs initramfs-hooks/man/modferry-overlay.7 ".It Cm $hook" "no hook $hook"
	done
	sed -n 's/.*\.path = "\([^"]*\)",.*/\1/p' initramfs-hooks/hooks.c >"$work/hooks"
	[ -s "$work/hooks" ] || complain "no hook files found in initramfs-hooks/hooks.c"
	while read -r path; do
		needs initramfs-hooks/man/modferry-overlay.7 "$path" "no hook file $path"
	done <"$work/hooks"
}

# A quoting macro reaches to the end of its line: two on one line are quotes within quotes, which none of ours means.
test_quotes() {
	for page in $(pages); do
		# shellcheck disable=SC1112 # these quotes are what is looked for
		! mandoc -T utf8 "$page" | grep -q '’’\|””' || complain "$page: quotes end together"
	done
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
test_commands
test_references
test_command_line
test_manifest
test_values
test_quotes
[ "$failed" -eq 0 ] || exit 1
echo "docs: $(commands | wc -l) commands, $(pages | wc -l) pages agree with the program"
