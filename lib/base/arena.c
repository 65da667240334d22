// SPDX-License-Identifier: GPL-2.0-or-later
// Memory that lives and dies together: models own one arena, nothing in them is freed by itself.
#include "lib/base/arena.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE ((size_t)16384)
#define ALIGNMENT  ((size_t)16)

struct mf_arena_chunk {
	struct mf_arena_chunk *next;
	size_t used;
	size_t size;
	_Alignas(16) char data[];
};

void *mf_arena_alloc(struct mf_arena *arena, size_t size)
{
	struct mf_arena_chunk *chunk = arena->chunks;
	size_t total;
	void *place;

	if (__builtin_add_overflow(size, ALIGNMENT - 1, &size))
		return NULL;
	size &= ~(ALIGNMENT - 1);
	if (!chunk || chunk->size - chunk->used < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		if (__builtin_add_overflow(room, sizeof(*chunk), &total))
			return NULL;
		chunk = calloc(1, total);
		if (!chunk)
			return NULL;
		chunk->size = room;
		if (room > CHUNK_SIZE && arena->chunks) {
			/* keep the half-empty chunk in front: a big one is full at once */
			chunk->next = arena->chunks->next;
			arena->chunks->next = chunk;
		} else {
			chunk->next = arena->chunks;
			arena->chunks = chunk;
		}
	}
	place = chunk->data + chunk->used;
	chunk->used += size;
	return place;
}

char *mf_arena_strndup(struct mf_arena *arena, const char *text, size_t n)
{
	char *copy;
	size_t size;

	if (__builtin_add_overflow(n, 1, &size))
		return NULL;
	copy = mf_arena_alloc(arena, size);
	if (copy && n)
		memcpy(copy, text, n);
	return copy;
}

char *mf_arena_strdup(struct mf_arena *arena, const char *text)
{
	return mf_arena_strndup(arena, text, strlen(text));
}

char *mf_arena_printf(struct mf_arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return NULL;
	text = mf_arena_alloc(arena, (size_t)n + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

int mf_arena_grow(struct mf_arena *arena, void *array, size_t n, size_t element_size)
{
	void **owner = array;
	size_t size;
	void *larger;

	if (n & (n - 1)) /* room is a power of two: only a full array needs more (0, 1, 2, 4, 8…) */
		return 0;
	if (__builtin_mul_overflow(n ? n * 2 : 1, element_size, &size))
		return -ENOMEM;
	larger = mf_arena_alloc(arena, size);
	if (!larger)
		return -ENOMEM;
	if (n)
		memcpy(larger, *owner, n * element_size);
	*owner = larger;
	return 0;
}

void mf_arena_take(struct mf_arena *arena, struct mf_arena *other)
{
	struct mf_arena_chunk **last = &other->chunks;

	while (*last)
		last = &(*last)->next;
	*last = arena->chunks;
	arena->chunks = other->chunks;
	other->chunks = NULL;
}

void mf_arena_free(struct mf_arena *arena)
{
	while (arena->chunks) {
		struct mf_arena_chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
}
