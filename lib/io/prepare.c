// SPDX-License-Identifier: GPL-2.0-or-later
// The prepare step: selected modules become their final bytes before anything is planned.
#include "lib/io/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/btf.h"
#include "lib/core/hash.h"
#include "lib/core/signature.h"
#include "lib/io/decompress.h"
#include "lib/io/file.h"
#include "lib/io/jobs.h"
#include "lib/io/scan.h"

/* The largest firmware in linux-firmware has 60 MB. */
#define MAX_FIRMWARE ((size_t)256 << 20)

/* One prepare step. What its threads share is used under lock only: set's arena, spool, known. */
struct run {
	struct mf_drvset *set;
	const struct mf_selected_list *selected;
	const struct mf_prepare_options *options;
	struct mf_strings *problems; /* of each selected driver: notes in the order of drivers */
	struct mf_firmware *known;   /* found so far, for other drivers that name it */
	size_t n_known;
	pthread_mutex_t lock;
};

/* Copies content to where it lives on. */
static int keep(struct run *run, struct mf_bytes from, struct mf_bytes *out, struct mf_err *err)
{
	struct mf_arena *arena = &run->set->arena;
	const char *copy = NULL;
	int r = 0;

	pthread_mutex_lock(&run->lock);
	if (run->options->spool)
		r = mf_spool_add(run->options->spool, from, out, err);
	else
		copy = mf_arena_strndup(arena, (const char *)from.p, from.n);
	pthread_mutex_unlock(&run->lock);
	if (run->options->spool)
		return r;
	*out = (struct mf_bytes){(const uint8_t *)copy, from.n};
	return copy ? 0 : -ENOMEM;
}

/* Signs content; what is known of the driver's signature follows. */
static int sign(struct run *run, struct mf_driver *driver, struct mf_buf *content,
		struct mf_err *err)
{
	struct mf_bytes rest;
	int r = mf_module_sign(content, run->options->key, err);

	if (r)
		return r;
	pthread_mutex_lock(&run->lock);
	r = mf_signature_read(mf_buf_bytes(content), &run->set->arena, &driver->module, &rest);
	pthread_mutex_unlock(&run->lock);
	return r;
}

static int prepare_module(struct run *run, struct mf_driver *driver, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	const struct mf_prepare_options *options = run->options;
	int r = mf_driver_read(driver, &content, err);

	if (r)
		return r;
	if (driver->module.has_btf && !options->keep_btf &&
	    (options->key || driver->module.signature == MF_SIGNATURE_NONE))
		mf_module_drop_btf(content.data, content.len);
	if (options->key)
		r = sign(run, driver, &content, err);
	if (r)
		return r;
	r = mf_sha256_hex(mf_buf_bytes(&content), driver->sha256);
	return r ? r : keep(run, mf_buf_bytes(&content), &driver->content, err);
}

/* Whether nothing can be loaded from there: modules name folders and impossible paths, too. */
static bool is_no_file(const char *path)
{
	struct stat st;

	/* ENOTDIR: a file in the way is no folder */
	return stat(path, &st) ? errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG
			       : S_ISDIR(st.st_mode);
}

/* Reads one firmware file, uncompressed; -ENOENT when there is none at this path. */
static int read_firmware(const char *path, struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	enum mf_codec codec = MF_CODEC_NONE;
	size_t used;
	int r = is_no_file(path) ? -ENOENT : mf_map_file(AT_FDCWD, path, &map, err);

	if (r)
		return r;
	if (mf_has_suffix(path, ".xz"))
		codec = MF_CODEC_XZ;
	else if (mf_has_suffix(path, ".zst"))
		codec = MF_CODEC_ZSTD;
	if (codec != MF_CODEC_NONE) {
		r = mf_decompress(codec, map.bytes, MAX_FIRMWARE, out, &used, err);
		return r ? mf_wrap(err, r, "firmware %s", path) : 0;
	}
	if (map.bytes.n > MAX_FIRMWARE)
		return mf_fail(err, -EFBIG, "firmware %s has %zu bytes, at most %zu are accepted",
			       path, map.bytes.n, MAX_FIRMWARE);
	mf_buf_add(out, map.bytes.p, map.bytes.n);
	return mf_buf_status(out);
}

/* Searches as the kernel does (drivers/base/firmware_loader/main.c): plain, then .zst, .xz. */
static int find_firmware(const char *name, const struct mf_strings *dirs, struct mf_buf *out,
			 struct mf_err *err)
{
	static const char *const suffixes[] = {"", ".zst", ".xz"};

	for (size_t i = 0; i < dirs->n; i++) {
		for (size_t k = 0; k < sizeof(suffixes) / sizeof(suffixes[0]); k++) {
			MF_CLEANUP(mf_buf_free) struct mf_buf path = {0};
			int r;

			mf_buf_printf(&path, "%s/%s%s", dirs->v[i], name, suffixes[k]);
			r = mf_buf_status(&path);
			if (!r)
				r = read_firmware(mf_buf_str(&path), out, err);
			if (r != -ENOENT)
				return r;
		}
	}
	return -ENOENT;
}

/* Adds a note of the driver; text is one that was just made. */
static int add_problem(struct run *run, size_t i, const struct mf_buf *text)
{
	struct mf_arena *arena = &run->set->arena;
	struct mf_strings *problems = &run->problems[i];
	const char *copy;
	int r = mf_buf_status(text);

	if (r)
		return r;
	pthread_mutex_lock(&run->lock);
	copy = mf_arena_strdup(arena, mf_buf_str(text));
	r = copy ? mf_arena_grow(arena, &problems->v, problems->n, sizeof(copy)) : -ENOMEM;
	if (!r)
		problems->v[problems->n++] = copy;
	pthread_mutex_unlock(&run->lock);
	return r;
}

/* Whether another driver named it before. */
static bool recall_firmware(struct run *run, struct mf_firmware *out)
{
	bool is_known = false;

	pthread_mutex_lock(&run->lock);
	for (size_t i = 0; !is_known && i < run->n_known; i++) {
		is_known = strcmp(run->known[i].name, out->name) == 0;
		if (is_known)
			*out = run->known[i];
	}
	pthread_mutex_unlock(&run->lock);
	return is_known;
}

/* Appends to an array of firmware in the set's arena. */
static int append_firmware(struct run *run, struct mf_firmware **v, size_t *n,
			   const struct mf_firmware *firmware)
{
	int r;

	pthread_mutex_lock(&run->lock);
	r = mf_arena_grow(&run->set->arena, v, *n, sizeof(*firmware));
	if (!r)
		(*v)[(*n)++] = *firmware;
	pthread_mutex_unlock(&run->lock);
	return r;
}

/* Content of firmware.name, which driver i names; -ENOENT when it is nowhere. */
static int get_firmware(struct run *run, size_t i, struct mf_firmware *firmware, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	const struct mf_selected *selected = &run->selected->v[i];
	const struct mf_firmware *own = mf_drvset_brought(run->set, selected->package,
							  selected->build, firmware->name);
	int r;

	/* what a driver's own disk or package has is made for it; the set keeps that */
	if (own) {
		firmware->content = own->content;
		return mf_sha256_hex(own->content, firmware->sha256);
	}
	if (recall_firmware(run, firmware))
		return 0;
	r = find_firmware(firmware->name, &run->options->firmware_dirs, &content, err);
	if (r)
		return r;
	r = mf_sha256_hex(mf_buf_bytes(&content), firmware->sha256);
	if (!r)
		r = keep(run, mf_buf_bytes(&content), &firmware->content, err);
	return r ? r : append_firmware(run, &run->known, &run->n_known, firmware);
}

static int add_firmware(struct run *run, size_t i, const char *name, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf problem = {0};
	struct mf_driver *driver = run->selected->v[i].driver;
	struct mf_firmware firmware = {.name = name};
	int r;

	if (!mf_path_is_safe(name)) {
		mf_buf_printf(&problem, "names firmware by an unsafe path, %s, left out", name);
		return add_problem(run, i, &problem);
	}
	r = get_firmware(run, i, &firmware, err);
	if (r == -ENOENT) {
		mf_buf_printf(
			&problem,
			"firmware %s was not found, left out; if the device needs it, install its package or name the folder with --firmware-dir",
			name);
		return add_problem(run, i, &problem);
	}
	return r ? r : append_firmware(run, &driver->firmware, &driver->n_firmware, &firmware);
}

static int prepare_driver(void *data, size_t i, struct mf_err *err)
{
	struct run *run = data;
	struct mf_driver *driver = run->selected->v[i].driver;
	const struct mf_strings *names = &driver->module.firmware;
	int r = prepare_module(run, driver, err);

	for (size_t k = 0; !r && k < names->n; k++)
		r = add_firmware(run, i, names->v[k], err);
	return r ? mf_wrap(err, r, "%s", driver->path) : 0;
}

/* Whether a note of this step says the same already. */
static bool is_noted(const struct mf_drvset *set, size_t first, const char *problem)
{
	for (size_t i = first; i < set->n_notes; i++) {
		if (strcmp(set->notes[i].problem, problem) == 0)
			return true;
	}
	return false;
}

/* What the builds of a driver for several kernels lack alike is said once, of the first. */
static int add_notes(const struct run *run)
{
	size_t first = run->set->n_notes;

	for (size_t i = 0; i < run->selected->n; i++) {
		const struct mf_strings *problems = &run->problems[i];

		for (size_t k = 0; k < problems->n; k++) {
			const char *path = run->selected->v[i].driver->path;

			if (!is_noted(run->set, first, problems->v[k]) &&
			    mf_drvset_note(run->set, path, problems->v[k]))
				return -ENOMEM;
		}
	}
	return 0;
}

int mf_prepare(struct mf_drvset *set, const struct mf_selected_list *selected,
	       const struct mf_prepare_options *options, struct mf_err *err)
{
	struct run run = {.set = set,
			  .selected = selected,
			  .options = options,
			  .lock = PTHREAD_MUTEX_INITIALIZER};
	struct mf_jobs jobs = {.threads = options->jobs, .run = prepare_driver, .data = &run};
	int r;

	run.problems = mf_arena_alloc(&set->arena, selected->n * sizeof(*run.problems));
	if (!run.problems)
		return -ENOMEM;
	r = mf_jobs_run(&jobs, selected->n, err);
	pthread_mutex_destroy(&run.lock);
	return r ? r : add_notes(&run);
}
