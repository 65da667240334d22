// SPDX-License-Identifier: GPL-2.0-or-later
// Memory that lives and dies together: models own one arena, nothing in them is freed by itself.
#pragma once

#include <stddef.h>

struct mf_arena_chunk;

/* Zeroed is empty. */
struct mf_arena {
	struct mf_arena_chunk *chunks;
};

/* Zeroed memory, aligned to 16 bytes, valid until mf_arena_free; NULL when out of memory. */
void *mf_arena_alloc(struct mf_arena *arena, size_t size);

/* A NUL-terminated copy of n bytes of text; NULL when out of memory. */
char *mf_arena_strndup(struct mf_arena *arena, const char *text, size_t n);
char *mf_arena_strdup(struct mf_arena *arena, const char *text);

/* Formatted text; NULL when out of memory. */
char *mf_arena_printf(struct mf_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Makes room for one more element behind the n that array holds. *array (capacity is a power of
 * two, derived from n) is copied to a larger place where needed. 0 or -ENOMEM.
 */
int mf_arena_grow(struct mf_arena *arena, void *array, size_t n, size_t element_size);

/* Moves all memory of other to arena; other is empty then. */
void mf_arena_take(struct mf_arena *arena, struct mf_arena *other);

/* Destructor. */
void mf_arena_free(struct mf_arena *arena);
