// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of artifacts: what DKMS built, judged as it is.
#include "lib/io/artifact_dkms.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/scanner.h"

static void free_scanner(struct mf_scanner *scanner)
{
	mf_buf_free(&scanner->scratch);
	mf_buf_free(&scanner->content);
}

static int scan(struct mf_scanner *scanner, bool *ret_is_dkms)
{
	struct stat st;

	*ret_is_dkms = false;
	if (stat(scanner->source, &st))
		return 0;
	if (S_ISDIR(st.st_mode))
		return mf_scan_dkms(scanner, ret_is_dkms);
	*ret_is_dkms = strstr(mf_path_base(scanner->source), ".dkms.tar") != NULL;
	return *ret_is_dkms ? mf_scan_archive(scanner) : 0;
}

/* The bytes of a module, uncompressed, as those of any artifact. */
static int read_content(struct mf_drvset *set, struct mf_driver *driver, uint64_t *n_bytes,
			struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf content = {0};
	char *copy;
	int r = mf_driver_read(driver, &content, err);

	if (r)
		return mf_wrap(err, r, "%s", driver->path);
	*n_bytes += content.len;
	if (*n_bytes > MF_ARTIFACT_MAX_BYTES)
		return mf_fail(err, -E2BIG, "more than %llu bytes of modules",
			       (unsigned long long)MF_ARTIFACT_MAX_BYTES);
	copy = mf_arena_strndup(&set->arena, mf_buf_str(&content), content.len);
	if (!copy)
		return -ENOMEM;
	driver->content = (struct mf_bytes){(const uint8_t *)copy, content.len};
	return 0;
}

static int read_build(struct mf_drvset *set, struct mf_build *build, uint64_t *n_bytes,
		      struct mf_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < build->n_drivers; i++)
		r = read_content(set, &build->drivers[i], n_bytes, err);
	return r;
}

int mf_artifact_read_dkms(const char *path, struct mf_drvset *set, bool *ret_is_dkms,
			  struct mf_err *err)
{
	MF_CLEANUP(free_scanner)
	struct mf_scanner scanner = {
		.set = set, .source = path, .want = MF_MODULE_SYMBOLS, .err = err};
	uint64_t n_bytes = 0;
	int r = scan(&scanner, ret_is_dkms);

	for (size_t i = 0; !r && *ret_is_dkms && i < set->n_packages; i++) {
		struct mf_package *package = &set->packages[i];

		for (size_t k = 0; !r && k < package->n_builds; k++)
			r = read_build(set, &package->builds[k], &n_bytes, err);
	}
	return r;
}
