// SPDX-License-Identifier: GPL-2.0-or-later
// What to do: the exact lines that mend a missing build.
#include "lib/core/advice.h"

#include <string.h>

#include "lib/base/text.h"

void mf_advise_build(struct mf_buf *out, const char *name, const char *version, const char *kernel)
{
	struct mf_buf module = {0};

	mf_buf_printf(&module, "%s/%s", name ? name : "NAME", version ? version : "VERSION");
	mf_buf_adds(out, "dkms build ");
	mf_buf_add_shell(out, mf_buf_str(&module));
	mf_buf_adds(out, " -k ");
	mf_buf_add_shell(out, kernel);
	mf_buf_free(&module);
}

/* Whether a release has ".TAGn" in it: ".el9", ".fc41". */
static bool has_tag(const char *kernel, const char *tag)
{
	const char *at = strstr(kernel, tag);
	char next = at ? at[strlen(tag)] : '\0';

	return next >= '0' && next <= '9';
}

void mf_advise_headers(struct mf_buf *out, const char *kernel)
{
	static const char *const debian[] = {
		"-amd64",	"-arm64",   "-armmp",	   "-686", "-686-pae", "-s390x", "-riscv64",
		"-powerpc64le", "-generic", "-lowlatency", "-aws", "-azure",   "-gcp",	 "-oem"};
	static const char *const suse[] = {"-default", "-azure-suse", "-64kb", "-longterm"};

	if (has_tag(kernel, ".el") || has_tag(kernel, ".fc")) {
		mf_buf_adds(out, "the package kernel-devel-");
		mf_buf_add_shell(out, kernel);
		return;
	}
	for (size_t i = 0; i < sizeof(debian) / sizeof(debian[0]); i++) {
		if (mf_has_suffix(kernel, debian[i])) {
			mf_buf_adds(out, "the package linux-headers-");
			mf_buf_add_shell(out, kernel);
			return;
		}
	}
	for (size_t i = 0; i < sizeof(suse) / sizeof(suse[0]); i++) {
		if (mf_has_suffix(kernel, suse[i])) {
			mf_buf_printf(out, "the package kernel%s-devel", suse[i]);
			return;
		}
	}
	mf_buf_adds(out, "the headers of ");
	mf_buf_add_shell(out, kernel);
}
