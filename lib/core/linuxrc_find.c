// SPDX-License-Identifier: GPL-2.0-or-later
// Which driver updates of a disk linuxrc takes, and into which slots: util_chk_driver_update() and
// add_driver_update() of util.c.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/disk_path.h"
#include "lib/core/linuxrc_parts.h"
#include "lib/core/suse_disk.h"

/* MAX_UPDATES of global.h, and the highest slot that UpdatePriority can ask for. */
#define SLOTS	     1000
#define MAX_PRIORITY (SLOTS - 100)

/* What has been registered. */
struct slots {
	bool is_taken[SLOTS];
	unsigned int count;
};

/* A folder in the root that is called like a number. */
struct numbered {
	int number;
	const char *path; /* of the driver update below it */
};

const struct mf_disk_file *mf_lr_text(struct mf_lr_run *run, const char *folder, const char *name,
				      int *ret_error)
{
	const char *path = mf_arena_printf(&run->out->arena, "%s/%s", folder, name);
	const struct mf_disk_file *file = path ? mf_disk_resolve(run->disk, path) : NULL;

	*ret_error = path ? 0 : -ENOMEM;
	if (!file || file->kind != 'f')
		return NULL;
	if (!file->text.p && file->size)
		*ret_error = mf_lr_note(run,
					mf_arena_printf(&run->out->arena,
							"%s is too large to be judged here", path));
	return file;
}

/* parse_value(): a number by strtol() with base 0, or a word (sym_constants of file.c). */
static bool number_of(const char *value, int *out)
{
	static const struct {
		const char *word;
		int number;
	} words[] = {
		{"n", 0},	{"no", 0},     {"y", 1},     {"yes", 1},   {"j", 1},
		{"default", 1}, {"ask", 2},    {"Undef", 0}, {"Mono", 1},  {"Color", 2},
		{"Alt", 3},	{"Reboot", 1}, {"Halt", 2},  {"kexec", 3},
	};
	char *end;

	*out = (int)strtol(value, &end, 0);
	if (*value && !*end)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		*out = words[i].number;
		if (strcasecmp(words[i].word, value) == 0)
			return true;
	}
	return false;
}

/* Commands in their order, joined by "; ". */
static int add_command(struct mf_lr_run *run, struct mf_linuxrc_update *update, const char *command)
{
	update->condition = update->condition ? mf_arena_printf(&run->out->arena, "%s; %s",
								update->condition, command)
					      : command;
	return update->condition ? 0 : -ENOMEM;
}

static int read_config(struct mf_lr_run *run, struct mf_linuxrc_update *update, int *ret_priority)
{
	int r;
	const struct mf_disk_file *file = mf_lr_text(run, update->path, "dud.config", &r);

	if (r || !file)
		return r;
	r = mf_linuxrc_read(file->text, &run->out->arena, &update->lines, &update->n_lines);
	for (size_t i = 0; !r && i < update->n_lines; i++) {
		const struct mf_linuxrc_line *line = &update->lines[i];
		int number;

		if (!*line->value)
			continue;
		if (mf_linuxrc_is_key(line, "UpdateID"))
			update->id = line->value;
		else if (mf_linuxrc_is_key(line, "UpdateName"))
			update->name = update->name ? update->name : line->value;
		else if (mf_linuxrc_is_key(line, "Exec"))
			r = add_command(run, update, line->value);
		else if (mf_linuxrc_is_key(line, "UpdatePriority") &&
			 number_of(line->value, &number))
			*ret_priority = number < 0 || number > MAX_PRIORITY ? MAX_PRIORITY : number;
	}
	return r;
}

static const struct mf_linuxrc_update *find_id(const struct mf_lr_run *run, const char *id)
{
	for (size_t i = 0; id && i < run->out->n_updates; i++) {
		const struct mf_linuxrc_update *update = &run->out->updates[i];

		if (!update->why && update->id && strcmp(update->id, id) == 0)
			return update;
	}
	return NULL;
}

/* Gives it a slot, or says why it gets none. */
static int register_update(struct mf_lr_run *run, struct slots *slots, int priority,
			   struct mf_linuxrc_update *update)
{
	unsigned int slot = priority < 0 ? slots->count : (unsigned int)priority;
	const struct mf_linuxrc_update *same = find_id(run, update->id);

	while (slot < SLOTS && slots->is_taken[slot])
		slot++;
	if (slot >= SLOTS || same) {
		update->why = same ? mf_arena_printf(
					     &run->out->arena,
					     "has the UpdateID of %s, and linuxrc takes an id once",
					     same->path)
				   : "comes when all slots of linuxrc are taken";
		return update->why ? 0 : -ENOMEM;
	}
	slots->is_taken[slot] = true;
	slots->count++;
	update->slot = slot;
	return 0;
}

static bool has_archive(const struct mf_lr_run *run, const char *path, const char *name)
{
	char full[4096];
	const struct mf_disk_file *file;

	if (mf_path_join(full, sizeof(full), path, name))
		return false;
	file = mf_disk_resolve(run->disk, full);
	return file && file->kind == 'f';
}

static int add_update(struct mf_lr_run *run, const struct mf_linuxrc_update *update)
{
	struct mf_linuxrc_result *out = run->out;

	if (mf_arena_grow(&out->arena, &out->updates, out->n_updates, sizeof(*update)))
		return -ENOMEM;
	out->updates[out->n_updates++] = *update;
	return 0;
}

static int take_update(struct mf_lr_run *run, struct slots *slots, const char *path)
{
	struct mf_linuxrc_update update = {.path = path};
	int priority = -1;
	int r;

	run->out->is_update = true;
	if (run->out->n_updates >= MF_LR_MAX_UPDATES)
		return run->out->n_updates > MF_LR_MAX_UPDATES
			       ? 0
			       : mf_lr_note(run, "has more driver updates than are judged here");
	r = read_config(run, &update, &priority);
	if (!r)
		r = register_update(run, slots, priority, &update);
	if (!r)
		r = mf_suse_disk_packages(run->disk, path, &run->out->arena, &update.packages,
					  &update.n_packages);
	update.has_archive = has_archive(run, path, "install/update.tar.gz") ||
			     has_archive(run, path, "install/update.tgz");
	return r ? r : add_update(run, &update);
}

static int compare_numbered(const void *a, const void *b)
{
	const struct numbered *left = a;
	const struct numbered *right = b;
	int order = (left->number > right->number) - (left->number < right->number);

	return order ? order : strcmp(left->path, right->path);
}

static bool is_folder(const struct mf_disk *disk, const char *path)
{
	const struct mf_disk_file *file = mf_disk_resolve(disk, path);

	return file && file->kind == 'd';
}

/* Folders called like a number that strtol() takes whole: "01", "+1", "-1" too. */
static int find_numbered(struct mf_lr_run *run, struct numbered **ret, size_t *ret_n)
{
	const struct mf_disk *disk = run->disk;
	struct mf_arena *arena = &run->out->arena;

	for (size_t i = 0; i < disk->n_files; i++) {
		const struct mf_disk_file *file = &disk->files[i];
		char *end;
		struct numbered found = {.number = (int)strtol(file->path, &end, 10)};

		if (*end || end == file->path)
			continue;
		found.path = mf_arena_printf(arena, "%s/%s", file->path, run->linuxrc->folder);
		if (!found.path)
			return -ENOMEM;
		if (!is_folder(disk, found.path))
			continue;
		if (mf_arena_grow(arena, ret, *ret_n, sizeof(found)))
			return -ENOMEM;
		(*ret)[(*ret_n)++] = found;
	}
	if (*ret_n)
		qsort(*ret, *ret_n, sizeof(**ret), compare_numbered);
	return 0;
}

static int take_numbered(struct mf_lr_run *run, struct slots *slots)
{
	struct numbered *v = NULL;
	size_t n = 0;
	int r = find_numbered(run, &v, &n);

	for (size_t i = 0; !r && i < n; i++) {
		r = take_update(run, slots, v[i].path);
		if (!r && i && v[i].number == v[i - 1].number)
			r = mf_lr_note(
				run,
				mf_arena_printf(
					&run->out->arena,
					"%s and %s have the same number: which one linuxrc takes first is chance",
					v[i - 1].path, v[i].path));
	}
	return r;
}

/* Whether a folder is one of those taken, by whatever symlinks. */
static bool is_taken(const struct mf_lr_run *run, const struct mf_disk_file *folder)
{
	for (size_t i = 0; i < run->out->n_updates; i++) {
		if (mf_disk_resolve(run->disk, run->out->updates[i].path) == folder)
			return true;
	}
	return false;
}

/* Folders that are there for other products and machines, or in a wrong place. */
static int add_others(struct mf_lr_run *run)
{
	const char *wanted = mf_path_base(run->linuxrc->folder);
	size_t n = run->out->n_updates;
	int r = 0;

	for (size_t i = 0; !r && i < run->disk->n_files; i++) {
		const struct mf_disk_file *file = &run->disk->files[i];
		struct mf_linuxrc_update update = {.path = file->path};

		if (file->kind != 'd' || !mf_suse_disk_name(file->path) || is_taken(run, file))
			continue;
		if (run->out->n_updates - n == MF_LR_MAX_UPDATES)
			return mf_lr_note(run, "has more folders than are told of here");
		update.why = mf_suse_disk_why_other(file->path, wanted, &run->out->arena);
		r = update.why ? add_update(run, &update) : -ENOMEM;
	}
	return r;
}

int mf_lr_compare_updates(const void *a, const void *b)
{
	const struct mf_linuxrc_update *left = a;
	const struct mf_linuxrc_update *right = b;

	if (!left->why != !right->why)
		return left->why ? 1 : -1;
	if (!left->why)
		return (left->slot > right->slot) - (left->slot < right->slot);
	return strcmp(left->path, right->path);
}

int mf_lr_find(struct mf_lr_run *run)
{
	struct slots slots = {0};
	int r = 0;

	if (is_folder(run->disk, run->linuxrc->folder))
		r = take_update(run, &slots, run->linuxrc->folder);
	if (!r)
		r = take_numbered(run, &slots);
	if (!r)
		r = add_others(run);
	if (!r && run->out->n_updates)
		qsort(run->out->updates, run->out->n_updates, sizeof(*run->out->updates),
		      mf_lr_compare_updates);
	return r;
}
