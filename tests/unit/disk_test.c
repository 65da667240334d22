// SPDX-License-Identifier: GPL-2.0-or-later
// Driver disks of each container, and hostile ones.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/diskmake.h"
#include "tests/unit/rpmmake.h"
#include "tests/unit/runtool.h"

#include "lib/base/cleanup.h"
#include "lib/io/file.h"

#define RPM "rpms/x86_64/kmod-foo-with-a-name-too-long-for-8.3.rpm"

static void make_rpm(struct mf_buf *out)
{
	rpmmake(out, &(struct rpmmake){.name = "kmod-foo"});
}

#define TREE(rpm)                                                                             \
	(const struct diskmake_item[])                                                        \
	{                                                                                     \
		{"rhdd3", {(const uint8_t *)"", 0}, NULL, false}, {"rpms", {0}, NULL, false}, \
			{"rpms/x86_64", {0}, NULL, false}, {RPM, rpm, NULL, false},           \
			{"rpms/x86_64/link.rpm", {0}, "../x/other.rpm", false},               \
			{"rpms/x86_64/notes.rpm", {(const uint8_t *)"no", 2}, NULL, false},   \
		{                                                                             \
			NULL, {0}, NULL, false                                                \
		}                                                                             \
	}

#define TREE_LIST                                    \
	"f rhdd3\n"                                  \
	"d rpms\n"                                   \
	"d rpms/x86_64\n"                            \
	"f " RPM " [kmod-foo]\n"                     \
	"l rpms/x86_64/link.rpm -> ../x/other.rpm\n" \
	"f rpms/x86_64/notes.rpm [malformed]\n"

static void isos_and_archives_are_read(void **state)
{
	static const struct {
		const char *name;
		const char *options;
		int format;
		const char *list;
	} cases[] = {
		{"a.iso", "volume-id=OEMDRV,rockridge,!joliet", ARCHIVE_FORMAT_ISO9660,
		 "iso9660 OEMDRV long\n" TREE_LIST},
		{"b.iso", "volume-id=OEMDRV,rockridge,joliet", ARCHIVE_FORMAT_ISO9660,
		 "iso9660 OEMDRV long\n" TREE_LIST},
		{"a.cpio", "", ARCHIVE_FORMAT_CPIO_SVR4_NOCRC, "cpio - long\n" TREE_LIST},
		{"a.tar", "", ARCHIVE_FORMAT_TAR_USTAR, "tar - long\n" TREE_LIST},
	};
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf rpm = {0};

	(void)state;
	make_rpm(&rpm);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		diskmake_pack(&f, cases[i].name, cases[i].format, cases[i].options,
			      TREE(mf_buf_bytes(&rpm)));
		diskmake_assert(&f, cases[i].name, cases[i].list);
		assert_true(mf_disk_is_one(diskmake_at(&f, cases[i].name)));
	}
}

static void a_plain_iso_has_short_lower_case_names(void **state)
{
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf rpm = {0};

	(void)state;
	make_rpm(&rpm);
	diskmake_pack(&f, "plain.iso", ARCHIVE_FORMAT_ISO9660, "volume-id=DISK,!rockridge,!joliet",
		      TREE(mf_buf_bytes(&rpm)));
	assert_int_equal(diskmake_open(&f, "plain.iso"), 0);
	assert_false(f.source.disk.has_long_names);
	assert_string_equal(f.source.disk.label, "DISK");
	assert_non_null(mf_disk_find(&f.source.disk, "rhdd3"));
	assert_null(mf_disk_find(&f.source.disk, RPM));
	assert_non_null(strstr(mf_buf_str(&f.list), ".rpm [kmod-foo]"));
	diskmake_pack(&f, "joliet.iso", ARCHIVE_FORMAT_ISO9660, "volume-id=DISK,!rockridge,joliet",
		      TREE(mf_buf_bytes(&rpm)));
	assert_int_equal(diskmake_open(&f, "joliet.iso"), 0);
	assert_true(f.source.disk.has_long_names);
	assert_non_null(mf_disk_find(&f.source.disk, RPM));
}

static void copies_are_private_and_go(void **state)
{
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf rpm = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf copy = {0};
	const struct mf_disk_file *file;
	char spool[sizeof(f.source.spool.path)];
	struct stat st;

	(void)state;
	make_rpm(&rpm);
	diskmake_pack(&f, "a.iso", ARCHIVE_FORMAT_ISO9660, "rockridge", TREE(mf_buf_bytes(&rpm)));
	assert_int_equal(diskmake_open(&f, "a.iso"), 0);
	snprintf(spool, sizeof(spool), "%s", f.source.spool.path);
	assert_int_equal(stat(spool, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	file = mf_disk_find(&f.source.disk, RPM);
	assert_int_equal(mf_read_file(file->rpm->spool, 1 << 20, &copy, &f.err), 0);
	assert_true(mf_bytes_equal(mf_buf_bytes(&copy), mf_buf_bytes(&rpm)));
	mf_disk_close(&f.source);
	assert_int_equal(stat(spool, &st), -1);
}

static void images_inside_are_opened(void **state)
{
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf rpm = {0};

	(void)state;
	make_rpm(&rpm);
	diskmake_pack(
		&f, "0.iso", ARCHIVE_FORMAT_ISO9660, "volume-id=IN,rockridge",
		(const struct diskmake_item[]){{"x.rpm", mf_buf_bytes(&rpm), NULL, false}, {0}});
	for (char name[] = "1.iso"; name[0] <= '6'; name[0]++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf inner = {0};
		char before[] = "0.iso";

		before[0] = (char)(name[0] - 1);
		assert_int_equal(mf_read_file(diskmake_at(&f, before), 8 << 20, &inner, &f.err), 0);
		diskmake_pack(&f, name, ARCHIVE_FORMAT_ISO9660, "volume-id=OUT,rockridge",
			      (const struct diskmake_item[]){
				      {"bad.iso", {(const uint8_t *)"bad", 3}, NULL, false},
				      {"in.ISO", mf_buf_bytes(&inner), NULL, false},
				      {0}});
	}
	diskmake_assert(&f, "1.iso",
			"iso9660 OUT long\n"
			"f bad.iso\n"
			"f in.ISO\n"
			"\tiso9660 IN long\n"
			"\tf x.rpm [kmod-foo]\n");
	assert_int_equal(diskmake_open(&f, "4.iso"), 0);
	assert_int_equal(diskmake_open(&f, "5.iso"), -EFBIG);
	assert_non_null(strstr(f.err.text, "more than 4 deep"));
}

static void folders_are_read_without_following_links(void **state)
{
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf rpm = {0};

	(void)state;
	make_rpm(&rpm);
	assert_int_equal(mkdir(diskmake_at(&f, "disk"), 0755), 0);
	assert_int_equal(mkdir(diskmake_at(&f, "disk/empty"), 0755), 0);
	assert_false(mf_disk_is_one(diskmake_at(&f, "disk")));
	diskmake_save(&f, "disk/empty/rhdd3", (struct mf_bytes){0});
	assert_true(mf_disk_is_one(diskmake_at(&f, "disk")));
	assert_int_equal(unlink(diskmake_at(&f, "disk/empty/rhdd3")), 0);
	diskmake_save(&f, "disk/x.rpm", mf_buf_bytes(&rpm));
	assert_int_equal(symlink("/etc", diskmake_at(&f, "disk/away")), 0);
	assert_int_equal(symlink("x.rpm", diskmake_at(&f, "disk/y.rpm")), 0);
	assert_int_equal(mkfifo(diskmake_at(&f, "disk/z.rpm"), 0600), 0);
	diskmake_assert(&f, "disk",
			"folder - long\n"
			"l away -> /etc\n"
			"d empty\n"
			"f x.rpm [kmod-foo]\n"
			"l y.rpm -> x.rpm\n"
			"o z.rpm\n");
	assert_false(f.source.spool.is_there);
	assert_true(mf_disk_is_one(diskmake_at(&f, "disk")));
	diskmake_assert(&f, "disk/x.rpm", "rpm - long\nf x.rpm [kmod-foo]\n");
	assert_true(mf_disk_is_one(diskmake_at(&f, "disk/x.rpm")));
}

static void fat_is_read_also_in_a_partition(void **state)
{
	static const uint8_t entry[] = {0, 0, 0, 0, 0x0c, 0, 0, 0, 0, 8, 0, 0, 0, 4, 0, 0};
	static const char expected[] = "vfat OEMDRV long\nd rpms\nf rpms/x.rpm [kmod-foo]\n";
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf rpm = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf image = {0};
	char fat[128];

	(void)state;
	make_rpm(&rpm);
	diskmake_save(&f, "x.rpm", mf_buf_bytes(&rpm));
	snprintf(fat, sizeof(fat), "%s", diskmake_at(&f, "fat.img"));
	RUNTOOL("mkfs.fat", "--invariant", "-C", "-n", "OEMDRV", fat, "512");
	RUNTOOL("mmd", "-i", fat, "::rpms");
	RUNTOOL("mcopy", "-i", fat, diskmake_at(&f, "x.rpm"), "::rpms/x.rpm");
	diskmake_assert(&f, "fat.img", expected);
	/* an MBR with one partition from sector 2048 on, 1024 long */
	mf_buf_zeros(&image, 446);
	mf_buf_add(&image, entry, sizeof(entry));
	mf_buf_zeros(&image, 48);
	mf_buf_add(&image, "\x55\xaa", 2);
	mf_buf_zeros(&image, 2047 * 512);
	assert_int_equal(mf_read_file(fat, 1 << 20, &image, &f.err), 0);
	diskmake_save(&f, "stick.img", mf_buf_bytes(&image));
	diskmake_assert(&f, "stick.img", expected);
	assert_true(mf_disk_is_one(diskmake_at(&f, "stick.img")));
}

static void archives_may_be_odd(void **state)
{
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf rpm = {0};
	struct mf_bytes old = {(const uint8_t *)"old", 3};

	(void)state;
	make_rpm(&rpm);
	diskmake_pack(
		&f, "a.tar", ARCHIVE_FORMAT_TAR_USTAR, "",
		(const struct diskmake_item[]){{"deep/in/a.rpm", old, NULL, false},
					       {"deep/in/a.rpm", mf_buf_bytes(&rpm), NULL, false},
					       {"b.rpm", {0}, "deep/in/a.rpm", true},
					       {"c.rpm", {0}, "nowhere", true},
					       {"line\nbreak", old, NULL, false},
					       {0}});
	diskmake_assert(&f, "a.tar",
			"tar - long\n"
			"f b.rpm [kmod-foo]\n"
			"o c.rpm\n"
			"d deep\n"
			"d deep/in\n"
			"f deep/in/a.rpm [kmod-foo]\n"
			"f line\nbreak\n");
	diskmake_pack(&f, "up.tar", ARCHIVE_FORMAT_TAR_USTAR, "",
		      (const struct diskmake_item[]){
			      {"rpms/../../x.rpm", mf_buf_bytes(&rpm), NULL, false}, {0}});
	assert_int_equal(diskmake_open(&f, "up.tar"), -EBADMSG);
	assert_non_null(strstr(f.err.text, "up.tar: damaged: a name in it leads elsewhere"));
}

static void what_is_no_disk_is_refused(void **state)
{
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	struct mf_buf zeros = {0};

	(void)state;
	diskmake_save(&f, "text", (struct mf_bytes){(const uint8_t *)"hello", 5});
	assert_int_equal(diskmake_open(&f, "text"), -EINVAL);
	assert_non_null(strstr(f.err.text, "text: of no known kind, expected a driver disk"));
	assert_false(mf_disk_is_one(f.path));
	mf_buf_zeros(&zeros, 1 << 20);
	diskmake_save(&f, "zeros", mf_buf_bytes(&zeros));
	mf_buf_free(&zeros);
	assert_int_equal(diskmake_open(&f, "zeros"), -EINVAL);
	diskmake_save(&f, "empty", (struct mf_bytes){(const uint8_t *)"", 0});
	assert_int_equal(diskmake_open(&f, "empty"), -EINVAL);
	assert_int_equal(diskmake_open(&f, "missing"), -ENOENT);
	assert_false(mf_disk_is_one(diskmake_at(&f, "missing")));
	diskmake_save(&f, "ext4", (struct mf_bytes){(const uint8_t *)"", 0});
	assert_int_equal(truncate(diskmake_at(&f, "ext4"), 1 << 20), 0);
	RUNTOOL("mkfs.ext4", "-q", "-F", f.path);
	assert_int_equal(diskmake_open(&f, "ext4"), -EINVAL);
	assert_non_null(strstr(f.err.text, "holds a file system of type ext4"));
}

static void a_cut_iso_is_damaged(void **state)
{
	MF_CLEANUP(diskmake_free) struct diskmake f = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf rpm = {0};

	(void)state;
	make_rpm(&rpm);
	mf_buf_zeros(&rpm, 1 << 20);
	diskmake_pack(&f, "a.iso", ARCHIVE_FORMAT_ISO9660, "rockridge", TREE(mf_buf_bytes(&rpm)));
	assert_int_equal(truncate(diskmake_at(&f, "a.iso"), 600000), 0);
	assert_int_equal(diskmake_open(&f, "a.iso"), -EBADMSG);
	assert_non_null(strstr(f.err.text, "a.iso: damaged: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(isos_and_archives_are_read),
		cmocka_unit_test(a_plain_iso_has_short_lower_case_names),
		cmocka_unit_test(copies_are_private_and_go),
		cmocka_unit_test(images_inside_are_opened),
		cmocka_unit_test(folders_are_read_without_following_links),
		cmocka_unit_test(fat_is_read_also_in_a_partition),
		cmocka_unit_test(archives_may_be_odd),
		cmocka_unit_test(what_is_no_disk_is_refused),
		cmocka_unit_test(a_cut_iso_is_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
