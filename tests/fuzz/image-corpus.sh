#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes tests/fuzz/corpus/{vmlinux,vmlinuz} anew from the image maker of the unit tests; run it when that changes.
# Keys are made anew each time: the files with certificates differ.
set -eu
cd "$(dirname "$0")/../.."
corpus=tests/fuzz/corpus
program=$(mktemp)
trap 'rm -f "$program"' EXIT
mkdir -p "$corpus/vmlinux" "$corpus/vmlinuz"
gcc -std=gnu11 -D_GNU_SOURCE -I. -Wall -Wextra -o "$program" tests/fuzz/image_corpus.c lib/base/*.c \
	-lcmocka -lcrypto -lz
for target in vmlinux vmlinuz; do
	rm -f "$corpus/$target"/accept-* "$corpus/$target"/reject-*
done
"$program" "$corpus"
ls "$corpus/vmlinux" "$corpus/vmlinuz"
