// SPDX-License-Identifier: GPL-2.0-or-later
// SUSE's driver updates for tests, made in memory on top of dudmake.h.
#pragma once

#include "tests/unit/dudmake.h"

/* Text file of the disk. */
static inline struct mf_disk_file *put_text(struct maker *maker, const char *path, const char *text)
{
	struct mf_disk_file *file = put(maker, &maker->disk, 'f', path);

	file->text = (struct mf_bytes){(const uint8_t *)text, strlen(text)};
	file->size = strlen(text);
	return file;
}

static inline void put_link(struct maker *maker, const char *path, const char *target)
{
	put(maker, &maker->disk, 'l', path)->link = target;
}

/* A module for a kernel, which depends on "a,b"; both may be NULL. */
static inline void put_ko(struct maker *maker, const char *path, const char *kernel,
			  const char *depends)
{
	struct mf_arena *arena = &maker->disk.arena;
	struct mf_driver *driver = mf_arena_alloc(arena, sizeof(*driver));
	struct mf_strings *list = &driver->module.depends;
	char *copy = depends ? mf_arena_strdup(arena, depends) : NULL;

	for (char *one = copy ? strtok_r(copy, ",", &copy) : NULL; one;
	     one = strtok_r(NULL, ",", &copy)) {
		assert_int_equal(mf_arena_grow(arena, &list->v, list->n, sizeof(*list->v)), 0);
		list->v[list->n++] = one;
	}
	if (kernel)
		driver->module.vermagic = mf_arena_printf(arena, "%s SMP mod_unload ", kernel);
	put(maker, &maker->disk, 'f', path)->driver = driver;
}

/* "a.ko b.ko.xz:libb": modules below a folder, each with what it depends on. */
static inline void put_kos(struct maker *maker, const char *folder, const char *kernel,
			   const char *list)
{
	struct mf_arena *arena = &maker->disk.arena;
	char *copy = mf_arena_strdup(arena, list);

	for (char *one = strtok_r(copy, " ", &copy); one; one = strtok_r(NULL, " ", &copy)) {
		char *colon = strchr(one, ':');

		if (colon)
			*colon++ = '\0';
		put_ko(maker, mf_arena_printf(arena, "%s/%s", folder, one), kernel, colon);
	}
}

/* "a b": sorted names. */
static inline struct mf_strings words_of(struct maker *maker, const char *text)
{
	struct mf_arena *arena = &maker->disk.arena;
	struct mf_strings out = {0};
	char *copy = mf_arena_strdup(arena, text);

	for (char *one = strtok_r(copy, " ", &copy); one; one = strtok_r(NULL, " ", &copy)) {
		assert_int_equal(mf_arena_grow(arena, &out.v, out.n, sizeof(*out.v)), 0);
		out.v[out.n++] = one;
	}
	return out;
}

static inline bool has_text(const struct mf_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->n; i++) {
		if (strstr(strings->v[i], text))
			return true;
	}
	return false;
}

/* Fails with what was found. */
static inline void expect_note(const struct mf_strings *notes, const char *text, bool is_there)
{
	if (has_text(notes, text) == is_there)
		return;
	for (size_t i = 0; i < notes->n; i++)
		print_message("note: %s\n", notes->v[i]);
	fail_msg("\"%s\" is %s the notes", text, is_there ? "not among" : "among");
}
