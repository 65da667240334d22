// SPDX-License-Identifier: GPL-2.0-or-later
// The stock layer: the initramfs' own modules by kmod's indexes, or by their text forms without
// these.
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/modalias.h"
#include "lib/core/modname.h"

#define MAX_NAME 256

static struct mf_bytes map_index(struct mf_loader *loader, const char *name)
{
	char path[PATH_MAX];

	if (mf_sys_path(loader, path, "%s/%s", loader->stock.folder, name))
		return (struct mf_bytes){0};
	return mf_sys_map(path);
}

/* Maps NAME.bin or, where that is no index, the text NAME; returns whether it is text. */
static bool open_index(struct mf_loader *loader, const char *name, struct mf_bytes *bytes,
		       struct mf_kmodindex *index)
{
	struct mf_err err = {0};
	char binary[64];

	if (mf_path_join(binary, sizeof(binary), "", name))
		return false;
	memcpy(binary + strlen(binary), ".bin", sizeof(".bin"));
	*bytes = map_index(loader, binary + 1);
	if (bytes->n && mf_kmodindex_open(*bytes, index, &err) == 0)
		return false;
	if (bytes->n)
		mf_log_say(loader, LOG_WARNING, "%s/%s: %s", loader->stock.folder, binary + 1,
			   err.text);
	*bytes = map_index(loader, name);
	return bytes->n > 0;
}

void mf_stock_open(struct mf_loader *loader)
{
	static const char *const folders[] = {"/lib/modules", "/usr/lib/modules"};
	struct mf_stock *stock = &loader->stock;
	char path[PATH_MAX];

	for (size_t i = 0; i < 2 && !stock->folder; i++) {
		if (!mf_sys_path(loader, path, "%s/%s", folders[i], loader->kernel) &&
		    mf_sys_exists(path))
			stock->folder = mf_arena_strdup(&loader->arena,
							path + strlen(loader->root));
	}
	if (!stock->folder)
		return;
	stock->is_dep_text = open_index(loader, "modules.dep", &stock->dep, &stock->dep_index);
	stock->is_alias_text = open_index(loader, "modules.alias", &stock->alias,
					  &stock->alias_index);
	stock->is_builtin_text = open_index(loader, "modules.builtin", &stock->builtin,
					    &stock->builtin_index);
	stock->softdep = map_index(loader, "modules.softdep");
}

/* Cuts the next word off a line, copied to out; false when there is none or it is too long. */
static bool next_word(struct mf_bytes *line, char *out, size_t size)
{
	size_t n = 0;

	while (line->n && (*line->p == ' ' || *line->p == '\t'))
		*line = mf_bytes_sub(*line, 1, line->n - 1);
	while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t')
		n++;
	if (!n || n >= size)
		return false;
	memcpy(out, line->p, n);
	out[n] = '\0';
	*line = mf_bytes_sub(*line, n, line->n - n);
	return true;
}

/* Whether a line of modules.dep ("PATH: …") or modules.builtin ("PATH") is about a module. */
static bool is_line_of(struct mf_bytes line, const char *name)
{
	const uint8_t *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
	size_t n = colon ? (size_t)(colon - line.p) : line.n;
	char path[PATH_MAX];
	char found[MF_MODNAME_MAX];

	if (!n || n >= sizeof(path))
		return false;
	memcpy(path, line.p, n);
	path[n] = '\0';
	return mf_modname_from_path(path, found) == 0 && strcmp(found, name) == 0;
}

static bool find_line(struct mf_bytes text, const char *name, struct mf_bytes *line)
{
	while (mf_text_next_line(&text, line)) {
		if (is_line_of(*line, name))
			return true;
	}
	return false;
}

int mf_stock_dependencies(const struct mf_stock *stock, const char *name, struct mf_buf *out)
{
	struct mf_bytes line;
	int r;

	if (!stock->dep.n)
		return -ENOENT;
	if (stock->is_dep_text) {
		if (!find_line(stock->dep, name, &line))
			return -ENOENT;
	} else {
		r = mf_kmodindex_get(&stock->dep_index, name, &line);
		if (r)
			return r;
	}
	mf_buf_add(out, line.p, line.n);
	return mf_buf_status(out);
}

bool mf_stock_is_builtin(const struct mf_loader *loader, const char *name)
{
	const struct mf_stock *stock = &loader->stock;
	struct mf_bytes line;
	char path[PATH_MAX];

	/* a built-in shows up here only when it has parameters or a version */
	if (!mf_sys_path(loader, path, "/sys/module/%s", name) && mf_sys_exists(path) &&
	    !mf_sys_path(loader, path, "/sys/module/%s/initstate", name) && !mf_sys_exists(path))
		return true;
	if (!stock->builtin.n)
		return false;
	if (stock->is_builtin_text)
		return find_line(stock->builtin, name, &line);
	return mf_kmodindex_get(&stock->builtin_index, name, &line) == 0;
}

static int match_text(const struct mf_stock *stock, const char *modalias, mf_kmodindex_found *found,
		      void *context)
{
	struct mf_bytes text = stock->alias;
	struct mf_bytes line;
	char word[MAX_NAME];
	char pattern[MF_MODALIAS_MAX];

	while (mf_text_next_line(&text, &line)) {
		int r;

		if (!next_word(&line, word, sizeof(word)) || strcmp(word, "alias") != 0 ||
		    !next_word(&line, pattern, sizeof(pattern)) ||
		    !next_word(&line, word, sizeof(word)) || !mf_modalias_match(pattern, modalias))
			continue;
		r = found(context, pattern, (struct mf_bytes){(const uint8_t *)word, strlen(word)},
			  0);
		if (r)
			return r;
	}
	return 0;
}

int mf_stock_match(const struct mf_stock *stock, const char *modalias, mf_kmodindex_found *found,
		   void *context)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf folded = {0};

	if (!stock->alias.n)
		return 0;
	if (stock->is_alias_text)
		return match_text(stock, modalias, found, context);
	mf_modalias_fold_device(&folded, modalias);
	if (mf_buf_status(&folded))
		return -ENOMEM;
	return mf_kmodindex_match(&stock->alias_index, mf_buf_str(&folded), found, context);
}

struct mf_bytes mf_stock_softdep(const struct mf_stock *stock, const char *name)
{
	struct mf_bytes text = stock->softdep;
	struct mf_bytes line;
	char word[MAX_NAME];

	while (mf_text_next_line(&text, &line)) {
		if (next_word(&line, word, sizeof(word)) && strcmp(word, "softdep") == 0 &&
		    next_word(&line, word, sizeof(word)) && mf_modname_equal(word, name))
			return line;
	}
	return (struct mf_bytes){0};
}
