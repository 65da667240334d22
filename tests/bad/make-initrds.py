#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the small initrds and streams of tests/bad/initrd and of the fuzz corpora; same bytes each time.
import bz2
import lzma
import os
import struct
import sys
import zlib

FILE, DIRECTORY, LINK = 0o100644, 0o40755, 0o120777


def member(name, mode=FILE, data=b"", ino=1, nlink=1, magic=b"070701", check=0, size=None, nsize=None):
    name = name.encode() if isinstance(name, str) else name
    fields = (ino, mode, 0, 0, nlink, 0, len(data) if size is None else size, 0, 0, 0, 0,
              len(name) + 1 if nsize is None else nsize, check)
    head = magic + b"".join(b"%08X" % field for field in fields) + name + b"\0"
    return pad(pad(head) + data)


def pad(data, to=4):
    return data + b"\0" * (-len(data) % to)


TRAILER = member("TRAILER!!!", 0)


def archive(*members):
    return b"".join(members) + TRAILER


def gzip(data, flags=0):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    extra = b"\2\0xy" if flags & 4 else b""
    return b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\2\3" + extra + body + \
        struct.pack("<II", zlib.crc32(data), len(data))


def xz(data, check=lzma.CHECK_CRC32):
    return lzma.compress(data, lzma.FORMAT_XZ, check=check)


def lzma_alone(data):
    return lzma.compress(data, lzma.FORMAT_ALONE)


def lzo(data, flags=1):
    """Stored blocks only: the container is what counts here."""
    head = b"\x89LZO\0\r\n\x1a\n" + struct.pack(">HHHBBIIIIB", 0x1040, 0x20a0, 0x940, 1, 5,
                                                flags, 0, 0, 0, 0) + b"\0\0\0\0"
    check = struct.pack(">I", zlib.adler32(data)) if flags else b""
    return head + struct.pack(">II", len(data), len(data)) + check + data + b"\0\0\0\0"


def lz4(data):
    """One block of literals."""
    block, rest = b"", len(data)
    block += bytes([min(rest, 15) << 4])
    if rest >= 15:
        block += b"\xff" * ((rest - 15) // 255) + bytes([(rest - 15) % 255])
    return b"\x02\x21\x4c\x18" + struct.pack("<I", len(block) + len(data)) + block + data


def zstd(data, window=0):
    """One raw block."""
    return b"\x28\xb5\x2f\xfd\0" + bytes([window]) + struct.pack("<I", len(data) << 3 | 1)[:3] + data


def zstd_bomb(data, mebibytes):
    """A raw block, then blocks that repeat one byte 128 KiB times."""
    block = struct.pack("<I", 131072 << 3 | 2)[:3] + b"\0"
    first = struct.pack("<I", len(data) << 3)[:3] + data
    return b"\x28\xb5\x2f\xfd\0\x38" + first + block * (8 * mebibytes - 1) + \
        struct.pack("<I", 131072 << 3 | 3)[:3] + b"\0"


GOOD = archive(member("good", data=b"1"))
PACKERS = {"gzip": gzip, "bzip2": bz2.compress, "lzma": lzma_alone, "xz": xz, "lzo": lzo,
           "lz4": lz4, "zstd": zstd}


def good_images():
    images = {"accept-" + name: pack(GOOD) for name, pack in PACKERS.items()}
    images["accept-raw"] = GOOD
    images["accept-early-and-three"] = pad(
        archive(member("kernel", DIRECTORY), member("kernel/x86", DIRECTORY)), 512) + \
        pad(gzip(GOOD) + xz(archive(member("lib", LINK, b"usr/lib")))) + GOOD
    images["accept-two-inside"] = gzip(pad(GOOD, 512) + GOOD)
    images["accept-links"] = archive(
        member("a", ino=7, nlink=2), member("b", data=b"x", ino=7, nlink=2),
        member("usr", DIRECTORY), member("usr/lib", DIRECTORY), member("lib", LINK, b"usr/lib"),
        member("lib/x", data=b"1"), member("lib", DIRECTORY), member("lib/x", data=b"2"),
        member("loop", LINK, b"loop"), member("loop/x"), member("lost/x"))
    images["accept-checksum"] = archive(member("x", data=b"ab", magic=b"070702", check=0xc3))
    return images


def bad_images():
    """Name: content, and what the message has to contain."""
    packed = gzip(GOOD)
    odd = packed + b"\0" * (-len(packed) % 4 + 1)
    return {
        "garbage": (b"hello", "offset 0: neither a cpio archive"),
        "old-cpio": (member("x", magic=b"070707"), "expected newc"),
        "unaligned-raw": (odd + GOOD, "no multiple of 4: the kernel loses it"),
        "unaligned-behind-raw": (GOOD + b"\0" + packed, "padding behind an uncompressed"),
        "dot-dot": (archive(member("../x")), '".." part'),
        "dot-dot-inside": (archive(member("a/../../x")), '".." part'),
        "empty-name": (archive(member("")), "empty name"),
        "no-name": (archive(member("x", nsize=0)), "without a name"),
        "no-nul": (archive(member("abcdef", nsize=3)), "not end in a NUL"),
        "long-name": (archive(member("n" * 4200)), "name of 4201 bytes"),
        "huge-name": (archive(member("x", nsize=0xffffffff)), "name of 4294967295 bytes"),
        "huge-size": (archive(member("x", size=0xffffffff)), "cut off in the content"),
        "bad-digits": (GOOD.replace(b"00000001", b"0000000g", 1), "is no number"),
        "bad-checksum": (archive(member("x", data=b"ab", magic=b"070702", check=5)),
                         "expected 00000005"),
        "cut-header": (GOOD[:50], "cut off in the header"),
        "cut-name": (GOOD[:112], "cut off in the name"),
        "cut-gzip": (packed[:-1], "gzip: cut off"),
        "cut-xz": (xz(GOOD)[:-4], "xz: cut off"),
        "cut-inside": (gzip(GOOD[:150]), "cut off in the header"),
        "gzip-crc": (packed[:-8] + b"abcd" + packed[-4:], "incorrect data check"),
        "gzip-1f9e": (b"\x1f\x9e" + packed[2:], "neither a cpio archive"),
        "gzip-junk-inside": (gzip(GOOD + b"junk"), "neither a cpio entry nor padding"),
        "gzip-zeros-first": (gzip(b"\0\0\0\0" + GOOD), "no cpio header"),
        "gzip-empty": (gzip(b""), "cut off in the header"),
        "lz4-followed": (lz4(GOOD) + packed, "without which nothing may follow"),
        "lzo-no-checksum": (lzo(GOOD, flags=0), "compress with plain lzop"),
        "zstd-window": (zstd(GOOD, window=0x90), "window above 128 MiB"),
        "zstd-bomb": (zstd_bomb(GOOD, 300), "inflates to more than"),
        "junk-behind": (packed + b"junk", "neither a cpio archive"),
        "many-segments": (TRAILER * 257, "more than 256 segments"),
    }


def bad_streams():
    streams = {"reject-cut-" + name: pack(GOOD)[:-9] for name, pack in PACKERS.items()}
    for name, pack in PACKERS.items():
        data = bytearray(pack(GOOD))
        data[len(data) // 2] ^= 0x55
        streams["reject-flipped-" + name] = bytes(data)
    streams["reject-raw"] = GOOD
    return streams


def write(folder, files):
    os.makedirs(folder, exist_ok=True)
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(data)


def main():
    tests = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..") \
        if len(sys.argv) < 2 else sys.argv[1]
    bad = bad_images()
    write(os.path.join(tests, "bad/initrd"), {name + ".img": data for name, (data, _) in bad.items()})
    write(os.path.join(tests, "bad/initrd"),
          {"expected": "".join("%s.img %s\n" % (name, text) for name, (_, text) in bad.items()).encode()})
    small = {"reject-" + name: data for name, (data, _) in bad.items() if len(data) < 2000}
    write(os.path.join(tests, "fuzz/corpus/initrd"), {**good_images(), **small})
    streams = {"accept-" + name: pack(GOOD) for name, pack in PACKERS.items()}
    write(os.path.join(tests, "fuzz/corpus/decompress"), {**streams, **bad_streams()})


if __name__ == "__main__":
    main()
