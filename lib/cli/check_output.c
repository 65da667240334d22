// SPDX-License-Identifier: GPL-2.0-or-later
// What `check` prints: verdicts with their reasons.
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/check_disk.h"
#include "lib/cli/output.h"

void mf_check_add_reason(struct mf_buf *out, const char *name, const struct mf_reason *reason)
{
	if (name) {
		mf_buf_add_visible(out, name, strlen(name));
		mf_buf_adds(out, ": ");
	}
	mf_buf_printf(out, "%s: ", mf_reason_name(reason->code));
	mf_buf_add_visible(out, reason->text, strlen(reason->text));
	if (reason->advice) {
		mf_buf_adds(out, "; ");
		mf_buf_add_visible(out, reason->advice, strlen(reason->advice));
	}
}

/* Codes of all reasons, joined with ','. */
static void add_codes(struct mf_buf *out, const struct mf_reasons *reasons)
{
	for (size_t i = 0; i < reasons->n; i++)
		mf_buf_printf(out, "%s%s", i ? "," : "", mf_reason_name(reasons->v[i].code));
}

static void add_visible(struct mf_buf *out, const char *text)
{
	mf_buf_add_visible(out, text, strlen(text));
}

static int print_target(const struct mf_check_view *view, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const struct mf_probe *probe = &view->facts->probe;

	mf_buf_adds(&text, "target: ");
	if (probe->distribution) {
		add_visible(&text, probe->distribution);
		mf_buf_adds(&text, ", ");
	}
	mf_buf_adds(&text, probe->framework ? probe->framework : "unknown");
	for (size_t i = 0; i < probe->n_kernels; i++) {
		const struct mf_kernel *kernel = &probe->kernels[i];

		mf_buf_adds(&text, ", kernel ");
		add_visible(&text, kernel->release);
		mf_buf_printf(&text, " (%s) with %zu modules", kernel->arch ? kernel->arch : "-",
			      kernel->n_modules);
	}
	mf_buf_adds(&text, "\n\n");
	return mf_print(mf_buf_str(&text), text.len, err);
}

static int print_table(const struct mf_checked *checked, struct mf_err *err)
{
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	static const char *const headings[] = {"VERDICT", "DRIVER", "VERSION", "KERNEL", "REASONS"};

	mf_table_row(&table, 5, headings);
	for (size_t i = 0; i < checked->n; i++) {
		const struct mf_driver_check *check = &checked->v[i];
		const struct mf_module *module = &check->selected->driver->module;
		MF_CLEANUP(mf_buf_free) struct mf_buf codes = {0};

		add_codes(&codes, &check->reasons);
		const char *const cells[] = {mf_verdict_name(check->verdict), module->name,
					     module->version, check->kernel->release,
					     mf_buf_str(&codes)};
		mf_table_row(&table, 5, cells);
	}
	return mf_table_print(&table, err);
}

static void add_reasons(struct mf_buf *out, const char *name, const struct mf_reasons *reasons)
{
	for (size_t i = 0; i < reasons->n; i++) {
		const struct mf_reason *reason = &reasons->v[i];

		mf_buf_printf(out, "%-8s ",
			      reason->weight == MF_VERDICT_LOADS ? "note"
								 : mf_verdict_name(reason->weight));
		mf_check_add_reason(out, name, reason);
		mf_buf_adds(out, "\n");
	}
}

/* Who signed a driver, and what that is worth there; that it is unsigned is a reason. */
static void add_signer(struct mf_buf *out, const struct mf_driver_check *check)
{
	static const char *const worth[] = {
		[MF_ANSWER_UNKNOWN] = "whether that key is trusted there is not known",
		[MF_ANSWER_NO] = "no valid signature of a key known to be trusted there",
		[MF_ANSWER_YES] = "which is trusted there",
	};
	const struct mf_module *module = &check->selected->driver->module;

	if (module->signature != MF_SIGNATURE_PRESENT)
		return;
	mf_buf_adds(out, "signed   ");
	add_visible(out, module->name);
	mf_buf_adds(out, ": by ");
	add_visible(out, module->signer ? module->signer : "an unnamed key");
	mf_buf_printf(out, ", %s\n", worth[check->trusted]);
}

int mf_check_print(const struct mf_check_view *view, struct mf_err *err)
{
	const struct mf_checked *checked = view->checked;
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	int r = print_target(view, err);

	if (!r && view->disk)
		r = mf_disk_print(view->disk);
	if (!r && checked->n)
		r = print_table(checked, err);
	mf_buf_adds(&text, "\n");
	for (size_t i = 0; i < checked->n; i++) {
		add_signer(&text, &checked->v[i]);
		add_reasons(&text, checked->v[i].selected->driver->module.name,
			    &checked->v[i].reasons);
	}
	add_reasons(&text, NULL, &checked->archive);
	if (mf_buf_status(&text))
		return mf_fail(err, -ENOMEM, "out of memory");
	return r || text.len == 1 ? r : mf_print(mf_buf_str(&text), text.len, err);
}

static json_t *json_reasons(const struct mf_reasons *reasons)
{
	json_t *array = json_array();

	for (size_t i = 0; i < reasons->n; i++) {
		json_t *reason = json_object();

		json_object_set_new(reason, "code",
				    json_string(mf_reason_name(reasons->v[i].code)));
		json_object_set_new(reason, "weight",
				    json_string(mf_verdict_name(reasons->v[i].weight)));
		json_object_set_new(reason, "text", mf_json_text(reasons->v[i].text));
		json_object_set_new(reason, "advice", mf_json_text(reasons->v[i].advice));
		json_array_append_new(array, reason);
	}
	return array;
}

static json_t *json_driver(const struct mf_driver_check *check)
{
	const struct mf_selected *selected = check->selected;
	const struct mf_driver *driver = selected->driver;
	json_t *object = json_object();

	json_object_set_new(object, "name", mf_json_text(driver->module.name));
	json_object_set_new(object, "version", mf_json_text(driver->module.version));
	json_object_set_new(object, "package", mf_json_text(selected->package->name));
	json_object_set_new(object, "package_version", mf_json_text(selected->package->version));
	json_object_set_new(object, "kernel", mf_json_text(check->kernel->release));
	json_object_set_new(object, "built_for", mf_json_text(selected->build->kernel));
	json_object_set_new(object, "file",
			    mf_json_text(driver->member ? driver->member : driver->path));
	json_object_set_new(object, "signer", mf_json_text(driver->module.signer));
	json_object_set_new(object, "trusted",
			    check->trusted == MF_ANSWER_UNKNOWN
				    ? json_null()
				    : json_boolean(check->trusted == MF_ANSWER_YES));
	json_object_set_new(object, "verdict", json_string(mf_verdict_name(check->verdict)));
	json_object_set_new(object, "reasons", json_reasons(&check->reasons));
	return object;
}

static json_t *json_target(const struct mf_facts *facts)
{
	const struct mf_probe *probe = &facts->probe;
	json_t *target = json_object();
	json_t *kernels = json_array();

	json_object_set_new(target, "object", mf_json_text(facts->object));
	json_object_set_new(target, "distribution", mf_json_text(probe->distribution));
	json_object_set_new(target, "framework", mf_json_text(probe->framework));
	for (size_t i = 0; i < probe->n_kernels; i++) {
		const struct mf_kernel *kernel = &probe->kernels[i];
		json_t *object = json_object();

		json_object_set_new(object, "release", mf_json_text(kernel->release));
		json_object_set_new(object, "arch", mf_json_text(kernel->arch));
		json_object_set_new(object, "vermagic", mf_json_text(kernel->vermagic));
		json_object_set_new(object, "modules", json_integer((json_int_t)kernel->n_modules));
		json_object_set_new(object, "symbols", json_integer((json_int_t)kernel->symbols.n));
		json_object_set_new(object, "symbols_complete",
				    json_boolean(kernel->symbols.is_complete));
		json_array_append_new(kernels, object);
	}
	json_object_set_new(target, "kernels", kernels);
	return target;
}

int mf_check_print_json(const struct mf_check_view *view, struct mf_err *err)
{
	const struct mf_checked *checked = view->checked;
	json_t *document = json_object();
	json_t *drivers = json_array();
	int r;

	json_object_set_new(document, "modferry_check", json_integer(1));
	json_object_set_new(document, "artifact", mf_json_text(view->artifact));
	json_object_set_new(document, "verdict", json_string(mf_verdict_name(checked->verdict)));
	json_object_set_new(document, "target", json_target(view->facts));
	if (view->disk)
		json_object_set_new(document, "disk", mf_disk_json(view->disk));
	for (size_t i = 0; i < checked->n; i++)
		json_array_append_new(drivers, json_driver(&checked->v[i]));
	json_object_set_new(document, "drivers", drivers);
	json_object_set_new(document, "archive", json_reasons(&checked->archive));
	r = mf_print_json(document, err);
	json_decref(document);
	return r;
}
