#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes tests/fuzz/corpus/elf anew from the module maker of the unit tests; run it when that changes.
set -eu
cd "$(dirname "$0")/../.."
corpus=tests/fuzz/corpus/elf
program=$(mktemp)
trap 'rm -f "$program"' EXIT
mkdir -p "$corpus"
gcc -std=gnu11 -I. -Wall -Wextra -o "$program" tests/fuzz/elf_corpus.c lib/base/*.c
rm -f "$corpus"/accept-* "$corpus"/reject-*
"$program" "$corpus"
ls "$corpus"
