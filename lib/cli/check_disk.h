// SPDX-License-Identifier: GPL-2.0-or-later
// `check` of driver disks: what one run holds, the installers, and the parts that they share.
#pragma once

#include "lib/cli/check.h"
#include "lib/cli/output.h"
#include "lib/core/agama.h"
#include "lib/core/anaconda.h"
#include "lib/core/injection.h"
#include "lib/core/linuxrc.h"
#include "lib/io/disk.h"
#include "lib/io/kernel_package.h"

/* A module on the disk that the installer's kernel would get. */
struct mf_disk_driver {
	struct mf_package package; /* what brings it; origin is where it lies on the disk */
	struct mf_driver driver;
	size_t origin; /* place in the list that the installer's own rules made */
};

struct mf_disk_drivers {
	struct mf_disk_driver *v;
	size_t n;
	bool is_ordered; /* they are loaded in this order; else as their dependencies want it */
	bool is_barred;	 /* what loads them obeys a blacklist */
};

/* The disk before one kernel of the installer. */
struct mf_disk_judged {
	const struct mf_kernel *kernel;
	const char *arch;		/* uname -m there */
	const struct mf_strings *stock; /* names of its modules, sorted; NULL: not known */
	bool is_disk;			/* something on it is for this installer */
	bool is_automatic;		/* it is found without being named */
	union {				/* by the installer */
		struct {
			struct mf_anaconda reader;
			struct mf_anaconda_result result;
		} anaconda;
		struct {
			struct mf_linuxrc reader;
			struct mf_linuxrc_result result;
		} linuxrc;
		struct {
			struct mf_agama reader;
			struct mf_agama_result result;
		} agama;
		struct {
			struct mf_injection reader;
			struct mf_injection_result result;
		} injection;
	};
	size_t first; /* of the verdicts on its drivers in `checked` */
	size_t n;
	size_t *origins; /* of each of these */
};

struct mf_disk_run {
	const struct mf_arguments *arguments;
	const char *object; /* the disk, as given */
	struct mf_arena arena;
	struct mf_facts facts;
	const struct mf_target *target; /* the installer's row */
	const struct mf_disk_installer *installer;
	struct mf_disk_source source;
	struct mf_kernel_packages packages; /* of --kernel-package */
	struct mf_disk_judged **judged;	    /* one a kernel */
	size_t n_judged;
	struct mf_checked checked;
	struct mf_err *err;
};

/* How `check` treats one installer. */
struct mf_disk_installer {
	const char *name;   /* word of mf_target.installer */
	const char *mark;   /* what disks for it have: a path at the end of another; NULL: nothing
			       is looked for */
	const char *option; /* how a disk is named there that is not found by itself */
	/* runs its rules over the disk, judges the drivers, and gives reasons; -errno with err */
	int (*judge)(struct mf_disk_run *run, struct mf_disk_judged *judged);
	/* prints what it makes of the disk's parts, below the line that names it */
	int (*print)(const struct mf_disk_run *run, const struct mf_disk_judged *judged);
	/* the same as keys of its object */
	void (*json)(const struct mf_disk_run *run, const struct mf_disk_judged *judged,
		     json_t *object);
	void (*free)(struct mf_disk_judged *judged);
};

extern const struct mf_disk_installer mf_disk_anaconda;
extern const struct mf_disk_installer mf_disk_linuxrc;
extern const struct mf_disk_installer mf_disk_agama;
extern const struct mf_disk_installer mf_disk_debian;
extern const struct mf_disk_installer mf_disk_subiquity;

/* The whole command for a disk. An enum mf_exit. */
int mf_check_disk(const struct mf_arguments *arguments, struct mf_err *err);

/* Finds whose installer reads the disk (run->target, run->installer): --for, else what the target
 * says of itself, else what its kernel is called and what is on the disk. An enum mf_exit. */
int mf_disk_choose(struct mf_disk_run *run);

/* The machine of that installer: --arch, the kernel's, the end of its release, else the one that
 * the disk is for; NULL: not known. */
const char *mf_disk_arch(struct mf_disk_run *run, const struct mf_kernel *kernel);

/* Opens what --kernel-package names and adds its symbols to the target's kernels. */
int mf_disk_packages_read(struct mf_disk_run *run);

/* Judges drivers and notes in judged which verdicts are theirs. What was given lives as long as
 * run. 0 or -ENOMEM. */
int mf_disk_judge(struct mf_disk_run *run, struct mf_disk_judged *judged,
		  const struct mf_disk_drivers *drivers);

/* Adds a driver that stands on the disk by itself, with its content; -errno with err. */
int mf_disk_add_file(struct mf_disk_run *run, struct mf_disk_drivers *drivers,
		     const struct mf_disk_file *file, size_t origin);

/* Adds a driver as it was read. 0 or -ENOMEM. */
int mf_disk_add_driver(struct mf_disk_run *run, struct mf_disk_drivers *drivers,
		       const struct mf_disk_driver *driver);

/* A reason of the disk itself, which tells several kernels apart. 0 or -ENOMEM. */
struct mf_disk_talk {
	struct mf_disk_run *run;
	struct mf_disk_judged *judged;
};

int mf_disk_say(struct mf_disk_talk *talk, struct mf_reason reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A reason of driver i of this kernel. 0 or -ENOMEM, also where its text is NULL. */
int mf_disk_tell(struct mf_disk_talk *talk, size_t i, struct mf_reason reason);

/* The commonest reason; its text stays to be set. */
struct mf_reason mf_disk_placement(enum mf_verdict weight, const char *advice);

/* Verdict of driver i of this kernel. */
const struct mf_driver_check *mf_disk_check(const struct mf_disk_talk *talk, size_t i);

/* Whether udev loads driver i: it has hardware ids, or another driver of the disk needs it. */
bool mf_disk_is_wanted(const struct mf_disk_talk *talk, size_t i);

/* The installers' lines and tables; keys of the document. */
int mf_disk_print(const struct mf_disk_run *run);
json_t *mf_disk_json(const struct mf_disk_run *run);
