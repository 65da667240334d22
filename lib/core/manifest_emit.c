// SPDX-License-Identifier: GPL-2.0-or-later
// Writes a manifest, refusing what its reader would refuse.
#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/manifest.h"

/* A manifest being written: refuses values that would not be read back. */
struct writer {
	struct mf_buf *out;
	struct mf_err *err;
	const char *module;
	int error;
};

static void put(struct writer *writer, const char *key, const char *value)
{
	if (writer->error || !value)
		return;
	for (const char *c = value; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f) {
			writer->error = -EINVAL;
			mf_fail(writer->err, -EINVAL,
				"module %s: its %s has a control character, which a manifest cannot hold; mend the module's source",
				writer->module, key);
			return;
		}
	}
	if (!*value || strlen(key) + 1 + strlen(value) >= MF_MANIFEST_MAX_LINE) {
		writer->error = -EINVAL;
		mf_fail(writer->err, -EINVAL, "module %s: its %s is empty or longer than %zu bytes",
			writer->module, key, MF_MANIFEST_MAX_LINE - strlen(key) - 2);
		return;
	}
	mf_buf_printf(writer->out, "%s %s\n", key, value);
}

static void put_each(struct writer *writer, const char *key, const struct mf_strings *values)
{
	for (size_t i = 0; i < values->n; i++)
		put(writer, key, values->v[i]);
}

/* Several names on one line, on more where one would be too long; nothing when there are none. */
static void put_names(struct writer *writer, const char *key, const struct mf_strings *names)
{
	const size_t limit = MF_MANIFEST_MAX_LINE - strlen(key) - 2;
	struct mf_buf line = {0};

	for (size_t i = 0; i < names->n; i++) {
		if (line.len && line.len + 1 + strlen(names->v[i]) > limit) {
			put(writer, key, mf_buf_str(&line));
			line.len = 0;
		}
		mf_buf_adds(&line, line.len ? " " : "");
		mf_buf_adds(&line, names->v[i]);
		if (mf_buf_status(&line))
			writer->error = -ENOMEM;
	}
	if (names->n)
		put(writer, key, mf_buf_str(&line));
	mf_buf_free(&line);
}

static void put_number(struct writer *writer, const char *key, uint64_t value)
{
	if (!writer->error)
		mf_buf_printf(writer->out, "%s %llu\n", key, (unsigned long long)value);
}

static void put_firmware(struct writer *writer, const struct mf_manifest_firmware *firmware)
{
	struct mf_buf line = {0};

	if (!mf_path_is_safe(firmware->path) && !writer->error)
		writer->error = mf_fail(writer->err, -EINVAL,
					"module %s: it names firmware by an unsafe path",
					writer->module);
	mf_buf_printf(&line, "%s %llu %s", firmware->path, (unsigned long long)firmware->size,
		      firmware->sha256);
	if (mf_buf_status(&line))
		writer->error = -ENOMEM;
	else
		put(writer, "firmware", mf_buf_str(&line));
	mf_buf_free(&line);
}

static void put_module(struct writer *writer, const struct mf_manifest_module *module)
{
	struct mf_buf package = {0};

	writer->module = module->name;
	put(writer, "module", module->name);
	put(writer, "kernel", module->kernel);
	put(writer, "arch", module->arch);
	put(writer, "file", module->file);
	put_number(writer, "size", module->size);
	put(writer, "sha256", module->sha256);
	put(writer, "version", module->version);
	put(writer, "srcversion", module->srcversion);
	if (module->package && module->package_version) {
		mf_buf_printf(&package, "%s %s", module->package, module->package_version);
		put(writer, "package", mf_buf_str(&package));
	}
	put_names(writer, "depends", &module->depends);
	put_names(writer, "softdep-pre", &module->softdep_pre);
	put_names(writer, "softdep-post", &module->softdep_post);
	put_each(writer, "alias", &module->aliases);
	for (size_t i = 0; i < module->n_firmware; i++)
		put_firmware(writer, &module->firmware[i]);
	put_each(writer, "param", &module->params);
	put(writer, "signer", module->signer);
	put(writer, "stock", module->stock);
	mf_buf_free(&package);
}

/* Reads back what was written, for what no single value shows: limits, blanks in a name. */
static int check_text(struct mf_bytes text, struct mf_err *err)
{
	struct mf_manifest back = {0};
	int r = mf_manifest_parse(text, &back, err);

	mf_manifest_free(&back);
	if (r == -EBADMSG)
		r = -EINVAL;
	return r && r != -ENOMEM ? mf_wrap(err, r, "the manifest would be refused") : r;
}

int mf_manifest_emit(const struct mf_manifest *manifest, struct mf_buf *out, struct mf_err *err)
{
	struct writer writer = {.out = out, .err = err};
	size_t start = out->len;

	mf_buf_adds(out, MF_MANIFEST_FIRST_LINE "\n");
	for (size_t i = 0; i < manifest->n_modules; i++)
		put_module(&writer, &manifest->modules[i]);
	if (!writer.error)
		writer.error = mf_buf_status(out);
	if (writer.error)
		return writer.error;
	return check_text((struct mf_bytes){out->data + start, out->len - start}, err);
}
