// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: packages of the distribution's kernel, their symbols.
#include <errno.h>
#include <stdlib.h>

#include "lib/base/cleanup.h"
#include "lib/cli/check_disk.h"
#include "lib/cli/output.h"

/* A symbol that the target and its package do not agree on; the package is of another build then.
 */
static const char *find_conflict(const struct mf_symtab *target, const struct mf_symtab *package)
{
	for (size_t i = 0; i < package->n; i++) {
		const struct mf_export *own = mf_symtab_find(target, package->v[i].name);

		if (own && own->has_crc && package->v[i].has_crc && own->crc != package->v[i].crc)
			return own->name;
	}
	return NULL;
}

static int join(struct mf_disk_run *run, const struct mf_symtab *from, struct mf_kernel *kernel)
{
	const char *conflict = find_conflict(&kernel->symbols, from);
	int r = 0;

	if (conflict)
		return mf_fail(
			run->err, -ESTALE,
			"--kernel-package: is not of the target's kernel %s (symbol %s has another CRC there)",
			kernel->release, conflict);
	for (size_t i = 0; !r && i < from->n; i++)
		r = mf_symtab_add(&kernel->symbols, &from->v[i]);
	kernel->symbols.is_complete |= from->is_complete;
	return r;
}

static int add_symbols(struct mf_disk_run *run, struct mf_kernel *kernel)
{
	MF_CLEANUP(mf_symtab_free) struct mf_symtab symbols = {0};
	bool is_found = false;
	int r = mf_kernel_packages_symbols(&run->packages, kernel->release, &symbols, &is_found,
					   run->err);

	if (!r && !is_found)
		mf_warn("check", "--kernel-package: none of the packages is of kernel %s",
			kernel->release);
	return r ? r : join(run, &symbols, kernel);
}

int mf_disk_packages_read(struct mf_disk_run *run)
{
	struct mf_probe *probe = &run->facts.probe;
	struct mf_strings given = mf_given_values(run->arguments, "kernel-package");
	int r = 0;

	for (size_t i = 0; !r && i < given.n; i++)
		r = mf_kernel_packages_add(given.v[i], &run->packages, run->err);
	free(given.v);
	for (size_t i = 0; !r && run->packages.n && i < probe->n_kernels; i++)
		r = add_symbols(run, &probe->kernels[i]);
	return r == -ENOMEM && !run->err->text[0] ? mf_fail(run->err, r, "out of memory") : r;
}
