# SPDX-License-Identifier: GPL-2.0-or-later
# Builds, tests and installs modferry; CONTRIBUTING.md names the targets. Everything made lies in build/.

VERSION    := 0.1.0
PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/modferry
MANDIR     ?= $(PREFIX)/share/man
DATADIR    ?= $(PREFIX)/share
DESTDIR    ?=
BUILD      ?= build
CC         := $(if $(filter default,$(origin CC)),gcc,$(CC))
MUSL_CC    ?= musl-gcc
ARCH       := $(shell uname -m)
# the scripts of tests import each other; nothing made may lie outside build/
export PYTHONDONTWRITEBYTECODE := 1
export XDG_CACHE_HOME := $(abspath $(BUILD))/cache

# One build variant a folder: obj (default), clang, asan.
O          ?= $(BUILD)/obj
WARN       := -Wall -Wextra -Wpedantic -Wno-gnu-statement-expression -Wshadow -Wswitch-enum -Wvla \
	      -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wcast-qual -Wpointer-arith \
	      -Wno-missing-field-initializers
DEV        ?= -Werror
CFLAGS     ?= -O2 -g
SANITIZE   ?=
PACKAGES   := libarchive libcrypto jansson libzstd liblzma zlib liblz4 libsquashfs1 libisofs-1 blkid
# asked once, and only when something is compiled: make deps runs before pkg-config is there
PKG_CFLAGS  = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PACKAGES) rpm))$(PKG_CFLAGS)
PKG_LIBS    = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PACKAGES)))$(PKG_LIBS)
# librpm is loaded when an RPM is read (lib/io/librpm_load.c): the one that the headers belong to
LIBRPM      = $(eval LIBRPM := $$(shell objdump -p "$$$$(pkg-config --variable=libdir rpm)/librpm.so" | \
	      sed -n 's/^ *SONAME *//p'))$(LIBRPM)
DEFINES     = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DMF_VERSION='"$(VERSION)"' \
	      -DMF_LIBEXECDIR='"$(LIBEXECDIR)"' -DMF_LIBRPM='"$(LIBRPM)"'
ALL_CFLAGS  = -std=gnu11 -I. $(DEFINES) $(WARN) $(DEV) $(CFLAGS) $(SANITIZE) \
	      $(PKG_CFLAGS) -MMD -MP
# -Wpedantic of gcc refuses statement expressions and has no switch for them alone
ifeq ($(findstring clang,$(CC)),)
WARN := $(filter-out -Wpedantic -Wno-gnu-statement-expression,$(WARN))
endif
LDLIBS      = $(PKG_LIBS) -lbz2 -llzo2 -lpthread

PURE_DIRS  := lib/base lib/core initramfs-hooks dud
LIB_SRC    := $(wildcard $(addsuffix /*.c,$(PURE_DIRS) lib/io lib/cli))
LIB_OBJ    := $(patsubst %.c,$(O)/%.o,$(filter-out lib/cli/main.c,$(LIB_SRC)))
PURE_OBJ   := $(patsubst %.c,$(O)/%.o,$(wildcard $(addsuffix /*.c,$(PURE_DIRS))))
UNIT_SRC   := $(wildcard tests/unit/*_test.c)
UNIT_BIN   := $(patsubst tests/unit/%.c,$(O)/unit/%,$(UNIT_SRC))
FUZZ_SRC   := $(wildcard tests/fuzz/*_fuzz.c)
FUZZ_BIN   := $(patsubst tests/fuzz/%_fuzz.c,$(BUILD)/fuzz/%,$(FUZZ_SRC))
C_FILES    := $(shell git ls-files -co --exclude-standard '*.c' '*.h' 2>/dev/null)
SH_FILES   := $(shell git ls-files -co --exclude-standard '*.sh' .ci/run 2>/dev/null)

LOADER     := $(BUILD)/loader/$(ARCH)/modferry-load

all: $(O)/modferry $(LOADER) $(BUILD)/modferry

$(BUILD)/modferry: $(BUILD)/obj/modferry
	ln -sf obj/modferry $@

$(O)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(O)/libmodferry.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(O)/modferry: $(O)/lib/cli/main.o $(O)/libmodferry.a
	$(CC) $(CFLAGS) $(SANITIZE) -o $@ $^ $(LDLIBS)

# --- the static loader -------------------------------------------------------------------------

include initramfs-hooks/loader/loader.mk

# --- checks ------------------------------------------------------------------------------------

include tests/tests.mk

# --- installing --------------------------------------------------------------------------------

include install.mk

# --- packages of the distribution --------------------------------------------------------------

DEPS      = $(shell sed '/^\#\# check-full/,$$d;s/\#.*//' .ci/packages)
DEPS_FULL = $(shell sed 's/\#.*//' .ci/packages)

deps: $(BUILD)/deps.stamp
deps-full: $(BUILD)/deps-full.stamp

$(BUILD)/deps.stamp: .ci/packages
	@.ci/deps $(DEPS)
	@mkdir -p $(BUILD) && touch $@

# Also what only check-full needs.
$(BUILD)/deps-full.stamp: .ci/packages
	@.ci/deps $(DEPS_FULL)
	@mkdir -p $(BUILD) && touch $@ $(BUILD)/deps.stamp

clean:
	rm -rf $(BUILD)

.PHONY: all deps deps-full clean

# not all of $(BUILD): roots of other machines there have folders like rc2.d
-include $(shell find $(O) $(BUILD)/loader $(BUILD)/fuzz -type f -name '*.d' 2>/dev/null)
