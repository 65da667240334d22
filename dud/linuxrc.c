// SPDX-License-Identifier: GPL-2.0-or-later
// Driver update read by linuxrc, the first program of SUSE's installer (SLES 15, Leap 15).
#include <errno.h>
#include <string.h>

#include "dud/dud.h"
#include "dud/suse_parts.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/modname.h"

/* linuxrc.config of SUSE's media has disk:/?device=*label/OEMDRV. */
#define LABEL "OEMDRV"

#define INSTALLER "linuxrc"
#define READER	  "yast" /* mkdud's word for it in UpdateInstaller */

/*
 * Where linuxrc leaves it alone. The script takes it to where the kernel looks: at what is in
 * inst-sys/ it would not before the installation system has started, long after insmod.
 */
#define FIRMWARE "install/firmware"

/*
 * linuxrc knows no condition on a kernel: it unloads what module.order names, and then insmod
 * fails for a module of another kernel, so that the stock driver is lost where it was the good one.
 * Each driver update, an only one too, thus starts with a script that takes it away again from a
 * kernel that it is not for.
 *
 * When dud.config is read (util.c, util_do_driver_update) the update's install/ and modules/ lie in
 * /update/NNN, NNN being any number; the working directory is not theirs, only names of the form
 * update.* are sure to be executable, and module.order is read right after. Hence sh, and a name
 * with the UpdateID, which is on one of the folders alone as linuxrc skips a second one with it:
 * the pattern finds its own. linuxrc takes no notice of how it ends.
 */
static const char *script_text(const struct mf_suse_part *part, struct mf_arena *arena)
{
	return mf_arena_printf(
		arena,
		"# Takes this driver update away from a kernel that it was not built for: linuxrc would\n"
		"# unload that kernel's own drivers, and then fail to load these.\n"
		"slot=${0%%/install/*}\n"
		"[ \"$slot\" != \"$0\" ] && [ -f \"$slot/dud.config\" ] || exit 0\n"
		"kernel=$(uname -r 2>/dev/null) || kernel=\n"
		"if [ -z \"$kernel\" ] && [ -r /proc/sys/kernel/osrelease ]; then\n"
		"\tread -r kernel </proc/sys/kernel/osrelease || :\n"
		"fi\n"
		"if [ \"$kernel\" = '%s' ]; then\n"
		"\tif [ -d \"$slot/" FIRMWARE "\" ]; then\n"
		"\t\tmkdir -p /lib/firmware/updates || :\n"
		"\t\tcp -R \"$slot/" FIRMWARE "/.\" /lib/firmware/updates/ || :\n"
		"\tfi\n"
		"\texit 0\n"
		"fi\n"
		"echo \"driver update $slot is for kernel %s, not for ${kernel:-an unknown one}: left out\"\n"
		"# nothing is unloaded or loaded without its lines, should there be no rm\n"
		"if [ -f \"$slot/modules/module.order\" ]; then\n"
		"\ttrue >\"$slot/modules/module.order\" || :\n"
		"fi\n"
		"rm -rf \"$slot/modules\" \"$slot/install\" || :\n"
		"exit 0\n",
		part->kernel, part->kernel);
}

/* Whether some installer would find two parts in one folder. */
static bool is_numbered(const struct mf_suse_parts *parts)
{
	for (size_t i = 0; i < parts->n; i++) {
		for (size_t j = 0; j < i; j++) {
			const struct mf_suse_part *a = &parts->v[i], *b = &parts->v[j];

			for (size_t k = 0; k < a->tags.n * b->tags.n; k++) {
				if (strcmp(a->arch, b->arch) == 0 &&
				    strcmp(a->tags.v[k % a->tags.n], b->tags.v[k / a->tags.n]) == 0)
					return true;
			}
		}
	}
	return false;
}

/* Number of a part's kernel among the disk's, from 1: one folder at the top is one kernel. */
static size_t number_of(const struct mf_suse_parts *parts, size_t part)
{
	size_t n = 1;

	for (size_t i = 0; i < parts->n; i++) {
		bool is_first = true;

		if (strcmp(parts->v[i].kernel, parts->v[part].kernel) == 0)
			break;
		for (size_t j = 0; is_first && j < i; j++)
			is_first = strcmp(parts->v[i].kernel, parts->v[j].kernel) != 0;
		n += is_first;
	}
	return n;
}

/* File of the module that a parameter is for, NULL: another part has it. */
static const char *find_file(const struct mf_suse_part *part, const char *parameter)
{
	size_t n = strcspn(parameter, ".=");

	for (size_t i = 0; i < part->n; i++) {
		char name[MF_MODNAME_MAX] = "";

		if (n < sizeof(name)) {
			memcpy(name, parameter, n);
			if (mf_modname_equal(name, part->files[i]))
				return part->files[i];
		}
	}
	return NULL;
}

static int refuse_parameter(const char *parameter, const char *why, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf shown = {0};

	mf_buf_add_visible(&shown, parameter, strlen(parameter));
	return mf_fail(err, -EINVAL,
		       "%s: %s, expected MODULE.PARAMETER=VALUE of a module on the disk",
		       mf_buf_str(&shown), why);
}

/* linuxrc cuts at the first '.' or '=', and puts the rest in single quotes for a shell. */
static int check_parameter(const struct mf_suse_parts *parts, const char *parameter,
			   struct mf_err *err)
{
	const char *assignment = parameter + strcspn(parameter, ".=");
	bool is_known = false;

	if (*assignment != '.' || !strchr(assignment + 1, '=') || assignment[1] == '=')
		return refuse_parameter(parameter, "no parameter of a module", err);
	for (const char *c = parameter; *c; c++) {
		if (*c <= 0x20 || *c >= 0x7f || *c == '\'' || *c == '"')
			return refuse_parameter(
				parameter, "a quote, a blank or a special character in it", err);
	}
	if (strlen(parameter) + strlen("Options: ") > MF_SUSE_LINE_MAX)
		return refuse_parameter(parameter, "longer than a line of dud.config", err);
	for (size_t i = 0; i < parts->n; i++)
		is_known = is_known || find_file(&parts->v[i], parameter);
	return is_known ? 0 : refuse_parameter(parameter, "no such module is selected", err);
}

/* The module's name as in module.order: linuxrc compares the two to the letter. */
static void put_parameters(const struct mf_plan *plan, const struct mf_suse_part *part,
			   struct mf_buf *out)
{
	for (size_t i = 0; i < plan->dud.parameters.n; i++) {
		const char *parameter = plan->dud.parameters.v[i];
		const char *file = find_file(part, parameter);

		if (file)
			mf_buf_printf(out, "Options: %s%s\n", file, strchr(parameter, '.'));
	}
}

static int add_part(const struct mf_plan *plan, const struct mf_suse_part *part, const char *prefix,
		    struct mf_tree *out, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf config = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf order = {0};
	struct mf_suse_folder folder = {
		.plan = plan,
		.part = part,
		.prefix = prefix,
		.firmware = FIRMWARE,
		.script = script_text(part, &out->arena),
		.script_name = mf_arena_printf(&out->arena, "modferry-%s.sh", part->id),
	};
	int r = prefix && folder.script && folder.script_name ? 0 : -ENOMEM;

	if (!r)
		r = mf_suse_config_put(part, READER, &config, err);
	if (r)
		return r;
	mf_buf_printf(&config, "Exec: sh /update/*/install/%s\n", folder.script_name);
	put_parameters(plan, part, &config);
	if (mf_suse_order_put_needs(plan, part, &out->arena, &order))
		return -ENOMEM;
	folder.config = mf_buf_str(&config);
	folder.order = mf_buf_str(&order);
	return mf_buf_status(&config) ? -ENOMEM : mf_suse_folder_add(out, &folder, err);
}

static int add_parts(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err)
{
	struct mf_suse_parts parts;
	int r = mf_suse_parts_make(plan, INSTALLER, &out->arena, &parts, err);

	for (size_t i = 0; !r && i < plan->dud.parameters.n; i++)
		r = check_parameter(&parts, plan->dud.parameters.v[i], err);
	for (size_t i = 0; !r && i < parts.n; i++) {
		const char *prefix = is_numbered(&parts) ? mf_arena_printf(&out->arena, "%02zu/",
									   number_of(&parts, i))
							 : "";

		r = add_part(plan, &parts.v[i], prefix, out, err);
	}
	return r;
}

static int plan_disk(const struct mf_plan *plan, struct mf_tree *out, struct mf_err *err)
{
	int r = mf_tree_add_param(out, "label", plan->dud.label ? plan->dud.label : LABEL);

	if (!r)
		r = add_parts(plan, out, err);
	return r ? r : mf_tree_finish(out, err);
}

const struct mf_recipe mf_dud_linuxrc_recipe = {
	.name = "dud-linuxrc",
	.summary = "driver update of SUSE's linuxrc",
	.plan = plan_disk,
};
