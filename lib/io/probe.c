// SPDX-License-Identifier: GPL-2.0-or-later
// Target probe: what a real initrd, installer medium or installed system says about itself.
#include "lib/io/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/io/file.h"
#include "lib/io/probe_cache.h"
#include "lib/io/probe_source.h"
#include "lib/io/vmlinuz.h"

/* How one kind of target is read. */
typedef int gather_fn(struct mf_gather *gather, const char *path);

static int gather_initrd(struct mf_gather *gather, const char *path)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	int r = mf_map_file(AT_FDCWD, path, &map, gather->err);

	if (r)
		return mf_expect(gather->err, r, "an initrd");
	r = mf_gather_initrd(gather, map.bytes);
	return r ? mf_wrap(gather->err, r, "%s", path) : 0;
}

static int gather_image(struct mf_gather *gather, const char *path)
{
	struct mf_probe *probe = gather->probe;
	struct mf_kernel kernel = {0};
	int r = mf_vmlinuz_read_file(path, &probe->arena, &kernel, gather->err);

	if (!r)
		r = mf_arena_grow(&probe->arena, &probe->kernels, 0, sizeof(kernel));
	if (r) {
		mf_symtab_free(&kernel.symbols);
		return r;
	}
	probe->kernels[probe->n_kernels++] = kernel;
	probe->framework = "kernel image";
	return 0;
}

static int gather(gather_fn *source, const char *path, const char *kernel, struct mf_probe *probe,
		  struct mf_err *err)
{
	MF_CLEANUP(mf_gather_free)
	struct mf_gather gather = {.probe = probe, .kernel = kernel, .err = err};
	int r = mf_gather_begin(&gather);

	if (!r)
		r = source(&gather, path);
	if (!r)
		r = mf_gather_end(&gather);
	return r == -ENOMEM ? mf_fail(err, r, "%s: out of memory", path) : r;
}

/* A target that is one file: its facts may be remembered. */
static int probe_file(gather_fn *source, const char *path, const struct mf_probe_options *options,
		      struct mf_probe *out, struct mf_err *err)
{
	MF_CLEANUP(mf_probe_free) struct mf_probe probe = {0};
	struct mf_probe_identity identity;
	const char *folder = options ? options->cache : NULL;
	const char *kernel = options ? options->kernel : NULL;
	bool is_settled;
	int r;

	if (folder && mf_probe_identify(path, kernel, &identity))
		folder = NULL;
	if (folder && source == mf_gather_iso) /* other facts than those of an initrd */
		identity.kernel = ~identity.kernel;
	if (folder && !mf_probe_recall(folder, &identity, out))
		return 0;
	/* asked before it is read: what is written meanwhile may not show later */
	is_settled = folder && mf_probe_is_settled(&identity);
	r = gather(source, path, kernel, &probe, err);
	if (r)
		return r;
	if (is_settled)
		mf_probe_remember(folder, path, &identity, &probe);
	*out = mf_steal(&probe);
	return 0;
}

int mf_probe_initrd(const char *path, const struct mf_probe_options *options, struct mf_probe *out,
		    struct mf_err *err)
{
	return probe_file(gather_initrd, path, options, out, err);
}

int mf_probe_iso(const char *path, const struct mf_probe_options *options, struct mf_probe *out,
		 struct mf_err *err)
{
	return probe_file(mf_gather_iso, path, options, out, err);
}

int mf_probe_image(const char *path, const struct mf_probe_options *options, struct mf_probe *out,
		   struct mf_err *err)
{
	/* the same file as an initrd would be another target: the name of no release */
	struct mf_probe_options image = {.cache = options ? options->cache : NULL,
					 .kernel = "(image)"};

	return probe_file(gather_image, path, &image, out, err);
}

/*
 * The initramfs of an installed system is not there to be read. One made for a kernel has
 * /lib/modules/RELEASE, though lib may be a symlink: its files are put there by that path, and no
 * folder on the way gets an entry, which would take the place of such a link.
 */
static int assume_base(struct mf_probe *probe)
{
	static const char *const usual[] = {"lib", "lib/modules", "usr", "usr/lib"};
	struct mf_strings *dirs = &probe->base.dirs;
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(usual) / sizeof(usual[0]); i++)
		r = mf_strings_add(&probe->arena, dirs, usual[i]);
	for (size_t i = 0; !r && i < probe->n_kernels; i++) {
		struct mf_kernel *kernel = &probe->kernels[i];

		kernel->folder = mf_arena_printf(&probe->arena, "lib/modules/%s", kernel->release);
		r = kernel->folder ? mf_strings_add(&probe->arena, dirs, kernel->folder) : -ENOMEM;
	}
	mf_strings_sort(dirs);
	return r;
}

int mf_probe_root(const char *path, const struct mf_probe_options *options, struct mf_probe *out,
		  struct mf_err *err)
{
	MF_CLEANUP(mf_probe_free) struct mf_probe probe = {0};
	int r = gather(mf_gather_root, path, options ? options->kernel : NULL, &probe, err);

	if (!r && assume_base(&probe))
		r = mf_fail(err, -ENOMEM, "%s: out of memory", path);
	if (!r)
		*out = mf_steal(&probe);
	return r;
}

const char *mf_probe_cache(struct mf_arena *arena)
{
	const char *xdg = secure_getenv("XDG_CACHE_HOME");
	const char *home = secure_getenv("HOME");

	/* a relative one is to be passed over (XDG Base Directory Specification) */
	if (xdg && *xdg == '/')
		return mf_arena_printf(arena, "%s/modferry", xdg);
	/* root may have another user's home (sudo), where nothing of root's is to lie */
	if (!geteuid())
		return mf_arena_strdup(arena, "/var/cache/modferry");
	return home && *home == '/' ? mf_arena_printf(arena, "%s/.cache/modferry", home) : NULL;
}

struct mf_kernel *mf_probe_kernel(const struct mf_probe *probe, const char *release)
{
	for (size_t i = 0; i < probe->n_kernels; i++) {
		if (strcmp(probe->kernels[i].release, release) == 0)
			return &probe->kernels[i];
	}
	return NULL;
}

void mf_probe_free(struct mf_probe *probe)
{
	for (size_t i = 0; i < probe->n_kernels; i++)
		mf_symtab_free(&probe->kernels[i].symbols);
	mf_arena_free(&probe->arena);
	*probe = (struct mf_probe){0};
}
