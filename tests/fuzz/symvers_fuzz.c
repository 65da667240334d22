// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: Module.symvers; what was read, written in today's form, is read the same.
#include <stdint.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/core/symvers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_so)
{
	if (!is_so)
		__builtin_trap();
}

static void must_equal(const char *a, const char *b)
{
	must(a ? b && strcmp(a, b) == 0 : !b);
}

static void emit(const struct mf_symtab *table, struct mf_buf *out)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct mf_export *export = &table->v[i];

		must(export->name && export->owner && export->space &&
		     export->is_gpl != MF_ANSWER_UNKNOWN);
		mf_buf_printf(out, "0x%08x\t%s\t%s\tEXPORT_SYMBOL%s\t%s\n", export->crc,
			      export->name, export->owner_path ? export->owner_path : export->owner,
			      export->is_gpl == MF_ANSWER_YES ? "_GPL" : "", export->space);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_symtab_free) struct mf_symtab table = {0};
	MF_CLEANUP(mf_symtab_free) struct mf_symtab again = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_err err = {0};

	if (mf_symvers_read((struct mf_bytes){data, size}, &table, &err)) {
		must(err.text[0] && !table.is_complete);
		return 0;
	}
	emit(&table, &text);
	must(!mf_symvers_read(mf_buf_bytes(&text), &again, &err) && again.n == table.n &&
	     again.is_complete == table.is_complete);
	for (size_t i = 0; i < table.n; i++) {
		const struct mf_export *export = &table.v[i];
		const struct mf_export *other = mf_symtab_find(&again, export->name);

		must(other == &again.v[i] && other->crc == export->crc &&
		     other->has_crc == export->has_crc && other->is_gpl == export->is_gpl);
		must_equal(export->owner, other->owner);
		must_equal(export->space, other->space);
	}
	return 0;
}
