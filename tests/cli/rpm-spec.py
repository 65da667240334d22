# SPDX-License-Identifier: GPL-2.0-or-later
# Random hostile text through a spec and rpm's own parser: what rpm reads is what was given. rpm-spec.py EMITSPEC SEED COUNT
import os
import random
import subprocess
import sys
import tempfile

PIECES = ["%", "%%", "%{", "%(", "%[", "}", ")", "]", "\\", "\n", " ", "#", "a", "%files", "%if", "%endif", "%post",
          "%include x", "%define a b", "\t", '"', "'", "%{nil}", "%a", "$x", "\\\n", "%#", "%*", "%1", "%!", "%-",
          "%@", "^", "\u00e9"]


def text(pieces, longest):
    """Ends in a letter: rpm strips blanks at the ends of values."""
    return "a" + "".join(random.choice(pieces) for _ in range(random.randint(1, longest))) + "e"


def without_blank_ends(value):
    """Of a description rpm strips the blanks at the ends of lines."""
    return "\n".join(line.rstrip(" \t") for line in value.split("\n"))


def read_back(spec):
    """Summary, description and post as rpm parses them."""
    with tempfile.NamedTemporaryFile("w", suffix=".spec") as file:
        file.write(spec)
        file.flush()
        query = ["rpmspec", "-q", "--qf", "%{SUMMARY}\x01%{DESCRIPTION}\x01%{POSTIN}", file.name]
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(query, capture_output=True, text=True, env=env, check=False)
    return done.stdout.split("\x01"), done.stderr


def check(emitspec):
    """Whether the spec was made; ends the program where rpm reads something else."""
    line = [piece for piece in PIECES if "\n" not in piece and "\t" not in piece]
    given = [text(line, 6), text(PIECES, 10), text(PIECES, 20)]
    done = subprocess.run([emitspec, *given], capture_output=True, text=True, check=False)
    if done.returncode == 3:
        return False
    read, errors = read_back(done.stdout)
    if done.returncode or read != [given[0], without_blank_ends(given[1]), given[2]]:
        sys.exit(f"rpm reads {read!r}, given {given!r}\n{errors}")
    return True


random.seed(int(sys.argv[2]))
made = sum(check(sys.argv[1]) for _ in range(int(sys.argv[3])))
print(f"{made} specs of {sys.argv[3]} made, the others refused")
if not 0 < made < int(sys.argv[3]):
    sys.exit("all or none were refused")
