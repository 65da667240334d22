#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Compares what the kernel said of each case with what cases.txt expects and with what `modferry check` says.
#
#   judge.py [--kernel-only] [--exactly N | --at-least N] --table FILE (WORK BOOT SYMVERS)...
#
# WORK is a kernel's folder of run.sh, named as the kernel; BOOT has its vmlinuz-ABI and config-ABI; SYMVERS may be
# missing. Check is asked twice: with all of these, and with the initrd alone. Status 1 when a mutation is not what it
# claims, when a verdict is false, or when more than 5 % are unknown with everything given.
import argparse
import collections
import concurrent.futures
import errno
import json
import os
import re
import subprocess
import sys

UNKNOWN_LIMIT = 0.05
ROW = "%-21s %-18s %-23s %-12s %-8s %-32s %s"


class Kernel:
    def __init__(self, work, boot, symvers):
        self.work, self.abi = work, os.path.basename(work)
        self.facts = ["--vmlinuz", "%s/vmlinuz-%s" % (boot, self.abi), "--config", "%s/config-%s" % (boot, self.abi)]
        self.facts += ["--symvers", symvers] if os.path.exists(symvers) else []
        with open(work + "/cases.json") as file:
            self.cases = json.load(file)
        self.said = {}
        with open(work + "/log", errors="replace") as file:
            for line in file:
                found = re.match(r"truth: case (\S+) (-?\d+) (.*)", line)
                if found:
                    self.said[found[1]] = (int(found[2]), found[3])


def ask(kernel, case, facts):
    """(verdict, codes) of the case's driver; the verdict is "none" when check does not name it."""
    initrd = "bare.gz" if "d" in case["mode"] else "base.gz"
    command = [os.environ["MODFERRY"], "check", "--json", "--kernel", kernel.abi, "--initrd", kernel.work + "/" + initrd]
    command += facts + (["--secure-boot"] if "e" in case["mode"] else []) + ["%s/cases/%s" % (kernel.work, case["id"])]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    try:
        drivers = json.loads(run.stdout)["drivers"]
    except ValueError:
        return "none", "status %d: %s" % (run.returncode, run.stderr.strip()[-200:])
    for driver in drivers:
        if os.path.basename(driver["file"]) == case["file"]:
            codes = list(dict.fromkeys(reason["code"] for reason in driver["reasons"]))
            return driver["verdict"], ",".join(codes) or "-"
    return "none", "not among: " + ",".join(driver["file"] for driver in drivers)


def is_false(verdict, number):
    return verdict not in (("loads", "unknown") if number == 0 else ("fails", "unknown"))


class Judge:
    def __init__(self, options):
        self.options = options
        self.lines, self.faults, self.count = [], [], collections.Counter()

    def one(self, kernel, case):
        """The case's row with its faults."""
        number, state = kernel.said.get(case["id"], (-1, "missing"))
        word = errno.errorcode.get(number, str(number)).replace("ENOTSUP", "EOPNOTSUPP") if number else "0"
        faults = []
        if case["errno"] and word not in case["errno"]:
            faults.append("the kernel says %s, not %s" % (word, " or ".join(case["errno"])))
        if state.startswith(("left", "killed", "hung", "missing")):
            faults.append("the guest says: " + state)
        verdicts = []
        if not self.options.kernel_only:
            verdicts = [ask(kernel, case, kernel.facts), ask(kernel, case, [])]
            faults += ["false verdict: %s" % verdict for verdict, _ in verdicts if is_false(verdict, number)]
        return kernel, case, word, verdicts, faults

    def note(self, kernel, case, word, verdicts, faults):
        self.count["cases"] += 1
        self.count["loaded"] += word == "0"
        cells = sum(verdicts, ())
        for place, verdict in zip(("with", "without"), cells[::2]):
            self.count[place] += verdict == "unknown"
        if cells:
            cells = cells[0], cells[1], "%s %s" % cells[2:]
        row = ROW % ((kernel.abi, case["driver"], case["case"], word) + (cells or ("", "", "")))
        self.lines.append(row.rstrip() + "".join("  <-- " + fault for fault in faults))
        self.faults += [self.lines[-1]] if faults else []

    def run(self, kernels):
        jobs = [(kernel, case) for kernel in kernels for case in kernel.cases]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for result in pool.map(lambda job: self.one(*job), jobs):
                self.note(*result)
        if self.options.exactly not in (None, len(jobs)) or len(jobs) < self.options.at_least:
            self.faults.append("%d cases are not as many as there are to be" % len(jobs))
        if self.count["with"] >= UNKNOWN_LIMIT * len(jobs):
            self.faults.append("too many verdicts are unknown")

    def summary(self, n_kernels):
        cases = self.count["cases"]
        text = "%d cases on %d kernel%s: %d loaded, %d refused" % (
            cases, n_kernels, "s" * (n_kernels > 1), self.count["loaded"], cases - self.count["loaded"])
        if not self.options.kernel_only:
            text += "; unknown %.1f %%, with the initrd alone %.1f %%" % tuple(
                100 * self.count[place] / cases for place in ("with", "without"))
        return text + "; %d faults" % len(self.faults)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kernel-only", action="store_true")
    parser.add_argument("--exactly", type=int)
    parser.add_argument("--at-least", type=int, default=1)
    parser.add_argument("--table", required=True)
    parser.add_argument("kernels", nargs="+")
    options = parser.parse_args()
    words = iter(options.kernels)
    kernels = [Kernel(*each) for each in zip(words, words, words)]
    judge = Judge(options)
    judge.run(kernels)
    head = ROW % ("kernel", "driver", "case", "finit_module", "verdict", "reasons", "with the initrd alone")
    with open(options.table, "w") as file:
        file.write("\n".join([head] + judge.lines + ["", judge.summary(len(kernels))]) + "\n")
    print("\n".join((judge.faults if len(kernels) > 1 else [head] + judge.lines) + [judge.summary(len(kernels))]))
    sys.exit(1 if judge.faults else 0)


if __name__ == "__main__":
    main()
