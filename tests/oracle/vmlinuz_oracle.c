// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel image against what was built and packed with it:
// vmlinuz_oracle ABI VMLINUZ SYMVERS CONFIG MODULES-FOLDER [FOREIGN-MODULE...]
//
// Every export against Module.symvers, the answers about compressed modules against the
// configuration; every module of the folder must be signed well, and badly with one byte changed;
// foreign modules must have an unknown signer.
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/x509.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/verify.h"
#include "lib/io/decompress.h"
#include "lib/io/file.h"
#include "lib/io/vmlinuz.h"

#define MAX_MODULE ((size_t)256 << 20)

static struct mf_certs certs;
static size_t n_modules, n_wrong;

static const char *const verdicts[] = {
	[MF_SIGNED_NOT] = "not signed",
	[MF_SIGNED_GOOD] = "good",
	[MF_SIGNED_BAD] = "bad",
	[MF_SIGNED_UNKNOWN] = "signer unknown",
	[MF_SIGNED_MALFORMED] = "malformed",
};

static const char *text(const char *value)
{
	return value ? value : "(none)";
}

static void expect(const char *object, const char *what, const char *ours, const char *theirs)
{
	if (strcmp(text(ours), text(theirs)) == 0)
		return;
	n_wrong++;
	printf("%s: %s: ours \"%s\", expected \"%s\"\n", object, what, text(ours), text(theirs));
}

static void die(const struct mf_err *err)
{
	fprintf(stderr, "vmlinuz_oracle: %s\n", err->text);
	exit(1);
}

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* Every export of the image in both, with the same facts. */
static size_t compare_exports(const struct mf_symtab *image, const struct mf_symtab *symvers)
{
	size_t n = 0;

	for (size_t i = 0; i < symvers->n; i++) {
		const struct mf_export *theirs = &symvers->v[i];
		const struct mf_export *ours;

		if (strcmp(theirs->owner, "vmlinux") != 0)
			continue;
		n++;
		ours = mf_symtab_find(image, theirs->name);
		if (!ours || ours->crc != theirs->crc || ours->has_crc != theirs->has_crc ||
		    ours->is_gpl != theirs->is_gpl || strcmp(ours->space, theirs->space) != 0) {
			n_wrong++;
			printf("%s: %s\n", theirs->name, ours ? "differs" : "not in the image");
		}
	}
	if (image->n != n) {
		n_wrong++;
		printf("%zu exports in the image, %zu in Module.symvers\n", image->n, n);
	}
	return n;
}

/* What the image's code tells must agree with its configuration. */
static void compare_config(const struct mf_kconfig *image, const struct mf_kconfig *file)
{
	const struct {
		const char *name;
		enum mf_answer ours, theirs;
	} answers[] = {
		{"decompress", image->decompress, file->decompress},
		{"gzip", image->compress_gzip, file->compress_gzip},
		{"xz", image->compress_xz, file->compress_xz},
		{"zstd", image->compress_zstd, file->compress_zstd},
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (answers[i].ours == answers[i].theirs ||
		    (i && answers[i].ours == MF_ANSWER_UNKNOWN))
			continue;
		n_wrong++;
		printf("configuration: %s: ours %d, theirs %d\n", answers[i].name,
		       (int)answers[i].ours, (int)answers[i].theirs);
	}
}

static const char *verdict(struct mf_bytes module)
{
	enum mf_signed found;

	if (mf_module_verify(module, &certs, &found))
		return "out of memory";
	return verdicts[found];
}

/* Reads a module; compressed ones are unpacked. */
static void read_module(const char *path, struct mf_buf *out)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	struct mf_err err = {0};
	enum mf_codec codec;
	size_t used;

	if (mf_map_file(AT_FDCWD, path, &map, &err))
		die(&err);
	codec = mf_codec_detect(map.bytes);
	if (codec == MF_CODEC_NONE)
		mf_buf_add(out, map.bytes.p, map.bytes.n);
	else if (mf_decompress(codec, map.bytes, MAX_MODULE, out, &used, &err))
		die(&err);
}

static int check_stock(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};

	(void)st;
	(void)ftw;
	if (flag != FTW_F || !strstr(path, ".ko"))
		return 0;
	n_modules++;
	read_module(path, &module);
	expect(path, "signature", verdict(mf_buf_bytes(&module)), "good");
	module.data[module.len / 3] ^= 1;
	expect(path, "changed", verdict(mf_buf_bytes(&module)), "bad");
	return 0;
}

static void print_certs(void)
{
	for (size_t i = 0; i < certs.n; i++) {
		const unsigned char *at = certs.v[i].p;
		X509 *cert = d2i_X509(NULL, &at, (long)certs.v[i].n);
		char name[256];

		X509_NAME_oneline(X509_get_subject_name(cert), name, sizeof(name));
		printf("  trusts %s\n", name);
		X509_free(cert);
	}
	if (!certs.n) {
		n_wrong++;
		printf("no certificate found\n");
	}
}

int main(int argc, char **argv)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_kernel image = {0}, build = {0};
	struct mf_err err = {0};
	double began = now(), took;
	size_t n;

	if (argc < 6)
		return 2;
	if (mf_vmlinuz_read_file(argv[2], &arena, &image, &err))
		die(&err);
	took = now() - began;
	if (mf_symvers_read_file(argv[3], &build, &err) ||
	    mf_config_read_file(argv[4], &build, &err))
		die(&err);
	expect(argv[2], "release", image.release, argv[1]);
	certs = image.certs;
	n = compare_exports(&image.symbols, &build.symbols);
	compare_config(&image.config, &build.config);
	nftw(argv[5], check_stock, 16, FTW_PHYS);
	for (int i = 6; i < argc; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};

		read_module(argv[i], &module);
		expect(argv[i], "signature", verdict(mf_buf_bytes(&module)), "signer unknown");
	}
	printf("%s: %zu exports, vermagic \"%s\", BTF %d, %zu modules of its own, %d foreign; read in "
	       "%.2f s\n",
	       image.release, n, text(image.vermagic), image.has_btf, n_modules, argc - 6, took);
	print_certs();
	mf_symtab_free(&image.symbols);
	mf_symtab_free(&build.symbols);
	if (n_wrong || !n || !n_modules) {
		printf("%zu differences\n", n_wrong);
		return 1;
	}
	return 0;
}
