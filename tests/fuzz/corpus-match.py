#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes the corpora of modalias, kmodindex and hardware: small made inputs, accepted and rejected ones.
import os
import struct

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
DEVICE = b"pci:v00001AF4d00001042sv00001AF4sd00001100bc01sc00i00"


def write(target, name, content):
    with open(os.path.join(CORPUS, target, name), "wb") as out:
        out.write(content)


def index(nodes, root, magic=0xB007F457, version=0x00020001):
    return struct.pack(">III", magic, version, root) + nodes


def leaf(prefix, *values):
    body = prefix + b"\0" + struct.pack(">I", len(values))
    for number, value in enumerate(values):
        body += struct.pack(">I", number) + value + b"\0"
    return body


def modalias():
    write("modalias", "accept-star", b"pci:v*d*sv*sd*bc01sc00i*\n" + DEVICE)
    write("modalias", "accept-bracket", b"usb:v1D6Bp0002d0[1-9]*[!a]\nusb:v1D6Bp0002d0612")
    write("modalias", "accept-escape", b"a\\b*\\*[]x-]?\na\\bcc*]d")
    write("modalias", "accept-unknown", b"pci:v00001AF4d*sv000017AA*\npci:v00001AF4d????????sv????????")
    write("modalias", "reject-bracket", b"usb:v[12\nusb:v1")
    write("modalias", "reject-no-device", b"pci:v*")


def kmodindex():
    first = leaf(b"pci:v00001AF4d*", b"virtio_pci", b"other")
    write("kmodindex", "accept-one", DEVICE + b"\n" + index(first, 0xC000000C))
    a, b = leaf(b"*[0-9]i0\\0", b"a"), leaf(b"bus:*", b"b")
    children = struct.pack(">BB", ord("p"), ord("q")) + struct.pack(">II", 0xC000000C, 0xC0000000 | 12 + len(a))
    write("kmodindex", "accept-children", DEVICE + b"\n" + index(a + b + children, 0x20000000 | 12 + len(a + b)))
    cycle = b"**" + struct.pack(">I", 0x2000000C)
    write("kmodindex", "reject-cycle", b"a\n" + index(cycle, 0x2000000C))
    write("kmodindex", "reject-magic", b"a\n" + index(first, 0xC000000C, magic=0xB007FA57))
    write("kmodindex", "reject-version", b"a\n" + index(first, 0xC000000C, version=0x00030001))
    write("kmodindex", "reject-truncated", DEVICE + b"\n" + index(first, 0xC000000C)[:-3])


def hardware():
    write("hardware", "accept-lines", DEVICE + b"\r\nplatform:Fixed MDIO bus\n# remark\nacpi:PNP0C0A:")
    write("hardware", "accept-grep", b"/sys/devices/pci0000:00/0000:00:03.0/modalias:" + DEVICE + b"\n")
    write("hardware", "accept-udev", b"P: /devices/x\nM: x\nE: NAME=\xff\nE: MODALIAS=" + DEVICE + b"\n\n")
    write("hardware", "accept-lspci-nn", b"00:03.0 SCSI [0100]: Red Hat [1af4:1042] (rev 01)\n\tSubsystem: X [1af4:1100]\n")
    write("hardware", "accept-lspci-mm", b'00:03.0 "0100" "1af4" "1042" -r01 -p00 "1af4" "1100"\n')
    write("hardware", "accept-lspci-vmm", b"Slot:\t00:03.0\nClass:\t0100\nVendor:\t1af4\nDevice:\t1042\nRev:\t01\n")
    write("hardware", "reject-names-only", b"00:03.0 SCSI storage controller: Red Hat, Inc. Virtio\n")
    write("hardware", "reject-text", b"These are my devices:\n")
    write("hardware", "reject-empty", b"\n")


modalias()
kmodindex()
hardware()
