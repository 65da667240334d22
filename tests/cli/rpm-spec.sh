#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Hostile text in specs, read back by rpm's own parser.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python3 "$here/rpm-spec.py" "${EMITSPEC:-$here/../../build/obj/tools/emitspec}" 4 80
