// SPDX-License-Identifier: GPL-2.0-or-later
// libisofs' interface of streams (struct IsoStream_Iface in its header) for entries of a tree.
#include "lib/io/iso_stream.h"

#include <stdlib.h>
#include <string.h>

#include "lib/io/source.h"

/* Content of one file: mapped when libisofs comes to it, one at a time. */
struct source {
	const struct mf_tree *tree;
	struct mf_iso_failure *failure;
	const struct mf_entry *entry;
	struct mf_map map;
	struct mf_bytes content;
	size_t at;
};

static int open_source(IsoStream *stream)
{
	struct source *source = stream->data;
	int r = mf_entry_content(source->entry, &source->map, &source->content,
				 &source->failure->err);

	source->at = 0;
	if (!r)
		return ISO_SUCCESS;
	source->failure->status = r;
	return (int)ISO_FILE_ERROR;
}

static int close_source(IsoStream *stream)
{
	struct source *source = stream->data;

	mf_map_close(&source->map);
	return ISO_SUCCESS;
}

static off_t size_of_source(IsoStream *stream)
{
	const struct source *source = stream->data;
	const struct mf_entry *entry = source->entry;

	return (off_t)(entry->kind == MF_ENTRY_FILE ? entry->source_size : entry->content.n);
}

static int read_source(IsoStream *stream, void *buf, size_t count)
{
	struct source *source = stream->data;
	size_t left = source->content.n - source->at;
	size_t n = left < count ? left : count;

	if (n)
		memcpy(buf, source->content.p + source->at, n);
	source->at += n;
	return (int)n;
}

static int is_repeatable(IsoStream *stream)
{
	(void)stream;
	return 1;
}

/* Numbered by their place in the tree: the order of their content in the image. */
static void id_of_source(IsoStream *stream, unsigned int *fs_id, dev_t *dev_id, ino_t *ino_id)
{
	const struct source *source = stream->data;

	*fs_id = 0;
	*dev_id = 0;
	*ino_id = (ino_t)(source->entry - source->tree->entries) + 1;
}

static void free_source(IsoStream *stream)
{
	struct source *source = stream->data;

	mf_map_close(&source->map);
	free(source);
}

static int keep_size(IsoStream *stream)
{
	(void)stream;
	return 1;
}

static IsoStreamIface source_class = {
	.version = 1,
	.type = {'u', 's', 'e', 'r'},
	.open = open_source,
	.close = close_source,
	.get_size = size_of_source,
	.read = read_source,
	.is_repeatable = is_repeatable,
	.get_id = id_of_source,
	.free = free_source,
	.update_size = keep_size,
};

IsoStream *mf_iso_stream(const struct mf_tree *tree, const struct mf_entry *entry,
			 struct mf_iso_failure *failure)
{
	IsoStream *stream = malloc(sizeof(*stream));
	struct source *source = calloc(1, sizeof(*source));

	if (!stream || !source) {
		free(stream);
		free(source);
		return NULL;
	}
	*source = (struct source){.tree = tree, .failure = failure, .entry = entry};
	*stream = (IsoStream){.class = &source_class, .refcount = 1, .data = source};
	return stream;
}
