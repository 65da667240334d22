#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Hooks in the shells that run them: they start the loader, outlive whatever it is, and leave the shell as it was.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
k=6.1.0-1-amd64

fail() {
	echo "overlay-hooks: $*" >&2
	exit 1
}

# overlay HOOK: its files below $work/HOOK
overlay() {
	"$MODFERRY" overlay --for generic --hook "$1" --loader "$MODFERRY" --format dir -o "$work/$1" "$work/tree" >/dev/null
}

# hook_script HOOK: the hook's script as $work/hook, with a loader that is $work/load
hook_script() {
	overlay "$1"
	file=$(find "$work/$1" -name '*modferry*' -type f ! -path "$work/$1/modferry/*")
	[ -x "$file" ] || fail "$1: no executable hook"
	sed "s|/modferry/load|$work/load|g" "$file" >"$work/hook"
	chmod +x "$work/hook"
	shellcheck -s sh "$work/hook"
}

# loader_make KIND: $work/load, which notes in $work/ran that it ran
loader_make() {
	rm -rf "$work/load" "$work/ran"
	case $1 in
	missing) return ;;
	folder) mkdir "$work/load" ;;
	empty) : >"$work/load" ;;
	damaged) head -c 3000 "$MODFERRY" >"$work/load" ;;
	plain | exits-*) printf '#!/bin/sh\ntouch %s/ran\nexit %s\n' "$work" "${1#*-}" >"$work/load" ;;
	crashes) printf '#!/bin/sh\ntouch %s/ran\nkill -SEGV $$\n' "$work" >"$work/load" ;;
	esac
	chmod +x "$work/load"
	[ "$1" != plain ] || chmod -x "$work/load"
}

# ran_rightly KIND
ran_rightly() {
	case $1 in
	exits-* | crashes) [ -e "$work/ran" ] ;;
	*) [ ! -e "$work/ran" ] ;;
	esac
}

# sourced SHELL...: by a caller with set -e and -u, whose variables and options must stay
sourced() {
	cat >"$work/caller" <<-CALLER
		set -eu
		set >"$work/before"
		. "$work/hook"
		last=\$?
		unset last
		set >"$work/after"
		echo "\$-" >"$work/options"
		echo gone-on
	CALLER
	[ "$("$@" "$work/caller" 2>"$work/errors")" = gone-on ] || return 1
	for when in before after; do
		# what each shell sets by itself
		grep -Ev '^(_|BASH_LINENO|BASH_ARGC|BASH_ARGV|PIPESTATUS|LINENO|RANDOM|SECONDS)=' "$work/$when" >"$work/$when.own"
	done
	cmp "$work/before.own" "$work/after.own" && grep -q e "$work/options"
}

KINDS="missing plain folder empty damaged crashes exits-0 exits-1 exits-3 exits-4"
mkdir -p "$work/tree"
"$MKKO" "$work/tree/a.ko" name=a "vermagic=$k SMP"

for hook in dracut initramfs-tools; do
	hook_script "$hook"
	for shell in dash "busybox ash" bash "bash --posix"; do
		for kind in $KINDS; do
			loader_make "$kind"
			# shellcheck disable=SC2086 # a command with its argument
			sourced $shell || fail "$hook in $shell: a loader that is $kind changes its caller"
			ran_rightly "$kind" || fail "$hook in $shell: the loader: $kind"
		done
	done
done

# debian-installer runs what is executable; should the mode be lost, it sources it
hook_script debian-installer
mkdir "$work/bin"
printf '#!/bin/sh\necho "$*" >>%s/settled\nexit 1\n' "$work" >"$work/bin/udevadm"
chmod +x "$work/bin/udevadm"
PATH=$work/bin:$PATH
for kind in $KINDS; do
	loader_make "$kind"
	rm -f "$work/settled"
	"$work/hook" 2>"$work/errors" || fail "debian-installer: fails where the loader is $kind"
	ran_rightly "$kind" || fail "debian-installer: the loader: $kind"
	[ ! -e "$work/ran" ] || grep -q '^settle --timeout=' "$work/settled" || fail "debian-installer: udev is not waited for"
	for shell in dash "busybox ash"; do
		# shellcheck disable=SC2086
		sourced $shell || fail "debian-installer in $shell: a loader that is $kind changes its caller"
	done
done

# the unit, checked by systemd among units of the names it is ordered with
overlay systemd
units=$work/systemd/usr/lib/systemd/system
[ "$(readlink "$units/sysinit.target.wants/modferry-load.service")" = ../modferry-load.service ] ||
	fail "systemd: nothing wants the unit"
[ -f "$units/sysinit.target.wants/modferry-load.service" ] || fail "systemd: the link leads nowhere"
sed "s|/modferry/load|$work/load|" "$units/modferry-load.service" >"$work/modferry-load.service"
loader_make exits-0
systemd-analyze verify --man=no --recursive-errors=no "$work/modferry-load.service" >"$work/verify" 2>&1 ||
	fail "systemd-analyze: $(cat "$work/verify")"
[ ! -s "$work/verify" ] || fail "systemd-analyze: $(cat "$work/verify")"
