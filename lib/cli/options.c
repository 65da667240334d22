// SPDX-License-Identifier: GPL-2.0-or-later
// Command lines: parsed by getopt_long from the option tables.
#include "lib/cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

/* getopt's value of the first option of a table: above any character. */
#define FIRST_VALUE 256

const struct mf_option mf_common_options[] = {
	{"help", 'h', NULL, "print this help"},
	{"version", 'V', NULL, "print the version"},
	{0},
};

static size_t count_options(const struct mf_option *options)
{
	size_t n = 0;

	while (options && options[n].name)
		n++;
	return n;
}

/* The tables of a command in the forms that getopt_long takes. */
struct getopt_tables {
	const struct mf_option **all; /* own options, then the common ones */
	size_t n;
	struct option *long_options;
	char *short_options;
};

static void tables_free(struct getopt_tables *tables)
{
	free(tables->all);
	free(tables->long_options);
	free(tables->short_options);
	*tables = (struct getopt_tables){0};
}

static int tables_make(const struct mf_option *own, struct getopt_tables *out)
{
	size_t n_own = count_options(own);
	size_t n = n_own + count_options(mf_common_options);
	char *next;

	out->all = calloc(n, sizeof(*out->all));
	out->long_options = calloc(n + 1, sizeof(*out->long_options));
	out->short_options = calloc(n + 1, 2);
	if (!out->all || !out->long_options || !out->short_options)
		return -ENOMEM;
	out->n = n;
	next = out->short_options;
	*next++ = ':'; /* tells a missing argument from an unknown option */
	for (size_t i = 0; i < n; i++) {
		const struct mf_option *option = i < n_own ? &own[i]
							   : &mf_common_options[i - n_own];

		out->all[i] = option;
		out->long_options[i] = (struct option){
			.name = option->name,
			.has_arg = option->argument ? required_argument : no_argument,
			.val = FIRST_VALUE + (int)i,
		};
		if (option->short_name)
			*next++ = option->short_name;
		if (option->short_name && option->argument)
			*next++ = ':';
	}
	return 0;
}

/* Option of a value that getopt_long returned or left in optopt; NULL for none. */
static const struct mf_option *option_of(const struct getopt_tables *tables, int value)
{
	if (value >= FIRST_VALUE)
		return tables->all[value - FIRST_VALUE];
	for (size_t i = 0; i < tables->n; i++) {
		if (value && tables->all[i]->short_name == value)
			return tables->all[i];
	}
	return NULL;
}

/* "--fo": names of options that begin so, joined by ", "; nothing: none. */
static void add_candidates(const struct getopt_tables *tables, const char *word, struct mf_buf *out)
{
	size_t n;

	if (strncmp(word, "--", 2) != 0)
		return;
	n = strcspn(word + 2, "=");
	for (size_t i = 0; i < tables->n; i++) {
		if (strncmp(tables->all[i]->name, word + 2, n) == 0)
			mf_buf_printf(out, "%s--%s", out->len ? ", " : "", tables->all[i]->name);
	}
}

/* The message for getopt's ':' or '?'. word is the argument it looked at. */
static int refuse(const struct getopt_tables *tables, int result, const char *word,
		  struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf candidates = {0};
	const struct mf_option *option = option_of(tables, optopt);

	add_candidates(tables, word, &candidates);
	if (result == ':' && option)
		mf_fail(err, 0, "option --%s needs an argument: --%s %s", option->name,
			option->name, option->argument);
	else if (option)
		mf_fail(err, 0, "option --%s takes no argument", option->name);
	else if (optopt)
		mf_fail(err, 0, "unknown option -%c; see --help", optopt);
	else if (candidates.len)
		mf_fail(err, 0, "ambiguous option %s, it may be: %s", word,
			mf_buf_str(&candidates));
	else
		mf_fail(err, 0, "unknown option %s; see --help", word);
	return MF_EXIT_USAGE;
}

static int refuse_empty(const struct mf_option *option, struct mf_err *err)
{
	mf_fail(err, 0, "option --%s needs an argument that is not empty: --%s %s", option->name,
		option->name, option->argument);
	return MF_EXIT_USAGE;
}

/* Whether a value is one of an option's words; true where it takes any. */
static bool is_word(const struct mf_option *option, const char *value)
{
	size_t n = value ? strlen(value) : 0;

	for (const char *words = option->words; words; words = strchr(words, ' ')) {
		words += *words == ' ';
		if (strcspn(words, " ") == n && memcmp(words, value, n) == 0)
			return true;
	}
	return !option->words;
}

/* "--format x: unknown, it may be iso, fat or dir". */
static int refuse_word(const struct mf_option *option, const char *value, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf words = {0};
	const char *last = strrchr(option->words, ' ');

	for (const char *at = option->words; *at; at++) {
		if (at == last)
			mf_buf_adds(&words, " or ");
		else if (*at == ' ')
			mf_buf_adds(&words, ", ");
		else
			mf_buf_addc(&words, (uint8_t)*at);
	}
	mf_fail(err, 0, "--%s %s: unknown, it may be %s", option->name, value, mf_buf_str(&words));
	return MF_EXIT_USAGE;
}

/* Upper bound of the options in a command line: each takes at least one character. */
static size_t most_options(int argc, char **argv)
{
	size_t n = 1;

	for (int i = 1; i < argc; i++)
		n += strlen(argv[i]);
	return n;
}

int mf_options_parse(const struct mf_command *command, int argc, char **argv,
		     struct mf_arguments *out, struct mf_err *err)
{
	MF_CLEANUP(tables_free) struct getopt_tables tables = {0};

	out->given = calloc(most_options(argc, argv), sizeof(*out->given));
	if (!out->given || tables_make(command->options, &tables)) {
		mf_fail(err, 0, "out of memory");
		return MF_EXIT_FAILED;
	}
	opterr = 0;
	optind = 0; /* glibc: start anew */
	for (;;) {
		const struct mf_option *option;
		int result = getopt_long(argc, argv, tables.short_options, tables.long_options,
					 NULL);

		if (result == -1)
			break;
		if (result == ':' || result == '?')
			return refuse(&tables, result, argv[optind - 1], err);
		option = option_of(&tables, result);
		if (option->argument && !*optarg)
			return refuse_empty(option, err);
		if (!is_word(option, optarg))
			return refuse_word(option, optarg, err);
		out->given[out->n_given++] = (struct mf_given){option, optarg};
	}
	out->operands = argv + optind;
	out->n_operands = argc - optind;
	return 0;
}

void mf_arguments_free(struct mf_arguments *arguments)
{
	free(arguments->given);
	*arguments = (struct mf_arguments){0};
}

bool mf_given(const struct mf_arguments *arguments, const char *name)
{
	for (size_t i = 0; i < arguments->n_given; i++) {
		if (!strcmp(arguments->given[i].option->name, name))
			return true;
	}
	return false;
}

const char *mf_given_value(const struct mf_arguments *arguments, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < arguments->n_given; i++) {
		if (!strcmp(arguments->given[i].option->name, name))
			value = arguments->given[i].value;
	}
	return value;
}

struct mf_strings mf_given_values(const struct mf_arguments *arguments, const char *name)
{
	struct mf_strings values = {0};

	values.v = calloc(arguments->n_given + 1, sizeof(*values.v));
	if (!values.v)
		abort(); /* lib/cli may: nothing is half-written while options are read */
	for (size_t i = 0; i < arguments->n_given; i++) {
		if (!strcmp(arguments->given[i].option->name, name))
			values.v[values.n++] = arguments->given[i].value;
	}
	return values;
}
