// SPDX-License-Identifier: GPL-2.0-or-later
// Symbols that a kernel and its stock modules export: a hash table over an array.
#include "lib/core/symtab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A distribution's kernel with all its modules has some 35,000. */
#define MAX_SYMBOLS ((size_t)2000000)

/* A table that is at most half full has runs of some tens; more are names made to collide. */
#define MAX_PROBES ((size_t)1024)

#define FIRST_SLOTS ((size_t)4096)

/* Open addressing, linear: the number of slots is a power of two. */
struct mf_symtab_slot {
	uint32_t hash;
	uint32_t place; /* in v, plus one; 0: free */
};

/* FNV-1a of 32 bits. */
static uint32_t hash_name(const char *name)
{
	uint32_t hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619u;
	return hash;
}

/* The slot of a name, or the free one where it belongs; NULL beyond MAX_PROBES. */
static struct mf_symtab_slot *find_slot(const struct mf_symtab *table, const char *name,
					uint32_t hash)
{
	size_t mask = table->n_slots - 1;

	for (size_t i = 0; i < MAX_PROBES; i++) {
		struct mf_symtab_slot *slot = &table->slots[(hash + i) & mask];

		if (!slot->place ||
		    (slot->hash == hash && strcmp(table->v[slot->place - 1].name, name) == 0))
			return slot;
	}
	return NULL;
}

/* Twice as many slots, the same entries in them. */
static int grow_slots(struct mf_symtab *table)
{
	size_t n = table->n_slots ? table->n_slots * 2 : FIRST_SLOTS;
	struct mf_symtab_slot *slots = calloc(n, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < table->n_slots; i++) {
		size_t at = table->slots[i].hash;

		if (!table->slots[i].place)
			continue;
		while (slots[at & (n - 1)].place)
			at++;
		slots[at & (n - 1)] = table->slots[i];
	}
	free(table->slots);
	table->slots = slots;
	table->n_slots = n;
	return 0;
}

/* Copies text when there is some and *to has none yet. */
static int fill_text(struct mf_symtab *table, const char **to, const char *text)
{
	if (*to || !text)
		return 0;
	*to = mf_arena_strdup(&table->arena, text);
	return *to ? 0 : -ENOMEM;
}

/* What another module says of its own symbol of that name is not mixed in. */
static int fill(struct mf_symtab *table, struct mf_export *known, const struct mf_export *export)
{
	int r;

	if (known->owner && export->owner && strcmp(known->owner, export->owner) != 0)
		return 0;
	r = fill_text(table, &known->owner, export->owner);
	if (!r)
		r = fill_text(table, &known->owner_path, export->owner_path);
	if (!r)
		r = fill_text(table, &known->space, export->space);
	if (!known->has_crc && export->has_crc) {
		known->has_crc = true;
		known->crc = export->crc;
	}
	if (known->is_gpl == MF_ANSWER_UNKNOWN)
		known->is_gpl = export->is_gpl;
	return r;
}

static int append(struct mf_symtab *table, const char *name)
{
	int r;

	if (table->n >= MAX_SYMBOLS)
		return -E2BIG;
	r = mf_arena_grow(&table->arena, &table->v, table->n, sizeof(*table->v));
	if (r)
		return r;
	table->v[table->n] = (struct mf_export){.name = mf_arena_strdup(&table->arena, name)};
	if (!table->v[table->n].name)
		return -ENOMEM;
	table->n++;
	return 0;
}

int mf_symtab_add(struct mf_symtab *table, const struct mf_export *export)
{
	uint32_t hash = hash_name(export->name);
	struct mf_symtab_slot *slot;
	int r = 0;

	if (table->n >= table->n_slots / 2)
		r = grow_slots(table);
	if (r)
		return r;
	slot = find_slot(table, export->name, hash);
	if (!slot)
		return -E2BIG;
	if (!slot->place) {
		r = append(table, export->name);
		if (r)
			return r;
		*slot = (struct mf_symtab_slot){hash, (uint32_t)table->n};
	}
	return fill(table, &table->v[slot->place - 1], export);
}

int mf_symtab_add_module(struct mf_symtab *table, const struct mf_module *module)
{
	int r = 0;

	for (size_t i = 0; !r && i < module->exports.n; i++) {
		const struct mf_symbol *symbol = &module->exports.v[i];

		r = mf_symtab_add(table,
				  &(struct mf_export){
					  .name = symbol->name,
					  .owner = module->name,
					  .space = symbol->space,
					  .crc = symbol->crc,
					  .has_crc = symbol->has_crc,
					  .is_gpl = symbol->is_gpl ? MF_ANSWER_YES : MF_ANSWER_NO,
				  });
	}
	for (size_t i = 0; !r && i < module->imports.n; i++) {
		const struct mf_symbol *symbol = &module->imports.v[i];

		/* a module that asks for no namespace imports symbols of none */
		r = mf_symtab_add(table, &(struct mf_export){
						 .name = symbol->name,
						 .space = module->import_spaces.n ? NULL : "",
						 .crc = symbol->crc,
						 .has_crc = symbol->has_crc,
					 });
	}
	return r;
}

const struct mf_export *mf_symtab_find(const struct mf_symtab *table, const char *name)
{
	const struct mf_symtab_slot *slot;

	if (!table->n_slots)
		return NULL;
	slot = find_slot(table, name, hash_name(name));
	return slot && slot->place ? &table->v[slot->place - 1] : NULL;
}

void mf_symtab_free(struct mf_symtab *table)
{
	free(table->slots);
	mf_arena_free(&table->arena);
	*table = (struct mf_symtab){0};
}
