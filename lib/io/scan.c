// SPDX-License-Identifier: GPL-2.0-or-later
// Scanning a SOURCE: finds out what it is, and reads the modules that scanners find.
#include "lib/io/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/archname.h"
#include "lib/core/modname.h"
#include "lib/io/decompress.h"
#include "lib/io/file.h"
#include "lib/io/scanner.h"

#define EXPECTED                                                                               \
	"expected a DKMS tree, a *.dkms.tar.gz, a module, a folder of modules, a driver disk " \
	"or a package"

bool mf_scan_is_module(const char *name)
{
	char module[MF_MODNAME_MAX];

	return mf_modname_from_path(name, module) != -EINVAL;
}

/* Compression of a codec that kmod knows for modules; false for any other. */
static bool module_compression(enum mf_codec codec, enum mf_compression *out)
{
	switch (codec) {
	case MF_CODEC_NONE: *out = MF_COMPRESSION_NONE; return true;
	case MF_CODEC_GZIP: *out = MF_COMPRESSION_GZIP; return true;
	case MF_CODEC_XZ: *out = MF_COMPRESSION_XZ; return true;
	case MF_CODEC_ZSTD: *out = MF_COMPRESSION_ZSTD; return true;
	case MF_CODEC_BZIP2:
	case MF_CODEC_LZMA:
	case MF_CODEC_LZO:
	case MF_CODEC_LZ4: return false;
	}
	return false;
}

int mf_scan_unpack(struct mf_bytes bytes, enum mf_compression *ret_compression, struct mf_buf *out,
		   struct mf_err *err)
{
	enum mf_codec codec = mf_codec_detect(bytes);
	size_t used;

	if (!module_compression(codec, ret_compression))
		return mf_fail(err, -EBADMSG, "compressed by %s, which no kmod reads for modules",
			       mf_codec_name(codec));
	if (codec == MF_CODEC_NONE) {
		mf_buf_add(out, bytes.p, bytes.n);
		return mf_buf_status(out);
	}
	return mf_decompress(codec, bytes, MF_SCAN_MAX_MODULE, out, &used, err);
}

int mf_scan_module(struct mf_scanner *scanner, struct mf_bytes bytes, const char *name,
		   struct mf_driver *out, struct mf_err *err)
{
	struct mf_bytes elf = bytes;
	int r;

	*out = (struct mf_driver){.file_size = bytes.n};
	if (!bytes.n)
		return mf_fail(err, -EBADMSG, "empty file");
	if (mf_codec_detect(bytes) != MF_CODEC_NONE) {
		scanner->scratch.len = 0;
		r = mf_scan_unpack(bytes, &out->compression, &scanner->scratch, err);
		if (r)
			return r;
		elf = mf_buf_bytes(&scanner->scratch);
	}
	return mf_module_read(elf, name, scanner->want, &scanner->set->arena, &out->module, err);
}

int mf_scan_note(struct mf_scanner *scanner, const char *object, const char *format, ...)
{
	char text[MF_ERR_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return mf_drvset_note(scanner->set, object, text);
}

int mf_scan_file(struct mf_scanner *scanner, int dirfd, const char *path, struct mf_driver *out,
		 bool *ret_found)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	const char *name = dirfd == AT_FDCWD ? path : mf_path_base(path);
	struct mf_err err = {0};
	int r = mf_map_file_via(&scanner->content, dirfd, name, &map, NULL);

	*ret_found = false;
	if (r == -EINVAL)
		return mf_scan_note(scanner, path, "not a regular file");
	if (r)
		return mf_scan_note(scanner, path, "cannot be read: %s", strerror(-r));
	r = mf_scan_module(scanner, map.bytes, path, out, &err);
	if (r == -ENOMEM)
		return r;
	if (r)
		return mf_scan_note(scanner, path, "no usable module: %s", err.text);
	out->path = mf_arena_strdup(&scanner->set->arena, path);
	*ret_found = true;
	return out->path ? 0 : -ENOMEM;
}

int mf_scan_add(struct mf_scanner *scanner, struct mf_build *build, const struct mf_driver *driver)
{
	struct mf_driver *place = mf_drvset_driver(scanner->set, build);

	if (!place)
		return -ENOMEM;
	*place = *driver;
	return 0;
}

int mf_scan_check_build(struct mf_scanner *scanner, const char *object,
			const struct mf_module *module, const struct mf_build *build)
{
	const char *kernel = mf_module_kernel(module, &scanner->set->arena);
	int r = 0;

	if (kernel && build->kernel && strcmp(kernel, build->kernel) != 0)
		r = mf_scan_note(scanner, object,
				 "made for kernel %s, but DKMS has it as a build for %s", kernel,
				 build->kernel);
	if (!r && build->arch && strcmp(module->arch, "unknown") != 0 &&
	    strcmp(module->arch, mf_arch_normalise(build->arch)) != 0)
		r = mf_scan_note(scanner, object, "made for %s, but DKMS has it as a build for %s",
				 module->arch, build->arch);
	return r;
}

int mf_scan_add_bare(struct mf_scanner *scanner, const struct mf_driver *driver)
{
	struct mf_package *package = mf_drvset_package(scanner->set, NULL, NULL, scanner->source);
	const char *kernel = mf_module_kernel(&driver->module, &scanner->set->arena);
	struct mf_build *build;

	if (!package)
		return -ENOMEM;
	build = mf_drvset_build(scanner->set, package, kernel, driver->module.arch);
	return build ? mf_scan_add(scanner, build, driver) : -ENOMEM;
}

/* A SOURCE that is one module: one that cannot be read is a failure, not a note. */
static int scan_module_file(struct mf_scanner *scanner)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_driver driver = {0};
	int r = mf_map_file(AT_FDCWD, scanner->source, &map, scanner->err);

	if (r)
		return r;
	r = mf_scan_module(scanner, map.bytes, scanner->source, &driver, scanner->err);
	if (r)
		return mf_wrap(scanner->err, r, "%s", scanner->source);
	driver.path = mf_arena_strdup(&scanner->set->arena, scanner->source);
	return driver.path ? mf_scan_add_bare(scanner, &driver) : -ENOMEM;
}

static int scan_source(struct mf_scanner *scanner)
{
	const char *source = scanner->source;
	bool is_found = false;
	struct stat st;
	int r;

	if (stat(source, &st))
		return mf_fail(scanner->err, -errno, "%s: %s; " EXPECTED, source, strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		r = mf_scan_dkms(scanner, &is_found);
		if (!r && !is_found)
			r = mf_scan_disk(scanner, &is_found);
		return r || is_found ? r : mf_scan_folder(scanner);
	}
	if (!S_ISREG(st.st_mode))
		return mf_fail(scanner->err, -EINVAL, "%s: neither file nor folder; " EXPECTED,
			       source);
	if (mf_scan_is_module(source))
		return scan_module_file(scanner);
	r = strstr(mf_path_base(source), ".dkms.tar") ? 0 : mf_scan_disk(scanner, &is_found);
	if (r || is_found)
		return r;
	if (mf_has_suffix(source, ".deb") || mf_has_suffix(source, ".rpm"))
		return mf_fail(scanner->err, -EBADMSG,
			       "%s: is no package that can be read; copy it again", source);
	return mf_scan_archive(scanner);
}

static int finish(struct mf_scanner *scanner, int result)
{
	mf_buf_free(&scanner->scratch);
	mf_buf_free(&scanner->content);
	return result == -ENOMEM ? mf_fail(scanner->err, result, "out of memory") : result;
}

int mf_scan(const char *source, unsigned int want, struct mf_drvset *set, struct mf_err *err)
{
	struct mf_err unread; /* scanners copy texts from their err */
	struct mf_scanner scanner = {
		.set = set, .source = source, .want = want, .err = err ? err : &unread};

	return finish(&scanner, scan_source(&scanner));
}

int mf_scan_tree(const char *folder, unsigned int want, struct mf_drvset *set, struct mf_err *err)
{
	struct mf_err unread; /* scanners copy texts from their err */
	struct mf_scanner scanner = {
		.set = set, .source = folder, .want = want, .err = err ? err : &unread};

	return finish(&scanner, mf_scan_dkms_root(&scanner));
}

int mf_driver_read(const struct mf_driver *driver, struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf packed = {0};
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	enum mf_compression compression;
	struct mf_bytes bytes;
	int r;

	if (driver->kept.p) {
		bytes = driver->kept;
	} else if (driver->member) {
		r = mf_archive_read(driver->path, driver->member, &packed, err);
		if (r)
			return r;
		bytes = mf_buf_bytes(&packed);
	} else {
		r = mf_map_file(AT_FDCWD, driver->path, &map, NULL);
		if (r)
			return mf_fail(err, r, "cannot be read: %s", strerror(-r));
		bytes = map.bytes;
	}
	if (bytes.n != driver->file_size)
		return mf_fail(err, -ESTALE,
			       "has %zu bytes, but had %llu when it was listed; run again", bytes.n,
			       (unsigned long long)driver->file_size);
	return mf_scan_unpack(bytes, &compression, out, err);
}
