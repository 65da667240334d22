// SPDX-License-Identifier: GPL-2.0-or-later
// BTF type information of a module, which binds it to one build of the kernel.
#include "lib/core/btf.h"

#include <string.h>

#include "lib/core/elf.h"

unsigned int mf_module_drop_btf(uint8_t *file, size_t size)
{
	unsigned int dropped = 0;
	struct mf_elf elf;

	if (mf_elf_open((struct mf_bytes){file, size}, &elf, NULL))
		return 0;
	for (uint32_t i = 1; i < elf.n_sections; i++) {
		struct mf_section section;

		if (mf_elf_section(&elf, i, &section, NULL) ||
		    (strcmp(section.name, ".BTF") != 0 && strcmp(section.name, ".BTF.base") != 0))
			continue;
		/* an all-zero header is SHT_NULL: the kernel finds BTF by section name only */
		memset(file + elf.section_offset + (uint64_t)i * elf.section_size, 0,
		       elf.section_size);
		dropped++;
	}
	return dropped;
}
