// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks before linuxrc: the modules of its driver updates, read and judged.
#include "lib/cli/check_disk_linuxrc.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lib/cli/check_disk_condition.h"
#include "lib/cli/check_disk_rules.h"
#include "lib/core/disk_path.h"

/* The text of a script that the line of a condition runs; n is 0 when it runs none of install/. */
static struct mf_bytes script_of(const struct mf_disk *disk, const struct mf_linuxrc_update *update)
{
	static const char folder[] = "/install/";
	const char *name = strstr(update->condition, folder);
	size_t n = name ? strcspn(name, " \t\"';&|") : 0;
	const struct mf_disk_file *file;
	char path[PATH_MAX];

	if (!name || strlen(update->path) + n >= sizeof(path))
		return (struct mf_bytes){0};
	snprintf(path, sizeof(path), "%s%.*s", update->path, (int)n, name);
	file = mf_disk_resolve(disk, path);
	return file ? file->text : (struct mf_bytes){0};
}

enum mf_answer mf_linuxrc_keeps(const struct mf_disk *disk, const struct mf_linuxrc_update *update,
				const char *kernel)
{
	struct mf_bytes line, script;

	if (!update->condition)
		return MF_ANSWER_YES;
	script = script_of(disk, update);
	line = (struct mf_bytes){(const uint8_t *)update->condition, strlen(update->condition)};
	return mf_condition_keeps(script.n ? script : line, kernel);
}

struct mf_linuxrc_place mf_linuxrc_at(const struct mf_linuxrc_result *result, size_t origin)
{
	const struct mf_linuxrc_update *update = result->updates;

	while (origin >= update->n_modules)
		origin -= update++->n_modules;
	return (struct mf_linuxrc_place){update, &update->modules[origin]};
}

struct mf_suse_packages mf_linuxrc_packages(const struct mf_linuxrc_update *update)
{
	return (struct mf_suse_packages){update->packages, update->n_packages};
}

enum mf_answer mf_linuxrc_brings(const struct mf_linuxrc_update *update, const char *kernel,
				 const char *name)
{
	struct mf_suse_packages packages = mf_linuxrc_packages(update);
	enum mf_answer answer = mf_suse_brings(&packages, kernel, name);

	return answer == MF_ANSWER_NO && update->has_archive ? MF_ANSWER_UNKNOWN : answer;
}

/* What is skipped or replaced by a later update is no driver of this disk for this installer. */
static bool is_driver(enum mf_linuxrc_fate fate)
{
	switch (fate) {
	case MF_LINUXRC_SKIPPED:
	case MF_LINUXRC_SHADOWED:
	case MF_LINUXRC_STOCK: return false;
	case MF_LINUXRC_LOADED:
	case MF_LINUXRC_UNLISTED:
	case MF_LINUXRC_NESTED:
	case MF_LINUXRC_UNREADABLE:
	case MF_LINUXRC_BROKEN:
	case MF_LINUXRC_LATE: break;
	}
	return true;
}

/* Of an update whose condition nobody can tell, only what is for this kernel is judged. */
static bool is_other_kernel(struct mf_disk_run *run, const struct mf_disk_file *file,
			    const char *kernel)
{
	const char *other = file->driver && !file->driver->malformed
				    ? mf_module_kernel(&file->driver->module, &run->arena)
				    : NULL;

	return other && strcmp(other, kernel) != 0;
}

/* The script of modferry's own disks brings what lies in install/firmware to where it is found. */
static int add_file(struct mf_disk_run *run, struct mf_disk_drivers *drivers,
		    const struct mf_linuxrc_place *place, size_t origin)
{
	const char *folder = mf_arena_printf(&run->arena, "%s/install/firmware",
					     place->update->path);
	const char *condition = place->update->condition;
	int r = folder ? mf_disk_add_file(run, drivers, place->module->file, origin) : -ENOMEM;

	if (!r && condition && strstr(condition, MF_LINUXRC_GUARD))
		r = mf_suse_add_firmware(run, drivers, folder);
	return r;
}

static int add_update(struct mf_disk_run *run, const struct mf_disk_judged *judged,
		      const struct mf_linuxrc_update *update, struct mf_disk_drivers *drivers,
		      size_t origin)
{
	const char *kernel = judged->kernel->release;
	enum mf_answer keeps = mf_linuxrc_keeps(&run->source.disk, update, kernel);
	int r = 0;

	if (update->why || keeps == MF_ANSWER_NO)
		return 0;
	for (size_t i = 0; !r && i < update->n_modules; i++) {
		const struct mf_linuxrc_module *module = &update->modules[i];

		if (is_driver(module->fate) &&
		    !(keeps == MF_ANSWER_UNKNOWN && is_other_kernel(run, module->file, kernel)))
			r = add_file(run, drivers, &(struct mf_linuxrc_place){update, module},
				     origin + i);
	}
	return r;
}

/* insmod of each in the order of module.order, which no blacklist stops. */
static int judge_drivers(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	const struct mf_linuxrc_result *result = &judged->linuxrc.result;
	struct mf_disk_drivers drivers = {.is_ordered = true};
	size_t origin = 0;
	int r = 0;

	for (size_t i = 0; !r && i < result->n_updates; i++) {
		r = add_update(run, judged, &result->updates[i], &drivers, origin);
		origin += result->updates[i].n_modules;
	}
	return r ? r : mf_disk_judge(run, judged, &drivers);
}

static int judge(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	struct mf_linuxrc *reader = &judged->linuxrc.reader;
	struct mf_linuxrc_result *result = &judged->linuxrc.result;
	int r;

	*reader = (struct mf_linuxrc){.kernel = judged->kernel->release, .stock = judged->stock};
	reader->folder = mf_suse_update_folder(run, judged->arch);
	if (!reader->folder)
		return -ENOMEM;
	r = mf_linuxrc_run(&run->source.disk, reader, result);
	judged->is_disk = result->is_update;
	judged->is_automatic = result->is_automatic;
	if (!r)
		r = judge_drivers(run, judged);
	return r ? r : mf_linuxrc_reasons(run, judged);
}

static void free_result(struct mf_disk_judged *judged)
{
	mf_linuxrc_result_free(&judged->linuxrc.result);
}

const struct mf_disk_installer mf_disk_linuxrc = {
	.name = "linuxrc",
	.mark = "linux/suse",
	.option = "only by dud=",
	.judge = judge,
	.print = mf_linuxrc_print,
	.json = mf_linuxrc_json,
	.free = free_result,
};
