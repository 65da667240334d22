// SPDX-License-Identifier: GPL-2.0-or-later
// Facts of a kernel image itself: release, vermagic, exports with CRCs, configuration, trusted
// certificates.
#pragma once

#include "lib/core/kconfig.h"

/* Certificates that the image trusts, DER, borrowed from the image. */
struct mf_certs {
	struct mf_bytes *v;
	size_t n;
};

/* What was found; what was not is NULL, empty or unknown. Text lives in the arena given. */
struct mf_vmlinux {
	const char *release; /* of "Linux version RELEASE (" */
	const char
		*vermagic; /* as in modules: "6.1.0-56-amd64 SMP preempt mod_unload modversions " */
	const char *arch;  /* uname -m word */
	bool has_exports;  /* its export tables could be read: they are in the symbol table */
	bool has_btf;	   /* it has BTF: modules with BTF are checked against it */
	struct mf_bytes config;	 /* gzip stream of IKCONFIG, borrowed; for lib/io to unpack */
	struct mf_kconfig facts; /* what the image's own code tells: module decompression */
	struct mf_certs certs;
};

/*
 * Reads an uncompressed kernel image: an ELF vmlinux (with section headers, as in a bzImage) or a
 * flat Image (arm64, riscv), which has all but exports. Exports go to *symbols, owner "vmlinux",
 * which becomes complete. -EBADMSG for what is no kernel, -ENOMEM, -E2BIG.
 */
int mf_vmlinux_read(struct mf_bytes image, struct mf_arena *arena, struct mf_symtab *symbols,
		    struct mf_vmlinux *out, struct mf_err *err);
