// SPDX-License-Identifier: GPL-2.0-or-later
// Facts of every module of a kernel, ours against libkmod's: facts_oracle FOLDER.
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libkmod.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/module.h"
#include "lib/io/file.h"

static struct kmod_ctx *kmod;
static size_t n_modules, n_facts, n_wrong;

static void wrong(const char *path, const char *what, const char *ours, const char *theirs)
{
	n_wrong++;
	printf("%s: %s: ours \"%s\", libkmod's \"%s\"\n", path, what, ours ? ours : "(none)",
	       theirs ? theirs : "(none)");
}

static void compare(const char *path, const char *what, const char *ours, const char *theirs)
{
	n_facts++;
	if (!ours || !theirs ? ours != theirs : strcmp(ours, theirs) != 0)
		wrong(path, what, ours, theirs);
}

/* The n-th value of a key, NULL behind the last; libkmod keeps the order of .modinfo. */
static const char *info(const struct kmod_list *list, const char *key, size_t n)
{
	const struct kmod_list *item;

	kmod_list_foreach(item, list)
	{
		if (strcmp(kmod_module_info_get_key(item), key) == 0 && n-- == 0)
			return kmod_module_info_get_value(item);
	}
	return NULL;
}

static void compare_all(const char *path, const struct kmod_list *list, const char *key,
			const struct mf_strings *ours)
{
	for (size_t i = 0; i <= ours->n; i++)
		compare(path, key, i < ours->n ? ours->v[i] : NULL, info(list, key, i));
}

/* depends: one value, words joined by commas. */
static void compare_depends(const char *path, const struct kmod_list *list,
			    const struct mf_module *module)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf joined = {0};

	for (size_t i = 0; i < module->depends.n; i++)
		mf_buf_printf(&joined, "%s%s", i ? "," : "", module->depends.v[i]);
	compare(path, "depends", mf_buf_str(&joined), info(list, "depends", 0));
}

/* Each parameter's type; libkmod gives "NAME:TYPE". */
static void compare_params(const char *path, const struct kmod_list *list,
			   const struct mf_module *module)
{
	for (size_t i = 0; info(list, "parmtype", i); i++) {
		const char *theirs = info(list, "parmtype", i);
		size_t n = strcspn(theirs, ":");
		const char *ours = NULL;

		for (size_t k = 0; k < module->n_params && !ours; k++) {
			if (strlen(module->params[k].name) == n &&
			    memcmp(module->params[k].name, theirs, n) == 0)
				ours = module->params[k].type;
		}
		compare(path, "parmtype", ours, theirs[n] ? theirs + n + 1 : "");
	}
}

/* Looks each of libkmod's symbols up in ours and counts: neither may have more. */
static void compare_symbols(const char *path, const char *what, struct kmod_list *list,
			    const struct mf_symbols *ours,
			    const char *(*name)(const struct kmod_list *),
			    uint64_t (*crc)(const struct kmod_list *))
{
	struct kmod_list *item;
	char left[32], right[32];
	size_t n = 0;

	kmod_list_foreach(item, list)
	{
		const struct mf_symbol *found = NULL;

		n++;
		for (size_t i = 0; i < ours->n && !found; i++) {
			if (strcmp(ours->v[i].name, name(item)) == 0)
				found = &ours->v[i];
		}
		snprintf(left, sizeof(left), "%08x", found ? found->crc : 0);
		snprintf(right, sizeof(right), "%08llx", (unsigned long long)crc(item));
		compare(path, what, found ? name(item) : NULL, name(item));
		compare(path, name(item), left, right);
	}
	snprintf(left, sizeof(left), "%zu", ours->n);
	snprintf(right, sizeof(right), "%zu", n);
	compare(path, what, left, right);
}

static void compare_module(const char *path, const struct mf_module *ours,
			   struct kmod_module *theirs)
{
	struct kmod_list *list = NULL, *versions = NULL, *symbols = NULL;

	if (kmod_module_get_info(theirs, &list) < 0) {
		wrong(path, "info", "read", "not read");
		return;
	}
	compare(path, "name", ours->name, kmod_module_get_name(theirs));
	compare(path, "version", ours->version, info(list, "version", 0));
	compare(path, "srcversion", ours->srcversion, info(list, "srcversion", 0));
	compare(path, "vermagic", ours->vermagic, info(list, "vermagic", 0));
	compare(path, "license", ours->license, info(list, "license", 0));
	compare(path, "description", ours->description, info(list, "description", 0));
	compare(path, "signer", ours->signer, info(list, "signer", 0));
	compare_all(path, list, "alias", &ours->aliases);
	compare_all(path, list, "firmware", &ours->firmware);
	compare_depends(path, list, ours);
	compare_params(path, list, ours);
	kmod_module_info_free_list(list);
	kmod_module_get_versions(theirs, &versions);
	compare_symbols(path, "import", versions, &ours->imports, kmod_module_version_get_symbol,
			kmod_module_version_get_crc);
	kmod_module_versions_free_list(versions);
	kmod_module_get_symbols(theirs, &symbols);
	compare_symbols(path, "export", symbols, &ours->exports, kmod_module_symbol_get_symbol,
			kmod_module_symbol_get_crc);
	kmod_module_symbols_free_list(symbols);
}

static int on_file(const char *path, const struct stat *st, int kind, struct FTW *place)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct kmod_module *theirs;
	struct mf_module ours;
	struct mf_err err = {0};

	(void)st;
	(void)place;
	if (kind != FTW_F || !mf_has_suffix(path, ".ko"))
		return 0;
	n_modules++;
	if (mf_map_file(AT_FDCWD, path, &map, &err) ||
	    mf_module_read(map.bytes, path, MF_MODULE_SYMBOLS, &arena, &ours, &err) ||
	    kmod_module_new_from_path(kmod, path, &theirs)) {
		wrong(path, "file", err.text, "a module");
		return 0;
	}
	compare_module(path, &ours, theirs);
	kmod_module_unref(theirs);
	return 0;
}

int main(int argc, char **argv)
{
	const char *no_config = NULL;

	kmod = kmod_new(NULL, &no_config);
	if (argc != 2 || !kmod || nftw(argv[1], on_file, 32, FTW_PHYS)) {
		fprintf(stderr, "usage: facts_oracle FOLDER\n");
		return 2;
	}
	kmod_unref(kmod);
	printf("facts oracle: %zu modules, %zu facts, %zu differ\n", n_modules, n_facts, n_wrong);
	return n_wrong || n_modules < 100;
}
