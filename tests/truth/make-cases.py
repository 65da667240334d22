#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the cases of one kernel: a folder of modules each, the guest's plan, a list for judge.py.
import argparse
import collections
import glob
import json
import lzma
import os
import re

import mutate

COLUMNS = ("case", "mode", "where", "errno", "drivers", "steps")
SMALL = 4   # modules of a package at most
STOCK_TWINS = ("virtio_blk", "virtio_net", "nvme")  # so that the target has the drivers that ours replace


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", required=True)
    parser.add_argument("--abi", required=True, help="the kernel that will run")
    parser.add_argument("--tree", required=True, help="with its lib/modules/ABI")
    parser.add_argument("--dkms", required=True, help="DKMS tree with builds for it, or for its neighbour")
    parser.add_argument("--built", help="ABI of those builds when it is not --abi")
    parser.add_argument("--symvers", required=True, help="Module.symvers of those builds")
    parser.add_argument("--other", help="DKMS tree of another kernel of the series, for its .BTF")
    parser.add_argument("--foreign", help="DKMS tree of a kernel of another series")
    parser.add_argument("--quick", action="store_true", help="only cases with a star, one driver each")
    parser.add_argument("--out", required=True)
    return parser.parse_args()


def module_name(path):
    return os.path.basename(path).split(".ko")[0].replace("-", "_")


def built_modules(tree, abi="*"):
    """name -> path, of one DKMS tree"""
    found = sorted(glob.glob("%s/*/*/%s/x86_64/module/*.ko" % (tree, glob.escape(abi) if abi != "*" else abi)))
    return {module_name(path): path for path in found}


def read_module(path):
    with (lzma.open if path.endswith(".xz") else open)(path, "rb") as file:
        return file.read()


class Stock:
    """The target's own modules, by depmod's modules.dep."""

    def __init__(self, tree, abi):
        self.folder = "lib/modules/" + abi
        self.tree, self.files, self.needs = tree, {}, {}
        with open("%s/%s/modules.dep" % (tree, self.folder)) as file:
            for line in file:
                path, needs = line.split(":")
                self.files[module_name(path)] = path
                self.needs[module_name(path)] = [module_name(need) for need in needs.split()]

    def data(self, name):
        return read_module("%s/%s/%s" % (self.tree, self.folder, self.files[name]))

    def in_order(self, name):
        """The module with all it needs, first things first: modules.dep names them last things first."""
        return list(reversed(self.needs[name])) + [name]

    def guest_path(self, name):
        return "/%s/%s" % (self.folder, self.files[name])


class Maker:
    def __init__(self, options):
        self.options = options
        self.is_own_build = options.built in (None, options.abi)
        self.stock = Stock(options.tree, options.abi)
        self.ours = built_modules(options.dkms, options.built or options.abi)
        # what stands for @word in a step, by the name of the module that is changed
        self.modules_of = {"@other": built_modules(options.other) if options.other else {},
                           "@foreign": built_modules(options.foreign) if options.foreign else {}}
        self.used = set(name for name in STOCK_TWINS if name in self.stock.files)
        self.cases = []
        self.symbols = options.out + "/kernel-symbols"
        with open(options.symvers) as file, open(self.symbols, "w") as out:
            out.write("\n".join(line.split("\t")[1] for line in file if line.split("\t")[2] == "vmlinux"))

    def depends(self, data):
        words = [item[8:].decode() for item in mutate.Module(data).modinfo() if item.startswith(b"depends=")]
        return [module_name(name) for name in ",".join(words).split(",") if name]

    def load_order(self, data, mode):
        """What is loaded before a module: ("ours" or "stock", name), each once."""
        order = []
        for name in self.depends(data) if "d" not in mode else ():
            if name in self.ours and not ("s" in mode and name in self.stock.files):
                order += self.load_order(read_module(self.ours[name]), mode) + [("ours", name)]
            elif name in self.stock.files:
                order += [("stock", need) for need in self.stock.in_order(name)]
        return list(dict.fromkeys(order))

    def words(self, row):
        if row["drivers"] == "all":
            return sorted(self.ours)
        if row["drivers"] == "small":
            sizes = collections.Counter(os.path.dirname(path) for path in self.ours.values())
            return sorted(name for name, path in self.ours.items() if sizes[os.path.dirname(path)] <= SMALL)
        return row["drivers"].split(",")

    def drivers(self, row):
        words = self.words(row)
        if self.options.quick:
            # one each, and another each time
            words = words[len(self.cases) % len(words):][:1] if row["drivers"] in ("all", "small") else words[:1]
        for word in words:
            judged, _, changed = word.partition("<")
            is_stock = judged.startswith("stock:")
            name = judged.split(":")[-1].replace("-", "_")
            if name in (self.stock.files if is_stock else self.ours):
                yield is_stock, name, changed.replace("-", "_") or name

    def steps(self, row, changed):
        """None where what they name is not there."""
        words = [] if row["steps"] == "-" else row["steps"].split()
        steps = []
        for word in words:
            word = word.replace("@symbols", self.symbols).replace("~", " ")
            step, _, text = word.partition("=")
            if text in self.modules_of:
                if changed not in self.modules_of[text]:
                    return None
                word = step + "=" + self.modules_of[text][changed]
            steps.append(word)
        return steps

    def make(self, row, is_stock, judged, changed):
        case_id = "%s.%s" % (judged, row["case"].lstrip("*"))
        pristine = self.stock.data(judged) if is_stock else read_module(self.ours[judged])
        steps = self.steps(row, changed)
        if steps is None:
            return
        order = self.load_order(pristine, row["mode"])
        self.used |= {name for origin, name in order if origin == "stock"}
        files = {name: read_module(self.ours[name]) for origin, name in order if origin == "ours"}
        files[judged] = pristine
        files[changed] = mutate.mutate(files[changed], steps)
        name = next((step.split("=")[1] for step in steps if step.startswith("rename-module=")), judged)
        files[name] = files.pop(judged)
        folder = "%s/cases/%s" % (self.options.out, case_id)
        os.makedirs(folder)
        suffix = next(("." + step.split("-")[1] for step in steps if step.startswith("packed-")), "")
        for each, data in files.items():
            with open("%s/%s.ko%s" % (folder, each, suffix if each == name else ""), "wb") as file:
                file.write(data)
        self.cases.append({
            "id": case_id, "driver": judged, "case": row["case"].lstrip("*"), "mode": row["mode"],
            "errno": row["errno"].split(",") if self.is_own_build else [],
            "name": name, "file": "%s.ko%s" % (name, suffix),
            "before": [self.stock.guest_path(each) if origin == "stock" else "/truth/%s/%s.ko" % (case_id, each)
                       for origin, each in order]})

    def write(self):
        # first what must not find a dependency that stayed loaded; last what enforces signatures: that stays, too
        self.cases.sort(key=lambda case: ("e" in case["mode"], "d" not in case["mode"]))
        with open(self.options.out + "/plan", "w") as file:
            for case in self.cases:
                file.write(" ".join([case["id"], case["mode"], case["name"],
                                     "/truth/%s/%s" % (case["id"], case["file"])] + case["before"]) + "\n")
        with open(self.options.out + "/cases.json", "w") as file:
            json.dump(self.cases, file, indent=1)
        with open(self.options.out + "/stock", "w") as file:
            file.write("".join(name + "\n" for name in sorted(self.used)))


def rows(table):
    with open(table) as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                yield dict(zip(COLUMNS, line.split(None, len(COLUMNS) - 1)))


def main():
    options = arguments()
    maker = Maker(options)
    series = re.match(r"\d+\.\d+", options.abi).group()
    for row in rows(options.table):
        row["steps"] = row["steps"].strip()
        if row["where"] not in ("any", series) or options.quick and row["case"][0] != "*":
            continue
        for driver in maker.drivers(row):
            maker.make(row, *driver)
    maker.write()
    print("%d cases" % len(maker.cases))


if __name__ == "__main__":
    main()
