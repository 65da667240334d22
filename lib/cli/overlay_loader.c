// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry overlay`: the loader.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/cli/overlay.h"
#include "lib/core/archname.h"
#include "lib/core/elf.h"
#include "lib/io/file.h"

/* A loader of another machine would end in a kernel panic at the first boot with rdinit=. */
static int check_loader(struct mf_overlay_run *run, struct mf_bytes file)
{
	const char *arch = run->make.selected.v[0].build->arch;
	const char *its = NULL;
	struct mf_elf elf;

	if (mf_elf_open(file, &elf, NULL) == 0)
		its = mf_arch_from_elf(elf.machine, elf.bits, elf.endian);
	if (its && strcmp(its, arch) == 0)
		return 0;
	return mf_fail(
		run->make.err, -ENOEXEC,
		"%s: is %s%s, the drivers are for %s; name modferry's loader for that machine with --loader",
		run->loader, its ? "a program for " : "no program", its ? its : "", arch);
}

int mf_overlay_find_loader(struct mf_overlay_run *run)
{
	const char *given = mf_given_value(run->make.arguments, "loader");
	const char *folder = getenv("MODFERRY_LIBEXECDIR");
	const char *arch = run->make.selected.v[0].build->arch;
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	int n, r;

	if (given)
		n = snprintf(run->loader, sizeof(run->loader), "%s", given);
	else
		n = snprintf(run->loader, sizeof(run->loader), "%s/%s/modferry-load",
			     folder && *folder ? folder : MF_LIBEXECDIR, arch);
	if (n < 0 || (size_t)n >= sizeof(run->loader))
		return mf_fail(run->make.err, -ENAMETOOLONG, "the path of the loader is too long");
	r = mf_map_file(AT_FDCWD, run->loader, &map, run->make.err);
	if (r == -ENOENT)
		return mf_fail(
			run->make.err, r,
			"%s: there is no loader for %s here; install modferry's for that machine (make install), name one with --loader, or set MODFERRY_LIBEXECDIR to the folder of yours (build/loader)",
			run->loader, arch);
	if (r)
		return r;
	run->loader_size = map.bytes.n;
	return check_loader(run, map.bytes);
}
