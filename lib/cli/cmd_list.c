// SPDX-License-Identifier: GPL-2.0-or-later
// modferry list: the drivers that sources hold.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/cli/commands.h"
#include "lib/cli/list.h"
#include "lib/cli/output.h"
#include "lib/cli/sources.h"
#include "lib/core/advice.h"
#include "lib/core/archname.h"

static const struct mf_option options[] = {
	{"dkms-tree", 0, "DIR", "DKMS tree to read, default /var/lib/dkms when no SOURCE is given"},
	{"kernel", 'k', "RELEASE", "only builds for this kernel; may be repeated"},
	{"arch", 0, "ARCH", "only builds for this machine (uname -m)"},
	{"only", 0, "NAME", "only PACKAGE[/VERSION][:MODULE]; may be repeated"},
	{"json", 'j', NULL, "print everything known as JSON"},
	{"symbols", 0, NULL, "with --json: imported and exported symbols and their CRCs, too"},
	{"targets", 0, NULL, "print the targets that --for knows, instead of drivers"},
	{0},
};

static bool contains(const struct mf_strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->n; i++) {
		if (text && !strcmp(strings->v[i], text))
			return true;
	}
	return false;
}

bool mf_list_has_driver(const struct mf_list *list, const struct mf_package *package,
			const struct mf_driver *driver)
{
	return mf_only_admits_driver(&list->selection.only, package, driver);
}

bool mf_list_has_build(const struct mf_list *list, const struct mf_package *package,
		       const struct mf_build *build)
{
	const struct mf_selection *selection = &list->selection;

	if (selection->kernels.n && !contains(&selection->kernels, build->kernel))
		return false;
	if (selection->arch && (!build->arch || strcmp(selection->arch, build->arch) != 0))
		return false;
	for (size_t i = 0; i < build->n_drivers; i++) {
		if (mf_list_has_driver(list, package, &build->drivers[i]))
			return true;
	}
	return !build->n_drivers && mf_only_admits(&selection->only, package, NULL);
}

static bool is_empty(const struct mf_list *list)
{
	for (size_t i = 0; i < list->set.n_packages; i++) {
		const struct mf_package *package = &list->set.packages[i];

		for (size_t k = 0; k < package->n_builds; k++) {
			if (mf_list_has_build(list, package, &package->builds[k]))
				return false;
		}
	}
	return true;
}

/* The one package of the set that may be meant, NULL when there are several or none. */
static const struct mf_package *only_package(const struct mf_list *list)
{
	const struct mf_package *found = NULL;

	for (size_t i = 0; i < list->set.n_packages; i++) {
		const struct mf_package *package = &list->set.packages[i];

		if (!package->name || !mf_only_admits(&list->selection.only, package, NULL))
			continue;
		if (found)
			return NULL;
		found = package;
	}
	return found;
}

/* Whether --only alone leaves anything in. */
static bool is_any_only(const struct mf_list *list)
{
	struct mf_list all = *list;

	all.selection = (struct mf_selection){.only = list->selection.only};
	return !is_empty(&all);
}

/* The message for a list of nothing. */
static int explain_empty(struct mf_list *list, struct mf_err *err)
{
	const struct mf_strings *only = &list->selection.only;
	const struct mf_strings *kernels = &list->selection.kernels;
	const struct mf_package *package = only_package(list);
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	if (only->n && !is_any_only(list)) {
		mf_buf_printf(&text, "no driver fits --only %s; %s", only->v[0],
			      mf_only_advice(&list->set, only));
	} else if (!kernels->n) {
		mf_buf_printf(&text,
			      "drivers were found, but none for --arch %s; see them without it",
			      list->selection.arch);
	} else {
		mf_buf_adds(&text, "no build for kernel ");
		for (size_t i = 0; i < kernels->n; i++)
			mf_buf_printf(&text, "%s%s", i ? ", " : "", kernels->v[i]);
		mf_buf_adds(&text, "; build it with: ");
		mf_advise_build(&text, package ? package->name : NULL,
				package ? package->version : NULL, kernels->v[0]);
		mf_buf_adds(&text, " (needs ");
		mf_advise_headers(&text, kernels->v[0]);
		mf_buf_adds(&text, ")");
	}
	mf_fail(err, -ENOENT, "%s", mf_buf_str(&text));
	return MF_EXIT_NO;
}

static void free_list(struct mf_list *list)
{
	mf_drvset_free(&list->set);
	free(list->selection.kernels.v);
	free(list->selection.only.v);
}

static int list_drivers(const struct mf_arguments *arguments, struct mf_err *err)
{
	MF_CLEANUP(free_list)
	struct mf_list list = {
		.has_symbols = mf_given(arguments, "symbols"),
	};
	const char *arch = mf_given_value(arguments, "arch");
	int r = mf_sources_scan(arguments, list.has_symbols ? MF_MODULE_SYMBOLS : MF_MODULE_FACTS,
				&list.set, err);

	if (r != MF_EXIT_OK)
		return r;
	list.selection.kernels = mf_given_values(arguments, "kernel");
	list.selection.only = mf_given_values(arguments, "only");
	list.selection.arch = arch ? mf_arch_normalise(arch) : NULL;
	if (mf_given(arguments, "json"))
		r = mf_list_print_json(&list, err);
	else
		r = mf_list_print_table(&list, err);
	if (r)
		return MF_EXIT_FAILED;
	if (!list.set.n_packages)
		return mf_sources_fail_empty(arguments, err);
	return is_empty(&list) ? explain_empty(&list, err) : MF_EXIT_OK;
}

/* Words beside --targets that would have no effect. */
static int refuse_beside_targets(const struct mf_arguments *arguments, struct mf_err *err)
{
	for (size_t i = 0; i < arguments->n_given; i++) {
		const char *name = arguments->given[i].option->name;

		if (!strcmp(name, "targets") || !strcmp(name, "json"))
			continue;
		mf_fail(err, 0, "--targets prints all targets, --%s chooses drivers; leave out one",
			name);
		return MF_EXIT_USAGE;
	}
	if (!arguments->n_operands)
		return MF_EXIT_OK;
	mf_fail(err, 0, "--targets takes no SOURCE; leave out one of the two");
	return MF_EXIT_USAGE;
}

static int run(const struct mf_arguments *arguments, struct mf_err *err)
{
	bool is_json = mf_given(arguments, "json");

	if (mf_given(arguments, "targets")) {
		if (refuse_beside_targets(arguments, err))
			return MF_EXIT_USAGE;
		return mf_list_print_targets(is_json, err) ? MF_EXIT_FAILED : MF_EXIT_OK;
	}
	if (mf_given(arguments, "symbols") && !is_json) {
		mf_fail(err, 0, "--symbols has an effect with --json only");
		return MF_EXIT_USAGE;
	}
	return list_drivers(arguments, err);
}

const struct mf_command mf_command_list = {
	.name = "list",
	.summary = "list drivers: versions, kernels, hardware, signer, needed at boot or not",
	.operands = "[SOURCE...]",
	.options = options,
	.run = run,
};
