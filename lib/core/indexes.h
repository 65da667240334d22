// SPDX-License-Identifier: GPL-2.0-or-later
// Merged indexes: a kernel's own module indexes with shipped drivers in front of its stock ones.
#pragma once

#include "lib/core/kmodindex.h"
#include "lib/core/module.h"

/* The files of one module folder; empty where there is none. What is borrowed or owned, the caller
 * of each function knows. */
struct mf_indexes {
	struct mf_bytes dep;	 /* modules.dep.bin */
	struct mf_bytes alias;	 /* modules.alias.bin */
	struct mf_bytes symbols; /* modules.symbols.bin */
	struct mf_bytes order;	 /* modules.order, text */
	struct mf_bytes softdep; /* modules.softdep, text */
	struct mf_bytes devname; /* modules.devname, text */
	struct mf_bytes
		dep_text; /* modules.dep; read where there is no dep, written where it was */
	struct mf_bytes alias_text;   /* modules.alias, likewise */
	struct mf_bytes symbols_text; /* modules.symbols, likewise */
};

/* A driver that is put in front, or (is_removed) taken out again. Borrowed text. */
struct mf_index_driver {
	const char *name; /* '-' folded to '_' */
	const char *path; /* below the module folder: "updates/modferry/nvme.ko" */
	struct mf_strings depends;
	struct mf_strings aliases;
	struct mf_strings symbols; /* names it exports */
	struct mf_strings softdep_pre;
	struct mf_strings softdep_post;
	bool is_removed;   /* its entries go, stock (next field) comes back */
	const char *stock; /* "PATH: PATH…", line of modules.dep that stood there before it; NULL:
			      none */
};

/* What a merge gives: texts that the outputs' bytes lie in. Zeroed is empty. */
struct mf_indexes_merged {
	struct mf_buf dep, alias, symbols, order, softdep, devname, dep_text, alias_text,
		symbols_text;
	struct mf_arena arena;
	const char **stock; /* for each driver, by its number: the modules.dep line it took the
			       place of ("PATH: PATH…"), NULL when its name is new or its own path
			       stood there already */
};

/*
 * Merges. For the same name the shipped path replaces the stock one, in every dependency list that
 * names it, and what it needs besides is added to them, in an order in which all can be loaded;
 * what only the stock one needed stays there. For the same device the shipped driver comes first
 * (priorities, and first lines of modules.order, which a later depmod obeys): drivers have the
 * priorities 0 to n - 1, old entries are raised just so far that they stand behind them. Merging
 * the same drivers once more therefore changes nothing.
 *
 * Aliases and symbols of a replaced stock module stay: kmod finds all it found before, and ours.
 * Drivers are in dependency order; of one name the first counts. A dependency that is in neither is
 * left out (`check` says so). Circles are cut. The .bin files are written always, a text form where
 * it was given; its order is that of priorities.
 *
 * Limits: depmod's 65,535 modules, MF_KMODINDEX_MAX_ENTRIES; 16 million steps along dependencies.
 * -EINVAL for a driver whose name or path no index can hold, -EBADMSG for a damaged index (err says
 * which), -E2BIG, -ENOMEM. out is zeroed before.
 */
int mf_indexes_merge(const struct mf_indexes *stock, const struct mf_index_driver *drivers,
		     size_t n, struct mf_indexes_merged *out, struct mf_err *err);

/* Destructor. */
void mf_indexes_merged_free(struct mf_indexes_merged *merged);
