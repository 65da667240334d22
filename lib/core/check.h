// SPDX-License-Identifier: GPL-2.0-or-later
// Verdicts: whether a driver will load on a target's kernel, with every reason, before it boots.
#pragma once

#include "lib/core/kernel.h"
#include "lib/core/select.h"
#include "lib/core/verify.h"

/* In the order of gravity: the verdict of a driver is the gravest of its reasons. */
enum mf_verdict { MF_VERDICT_LOADS, MF_VERDICT_UNKNOWN, MF_VERDICT_FAILS };

enum mf_reason_code {
	MF_REASON_MALFORMED,
	MF_REASON_ARCH,
	MF_REASON_MODULE_ABI,
	MF_REASON_SYMBOL_CRC,
	MF_REASON_SYMBOL_MISSING,
	MF_REASON_SYMBOL_UNKNOWN,
	MF_REASON_SYMBOL_GPL,
	MF_REASON_SYMBOL_NAMESPACE,
	MF_REASON_SYMBOL_DUPLICATE,
	MF_REASON_BTF_MISMATCH,
	MF_REASON_DEPENDENCY_MISSING,
	MF_REASON_COMPRESSION,
	MF_REASON_UNSIGNED,
	MF_REASON_SIGNATURE_BAD,
	MF_REASON_SIGNER_UNKNOWN,
	MF_REASON_BUILTIN,
	MF_REASON_BLACKLISTED,
	MF_REASON_NAME_SHADOWED,
	MF_REASON_ALIAS_SHADOWED,
	MF_REASON_PLACEMENT,
	MF_REASON_ARCHIVE_ALIGNMENT,
	MF_REASON_ARCHIVE_DIRECTORY,
	MF_REASON_ARCHIVE_PARENT,
	MF_REASON_ARCHIVE_COMPRESSION,
	MF_REASON_FIRMWARE_MISSING,
	MF_REASON_OTHER_RELEASE, /* a note: built for another release, and loads nevertheless */
};

struct mf_reason {
	enum mf_reason_code code;
	enum mf_verdict weight; /* what it does to the verdict; LOADS: a note */
	const char *text;	/* what is wrong, one sentence without full stop */
	const char *advice;	/* what to do, NULL when nothing is known */
};

struct mf_reasons {
	struct mf_reason *v;
	size_t n;
};

struct mf_driver_check {
	const struct mf_selected *selected;
	const struct mf_kernel *kernel; /* it was judged for; borrowed from what was asked */
	enum mf_verdict verdict;
	enum mf_answer trusted; /* whether a key known to be trusted there signed it; unknown where
				   it has no signature, the keys are not known or nobody looks */
	struct mf_reasons reasons;
};

/* How an artifact gets its drivers loaded. */
struct mf_delivery {
	bool has_loader;	   /* modferry-load is started there */
	struct mf_indexes indexes; /* merged indexes for this kernel, empty when there are none */
	bool is_first;		   /* the indexes there will name its drivers first */
	bool is_loose;		   /* modules alone (a folder): as if loaded by hand, in order */
	bool is_by_name;	   /* an installer puts each in front of its twin and loads it by
				      name, when udev has given devices to stock modules */
	const char *idle_hook;	   /* name of the loader's hook where nothing there is known to run
				      it; has_loader is false then */
	const char *framework;	   /* of the initramfs, NULL: not known */
};

/* What is asked. */
struct mf_check {
	const struct mf_kernel *kernel;
	const struct mf_selected_list *selected; /* for that kernel; prepared: content is there */
	const struct mf_strings *blacklist;	 /* module names, sorted; may be NULL */
	const struct mf_strings *firmware;	 /* of the target; may be NULL */
	struct mf_delivery delivery;
	unsigned int reads; /* enum mf_reads of the target's kmod, 0: not known */
	bool is_enforced;   /* signatures are enforced there (--secure-boot, sig_enforce) */
	const struct mf_certs *certs; /* trusted besides the image's own (a MOK); NULL: not known */
};

/* Verdicts of all drivers, in their order. */
struct mf_checked {
	struct mf_arena arena;
	struct mf_driver_check *v;
	size_t n;
	struct mf_reasons archive; /* of the artifact itself, not of one driver */
	enum mf_verdict verdict;   /* gravest of all */
};

/*
 * Judges each driver by the rules of the kernel (kernel/module/main.c) and adds it to *out, whose
 * verdict follows. 0 or -ENOMEM.
 */
int mf_check_drivers(const struct mf_check *check, struct mf_checked *out);

/* Adds a reason to a list in the arena; its texts live there, too. 0 or -ENOMEM. */
int mf_reason_add(struct mf_arena *arena, struct mf_reasons *reasons,
		  const struct mf_reason *reason);

/* "loads", "symbol-crc": words of modferry-check(1). */
const char *mf_verdict_name(enum mf_verdict verdict);
const char *mf_reason_name(enum mf_reason_code code);

/* Destructor. */
void mf_checked_free(struct mf_checked *checked);
