// SPDX-License-Identifier: GPL-2.0-or-later
// Brings the report to the environment that follows, although /run is mounted anew there.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h> /* renameat */
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define LIMIT_US (600 * 1000000ull) /* how long the root may take to be switched */
#define POLL_MS	 1000		    /* chroot raises no event of its own */

static int write_file(int folder, struct mf_bytes json)
{
	int r = mf_sys_create(folder, ".report.new", json);

	if (!r && renameat(folder, ".report.new", folder, "report.json"))
		r = -errno;
	return r;
}

/* Writes modferry/report.json into /run of a root, where that is memory; its device to *ret. */
static int write_into(int root, struct mf_bytes json, dev_t *ret)
{
	MF_CLEANUP(mf_close_fd) int run = -1;
	MF_CLEANUP(mf_close_fd) int folder = -1;
	struct statfs fs;
	struct stat st;

	run = openat(root, "run", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (run < 0 || fstat(run, &st) || fstatfs(run, &fs))
		return -errno;
	if ((unsigned long)fs.f_type != TMPFS_MAGIC && (unsigned long)fs.f_type != RAMFS_MAGIC)
		return -EXDEV;
	if (*ret == st.st_dev)
		return 0;
	if (mkdirat(run, "modferry", 0755) && errno != EEXIST)
		return -errno;
	folder = openat(run, "modferry", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0)
		return -errno;
	*ret = st.st_dev;
	return write_file(folder, json);
}

int mf_handover_here(const struct mf_loader *loader, struct mf_bytes json)
{
	MF_CLEANUP(mf_close_fd) int root = -1;
	struct stat st;
	struct stat run;
	dev_t written = 0;

	root = open(*loader->root ? loader->root : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || fstat(root, &st))
		return -errno;
	if (fstatat(root, "run", &run, AT_SYMLINK_NOFOLLOW) || run.st_dev == st.st_dev)
		return -ENXIO; /* not mounted yet */
	return write_into(root, json, &written);
}

/* Lets go of every mount of this namespace, the last one first. */
static void detach_all(void)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	char *line;

	if (mf_sys_read("/proc/self/mountinfo", 1 << 20, &text) || !text.len)
		return;
	/* fields: id, parent, device, root, mount point */
	while ((line = strrchr((char *)text.data, '\n'))) {
		char *start = (char *)text.data;
		char *field;

		*line = '\0';
		for (field = line; field > start && field[-1] != '\n'; field--)
			;
		for (int i = 0; i < 4 && field; i++) {
			field = strchr(field, ' ');
			field = field ? field + 1 : NULL;
		}
		if (!field)
			continue;
		field[strcspn(field, " ")] = '\0';
		if (strcmp(field, "/") != 0)
			umount2(field, MNT_DETACH);
	}
}

/* A private view of processes, in a namespace that holds no other mount. -1 when there is none. */
static int open_proc(void)
{
	int proc;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return -1;
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return -1;
	proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc >= 0)
		detach_all(); /* proc, too: the descriptor keeps it */
	return proc;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static void watch(int proc, struct mf_bytes json)
{
	uint64_t end = mf_sys_now_us() + LIMIT_US;
	struct stat first;
	dev_t written = 0;

	if (fstatat(proc, "1/root/.", &first, 0))
		return;
	while (mf_sys_now_us() < end) {
		MF_CLEANUP(mf_close_fd)
		int mounts = openat(proc, "1/mountinfo", O_RDONLY | O_CLOEXEC);
		MF_CLEANUP(mf_close_fd) int root = -1;
		struct pollfd event = {.fd = mounts, .events = POLLPRI};
		struct stat now;
		char byte[512];

		while (mounts >= 0 && read(mounts, byte, sizeof(byte)) > 0)
			;
		root = openat(proc, "1/root/.", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (root < 0 || fstat(root, &now))
			return;
		if (write_into(root, json, &written) == 0 && !is_same(&now, &first) &&
		    written != now.st_dev)
			return;
		mf_close_fd(&root); /* nothing of theirs is held while waiting */
		poll(&event, 1, POLL_MS);
	}
}

void mf_handover_later(struct mf_bytes json)
{
	char byte;
	int ready[2];
	int proc;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC))
		return;
	pid = _Fork();
	if (pid) {
		/* wait until it has let go of the mounts it inherited */
		close(ready[1]);
		if (pid > 0 && read(ready[0], &byte, 1) < 0)
			pid = -1;
		close(ready[0]);
		return;
	}
	mf_sys_stay_alive();
	prctl(PR_SET_NAME, "modferry-report");
	setsid();
	mf_sys_close_all(ready[1]);
	proc = open_proc();
	close(ready[1]);
	if (proc >= 0 && chdir("/") == 0)
		watch(proc, json);
	_exit(0);
}
