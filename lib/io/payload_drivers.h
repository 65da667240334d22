// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel modules in the payload of a package, or beside packages on a disk.
#pragma once

#include "lib/base/buf.h"
#include "lib/core/drvset.h"

/* Modules being read; zeroed but for what is asked. */
struct mf_payload_drivers {
	struct mf_arena *arena;
	const char *spool; /* path of each driver: the file that holds it */
	bool is_whole;	   /* symbols and sha256 of each, too */
	bool is_kept;	   /* and its content, in the arena */
	struct mf_driver *v;
	size_t n;
	struct mf_buf scratch; /* the module read last, uncompressed; the caller frees it */
};

/*
 * Reads the facts of one module. What is none though its name says so has the reason in
 * `malformed`. 0 or -ENOMEM.
 */
int mf_payload_read_module(struct mf_payload_drivers *drivers, const char *name,
			   struct mf_bytes content, struct mf_driver *out);

/* For walks of payloads (lib/io/payload.h), data: a struct mf_payload_drivers that they add to. */
bool mf_payload_is_module(void *data, const char *path);
int mf_payload_add_module(void *data, const char *path, struct mf_bytes content);
