// SPDX-License-Identifier: GPL-2.0-or-later
// Verdicts: each reason from a module and a kernel that differ in one thing.
#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/check.h"
#include "tests/unit/drvmake.h"
#include "tests/unit/elfmake.h"

#define RELEASE	 "6.1.0-56-amd64"
#define FLAGS	 " SMP preempt mod_unload modversions "
#define VERMAGIC RELEASE FLAGS

#define LAYOUT                              \
	{                                   \
		"module_layout", 0x11111111 \
	}
#define END             \
	{               \
		NULL, 0 \
	}

/* One module against one kernel; zeroed fields are those of a good pair. */
struct scene {
	const char *vermagic; /* "" for none */
	const char *license;
	const char *const *more; /* more of .modinfo */
	const struct elfmake_symbol *imports;
	const struct elfmake_symbol *exports;
	bool no_versions;
	bool btf;
	uint16_t machine;
	size_t cut;		  /* bytes cut off at the end */
	const char *target_arch;  /* of the kernel */
	const char *target_magic; /* "" for not known */
	const char *release;	  /* of the kernel, where it is not Debian's */
	struct mf_kconfig config;
	bool is_incomplete; /* not all symbols of the kernel are known */
	bool is_enforced;
	bool is_loaderless;
	enum mf_compression compression;
	struct mf_strings blacklist;
	const char *stock; /* name of a stock module */
	const char *builtin;
	const char *builtin_modinfo;
	size_t n_builtin_modinfo;
};

struct world {
	struct mf_drvset set;
	struct mf_kernel kernel;
	struct mf_stock_module stock;
	struct mf_checked checked;
	struct mf_buf elf;
};

static void close_world(struct world *world)
{
	mf_checked_free(&world->checked);
	mf_symtab_free(&world->kernel.symbols);
	mf_buf_free(&world->elf);
	mf_drvset_free(&world->set);
}

static void make_module(struct world *world, const struct scene *scene)
{
	static const struct elfmake_symbol usual[] = {LAYOUT, {"printk", 0x22222222}, END};
	const char *modinfo[16] = {"name=drv", "depends="};
	size_t n = 2;
	char vermagic[128], license[64];

	snprintf(vermagic, sizeof(vermagic), "vermagic=%s",
		 scene->vermagic ? scene->vermagic : VERMAGIC);
	snprintf(license, sizeof(license), "license=%s", scene->license ? scene->license : "GPL");
	if (!scene->vermagic || *scene->vermagic)
		modinfo[n++] = vermagic;
	modinfo[n++] = license;
	for (size_t i = 0; scene->more && scene->more[i]; i++)
		modinfo[n++] = scene->more[i];
	elfmake(&world->elf,
		&(struct elfmake){.bits = 64,
				  .endian = MF_LITTLE,
				  .machine = scene->machine ? scene->machine : EM_X86_64,
				  .modinfo = modinfo,
				  .imports = scene->imports ? scene->imports : usual,
				  .exports = scene->exports,
				  .no_versions = scene->no_versions,
				  .btf = scene->btf});
	assert_int_equal(mf_buf_status(&world->elf), 0);
	world->elf.len -= scene->cut;
}

static void add_symbol(struct world *world, const struct mf_export *export)
{
	assert_int_equal(mf_symtab_add(&world->kernel.symbols, export), 0);
}

static void make_kernel(struct world *world, const struct scene *scene)
{
	static const struct mf_export exports[] = {
		{"module_layout", "vmlinux", NULL, "", 0x11111111, true, MF_ANSWER_NO},
		{"printk", "vmlinux", NULL, "", 0x22222222, true, MF_ANSWER_NO},
		{"gpl_only", "vmlinux", NULL, "", 0x33333333, true, MF_ANSWER_YES},
		{"in_space", "vmlinux", NULL, "SPACE", 0x44444444, true, MF_ANSWER_NO},
		{"of_stock", "stock", "drivers/x/stock", "", 0x55555555, true, MF_ANSWER_NO},
		{"seen_only", NULL, NULL, NULL, 0x66666666, true, MF_ANSWER_UNKNOWN},
		{"for_drv", "vmlinux", NULL, "module:a,drv", 0x77777777, true, MF_ANSWER_NO},
		{"for_globbed", "vmlinux", NULL, "module:x*,dr*", 0x77777777, true, MF_ANSWER_NO},
		{"for_others", "vmlinux", NULL, "module:dr,drvx,r*", 0x77777777, true,
		 MF_ANSWER_NO},
	};
	struct mf_kernel *kernel = &world->kernel;

	kernel->release = scene->release ? scene->release : RELEASE;
	kernel->arch = scene->target_arch ? scene->target_arch : "x86_64";
	kernel->vermagic = scene->target_magic ? scene->target_magic : VERMAGIC;
	if (!*kernel->vermagic)
		kernel->vermagic = NULL;
	kernel->folder = "lib/modules/" RELEASE;
	kernel->config = scene->config;
	for (size_t i = 0; i < sizeof(exports) / sizeof(exports[0]); i++)
		add_symbol(world, &exports[i]);
	kernel->symbols.is_complete = !scene->is_incomplete;
	if (scene->stock) {
		world->stock = (struct mf_stock_module){.name = scene->stock,
							.path = "kernel/drivers/x/stock.ko"};
		kernel->modules = &world->stock;
		kernel->n_modules = 1;
	}
	if (scene->builtin)
		kernel->builtin = (struct mf_bytes){(const uint8_t *)scene->builtin,
						    strlen(scene->builtin)};
	if (scene->builtin_modinfo)
		kernel->builtin_modinfo = (struct mf_bytes){(const uint8_t *)scene->builtin_modinfo,
							    scene->n_builtin_modinfo};
}

/* Judges; the text is "VERDICT code:weight…". */
static const char *judge(struct world *world, const struct scene *scene)
{
	struct mf_driver *driver = drvmake(&world->set, "pkg", "1", RELEASE, "drv");
	struct mf_selected one = {world->set.packages, world->set.packages->builds, driver};
	struct mf_selected_list list = {&one, 1};
	struct mf_check check = {.kernel = &world->kernel,
				 .selected = &list,
				 .blacklist = &scene->blacklist,
				 .delivery = {.has_loader = !scene->is_loaderless},
				 .is_enforced = scene->is_enforced};
	const struct mf_reasons *reasons;
	const char *text;

	make_module(world, scene);
	make_kernel(world, scene);
	driver->content = mf_buf_bytes(&world->elf);
	driver->compression = scene->compression;
	assert_int_equal(mf_check_drivers(&check, &world->checked), 0);
	assert_int_equal(world->checked.n, 1);
	reasons = &world->checked.v[0].reasons;
	text = mf_verdict_name(world->checked.v[0].verdict);
	for (size_t i = 0; i < reasons->n; i++) {
		if (reasons->v[i].code == MF_REASON_UNSIGNED &&
		    reasons->v[i].weight == MF_VERDICT_LOADS)
			continue; /* the note that every module here gets */
		text = mf_arena_printf(&world->set.arena, "%s %s", text,
				       mf_reason_name(reasons->v[i].code));
	}
	return text;
}

static void expect(const char *expected, const struct scene *scene)
{
	MF_CLEANUP(close_world) struct world world = {0};

	assert_string_equal(judge(&world, scene), expected);
}

#define SCENE(expected, ...) expect(expected, &(struct scene){__VA_ARGS__})
#define IMPORTS(...)                               \
	.imports = (const struct elfmake_symbol[]) \
	{                                          \
		LAYOUT, __VA_ARGS__, END           \
	}
#define EXPORTS(...)                               \
	.exports = (const struct elfmake_symbol[]) \
	{                                          \
		__VA_ARGS__, END                   \
	}
#define MORE(...)                     \
	.more = (const char *const[]) \
	{                             \
		__VA_ARGS__, NULL     \
	}

static void test_good(void **state)
{
	(void)state;
	SCENE("loads", 0);
	SCENE("loads", IMPORTS({"gpl_only", 0x33333333}));
	SCENE("loads", IMPORTS({"of_stock", 0x55555555}), .stock = "stock");
	SCENE("loads", IMPORTS({"seen_only", 0x66666666}), MORE("import_ns=SPACE"));
	SCENE("loads", IMPORTS({"in_space", 0x44444444}), MORE("import_ns=SPACE"));
}

static void test_form(void **state)
{
	(void)state;
	SCENE("fails malformed", .cut = 1);
	SCENE("fails malformed", .cut = 600);
	SCENE("fails arch", .machine = EM_AARCH64);
	SCENE("loads", .target_arch = "amd64");
}

static void test_vermagic(void **state)
{
	MF_CLEANUP(close_world) struct world world = {0};

	(void)state;
	/* without flags and blank, nothing of what stands behind it in the file is shown */
	judge(&world, &(struct scene){.vermagic = RELEASE "x"});
	assert_non_null(
		strstr(world.checked.v[0].reasons.v[1].text, "with the vermagic flags \"\","));
	SCENE("loads other-release", .vermagic = "6.1.0-50-amd64" FLAGS);
	SCENE("fails module-abi", .vermagic = RELEASE " SMP mod_unload modversions ");
	SCENE("fails module-abi", .vermagic = "6.1.0-50-amd64 SMP mod_unload ",
	      .target_magic = RELEASE " SMP mod_unload ");
	SCENE("unknown module-abi", .target_magic = "");
	SCENE("unknown module-abi", .vermagic = "");
	SCENE("fails module-abi", .vermagic = "", .config.force_load = MF_ANSWER_NO);
	SCENE("loads module-abi", .vermagic = "", .config.force_load = MF_ANSWER_YES);
	SCENE("fails module-abi symbol-crc",
	      .imports = (const struct elfmake_symbol[]){{"module_layout", 1}, END});
}

static void test_versions(void **state)
{
	(void)state;
	SCENE("unknown module-abi", .no_versions = true);
	SCENE("fails module-abi", .no_versions = true, .config.force_load = MF_ANSWER_NO);
	SCENE("loads module-abi", .no_versions = true, .config.force_load = MF_ANSWER_YES);
	SCENE("fails symbol-crc", IMPORTS({"printk", 7}));
	/* of two versions for one symbol the first counts */
	SCENE("loads", IMPORTS({"printk", 0x22222222}, {"printk", 7}));
	SCENE("fails symbol-crc", IMPORTS({"printk", 7}, {"printk", 0x22222222}));
	/* one without a version among others: Debian's kernels refuse it, others warn */
	SCENE("fails symbol-crc", IMPORTS({"printk", 0}));
	SCENE("unknown symbol-crc", IMPORTS({"printk", 0}), .release = "6.12.0-55.el10.x86_64");
	SCENE("unknown symbol-crc", IMPORTS({"printk", 0}), .release = "6.8.0-60-generic");
	SCENE("loads", IMPORTS({"printk", 7}), .vermagic = RELEASE " SMP ",
	      .target_magic = RELEASE " SMP ");
}

static void test_symbols(void **state)
{
	(void)state;
	SCENE("fails symbol-missing", IMPORTS({"nowhere", 7}));
	SCENE("unknown symbol-unknown", IMPORTS({"nowhere", 7}), .is_incomplete = true);
	SCENE("fails symbol-gpl", IMPORTS({"gpl_only", 0x33333333}), .license = "Proprietary");
	SCENE("unknown symbol-unknown symbol-namespace", IMPORTS({"seen_only", 0x66666666}),
	      .license = "Proprietary");
	SCENE("unknown symbol-namespace", IMPORTS({"in_space", 0x44444444}));
	SCENE("fails symbol-namespace", IMPORTS({"in_space", 0x44444444}),
	      .config.allow_missing_space = MF_ANSWER_NO);
	SCENE("loads", IMPORTS({"in_space", 0x44444444}),
	      .config.allow_missing_space = MF_ANSWER_YES);
	SCENE("fails symbol-duplicate", EXPORTS({"printk", 7}));
	SCENE("unknown symbol-duplicate", EXPORTS({"of_stock", 7}), .stock = "stock");
	SCENE("unknown symbol-duplicate", EXPORTS({"seen_only", 7}));
	SCENE("loads", EXPORTS({"new_one", 7}));
	SCENE("unknown symbol-duplicate", EXPORTS({"new_one", 7}), .is_incomplete = true);
	/* a namespace that names modules is open to these */
	SCENE("loads", IMPORTS({"for_drv", 0x77777777}));
	SCENE("loads", IMPORTS({"for_globbed", 0x77777777}));
	SCENE("unknown symbol-namespace", IMPORTS({"for_others", 0x77777777}));
}

/* Undefined symbols that no kernel exports: the linker's own. */
static void test_linker_symbols(void **state)
{
	(void)state;
	SCENE("loads", IMPORTS({"_GLOBAL_OFFSET_TABLE_", 0}));
	SCENE("loads", IMPORTS({".TOC.", 0}), .machine = EM_PPC64, .target_arch = "ppc64le");
	SCENE("fails symbol-missing", IMPORTS({".TOC.", 0}));
}

static void test_dependencies(void **state)
{
	(void)state;
	SCENE("fails dependency-missing", IMPORTS({"of_stock", 0x55555555}));
	SCENE("loads", IMPORTS({"of_stock", 0x55555555}), .builtin = "kernel/drivers/x/stock.ko\n");
	SCENE("fails dependency-missing", MORE("depends=gone"), .builtin = "kernel/a/b.ko\n");
	/* each that is missing, once */
	SCENE("fails dependency-missing dependency-missing", IMPORTS({"of_stock", 0x55555555}),
	      MORE("depends=stock,gone"), .builtin = "kernel/a/b.ko\n");
}

/* Loose modules are judged for each kernel: what one made of them is nothing to the next. */
static void test_two_kernels(void **state)
{
	static const char *const user_info[] = {"name=user", "depends=drv", "license=GPL",
						"vermagic=" VERMAGIC, NULL};
	static const struct elfmake_symbol imports[] = {LAYOUT, END};
	const struct elfmake user = {.bits = 64,
				     .endian = MF_LITTLE,
				     .machine = EM_X86_64,
				     .modinfo = user_info,
				     .imports = imports};
	MF_CLEANUP(close_world) struct world world = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};
	struct mf_selected both[2];
	struct mf_selected_list first = {both, 2}, second;
	struct mf_check check = {
		.kernel = &world.kernel, .selected = &first, .delivery = {.is_loose = true}};

	(void)state;
	make_module(&world, &(struct scene){0});
	make_kernel(&world, &(struct scene){0});
	elfmake(&elf, &user);
	drvmake(&world.set, "pkg", "1", RELEASE, "drv");
	drvmake(&world.set, "pkg", "1", RELEASE, "user");
	for (size_t i = 0; i < 2; i++)
		both[i] = (struct mf_selected){world.set.packages, world.set.packages->builds,
					       &world.set.packages->builds->drivers[i]};
	world.set.packages->builds->drivers[0].content = mf_buf_bytes(&world.elf);
	world.set.packages->builds->drivers[1].content = mf_buf_bytes(&elf);
	world.kernel.arch = "s390x";
	assert_int_equal(mf_check_drivers(&check, &world.checked), 0);
	assert_int_equal(world.checked.v[0].verdict, MF_VERDICT_FAILS);
	world.kernel.arch = "x86_64";
	second = first;
	check.selected = &second;
	assert_int_equal(mf_check_drivers(&check, &world.checked), 0);
	assert_int_equal(world.checked.n, 4);
	assert_int_equal(world.checked.v[2].verdict, MF_VERDICT_LOADS);
	assert_int_equal(world.checked.v[3].verdict, MF_VERDICT_LOADS);
}

static void test_place(void **state)
{
	static const char plain[] = "other.license=GPL\0drv.license=GPL";
	static const char with_param[] = "drv.license=GPL\0drv.parmtype=x:int";

	(void)state;
	SCENE("unknown builtin", .builtin = "kernel/drivers/x/drv.ko\n");
	SCENE("unknown builtin", .builtin = "kernel/drivers/x/drv.ko\n", .builtin_modinfo = plain,
	      .n_builtin_modinfo = sizeof(plain));
	SCENE("fails builtin", .builtin = "kernel/drivers/x/drv.ko\n",
	      .builtin_modinfo = with_param, .n_builtin_modinfo = sizeof(with_param));
	SCENE("loads blacklisted", .blacklist = DRVMAKE_STRINGS("aaa", "drv"));
	SCENE("fails blacklisted placement", .blacklist = DRVMAKE_STRINGS("drv"),
	      .is_loaderless = true);
	SCENE("loads firmware-missing", MORE("firmware=a.bin"));
}

static void test_signature(void **state)
{
	(void)state;
	SCENE("fails unsigned", .is_enforced = true);
	SCENE("fails unsigned", .config.sig_force = MF_ANSWER_YES);
	SCENE("loads", .is_enforced = true, .config.sig = MF_ANSWER_NO);
}

static void test_compression(void **state)
{
	(void)state;
	SCENE("unknown compression", .compression = MF_COMPRESSION_XZ);
	SCENE("fails compression", .compression = MF_COMPRESSION_XZ,
	      .config.decompress = MF_ANSWER_NO);
	SCENE("fails compression", .compression = MF_COMPRESSION_XZ,
	      .config.decompress = MF_ANSWER_YES, .config.compress_xz = MF_ANSWER_NO);
	SCENE("loads", .compression = MF_COMPRESSION_XZ, .config.decompress = MF_ANSWER_YES,
	      .config.compress_xz = MF_ANSWER_YES);
}

static void test_btf(void **state)
{
	(void)state;
	SCENE("loads", .btf = true);
	SCENE("unknown other-release btf-mismatch", .btf = true,
	      .vermagic = "6.1.0-50-amd64" FLAGS);
	SCENE("loads other-release", .btf = true, .vermagic = "6.1.0-50-amd64" FLAGS,
	      .config.btf_modules = MF_ANSWER_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	    cmocka_unit_test(test_form),
		cmocka_unit_test(test_vermagic),    cmocka_unit_test(test_versions),
		cmocka_unit_test(test_symbols),	    cmocka_unit_test(test_dependencies),
		cmocka_unit_test(test_place),	    cmocka_unit_test(test_signature),
		cmocka_unit_test(test_compression), cmocka_unit_test(test_btf),
		cmocka_unit_test(test_two_kernels), cmocka_unit_test(test_linker_symbols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
