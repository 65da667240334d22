// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: uncompressed kernel images; signatures of modules by the certificates found there.
#include <stdint.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
	if (!is_so)
		__builtin_trap();
}

static void check_facts(const struct mf_vmlinux *found, const struct mf_symtab *symbols)
{
	must(found->release != NULL);
	must(!found->vermagic ||
	     strncmp(found->vermagic, found->release, strlen(found->release)) == 0);
	must(found->has_exports == (symbols->n != 0) && symbols->is_complete == found->has_exports);
	for (size_t i = 0; i < symbols->n; i++) {
		must(symbols->v[i].name[0] && strcmp(symbols->v[i].owner, "vmlinux") == 0);
		must(symbols->v[i].space && symbols->v[i].is_gpl != MF_ANSWER_UNKNOWN);
	}
	for (size_t i = 0; i < found->certs.n; i++)
		must(found->certs.v[i].n > 4 && found->certs.v[i].p[0] == 0x30);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_symtab_free) struct mf_symtab symbols = {0};
	struct mf_bytes input = {data, size};
	struct mf_vmlinux found = {0};
	struct mf_err err = {0};
	enum mf_signed verdict;

	if (mf_vmlinux_read(input, &arena, &symbols, &found, &err))
		must(!found.release && err.text[0]);
	else
		check_facts(&found, &symbols);
	must(!mf_module_verify(input, &found.certs, &verdict));
	must(verdict != MF_SIGNED_GOOD || found.certs.n);
	return 0;
}
