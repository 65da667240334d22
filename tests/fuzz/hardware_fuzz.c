// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: hardware files; what is accepted is a list of modaliases that reads back the same.
#include <stdint.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/core/hardware.h"
#include "lib/core/modalias.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf again = {0};
	struct mf_devices devices;
	struct mf_devices back;
	struct mf_err err;

	if (mf_hardware_parse((struct mf_bytes){data, size}, &arena, &devices, &err))
		return 0;
	for (size_t i = 0; i < devices.n; i++) {
		const char *modalias = devices.v[i].modalias;

		if (strlen(modalias) >= MF_MODALIAS_MAX ||
		    (!strpbrk(modalias, "[]\\") && !mf_modalias_match_partial(modalias, modalias)))
			__builtin_trap();
		mf_buf_printf(&again, "%s\n", modalias);
	}
	if (mf_hardware_parse(mf_buf_bytes(&again), &arena, &back, &err) || back.n != devices.n)
		__builtin_trap();
	for (size_t i = 0; i < back.n; i++) {
		if (strcmp(back.v[i].modalias, devices.v[i].modalias) != 0)
			__builtin_trap();
	}
	return 0;
}
