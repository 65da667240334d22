# SPDX-License-Identifier: GPL-2.0-or-later
# Rows of check-full that prove portability, and that the package list suffices. They need root and the mirror.

FULL_ROWS := full-valgrind full-bits32 full-bigendian full-fresh

full: $(FULL_ROWS)

full-valgrind: deps-full
	@tests/full/valgrind.sh
full-bits32: deps-full
	@tests/full/bits32.sh
full-bigendian: deps-full
	@tests/full/bigendian.sh
full-fresh: deps-full
	@tests/full/fresh-machine.sh

.PHONY: full $(FULL_ROWS)
