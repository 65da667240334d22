// SPDX-License-Identifier: GPL-2.0-or-later
// What `modferry match` has found out before it prints.
#pragma once

#include "lib/cli/output.h"
#include "lib/core/match.h"

/* All that can serve a device. */
struct mf_match_sources {
	struct mf_patterns patterns;
	struct mf_match_index *indexes;
	size_t n_indexes;
};

struct mf_match_view {
	const struct mf_devices *devices;
	const struct mf_match_sources *sources;
	bool is_all; /* show devices of every bus that have no driver */
};

/* Hits of one device, sorted; they live in the arena. -errno with err. */
int mf_match_device(const struct mf_match_sources *sources, const struct mf_device *device,
		    struct mf_hits *hits, struct mf_err *err);

/* Print for people, for machines; *ret_matched is the number of devices with a driver. */
int mf_match_print(const struct mf_match_view *view, size_t *ret_matched, struct mf_err *err);
int mf_match_print_json(const struct mf_match_view *view, size_t *ret_matched, struct mf_err *err);
