// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry list --json`: printed as it goes, one line a module, so that a whole kernel's modules
// never stand in memory as a document.
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
	int result; /* the first failure */
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

static int append(const char *text, size_t n, void *context)
{
	mf_buf_add(context, text, n);
	return 0;
}

/* Prints a value and frees it. */
static void add_value(struct printer *printer, json_t *value)
{
	if (!value ||
	    json_dump_callback(value, append, &printer->out, JSON_COMPACT | JSON_ENCODE_ANY))
		printer->out.failed = true;
	json_decref(value);
	if (printer->out.failed || printer->out.len >= FLUSH_AT)
		flush(printer);
}

static void add_text(struct printer *printer, const char *key, const char *text)
{
	mf_buf_printf(&printer->out, "\"%s\":", key);
	add_value(printer, mf_json_text(text));
}

static json_t *strings(const struct mf_strings *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(array, mf_json_text(list->v[i]));
	return array;
}

static json_t *params(const struct mf_module *module)
{
	json_t *array = json_array();

	for (size_t i = 0; i < module->n_params; i++) {
		const struct mf_param *param = &module->params[i];

		json_array_append_new(array, json_pack("{s:o, s:o, s:o}", "name",
						       mf_json_text(param->name), "type",
						       mf_json_text(param->type), "description",
						       mf_json_text(param->description)));
	}
	return array;
}

static json_t *symbols(const struct mf_symbols *list, bool has_gpl)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++) {
		const struct mf_symbol *symbol = &list->v[i];
		json_t *entry = json_pack("{s:o}", "name", mf_json_text(symbol->name));
		char crc[16];

		snprintf(crc, sizeof(crc), "0x%08x", symbol->crc);
		json_object_set_new(entry, "crc", symbol->has_crc ? json_string(crc) : json_null());
		if (has_gpl)
			json_object_set_new(entry, "gpl", json_boolean(symbol->is_gpl));
		json_array_append_new(array, entry);
	}
	return array;
}

static json_t *boot_classes(unsigned int classes)
{
	json_t *array = json_array();

	for (unsigned int bit = 1; bit <= MF_BOOT_FILESYSTEM; bit <<= 1) {
		if (classes & bit)
			json_array_append_new(array, json_string(mf_boot_class_name(bit)));
	}
	return array;
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

static json_t *driver_json(const struct mf_driver *driver, bool has_symbols)
{
	const struct mf_module *module = &driver->module;
	json_t *object = json_object();

	json_object_set_new(object, "name", mf_json_text(module->name));
	json_object_set_new(object, "version", mf_json_text(module->version));
	json_object_set_new(object, "srcversion", mf_json_text(module->srcversion));
	json_object_set_new(object, "vermagic", mf_json_text(module->vermagic));
	json_object_set_new(object, "arch", mf_json_text(module->arch));
	json_object_set_new(object, "bits", json_integer(module->bits));
	json_object_set_new(object, "endian",
			    json_string(module->endian == MF_BIG ? "big" : "little"));
	json_object_set_new(object, "license", mf_json_text(module->license));
	json_object_set_new(object, "description", mf_json_text(module->description));
	json_object_set_new(object, "boot", boot_classes(module->boot_class));
	json_object_set_new(object, "signature", json_string(signature_name(module->signature)));
	json_object_set_new(object, "signer", mf_json_text(module->signer));
	json_object_set_new(object, "intree", json_boolean(module->is_intree));
	json_object_set_new(object, "btf", json_boolean(module->has_btf));
	json_object_set_new(object, "path", mf_json_text(driver->path));
	json_object_set_new(object, "member", mf_json_text(driver->member));
	json_object_set_new(object, "compression",
			    json_string(mf_compression_name(driver->compression)));
	json_object_set_new(object, "size", json_integer((json_int_t)driver->file_size));
	json_object_set_new(object, "aliases", strings(&module->aliases));
	json_object_set_new(object, "depends", strings(&module->depends));
	json_object_set_new(object, "softdep_pre", strings(&module->softdep_pre));
	json_object_set_new(object, "softdep_post", strings(&module->softdep_post));
	json_object_set_new(object, "weakdep", strings(&module->weakdep));
	json_object_set_new(object, "firmware", strings(&module->firmware));
	json_object_set_new(object, "params", params(module));
	if (has_symbols) {
		json_object_set_new(object, "imports", symbols(&module->imports, false));
		json_object_set_new(object, "exports", symbols(&module->exports, true));
	}
	return object;
}

static void add_build(struct printer *printer, const struct mf_package *package,
		      const struct mf_build *build)
{
	const char *separator = "\n";

	mf_buf_adds(&printer->out, "{");
	add_text(printer, "kernel", build->kernel);
	mf_buf_adds(&printer->out, ",");
	add_text(printer, "arch", build->arch);
	mf_buf_adds(&printer->out, ",");
	add_text(printer, "state", mf_build_state_name(build->state));
	mf_buf_adds(&printer->out, ",");
	add_text(printer, "note", build->note);
	mf_buf_adds(&printer->out, ",\"modules\":[");
	for (size_t i = 0; i < build->n_drivers; i++) {
		if (!mf_list_has_driver(printer->list, package, &build->drivers[i]))
			continue;
		mf_buf_adds(&printer->out, separator);
		add_value(printer, driver_json(&build->drivers[i], printer->list->has_symbols));
		separator = ",\n";
	}
	mf_buf_adds(&printer->out, "]}");
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
			mf_buf_printf(&printer->out, "%s{", before);
			add_text(printer, "name", package->name);
			mf_buf_adds(&printer->out, ",");
			add_text(printer, "version", package->version);
			mf_buf_adds(&printer->out, ",");
			add_text(printer, "source", package->origin);
			mf_buf_adds(&printer->out, ",\"builds\":[\n");
		}
		is_begun = true;
		add_build(printer, package, &package->builds[i]);
	}
	if (is_begun)
		mf_buf_adds(&printer->out, "]}");
	return is_begun;
}

int mf_list_print_json(const struct mf_list *list, struct mf_err *err)
{
	struct printer printer = {.list = list, .err = err};
	const char *separator = "\n";

	mf_buf_adds(&printer.out, "{\"modferry_list\":1,\n\"packages\":[");
	for (size_t i = 0; !printer.result && i < list->set.n_packages; i++) {
		if (add_package(&printer, &list->set.packages[i], separator))
			separator = ",\n";
	}
	mf_buf_adds(&printer.out, "],\n\"notes\":[");
	separator = "\n";
	for (size_t i = 0; !printer.result && i < list->set.n_notes; i++) {
		mf_buf_printf(&printer.out, "%s{", separator);
		add_text(&printer, "object", list->set.notes[i].object);
		mf_buf_adds(&printer.out, ",");
		add_text(&printer, "problem", list->set.notes[i].problem);
		mf_buf_adds(&printer.out, "}");
		separator = ",\n";
	}
	mf_buf_adds(&printer.out, "]}\n");
	flush(&printer);
	mf_buf_free(&printer.out);
	return printer.result;
}
