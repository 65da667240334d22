// SPDX-License-Identifier: GPL-2.0-or-later
// Facts of uncompressed kernel images: exports of every form, texts, certificates, decompression.
#include "tests/unit/certmake.h"
#include "tests/unit/imagemake.h"

#include <errno.h>

#include "lib/core/vmlinux.h"

#define TABLE_ADDRESS	0x81001000u
#define STRINGS_ADDRESS 0x81800000u

/* What a test gives and gets. */
struct fixture {
	struct mf_arena arena;
	struct mf_symtab symbols;
	struct mf_buf image;
	struct mf_vmlinux found;
	struct mf_err err;
};

static void fixture_free(struct fixture *fixture)
{
	mf_arena_free(&fixture->arena);
	mf_symtab_free(&fixture->symbols);
	mf_buf_free(&fixture->image);
}

static int read_image(struct fixture *fixture)
{
	return mf_vmlinux_read(mf_buf_bytes(&fixture->image), &fixture->arena, &fixture->symbols,
			       &fixture->found, &fixture->err);
}

/* How export tables are written. */
struct tables {
	unsigned int bits;
	uint16_t machine;
	bool is_relative, has_space;
	unsigned int crc_size;
	const char *also; /* name of one more section */
	uint64_t wrong;	  /* added to each address of a name */
};

static const struct {
	const char *name, *space;
	uint32_t crc;
	bool is_gpl;
} exported[] = {
	{"alpha", "", 0x11111111, false},
	{"beta", "USB", 0xf2222222, false},
	{"gamma", "CXL", 0x33333333, true},
};

/* Word of an entry: where text stands, as an address or as an offset from the word itself. */
static void add_pointer(const struct tables *spec, struct mf_buf *table, uint64_t base,
			uint64_t address)
{
	if (spec->is_relative)
		imagemake_uint(table, 4, address - (base + table->len));
	else
		imagemake_uint(table, spec->bits / 8, address);
}

static void make_elf(const struct tables *spec, struct mf_buf *out)
{
	struct mf_buf tables[2] = {0}, crcs[2] = {0}, strings = {0}, texts = {0};
	uint64_t base[2] = {TABLE_ADDRESS, TABLE_ADDRESS + 0x1000};

	mf_buf_addc(&strings, 0);
	for (size_t i = 0; i < 3; i++) {
		size_t kind = exported[i].is_gpl;
		uint64_t name = STRINGS_ADDRESS + strings.len + spec->wrong;
		uint64_t space = STRINGS_ADDRESS;

		mf_buf_add(&strings, exported[i].name, strlen(exported[i].name) + 1);
		if (*exported[i].space)
			space = STRINGS_ADDRESS + strings.len;
		mf_buf_add(&strings, exported[i].space, strlen(exported[i].space) + 1);
		add_pointer(spec, &tables[kind], base[kind], 0x81000000);
		add_pointer(spec, &tables[kind], base[kind], name);
		if (spec->has_space)
			add_pointer(spec, &tables[kind], base[kind], space);
		imagemake_uint(&crcs[kind], spec->crc_size, exported[i].crc);
	}
	imagemake_texts(&texts);
	imagemake_elf(out, spec->bits, spec->machine,
		      (struct imagemake_section[]){
			      {".rodata", 0x81400000, mf_buf_bytes(&texts)},
			      {"__ksymtab", base[0], mf_buf_bytes(&tables[0])},
			      {"__ksymtab_gpl", base[1], mf_buf_bytes(&tables[1])},
			      {"__kcrctab", 0x81100000, mf_buf_bytes(&crcs[0])},
			      {"__kcrctab_gpl", 0x81200000, mf_buf_bytes(&crcs[1])},
			      {"__ksymtab_strings", STRINGS_ADDRESS, mf_buf_bytes(&strings)},
			      {spec->also ? spec->also : ".data", 0x81300000, {0}},
		      },
		      7);
	for (size_t i = 0; i < 2; i++) {
		mf_buf_free(&tables[i]);
		mf_buf_free(&crcs[i]);
	}
	mf_buf_free(&strings);
	mf_buf_free(&texts);
}

static void reads_exports_of_every_form(void **state)
{
	static const struct tables forms[] = {
		{64, EM_X86_64, true, true, 4, NULL, 0},  {64, EM_X86_64, true, false, 4, NULL, 0},
		{64, EM_X86_64, false, true, 8, NULL, 0}, {64, EM_X86_64, false, false, 4, NULL, 0},
		{32, EM_386, true, true, 4, NULL, 0},	  {32, EM_386, false, false, 4, NULL, 0},
		{64, EM_X86_64, true, true, 0, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		MF_CLEANUP(fixture_free) struct fixture fixture = {0};

		make_elf(&forms[i], &fixture.image);
		if (read_image(&fixture))
			fail_msg("form %zu: %s", i, fixture.err.text);
		assert_true(fixture.found.has_exports);
		assert_true(fixture.symbols.is_complete);
		assert_int_equal(fixture.symbols.n, 3);
		for (size_t k = 0; k < 3; k++) {
			const struct mf_export *found = mf_symtab_find(&fixture.symbols,
								       exported[k].name);

			assert_non_null(found);
			assert_string_equal(found->owner, "vmlinux");
			assert_string_equal(found->space,
					    forms[i].has_space ? exported[k].space : "");
			assert_int_equal(found->is_gpl,
					 exported[k].is_gpl ? MF_ANSWER_YES : MF_ANSWER_NO);
			assert_int_equal(found->has_crc, forms[i].crc_size != 0);
			assert_int_equal(found->crc, forms[i].crc_size ? exported[k].crc : 0);
		}
	}
}

/* Nothing half: what is not understood whole is not taken. */
static void leaves_unknown_tables_out(void **state)
{
	static const struct tables forms[] = {
		{64, EM_PPC64, true, true, 4, NULL, 0},
		{64, EM_X86_64, true, true, 2, NULL, 0},
		{64, EM_X86_64, true, true, 4, "__kflagstab", 0},
		{64, EM_X86_64, true, true, 4, NULL, 0x100000},
		{64, EM_X86_64, false, true, 4, NULL, 0x100000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		MF_CLEANUP(fixture_free) struct fixture fixture = {0};

		make_elf(&forms[i], &fixture.image);
		assert_int_equal(read_image(&fixture), 0);
		if (fixture.found.has_exports || fixture.symbols.n || fixture.symbols.is_complete)
			fail_msg("form %zu was taken", i);
		assert_string_equal(fixture.found.release, IMAGEMAKE_RELEASE);
	}
}

static void reads_texts_of_both_kinds(void **state)
{
	(void)state;
	for (int is_flat = 0; is_flat < 2; is_flat++) {
		MF_CLEANUP(fixture_free) struct fixture fixture = {0};

		if (is_flat)
			imagemake_flat(&fixture.image);
		else
			make_elf(&(struct tables){64, EM_X86_64, true, true, 4, NULL, 0},
				 &fixture.image);
		assert_int_equal(read_image(&fixture), 0);
		assert_string_equal(fixture.found.release, IMAGEMAKE_RELEASE);
		assert_string_equal(fixture.found.vermagic, IMAGEMAKE_VERMAGIC);
		assert_string_equal(fixture.found.arch, is_flat ? "aarch64" : "x86_64");
		assert_int_equal(fixture.found.has_exports, !is_flat);
		assert_false(fixture.found.has_btf);
		assert_int_equal(fixture.found.certs.n, 0);
		assert_int_equal(fixture.found.config.n, 0);
		assert_int_equal(fixture.found.facts.decompress, MF_ANSWER_UNKNOWN);
	}
}

static void finds_the_configuration(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture fixture = {0};

	(void)state;
	imagemake_flat(&fixture.image);
	mf_buf_adds(&fixture.image, "IKCFG_ST\x1f\x8b, then moreIKCFG_ED");
	assert_int_equal(read_image(&fixture), 0);
	assert_int_equal(fixture.found.config.n, 13);
	assert_int_equal(fixture.found.config.p[0], 0x1f);
	fixture.image.len--; /* no end */
	assert_int_equal(read_image(&fixture), 0);
	assert_int_equal(fixture.found.config.n, 0);
}

static void add_btf(struct mf_buf *out, const char *names)
{
	imagemake_uint(out, 4, 0x1eb9f);
	imagemake_uint(out, 4, 24);
	imagemake_uint(out, 4, 0);
	imagemake_uint(out, 4, 8);
	imagemake_uint(out, 4, 8);
	imagemake_uint(out, 4, strlen(names) + 1);
	mf_buf_zeros(out, 8);
	mf_buf_add(out, names, strlen(names) + 1);
}

static void tells_decompression_only_when_sure(void **state)
{
	static const struct {
		const char *text, *btf;
		enum mf_answer decompress, xz, zstd;
	} cases[] = {
		{"", NULL, MF_ANSWER_UNKNOWN, MF_ANSWER_UNKNOWN, MF_ANSWER_UNKNOWN},
		{"", "finit_module", MF_ANSWER_NO, MF_ANSWER_UNKNOWN, MF_ANSWER_UNKNOWN},
		{"", "module_decompress", MF_ANSWER_UNKNOWN, MF_ANSWER_UNKNOWN, MF_ANSWER_UNKNOWN},
		{"not an xz compressed module\n", NULL, MF_ANSWER_YES, MF_ANSWER_YES, MF_ANSWER_NO},
		{"not a zstd compressed module\n", "", MF_ANSWER_YES, MF_ANSWER_NO, MF_ANSWER_YES},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MF_CLEANUP(fixture_free) struct fixture fixture = {0};

		imagemake_flat(&fixture.image);
		mf_buf_adds(&fixture.image, cases[i].text);
		if (cases[i].btf)
			add_btf(&fixture.image, cases[i].btf);
		assert_int_equal(read_image(&fixture), 0);
		assert_int_equal(fixture.found.has_btf, cases[i].btf != NULL);
		assert_int_equal(fixture.found.facts.decompress, cases[i].decompress);
		assert_int_equal(fixture.found.facts.compress_xz, cases[i].xz);
		assert_int_equal(fixture.found.facts.compress_zstd, cases[i].zstd);
	}
}

/* Appends certificates as certs/system_certificates.S lays them out. */
static void add_list(struct mf_buf *out, const struct certmake *const *certs, size_t n,
		     uint64_t key_size, size_t gap)
{
	size_t start;

	mf_buf_zeros(out, -out->len & 7);
	start = out->len;
	for (size_t i = 0; i < n; i++)
		mf_buf_add(out, certs[i]->der.p, certs[i]->der.n);
	n = out->len - start;
	mf_buf_zeros(out, (-out->len & 7) + gap);
	imagemake_uint(out, 8, n);
	imagemake_uint(out, 8, key_size);
}

/* A name that makes the certificate longer than 255 bytes in each of its parts. */
#define LONG "certificate of a distribution, with a name as they are"

static void finds_the_trusted_certificates(void **state)
{
	struct certmake key = certmake(LONG " key", NULL);
	struct certmake vendor = certmake(LONG " CA", NULL);
	struct certmake revoked = certmake(LONG " REVOKED", NULL);
	const struct certmake *const trusted[] = {&key, &vendor};
	const struct certmake *const others[] = {&revoked};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		MF_CLEANUP(fixture_free) struct fixture fixture = {0};
		bool has_key = i & 1;

		imagemake_flat(&fixture.image);
		/* certificates of other parts, with and without a size behind them */
		mf_buf_zeros(&fixture.image, -fixture.image.len & 7);
		mf_buf_add(&fixture.image, revoked.der.p, revoked.der.n);
		mf_buf_zeros(&fixture.image, -fixture.image.len & 7);
		imagemake_uint(&fixture.image, 8, revoked.der.n + 1);
		if (has_key)
			add_list(&fixture.image, others, 1, 77, 0);
		add_list(&fixture.image, trusted, 2, has_key ? key.der.n : 0, i & 2 ? 4096 : 0);
		add_list(&fixture.image, others, 1, 0, 0);
		assert_int_equal(read_image(&fixture), 0);
		assert_int_equal(fixture.found.certs.n, 2);
		assert_int_equal(fixture.found.certs.v[0].n, key.der.n);
		assert_memory_equal(fixture.found.certs.v[0].p, key.der.p, key.der.n);
		assert_memory_equal(fixture.found.certs.v[1].p, vendor.der.p, vendor.der.n);
	}
	certmake_free(&key);
	certmake_free(&vendor);
	certmake_free(&revoked);
}

/* Zeros between list and size may run into the size itself. */
static void a_size_may_end_in_zero(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture fixture = {0};
	struct certmake key = certmake(LONG, NULL);
	const struct certmake *certs[256];
	size_t n = 1;

	(void)state;
	while (n * key.der.n % 256)
		n++;
	for (size_t i = 0; i < n; i++)
		certs[i] = &key;
	imagemake_flat(&fixture.image);
	add_list(&fixture.image, certs, n, key.der.n, 0);
	assert_int_equal(read_image(&fixture), 0);
	assert_int_equal(fixture.found.certs.n, n);
	certmake_free(&key);
}

static void refuses_what_is_no_kernel(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture fixture = {0};

	(void)state;
	assert_int_equal(read_image(&fixture), -EBADMSG);
	imagemake_texts(&fixture.image); /* no magic */
	assert_int_equal(read_image(&fixture), -EBADMSG);
	fixture.image.len = 0;
	mf_buf_zeros(&fixture.image, 56); /* no release */
	mf_buf_adds(&fixture.image, "ARM\x64 Linux version 6.1");
	assert_int_equal(read_image(&fixture), -EBADMSG);
	fixture.image.len = 0;
	mf_buf_adds(&fixture.image, "\177ELF, not even headers");
	imagemake_texts(&fixture.image);
	assert_int_equal(read_image(&fixture), -EBADMSG);
	assert_int_not_equal(fixture.err.text[0], '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_exports_of_every_form),
		cmocka_unit_test(leaves_unknown_tables_out),
		cmocka_unit_test(reads_texts_of_both_kinds),
		cmocka_unit_test(finds_the_configuration),
		cmocka_unit_test(tells_decompression_only_when_sure),
		cmocka_unit_test(finds_the_trusted_certificates),
		cmocka_unit_test(a_size_may_end_in_zero),
		cmocka_unit_test(refuses_what_is_no_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
