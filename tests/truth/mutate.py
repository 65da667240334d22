#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Changes one thing in a real kernel module: the mutations that tests/truth/cases.txt names.
#
#   mutate.py IN OUT STEP...    STEP is a word of STEPS, or WORD=TEXT where it takes one
#
# Little-endian 64-bit modules only. Whatever a step changes, the signature stays behind as it was, unless the step
# is about signatures: the kernel then sees a signature that does not fit.
import gzip
import lzma
import re
import struct
import subprocess
import sys

MARKER = b"~Module signature appended~\n"
SIGNATURE_INFO = 12         # struct module_signature: algo, hash, id_type, 2 lengths, 3 pad, be32 length
VERSION_ENTRY = 64          # struct modversion_info: unsigned long crc, name up to 56 bytes
MODULE_NAME = (24, 56)      # struct module: name behind the state and the list; MODULE_NAME_LEN
NOT_TO_RENAME = re.compile(rb"^(__|module_layout$|_printk$|param_|boot_cpu)")


class Module:
    """An ELF file with a signature or without; data holds the ELF, tail the signature and its marker."""

    def __init__(self, data):
        self.data, self.tail = bytearray(data), b""
        if data.endswith(MARKER):
            size = struct.unpack(">I", data[-len(MARKER) - 4:-len(MARKER)])[0]
            at = len(data) - len(MARKER) - SIGNATURE_INFO - size
            self.data, self.tail = bytearray(data[:at]), data[at:]
        self.headers_at = struct.unpack_from("<Q", self.data, 40)[0]
        self.n_sections, self.names_index = struct.unpack_from("<HH", self.data, 60)

    def bytes(self):
        return bytes(self.data) + self.tail

    def header(self, index):
        """name, type, flags, address, offset, size, link, info, align, entry size"""
        return struct.unpack_from("<IIQQQQIIQQ", self.data, self.headers_at + 64 * index)

    def content(self, index):
        header = self.header(index)
        return bytes(self.data[header[4]:header[4] + header[5]])

    def name(self, index):
        names = self.header(self.names_index)[4]
        at = names + self.header(index)[0]
        return bytes(self.data[at:self.data.index(0, at)]).decode()

    def section(self, name):
        for index in range(self.n_sections):
            if self.name(index) == name:
                return index
        raise SystemExit("mutate: no section " + name)

    def set_content(self, index, content):
        """New content of any size, at the end of the file."""
        self.data += bytes(-len(self.data) % 64)
        struct.pack_into("<QQ", self.data, self.headers_at + 64 * index + 24, len(self.data), len(content))
        self.data += content

    def patch(self, index, at, content):
        at += self.header(index)[4]
        self.data[at:at + len(content)] = content

    def modinfo(self):
        return [item for item in self.content(self.section(".modinfo")).split(b"\0") if item]

    def set_modinfo(self, items):
        self.set_content(self.section(".modinfo"), b"\0".join(items) + b"\0")

    def edit_modinfo(self, key, edit):
        """edit(value) is the new value, None takes the line out."""
        items = []
        for item in self.modinfo():
            name, value = item.split(b"=", 1)
            value = edit(value) if name == key else value
            if value is not None:
                items.append(name + b"=" + value)
        self.set_modinfo(items)

    def versions(self):
        """name -> offset in __versions"""
        content = self.content(self.section("__versions"))
        found = {}
        for at in range(0, len(content), VERSION_ENTRY):
            found[content[at + 8:at + VERSION_ENTRY].split(b"\0")[0]] = at
        found.pop(b"", None)
        return found

    def symbols(self):
        """(offset in the symbol table, name, info, section) of each"""
        table = self.section(".symtab")
        strings = self.content(self.header(table)[6])
        content = self.content(table)
        for at in range(0, len(content), 24):
            name, info, _, section = struct.unpack_from("<IBBH", content, at)
            yield at, strings[name:strings.index(b"\0", name)], info, section

    def imports(self):
        return sorted(name for _, name, _, section in self.symbols() if name and section == 0)

    def exports(self):
        return sorted({name[len(b"__ksymtab_"):] for _, name, _, section in self.symbols()
                       if section and name.startswith(b"__ksymtab_")})

    def victim(self):
        """An import that nothing of the compiler's or of the module loader's own hangs on."""
        versions = self.versions()
        return next(name for name in self.imports()
                    if name in versions and len(name) > 5 and not NOT_TO_RENAME.match(name))

    def rename(self, old, new, where=None):
        """A symbol name of the same length, everywhere or in one section."""
        assert len(old) == len(new)
        if where is None:
            self.data = self.data.replace(old + b"\0", new + b"\0")
        else:
            index = self.section(where)
            self.patch(index, 0, self.content(index).replace(old + b"\0", new + b"\0"))


def misspelt(name):
    return name[:-1] + (b"Z" if name[-1:] != b"Z" else b"Y")


# --- what the module says of itself ---

def vermagic_flags(module, _):
    module.edit_modinfo(b"vermagic", lambda text: text.replace(b" mod_unload", b" mod_upload"))


def vermagic_no_versions(module, _):
    module.edit_modinfo(b"vermagic", lambda text: text.replace(b" modversions", b""))


def vermagic_release(module, release):
    module.edit_modinfo(b"vermagic", lambda text: release.encode() + b" " + text.split(b" ", 1)[1])


def vermagic_none(module, _):
    module.edit_modinfo(b"vermagic", lambda text: None)


def vermagic_second(module, _):
    """A second line, that does not fit: the kernel reads the first."""
    module.set_modinfo(module.modinfo() + [b"vermagic=0 SMP "])


def vermagic_first(module, _):
    module.set_modinfo([b"vermagic=0 SMP "] + module.modinfo())


def licence_second(module, text):
    module.set_modinfo(module.modinfo() + [b"license=" + text.encode()])


def licence(module, text):
    module.edit_modinfo(b"license", lambda old: text.encode())


def licence_none(module, _):
    module.edit_modinfo(b"license", lambda text: None)


def retpoline_none(module, _):
    module.edit_modinfo(b"retpoline", lambda text: None)


def modinfo_none(module, _):
    module.rename(b".modinfo", b".modenfo")


def namespace_none(module, _):
    module.edit_modinfo(b"import_ns", lambda text: None)


def rename_module(module, name):
    module.edit_modinfo(b"name", lambda old: name.encode())
    at, size = MODULE_NAME
    module.patch(module.section(".gnu.linkonce.this_module"), at, name.encode().ljust(size, b"\0"))


# --- symbols ---

def change_crc(module, name):
    at = module.versions()[name]
    index = module.section("__versions")
    crc = struct.unpack_from("<I", module.content(index), at)[0]
    module.patch(index, at, struct.pack("<I", crc ^ 1))


def crc_layout(module, _):
    change_crc(module, b"module_layout")


def crc_symbol(module, name):
    change_crc(module, name.encode() or module.victim())


def add_crc(module, is_first):
    """Another entry for the victim, with a wrong CRC: the kernel takes the first it finds."""
    index = module.section("__versions")
    content = module.content(index)
    at = module.versions()[module.victim()]
    entry = bytearray(content[at:at + VERSION_ENTRY])
    entry[0] ^= 1
    module.set_content(index, bytes(entry) + content if is_first else content + bytes(entry))


def crc_first(module, _):
    add_crc(module, True)


def crc_second(module, _):
    add_crc(module, False)


def crc_none(module, _):
    """The victim's entry is of another symbol: a module whose build knew no CRC for it."""
    victim = module.victim()
    module.rename(victim, misspelt(victim), "__versions")


def versions_none(module, _):
    """As a build without modversions has it."""
    module.rename(b"__versions", b"__verzions")


def symbol_missing(module, _):
    victim = module.victim()
    module.rename(victim, misspelt(victim))


def symbol_missing_unversioned(module, _):
    """Missing, and __versions does not name it: only the symbol table does."""
    victim = module.victim()
    module.rename(victim, misspelt(victim), ".strtab")


def victim_symbol(module):
    """offset in the symbol table, info"""
    victim = module.victim()
    return next((at, info) for at, name, info, section in module.symbols() if name == victim and section == 0)


def symbol_weak(module, _):
    """Missing, but a weak reference: the kernel leaves it 0."""
    at, info = victim_symbol(module)
    victim = module.victim()
    module.patch(module.section(".symtab"), at + 4, bytes([info & 15 | 2 << 4]))
    module.rename(victim, misspelt(victim))


def symbol_common(module, _):
    """To be allotted by the linker, as -fcommon has it."""
    at, _ = victim_symbol(module)
    module.patch(module.section(".symtab"), at + 6, b"\xf2\xff")


def export_crc(module, _):
    """Another CRC for every export: who was built against the former ones does not fit any more."""
    for name in ("__kcrctab", "__kcrctab_gpl"):
        if any(module.name(index) == name for index in range(module.n_sections)):
            index = module.section(name)
            module.patch(index, 0, bytes(byte ^ 1 for byte in module.content(index)))


def export_unversioned(module, _):
    module.rename(b"__kcrctab_gpl", b"__kcrctob_gpl")


def export_taken(module, kernel_symbols):
    """One export gets a name that the kernel exports itself. TEXT: a file with those names."""
    with open(kernel_symbols, "rb") as file:
        taken = set(file.read().split()) - set(module.imports())
    old, new = next((old, new) for old in module.exports() for new in sorted(taken) if len(old) == len(new))
    module.rename(old, new)


# --- the file ---

def cut_empty(module, _):
    module.data, module.tail = bytearray(), b""


def cut_header(module, _):
    module.data, module.tail = module.data[:64], b""


def cut_data(module, _):
    module.data, module.tail = module.data[:len(module.data) // 2], b""


def cut_section_headers(module, _):
    module.data, module.tail = module.data[:module.headers_at + 64 * (module.n_sections // 2)], b""


def cut_signature(module, _):
    module.tail = module.tail[:-100]


def section_outside(module, _):
    """The data of .modinfo reach beyond the end."""
    at = module.headers_at + 64 * module.section(".modinfo") + 32
    struct.pack_into("<Q", module.data, at, len(module.data))


def section_writable(module, _):
    """Code that may be written."""
    index = module.section(".text")
    struct.pack_into("<Q", module.data, module.headers_at + 64 * index + 8, module.header(index)[2] | 1)


def machine(module, _):
    struct.pack_into("<H", module.data, 18, 183)    # EM_AARCH64


def class_32(module, _):
    """As an x32 object says: class 32, section headers of 40 bytes."""
    module.data[4] = 1
    struct.pack_into("<H", module.data, 58, 40)


def not_relocatable(module, _):
    struct.pack_into("<H", module.data, 16, 3)      # ET_DYN


def symbols_stripped(module, _):
    """No symbol table, as after `strip`."""
    struct.pack_into("<I", module.data, module.headers_at + 64 * module.section(".symtab") + 4, 1)


def this_module_none(module, _):
    module.rename(b".gnu.linkonce.this_module", b".gnu.linkonce.that_module")


def this_module_size(module, _):
    """struct module of another configuration."""
    index = module.section(".gnu.linkonce.this_module")
    module.set_content(index, module.content(index) + bytes(64))


def foreign(module, path):
    """Another file altogether: the same driver of another kernel."""
    with open(path, "rb") as file:
        module.__init__(file.read())


def packed_xz(module, _):
    # what the kernel's decompressor reads: crc32 (scripts/Makefile.modinst)
    packed = lzma.compress(module.bytes(), check=lzma.CHECK_CRC32, preset=6)
    module.data, module.tail = bytearray(packed), b""


def packed_xz_crc64(module, _):
    """As plain `xz` makes it."""
    module.data, module.tail = bytearray(lzma.compress(module.bytes(), check=lzma.CHECK_CRC64)), b""


def packed_gz(module, _):
    module.data, module.tail = bytearray(gzip.compress(module.bytes(), mtime=0)), b""


def packed_zst(module, _):
    packed = subprocess.run(["zstd", "-q", "-c"], input=module.bytes(), stdout=subprocess.PIPE, check=True).stdout
    module.data, module.tail = bytearray(packed), b""


# --- signature ---

def unsigned(module, _):
    module.tail = b""


def content_changed(module, _):
    """One letter of the licence's neighbourhood: nothing that the kernel reads."""
    index = module.section(".comment")
    module.patch(index, 1, bytes([module.content(index)[1] ^ 1]))


def signature_zeros(module, _):
    end = len(MARKER) + SIGNATURE_INFO
    module.tail = bytes(len(module.tail) - end) + module.tail[-end:]


def signature_flipped(module, _):
    """The last byte of the signature value itself."""
    at = len(module.tail) - len(MARKER) - SIGNATURE_INFO - 1
    module.tail = module.tail[:at] + bytes([module.tail[at] ^ 1]) + module.tail[at + 1:]


def signature_length(module, _):
    module.tail = module.tail[:-len(MARKER) - 4] + b"\x7f\xff\xff\xff" + MARKER


def signature_type(module, _):
    """Not PKCS#7 (2) but the old PGP (0)."""
    at = len(module.tail) - len(MARKER) - SIGNATURE_INFO + 2
    module.tail = module.tail[:at] + b"\0" + module.tail[at + 1:]


def signature_behind(module, _):
    module.tail += b"\n"


# --- BTF ---

def btf_of(module, other):
    with open(other, "rb") as file:
        source = Module(file.read())
    module.set_content(module.section(".BTF"), source.content(source.section(".BTF")))


def btf_garbage(module, _):
    index = module.section(".BTF")
    module.patch(index, 0, bytes(len(module.content(index))))


def btf_none(module, _):
    module.rename(b".BTF", b".BTG")


STEPS = {function.__name__.replace("_", "-"): function for function in (
    vermagic_flags, vermagic_no_versions, vermagic_release, vermagic_none, vermagic_first, vermagic_second,
    licence, licence_none, licence_second, retpoline_none, modinfo_none, namespace_none, rename_module,
    crc_layout, crc_symbol, crc_first, crc_second, crc_none, versions_none,
    symbol_missing, symbol_missing_unversioned, symbol_weak, symbol_common,
    export_crc, export_unversioned, export_taken,
    cut_empty, cut_header, cut_data, cut_section_headers, cut_signature, section_outside, section_writable,
    machine, class_32, not_relocatable, symbols_stripped, this_module_none, this_module_size, foreign,
    packed_xz, packed_xz_crc64, packed_gz, packed_zst,
    unsigned, content_changed, signature_zeros, signature_flipped, signature_length, signature_type,
    signature_behind, btf_of, btf_garbage, btf_none)}


def mutate(data, steps):
    module = Module(data)
    for step in steps:
        word, _, text = step.partition("=")
        if word not in STEPS:
            raise SystemExit("mutate: no step " + word)
        STEPS[word](module, text)
    return module.bytes()


def main():
    if len(sys.argv) < 3:
        raise SystemExit("usage: mutate.py IN OUT STEP...")
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    with open(sys.argv[2], "wb") as file:
        file.write(mutate(data, sys.argv[3:]))


if __name__ == "__main__":
    main()
