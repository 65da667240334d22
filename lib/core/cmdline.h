// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel command line as loader and hooks obey it: modferry(1), section "Kernel command line".
#pragma once

#include "lib/base/buf.h"
#include "lib/core/module.h"

struct mf_module_param {
	const char *module;  /* '-' folded to '_' */
	const char *setting; /* "name=value" or "name", quotes as on the command line */
};

/* Strings live in the arena given to mf_cmdline_parse. */
struct mf_cmdline {
	bool is_off;		/* modferry=off */
	bool is_debug;		/* modferry.debug */
	struct mf_strings skip; /* modferry.skip=NAME,… */
	unsigned int timeout;	/* modferry.timeout=SECONDS, 0 when not given */
	const char *wait;	/* modferry.wait=disk|net|DEVNAME|MODALIAS, NULL when not given */
	const char *init;	/* modferry.init=PATH, "/init" when not given */
	struct mf_strings blacklist;	/* modprobe.blacklist=, rd.driver.blacklist= */
	struct mf_strings refused;	/* module_blacklist=: the kernel refuses these itself */
	struct mf_module_param *params; /* MODULE.NAME=VALUE, as given */
	size_t n_params;
};

/* Parses the text of /proc/cmdline; unknown words are skipped. 0 or -ENOMEM. */
int mf_cmdline_parse(struct mf_bytes text, struct mf_arena *arena, struct mf_cmdline *out);

/* Whether a module is named by modferry.skip or a blacklist of the command line; *ret_by says
 * which. */
bool mf_cmdline_is_masked(const struct mf_cmdline *cmdline, const char *module,
			  const char **ret_by);

/* Settings for a module joined by blanks, as finit_module wants them. */
void mf_cmdline_settings(const struct mf_cmdline *cmdline, const char *module, struct mf_buf *out);
