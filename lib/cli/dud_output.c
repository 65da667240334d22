// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry dud`: what was made, for people, and what to know about it.
#include <string.h>
#include <sys/stat.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/dud.h"
#include "lib/cli/output.h"

static bool is_red_hat(const struct mf_dud_run *run)
{
	return run->targets[0]->family == MF_FAMILY_REDHAT;
}

/* Whether a target gets drivers for two kernels of its own. */
static bool has_two_kernels(const struct mf_dud_run *run, const struct mf_target *target)
{
	const struct mf_selected_list *selected = &run->make.selected;
	const char *first = NULL;

	for (size_t i = 0; i < selected->n; i++) {
		const char *kernel = selected->v[i].build->kernel;

		if (!mf_target_admits_kernel(target, kernel))
			continue;
		if (first && strcmp(first, kernel) != 0)
			return true;
		first = kernel;
	}
	return false;
}

void mf_dud_warn_match(const struct mf_dud_run *run)
{
	const char *match = mf_given_value(run->make.arguments, "match");

	if (!is_red_hat(run) || !match || strcmp(match, "minimum") != 0)
		return;
	for (size_t i = 0; i < run->n_targets; i++) {
		if (has_two_kernels(run, run->targets[i]))
			mf_warn("dud",
				"--match minimum: the newer kernels of %s take the drivers of the older ones, too, and which of them anaconda loads is not defined; name one with --kernel",
				run->targets[i]->name);
	}
	mf_warn("dud",
		"--match minimum: anaconda then takes the drivers on every later kernel, those of +rt and +debug and of the next major release too, where they may not load");
}

static void add_drivers(const struct mf_dud_run *run, struct mf_buf *text)
{
	const struct mf_selected_list *selected = &run->make.selected;

	for (size_t i = 0; i < selected->n; i++) {
		const struct mf_module *module = &selected->v[i].driver->module;

		mf_buf_printf(text, "  %s %s for %s (%s), sha256 %.12s…\n", module->name,
			      module->version ? module->version : "-", selected->v[i].build->kernel,
			      selected->v[i].build->arch, selected->v[i].driver->sha256);
	}
}

/* How anaconda gets a disk: redhat.md's ways, shortest first. */
static void add_disk_use(const struct mf_dud_run *run, struct mf_buf *text)
{
	const char *label = mf_given_value(run->make.arguments, "label");
	const char *format = run->format->name;
	bool is_image = !strcmp(format, "iso") || !strcmp(format, "fat");

	if (!is_image)
		return;
	if (!label || !strcmp(label, "OEMDRV"))
		mf_buf_adds(
			text,
			"use: on a CD or USB stick (label OEMDRV) anaconda finds it by itself\n");
	else
		mf_buf_printf(text, "use: inst.dd=LABEL=%s on the installer's command line\n",
			      label);
	if (!strcmp(format, "iso"))
		mf_buf_adds(
			text,
			"use: inst.dd=http://SERVER/PATH.iso fetches it, where the network works without it\n");
}

static void add_repo_use(const struct mf_dud_run *run, struct mf_buf *text)
{
	if (is_red_hat(run))
		mf_buf_adds(
			text,
			"use: dnf --repofrompath=drivers,URL install kmod-NAME, or a file in /etc/yum.repos.d\n");
	else
		mf_buf_adds(text,
			    "use: deb [signed-by=KEYRING] URL ./ in /etc/apt/sources.list.d\n");
}

static void add_match(const struct mf_dud_run *run, struct mf_buf *text)
{
	const char *match = mf_given_value(run->make.arguments, "match");

	if (is_red_hat(run) && (!match || !strcmp(match, "exact")))
		mf_buf_adds(
			text,
			"match: exact; install media with another kernel, those of a z-stream too, leave it aside without a word: `modferry check` tells\n");
}

int mf_dud_print(const struct mf_dud_run *run, const char *path)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct stat st;

	mf_buf_add_visible(&text, path, strlen(path));
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		mf_buf_printf(&text, ": %llu bytes", (unsigned long long)st.st_size);
	mf_buf_adds(&text, "\n");
	add_drivers(run, &text);
	add_match(run, &text);
	if (!strcmp(run->format->name, "repo"))
		add_repo_use(run, &text);
	else
		add_disk_use(run, &text);
	if (!run->make.facts.object)
		mf_buf_adds(
			&text,
			"check: not done, as no target was given to check against (--initrd, --iso, --root)\n");
	return mf_print(mf_buf_str(&text), text.len, run->make.err);
}
