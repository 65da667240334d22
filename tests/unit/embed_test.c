// SPDX-License-Identifier: GPL-2.0-or-later
// Answer files on a driver disk: kinds by content, and which installer takes which.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/embed.h"

#define KICKSTART   "# made by hand\nlang en_US\nautopart\n"
#define AUTOYAST    "<?xml version=\"1.0\"?>\n<!DOCTYPE profile>\n<profile xmlns=\"u\">\n</profile>\n"
#define AGAMA	    "{\n \"product\": {\"id\": \"SLES\"}\n}\n"
#define PRESEED	    "#_preseed_V1\nd-i debian-installer/locale string en_US\n"
#define AUTOINSTALL "#cloud-config\nautoinstall:\n  version: 1\n"

static struct mf_bytes bytes_of(const char *text)
{
	return (struct mf_bytes){(const uint8_t *)text, strlen(text)};
}

static void the_kind_is_told_by_content(void **state)
{
	static const struct {
		const char *text;
		enum mf_embed_kind kind;
	} cases[] = {
		{KICKSTART, MF_EMBED_KICKSTART},
		{"\r\n%packages\r\n@core\r\n%end\r\n", MF_EMBED_KICKSTART},
		{"version=RHEL9\nurl --url=http://s/d-i/x string\n", MF_EMBED_KICKSTART},
		{"%pre\necho d-i a/b string c\n%end\n", MF_EMBED_KICKSTART},
		{"  rootpw --lock", MF_EMBED_KICKSTART},
		{AUTOYAST, MF_EMBED_AUTOYAST},
		{"\xef\xbb\xbf<profile>", MF_EMBED_AUTOYAST},
		{AGAMA, MF_EMBED_AGAMA},
		{"// the product\n{product: 1}", MF_EMBED_AGAMA},
		{"local agama = import 'hw.libsonnet';\n", MF_EMBED_AGAMA},
		{PRESEED, MF_EMBED_PRESEED},
		{"tasksel tasksel/first multiselect standard\n", MF_EMBED_PRESEED},
		{AUTOINSTALL, MF_EMBED_AUTOINSTALL},
		{"autoinstall:\n  version: 1\n", MF_EMBED_AUTOINSTALL},
		{"", MF_EMBED_UNKNOWN},
		{"#\n\n", MF_EMBED_UNKNOWN},
		{"<html><body>404</body></html>", MF_EMBED_UNKNOWN},
		{"<profiles/>", MF_EMBED_UNKNOWN},
		{"<profile", MF_EMBED_UNKNOWN},
		{"#!/bin/sh\necho hello\n", MF_EMBED_UNKNOWN},
		{"language\n", MF_EMBED_UNKNOWN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (mf_embed_kind_of(bytes_of(cases[i].text)) != cases[i].kind)
			fail_msg("kind %d of: %s", mf_embed_kind_of(bytes_of(cases[i].text)),
				 cases[i].text);
	}
}

static void binary_files_are_of_no_kind(void **state)
{
	static const uint8_t image[] = {'l', 'a', 'n', 'g', ' ', 'C', '\n', 0};

	(void)state;
	assert_int_equal(mf_embed_kind_of((struct mf_bytes){image, sizeof(image)}),
			 MF_EMBED_UNKNOWN);
}

static int name_for(const char *target, const char *text, const char **ret_name, struct mf_err *err)
{
	const struct mf_target *targets[] = {mf_target_find(target)};
	struct mf_embed embed = {
		.path = "FILE", .bytes = bytes_of(text), .targets = targets, .n_targets = 1};

	assert_non_null(targets[0]);
	return mf_embed_name(&embed, ret_name, err);
}

static void installers_take_what_they_look_for(void **state)
{
	static const char *const cases[][3] = {
		{"rhel8", KICKSTART, "ks.cfg"},
		{"alma9", KICKSTART, "ks.cfg"},
		{"rhel10", KICKSTART, "ks.cfg"},
		{"fedora", KICKSTART, "ks.cfg"},
		{"sles15", AUTOYAST, "autoinst.xml"},
		{"leap15.6", AUTOYAST, "autoinst.xml"},
		{"sles16.0", AUTOYAST, "autoinst.xml"},
		{"sles16.0", AGAMA, "autoinst.jsonnet"},
		{"tumbleweed", AGAMA, "autoinst.jsonnet"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *name;

		assert_int_equal(name_for(cases[i][0], cases[i][1], &name, NULL), 0);
		assert_string_equal(name, cases[i][2]);
	}
}

static void what_is_not_loaded_is_refused(void **state)
{
	static const struct {
		const char *target;
		const char *text;
		int code;
		const char *says;
	} cases[] = {
		{"debian12", PRESEED, -EOPNOTSUPP, "as /preseed.cfg"},
		{"debian13", PRESEED, -EOPNOTSUPP, "preseed/url="},
		{"ubuntu24.04", AUTOINSTALL, -EOPNOTSUPP, "CIDATA"},
		{"rhel9", AUTOYAST, -EOPNOTSUPP, "anaconda) does not read; expected a kickstart"},
		{"rhel9", PRESEED, -EOPNOTSUPP, "is a preseed file"},
		{"sles15", KICKSTART, -EOPNOTSUPP, "expected an AutoYaST profile"},
		{"sles15", AGAMA, -EOPNOTSUPP, "is an Agama profile"},
		{"sles16.0", KICKSTART, -EOPNOTSUPP, "expected an Agama profile"},
		{"debian12", KICKSTART, -EOPNOTSUPP, "debian12 loads no such file"},
		{"generic", KICKSTART, -EOPNOTSUPP, "generic loads no such file"},
		{"rhel9", "hello\n", -EINVAL, "no answer file that is known"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mf_err err = {0};
		const char *name;

		assert_int_equal(name_for(cases[i].target, cases[i].text, &name, &err),
				 cases[i].code);
		assert_null(name);
		assert_non_null(strstr(err.text, "--embed FILE: "));
		if (!strstr(err.text, cases[i].says))
			fail_msg("%s: %s", cases[i].says, err.text);
	}
}

static void another_label_is_refused(void **state)
{
	const struct mf_target *targets[] = {mf_target_find("rhel9")};
	struct mf_embed embed = {.path = "FILE",
				 .bytes = bytes_of(KICKSTART),
				 .label = "DRIVERS",
				 .targets = targets,
				 .n_targets = 1};
	struct mf_err err = {0};
	const char *name;

	(void)state;
	assert_int_equal(mf_embed_name(&embed, &name, &err), -EINVAL);
	assert_non_null(strstr(err.text, "labelled OEMDRV only, not DRIVERS"));
	embed.label = "OEMDRV";
	assert_int_equal(mf_embed_name(&embed, &name, &err), 0);
}

static void one_target_that_loads_it_is_enough(void **state)
{
	const struct mf_target *targets[] = {mf_target_find("debian12"), mf_target_find("sles15"),
					     mf_target_find("rhel9")};
	struct mf_embed embed = {
		.path = "FILE", .bytes = bytes_of(KICKSTART), .targets = targets, .n_targets = 3};
	const char *name;

	(void)state;
	assert_int_equal(mf_embed_name(&embed, &name, NULL), 0);
	assert_string_equal(name, "ks.cfg");
}

static void it_is_added_once(void **state)
{
	MF_CLEANUP(mf_tree_free) struct mf_tree tree = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf list = {0};
	const struct mf_target *targets[] = {mf_target_find("rhel9")};
	struct mf_embed embed = {
		.path = "my.ks", .bytes = bytes_of("lang C\n"), .targets = targets, .n_targets = 1};
	struct mf_err err = {0};

	(void)state;
	assert_int_equal(mf_tree_add_bytes(&tree, "rhdd3", 0644, bytes_of("x\n")), 0);
	assert_int_equal(mf_embed_add(&embed, &tree, &err), 0);
	mf_tree_list(&tree, &list);
	assert_string_equal(mf_buf_str(&list),
			    "f 0644 ks.cfg 7\n\t| lang C\nf 0644 rhdd3 2\n\t| x\n");
	assert_int_equal(mf_embed_add(&embed, &tree, &err), -EEXIST);
	assert_non_null(strstr(err.text, "already a ks.cfg"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kind_is_told_by_content),
		cmocka_unit_test(binary_files_are_of_no_kind),
		cmocka_unit_test(installers_take_what_they_look_for),
		cmocka_unit_test(what_is_not_loaded_is_refused),
		cmocka_unit_test(another_label_is_refused),
		cmocka_unit_test(one_target_that_loads_it_is_enough),
		cmocka_unit_test(it_is_added_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
