// SPDX-License-Identifier: GPL-2.0-or-later
// Why anaconda leaves a package of a disk alone, for people.
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/anaconda_parts.h"

static const char *printed(struct mf_dd_run *run, struct mf_buf *text)
{
	return mf_buf_status(text) ? NULL : mf_arena_strdup(&run->out->arena, mf_buf_str(text));
}

/* "rpms/ARCH/" in a path: where the folder before it ends, and the word. */
static const char *find_arch(const char *path, size_t *ret_folder, size_t *ret_n)
{
	const char *at = path;

	while (at && !mf_has_prefix(at, "rpms/")) {
		at = strchr(at, '/');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return NULL;
	*ret_folder = (size_t)(at - path);
	at += strlen("rpms/");
	*ret_n = strcspn(at, "/");
	return at[*ret_n] ? at : NULL;
}

static bool has_marker(struct mf_dd_run *run, const struct mf_disk *disk, const char *path,
		       size_t folder)
{
	const char *marker = mf_arena_printf(&run->out->arena, "%.*srhdd3", (int)folder, path);

	return !marker || mf_disk_find(disk, marker);
}

const char *mf_dd_why_unseen(const struct mf_dd_run *run, const struct mf_disk *disk,
			     const struct mf_disk_file *file)
{
	struct mf_dd_run *mutable = &(struct mf_dd_run){run->input, run->out};
	struct mf_arena *arena = &run->out->arena;
	const char *ours = run->input->anaconda->arch;
	size_t folder = 0, n = 0;
	const char *arch = find_arch(file->path, &folder, &n);

	if (!arch)
		return mf_arena_printf(
			arena, "lies outside rpms/%s, where anaconda looks beside a file rhdd3",
			ours);
	if (!has_marker(mutable, disk, file->path, folder))
		return mf_arena_printf(
			arena,
			"there is no file rhdd3 beside its folder rpms, expected \"%.*srhdd3\"",
			(int)folder, file->path);
	if (strlen(ours) != n || memcmp(arch, ours, n) != 0)
		return mf_arena_printf(arena,
				       "lies in rpms/%.*s, and the installer looks in rpms/%s",
				       (int)n, arch, ours);
	if (strchr(arch + n + 1, '/'))
		return mf_arena_printf(
			arena,
			"lies in a folder below rpms/%s, and the installer looks in that alone",
			ours);
	if (!mf_dd_is_mountable(run->input->disk))
		return mf_arena_printf(arena, "is in a %s archive, and the installer mounts disks",
				       run->input->disk->container);
	if (disk != run->input->disk)
		return mf_arena_strdup(
			arena,
			"lies in an image, and the installer opens those in the root of a disk that has no rhdd3 itself, if they can be mounted");
	return mf_arena_strdup(
		arena,
		"the installer's search for *.rpm does not find it: its name begins with a dot, or its folder's has brackets");
}

static const char *sense_text(unsigned int sense)
{
	static const char *const texts[] = {"?", "<", ">", "<>", "=", "<=", ">=", "<=>"};

	return texts[sense / MF_RPM_LESS & 7];
}

static void add_dep(struct mf_buf *out, const struct mf_rpm_dep *dep)
{
	mf_buf_adds(out, dep->name);
	if (dep->sense)
		mf_buf_printf(out, " %s %s", sense_text(dep->sense), dep->version);
	else
		mf_buf_adds(out, " without a version");
}

const char *mf_dd_why_refused(const struct mf_dd_run *run, const struct mf_rpm *rpm)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	size_t n = 0;

	if (rpm->malformed)
		return mf_arena_printf(&run->out->arena, "cannot be read: %s", rpm->malformed);
	if (!rpm->description)
		return mf_arena_strdup(&run->out->arena,
				       "has no description, and dd_list names no such package");
	for (size_t i = 0; i < rpm->provides.n; i++) {
		const struct mf_rpm_dep *dep = &rpm->provides.v[i];

		if (strcmp(dep->name, "kernel-modules") != 0 &&
		    strcmp(dep->name, "installer-enhancement") != 0)
			continue;
		mf_buf_adds(&text, n++ ? ", " : "provides ");
		add_dep(&text, dep);
	}
	if (n)
		mf_buf_printf(&text, ", and the installer's kernel is %s",
			      run->input->anaconda->kernel);
	else
		mf_buf_adds(&text, "provides no kernel-modules: no driver package to anaconda");
	return printed(&(struct mf_dd_run){run->input, run->out}, &text);
}
