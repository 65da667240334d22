// SPDX-License-Identifier: GPL-2.0-or-later
// Completion scripts for bash, zsh and fish, printed from the tables of commands and options.
#include <string.h>

#include "lib/cli/options.h"
#include "lib/core/target.h"

#define MARK \
	"# SPDX-License-Identifier: GPL-2.0-or-later\n# Completion of modferry, printed by its option tables.\n"

/* Whether an option's argument is the name of a file or folder. */
static bool takes_path(const struct mf_option *option)
{
	return option->argument &&
	       (strstr(option->argument, "FILE") || strstr(option->argument, "DIR") ||
		strstr(option->argument, "INITRD") || strstr(option->argument, "PATH"));
}

/* Text between single quotes of all three shells; theirs differ for ' itself, so it becomes ’. */
static void add_quoted(struct mf_buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			mf_buf_adds(out, *text == '\'' ? "\xe2\x80\x99" : "/");
		else
			mf_buf_addc(out, (uint8_t)*text);
	}
}

/* Whether the words that an option takes are known. */
static bool has_values(const struct mf_option *option)
{
	return option->words || !strcmp(option->name, "for");
}

/* The words that an option takes, a blank between two. */
static void add_values(struct mf_buf *out, const struct mf_option *option)
{
	size_t n;
	const struct mf_target *targets = mf_target_table(&n);

	mf_buf_adds(out, option->words ? option->words : "");
	for (size_t i = 0; !strcmp(option->name, "for") && i < n; i++)
		mf_buf_printf(out, "%s%s", i ? " " : "", targets[i].name);
}

/* What bash offers behind the options of a command that take no path. */
static void bash_values(struct mf_buf *out, const struct mf_command *command)
{
	const struct mf_option *option = command->options;

	for (; option && option->name; option++) {
		if (!option->argument || takes_path(option))
			continue;
		mf_buf_printf(out, "\t'%s --%s')", command->name, option->name);
		mf_buf_adds(out, " mapfile -t COMPREPLY < <(compgen -W \"");
		add_values(out, option);
		mf_buf_adds(out, "\" -- \"$word\"); return ;;\n");
	}
}

static void bash_words(struct mf_buf *out, const struct mf_option *options)
{
	for (; options && options->name; options++)
		mf_buf_printf(out, " --%s", options->name);
}

static void bash(struct mf_buf *out)
{
	mf_buf_adds(out, MARK "_modferry()\n{\n\tlocal word=${COMP_WORDS[COMP_CWORD]}\n"
			      "\tlocal before=${COMP_WORDS[COMP_CWORD-1]}\n\tlocal options=\n"
			      "\tCOMPREPLY=()\n\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
			      "\t\tmapfile -t COMPREPLY < <(compgen -W \"");
	for (size_t i = 0; mf_commands[i]; i++)
		mf_buf_printf(out, "%s ", mf_commands[i]->name);
	mf_buf_adds(out, "--help --version\" -- \"$word\")\n\t\treturn\n\tfi\n"
			 "\tcase \"${COMP_WORDS[1]} $before\" in\n");
	for (size_t i = 0; mf_commands[i]; i++)
		bash_values(out, mf_commands[i]);
	mf_buf_adds(out, "\tesac\n\tcase \"${COMP_WORDS[1]}\" in\n");
	for (size_t i = 0; mf_commands[i]; i++) {
		mf_buf_printf(out, "\t%s) options='", mf_commands[i]->name);
		bash_words(out, mf_commands[i]->options);
		bash_words(out, mf_common_options);
		mf_buf_adds(out, "' ;;\n");
	}
	mf_buf_adds(out, "\tesac\n\tcase \"$word\" in\n"
			 "\t-*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\") ;;\n"
			 "\t*) mapfile -t COMPREPLY < <(compgen -f -- \"$word\") ;;\n\tesac\n}\n"
			 "complete -o filenames -F _modferry modferry\n");
}

/* '[' and ':' have a meaning in the specifications of _arguments. */
static void zsh_text(struct mf_buf *out, const char *text)
{
	for (; *text; text++) {
		char one[2] = {*text, '\0'};

		if (strchr("[]:", *text))
			mf_buf_addc(out, '\\');
		add_quoted(out, one);
	}
}

/* What completes an option's argument: files, the words it takes, or nothing. */
static void zsh_action(struct mf_buf *out, const struct mf_option *option)
{
	if (takes_path(option)) {
		mf_buf_adds(out, ":_files");
	} else if (has_values(option)) {
		mf_buf_adds(out, ":(");
		add_values(out, option);
		mf_buf_addc(out, ')');
	} else {
		mf_buf_adds(out, ": ");
	}
}

static void zsh_options(struct mf_buf *out, const struct mf_option *options)
{
	for (; options && options->name; options++) {
		mf_buf_printf(out, "\t\t\t'*--%s[", options->name);
		zsh_text(out, options->help);
		mf_buf_addc(out, ']');
		if (options->argument) {
			mf_buf_addc(out, ':');
			zsh_text(out, options->argument);
			zsh_action(out, options);
		}
		mf_buf_adds(out, "' \\\n");
	}
}

static void zsh(struct mf_buf *out)
{
	mf_buf_adds(out, "#compdef modferry\n" MARK "_modferry()\n{\n\tlocal -a commands\n"
			 "\tcommands=(\n");
	for (size_t i = 0; mf_commands[i]; i++) {
		mf_buf_printf(out, "\t\t'%s:", mf_commands[i]->name);
		zsh_text(out, mf_commands[i]->summary);
		mf_buf_adds(out, "'\n");
	}
	mf_buf_adds(out, "\t)\n\tif (( CURRENT == 2 )); then\n"
			 "\t\t_describe command commands\n\t\treturn\n\tfi\n"
			 "\tcase $words[2] in\n");
	for (size_t i = 0; mf_commands[i]; i++) {
		mf_buf_printf(out,
			      "\t%s)\n\t\tshift words; (( CURRENT-- ))\n\t\t_arguments -S \\\n",
			      mf_commands[i]->name);
		zsh_options(out, mf_commands[i]->options);
		zsh_options(out, mf_common_options);
		mf_buf_adds(out, "\t\t\t'*:file:_files' ;;\n");
	}
	mf_buf_adds(out, "\tesac\n}\n_modferry \"$@\"\n");
}

static void fish_argument(struct mf_buf *out, const struct mf_option *option)
{
	mf_buf_adds(out, takes_path(option) ? " -rF" : " -x");
	if (!has_values(option))
		return;
	mf_buf_adds(out, " -a '");
	add_values(out, option);
	mf_buf_addc(out, '\'');
}

static void fish_options(struct mf_buf *out, const char *command, const struct mf_option *options)
{
	for (; options && options->name; options++) {
		mf_buf_printf(out, "complete -c modferry -n '__fish_seen_subcommand_from %s' -l %s",
			      command, options->name);
		if (options->short_name)
			mf_buf_printf(out, " -s %c", options->short_name);
		if (options->argument)
			fish_argument(out, options);
		mf_buf_adds(out, " -d '");
		add_quoted(out, options->help);
		mf_buf_adds(out, "'\n");
	}
}

static void fish(struct mf_buf *out)
{
	mf_buf_adds(out, MARK);
	for (size_t i = 0; mf_commands[i]; i++) {
		mf_buf_printf(out, "complete -c modferry -f -n __fish_use_subcommand -a %s -d '",
			      mf_commands[i]->name);
		add_quoted(out, mf_commands[i]->summary);
		mf_buf_adds(out, "'\n");
	}
	for (size_t i = 0; mf_commands[i]; i++) {
		fish_options(out, mf_commands[i]->name, mf_commands[i]->options);
		fish_options(out, mf_commands[i]->name, mf_common_options);
	}
}

bool mf_completion(const char *shell, struct mf_buf *out)
{
	if (!strcmp(shell, "bash"))
		bash(out);
	else if (!strcmp(shell, "zsh"))
		zsh(out);
	else if (!strcmp(shell, "fish"))
		fish(out);
	else
		return false;
	return true;
}
