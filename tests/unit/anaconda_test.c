// SPDX-License-Identifier: GPL-2.0-or-later
// anaconda's rules for driver update disks. The tables were seen with its own dd_list, dd_extract
// and driver_updates.py.
#include <string.h>
#include <sys/stat.h>

#include "tests/unit/unit.h"

#include "dud/anaconda.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define K	     "5.14.0-427.13.1.el9_4.x86_64"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct mf_target *row(const char *name)
{
	return mf_target_find(name);
}

/* "kernel-modules >= 5": a dependency; the text is cut. */
static struct mf_rpm_dep dep_of(struct mf_arena *arena, const char *text)
{
	char *copy = mf_arena_strdup(arena, text);
	char *sense, *version;
	struct mf_rpm_dep dep = {.name = strtok_r(copy, " ", &copy), .version = ""};

	sense = strtok_r(NULL, " ", &copy);
	version = strtok_r(NULL, " ", &copy);
	for (; sense && *sense; sense++)
		dep.sense |= *sense == '='   ? MF_RPM_EQUAL
			     : *sense == '<' ? MF_RPM_LESS
					     : MF_RPM_GREATER;
	dep.version = version ? version : "";
	return dep;
}

/* "a >= 1, b": a list of them. */
static struct mf_rpm_deps deps_of(struct mf_arena *arena, const char *text)
{
	char *copy = mf_arena_strdup(arena, text ? text : "");
	struct mf_rpm_deps deps = {0};

	for (char *one = strtok_r(copy, ",", &copy); one; one = strtok_r(NULL, ",", &copy)) {
		assert_int_equal(mf_arena_grow(arena, &deps.v, deps.n, sizeof(*deps.v)), 0);
		deps.v[deps.n++] = dep_of(arena, one + strspn(one, " "));
	}
	return deps;
}

static unsigned int flags(const char *provides, const char *kernel)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_rpm rpm = {.provides = deps_of(&arena, provides)};

	return mf_dd_flags_of(&rpm, kernel);
}

#define DRIVER (MF_DD_MODULES | MF_DD_FIRMWARES)
#define TOOLS  (MF_DD_BINARIES | MF_DD_LIBRARIES)

static void test_provides(void **state)
{
	static const struct {
		const char *provides, *kernel;
		unsigned int flags;
	} rows[] = {
		{"kernel-modules = " K, K, DRIVER},
		{"kernel-modules = " K, "5.14.0-427.16.1.el9_4.x86_64", 0},
		{"kernel-modules = 5.14.0-427.13.1.el9_4", K, 0},
		{"kernel-modules >= " K, "5.14.0-427.el9.x86_64", 0},
		{"kernel-modules >= 5.14.0-427.el9.x86_64", K, DRIVER},
		{"kernel-modules >= " K, "5.14.0-503.11.1.el9_5.x86_64", DRIVER},
		{"kernel-modules >= " K, "6.12.0-55.el10.x86_64", DRIVER},
		{"kernel-modules >= " K, K "+rt", DRIVER},
		{"kernel-modules >= " K, K "+debug", DRIVER},
		{"kernel-modules = " K, K "+rt", 0},
		{"kernel-modules >= 5.0, kernel-modules < 5.10", "6.1", DRIVER},
		{"kernel-modules >= 5.0, kernel-modules < 5.10", "4.1", DRIVER},
		{"kernel-modules < 4, kernel-modules > 7", K, 0},
		{"kernel-modules", K, 0},
		{"kernel-modules > 0", K, DRIVER},
		{"kernel-modules >= 1:5.14.0", K, DRIVER},
		{"kernel-modules >= 1:5.14.0", "1", 0},
		{"kernel-modules <= " K, "5.14.0-427.el9.x86_64", DRIVER},
		{"kernel-modules = 2.6.32-131.el6", K, DRIVER},
		{"kernel-modules = 2.6.32-71", K, DRIVER},
		{"kernel-modules = 2.6.32-1310", K, DRIVER},
		{"kernel-modules = 2.6.32-7", K, 0},
		/* rpmvercmp: separators, leading zeros */
		{"kernel-modules = 5.14.0-427.13.1.el9_4.x86_64", "05.14.0-427.13.1.el9_4.x86_64",
		 DRIVER},
		{"kernel-modules > 5.14.0~rc1", "5.14.0", DRIVER},
		{"kernel-modules-core >= 1", K, 0},
		{"kmod-foo = 1-1", K, 0},
		{"", K, 0},
		{"installer-enhancement = 19.0", K, TOOLS},
		{"installer-enhancement >= 19", K, TOOLS},
		{"installer-enhancement = 19", K, 0},
		{"installer-enhancement >= 33", K, 0},
		{"installer-enhancement = 19.0.0", K, 0},
		{"installer-enhancement > 18", K, TOOLS},
		{"installer-enhancement", K, 0},
		{"installer-enhancement = 19.0, kernel-modules >= 5", K, DRIVER | TOOLS},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (flags(rows[i].provides, rows[i].kernel) != rows[i].flags)
			fail_msg("%s for %s: 0x%x", rows[i].provides, rows[i].kernel,
				 flags(rows[i].provides, rows[i].kernel));
	}
}

static const struct fate_row {
	const char *path;
	const char *fate;	 /* of an installer that takes compressed modules */
	const char *fate_el8;	 /* NULL: the same */
	const char *destination; /* NULL: not extracted */
} fates[] = {
	{"/lib/modules/5.14.0-1.el9/extra/f.ko", "loaded", NULL,
	 "lib/modules/" K "/updates/extra/f.ko"},
	{"/lib/modules/5.14.0-1.el9/f.ko", "loaded", NULL, "lib/modules/" K "/updates/f.ko"},
	{"/lib/modules/5.14.0-1.el9/kernel/drivers/f.ko", "loaded", NULL,
	 "lib/modules/" K "/updates/drivers/f.ko"},
	{"/lib/modules/9kernel/kernel/kernel/f.ko", "loaded", NULL,
	 "lib/modules/" K "/updates/kernel/f.ko"},
	{"/lib/modules/A/f.ko", "loaded", NULL, "lib/modules/" K "/updates/A/f.ko"},
	{"/lib/modules/kernel/x/f.ko", "loaded", NULL, "lib/modules/" K "/updates/kernel/x/f.ko"},
	{"/lib/modules/f.ko", "loaded", NULL, "lib/modules/" K "/updates/f.ko"},
	{"/lib/modules/" K "/updates/f.ko", "loaded", NULL,
	 "lib/modules/" K "/updates/updates/f.ko"},
	{"/./lib/modules/5/f.ko", "loaded", NULL, "lib/modules/" K "/updates/f.ko"},
	{"/lib/modules/5/f.ko.gz", "loaded", "compressed", "lib/modules/" K "/updates/f.ko.gz"},
	{"/lib/modules/5/f.ko.xz", "loaded", "compressed", "lib/modules/" K "/updates/f.ko.xz"},
	{"/lib/modules/5/f.ko.bz2", "loaded", "compressed", "lib/modules/" K "/updates/f.ko.bz2"},
	{"/lib/modules/5/f.ko.zst", "loaded", "compressed", "lib/modules/" K "/updates/f.ko.zst"},
	{"/lib/modules/5/f.ko.lz4", "skipped", NULL, NULL},
	{"/lib/modules/5/f.KO", "skipped", NULL, NULL},
	{"/lib/modules/5/f.ko.debug", "skipped", NULL, NULL},
	{"/lib/modules/5/modules.order", "skipped", NULL, NULL},
	{"/usr/lib/modules/5/f.ko", "misplaced", NULL, "updates/usr/lib/modules/5/f.ko"},
	{"/usr/lib/modules/5/f.ko.xz", "misplaced", NULL, "updates/usr/lib/modules/5/f.ko.xz"},
	{"/opt/f.ko", "misplaced", NULL, "updates/opt/f.ko"},
	{"/lib/firmware/a.bin", "firmware", NULL, "lib/firmware/updates/a.bin"},
	{"/lib/firmware/sub/a.bin", "firmware", NULL, "lib/firmware/updates/sub/a.bin"},
	{"/lib/firmware/9sub/a.kobin", "firmware", NULL, "lib/firmware/updates/a.kobin"},
	{"/lib/firmware/9sub/a.bin", "firmware", NULL, "lib/firmware/updates/9sub/a.bin"},
	{"/lib/firmware/f.ko", "firmware", NULL, "lib/firmware/updates/f.ko"},
	{"/lib/firmware/updates/a", "firmware", NULL, "lib/firmware/updates/updates/a"},
	{"/usr/lib/firmware/a.bin", "misplaced", NULL, "updates/usr/lib/firmware/a.bin"},
	{"/usr/bin/tool", "extracted", NULL, "updates/usr/bin/tool"},
	{"/sbin/tool", "extracted", NULL, "updates/sbin/tool"},
	{"/lib64/l.so", "extracted", NULL, "updates/lib64/l.so"},
	{"/usr/lib/l.so", "extracted", NULL, "updates/usr/lib/l.so"},
	{"/lib/l.so", "extracted", NULL, "updates/lib/l.so"},
	{"/usr/libexec/x", "skipped", NULL, NULL},
	{"/etc/depmod.d/f.conf", "skipped", NULL, NULL},
	{"/etc/modprobe.d/f.conf", "skipped", NULL, NULL},
	{"/usr/share/doc/f", "skipped", NULL, NULL},
	{"/boot/f", "skipped", NULL, NULL},
};

static void test_fates(void **state)
{
	struct mf_anaconda el8 = {.kernel = K, .arch = "x86_64"};
	struct mf_anaconda later = {.kernel = K, .arch = "x86_64", .reads_compressed_ko = true};

	(void)state;
	for (size_t i = 0; i < COUNT(fates); i++) {
		struct mf_rpm_file file = {.path = fates[i].path, .mode = S_IFREG | 0644};
		const char *el8_fate = fates[i].fate_el8 ? fates[i].fate_el8 : fates[i].fate;

		assert_string_equal(mf_dd_fate_name(mf_dd_fate_of(&file, &later)), fates[i].fate);
		assert_string_equal(mf_dd_fate_name(mf_dd_fate_of(&file, &el8)), el8_fate);
		file.mode = S_IFDIR | 0755;
		assert_int_equal(mf_dd_fate_of(&file, &later), MF_DD_SKIPPED);
	}
}

/* Symlinks of what is extracted get a target out of stale memory; others are left alone. */
static void test_symlinks(void **state)
{
	struct mf_anaconda anaconda = {.kernel = K, .arch = "x86_64"};
	struct mf_rpm_file file = {.mode = S_IFLNK | 0777, .link = "x"};

	(void)state;
	file.path = "/lib/modules/5/extra/f.ko";
	assert_int_equal(mf_dd_fate_of(&file, &anaconda), MF_DD_BROKEN);
	assert_true(mf_dd_stops_modinfo(file.path));
	file.path = "/lib/firmware/a.bin";
	assert_int_equal(mf_dd_fate_of(&file, &anaconda), MF_DD_BROKEN);
	assert_false(mf_dd_stops_modinfo(file.path));
	file.path = "/lib/modules/5/extra/f.ko.xz";
	assert_int_equal(mf_dd_fate_of(&file, &anaconda), MF_DD_SKIPPED);
	file.path = "/etc/link";
	assert_int_equal(mf_dd_fate_of(&file, &anaconda), MF_DD_SKIPPED);
}

static void test_releases(void **state)
{
	static const struct {
		const char *target, *kernel;
		bool reads, is_unsure;
	} rows[] = {
		{"rhel8", "4.18.0-553.el8_10.x86_64", false, false},
		{"rhel9", K, false, false},
		{"rhel9", "5.14.0-503.11.1.el9_5.x86_64", false, false},
		{"rhel9", "5.14.0-570.12.1.el9_6.x86_64", true, false},
		{"rhel9", "5.14.0-611.el9_10.x86_64", true, false},
		{"rhel9", "5.14.0-503.el9.x86_64", false, true},
		{"rhel9", "5.14.0-503.el9_x.x86_64", false, true},
		{"rhel10", "6.12.0-55.el10.x86_64", true, false},
		{"fedora", "6.8.5-301.fc40.x86_64", true, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct mf_anaconda anaconda = {.kernel = rows[i].kernel};

		mf_anaconda_set_release(&anaconda, row(rows[i].target));
		assert_int_equal(anaconda.reads_compressed_ko, rows[i].reads);
		assert_int_equal(anaconda.is_compressed_unsure, rows[i].is_unsure);
	}
}

/* A disk being made: parents first, as the reader gives it. */
struct maker {
	struct mf_disk disk;
	struct mf_rpm packages[4];
	size_t n_packages;
	struct mf_strings stock;
	struct mf_anaconda_result result;
};

static void free_maker(struct maker *maker)
{
	mf_anaconda_result_free(&maker->result);
	mf_arena_free(&maker->disk.arena);
}

static int compare_files(const void *a, const void *b)
{
	return strcmp(((const struct mf_disk_file *)a)->path,
		      ((const struct mf_disk_file *)b)->path);
}

static struct mf_disk_file *put(struct maker *maker, struct mf_disk *disk, char kind,
				const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash) {
		char *parent = mf_arena_strndup(&maker->disk.arena, path, (size_t)(slash - path));

		if (!mf_disk_find(disk, parent))
			put(maker, disk, 'd', parent);
	}
	assert_int_equal(mf_arena_grow(&maker->disk.arena, &disk->files, disk->n_files,
				       sizeof(*disk->files)),
			 0);
	disk->files[disk->n_files++] = (struct mf_disk_file){.path = path, .kind = kind};
	qsort(disk->files, disk->n_files, sizeof(*disk->files), compare_files);
	for (size_t i = 0; i < disk->n_files; i++) {
		if (strcmp(disk->files[i].path, path) == 0)
			return &disk->files[i];
	}
	return NULL;
}

/* name-version-release.arch with Provides and files "a b c". */
static struct mf_rpm *rpm_of(struct maker *maker, const char *nvra, const char *provides,
			     const char *files)
{
	struct mf_arena *arena = &maker->disk.arena;
	struct mf_rpm *rpm = mf_arena_alloc(arena, sizeof(*rpm));
	char *copy = mf_arena_strdup(arena, nvra);
	char *list = mf_arena_strdup(arena, files ? files : "");
	char *dot = strrchr(copy, '.'), *dash;

	rpm->arch = dot + 1;
	*dot = '\0';
	dash = strrchr(copy, '-');
	rpm->release = dash + 1;
	*dash = '\0';
	dash = strrchr(copy, '-');
	rpm->version = dash + 1;
	*dash = '\0';
	rpm->name = copy;
	rpm->compressor = "xz";
	rpm->provides = deps_of(arena, provides);
	for (char *one = strtok_r(list, " ", &list); one; one = strtok_r(NULL, " ", &list)) {
		assert_int_equal(
			mf_arena_grow(arena, &rpm->files, rpm->n_files, sizeof(*rpm->files)), 0);
		rpm->files[rpm->n_files++] = (struct mf_rpm_file){.path = one,
								  .mode = S_IFREG | 0644};
	}
	return rpm;
}

static struct mf_rpm *put_rpm(struct maker *maker, struct mf_disk *disk, const char *path,
			      struct mf_rpm *rpm)
{
	rpm->source = path;
	put(maker, disk, 'f', path)->rpm = rpm;
	return rpm;
}

#define EXACT "kernel-modules = " K
#define KO    "/lib/modules/" K "/extra/"

/* A disk of the usual kind: rhdd3 and one driver in rpms/x86_64. */
static struct mf_rpm *usual(struct maker *maker)
{
	maker->disk.container = "iso9660";
	maker->disk.label = "OEMDRV";
	maker->disk.has_long_names = true;
	put(maker, &maker->disk, 'f', "rhdd3");
	return put_rpm(maker, &maker->disk, "rpms/x86_64/a.rpm",
		       rpm_of(maker, "kmod-a-1-1.x86_64", EXACT, KO "a.ko"));
}

static const struct mf_anaconda_result *judge(struct maker *maker)
{
	struct mf_anaconda anaconda = {.kernel = K, .arch = "x86_64"};
	struct mf_anaconda_input input = {.disk = &maker->disk,
					  .anaconda = &anaconda,
					  .packages = maker->packages,
					  .n_packages = maker->n_packages};

	if (maker->stock.n)
		anaconda.stock = &maker->stock;
	mf_anaconda_result_free(&maker->result);
	assert_int_equal(mf_anaconda_run(&input, &maker->result), 0);
	return &maker->result;
}

static const struct mf_dd_rpm *find(const struct mf_anaconda_result *result, const char *source)
{
	for (size_t i = 0; i < result->n_rpms; i++) {
		if (strcmp(result->rpms[i].rpm->source, source) == 0)
			return &result->rpms[i];
	}
	fail_msg("%s is not in the result", source);
	return NULL;
}

static void assert_why(const struct mf_anaconda_result *result, const char *source,
		       const char *text)
{
	const struct mf_dd_rpm *rpm = find(result, source);

	assert_false(rpm->is_taken);
	if (!strstr(rpm->why, text))
		fail_msg("%s: %s", source, rpm->why);
}

static bool has_note(const struct mf_anaconda_result *result, const char *text)
{
	for (size_t i = 0; i < result->notes.n; i++) {
		if (strstr(result->notes.v[i], text))
			return true;
	}
	return false;
}

static void test_usual(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	const struct mf_anaconda_result *result;

	(void)state;
	usual(&maker);
	result = judge(&maker);
	assert_true(result->is_disk);
	assert_true(result->is_automatic);
	assert_int_equal(result->notes.n, 0);
	assert_int_equal(result->n_rpms, 1);
	assert_true(result->rpms[0].is_taken && result->rpms[0].is_required);
	assert_ptr_equal(result->rpms[0].installed, result->rpms[0].rpm);
	assert_int_equal(result->n_modules, 1);
	assert_string_equal(result->modules[0].name, "a");
	assert_string_equal(result->modules[0].file->destination,
			    "lib/modules/" K "/updates/extra/a.ko");
	assert_false(result->modules[0].replaces_stock);
	assert_null(result->modules[0].rival);
}

static void test_destinations(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(fates); i++) {
		MF_CLEANUP(free_maker) struct maker maker = {0};
		struct mf_anaconda anaconda = {
			.kernel = K, .arch = "x86_64", .reads_compressed_ko = true};
		struct mf_anaconda_input input = {.disk = &maker.disk, .anaconda = &anaconda};
		const char *path;

		usual(&maker)->files[0].path = fates[i].path;
		assert_int_equal(mf_anaconda_run(&input, &maker.result), 0);
		path = maker.result.rpms[0].files[0].destination;
		if (!fates[i].destination)
			assert_null(path);
		else
			assert_string_equal(path, fates[i].destination);
	}
}

/* Only OEMDRV, letter by letter, is looked for. */
static void test_label(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};

	(void)state;
	usual(&maker);
	maker.disk.label = "oemdrv";
	assert_false(judge(&maker)->is_automatic);
	assert_true(has_note(&maker.result, "\"oemdrv\", not OEMDRV"));
	maker.disk.label = NULL;
	assert_false(judge(&maker)->is_automatic);
	maker.disk.has_long_names = false;
	assert_true(has_note(judge(&maker), "neither Rock Ridge nor Joliet"));
	maker.disk.container = "cpio";
	assert_false(judge(&maker)->is_disk);
	assert_true(has_note(&maker.result, "cannot mount"));
}

/* Where packages must lie. */
static void test_places(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	struct mf_disk *disk = &maker.disk;
	const struct mf_anaconda_result *result;

	(void)state;
	usual(&maker);
	put_rpm(&maker, disk, "rpms/x86_64/sub/b.rpm", rpm_of(&maker, "b-1-1.x86_64", EXACT, ""));
	put_rpm(&maker, disk, "rpms/aarch64/c.rpm", rpm_of(&maker, "c-1-1.aarch64", EXACT, ""));
	put_rpm(&maker, disk, "d.rpm", rpm_of(&maker, "d-1-1.x86_64", EXACT, ""));
	put_rpm(&maker, disk, "el9/rpms/x86_64/e.rpm", rpm_of(&maker, "e-1-1.x86_64", EXACT, ""));
	put_rpm(&maker, disk, "rpms/x86_64/.f.rpm", rpm_of(&maker, "f-1-1.x86_64", EXACT, ""));
	result = judge(&maker);
	assert_true(find(result, "rpms/x86_64/a.rpm")->is_taken);
	assert_why(result, "rpms/x86_64/sub/b.rpm", "in a folder below rpms/x86_64");
	assert_why(result, "rpms/aarch64/c.rpm",
		   "lies in rpms/aarch64, and the installer looks in");
	assert_why(result, "d.rpm", "outside rpms/x86_64");
	assert_why(result, "el9/rpms/x86_64/e.rpm", "expected \"el9/rhdd3\"");
	assert_why(result, "rpms/x86_64/.f.rpm", "does not find it");
	put(&maker, disk, 'f', "el9/rhdd3");
	assert_true(find(judge(&maker), "el9/rpms/x86_64/e.rpm")->is_taken);
}

/* A folder whose name is a pattern is searched for as one. */
static void test_brackets(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};

	(void)state;
	usual(&maker);
	put(&maker, &maker.disk, 'f', "[el9]/rhdd3");
	put_rpm(&maker, &maker.disk, "[el9]/rpms/x86_64/b.rpm",
		rpm_of(&maker, "b-1-1.x86_64", EXACT, ""));
	assert_why(judge(&maker), "[el9]/rpms/x86_64/b.rpm", "brackets");
}

static void test_no_disk(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {.disk.container = "iso9660"};

	(void)state;
	maker.disk.has_long_names = true;
	put(&maker, &maker.disk, 'd', "rhdd3");
	put_rpm(&maker, &maker.disk, "rpms/x86_64/a.rpm",
		rpm_of(&maker, "a-1-1.x86_64", EXACT, ""));
	assert_false(judge(&maker)->is_disk);
	assert_true(has_note(&maker.result, "no driver update disk: no file rhdd3"));
	assert_int_equal(maker.result.n_modules, 0);
}

/* Symlinks on the disk are followed, off it they lead nowhere. */
static void test_disk_links(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {.disk.container = "iso9660"};
	struct mf_disk *disk = &maker.disk;

	(void)state;
	put(&maker, disk, 'f', "el9/rhdd3");
	put(&maker, disk, 'l', "el9/rpms")->link = "../all";
	put(&maker, disk, 'l', "all/x86_64")->link = "./deep/../deep";
	put_rpm(&maker, disk, "all/deep/a.rpm", rpm_of(&maker, "a-1-1.x86_64", EXACT, ""));
	assert_true(find(judge(&maker), "all/deep/a.rpm")->is_taken);
	put(&maker, disk, 'f', "pool/b.rpm")->rpm = rpm_of(&maker, "b-1-1.x86_64", EXACT, "");
	put(&maker, disk, 'l', "all/deep/b.rpm")->link = "../../pool/b.rpm";
	for (size_t i = 0; i < disk->n_files; i++) {
		if (strcmp(disk->files[i].path, "pool/b.rpm") == 0)
			((struct mf_rpm *)(uintptr_t)disk->files[i].rpm)->source = "pool/b.rpm";
	}
	assert_true(find(judge(&maker), "pool/b.rpm")->is_taken);
	for (size_t i = 0; i < disk->n_files; i++) {
		if (strcmp(disk->files[i].path, "el9/rpms") == 0)
			disk->files[i].link = "/all";
	}
	assert_false(judge(&maker)->is_disk);
	for (size_t i = 0; i < disk->n_files; i++) {
		if (strcmp(disk->files[i].path, "el9/rpms") == 0)
			disk->files[i].link = "rpms";
	}
	assert_false(judge(&maker)->is_disk);
}

static struct mf_disk *put_image(struct maker *maker, struct mf_disk *outer, const char *path)
{
	struct mf_disk *inner = mf_arena_alloc(&maker->disk.arena, sizeof(*inner));

	inner->container = "iso9660";
	inner->has_long_names = true;
	put(maker, outer, 'f', path)->nested = inner;
	return inner;
}

/* Images on a disk count when it has no repository itself: those in its root, all of them. */
static void test_images(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {.disk.container = "vfat"};
	struct mf_disk *one, *two, *deep, *inner;

	(void)state;
	one = put_image(&maker, &maker.disk, "one.iso");
	put(&maker, one, 'f', "rhdd3");
	put_rpm(&maker, one, "rpms/x86_64/a.rpm", rpm_of(&maker, "a-1-1.x86_64", EXACT, KO "a.ko"));
	two = put_image(&maker, &maker.disk, "two.ISO");
	inner = put_image(&maker, two, "inner.iso");
	put(&maker, inner, 'f', "rhdd3");
	put_rpm(&maker, inner, "rpms/x86_64/b.rpm",
		rpm_of(&maker, "b-1-1.x86_64", EXACT, KO "b.ko"));
	deep = put_image(&maker, &maker.disk, "deep/three.iso");
	put(&maker, deep, 'f', "rhdd3");
	put_rpm(&maker, deep, "rpms/x86_64/c.rpm",
		rpm_of(&maker, "c-1-1.x86_64", EXACT, KO "c.ko"));
	judge(&maker);
	assert_true(maker.result.is_disk);
	assert_true(find(&maker.result, "rpms/x86_64/a.rpm")->is_taken);
	assert_true(find(&maker.result, "rpms/x86_64/b.rpm")->is_taken);
	assert_false(find(&maker.result, "rpms/x86_64/c.rpm")->is_taken);
	assert_int_equal(maker.result.n_modules, 2);
	put(&maker, &maker.disk, 'f', "rhdd3");
	put_rpm(&maker, &maker.disk, "rpms/x86_64/d.rpm",
		rpm_of(&maker, "d-1-1.x86_64", EXACT, ""));
	judge(&maker);
	assert_false(find(&maker.result, "rpms/x86_64/a.rpm")->is_taken);
	assert_true(find(&maker.result, "rpms/x86_64/d.rpm")->is_taken);
}

static void test_single(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {.disk.container = "rpm"};

	(void)state;
	put_rpm(&maker, &maker.disk, "a.rpm", rpm_of(&maker, "a-1-1.x86_64", EXACT, KO "a.ko"));
	assert_true(judge(&maker)->is_disk);
	assert_false(maker.result.is_automatic);
	assert_int_equal(maker.result.n_modules, 1);
	maker.disk.container = "folder";
	assert_int_equal(judge(&maker)->n_modules, 1);
	assert_true(has_note(&maker.result, "inst.dd=nfs:"));
	maker.disk.container = "vfat";
	assert_false(judge(&maker)->is_disk);
}

static void test_refused(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	struct mf_rpm *rpm = usual(&maker);

	(void)state;
	rpm->provides = deps_of(&maker.disk.arena, "kernel-modules >= 9, kmod-a = 1");
	assert_why(judge(&maker), "rpms/x86_64/a.rpm",
		   "provides kernel-modules >= 9, and the installer's kernel is " K);
	rpm->provides = deps_of(&maker.disk.arena, "kernel-modules");
	assert_why(judge(&maker), "rpms/x86_64/a.rpm", "kernel-modules without a version");
	rpm->provides = deps_of(&maker.disk.arena, "kmod-a = 1");
	assert_why(judge(&maker), "rpms/x86_64/a.rpm", "provides no kernel-modules");
	rpm->malformed = "cut short";
	assert_why(judge(&maker), "rpms/x86_64/a.rpm", "is no RPM: cut short");
	assert_int_equal(maker.result.n_modules, 0);
}

/* What is unpacked is looked through when any package of the disk brought modules. */
static void test_enhancement(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	struct mf_rpm *rpm = usual(&maker);
	const struct mf_dd_rpm *entry;

	(void)state;
	rpm->provides = deps_of(&maker.disk.arena, "installer-enhancement = 19.0");
	entry = find(judge(&maker), "rpms/x86_64/a.rpm");
	assert_true(entry->is_taken);
	assert_false(entry->is_required);
	assert_int_equal(maker.result.n_modules, 0);
	put_rpm(&maker, &maker.disk, "rpms/x86_64/b.rpm",
		rpm_of(&maker, "kmod-b-1-1.x86_64", EXACT, KO "b.ko"));
	assert_int_equal(judge(&maker)->n_modules, 2);
	/* one that provides nothing at all passes dd_list, too */
	rpm->provides.n = 0;
	entry = find(judge(&maker), "rpms/x86_64/a.rpm");
	assert_true(entry->is_taken);
	assert_false(entry->is_required);
	assert_int_equal(maker.result.n_modules, 2);
}

static void test_rivals(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	const char *stock[] = {"a", "zz"};

	(void)state;
	usual(&maker);
	put_rpm(&maker, &maker.disk, "rpms/x86_64/b.rpm",
		rpm_of(&maker, "kmod-b-1-1.x86_64", "kernel-modules >= 1",
		       "/lib/modules/5.14.0-1.el9/extra/a.ko /lib/modules/5/extra/b-c.ko"));
	maker.stock = (struct mf_strings){stock, 2};
	judge(&maker);
	assert_int_equal(maker.result.n_modules, 3);
	assert_true(maker.result.modules[0].replaces_stock);
	assert_ptr_equal(maker.result.modules[0].rival, &maker.result.modules[1]);
	assert_ptr_equal(maker.result.modules[1].rival, &maker.result.modules[0]);
	assert_string_equal(maker.result.modules[0].file->destination,
			    maker.result.modules[1].file->destination);
	assert_string_equal(maker.result.modules[2].name, "b_c");
	assert_null(maker.result.modules[2].rival);
	assert_false(maker.result.modules[2].replaces_stock);
}

/* dnf is told the name alone, and takes the newest. */
static void test_newest(void **state)
{
	MF_CLEANUP(free_maker) struct maker maker = {0};
	struct mf_rpm *taken = usual(&maker);
	struct mf_rpm *other = put_rpm(
		&maker, &maker.disk, "rpms/x86_64/b.rpm",
		rpm_of(&maker, "kmod-a-1-2.x86_64", "kernel-modules = 9", ""));

	(void)state;
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, other);
	other->release = "0.9";
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, taken);
	other->version = "1.10";
	taken->version = "1.9";
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, other);
	taken->epoch = 1;
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, taken);
	taken->epoch = 0;
	other->arch = "aarch64"; /* dnf leaves it out */
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, taken);
	taken->arch = "aarch64"; /* the installer unpacks it, nobody installs it */
	assert_null(find(judge(&maker), taken->source)->installed);
	taken->arch = "noarch";
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, taken);
	maker.packages[0] = *rpm_of(&maker, "kmod-a-2-1.x86_64", "", "");
	maker.n_packages = 1;
	assert_ptr_equal(find(judge(&maker), taken->source)->installed, &maker.packages[0]);
}

static void test_requires(void **state)
{
	static const struct {
		const char *requires;
		bool is_missing;
		const char *offer;
	} rows[] = {
		{"/bin/sh, kmod, depmod, rpmlib(PayloadIsXz) <= 5.2-1, coreutils", false, NULL},
		{"kernel(printk) = 0x11111111", false, NULL},
		{"kernel(printk) = 0x22222222", true, "0x11111111"},
		{"kernel(gone) = 0x1", true, NULL},
		{"ksym(of_b) = 0x33333333", false, NULL},
		{"ksym(of_b) = 0x44444444", true, "0x33333333"},
		{"kernel >= 5.14.0-427.13.1.el9_4", false, NULL},
		{"kernel >= 5.14.0-503.el9", true, "5.14.0-427.13.1.el9_4"},
		{"kernel < 5.15", false, NULL},
		{"kernel = 5.14.0", false, NULL}, /* no release to compare */
		{"kernel-core-uname-r = " K, false, NULL},
		{"kernel-core-uname-r >= 6", true, K},
		{"kmod-b", false, NULL},
		{"kmod-b >= 2", true, "1-1"},
		{"kmod-gone", true, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		MF_CLEANUP(free_maker) struct maker maker = {0};
		struct mf_rpm *rpm = usual(&maker);
		const struct mf_dd_rpm *entry;

		put_rpm(&maker, &maker.disk, "rpms/x86_64/b.rpm",
			rpm_of(&maker, "kmod-b-1-1.x86_64", "kmod-b = 1-1, ksym(of_b) = 0x33333333",
			       ""));
		rpm->requires = deps_of(&maker.disk.arena, rows[i].requires);
		assert_int_equal(find(judge(&maker), rpm->source)->n_missing, 0);
		maker.packages[0] = *rpm_of(&maker, "kernel-core-5.14.0-427.13.1.el9_4.x86_64",
					    "kernel = 5.14.0-427.13.1.el9_4, "
					    "kernel-core-uname-r = " K
					    ", kernel(printk) = 0x11111111",
					    "");
		maker.n_packages = 1;
		entry = find(judge(&maker), rpm->source);
		if (entry->n_missing != rows[i].is_missing)
			fail_msg("%s: %zu missing", rows[i].requires, entry->n_missing);
		if (rows[i].offer)
			assert_string_equal(entry->missing[0].offer->version, rows[i].offer);
		else if (rows[i].is_missing)
			assert_null(entry->missing[0].offer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_provides),    cmocka_unit_test(test_fates),
		cmocka_unit_test(test_symlinks),    cmocka_unit_test(test_releases),
		cmocka_unit_test(test_usual),	    cmocka_unit_test(test_destinations),
		cmocka_unit_test(test_label),	    cmocka_unit_test(test_places),
		cmocka_unit_test(test_brackets),    cmocka_unit_test(test_no_disk),
		cmocka_unit_test(test_disk_links),  cmocka_unit_test(test_images),
		cmocka_unit_test(test_single),	    cmocka_unit_test(test_refused),
		cmocka_unit_test(test_enhancement), cmocka_unit_test(test_rivals),
		cmocka_unit_test(test_newest),	    cmocka_unit_test(test_requires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
