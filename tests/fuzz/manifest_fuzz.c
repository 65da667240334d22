// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: manifests; what is accepted can be written, and is read back the same.
#include <stdint.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_agree(bool agree)
{
	if (!agree)
		__builtin_trap();
}

static void compare_text(const char *a, const char *b)
{
	must_agree(!a == !b && (!a || strcmp(a, b) == 0));
}

static void compare_strings(const struct mf_strings *a, const struct mf_strings *b)
{
	must_agree(a->n == b->n);
	for (size_t i = 0; i < a->n; i++)
		compare_text(a->v[i], b->v[i]);
}

static void compare_firmware(const struct mf_manifest_module *a, const struct mf_manifest_module *b)
{
	must_agree(a->n_firmware == b->n_firmware);
	for (size_t i = 0; i < a->n_firmware; i++) {
		compare_text(a->firmware[i].path, b->firmware[i].path);
		compare_text(a->firmware[i].sha256, b->firmware[i].sha256);
		must_agree(a->firmware[i].size == b->firmware[i].size);
	}
}

static void compare_modules(const struct mf_manifest_module *a, const struct mf_manifest_module *b)
{
	compare_text(a->name, b->name);
	compare_text(a->kernel, b->kernel);
	compare_text(a->arch, b->arch);
	compare_text(a->file, b->file);
	must_agree(a->size == b->size);
	compare_text(a->sha256, b->sha256);
	compare_text(a->version, b->version);
	compare_text(a->srcversion, b->srcversion);
	compare_text(a->package, b->package);
	compare_text(a->package_version, b->package_version);
	compare_text(a->signer, b->signer);
	compare_text(a->stock, b->stock);
	compare_strings(&a->depends, &b->depends);
	compare_strings(&a->softdep_pre, &b->softdep_pre);
	compare_strings(&a->softdep_post, &b->softdep_post);
	compare_strings(&a->aliases, &b->aliases);
	compare_strings(&a->params, &b->params);
	compare_firmware(a, b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_manifest_free) struct mf_manifest manifest = {0};
	MF_CLEANUP(mf_manifest_free) struct mf_manifest back = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_err err = {0};

	if (mf_manifest_parse((struct mf_bytes){data, size}, &manifest, &err)) {
		must_agree(!manifest.n_modules && err.text[0]);
		return 0;
	}
	must_agree(!mf_manifest_emit(&manifest, &text, &err));
	must_agree(!mf_manifest_parse(mf_buf_bytes(&text), &back, &err));
	must_agree(manifest.n_modules == back.n_modules);
	for (size_t i = 0; i < manifest.n_modules; i++)
		compare_modules(&manifest.modules[i], &back.modules[i]);
	return 0;
}
