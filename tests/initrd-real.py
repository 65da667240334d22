#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Reads initrd segments on its own and compares with what `modferry inspect --json --sha256` says.
import hashlib
import json
import os
import stat
import sys

TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink",
         stat.S_IFCHR: "character-device", stat.S_IFBLK: "block-device", stat.S_IFIFO: "fifo",
         stat.S_IFSOCK: "socket"}


def normal(name):
    return os.path.normpath(name).lstrip("/")


def read_archives(data):
    """All members of all archives, as inspect describes them."""
    at, found = 0, []
    while at < len(data):
        if data[at] == 0:
            at += 1
            continue
        head = data[at:at + 110]
        assert head[:6] in (b"070701", b"070702"), "no header at %d" % at
        number = [int(head[6 + 8 * i:14 + 8 * i], 16) for i in range(13)]
        mode, size, name_size = number[1], number[6], number[11]
        name = data[at + 110:at + 110 + name_size - 1].decode()
        body = (at + 110 + name_size + 3) & ~3
        content = data[body:body + size]
        if name != "TRAILER!!!":
            found.append(describe(name, mode, number, at, content))
        at = (body + size + 3) & ~3
    return found


def describe(name, mode, number, at, content):
    kind = stat.S_IFMT(mode)
    entry = {"path": normal(name), "offset": at, "type": TYPES[kind], "mode": "%04o" % (mode & 0o7777),
             "size": number[6]}
    if kind == stat.S_IFLNK:
        entry["target"] = content.decode()
    elif kind == stat.S_IFREG:
        entry["sha256"] = hashlib.sha256(content).hexdigest()
    elif kind in (stat.S_IFCHR, stat.S_IFBLK):
        entry["device"] = "%d:%d" % (number[9], number[10])
    return entry


def check_segments(image, document):
    """Between segments and at the end stand zeros only, and nothing is left out."""
    data, at = open(image, "rb").read(), 0
    assert document["error"] is None and document["size"] == len(data)
    assert document["segments"], "no segments"
    for segment in document["segments"]:
        assert segment["start"] - segment["padding"] == at, segment
        assert not data[at:segment["start"]].strip(b"\0"), segment
        at = segment["end"]
        print(segment["index"], segment["start"], segment["end"], segment["codec"])
    assert not data[at:].strip(b"\0"), "something behind the last segment"


def check_entries(document, index, content, names):
    data = open(content, "rb").read()
    expected = read_archives(data)
    segment = document["segments"][index]
    got = [entry for entry in document["entries"] if entry["segment"] == index]
    assert segment["size"] == len(data), (segment["size"], len(data))
    assert segment["entries"] == len(expected) == len(got), (len(expected), len(got))
    for want, have in zip(expected, got):
        have = {key: value for key, value in have.items() if key in
                ("path", "offset", "type", "mode", "size", "target", "sha256", "device")}
        assert want == have, "%s != %s" % (want, have)
    listed = [normal(line) for line in open(names).read().splitlines()]
    assert listed == [entry["path"] for entry in got], "cpio lists other names"
    print("segment %d: %s, %d entries, %d bytes: equal" %
          (index, segment["codec"], len(got), len(data)))


def main():
    if sys.argv[1] == "segments":
        check_segments(sys.argv[2], json.load(open(sys.argv[3])))
    else:
        check_entries(json.load(open(sys.argv[2])), int(sys.argv[3]), sys.argv[4], sys.argv[5])


main()
