#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a small kernel module file: mkmodule.py FILE KEY=VALUE... (values of .modinfo)."""
import struct
import sys

NAMES = b"\0.modinfo\0.shstrtab\0"


def module(*modinfo):
    """An x86_64 relocatable ELF file with a .modinfo section."""
    info = b"".join(value.encode("utf-8", "surrogateescape") + b"\0" for value in modinfo)
    sections = [(0, 0, b""), (1, 1, info), (10, 3, NAMES)]
    body = b""
    headers = b""
    for name, kind, content in sections:
        headers += struct.pack("<IIQQQQIIQQ", name, kind, 0, 0, 64 + len(body) if content else 0,
                               len(content), 0, 0, 1, 0)
        body += content
    body += bytes(-len(body) % 8)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    start = struct.pack("<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, 64 + len(body), 0, 64, 0, 0, 64,
                        len(sections), 2)
    return ident + start + body + headers


def driver(name, kernel, *more):
    """A module as a build for a kernel has it."""
    return module(f"name={name}", f"vermagic={kernel} SMP preempt mod_unload modversions ", *more)


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as out:
        out.write(module(*sys.argv[2:]))
