// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: the modules that the installer would load, read and judged.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/check_disk.h"
#include "lib/core/order.h"
#include "lib/io/rpm_drivers.h"

/* One module with what was read of it. */
struct loaded {
	const struct mf_dd_module *module;
	struct mf_driver driver;
};

/* The modules of one kernel. */
struct loading {
	struct mf_disk_run *run;
	struct loaded *v;
	size_t n;
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

static int take(struct loading *loading, struct loaded *loaded, const struct mf_driver *found,
		const char *failure)
{
	const char *path = loaded->module->file->file->path;

	loaded->driver = found ? *found : (struct mf_driver){.path = path, .member = path};
	if (!found) {
		loaded->driver.malformed = why_missing(loading, path, failure);
		if (!loaded->driver.malformed)
			return -ENOMEM;
	}
	if (loaded->driver.malformed)
		loaded->driver.module = (struct mf_module){.name = loaded->module->name,
							   .arch = "unknown"};
	return 0;
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
	for (size_t i = 0; !r && i < loading->n; i++) {
		struct loaded *loaded = &loading->v[i];

		if (loaded->module->from == from)
			r = take(loading, loaded, find(&drivers, loaded->module->file->file->path),
				 why.text);
	}
	return r;
}

/* Names of the firmware that reaches the installer with all packages, for each driver. */
static int note_firmware(struct loading *loading, const struct mf_anaconda_result *result,
			 struct mf_driver *driver)
{
	static const char place[] = "lib/firmware/updates/";
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

static bool is_same(const struct loaded *a, const struct loaded *b)
{
	return strcmp(a->module->name, b->module->name) == 0 &&
	       a->driver.content.n == b->driver.content.n && a->driver.content.n &&
	       memcmp(a->driver.content.p, b->driver.content.p, a->driver.content.n) == 0;
}

/* Whether the very same module is among those in front. */
static bool is_again(const struct loading *loading, size_t place)
{
	for (size_t i = 0; loading->v[place].module->rival && i < place; i++) {
		if (is_same(&loading->v[i], &loading->v[place]))
			return true;
	}
	return false;
}

/* A driver as the check wants it: of the package that brings it, for the kernel it was made for. */
static int select_driver(struct loading *loading, struct loaded *loaded, struct mf_selected *out)
{
	struct mf_arena *arena = &loading->run->arena;
	const struct mf_rpm *rpm = loaded->module->from->rpm;
	struct mf_package *package = mf_arena_alloc(arena, sizeof(*package));
	struct mf_build *build = mf_arena_alloc(arena, sizeof(*build));

	if (!package || !build)
		return -ENOMEM;
	*package = (struct mf_package){
		.name = rpm->name, .version = rpm->version, .origin = rpm->source};
	*build = (struct mf_build){.arch = loaded->driver.module.arch};
	build->kernel = loaded->driver.malformed ? NULL
						 : mf_module_kernel(&loaded->driver.module, arena);
	*out = (struct mf_selected){package, build, &loaded->driver};
	return 0;
}

static int select_all(struct loading *loading, struct mf_selected_list *out)
{
	struct mf_err unused = {0};
	int r = 0;

	out->v = mf_arena_alloc(&loading->run->arena, loading->n * sizeof(*out->v) + 1);
	if (!out->v)
		return -ENOMEM;
	for (size_t i = 0; !r && i < loading->n; i++) {
		if (!is_again(loading, i))
			r = select_driver(loading, &loading->v[i], &out->v[out->n++]);
	}
	/* a cycle stays as it is: modprobe makes what it can of it, too */
	if (!r && mf_order_drivers(out->v, out->n, &unused) == -ENOMEM)
		r = -ENOMEM;
	return r;
}

static const struct mf_dd_module *module_of(const struct loading *loading,
					    const struct mf_driver *driver)
{
	for (size_t i = 0; i < loading->n; i++) {
		if (&loading->v[i].driver == driver)
			return loading->v[i].module;
	}
	return NULL;
}

static int judge(struct loading *loading, struct mf_disk_judged *judged)
{
	struct mf_disk_run *run = loading->run;
	struct mf_selected_list *selected = mf_arena_alloc(&run->arena, sizeof(*selected));
	struct mf_check check;
	int r = selected ? select_all(loading, selected) : -ENOMEM;

	if (r)
		return r;
	check = mf_facts_check(&run->facts, judged->kernel, selected);
	/* modprobe -a, which no blacklist stops, of a folder that comes before the stock one */
	check.blacklist = NULL;
	check.delivery.is_by_name = true;
	if (!check.reads)
		check.reads = run->target->reads;
	judged->first = run->checked.n;
	r = mf_check_drivers(&check, &run->checked);
	judged->n = run->checked.n - judged->first;
	judged->modules = mf_arena_alloc(&run->arena, judged->n * sizeof(*judged->modules) + 1);
	if (r || !judged->modules)
		return r ? r : -ENOMEM;
	for (size_t i = 0; i < judged->n; i++)
		judged->modules[i] = module_of(loading,
					       run->checked.v[judged->first + i].selected->driver);
	return 0;
}

int mf_disk_drivers(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	const struct mf_anaconda_result *result = &judged->result;
	struct loading loading = {.run = run, .n = result->n_modules};
	int r = 0;

	loading.v = mf_arena_alloc(&run->arena, loading.n * sizeof(*loading.v) + 1);
	if (!loading.v)
		return -ENOMEM;
	for (size_t i = 0; i < loading.n; i++)
		loading.v[i].module = &result->modules[i];
	for (size_t i = 0; !r && i < loading.n; i++) {
		const struct mf_dd_rpm *from = loading.v[i].module->from;

		if (!i || from != loading.v[i - 1].module->from) /* they stand together */
			r = read_package(&loading, from);
	}
	for (size_t i = 0; !r && i < loading.n; i++)
		r = note_firmware(&loading, result, &loading.v[i].driver);
	return r ? r : judge(&loading, judged);
}
