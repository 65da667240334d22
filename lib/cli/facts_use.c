// SPDX-License-Identifier: GPL-2.0-or-later
// What commands do with the facts of a target: a check, its start, its memory.
#include <sys/stat.h>

#include "lib/cli/facts.h"
#include "lib/cli/output.h"

struct mf_check mf_facts_check(const struct mf_facts *facts, const struct mf_kernel *kernel,
			       const struct mf_selected_list *selected)
{
	return (struct mf_check){
		.kernel = kernel,
		.selected = selected,
		.blacklist = &facts->probe.blacklist,
		.firmware = &facts->probe.firmware,
		.reads = facts->probe.reads,
		.is_enforced = facts->is_enforced,
		.certs = facts->has_certs ? &facts->certs : NULL,
	};
}

void mf_facts_judge_start(const struct mf_facts *facts, unsigned int hooks,
			  struct mf_delivery *delivery)
{
	const struct mf_probe *probe = &facts->probe;

	if (!facts->object || !delivery->has_loader || !hooks || hooks & probe->hooks)
		return;
	delivery->has_loader = false;
	delivery->idle_hook = mf_hook_name((enum mf_hook)__builtin_ctz(hooks));
	delivery->framework = probe->hooks ? probe->framework : NULL;
}

void mf_facts_warn_memory(const struct mf_facts *facts, const char *command,
			  const struct mf_memory_part *overlay)
{
	struct mf_memory_part base = {.unpacked = facts->probe.unpacked};
	struct stat st;
	uint64_t needed;

	if (!base.unpacked || stat(facts->object, &st))
		return;
	base.packed = (uint64_t)st.st_size;
	needed = mf_memory_needed(&base, overlay);
	if (needed > MF_MEMORY_USUAL)
		mf_warn(command,
			"%s: a machine needs about %llu MiB of memory to unpack it with the overlay",
			facts->object, (unsigned long long)(needed >> 20));
}
