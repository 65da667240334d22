#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Overlays that keep and break each rule of the kernel's unpacker, and the comparison of check with the kernel.
#   archive-images.py make BUSYBOX ABI DIR       DIR/CASE/base, DIR/CASE/NN-NAME and DIR/CASE/questions
#   archive-images.py compare CASE LOG           what check said of each overlay is what the kernel made of it
import importlib.util
import lzma
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("inspect_images", os.path.join(HERE, "inspect-images.py"))
inspect_images = importlib.util.module_from_spec(spec)
spec.loader.exec_module(inspect_images)
images, words = inspect_images.images, inspect_images.words
gzip, xz, zstd, lz4, pad = images.gzip, images.xz, images.zstd, images.lz4, images.pad
FILE, DIRECTORY, LINK = images.FILE, images.DIRECTORY, images.LINK


def odd(data):
    """A gzip stream whose length is no multiple of 4: its end does not matter to the unpacker."""
    packed = gzip(data)
    while len(packed) % 4 == 0:
        data += b"\0\0\0\0"
        packed = gzip(data)
    return packed


def table():
    """An ACPI table that adds an empty scope: header with checksum (ACPI specification, 5.2.6)."""
    body = b"\x10\x06\\_SB_"
    head = b"SSDT" + struct.pack("<IBB", 36 + len(body), 2, 0) + b"MDFRRYMDFRRYTB" + \
        struct.pack("<I", 1) + b"MDFR" + struct.pack("<I", 1)
    whole = bytearray(head + body)
    whole[9] = -sum(whole) & 0xff
    return bytes(whole)


def early(name):
    parts = ["kernel", "kernel/firmware", "kernel/firmware/acpi"]
    return pad(images.archive(*[images.member(part, DIRECTORY) for part in parts],
                              images.member("kernel/firmware/acpi/%s.aml" % name, FILE, table())), 512)


def base(busybox, abi, questions, is_merged=True):
    lib = "usr/lib" if is_merged else "lib"
    members = [images.member(name, DIRECTORY) for name in (["usr", "usr/lib"] if is_merged else ["lib"]) +
               [lib + "/dracut", lib + "/modules", lib + "/modules/" + abi, "conf", "opt"]]
    if is_merged:
        members.append(images.member("lib", LINK, b"usr/lib"))
    members.append(images.member(lib + "/kept", FILE, b"kept"))
    members.append(images.member("opt/full", DIRECTORY))
    members.append(images.member("opt/full/file", FILE, b"1"))
    whole = inspect_images.base(busybox, sorted(questions) + ["init"])
    return images.archive(*members) + whole


def entries(abi):
    """Overlays that the kernel reads to their ends: (name, bytes, the path that tells)."""
    plain = words("one=1")
    return [
        ("raw", words("raw=1"), "raw"),
        ("raw-twice", words("rawa=1") + words("rawb=1"), "rawb"),
        ("raw-then-gzip", words("rawc=1") + gzip(words("rawd=1")), "rawd"),
        ("gzip-odd", odd(words("odd=1")), "odd"),
        ("gzip-unaligned", odd(words("unaligned=1")), "unaligned"),
        ("xz-crc32", xz(words("xz32=1")), "xz32"),
        ("zstd-long-27", zstd(words("zstd27=1"), window=0x88), "zstd27"),
        ("zeros", b"\0" * 4096 + gzip(words("zeros=1")), "zeros"),
        ("parents-first", gzip(words("a/ a/b/ a/b/c=1")), "a/b/c"),
        ("parents-last", gzip(words("d/e/f=1 d/ d/e/")), "d/e/f"),
        ("parent-missing", gzip(words("no/such/file=1")), "no/such/file"),
        ("parent-in-base", gzip(words("opt/new=1")), "opt/new"),
        ("through-link", gzip(words("lib/new=1")), "usr/lib/new"),
        ("through-link-folder", gzip(words("lib/deep/ lib/deep/new=1")), "usr/lib/deep/new"),
        ("module", gzip(words("lib/modules/%s/x.ko=1" % abi)), "usr/lib/modules/%s/x.ko" % abi),
        ("file-over-folder", gzip(words("opt/full=1 opt/full/more=1")), "opt/full/more"),
        ("folder-again", gzip(words("opt/ opt/again=1")), "opt/again"),
        ("link-to-link", gzip(words("lib>usr/lib lib/linked=1")), "usr/lib/linked"),
        ("folder-over-link", gzip(words("lib/ lib/lost=1")), "lib/kept"),
        ("all-is-well", gzip(plain), "one"),
    ]


def stops():
    """Overlays that end the unpacking: (length of the base modulo 4, bytes); all bring the path marker."""
    marker = words("marker=1")
    return {
        "raw-unaligned": (1, marker),
        "raw-unaligned-inside": (0, odd(words("first=1")) + marker),
        "xz-crc64": (0, xz(marker, lzma.CHECK_CRC64)),
        "zstd-long-28": (0, zstd(marker, window=0x90)),
        "gzip-extra": (0, gzip(marker, flags=4)),
        "gzip-cut": (0, gzip(words("first=1") + marker)[:-30]),
        "cut-between": (0, gzip(images.member("first", FILE, b"1"))),
        "junk": (0, b"junk" + marker),
        "old-cpio": (0, images.member("marker", magic=b"070707") + images.TRAILER),
    }


def write(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "wb") as out:
        out.write(data)


def write_case(folder, front, overlays):
    write(folder, "base", front)
    for number, (name, data, _) in enumerate(overlays):
        write(folder, "%02d-%s" % (number, name), data)
    write(folder, "questions", "".join("%02d-%s %s\n" % (number, name, path)
                                       for number, (name, _, path) in enumerate(overlays)).encode())


def aligned(pack, data, rest=0):
    """A packed archive of a length that is rest more than a multiple of 4."""
    noise = bytes(i * i * i // 7 % 251 for i in range(400))
    for spare in range(len(noise)):
        packed = pack(data[:-len(images.TRAILER)] + images.member("spare", FILE, noise[:spare]) + images.TRAILER)
        if len(packed) % 4 == rest:
            return packed
    raise SystemExit("no such length")


def make(busybox, abi, folder):
    chain = entries(abi)
    paths = [path for _, _, path in chain] + ["usr/lib/kept", "lib/kept", "modferry/load", "marker", "acpi"]
    merged = base(busybox, abi, paths)
    write_case(os.path.join(folder, "entries"), early("first") + aligned(gzip, merged),
               chain)
    write_case(os.path.join(folder, "plain"), gzip(base(busybox, abi, paths, False)),
               [("late-early", early("late") + gzip(words("one=1")), "one")])
    for rest in (0, 1):
        front = aligned(gzip, merged, rest)
        for name, (wanted, data) in stops().items():
            if wanted == rest:
                write_case(os.path.join(folder, name), front, [(name, data, "marker")])
    front = aligned(lz4, merged)
    write_case(os.path.join(folder, "lz4"), front, [
        ("direct", aligned(lz4, words("raw=1")), "raw"),
        ("direct-again", aligned(lz4, words("rawb=1")), "rawb"),
    ])
    write_case(os.path.join(folder, "lz4-zeros"), aligned(lz4, merged, 3), [
        ("page", b"\0" * 4097 + lz4(words("raw=1")), "raw"),
        ("page-gzip", b"\0" * 4096 + gzip(words("rawb=1")), "rawb"),
    ])
    write_case(os.path.join(folder, "lz4-padded"), aligned(lz4, merged, 2),
               [("padded", b"\0\0" + lz4(words("marker=1")), "marker")])
    write_case(os.path.join(folder, "lz4-gzip"), front, [("gzip", gzip(words("marker=1")), "marker")])
    write_case(os.path.join(folder, "lz4-raw"), front, [("raw", words("marker=1"), "marker")])


def compare(case, log):
    seen, wrong, known = {}, 0, 0
    for line in open(log, errors="replace"):
        if line.startswith("tree: ") and len(line.split()) == 4:
            seen[line.split()[3]] = line.split()[1] != "absent"
    for line in open(os.path.join(case, "questions")):
        name, path = line.split()
        said = [word.split()[0] for word in open(os.path.join(case, name + ".said"))]
        verdict = "fails" if "fails" in said else "unknown" if "unknown" in said else "loads"
        assert path in seen, "the guest does not speak of " + path
        known += verdict != "unknown"
        if verdict == ("fails" if seen[path] else "loads"):
            wrong += 1
            print("%s: check says %s, the kernel %s %s" % (name, verdict, "has" if seen[path] else "lacks", path))
    print("%d verdicts, %d wrong" % (known, wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    {"make": make, "compare": compare}[sys.argv[1]](*sys.argv[2:])
