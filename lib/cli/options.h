// SPDX-License-Identifier: GPL-2.0-or-later
// Option tables at work: parsing by getopt_long, --help and shell completion printed from them.
#pragma once

#include "lib/base/buf.h"
#include "lib/cli/command.h"

/* What every command has beside its own options; ends with a NULL name. */
extern const struct mf_option mf_common_options[];

/*
 * Parses argv[1..] of a command into *out (free with mf_arguments_free); help and version are
 * options like the others there. 0, or MF_EXIT_USAGE or MF_EXIT_FAILED with the message in err.
 */
int mf_options_parse(const struct mf_command *command, int argc, char **argv,
		     struct mf_arguments *out, struct mf_err *err);

/* Destructor. */
void mf_arguments_free(struct mf_arguments *arguments);

/* The help of one command, of the program; lines of at most 80 columns. */
void mf_help_command(const struct mf_command *command, struct mf_buf *out);
void mf_help_program(struct mf_buf *out);

/* The completion script of a shell ("bash", "zsh", "fish"); false for another name. */
bool mf_completion(const char *shell, struct mf_buf *out);
