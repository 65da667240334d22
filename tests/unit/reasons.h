// SPDX-License-Identifier: GPL-2.0-or-later
// Lists of reasons for programs that are linked without the verdicts themselves.
#pragma once

#include "lib/core/check.h"

#pragma weak mf_reason_add
#pragma weak mf_reason_name

int mf_reason_add(struct mf_arena *arena, struct mf_reasons *reasons,
		  const struct mf_reason *reason)
{
	int r = mf_arena_grow(arena, &reasons->v, reasons->n, sizeof(*reason));

	if (!r)
		reasons->v[reasons->n++] = *reason;
	return r;
}

const char *mf_reason_name(enum mf_reason_code code)
{
	static const char *const names[] = {
		[MF_REASON_MALFORMED] = "malformed",
		[MF_REASON_PLACEMENT] = "placement",
		[MF_REASON_ARCHIVE_ALIGNMENT] = "archive-alignment",
		[MF_REASON_ARCHIVE_DIRECTORY] = "archive-directory",
		[MF_REASON_ARCHIVE_PARENT] = "archive-parent",
		[MF_REASON_ARCHIVE_COMPRESSION] = "archive-compression",
	};

	return names[code];
}
