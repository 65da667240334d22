// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel command line as loader and hooks obey it: modferry(1), section "Kernel command line".
#include "lib/core/cmdline.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/modname.h"

#define MAX_TIMEOUT 3600 /* seconds */

/* One word as the kernel's next_arg() (lib/cmdline.c) cuts it. */
struct word {
	const char *raw; /* without an opening quote */
	size_t raw_n;
	const char *key; /* NUL-terminated copies, unquoted */
	const char *value;
	bool is_quoted; /* the whole word stood in quotes */
	bool is_open;	/* its last quote was never closed */
};

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

/* Finds the next word at *at. 1, 0 at the end, -ENOMEM. */
static int next_word(struct mf_bytes text, size_t *at, struct mf_arena *arena, struct word *out)
{
	size_t start, end, equals = 0, key_n;
	bool in_quote = false;

	*out = (struct word){0};
	while (*at < text.n && is_blank(text.p[*at]))
		(*at)++;
	if (*at == text.n)
		return 0;
	if (text.p[*at] == '"') {
		out->is_quoted = in_quote = true;
		(*at)++;
	}
	start = *at;
	for (end = start; end < text.n && (in_quote || !is_blank(text.p[end])); end++) {
		if (text.p[end] == '\0' || text.p[end] == '\n')
			break;
		if (text.p[end] == '=' && !equals)
			equals = end;
		if (text.p[end] == '"')
			in_quote = !in_quote;
	}
	*at = end;
	out->is_open = in_quote;
	out->raw = (const char *)text.p + start;
	out->raw_n = end - start;
	if (out->is_quoted && end > start && text.p[end - 1] == '"')
		end--;
	key_n = (equals && equals < end ? equals : end) - start;
	out->key = mf_arena_strndup(arena, out->raw, key_n);
	if (!out->key)
		return -ENOMEM;
	if (!equals)
		return 1;
	start = equals + 1;
	if (start < end && text.p[start] == '"') {
		start++;
		if (end > start && text.p[end - 1] == '"')
			end--;
	}
	if (start > end)
		start = end;
	out->value = mf_arena_strndup(arena, (const char *)text.p + start, end - start);
	return out->value ? 1 : -ENOMEM;
}

/* Adds the names of a comma separated list. */
static int add_list(struct mf_arena *arena, struct mf_strings *list, const char *value)
{
	while (*value) {
		size_t n = strcspn(value, ",");

		if (n) {
			if (mf_arena_grow(arena, &list->v, list->n, sizeof(*list->v)))
				return -ENOMEM;
			list->v[list->n] = mf_arena_strndup(arena, value, n);
			if (!list->v[list->n++])
				return -ENOMEM;
		}
		value += n + (value[n] == ',');
	}
	return 0;
}

/* Keeps MODULE.NAME=VALUE; words without a module's name in front are skipped. */
static int add_param(struct mf_arena *arena, const struct word *word, struct mf_cmdline *out)
{
	const char *dot = strchr(word->key, '.');
	size_t module_n = dot ? (size_t)(dot - word->key) : 0;
	MF_CLEANUP(mf_buf_free) struct mf_buf setting = {0};
	struct mf_module_param *param;
	char *module;

	if (!module_n || !dot[1])
		return 0;
	module = mf_arena_strndup(arena, word->key, module_n);
	if (!module)
		return -ENOMEM;
	if (!mf_modname_is_valid(module))
		return 0;
	for (char *c = module; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	if (mf_arena_grow(arena, &out->params, out->n_params, sizeof(*out->params)))
		return -ENOMEM;
	if (word->is_quoted)
		mf_buf_addc(&setting, '"');
	mf_buf_add(&setting, word->raw + module_n + 1, word->raw_n - module_n - 1);
	if (word->is_open) /* else it would swallow the settings behind it */
		mf_buf_addc(&setting, '"');
	if (mf_buf_status(&setting))
		return -ENOMEM;
	param = &out->params[out->n_params++];
	param->module = module;
	param->setting = mf_arena_strdup(arena, mf_buf_str(&setting));
	return param->setting ? 0 : -ENOMEM;
}

static bool is_key(const char *key, const char *name)
{
	return mf_modname_equal(key, name); /* the kernel folds '-' in parameter names too */
}

/* A word that begins with "modferry". */
static int own_word(struct mf_arena *arena, const struct word *word, struct mf_cmdline *out)
{
	const char *value = word->value ? word->value : "";
	uint64_t seconds;

	if (is_key(word->key, "modferry"))
		out->is_off = strcmp(value, "off") == 0;
	else if (is_key(word->key, "modferry.debug"))
		out->is_debug = strcmp(value, "0") != 0;
	else if (is_key(word->key, "modferry.skip"))
		return add_list(arena, &out->skip, value);
	else if (is_key(word->key, "modferry.timeout")) {
		if (!mf_parse_u64(value, strlen(value), 10, &seconds) && seconds &&
		    seconds <= MAX_TIMEOUT)
			out->timeout = (unsigned int)seconds;
	} else if (is_key(word->key, "modferry.wait"))
		out->wait = *value ? value : NULL;
	else if (is_key(word->key, "modferry.init"))
		out->init = value[0] == '/' ? value : "/init";
	return 0;
}

/* A disk in the initramfs, as anaconda takes it (dracut/parse-anaconda-dd.sh); others are not ours.
 */
static int add_disk(const char *value, struct mf_cmdline *out)
{
	if (mf_has_prefix(value, "path:") || mf_has_prefix(value, "file:"))
		value += strlen("path:");
	if (strcmp(value, "/" MF_INITRAMFS_DISK) == 0)
		out->has_disk = true;
	return 0;
}

int mf_cmdline_parse(struct mf_bytes text, struct mf_arena *arena, struct mf_cmdline *out)
{
	struct word word;
	size_t at = 0;
	int r;

	*out = (struct mf_cmdline){.init = "/init"};
	while ((r = next_word(text, &at, arena, &word)) > 0) {
		const char *value = word.value ? word.value : "";

		if (!word.value && strcmp(word.key, "--") == 0)
			break;
		if (is_key(word.key, "modferry") || mf_has_prefix(word.key, "modferry."))
			r = own_word(arena, &word, out);
		else if (is_key(word.key, "modprobe.blacklist") ||
			 is_key(word.key, "rd.driver.blacklist"))
			r = add_list(arena, &out->blacklist, value);
		else if (is_key(word.key, "module_blacklist"))
			r = add_list(arena, &out->refused, value);
		else if (is_key(word.key, "inst.dd"))
			r = add_disk(value, out);
		else
			r = add_param(arena, &word, out);
		if (r)
			break;
	}
	return r < 0 ? r : 0;
}

static bool has_module(const struct mf_strings *list, const char *module)
{
	for (size_t i = 0; i < list->n; i++) {
		if (mf_modname_equal(list->v[i], module))
			return true;
	}
	return false;
}

enum mf_mask mf_cmdline_mask(const struct mf_cmdline *cmdline, const char *module)
{
	if (has_module(&cmdline->skip, module))
		return MF_MASK_SKIP;
	if (has_module(&cmdline->refused, module))
		return MF_MASK_REFUSED;
	if (has_module(&cmdline->blacklist, module))
		return MF_MASK_BLACKLIST;
	return MF_MASK_NONE;
}

const char *mf_mask_name(enum mf_mask mask)
{
	switch (mask) {
	case MF_MASK_NONE: return "";
	case MF_MASK_SKIP: return "modferry.skip";
	case MF_MASK_BLACKLIST: return "modprobe.blacklist or rd.driver.blacklist";
	case MF_MASK_REFUSED: return "module_blacklist";
	}
	return "";
}

void mf_cmdline_settings(const struct mf_cmdline *cmdline, const char *module, struct mf_buf *out)
{
	const char *blank = "";

	for (size_t i = 0; i < cmdline->n_params; i++) {
		if (!mf_modname_equal(cmdline->params[i].module, module))
			continue;
		mf_buf_adds(out, blank);
		mf_buf_adds(out, cmdline->params[i].setting);
		blank = " ";
	}
}
