// SPDX-License-Identifier: GPL-2.0-or-later
// What Agama (SLES 16, Leap 16, Tumbleweed) does with a driver update, as functions of the disk
// alone (agama, live/live-root/usr/lib/dracut/modules.d/99agama-dud/agama-dud-apply.sh; dud(7)
// tells the rules).
#pragma once

#include "lib/core/disk.h"

/* The installer that reads the disk. */
struct mf_agama {
	const char *folder;		/* ARCH-DIST of its os-release: "x86_64-sles16.0" */
	const char *kernel;		/* uname -r there */
	const struct mf_strings *stock; /* names of the modules it has, sorted; NULL: not known */
};

enum mf_agama_fate {
	MF_AGAMA_LOADED,   /* copied to updates/, depmod, named for systemd-modules-load */
	MF_AGAMA_UNLISTED, /* copied to updates/, depmod; module.order has no line that loads it, so
			      that only its hardware does */
	MF_AGAMA_SHADOWS,  /* copied to updates/ though built for another kernel: it hides the stock
			      module of its name. By the release alone: whether it loads where
			      modules  have versions is not told here */
	MF_AGAMA_USELESS,  /* built for another kernel, no stock module of that name is known; or an
			      extension that depmod does not know */
	MF_AGAMA_SKIPPED,  /* in a folder for another product, machine or release, or in one below
			      modules/ */
	MF_AGAMA_REPLACED, /* a later folder has a file of that name */
};

struct mf_agama_module {
	const char *name;		 /* '-' folded to '_' */
	const char *copy;		 /* file name in updates/ */
	const struct mf_disk_file *file; /* symlinks followed */
	enum mf_agama_fate fate;
	const char *why; /* a sentence where the fate alone does not tell; NULL */
	bool replaces_stock;
};

struct mf_agama_result {
	struct mf_arena arena;
	bool is_update;			 /* something on it is for this installer */
	struct mf_agama_module *modules; /* by folder as Agama takes them, skipped ones behind */
	size_t n_modules;
	const struct mf_disk_file **packages; /* install/ *.rpm: a repository of the installation */
	size_t n_packages;
	const struct mf_disk_file **ignored; /* files that linuxrc or YaST would act on and Agama
						does not: dud.config, install/update.*,
						modules/module.config, modules/hd.ids */
	size_t n_ignored;
	struct mf_strings notes; /* sentences for people about the disk itself */
};

/* Runs the installer over the disk. 0 or -ENOMEM. The result borrows from both. */
int mf_agama_run(const struct mf_disk *disk, const struct mf_agama *agama,
		 struct mf_agama_result *out);

/* "loaded", "shadows"… */
const char *mf_agama_fate_name(enum mf_agama_fate fate);

/* Destructor. */
void mf_agama_result_free(struct mf_agama_result *result);
