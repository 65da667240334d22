// SPDX-License-Identifier: GPL-2.0-or-later
// The one clock that output may show.
#include "lib/io/epoch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/text.h"

int mf_source_date_epoch(uint64_t *out, struct mf_err *err)
{
	const char *value = getenv("SOURCE_DATE_EPOCH");

	*out = 0;
	if (!value || !*value)
		return 0;
	if (mf_parse_u64(value, strlen(value), 10, out))
		return mf_fail(err, -EINVAL,
			       "SOURCE_DATE_EPOCH=%s is no number of seconds; unset it or give one",
			       value);
	/* time_t has 32 bits on some machines: 2038 */
	if ((time_t)*out < 0 || (uint64_t)(time_t)*out != *out)
		return mf_fail(
			err, -ERANGE,
			"SOURCE_DATE_EPOCH=%s is later than this machine's files can be dated",
			value);
	return 0;
}
