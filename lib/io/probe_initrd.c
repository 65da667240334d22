// SPDX-License-Identifier: GPL-2.0-or-later
// Target probe: the facts of an initrd, squashfs images inside it included.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/probe_source.h"
#include "lib/io/rootfs.h"
#include "lib/io/squashfs.h"

/* Bytes of squashfs images that are kept until the initrd was read; SLES has some 100 MB. */
#define MAX_SQUASHFS ((size_t)1 << 30)
/* Images in one initrd; SLES has some ten. */
#define MAX_SQUASHFS_IMAGES ((size_t)64)

#define BIT(hook) (1U << MF_HOOK_##hook)

/* A squashfs image that is a file of the initrd. */
struct inner {
	size_t entry;
	struct mf_buf bytes;
};

/* The initrd being read. */
struct initrd {
	struct mf_gather *gather;
	struct mf_rootfs rootfs;
	struct mf_file_facts *facts;
	size_t n_facts;
	uint32_t *slots; /* of each entry: its place in facts plus one, 0: none */
	size_t n_slots;
	struct inner inner[MAX_SQUASHFS_IMAGES];
	size_t n_inner;
	size_t n_inner_bytes;
	struct mf_buf content; /* of a file in a squashfs image */
	int failed;	       /* of ours during the walk through one, not its damage */
};

static void free_initrd(struct initrd *initrd)
{
	for (size_t i = 0; i < initrd->n_inner; i++)
		mf_buf_free(&initrd->inner[i].bytes);
	mf_buf_free(&initrd->content);
	mf_rootfs_free(&initrd->rootfs);
}

/* What could not be read, once: the first counts. */
static int warn(struct initrd *initrd, const char *path, const char *why)
{
	struct mf_probe *probe = initrd->gather->probe;

	if (!probe->warning)
		probe->warning = mf_arena_printf(&probe->arena, "%s: %s", path, why);
	return probe->warning ? 0 : -ENOMEM;
}

static int keep_facts(struct initrd *initrd, size_t entry, const struct mf_file_facts *facts)
{
	struct mf_arena *arena = &initrd->gather->arena;

	while (initrd->n_slots <= entry) {
		if (mf_arena_grow(arena, &initrd->slots, initrd->n_slots, sizeof(*initrd->slots)))
			return -ENOMEM;
		initrd->slots[initrd->n_slots++] = 0;
	}
	if (mf_arena_grow(arena, &initrd->facts, initrd->n_facts, sizeof(*initrd->facts)))
		return -ENOMEM;
	initrd->facts[initrd->n_facts++] = *facts;
	initrd->slots[entry] = (uint32_t)initrd->n_facts;
	return 0;
}

/* Of a regular file that stands; NULL when it said nothing. */
static const struct mf_file_facts *facts_of(const struct initrd *initrd, size_t entry)
{
	size_t content = initrd->rootfs.entries[entry].content;

	if (content >= initrd->n_slots || !initrd->slots[content])
		return NULL;
	return &initrd->facts[initrd->slots[content] - 1];
}

static int keep_inner(struct initrd *initrd, size_t entry, struct mf_bytes image)
{
	struct inner *inner = &initrd->inner[initrd->n_inner];

	if (initrd->n_inner == MAX_SQUASHFS_IMAGES ||
	    image.n > MAX_SQUASHFS - initrd->n_inner_bytes)
		return warn(initrd, initrd->rootfs.entries[entry].path,
			    "not looked into: too many or too large squashfs images");
	mf_buf_add(&inner->bytes, image.p, image.n);
	if (mf_buf_status(&inner->bytes))
		return -ENOMEM;
	inner->entry = entry;
	initrd->n_inner_bytes += image.n;
	initrd->n_inner++;
	return 0;
}

static int see_file(void *context, size_t entry, struct mf_bytes content)
{
	struct initrd *initrd = context;
	struct mf_file_facts facts = {0};
	char path[MF_INITRD_MAX_PATH];
	struct mf_path_parts parts;
	int r;

	if (mf_rootfs_real_path(&initrd->rootfs, entry, path))
		return 0;
	parts = mf_path_parts(path);
	if (parts.interest == MF_INTEREST_NONE)
		return mf_squashfs_detect(content) ? keep_inner(initrd, entry, content) : 0;
	r = mf_gather_read(initrd->gather, &parts, content, &facts);
	return r ? r : keep_facts(initrd, entry, &facts);
}

/* An entry of a squashfs image, as if it lay in the root. */
static int see_inner(void *context, struct mf_squashfs *squashfs,
		     const struct mf_squashfs_entry *entry)
{
	struct initrd *initrd = context;
	struct mf_rootfs *rootfs = &initrd->rootfs;
	struct mf_file_facts facts = {0};
	struct mf_member member = {.path = entry->path, .mode = entry->mode, .nlink = 1};
	struct mf_path_parts parts = mf_path_parts(entry->path);
	size_t at = rootfs->n_entries;
	int r = 0;

	if (entry->target)
		member.content = (struct mf_bytes){(const uint8_t *)entry->target,
						   strlen(entry->target)};
	member.size = S_ISREG(entry->mode) ? entry->size : member.content.n;
	if (S_ISLNK(entry->mode) && !member.content.n)
		return 0;
	initrd->failed = mf_rootfs_add(rootfs, &member, initrd->gather->err);
	if (initrd->failed || !S_ISREG(entry->mode) || parts.interest == MF_INTEREST_NONE ||
	    rootfs->entries[at].fate == MF_FATE_DROPPED)
		return initrd->failed;
	initrd->content.len = 0;
	if (parts.interest != MF_INTEREST_FIRMWARE && parts.interest != MF_INTEREST_LIBRARY)
		r = mf_squashfs_read(squashfs, &initrd->content);
	if (r)
		return r;
	r = mf_gather_read(initrd->gather, &parts, mf_buf_bytes(&initrd->content), &facts);
	if (!r)
		r = keep_facts(initrd, at, &facts);
	initrd->failed = r;
	return r;
}

/* What is damaged says nothing more, and that is said. */
static int read_inner(struct initrd *initrd, const struct inner *inner)
{
	struct mf_squashfs_visitor visitor = {see_inner, initrd};
	struct mf_rootfs_entry entry = initrd->rootfs.entries[inner->entry];
	struct mf_err why = {0};
	int r;

	if (entry.fate != MF_FATE_WINS || entry.content != inner->entry)
		return 0;
	r = mf_squashfs_walk(mf_buf_bytes(&inner->bytes), &visitor, &why);
	if (!initrd->failed && (r == -EBADMSG || r == -ENOTSUP || r == -E2BIG))
		return warn(initrd, entry.path, why.text);
	return r;
}

/* Directories and symlinks as the kernel leaves them; what lies in squashfs images comes later. */
static int find_base(struct initrd *initrd)
{
	struct mf_probe *probe = initrd->gather->probe;
	struct mf_base_tree *base = &probe->base;

	for (size_t i = 0; i < initrd->rootfs.n_entries; i++) {
		const struct mf_rootfs_entry *entry = &initrd->rootfs.entries[i];
		struct mf_base_link link;
		char path[MF_INITRD_MAX_PATH];
		int r = 0;

		if (entry->fate != MF_FATE_WINS)
			continue;
		if (S_ISREG(entry->mode) && entry->content == i)
			probe->unpacked += entry->size;
		if (mf_rootfs_real_path(&initrd->rootfs, i, path) || !*path)
			continue;
		if (S_ISDIR(entry->mode))
			r = mf_strings_add(&probe->arena, &base->dirs, path);
		if (r)
			return r;
		if (!S_ISLNK(entry->mode))
			continue;
		link.path = mf_arena_strdup(&probe->arena, path);
		link.target = mf_arena_strdup(&probe->arena, entry->target);
		if (!link.path || !link.target ||
		    mf_arena_grow(&probe->arena, &base->links, base->n_links, sizeof(link)))
			return -ENOMEM;
		base->links[base->n_links++] = link;
	}
	return 0;
}

static bool has(const struct initrd *initrd, const char *path)
{
	size_t unused;

	return !mf_rootfs_find(&initrd->rootfs, path, true, &unused);
}

/* Whether /init is systemd. */
static bool is_systemd_init(const struct initrd *initrd)
{
	char path[MF_INITRD_MAX_PATH];
	size_t entry;

	return !mf_rootfs_find(&initrd->rootfs, "init", true, &entry) && entry != MF_ROOTFS_NONE &&
	       !mf_rootfs_real_path(&initrd->rootfs, entry, path) &&
	       mf_has_suffix(path, "/systemd/systemd");
}

/* Files that only one framework's images have; init_functions and config: mkinitcpio, install/base
 * and functions (write_image_config). */
static void find_framework(struct initrd *initrd)
{
	static const struct {
		const char *framework;
		const char *paths[2];
		enum mf_hook hook;
		unsigned int hooks; /* besides rdinit */
	} frameworks[] = {
		{"debian-installer",
		 {"lib/debian-installer-startup.d", NULL},
		 MF_HOOK_RDINIT,
		 BIT(DEBIAN_INSTALLER)},
		{"initramfs-tools",
		 {"conf/initramfs.conf", NULL},
		 MF_HOOK_INITRAMFS_TOOLS,
		 BIT(INITRAMFS_TOOLS)},
		/* its squash module: what lies beside that image is gone once it is the root */
		{"dracut", {"squash-root.img", NULL}, MF_HOOK_RDINIT},
		{"dracut", {"squashfs-root.img", NULL}, MF_HOOK_RDINIT},
		{"dracut", {"squash/root.img", NULL}, MF_HOOK_RDINIT},
		{"dracut", {"usr/lib/dracut", NULL}, MF_HOOK_DRACUT, BIT(DRACUT)},
		{"dracut", {"lib/dracut", NULL}, MF_HOOK_DRACUT, BIT(DRACUT)},
		{"mkinitcpio", {"init_functions", "config"}, MF_HOOK_RDINIT},
	};
	struct mf_probe *probe = initrd->gather->probe;
	unsigned int systemd = is_systemd_init(initrd) ? BIT(SYSTEMD) : 0;

	probe->framework = "unknown";
	probe->hook = MF_HOOK_RDINIT;
	for (size_t i = 0; i < sizeof(frameworks) / sizeof(frameworks[0]); i++) {
		const char *const *paths = frameworks[i].paths;

		if (!has(initrd, paths[0]) || (paths[1] && !has(initrd, paths[1])))
			continue;
		probe->framework = frameworks[i].framework;
		probe->hook = frameworks[i].hook;
		probe->hooks = BIT(RDINIT) | frameworks[i].hooks | systemd;
		return;
	}
	if (systemd) {
		probe->framework = "systemd";
		probe->hook = MF_HOOK_SYSTEMD;
		probe->hooks = BIT(RDINIT) | systemd;
	}
}

/* A link in a place where links stand for files: modules, firmware, modprobe.d. */
static int put_link(struct initrd *initrd, const char *path)
{
	static const struct mf_file_facts nothing;
	const struct mf_file_facts *facts = NULL;
	enum mf_interest interest = mf_path_parts(path).interest;
	bool is_file = false;
	size_t entry;

	if (interest == MF_INTEREST_NONE || interest == MF_INTEREST_KMOD)
		return 0;
	if (!mf_rootfs_find(&initrd->rootfs, path, true, &entry) && entry != MF_ROOTFS_NONE &&
	    S_ISREG(initrd->rootfs.entries[entry].mode)) {
		is_file = true;
		facts = facts_of(initrd, entry);
	}
	/* a link to /dev/null hides the file of that name in the other folders of modprobe.d */
	if (!facts &&
	    (interest == MF_INTEREST_MODPROBE || (is_file && interest == MF_INTEREST_FIRMWARE)))
		facts = &nothing;
	return facts ? mf_gather_put(initrd->gather, path, facts) : 0;
}

static int put_entry(struct initrd *initrd, size_t i)
{
	const struct mf_rootfs_entry *entry = &initrd->rootfs.entries[i];
	const struct mf_file_facts *facts;
	char path[MF_INITRD_MAX_PATH];

	if (entry->fate != MF_FATE_WINS || mf_rootfs_real_path(&initrd->rootfs, i, path))
		return 0;
	if (S_ISDIR(entry->mode))
		return mf_gather_folder(initrd->gather, path);
	if (S_ISLNK(entry->mode))
		return put_link(initrd, path);
	facts = S_ISREG(entry->mode) ? facts_of(initrd, i) : NULL;
	if (!facts)
		return 0;
	if (mf_has_prefix(mf_path_base(path), "libkmod.so."))
		mf_gather_put_library(initrd->gather, facts);
	return mf_gather_put(initrd->gather, path, facts);
}

/* The file that a path leads to. */
static const struct mf_file_facts *find_facts(const struct initrd *initrd, const char *path)
{
	size_t entry;

	if (mf_rootfs_find(&initrd->rootfs, path, true, &entry) || entry == MF_ROOTFS_NONE ||
	    !S_ISREG(initrd->rootfs.entries[entry].mode))
		return NULL;
	return facts_of(initrd, entry);
}

static int put_all(struct initrd *initrd)
{
	int r = 0;

	for (size_t i = 0; !r && i < initrd->rootfs.n_entries; i++)
		r = put_entry(initrd, i);
	for (const char *const *path = mf_gather_release_paths; !r && *path; path++) {
		const struct mf_file_facts *facts = find_facts(initrd, *path);

		r = facts ? mf_gather_put_release(initrd->gather, facts) : 0;
	}
	for (const char *const *path = mf_gather_tool_paths; !r && *path; path++) {
		const struct mf_file_facts *facts = find_facts(initrd, *path);

		if (facts)
			mf_gather_put_tool(initrd->gather, facts);
	}
	return r;
}

static int compare_links(const void *left, const void *right)
{
	return strcmp(((const struct mf_base_link *)left)->path,
		      ((const struct mf_base_link *)right)->path);
}

static int settle(struct initrd *initrd)
{
	struct mf_probe *probe = initrd->gather->probe;
	int r = find_base(initrd);

	if (r)
		return r;
	mf_strings_sort(&probe->base.dirs);
	if (probe->base.n_links > 1)
		qsort(probe->base.links, probe->base.n_links, sizeof(*probe->base.links),
		      compare_links);
	find_framework(initrd);
	for (size_t i = 0; !r && i < initrd->n_inner; i++) {
		r = read_inner(initrd, &initrd->inner[i]);
		mf_rootfs_settle(&initrd->rootfs);
	}
	return r ? r : put_all(initrd);
}

int mf_gather_initrd(struct mf_gather *gather, struct mf_bytes image)
{
	MF_CLEANUP(free_initrd) struct initrd initrd = {.gather = gather};
	struct mf_rootfs_watch watch = {see_file, &initrd};
	int r = mf_rootfs_read_watched(image, &watch, &initrd.rootfs, gather->err);

	if (!r && !initrd.rootfs.n_segments) /* an image that its maker did not write */
		r = mf_fail(gather->err, -EBADMSG, "is empty, expected an initrd");
	for (size_t i = 0; i < initrd.rootfs.n_segments; i++) {
		if (initrd.rootfs.segments[i].codec == MF_CODEC_LZ4)
			gather->probe->has_lz4 = true;
	}
	return r ? r : settle(&initrd);
}
