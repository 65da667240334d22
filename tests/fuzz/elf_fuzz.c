// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: module files; facts are whole, and dropping BTF touches section headers only.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/btf.h"
#include "lib/core/modname.h"
#include "lib/core/module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
	if (!is_so)
		__builtin_trap();
}

/* What every caller relies on without asking. */
static void check_facts(const struct mf_module *module)
{
	must(mf_modname_is_valid(module->name) && module->arch);
	must(module->bits == 32 || module->bits == 64);
	for (size_t i = 0; i < module->aliases.n; i++)
		must(module->aliases.v[i][0] != '\0');
	for (size_t i = 0; i < module->imports.n; i++)
		must(module->imports.v[i].name != NULL);
	for (size_t i = 0; i < module->exports.n; i++)
		must(module->exports.v[i].name != NULL);
	must(!module->signer || module->signature == MF_SIGNATURE_PRESENT);
}

static void drop_btf(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_free_ptr) uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return;
	if (size)
		memcpy(copy, data, size);
	if (!mf_module_drop_btf(copy, size))
		must(!size || memcmp(copy, data, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_module module = {0};
	struct mf_err err = {0};

	if (mf_module_read((struct mf_bytes){data, size}, "fuzz.ko", MF_MODULE_SYMBOLS, &arena,
			   &module, &err))
		must(!module.name && err.text[0]);
	else
		check_facts(&module);
	drop_btf(data, size);
	return 0;
}
