// SPDX-License-Identifier: GPL-2.0-or-later
// Writes the corpus of the ELF fuzz target into a folder; run by elf-corpus.sh.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/bytes.h"
#include "tests/unit/elfmake.h"

#define MARKER "~Module signature appended~\n"

static const char *const modinfo[] = {
	"name=virtio_test",
	"version=9.9-upd",
	"srcversion=0123456789ABCDEF",
	"license=GPL",
	"description=A driver",
	"vermagic=6.1.0-56-amd64 SMP preempt mod_unload modversions ",
	"alias=virtio:d00000002v*",
	"alias=pci:v00001AF4d*sv*sd*bc*sc*i*",
	"depends=virtio,virtio_ring",
	"softdep=pre: crc32c post: sd_mod",
	"firmware=vendor/fw one.bin",
	"parm=depth:queue depth",
	"parmtype=depth:int",
	"intree=Y",
	NULL,
};
static const char *const nameless[] = {"license=GPL", "alias=usb:v1D6Bp*", NULL};
static const char *const bad_name[] = {"name=../x", NULL};
static const struct elfmake_symbol imports[] = {
	{"module_layout", 0x0badcafe}, {"blk_mq_alloc_tag_set", 1}, {"printk", 0xffffffff}, {0}};
static const struct elfmake_symbol exports[] = {{"test_register", 7}, {"test_exit", 8}, {0}};

static void save(const char *folder, const char *name, const struct mf_buf *bytes)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	if (!file || fwrite(bytes->data, 1, bytes->len, file) != bytes->len || fclose(file)) {
		perror(path);
		exit(1);
	}
}

static struct mf_buf make(unsigned int bits, enum mf_endian endian, uint16_t machine)
{
	struct elfmake spec = {bits, endian, machine, modinfo, imports, exports, false};
	struct mf_buf out = {0};

	elfmake(&out, &spec);
	return out;
}

/* Puts another name, not longer, in the place of a section's. */
static void rename_section(struct mf_buf *bytes, const char *from, const char *to)
{
	char *at = memmem(bytes->data, bytes->len, from, strlen(from) + 1);

	if (at)
		memcpy(at, to, strlen(to) + 1);
}

static void save_made(const char *folder)
{
	static const struct {
		const char *name;
		unsigned int bits;
		enum mf_endian endian;
		uint16_t machine;
	} made[] = {
		{"accept-x86_64", 64, MF_LITTLE, EM_X86_64},
		{"accept-i686", 32, MF_LITTLE, EM_386},
		{"accept-aarch64", 64, MF_LITTLE, EM_AARCH64},
		{"accept-s390x", 64, MF_BIG, EM_S390},
		{"accept-ppc", 32, MF_BIG, EM_PPC},
		{"accept-unknown-machine", 64, MF_BIG, 0xfffe},
	};
	struct elfmake no_versions = {64, MF_LITTLE, EM_X86_64, nameless, imports, NULL, true};
	struct elfmake evil = {64, MF_LITTLE, EM_X86_64, bad_name, NULL, NULL, true};
	struct mf_buf bytes = {0};

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		bytes = make(made[i].bits, made[i].endian, made[i].machine);
		save(folder, made[i].name, &bytes);
		mf_buf_free(&bytes);
	}
	elfmake(&bytes, &no_versions);
	save(folder, "accept-no-versions", &bytes);
	bytes.len = 0;
	elfmake(&bytes, &evil);
	save(folder, "reject-bad-name", &bytes);
	mf_buf_free(&bytes);
}

/* What starts as a good module and is changed at one place. */
static void save_changed(const char *folder)
{
	static const char *const renamed[][3] = {
		{"accept-btf", "__versions", ".BTF"},
		{"accept-btf-base", "__versions", ".BTF.base"},
		{"reject-no-modinfo", ".modinfo", ".modnope"},
	};
	static const uint8_t signature[12] = {0, 0, 2, [11] = 4}; /* PKCS#7 of 4 bytes */
	struct mf_buf bytes;

	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++) {
		bytes = make(64, MF_LITTLE, EM_X86_64);
		rename_section(&bytes, renamed[i][1], renamed[i][2]);
		save(folder, renamed[i][0], &bytes);
		mf_buf_free(&bytes);
	}
	bytes = make(64, MF_LITTLE, EM_X86_64);
	mf_buf_add(&bytes, "junk", 4);
	mf_buf_add(&bytes, signature, sizeof(signature));
	mf_buf_adds(&bytes, MARKER);
	save(folder, "accept-unreadable-signature", &bytes);
	mf_buf_free(&bytes);

	bytes = make(64, MF_LITTLE, EM_X86_64);
	bytes.data[16] = ET_EXEC;
	save(folder, "reject-executable", &bytes);
	bytes.data[16] = ET_REL;
	bytes.data[4] = 3;
	save(folder, "reject-class", &bytes);
	bytes.data[4] = ELFCLASS64;
	bytes.data[47] = 0x7f; /* e_shoff far behind the end */
	save(folder, "reject-section-offset", &bytes);
	bytes.data[47] = 0;
	bytes.len -= 1;
	save(folder, "reject-cut-headers", &bytes);
	bytes.len = 40;
	save(folder, "reject-cut-start", &bytes);
	bytes.len = 0;
	mf_buf_adds(&bytes, MARKER);
	save(folder, "reject-marker-alone", &bytes);
	mf_buf_free(&bytes);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: elf_corpus FOLDER\n", stderr);
		return 2;
	}
	save_made(argv[1]);
	save_changed(argv[1]);
	return 0;
}
