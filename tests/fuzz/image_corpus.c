// SPDX-License-Identifier: GPL-2.0-or-later
// Writes the corpora of the fuzz targets vmlinux and vmlinuz into a folder; run by image-corpus.sh.
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/certmake.h"
#include "tests/unit/imagemake.h"

static const char *top;

static void save(const char *name, struct mf_buf *bytes)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	file = fopen(path, "wb");
	if (!file || fwrite(bytes->data, 1, bytes->len, file) != bytes->len || fclose(file)) {
		perror(path);
		exit(1);
	}
	mf_buf_free(bytes);
}

/* One export in each table, offsets of 32 bits or addresses. */
static void make_elf(struct mf_buf *out, bool is_relative)
{
	static const char strings[] = "\0alpha\0beta\0USB";
	unsigned int size = is_relative ? 4 : 8;
	struct mf_buf texts = {0}, plain = {0}, gpl = {0};

	imagemake_texts(&texts);
	imagemake_uint(&plain, size, 64);
	imagemake_uint(&plain, size, is_relative ? 0x1000 + 1 - 4 : 0x2000 + 1);
	imagemake_uint(&plain, size, 0);
	imagemake_uint(&gpl, size, 64);
	imagemake_uint(&gpl, size, is_relative ? 0x800 + 7 - 4 : 0x2000 + 7);
	imagemake_uint(&gpl, size, is_relative ? 0x800 + 12 - 8 : 0x2000 + 12);
	imagemake_elf(
		out, 64, EM_X86_64,
		(struct imagemake_section[]){
			{".rodata", 0x800, mf_buf_bytes(&texts)},
			{"__ksymtab", 0x1000, mf_buf_bytes(&plain)},
			{"__ksymtab_gpl", 0x1800, mf_buf_bytes(&gpl)},
			{"__kcrctab", 0, {(const uint8_t *)"crc1", 4}},
			{"__kcrctab_gpl", 0, {(const uint8_t *)"crc2", 4}},
			{"__ksymtab_strings", 0x2000, {(const uint8_t *)strings, sizeof(strings)}},
		},
		6);
	mf_buf_free(&texts);
	mf_buf_free(&plain);
	mf_buf_free(&gpl);
}

/* A flat image with a certificate, a configuration, BTF, and signed as modules are. */
static void make_all(struct mf_buf *out)
{
	static const char config[] = "CONFIG_MODULE_SIG=y\n";
	static const char btf[] = "\x9f\xeb\x01\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x04\0\0\0\0one";
	struct certmake key = certmake(
		"a key with a name that is long enough to be one of a build, for two "
		"bytes of length",
		NULL);
	size_t at;

	imagemake_flat(out);
	mf_buf_adds(out, "not a gzip compressed module\nIKCFG_ST");
	imagemake_gzip(out, (struct mf_bytes){(const uint8_t *)config, sizeof(config) - 1});
	mf_buf_adds(out, "IKCFG_ED");
	mf_buf_add(out, btf, sizeof(btf));
	mf_buf_zeros(out, -out->len & 7);
	mf_buf_add(out, key.der.p, key.der.n);
	mf_buf_zeros(out, -out->len & 7);
	imagemake_uint(out, 8, key.der.n);
	imagemake_uint(out, 8, key.der.n);
	at = out->len;
	certmake_sign(out, mf_buf_bytes(out), &key, CERTMAKE_USUAL);
	certmake_end(out, out->len - at);
	certmake_free(&key);
}

static void save_vmlinux(void)
{
	struct mf_buf out = {0};

	make_elf(&out, true);
	save("vmlinux/accept-elf", &out);
	make_elf(&out, false);
	save("vmlinux/accept-elf-addresses", &out);
	make_all(&out);
	save("vmlinux/accept-flat-all", &out);
	make_elf(&out, true);
	out.len -= 64;
	save("vmlinux/reject-cut", &out);
	imagemake_texts(&out);
	save("vmlinux/reject-no-magic", &out);
	mf_buf_zeros(&out, 56);
	mf_buf_adds(&out, "ARM\x64Linux version 6");
	save("vmlinux/reject-no-release", &out);
}

static void save_vmlinuz(void)
{
	struct mf_buf raw = {0}, packed = {0}, out = {0};

	make_elf(&raw, true);
	save("vmlinuz/accept-elf", &raw);
	make_all(&raw);
	imagemake_gzip(&packed, mf_buf_bytes(&raw));
	imagemake_bzimage(&out, mf_buf_bytes(&packed));
	save("vmlinuz/accept-bzimage", &out);
	imagemake_zboot(&out, mf_buf_bytes(&packed));
	save("vmlinuz/accept-zboot", &out);
	imagemake_bzimage(&out, mf_buf_bytes(&packed));
	out.data[0x206] = 7;
	save("vmlinuz/reject-old-protocol", &out);
	imagemake_zboot(&out, mf_buf_bytes(&packed));
	out.data[15] = 1;
	save("vmlinuz/reject-zboot-length", &out);
	packed.len -= 4;
	save("vmlinuz/reject-cut-gzip", &packed);
	mf_buf_free(&raw);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	top = argv[1];
	save_vmlinux();
	save_vmlinuz();
	return 0;
}
