// SPDX-License-Identifier: GPL-2.0-or-later
// Merged indexes: what changes, what stays byte by byte, and what comes back.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/indexes.h"
#include "lib/core/kmodindex_write.h"

#define STRINGS(...)                                        \
	((struct mf_strings){(const char *[]){__VA_ARGS__}, \
			     sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)})

#define NVME(...)                                                 \
	{                                                         \
		.name = "nvme", .path = "up/nvme.ko", __VA_ARGS__ \
	}

/* What a merge reads; the indexes are made from text. */
struct folder {
	struct mf_buf bins[3];
	struct mf_indexes indexes;
};

static void free_folder(struct folder *folder)
{
	for (size_t i = 0; i < 3; i++)
		mf_buf_free(&folder->bins[i]);
}

static struct mf_bytes bytes(const char *text)
{
	return (struct mf_bytes){(const uint8_t *)text, strlen(text)};
}

/* "KEY=VALUE@PRIORITY;…" as an index. */
static struct mf_bytes make_index(struct mf_buf *out, const char *text)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_kmodindex_entries entries = {.arena = &arena};

	while (*text) {
		char *key = mf_arena_strndup(&arena, text, strcspn(text, ";"));
		char *value = strchr(key, '=');
		char *priority = strrchr(key, '@');

		text += strcspn(text, ";") + 1;
		*value++ = '\0';
		*priority++ = '\0';
		assert_int_equal(mf_kmodindex_add(&entries, key, value,
						  (uint32_t)strtoul(priority, NULL, 10)),
				 0);
	}
	assert_int_equal(mf_kmodindex_write(&entries, out), 0);
	return mf_buf_bytes(out);
}

/* A kernel: nvme needs core, which needs t10; scsi needs t10; alone needs nothing. */
#define DEP                                                                               \
	"alone=k/alone.ko:@0;nvme=k/nvme.ko: k/nvme-core.ko k/t10.ko@1;"                  \
	"nvme_core=k/nvme-core.ko: k/t10.ko@2;rdma=k/rdma.ko: k/nvme-core.ko k/t10.ko@3;" \
	"scsi=k/scsi.ko: k/t10.ko@4;t10=k/t10.ko:@5;"
#define ALIAS	"pci:v*bc01*=nvme@1;pci:v00001*=alone@0;pci:v00001*=nvme@1;"
#define SYMBOLS "symbol:nvme_init=nvme_core@2;symbol:t10_crc=t10@5;"

static void make_folder(struct folder *folder, const char *dep, const char *alias,
			const char *symbols)
{
	folder->indexes.dep = make_index(&folder->bins[0], dep);
	folder->indexes.alias = make_index(&folder->bins[1], alias);
	folder->indexes.symbols = make_index(&folder->bins[2], symbols);
}

static int print_one(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	mf_buf_printf(context, "%s=%s@%u;", key, (const char *)value.p, priority);
	return 0;
}

static void assert_reads(const struct mf_buf *file, const char *expected)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf all = {0};
	struct mf_kmodindex index;

	assert_int_equal(mf_kmodindex_open(mf_buf_bytes(file), &index, NULL), 0);
	assert_int_equal(mf_kmodindex_each(&index, print_one, &all), 0);
	assert_string_equal(mf_buf_str(&all), expected);
}

/* The line of a module; NULL when there is none. */
static const char *line_of(const struct mf_buf *file, const char *name)
{
	struct mf_kmodindex index;
	struct mf_bytes value;

	assert_int_equal(mf_kmodindex_open(mf_buf_bytes(file), &index, NULL), 0);
	return mf_kmodindex_get(&index, name, &value) ? NULL : (const char *)value.p;
}

static void merge(const struct mf_indexes *stock, const struct mf_index_driver *drivers, size_t n,
		  struct mf_indexes_merged *out)
{
	struct mf_err err = {0};

	if (mf_indexes_merge(stock, drivers, n, out, &err))
		fail_msg("%s", err.text);
}

static struct mf_indexes as_stock(const struct mf_indexes_merged *merged)
{
	return (struct mf_indexes){
		mf_buf_bytes(&merged->dep),	     mf_buf_bytes(&merged->alias),
		mf_buf_bytes(&merged->symbols),	     mf_buf_bytes(&merged->order),
		mf_buf_bytes(&merged->softdep),	     mf_buf_bytes(&merged->devname),
		mf_buf_bytes(&merged->dep_text),     mf_buf_bytes(&merged->alias_text),
		mf_buf_bytes(&merged->symbols_text),
	};
}

static void assert_same(const struct mf_buf *a, const struct mf_buf *b)
{
	assert_int_equal(a->len, b->len);
	if (a->len)
		assert_memory_equal(a->data, b->data, a->len);
}

/* A second merge of the same drivers gives the same bytes. */
static void assert_stable(const struct mf_indexes_merged *once,
			  const struct mf_index_driver *drivers, size_t n)
{
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged twice = {0};
	struct mf_indexes stock = as_stock(once);

	merge(&stock, drivers, n, &twice);
	assert_same(&once->dep, &twice.dep);
	assert_same(&once->alias, &twice.alias);
	assert_same(&once->symbols, &twice.symbols);
	assert_same(&once->order, &twice.order);
	assert_same(&once->softdep, &twice.softdep);
	assert_same(&once->devname, &twice.devname);
	assert_same(&once->dep_text, &twice.dep_text);
	assert_same(&once->alias_text, &twice.alias_text);
	assert_same(&once->symbols_text, &twice.symbols_text);
}

/* --- dependencies --- */

static void a_path_is_replaced_with_all_it_needs(void **state)
{
	const struct mf_index_driver drivers[] = {
		{.name = "helper", .path = "up/helper.ko", .depends = STRINGS("alone")},
		{.name = "nvme_core",
		 .path = "up/nvme-core.ko.xz",
		 .depends = STRINGS("helper", "t10", "missing")},
	};
	MF_CLEANUP(free_folder) struct folder folder = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out = {0};

	(void)state;
	make_folder(&folder, DEP, ALIAS, SYMBOLS);
	merge(&folder.indexes, drivers, 2, &out);
	assert_reads(&out.dep,
		     "alone=k/alone.ko:@2;helper=up/helper.ko: k/alone.ko@0;"
		     "nvme=k/nvme.ko: up/nvme-core.ko.xz up/helper.ko k/alone.ko k/t10.ko@3;"
		     "nvme_core=up/nvme-core.ko.xz: up/helper.ko k/alone.ko k/t10.ko@1;"
		     "rdma=k/rdma.ko: up/nvme-core.ko.xz up/helper.ko k/alone.ko k/t10.ko@5;"
		     "scsi=k/scsi.ko: k/t10.ko@6;t10=k/t10.ko:@7;");
	assert_null(out.stock[0]);
	assert_string_equal(out.stock[1], "k/nvme-core.ko: k/t10.ko");
	assert_stable(&out, drivers, 2);
}

/* A driver that needs a stock module which needs another driver. */
static void needs_go_through_both_layers(void **state)
{
	const struct mf_index_driver drivers[] = {
		{.name = "t10", .path = "up/t10.ko"},
		{.name = "nvme", .path = "up/nvme.ko", .depends = STRINGS("nvme-core")},
	};
	MF_CLEANUP(free_folder) struct folder folder = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out = {0};

	(void)state;
	make_folder(&folder, DEP, ALIAS, SYMBOLS);
	merge(&folder.indexes, drivers, 2, &out);
	assert_string_equal(line_of(&out.dep, "nvme"), "up/nvme.ko: k/nvme-core.ko up/t10.ko");
	assert_string_equal(line_of(&out.dep, "nvme_core"), "k/nvme-core.ko: up/t10.ko");
	assert_string_equal(line_of(&out.dep, "scsi"), "k/scsi.ko: up/t10.ko");
	assert_string_equal(line_of(&out.dep, "alone"), "k/alone.ko:");
	assert_stable(&out, drivers, 2);
}

static void circles_are_cut(void **state)
{
	const struct mf_index_driver drivers[] = {
		{.name = "a", .path = "up/a.ko", .depends = STRINGS("b")},
		{.name = "b", .path = "up/b.ko", .depends = STRINGS("a", "b")},
	};
	MF_CLEANUP(free_folder) struct folder folder = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out = {0};

	(void)state;
	make_folder(&folder, "c=k/c.ko: k/d.ko k/a.ko@0;d=k/d.ko: k/c.ko@1;", "", "");
	merge(&folder.indexes, drivers, 2, &out);
	assert_string_equal(line_of(&out.dep, "a"), "up/a.ko: up/b.ko");
	assert_string_equal(line_of(&out.dep, "b"), "up/b.ko: up/a.ko");
	assert_string_equal(line_of(&out.dep, "d"), "k/d.ko: k/c.ko");
}

static void what_was_removed_is_forgotten(void **state)
{
	struct mf_index_driver drivers[] = {
		{.name = "helper",
		 .path = "up/helper.ko",
		 .aliases = STRINGS("pci:h*"),
		 .symbols = STRINGS("help"),
		 .softdep_pre = STRINGS("x")},
		NVME(.depends = STRINGS("nvme_core", "helper"), .aliases = STRINGS("pci:n*")),
	};
	MF_CLEANUP(free_folder) struct folder folder = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged with = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged without = {0};
	struct mf_indexes stock;

	(void)state;
	make_folder(&folder, DEP, ALIAS, SYMBOLS);
	folder.indexes.order = bytes("k/alone.ko\nk/nvme.ko\n");
	merge(&folder.indexes, drivers, 2, &with);
	assert_string_equal(line_of(&with.dep, "nvme"),
			    "up/nvme.ko: k/nvme-core.ko k/t10.ko up/helper.ko");
	stock = as_stock(&with);
	drivers[0].is_removed = true;
	drivers[1].is_removed = true;
	drivers[1].stock = with.stock[1];
	merge(&stock, drivers, 2, &without);
	assert_null(line_of(&without.dep, "helper"));
	assert_string_equal(line_of(&without.dep, "nvme"), "k/nvme.ko: k/nvme-core.ko k/t10.ko");
	assert_reads(&without.alias,
		     "pci:n*=nvme@1;pci:v*bc01*=nvme@3;pci:v00001*=alone@2;pci:v00001*=nvme@3;");
	assert_reads(&without.symbols, "symbol:nvme_init=nvme_core@2;symbol:t10_crc=t10@5;");
	assert_string_equal(mf_buf_str(&without.order), "k/alone.ko\nk/nvme.ko\n");
	assert_string_equal(mf_buf_str(&without.softdep),
			    "# Soft dependencies extracted from modules themselves.\n");
}

/* A line that named the removed one names what came back, or nothing. */
static void paths_go_back_to_stock(void **state)
{
	struct mf_index_driver drivers[] = {{.name = "t10", .path = "up/t10.ko"}};
	MF_CLEANUP(free_folder) struct folder folder = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged with = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged back = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged gone = {0};
	struct mf_indexes stock;

	(void)state;
	make_folder(&folder, DEP, ALIAS, SYMBOLS);
	merge(&folder.indexes, drivers, 1, &with);
	stock = as_stock(&with);
	drivers[0].is_removed = true;
	drivers[0].stock = with.stock[0];
	merge(&stock, drivers, 1, &back);
	assert_string_equal(line_of(&back.dep, "rdma"), "k/rdma.ko: k/nvme-core.ko k/t10.ko");
	assert_string_equal(line_of(&back.dep, "t10"), "k/t10.ko:");
	drivers[0].stock = NULL;
	merge(&stock, drivers, 1, &gone);
	assert_string_equal(line_of(&gone.dep, "rdma"), "k/rdma.ko: k/nvme-core.ko");
	assert_null(line_of(&gone.dep, "t10"));
	assert_reads(&gone.symbols, "symbol:nvme_init=nvme_core@2;");
}

/* --- aliases, symbols --- */

static void shipped_drivers_come_first(void **state)
{
	const struct mf_index_driver drivers[] = {
		{.name = "other", .path = "up/other.ko", .aliases = STRINGS("pci:v00001*", "a-b*")},
		NVME(.aliases = STRINGS("pci:v00001*", "bad[", "of:N\xc3\xa9"),
		     .symbols = STRINGS("t10_crc", "new")),
	};
	MF_CLEANUP(free_folder) struct folder folder = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out = {0};

	(void)state;
	make_folder(&folder, DEP, ALIAS, SYMBOLS);
	merge(&folder.indexes, drivers, 2, &out);
	assert_reads(&out.alias, "a_b*=other@0;pci:v*bc01*=nvme@3;pci:v00001*=other@0;"
				 "pci:v00001*=nvme@1;pci:v00001*=alone@2;");
	assert_reads(&out.symbols, "symbol:new=nvme@1;symbol:nvme_init=nvme_core@2;"
				   "symbol:t10_crc=nvme@1;symbol:t10_crc=t10@5;");
	assert_stable(&out, drivers, 2);
}

static void overlays_add_up_in_either_order(void **state)
{
	const struct mf_index_driver drivers[] = {
		{.name = "one", .path = "up/one.ko", .aliases = STRINGS("pci:v00001*")},
		{.name = "two", .path = "up/two.ko", .aliases = STRINGS("pci:v00001*")},
	};
	static const char *const expected[] = {
		"pci:v*bc01*=nvme@3;pci:v00001*=two@0;pci:v00001*=one@1;pci:v00001*=alone@2;"
		"pci:v00001*=nvme@3;",
		"pci:v*bc01*=nvme@3;pci:v00001*=one@0;pci:v00001*=two@1;pci:v00001*=alone@2;"
		"pci:v00001*=nvme@3;",
	};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		MF_CLEANUP(free_folder) struct folder folder = {0};
		MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged first = {0};
		MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged second = {0};
		struct mf_indexes stock;

		make_folder(&folder, DEP, ALIAS, SYMBOLS);
		merge(&folder.indexes, &drivers[i], 1, &first);
		stock = as_stock(&first);
		merge(&stock, &drivers[1 - i], 1, &second);
		assert_reads(&second.alias, expected[i]);
		assert_string_equal(mf_buf_str(&second.order),
				    i ? "up/one.ko\nup/two.ko\n" : "up/two.ko\nup/one.ko\n");
		assert_string_equal(line_of(&second.dep, "one"), "up/one.ko:");
		assert_string_equal(line_of(&second.dep, "two"), "up/two.ko:");
	}
}

static void nothing_shipped_changes_nothing(void **state)
{
	MF_CLEANUP(free_folder) struct folder folder = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out = {0};

	(void)state;
	make_folder(&folder, DEP, ALIAS, SYMBOLS);
	folder.indexes.order = bytes("a\nb\n");
	merge(&folder.indexes, NULL, 0, &out);
	assert_same(&out.dep, &folder.bins[0]);
	assert_same(&out.alias, &folder.bins[1]);
	assert_same(&out.symbols, &folder.bins[2]);
	assert_string_equal(mf_buf_str(&out.order), "a\nb\n");
	assert_int_equal(out.softdep.len + out.devname.len + out.dep_text.len, 0);
}

/* --- text --- */

static void lines_of_drivers_replace_old_ones(void **state)
{
	const struct mf_index_driver drivers[] = {
		{.name = "loop",
		 .path = "up/loop.ko.xz",
		 .softdep_pre = STRINGS("a", "b"),
		 .softdep_post = STRINGS("c"),
		 .aliases = STRINGS("block-major-7-*", "char-major-10-237", "devname:loop-new",
				    "block-major-7-1")},
		NVME(.softdep_post = STRINGS("d"), .aliases = STRINGS("devname:no-number")),
		{.name = "fuse", .path = "up/fuse.ko"},
	};
	const struct mf_indexes stock = {
		.order = bytes("k/loop.ko\nup/nvme.ko\nk/last.ko"),
		.softdep = bytes("# comment\nsoftdep ext4 pre: crc\nsoftdep loop pre: old\n"
				 "softdep fuse pre: gone\n"),
		.devname = bytes("# nodes\ntun net/tun c10:200\nloop loop-control c10:237\n"),
	};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged bare = {0};

	(void)state;
	merge(&stock, drivers, 3, &out);
	assert_string_equal(mf_buf_str(&out.order),
			    "up/loop.ko\nup/nvme.ko\nup/fuse.ko\nk/loop.ko\nk/last.ko\n");
	assert_string_equal(mf_buf_str(&out.softdep),
			    "# comment\nsoftdep loop pre: a b post: c\nsoftdep nvme post: d\n"
			    "softdep ext4 pre: crc\n");
	assert_string_equal(mf_buf_str(&out.devname),
			    "# nodes\nloop loop-new c10:237\ntun net/tun c10:200\n");
	assert_stable(&out, drivers, 3);
	merge(&(struct mf_indexes){0}, drivers, 1, &bare);
	assert_string_equal(mf_buf_str(&bare.devname),
			    "# Device nodes to trigger on-demand module loading.\n"
			    "loop loop-new c10:237\n");
	assert_stable(&bare, drivers, 1);
}

static void text_is_read_where_there_is_no_index(void **state)
{
	const struct mf_index_driver drivers[] = {
		NVME(.depends = STRINGS("nvme-core"), .aliases = STRINGS("pci-x*", "dmi:a b"),
		     .symbols = STRINGS("t10_crc")),
	};
	const struct mf_indexes stock = {
		.dep_text = bytes("k/nvme.ko: k/nvme-core.ko\nk/nvme-core.ko:\nk/al.ko: k/nvme.ko "
				  "k/nvme-core.ko\nnothing\n"),
		.alias_text = bytes("# Aliases\nalias pci-x* nvme\nalias dmi:Co Ltd:* al\n"
				    "alias pci:v[ al\nalias dmi:a b nvme\n"),
		.symbols_text = bytes("# Symbols\nalias symbol:t10_crc nvme_core\n"),
	};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out = {0};

	(void)state;
	merge(&stock, drivers, 1, &out);
	assert_reads(&out.dep, "al=k/al.ko: up/nvme.ko k/nvme-core.ko@2;"
			       "nvme=up/nvme.ko: k/nvme-core.ko@0;nvme_core=k/nvme-core.ko:@1;");
	assert_string_equal(mf_buf_str(&out.dep_text),
			    "up/nvme.ko: k/nvme-core.ko\nk/nvme-core.ko:\nk/al.ko: up/nvme.ko "
			    "k/nvme-core.ko\n");
	assert_reads(&out.alias, "dmi:Co Ltd:*=al@1;dmi:a b=nvme@0;pci_x*=nvme@0;");
	assert_string_equal(mf_buf_str(&out.alias_text),
			    "# Aliases\nalias pci-x* nvme\nalias dmi:a b nvme\n"
			    "alias dmi:Co Ltd:* al\nalias pci:v[ al\n");
	assert_reads(&out.symbols, "symbol:t10_crc=nvme@0;symbol:t10_crc=nvme_core@1;");
	assert_string_equal(mf_buf_str(&out.symbols_text), "# Symbols\nalias symbol:t10_crc nvme\n"
							   "alias symbol:t10_crc nvme_core\n");
	assert_string_equal(out.stock[0], "k/nvme.ko: k/nvme-core.ko");
	assert_stable(&out, drivers, 1);
}

/* --- what is refused --- */

static void damage_is_named(void **state)
{
	MF_CLEANUP(free_folder) struct folder folder = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out2 = {0};
	struct mf_err err = {0};

	(void)state;
	make_folder(&folder, DEP, ALIAS, SYMBOLS);
	folder.indexes.symbols = bytes("garbage in here");
	assert_int_equal(mf_indexes_merge(&folder.indexes, NULL, 0, &out, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "modules.symbols.bin: "));
	folder.bins[1].data[12] ^= 0x80;
	assert_int_equal(mf_indexes_merge(&folder.indexes, NULL, 0, &out2, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "modules.alias.bin: "));
}

static void names_that_no_line_holds_are_refused(void **state)
{
	const struct mf_index_driver bad[] = {
		{.name = "", .path = "up/a.ko"},
		{.name = "a", .path = "up/a b.ko"},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out = {0};

		assert_int_equal(mf_indexes_merge(&(struct mf_indexes){0}, &bad[i], 1, &out, NULL),
				 -EINVAL);
	}
}

/* Every line names every module, one of them a driver: all would be made anew. */
static void work_is_bounded(void **state)
{
	const struct mf_index_driver driver = {.name = "m0", .path = "up/m0.ko"};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out = {0};
	struct mf_indexes stock = {0};
	struct mf_err err = {0};

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		mf_buf_printf(&text, "m%u.ko:", i);
		for (unsigned int k = 0; k < 1000; k++)
			mf_buf_printf(&text, " m%u.ko", k);
		mf_buf_addc(&text, '\n');
	}
	stock.dep_text = mf_buf_bytes(&text);
	assert_int_equal(mf_indexes_merge(&stock, &driver, 1, &out, &err), -E2BIG);
	assert_non_null(strstr(err.text, "larger than any kernel's"));
}

static void too_many_modules_are_refused(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	MF_CLEANUP(mf_indexes_merged_free) struct mf_indexes_merged out = {0};
	struct mf_indexes stock = {0};

	(void)state;
	for (unsigned int i = 0; i < 70000; i++)
		mf_buf_printf(&text, "m%u.ko:\n", i);
	stock.dep_text = mf_buf_bytes(&text);
	assert_int_equal(mf_indexes_merge(&stock, NULL, 0, &out, NULL), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_replaced_with_all_it_needs),
		cmocka_unit_test(needs_go_through_both_layers),
		cmocka_unit_test(circles_are_cut),
		cmocka_unit_test(what_was_removed_is_forgotten),
		cmocka_unit_test(paths_go_back_to_stock),
		cmocka_unit_test(shipped_drivers_come_first),
		cmocka_unit_test(overlays_add_up_in_either_order),
		cmocka_unit_test(nothing_shipped_changes_nothing),
		cmocka_unit_test(lines_of_drivers_replace_old_ones),
		cmocka_unit_test(text_is_read_where_there_is_no_index),
		cmocka_unit_test(damage_is_named),
		cmocka_unit_test(names_that_no_line_holds_are_refused),
		cmocka_unit_test(work_is_bounded),
		cmocka_unit_test(too_many_modules_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
