// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: what SUSE's installers have in common.
#include "lib/cli/check_disk_suse.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/disk_path.h"
#include "lib/core/modname.h"

/* The kernel of a module's path in a package: "…/lib/modules/KERNEL/…"; n is 0 for others. */
static struct mf_bytes kernel_of(const struct mf_rpm_file *file)
{
	static const char *const folders[] = {"/lib/modules/", "/usr/lib/modules/"};

	for (size_t i = 0; i < 2; i++) {
		const char *kernel = file->path + strlen(folders[i]);

		if (S_ISREG(file->mode) && mf_dd_is_module(file->path) &&
		    mf_has_prefix(file->path, folders[i]) && strchr(kernel, '/'))
			return (struct mf_bytes){(const uint8_t *)kernel, strcspn(kernel, "/")};
	}
	return (struct mf_bytes){0};
}

static enum mf_answer brings(const struct mf_rpm *rpm, const char *kernel, const char *name)
{
	enum mf_answer answer = MF_ANSWER_NO;

	for (size_t i = 0; i < rpm->n_files; i++) {
		struct mf_bytes word = kernel_of(&rpm->files[i]);
		char other[MF_MODNAME_MAX];

		if (!word.n || mf_modname_from_path(rpm->files[i].path, other) ||
		    !mf_modname_equal(other, name))
			continue;
		if (word.n == strlen(kernel) && memcmp(word.p, kernel, word.n) == 0)
			return MF_ANSWER_YES;
		answer = MF_ANSWER_UNKNOWN;
	}
	return answer;
}

enum mf_answer mf_suse_brings(const struct mf_suse_packages *packages, const char *kernel,
			      const char *name)
{
	enum mf_answer answer = MF_ANSWER_NO;

	for (size_t i = 0; i < packages->n; i++) {
		enum mf_answer one = packages->v[i]->rpm ? brings(packages->v[i]->rpm, kernel, name)
							 : MF_ANSWER_NO;

		if (one == MF_ANSWER_YES)
			return one;
		if (one == MF_ANSWER_UNKNOWN)
			answer = one;
	}
	return answer;
}

/* The kernels that a package has modules for, each once: "KERNEL,KERNEL". */
static void add_kernels(const struct mf_rpm *rpm, struct mf_buf *out)
{
	for (size_t i = 0; i < rpm->n_files; i++) {
		struct mf_bytes word = kernel_of(&rpm->files[i]);
		bool is_new = word.n > 0;

		for (size_t k = 0; is_new && k < i; k++) {
			struct mf_bytes other = kernel_of(&rpm->files[k]);

			is_new = other.n != word.n || memcmp(other.p, word.p, word.n) != 0;
		}
		if (is_new)
			mf_buf_printf(out, "%s%.*s", out->len ? "," : "", (int)word.n,
				      (const char *)word.p);
	}
}

int mf_suse_print_packages(const struct mf_disk_run *run, const struct mf_suse_packages *packages)
{
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	static const char *const headings[] = {"PACKAGE", "VERSION", "KERNELS", "FILE"};
	int r;

	if (!packages->n)
		return 0;
	mf_table_row(&table, 4, headings);
	for (size_t i = 0; i < packages->n; i++) {
		const struct mf_rpm *rpm = packages->v[i]->rpm;
		MF_CLEANUP(mf_buf_free) struct mf_buf version = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf kernels = {0};

		if (rpm && rpm->version)
			mf_buf_printf(&version, "%s-%s", rpm->version, rpm->release);
		if (rpm)
			add_kernels(rpm, &kernels);
		const char *const cells[] = {rpm ? rpm->name : NULL, mf_buf_str(&version),
					     mf_buf_str(&kernels), packages->v[i]->path};

		mf_table_row(&table, 4, cells);
	}
	r = mf_print("\n", 1, run->err);
	return r ? r : mf_table_print(&table, run->err);
}

json_t *mf_suse_json_packages(const struct mf_suse_packages *packages)
{
	json_t *array = json_array();

	for (size_t i = 0; i < packages->n; i++) {
		const struct mf_rpm *rpm = packages->v[i]->rpm;
		MF_CLEANUP(mf_buf_free) struct mf_buf kernels = {0};
		json_t *object = json_object();

		if (rpm)
			add_kernels(rpm, &kernels);
		json_object_set_new(object, "file", mf_json_text(packages->v[i]->path));
		json_object_set_new(object, "name", mf_json_text(rpm ? rpm->name : NULL));
		json_object_set_new(object, "version", mf_json_text(rpm ? rpm->version : NULL));
		json_object_set_new(object, "release", mf_json_text(rpm ? rpm->release : NULL));
		json_object_set_new(object, "kernels", mf_json_text(mf_buf_str(&kernels)));
		json_array_append_new(array, object);
	}
	return array;
}

int mf_suse_tell_installed(struct mf_disk_talk *talk, size_t i, enum mf_answer is_brought)
{
	struct mf_reason reason = mf_disk_placement(MF_VERDICT_LOADS,
						    "put its kernel module package into install/");

	if (is_brought == MF_ANSWER_YES)
		return 0;
	if (is_brought == MF_ANSWER_NO)
		reason.text =
			"nothing in install/ brings it to the installed system, which is without it when it boots";
	else
		reason.text =
			"the package in install/ has it for another kernel: whether the installed system links it is not known";
	return mf_disk_tell(talk, i, reason);
}

static bool is_provided(const struct mf_disk_talk *talk, const struct mf_suse_packages *packages,
			const struct mf_rpm_dep *dep)
{
	const struct mf_kernel_packages *given = &talk->run->packages;

	for (size_t i = 0; i < given->n; i++) {
		if (mf_dd_provides(&given->v[i], dep))
			return true;
	}
	for (size_t i = 0; i < packages->n; i++) {
		if (packages->v[i]->rpm && mf_dd_provides(packages->v[i]->rpm, dep))
			return true;
	}
	return false;
}

static bool is_for_kernel(const struct mf_rpm *rpm, const char *kernel)
{
	for (size_t i = 0; rpm && i < rpm->n_files; i++) {
		struct mf_bytes word = kernel_of(&rpm->files[i]);

		if (word.n && word.n == strlen(kernel) && memcmp(word.p, kernel, word.n) == 0)
			return true;
	}
	return false;
}

int mf_suse_say_missing(struct mf_disk_talk *talk, const struct mf_suse_packages *packages)
{
	struct mf_reason reason = {
		.code = MF_REASON_DEPENDENCY_MISSING,
		.weight = MF_VERDICT_UNKNOWN,
		.advice = "give the packages that provide it with --kernel-package"};
	int r = 0;

	for (size_t i = 0; talk->run->packages.n && !r && i < packages->n; i++) {
		const struct mf_rpm *rpm = packages->v[i]->rpm;

		if (!is_for_kernel(rpm, talk->judged->kernel->release))
			continue;
		for (size_t k = 0; !r && k < rpm->requires.n; k++) {
			const struct mf_rpm_dep *dep = &rpm->requires.v[k];

			if (mf_dd_is_judged(dep->name) && !is_provided(talk, packages, dep))
				r = mf_disk_say(
					talk, reason,
					"%s: requires %s %s, which none of the packages given has: without it no package of the disk is installed",
					rpm->source, dep->name, dep->version);
		}
	}
	return r;
}

const char *mf_suse_update_folder(struct mf_disk_run *run, const char *arch)
{
	const char *word = strcmp(arch, "i686") == 0 ? "i386" : arch;

	return mf_arena_printf(&run->arena, "linux/suse/%s-%s", word, run->target->tag);
}

/* As the kernel asks for it (drivers/base/firmware_loader/main.c): plain or packed. */
static bool has_firmware(const struct mf_disk_run *run, const char *folder, const char *name)
{
	static const char *const suffixes[] = {"", ".zst", ".xz"};

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		const struct mf_disk_file *file;
		char path[PATH_MAX];
		int n = snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffixes[i]);

		if (n < 0 || (size_t)n >= sizeof(path))
			return false;
		file = mf_disk_resolve(&run->source.disk, path);
		if (file && file->kind == 'f')
			return true;
	}
	return false;
}

int mf_suse_add_firmware(struct mf_disk_run *run, struct mf_disk_drivers *drivers,
			 const char *folder)
{
	struct mf_driver *driver = &drivers->v[drivers->n - 1].driver;

	for (size_t i = 0; i < driver->module.firmware.n; i++) {
		const char *name = driver->module.firmware.v[i];

		if (!has_firmware(run, folder, name))
			continue;
		if (mf_arena_grow(&run->arena, &driver->firmware, driver->n_firmware,
				  sizeof(*driver->firmware)))
			return -ENOMEM;
		driver->firmware[driver->n_firmware++] = (struct mf_firmware){.name = name};
	}
	return 0;
}

bool mf_suse_is_other(const struct mf_disk_talk *talk, size_t i)
{
	const struct mf_driver_check *check = mf_disk_check(talk, i);
	const char *kernel = check->selected->build->kernel;

	return kernel && strcmp(kernel, check->kernel->release) != 0;
}
