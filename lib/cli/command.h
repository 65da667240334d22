// SPDX-License-Identifier: GPL-2.0-or-later
// Commands: what registry.c lists, what main dispatches, and how options are declared once.
#pragma once

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/core/recipe.h"
#include "lib/core/sink.h"

/* Exit codes of the tools: modferry(1), section "Exit status". */
enum mf_exit { MF_EXIT_OK = 0, MF_EXIT_FAILED = 1, MF_EXIT_USAGE = 2, MF_EXIT_NO = 3 };

/* One option of a command; the table ends with a NULL name. */
struct mf_option {
	const char *name;     /* long name without dashes */
	char short_name;      /* 0 for none */
	const char *argument; /* "FILE", NULL for a flag */
	const char *help;     /* one line, no full stop */
	const char *words;    /* the only values it takes, a blank between two; NULL: any */
};

/* An option as given. */
struct mf_given {
	const struct mf_option *option;
	const char *value; /* NULL for a flag */
};

/* A parsed command line of one command. */
struct mf_arguments {
	struct mf_given *given; /* in the order given */
	size_t n_given;
	char **operands;
	int n_operands;
};

struct mf_command {
	const char *name;
	const char *summary;  /* for `modferry --help` */
	const char *operands; /* "[SOURCE...]" */
	const struct mf_option *options;
	/* Returns an enum mf_exit; err has the one message to print where that is FAILED, USAGE or
	 * NO. */
	int (*run)(const struct mf_arguments *arguments, struct mf_err *err);
};

/* Whether a flag or option was given; its last value; all its values in order (caller frees v). */
bool mf_given(const struct mf_arguments *arguments, const char *name);
const char *mf_given_value(const struct mf_arguments *arguments, const char *name);
struct mf_strings mf_given_values(const struct mf_arguments *arguments, const char *name);

/* The one list of commands, recipes and sinks (registry.c); tables end with a NULL. */
extern const struct mf_command *const mf_commands[];
extern const struct mf_recipe *const mf_recipes[];
extern const struct mf_sink *const mf_sinks[];

/* Sink or recipe of a name; NULL when unknown. */
const struct mf_sink *mf_sink_find(const char *name);
const struct mf_recipe *mf_recipe_find(const char *name);

/* Parses argv[1..] and runs; prints the one message; the exit code of the process. */
int mf_main(int argc, char **argv);
