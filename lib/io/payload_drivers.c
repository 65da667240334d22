// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel modules in the payload of a package, or beside packages on a disk.
#include "lib/io/payload_drivers.h"

#include <errno.h>

#include "lib/base/text.h"
#include "lib/core/hash.h"
#include "lib/io/scanner.h"

/* Content in the arena, where the module's facts may point into it. */
static int keep(struct mf_payload_drivers *drivers, struct mf_driver *driver)
{
	struct mf_bytes content = mf_buf_bytes(&drivers->scratch);
	char *copy = mf_arena_strndup(drivers->arena, (const char *)content.p, content.n);

	if (!copy)
		return -ENOMEM;
	driver->content = (struct mf_bytes){(const uint8_t *)copy, content.n};
	return 0;
}

static int read_facts(struct mf_payload_drivers *drivers, const char *name, struct mf_bytes content,
		      struct mf_driver *driver, struct mf_err *why)
{
	int r;

	drivers->scratch.len = 0;
	r = mf_scan_unpack(content, &driver->compression, &drivers->scratch, why);
	if (!r && drivers->is_whole)
		r = mf_sha256_hex(mf_buf_bytes(&drivers->scratch), driver->sha256);
	if (!r && drivers->is_kept)
		r = keep(drivers, driver);
	if (r)
		return r;
	return mf_module_read(mf_buf_bytes(&drivers->scratch), name,
			      drivers->is_whole ? MF_MODULE_SYMBOLS : MF_MODULE_FACTS,
			      drivers->arena, &driver->module, why);
}

int mf_payload_read_module(struct mf_payload_drivers *drivers, const char *name,
			   struct mf_bytes content, struct mf_driver *out)
{
	struct mf_err why = {0};
	int r;

	*out = (struct mf_driver){.path = drivers->spool, .file_size = content.n};
	r = read_facts(drivers, name, content, out, &why);
	if (!r || r == -ENOMEM)
		return r;
	out->module = (struct mf_module){.name = mf_path_base(name)};
	out->malformed = mf_arena_strdup(drivers->arena, why.text);
	return out->malformed ? 0 : -ENOMEM;
}

bool mf_payload_is_module(void *data, const char *path)
{
	(void)data;
	return mf_scan_is_module(path);
}

int mf_payload_add_module(void *data, const char *path, struct mf_bytes content)
{
	struct mf_payload_drivers *drivers = data;
	const char *member = mf_arena_strdup(drivers->arena, path);
	struct mf_driver driver;
	int r = member ? mf_payload_read_module(drivers, member, content, &driver) : -ENOMEM;

	if (!r)
		r = mf_arena_grow(drivers->arena, &drivers->v, drivers->n, sizeof(driver));
	if (r)
		return r;
	driver.member = member;
	drivers->v[drivers->n++] = driver;
	return 0;
}
