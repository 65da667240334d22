// SPDX-License-Identifier: GPL-2.0-or-later
// librpm held at arm's length: one header from hostile bytes, and typed access to its tags.
#pragma once

#include <rpm/header.h>
#include <rpm/rpmtd.h>

#include "lib/base/err.h"

/*
 * Loads librpm, which the program is not linked with; mf_librpm_read does so itself. -ENOENT with
 * what to install.
 */
int mf_librpm_load(struct mf_err *err);

/*
 * Reads the header of the RPM behind fd. Digests and signatures are not looked at, nothing is
 * printed, neither rpm's database nor any configuration is opened. Threads are served one by one.
 * -EBADMSG when it is no RPM or a damaged one (err has no object then), -errno, -ENOMEM; -ENOENT
 * without librpm.
 */
int mf_librpm_read(int fd, uint64_t size, Header *out, struct mf_err *err);

/* Destructor. */
void mf_librpm_header_free(Header *header);

/* The values of a tag, any type, translations not chosen; their number, 0 for none. td must be
 * zeroed or used before. */
size_t mf_librpm_get(Header header, rpmTagVal tag, struct rpmtd_s *td);

/* The i-th value; NULL or 0 where there is none of that type. */
const char *mf_librpm_string(const struct rpmtd_s *td, uint64_t i);
uint64_t mf_librpm_number(const struct rpmtd_s *td, uint64_t i);

/* Destructor. */
void mf_librpm_td_free(struct rpmtd_s *td);
