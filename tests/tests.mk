# SPDX-License-Identifier: GPL-2.0-or-later
# Checks: unit tests, purity, lint, fuzz targets. What needs real input is called from here too.

UNIT_LIBS  = $(eval UNIT_LIBS := $$(shell pkg-config --cflags --libs cmocka libkmod))$(UNIT_LIBS)

$(O)/unit/%: tests/unit/%.c $(O)/libmodferry.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(O)/libmodferry.a $(UNIT_LIBS) $(LDLIBS)

# Unit tests of the variant in $(O); fast, no root, no network.
unit: $(UNIT_BIN)
	@tests/run-unit.sh $(UNIT_BIN)

# The same under gcc and clang with warnings as errors, and under sanitizers.
unit-clang:
	$(MAKE) --no-print-directory O=$(BUILD)/clang CC=clang unit
unit-asan:
	$(MAKE) --no-print-directory O=$(BUILD)/asan CC=clang CFLAGS='-O1 -g -fno-omit-frame-pointer' \
		SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all' unit

# lib/base, lib/core and the slices do no I/O: no object of theirs asks for it.
purity: $(PURE_OBJ)
	@tests/purity.sh $(PURE_OBJ)

lint:
	@tests/lint.sh

# Fuzz targets: libFuzzer with ASan and UBSan; `make fuzz` runs each for FUZZ_SECONDS.
FUZZ_SECONDS ?= 60
FUZZ_FLAGS   := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
$(BUILD)/fuzz/%: tests/fuzz/%_fuzz.c fuzz-lib
	@mkdir -p $(@D)
	clang $(subst $(SANITIZE),,$(ALL_CFLAGS)) -fsanitize=fuzzer,address,undefined -o $@ $< \
		$(BUILD)/fuzzobj/libmodferry.a $(LDLIBS)
fuzz-lib:
	@$(MAKE) --no-print-directory O=$(BUILD)/fuzzobj CC=clang CFLAGS='-O1 -g' \
		SANITIZE='$(FUZZ_FLAGS)' $(BUILD)/fuzzobj/libmodferry.a
fuzz: $(FUZZ_BIN)
	@tests/fuzz/run.sh $(FUZZ_SECONDS) $(FUZZ_BIN)
# Each corpus once, under sanitizers: what CI does.
fuzz-replay: $(FUZZ_BIN)
	@tests/fuzz/run.sh 0 $(FUZZ_BIN)

# Disks for Enterprise Linux from real modules: what installer, dnf and check make of them.
dud-real: all
	@tests/fixtures/el.sh
	@tests/dud-real.sh $(abspath $(O))/modferry $(BUILD)/fixtures

# Packages for Debian from real modules, in roots of 12 and 13: apt by hardware, dpkg, initramfs-tools.
deb-real: all
	@tests/fixtures/bookworm.sh
	@tests/fixtures/dkms.sh
	@tests/fixtures/dkms-trixie.sh
	@tests/deb-real.sh $(abspath $(O))/modferry $(BUILD)/fixtures

# Tests of the program as its users meet it.
$(O)/tools/%: tests/tools/%.c $(O)/libmodferry.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(O)/libmodferry.a $(LDLIBS)
CLI_TOOLS := emitspec mkdeb mkko mkrpm sinkfolder
cli-test: all $(addprefix $(O)/tools/,$(CLI_TOOLS))
	@MODFERRY=$(abspath $(O))/modferry TOOLS=$(abspath $(O))/tools tests/run-cli.sh

# Rewrites the golden files; read the diff.
update-golden:
	MF_UPDATE_GOLDEN=1 $(MAKE) --no-print-directory unit
	git diff --stat -- tests/golden

# --- on real input -----------------------------------------------------------------------------

# A whole kernel's module facts and aliases against libkmod, its merged indexes against depmod too. MF_KERNEL_DIR: its module folder, else the fixture's.
MF_KERNEL_DIR ?= $(lastword $(wildcard $(BUILD)/fixtures/kernels/6.1.*/lib/modules/6.1.*))
$(O)/oracle/%: tests/oracle/%.c $(O)/libmodferry.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(O)/libmodferry.a $(UNIT_LIBS) $(LDLIBS)
oracle: $(O)/oracle/facts_oracle $(O)/oracle/modalias_oracle $(O)/oracle/indexes_oracle
	@$(O)/oracle/facts_oracle '$(MF_KERNEL_DIR)'
	@$(O)/oracle/modalias_oracle '$(MF_KERNEL_DIR)'
	@tests/oracle/indexes-oracle.sh $(O)/oracle/indexes_oracle '$(MF_KERNEL_DIR)' \
		$(BUILD)/fixtures/dkms $(O)/oracle/indexes-tree

# Kernel images against what was built with them: the newest kernel's; vmlinuz-all: every one with headers.
vmlinuz-real: $(O)/oracle/vmlinuz_oracle
	@tests/oracle/vmlinuz-real.sh $(O)/oracle/vmlinuz_oracle
vmlinuz-all: $(O)/oracle/vmlinuz_oracle
	@tests/fixtures/images.sh --all
	@tests/oracle/vmlinuz-real.sh $(O)/oracle/vmlinuz_oracle --all

# Speed against the field's tools, on the same kernel tree.
$(O)/bench/%: tests/bench/%.c $(O)/libmodferry.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(O)/libmodferry.a $(UNIT_LIBS) $(LDLIBS)
bench: all $(O)/bench/stopwatch $(O)/bench/kmod_lookup $(O)/bench/merge_indexes $(O)/bench/inflate
	@tests/bench/run.sh '$(abspath $(O)/modferry)' '$(abspath $(O)/bench)' '$(abspath $(LOADER))' \
		'$(abspath $(MF_KERNEL_DIR))'

# The loader's boots besides the demo's.
vm-loader: all
	@tests/vm/loader-boots.sh
	@tests/vm/loader-merge.sh

# Real images of each framework, unmodified, and the hooks: a few boots, and all.
vm-hooks: all
	@tests/vm/loader-frameworks.sh --fast
vm-frameworks: all
	@tests/vm/loader-frameworks.sh

# Verdicts of check against a real kernel that loads the same drivers; besides: every kernel, every case.
truth: all
	@tests/truth/run.sh
truth-full: all
	@tests/truth/run.sh --full
# debian-installer, unmodified: through the loader, and through merged indexes alone.
vm-installer: all
	@tests/vm/installer-boots.sh
vm-installer-full: all
	@tests/vm/installer-boots.sh --full

# Its driver injection disk, made by modferry, on a USB stick.
vm-injection: all
	@tests/vm/injection.sh
vm-injection-full: all
	@tests/vm/injection.sh --full

# Real initrds, read by the field's tools too; an odd one, unpacked by a kernel too.
initrd-real: all
	@tests/fixtures/initrds.sh
	@tests/initrd-real.sh $(BUILD)/fixtures/initrds/*.gz $(BUILD)/fixtures/initrds/*.img
	@tests/vm/test-inspect.sh

# Facts of real initrds, media and systems.
probe-real: $(O)/tools/showprobe $(O)/tools/inflate
	@tests/fixtures/kernels.sh
	@tests/fixtures/initrds.sh
	@tests/probe-real.sh $(O)/tools $(BUILD)/fixtures

# Besides: each kind of image that makes the kernel's unpacker stop.
initrd-stops: all
	@tests/vm/test-inspect.sh --stops

# What the kernel makes of overlays that keep and break its rules, beside what check says of them.
vm-archive: all $(O)/tools/archivecheck $(O)/tools/mkko
	@tests/vm/archive-rules.sh
vm-archive-all: all $(O)/tools/archivecheck $(O)/tools/mkko
	@tests/vm/archive-rules.sh --all

# Driver disks written to USB sticks of a guest.
vm-stick: all $(O)/tools/mkko
	@tests/vm/stick.sh

# --- whole runs: packages first, then everything with them in place ------------------------------

demo: deps
	@$(MAKE) --no-print-directory -j2 all >$(BUILD)/demo-build.log 2>&1 || \
		{ cat $(BUILD)/demo-build.log; exit 1; }
	@MODFERRY=$(abspath $(BUILD))/modferry tests/vm/demo.sh

check: deps
	@tests/check.sh

check-full: deps
	@tests/check.sh --full

.PHONY: unit unit-clang unit-asan purity lint fuzz fuzz-lib fuzz-replay cli-test update-golden \
	oracle bench vm-loader vm-frameworks initrd-real initrd-stops vm-archive vm-archive-all demo \
	check check-full dud-real deb-real vmlinuz-real vmlinuz-all vm-hooks truth truth-full vm-installer \
	vm-installer-full vm-injection vm-injection-full vm-stick probe-real

-include tests/full/full.mk
