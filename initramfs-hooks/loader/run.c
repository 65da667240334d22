// SPDX-License-Identifier: GPL-2.0-or-later
// The loop: devices ask for modules, modules bring devices, until all is quiet.
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/modalias.h"

/* Devices under this name in a class, that are backed by real hardware. */
static bool has_class_device(struct mf_loader *loader, const char *class)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena scratch = {0};
	struct mf_strings names;
	char path[PATH_MAX];

	if (mf_sys_path(loader, path, "/sys/class/%s", class) ||
	    mf_sys_list(&scratch, path, &names))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		if (mf_has_prefix(names.v[i], "sr") || mf_has_prefix(names.v[i], "fd"))
			continue; /* optical and floppy drives are no disks to wait for */
		if (!mf_sys_path(loader, path, "/sys/class/%s/%s/device", class, names.v[i]) &&
		    mf_sys_exists(path))
			return true;
	}
	return false;
}

static bool has_named_device(const struct mf_loader *loader, const char *name)
{
	static const char *const places[] = {"/sys/class/block/", "/sys/class/net/", "/dev/"};
	char path[PATH_MAX];

	if (mf_has_prefix(name, "/dev/"))
		name += strlen("/dev/");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!mf_sys_path(loader, path, "%s%s", places[i], name) && mf_sys_exists(path))
			return true;
	}
	return false;
}

static bool has_bound_device(const struct mf_loader *loader, const char *pattern)
{
	for (size_t i = 0; i < loader->devs.n; i++) {
		const struct mf_dev *dev = loader->devs.v[i];
		char driver[NAME_MAX + 1];

		if (dev->is_gone || !mf_modalias_match(pattern, dev->modalias))
			continue;
		mf_devices_driver(loader, dev->path, driver);
		if (driver[0])
			return true;
	}
	return false;
}

bool mf_wait_is_over(struct mf_loader *loader)
{
	const char *wait = loader->cmdline.wait;

	if (loader->is_wait_over || !wait)
		return true;
	if (strcmp(wait, "disk") == 0)
		loader->is_wait_over = has_class_device(loader, "block");
	else if (strcmp(wait, "net") == 0)
		loader->is_wait_over = has_class_device(loader, "net");
	else if (strchr(wait, ':'))
		loader->is_wait_over = has_bound_device(loader, wait);
	else
		loader->is_wait_over = has_named_device(loader, wait);
	return loader->is_wait_over;
}

/* A module that a wanted one still waits for; NULL: it can be loaded or has to be given up. */
static const struct mf_mod *waits_for(const struct mf_mod *mod, bool is_hard_only)
{
	for (size_t i = 0; i < mod->depends.n; i++) {
		if (mod->depends.v[i]->state != MF_LOAD_DONE)
			return mod->depends.v[i];
	}
	for (size_t i = 0; i < mod->softdep_pre.n && !is_hard_only; i++) {
		if (mod->softdep_pre.v[i]->state != MF_LOAD_DONE)
			return mod->softdep_pre.v[i];
	}
	return NULL;
}

static const struct mf_mod *failed_dependency(const struct mf_mod *mod)
{
	for (size_t i = 0; i < mod->depends.n; i++) {
		if (!mf_mods_is_there(mod->depends.v[i]))
			return mod->depends.v[i];
	}
	return NULL;
}

static void give_up(struct mf_loader *loader, struct mf_mod *mod, const struct mf_mod *needed)
{
	const char *why = mf_arena_printf(
		&loader->arena, "%s, which it needs, %s%s%s", needed->name,
		needed->state == MF_LOAD_DONE ? mf_result_name(needed->result) : "needs it in turn",
		needed->message ? ": " : "", needed->message ? needed->message : "");

	mod->error = needed->state == MF_LOAD_DONE ? ENOENT : ELOOP;
	mod->is_explained = true;
	mf_mods_finish(loader, mod, MF_RESULT_FAILED, why);
	mf_result_say(loader, mod);
}

/* In a dry run: the line of the plan. */
static void print_plan(struct mf_loader *loader, struct mf_mod *mod)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf settings = {0};

	mf_cmdline_settings(&loader->cmdline, mod->name, &settings);
	mf_sys_print(STDOUT_FILENO, "load %s %s %s%s%s\n", mod->name,
		     mod->record ? "update" : "stock", mod->path, settings.len ? " " : "",
		     mf_buf_str(&settings));
	loader->n_loaded++;
	mf_mods_finish(loader, mod, MF_RESULT_LOADED, NULL);
}

static bool is_closed(const struct mf_loader *loader)
{
	return !loader->is_dry_run &&
	       mf_sys_now_us() >= loader->deadline_us + MF_LATE_SECONDS * 1000000ull;
}

static void skip_late(struct mf_loader *loader, struct mf_mod *mod)
{
	mf_mods_finish(loader, mod, MF_RESULT_SKIPPED, "time was up before its turn");
	mf_log_say(loader, LOG_WARNING, "%s: %s (modferry.timeout)", mod->name, mod->message);
}

/* Starts what can be started. Whether anything changed. */
static bool start_ready(struct mf_loader *loader, bool is_hard_only)
{
	bool is_any = false;

	for (size_t i = 0; i < loader->mods.n; i++) {
		struct mf_mod *mod = loader->mods.v[i];
		const struct mf_mod *failed;

		if (mod->state != MF_LOAD_WANTED || waits_for(mod, is_hard_only))
			continue;
		failed = failed_dependency(mod);
		if (failed)
			give_up(loader, mod, failed);
		else if (is_closed(loader))
			skip_late(loader, mod);
		else if (loader->is_dry_run)
			print_plan(loader, mod);
		else if (loader->n_running < loader->max_workers)
			mf_worker_start(loader, mod);
		else
			continue;
		is_any = true;
		if (is_hard_only) /* one soft dependency broken may be enough */
			break;
	}
	return is_any;
}

/* Modules that others want loaded after themselves. */
static int want_posts(struct mf_loader *loader)
{
	for (size_t i = 0; i < loader->mods.n; i++) {
		struct mf_mod *mod = loader->mods.v[i];

		if (!mf_mods_is_there(mod))
			continue;
		for (size_t k = 0; k < mod->softdep_post.n; k++) {
			int r = mf_mods_want(loader, mod->softdep_post.v[k]);

			if (r)
				return r;
		}
		mod->softdep_post.n = 0;
	}
	return 0;
}

static struct mf_mod *first_wanted(const struct mf_loader *loader)
{
	for (size_t i = 0; i < loader->mods.n; i++) {
		if (loader->mods.v[i]->state == MF_LOAD_WANTED)
			return loader->mods.v[i];
	}
	return NULL;
}

/* Gives out work until every worker is busy or nothing can start. 0 or -ENOMEM. */
static int schedule(struct mf_loader *loader)
{
	for (;;) {
		struct mf_mod *stuck;
		int r = mf_devices_match(loader);

		if (!r)
			r = want_posts(loader);
		if (!r)
			r = mf_carriers_want(loader);
		if (r)
			return r;
		if (start_ready(loader, false))
			continue;
		stuck = first_wanted(loader);
		if (!stuck || loader->n_running)
			return 0;
		/* a cycle: soft dependencies yield first */
		if (!start_ready(loader, true))
			give_up(loader, stuck, waits_for(stuck, true));
	}
}

static bool is_seqnum_new(struct mf_loader *loader)
{
	static const char file[] = "/sys/kernel/uevent_seqnum";
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	char path[PATH_MAX];
	uint64_t number;

	if (mf_sys_path(loader, path, file) || mf_sys_read(path, 64, &text) ||
	    mf_parse_u64(mf_buf_str(&text), strcspn(mf_buf_str(&text), "\n"), 10, &number) ||
	    number == loader->seqnum)
		return false;
	loader->seqnum = number;
	return true;
}

/* Time to wait for something to happen; 0 when the run is over. */
static uint64_t time_left(struct mf_loader *loader)
{
	uint64_t now = mf_sys_now_us();
	uint64_t end = loader->active_us + mf_carriers_quiet_us(loader);

	if (now >= loader->deadline_us)
		return loader->n_running ? 100000 : 0;
	if (loader->n_running)
		return loader->deadline_us - now;
	if (loader->cmdline.wait) {
		if (mf_wait_is_over(loader))
			return 0;
		/* not every device comes with an event of its own that we look at */
		return loader->deadline_us - now < 100000 ? loader->deadline_us - now : 100000;
	}
	if (end > loader->deadline_us)
		end = loader->deadline_us;
	return now < end ? end - now : 0;
}

static void wait_for(struct mf_loader *loader, uint64_t us)
{
	struct pollfd fds[MF_MAX_WORKERS + 1];
	nfds_t n = 0;

	if (loader->uevents >= 0)
		fds[n++] = (struct pollfd){.fd = loader->uevents, .events = POLLIN};
	for (size_t i = 0; i < loader->mods.n && n < MF_MAX_WORKERS + 1; i++) {
		if (loader->mods.v[i]->state == MF_LOAD_RUNNING)
			fds[n++] = (struct pollfd){.fd = loader->mods.v[i]->pipe, .events = POLLIN};
	}
	us = us > 1000000 ? 1000000 : us; /* a hung load is noticed within a second */
	poll(fds, n, (int)((us + 999) / 1000));
}

int mf_run(struct mf_loader *loader)
{
	int r;

	mf_stock_open(loader);
	r = mf_layers_read(loader);
	if (r || !loader->mods.n)
		return r;
	if (!loader->is_dry_run)
		mf_uevent_open(loader);
	r = mf_devices_scan(loader);
	loader->active_us = mf_sys_now_us();
	is_seqnum_new(loader);
	while (!r) {
		bool is_late = mf_sys_now_us() >= loader->deadline_us;
		uint64_t left;
		int events;

		r = schedule(loader);
		/* late, even a storm of events does not go on for ever */
		if (r || loader->is_dry_run || (is_late && !loader->n_running))
			break;
		left = time_left(loader);
		if (left)
			wait_for(loader, left);
		events = mf_uevent_drain(loader);
		if (events < 0)
			r = events;
		if (mf_worker_collect(loader) || events > 0 || is_seqnum_new(loader))
			loader->active_us = mf_sys_now_us();
		else if (!left)
			break;
		mf_log_drain(loader);
	}
	mf_worker_collect(loader);
	return r;
}
