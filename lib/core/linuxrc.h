// SPDX-License-Identifier: GPL-2.0-or-later
// What linuxrc (SLES 15, Leap 15) does with a driver update, as functions of the disk alone
// (linuxrc, util.c, file.c and module.c; dud(7) tells the rules with their sources).
#pragma once

#include "lib/core/disk.h"

/* The installer that reads the disk. */
struct mf_linuxrc {
	const char *folder; /* UpdateDir of its linuxrc.config: "linux/suse/x86_64-sles15" */
	const char *kernel; /* uname -r there */
	const struct mf_strings *stock; /* names of the modules it has, sorted; NULL: not known */
};

/* A line of dud.config, module.order or another text, as linuxrc splits it. */
struct mf_linuxrc_line {
	const char *key; /* as written; mf_linuxrc_is_key compares */
	const char *value;
};

/*
 * What Exec of modferry's own disks contains: a script in install/ that keeps the driver update for
 * the very kernel that its modules were built for, and takes it away from any other.
 */
#define MF_LINUXRC_GUARD "/install/modferry-"

/* What becomes of one name that a driver update brings or lists. */
enum mf_linuxrc_fate {
	MF_LINUXRC_LOADED,     /* insmod is called for it */
	MF_LINUXRC_UNLISTED,   /* module.order does not have it */
	MF_LINUXRC_NESTED,     /* below a folder of modules/, where nobody looks */
	MF_LINUXRC_UNREADABLE, /* an extension that linuxrc does not know (.ko.bz2…), or a symlink
				  that leads nowhere once copied */
	MF_LINUXRC_SKIPPED,  /* its driver update is skipped: same UpdateID as an earlier one, or a
				folder for another product, machine or release */
	MF_LINUXRC_SHADOWED, /* a later driver update replaces it by its own of that name, or one of
				that name is loaded before it */
	MF_LINUXRC_BROKEN,   /* named in brokenmodules: never loaded */
	MF_LINUXRC_STOCK,    /* a line of module.order for a module that the update has not: the
				installer's own is asked for */
	MF_LINUXRC_LATE,     /* what it depends on is not loaded by then: insmod fails. Without
				module.order it may, by chance */
};

struct mf_linuxrc_module {
	const char *name;		 /* '-' folded to '_'; of a line of module.order any text */
	const struct mf_disk_file *file; /* symlinks followed; NULL for MF_LINUXRC_STOCK */
	enum mf_linuxrc_fate fate;
	const char *why;	/* a sentence where the fate alone does not tell; NULL */
	const char *parameters; /* of `options`, NULL: none */
	bool replaces_stock;	/* the stock module of that name is unloaded first */
};

/* One driver update: a folder linux/suse/ARCH-DIST, at the top or below a number. */
struct mf_linuxrc_update {
	const char *path;      /* of that folder on the disk */
	unsigned int slot;     /* NNN of /update/NNN */
	const char *id;	       /* UpdateID, NULL: none */
	const char *name;      /* first UpdateName, NULL: linuxrc invents one a module */
	const char *why;       /* why it is skipped; NULL: it is applied */
	const char *condition; /* what Exec runs before modules are handled; NULL: nothing. Not run
				  here: what is said of the modules holds if it keeps them. Of two
				  with the same module, the one built for this very kernel is taken
				  to be kept */
	bool has_order;	       /* module.order is there; else the order is that of the folder, by
				  chance */
	bool has_config;       /* module.config is there: its section autoload is loaded, and
				  nothing is unloaded */
	struct mf_linuxrc_line *lines; /* of dud.config */
	size_t n_lines;
	struct mf_linuxrc_module *modules; /* in the order of loading, others behind */
	size_t n_modules;
	const struct mf_disk_file **packages; /* install/ *.rpm: for the installed system */
	size_t n_packages;
	bool has_archive; /* install/update.tar.gz or update.tgz: unpacked in the installed system
			   */
};

struct mf_linuxrc_result {
	struct mf_arena arena;
	bool is_update;	   /* something on it is for this installer */
	bool is_automatic; /* found without dud=: label OEMDRV */
	struct mf_linuxrc_update
		*updates; /* in the order linuxrc applies them, skipped ones behind */
	size_t n_updates;
	struct mf_strings notes; /* sentences for people about the disk itself */
};

/*
 * Splits a text as file_read_file() does: pieces of at most 1,023 bytes, key up to one of ": =\t",
 * value trimmed and unquoted, lines without a key left out. Lives in the arena. 0 or -ENOMEM.
 */
int mf_linuxrc_read(struct mf_bytes text, struct mf_arena *arena, struct mf_linuxrc_line **ret,
		    size_t *ret_n);

/* Whether a line has that key: case does not count, nor do '-', '_' and '.'. */
bool mf_linuxrc_is_key(const struct mf_linuxrc_line *line, const char *key);

/* Id (the last one) and name (the first one) in a dud.config, NULL: none. In the arena. -ENOMEM. */
int mf_linuxrc_identify(struct mf_bytes config, struct mf_arena *arena, const char **ret_id,
			const char **ret_name);

/* Extension of modules that linuxrc looks for at that place, from 0; NULL: there is no more. */
const char *mf_linuxrc_extension(unsigned int place);

/* Length of a file's name without one of them, *ret_place: which; 0: it is no module's. */
size_t mf_linuxrc_stem_length(const char *name, unsigned int *ret_place);

/* Runs the installer over the disk. 0 or -ENOMEM. The result borrows from both. */
int mf_linuxrc_run(const struct mf_disk *disk, const struct mf_linuxrc *linuxrc,
		   struct mf_linuxrc_result *out);

/* "loaded", "unlisted"… */
const char *mf_linuxrc_fate_name(enum mf_linuxrc_fate fate);

/* Destructor. */
void mf_linuxrc_result_free(struct mf_linuxrc_result *result);
