#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry list on tarballs: real forms of `dkms mktarball`, and hostile ones, within bounds.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
tar=$work/tar
mkdir "$tar"
(cd "$work" && python3 "$here/../bad/mktarballs.py" tar --bomb)

row='6\.1\.0-1-amd64 +x86_64 +built +alpha '

list() {
	run "$1" list "$tar/$2"
}

test_forms() {
	list 0 good.dkms.tar.gz
	has out "^box +1\.0 +$row +1\.0 +1 +- +unsigned$"
	has_not out '^note'
	list 0 plain.tar
	has out "^box +1\.0 +$row"
	list 0 dotted.dkms.tar.gz
	has out "^box +1\.0 +$row"
	has_not out '^note'
	list 0 old.dkms.tar.gz
	has out "^box +1\.0 +$row"
	list 0 conf.dkms.tar.gz
	has out "^from-conf +2\.0 +$row"
	list 0 shell-conf-1.5-kernel6.1-x86_64.dkms.tar.gz
	has out "^shell-conf +1\.5 +$row"
	list 0 nameless.dkms.tar.gz
	has out "^- +- +$row"
	has out '^note: .*names its package neither'
	list 0 twice.dkms.tar.gz
	has out '^note: .*alpha\.ko\): stands there twice'
	list 3 no-modules.dkms.tar.gz
	one_message 'list: .*: no driver found; expected'
	[ -z "$(find "$work" -name should-not-be)" ] || fail "a dkms.conf was run"
}

test_combined() {
	run 0 list "$tar/good.dkms.tar.gz" "$tar/conf.dkms.tar.gz" "$tar/good.dkms.tar.gz"
	[ "$(wc -l <"$work/out")" -eq 3 ] || fail "two tarballs (one named twice) do not make two lines"
	run 0 list --only box "$tar/good.dkms.tar.gz" "$tar/conf.dkms.tar.gz"
	[ "$(wc -l <"$work/out")" -eq 2 ] || fail "--only does not choose"
}

# A folder is looked through for modules; tarballs in it are not passed over in silence.
test_folder() {
	mkdir "$work/hosts"
	cp "$tar/good.dkms.tar.gz" "$work/hosts"
	run 3 list "$work/hosts"
	has out '^note: .*/hosts/good\.dkms\.tar\.gz: not opened: '
	has err '^modferry: list: .*/hosts: no driver found; expected'
}

test_hostile() {
	list 0 paths.dkms.tar.gz
	has out "^box +1\.0 +$row"
	has out '^note: .*unsafe names are left out: 4'
	has_not out '(absolute|up|dots|line) '
	list 0 links.dkms.tar.gz
	has out "^box +1\.0 +$row"
	has out '^note: .*sym\.ko\): is a link'
	has out '^note: .*hard\.ko\): is a link'
	has out '^note: .*fifo\.ko\): is a link'
	list 0 no-elf.dkms.tar.gz
	has out "^box +1\.0 +$row"
	[ "$(grep -c '^note: .*no usable module' "$work/out")" -eq 4 ] || fail "four broken modules make not four notes"
	list 0 names.dkms.tar.gz
	has out '^a b"c.\\x1b\[31m  1\\x09\\x5c  '
	list 0 kernel.dkms.tar.gz
	has out '^note: .*alpha\.ko\): made for kernel 6\.1\.0-1-amd64, but DKMS has it as a build for 6\.1\.0-2-amd64'
	has out '^note: .*aarch64/module/alpha\.ko\): made for x86_64, but DKMS has it as a build for aarch64'
	for cut in cut liar; do
		list 0 $cut.dkms.tar.gz
		has out "$row"
		has out '^note: .*damaged or cut off after'
	done
	for bad in junk text nothing cut-gzip empty; do
		list 1 $bad.dkms.tar.gz
		one_message "list: .*$bad\.dkms\.tar\.gz: no .*archive.*expected a DKMS tree"
	done
	list 1 other.tar.gz
	one_message 'list: .*no archive of .dkms mktarball.'
}

# Three GiB from a few MB: refused at the limit, in little memory.
test_bomb() {
	status=0
	(
		ulimit -v 300000
		"$modferry" list "$tar/bomb.dkms.tar.gz" >"$work/out" 2>"$work/err"
	) || status=$?
	[ "$status" -eq 0 ] || fail "exit status $status for an archive that inflates"
	has out "^box +1\.0 +$row"
	has out '^note: .*inflates to more than 1024 MiB'
}

test_json() {
	run 0 list --json "$tar"/names.dkms.tar.gz "$tar/links.dkms.tar.gz"
	python3 - "$work/out" <<'PYTHON' || fail "JSON is not what it should be"
import json, sys
document = json.load(open(sys.argv[1]))
assert list(document) == ["modferry_list", "packages", "notes"]
strange, plain = document["packages"]
assert strange["name"] == "a b\"c'\x1b[31m" and strange["version"] == "1\t\\", strange
assert plain["name"] == "box" and len(document["notes"]) == 3
build = plain["builds"][0]
assert list(build) == ["kernel", "arch", "state", "note", "modules"]
module = build["modules"][0]
assert module["aliases"] == ["pci:v1d2*"] and module["signer"] is None
assert module["member"].endswith("/alpha.ko") and module["path"].endswith("links.dkms.tar.gz")
PYTHON
}

test_forms
test_combined
test_folder
test_hostile
test_bomb
test_json
