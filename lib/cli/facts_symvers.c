// SPDX-License-Identifier: GPL-2.0-or-later
// The target's symbols by files beside it: --symvers, and kernel headers of this machine.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/cli/facts_parts.h"
#include "lib/cli/output.h"
#include "lib/io/vmlinuz.h"

/* A symbol on which a symvers file and the target itself do not agree; NULL: they do. */
static const char *find_conflict(const struct mf_symtab *target, const struct mf_symtab *symvers)
{
	for (size_t i = 0; i < symvers->n; i++) {
		const struct mf_export *theirs = &symvers->v[i];
		const struct mf_export *own = mf_symtab_find(target, theirs->name);

		if (own && own->has_crc && theirs->has_crc && own->crc != theirs->crc)
			return theirs->name;
	}
	return NULL;
}

/* Adds a symvers file that belongs to the kernel; -ESTALE when it is of another build. */
static int add_symvers(struct mf_facts_reading *reading, struct mf_kernel *kernel, const char *path)
{
	struct mf_kernel other = {.release = kernel->release};
	const char *conflict;
	int r = mf_symvers_read_file(path, &other, reading->err);

	if (!r && !other.symbols.n)
		r = mf_fail(reading->err, -EBADMSG, "%s: is empty, expected Module.symvers", path);
	if (!r) {
		conflict = find_conflict(&kernel->symbols, &other.symbols);
		if (conflict)
			r = mf_fail(
				reading->err, -ESTALE,
				"%s: is not of the target's kernel %s (symbol %s has another CRC there)",
				path, kernel->release, conflict);
	}
	for (size_t i = 0; !r && i < other.symbols.n; i++)
		r = mf_symtab_add(&kernel->symbols, &other.symbols.v[i]);
	if (!r)
		kernel->symbols.is_complete |= other.symbols.is_complete;
	mf_symtab_free(&other.symbols);
	return r;
}

/* Where kernel headers packages put Module.symvers: Debian, Ubuntu; all; Fedora, EL, SUSE. */
static int add_headers(struct mf_facts_reading *reading, struct mf_kernel *kernel)
{
	static const char *const places[] = {"/usr/src/linux-headers-%s/Module.symvers",
					     "/lib/modules/%s/build/Module.symvers",
					     "/usr/src/kernels/%s/Module.symvers",
					     "/lib/modules/%s/symvers.gz",
					     "/boot/symvers-%s.gz",
					     "/boot/symvers-%s.xz"};
	int r = -ENOENT;

	for (size_t i = 0; r && i < sizeof(places) / sizeof(places[0]); i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf path = {0};
		const char *at = strstr(places[i], "%s");

		mf_buf_add(&path, places[i], (size_t)(at - places[i]));
		mf_buf_adds(&path, kernel->release);
		mf_buf_adds(&path, at + 2);
		if (mf_buf_status(&path))
			return -ENOMEM;
		if (access(mf_buf_str(&path), R_OK))
			continue;
		r = add_symvers(reading, kernel, mf_buf_str(&path));
		if (r == -ENOMEM)
			return r;
		if (r)
			mf_warn(reading->command, "%s; left out", reading->err->text);
	}
	reading->err->text[0] = '\0';
	return 0;
}

int mf_facts_read_symvers(struct mf_facts_reading *reading)
{
	struct mf_probe *probe = &reading->facts->probe;
	struct mf_strings given = mf_given_values(reading->arguments, "symvers");
	int r = 0;

	for (size_t i = 0; !r && i < given.n; i++) {
		struct mf_kernel *kernel = mf_facts_kernel(reading, "symvers");

		r = kernel ? add_symvers(reading, kernel, given.v[i]) : -EINVAL;
	}
	free(given.v);
	for (size_t i = 0; !r && i < probe->n_kernels; i++) {
		if (!probe->kernels[i].symbols.is_complete &&
		    !mf_given(reading->arguments, "no-headers"))
			r = add_headers(reading, &probe->kernels[i]);
	}
	return r;
}
