#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes a kmod index: mkindex.py FILE KEY VALUE [KEY VALUE]…, priorities in the order given.
import struct
import sys


def add_node(out, entries, skip):
    """Appends the node of sorted (key, priority, value) that share skip bytes; offset with flags."""
    common = skip
    first, last = entries[0][0], entries[-1][0]
    while common < min(len(first), len(last)) and first[common] == last[common]:
        common += 1
    groups = {}
    for entry in entries:
        if len(entry[0]) > common:
            groups.setdefault(entry[0][common], []).append(entry)
    children = {c: add_node(out, group, common + 1) for c, group in groups.items()}
    own = [entry for entry in entries if len(entry[0]) == common]
    offset = len(out)
    if common > skip:
        offset |= 0x80000000
        out += first[skip:common] + b"\0"
    if children:
        offset |= 0x20000000
        low, high = min(children), max(children)
        out += bytes([low, high])
        for c in range(low, high + 1):
            out += struct.pack(">I", children.get(c, 0))
    if own:
        offset |= 0x40000000
        out += struct.pack(">I", len(own))
        for _, priority, value in own:
            out += struct.pack(">I", priority) + value + b"\0"
    return offset


words = [word.encode() for word in sys.argv[2:]]
index = bytearray(struct.pack(">III", 0xB007F457, 0x00020001, 0))
root = add_node(index, sorted((words[i], i // 2, words[i + 1]) for i in range(0, len(words), 2)), 0)
index[8:12] = struct.pack(">I", root)
with open(sys.argv[1], "wb") as file:
    file.write(index)
