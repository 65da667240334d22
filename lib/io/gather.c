// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the target probe: what the files of a target say, gathered as they are met.
#include "lib/io/gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/modname.h"
#include "lib/io/gather_state.h"
#include "lib/io/initrd.h"
#include "lib/io/scanner.h"

/* A medium for several machines has some; each is looked for by its folder's name. */
#define MAX_KERNELS ((size_t)256)
/* Symbols of all modules together: a whole distribution kernel has 500,000. */
#define MAX_SYMBOLS ((uint64_t)8000000)

int mf_gather_begin(struct mf_gather *gather)
{
	gather->state = mf_arena_alloc(&gather->arena, sizeof(*gather->state));
	return gather->state ? 0 : -ENOMEM;
}

void mf_gather_free(struct mf_gather *gather)
{
	mf_buf_free(&gather->unpacked);
	mf_arena_free(&gather->arena);
	*gather = (struct mf_gather){0};
}

/* A module that is what it seems, or its name alone where nothing more can be read. */
static int keep_module(struct mf_gather *gather, const struct mf_path_parts *parts,
		       struct mf_bytes elf, const struct mf_module **ret)
{
	struct mf_module *module = mf_arena_alloc(&gather->arena, sizeof(*module));
	struct mf_err unread;
	char name[MF_MODNAME_MAX];
	int r;

	if (!module)
		return -ENOMEM;
	*ret = module;
	r = mf_module_read(elf, parts->rest, MF_MODULE_SYMBOLS, &gather->arena, module, &unread);
	if (r == -ENOMEM)
		return r;
	if (r && !mf_modname_from_path(parts->rest, name)) {
		*module = (struct mf_module){.name = mf_arena_strdup(&gather->arena, name)};
		return module->name ? 0 : -ENOMEM;
	}
	gather->n_symbols += module->imports.n + module->exports.n;
	if (gather->n_symbols > MAX_SYMBOLS)
		return mf_fail(gather->err, -E2BIG,
			       "modules with more than %llu symbols together, the limit here",
			       (unsigned long long)MAX_SYMBOLS);
	return 0;
}

static int read_module(struct mf_gather *gather, const struct mf_path_parts *parts,
		       struct mf_bytes content, const struct mf_module **ret)
{
	enum mf_codec codec = mf_codec_detect(content);
	struct mf_err unread;
	size_t used;
	int r;

	if (codec == MF_CODEC_NONE)
		return keep_module(gather, parts, content, ret);
	if (gather->n_unpacked >= MF_INITRD_MAX_UNPACKED)
		return mf_fail(gather->err, -E2BIG,
			       "modules of more than %zu bytes together, the limit here",
			       MF_INITRD_MAX_UNPACKED);
	gather->unpacked.len = 0;
	r = mf_decompress(codec, content, MF_SCAN_MAX_MODULE, &gather->unpacked, &used, &unread);
	if (r == -ENOMEM)
		return r;
	gather->n_unpacked += gather->unpacked.len;
	return keep_module(gather, parts, mf_buf_bytes(&gather->unpacked), ret);
}

/* A copy that lives as long as the probe. */
static int keep_bytes(struct mf_gather *gather, struct mf_bytes content, struct mf_bytes *ret)
{
	char *copy = mf_arena_strndup(&gather->probe->arena, (const char *)content.p, content.n);

	if (!copy)
		return -ENOMEM;
	*ret = (struct mf_bytes){(const uint8_t *)copy, content.n};
	return 0;
}

static bool is_wanted(const struct mf_gather *gather, const char *release, size_t n)
{
	return !gather->kernel ||
	       (strlen(gather->kernel) == n && !memcmp(gather->kernel, release, n));
}

int mf_gather_read(struct mf_gather *gather, const struct mf_path_parts *parts,
		   struct mf_bytes content, struct mf_file_facts *out)
{
	switch (parts->interest) {
	case MF_INTEREST_MODULE:
		if (!is_wanted(gather, parts->release, parts->n_release))
			return 0;
		return read_module(gather, parts, content, &out->module);
	case MF_INTEREST_KERNEL:
		if (!is_wanted(gather, parts->release, parts->n_release))
			return 0;
		return keep_bytes(gather, content, &out->bytes);
	case MF_INTEREST_RELEASE:
	case MF_INTEREST_MODPROBE: return keep_bytes(gather, content, &out->bytes);
	case MF_INTEREST_KMOD: mf_kmod_scan(content, out); return 0;
	case MF_INTEREST_FIRMWARE:
	case MF_INTEREST_LIBRARY:
	case MF_INTEREST_NONE: return 0;
	}
	return 0;
}

int mf_strings_add(struct mf_arena *arena, struct mf_strings *strings, const char *text)
{
	const char *copy = mf_arena_strdup(arena, text);

	if (!copy || mf_arena_grow(arena, &strings->v, strings->n, sizeof(*strings->v)))
		return -ENOMEM;
	strings->v[strings->n++] = copy;
	return 0;
}

static int compare_strings(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

void mf_strings_sort(struct mf_strings *strings)
{
	size_t n = 0;

	if (strings->n > 1)
		qsort(strings->v, strings->n, sizeof(*strings->v), compare_strings);
	for (size_t i = 0; i < strings->n; i++) {
		if (!n || strcmp(strings->v[n - 1], strings->v[i]) != 0)
			strings->v[n++] = strings->v[i];
	}
	strings->n = n;
}

/* The kernel of a module folder, made if it is not there; the last one found is looked at first. */
static int find_kernel(struct mf_gather *gather, const char *folder, size_t n, size_t *ret)
{
	struct mf_probe *probe = gather->probe;
	struct mf_kernel kernel = {0};
	size_t last = gather->state->last_kernel;

	for (size_t i = 0; i <= probe->n_kernels; i++) {
		size_t k = i ? i - 1 : last;

		if (k < probe->n_kernels && !strncmp(probe->kernels[k].folder, folder, n) &&
		    !probe->kernels[k].folder[n]) {
			*ret = gather->state->last_kernel = k;
			return 0;
		}
	}
	if (probe->n_kernels >= MAX_KERNELS)
		return mf_fail(gather->err, -E2BIG, "more than %zu kernels, the limit here",
			       MAX_KERNELS);
	kernel.folder = mf_arena_strndup(&probe->arena, folder, n);
	if (!kernel.folder || mf_arena_grow(&probe->arena, &probe->kernels, probe->n_kernels,
					    sizeof(*probe->kernels)))
		return -ENOMEM;
	kernel.release = mf_gather_release_of(kernel.folder);
	*ret = gather->state->last_kernel = probe->n_kernels;
	probe->kernels[probe->n_kernels++] = kernel;
	return 0;
}

int mf_gather_folder(struct mf_gather *gather, const char *path)
{
	const char *release = mf_gather_release_of(path);
	size_t unused;

	if (!release || !is_wanted(gather, release, strlen(release)))
		return 0;
	return find_kernel(gather, path, strlen(path), &unused);
}

static int put_module(struct mf_gather *gather, size_t kernel, const char *rest,
		      const struct mf_module *module)
{
	struct mf_gather_state *state = gather->state;
	struct mf_found_module found = {.kernel = kernel, .module = module};

	found.path = mf_arena_strdup(&gather->arena, rest);
	if (!found.path || mf_arena_grow(&gather->arena, &state->modules, state->n_modules,
					 sizeof(*state->modules)))
		return -ENOMEM;
	state->modules[state->n_modules++] = found;
	return 0;
}

/* A file of a module folder. */
static int put_kernel(struct mf_gather *gather, const char *path, const struct mf_path_parts *parts,
		      const struct mf_file_facts *facts)
{
	size_t kernel;
	int r;

	if (!is_wanted(gather, parts->release, parts->n_release))
		return 0;
	r = find_kernel(gather, path, (size_t)(parts->release - path) + parts->n_release, &kernel);
	if (r)
		return r;
	if (parts->interest == MF_INTEREST_MODULE)
		return facts->module ? put_module(gather, kernel, parts->rest, facts->module) : 0;
	memcpy((uint8_t *)&gather->probe->kernels[kernel] + parts->detail, &facts->bytes,
	       sizeof(facts->bytes));
	return 0;
}

static int put_modprobe(struct mf_gather *gather, const struct mf_path_parts *parts,
			struct mf_bytes text)
{
	struct mf_gather_state *state = gather->state;
	struct mf_modprobe_file file = {.folder = parts->detail, .text = text};

	file.name = mf_arena_strdup(&gather->arena, parts->rest);
	if (!file.name || mf_arena_grow(&gather->arena, &state->modprobe, state->n_modprobe,
					sizeof(*state->modprobe)))
		return -ENOMEM;
	state->modprobe[state->n_modprobe++] = file;
	return 0;
}

int mf_gather_put(struct mf_gather *gather, const char *path, const struct mf_file_facts *facts)
{
	struct mf_path_parts parts = mf_path_parts(path);
	struct mf_probe *probe = gather->probe;

	switch (parts.interest) {
	case MF_INTEREST_MODULE:
	case MF_INTEREST_KERNEL: return put_kernel(gather, path, &parts, facts);
	case MF_INTEREST_MODPROBE: return put_modprobe(gather, &parts, facts->bytes);
	case MF_INTEREST_FIRMWARE:
		return mf_strings_add(&probe->arena, &probe->firmware, parts.rest);
	case MF_INTEREST_LIBRARY: gather->state->libraries |= (unsigned int)parts.detail; return 0;
	case MF_INTEREST_KMOD:
	case MF_INTEREST_RELEASE:
	case MF_INTEREST_NONE: return 0;
	}
	return 0;
}

/* The first file that tells a row tells the name as well; until then the first that has a name. */
int mf_gather_put_release(struct mf_gather *gather, const struct mf_file_facts *facts)
{
	struct mf_probe *probe = gather->probe;
	const struct mf_target *target;
	const char *distribution;
	int r;

	if (probe->target || !facts->bytes.n)
		return 0;
	r = mf_osrelease_read(facts->bytes, &probe->arena, &distribution, &target);
	if (r)
		return r;
	probe->target = target;
	if (distribution && (target || !probe->distribution))
		probe->distribution = distribution;
	return 0;
}

static void put_binary(struct mf_file_facts *place, const struct mf_file_facts *facts)
{
	if (!place->has_features && !place->names && (facts->has_features || facts->names))
		*place = *facts;
}

void mf_gather_put_tool(struct mf_gather *gather, const struct mf_file_facts *facts)
{
	put_binary(&gather->state->tool, facts);
}

void mf_gather_put_library(struct mf_gather *gather, const struct mf_file_facts *facts)
{
	gather->state->has_library = true;
	put_binary(&gather->state->library, facts);
}
