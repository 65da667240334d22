// SPDX-License-Identifier: GPL-2.0-or-later
// Part of `modferry dud`: what was made, for people, and what to know about it.
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cli/dud.h"
#include "lib/cli/output.h"
#include "lib/core/injection_lines.h"

#define LABEL "OEMDRV" /* by which installers find a volume themselves */

/* Whether it is an image of a volume. */
static bool is_image(const struct mf_dud_artifact *artifact)
{
	return !strcmp(artifact->format->name, "iso") || !strcmp(artifact->format->name, "fat");
}

static bool has_anaconda(const struct mf_dud_run *run)
{
	for (size_t i = 0; i < run->n_targets; i++) {
		if (mf_dud_installer(run->targets[i]) == MF_ANACONDA)
			return true;
	}
	return false;
}

void mf_dud_warn_label(const struct mf_dud_run *run)
{
	const char *label = mf_given_value(run->make.arguments, "label");

	for (size_t i = 0; label && strcmp(label, LABEL) != 0 && i < run->n_artifacts; i++) {
		const struct mf_dud_artifact *artifact = &run->artifacts[i];

		if (!(artifact->installers & MF_DEBIAN_INSTALLER) || !is_image(artifact))
			continue;
		mf_warn("dud",
			"--label %s: debian-installer looks for " LABEL
			" and has no option to name another: it passes this disk over",
			label);
		return;
	}
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

	if (!has_anaconda(run) || !match || strcmp(match, "minimum") != 0)
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

static int add_drivers(const struct mf_dud_run *run, const struct mf_dud_artifact *artifact,
		       struct mf_buf *text)
{
	struct mf_selected_list selected;
	int r = mf_dud_select_for(run, artifact->targets, artifact->n_targets, &selected);

	for (size_t i = 0; !r && i < selected.n; i++) {
		const struct mf_module *module = &selected.v[i].driver->module;

		mf_buf_printf(text, "  %s %s for %s (%s), sha256 %.12s…\n", module->name,
			      module->version ? module->version : "-", selected.v[i].build->kernel,
			      selected.v[i].build->arch, selected.v[i].driver->sha256);
	}
	free(selected.v);
	return r;
}

/* An artifact being told of. */
struct telling {
	const struct mf_dud_run *run;
	const struct mf_dud_artifact *artifact;
	struct mf_buf *text;
	bool is_image;	/* of a volume */
	bool is_volume; /* or what is to be put on one */
	bool is_found;	/* labelled as installers look for it by themselves */
	const char *label;
};

static void tell_match(const struct telling *telling)
{
	const char *match = mf_given_value(telling->run->make.arguments, "match");

	if (telling->artifact->installers & MF_ANACONDA && (!match || !strcmp(match, "exact")))
		mf_buf_adds(
			telling->text,
			"match: exact; install media with another kernel, those of a z-stream too, leave it aside without a word: `modferry check` tells\n");
}

static void tell_anaconda(const struct telling *telling)
{
	if (!telling->is_image)
		return;
	if (telling->is_found)
		mf_buf_adds(
			telling->text,
			"use: on a CD or USB stick (label OEMDRV) anaconda finds it by itself\n");
	else if (strpbrk(telling->label, " \t\"'\\"))
		mf_buf_adds(
			telling->text,
			"note: no boot option can name this label; choose one of letters and digits with --label\n");
	else
		mf_buf_printf(telling->text,
			      "use: inst.dd=LABEL=%s on the installer's command line\n",
			      telling->label);
	if (!strcmp(telling->artifact->format->name, "iso"))
		mf_buf_adds(
			telling->text,
			"use: inst.dd=http://SERVER/PATH.iso fetches it, where the network works without it\n");
}

static void tell_linuxrc(const struct telling *telling)
{
	bool is_signed = telling->run->signer[0] && !strcmp(telling->artifact->format->name, "rpm");

	if (telling->is_image && telling->is_found)
		mf_buf_adds(
			telling->text,
			"use: on a CD or USB stick (label OEMDRV) linuxrc finds it by itself\n");
	if (!strcmp(telling->artifact->format->name, "cpio.gz"))
		mf_buf_adds(
			telling->text,
			"use: behind the installer's initrd (cat FILE >>INITRD), unsigned or not; its drivers come after linuxrc's own\n");
	mf_buf_adds(telling->text, "use: dud=URL on the installer's command line");
	if (is_signed)
		mf_buf_adds(telling->text, ", signed by a key that the installer has to know\n");
	else if (telling->artifact->has_signature)
		mf_buf_adds(
			telling->text,
			"; with FILE.asc beside FILE, signed by a key that the installer knows\n");
	else
		mf_buf_adds(
			telling->text,
			" together with insecure=1, or linuxrc stops and asks, as nobody signed it (--gpg-key)\n");
}

static void tell_agama(const struct telling *telling)
{
	mf_buf_adds(
		telling->text,
		"use: inst.dud=URL on the installer's command line\nnote: Agama applies it when its live system is mounted already; what must be there before (the network or disk that holds it) needs `modferry overlay`\n");
}

static void tell_debian(const struct telling *telling)
{
	if (!telling->is_volume)
		return;
	if (telling->is_found) {
		mf_buf_adds(
			telling->text,
			"use: on a USB stick of its own, without partitions (label OEMDRV), by debian-installer's driver-injection-disk-detect, which netboot images lack and CDs do not load unasked; lines of a preseed file:\n");
		mf_injection_preseed(telling->text);
		mf_buf_adds(
			telling->text,
			"note: netboot installers fetch that from a mirror; where the network needs the disk, modferry-dud(7) tells how to bring it along\n");
	}
	if (!strcmp(telling->artifact->format->name, "iso"))
		mf_buf_adds(telling->text,
			    "note: netboot installers have no isofs; use --format fat for them\n");
}

/* Nothing of Ubuntu's reads the disk by itself. */
static void tell_ubuntu(const struct telling *telling)
{
	const struct mf_dud_artifact *artifact = telling->artifact;

	for (size_t i = 0; telling->is_volume && i < artifact->n_targets; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf lines = {0};
		const struct mf_target *target = artifact->targets[i];

		if (mf_dud_installer(target) != MF_SUBIQUITY)
			continue;
		if (!mf_injection_autoinstall(&lines, target, telling->label)) {
			mf_buf_printf(
				telling->text,
				"note: no lines for %s: the label \"%s\" cannot stand in them; leave out --label\n",
				target->name, telling->label);
			continue;
		}
		mf_buf_printf(telling->text,
			      "use: on a USB stick, by lines of an autoinstall file (%s):\n%s",
			      target->name, mf_buf_str(&lines));
	}
	mf_buf_adds(
		telling->text,
		"note: subiquity itself looks for no driver disk; what the live system needs to be found at all is for `modferry overlay`\n");
}

static void tell_packages(const struct telling *telling)
{
	unsigned int installers = telling->artifact->installers;

	if (strcmp(telling->artifact->format->name, "repo") != 0)
		return;
	if (installers & MF_ANACONDA)
		mf_buf_adds(
			telling->text,
			"use: dnf --repofrompath=drivers,URL install kmod-NAME, or a file in /etc/yum.repos.d\n");
	else if (installers & (MF_LINUXRC | MF_AGAMA))
		mf_buf_adds(telling->text, "use: zypper addrepo URL drivers\n");
	else
		mf_buf_adds(telling->text,
			    "use: deb [signed-by=KEYRING] URL ./ in /etc/apt/sources.list.d\n");
}

/* Driver updates in an RPM are none. */
static bool is_package(const struct mf_dud_format *format)
{
	return format->recipe && strcmp(format->recipe, "dud-linuxrc-rpm") != 0;
}

static void tell_use(const struct telling *telling)
{
	static const struct {
		unsigned int installer;
		void (*tell)(const struct telling *telling);
	} disks[] = {
		{MF_ANACONDA, tell_anaconda}, {MF_LINUXRC, tell_linuxrc},
		{MF_AGAMA, tell_agama},	      {MF_DEBIAN_INSTALLER, tell_debian},
		{MF_SUBIQUITY, tell_ubuntu},
	};

	tell_match(telling);
	if (is_package(telling->artifact->format)) {
		tell_packages(telling);
		return;
	}
	for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		if (telling->artifact->installers & disks[i].installer)
			disks[i].tell(telling);
	}
}

int mf_dud_print(const struct mf_dud_run *run, const struct mf_dud_artifact *artifact)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const char *label = mf_given_value(run->make.arguments, "label");
	struct telling telling = {
		.run = run,
		.artifact = artifact,
		.text = &text,
		.is_image = is_image(artifact),
		.is_volume = is_image(artifact) || !strcmp(artifact->format->name, "dir"),
		.is_found = !label || !strcmp(label, LABEL),
		.label = label ? label : LABEL,
	};
	const char *path = artifact->path;
	struct stat st;
	int r;

	if (path == run->image)
		path = mf_given_value(run->make.arguments, "write");
	mf_buf_add_visible(&text, path, strlen(path));
	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		mf_buf_printf(&text, ": %llu bytes", (unsigned long long)st.st_size);
	mf_buf_adds(&text, "\n");
	r = add_drivers(run, artifact, &text);
	if (r)
		return r;
	tell_use(&telling);
	if (!run->make.facts.object)
		mf_buf_adds(
			&text,
			"check: not done, as no target was given to check against (--initrd, --iso, --root)\n");
	return mf_print(mf_buf_str(&text), text.len, run->make.err);
}
