// SPDX-License-Identifier: GPL-2.0-or-later
// Makes a small kernel module for tests: mkko OUT [arch=WORD] [KEY=VALUE]… [import:NAME=CRC]…
//
// KEY=VALUE go into .modinfo as they are; import: and export: take a CRC in hex.
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "tests/unit/elfmake.h"

#define MAX_FACTS 4096

static const struct {
	const char *word;
	unsigned int bits;
	enum mf_endian endian;
	uint16_t machine;
} machines[] = {
	{"x86_64", 64, MF_LITTLE, EM_X86_64}, {"aarch64", 64, MF_LITTLE, EM_AARCH64},
	{"s390x", 64, MF_BIG, EM_S390},	      {"i686", 32, MF_LITTLE, EM_386},
	{"ppc", 32, MF_BIG, EM_PPC},
};

static int set_machine(struct elfmake *spec, const char *word)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (strcmp(machines[i].word, word) != 0)
			continue;
		spec->bits = machines[i].bits;
		spec->endian = machines[i].endian;
		spec->machine = machines[i].machine;
		return 0;
	}
	return -1;
}

/* "NAME=CRC" cut in place. */
static int set_symbol(struct elfmake_symbol *symbol, char *text)
{
	char *equals = strchr(text, '=');
	uint64_t crc;

	if (!equals || mf_parse_u64(equals + 1, strlen(equals + 1), 16, &crc))
		return -1;
	*equals = '\0';
	*symbol = (struct elfmake_symbol){text, (uint32_t)crc};
	return 0;
}

int main(int argc, char **argv)
{
	static const char *modinfo[MAX_FACTS + 1];
	static struct elfmake_symbol imports[MAX_FACTS + 1], exports[MAX_FACTS + 1];
	size_t n_modinfo = 0, n_imports = 0, n_exports = 0;
	struct elfmake spec = {.modinfo = modinfo, .imports = imports, .exports = exports};
	MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};
	FILE *file;
	int bad = argc < 2 || argc > MAX_FACTS || set_machine(&spec, "x86_64");

	for (int i = 2; !bad && i < argc; i++) {
		if (mf_has_prefix(argv[i], "arch="))
			bad = set_machine(&spec, argv[i] + 5);
		else if (mf_has_prefix(argv[i], "import:"))
			bad = set_symbol(&imports[n_imports++], argv[i] + 7);
		else if (mf_has_prefix(argv[i], "export:"))
			bad = set_symbol(&exports[n_exports++], argv[i] + 7);
		else
			modinfo[n_modinfo++] = argv[i];
	}
	if (bad) {
		fprintf(stderr,
			"usage: mkko OUT [arch=WORD] [KEY=VALUE]... [import:NAME=CRC]... [export:NAME=CRC]...\n");
		return 2;
	}
	elfmake(&elf, &spec);
	file = fopen(argv[1], "w");
	if (!file || mf_buf_status(&elf) || fwrite(elf.data, elf.len, 1, file) != 1 ||
	    fclose(file)) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
