// SPDX-License-Identifier: GPL-2.0-or-later
// What came of it: a line for people per module, the report, the exit code.
#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* Bus address of a device, with that of a device in front of it: "0000:00:04.0 virtio1". */
static void add_address(struct mf_buf *out, const char *path)
{
	const char *base = mf_path_base(path);
	const char *parent = base;

	while (parent > path + 1 && parent[-2] != '/')
		parent--;
	if (parent > path + 1)
		parent--;
	mf_buf_addc(out, ' ');
	if (parent < base && !mf_has_prefix(parent, "pci") && !mf_has_prefix(parent, "devices/")) {
		mf_buf_add(out, parent, (size_t)(base - parent - 1));
		mf_buf_addc(out, ' ');
	}
	mf_buf_adds(out, base);
}

/* "virtio_blk 9.9-upd (virtio-upd 9.9)" */
static void add_name(struct mf_buf *out, const struct mf_mod *mod)
{
	mf_buf_adds(out, mod->name);
	if (!mod->record)
		return;
	if (mod->record->version)
		mf_buf_printf(out, " %s", mod->record->version);
	if (mod->record->package)
		mf_buf_printf(out, " (%s %s)", mod->record->package,
			      mod->record->package_version ? mod->record->package_version : "");
}

static void say_loaded(struct mf_loader *loader, const struct mf_mod *mod, struct mf_buf *text)
{
	struct mf_strings devices;

	mf_buf_printf(text, " loaded in %llu ms", (unsigned long long)(mod->us / 1000));
	if (!mf_devices_bound(loader, mod->name, &loader->arena, &devices) && devices.n) {
		mf_buf_adds(text, ", bound");
		for (size_t i = 0; i < devices.n; i++) {
			if (i)
				mf_buf_addc(text, ',');
			add_address(text, devices.v[i]);
		}
	}
	mf_log_say(loader, LOG_INFO, "%s", mf_buf_str(text));
}

void mf_result_say(struct mf_loader *loader, const struct mf_mod *mod)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	add_name(&text, mod);
	switch (mod->result) {
	case MF_RESULT_BOUND:
	case MF_RESULT_LOADED: say_loaded(loader, mod, &text); return;
	case MF_RESULT_PRESENT:
	case MF_RESULT_SKIPPED:
	case MF_RESULT_MASKED: return;
	case MF_RESULT_FAILED:
		mf_buf_adds(&text, mod->is_crashed ? " crashed in the kernel" : " failed");
		if (!mod->is_crashed && !mod->is_explained)
			mf_buf_printf(&text, ": %s", strerror(mod->error));
		break;
	case MF_RESULT_HUNG:
		mf_buf_printf(&text, " hangs since %llu s and is left behind",
			      (unsigned long long)(mod->us / 1000000));
		break;
	}
	if (mod->message)
		mf_buf_printf(&text, ": %s", mod->message);
	mf_log_say(loader, LOG_WARNING, "%s", mf_buf_str(&text));
}

/* Whether a module belongs into the report: all that is shipped, and stock ones that were asked
 * for. */
static bool is_reported(const struct mf_mod *mod)
{
	return mod->record || mod->state != MF_LOAD_IDLE;
}

static int fill_drivers(struct mf_loader *loader, struct mf_report *report)
{
	report->drivers = mf_arena_alloc(&loader->arena,
					 (loader->mods.n + 1) * sizeof(*report->drivers));
	if (!report->drivers)
		return -ENOMEM;
	for (size_t i = 0; i < loader->mods.n; i++) {
		struct mf_mod *mod = loader->mods.v[i];
		struct mf_report_driver *out = &report->drivers[report->n_drivers];

		if (!is_reported(mod))
			continue;
		if (mf_mods_is_there(mod) &&
		    mf_devices_bound(loader, mod->name, &loader->arena, &out->devices))
			return -ENOMEM;
		if (mod->result == MF_RESULT_LOADED && out->devices.n)
			mod->result = MF_RESULT_BOUND;
		out->name = mod->name;
		out->is_update = mod->record;
		out->package = mod->record ? mod->record->package : NULL;
		out->version = mod->record ? mod->record->version : NULL;
		out->file = mod->path;
		out->result = mod->result;
		out->error = mod->error;
		out->message = mod->message;
		out->us = mod->us;
		report->n_drivers++;
	}
	return 0;
}

static int fill_devices(struct mf_loader *loader, struct mf_report *report)
{
	report->devices = mf_arena_alloc(&loader->arena,
					 (loader->devs.n + 1) * sizeof(*report->devices));
	if (!report->devices)
		return -ENOMEM;
	for (size_t i = 0; i < loader->devs.n; i++) {
		const struct mf_dev *dev = loader->devs.v[i];
		struct mf_report_device *out = &report->devices[report->n_devices];
		char driver[NAME_MAX + 1];

		if (!dev->is_interesting || dev->is_gone)
			continue;
		mf_devices_driver(loader, dev->path, driver);
		out->path = dev->path;
		out->modalias = dev->modalias;
		out->driver = driver[0] ? mf_arena_strdup(&loader->arena, driver) : NULL;
		out->result = driver[0] ? MF_DEVICE_BOUND : mf_devices_result(loader, dev);
		report->n_devices++;
	}
	return 0;
}

/* Sums up in one line; the exit code of the contract. */
static int sum_up(struct mf_loader *loader, const struct mf_report *report)
{
	size_t n_matched = 0, n_good = 0, n_bad = 0;

	for (size_t i = 0; i < loader->mods.n; i++) {
		const struct mf_mod *mod = loader->mods.v[i];

		if (mod->result == MF_RESULT_FAILED || mod->result == MF_RESULT_HUNG)
			n_bad++;
		if (!mod->record || !mod->is_matched)
			continue;
		n_matched++;
		if (mod->result == MF_RESULT_LOADED && !loader->is_dry_run)
			mf_log_say(loader, LOG_WARNING, "%s is loaded, but bound no device",
				   mod->name);
		if (mod->result == MF_RESULT_BOUND || mod->result == MF_RESULT_PRESENT ||
		    (loader->is_dry_run && mod->result == MF_RESULT_LOADED))
			n_good++;
	}
	mf_log_say(loader, n_bad ? LOG_WARNING : LOG_INFO,
		   "%zu of %zu matched drivers serve a device, %zu failed; %llu ms", n_good,
		   n_matched, n_bad,
		   (unsigned long long)((report->end_us - report->start_us) / 1000));
	if (!mf_wait_is_over(loader)) {
		mf_log_say(loader, LOG_WARNING, "no %s appeared in time (modferry.wait)",
			   loader->cmdline.wait);
		return 5;
	}
	if (n_bad || n_good < n_matched)
		return 4;
	return n_matched ? 0 : 3;
}

/* The report as records: level debug, so that they stay off the console. */
static void log_records(struct mf_loader *loader, struct mf_bytes json)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf records = {0};
	const char *at;

	mf_report_emit_records(json, &records);
	if (loader->log.fd < 0 || mf_buf_status(&records))
		return;
	at = mf_buf_str(&records);
	while (*at) {
		MF_CLEANUP(mf_buf_free) struct mf_buf line = {0};
		size_t n = strcspn(at, "\n");

		mf_buf_printf(&line, "<%d>", LOG_DEBUG);
		mf_buf_add(&line, at, n + 1);
		if (mf_buf_status(&line) || write(loader->log.fd, line.data, line.len) < 0)
			return;
		at += n + 1;
	}
}

int mf_result_report(struct mf_loader *loader, struct mf_buf *out_json)
{
	struct mf_report report = {
		.kernel = loader->kernel,
		.arch = loader->arch,
		.start_us = loader->start_us,
		.end_us = mf_sys_now_us(),
	};
	int code;

	for (size_t i = 0; i < loader->n_overlays; i++) {
		if (mf_arena_grow(&loader->arena, &report.overlays.v, i, sizeof(char *)))
			return 1;
		report.overlays.v[i] = loader->overlays[i].id;
		report.overlays.n = i + 1;
	}
	if (fill_drivers(loader, &report) || fill_devices(loader, &report))
		return 1;
	code = sum_up(loader, &report);
	mf_report_emit(&report, out_json);
	if (mf_buf_status(out_json))
		return 1;
	log_records(loader, mf_buf_bytes(out_json));
	return code;
}
