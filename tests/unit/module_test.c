// SPDX-License-Identifier: GPL-2.0-or-later
// Facts of modules: every class and byte order, symbols, and damage at any byte.
#include <errno.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/btf.h"
#include "lib/core/module.h"
#include "tests/unit/elfmake.h"

static const char *const modinfo[] = {
	"version=9.9-upd",
	"srcversion=0123456789ABCDEF",
	"license=GPL",
	"alias=virtio:d00000002v*",
	"alias=pci:v00001AF4d*sv*sd*bc*sc*i*",
	"softdep=pre: crc32c zlib post: sd-mod",
	"weakdep=rfkill",
	"firmware=vendor/fw one.bin",
	"parm=queue_depth:Depth of: a queue",
	"parmtype=queue_depth:uint",
	"depends=virtio,virtio_ring",
	"vermagic=6.1.0-56-amd64 SMP preempt mod_unload modversions ",
	"name=virtio-blk",
	"intree=Y",
	NULL,
};
static const struct elfmake_symbol imports[] = {
	{"module_layout", 0x11223344}, {"__blk_mq_alloc_disk", 0xdeadbeef}, {NULL, 0}};
static const struct elfmake_symbol exports[] = {
	{"zz_last", 7}, {"aa_first", 0x01020304}, {NULL, 0}};

struct machine {
	unsigned int bits;
	enum mf_endian endian;
	uint16_t machine;
	const char *arch;
};

static const struct machine machines[] = {
	{64, MF_LITTLE, EM_X86_64, "x86_64"},
	{64, MF_BIG, EM_S390, "s390x"},
	{32, MF_LITTLE, EM_ARM, "armv7l"},
	{32, MF_BIG, EM_PPC, "ppc"},
};

static void make(struct mf_buf *out, const struct machine *machine, bool no_versions)
{
	elfmake(out, &(struct elfmake){.bits = machine->bits,
				       .endian = machine->endian,
				       .machine = machine->machine,
				       .modinfo = modinfo,
				       .imports = imports,
				       .exports = exports,
				       .no_versions = no_versions});
}

static void check_facts(const struct mf_module *module, const struct machine *machine)
{
	assert_string_equal(module->name, "virtio_blk");
	assert_string_equal(module->arch, machine->arch);
	assert_int_equal(module->bits, machine->bits);
	assert_string_equal(module->version, "9.9-upd");
	assert_string_equal(module->srcversion, "0123456789ABCDEF");
	assert_int_equal(module->aliases.n, 2);
	assert_string_equal(module->aliases.v[0], "virtio:d00000002v*");
	assert_int_equal(module->depends.n, 2);
	assert_string_equal(module->depends.v[1], "virtio_ring");
	assert_int_equal(module->softdep_pre.n, 2);
	assert_string_equal(module->softdep_pre.v[1], "zlib");
	assert_int_equal(module->softdep_post.n, 1);
	assert_string_equal(module->softdep_post.v[0], "sd-mod");
	assert_int_equal(module->weakdep.n, 1);
	assert_string_equal(module->firmware.v[0], "vendor/fw one.bin");
	assert_int_equal(module->n_params, 1);
	assert_string_equal(module->params[0].type, "uint");
	assert_string_equal(module->params[0].description, "Depth of: a queue");
	assert_int_equal(module->boot_class, MF_BOOT_STORAGE);
	assert_int_equal(module->signature, MF_SIGNATURE_NONE);
	assert_true(module->is_intree);
}

static void reads_every_class_and_byte_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};
		struct mf_module module;
		struct mf_err err = {0};

		make(&elf, &machines[i], false);
		assert_int_equal(mf_module_read(mf_buf_bytes(&elf), "x.ko", MF_MODULE_SYMBOLS,
						&arena, &module, &err),
				 0);
		check_facts(&module, &machines[i]);
		assert_string_equal(mf_module_kernel(&module, &arena), "6.1.0-56-amd64");
		assert_int_equal(module.imports.n, 2);
		assert_string_equal(module.imports.v[0].name, "__blk_mq_alloc_disk");
		assert_int_equal(module.imports.v[0].crc, 0xdeadbeef);
		assert_int_equal(module.exports.n, 2);
		assert_string_equal(module.exports.v[0].name, "aa_first");
		assert_true(module.exports.v[0].has_crc);
		assert_int_equal(module.exports.v[0].crc, 0x01020304);
	}
}

static void classifies_without_modversions(void **state)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};
	struct mf_module module;

	(void)state;
	make(&elf, &machines[0], true);
	assert_int_equal(mf_module_read(mf_buf_bytes(&elf), "x.ko", MF_MODULE_SYMBOLS, &arena,
					&module, NULL),
			 0);
	assert_int_equal(module.boot_class, MF_BOOT_STORAGE);
	assert_int_equal(module.imports.n, 2);
	assert_false(module.imports.v[0].has_crc);
}

static void survives_a_cut_at_any_byte(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};

	(void)state;
	make(&elf, &machines[0], false);
	for (size_t n = 0; n < elf.len; n++) {
		MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
		MF_CLEANUP(mf_free_ptr) uint8_t *cut = malloc(n ? n : 1);
		struct mf_module module;
		struct mf_err err = {0};

		assert_non_null(cut);
		memcpy(cut, elf.data, n); /* an own block: the sanitizer sees each byte beyond */
		assert_int_equal(mf_module_read((struct mf_bytes){cut, n}, "x.ko",
						MF_MODULE_SYMBOLS, &arena, &module, &err),
				 -EBADMSG);
		assert_true(err.text[0] != '\0');
	}
}

static void survives_any_flipped_byte(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};

	(void)state;
	make(&elf, &machines[3], false);
	for (size_t i = 0; i < elf.len; i++) {
		MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
		struct mf_module module;

		elf.data[i] ^= 0xff;
		(void)mf_module_read(mf_buf_bytes(&elf), "x.ko", MF_MODULE_SYMBOLS, &arena, &module,
				     NULL);
		elf.data[i] ^= 0xff;
	}
}

static void names_come_from_the_file_when_the_module_has_none(void **state)
{
	static const char *const nameless[] = {"license=GPL", NULL};
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};
	struct mf_module module;

	(void)state;
	elfmake(&elf, &(struct elfmake){.bits = 64, .machine = EM_X86_64, .modinfo = nameless});
	assert_int_equal(
		mf_module_read(mf_buf_bytes(&elf), "/a/snd-hda.ko.xz", 0, &arena, &module, NULL),
		0);
	assert_string_equal(module.name, "snd_hda");
	assert_int_equal(mf_module_read(mf_buf_bytes(&elf), "/a/b c.ko", 0, &arena, &module, NULL),
			 -EBADMSG);
	assert_int_equal(mf_module_read(mf_buf_bytes(&elf), "/a/readme", 0, &arena, &module, NULL),
			 -EBADMSG);
}

static void classes_of_what_drivers_register(void **state)
{
	static const struct {
		const char *symbol;
		unsigned int class;
	} cases[] = {
		{"__blk_alloc_disk", MF_BOOT_STORAGE},
		{"__mdiobus_register", MF_BOOT_NETWORK},
		{"ata_host_activate", MF_BOOT_STORAGE},
		{"device_add_disk", MF_BOOT_STORAGE},
		{"ieee80211_register_hw", MF_BOOT_NETWORK},
		{"nvme_init_ctrl", MF_BOOT_STORAGE},
		{"register_filesystem", MF_BOOT_FILESYSTEM},
		{"register_netdev", MF_BOOT_NETWORK},
		{"scsi_add_host_with_dma", MF_BOOT_STORAGE},
		{"usbnet_probe", MF_BOOT_NETWORK},
		{"wiphy_register", MF_BOOT_NETWORK},
		{"printk", MF_BOOT_NONE},
		{"", MF_BOOT_NONE},
		{"~", MF_BOOT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(mf_boot_class_of_symbol(cases[i].symbol), cases[i].class);
	assert_string_equal(mf_boot_class_name(MF_BOOT_STORAGE | MF_BOOT_FILESYSTEM),
			    "storage,filesystem");
}

static void btf_goes_and_the_rest_stays(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
		struct mf_module module;

		elf.len = 0;
		elfmake(&elf, &(struct elfmake){.bits = machines[i].bits,
						.endian = machines[i].endian,
						.machine = machines[i].machine,
						.modinfo = modinfo,
						.imports = imports,
						.btf = true});
		assert_int_equal(
			mf_module_read(mf_buf_bytes(&elf), "x.ko", 0, &arena, &module, NULL), 0);
		assert_true(module.has_btf);
		assert_int_equal(mf_module_drop_btf(elf.data, elf.len), 1);
		assert_int_equal(
			mf_module_read(mf_buf_bytes(&elf), "x.ko", 0, &arena, &module, NULL), 0);
		assert_false(module.has_btf);
		check_facts(&module, &machines[i]);
		assert_int_equal(mf_module_drop_btf(elf.data, elf.len), 0);
	}
	assert_int_equal(mf_module_drop_btf((uint8_t[]){1, 2, 3}, 3), 0);
}

static void a_marker_without_signature_is_malformed(void **state)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf elf = {0};
	struct mf_module module;

	(void)state;
	make(&elf, &machines[0], false);
	mf_buf_add(&elf, "\0\0\2\0\0\0\0\0\xff\xff\xff\xff", 12);
	mf_buf_adds(&elf, "~Module signature appended~\n");
	assert_int_equal(mf_module_read(mf_buf_bytes(&elf), "x.ko", 0, &arena, &module, NULL), 0);
	assert_int_equal(module.signature, MF_SIGNATURE_MALFORMED);
	assert_null(module.signer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_class_and_byte_order),
		cmocka_unit_test(classifies_without_modversions),
		cmocka_unit_test(survives_a_cut_at_any_byte),
		cmocka_unit_test(survives_any_flipped_byte),
		cmocka_unit_test(names_come_from_the_file_when_the_module_has_none),
		cmocka_unit_test(classes_of_what_drivers_register),
		cmocka_unit_test(btf_goes_and_the_rest_stays),
		cmocka_unit_test(a_marker_without_signature_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
