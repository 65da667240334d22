// SPDX-License-Identifier: GPL-2.0-or-later
// The certificates built into a kernel image.
#pragma once

#include "lib/base/arena.h"
#include "lib/core/elf.h"
#include "lib/core/vmlinux.h"

/* How addresses are written in an image. */
struct mf_image_form {
	unsigned int bits; /* 32 or 64 */
	enum mf_endian endian;
};

/*
 * Finds the image's list of trusted certificates (certs/system_certificates.S); not those it
 * revokes, nor those of other parts. Borrowed from the image. None found: n 0. -ENOMEM.
 */
int mf_keyring_find(struct mf_bytes image, struct mf_image_form form, struct mf_arena *arena,
		    struct mf_certs *out);
