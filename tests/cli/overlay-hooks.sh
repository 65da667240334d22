#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Hook files run in dash and busybox ash: they start the loader, and change nothing in the shell that sources them.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
k=6.1.0-1-amd64
mkdir -p "$work/tree"
"$MKKO" "$work/tree/a.ko" name=a "vermagic=$k SMP"
for hook in dracut initramfs-tools; do
	"$MODFERRY" overlay --for generic --hook "$hook" --loader "$MODFERRY" --format dir -o "$work/$hook" "$work/tree" >/dev/null
	file=$(find "$work/$hook" -name '*modferry*' -type f ! -path "$work/$hook/modferry/*")
	[ -n "$file" ]
	sed "s|/modferry/load|$work/load|g" "$file" >"$work/hook"
	shellcheck -s sh "$work/hook"
	for shell in dash "busybox ash"; do
		# no loader: nothing happens; a loader that fails: the shell goes on, with set -e and -u too
		for status in none 0 4; do
			rm -f "$work/load" "$work/ran"
			if [ "$status" != none ]; then
				printf '#!/bin/sh\ntouch %s/ran\nexit %s\n' "$work" "$status" >"$work/load"
				chmod +x "$work/load"
			fi
			cat >"$work/caller" <<-CALLER
				set -eu
				set >"$work/before"
				. "$work/hook"
				set >"$work/after"
				echo "\$-" >"$work/options"
				echo gone-on
			CALLER
			# shellcheck disable=SC2086 # a command with its argument
			[ "$($shell "$work/caller")" = gone-on ]
			grep -v '^_=' "$work/before" >"$work/before.clean"
			grep -v '^_=' "$work/after" >"$work/after.clean"
			cmp "$work/before.clean" "$work/after.clean"
			grep -q e "$work/options"
			if [ "$status" = none ]; then
				[ ! -e "$work/ran" ]
			else
				[ -e "$work/ran" ]
			fi
		done
	done
done
