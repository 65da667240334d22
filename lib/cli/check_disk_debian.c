// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks before debian-installer, and Ubuntu's: modules in its packages, judged.
#include "lib/cli/check_disk_debian.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/cli/check_disk_rules.h"
#include "lib/core/archname.h"
#include "lib/core/modname.h"
#include "lib/io/deb.h"
#include "lib/io/scanner.h"

enum mf_debian_place mf_debian_place_of(const struct mf_disk_run *run, const char *path,
					const char *kernel)
{
	static const char folder[] = "lib/modules/";
	size_t n = strlen(kernel);

	if (!mf_scan_is_module(path))
		return MF_DEBIAN_NO_MODULE;
	if (run->target->is_usrmerged && mf_has_prefix(path, "usr/"))
		path += strlen("usr/");
	if (!mf_has_prefix(path, folder))
		return MF_DEBIAN_OUTSIDE;
	path += strlen(folder);
	return strncmp(path, kernel, n) == 0 && path[n] == '/' ? MF_DEBIAN_OURS : MF_DEBIAN_OTHER;
}

/* The modules of one package that depmod sees for the kernel. */
static int add_package(struct mf_disk_run *run, struct mf_disk_drivers *drivers,
		       const struct mf_disk_judged *judged, size_t origin)
{
	const struct mf_deb *deb = judged->injection.result.packages[origin].file->deb;
	struct mf_deb_drivers read = {.is_whole = true};
	struct mf_err why = {0};
	int r = mf_deb_read_drivers(deb, &run->arena, &read, &why);

	/* a damaged payload is said with the package; what was read of it stands */
	if (r && r != -EBADMSG && r != -EFBIG)
		return mf_fail(run->err, r, "%s", why.text);
	r = 0;
	for (size_t i = 0; !r && i < read.n; i++) {
		struct mf_disk_driver driver = {.package = {.name = deb->package,
							    .version = deb->version,
							    .origin = deb->source},
						.driver = read.v[i],
						.origin = origin};

		if (mf_debian_place_of(run, driver.driver.member, judged->kernel->release) !=
		    MF_DEBIAN_OURS)
			continue;
		if (driver.driver.malformed)
			driver.driver.module.arch = "unknown";
		r = mf_disk_add_driver(run, drivers, &driver);
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
		const struct mf_injection_package *package = &result->packages[i];

		if (package->fate == MF_INJECTION_UNPACKED && package->file->deb)
			r = add_package(run, &drivers, judged, i);
	}
	return r ? r : mf_disk_judge(run, judged, &drivers);
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
