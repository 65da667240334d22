// SPDX-License-Identifier: GPL-2.0-or-later
// Facts of one kernel module, read from its own ELF file.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/bytes.h"
#include "lib/base/err.h"

/* Strings of a fact with several values; borrowed from the arena. */
struct mf_strings {
	const char **v;
	size_t n;
};

struct mf_param {
	const char *name;
	const char *type;	 /* "int", "charp", "array of int"; NULL when unknown */
	const char *description; /* NULL when there is none */
};

/* An imported or exported symbol. */
struct mf_symbol {
	const char *name;
	uint32_t crc; /* valid when has_crc */
	bool has_crc;
	bool is_gpl;	   /* exports: EXPORT_SYMBOL_GPL */
	const char *space; /* exports: symbol namespace, "" for none, NULL: not readable */
};

struct mf_symbols {
	struct mf_symbol *v;
	size_t n;
};

/* What "needed at boot" means for a module: which root may stand behind it. Bits. */
enum mf_boot_class {
	MF_BOOT_NONE = 0,
	MF_BOOT_STORAGE = 1,
	MF_BOOT_NETWORK = 2,
	MF_BOOT_FILESYSTEM = 4,
};

/* How a module is signed. */
enum mf_signature_state {
	MF_SIGNATURE_NONE,
	MF_SIGNATURE_PRESENT,  /* appended PKCS#7, not verified here */
	MF_SIGNATURE_MALFORMED /* marker without a readable signature: the kernel refuses it always
				*/
};

/* Strings and arrays live in the arena given to mf_module_read; absent ones are NULL or n 0. */
struct mf_module {
	const char *name;  /* '-' folded to '_' */
	const char *arch;  /* uname -m word, "unknown" for a machine that has none here */
	unsigned int bits; /* 32 or 64 */
	enum mf_endian endian;
	const char *version;
	const char *srcversion;
	const char *vermagic;
	const char *license;
	const char *description;
	struct mf_strings aliases;
	struct mf_strings depends;
	struct mf_strings softdep_pre;
	struct mf_strings softdep_post;
	struct mf_strings weakdep;
	struct mf_strings firmware;
	struct mf_strings import_spaces; /* symbol namespaces it asks for (MODULE_IMPORT_NS) */
	struct mf_param *params;
	size_t n_params;
	struct mf_symbols imports; /* only with MF_MODULE_SYMBOLS */
	struct mf_symbols exports; /* only with MF_MODULE_SYMBOLS */
	unsigned int boot_class;   /* enum mf_boot_class bits, from the imported symbols */
	enum mf_signature_state signature;
	const char *signer;   /* common name of the signer, NULL when unsigned or unreadable */
	uint64_t struct_size; /* bytes of its struct module (.gnu.linkonce.this_module) */
	bool is_intree;	      /* intree=Y */
	bool has_btf;	      /* has a .BTF section */
};

/* What to read beyond .modinfo. */
enum mf_module_want {
	MF_MODULE_FACTS = 0,
	MF_MODULE_SYMBOLS = 1, /* fill imports and exports */
};

/*
 * Reads an uncompressed module (32 or 64 bit, either byte order) that was found under file_name.
 * Touches only headers, .modinfo, versions and symbol tables, so a mapped file is not read whole.
 * -EBADMSG for what is no relocatable ELF module or points outside itself, -E2BIG beyond the
 * limits in module.c, -ENOMEM.
 */
int mf_module_read(struct mf_bytes elf, const char *file_name, unsigned int want,
		   struct mf_arena *arena, struct mf_module *out, struct mf_err *err);

/* The kernel release a module was built for: first word of vermagic. NULL without a vermagic. */
const char *mf_module_kernel(const struct mf_module *module, struct mf_arena *arena);

/* uname -m word of an ELF e_machine (include/uapi/linux/elf-em.h); NULL when not known here. */
const char *mf_arch_from_elf(uint16_t machine, unsigned int bits, enum mf_endian endian);

/* Boot class bits of an imported symbol's name: which subsystem a driver registers with. */
unsigned int mf_boot_class_of_symbol(const char *name);

/* "storage", "network", "filesystem", joined with ','; "-" for none. */
const char *mf_boot_class_name(unsigned int boot_class);
