#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the corpus of indexes: entries for the writer, small module folders for the merge.
import os
import struct

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "indexes")
NAMES = ("dep", "alias", "symbols", "order", "softdep", "devname", "dep_text", "alias_text", "symbols_text")
DRIVERS = b"\n".join((
    b"+ core up/core.ko d:t10",
    b"+ nvme up/nvme.ko.xz d:core d:missing a:pci:v* a:bad[ a:devname:n a:char-major-1-2 s:new p:crc",
))


def write(name, content):
    os.makedirs(CORPUS, exist_ok=True)
    with open(os.path.join(CORPUS, name), "wb") as out:
        out.write(content)


def index(*entries):
    """A root whose children are leaves: keys differ in their first character."""
    leaves, body = {}, b""
    for key, value in sorted(entries):
        flags = 0x40000000 | (0x80000000 if key[1:] else 0)
        leaves[key[0]] = flags | 12 + len(body)
        body += (key[1:] + b"\0" if key[1:] else b"") + struct.pack(">II", 1, 7) + value + b"\0"
    first, last = min(leaves), max(leaves)
    root = struct.pack(">BB", first, last)
    for character in range(first, last + 1):
        root += struct.pack(">I", leaves.get(character, 0))
    return struct.pack(">III", 0xB007F457, 0x00020001, 0x20000000 | 12 + len(body)) + body + root


def folder(drivers, **files):
    parts = [files.get(name, b"") for name in NAMES]
    return b"M" + b"".join(struct.pack(">H", len(part)) + part for part in parts) + drivers


DEP = index((b"core", b"k/core.ko: k/t10.ko"), (b"nvme", b"k/nvme.ko: k/core.ko k/t10.ko"), (b"t10", b"k/t10.ko:"))
ALIAS = index((b"pci:v*", b"nvme"), (b"usb:*", b"core"))
SYMBOLS = index((b"symbol:crc", b"t10"))
TEXT = {
    "order": b"k/core.ko\nk/nvme.ko\n",
    "softdep": b"# soft\nsoftdep nvme pre: a\nsoftdep other post: b\n",
    "devname": b"# nodes\nnvme n c1:1\nloop loop-control c10:237\n",
    "dep_text": b"k/core.ko: k/t10.ko\nk/nvme.ko: k/core.ko k/t10.ko\nk/t10.ko:\n",
    "alias_text": b"# alias\nalias pci:v* nvme\nalias dmi:a b core\nalias x[ core\n",
    "symbols_text": b"alias symbol:crc t10\n",
}


def main():
    write("accept-entries", b"Eab\tx\t1\na\ty\t2\nab\tx\t0\nabc\t\t3\nb\tz\t4294967295")
    write("accept-merge", folder(DRIVERS, dep=DEP, alias=ALIAS, symbols=SYMBOLS, **TEXT))
    write("accept-text", folder(DRIVERS, **TEXT))
    removed = b"- core up/core.ko\n= nvme up/nvme.ko k/nvme.ko: k/core.ko k/t10.ko"
    write("accept-removed", folder(removed, dep=DEP, alias=ALIAS, symbols=SYMBOLS, **TEXT))
    write("accept-circle", folder(b"+ a up/a.ko d:b\n+ b up/b.ko d:a", dep_text=b"c.ko: d.ko a.ko\nd.ko: c.ko\n"))
    write("reject-key", b"E\tno key\t1\n\xc3\xa9\tnot ASCII\t2")
    write("reject-dep", folder(DRIVERS, dep=b"no index at all"))
    write("reject-cut", folder(DRIVERS, dep=DEP, alias=ALIAS[:-6]))


main()
