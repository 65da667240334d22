// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: the parts of each installer.
#pragma once

#include "lib/cli/check_disk.h"

/* Reasons that the installer's own rules give, of its drivers and of the disk. 0 or -ENOMEM. */
int mf_anaconda_reasons(struct mf_disk_run *run, struct mf_disk_judged *judged);
int mf_linuxrc_reasons(struct mf_disk_run *run, struct mf_disk_judged *judged);
int mf_agama_reasons(struct mf_disk_run *run, struct mf_disk_judged *judged);
int mf_debian_reasons(struct mf_disk_run *run, struct mf_disk_judged *judged);

/* Tables and JSON: struct mf_disk_installer. */
int mf_anaconda_print(const struct mf_disk_run *run, const struct mf_disk_judged *judged);
int mf_linuxrc_print(const struct mf_disk_run *run, const struct mf_disk_judged *judged);
int mf_agama_print(const struct mf_disk_run *run, const struct mf_disk_judged *judged);
int mf_debian_print(const struct mf_disk_run *run, const struct mf_disk_judged *judged);
void mf_anaconda_json(const struct mf_disk_run *run, const struct mf_disk_judged *judged,
		      json_t *object);
void mf_linuxrc_json(const struct mf_disk_run *run, const struct mf_disk_judged *judged,
		     json_t *object);
void mf_agama_json(const struct mf_disk_run *run, const struct mf_disk_judged *judged,
		   json_t *object);
void mf_debian_json(const struct mf_disk_run *run, const struct mf_disk_judged *judged,
		    json_t *object);
