// SPDX-License-Identifier: GPL-2.0-or-later
// What `modferry match` prints: drivers of each device, devices without one.
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/match.h"
#include "lib/core/modalias.h"

/* Buses of what firmware and kernel make up beside the real devices: every machine has dozens of
 * them that never have a driver, so without --all they are counted only. */
static const char *const quiet_buses[] = {
	"acpi", "cpu", "dmi", "input", "platform", "pnp", "serio", "wmi", "x86cpu",
};

/* Hits of that many devices are kept before their memory is given back. */
#define SCRATCH_DEVICES 256

static bool is_quiet(const char *modalias)
{
	size_t n;
	const char *bus = mf_modalias_bus(modalias, &n);

	for (size_t i = 0; i < sizeof(quiet_buses) / sizeof(quiet_buses[0]); i++) {
		if (strlen(quiet_buses[i]) == n && !memcmp(bus, quiet_buses[i], n))
			return true;
	}
	return false;
}

/* "PACKAGE/VERSION", the file of a driver without a package, "stock", "built-in". */
static void add_origin(struct mf_buf *out, const struct mf_hit *hit)
{
	const struct mf_package *package = hit->owner.package;

	if (!package)
		mf_buf_adds(out, mf_layer_name(hit->layer));
	else if (package->name)
		mf_buf_printf(out, "%s/%s", package->name,
			      package->version ? package->version : "?");
	else
		mf_buf_adds(out, mf_path_base(hit->owner.driver->path));
}

static const char *kernel_of(const struct mf_hit *hit)
{
	if (hit->owner.build)
		return hit->owner.build->kernel;
	return mf_path_base(hit->folder);
}

/* Whether two hits differ in their kernel only. */
static bool is_sibling(const struct mf_hit *a, const struct mf_hit *b)
{
	return a->layer == b->layer && a->owner.package && a->owner.package->name &&
	       a->owner.package == b->owner.package && !strcmp(a->module, b->module) &&
	       a->is_certain == b->is_certain;
}

/* One row for the hits from `first` on that are siblings; returns the one behind them. */
static size_t add_row(struct mf_table *table, const struct mf_device *device,
		      const struct mf_hits *hits, size_t first)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf origin = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf kernels = {0};
	const struct mf_hit *hit = &hits->v[first];
	size_t i = first;

	mf_buf_printf(&module, "%s%s", hit->module, hit->is_certain ? "" : " (maybe)");
	add_origin(&origin, hit);
	for (; i < hits->n && is_sibling(hit, &hits->v[i]); i++)
		mf_buf_printf(&kernels, "%s%s", i > first ? "," : "", kernel_of(&hits->v[i]));
	if (i == first) {
		mf_buf_adds(&kernels, kernel_of(hit));
		i++;
	}
	mf_table_row(table, 5,
		     (const char *const[]){mf_buf_str(&module), mf_buf_str(&origin),
					   mf_buf_str(&kernels), device->modalias,
					   device->name ? device->name : device->path});
	return i;
}

static int print_missing(const struct mf_match_view *view, const struct mf_devices *missing,
			 struct mf_err *err)
{
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	size_t n_quiet = 0;
	int status = 0;

	mf_table_row(&table, 2, (const char *const[]){"NO DRIVER FOR", "WHAT"});
	for (size_t i = 0; i < missing->n; i++) {
		const struct mf_device *device = &missing->v[i];

		if (!view->is_all && is_quiet(device->modalias)) {
			n_quiet++;
			continue;
		}
		mf_table_row(&table, 2,
			     (const char *const[]){device->modalias,
						   device->name ? device->name : device->path});
	}
	if (table.n_rows > 1)
		status = mf_table_print(&table, err);
	if (n_quiet)
		mf_buf_printf(&text,
			      "%zu more without a driver (acpi, platform, cpu…): see --all\n",
			      n_quiet);
	if (table.n_rows > 1 && !view->sources->n_indexes)
		mf_buf_adds(&text, "stock drivers were not asked; ask both with SOURCEs "
				   "such as: /var/lib/dkms /lib/modules/RELEASE\n");
	return status ? status : mf_print(mf_buf_str(&text), text.len, err);
}

int mf_match_print(const struct mf_match_view *view, size_t *ret_matched, struct mf_err *err)
{
	MF_CLEANUP(mf_table_free) struct mf_table table = {0};
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_arena_free) struct mf_arena scratch = {0};
	struct mf_devices missing = {0};
	int status = 0;

	*ret_matched = 0;
	mf_table_row(&table, 5,
		     (const char *const[]){"DRIVER", "FROM", "KERNEL", "DEVICE", "WHAT"});
	for (size_t i = 0; !status && i < view->devices->n; i++) {
		const struct mf_device *device = &view->devices->v[i];
		struct mf_hits hits = {.arena = &scratch};

		if (i % SCRATCH_DEVICES == 0)
			mf_arena_free(&scratch);

		status = mf_match_device(view->sources, device, &hits, err);
		for (size_t k = 0; !status && k < hits.n;)
			k = add_row(&table, device, &hits, k);
		*ret_matched += hits.n != 0;
		if (!status && !hits.n) {
			if (mf_arena_grow(&arena, &missing.v, missing.n, sizeof(*device)))
				return mf_fail(err, -ENOMEM, "out of memory");
			missing.v[missing.n++] = *device;
		}
	}
	if (!status && *ret_matched)
		status = mf_table_print(&table, err);
	if (!status && *ret_matched && missing.n)
		status = mf_print("\n", 1, err);
	return status ? status : print_missing(view, &missing, err);
}

static json_t *json_hit(const struct mf_hit *hit)
{
	const struct mf_package *package = hit->owner.package;
	const struct mf_build *build = hit->owner.build;
	json_t *object = json_object();

	json_object_set_new(object, "module", mf_json_text(hit->module));
	json_object_set_new(object, "layer", json_string(mf_layer_name(hit->layer)));
	json_object_set_new(object, "certain", json_boolean(hit->is_certain));
	json_object_set_new(object, "pattern", mf_json_text(hit->pattern));
	json_object_set_new(object, "package", mf_json_text(package ? package->name : NULL));
	json_object_set_new(object, "version", mf_json_text(package ? package->version : NULL));
	json_object_set_new(object, "kernel", mf_json_text(kernel_of(hit)));
	json_object_set_new(object, "arch", mf_json_text(build ? build->arch : NULL));
	json_object_set_new(object, "file",
			    mf_json_text(hit->owner.driver ? hit->owner.driver->path : NULL));
	return object;
}

int mf_match_print_json(const struct mf_match_view *view, size_t *ret_matched, struct mf_err *err)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena scratch = {0};
	json_t *list = json_array();
	json_t *document = json_pack("{s:i, s:o}", "modferry_match", 1, "devices", list);
	int status = 0;

	*ret_matched = 0;
	for (size_t i = 0; !status && i < view->devices->n; i++) {
		const struct mf_device *device = &view->devices->v[i];
		struct mf_hits hits = {.arena = &scratch};
		json_t *drivers = json_array();
		json_t *object = json_object();

		if (i % SCRATCH_DEVICES == 0)
			mf_arena_free(&scratch);
		status = mf_match_device(view->sources, device, &hits, err);
		for (size_t k = 0; k < hits.n; k++)
			json_array_append_new(drivers, json_hit(&hits.v[k]));
		*ret_matched += hits.n != 0;
		json_object_set_new(object, "modalias", mf_json_text(device->modalias));
		json_object_set_new(object, "partial", json_boolean(device->is_partial));
		json_object_set_new(object, "path", mf_json_text(device->path));
		json_object_set_new(object, "name", mf_json_text(device->name));
		json_object_set_new(object, "drivers", drivers);
		json_array_append_new(list, object);
	}
	if (!status)
		status = mf_print_json(document, err);
	json_decref(document);
	return status;
}
