// SPDX-License-Identifier: GPL-2.0-or-later
// The one clock that output may show.
#pragma once

#include <stdint.h>

#include "lib/base/err.h"

/*
 * SOURCE_DATE_EPOCH of the environment, seconds since 1970; 0 when it is not set
 * (reproducible-builds.org/specs/source-date-epoch). -EINVAL when it is no decimal number.
 */
int mf_source_date_epoch(uint64_t *out, struct mf_err *err);
