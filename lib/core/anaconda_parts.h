// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of anaconda.h: the steps of one run. Each returns 0 or -ENOMEM.
#pragma once

#include "lib/core/anaconda.h"

struct mf_dd_run {
	const struct mf_anaconda_input *input;
	struct mf_anaconda_result *out;
	const struct mf_disk **images; /* opened so far, each once */
	size_t n_images;
};

/* A folder whose packages dd_list is asked about, or a single RPM. */
struct mf_dd_repo {
	const struct mf_disk *disk;
	const char *folder;  /* on the disk; "" is its root */
	const char *pattern; /* what dd_list gives to glob(): the folder by its own way */
	const struct mf_disk_file *single; /* NULL: the folder */
	bool is_saved;	 /* copied to /run/install: a package of modules or firmware was taken */
	bool is_stopped; /* the copying fails */
};

struct mf_dd_repos {
	struct mf_dd_repo *v;
	size_t n;
};

/* anaconda_find.c: which packages the installer looks at, those of inner images too. */
int mf_dd_find(struct mf_dd_run *run, struct mf_dd_repos *out);

/* The RPM of a file that is one or a symlink called like one; NULL. */
const struct mf_rpm *mf_dd_rpm_at(const struct mf_disk *disk, const struct mf_disk_file *file);

/* What of a repository save_repo() of driver_updates.py cannot copy, at which it gives up; NULL. */
const struct mf_disk_file *mf_dd_uncopied(const struct mf_dd_repo *repo);

/* A disk that the initrd cannot mount is none, whatever is on it. */
bool mf_dd_is_mountable(const struct mf_disk *disk);

/* Whether the repository copied to the installer's /run/install has an RPM. */
bool mf_dd_repo_has(const struct mf_dd_repo *repo, const struct mf_disk_file *file);

/* anaconda_why.c: why an RPM that the disk has is not looked at; NULL: no memory. */
const char *mf_dd_why_unseen(const struct mf_dd_run *run, const struct mf_disk *disk,
			     const struct mf_disk_file *file);

/* Why dd_list does not take it; NULL: no memory. */
const char *mf_dd_why_refused(const struct mf_dd_run *run, const struct mf_rpm *rpm);

/* anaconda_load.c: files of what is taken, and the modules among them. */
int mf_dd_unpack(struct mf_dd_run *run);
int mf_dd_load(struct mf_dd_run *run, const struct mf_dd_repos *repos);

/* anaconda_solve.c: what of it is installed. */
int mf_dd_solve(struct mf_dd_run *run, const struct mf_dd_repos *repos);

/* A path of a package as explodeDDRPM() of rpmutils.c cuts it: without leading "/" and "./". */
const char *mf_dd_strip(const char *path);

/* Adds a sentence about the disk; text lives in the arena of the result or for ever. */
int mf_dd_note(struct mf_dd_run *run, const char *text);
