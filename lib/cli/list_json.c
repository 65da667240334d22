// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry list --json`: printed as it goes, one line a module, so that a whole kernel's modules
// never stand in memory as a document; strings are escaped by jansson.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/cli/list.h"
#include "lib/cli/output.h"

#define FLUSH_AT ((size_t)65536)

struct printer {
	const struct mf_list *list;
	struct mf_buf out;
	struct mf_err *err;
	bool is_first_module; /* of a build */
	int result;	      /* the first failure */
};

static void flush(struct printer *printer)
{
	if (!printer->result)
		printer->result = mf_buf_status(&printer->out)
					  ? mf_fail(printer->err, -ENOMEM, "out of memory")
					  : mf_print(mf_buf_str(&printer->out), printer->out.len,
						     printer->err);
	printer->out.len = 0;
}

/* Whether text stands in JSON as it is: printable ASCII without '"' and '\\'. */
static bool is_plain(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
			return false;
	}
	return true;
}

static int append(const char *text, size_t n, void *context)
{
	mf_buf_add(context, text, n);
	return 0;
}

/* A string or null. Nearly all text of modules is plain; jansson has the say on the rest. */
static void add_string(struct mf_buf *out, const char *text)
{
	size_t n = text ? strlen(text) : 0;
	json_t *value;

	if (text && is_plain(text, n)) {
		mf_buf_addc(out, '"');
		mf_buf_add(out, text, n);
		mf_buf_addc(out, '"');
		return;
	}
	value = mf_json_text(text);
	if (!value || json_dump_callback(value, append, out, JSON_ENCODE_ANY))
		out->failed = true;
	json_decref(value);
}

static void add_text(struct mf_buf *out, const char *key, const char *text)
{
	mf_buf_adds(out, "\"");
	mf_buf_adds(out, key);
	mf_buf_adds(out, "\":");
	add_string(out, text);
	mf_buf_addc(out, ',');
}

static void add_raw(struct mf_buf *out, const char *key, const char *value)
{
	mf_buf_printf(out, "\"%s\":%s,", key, value);
}

static const char *boolean(bool value)
{
	return value ? "true" : "false";
}

/* Takes the ',' behind the last value off and closes with end. */
static void close_with(struct mf_buf *out, const char *end)
{
	if (out->len && out->data[out->len - 1] == ',')
		out->len--;
	mf_buf_adds(out, end);
}

static void add_strings(struct mf_buf *out, const char *key, const struct mf_strings *list)
{
	mf_buf_printf(out, "\"%s\":[", key);
	for (size_t i = 0; i < list->n; i++) {
		add_string(out, list->v[i]);
		mf_buf_addc(out, ',');
	}
	close_with(out, "],");
}

static void add_params(struct mf_buf *out, const struct mf_module *module)
{
	mf_buf_adds(out, "\"params\":[");
	for (size_t i = 0; i < module->n_params; i++) {
		mf_buf_addc(out, '{');
		add_text(out, "name", module->params[i].name);
		add_text(out, "type", module->params[i].type);
		add_text(out, "description", module->params[i].description);
		close_with(out, "},");
	}
	close_with(out, "],");
}

static void add_symbols(struct mf_buf *out, const char *key, const struct mf_symbols *list,
			bool has_gpl)
{
	mf_buf_printf(out, "\"%s\":[", key);
	for (size_t i = 0; i < list->n; i++) {
		const struct mf_symbol *symbol = &list->v[i];

		mf_buf_addc(out, '{');
		add_text(out, "name", symbol->name);
		if (symbol->has_crc)
			mf_buf_printf(out, "\"crc\":\"0x%08x\",", symbol->crc);
		else
			add_raw(out, "crc", "null");
		if (has_gpl)
			add_raw(out, "gpl", boolean(symbol->is_gpl));
		close_with(out, "},");
	}
	close_with(out, "],");
}

static void add_boot_classes(struct mf_buf *out, unsigned int classes)
{
	mf_buf_adds(out, "\"boot\":[");
	for (unsigned int bit = 1; bit <= MF_BOOT_FILESYSTEM; bit <<= 1) {
		if (classes & bit)
			mf_buf_printf(out, "\"%s\",", mf_boot_class_name(bit));
	}
	close_with(out, "],");
}

static const char *signature_name(enum mf_signature_state state)
{
	switch (state) {
	case MF_SIGNATURE_NONE: return "none";
	case MF_SIGNATURE_PRESENT: return "present";
	case MF_SIGNATURE_MALFORMED: return "malformed";
	}
	return "?";
}

static void add_driver(struct mf_buf *out, const struct mf_driver *driver, bool has_symbols)
{
	const struct mf_module *module = &driver->module;

	mf_buf_addc(out, '{');
	add_text(out, "name", module->name);
	add_text(out, "version", module->version);
	add_text(out, "srcversion", module->srcversion);
	add_text(out, "vermagic", module->vermagic);
	add_text(out, "arch", module->arch);
	mf_buf_printf(out, "\"bits\":%u,", module->bits);
	add_text(out, "endian", module->endian == MF_BIG ? "big" : "little");
	add_text(out, "license", module->license);
	add_text(out, "description", module->description);
	add_boot_classes(out, module->boot_class);
	add_text(out, "signature", signature_name(module->signature));
	add_text(out, "signer", module->signer);
	add_raw(out, "intree", boolean(module->is_intree));
	add_raw(out, "btf", boolean(module->has_btf));
	add_text(out, "path", driver->path);
	add_text(out, "member", driver->member);
	add_text(out, "compression", mf_compression_name(driver->compression));
	mf_buf_printf(out, "\"size\":%llu,", (unsigned long long)driver->file_size);
	add_strings(out, "aliases", &module->aliases);
	add_strings(out, "depends", &module->depends);
	add_strings(out, "softdep_pre", &module->softdep_pre);
	add_strings(out, "softdep_post", &module->softdep_post);
	add_strings(out, "weakdep", &module->weakdep);
	add_strings(out, "firmware", &module->firmware);
	add_params(out, module);
	if (has_symbols) {
		add_symbols(out, "imports", &module->imports, false);
		add_symbols(out, "exports", &module->exports, true);
	}
	close_with(out, "}");
}

static void add_build(struct printer *printer, const struct mf_package *package,
		      const struct mf_build *build)
{
	struct mf_buf *out = &printer->out;

	mf_buf_addc(out, '{');
	add_text(out, "kernel", build->kernel);
	add_text(out, "arch", build->arch);
	add_text(out, "state", mf_build_state_name(build->state));
	add_text(out, "note", build->note);
	mf_buf_adds(out, "\"modules\":[");
	for (size_t i = 0; i < build->n_drivers; i++) {
		if (!mf_list_has_driver(printer->list, package, &build->drivers[i]))
			continue;
		mf_buf_adds(out, printer->is_first_module ? "\n" : ",\n");
		printer->is_first_module = false;
		add_driver(out, &build->drivers[i], printer->list->has_symbols);
		if (out->failed || out->len >= FLUSH_AT)
			flush(printer);
	}
	printer->is_first_module = true;
	mf_buf_adds(out, "]}");
}

/* Whether it was printed: a package without anything to show is left out. */
static bool add_package(struct printer *printer, const struct mf_package *package,
			const char *before)
{
	bool is_begun = false;

	for (size_t i = 0; i < package->n_builds; i++) {
		if (!mf_list_has_build(printer->list, package, &package->builds[i]))
			continue;
		if (is_begun) {
			mf_buf_adds(&printer->out, ",\n");
		} else {
			mf_buf_adds(&printer->out, before);
			mf_buf_addc(&printer->out, '{');
			add_text(&printer->out, "name", package->name);
			add_text(&printer->out, "version", package->version);
			add_text(&printer->out, "source", package->origin);
			mf_buf_adds(&printer->out, "\"builds\":[\n");
		}
		is_begun = true;
		add_build(printer, package, &package->builds[i]);
	}
	if (is_begun)
		mf_buf_adds(&printer->out, "]}");
	return is_begun;
}

static void add_notes(struct mf_buf *out, const struct mf_drvset *set)
{
	mf_buf_adds(out, "\"notes\":[");
	for (size_t i = 0; i < set->n_notes; i++) {
		mf_buf_adds(out, i ? ",\n{" : "\n{");
		add_text(out, "object", set->notes[i].object);
		add_text(out, "problem", set->notes[i].problem);
		close_with(out, "}");
	}
	mf_buf_adds(out, "]");
}

int mf_list_print_json(const struct mf_list *list, struct mf_err *err)
{
	struct printer printer = {.list = list, .err = err, .is_first_module = true};
	const char *separator = "\n";

	mf_buf_adds(&printer.out, "{\"modferry_list\":1,\n\"packages\":[");
	for (size_t i = 0; !printer.result && i < list->set.n_packages; i++) {
		if (add_package(&printer, &list->set.packages[i], separator))
			separator = ",\n";
	}
	mf_buf_adds(&printer.out, "],\n");
	add_notes(&printer.out, &list->set);
	mf_buf_adds(&printer.out, "}\n");
	flush(&printer);
	mf_buf_free(&printer.out);
	return printer.result;
}
