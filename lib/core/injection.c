// SPDX-License-Identifier: GPL-2.0-or-later
// debian-installer's way with a driver injection disk, from the disk to its kernel's modules.
#include "lib/core/injection.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/text.h"
#include "lib/core/injection_parts.h"
#include "lib/core/modname.h"

#define LABEL "OEMDRV" /* driver-injection-disk.sh compares it letter by letter */

static int note(struct mf_injection_run *run, const char *text)
{
	struct mf_strings *notes = &run->out->notes;
	int r = text ? mf_arena_grow(&run->out->arena, &notes->v, notes->n, sizeof(*notes->v))
		     : -ENOMEM;

	if (!r)
		notes->v[notes->n++] = text;
	return r;
}

static int add_package(struct mf_injection_run *run, const struct mf_disk_file *file)
{
	struct mf_injection_result *out = run->out;
	int r = mf_arena_grow(&out->arena, &out->packages, out->n_packages, sizeof(*out->packages));

	if (!r)
		r = mf_injection_judge(run, file, &out->packages[out->n_packages]);
	if (r)
		return r;
	out->is_disk |= out->packages[out->n_packages].fate == MF_INJECTION_UNPACKED;
	out->n_packages++;
	return 0;
}

static int add_packages(struct mf_injection_run *run)
{
	const struct mf_disk *disk = run->disk;
	int r = 0;

	for (size_t i = 0; !r && i < disk->n_files; i++) {
		if (mf_injection_is_package(&disk->files[i]))
			r = add_package(run, &disk->files[i]);
	}
	return r;
}

/* --- what is there for the installer's kernel --- */

/* The path behind the folder of the installer's kernel; NULL: it is in another one. */
static const char *below_modules(const struct mf_injection_run *run, const char *path)
{
	size_t n = strlen(run->injection->kernel);

	if (run->injection->has_usr_lib && mf_has_prefix(path, "usr/lib/"))
		path += strlen("usr/");
	if (!mf_has_prefix(path, "lib/modules/"))
		return NULL;
	path += strlen("lib/modules/");
	return strncmp(path, run->injection->kernel, n) == 0 && path[n] == '/' ? path + n : NULL;
}

static bool is_stock(const struct mf_injection *injection, const char *name)
{
	for (size_t i = 0; injection->stock && i < injection->stock->n; i++) {
		if (mf_modname_equal(injection->stock->v[i], name))
			return true;
	}
	return false;
}

/* A later package writes over the file of an earlier one at the same path: the module is one. */
static bool is_known(const struct mf_injection_run *run, const char *below)
{
	for (size_t i = 0; i < run->out->n_modules; i++) {
		if (strcmp(below_modules(run, run->out->modules[i].file->path), below) == 0)
			return true;
	}
	return false;
}

static int add_module(struct mf_injection_run *run, const struct mf_injection_package *from,
		      const struct mf_deb_file *file)
{
	struct mf_injection_result *out = run->out;
	const char *below = below_modules(run, file->path);
	char name[MF_MODNAME_MAX];
	struct mf_injection_module module = {.from = from, .file = file};
	int r;

	if (!below || !S_ISREG(file->mode) || mf_modname_from_path(file->path, name) ||
	    is_known(run, below))
		return 0;
	module.is_late = is_stock(run->injection, name);
	module.name = mf_arena_strdup(&out->arena, name);
	r = module.name ? mf_arena_grow(&out->arena, &out->modules, out->n_modules, sizeof(module))
			: -ENOMEM;
	if (!r)
		out->modules[out->n_modules++] = module;
	return r;
}

static void find_rivals(struct mf_injection_result *out)
{
	for (size_t i = 0; i < out->n_modules; i++) {
		for (size_t k = 0; k < out->n_modules; k++) {
			if (i != k && strcmp(out->modules[i].name, out->modules[k].name) == 0)
				out->modules[i].rival = &out->modules[k];
		}
	}
}

static int add_modules(struct mf_injection_run *run)
{
	struct mf_injection_result *out = run->out;
	int r = 0;

	for (size_t i = 0; i < out->n_packages; i++) {
		const struct mf_injection_package *package = &out->packages[i];
		const struct mf_deb *deb = package->file->deb;

		if (package->fate != MF_INJECTION_UNPACKED)
			continue;
		for (size_t k = 0; !r && k < deb->n_files; k++)
			r = add_module(run, package, &deb->files[k]);
	}
	if (!r)
		find_rivals(out);
	return r;
}

/* --- the disk itself --- */

static bool is_volume(const struct mf_disk *disk)
{
	return strcmp(disk->container, "vfat") == 0 || strcmp(disk->container, "iso9660") == 0;
}

static int note_label(struct mf_injection_run *run)
{
	const char *label = run->disk->label;

	run->out->is_automatic = label && strcmp(label, LABEL) == 0;
	if (run->out->is_automatic || !is_volume(run->disk))
		return 0;
	return note(run, mf_arena_printf(&run->out->arena,
					 "its label is \"%s\", not " LABEL
					 ": the installer passes it over",
					 label ? label : ""));
}

/* What every volume that is found has to expect of mountmedia: what it is asked for, it ignores. */
#define FIRST_DEVICE                                                                           \
	"the installer mounts the first whole device, then the first partition, that it can, " \
	"whatever its label: have the disk on a stick of its own, without partitions"

static int note_volume(struct mf_injection_run *run)
{
	const struct mf_disk *disk = run->disk;
	int r = 0;

	if (strcmp(disk->container, "folder") == 0)
		return 0;
	if (!is_volume(disk)) {
		run->out->is_disk = false;
		return note(run, mf_arena_printf(&run->out->arena,
						 "is a %s file, which the installer cannot mount",
						 disk->container));
	}
	if (strcmp(disk->container, "iso9660") == 0)
		r = note(run,
			 "is an ISO image: an installer from the network has no isofs yet when "
			 "it looks for the disk, expected FAT on a USB stick or memory card");
	if (!r && run->out->is_disk && run->out->is_automatic)
		r = note(run, FIRST_DEVICE);
	return r;
}

static int note_disk(struct mf_injection_run *run)
{
	int r = note_label(run);

	if (!r)
		r = note_volume(run);
	if (!r && !run->out->is_disk)
		r = note(run, mf_arena_printf(&run->out->arena,
					      "is no driver injection disk: nothing in %s is taken",
					      run->folder));
	return r;
}

int mf_injection_run(const struct mf_disk *disk, const struct mf_injection *injection,
		     struct mf_injection_result *out)
{
	struct mf_injection_run run = {.disk = disk, .injection = injection, .out = out};
	int r = 0;

	*out = (struct mf_injection_result){0};
	run.folder = mf_arena_printf(&out->arena, "%s-drivers%s%s", injection->distribution,
				     *injection->codename ? "/" : "", injection->codename);
	if (!run.folder)
		r = -ENOMEM;
	if (!r)
		r = add_packages(&run);
	if (!r)
		r = add_modules(&run);
	return r ? r : note_disk(&run);
}

const char *mf_injection_fate_name(enum mf_injection_fate fate)
{
	static const char *const names[] = {
		[MF_INJECTION_UNPACKED] = "unpacked",	  [MF_INJECTION_MISPLACED] = "misplaced",
		[MF_INJECTION_UNREADABLE] = "unreadable", [MF_INJECTION_ARCH] = "other machine",
		[MF_INJECTION_FAILED] = "failed",
	};

	return names[fate];
}

void mf_injection_result_free(struct mf_injection_result *result)
{
	mf_arena_free(&result->arena);
	*result = (struct mf_injection_result){0};
}
