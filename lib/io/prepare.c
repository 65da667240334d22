// SPDX-License-Identifier: GPL-2.0-or-later
// The prepare step: selected modules become their final bytes before anything is planned.
#include "lib/io/prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/btf.h"
#include "lib/core/hash.h"
#include "lib/core/signature.h"
#include "lib/io/decompress.h"
#include "lib/io/file.h"
#include "lib/io/scan.h"

/* The largest firmware in linux-firmware has 60 MB. */
#define MAX_FIRMWARE ((size_t)256 << 20)

/* Copies content into the set's arena. */
static int keep(struct mf_drvset *set, struct mf_bytes from, struct mf_bytes *out)
{
	char *copy = mf_arena_strndup(&set->arena, (const char *)from.p, from.n);

	if (!copy)
		return -ENOMEM;
	*out = (struct mf_bytes){(const uint8_t *)copy, from.n};
	return 0;
}

/* Signs content; what is known of the driver's signature follows. */
static int sign(struct mf_drvset *set, struct mf_driver *driver, const struct mf_signing_key *key,
		struct mf_buf *content, struct mf_err *err)
{
	struct mf_bytes rest;
	int r = mf_module_sign(content, key, err);

	return r ? r
		 : mf_signature_read(mf_buf_bytes(content), &set->arena, &driver->module, &rest);
}

static int prepare_module(struct mf_drvset *set, struct mf_driver *driver,
			  const struct mf_prepare_options *options, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	int r = mf_driver_read(driver, &content, err);

	if (r)
		return r;
	if (driver->module.has_btf && !options->keep_btf &&
	    (options->key || driver->module.signature == MF_SIGNATURE_NONE))
		mf_module_drop_btf(content.data, content.len);
	if (options->key)
		r = sign(set, driver, options->key, &content, err);
	if (r)
		return r;
	r = mf_sha256_hex(mf_buf_bytes(&content), driver->sha256);
	return r ? r : keep(set, mf_buf_bytes(&content), &driver->content);
}

/* Reads one firmware file, uncompressed; -ENOENT when this path does not exist. */
static int read_firmware(const char *path, struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	enum mf_codec codec = MF_CODEC_NONE;
	size_t used;
	int r = mf_map_file(AT_FDCWD, path, &map, err);

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
			if (r != -ENOENT && r != -ENOTDIR) /* a file in the way is no folder */
				return r;
		}
	}
	return -ENOENT;
}

static int add_firmware(struct mf_drvset *set, struct mf_driver *driver, const char *name,
			const struct mf_prepare_options *options, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	struct mf_firmware firmware = {.name = name};
	int r;

	if (!mf_path_is_safe(name)) {
		const char *problem = mf_arena_printf(
			&set->arena, "names firmware by an unsafe path, %s, left out", name);

		return problem ? mf_drvset_note(set, driver->path, problem) : -ENOMEM;
	}
	r = find_firmware(name, &options->firmware_dirs, &content, err);
	if (r == -ENOENT) {
		const char *problem = mf_arena_printf(
			&set->arena,
			"firmware %s was not found, left out; if the device needs it, install its package or name the folder with --firmware-dir",
			name);

		return problem ? mf_drvset_note(set, driver->path, problem) : -ENOMEM;
	}
	if (!r)
		r = mf_sha256_hex(mf_buf_bytes(&content), firmware.sha256);
	if (!r)
		r = keep(set, mf_buf_bytes(&content), &firmware.content);
	if (!r)
		r = mf_arena_grow(&set->arena, &driver->firmware, driver->n_firmware,
				  sizeof(firmware));
	if (!r)
		driver->firmware[driver->n_firmware++] = firmware;
	return r;
}

int mf_prepare(struct mf_drvset *set, const struct mf_selected_list *selected,
	       const struct mf_prepare_options *options, struct mf_err *err)
{
	for (size_t i = 0; i < selected->n; i++) {
		struct mf_driver *driver = selected->v[i].driver;
		const struct mf_strings *names = &driver->module.firmware;
		int r = prepare_module(set, driver, options, err);

		for (size_t k = 0; !r && k < names->n; k++)
			r = add_firmware(set, driver, names->v[k], options, err);
		if (r)
			return mf_wrap(err, r, "%s", driver->path);
	}
	return 0;
}
