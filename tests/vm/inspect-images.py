#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Images for test-inspect.sh, and the comparison of what inspect foretold with what a kernel made of them.
#   inspect-images.py make BUSYBOX DIR       fates.img and stop-NAME.img
#   inspect-images.py compare JSON LOG       every path as foretold
import importlib.util
import json
import lzma
import os
import sys

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
spec = importlib.util.spec_from_file_location("images", os.path.join(TESTS, "bad/make-initrds.py"))
images = importlib.util.module_from_spec(spec)
spec.loader.exec_module(images)
FILE, DIRECTORY, LINK = images.FILE, images.DIRECTORY, images.LINK
DEVICE = 0o20600

INIT = b"""#!/bin/busybox sh
while read -r p; do
	q=/$p
	if [ -L "$q" ]; then
		echo "tree: symlink $(busybox readlink "$q") $p"
	elif [ -d "$q" ]; then
		echo "tree: directory $(busybox stat -c %a "$q") $p"
	elif [ -f "$q" ]; then
		set -- $(busybox sha256sum <"$q")
		echo "tree: file $(busybox stat -c %a "$q"),$1 $p"
	elif [ -e "$q" ]; then
		echo "tree: node $(busybox stat -c %t:%T "$q") $p"
	else
		echo "tree: absent - $p"
	fi
done </check
echo "tree: done"
busybox poweroff -f
"""


def words(text):
    """The small language of tests/unit/rootfs_test.c, one archive."""
    members = []
    for number, word in enumerate(text.split()):
        at = next((i for i, c in enumerate(word) if c in ">=!"), len(word) - 1)
        name, kind, rest = word[:at], word[at], word[at + 1:]
        linked = name.endswith("#")
        mode = {"/": DIRECTORY, ">": LINK, "=": FILE, "!": DEVICE}[kind]
        one = images.member(name.rstrip("#"), mode, b"" if kind == "!" else rest.encode(),
                            ino=7 if linked else 1000 + number, nlink=2 if linked else 1)
        if kind == "!" and rest:  # the major number is the tenth field
            one = one[:6 + 72] + b"%08X" % int(rest) + one[6 + 80:]
        members.append(one)
    return images.archive(*members)


# Each line is one segment, packed in turn by every packer.
FATES = [
    "a=1 ./a=22 /b//c=1 b/ /b//c=2 d/ d/x=1 d=no e/ e=file",
    "s>a s=1 t=1 t>a u>v u/ w/ w/y=1 w>v d/ ./",
    "usr/ usr/lib/ usr/lib/x=1 lib>usr/lib lib/x=2 lib/y=3 up/ up/l>../usr/. up/l/z=4",
    "haz/ haz/real/ haz/l>real haz/l/old=1 haz/l/ haz/l/new=2",
    "loop>loop loop/x=1 p>q q>/p p/x=1 lost/x=1 a/x=1 gone>nowhere gone/x=1",
    "h1#= h2#=both hs#>h1",
    "h3#=own h4#= h1=changed",
    "k1#= k1/ k2#=none m#=1 m#=2 n1#! n2#!",
    "dev/null!1 dev/console!5 dev/zero!4 dev/zero!9 root/f=1",
    "slash/=x f/ f/g=1 f/g/h=1 f/g/=1",
    "a=last lib/x=five",
]


def fates():
    packers = [lambda data: images.pad(data)] + list(images.PACKERS.values())
    out = b""
    for number, line in enumerate(FATES):
        out = images.pad(out) + b"\0" * 4 + packers[number % len(packers)](words(line))
    return images.pad(out)


def base(busybox, paths):
    return images.archive(
        images.member("bin", DIRECTORY), images.member("bin/busybox", 0o100755, open(busybox, "rb").read()),
        images.member("init", 0o100755, INIT), images.member("check", FILE, "\n".join(paths).encode() + b"\n"))


def stops():
    """What makes a kernel stop; it stands between the base and a marker."""
    one = words("before=1")
    packed = images.gzip(one)
    return {
        "unaligned-raw": images.pad(packed) + b"\0" + one,
        "unaligned-behind-raw": one + b"\0" + packed,
        "junk": packed + b"junk",
        "junk-inside": images.gzip(one + b"junk"),
        "padding-inside": images.gzip(one + b"\0" + one),
        "old-cpio": images.pad(packed) + images.member("x", magic=b"070707"),
        "lz4-followed": images.lz4(one) + packed,
        "xz-crc64": packed + images.xz(words("crc64=1"), lzma.CHECK_CRC64),
        "gzip-extra": packed + images.gzip(words("extra=1"), flags=4),
        "gzip-cut": packed[:-20],
        "checksum": images.archive(images.member("before", data=b"1", magic=b"070702", check=7)),
        "lzo-no-checksum": packed + images.lzo(words("extra=1"), flags=0),
    }


def make(busybox, folder):
    os.makedirs(folder, exist_ok=True)
    names = sorted({os.path.normpath(word[:next((i for i, c in enumerate(word) if c in ">=!"), len(word))]
                                     .rstrip("#").lstrip("/")) for line in FATES for word in line.split()})
    first = images.gzip(base(busybox, names))
    write(folder, "fates.img", images.pad(first) + fates())
    first = images.pad(images.gzip(base(busybox, ["before", "marker", "crc64", "extra"])))
    for name, data in stops().items():
        write(folder, "stop-%s.img" % name, first + images.pad(data) + images.gzip(words("marker=1")))


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as out:
        out.write(data)


# What the kernel's own archive has and an image can clash with.
BUILT_IN = {"dev/console": "node 5:1"}


def foretold(document):
    """Path: what its last winner is, directly or as the one that replaced it."""
    entries, told = document["entries"], {}
    for entry in entries:
        winner = entry
        while winner["fate"] == "replaced":
            winner = entries[winner["replaced_by"]]
        if winner["fate"] == "wins":
            told[entry["path"]] = describe(winner, entries)
        else:
            told.setdefault(entry["path"], BUILT_IN.get(entry["path"], "absent -"))
    return told


def describe(entry, entries):
    mode = entry["mode"].lstrip("0")
    if entry["type"] == "symlink":
        return "symlink " + entry["target"]
    if entry["type"] == "file":
        return "file %s,%s" % (mode, entries[entry["content"]]["sha256"])
    if entry["type"] == "character-device":
        return "node " + ":".join("%x" % int(part) for part in entry["device"].split(":"))
    return "directory " + mode


def compare(json_file, log):
    told, seen = foretold(json.load(open(json_file))), {}
    for line in open(log, errors="replace"):
        if line.startswith("tree: ") and len(line.split()) == 4:
            _, kind, what, path = line.split()
            seen[path] = kind + " " + what
    assert len(seen) > 3, "the guest printed no tree"
    wrong = [(path, what, told.get(path, "absent -")) for path, what in sorted(seen.items())
             if told.get(path, "absent -") != what]
    for path, what, expected in wrong:
        print("%s: foretold %s, the kernel made %s" % (path, expected, what))
    print("%d paths, %d differ" % (len(seen), len(wrong)))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    {"make": make, "compare": compare}[sys.argv[1]](*sys.argv[2:])
