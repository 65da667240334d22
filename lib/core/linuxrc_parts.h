// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of linuxrc.h: the steps of one run. Functions return 0 or -ENOMEM unless told.
#pragma once

#include "lib/core/linuxrc.h"

/* Hostile disks: what is beyond is not judged, and a note says so. linuxrc takes 1,000 updates. */
#define MF_LR_MAX_UPDATES 128
#define MF_LR_MAX_MODULES 8192

/* `options` of one module, a line each. */
struct mf_lr_option {
	const char *module;
	const char *text;
};

struct mf_lr_folder;

struct mf_lr_run {
	const struct mf_disk *disk;
	const struct mf_linuxrc *linuxrc;
	struct mf_linuxrc_result *out;
	struct mf_strings broken; /* brokenmodules as it stands */
	struct mf_lr_option *options;
	size_t n_options;
	struct mf_strings loaded;     /* names folded, sorted: what insmod was called for so far */
	size_t n_modules;	      /* of all updates */
	struct mf_lr_folder *folders; /* modules/ of each update */
};

/* A module file that linuxrc finds in modules/ itself. */
struct mf_lr_file {
	const char *stem; /* name without its extension, as written */
	const char *name; /* the same folded */
	const struct mf_disk_file *file;
	unsigned int rank; /* of the extension, in the order linuxrc tries them */
	bool is_listed;	   /* module.order has a line for it */
	bool is_told;	   /* it stands in the result */
};

/* modules/ of the driver update being looked at. */
struct mf_lr_folder {
	struct mf_lr_run *run;
	struct mf_linuxrc_update *update;
	const struct mf_disk_file *folder; /* NULL: has none */
	struct mf_lr_file *files;	   /* by name, stem and rank */
	size_t n_files;
};

/* linuxrc_find.c: the driver updates of the disk, in the order of slots, skipped ones behind. */
int mf_lr_find(struct mf_lr_run *run);

/* Text of a file "FOLDER/NAME" of an update, symlinks followed; NULL when it has none. */
const struct mf_disk_file *mf_lr_text(struct mf_lr_run *run, const char *folder, const char *name,
				      int *ret_error);

/* Order of updates: applied ones by slot, then skipped ones. For qsort. */
int mf_lr_compare_updates(const void *a, const void *b);

/* linuxrc_config.c: what dud.config changes for this update and all behind it. */
int mf_lr_apply_config(struct mf_lr_run *run, const struct mf_linuxrc_update *update);
bool mf_lr_is_broken(const struct mf_lr_run *run, const char *stem);

/* Parameters for insmod, or what there is beside `options`; out is NULL when there are none. */
int mf_lr_parameters(struct mf_lr_run *run, const char *stem, const char *other, const char **out);

/* linuxrc_files.c: what lies in modules/. */
int mf_lr_open_folder(struct mf_lr_run *run, struct mf_linuxrc_update *update,
		      struct mf_lr_folder *out);
struct mf_lr_file *mf_lr_find_stem(const struct mf_lr_folder *folder, const char *stem);
struct mf_lr_file *mf_lr_find_name(const struct mf_lr_folder *folder, const char *name);

/* '-' to '_'; NULL: no memory. */
char *mf_lr_fold(struct mf_arena *arena, const char *name);

/* Adds an entry to the update; NULL: no memory, or the limit is reached (run->n_modules tells). */
struct mf_linuxrc_module *mf_lr_add_module(struct mf_lr_folder *folder, const char *name,
					   const struct mf_disk_file *file,
					   enum mf_linuxrc_fate fate);

/* linuxrc_load.c: what linuxrc asks insmod for. */
int mf_lr_load(struct mf_lr_folder *folder);

/* linuxrc_autoload.c: the same by module.config. */
int mf_lr_autoload(struct mf_lr_folder *folder, struct mf_bytes config);

/* linuxrc_depend.c: whether insmod can succeed, as far as the order of loading goes. */
int mf_lr_insmod(struct mf_lr_folder *folder, struct mf_linuxrc_module *module, const char *stem,
		 const char *parameters);
int mf_lr_add_loaded(struct mf_lr_run *run, const char *name);
void mf_lr_remove_loaded(struct mf_lr_run *run, const char *name);
bool mf_lr_is_loaded(const struct mf_lr_run *run, const char *name);
bool mf_lr_is_stock(const struct mf_linuxrc *linuxrc, const char *name);

/* linuxrc_rival.c: several driver updates with one module. */
int mf_lr_judge_condition(struct mf_lr_folder *folder);
int mf_lr_shadow(struct mf_lr_run *run);

/* Adds a sentence about the disk; text lives in the arena of the result or for ever. */
int mf_lr_note(struct mf_lr_run *run, const char *text);
