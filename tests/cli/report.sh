#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# `modferry report` on good, damaged and foreign files: what it prints and its exit codes.
set -eu
modferry=${MODFERRY:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
n=0

# run STATUS ARGUMENT...: out and err are kept
run() {
	want=$1 got=0
	shift
	what=$*
	"$modferry" report "$@" >out 2>err </dev/null || got=$?
	[ "$got" -eq "$want" ] || fail "status $got, expected $want"
	n=$((n + 1))
}

fail() {
	echo "report: $what: $*; it printed:" >&2
	cat out err >&2
	exit 1
}

# has FILE PATTERN
has() {
	grep -Eq -e "$2" "$1" || fail "nothing like \"$2\""
}

cat >good.json <<'END'
{"modferry_report":1,"kernel":"6.1.0","arch":"x86_64","overlays":["0123456789ab"],"start_us":1000,"end_us":91000,"drivers":[
{"name":"virtio_blk","layer":"update","package":"virtio-upd","version":"9.9","file":"/x.ko","result":"bound","errno":0,"message":null,"us":51000,"devices":["/devices/pci0000:00/virtio0"]},
{"name":"bad","layer":"stock","package":null,"version":null,"file":"/b.ko","result":"failed","errno":8,"message":"bad: \u001b[31mversion magic","us":1,"devices":[]},
{"name":"silent","layer":"stock","package":null,"version":null,"file":"/s.ko","result":"failed","errno":2,"message":null,"us":0,"devices":[]}],"devices":[
{"path":"/devices/pci0000:00/virtio0","modalias":"virtio:d2","driver":"virtio_blk","result":"bound"}],"later":1}
END
run 0 good.json
has out '^kernel 6.1.0 x86_64, overlays 0123456789ab, 90 ms$'
has out '^virtio_blk +update +virtio-upd +9.9 +bound +51 +pci0000:00/virtio0$'
has out '^pci0000:00/virtio0 +virtio_blk +bound +virtio:d2$'
has out '^bad failed: bad: \\x1b\[31mversion magic \(errno 8\)$'
has out '^silent failed: No such file or directory \(errno 2\)$'
[ ! -s err ] || fail "something on standard error"
run 0 --json good.json
python3 -c 'import json; assert json.load(open("out")) == json.load(open("good.json"))'

# records as a console shows them, after an older run that broke off
cat >log <<'END'
[    1.0] modferry: record 1/9 {"modferry_report"
[    2.0] modferry: record 1/2 {"modferry_report":1,"kernel":"two%20words","overlays":[],"drivers":[
[    2.1] usb 1-1: new device
[    2.2] modferry: record 2/2 ],"devices":[]}
END
run 0 --dmesg log
has out '^kernel two words -, overlays none, 0 ms$'
run 0 -dj log
has out '"kernel": "two words"'
sed 's|2/2|3/3|; s|1/2|1/3|' log >gap
run 1 --dmesg gap
has err 'gap: 1 of the 3 records of the report are missing, the first is record 2$'
run 3 --dmesg good.json
has err 'no "modferry: record " lines'

run 1 log
has err 'log: line 1: .*--dmesg'
run 1 missing.json
has err 'missing.json: No such file or directory'
head -c 300 good.json >cut.json
run 1 cut.json
has err 'cut.json: line 2: not JSON'
echo '{}' >foreign.json
run 1 foreign.json
has err 'no modferry report'
echo '{"modferry_report":2}' >new.json
run 1 new.json
has err 'version 2 of the report'
echo '{"modferry_report":1,"drivers":[1],"devices":[]}' >odd.json
run 1 odd.json
echo '{"modferry_report":1,"drivers":[{"name":5,"devices":{},"us":"x"}],"devices":[{}]}' >odd.json
run 0 odd.json
: >empty.json
run 1 empty.json
run 2
run 2 good.json good.json
run 2 --unknown good.json
echo "report: $n runs"
