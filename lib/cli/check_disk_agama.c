// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks before Agama: the modules that it copies into the live system, judged.
#include <errno.h>
#include <string.h>

#include "lib/cli/check_disk_rules.h"
#include "lib/cli/check_disk_suse.h"

static bool is_driver(enum mf_agama_fate fate)
{
	return fate != MF_AGAMA_SKIPPED && fate != MF_AGAMA_REPLACED;
}

/* inst-sys/ beside modules/ is copied over the live system before its modules are loaded. */
static int add_file(struct mf_disk_run *run, struct mf_disk_drivers *drivers,
		    const struct mf_disk_file *file, size_t origin)
{
	static const char *const places[] = {"updates", "."}; /* of the firmware folder */
	const char *modules = strstr(file->path, "/modules/");
	int r = mf_disk_add_file(run, drivers, file, origin);

	for (size_t i = 0; !r && modules && i < 2; i++) {
		const char *folder = mf_arena_printf(
			&run->arena, "%.*s/inst-sys/usr/lib/firmware/%s",
			(int)(modules - file->path), file->path, places[i]);

		r = folder ? mf_suse_add_firmware(run, drivers, folder) : -ENOMEM;
	}
	return r;
}

/* depmod, then systemd-modules-load by name, which obeys a blacklist. */
static int judge_drivers(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	const struct mf_agama_result *result = &judged->agama.result;
	struct mf_disk_drivers drivers = {.is_barred = true};
	int r = 0;

	for (size_t i = 0; !r && i < result->n_modules; i++) {
		if (is_driver(result->modules[i].fate))
			r = add_file(run, &drivers, result->modules[i].file, i);
	}
	return r ? r : mf_disk_judge(run, judged, &drivers);
}

static int judge(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	static const char top[] = "linux/suse/";
	struct mf_agama *reader = &judged->agama.reader;
	const char *folder = mf_suse_update_folder(run, judged->arch);
	int r;

	if (!folder)
		return -ENOMEM;
	*reader = (struct mf_agama){.folder = folder + strlen(top),
				    .kernel = judged->kernel->release,
				    .stock = judged->stock};
	r = mf_agama_run(&run->source.disk, reader, &judged->agama.result);
	judged->is_disk = judged->agama.result.is_update;
	if (!r)
		r = judge_drivers(run, judged);
	return r ? r : mf_agama_reasons(run, judged);
}

static void free_result(struct mf_disk_judged *judged)
{
	mf_agama_result_free(&judged->agama.result);
}

const struct mf_disk_installer mf_disk_agama = {
	.name = "agama",
	.mark = "linux/suse",
	.option = "only by inst.dud=",
	.judge = judge,
	.print = mf_agama_print,
	.json = mf_agama_json,
	.free = free_result,
};
