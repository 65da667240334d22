// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks before debian-installer, and Ubuntu's: modules in its packages, judged.
#include "lib/cli/check_disk_debian.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/cli/check_disk_rules.h"
#include "lib/core/archname.h"
#include "lib/io/deb.h"
#include "lib/io/scanner.h"

enum mf_debian_place mf_debian_place_of(const struct mf_disk_judged *judged, const char *path)
{
	static const char folder[] = "lib/modules/";
	const char *kernel = judged->kernel->release;
	size_t n = strlen(kernel);

	if (!mf_scan_is_module(path))
		return MF_DEBIAN_NO_MODULE;
	if (judged->injection.reader.has_usr_lib && mf_has_prefix(path, "usr/lib/"))
		path += strlen("usr/");
	if (!mf_has_prefix(path, folder))
		return MF_DEBIAN_OUTSIDE;
	path += strlen(folder);
	return strncmp(path, kernel, n) == 0 && path[n] == '/' ? MF_DEBIAN_OURS : MF_DEBIAN_OTHER;
}

/* Adds what was read of one of the modules; nothing when its payload did not have it. */
static int add_module(struct mf_disk_run *run, struct mf_disk_drivers *drivers,
		      const struct mf_deb_drivers *read, const struct mf_disk_judged *judged,
		      size_t origin)
{
	const struct mf_injection_module *module = &judged->injection.result.modules[origin];
	const struct mf_deb *deb = module->from->file->deb;
	struct mf_disk_driver driver = {
		.package = {.name = deb->package, .version = deb->version, .origin = deb->source},
		.driver = {.path = deb->source,
			   .member = module->file->path,
			   .malformed = "cannot be unpacked"},
		.origin = origin};

	for (size_t i = 0; i < read->n; i++) {
		if (strcmp(read->v[i].member, module->file->path) == 0)
			driver.driver = read->v[i];
	}
	if (driver.driver.malformed)
		driver.driver.module = (struct mf_module){.name = module->name, .arch = "unknown"};
	return mf_disk_add_driver(run, drivers, &driver);
}

/* The modules of one package that are unpacked for the kernel. */
static int add_package(struct mf_disk_run *run, struct mf_disk_drivers *drivers,
		       const struct mf_disk_judged *judged,
		       const struct mf_injection_package *package)
{
	const struct mf_injection_result *result = &judged->injection.result;
	struct mf_deb_drivers read = {.is_whole = true};
	struct mf_err why = {0};
	int r = mf_deb_read_drivers(package->file->deb, &run->arena, &read, &why);

	if (r && r != -EBADMSG && r != -EFBIG)
		return mf_fail(run->err, r, "%s", why.text);
	r = 0;
	for (size_t i = 0; !r && i < result->n_modules; i++) {
		if (result->modules[i].from == package)
			r = add_module(run, drivers, &read, judged, i);
	}
	return r;
}

/* hw-detect's depmod, then udev by hardware ids, which obeys a blacklist. */
static int judge_drivers(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	const struct mf_injection_result *result = &judged->injection.result;
	struct mf_disk_drivers drivers = {.is_barred = true};
	int r = 0;

	for (size_t i = 0; !r && i < result->n_packages; i++) {
		if (result->packages[i].fate == MF_INJECTION_UNPACKED)
			r = add_package(run, &drivers, judged, &result->packages[i]);
	}
	return r ? r : mf_disk_judge(run, judged, &drivers);
}

/* Of a kernel that was read its folder tells, else Debian 13 is the first with /lib in /usr. */
static bool has_usr_lib(const struct mf_disk_run *run, const struct mf_kernel *kernel)
{
	if (kernel->folder)
		return mf_has_prefix(kernel->folder, "usr/");
	return run->target->is_usrmerged || strcmp(run->target->tag, "trixie") == 0;
}

static int judge(struct mf_disk_run *run, struct mf_disk_judged *judged)
{
	struct mf_injection *reader = &judged->injection.reader;
	const struct mf_injection_result *result = &judged->injection.result;
	bool is_ubuntu = run->target->family == MF_FAMILY_UBUNTU;
	const char *arch = mf_arch_debian(judged->arch);
	int r;

	/* lsb-release of Debian's installer has no DISTRIB_CODENAME */
	*reader = (struct mf_injection){.distribution = is_ubuntu ? "ubuntu" : "debian",
					.codename = is_ubuntu ? run->target->tag : "",
					.arch = arch ? arch : judged->arch,
					.kernel = judged->kernel->release,
					.has_usr_lib = has_usr_lib(run, judged->kernel),
					.has_dpkg = is_ubuntu,
					.stock = judged->stock};
	r = mf_injection_run(&run->source.disk, reader, &judged->injection.result);
	judged->is_disk = result->is_disk;
	judged->is_automatic = result->is_automatic && !is_ubuntu;
	if (!r)
		r = judge_drivers(run, judged);
	return r ? r : mf_debian_reasons(run, judged);
}

static void free_result(struct mf_disk_judged *judged)
{
	mf_injection_result_free(&judged->injection.result);
}

const struct mf_disk_installer mf_disk_debian = {
	.name = "debian-installer",
	.mark = "debian-drivers",
	.option = "by no name: only one labelled OEMDRV",
	.judge = judge,
	.print = mf_debian_print,
	.json = mf_debian_json,
	.free = free_result,
};

const struct mf_disk_installer mf_disk_subiquity = {
	.name = "subiquity",
	.mark = "ubuntu-drivers",
	.option = "only by lines of autoinstall",
	.judge = judge,
	.print = mf_debian_print,
	.json = mf_debian_json,
	.free = free_result,
};
