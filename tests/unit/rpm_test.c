// SPDX-License-Identifier: GPL-2.0-or-later
// Headers and payloads of RPMs, good ones and hostile ones.
#include <errno.h>
#include <zstd.h>

#include "tests/unit/rpmmake.h"
#include "tests/unit/tempdir.h"

#include "lib/base/cleanup.h"
#include "lib/core/openpgp.h"
#include "lib/io/rpm.h"

#define BYTES(text) ((struct mf_bytes){(const uint8_t *)(text), sizeof(text) - 1})
#define KO	    "/lib/modules/5.14.0-1.x86_64/extra/foo/foo.ko"

/* A version 4 signature whose issuer stands among the subpackets that are not hashed. */
#define SIGNATURE                                                      \
	"\x88\x19\x04\x00\x01\x08\x00\x06\x05\x02\x5f\x00\x00\x00\x00" \
	"\x0a\x09\x10\x12\x34\x56\x78\x9a\xbc\xde\xf0\x01\x02"

struct fixture {
	struct tempdir dir;
	struct mf_arena arena;
	struct mf_rpm rpm;
	struct mf_err err;
	struct mf_buf bytes;
	char path[128];
};

static void fixture_free(struct fixture *fixture)
{
	tempdir_remove(&fixture->dir);
	mf_arena_free(&fixture->arena);
	mf_buf_free(&fixture->bytes);
}

/* Writes the bytes as a file and reads that as an RPM. */
static int read_bytes(struct fixture *fixture)
{
	FILE *file;

	if (!fixture->dir.path[0])
		tempdir_make(&fixture->dir);
	snprintf(fixture->path, sizeof(fixture->path), "%s/x.rpm", fixture->dir.path);
	file = fopen(fixture->path, "wb");
	assert_non_null(file);
	fwrite(fixture->bytes.data, 1, fixture->bytes.len, file);
	assert_int_equal(fclose(file), 0);
	return mf_rpm_read(fixture->path, &fixture->arena, &fixture->rpm, &fixture->err);
}

static int make(struct fixture *fixture, const struct rpmmake *rpm)
{
	fixture->bytes.len = 0;
	rpmmake(&fixture->bytes, rpm);
	return read_bytes(fixture);
}

static const struct rpmmake driver = {
	.name = "kmod-foo",
	.version = "1.2",
	.release = "3.el9",
	.post = "weak-modules --add-modules",
	.provides = {{"kernel-modules", MF_RPM_EQUAL, "5.14.0-1.x86_64"}, {"kmod-foo", 0, ""}},
	.requires = {{"kernel", MF_RPM_GREATER | MF_RPM_EQUAL | 1 << 24, "5.14"}},
	.files = {{KO, 0, BYTES("module"), NULL},
		  {"/lib/modules/5.14.0-1.x86_64/extra/foo/bar.ko", S_IFLNK | 0777, {0}, "foo.ko"},
		  {"/lib/firmware", S_IFDIR | 0755, {0}, NULL},
		  {"/lib/firmware/foo.bin", 0, BYTES("firmware!"), NULL}},
	.signature = BYTES(SIGNATURE),
};

static void a_header_is_read(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};

	(void)state;
	assert_int_equal(make(&f, &driver), 0);
	assert_null(f.rpm.malformed);
	assert_string_equal(f.rpm.source, f.path);
	assert_string_equal(f.rpm.spool, f.path);
	assert_int_equal(f.rpm.size, f.bytes.len);
	assert_string_equal(f.rpm.name, "kmod-foo");
	assert_string_equal(f.rpm.version, "1.2");
	assert_string_equal(f.rpm.release, "3.el9");
	assert_string_equal(f.rpm.arch, "x86_64");
	assert_string_equal(f.rpm.description, "A driver");
	assert_string_equal(f.rpm.summary, "");
	assert_string_equal(f.rpm.compressor, "gzip");
	assert_string_equal(f.rpm.key_id, "123456789abcdef0");
	assert_int_equal(f.rpm.epoch, 0);
	assert_int_equal(f.rpm.provides.n, 2);
	assert_string_equal(f.rpm.provides.v[0].name, "kernel-modules");
	assert_string_equal(f.rpm.provides.v[0].version, "5.14.0-1.x86_64");
	assert_int_equal(f.rpm.provides.v[0].sense, MF_RPM_EQUAL);
	assert_string_equal(f.rpm.provides.v[1].version, "");
	assert_int_equal(f.rpm.requires.n, 1);
	assert_int_equal(f.rpm.requires.v[0].sense, MF_RPM_GREATER | MF_RPM_EQUAL);
	assert_int_equal(f.rpm.conflicts.n, 0);
	assert_int_equal(f.rpm.n_files, 4);
	assert_string_equal(f.rpm.files[0].path, KO);
	assert_int_equal(f.rpm.files[0].size, 6);
	assert_null(f.rpm.files[0].link);
	assert_string_equal(f.rpm.files[1].link, "foo.ko");
	assert_true(S_ISDIR(f.rpm.files[2].mode));
	assert_int_equal(f.rpm.n_scripts, 1);
	assert_string_equal(f.rpm.scripts[0].when, "post");
	assert_string_equal(f.rpm.scripts[0].body, driver.post);
}

static void only_the_program_of_a_scriptlet_is_a_scriptlet(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	struct rpmmake rpm = {
		.tags = {{1088, RPMMAKE_STRING, 1, BYTES("/sbin/ldconfig\0")},
			 {1003, RPMMAKE_INT32, 1, BYTES("\0\0\0\7")}},
	};

	(void)state;
	assert_int_equal(make(&f, &rpm), 0);
	assert_null(f.rpm.malformed);
	assert_int_equal(f.rpm.n_scripts, 1);
	assert_string_equal(f.rpm.scripts[0].when, "postun");
	assert_string_equal(f.rpm.scripts[0].body, "/sbin/ldconfig");
	assert_int_equal(f.rpm.epoch, 7);
	assert_int_equal(f.rpm.n_files, 0);
	assert_null(f.rpm.key_id);
}

static void texts_are_those_of_no_locale(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	struct rpmmake rpm = {
		.tags = {{100, RPMMAKE_LIST, 2, BYTES("C\0de\0")},
			 {1004, RPMMAKE_I18N, 2, BYTES("one\0eins\0")}},
	};

	(void)state;
	setenv("LANGUAGE", "de", 1);
	assert_int_equal(make(&f, &rpm), 0);
	unsetenv("LANGUAGE");
	assert_null(f.rpm.malformed);
	assert_string_equal(f.rpm.summary, "one");
}

static void assert_malformed(struct fixture *f, const char *part)
{
	assert_int_equal(read_bytes(f), 0);
	assert_non_null(f->rpm.malformed);
	if (!strstr(f->rpm.malformed, part))
		fail_msg("\"%s\" does not say \"%s\"", f->rpm.malformed, part);
	assert_null(f->rpm.name);
	assert_int_equal(f->rpm.n_files, 0);
	assert_string_equal(f->rpm.source, f->path);
}

static void put_u32(struct fixture *f, size_t at, uint32_t value)
{
	value = htobe32(value);
	assert_true(at + 4 <= f->bytes.len);
	memcpy(f->bytes.data + at, &value, sizeof(value));
}

static void what_is_no_rpm_is_malformed(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	size_t header;

	(void)state;
	assert_malformed(&f, "starts with other bytes");
	mf_buf_adds(&f.bytes, "hello");
	assert_malformed(&f, "starts with other bytes");
	assert_int_equal(make(&f, &driver), 0);
	header = rpmmake_header_at(&f.bytes);
	f.bytes.data[header]++;
	assert_malformed(&f, "no header where an RPM has one");
	for (size_t n = 4; n < header + 400; n += 7) {
		assert_int_equal(make(&f, &driver), 0);
		f.bytes.len = n;
		assert_malformed(&f, "cut off");
	}
	f.rpm = (struct mf_rpm){0};
	assert_int_equal(mf_rpm_read("/nonexistent/x.rpm", &f.arena, &f.rpm, &f.err), -ENOENT);
	assert_string_equal(f.err.text, "/nonexistent/x.rpm: No such file or directory");
	assert_int_equal(mf_rpm_read("/tmp", &f.arena, &f.rpm, &f.err), -EINVAL);
}

static void counts_and_offsets_are_not_believed(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	/* tag, type, offset, count of one entry of the index */
	static const uint32_t values[] = {0, 1, 9, 255, 0x7fffffff, 0x80000000, 0xfffffff0, ~0U};
	size_t header;

	(void)state;
	assert_int_equal(make(&f, &driver), 0);
	header = rpmmake_header_at(&f.bytes);
	put_u32(&f, header + 8, 5000);
	assert_malformed(&f, "limits");
	put_u32(&f, header + 8, 20);
	put_u32(&f, header + 12, 0x7fffffff);
	assert_malformed(&f, "limits");
	/* any answer but a crash will do; names must then be there */
	for (size_t at = header + 16; at < header + 16 + 16 * 10; at += 4) {
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			assert_int_equal(make(&f, &driver), 0);
			put_u32(&f, at, values[i]);
			assert_int_equal(read_bytes(&f), 0);
			assert_true(f.rpm.malformed || f.rpm.name);
		}
	}
}

static void lists_that_do_not_fit_are_malformed(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	static const struct {
		const char *problem;
		struct rpmmake rpm;
	} cases[] = {
		{"no name", {.name = ""}},
		{"no name", {.arch = ""}},
		{"without their versions",
		 {.tags = {{1047, RPMMAKE_LIST, 2, BYTES("a\0b\0")},
			   {1113, RPMMAKE_LIST, 1, BYTES("1\0")},
			   {1112, RPMMAKE_INT32, 2, BYTES("\0\0\0\10\0\0\0\10")}}}},
		{"that librpm can read",
		 {.tags = {{1054, RPMMAKE_INT32, 1, BYTES("\0\0\0\1")},
			   {1055, RPMMAKE_LIST, 1, BYTES("1\0")},
			   {1053, RPMMAKE_INT32, 1, BYTES("\0\0\0\10")}}}},
		{"folders that it does not list",
		 {.tags = {{1028, RPMMAKE_INT32, 1, BYTES("\0\0\0\1")},
			   {1030, RPMMAKE_INT16, 1, BYTES("\1\1")},
			   {1036, RPMMAKE_LIST, 1, BYTES("\0")},
			   {1116, RPMMAKE_INT32, 1, BYTES("\0\0\0\5")},
			   {1117, RPMMAKE_LIST, 1, BYTES("x\0")},
			   {1118, RPMMAKE_LIST, 1, BYTES("/\0")}}}},
		{"without folder",
		 {.tags = {{1028, RPMMAKE_INT32, 1, BYTES("\0\0\0\1")},
			   {1117, RPMMAKE_LIST, 1, BYTES("x\0")}}}},
		{"without their sizes", {.tags = {{1117, RPMMAKE_LIST, 1, BYTES("x\0")}}}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f.bytes.len = 0;
		rpmmake(&f.bytes, &cases[i].rpm);
		assert_malformed(&f, cases[i].problem);
	}
}

static void a_source_package_says_so(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	static const struct rpmmake source = {
		.description = "",
		.tags = {{1106, RPMMAKE_INT32, 1, BYTES("\0\0\0\1")}},
	};

	(void)state;
	assert_int_equal(make(&f, &source), 0);
	assert_null(f.rpm.malformed);
	assert_string_equal(f.rpm.arch, "src");
	assert_null(f.rpm.description);
}

/* One folder's long name, and files enough to need 80 MiB for their paths. */
static void paths_have_a_limit_together(void **state)
{
	enum { N = 20000 };
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf zeros = {0};
	char folder[4002];
	struct mf_bytes numbers, modes, names;
	struct rpmmake rpm = {0};

	(void)state;
	memset(folder, 'd', sizeof(folder));
	folder[0] = folder[4000] = '/';
	folder[4001] = '\0';
	mf_buf_zeros(&zeros, (size_t)4 * N);
	numbers = modes = names = mf_buf_bytes(&zeros);
	modes.n /= 2;
	names.n /= 4;
	rpm.tags[0] = (struct rpmmake_tag){1028, RPMMAKE_INT32, N, numbers};
	rpm.tags[1] = (struct rpmmake_tag){1030, RPMMAKE_INT16, N, modes};
	rpm.tags[2] = (struct rpmmake_tag){1036, RPMMAKE_LIST, N, names};
	rpm.tags[3] = (struct rpmmake_tag){1116, RPMMAKE_INT32, N, numbers};
	rpm.tags[4] = (struct rpmmake_tag){1117, RPMMAKE_LIST, N, names};
	rpm.tags[5] = (struct rpmmake_tag){
		1118, RPMMAKE_LIST, 1, {(const uint8_t *)folder, sizeof(folder)}};
	rpmmake(&f.bytes, &rpm);
	assert_malformed(&f, "file names beyond the limits");
}

static void long_names_are_malformed(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	char name[5000];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	rpmmake(&f.bytes, &(struct rpmmake){.version = name});
	assert_malformed(&f, "beyond the limits");
	name[4000] = '\0';
	assert_int_equal(make(&f, &(struct rpmmake){.version = name}), 0);
	assert_string_equal(f.rpm.version, name);
}

/* What a walk saw. */
struct seen {
	struct mf_buf text;
	int result;
};

static bool is_wanted(void *data, const char *path)
{
	(void)data;
	return !strstr(path, "firmware");
}

static bool is_all_wanted(void *data, const char *path)
{
	(void)data;
	(void)path;
	return true;
}

static int see(void *data, const char *path, struct mf_bytes content)
{
	struct seen *seen = data;

	mf_buf_printf(&seen->text, "%s=%.*s;", path, (int)content.n, (const char *)content.p);
	return seen->result;
}

static void a_payload_is_walked(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	struct seen seen = {0};
	struct mf_rpm_walk walk = {is_wanted, see, &seen};

	(void)state;
	assert_int_equal(make(&f, &driver), 0);
	assert_int_equal(mf_rpm_walk_payload(&f.rpm, &walk, &f.err), 0);
	assert_string_equal(mf_buf_str(&seen.text),
			    "lib/modules/5.14.0-1.x86_64/extra/foo/foo.ko=module;");
	seen.text.len = 0;
	walk.wanted = is_all_wanted;
	assert_int_equal(mf_rpm_walk_payload(&f.rpm, &walk, &f.err), 0);
	assert_non_null(strstr(mf_buf_str(&seen.text), ";lib/firmware/foo.bin=firmware!;"));
	seen.text.len = 0;
	seen.result = 42;
	assert_int_equal(mf_rpm_walk_payload(&f.rpm, &walk, &f.err), 42);
	assert_null(strstr(mf_buf_str(&seen.text), "firmware!"));
	mf_buf_free(&seen.text);
}

static void a_damaged_payload_is_an_error(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	struct seen seen = {0};
	struct mf_rpm_walk walk = {is_all_wanted, see, &seen};

	(void)state;
	assert_int_equal(make(&f, &driver), 0);
	f.bytes.len -= 40;
	assert_int_equal(read_bytes(&f), 0);
	assert_null(f.rpm.malformed); /* the header is whole */
	assert_int_equal(mf_rpm_walk_payload(&f.rpm, &walk, &f.err), -EBADMSG);
	assert_non_null(strstr(f.err.text, "x.rpm: payload damaged"));
	mf_buf_free(&seen.text);
}

/* Appends n zero bytes, or the bytes at p, as a zstd frame of their own. */
static void add_frame(struct mf_buf *out, const void *p, size_t n)
{
	size_t room = ZSTD_compressBound(n);
	uint8_t *place = mf_buf_reserve(out, room);

	assert_non_null(place);
	out->len += ZSTD_compress(place, room, p, n, 1);
}

static void a_payload_that_inflates_is_stopped(void **state)
{
	MF_CLEANUP(fixture_free) struct fixture f = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf member = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf zeros = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf frame = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf payload = {0};
	struct mf_rpm_walk walk = {is_wanted, see, NULL};

	(void)state;
	mf_buf_zeros(&zeros, 32 << 20);
	add_frame(&frame, zeros.data, zeros.len);
	/* a file of 2 GiB less one byte, of which zeros follow */
	rpmmake_member(&member, "./firmware", S_IFREG | 0644, (struct mf_bytes){0});
	memcpy(member.data + 54, "7fffffff", 8);
	add_frame(&payload, member.data, member.len);
	for (size_t i = 0; i < 33; i++)
		mf_buf_add(&payload, frame.data, frame.len);
	assert_int_equal(make(&f, &(struct rpmmake){.payload = mf_buf_bytes(&payload)}), 0);
	assert_int_equal(mf_rpm_walk_payload(&f.rpm, &walk, &f.err), -EFBIG);
}

static void key_ids_are_found(void **state)
{
	static const struct {
		struct mf_bytes packets;
		const char *id;
	} cases[] = {
		{BYTES(SIGNATURE), "123456789abcdef0"},
		/* version 3, old and new packet format */
		{BYTES("\x88\x11\3\5\0____\xaa\xbb\xcc\xdd\xee\xff\x11\x22\1\2"),
		 "aabbccddeeff1122"},
		{BYTES("\xc2\x11\3\5\0____\xaa\xbb\xcc\xdd\xee\xff\x11\x22\1\2"),
		 "aabbccddeeff1122"},
		/* a fingerprint, hashed and critical; behind a packet of another kind */
		{BYTES("\xcd\2hi\xc2\x1f\4\0\1\10\0\x17\x16\xa1\4============\1\2\3\4\5\6\7\x08\0\0"),
		 "0102030405060708"},
		/* version 6: length of four bytes, the id in front */
		{BYTES("\xc2\x30\6\0\1\10\0\0\0\x23\x22\x21\6\1\2\3\4\5\6\7\x08========================"
		       "\0\0\0\0\0"),
		 "0102030405060708"},
		{BYTES(""), NULL},
		{BYTES("\x88"), NULL},
		{BYTES("\x88\x19\4\0"), NULL},
		{BYTES("\xc2\xff\xff\xff\xff\xff\4"), NULL},
		{BYTES("\x88\6\4\0\1\x08\xff\xff"), NULL},
		{BYTES("\x88\1\5"), NULL},
		{BYTES("plain"), NULL},
	};
	char id[MF_OPENPGP_KEY_ID_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(mf_openpgp_key_id(cases[i].packets, id), cases[i].id != NULL);
		if (cases[i].id)
			assert_string_equal(id, cases[i].id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_read),
		cmocka_unit_test(only_the_program_of_a_scriptlet_is_a_scriptlet),
		cmocka_unit_test(texts_are_those_of_no_locale),
		cmocka_unit_test(what_is_no_rpm_is_malformed),
		cmocka_unit_test(counts_and_offsets_are_not_believed),
		cmocka_unit_test(lists_that_do_not_fit_are_malformed),
		cmocka_unit_test(a_source_package_says_so),
		cmocka_unit_test(paths_have_a_limit_together),
		cmocka_unit_test(long_names_are_malformed),
		cmocka_unit_test(a_payload_is_walked),
		cmocka_unit_test(a_damaged_payload_is_an_error),
		cmocka_unit_test(a_payload_that_inflates_is_stopped),
		cmocka_unit_test(key_ids_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
