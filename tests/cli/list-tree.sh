#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# modferry list on DKMS trees of all ages and states, files and folders; same output everywhere.
set -eu
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
tree=$work/dkms
sources=$work/src
kernel=6.1.0-1-amd64

# ko FILE KERNEL NAME [KEY=VALUE...]
ko() {
	file=$1 release=$2 module=$3
	shift 3
	mkdir -p "$(dirname "$file")"
	python3 "$here/mkmodule.py" "$file" "name=$module" "vermagic=$release SMP mod_unload " "$@"
}

# added NAME VERSION: source and its link
added() {
	mkdir -p "$tree/$1/$2" "$sources/$1-$2"
	printf 'PACKAGE_NAME=wrong\ntouch %s/should-not-be\n' "$work" >"$sources/$1-$2/dkms.conf"
	ln -s "$sources/$1-$2" "$tree/$1/$2/source"
}

# built NAME VERSION KERNEL MODULE
built() {
	[ -e "$tree/$1/$2/source" ] || added "$1" "$2"
	ko "$tree/$1/$2/$3/x86_64/module/$4.ko" "$3" "$4" "version=$2" "alias=pci:v1*"
	mkdir -p "$tree/$1/$2/$3/x86_64/log"
	echo log >"$tree/$1/$2/$3/x86_64/log/make.log"
}

make_tree() {
	mkdir -p "$tree"
	touch "$tree/mok.key" "$tree/dkms_dbversion" "$tree/depmod-pending-$kernel-x86_64"
	built alpha 1.0 $kernel alpha
	touch "$tree/alpha/1.0/$kernel/x86_64/module/Module.symvers" "$tree/alpha/1.0/$kernel/x86_64/.dep_box"
	ln -s 1.0/$kernel/x86_64 "$tree/alpha/kernel-$kernel-x86_64"
	mkdir -p "$tree/alpha/1.0/tarball" "$tree/alpha/1.0/rpm"
	ko "$tree/alpha/original_module/$kernel/x86_64/alpha.ko" $kernel alpha
	built alpha 1.1 $kernel alpha
	built alpha 1.1 6.12.1 alpha
	gzip "$tree/alpha/1.1/$kernel/x86_64/module/alpha.ko"
	xz --check=crc32 "$tree/alpha/1.1/6.12.1/x86_64/module/alpha.ko"
	built packed 1 $kernel packed
	zstd -q --rm "$tree/packed/1/$kernel/x86_64/module/packed.ko"
	added waiting 3
	# failed, by what dkms leaves behind
	added failing 1
	mkdir "$tree/failing/1/build"
	echo "DKMS make.log for failing-1 for kernel $kernel (x86_64)" >"$tree/failing/1/build/make.log"
	built again 1 $kernel again
	mkdir "$tree/again/1/build"
	echo "DKMS make.log for again-1 for kernel $kernel (x86_64)" >"$tree/again/1/build/make.log"
	built running 1 6.12.1 running
	mkdir "$tree/running/1/build"
	# inconsistent
	added dangling 1
	rm -r "$sources/dangling-1"
	mkdir -p "$tree/unsourced/1"
	built hollow 1 $kernel hollow
	rm "$tree/hollow/1/$kernel/x86_64/module/hollow.ko"
	built half 1 $kernel half
	rm -r "$tree/half/1/$kernel/x86_64/module"
	mkdir -p "$tree/none"
	added gone 1
	ln -s 1/$kernel/x86_64 "$tree/gone/kernel-$kernel-x86_64"
	built damaged 1 $kernel damaged
	echo text >"$tree/damaged/1/$kernel/x86_64/module/other.ko"
	built moved 1 $kernel moved
	ko "$tree/moved/1/$kernel/x86_64/module/stray.ko" 5.10.0 stray
	ko "$tree/old/1/$kernel/module/old.ko" $kernel old
	ln -s "$sources/old-1" "$tree/old/1/source"
}

test_states() {
	run 0 list --dkms-tree "$tree"
	has out "^alpha +1\.0 +$kernel +x86_64 +installed +alpha +1\.0 +1 "
	has out "^alpha +1\.1 +$kernel +x86_64 +built +alpha "
	has out '^alpha +1\.1 +6\.12\.1 +x86_64 +built +alpha '
	has out "^packed +1 +$kernel +x86_64 +built +packed "
	has out '^waiting +3 +- +- +added +- '
	has out "^failing +1 +$kernel +x86_64 +failed +- "
	has out "^note: failing/1, $kernel: its last build failed .*failing/1/build/make\.log$"
	has out "^again +1 +$kernel +x86_64 +built +again "
	has out "^note: again/1, $kernel: its last build failed"
	has out '^running +1 +- +- +failed '
	has out '^running +1 +6\.12\.1 +x86_64 +built '
	has out '^dangling +1 +- +- +broken '
	has out '^note: dangling/1: source is a dangling link to .*dangling-1$'
	has out '^unsourced +1 +- +- +broken '
	has out "^hollow +1 +$kernel +x86_64 +broken "
	has out "^half +1 +$kernel +x86_64 +failed "
	has out '^note: .*/none: no version'
	has out "^gone +1 +$kernel +x86_64 +broken "
	has out "^note: gone/1, $kernel: marked as installed, but its build is gone$"
	has out "^damaged +1 +$kernel +x86_64 +built +damaged "
	has out '^note: .*/other\.ko: no usable module: not an ELF file'
	has out '^note: .*/stray\.ko: made for kernel 5\.10\.0'
	has out "^old +1 +$kernel +x86_64 +built +old "
	[ "$(grep -c '^alpha' "$work/out")" -eq 3 ] || fail "alpha does not have three lines"
	[ ! -e "$work/should-not-be" ] || fail "a dkms.conf was run"
	cp "$work/out" "$work/whole"
	run 0 list "$tree"
	cmp -s "$work/out" "$work/whole" || fail "the tree is not known without --dkms-tree"
}

# What kind a source is, is found by looking.
test_parts() {
	run 0 list "$tree/alpha"
	[ "$(wc -l <"$work/out")" -eq 4 ] || fail "package folder"
	run 0 list "$tree/alpha/1.1"
	[ "$(wc -l <"$work/out")" -eq 3 ] || fail "version folder"
	run 0 list "$tree/alpha/1.1/6.12.1"
	[ "$(wc -l <"$work/out")" -eq 2 ] || fail "kernel folder"
	(cd "$tree/alpha/1.0/$kernel/x86_64" && run 0 list .)
	has out "^alpha +1\.0 +$kernel +x86_64 +installed "
	run 0 list "$tree/alpha/kernel-$kernel-x86_64"
	has out "^alpha +1\.0 +$kernel +x86_64 +installed "
	run 0 list "$tree/alpha/1.0/$kernel/x86_64/module"
	has out "^- +- +$kernel +x86_64 +built +alpha "
	run 0 list "$tree/alpha/1.1/$kernel/x86_64/module/alpha.ko.gz"
	has out "^- +- +$kernel +x86_64 +built +alpha "
}

test_options() {
	run 0 list --dkms-tree "$tree" --kernel 6.12.1 --only alpha
	[ "$(wc -l <"$work/out")" -ge 2 ] || fail "--kernel and --only"
	has out '^alpha +1\.1 +6\.12\.1 '
	has_not out '^alpha +1\.0'
	run 0 list --dkms-tree "$tree" --arch amd64 --only alpha/1.0:alpha
	has out '^alpha +1\.0 '
	run 3 list --dkms-tree "$tree" --only alpha/1.1 --kernel 6.6.6-1-amd64
	one_message 'list: no build for kernel 6\.6\.6-1-amd64; build it with: dkms build .*alpha/1\.1.*linux-headers-6\.6\.6-1-amd64'
	run 3 list --dkms-tree "$tree" --arch s390x
	one_message 'list: '
	mkdir "$work/empty"
	run 3 list "$work/empty"
	one_message 'list: .*: no driver found; expected'
	run 1 list "$work/missing"
	one_message 'list: .*/missing: No such file or directory; expected a DKMS tree'
	run 1 list --dkms-tree "$work/missing"
	one_message 'list: .*/missing: No such file or directory; expected a DKMS tree'
	run 1 list "$tree/damaged/1/$kernel/x86_64/module/other.ko"
	one_message 'list: .*/other\.ko: not an ELF file'
	run 1 list /dev/null
	one_message 'list: /dev/null: neither file nor folder'
	run 2 list --symbols "$tree"
	one_message 'list: --symbols'
	run 0 list --targets
	has out '^rhel9 '
	run 2 list --targets --arch arm
	one_message 'list: --targets prints all targets, --arch chooses drivers; leave out one$'
	run 0 list --targets --json
	python3 -c 'import json, sys; d = json.load(sys.stdin); assert d["modferry_targets"] == 1 and d["targets"]' <"$work/out" ||
		fail "targets are no JSON"
}

test_folder() {
	folder=$(printf '%s/fol der"\n\t\033[1m' "$work")
	ko "$folder/a/one.ko" $kernel one "description=$(printf 'tab\tquote" \\ \377')"
	ko "$work/elsewhere/two.ko" 6.12.1 two
	ln -s "$work/elsewhere/two.ko" "$folder/two.ko"
	ln -s "$work/elsewhere" "$folder/build"
	ln -s . "$folder/loop"
	ln -s nowhere "$folder/lost.ko"
	mkfifo "$folder/pipe.ko"
	run 0 list "$folder"
	has out "^- +- +$kernel +x86_64 +built +one "
	[ "$(grep -c ' two ' "$work/out")" -eq 1 ] || fail "a folder that is a link was entered"
	has out '^note: .*/fol der"\\x0a\\x09\\x1b\[1m/lost\.ko: cannot be read'
	[ "$(wc -l <"$work/out")" -eq 4 ] || fail "names with newlines break lines"
	run 0 list --json --symbols "$folder"
	python3 - "$work/out" "$folder" <<'PYTHON' || fail "JSON is not what it should be"
import json, sys
document = json.load(open(sys.argv[1], encoding="utf-8"))
package, = document["packages"]
assert package["name"] is None and package["source"] == sys.argv[2]
one = package["builds"][0]["modules"][0]
assert one["description"] == "tab\tquote\" \\ \ufffd", one["description"]
assert one["path"] == sys.argv[2] + "/a/one.ko" and one["imports"] == [] and one["exports"] == []
PYTHON
}

# The same files made in another order, seen from another place of the world.
test_same() {
	mkdir "$work/copy"
	find "$tree" -mindepth 1 -maxdepth 1 -name '[a-z]*' | LC_ALL=C sort -r | while read -r entry; do
		cp -a "$entry" "$work/copy/"
	done
	mv "$tree" "$work/first"
	for form in '' --json; do
		mv "$work/first" "$tree"
		# shellcheck disable=SC2086 # none or one word
		run 0 list $form "$tree"
		cp "$work/out" "$work/whole"
		mv "$tree" "$work/first"
		mv "$work/copy" "$tree"
		# shellcheck disable=SC2086
		TZ=Asia/Tokyo LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 POSIXLY_CORRECT='' run 0 list $form "$tree"
		mv "$tree" "$work/copy"
		cmp "$work/out" "$work/whole" || fail "another output in another place"
	done
	mv "$work/first" "$tree"
}

test_full() {
	for form in '' --json; do
		status=0
		# shellcheck disable=SC2086
		"$modferry" list $form "$tree" >/dev/full 2>"$work/err" || status=$?
		[ "$status" -eq 1 ] || fail "status $status on a full disk"
		one_message 'list: standard output: No space left'
	done
}

make_tree
test_states
test_parts
test_options
test_folder
test_same
test_full
