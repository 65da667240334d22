// SPDX-License-Identifier: GPL-2.0-or-later
// Writes RPMs, good and bad, and a module into a folder, for the corpora of rpm, deb and disk; run
// by disk-corpus.sh.
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/elfmake.h"
#include "tests/unit/rpmmake.h"

#define BYTES(text) ((struct mf_bytes){(const uint8_t *)(text), sizeof(text) - 1})

static const char *top;

static void save(const char *name, const struct mf_buf *bytes)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	file = fopen(path, "wb");
	if (!file || fwrite(bytes->data, 1, bytes->len, file) != bytes->len || fclose(file)) {
		perror(path);
		exit(1);
	}
}

static const struct rpmmake driver = {
	.name = "kmod-foo",
	.post = "exit 0",
	.provides = {{"kernel-modules", 8, "5.14.0-1.x86_64"}},
	.requires = {{"kernel", 12, "5.14"}},
	.files = {{"/lib/modules/5.14.0-1.x86_64/extra/foo.ko", 0, BYTES("module"), NULL},
		  {"/lib/modules/5.14.0-1.x86_64/extra/bar.ko", S_IFLNK | 0777, {0}, "foo.ko"},
		  {"/lib/firmware/foo.bin", 0, BYTES("firmware"), NULL}},
};

static const char *const modinfo[] = {"name=foo", "vermagic=6.1.0-1-amd64 SMP ", NULL};

int main(int argc, char **argv)
{
	struct mf_buf bytes = {0};
	size_t header;

	if (argc != 2)
		return 2;
	top = argv[1];
	rpmmake(&bytes, &driver);
	save("accept-driver", &bytes);
	header = rpmmake_header_at(&bytes);
	bytes.data[header + 10] = 0x7f; /* number of entries */
	save("reject-entries", &bytes);
	bytes.data[header + 10] = 0;
	bytes.data[header + 16 + 16 + 8] = 0x80; /* offset of the first entry */
	save("reject-offset", &bytes);
	bytes.len = header + 100;
	save("reject-cut", &bytes);
	mf_buf_free(&bytes);
	rpmmake(&bytes, &(struct rpmmake){.name = ""});
	save("reject-nameless", &bytes);
	bytes.len = 3;
	save("reject-short", &bytes);
	bytes.len = 0;
	elfmake(&bytes, &(struct elfmake){.bits = 64, .machine = EM_X86_64, .modinfo = modinfo});
	save("foo.ko", &bytes);
	mf_buf_free(&bytes);
	return 0;
}
