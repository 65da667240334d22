// SPDX-License-Identifier: GPL-2.0-or-later
// Facts of one kernel module, read from its own ELF file.
#include "lib/core/module.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/elf.h"
#include "lib/core/modname.h"
#include "lib/core/modsyms.h"
#include "lib/core/signature.h"

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258 /* newer than musl 1.2.3's elf.h */
#endif

/* The largest of Debian's 4,000 modules has 30 KB of .modinfo and 1,200 aliases. */
#define MAX_MODINFO ((size_t)4 << 20)
#define MAX_VALUES  ((size_t)65536)

/* What the .modinfo parser fills. */
struct modinfo {
	struct mf_arena *arena;
	struct mf_module *module;
	int error;
};

static void add_string(struct modinfo *info, struct mf_strings *strings, const char *text, size_t n)
{
	if (info->error || !n)
		return;
	if (strings->n >= MAX_VALUES) {
		info->error = -E2BIG;
		return;
	}
	info->error = mf_arena_grow(info->arena, &strings->v, strings->n, sizeof(*strings->v));
	if (info->error)
		return;
	strings->v[strings->n] = mf_arena_strndup(info->arena, text, n);
	if (!strings->v[strings->n])
		info->error = -ENOMEM;
	else
		strings->n++;
}

/* Adds each word of a value that is separated by any of the given characters. */
static void add_words(struct modinfo *info, struct mf_strings *strings, const char *value,
		      const char *separators)
{
	while (*value) {
		size_t n = strcspn(value, separators);

		add_string(info, strings, value, n);
		value += n + (value[n] != '\0');
	}
}

/* "pre: a b post: c" (include/linux/module.h MODULE_SOFTDEP). */
static void add_softdep(struct modinfo *info, const char *value)
{
	struct mf_strings *strings = NULL;

	while (*value) {
		size_t n = strcspn(value, " \t");

		if (n == 4 && memcmp(value, "pre:", 4) == 0)
			strings = &info->module->softdep_pre;
		else if (n == 5 && memcmp(value, "post:", 5) == 0)
			strings = &info->module->softdep_post;
		else if (strings)
			add_string(info, strings, value, n);
		value += n + (value[n] != '\0');
	}
}

/* "NAME:TEXT" of parm and parmtype. */
static void add_param(struct modinfo *info, const char *value, bool is_type)
{
	struct mf_module *module = info->module;
	const char *colon = strchr(value, ':');
	size_t n = colon ? (size_t)(colon - value) : strlen(value);
	struct mf_param *param = NULL;
	const char *text;

	if (info->error || !n)
		return;
	for (size_t i = 0; i < module->n_params && !param; i++) {
		if (strlen(module->params[i].name) == n &&
		    memcmp(module->params[i].name, value, n) == 0)
			param = &module->params[i];
	}
	if (!param) {
		const char *name = mf_arena_strndup(info->arena, value, n);

		/* the search above is quadratic: a real driver has at most some hundreds */
		info->error = module->n_params >= 4096
				      ? -E2BIG
				      : mf_arena_grow(info->arena, &module->params,
						      module->n_params, sizeof(*module->params));
		if (!info->error && !name)
			info->error = -ENOMEM;
		if (info->error)
			return;
		param = &module->params[module->n_params++];
		*param = (struct mf_param){.name = name};
	}
	text = mf_arena_strdup(info->arena, colon ? colon + 1 : "");
	if (!text)
		info->error = -ENOMEM;
	else if (is_type)
		param->type = text;
	else
		param->description = text;
}

static void set_text(struct modinfo *info, const char **field, const char *value)
{
	/* the first one counts, as in modinfo(8) -F; MODULE_VERSION("") tells nothing */
	if (*field || !*value || info->error)
		return;
	*field = mf_arena_strdup(info->arena, value);
	if (!*field)
		info->error = -ENOMEM;
}

/* One key=value of .modinfo. */
static void add_fact(struct modinfo *info, const char *key, size_t n, const char *value)
{
	struct mf_module *module = info->module;
	const struct {
		const char *key;
		const char **field;
	} texts[] = {
		{"name", &module->name},
		{"version", &module->version},
		{"srcversion", &module->srcversion},
		{"vermagic", &module->vermagic},
		{"license", &module->license},
		{"description", &module->description},
	};
#define IS(word) (n == sizeof(word) - 1 && memcmp(key, word, n) == 0)

	if (IS("alias")) {
		add_string(info, &module->aliases, value, strlen(value));
		return;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strlen(texts[i].key) == n && memcmp(key, texts[i].key, n) == 0)
			set_text(info, texts[i].field, value);
	}
	if (IS("depends"))
		add_words(info, &module->depends, value, ",");
	else if (IS("softdep"))
		add_softdep(info, value);
	else if (IS("weakdep"))
		add_words(info, &module->weakdep, value, " \t,");
	else if (IS("firmware"))
		add_string(info, &module->firmware, value, strlen(value));
	else if (IS("import_ns"))
		add_string(info, &module->import_spaces, value, strlen(value));
	else if (IS("parm"))
		add_param(info, value, false);
	else if (IS("parmtype"))
		add_param(info, value, true);
	else if (IS("intree"))
		module->is_intree = value[0] == 'Y';
#undef IS
}

/* NUL-separated key=value strings; padding between them is skipped. */
static int read_modinfo(struct mf_bytes text, struct modinfo *info, struct mf_err *err)
{
	size_t at = 0;

	if (text.n > MAX_MODINFO)
		return mf_fail(err, -E2BIG, ".modinfo has %zu bytes, at most %zu are accepted",
			       text.n, MAX_MODINFO);
	if (text.n && text.p[text.n - 1])
		return mf_fail(err, -EBADMSG, ".modinfo does not end with a NUL byte");
	while (at < text.n && !info->error) {
		const char *entry = (const char *)text.p + at;
		const char *equals = strchr(entry, '=');

		if (equals)
			add_fact(info, entry, (size_t)(equals - entry), equals + 1);
		at += strlen(entry) + 1;
	}
	if (info->error == -E2BIG)
		return mf_fail(err, -E2BIG, ".modinfo has more values than are accepted");
	return info->error;
}

/* Name from .modinfo (kernels since 4.13 write it), else from the file name. */
static int settle_name(struct mf_module *module, const char *file_name, struct mf_arena *arena,
		       struct mf_err *err)
{
	char name[MF_MODNAME_MAX];
	char *copy;

	if (!module->name) {
		if (mf_modname_from_path(file_name, name))
			return mf_fail(err, -EBADMSG,
				       "has no name of its own and is not called NAME.ko");
		module->name = mf_arena_strdup(arena, name);
		if (!module->name)
			return -ENOMEM;
	}
	if (!mf_modname_is_valid(module->name))
		return mf_fail(err, -EBADMSG, "its module name is not a valid one");
	copy = mf_arena_strdup(arena, module->name);
	if (!copy)
		return -ENOMEM;
	for (char *c = copy; *c; c++) {
		if (*c == '-')
			*c = '_';
	}
	module->name = copy;
	return 0;
}

int mf_module_read(struct mf_bytes file, const char *file_name, unsigned int want,
		   struct mf_arena *arena, struct mf_module *out, struct mf_err *err)
{
	struct mf_module module = {0};
	struct modinfo info = {.arena = arena, .module = &module};
	struct mf_modsyms symbols = {0};
	struct mf_bytes content;
	struct mf_elf elf;
	bool has_modinfo = false;
	int r = mf_signature_read(file, arena, &module, &content);

	if (!r)
		r = mf_elf_open(content, &elf, err);
	if (!r && elf.type != ET_REL)
		r = mf_fail(err, -EBADMSG,
			    "is an ELF file but no relocatable object, so no module");
	for (uint32_t i = 1; !r && i < elf.n_sections; i++) {
		struct mf_section section;

		r = mf_elf_section(&elf, i, &section, err);
		if (r)
			break;
		if (strcmp(section.name, ".modinfo") == 0) {
			has_modinfo = true;
			r = read_modinfo(section.content, &info, err);
		} else if (strcmp(section.name, ".BTF") == 0) {
			module.has_btf = true;
		} else if (strcmp(section.name, ".gnu.linkonce.this_module") == 0) {
			module.struct_size = section.content.n;
		} else {
			r = mf_modsyms_note(&elf, &section, &symbols, err);
		}
	}
	if (!r && !has_modinfo)
		r = mf_fail(err, -EBADMSG, "has no .modinfo section, so it is no kernel module");
	if (!r)
		r = settle_name(&module, file_name, arena, err);
	if (!r)
		r = mf_modsyms_read(&elf, &symbols, want, arena, &module, err);
	if (r)
		return r;
	module.bits = elf.bits;
	module.endian = elf.endian;
	module.arch = mf_arch_from_elf(elf.machine, elf.bits, elf.endian);
	if (!module.arch)
		module.arch = "unknown";
	*out = module;
	return 0;
}

const char *mf_module_kernel(const struct mf_module *module, struct mf_arena *arena)
{
	size_t n = module->vermagic ? strcspn(module->vermagic, " ") : 0;

	return n ? mf_arena_strndup(arena, module->vermagic, n) : NULL;
}

const char *mf_arch_from_elf(uint16_t machine, unsigned int bits, enum mf_endian endian)
{
	/* uname -m words: UTS_MACHINE in arch/<arch>/Makefile of the kernel */
	static const struct {
		uint16_t machine;
		unsigned int bits;
		enum mf_endian endian;
		const char *arch;
	} table[] = {
		{EM_X86_64, 64, MF_LITTLE, "x86_64"},
		{EM_386, 32, MF_LITTLE, "i686"},
		{EM_AARCH64, 64, MF_LITTLE, "aarch64"},
		{EM_ARM, 32, MF_LITTLE, "armv7l"},
		{EM_PPC64, 64, MF_LITTLE, "ppc64le"},
		{EM_PPC64, 64, MF_BIG, "ppc64"},
		{EM_PPC, 32, MF_BIG, "ppc"},
		{EM_S390, 64, MF_BIG, "s390x"},
		{EM_RISCV, 64, MF_LITTLE, "riscv64"},
		{EM_LOONGARCH, 64, MF_LITTLE, "loongarch64"},
		{EM_MIPS, 64, MF_LITTLE, "mips64"},
		{EM_MIPS, 64, MF_BIG, "mips64"},
		{EM_MIPS, 32, MF_LITTLE, "mips"},
		{EM_MIPS, 32, MF_BIG, "mips"},
		{EM_PARISC, 32, MF_BIG, "parisc"},
		{EM_SPARCV9, 64, MF_BIG, "sparc64"},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].machine == machine && table[i].bits == bits &&
		    table[i].endian == endian)
			return table[i].arch;
	}
	return NULL;
}
