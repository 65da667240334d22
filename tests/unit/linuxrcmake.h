// SPDX-License-Identifier: GPL-2.0-or-later
// Disks for tests of linuxrc's rules, and linuxrc of SLES 15 SP6 before them.
#pragma once

#include "tests/unit/susemake.h"

#include "lib/core/linuxrc.h"

#define SLE15 "linux/suse/x86_64-sles15"
#define SP6   "6.4.0-150600.21-default"
#define SP5   "5.14.21-150500.53-default"

/* What every row starts from: an OEMDRV image for SP6. */
struct bench {
	struct maker maker;
	struct mf_strings stock;
	bool has_stock;
	struct mf_linuxrc_result result;
};

static inline void free_bench(struct bench *bench)
{
	mf_linuxrc_result_free(&bench->result);
	free_maker(&bench->maker);
}

static inline const struct mf_linuxrc_result *run(struct bench *bench)
{
	struct mf_linuxrc linuxrc = {.folder = SLE15, .kernel = SP6};

	if (bench->has_stock)
		linuxrc.stock = &bench->stock;
	if (!bench->maker.disk.container) {
		bench->maker.disk.container = "iso9660";
		bench->maker.disk.label = "OEMDRV";
		bench->maker.disk.has_long_names = true;
	}
	mf_linuxrc_result_free(&bench->result);
	assert_int_equal(mf_linuxrc_run(&bench->maker.disk, &linuxrc, &bench->result), 0);
	return &bench->result;
}

static inline void set_stock(struct bench *bench, const char *names)
{
	bench->stock = words_of(&bench->maker, names);
	bench->has_stock = true;
}

/* Module files of an update, each for SP6. */
static inline void put_modules(struct bench *bench, const char *update, const char *list)
{
	put_kos(&bench->maker, mf_arena_printf(&bench->maker.disk.arena, "%s/modules", update), SP6,
		list);
}

static inline void put_file(struct bench *bench, const char *update, const char *name,
			    const char *text)
{
	put_text(&bench->maker, mf_arena_printf(&bench->maker.disk.arena, "%s/%s", update, name),
		 text);
}

/* "a:loaded b:late": all modules of one update. */
static inline const char *fates(struct bench *bench, size_t at)
{
	const struct mf_linuxrc_update *update = &bench->result.updates[at];
	const char *text = "";

	for (size_t i = 0; i < update->n_modules; i++)
		text = mf_arena_printf(&bench->maker.disk.arena, "%s%s%s:%s", text, i ? " " : "",
				       update->modules[i].name,
				       mf_linuxrc_fate_name(update->modules[i].fate));
	return text;
}

static inline const struct mf_linuxrc_module *module_of(const struct mf_linuxrc_update *update,
							const char *name)
{
	for (size_t i = 0; i < update->n_modules; i++) {
		if (strcmp(update->modules[i].name, name) == 0)
			return &update->modules[i];
	}
	fail_msg("%s is not in the update", name);
	return NULL;
}

static inline void assert_has(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text ? text : "(null)");
}
