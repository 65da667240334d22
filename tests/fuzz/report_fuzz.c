// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: report records in a kernel log; what is written comes back the same.
#include <stdint.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf joined = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf records = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf back = {0};
	struct mf_bytes input = {data, size};
	struct mf_err err;

	mf_report_join_records(input, &joined, &err);
	mf_report_emit_records(input, &records);
	if (!records.len)
		return 0;
	if (mf_report_join_records(mf_buf_bytes(&records), &back, &err))
		__builtin_trap();
	for (size_t i = 0, k = 0; i < size; i++) {
		if (data[i] != '\n' && back.data[k++] != data[i])
			__builtin_trap();
	}
	return 0;
}
