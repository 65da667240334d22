// SPDX-License-Identifier: GPL-2.0-or-later
// A directory read at once and sorted, so that readdir order reaches nobody.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What an entry is, links not followed. */
enum mf_entry_type { MF_TYPE_FILE, MF_TYPE_DIR, MF_TYPE_LINK, MF_TYPE_OTHER };

struct mf_folder_entry {
	const char *name;
	enum mf_entry_type type;
};

/* Initialise with MF_FOLDER_NONE. fd is for openat and stays open. */
struct mf_folder {
	int fd;
	struct mf_folder_entry *v;
	size_t n;
	char *names;
};

#define MF_FOLDER_NONE ((struct mf_folder){.fd = -1})

/*
 * Reads a directory; dirfd as for openat, follow says whether name may be a symlink. 0; -errno of
 * openat or readdir; -E2BIG for more than a million entries; -ENOMEM.
 */
int mf_folder_read(int dirfd, const char *name, bool follow, struct mf_folder *out);

/* Destructor. */
void mf_folder_close(struct mf_folder *folder);
