// SPDX-License-Identifier: GPL-2.0-or-later
// State of one run of the loader: what is shipped, what is there, what was done.
#pragma once

#include <limits.h>
#include <sys/types.h>

#include "lib/core/cmdline.h"
#include "lib/core/kmodindex.h"
#include "lib/core/manifest.h"
#include "lib/core/report.h"

/* Longest time in one load call before a driver counts as hung, in seconds. */
#define MF_LOAD_SECONDS 30
/* modferry.timeout when the command line gives none: bound of the whole run, in seconds. */
#define MF_TIMEOUT_SECONDS 30
/* When time is up: how long what is wanted may still be started, and then each load call may take.
 * Twice that is less than process 1 gives the run beyond its bound. */
#define MF_LATE_SECONDS 2
/* Most load calls at a time. */
#define MF_MAX_WORKERS 8

enum mf_load_state {
	MF_LOAD_IDLE,	 /* nothing wants it yet */
	MF_LOAD_WANTED,	 /* waits for what it depends on */
	MF_LOAD_RUNNING, /* a worker is in the load call */
	MF_LOAD_DONE,	 /* result is final, save for loaded > bound */
};

struct mf_mod;

/* Modules another one needs; borrowed from the loader's arena. */
struct mf_mods {
	struct mf_mod **v;
	size_t n;
};

/* One module: shipped (record is set) or of the stock layer. */
struct mf_mod {
	const char *name; /* '-' folded to '_' */
	const char *path; /* file, without the root in front */
	const struct mf_manifest_module *record;
	const char *overlay; /* ID of the overlay that ships it */
	struct mf_mods depends;
	struct mf_mods softdep_pre;
	struct mf_mods softdep_post;
	enum mf_load_state state;
	bool is_resolved; /* depends and softdeps are filled */
	bool is_hidden;	  /* not part of any layer: modferry.skip, or shipped twice */
	bool is_bound;	  /* a device was seen bound to it */
	bool is_matched;  /* a device asked for it by alias */
	enum mf_result result;
	int error;
	const char *message;
	bool is_explained; /* message says it all, errno adds nothing */
	bool is_crashed;   /* its worker was killed inside the load call */
	bool is_placed;	   /* mf_merge has decided about it */
	bool is_masked;	   /* shipped, but what follows may not find it: it failed, or needs such */
	uint64_t us;
	/* while running */
	pid_t pid;
	int pipe;
	uint64_t started_us;
	uint64_t log_mark; /* kernel lines from here on may be about it */
};

struct mf_dev {
	const char *path; /* below /sys: "/devices/…" */
	const char *modalias;
	uint32_t hash;	     /* of path */
	bool is_seen;	     /* matched against the shipped drivers */
	bool is_interesting; /* a shipped driver matches it */
	bool is_carrier;     /* its stock drivers were asked for */
	bool is_gone;
};

struct mf_devs {
	struct mf_dev **v;
	size_t n;
};

/* The initramfs' own modules, by kmod's indexes or, without these, by their text forms. */
struct mf_stock {
	const char *folder; /* without the root in front, NULL when there is none */
	struct mf_bytes dep, alias, builtin, softdep;
	struct mf_kmodindex dep_index, alias_index, builtin_index;
	bool is_dep_text, is_alias_text, is_builtin_text;
};

/* A line of the kernel itself, read from /dev/kmsg. */
struct mf_log_line {
	unsigned int level; /* 0 emergency … 7 debug */
	char text[240];
};

#define MF_LOG_LINES 128

struct mf_log {
	int fd;					/* for writing, -1 when there is none */
	int kernel_fd;				/* for reading */
	uint64_t n;				/* kernel lines read so far */
	struct mf_log_line lines[MF_LOG_LINES]; /* the last of them, by n modulo their number */
};

struct mf_overlay {
	const char *id;
	struct mf_manifest manifest;
};

struct mf_loader {
	const char *root; /* prefix of every path, "" outside tests */
	bool is_dry_run;
	bool is_pid1; /* runs for process 1: the environment that follows is exec'ed by it */
	struct mf_arena arena;
	struct mf_cmdline cmdline;
	const char *kernel;
	const char *arch;
	struct mf_overlay *overlays;
	size_t n_overlays;
	struct mf_bytes on_disk; /* files of the modules that anaconda loads from /dd.iso, lines */
	struct mf_mods mods;
	struct mf_devs devs;
	struct mf_stock stock;
	struct mf_log log;
	int uevents; /* netlink socket, -1 when there is none */
	size_t n_running;
	size_t n_loaded; /* load calls that were made */
	size_t max_workers;
	uint64_t start_us;
	uint64_t deadline_us;
	uint64_t active_us; /* when something last happened */
	bool is_wait_over;  /* the device of modferry.wait is there */
	uint64_t seqnum;    /* last uevent the kernel counted */
};

/* sys.c: files below the root */

/* Writes ROOT + formatted path to out; -ENAMETOOLONG. */
int mf_sys_path(const struct mf_loader *loader, char out[PATH_MAX], const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Reads a small file (sysfs, procfs, a manifest) whole; at most limit bytes. 0 or -errno. */
int mf_sys_read(const char *path, size_t limit, struct mf_buf *out);
/* Writes text to a file that exists. 0 or -errno. */
int mf_sys_write(const char *path, const char *text);
/* Makes a file with that content; on failure nothing is left. 0 or -errno.
 */
int mf_sys_create(int folder, const char *name, struct mf_bytes bytes);
/* Makes the folders above path, from its character number start on. 0 or -errno. */
int mf_sys_make_parents(char *path, size_t start);
/* Maps a file; {NULL, 0} when it cannot be. Never unmapped. */
struct mf_bytes mf_sys_map(const char *path);
bool mf_sys_exists(const char *path);
/* Names in a folder, sorted, without those that begin with '.'; in the arena. 0 or -errno. */
int mf_sys_list(struct mf_arena *arena, const char *path, struct mf_strings *out);
/* Target of a link in sysfs as "/devices/…", "/bus/…": leading "../" cut off. 0 or -errno. */
int mf_sys_link(const char *path, char out[PATH_MAX]);
uint64_t mf_sys_now_us(void);
/* Formatted text to a descriptor. 0 or -errno. */
int mf_sys_print(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Closes every descriptor but keep (-1: all). */
void mf_sys_close_all(int keep);
/* Makes a process one that systemd leaves alone at switch-root: argv[0] begins with '@'. */
void mf_sys_stay_alive(void);
/* Remembers argv[0] for it. */
void mf_sys_set_argv(char **argv);

/* log.c: what is said, and what the kernel says */

void mf_log_open(struct mf_loader *loader);
/* "modferry: …" to the kernel log; to standard error in a dry run, without one, and for errors of
 * a run by hand. level as syslog. */
void mf_log_say(struct mf_loader *loader, int level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Reads what the kernel logged since. */
void mf_log_drain(struct mf_loader *loader);
/* The kernel's own line about a module that failed; NULL when there is none. In the arena. */
const char *mf_log_find(struct mf_loader *loader, const struct mf_mod *mod, bool is_crash);
/* Lets records through unabridged; the old setting goes to saved ("" when nothing was changed). */
void mf_log_unlimit(char saved[32]);
void mf_log_restore(const char *saved);

/* layers.c, stock.c, mods.c: modules */

/* Reads all manifests; what cannot be used is said and left out. 0 or -ENOMEM. */
int mf_layers_read(struct mf_loader *loader);
/* Maps the indexes of the stock layer; without them it is empty. */
void mf_stock_open(struct mf_loader *loader);
/* "PATH: DEPENDENCIES" of a module of the stock layer. 0, -ENOENT, -EBADMSG, -ENOMEM. */
int mf_stock_dependencies(const struct mf_stock *stock, const char *name, struct mf_buf *out);
/* Calls found with each name of a stock module that serves a modalias. */
int mf_stock_match(const struct mf_stock *stock, const char *modalias, mf_kmodindex_found *found,
		   void *context);
bool mf_stock_is_builtin(const struct mf_loader *loader, const char *name);
/* Rest of the "softdep NAME" line in modules.softdep; empty when there is none. */
struct mf_bytes mf_stock_softdep(const struct mf_stock *stock, const char *name);
/* A module by name: shipped first, then stock; NULL when neither has it (or no memory). */
struct mf_mod *mf_mods_get(struct mf_loader *loader, const char *name);
/* Adds one to the table; NULL: no memory. */
struct mf_mod *mf_mods_add(struct mf_loader *loader, const char *name, const char *path);
/* Asks for a module and what it depends on. 0 or -ENOMEM. */
int mf_mods_want(struct mf_loader *loader, struct mf_mod *mod);
/* Marks a module as done. message is copied, may be NULL. */
void mf_mods_finish(struct mf_loader *loader, struct mf_mod *mod, enum mf_result result,
		    const char *message);
/* Whether what depends on the module can work. */
bool mf_mods_is_there(const struct mf_mod *mod);

/* devices.c, carriers.c, uevent.c: devices */

/* Adds all devices of /sys that have a modalias. 0 or -ENOMEM. */
int mf_devices_scan(struct mf_loader *loader);
/* Adds one; modalias NULL: read from its folder. 0 or -ENOMEM. */
int mf_devices_add(struct mf_loader *loader, const char *path, const char *modalias);
void mf_devices_remove(struct mf_loader *loader, const char *path);
/* Asks for the shipped drivers of devices not looked at yet. 0 or -ENOMEM. */
int mf_devices_match(struct mf_loader *loader);
/* What became of a device that no driver is bound to, by the shipped drivers that match it. */
enum mf_device_result mf_devices_result(const struct mf_loader *loader, const struct mf_dev *dev);
/* Name of the driver bound to a device; "" when there is none. */
void mf_devices_driver(const struct mf_loader *loader, const char *path, char out[NAME_MAX + 1]);
/* Devices bound to the drivers of a module, sorted; in that arena. 0 or -ENOMEM. */
int mf_devices_bound(const struct mf_loader *loader, const char *module, struct mf_arena *arena,
		     struct mf_strings *out);
/* Asks for stock drivers in front of buses that a shipped driver waits for. 0 or -ENOMEM. */
int mf_carriers_want(struct mf_loader *loader);
/* How long all must be quiet before devices of the buses waited for count as all there. */
uint64_t mf_carriers_quiet_us(struct mf_loader *loader);
void mf_uevent_open(struct mf_loader *loader);
/* Handles what came in. 1 when something did, 0, -ENOMEM. */
int mf_uevent_drain(struct mf_loader *loader);

/* firmware.c, worker.c, run.c, result.c: work */

/* Puts the firmware of a shipped module where the kernel looks first; says what it could not. */
void mf_firmware_offer(struct mf_loader *loader, const struct mf_mod *mod);
/* Starts the load call of a module in a process of its own. */
void mf_worker_start(struct mf_loader *loader, struct mf_mod *mod);
/* Takes the results that are there, marks what took too long. Whether anything changed. */
bool mf_worker_collect(struct mf_loader *loader);
/* The whole run. 0 or -errno. */
int mf_run(struct mf_loader *loader);
/* Whether the device of modferry.wait is there; true without one. */
bool mf_wait_is_over(struct mf_loader *loader);
/* Says in one line what became of a module. */
void mf_result_say(struct mf_loader *loader, const struct mf_mod *mod);
/* Makes the report (JSON), writes it to the kernel log. The exit code of the contract. */
int mf_result_report(struct mf_loader *loader, struct mf_buf *out_json);

/* merge.c, changes.c: the module indexes that the environment that follows reads */

/*
 * Puts the shipped drivers in front of the stock ones there, and takes those out that may not be
 * found: skipped, failed, all when modferry=off. In a dry run prints it. Says what it could not.
 */
void mf_merge(struct mf_loader *loader);

/* A file to be written, a link to be made (target), or, with neither, a link to be removed. */
struct mf_change {
	const char *path;
	const char *target; /* borrowed */
	struct mf_bytes bytes;
	bool is_file;
};

struct mf_changes {
	struct mf_change *v;
	size_t n;
};

/* Adds a change; its path is copied. 0 or -ENOMEM. */
int mf_changes_add(struct mf_loader *loader, struct mf_changes *changes, struct mf_change change);
/* Makes all of them, in order, or (too little space, read-only) none. 0 or -errno. */
int mf_changes_apply(const struct mf_changes *changes);

/* handover.c, pid1.c: around it */

/* Writes the report to ROOT/run/modferry when /run is mounted there. 0 or -errno. */
int mf_handover_here(const struct mf_loader *loader, struct mf_bytes json);
/* Leaves a process behind that writes the report to each /run that process 1 gets to see. */
void mf_handover_later(struct mf_bytes json);
/* Loads (in a child), then becomes the real init. Returns only when there is none. */
int mf_pid1(struct mf_loader *loader, char **argv);
/* One run with everything around it but the mounts. The exit code of the contract. */
int mf_load(struct mf_loader *loader);
