// SPDX-License-Identifier: GPL-2.0-or-later
// Symbols that a kernel and its stock modules export, as far as known: what an import is checked
// against.
#pragma once

#include "lib/core/module.h"

/* An answer that may be missing. */
enum mf_answer { MF_ANSWER_UNKNOWN, MF_ANSWER_NO, MF_ANSWER_YES };

/* One exported symbol. Text lives in the table's arena. */
struct mf_export {
	const char *name;
	const char *owner; /* "vmlinux" or a module's name, '-' folded to '_'; NULL: not known, it
			      was only seen imported */
	const char *owner_path; /* of that module below "kernel/", without ".ko"; NULL: not known */
	const char *space;	/* symbol namespace, "" for none; NULL: not known */
	uint32_t crc;		/* valid when has_crc */
	bool has_crc;
	enum mf_answer is_gpl;
};

struct mf_symtab_slot;

/* Zeroed is empty. */
struct mf_symtab {
	struct mf_arena arena;
	struct mf_export *v; /* in the order they came */
	size_t n;
	struct mf_symtab_slot *slots; /* hash table over v */
	size_t n_slots;
	bool is_complete; /* every export of the kernel image is in: what is not here is missing */
};

/*
 * Adds what a source says of a symbol; text is copied. What is known already stays, what was not
 * is filled in: sources come in the order of their trust. 0, -ENOMEM, -E2BIG beyond two million.
 */
int mf_symtab_add(struct mf_symtab *table, const struct mf_export *export);

/* Adds exports (owner: the module) and imports (owner unknown) of a stock module. */
int mf_symtab_add_module(struct mf_symtab *table, const struct mf_module *module);

/* The symbol, NULL when it is not in. Borrowed, valid until the next add. */
const struct mf_export *mf_symtab_find(const struct mf_symtab *table, const char *name);

/* Destructor. */
void mf_symtab_free(struct mf_symtab *table);
