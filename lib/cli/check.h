// SPDX-License-Identifier: GPL-2.0-or-later
// What `check` prints.
#pragma once

#include "lib/cli/facts.h"

struct mf_disk_run;

/* One artifact judged against one target. */
struct mf_check_view {
	const char *artifact;
	const struct mf_facts *facts;
	const struct mf_checked *checked;
	const struct mf_disk_run *disk; /* of a driver disk; NULL */
};

/* For people: a table, then each reason in a line of its own. */
int mf_check_print(const struct mf_check_view *view, struct mf_err *err);

/* For machines: modferry-check(1), "JSON". */
int mf_check_print_json(const struct mf_check_view *view, struct mf_err *err);

/* Appends "NAME: CODE: TEXT; ADVICE" without a newline; name NULL: of the artifact itself. */
void mf_check_add_reason(struct mf_buf *out, const char *name, const struct mf_reason *reason);

/* The exit code of a verdict, with the warning that --allow-unknown asks for. */
int mf_check_answer(const struct mf_arguments *arguments, const struct mf_checked *checked);
