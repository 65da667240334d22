// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel images as they are booted, configurations and Module.symvers in files.
#include "tests/unit/imagemake.h"
#include "tests/unit/tempdir.h"

#include <errno.h>

#include <lzma.h>

#include "lib/io/vmlinuz.h"

/* What a test gives and gets. */
struct fixture {
	struct mf_arena arena;
	struct mf_kernel kernel;
	struct mf_buf raw, file;
	struct mf_err err;
};

static void fixture_free(struct fixture *fixture)
{
	mf_symtab_free(&fixture->kernel.symbols);
	mf_arena_free(&fixture->arena);
	mf_buf_free(&fixture->raw);
	mf_buf_free(&fixture->file);
}

static int read_image(struct fixture *fixture)
{
	return mf_vmlinuz_read(mf_buf_bytes(&fixture->file), &fixture->arena, &fixture->kernel,
			       &fixture->err);
}

/* An xz stream with the size of its content behind it. */
static void add_xz(struct mf_buf *out, struct mf_bytes bytes)
{
	size_t used = 0, bound = lzma_stream_buffer_bound(bytes.n);
	uint8_t *room = mf_buf_reserve(out, bound);

	assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, bytes.p, bytes.n, room,
						 &used, bound),
			 LZMA_OK);
	out->len += used;
	imagemake_uint(out, 4, bytes.n);
}

enum kind { BZIMAGE_GZIP, BZIMAGE_XZ, BZIMAGE_RAW, ZBOOT, GZIP, RAW, N_KINDS };

/* The image with a configuration inside, packed. */
static void make(struct fixture *fixture, enum kind kind)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf payload = {0};
	static const char config[] = "CONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_FORCE=y\n";

	imagemake_flat(&fixture->raw);
	mf_buf_adds(&fixture->raw, "not an xz compressed module\n");
	mf_buf_adds(&fixture->raw, "IKCFG_ST");
	imagemake_gzip(&fixture->raw,
		       (struct mf_bytes){(const uint8_t *)config, sizeof(config) - 1});
	mf_buf_adds(&fixture->raw, "IKCFG_ED");
	if (kind == BZIMAGE_XZ)
		add_xz(&payload, mf_buf_bytes(&fixture->raw));
	else if (kind == RAW || kind == BZIMAGE_RAW)
		mf_buf_add(&payload, fixture->raw.data, fixture->raw.len);
	else
		imagemake_gzip(&payload, mf_buf_bytes(&fixture->raw));
	if (kind == BZIMAGE_RAW)
		imagemake_uint(&payload, 4, fixture->raw.len);
	if (kind == BZIMAGE_GZIP || kind == BZIMAGE_XZ || kind == BZIMAGE_RAW)
		imagemake_bzimage(&fixture->file, mf_buf_bytes(&payload));
	else if (kind == ZBOOT)
		imagemake_zboot(&fixture->file, mf_buf_bytes(&payload));
	else
		mf_buf_add(&fixture->file, payload.data, payload.len);
	assert_int_equal(mf_buf_status(&fixture->file), 0);
}

static void reads_every_kind(void **state)
{
	(void)state;
	for (enum kind kind = 0; kind < N_KINDS; kind++) {
		MF_CLEANUP(fixture_free) struct fixture fixture = {0};
		const struct mf_kernel *kernel = &fixture.kernel;

		make(&fixture, kind);
		if (read_image(&fixture))
			fail_msg("kind %d: %s", (int)kind, fixture.err.text);
		assert_string_equal(kernel->release, IMAGEMAKE_RELEASE);
		assert_string_equal(kernel->vermagic, IMAGEMAKE_VERMAGIC);
		assert_string_equal(kernel->arch, "aarch64");
		assert_true(kernel->has_image);
		assert_int_equal(kernel->config.sig_force, MF_ANSWER_YES);
		assert_int_equal(kernel->config.lockdown_efi, MF_ANSWER_NO);
		/* the configuration has the first word */
		assert_int_equal(kernel->config.decompress, MF_ANSWER_NO);
	}
}

static void known_facts_stay(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture fixture = {0};

	(void)state;
	make(&fixture, GZIP);
	fixture.kernel.release = IMAGEMAKE_RELEASE;
	fixture.kernel.vermagic = "as a module says";
	fixture.kernel.config.sig_force = MF_ANSWER_NO;
	assert_int_equal(read_image(&fixture), 0);
	assert_string_equal(fixture.kernel.vermagic, "as a module says");
	assert_int_equal(fixture.kernel.config.sig_force, MF_ANSWER_NO);
	assert_int_equal(fixture.kernel.config.sig, MF_ANSWER_YES);
}

static void refuses_another_kernel(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture fixture = {0};

	(void)state;
	make(&fixture, BZIMAGE_GZIP);
	fixture.kernel.release = "6.1.0-8-test";
	assert_int_equal(read_image(&fixture), -EINVAL);
	assert_non_null(strstr(fixture.err.text, IMAGEMAKE_RELEASE));
	assert_non_null(strstr(fixture.err.text, "6.1.0-8-test"));
	assert_false(fixture.kernel.has_image);
	fixture.kernel.release = NULL;
	fixture.kernel.arch = "x86_64";
	assert_int_equal(read_image(&fixture), -EINVAL);
	assert_int_equal(fixture.kernel.config.sig, MF_ANSWER_UNKNOWN);
}

/* One byte or length of a good image made wrong. */
static void refuses_damage(void **state)
{
	static const struct {
		enum kind kind;
		size_t at;
		uint8_t value;
	} cases[] = {
		{BZIMAGE_GZIP, 0x206, 0x07},  /* a protocol without payload fields */
		{BZIMAGE_GZIP, 0x24f, 0x7f},  /* payload longer than the file */
		{BZIMAGE_GZIP, 0x24b, 0x7f},  /* payload behind the file */
		{BZIMAGE_GZIP, 0x24c, 0x01},  /* cut */
		{BZIMAGE_XZ, 0x410 + 2, 'x'}, /* no xz */
		{BZIMAGE_XZ, 0x202, 'h'},     /* no header */
		{ZBOOT, 8 + 3, 0x7f},
		{ZBOOT, 12 + 3, 0x7f},
		{ZBOOT, 4, 'Z'},
		{GZIP, 12, 0xff},
		{RAW, 57, 'M'},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(fixture_free) struct fixture fixture = {0};

		make(&fixture, cases[i].kind);
		assert_int_not_equal(fixture.file.data[cases[i].at], cases[i].value);
		fixture.file.data[cases[i].at] = cases[i].value;
		if (read_image(&fixture) != -EBADMSG)
			fail_msg("case %zu was taken", i);
		assert_int_not_equal(fixture.err.text[0], '\0');
		assert_false(fixture.kernel.has_image);
	}
}

static void the_size_behind_the_payload_counts(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture fixture = {0};
	size_t at;

	(void)state;
	make(&fixture, BZIMAGE_XZ);
	at = fixture.file.len - 100 - 4;
	fixture.file.data[at]++;
	assert_int_equal(read_image(&fixture), -EBADMSG);
	assert_non_null(strstr(fixture.err.text, "its header says"));
	fixture.file.data[at]--;
	assert_int_equal(read_image(&fixture), 0);
}

static void put(const struct tempdir *dir, const char *name, struct mf_bytes bytes, char *ret_path)
{
	FILE *file;

	snprintf(ret_path, 128, "%s/%s", dir->path, name);
	file = fopen(ret_path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes.p, 1, bytes.n, file), bytes.n);
	fclose(file);
}

static void reads_files(void **state)
{
	static const char config[] = "CONFIG_MODULE_DECOMPRESS=y\n";
	static const char symvers[] = "0x00000007\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n";
	const struct mf_bytes texts[] = {{(const uint8_t *)config, sizeof(config) - 1},
					 {(const uint8_t *)symvers, sizeof(symvers) - 1}};
	struct tempdir dir;
	char path[128];

	(void)state;
	tempdir_make(&dir);
	for (int is_packed = 0; is_packed < 2; is_packed++) {
		MF_CLEANUP(fixture_free) struct fixture fixture = {0};
		struct mf_buf packed[2] = {0};

		for (size_t i = 0; i < 2; i++) {
			if (is_packed)
				imagemake_gzip(&packed[i], texts[i]);
			else
				mf_buf_add(&packed[i], texts[i].p, texts[i].n);
		}
		put(&dir, "config", mf_buf_bytes(&packed[0]), path);
		assert_int_equal(mf_config_read_file(path, &fixture.kernel, &fixture.err), 0);
		assert_int_equal(fixture.kernel.config.decompress, MF_ANSWER_YES);
		assert_int_equal(mf_symvers_read_file(path, &fixture.kernel, &fixture.err),
				 -EBADMSG);
		assert_non_null(strstr(fixture.err.text, path));
		put(&dir, "symvers", mf_buf_bytes(&packed[1]), path);
		assert_int_equal(mf_symvers_read_file(path, &fixture.kernel, &fixture.err), 0);
		assert_int_equal(mf_symtab_find(&fixture.kernel.symbols, "printk")->crc, 7);
		assert_int_equal(mf_config_read_file(path, &fixture.kernel, &fixture.err),
				 -EBADMSG);
		mf_buf_free(&packed[0]);
		mf_buf_free(&packed[1]);
	}
	tempdir_remove(&dir);
}

static void reads_an_image_file(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture fixture = {0};
	struct tempdir dir;
	char path[128];

	(void)state;
	tempdir_make(&dir);
	make(&fixture, BZIMAGE_XZ);
	put(&dir, "vmlinuz", mf_buf_bytes(&fixture.file), path);
	assert_int_equal(mf_vmlinuz_read_file(path, &fixture.arena, &fixture.kernel, &fixture.err),
			 0);
	assert_string_equal(fixture.kernel.release, IMAGEMAKE_RELEASE);
	put(&dir, "empty", (struct mf_bytes){(const uint8_t *)"", 0}, path);
	assert_int_equal(mf_vmlinuz_read_file(path, &fixture.arena, &fixture.kernel, &fixture.err),
			 -EBADMSG);
	assert_non_null(strstr(fixture.err.text, path));
	tempdir_remove(&dir);
	assert_int_equal(mf_vmlinuz_read_file(path, &fixture.arena, &fixture.kernel, &fixture.err),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_kind),
		cmocka_unit_test(known_facts_stay),
		cmocka_unit_test(refuses_another_kernel),
		cmocka_unit_test(refuses_damage),
		cmocka_unit_test(the_size_behind_the_payload_counts),
		cmocka_unit_test(reads_files),
		cmocka_unit_test(reads_an_image_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
