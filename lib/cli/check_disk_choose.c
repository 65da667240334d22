// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: whose installer reads it, on which machine.
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/check_disk.h"
#include "lib/core/archname.h"

static const struct mf_disk_installer *const installers[] = {
	&mf_disk_anaconda, &mf_disk_linuxrc, &mf_disk_agama, &mf_disk_debian, &mf_disk_subiquity,
};

#define N_INSTALLERS (sizeof(installers) / sizeof(installers[0]))

static const struct mf_disk_installer *find_installer(const char *name)
{
	for (size_t i = 0; i < N_INSTALLERS; i++) {
		if (strcmp(installers[i]->name, name) == 0)
			return installers[i];
	}
	return NULL;
}

/* Whether something on the disk, or on an image there, is called so at the end of its path. */
static bool has_mark(const struct mf_disk *disk, const char *mark)
{
	size_t n = strlen(mark);

	for (size_t i = 0; i < disk->n_files; i++) {
		const char *path = disk->files[i].path;
		size_t length = strlen(path);

		if (length >= n && strcmp(path + length - n, mark) == 0 &&
		    (length == n || path[length - n - 1] == '/'))
			return true;
		if (disk->files[i].nested && has_mark(disk->files[i].nested, mark))
			return true;
	}
	return false;
}

static bool is_for(const struct mf_disk_run *run, const struct mf_disk_installer *installer)
{
	return has_mark(&run->source.disk, installer->mark);
}

/* The first installer whose disks look like this one; NULL: it looks like none. */
static const struct mf_disk_installer *find_owner(const struct mf_disk_run *run)
{
	for (size_t i = 0; i < N_INSTALLERS; i++) {
		if (is_for(run, installers[i]))
			return installers[i];
	}
	return NULL;
}

/* "ARCH-TAG" of a path that is a folder [NUMBER/]linux/suse/ARCH-TAG; NULL for others. */
static const char *find_suse_folder(const char *path)
{
	size_t n = mf_disk_update_length(path);

	return n && !path[n] ? mf_path_base(path) : NULL;
}

/* Whether a folder is called after the release: linux/suse/ARCH-TAG, ubuntu-drivers/CODENAME. */
static bool is_tagged(const struct mf_disk *disk, const struct mf_target *target)
{
	for (size_t i = 0; target->tag && i < disk->n_files; i++) {
		const char *path = disk->files[i].path;
		const char *folder = find_suse_folder(path);
		const char *dash = folder ? strchr(folder, '-') : NULL;
		const char *word = dash ? dash + 1 : mf_path_base(path);

		if (disk->files[i].kind != 'f' && strcmp(word, target->tag) == 0)
			return true;
	}
	return false;
}

/* How much speaks for a row: its kernels are called like this one, the disk names the release. */
static unsigned int weigh(const struct mf_disk_run *run, const struct mf_target *target,
			  const char *release)
{
	bool is_admitted = target->kernels && mf_target_admits_kernel(target, release);

	return (is_admitted ? 2 : 0) + (is_tagged(&run->source.disk, target) ? 1 : 0);
}

/* The row for which most speaks, among those whose disks look like this one. */
static const struct mf_target *guess_target(const struct mf_disk_run *run)
{
	const char *release = run->facts.probe.kernels[0].release;
	bool has_owner = find_owner(run) != NULL;
	const struct mf_target *best = NULL;
	const struct mf_target *table;
	unsigned int most = 0;
	size_t n;

	table = mf_target_table(&n);
	for (size_t i = 0; i < n; i++) {
		const struct mf_disk_installer *installer = find_installer(table[i].installer);
		unsigned int weight;

		if (!installer || (has_owner && !is_for(run, installer)))
			continue;
		weight = weigh(run, &table[i], release);
		if (weight > most) {
			most = weight;
			best = &table[i];
		}
	}
	return best;
}

static int refuse(struct mf_disk_run *run, const struct mf_disk_installer *owner)
{
	mf_fail(run->err, -EINVAL,
		"%s: is a disk for %s, and the installer of %s is %s; name another with --for",
		run->object, owner->name, run->target->name, run->target->installer);
	return MF_EXIT_USAGE;
}

int mf_disk_choose(struct mf_disk_run *run)
{
	const char *name = mf_given_value(run->arguments, "for");
	const struct mf_disk_installer *owner = find_owner(run);

	run->target = name ? mf_target_find(name) : run->facts.probe.target;
	if (name && !run->target) {
		mf_fail(run->err, -EINVAL,
			"--for %s: unknown target; `modferry list --targets` names them", name);
		return MF_EXIT_USAGE;
	}
	if (!run->target)
		run->target = guess_target(run);
	if (!run->target) {
		mf_fail(run->err, -EINVAL,
			"%s: which installer reads it is not known; name it with --for, see `modferry list --targets`",
			run->object);
		return MF_EXIT_USAGE;
	}
	run->installer = find_installer(run->target->installer);
	if (owner && (!run->installer || !is_for(run, run->installer)))
		return refuse(run, owner);
	if (run->installer)
		return MF_EXIT_OK;
	mf_fail(run->err, -EINVAL,
		"--for %s: has no installer that reads driver disks; name another, see `modferry list --targets`",
		run->target->name);
	return MF_EXIT_USAGE;
}

/* The one machine that a SUSE disk has folders of the release for; NULL: none, or several. */
static const char *find_suse_arch(struct mf_disk_run *run)
{
	const struct mf_disk *disk = &run->source.disk;
	const char *found = NULL;
	size_t length = 0;

	for (size_t i = 0; run->target->tag && i < disk->n_files; i++) {
		const char *folder = find_suse_folder(disk->files[i].path);
		const char *dash = folder ? strchr(folder, '-') : NULL;
		size_t n = dash ? (size_t)(dash - folder) : 0;

		if (!n || strcmp(dash + 1, run->target->tag) != 0)
			continue;
		if (found && (n != length || memcmp(found, folder, n) != 0))
			return NULL;
		found = folder;
		length = n;
	}
	return found ? mf_arena_strndup(&run->arena, found, length) : NULL;
}

const char *mf_disk_arch(struct mf_disk_run *run, const struct mf_kernel *kernel)
{
	static const char *const words[] = {"x86_64",  "aarch64", "ppc64le", "s390x",  "i686",
					    "riscv64", "amd64",	  "arm64",   "ppc64el"};
	const char *given = mf_given_value(run->arguments, "arch");
	const char *found;

	if (given)
		return mf_arch_normalise(given);
	if (kernel->arch)
		return kernel->arch;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *at = strstr(kernel->release, words[i]);

		if (at && at > kernel->release && (at[-1] == '.' || at[-1] == '-'))
			return mf_arch_normalise(words[i]);
	}
	found = find_suse_arch(run);
	return found ? mf_arch_normalise(found) : NULL;
}
