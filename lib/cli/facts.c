// SPDX-License-Identifier: GPL-2.0-or-later
// The target that a command's options name, with all that is known of its kernels.
#include "lib/cli/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/cli/facts_parts.h"
#include "lib/cli/output.h"
#include "lib/io/certs.h"
#include "lib/io/vmlinuz.h"

static const char *value(const struct mf_facts_reading *reading, const char *name)
{
	return mf_given_value(reading->arguments, name);
}

/* How often an option is given. */
static size_t count(const struct mf_facts_reading *reading, const char *name)
{
	struct mf_strings given = mf_given_values(reading->arguments, name);

	free(given.v);
	return given.n;
}

/* The option that names the target, its value; NULL when none is given. *ret_n: how many are. */
static const char *find_object(const struct mf_facts_reading *reading, const char **ret_option,
			       size_t *ret_n)
{
	static const char *const options[] = {"initrd", "iso", "root"};
	const char *object = NULL;

	*ret_n = 0;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!value(reading, options[i]))
			continue;
		object = value(reading, options[i]);
		*ret_option = options[i];
		*ret_n += count(reading, options[i]);
	}
	if (!object && value(reading, "append-to")) { /* what stands in front is the target */
		object = value(reading, "append-to");
		*ret_option = options[0];
		*ret_n = 1;
	}
	return object;
}

/* The only --kernel there is: of several, all are read. */
static const char *find_release(const struct mf_facts_reading *reading)
{
	struct mf_strings given = mf_given_values(reading->arguments, "kernel");
	const char *release = given.n == 1 ? given.v[0] : NULL;

	free(given.v);
	return release;
}

/* Where the target and its kernel image are remembered, and which kernel of it is asked for. */
static struct mf_probe_options probe_options(const struct mf_facts_reading *reading,
					     struct mf_arena *arena)
{
	return (struct mf_probe_options){
		.kernel = find_release(reading),
		.cache = mf_given(reading->arguments, "no-cache") ? NULL : mf_probe_cache(arena),
	};
}

static int probe_with(struct mf_facts_reading *reading, const char *option,
		      const struct mf_probe_options *options)
{
	const char *object = reading->facts->object;
	struct mf_probe *out = &reading->facts->probe;

	if (strcmp(option, "initrd") == 0)
		return mf_probe_initrd(object, options, out, reading->err);
	if (strcmp(option, "iso") == 0)
		return mf_probe_iso(object, options, out, reading->err);
	return mf_probe_root(object, options, out, reading->err);
}

/* Where the asked kernel is not in it, those that are tell what it is. */
static int probe(struct mf_facts_reading *reading, const char *option)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_probe_options options = probe_options(reading, &arena);
	int r = probe_with(reading, option, &options);

	if (r || !options.kernel || reading->facts->probe.n_kernels)
		return r;
	mf_probe_free(&reading->facts->probe);
	options.kernel = NULL;
	return probe_with(reading, option, &options);
}

/* The kernel that --vmlinuz, --config and --symvers are about: --kernel, or the only one. */
struct mf_kernel *mf_facts_kernel(struct mf_facts_reading *reading, const char *option)
{
	struct mf_probe *probe = &reading->facts->probe;
	const char *release = find_release(reading);
	struct mf_kernel *kernel = release ? mf_probe_kernel(probe, release) : NULL;

	if (!release && probe->n_kernels == 1)
		kernel = &probe->kernels[0];
	if (!kernel)
		mf_fail(reading->err, -EINVAL,
			"--%s: %s has %zu kernels%s%s; name the one meant with --kernel", option,
			reading->facts->object, probe->n_kernels, release ? ", none of them " : "",
			release ? release : "");
	return kernel;
}

/* The kernel of a target without any module is the image's own. */
static struct mf_kernel *add_kernel(struct mf_facts_reading *reading)
{
	struct mf_probe *probe = &reading->facts->probe;

	if (mf_arena_grow(&probe->arena, &probe->kernels, probe->n_kernels,
			  sizeof(*probe->kernels))) {
		mf_fail(reading->err, -ENOMEM, "out of memory");
		return NULL;
	}
	probe->kernels[probe->n_kernels] = (struct mf_kernel){0};
	return &probe->kernels[probe->n_kernels++];
}

static int read_image(struct mf_facts_reading *reading)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_probe_options options = probe_options(reading, &arena);
	struct mf_facts *facts = reading->facts;
	const char *path = value(reading, "vmlinuz");
	struct mf_kernel *kernel;
	int r;

	if (!path)
		return 0;
	r = mf_probe_image(path, &options, &facts->image, reading->err);
	if (r)
		return r;
	kernel = facts->probe.n_kernels ? mf_facts_kernel(reading, "vmlinuz") : add_kernel(reading);
	if (!kernel)
		return -EINVAL;
	r = mf_vmlinuz_join(&facts->image.kernels[0], kernel, reading->err);
	return r ? mf_wrap(reading->err, r, "%s", path) : 0;
}

static int read_config(struct mf_facts_reading *reading)
{
	const char *path = value(reading, "config");
	struct mf_kernel *kernel = path ? mf_facts_kernel(reading, "config") : NULL;

	if (!path)
		return 0;
	return kernel ? mf_config_read_file(path, kernel, reading->err) : -EINVAL;
}

static int read_certs(struct mf_facts_reading *reading)
{
	struct mf_facts *facts = reading->facts;
	struct mf_strings given = mf_given_values(reading->arguments, "cert");
	int r = 0;

	for (size_t i = 0; !r && i < given.n; i++)
		r = mf_certs_read_file(given.v[i], &facts->probe.arena, &facts->certs,
				       reading->err);
	facts->has_certs = given.n > 0;
	free(given.v);
	return r;
}

/* Headers alone make a folder for their kernel, too. */
static void warn_empty(const struct mf_facts_reading *reading)
{
	const struct mf_probe *probe = &reading->facts->probe;

	for (size_t i = 0; value(reading, "root") && i < probe->n_kernels; i++) {
		if (!probe->kernels[i].n_modules)
			mf_warn(reading->command,
				"%s: has a folder but no modules of kernel %s; install the kernel's package there",
				reading->facts->object, probe->kernels[i].release);
	}
}

/* Whether two paths lead to one file. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat left, right;

	return strcmp(a, b) == 0 || (!stat(a, &left) && !stat(b, &right) &&
				     left.st_dev == right.st_dev && left.st_ino == right.st_ino);
}

/* One target: what is judged is what the overlay is put behind. */
static int check_targets(const struct mf_facts_reading *reading, size_t n)
{
	const char *initrd = value(reading, "initrd");
	const char *base = value(reading, "append-to");

	if (n > 1) {
		mf_fail(reading->err, -EINVAL,
			"--initrd, --iso and --root: give one of them, once");
		return MF_EXIT_USAGE;
	}
	if (!initrd || !base || is_same_file(initrd, base))
		return MF_EXIT_OK;
	mf_fail(reading->err, -EINVAL,
		"--initrd %s and --append-to %s are two files; leave out --initrd: the drivers are judged for what they are put behind",
		initrd, base);
	return MF_EXIT_USAGE;
}

/* What options say besides, of whatever kernels there are now. */
static int read_rest(struct mf_facts_reading *reading)
{
	int r = read_image(reading);

	if (!r)
		r = read_config(reading);
	if (!r)
		r = mf_facts_read_symvers(reading);
	if (!r)
		r = read_certs(reading);
	if (r == -ENOMEM && !reading->err->text[0])
		mf_fail(reading->err, r, "out of memory");
	return r;
}

int mf_facts_read(const struct mf_arguments *arguments, const char *command, struct mf_facts *out,
		  struct mf_err *err)
{
	struct mf_facts_reading reading = {arguments, command, out, err};
	const char *option = NULL;
	size_t n;
	int r;

	out->object = find_object(&reading, &option, &n);
	out->is_enforced = mf_given(arguments, "secure-boot");
	if (check_targets(&reading, n))
		return MF_EXIT_USAGE;
	if (!n)
		return MF_EXIT_OK;
	r = probe(&reading, option);
	if (!r && out->probe.warning)
		mf_warn(command, "%s: %s", out->object, out->probe.warning);
	if (!r)
		warn_empty(&reading);
	if (!r)
		r = read_rest(&reading);
	return r ? MF_EXIT_FAILED : MF_EXIT_OK;
}

/* A kernel of which the name is known. */
static int add_named(struct mf_facts_reading *reading, const char *release)
{
	struct mf_kernel *kernel;

	if (mf_probe_kernel(&reading->facts->probe, release))
		return 0;
	kernel = add_kernel(reading);
	if (!kernel)
		return -ENOMEM;
	kernel->release = release;
	kernel->arch = value(reading, "arch");
	return 0;
}

int mf_facts_read_bare(const struct mf_arguments *arguments, const char *command,
		       struct mf_facts *out, struct mf_err *err)
{
	struct mf_facts_reading reading = {arguments, command, out, err};
	struct mf_strings given = mf_given_values(arguments, "kernel");
	int r = 0;

	for (size_t i = 0; !r && i < given.n; i++)
		r = add_named(&reading, given.v[i]);
	out->object = given.n ? given.v[0] : value(&reading, "vmlinuz");
	free(given.v);
	if (!r && out->object)
		r = read_rest(&reading);
	for (size_t i = 0; !r && i < out->probe.n_kernels; i++)
		out->probe.kernels[i].is_bare = true;
	return r ? MF_EXIT_FAILED : MF_EXIT_OK;
}

void mf_facts_free(struct mf_facts *facts)
{
	mf_probe_free(&facts->probe);
	mf_probe_free(&facts->image);
	*facts = (struct mf_facts){0};
}
