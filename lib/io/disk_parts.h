// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of reading driver disks: the disk being built, and the kinds of container.
#pragma once

#include "lib/base/bytes.h"
#include "lib/io/disk.h"

#define MF_DISK_MAX_FILES  ((size_t)100000)
#define MF_DISK_MAX_COPIES ((uint64_t)4 << 30)
#define MF_DISK_MAX_NESTED 4  /* ISO inside ISO */
#define MF_DISK_MAX_LEVELS 32 /* of folders */

/* What all disks of one mf_disk_open share. */
struct mf_disk_limits {
	struct mf_disk_source *source;
	size_t n_files;
	size_t n_copies;
	uint64_t copied; /* bytes */
	unsigned int level;
};

/* A disk being read. Strings and files live in the arena of the outermost disk. */
struct mf_disk_build {
	struct mf_disk_limits *limits;
	struct mf_arena *arena;
	struct mf_disk *disk;
	const char *object;    /* the disk, for messages */
	bool is_last_one_kept; /* of several files of one path: archives, where later ones win */
	int copy;	       /* file being copied, -1 for none */
	struct mf_err *err;
};

/* Kinds of file that mf_disk_file.kind does not have: another name of the file `link`. Resolved
 * when the disk is finished. */
#define MF_DISK_HARDLINK 'h'

/* Out-of-memory and damage, with the disk's name. */
int mf_disk_no_memory(struct mf_disk_build *build);
int mf_disk_damaged(struct mf_disk_build *build, const char *reason);

/*
 * Adds a file (path and link are copied); *ret_wants_copy when it is one that is read here
 * (mf_disk_wants), whose bytes are to follow by mf_disk_copy. -EBADMSG for a path that leads
 * elsewhere.
 */
int mf_disk_add(struct mf_disk_build *build, const struct mf_disk_file *file, bool *ret_wants_copy);

/* Appends bytes to the copy of the file added last. */
int mf_disk_copy(struct mf_disk_build *build, struct mf_bytes bytes);

/* The copy is whole: what was copied is read in its turn. */
int mf_disk_copy_end(struct mf_disk_build *build);

/* The same for a file that lies here already: no copy is made. */
int mf_disk_use(struct mf_disk_build *build, const char *path);

/* Whether this regular file is of a kind that is read: a package, an inner image, a module… */
bool mf_disk_wants(const struct mf_disk_file *file);

/* Other names of a file are files like it, and of none something else. 0 or -ENOMEM. */
int mf_disk_resolve_links(struct mf_disk_build *build);

/* Sorts, adds folders that nobody listed, drops what stands twice, resolves hard links. */
int mf_disk_finish(struct mf_disk_build *build);

/* Reads what lies at path, whatever it is, into build->disk. */
int mf_disk_read(struct mf_disk_build *build, const char *path);

/* The containers. bytes are those of the file or the partition. */
int mf_disk_read_iso(struct mf_disk_build *build, struct mf_bytes bytes);
int mf_disk_read_fat(struct mf_disk_build *build, struct mf_bytes bytes);
int mf_disk_read_archive(struct mf_disk_build *build, struct mf_bytes bytes);
int mf_disk_read_rpm_payload(struct mf_disk_build *build, struct mf_bytes bytes);
int mf_disk_read_folder(struct mf_disk_build *build, const char *path);

/*
 * Whether the archive at path (cpio, tar, also compressed) has a driver update of SUSE or a folder
 * of Debian's driver injection at its top, going by the names in front.
 */
bool mf_disk_is_archive(const char *path);

/* Whether a name at the top of a disk says so: linux/suse, N/linux/suse, debian-drivers… */
bool mf_disk_is_mark(const char *path);

/* Where a file system lies in an image, by libblkid. */
struct mf_disk_volume {
	uint64_t start; /* bytes */
	uint64_t size;
	char type[32]; /* libblkid's word: "iso9660", "vfat", "ext4"…; "" when it knows none */
	char label[256];
};

/* The file system of an image, or the one of its partitions that a driver disk is most likely on:
 * labelled OEMDRV, else the first ISO 9660 or FAT. 0, -errno. */
int mf_disk_find_volume(int fd, uint64_t size, struct mf_disk_volume *out);
