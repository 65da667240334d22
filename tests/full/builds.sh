#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every DKMS build of every kernel, as recorded when it was made, is listed as what it is, and fits into an overlay.
set -eu
# shellcheck source=tests/fixtures/lib.sh
. "$(dirname "$0")/../fixtures/lib.sh"

MODFERRY=${MODFERRY:-$BUILD/modferry}
export MODFERRY_LIBEXECDIR="$BUILD/loader"
need python3
fresh_dir "$BUILD/full-builds"
"$MODFERRY" list --json --symbols "$FIX"/dkms-full/*/dkms >"$BUILD/full-builds/list.json"
python3 - "$FIX/dkms-full-builds.txt" "$BUILD/full-builds/list.json" <<'PYTHON'
import json, sys
listed = json.load(open(sys.argv[2]))
states = {}
for package in listed["packages"]:
    for build in package["builds"]:
        key = (package["name"], package["version"], build["kernel"])
        states.setdefault(key, []).append((build["state"], len(build["modules"])))
wrong = 0
lines = [line.split() for line in open(sys.argv[1]) if line.strip()]
for name, version, abi, result, _ in lines:
    found = states.get((name, version, abi), [])
    good = any(state in ("built", "installed") and n for state, n in found)
    if (result == "ok") != good:
        print(f"{name} {version} {abi}: dkms says {result}, list says {found}")
        wrong += 1
print(f"{len(lines)} builds of {len({line[2] for line in lines})} kernels, {sum(line[3] == 'ok' for line in lines)} of them good, {wrong} listed wrongly")
sys.exit(1 if wrong or len(lines) < 20 else 0)
PYTHON
n=0
for tree in "$FIX"/dkms-full/*/dkms; do
	abi=$(basename "$(dirname "$tree")")
	"$MODFERRY" overlay --for generic --kernel "$abi" --only virtio-upd -o "$BUILD/full-builds/$abi.cpio.gz" "$tree" >/dev/null
	"$MODFERRY" inspect --path '*/virtio_blk.ko' "$BUILD/full-builds/$abi.cpio.gz" | grep -q wins
	n=$((n + 1))
done
echo "$n kernels have an overlay with virtio_blk"
