// SPDX-License-Identifier: GPL-2.0-or-later
// Prints what a target says about itself: showprobe initrd|iso|root PATH [cache=FOLDER]
// [kernel=RELEASE] [repeat=N] ; the last line has the milliseconds that each probe took.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/probe.h"

static double milliseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static const char *or_none(const char *text)
{
	return text ? text : "-";
}

static void print_kernel(const struct mf_kernel *kernel)
{
	size_t n_owned = 0;
	size_t n_depends = 0;

	for (size_t i = 0; i < kernel->symbols.n; i++)
		n_owned += kernel->symbols.v[i].owner != NULL;
	for (size_t i = 0; i < kernel->n_modules; i++)
		n_depends += kernel->modules[i].depends.n;
	printf("kernel %s arch %s folder %s\n", kernel->release, or_none(kernel->arch),
	       or_none(kernel->folder));
	printf("  vermagic %s\n  signer %s\n", or_none(kernel->vermagic), or_none(kernel->signer));
	printf("  modules %zu depends %zu symbols %zu owned %zu complete %d\n", kernel->n_modules,
	       n_depends, kernel->symbols.n, n_owned, kernel->symbols.is_complete);
	printf("  image %d btf %d certs %zu modversions %d\n", kernel->has_image, kernel->has_btf,
	       kernel->certs.n, (int)kernel->config.modversions);
	printf("  dep %zu alias %zu symbols %zu order %zu softdep %zu devname %zu\n",
	       kernel->indexes.dep.n, kernel->indexes.alias.n, kernel->indexes.symbols.n,
	       kernel->indexes.order.n, kernel->indexes.softdep.n, kernel->indexes.devname.n);
	printf("  dep-text %zu alias-text %zu symbols-text %zu builtin %zu modinfo %zu "
	       "builtin-alias %zu\n",
	       kernel->indexes.dep_text.n, kernel->indexes.alias_text.n,
	       kernel->indexes.symbols_text.n, kernel->builtin.n, kernel->builtin_modinfo.n,
	       kernel->builtin_alias.n);
}

static void print_probe(const struct mf_probe *probe)
{
	printf("framework %s hook %s\n", probe->framework, mf_hook_name(probe->hook));
	printf("distribution %s target %s\n", or_none(probe->distribution),
	       probe->target ? probe->target->name : "-");
	printf("reads%s%s%s%s\n", probe->reads & MF_READS_PLAIN ? " plain" : "",
	       probe->reads & MF_READS_GZIP ? " gzip" : "", probe->reads & MF_READS_XZ ? " xz" : "",
	       probe->reads & MF_READS_ZSTD ? " zstd" : "");
	printf("dirs %zu links %zu firmware %zu unpacked %llu lz4 %d cached %d\n",
	       probe->base.dirs.n, probe->base.n_links, probe->firmware.n,
	       (unsigned long long)probe->unpacked, probe->has_lz4, probe->is_cached);
	printf("blacklist");
	for (size_t i = 0; i < probe->blacklist.n; i++)
		printf(" %s", probe->blacklist.v[i]);
	printf("\nwarning %s\n", or_none(probe->warning));
	for (size_t i = 0; i < probe->n_kernels; i++)
		print_kernel(&probe->kernels[i]);
}

static int probe_once(const char *kind, const char *path, const struct mf_probe_options *options,
		      struct mf_probe *out, struct mf_err *err)
{
	if (strcmp(kind, "initrd") == 0)
		return mf_probe_initrd(path, options, out, err);
	if (strcmp(kind, "iso") == 0)
		return mf_probe_iso(path, options, out, err);
	return mf_probe_root(path, options, out, err);
}

int main(int argc, char **argv)
{
	struct mf_probe_options options = {0};
	unsigned long repeat = 1;

	for (int i = 3; i < argc; i++) {
		if (mf_has_prefix(argv[i], "cache="))
			options.cache = argv[i] + 6;
		else if (mf_has_prefix(argv[i], "kernel="))
			options.kernel = argv[i] + 7;
		else if (mf_has_prefix(argv[i], "repeat="))
			repeat = strtoul(argv[i] + 7, NULL, 10);
	}
	if (argc < 3 || !repeat) {
		fprintf(stderr,
			"usage: showprobe initrd|iso|root PATH [cache=] [kernel=] [repeat=]\n");
		return 2;
	}
	for (unsigned long i = 0; i < repeat; i++) {
		MF_CLEANUP(mf_probe_free) struct mf_probe probe = {0};
		struct mf_err err = {0};
		double wall = milliseconds(CLOCK_MONOTONIC);
		double cpu = milliseconds(CLOCK_PROCESS_CPUTIME_ID);
		int r = probe_once(argv[1], argv[2], &options, &probe, &err);

		wall = milliseconds(CLOCK_MONOTONIC) - wall;
		cpu = milliseconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		if (r) {
			printf("error %d %s\n", r, err.text);
			return 1;
		}
		if (!i)
			print_probe(&probe);
		printf("%s wall %.1f ms cpu %.1f ms\n", i ? "again" : "first", wall, cpu);
	}
	return 0;
}
