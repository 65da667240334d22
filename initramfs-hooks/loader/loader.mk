# SPDX-License-Identifier: GPL-2.0-or-later
# Builds modferry-load: static, musl, only lib/base and the part of lib/core that it calls.

STRIP         ?= strip
LOADER_O      := $(BUILD)/loader/$(ARCH)
LOADER_SRC    := $(wildcard initramfs-hooks/loader/*.c lib/base/*.c) \
		 $(addprefix lib/core/,archname.c cmdline.c indexes.c indexes_dep.c indexes_text.c kmodindex.c kmodindex_write.c \
		 manifest.c modalias.c modname.c places.c report.c report_records.c)
LOADER_OBJ    := $(patsubst %.c,$(LOADER_O)/%.o,$(LOADER_SRC))
# the code is made when linking, as one piece: calls across files become smaller, by 2.5 KB in all
LOADER_CODEGEN := -Oz -flto -flto-partition=one -fipa-pta -fno-asynchronous-unwind-tables \
		  -fno-stack-protector -fno-pie
LOADER_CFLAGS := -std=gnu11 -I. $(DEFINES) $(WARN) $(DEV) -g -ffunction-sections \
		 -fdata-sections $(LOADER_CODEGEN) -ffat-lto-objects \
		 -isystem $(LOADER_O)/include -MMD -MP
LOADER_LDFLAGS := $(LOADER_CODEGEN) -static -no-pie -Wl,--gc-sections -Wl,-z,norelro \
		  -Wl,--build-id=none -Wl,-z,noseparate-code

# musl-gcc sees no kernel headers by itself: give it these three folders and nothing else of glibc's
$(LOADER_O)/include:
	@mkdir -p $@
	ln -sfn /usr/include/linux $@/linux
	ln -sfn /usr/include/asm-generic $@/asm-generic
	ln -sfn $$(gcc -print-multiarch | sed 's,^,/usr/include/,;s,$$,/asm,') $@/asm

$(LOADER_O)/%.o: %.c Makefile initramfs-hooks/loader/loader.mk | $(LOADER_O)/include
	@mkdir -p $(@D)
	$(MUSL_CC) $(LOADER_CFLAGS) -c -o $@ $<

# nothing unwinds: .eh_frame is its own end and a header
$(LOADER): $(LOADER_OBJ)
	$(MUSL_CC) $(LOADER_LDFLAGS) -o $@.debug $^
	$(STRIP) -s -R .comment -R .note -R .eh_frame -o $@ $@.debug

# A loader whose run crashes or never ends: process 1 must become init nevertheless.
$(LOADER_O)/loader-broken: $(LOADER_OBJ) $(LOADER_O)/tests/vm/loader-broken.o
	$(MUSL_CC) $(LOADER_LDFLAGS) -fno-lto -Wl,--wrap=mf_run -o $@ $^

# The same sources with glibc and sanitizers, for plans only. Arenas are left to the end of the process.
LOADER_ASAN := $(BUILD)/asan/modferry-load
$(LOADER_ASAN): $(LOADER_SRC) $(wildcard initramfs-hooks/loader/*.h lib/base/*.h lib/core/*.h)
	@mkdir -p $(@D)
	clang -std=gnu11 -I. $(DEFINES) -O1 -g -fno-omit-frame-pointer \
		-fsanitize=address,undefined -fno-sanitize-recover=all \
		-o $@ $(filter-out %/small.c %/small_text.c,$(LOADER_SRC))

# What the binary is, and what it plans on made-up machines; boots are in tests/vm/loader-boots.sh.
loader-check: $(LOADER) $(LOADER_ASAN)
	@tests/loader-static.sh $(LOADER)
	@tests/loader-plan.sh $(LOADER)
	@ASAN_OPTIONS=detect_leaks=0 tests/loader-plan.sh $(LOADER_ASAN)

.PHONY: loader-check
