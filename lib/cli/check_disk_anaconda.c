// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks before anaconda: the modules that it would load, read from their RPMs.
#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/cli/check_disk_rules.h"
#include "lib/io/rpm_drivers.h"

/* The modules of one kernel. */
struct loading {
	struct mf_disk_run *run;
	const struct mf_anaconda_result *result;
	struct mf_disk_drivers drivers; /* with doubles of the same bytes left out */
};

/* The driver of that path among those of a package; NULL when its payload does not have it. */
static const struct mf_driver *find(const struct mf_rpm_drivers *drivers, const char *path)
{
	path += strspn(path, "/");
	for (size_t i = 0; i < drivers->n; i++) {
		if (strcmp(drivers->v[i].member, path) == 0)
			return &drivers->v[i];
	}
	return NULL;
}

/* modinfo takes neither what the payload does not give nor what kmod cannot unpack. */
static const char *why_missing(struct loading *loading, const char *path, const char *failure)
{
	if (mf_has_suffix(path, ".bz2"))
		return "is compressed with bzip2, which kmod does not read";
	return mf_arena_printf(&loading->run->arena, "cannot be unpacked: %s",
			       failure[0] ? failure : "its package does not have it");
}

/* Names of the firmware that reaches the installer with all packages, for each driver. */
static int note_firmware(struct loading *loading, struct mf_driver *driver)
{
	static const char place[] = "lib/firmware/updates/";
	const struct mf_anaconda_result *result = loading->result;
	struct mf_arena *arena = &loading->run->arena;

	for (size_t i = 0; i < result->n_rpms; i++) {
		for (size_t k = 0; k < result->rpms[i].n_files; k++) {
			const struct mf_dd_file *file = &result->rpms[i].files[k];

			if (file->fate != MF_DD_FIRMWARE)
				continue;
			if (mf_arena_grow(arena, &driver->firmware, driver->n_firmware,
					  sizeof(*driver->firmware)))
				return -ENOMEM;
			driver->firmware[driver->n_firmware++] = (struct mf_firmware){
				.name = file->destination + strlen(place)};
		}
	}
	return 0;
}

/* Whether the very same module is among those in front. */
static bool is_again(const struct loading *loading, const struct mf_dd_module *module,
		     const struct mf_driver *driver)
{
	for (size_t i = 0; module->rival && i < loading->drivers.n; i++) {
		const struct mf_disk_driver *other = &loading->drivers.v[i];

		if (strcmp(loading->result->modules[other->origin].name, module->name) == 0 &&
		    other->driver.content.n == driver->content.n && driver->content.n &&
		    memcmp(other->driver.content.p, driver->content.p, driver->content.n) == 0)
			return true;
	}
	return false;
}

static int take(struct loading *loading, size_t origin, const struct mf_driver *found,
		const char *failure)
{
	const struct mf_dd_module *module = &loading->result->modules[origin];
	const char *path = module->file->file->path;
	const struct mf_rpm *rpm = module->from->rpm;
	struct mf_disk_driver taken = {
		.package = {.name = rpm->name, .version = rpm->version, .origin = rpm->source},
		.driver = {.path = path, .member = path},
		.origin = origin};
	int r;

	if (found)
		taken.driver = *found;
	else
		taken.driver.malformed = why_missing(loading, path, failure);
	if (!found && !taken.driver.malformed)
		return -ENOMEM;
	if (taken.driver.malformed)
		taken.driver.module = (struct mf_module){.name = module->name, .arch = "unknown"};
	if (is_again(loading, module, &taken.driver))
		return 0;
	r = note_firmware(loading, &taken.driver);
	return r ? r : mf_disk_add_driver(loading->run, &loading->drivers, &taken);
}

/* Reads the modules of one package. dd_extract minds no failure either. */
static int read_package(struct loading *loading, const struct mf_dd_rpm *from)
{
	struct mf_rpm_drivers drivers = {.is_whole = true};
	struct mf_err why = {0};
	int r = mf_rpm_read_drivers(from->rpm, &loading->run->arena, &drivers, &why);

	if (r && r != -EBADMSG)
		return mf_fail(loading->run->err, r, "%s", why.text);
	r = 0;
	for (size_t i = 0; !r && i < loading->result->n_modules; i++) {
		const struct mf_dd_module *module = &loading->result->modules[i];

		if (module->from == from)
			r = take(loading, i, find(&drivers, module->file->file->path), why.text);
	}
	return r;
}

/* modprobe -a, which no blacklist stops, of a folder that comes before the stock one. */
static int judge_drivers(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	struct loading loading = {.run = run, .result = &judged->anaconda.result};
	const struct mf_dd_rpm *before = NULL;
	int r = 0;

	for (size_t i = 0; !r && i < loading.result->n_modules; i++) {
		const struct mf_dd_rpm *from = loading.result->modules[i].from;

		if (from != before) /* they stand together */
			r = read_package(&loading, from);
		before = from;
	}
	return r ? r : mf_disk_judge(run, judged, &loading.drivers);
}

static int judge(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	struct mf_anaconda *reader = &judged->anaconda.reader;
	struct mf_anaconda_input input = {.disk = &run->source.disk,
					  .anaconda = reader,
					  .packages = run->packages.v,
					  .n_packages = run->packages.n};
	int r;

	*reader = (struct mf_anaconda){
		.kernel = judged->kernel->release, .arch = judged->arch, .stock = judged->stock};
	mf_anaconda_set_release(reader, run->target);
	r = mf_anaconda_run(&input, &judged->anaconda.result);
	judged->is_disk = judged->anaconda.result.is_disk;
	judged->is_automatic = judged->anaconda.result.is_automatic;
	if (!r)
		r = judge_drivers(run, judged);
	return r ? r : mf_anaconda_reasons(run, judged);
}

static void free_result(struct mf_disk_judged *judged)
{
	mf_anaconda_result_free(&judged->anaconda.result);
}

const struct mf_disk_installer mf_disk_anaconda = {
	.name = "anaconda",
	.mark = "rhdd3",
	.option = "only by inst.dd=",
	.judge = judge,
	.print = mf_anaconda_print,
	.json = mf_anaconda_json,
	.free = free_result,
};
