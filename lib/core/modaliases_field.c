// SPDX-License-Identifier: GPL-2.0-or-later
// The Modaliases field of Debian packages: which hardware a package's modules serve.
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/modalias.h"
#include "lib/core/modalias_provides.h"

/*
 * Form: ubuntu-drivers-common, debhelper/dh_modaliases writes it and UbuntuDrivers/detect.py,
 * _apt_cache_modalias_map, reads it: split at ')', then at '(' and ',', blanks stripped; one part
 * that does not split so loses the whole package. Aliases are matched by Python's fnmatch, without
 * regard to case, after the bus (the text before the first ':') was compared.
 */

/* What the reader splits at, or would take for something else. */
static bool is_special(char c)
{
	return (unsigned char)c <= ' ' || (unsigned char)c >= 0x7f || strchr("(),\\", c);
}

/*
 * Whether a bracket is none for Python: re.compile() of all aliases at once dies of a range whose
 * ends are the wrong way round.
 */
static bool is_odd_bracket(const char *bracket, size_t n)
{
	for (size_t i = 1; i < n - 1; i++) {
		if (is_special(bracket[i]))
			return true;
		if (bracket[i] == '-' && i > 1 && i < n - 2 && bracket[i - 1] > bracket[i + 1])
			return true;
	}
	return false;
}

/*
 * Appends one place of an alias, '?' for what cannot stand there (the comma of "of:" aliases), '*'
 * for bytes of a UTF-8 character, which are one character to the reader, and for a backslash, which
 * kmod takes as itself before the first wildcard and as an escape behind it. That finds no device
 * less. Returns the place's length.
 */
static size_t add_place(struct mf_buf *out, const char *alias)
{
	struct mf_byteset set;
	size_t n = *alias == '*' ? 1 : mf_modalias_place(alias, &set);

	if (!n)
		return 1; /* a backslash at the end, which nothing matches */
	if (*alias & 0x80 || *alias == '\\')
		mf_buf_addc(out, '*');
	else if (is_special(*alias) || (*alias == '[' && (n == 1 || is_odd_bracket(alias, n))))
		mf_buf_addc(out, '?');
	else
		mf_buf_add(out, alias, n);
	return n;
}

/*
 * Length of the bus of an alias that names hardware: BUS ':' IDS. Others are names ("fs-ext4",
 * "net-pf-10"): 0. The reader compares the bus as it stands.
 */
static size_t bus_length(const char *alias)
{
	size_t n;
	size_t plain;

	(void)mf_modalias_bus(alias, &n);
	for (plain = 0; plain < n; plain++) {
		if (is_special(alias[plain]) || strchr("*?[", alias[plain]))
			break;
	}
	/* "acpi*:ID:*" is the one kind of alias with a pattern in its bus */
	if (plain + 1 == n && alias[plain] == '*')
		return plain;
	return plain == n && n && alias[n + 1] ? n : 0;
}

static void add_alias(struct mf_buf *out, const char *alias)
{
	size_t n = bus_length(alias);
	bool is_open = alias[n] == '*';

	mf_buf_printf(out, "%.*s:%s", (int)n, alias, is_open ? "*" : "");
	alias += n + is_open + 1;
	while (*alias)
		alias += add_place(out, alias);
}

static int compare_aliases(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Appends "NAME(ALIAS, …)"; nothing for a module without hardware aliases. */
static int add_module(struct mf_buf *out, const struct mf_module *module)
{
	MF_CLEANUP(mf_free_ptr) const char **sorted = NULL;
	size_t n = 0;

	sorted = calloc(module->aliases.n + 1, sizeof(*sorted));
	if (!sorted)
		return -1;
	for (size_t i = 0; i < module->aliases.n; i++) {
		if (bus_length(module->aliases.v[i]))
			sorted[n++] = module->aliases.v[i];
	}
	if (!n)
		return 0;
	qsort(sorted, n, sizeof(*sorted), compare_aliases);
	if (out->len)
		mf_buf_adds(out, ", ");
	for (const char *c = module->name; *c; c++)
		mf_buf_addc(out, is_special(*c) ? '_' : (uint8_t)*c);
	mf_buf_addc(out, '(');
	for (size_t i = 0; i < n; i++) {
		if (i && strcmp(sorted[i], sorted[i - 1]) == 0)
			continue;
		if (i)
			mf_buf_adds(out, ", ");
		add_alias(out, sorted[i]);
	}
	mf_buf_addc(out, ')');
	return 0;
}

char *mf_modaliases_field(const struct mf_module *const *modules, size_t n, struct mf_arena *arena)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

	for (size_t i = 0; i < n; i++) {
		if (add_module(&out, modules[i]))
			return NULL;
	}
	return mf_buf_status(&out) ? NULL : mf_arena_strdup(arena, mf_buf_str(&out));
}
