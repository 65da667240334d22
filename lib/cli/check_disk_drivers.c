// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: the modules that an installer would load, judged.
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/cli/check_disk.h"
#include "lib/core/modname.h"
#include "lib/core/order.h"
#include "lib/io/file.h"
#include "lib/io/payload_drivers.h"

int mf_disk_add_driver(struct mf_disk_run *run, struct mf_disk_drivers *drivers,
		       const struct mf_disk_driver *driver)
{
	int r = mf_arena_grow(&run->arena, &drivers->v, drivers->n, sizeof(*driver));

	if (!r)
		drivers->v[drivers->n++] = *driver;
	return r;
}

static void free_reading(struct mf_payload_drivers *reading)
{
	mf_buf_free(&reading->scratch);
}

/* The module in the copy of a file, whole. */
static int read_file(struct mf_disk_run *run, const struct mf_disk_file *file,
		     struct mf_driver *out)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	MF_CLEANUP(free_reading)
	struct mf_payload_drivers reading = {
		.arena = &run->arena, .spool = file->spool, .is_whole = true, .is_kept = true};
	int r;

	if (!file->spool || !file->driver) {
		*out = (struct mf_driver){.malformed = "no module of a form that is read here"};
		return 0;
	}
	r = mf_map_file(AT_FDCWD, file->spool, &map, run->err);
	return r ? r : mf_payload_read_module(&reading, file->path, map.bytes, out);
}

int mf_disk_add_file(struct mf_disk_run *run, struct mf_disk_drivers *drivers,
		     const struct mf_disk_file *file, size_t origin)
{
	struct mf_disk_driver driver = {.package = {.origin = file->path}, .origin = origin};
	int r = read_file(run, file, &driver.driver);
	char name[MF_MODNAME_MAX];

	if (r)
		return r;
	driver.driver.path = file->path;
	driver.driver.member = file->path;
	if (driver.driver.malformed) {
		driver.driver.module = (struct mf_module){
			.name = mf_modname_from_path(file->path, name)
					? file->path
					: mf_arena_strdup(&run->arena, name),
			.arch = "unknown"};
		if (!driver.driver.module.name)
			return -ENOMEM;
	}
	return mf_disk_add_driver(run, drivers, &driver);
}

/* A driver as the check wants it: for the kernel it was made for. */
static int select_driver(struct mf_disk_run *run, struct mf_disk_driver *driver,
			 struct mf_selected *out)
{
	struct mf_build *build = mf_arena_alloc(&run->arena, sizeof(*build));

	if (!build)
		return -ENOMEM;
	*build = (struct mf_build){.arch = driver->driver.module.arch};
	build->kernel = driver->driver.malformed
				? NULL
				: mf_module_kernel(&driver->driver.module, &run->arena);
	*out = (struct mf_selected){&driver->package, build, &driver->driver};
	return 0;
}

static int select_all(struct mf_disk_run *run, const struct mf_disk_drivers *drivers,
		      struct mf_selected_list *out)
{
	struct mf_err unused = {0};
	int r = 0;

	out->v = mf_arena_alloc(&run->arena, drivers->n * sizeof(*out->v) + 1);
	if (!out->v)
		return -ENOMEM;
	for (size_t i = 0; !r && i < drivers->n; i++)
		r = select_driver(run, &drivers->v[i], &out->v[out->n++]);
	/* a cycle stays as it is: modprobe makes what it can of it, too */
	if (!r && !drivers->is_ordered && mf_order_drivers(out->v, out->n, &unused) == -ENOMEM)
		r = -ENOMEM;
	return r;
}

static size_t origin_of(const struct mf_disk_drivers *drivers, const struct mf_driver *driver)
{
	for (size_t i = 0; i < drivers->n; i++) {
		if (&drivers->v[i].driver == driver)
			return drivers->v[i].origin;
	}
	return 0; /* each verdict is of one of them */
}

int mf_disk_judge(struct mf_disk_run *run, struct mf_disk_judged *judged,
		  const struct mf_disk_drivers *drivers)
{
	struct mf_selected_list *selected = mf_arena_alloc(&run->arena, sizeof(*selected));
	struct mf_check check;
	int r = selected ? select_all(run, drivers, selected) : -ENOMEM;

	if (r)
		return r;
	check = mf_facts_check(&run->facts, judged->kernel, selected);
	if (!drivers->is_barred)
		check.blacklist = NULL;
	check.delivery.is_by_name = true;
	if (!check.reads)
		check.reads = run->target->reads;
	judged->first = run->checked.n;
	r = mf_check_drivers(&check, &run->checked);
	judged->n = run->checked.n - judged->first;
	judged->origins = mf_arena_alloc(&run->arena, judged->n * sizeof(*judged->origins) + 1);
	if (r || !judged->origins)
		return r ? r : -ENOMEM;
	for (size_t i = 0; i < judged->n; i++)
		judged->origins[i] = origin_of(drivers,
					       run->checked.v[judged->first + i].selected->driver);
	return 0;
}
