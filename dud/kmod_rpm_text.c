// SPDX-License-Identifier: GPL-2.0-or-later
// What RPMs of drivers have in common: names that are taken, module files, text for people.
#include <errno.h>
#include <string.h>

#include "dud/kmod_rpm.h"

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/modname.h"
#include "lib/core/rpmspec.h"

int mf_kmod_rpm_refuse(const struct mf_kmod_rpm *rpm, struct mf_err *err, const char *what)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf shown = {0};

	mf_buf_add_visible(&shown, rpm->name, strlen(rpm->name));
	return mf_fail(err, -EINVAL, "%s: %s", mf_buf_str(&shown), what);
}

int mf_kmod_rpm_check_names(const struct mf_kmod_rpm *rpm, struct mf_err *err)
{
	if (!mf_rpm_name_is_valid(rpm->name))
		return mf_kmod_rpm_refuse(
			rpm, err,
			"no name for an RPM, expected letters, digits and ._+-; rename the DKMS package");
	if (!mf_rpm_name_is_valid(rpm->kernel))
		return mf_kmod_rpm_refuse(
			rpm, err,
			"its kernel's release has characters that an RPM's name cannot have");
	return 0;
}

int mf_kmod_rpm_name_files(struct mf_kmod_rpm *rpm, struct mf_err *err)
{
	struct mf_arena *arena = &rpm->tree->arena;

	rpm->files = mf_arena_alloc(arena, rpm->part->n * sizeof(*rpm->files));
	if (!rpm->files)
		return -ENOMEM;
	for (size_t i = 0; i < rpm->part->n; i++) {
		rpm->files[i] = mf_package_file_name(rpm->part->v[i].driver, arena);
		if (!rpm->files[i])
			return -ENOMEM;
		if (!mf_modname_is_valid(rpm->files[i]))
			return mf_kmod_rpm_refuse(
				rpm, err,
				"a module of it has a name that no kernel module can have");
		for (size_t j = 0; j < i; j++) {
			if (mf_modname_equal(rpm->files[j], rpm->files[i]))
				return mf_fail(
					err, -EEXIST,
					"%s: two modules named %s for kernel %s, expected one; choose one with --only",
					rpm->name, rpm->files[i], rpm->kernel);
		}
	}
	return 0;
}

/* Module text for people: control characters and what is no UTF-8 become '?'. */
static void put_clean(struct mf_buf *out, const char *text)
{
	size_t n;

	for (const char *c = text; *c; c += n) {
		bool is_control = (unsigned char)*c < 0x20 || *c == 0x7f;

		n = mf_utf8_length(c, strlen(c));
		if (n && !is_control)
			mf_buf_add(out, c, n);
		else
			mf_buf_addc(out, '?');
		n = n ? n : 1;
	}
}

static int add_description(struct mf_kmod_rpm *rpm)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	mf_buf_printf(&text, "Kernel modules of %s %s, built with DKMS for kernel %s:\n", rpm->name,
		      rpm->version, rpm->kernel);
	for (size_t i = 0; i < rpm->part->n; i++) {
		const struct mf_module *module = &rpm->part->v[i].driver->module;

		/* the name in front: dd_list of anaconda ends a description at a line "---" */
		mf_buf_printf(&text, "%s.ko", rpm->files[i]);
		mf_buf_adds(&text, module->description ? ": " : "");
		put_clean(&text, module->description ? module->description : "");
		mf_buf_adds(&text, "\n");
	}
	return mf_buf_status(&text)
		       ? -ENOMEM
		       : mf_tree_add_param(rpm->tree, "description", mf_buf_str(&text));
}

/* What the modules say of themselves, each once. */
static int add_license(struct mf_kmod_rpm *rpm)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	for (size_t i = 0; i < rpm->part->n; i++) {
		const char *license = rpm->part->v[i].driver->module.license;
		bool is_new = license && license[strspn(license, " \\")];

		for (size_t j = 0; is_new && j < i; j++) {
			const char *other = rpm->part->v[j].driver->module.license;

			is_new = !other || strcmp(other, license) != 0;
		}
		if (!is_new)
			continue;
		mf_buf_adds(&text, text.len ? " and " : "");
		put_clean(&text, license);
	}
	mf_buf_adds(&text, text.len ? "" : "unknown");
	/* a backslash at the end of a spec's line would join the next */
	for (size_t i = 0; !text.failed && i < text.len; i++)
		text.data[i] = text.data[i] == '\\' ? '/' : text.data[i];
	return mf_buf_status(&text) ? -ENOMEM
				    : mf_tree_add_param(rpm->tree, "license", mf_buf_str(&text));
}

int mf_kmod_rpm_add_text(struct mf_kmod_rpm *rpm)
{
	int r = add_license(rpm);

	return r ? r : add_description(rpm);
}
