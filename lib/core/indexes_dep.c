// SPDX-License-Identifier: GPL-2.0-or-later
// Merged modules.dep: shipped paths in the place of stock ones, and what they need besides.
//
// A line lists all that a module needs, directly or not, what needs before what is needed: kmod
// loads from the last to the first. Only lines that name a driver of the merge are made anew.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/indexes_parts.h"

/* depmod's own limit (kmod tools/depmod.c depmod_modules_build_array). */
#define MAX_MODULES ((size_t)65535)

/* Steps along dependencies; a kernel where one line in four is made anew takes a million. */
#define MAX_STEPS ((size_t)1 << 24)

struct module {
	const char *name;
	struct mf_bytes path;
	const char *line;		      /* as it stands; NULL for a shipped one */
	const struct mf_index_driver *driver; /* NULL: stock */
	uint32_t priority;
	bool is_gone;	       /* removed, and nothing comes back */
	bool is_changed;       /* its line is made anew */
	bool has_needs;	       /* they were looked for: of changed ones and what these need */
	struct module **needs; /* of a changed one: everything, in the end sorted */
	size_t n_needs;
	const struct module *seen_by; /* the last one whose needs were gathered */
};

struct table {
	struct mf_index_merge *merge;
	struct mf_arena arena;
	struct module *v; /* by name */
	size_t n;
	struct module **queue; /* room for all of them */
	size_t n_queue;
	size_t n_steps;
};

static void free_table(struct table *table)
{
	mf_arena_free(&table->arena);
}

/* --- modules --- */

static void set_line(struct module *module, const char *line)
{
	const char *end = line;

	while (*end && *end != ':')
		end++;
	module->line = line;
	module->path = (struct mf_bytes){(const uint8_t *)line, (size_t)(end - line)};
}

static int compare_modules(const void *left, const void *right)
{
	const struct module *a = left;
	const struct module *b = right;
	int order = strcmp(a->name, b->name);

	if (!order)
		order = (a->driver == NULL) - (b->driver == NULL);
	if (!order)
		order = (a->priority > b->priority) - (a->priority < b->priority);
	return order || !a->line ? order : strcmp(a->line, b->line);
}

static struct module driver_module(const struct mf_index_merge *merge,
				   const struct mf_index_driver *driver)
{
	struct module module = {.name = driver->name, .driver = driver};

	module.priority = (uint32_t)(driver - merge->drivers);
	if (!driver->is_removed) {
		module.path = (struct mf_bytes){(const uint8_t *)driver->path,
						strlen(driver->path)};
	} else if (driver->stock) {
		module.priority = merge->n_front;
		set_line(&module, driver->stock);
	} else {
		module.is_gone = true;
	}
	return module;
}

/* A driver takes the place of the line of its name. */
static int replace_line(struct table *table, struct module *module, const struct module *old)
{
	struct mf_indexes_merged *out = table->merge->out;
	const struct mf_index_driver *driver = module->driver;
	const char *copy;

	if (driver->is_removed) {
		module->priority = old->priority;
		return 0;
	}
	if (old->path.n == module->path.n && !memcmp(old->path.p, module->path.p, old->path.n))
		return 0; /* it is its own */
	copy = mf_arena_strdup(&out->arena, old->line);
	out->stock[driver - table->merge->drivers] = copy;
	return copy ? 0 : -ENOMEM;
}

/* Modules of drivers and old lines by name, each once: a driver before a line. */
static int fill_table(struct table *table, const struct mf_kmodindex_entries *old)
{
	const struct mf_index_merge *merge = table->merge;
	struct module *v = mf_arena_alloc(&table->arena, (merge->n + old->n) * sizeof(*v));
	size_t n = 0;
	int status = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < merge->n_names; i++)
		v[n++] = driver_module(merge, merge->by_name[i]);
	for (size_t i = 0; i < old->n; i++) {
		v[n] = (struct module){.name = old->v[i].key, .priority = old->v[i].priority};
		set_line(&v[n++], old->v[i].value);
	}
	if (n)
		qsort(v, n, sizeof(*v), compare_modules);
	for (size_t i = 0; !status && i < n; i++) {
		struct module *last = table->n ? &v[table->n - 1] : NULL;

		if (!last || strcmp(last->name, v[i].name) != 0)
			v[table->n++] = v[i];
		else if (v[i - 1].driver) /* v[i] is the best line of its name */
			status = replace_line(table, last, &v[i]);
	}
	table->v = v;
	table->queue = mf_arena_alloc(&table->arena, table->n * sizeof(*table->queue));
	return table->queue ? status : -ENOMEM;
}

static int compare_name(const void *name, const void *module)
{
	return mf_modname_compare(name, ((const struct module *)module)->name);
}

static struct module *find_module(const struct table *table, const char *name)
{
	return bsearch(name, table->v, table->n, sizeof(*table->v), compare_name);
}

/* The module's name in a path; false when there is none. */
static bool name_path(struct mf_bytes path, char out[MF_MODNAME_MAX])
{
	const char *start = (const char *)path.p;
	const char *slash = memrchr(start, '/', path.n);
	char file[MF_MODNAME_MAX + sizeof(".ko.zst")];
	size_t n = path.n;

	if (slash) {
		n -= (size_t)(slash + 1 - start);
		start = slash + 1;
	}
	if (n >= sizeof(file))
		return false;
	memcpy(file, start, n);
	file[n] = '\0';
	return !mf_modname_from_path(file, out);
}

/* --- what they need --- */

static void add_need(struct module *module, struct module *need)
{
	if (need && need != module && !need->is_gone)
		module->needs[module->n_needs++] = need;
}

/* What a line needs, one path a call, from *at on; false at the end. */
static bool next_path(const char **at, struct mf_bytes *out)
{
	const char *start = *at;
	const char *end;

	while (*start == ' ')
		start++;
	for (end = start; *end && *end != ' ';)
		end++;
	*out = (struct mf_bytes){(const uint8_t *)start, (size_t)(end - start)};
	*at = end;
	return end != start;
}

static const char *list_of(const struct module *module)
{
	return module->line ? module->line + module->path.n + (module->line[module->path.n] == ':')
			    : "";
}

/* From the names a driver gives, or from the line. */
static int find_needs(struct table *table, struct module *module)
{
	const char *at = list_of(module);
	size_t n = module->line ? 0 : module->driver->depends.n;
	char name[MF_MODNAME_MAX];
	struct mf_bytes path;

	while (next_path(&at, &path))
		n++;
	module->has_needs = true;
	module->needs = mf_arena_alloc(&table->arena, n * sizeof(struct module *));
	if (!module->needs)
		return -ENOMEM;
	for (size_t i = 0; !module->line && i < n; i++)
		add_need(module, find_module(table, module->driver->depends.v[i]));
	for (at = list_of(module); next_path(&at, &path);) {
		if (name_path(path, name))
			add_need(module, find_module(table, name));
	}
	return 0;
}

/* Whether a line names a driver besides its own: it is no longer right. */
static bool is_stale(const struct table *table, const struct module *module)
{
	const char *at = list_of(module);
	const struct mf_index_driver *driver;
	char name[MF_MODNAME_MAX];
	struct mf_bytes path;

	while (next_path(&at, &path)) {
		if (!name_path(path, name))
			continue;
		driver = mf_index_driver_find(table->merge, name, strlen(name));
		if (driver && driver != module->driver)
			return true;
	}
	return false;
}

static int queue_needs(struct table *table, struct module *of, const struct module *user)
{
	int status = of->has_needs ? 0 : find_needs(table, of);

	if (status)
		return status;
	table->n_steps += of->n_needs + 1;
	if (table->n_steps > MAX_STEPS)
		return -E2BIG;
	for (size_t i = 0; i < of->n_needs; i++) {
		if (of->needs[i]->seen_by == user)
			continue;
		of->needs[i]->seen_by = user;
		table->queue[table->n_queue++] = of->needs[i];
	}
	return 0;
}

/* Everything that a module needs, whatever way leads there; circles end here. */
static int gather_needs(struct table *table, struct module *module)
{
	int status;

	module->seen_by = module;
	table->n_queue = 0;
	status = queue_needs(table, module, module);
	for (size_t i = 0; !status && i < table->n_queue; i++)
		status = queue_needs(table, table->queue[i], module);
	if (status)
		return status;
	module->n_needs = table->n_queue;
	module->needs = mf_arena_alloc(&table->arena, module->n_needs * sizeof(struct module *));
	if (!module->needs)
		return -ENOMEM;
	if (module->n_needs)
		memcpy(module->needs, table->queue, module->n_needs * sizeof(struct module *));
	return 0;
}

static int find_all_needs(struct table *table)
{
	int status = 0;

	for (size_t i = 0; !status && i < table->n; i++) {
		struct module *module = &table->v[i];

		if (module->is_gone)
			continue;
		module->is_changed = !module->line || is_stale(table, module);
		if (module->is_changed)
			status = gather_needs(table, module);
	}
	return status;
}

/* --- lines --- */

/* What needs a module needs more than that one does, so this is an order of loading. */
static int compare_needs(const void *left, const void *right)
{
	const struct module *a = *(struct module *const *)left;
	const struct module *b = *(struct module *const *)right;
	size_t n = a->path.n < b->path.n ? a->path.n : b->path.n;
	int order = (a->n_needs < b->n_needs) - (a->n_needs > b->n_needs);

	if (!order)
		order = memcmp(a->path.p, b->path.p, n);
	return order ? order : (a->path.n > b->path.n) - (a->path.n < b->path.n);
}

static int make_line(struct table *table, struct module *module)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf line = {0};

	if (module->n_needs)
		qsort(module->needs, module->n_needs, sizeof(struct module *), compare_needs);
	mf_buf_add(&line, module->path.p, module->path.n);
	mf_buf_addc(&line, ':');
	for (size_t i = 0; i < module->n_needs; i++) {
		mf_buf_addc(&line, ' ');
		mf_buf_add(&line, module->needs[i]->path.p, module->needs[i]->path.n);
	}
	module->line = mf_arena_strndup(&table->arena, mf_buf_str(&line), line.len);
	return module->line && !line.failed ? 0 : -ENOMEM;
}

static int make_entries(struct table *table, struct mf_kmodindex_entries *entries)
{
	int status = 0;

	for (size_t i = 0; !status && i < table->n; i++) {
		struct module *module = &table->v[i];

		if (module->is_gone)
			continue;
		if (module->is_changed)
			status = make_line(table, module);
		if (!status)
			status = mf_kmodindex_add(entries, module->name, module->line,
						  module->priority);
	}
	return status;
}

static int compare_priorities(const void *left, const void *right)
{
	const struct mf_kmodindex_entry *a = left;
	const struct mf_kmodindex_entry *b = right;

	if (a->priority != b->priority)
		return a->priority < b->priority ? -1 : 1;
	return strcmp(a->key, b->key);
}

/* Lines of modules.dep stand in the order of priorities. */
static int write_text(struct mf_kmodindex_entries *entries, struct mf_buf *out)
{
	if (entries->n)
		qsort(entries->v, entries->n, sizeof(*entries->v), compare_priorities);
	for (size_t i = 0; i < entries->n; i++) {
		mf_buf_adds(out, entries->v[i].value);
		mf_buf_addc(out, '\n');
	}
	return mf_buf_status(out);
}

int mf_index_merge_dep(struct mf_index_merge *merge)
{
	const struct mf_index_old source = {"modules.dep", merge->stock->dep,
					    merge->stock->dep_text, true};
	MF_CLEANUP(free_table) struct table table = {.merge = merge};
	struct mf_kmodindex_entries old = {.arena = &table.arena};
	struct mf_kmodindex_entries entries = {.arena = &table.arena};
	int status = mf_index_read(merge, &source, &old);

	if (!status && old.n + merge->n > MAX_MODULES)
		status = -E2BIG;
	if (!status)
		status = fill_table(&table, &old);
	if (!status)
		status = find_all_needs(&table);
	if (!status)
		status = make_entries(&table, &entries);
	if (!status)
		status = mf_index_finish(merge, &entries, &merge->out->dep);
	if (!status && merge->stock->dep_text.n)
		status = write_text(&entries, &merge->out->dep_text);
	return status;
}
