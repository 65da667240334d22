// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: reasons that installers give besides the kernel's.
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/base/cleanup.h"
#include "lib/cli/check_disk.h"
#include "lib/core/modname.h"

static void weigh(struct mf_disk_talk *talk, enum mf_verdict weight, enum mf_verdict *verdict)
{
	struct mf_checked *checked = &talk->run->checked;

	if (weight > *verdict)
		*verdict = weight;
	if (weight > checked->verdict)
		checked->verdict = weight;
}

int mf_disk_say(struct mf_disk_talk *talk, struct mf_reason reason, const char *format, ...)
{
	struct mf_checked *checked = &talk->run->checked;
	bool is_one = talk->run->facts.probe.n_kernels == 1;
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	char line[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (!is_one)
		mf_buf_printf(&text, "on %s: ", talk->judged->kernel->release);
	mf_buf_adds(&text, line);
	reason.text = mf_buf_status(&text) ? NULL
					   : mf_arena_strdup(&checked->arena, mf_buf_str(&text));
	if (!reason.text)
		return -ENOMEM;
	weigh(talk, reason.weight, &checked->verdict);
	return mf_reason_add(&checked->arena, &checked->archive, &reason);
}

struct mf_reason mf_disk_placement(enum mf_verdict weight, const char *advice)
{
	return (struct mf_reason){.code = MF_REASON_PLACEMENT, .weight = weight, .advice = advice};
}

int mf_disk_tell(struct mf_disk_talk *talk, size_t i, struct mf_reason reason)
{
	struct mf_checked *checked = &talk->run->checked;
	struct mf_driver_check *check = &checked->v[talk->judged->first + i];

	if (!reason.text)
		return -ENOMEM;
	weigh(talk, reason.weight, &check->verdict);
	return mf_reason_add(&checked->arena, &check->reasons, &reason);
}

const struct mf_driver_check *mf_disk_check(const struct mf_disk_talk *talk, size_t i)
{
	return &talk->run->checked.v[talk->judged->first + i];
}

static const struct mf_module *module_of(const struct mf_disk_talk *talk, size_t i)
{
	return &mf_disk_check(talk, i)->selected->driver->module;
}

bool mf_disk_is_wanted(const struct mf_disk_talk *talk, size_t i)
{
	const struct mf_module *module = module_of(talk, i);

	if (module->aliases.n)
		return true;
	for (size_t k = 0; k < talk->judged->n; k++) {
		const struct mf_strings *depends = &module_of(talk, k)->depends;

		for (size_t m = 0; m < depends->n; m++) {
			if (mf_modname_equal(depends->v[m], module->name))
				return true;
		}
	}
	return false;
}
