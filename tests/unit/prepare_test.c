// SPDX-License-Identifier: GPL-2.0-or-later
// The prepare step: final bytes, BTF, and the firmware that modules name.
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <zstd.h>

#include <openssl/pem.h>

#include "tests/unit/certmake.h"

#include "lib/base/cleanup.h"
#include "lib/core/hash.h"
#include "lib/core/verify.h"
#include "lib/io/prepare.h"
#include "lib/io/scan.h"
#include "tests/unit/elfmake.h"
#include "tests/unit/tempdir.h"

static void put(const struct tempdir *dir, const char *name, const void *bytes, size_t n)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir->path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(n == 0 || fwrite(bytes, n, 1, file) == 1);
	assert_int_equal(fclose(file), 0);
}

static void put_module(const struct tempdir *dir, const char *const *modinfo, bool is_signed)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};

	elfmake(&elf, &(struct elfmake){
			      .bits = 64, .machine = EM_X86_64, .modinfo = modinfo, .btf = true});
	if (is_signed) { /* struct module_signature of PKCS#7 with an impossible length, marker */
		mf_buf_add(&elf, "\0\0\2\0\0\0\0\0\xff\xff\xff\xff", 12);
		mf_buf_adds(&elf, "~Module signature appended~\n");
	}
	put(dir, "src/m.ko", elf.data, elf.len);
}

/* How a test prepares. */
struct setup {
	const struct mf_signing_key *key;
	struct mf_spool *spool;
	unsigned int jobs;
	struct mf_err *err;
};

/* Scans, selects and prepares dir/src with firmware in dir/fw1 and dir/fw2. */
static int prepare_setup(const struct tempdir *dir, const struct setup *setup,
			 struct mf_drvset *set, struct mf_selected_list *list)
{
	const char *dirs[] = {mf_arena_printf(&set->arena, "%s/fw1", dir->path),
			      mf_arena_printf(&set->arena, "%s/fw2", dir->path)};
	struct mf_prepare_options options = {.firmware_dirs = {dirs, 2},
					     .key = setup->key,
					     .spool = setup->spool,
					     .jobs = setup->jobs};
	char source[256];

	snprintf(source, sizeof(source), "%s/src", dir->path);
	assert_int_equal(mf_scan(source, MF_MODULE_FACTS, set, setup->err), 0);
	mf_drvset_sort(set);
	assert_int_equal(mf_select(set, &(struct mf_selection){0}, list, setup->err), 0);
	return mf_prepare(set, list, &options, setup->err);
}

static int prepare_with(const struct tempdir *dir, const struct mf_signing_key *key,
			struct mf_drvset *set, struct mf_selected_list *list, struct mf_err *err)
{
	return prepare_setup(dir, &(struct setup){.key = key, .err = err}, set, list);
}

static int prepare(const struct tempdir *dir, struct mf_drvset *set, struct mf_selected_list *list,
		   struct mf_err *err)
{
	return prepare_with(dir, NULL, set, list, err);
}

static void make_folders(struct tempdir *dir)
{
	static const char *const names[] = {"src", "fw1", "fw2"};
	char path[256];

	tempdir_make(dir);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir->path, names[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
}

static void firmware_is_found_in_order_and_uncompressed(void **state)
{
	char long_name[400] = "firmware=";
	const char *const modinfo[] = {"vermagic=6.1 SMP",  "firmware=a.bin", "firmware=b.bin",
				       "firmware=gone.bin", "firmware=../x",  "firmware=a.bin/x",
				       "firmware=folder",   long_name,	      NULL};
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};
	const struct mf_driver *driver;
	char packed[256], folder[512];
	size_t n;

	(void)state;
	memset(long_name + strlen(long_name), 'x', 300);
	make_folders(&dir);
	snprintf(folder, sizeof(folder), "%s/fw1/folder", dir.path);
	assert_int_equal(mkdir(folder, 0755), 0);
	put_module(&dir, modinfo, false);
	put(&dir, "fw1/a.bin", "first", 5);
	put(&dir, "fw2/a.bin", "second", 6);
	n = ZSTD_compress(packed, sizeof(packed), "packed", 6, 3);
	assert_false(ZSTD_isError(n));
	put(&dir, "fw2/b.bin.zst", packed, n);
	assert_int_equal(prepare(&dir, &set, &list, NULL), 0);
	driver = list.v[0].driver;
	assert_int_equal(driver->n_firmware, 2);
	assert_string_equal(driver->firmware[0].name, "a.bin");
	assert_memory_equal(driver->firmware[0].content.p, "first", 5);
	assert_int_equal(driver->firmware[1].content.n, 6);
	assert_memory_equal(driver->firmware[1].content.p, "packed", 6);
	assert_int_equal(set.n_notes, 5);
	assert_non_null(strstr(set.notes[0].problem, "gone.bin was not found"));
	assert_non_null(strstr(set.notes[1].problem, "unsafe path"));
}

static void damaged_firmware_is_a_failure(void **state)
{
	static const char *const modinfo[] = {"vermagic=6.1 SMP", "firmware=a.bin", NULL};
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	struct mf_selected_list list = {0};
	struct mf_err err = {0};

	(void)state;
	make_folders(&dir);
	put_module(&dir, modinfo, false);
	put(&dir, "fw1/a.bin.xz", "no xz at all", 12);
	assert_true(prepare(&dir, &set, &list, &err) < 0);
	assert_non_null(strstr(err.text, "m.ko: "));
	assert_non_null(strstr(err.text, "a.bin.xz"));
}

static void btf_goes_from_unsigned_modules_only(void **state)
{
	static const char *const modinfo[] = {"vermagic=6.1 SMP", NULL};

	(void)state;
	for (int is_signed = 0; is_signed < 2; is_signed++) {
		MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
		MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
		struct mf_selected_list list = {0};
		const struct mf_driver *driver;
		struct mf_module module;
		char sha256[65];

		make_folders(&dir);
		put_module(&dir, modinfo, is_signed != 0);
		assert_int_equal(prepare(&dir, &set, &list, NULL), 0);
		driver = list.v[0].driver;
		assert_true(driver->module.has_btf);
		assert_int_equal(
			mf_module_read(driver->content, "m.ko", 0, &set.arena, &module, NULL), 0);
		assert_int_equal(module.has_btf, is_signed);
		assert_int_equal(mf_sha256_hex(driver->content, sha256), 0);
		assert_string_equal(sha256, driver->sha256);
	}
}

/* A key and its certificate in files of the folder, read back. */
static struct mf_signing_key *make_key(const struct tempdir *dir, const struct certmake *made)
{
	struct mf_signing_key *key = NULL;
	char names[2][256];
	FILE *file;

	snprintf(names[0], sizeof(names[0]), "%s/key", dir->path);
	snprintf(names[1], sizeof(names[1]), "%s/cert", dir->path);
	put(dir, "cert", made->der.p, made->der.n);
	file = fopen(names[0], "w");
	assert_non_null(file);
	assert_int_equal(PEM_write_PrivateKey(file, made->key, NULL, NULL, 0, NULL, NULL), 1);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(mf_signing_key_read(names[0], names[1], "sha256", &key, NULL), 0);
	return key;
}

/* As DKMS would: a module that its own key signed. */
static void put_signed_module(const struct tempdir *dir, const struct certmake *signer)
{
	static const char *const modinfo[] = {"vermagic=6.1 SMP", NULL};
	MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};
	size_t n;

	elfmake(&elf, &(struct elfmake){
			      .bits = 64, .machine = EM_X86_64, .modinfo = modinfo, .btf = true});
	n = elf.len;
	certmake_sign(&elf, mf_buf_bytes(&elf), signer, CERTMAKE_USUAL);
	certmake_end(&elf, elf.len - n);
	put(dir, "src/m.ko", elf.data, elf.len);
}

static void signing_comes_after_all_changes(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	MF_CLEANUP(certmake_free) struct certmake earlier = certmake("earlier", NULL);
	MF_CLEANUP(certmake_free) struct certmake mine = certmake("mine", NULL);
	struct mf_selected_list list = {0};
	struct mf_certs certs = {&mine.der, 1};
	const struct mf_driver *driver;
	struct mf_signing_key *key;
	struct mf_module module;
	enum mf_signed found;
	char sha256[65];

	(void)state;
	make_folders(&dir);
	put_signed_module(&dir, &earlier);
	key = make_key(&dir, &mine);
	assert_int_equal(prepare_with(&dir, key, &set, &list, NULL), 0);
	driver = list.v[0].driver;
	assert_string_equal(driver->module.signer, "mine");
	assert_int_equal(driver->module.signature, MF_SIGNATURE_PRESENT);
	assert_int_equal(mf_module_verify(driver->content, &certs, &found), 0);
	assert_int_equal(found, MF_SIGNED_GOOD);
	assert_int_equal(mf_module_read(driver->content, "m.ko", 0, &set.arena, &module, NULL), 0);
	assert_false(module.has_btf);
	assert_int_equal(mf_sha256_hex(driver->content, sha256), 0);
	assert_string_equal(sha256, driver->sha256);
	mf_signing_key_free(key);
}

/* Without a key a signed module keeps every byte. */
static void a_signed_module_is_kept_whole(void **state)
{
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	MF_CLEANUP(certmake_free) struct certmake earlier = certmake("earlier", NULL);
	struct mf_selected_list list = {0};
	struct mf_certs certs = {&earlier.der, 1};
	enum mf_signed found;

	(void)state;
	make_folders(&dir);
	put_signed_module(&dir, &earlier);
	assert_int_equal(prepare(&dir, &set, &list, NULL), 0);
	assert_int_equal(mf_module_verify(list.v[0].driver->content, &certs, &found), 0);
	assert_int_equal(found, MF_SIGNED_GOOD);
}

static void what_cannot_be_signed_is_named(void **state)
{
	static const char *const modinfo[] = {"vermagic=6.1 SMP", NULL};
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
	MF_CLEANUP(certmake_free) struct certmake mine = certmake("mine", NULL);
	struct mf_selected_list list = {0};
	struct mf_signing_key *key;
	struct mf_err err = {0};

	(void)state;
	make_folders(&dir);
	put_module(&dir, modinfo, true);
	key = make_key(&dir, &mine);
	assert_int_equal(prepare_with(&dir, key, &set, &list, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "m.ko: its signature is malformed"));
	mf_signing_key_free(key);
}

/* Modules m00 to m19, all of which name a.bin; each third one firmware that is not there. */
static void put_many(const struct tempdir *dir)
{
	for (int i = 0; i < 20; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};
		char name[32], gone[32];
		const char *modinfo[] = {"vermagic=6.1 SMP", "firmware=a.bin", i % 3 ? NULL : gone,
					 NULL};

		snprintf(gone, sizeof(gone), "firmware=gone%02d", i);
		snprintf(name, sizeof(name), "src/m%02d.ko", i);
		elfmake(&elf,
			&(struct elfmake){.bits = 64, .machine = EM_X86_64, .modinfo = modinfo});
		put(dir, name, elf.data, elf.len);
	}
	put(dir, "fw1/a.bin", "first", 5);
}

/* What was prepared, as text. */
static void describe(const struct mf_drvset *set, const struct mf_selected_list *list,
		     struct mf_buf *out)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct mf_driver *driver = list->v[i].driver;
		char sha256[65];

		assert_int_equal(mf_sha256_hex(driver->content, sha256), 0);
		assert_string_equal(sha256, driver->sha256);
		assert_int_equal(driver->n_firmware, 1);
		assert_memory_equal(driver->firmware[0].content.p, "first", 5);
		mf_buf_printf(out, "%s %s %s\n", driver->module.name, sha256,
			      driver->firmware[0].sha256);
	}
	for (size_t i = 0; i < set->n_notes; i++)
		mf_buf_printf(out, "%s %s\n", strrchr(set->notes[i].object, '/'),
			      set->notes[i].problem);
}

static void neither_threads_nor_spool_change_anything(void **state)
{
	static const unsigned int jobs[] = {1, 1, 8, 8};
	MF_CLEANUP(tempdir_remove) struct tempdir dir = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf first = {0};

	(void)state;
	make_folders(&dir);
	put_many(&dir);
	assert_int_equal(setenv("TMPDIR", dir.path, 1), 0);
	for (size_t i = 0; i < 4; i++) {
		MF_CLEANUP(mf_drvset_free) struct mf_drvset set = {0};
		MF_CLEANUP(mf_spool_free) struct mf_spool spool = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
		struct mf_selected_list list = {0};
		struct setup setup = {.jobs = jobs[i], .spool = i % 2 ? &spool : NULL};

		assert_int_equal(prepare_setup(&dir, &setup, &set, &list), 0);
		assert_int_equal(list.n, 20);
		assert_int_equal(set.n_notes, 7);
		assert_non_null(strstr(set.notes[0].object, "/m00.ko"));
		assert_non_null(strstr(set.notes[0].problem, "gone00"));
		if (i % 2) /* firmware is read once, but by each thread that is at it already */
			assert_in_range(spool.n_maps, 21, jobs[i] == 1 ? 21 : 28);
		describe(&set, &list, i ? &text : &first);
		if (i)
			assert_string_equal(mf_buf_str(&text), mf_buf_str(&first));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(firmware_is_found_in_order_and_uncompressed),
		cmocka_unit_test(damaged_firmware_is_a_failure),
		cmocka_unit_test(btf_goes_from_unsigned_modules_only),
		cmocka_unit_test(signing_comes_after_all_changes),
		cmocka_unit_test(a_signed_module_is_kept_whole),
		cmocka_unit_test(what_cannot_be_signed_is_named),
		cmocka_unit_test(neither_threads_nor_spool_change_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
