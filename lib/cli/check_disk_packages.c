// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: packages of the distribution's kernel, their symbols.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/check_disk.h"
#include "lib/cli/output.h"
#include "lib/io/rpm.h"
#include "lib/io/vmlinuz.h"

void mf_disk_packages_free(struct mf_disk_packages *packages)
{
	for (size_t i = 0; i < packages->n_sources; i++)
		mf_disk_close(&packages->sources[i]);
	*packages = (struct mf_disk_packages){0};
}

static int keep_rpms(struct mf_disk_run *run, const struct mf_disk *disk, const char *path)
{
	struct mf_disk_packages *packages = &run->packages;
	size_t n = packages->n;

	for (size_t i = 0; i < disk->n_files; i++) {
		const struct mf_rpm *rpm = disk->files[i].rpm;

		if (!rpm || rpm->malformed)
			continue;
		if (mf_arena_grow(&run->arena, &packages->v, packages->n, sizeof(*packages->v)))
			return mf_fail(run->err, -ENOMEM, "out of memory");
		packages->v[packages->n++] = *rpm;
	}
	if (packages->n > n)
		return 0;
	return mf_fail(run->err, -EINVAL,
		       "--kernel-package %s: no RPM in it, expected one, or a folder of them",
		       path);
}

static int open_packages(struct mf_disk_run *run, const struct mf_strings *given)
{
	struct mf_disk_packages *packages = &run->packages;
	int r = 0;

	packages->sources = mf_arena_alloc(&run->arena, given->n * sizeof(*packages->sources) + 1);
	if (!packages->sources)
		return mf_fail(run->err, -ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < given->n; i++) {
		struct mf_disk_source *source = &packages->sources[packages->n_sources++];

		r = mf_disk_open(given->v[i], source, run->err);
		if (!r)
			r = keep_rpms(run, &source->disk, given->v[i]);
	}
	return r;
}

/* Packages of a kernel are called by it, and provide "kernel-core-uname-r = RELEASE" and such. */
static bool is_of_kernel(const struct mf_rpm *rpm, const struct mf_kernel *kernel)
{
	for (size_t i = 0; i < rpm->provides.n; i++) {
		const struct mf_rpm_dep *dep = &rpm->provides.v[i];

		if (mf_has_suffix(dep->name, "uname-r") &&
		    strcmp(dep->version, kernel->release) == 0)
			return true;
	}
	return false;
}

/* One walk through a payload. */
struct walk {
	struct mf_disk_run *run;
	struct mf_kernel *kernel;
	bool has_it;
};

/* "symvers.gz", "symvers.xz" in the module folder, "symvers-RELEASE.gz" in /boot. */
static bool is_symvers(void *data, const char *path)
{
	const char *base = mf_path_base(path);

	(void)data;
	return mf_has_prefix(base, "symvers.") || mf_has_prefix(base, "symvers-");
}

/* As the symbol tables of a target that is known by name alone: which of its modules the installer
 * has is not known, so that their symbols have no owner. */
static int add_symbols(struct mf_kernel *kernel, const struct mf_symtab *from)
{
	int r = 0;

	for (size_t i = 0; !r && i < from->n; i++)
		r = mf_symtab_add(&kernel->symbols, &from->v[i]);
	kernel->symbols.is_complete |= from->is_complete;
	return r;
}

static int read_symvers(void *data, const char *path, struct mf_bytes content)
{
	struct walk *walk = data;
	struct mf_kernel read = {0};
	int r = mf_symvers_read_packed(content, &read, walk->run->err);

	if (!r)
		r = add_symbols(walk->kernel, &read.symbols);
	else
		r = mf_wrap(walk->run->err, r, "%s", path);
	walk->has_it = !r;
	mf_symtab_free(&read.symbols);
	return r;
}

static bool has_symvers(const struct mf_rpm *rpm)
{
	for (size_t i = 0; i < rpm->n_files; i++) {
		if (!rpm->files[i].link && is_symvers(NULL, rpm->files[i].path))
			return true;
	}
	return false;
}

/* "kernel(SYMBOL) = 0xCRC" (kabi.attr of kernel-srpm-macros); false for other Provides. */
static bool symbol_of(struct mf_arena *arena, const struct mf_rpm_dep *dep, struct mf_export *out)
{
	size_t n = strlen(dep->name);
	uint64_t crc;

	if (!mf_has_prefix(dep->name, "kernel(") || !mf_has_suffix(dep->name, ")") ||
	    !mf_has_prefix(dep->version, "0x") ||
	    mf_parse_u64(dep->version + 2, strlen(dep->version + 2), 16, &crc) || crc > UINT32_MAX)
		return false;
	*out = (struct mf_export){
		.name = mf_arena_strndup(arena, dep->name + strlen("kernel("),
					 n - strlen("kernel()")),
		.crc = (uint32_t)crc,
		.has_crc = true,
	};
	return out->name;
}

static int add_provides(struct mf_disk_run *run, const struct mf_rpm *rpm, struct mf_kernel *kernel)
{
	int r = 0;

	for (size_t i = 0; !r && i < rpm->provides.n; i++) {
		struct mf_export export;

		if (symbol_of(&run->arena, &rpm->provides.v[i], &export))
			r = mf_symtab_add(&kernel->symbols, &export);
	}
	return r;
}

static int read_package(struct mf_disk_run *run, const struct mf_rpm *rpm, struct mf_kernel *kernel)
{
	struct walk walk = {run, kernel, false};
	struct mf_rpm_walk payload = {is_symvers, read_symvers, &walk};
	int r = 0;

	if (!is_of_kernel(rpm, kernel))
		return 0;
	if (has_symvers(rpm))
		r = mf_rpm_walk_payload(rpm, &payload, run->err);
	return r ? r : add_provides(run, rpm, kernel);
}

int mf_disk_packages_read(struct mf_disk_run *run)
{
	struct mf_probe *probe = &run->facts.probe;
	struct mf_strings given = mf_given_values(run->arguments, "kernel-package");
	int r = given.n ? open_packages(run, &given) : 0;

	free(given.v);
	for (size_t i = 0; !r && i < probe->n_kernels; i++) {
		bool has_any = false;

		for (size_t k = 0; !r && k < run->packages.n; k++) {
			has_any |= is_of_kernel(&run->packages.v[k], &probe->kernels[i]);
			r = read_package(run, &run->packages.v[k], &probe->kernels[i]);
		}
		if (!r && run->packages.n && !has_any)
			mf_warn("check", "--kernel-package: none is of kernel %s",
				probe->kernels[i].release);
	}
	return r == -ENOMEM && !run->err->text[0] ? mf_fail(run->err, r, "out of memory") : r;
}
