#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes tarballs in a folder that claim to be of `dkms mktarball`: good ones, strange ones, hostile ones."""
import gzip
import io
import os
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from mkmodule import driver  # noqa: E402

KERNEL = "6.1.0-1-amd64"
PLACE = f"dkms_main_tree/{KERNEL}/x86_64/module"
OUT = sys.argv[1]


def entry(name, content=b"", **more):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in more.items():
        setattr(info, key, value)
    return info, content


def pack(entries, end=True):
    """Bytes of a tar archive; without its end when something is to follow."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in entries:
            tar.addfile(info, io.BytesIO(content))
        size = tar.offset
    return out.getvalue() if end else out.getvalue()[:size]


def write(name, raw, compress=True):
    with open(os.path.join(OUT, name), "wb") as out:
        out.write(gzip.compress(raw, 6, mtime=0) if compress else raw)


def binary_only(name="box", version="1.0"):
    return [entry("dkms_binaries_only/PACKAGE_NAME", name.encode() + b"\n"),
            entry("dkms_binaries_only/PACKAGE_VERSION", version.encode() + b"\n")]


def good(name="alpha"):
    return entry(f"{PLACE}/{name}.ko", driver(name, KERNEL, "version=1.0", "alias=pci:v1d2*"))


def conf(text):
    return entry("dkms_source_tree/dkms.conf", text)


def strange():
    write("good.dkms.tar.gz", pack([good(), *binary_only()]))
    write("dotted.dkms.tar.gz", pack([entry("./", type=tarfile.DIRTYPE), entry(
        f"./{PLACE}/alpha.ko", driver("alpha", KERNEL)), *binary_only()]))
    write("conf.dkms.tar.gz", pack([good(), conf(
        b"# comment\nPACKAGE_NAME=\"from-conf\"\n PACKAGE_VERSION='2.0' # why\nMAKE=$(touch /tmp/x)\n")]))
    write("shell-conf-1.5-kernel6.1-x86_64.dkms.tar.gz", pack([good(), conf(
        b"PACKAGE_NAME=\"$(touch should-not-be)\"\nPACKAGE_VERSION=`id`\n")]))
    write("nameless.dkms.tar.gz", pack([good()]))
    write("old.dkms.tar.gz", pack([entry(
        f"dkms_main_tree/{KERNEL}/module/alpha.ko", driver("alpha", KERNEL)), *binary_only()]))
    write("twice.dkms.tar.gz", pack([good(), good(), *binary_only()]))
    write("names.dkms.tar.gz", pack([good(), *binary_only("a b\"c'\x1b[31m", "1\t\\")]))
    write("plain.tar", pack([good(), *binary_only()]), compress=False)
    write("empty.dkms.tar.gz", pack([]))
    write("no-modules.dkms.tar.gz", pack(binary_only()))
    write("other.tar.gz", pack([entry("README", b"hello")]))


def hostile():
    write("paths.dkms.tar.gz", pack([
        entry("/dkms_main_tree/k/x86_64/module/absolute.ko", driver("absolute", "k")),
        entry("dkms_main_tree/../k/x86_64/module/up.ko", driver("up", "k")),
        entry("dkms_main_tree/k/../module/dots.ko", driver("dots", "k")),
        entry("dkms_main_tree/k\n/x86_64/module/line.ko", driver("line", "k")),
        good(), *binary_only()]))
    write("links.dkms.tar.gz", pack([
        entry(f"{PLACE}/sym.ko", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        entry(f"{PLACE}/hard.ko", type=tarfile.LNKTYPE, linkname=f"{PLACE}/alpha.ko"),
        entry(f"{PLACE}/fifo.ko", type=tarfile.FIFOTYPE),
        good(), *binary_only()]))
    write("no-elf.dkms.tar.gz", pack([
        entry(f"{PLACE}/text.ko", b"text"), entry(f"{PLACE}/none.ko", b""),
        entry(f"{PLACE}/packed.ko.gz", gzip.compress(b"no ELF", mtime=0)),
        entry(f"{PLACE}/cut.ko.gz", gzip.compress(driver("cut", KERNEL), mtime=0)[:-20]),
        good(), *binary_only()]))
    write("kernel.dkms.tar.gz", pack([entry(
        "dkms_main_tree/6.1.0-2-amd64/x86_64/module/alpha.ko", driver("alpha", KERNEL)),
        entry(f"dkms_main_tree/{KERNEL}/aarch64/module/alpha.ko", driver("alpha", KERNEL)), *binary_only()]))
    raw = pack([good(), good("beta"), *binary_only()])
    write("cut.dkms.tar.gz", raw[:1536 + 700])
    packed = gzip.compress(pack([entry(f"{PLACE}/alpha.ko", driver("alpha", KERNEL) + os.urandom(40000))]), mtime=0)
    write("cut-gzip.dkms.tar.gz", packed[:20000], compress=False)
    write("junk.dkms.tar.gz", b"\x1f\x8b" + bytes(range(256)) * 8, compress=False)
    write("text.dkms.tar.gz", b"no archive at all\n" * 100, compress=False)
    write("nothing.dkms.tar.gz", b"", compress=False)
    # states 8 GiB, has next to nothing
    liar, _ = entry(f"{PLACE}/liar.ko")
    liar.size = 8 << 30
    write("liar.dkms.tar.gz", pack([*binary_only(), good()], end=False) + liar.tobuf() + b"short")


def bomb():
    """3 GiB of zeros in a few MB, beside a module."""
    zeros, _ = entry("dkms_source_tree/zeros")
    zeros.size = 3 << 30
    block = bytes(1 << 20)
    with gzip.GzipFile(os.path.join(OUT, "bomb.dkms.tar.gz"), "wb", 1, mtime=0) as out:
        out.write(pack([*binary_only(), good()], end=False))
        out.write(zeros.tobuf())
        for _ in range(3 << 10):
            out.write(block)


strange()
hostile()
if "--bomb" in sys.argv:
    bomb()
