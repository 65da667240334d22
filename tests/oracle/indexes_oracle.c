// SPDX-License-Identifier: GPL-2.0-or-later
// Merged indexes of a whole kernel and real DKMS drivers against libkmod and depmod.
//
//   indexes_oracle MODULE-FOLDER WORK-FOLDER MODULE...
//
// WORK-FOLDER holds two module trees of the same modules, made by indexes-oracle.sh: ours/ gets the
// merged indexes; depmod/ gets the merged modules.order, and depmod is run over it.
#include <libkmod.h>
#include <spawn.h>
#include <sys/wait.h>

#include "lib/base/cleanup.h"
#include "lib/core/kmodindex_write.h"
#include "lib/core/modalias.h"
#include "lib/core/modname.h"
#include "tests/oracle/device.h"
#include "tests/tools/index_folder.h"

#define MAX_NAMES 512

extern char **environ;

/* Entries of an index, in its order. */
struct index {
	struct mf_arena arena;
	struct mf_kmodindex_entries entries;
};

struct oracle {
	struct index_folder folder;
	struct kmod_ctx *before;
	struct kmod_ctx *after;
	struct index depends; /* of each module: its own "depends", as its file has them */
	uint32_t seed;
	size_t n_devices, n_ours, n_modules, n_wrong;
	size_t kept_aliases, kept_symbols, kept_needs, other_order, depmod_order, joined_softdeps;
};

static void wrong(struct oracle *oracle, const char *what, const char *object)
{
	if (oracle->n_wrong++ < 20)
		printf("%s: %s\n", object, what);
}

static const struct mf_index_driver *find_driver(const struct oracle *oracle, const char *name)
{
	for (size_t i = 0; i < oracle->folder.n; i++) {
		if (mf_modname_equal(oracle->folder.drivers[i].name, name))
			return &oracle->folder.drivers[i];
	}
	return NULL;
}

/* --- indexes --- */

static int keep_entry(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	struct index *index = context;

	index->entries.arena = &index->arena;
	return mf_kmodindex_add(&index->entries, mf_arena_strdup(&index->arena, key),
				mf_arena_strdup(&index->arena, (const char *)value.p), priority);
}

static void load_index(struct mf_bytes bytes, const char *what, struct index *out)
{
	struct mf_kmodindex index;
	struct mf_err err = {0};

	if (mf_kmodindex_open(bytes, &index, &err) || mf_kmodindex_each(&index, keep_entry, out))
		folder_die(what, err.text);
}

static void load_file(const char *folder, const char *name, struct index *out)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_err err = {0};
	char path[4096];

	if (mf_path_join(path, sizeof(path), folder, name) ||
	    mf_map_file(AT_FDCWD, path, &map, &err))
		folder_die(name, err.text);
	load_index(map.bytes, name, out);
}

static void check_written_back(struct oracle *oracle, const char *folder)
{
	static const char *const names[] = {"modules.alias.bin", "modules.dep.bin",
					    "modules.symbols.bin", "modules.builtin.bin",
					    "modules.builtin.alias.bin"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		MF_CLEANUP(mf_map_close) struct mf_map map = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
		struct index index = {0};
		char path[4096];

		if (mf_path_join(path, sizeof(path), folder, names[i]) ||
		    mf_map_file(AT_FDCWD, path, &map, NULL))
			folder_die(names[i], "cannot be read");
		load_index(map.bytes, names[i], &index);
		if (mf_kmodindex_write(&index.entries, &out) || out.len != map.bytes.n ||
		    memcmp(out.data, map.bytes.p, out.len) != 0)
			wrong(oracle, "written back, it has other bytes", names[i]);
		mf_arena_free(&index.arena);
	}
}

/* --- devices --- */

struct names {
	char v[MAX_NAMES][MF_MODNAME_MAX];
	size_t n;
};

static bool has_name(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++) {
		if (!strcmp(names->v[i], name))
			return true;
	}
	return false;
}

/* Modules that libkmod finds, best first, each once. */
static void look_up(struct kmod_ctx *kmod, const char *device, struct names *out)
{
	struct kmod_list *list = NULL;
	struct kmod_list *item;

	out->n = 0;
	if (kmod_module_new_from_lookup(kmod, device, &list) < 0)
		folder_die(device, "libkmod refuses it");
	kmod_list_foreach(item, list)
	{
		struct kmod_module *module = kmod_module_get_module(item);
		const char *name = kmod_module_get_name(module);

		if (!has_name(out, name) && out->n < MAX_NAMES)
			snprintf(out->v[out->n++], MF_MODNAME_MAX, "%s", name);
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
}

static bool driver_matches(const struct mf_index_driver *driver, const char *device)
{
	for (size_t i = 0; i < driver->aliases.n; i++) {
		if (mf_modalias_match(driver->aliases.v[i], device))
			return true;
	}
	return false;
}

/* Ours in our order, then what was found before. */
static void check_device(struct oracle *oracle, const char *device)
{
	static struct names before, after, expected;

	expected.n = 0;
	look_up(oracle->before, device, &before);
	look_up(oracle->after, device, &after);
	for (size_t i = 0; i < oracle->folder.n; i++) {
		const struct mf_index_driver *driver = &oracle->folder.drivers[i];

		if (driver_matches(driver, device))
			snprintf(expected.v[expected.n++], MF_MODNAME_MAX, "%s", driver->name);
	}
	oracle->n_devices++;
	oracle->n_ours += expected.n != 0;
	for (size_t i = 0; i < before.n; i++) {
		if (!has_name(&expected, before.v[i]) && expected.n < MAX_NAMES)
			memcpy(expected.v[expected.n++], before.v[i], MF_MODNAME_MAX);
	}
	if (after.n != expected.n)
		wrong(oracle, "libkmod finds more or less than before and ours", device);
	for (size_t i = 0; i < after.n && i < expected.n; i++) {
		if (strcmp(after.v[i], expected.v[i]) != 0)
			wrong(oracle, "libkmod finds other modules, or in another order", device);
	}
}

static void check_devices(struct oracle *oracle, const struct index *alias)
{
	char device[DEVICE_SIZE];

	for (size_t i = 0; i < alias->entries.n; i++) {
		device_make(&oracle->seed, alias->entries.v[i].key, device);
		check_device(oracle, device);
	}
	for (size_t i = 0; i < oracle->folder.n; i++) {
		const struct mf_strings *aliases = &oracle->folder.drivers[i].aliases;

		for (size_t k = 0; k < aliases->n; k++) {
			device_make(&oracle->seed, aliases->v[k], device);
			check_device(oracle, device);
		}
	}
}

/* --- dependencies --- */

static const char *value_of(const struct index *index, const char *key)
{
	size_t low = 0;
	size_t high = index->entries.n;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(index->entries.v[middle].key, key);

		if (!order)
			return index->entries.v[middle].value;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* What each module's own file says, as " NAME NAME ". */
static void read_depends(struct oracle *oracle, const char *folder, const struct index *dep)
{
	struct mf_arena *arena = &oracle->depends.arena;

	oracle->depends.entries.arena = arena;
	for (size_t i = 0; i < dep->entries.n; i++) {
		const char *line = dep->entries.v[i].value;
		MF_CLEANUP(mf_map_close) struct mf_map map = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf names = {0};
		char *file = mf_arena_strndup(arena, line, strcspn(line, ":"));
		struct mf_module module;
		struct mf_err err = {0};
		char path[4096];

		if (mf_path_join(path, sizeof(path), folder, file) ||
		    mf_map_file(AT_FDCWD, path, &map, &err) ||
		    mf_module_read(map.bytes, file, MF_MODULE_FACTS, arena, &module, &err))
			folder_die(file, err.text);
		for (size_t k = 0; k < module.depends.n; k++) {
			char *name = mf_arena_strdup(arena, module.depends.v[k]);

			for (char *c = name; *c; c++)
				*c = *c == '-' ? '_' : *c;
			mf_buf_printf(&names, " %s", name);
		}
		mf_buf_addc(&names, ' ');
		mf_kmodindex_add(&oracle->depends.entries, dep->entries.v[i].key,
				 mf_arena_strdup(arena, mf_buf_str(&names)), 0);
	}
}

/* Whether all that a module names itself is loaded; what no tree has does not count. */
static bool is_ready(const struct oracle *oracle, const struct names *loaded, const char *name)
{
	const char *names = value_of(&oracle->depends, name);
	MF_CLEANUP(mf_free_ptr) char *copy = strdup(names ? names : "");
	char *rest = copy;
	char *word;

	while ((word = strsep(&rest, " "))) {
		if (*word && value_of(&oracle->depends, word) && !has_name(loaded, word))
			return false;
	}
	return true;
}

static void check_load_order(struct oracle *oracle, const char *name)
{
	static struct names loaded;
	struct kmod_module *module = NULL;
	struct kmod_list *list;
	struct kmod_list *item;
	const struct mf_index_driver *driver = find_driver(oracle, name);

	loaded.n = 0;
	oracle->n_modules++;
	if (kmod_module_new_from_name(oracle->after, name, &module) < 0)
		folder_die(name, "libkmod does not know it");
	list = kmod_module_get_dependencies(module);
	if (driver && !mf_has_suffix(kmod_module_get_path(module), driver->path))
		wrong(oracle, "libkmod would load another file", name);
	kmod_list_foreach(item, list)
	{
		struct kmod_module *need = kmod_module_get_module(item);

		driver = find_driver(oracle, kmod_module_get_name(need));
		if (driver && !mf_has_suffix(kmod_module_get_path(need), driver->path))
			wrong(oracle, "libkmod would load another file for a dependency", name);
		if (!is_ready(oracle, &loaded, kmod_module_get_name(need)))
			wrong(oracle, "its dependencies are out of order", name);
		if (loaded.n < MAX_NAMES)
			snprintf(loaded.v[loaded.n++], MF_MODNAME_MAX, "%s",
				 kmod_module_get_name(need));
		kmod_module_unref(need);
	}
	if (!is_ready(oracle, &loaded, name))
		wrong(oracle, "a dependency is missing", name);
	kmod_module_unref_list(list);
	kmod_module_unref(module);
}

/* --- depmod --- */

static void run_depmod(const char *base, const char *release)
{
	char *argv[] = {strdup("/usr/sbin/depmod"), strdup("-b"), strdup(base), strdup(release),
			NULL};
	int status;
	pid_t pid;

	if (posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) ||
	    waitpid(pid, &status, 0) != pid || status)
		folder_die("depmod", "failed");
	for (size_t i = 0; argv[i]; i++)
		free(argv[i]);
}

/*
 * Keys and values in their order. Only ours may have more, and of replaced modules only: those the
 * stock one has and the shipped one does not. Priorities are other numbers; their order is
 * compared.
 */
static void compare_keys(struct oracle *oracle, const struct index *ours,
			 const struct index *depmods, size_t *kept)
{
	size_t k = 0;

	for (size_t i = 0; i < ours->entries.n; i++) {
		const struct mf_kmodindex_entry *a = &ours->entries.v[i];
		const struct mf_kmodindex_entry *b = &depmods->entries.v[k];

		if (k < depmods->entries.n && !strcmp(a->key, b->key) &&
		    !strcmp(a->value, b->value)) {
			k++;
		} else if (find_driver(oracle, a->value)) {
			++*kept;
		} else {
			wrong(oracle, "depmod has it not, or elsewhere", a->key);
		}
	}
	if (k < depmods->entries.n)
		wrong(oracle, "only depmod has it", depmods->entries.v[k].key);
}

/* Shipped drivers stand before all others of their key. */
static void check_ours_first(struct oracle *oracle, const struct index *depmods)
{
	for (size_t i = 1; i < depmods->entries.n; i++) {
		const struct mf_kmodindex_entry *a = &depmods->entries.v[i - 1];
		const struct mf_kmodindex_entry *b = &depmods->entries.v[i];

		if (!strcmp(a->key, b->key) && find_driver(oracle, b->value) &&
		    !find_driver(oracle, a->value))
			wrong(oracle, "depmod does not put the shipped driver first", b->key);
	}
}

static int compare_words(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static size_t split_words(char *text, char **words)
{
	size_t n = 0;
	char *word;

	while ((word = strsep(&text, " \n")) && n < MAX_NAMES) {
		if (*word)
			words[n++] = word;
	}
	qsort(words, n, sizeof(*words), compare_words);
	return n;
}

/* The same modules; ours may keep what the stock module that was replaced needed. */
static void compare_line(struct oracle *oracle, const char *name, const char *ours,
			 const char *depmods)
{
	MF_CLEANUP(mf_free_ptr) char *a = strdup(ours);
	MF_CLEANUP(mf_free_ptr) char *b = strdup(depmods);
	char *a_words[MAX_NAMES];
	char *b_words[MAX_NAMES];
	size_t n_a = split_words(a, a_words);
	size_t n_b = split_words(b, b_words);
	size_t k = 0;

	if (!strcmp(ours, depmods))
		return;
	for (size_t i = 0; i < n_a; i++) {
		if (k < n_b && !strcmp(a_words[i], b_words[k]))
			k++;
		else if (strstr(ours, "updates/modferry/") && !find_driver(oracle, name))
			oracle->kept_needs++;
		else
			wrong(oracle, "needs other modules than depmod says", name);
	}
	if (k < n_b)
		wrong(oracle, "depmod says it needs more", name);
	else if (strstr(ours, "updates/modferry/"))
		oracle->other_order++;
	else
		oracle->depmod_order++; /* it sorts by what all modules of the tree need */
}

/* A line without a shipped module is the stock one's, byte by byte. */
static void check_unchanged(struct oracle *oracle, const struct index *ours,
			    const struct index *stock)
{
	for (size_t i = 0; i < stock->entries.n; i++) {
		const char *name = stock->entries.v[i].key;
		const char *line = value_of(ours, name);

		if (!line)
			wrong(oracle, "its line is gone", name);
		else if (!strstr(line, "updates/modferry/") &&
			 strcmp(line, stock->entries.v[i].value) != 0)
			wrong(oracle, "its line is changed for nothing", name);
	}
}

static void compare_dep(struct oracle *oracle, const struct index *ours,
			const struct index *depmods)
{
	if (ours->entries.n != depmods->entries.n)
		wrong(oracle, "depmod has another number of modules", "modules.dep.bin");
	for (size_t i = 0; i < ours->entries.n && i < depmods->entries.n; i++) {
		const struct mf_kmodindex_entry *a = &ours->entries.v[i];

		if (strcmp(a->key, depmods->entries.v[i].key) != 0)
			wrong(oracle, "depmod has another module there", a->key);
		else
			compare_line(oracle, a->key, a->value, depmods->entries.v[i].value);
	}
}

/* Lines as words in one order: text files differ in the order of modules. */
static void compare_text(struct oracle *oracle, const char *folder, const char *name,
			 const struct mf_buf *ours)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf theirs = {0};
	struct mf_err err = {0};
	char path[4096];
	char *rest;
	char *line;

	if (mf_path_join(path, sizeof(path), folder, name) ||
	    mf_read_file(path, 1 << 20, &theirs, &err))
		folder_die(name, err.text);
	rest = (char *)theirs.data;
	while (rest && (line = strsep(&rest, "\n"))) {
		MF_CLEANUP(mf_buf_free) struct mf_buf whole = {0};
		char module[MF_MODNAME_MAX] = "";

		mf_buf_printf(&whole, "%s\n", line);
		if (!*line || strstr(mf_buf_str(ours), mf_buf_str(&whole)))
			continue;
		if (sscanf(line, "softdep %55s", module) == 1 && find_driver(oracle, module))
			oracle->joined_softdeps++;
		else
			wrong(oracle, "only depmod has this line", line);
	}
}

static void compare_with_depmod(struct oracle *oracle, const char *folder)
{
	const struct mf_indexes_merged *merged = &oracle->folder.merged;
	struct index ours[3] = {0};
	struct index depmods[3] = {0};
	struct index stock = {0};

	load_index(mf_buf_bytes(&merged->alias), "modules.alias.bin", &ours[0]);
	load_index(mf_buf_bytes(&merged->symbols), "modules.symbols.bin", &ours[1]);
	load_index(mf_buf_bytes(&merged->dep), "modules.dep.bin", &ours[2]);
	load_file(folder, "modules.alias.bin", &depmods[0]);
	load_file(folder, "modules.symbols.bin", &depmods[1]);
	load_file(folder, "modules.dep.bin", &depmods[2]);
	compare_keys(oracle, &ours[0], &depmods[0], &oracle->kept_aliases);
	compare_keys(oracle, &ours[1], &depmods[1], &oracle->kept_symbols);
	compare_dep(oracle, &ours[2], &depmods[2]);
	load_index(oracle->folder.indexes.dep, "modules.dep.bin", &stock);
	check_unchanged(oracle, &ours[2], &stock);
	mf_arena_free(&stock.arena);
	check_ours_first(oracle, &depmods[0]);
	check_ours_first(oracle, &depmods[1]);
	compare_text(oracle, folder, "modules.devname", &merged->devname);
	compare_text(oracle, folder, "modules.softdep", &merged->softdep);
	for (size_t i = 0; i < 3; i++) {
		mf_arena_free(&ours[i].arena);
		mf_arena_free(&depmods[i].arena);
	}
}

/* --- the trees --- */

static void compare_bytes(struct oracle *oracle, const char *name, const struct mf_buf *a,
			  const struct mf_buf *b)
{
	if (a->len != b->len || (a->len && memcmp(a->data, b->data, a->len) != 0))
		wrong(oracle, "merged once more, it has other bytes", name);
}

static void check_merged_twice(struct oracle *oracle, const char *merged)
{
	const struct mf_indexes_merged *a = &oracle->folder.merged;
	struct index_folder again = {.n = oracle->folder.n};
	const struct mf_indexes_merged *b = &again.merged;

	folder_read(&again, merged);
	memcpy(again.drivers, oracle->folder.drivers, sizeof(again.drivers));
	folder_merge(&again);
	compare_bytes(oracle, "modules.dep.bin", &a->dep, &b->dep);
	compare_bytes(oracle, "modules.alias.bin", &a->alias, &b->alias);
	compare_bytes(oracle, "modules.symbols.bin", &a->symbols, &b->symbols);
	compare_bytes(oracle, "modules.order", &a->order, &b->order);
	compare_bytes(oracle, "modules.softdep", &a->softdep, &b->softdep);
	compare_bytes(oracle, "modules.devname", &a->devname, &b->devname);
	compare_bytes(oracle, "modules.dep", &a->dep_text, &b->dep_text);
	compare_bytes(oracle, "modules.alias", &a->alias_text, &b->alias_text);
	compare_bytes(oracle, "modules.symbols", &a->symbols_text, &b->symbols_text);
	folder_free(&again);
}

static struct kmod_ctx *open_kmod(const char *folder)
{
	const char *no_config = NULL;
	struct kmod_ctx *kmod = kmod_new(folder, &no_config);

	if (!kmod || kmod_load_resources(kmod) < 0)
		folder_die(folder, "libkmod cannot load its indexes");
	kmod_set_log_priority(kmod, 0);
	return kmod;
}

static void check_libkmod(struct oracle *oracle, const char *folder, const char *merged)
{
	struct index alias = {0};
	struct index dep = {0};

	oracle->before = open_kmod(folder);
	oracle->after = open_kmod(merged);
	load_file(folder, "modules.alias.bin", &alias);
	load_file(merged, "modules.dep.bin", &dep);
	read_depends(oracle, merged, &dep);
	check_devices(oracle, &alias);
	for (size_t i = 0; i < dep.entries.n; i++)
		check_load_order(oracle, dep.entries.v[i].key);
	mf_arena_free(&alias.arena);
	mf_arena_free(&dep.arena);
	kmod_unref(oracle->before);
	kmod_unref(oracle->after);
}

int main(int argc, char **argv)
{
	static struct oracle oracle = {.seed = 42};
	const char *release;
	char merged[4096];
	char base[4096];
	char theirs[4096];

	if (argc < 4)
		folder_die("usage", "indexes_oracle MODULE-FOLDER WORK-FOLDER MODULE...");
	release = mf_path_base(argv[1]);
	snprintf(merged, sizeof(merged), "%s/ours/lib/modules/%s", argv[2], release);
	snprintf(base, sizeof(base), "%s/depmod", argv[2]);
	snprintf(theirs, sizeof(theirs), "%s/depmod/lib/modules/%s", argv[2], release);
	check_written_back(&oracle, argv[1]);
	folder_read(&oracle.folder, argv[1]);
	folder_add_drivers(&oracle.folder, argv + 3, (size_t)argc - 3);
	folder_merge(&oracle.folder);
	folder_write(&oracle.folder, merged);
	check_merged_twice(&oracle, merged);
	check_libkmod(&oracle, argv[1], merged);
	folder_write(&oracle.folder, theirs);
	run_depmod(base, release);
	compare_with_depmod(&oracle, theirs);
	printf("indexes oracle: %zu drivers; %zu devices, %zu of them ours; %zu modules in order to load; %zu wrong\n",
	       oracle.folder.n, oracle.n_devices, oracle.n_ours, oracle.n_modules, oracle.n_wrong);
	printf("indexes oracle: beyond depmod's, of replaced modules: %zu aliases, %zu symbols, %zu needs; lines in another order of loading: %zu, of stock modules alone (depmod's differ from the stock ones): %zu; softdep lines joined: %zu\n",
	       oracle.kept_aliases, oracle.kept_symbols, oracle.kept_needs, oracle.other_order,
	       oracle.depmod_order, oracle.joined_softdeps);
	mf_arena_free(&oracle.depends.arena);
	folder_free(&oracle.folder);
	return oracle.n_wrong || oracle.n_modules < 1000 || !oracle.n_ours;
}
