// SPDX-License-Identifier: GPL-2.0-or-later
// Prints what the archive rules say of an overlay behind an initrd, one reason a line.
//
//   archivecheck BASE|- OVERLAY    BASE is what stands in front, "-" where that is not known
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/io/check_archive.h"
#include "lib/io/file.h"

static const char *const weights[] = {"loads", "unknown", "fails"};

static void free_arena(struct mf_arena *arena)
{
	mf_arena_free(arena);
}

static int check(const char *base, const char *overlay, struct mf_err *err)
{
	MF_CLEANUP(free_arena) struct mf_arena arena = {0};
	MF_CLEANUP(mf_probe_free) struct mf_probe probe = {0};
	MF_CLEANUP(mf_map_close) struct mf_map front = {0};
	MF_CLEANUP(mf_map_close) struct mf_map file = {0};
	struct mf_archive_check asked = {0};
	struct mf_reasons reasons = {0};
	int r = mf_map_file(AT_FDCWD, overlay, &file, err);

	if (!r && strcmp(base, "-") != 0) {
		r = mf_probe_initrd(base, NULL, &probe, err);
		if (!r)
			r = mf_map_file(AT_FDCWD, base, &front, err);
		asked.probe = &probe;
	}
	asked.overlay = file.bytes;
	asked.base_size = front.bytes.n;
	if (!r)
		r = mf_check_archive(&asked, &arena, &reasons, err);
	for (size_t i = 0; !r && i < reasons.n; i++)
		printf("%s %s: %s\n", weights[reasons.v[i].weight],
		       mf_reason_name(reasons.v[i].code), reasons.v[i].text);
	return r;
}

int main(int argc, char **argv)
{
	struct mf_err err = {0};

	if (argc != 3)
		return 2;
	if (!check(argv[1], argv[2], &err))
		return 0;
	fprintf(stderr, "archivecheck: %s\n", err.text);
	return 1;
}
