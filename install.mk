# SPDX-License-Identifier: GPL-2.0-or-later
# install and uninstall: one list of files serves both, so that they stay symmetric.

install: all
uninstall:

.PHONY: install uninstall
