// SPDX-License-Identifier: GPL-2.0-or-later
// Look-ups of a whole kernel's aliases against libkmod: index and driver set must find the same, in
// the same order.
#include <fcntl.h>
#include <libkmod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/match.h"
#include "lib/core/modalias.h"
#include "lib/core/modname.h"
#include "lib/io/file.h"
#include "tests/oracle/device.h"

struct oracle {
	const char *folder;
	struct kmod_ctx *kmod;
	struct mf_map maps[4];
	struct mf_kmodindex alias;
	struct mf_kmodindex builtin_alias;
	struct mf_kmodindex dep;
	struct mf_kmodindex builtin;
	struct mf_drvset set;
	struct mf_patterns patterns;
	size_t n_patterns;
	size_t n_queries;
	size_t n_matched;
	size_t n_wrong;
	uint32_t seed;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "modalias oracle: %s: %s\n", what, why);
	exit(1);
}

/* --- what libkmod says --- */

static void ask_libkmod(struct oracle *oracle, const char *query, struct mf_buf *out)
{
	struct kmod_list *list = NULL;
	struct kmod_list *item;
	const char *last = "";

	if (kmod_module_new_from_lookup(oracle->kmod, query, &list) < 0)
		die(query, "libkmod refuses it");
	kmod_list_foreach(item, list)
	{
		struct kmod_module *module = kmod_module_get_module(item);

		/* the same module by several aliases stands there as often */
		if (strcmp(last, kmod_module_get_name(module)) != 0)
			mf_buf_printf(out, "%s ", kmod_module_get_name(module));
		last = kmod_module_get_name(module);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
}

/* --- what we say --- */

static void print_hits(struct mf_hits *hits, struct mf_buf *out)
{
	mf_hits_sort(hits);
	for (size_t i = 0; i < hits->n; i++)
		mf_buf_printf(out, "%s ", hits->v[i].module);
}

static void match(const struct mf_kmodindex *index, const char *query, struct mf_buf *out)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_match_index source = {*index, MF_LAYER_STOCK, ""};
	struct mf_device device = {.modalias = query};
	struct mf_hits hits = {.arena = &arena};

	if (mf_match_index(&source, &device, &hits))
		die(query, "the index is malformed");
	print_hits(&hits, out);
}

/* In libkmod's order of indexes; the first one that knows the query ends the search. Whether the
 * order is defined: all aliases of built-in drivers have one priority. */
static bool ask_index(struct oracle *oracle, const char *query, struct mf_buf *out)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf name = {0};
	struct mf_bytes value;

	mf_modalias_fold_device(&name, query);
	if (!strchr(query, ':') && !mf_kmodindex_get(&oracle->dep, mf_buf_str(&name), &value)) {
		mf_buf_printf(out, "%s ", mf_buf_str(&name));
		return true;
	}
	match(&oracle->alias, query, out);
	if (out->len)
		return true;
	if (!mf_kmodindex_get(&oracle->builtin, mf_buf_str(&name), &value)) {
		mf_buf_printf(out, "%s ", mf_buf_str(&name));
		return true;
	}
	match(&oracle->builtin_alias, query, out);
	return false;
}

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Words of a text, sorted and each once. */
static void sort_words(struct mf_buf *text)
{
	char *words[512];
	size_t n = 0;
	MF_CLEANUP(mf_buf_free) struct mf_buf sorted = {0};
	char *rest = (char *)text->data;
	char *word;

	while (rest && (word = strsep(&rest, " ")) && n < 512) {
		if (*word)
			words[n++] = word;
	}
	qsort(words, n, sizeof(*words), compare_names);
	for (size_t i = 0; i < n; i++) {
		if (!i || strcmp(words[i], words[i - 1]) != 0)
			mf_buf_printf(&sorted, "%s ", words[i]);
	}
	mf_buf_free(text);
	*text = mf_steal(&sorted);
}

/* The driver set has no modules.order: only which drivers they are is compared. */
static void compare_set(struct oracle *oracle, const char *query)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf by_set = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf by_index = {0};
	struct mf_device device = {.modalias = query};
	struct mf_hits hits = {.arena = &arena};

	if (mf_match_patterns(&oracle->patterns, &device, &hits))
		die(query, "out of memory");
	print_hits(&hits, &by_set);
	match(&oracle->alias, query, &by_index);
	sort_words(&by_set);
	sort_words(&by_index);
	if (!strcmp(mf_buf_str(&by_set), mf_buf_str(&by_index)))
		return;
	oracle->n_wrong++;
	printf("%s\n  index:      %s\n  driver set: %s\n", query, mf_buf_str(&by_index),
	       mf_buf_str(&by_set));
}

static void compare(struct oracle *oracle, const char *query)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf theirs = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf ours = {0};

	bool is_ordered;

	ask_libkmod(oracle, query, &theirs);
	is_ordered = ask_index(oracle, query, &ours);
	oracle->n_queries++;
	oracle->n_matched += theirs.len != 0;
	if (!is_ordered) {
		sort_words(&theirs);
		sort_words(&ours);
	}
	if (strcmp(mf_buf_str(&theirs), mf_buf_str(&ours)) != 0) {
		oracle->n_wrong++;
		printf("%s\n  libkmod:  %s\n  modferry: %s\n", query, mf_buf_str(&theirs),
		       mf_buf_str(&ours));
	}
	compare_set(oracle, query);
}

/* --- queries made from a pattern --- */

/* One byte changed, dropped or added; no brackets, which libkmod refuses. */
static void mutate(struct oracle *oracle, char *query)
{
	static const char bytes[] = "0123456789ABCDEFabcdefvpsi:*?_-.,N";
	size_t n = strlen(query);
	size_t at = n ? device_random(&oracle->seed, (uint32_t)n) : 0;
	char c = bytes[device_random(&oracle->seed, sizeof(bytes) - 1)];

	switch (device_random(&oracle->seed, 4)) {
	case 0: memmove(query + at, query + at + 1, n - at); break;
	case 1:
		memmove(query + at + 1, query + at, n - at + 1);
		query[at] = c;
		break;
	default: query[at] = n ? c : '\0'; break;
	}
}

static int query_pattern(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	struct oracle *oracle = context;
	char query[DEVICE_SIZE];

	(void)value;
	(void)priority;
	oracle->n_patterns++;
	device_make(&oracle->seed, key, query);
	compare(oracle, query);
	mutate(oracle, query);
	compare(oracle, query);
	return 0;
}

/* --- the kernel --- */

static void open_index(struct oracle *oracle, unsigned int i, const char *name,
		       struct mf_kmodindex *out)
{
	struct mf_err err = {0};
	char path[4096];

	if (mf_path_join(path, sizeof(path), oracle->folder, name) ||
	    mf_map_file(AT_FDCWD, path, &oracle->maps[i], &err) ||
	    mf_kmodindex_open(oracle->maps[i].bytes, out, &err))
		die(name, err.text);
}

static int add_module(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	struct oracle *oracle = context;
	struct mf_map map = {0};
	struct mf_err err = {0};
	struct mf_selected owner;
	char relative[4096];
	char path[4096];
	const uint8_t *colon = memchr(value.p, ':', value.n);

	(void)priority;
	snprintf(relative, sizeof(relative), "%.*s", colon ? (int)(colon - value.p) : 0,
		 (const char *)value.p);
	owner.package = mf_drvset_package(&oracle->set, NULL, NULL, oracle->folder);
	owner.build = mf_drvset_build(&oracle->set, &oracle->set.packages[0], "k", "x86_64");
	owner.driver = mf_arena_alloc(&oracle->set.arena, sizeof(*owner.driver));
	if (mf_path_join(path, sizeof(path), oracle->folder, relative) ||
	    mf_map_file(AT_FDCWD, path, &map, &err) ||
	    mf_module_read(map.bytes, relative, MF_MODULE_FACTS, &oracle->set.arena,
			   &owner.driver->module, &err) ||
	    mf_patterns_add(&oracle->patterns, &owner))
		die(key, err.text);
	mf_map_close(&map);
	return 0;
}

int main(int argc, char **argv)
{
	static struct oracle oracle = {.seed = 42};
	const char *no_config = NULL;

	if (argc != 2)
		die("usage", "modalias_oracle MODULE-FOLDER");
	oracle.folder = argv[1];
	oracle.kmod = kmod_new(argv[1], &no_config);
	if (!oracle.kmod || kmod_load_resources(oracle.kmod) < 0)
		die(argv[1], "libkmod cannot load its indexes");
	kmod_set_log_priority(oracle.kmod, 0);
	open_index(&oracle, 0, "modules.alias.bin", &oracle.alias);
	open_index(&oracle, 1, "modules.builtin.alias.bin", &oracle.builtin_alias);
	open_index(&oracle, 2, "modules.dep.bin", &oracle.dep);
	open_index(&oracle, 3, "modules.builtin.bin", &oracle.builtin);
	if (mf_kmodindex_each(&oracle.dep, add_module, &oracle))
		die("modules.dep.bin", "malformed");
	mf_patterns_sort(&oracle.patterns);
	if (mf_kmodindex_each(&oracle.alias, query_pattern, &oracle) ||
	    mf_kmodindex_each(&oracle.builtin_alias, query_pattern, &oracle))
		die("modules.alias.bin", "malformed");
	printf("modalias oracle: %zu patterns, %zu queries, %zu of them with drivers, %zu differ\n",
	       oracle.n_patterns, oracle.n_queries, oracle.n_matched, oracle.n_wrong);
	mf_patterns_free(&oracle.patterns);
	mf_drvset_free(&oracle.set);
	kmod_unref(oracle.kmod);
	for (size_t i = 0; i < 4; i++)
		mf_map_close(&oracle.maps[i]);
	return oracle.n_wrong || oracle.n_matched < 10000;
}
