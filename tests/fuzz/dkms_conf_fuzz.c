// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: the reader of plain assignments in a dkms.conf.
#include <stdlib.h>
#include <string.h>

#include "lib/io/dkms_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char out[64];

	if (mf_dkms_conf_value((struct mf_bytes){data, size}, "PACKAGE_NAME", out, sizeof(out)) &&
	    (!*out || strlen(out) >= sizeof(out) || strchr(out, '\n')))
		abort();
	return 0;
}
