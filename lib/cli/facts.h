// SPDX-License-Identifier: GPL-2.0-or-later
// The target that a command's options name, with all that is known of its kernels.
#pragma once

#include "lib/cli/command.h"
#include "lib/core/check.h"
#include "lib/core/memory.h"
#include "lib/io/probe.h"

/* Options that `overlay` and `check` share; put them into the command's table. */
#define MF_FACTS_OPTIONS                                                                      \
	{"initrd", 0, "FILE", "the target's initrd: kernel, modules, hook are read from it"}, \
		{"iso", 0, "FILE", "an installer medium: its initrd and kernel are read"},    \
		{"root", 0, "DIR", "an installed system below DIR"},                          \
		{"vmlinuz", 0, "FILE", "the target's kernel image: symbols, keys"},           \
		{"config", 0, "FILE", "the configuration of its kernel (config-RELEASE)"},    \
		{"symvers", 0, "FILE", "Module.symvers of its kernel; may be repeated"},      \
		{"cert", 0, "FILE", "a certificate enrolled there; may be repeated"},         \
		{"secure-boot", 0, NULL, "signatures are enforced there"},                    \
		{"no-headers", 0, NULL, "do not look for kernel headers on this machine"},    \
	{                                                                                     \
		"no-cache", 0, NULL, "read the target anew, remember nothing"                 \
	}

/* Zeroed is empty. */
struct mf_facts {
	struct mf_probe probe;
	struct mf_probe image; /* of --vmlinuz: the probe's kernel borrows from it */
	const char *object;    /* as given: the initrd, medium or root; NULL when there is none */
	struct mf_certs certs; /* of --cert */
	bool has_certs;	       /* --cert was given */
	bool is_enforced;
};

/*
 * Reads the target. Without --initrd, --iso and --root nothing is read. What an option says that
 * contradicts the target itself is refused; headers of this machine that do are left out with a
 * warning. An enum mf_exit.
 */
int mf_facts_read(const struct mf_arguments *arguments, const char *command, struct mf_facts *out,
		  struct mf_err *err);

/*
 * For commands that can do without all that: the kernels that --kernel or --vmlinuz names, of
 * whose modules nothing is known. Does nothing when neither is given. An enum mf_exit.
 */
int mf_facts_read_bare(const struct mf_arguments *arguments, const char *command,
		       struct mf_facts *out, struct mf_err *err);

/* A check of drivers against a kernel of the target, without delivery. */
struct mf_check mf_facts_check(const struct mf_facts *facts, const struct mf_kernel *kernel,
			       const struct mf_selected_list *selected);

/*
 * The loader of an artifact with these hooks (1 << enum mf_hook; 0: by the kernel command line)
 * starts there, or the delivery says which hook it is that nothing runs.
 */
void mf_facts_judge_start(const struct mf_facts *facts, unsigned int hooks,
			  struct mf_delivery *delivery);

/* Warns when a machine needs more than the usual memory to unpack the target's initrd with an
 * overlay behind it. */
void mf_facts_warn_memory(const struct mf_facts *facts, const char *command,
			  const struct mf_memory_part *overlay);

/* Destructor. */
void mf_facts_free(struct mf_facts *facts);
