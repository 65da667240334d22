// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel images as they are booted: unpacked, then read by lib/core/vmlinux.
#pragma once

#include "lib/core/kernel.h"

/*
 * Reads a kernel image (x86 bzImage by its boot header, EFI zboot, gzip'ed or flat Image, ELF
 * vmlinux) into *kernel: symbols, vermagic, configuration, certificates, has_image. Facts already
 * there stay, except that another release is refused: -EINVAL. Text and bytes live in the arena.
 * -EBADMSG for what is no kernel image; err names what was expected.
 */
int mf_vmlinuz_read(struct mf_bytes file, struct mf_arena *arena, struct mf_kernel *kernel,
		    struct mf_err *err);

/*
 * Joins what is known of an image (a kernel of its own, read as above) with a target's kernel, by
 * the same rules. Text and bytes are borrowed from the image. -EINVAL for another kernel, -ENOMEM.
 */
int mf_vmlinuz_join(const struct mf_kernel *image, struct mf_kernel *kernel, struct mf_err *err);

/* The same for a file, and for a configuration: "config-RELEASE", gzip'ed or not. */
int mf_vmlinuz_read_file(const char *path, struct mf_arena *arena, struct mf_kernel *kernel,
			 struct mf_err *err);
int mf_config_read_file(const char *path, struct mf_kernel *kernel, struct mf_err *err);

/* Module.symvers, plain or compressed (.gz, .xz, .zst), into the kernel's symbols. */
int mf_symvers_read_file(const char *path, struct mf_kernel *kernel, struct mf_err *err);
