// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of scanning driver disks: taking modules and firmware from what holds them.
#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/hash.h"
#include "lib/io/decompress.h"
#include "lib/io/scan_disk_parts.h"

#define MAX_MODULES 10000 /* of a source; a whole distribution kernel has 4,500 */

/*
 * Bytes of modules and firmware that are kept of one source, as found. They are kept, and not read
 * again when an artifact is made: that would open the disk, its inner images and the package anew
 * for each module, and unpack all that stands before it. Real disks hold up to 100 MB.
 */
#define MAX_KEPT ((uint64_t)1 << 30)

static struct mf_arena *arena_of(const struct mf_disk_scan *scan)
{
	return &scan->scanner->set->arena;
}

int mf_disk_scan_note(struct mf_disk_scan *scan, const char *path, const char *problem)
{
	const char *holder = scan->holder.path;
	const char *object = mf_arena_printf(arena_of(scan), "%s%s%s%s%s%s", scan->source,
					     holder || path ? "(" : "", holder ? holder : "",
					     holder && path ? ": " : "", path ? path : "",
					     holder || path ? ")" : "");

	if (!scan->problem)
		scan->problem = mf_arena_strdup(arena_of(scan), problem);
	if (!object || !scan->problem)
		return -ENOMEM;
	return mf_drvset_note(scan->scanner->set, object, problem);
}

/* Keeps bytes as long as the set. */
static int keep(struct mf_disk_scan *scan, struct mf_bytes bytes, struct mf_bytes *out)
{
	const char *copy;

	scan->n_kept += bytes.n;
	if (scan->n_kept > MAX_KEPT)
		return mf_fail(
			scan->scanner->err, -EFBIG,
			"%s: has more than %llu MiB of modules and firmware, the limit here; name single packages of it",
			scan->source, (unsigned long long)(MAX_KEPT >> 20));
	copy = mf_arena_strndup(arena_of(scan), (const char *)bytes.p, bytes.n);
	*out = (struct mf_bytes){(const uint8_t *)copy, bytes.n};
	return copy ? 0 : -ENOMEM;
}

/* --- modules --- */

static bool is_known(const struct mf_disk_scan *scan, const struct mf_scan_known *module)
{
	for (size_t i = 0; i < scan->n_known; i++) {
		const struct mf_scan_known *known = &scan->known[i];

		if (strcmp(known->sha256, module->sha256) == 0 &&
		    (known->kernel == module->kernel ||
		     (known->kernel && module->kernel && !strcmp(known->kernel, module->kernel))))
			return true;
	}
	return false;
}

/* Where the driver's bytes are later. */
static int place(struct mf_disk_scan *scan, const char *path, struct mf_bytes content,
		 struct mf_driver *driver)
{
	const char *holder = scan->holder.path;

	if (scan->holder.file) {
		driver->path = mf_arena_strdup(arena_of(scan), scan->holder.file);
		return driver->path ? 0 : -ENOMEM;
	}
	driver->path = scan->source;
	driver->member = mf_arena_printf(arena_of(scan), "%s%s%s", holder ? holder : "",
					 holder ? ": " : "", path);
	return driver->member ? keep(scan, content, &driver->kept) : -ENOMEM;
}

static int name_package(struct mf_disk_scan *scan, const struct mf_module *module,
			const char *kernel, struct mf_scan_name *out)
{
	const struct mf_scan_holder *holder = &scan->holder;

	if (holder->is_package)
		return mf_scan_name_package(arena_of(scan), &holder->name, kernel, out);
	*out = holder->name;
	if (!out->name)
		out->name = module->name;
	if (!out->version)
		out->version = module->version;
	return 0;
}

static int add_driver(struct mf_disk_scan *scan, const struct mf_driver *driver, const char *kernel)
{
	struct mf_drvset *set = scan->scanner->set;
	struct mf_package *package = NULL;
	struct mf_build *build = NULL;
	struct mf_scan_name name;
	int r = name_package(scan, &driver->module, kernel, &name);

	if (!r)
		package = mf_drvset_package(set, name.name, name.version, scan->source);
	if (package)
		build = mf_drvset_build(set, package, kernel, driver->module.arch);
	return build ? mf_scan_add(scan->scanner, build, driver) : -ENOMEM;
}

/* The kernel that a module is for; one whose folder says another than its vermagic is noted. */
static int find_kernel(struct mf_disk_scan *scan, const char *path, const struct mf_module *module,
		       const char **out)
{
	const char *own = mf_module_kernel(module, arena_of(scan));
	struct mf_err text = {0};
	int r = mf_scan_name_kernel(arena_of(scan), path, out);

	if (r || (!own && module->vermagic))
		return -ENOMEM;
	if (!*out || !own || strcmp(*out, own) == 0) {
		*out = *out ? *out : own;
		return 0;
	}
	mf_fail(&text, 0, "made for kernel %s, but lies in the folder of %s", own, *out);
	return mf_disk_scan_note(scan, path, text.text);
}

/* Facts and digest of a module; err has no path. */
static int read_module(struct mf_disk_scan *scan, const char *path, struct mf_bytes content,
		       struct mf_driver *driver, struct mf_err *err)
{
	struct mf_buf *scratch = &scan->scanner->scratch;
	int r;

	if (!content.n)
		return mf_fail(err, -EBADMSG, "empty file");
	scratch->len = 0;
	r = mf_scan_unpack(content, &driver->compression, scratch, err);
	if (!r)
		r = mf_sha256_hex(mf_buf_bytes(scratch), driver->sha256);
	if (r)
		return r;
	return mf_module_read(mf_buf_bytes(scratch), path, scan->scanner->want, arena_of(scan),
			      &driver->module, err);
}

static int take_module(struct mf_disk_scan *scan, const char *path, struct mf_bytes content)
{
	struct mf_driver driver = {.file_size = content.n};
	struct mf_scan_known module = {0};
	struct mf_err err = {0};
	int r;

	if (scan->n_modules++ >= MAX_MODULES)
		return mf_fail(scan->scanner->err, -E2BIG,
			       "%s: has more than %d modules, the limit here", scan->source,
			       MAX_MODULES);
	r = read_module(scan, path, content, &driver, &err);
	if (r && r != -ENOMEM) {
		mf_wrap(&err, r, "no usable module");
		return mf_disk_scan_note(scan, path, err.text);
	}
	if (!r)
		r = find_kernel(scan, path, &driver.module, &module.kernel);
	memcpy(module.sha256, driver.sha256, sizeof(module.sha256));
	if (r || is_known(scan, &module))
		return r;
	driver.sha256[0] = '\0'; /* that of the final bytes is the prepare step's */
	r = mf_arena_grow(arena_of(scan), &scan->known, scan->n_known, sizeof(module));
	if (r)
		return r;
	scan->known[scan->n_known++] = module;
	r = place(scan, path, content, &driver);
	return r ? r : add_driver(scan, &driver, module.kernel);
}

/* --- firmware --- */

const char *mf_disk_scan_firmware(const char *path)
{
	static const char folder[] = "lib/firmware/";
	const char *at = strstr(path, folder);

	if (!at || (at > path && at[-1] != '/'))
		return NULL;
	at += strlen(folder);
	return *at ? at : NULL;
}

static int take_firmware(struct mf_disk_scan *scan, const char *path, struct mf_bytes content)
{
	static const struct {
		const char *suffix;
		enum mf_codec codec;
	} packings[] = {{".xz", MF_CODEC_XZ}, {".zst", MF_CODEC_ZSTD}, {"", MF_CODEC_NONE}};
	struct mf_buf *scratch = &scan->scanner->scratch;
	const char *name = mf_disk_scan_firmware(path);
	struct mf_firmware firmware = {0};
	struct mf_err err = {0};
	size_t used, i = 0;
	int r = 0;

	while (!mf_has_suffix(name, packings[i].suffix))
		i++;
	firmware.name = mf_arena_strndup(arena_of(scan), name,
					 strlen(name) - strlen(packings[i].suffix));
	if (!firmware.name)
		return -ENOMEM;
	if (packings[i].codec != MF_CODEC_NONE) {
		scratch->len = 0;
		r = mf_decompress(packings[i].codec, content, MF_SCAN_MAX_MODULE, scratch, &used,
				  &err);
		content = mf_buf_bytes(scratch);
	}
	if (r)
		return r == -ENOMEM ? r : mf_disk_scan_note(scan, path, err.text);
	r = keep(scan, content, &firmware.content);
	return r ? r : mf_drvset_bring(scan->scanner->set, scan->source, &firmware);
}

bool mf_disk_scan_wants(void *data, const char *path)
{
	(void)data;
	return mf_scan_is_module(path) || mf_disk_scan_firmware(path);
}

int mf_disk_scan_take(void *data, const char *path, struct mf_bytes content)
{
	return mf_disk_scan_firmware(path) ? take_firmware(data, path, content)
					   : take_module(data, path, content);
}
