// SPDX-License-Identifier: GPL-2.0-or-later
// Process 1: makes room for the run, waits for it in bounds, and becomes the real init.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"

/* Time the run gets beyond its own bound before process 1 goes on without it. */
#define MARGIN_US 5000000ull

struct place {
	const char *path, *type, *probe; /* probe is there when it is mounted */
	bool is_made, is_mounted;
};

static void mount_places(struct place *places, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (mf_sys_exists(places[i].probe))
			continue;
		places[i].is_made = mkdir(places[i].path, 0755) == 0;
		places[i].is_mounted = mount(places[i].type, places[i].path, places[i].type, 0,
					     NULL) == 0;
	}
}

static void unmount_places(struct place *places, size_t n)
{
	while (n--) {
		/* a driver that hangs may hold one: it is let go of, whoever mounts next wins */
		if (places[n].is_mounted && umount2(places[n].path, 0))
			umount2(places[n].path, MNT_DETACH);
		if (places[n].is_made)
			rmdir(places[n].path);
	}
}

/* How the child ended that did the run. */
enum end { END_ORDERLY, END_CRASHED, END_LATE };

/* Waits for a child, reaping all others, until the bound. */
static enum end wait_bounded(pid_t child, uint64_t end_us)
{
	struct timespec pause = {.tv_nsec = 100000000};
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid == child)
			return WIFEXITED(status) ? END_ORDERLY : END_CRASHED;
		if (pid > 0)
			continue;
		if (mf_sys_now_us() > end_us)
			return END_LATE;
		sigtimedwait(&signals, NULL, &pause);
	}
}

static void run_in_child(struct mf_loader *loader)
{
	unsigned int seconds = loader->cmdline.timeout ? loader->cmdline.timeout
						       : MF_TIMEOUT_SECONDS;
	sigset_t signals, before;
	enum end end = END_ORDERLY;
	char saved[32];
	pid_t child;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, &before);
	mf_log_unlimit(saved);
	child = _Fork();
	if (child == 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		_exit(mf_load(loader));
	}
	if (child > 0)
		end = wait_bounded(child, mf_sys_now_us() + seconds * 1000000ull + MARGIN_US);
	if (child < 0)
		mf_log_say(loader, LOG_ERR, "no process for the run: %s; going on without it",
			   strerror(errno));
	if (end == END_CRASHED)
		mf_log_say(loader, LOG_ERR, "the run crashed; going on without it");
	if (end == END_LATE) {
		mf_log_say(loader, LOG_ERR, "the run does not end; going on without it");
		kill(child, SIGKILL); /* not the processes in load calls, these are its children */
	}
	mf_log_restore(saved);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void become(const char *path, char **argv)
{
	argv[0] = (char *)(uintptr_t)path;
	execv(path, argv);
}

static void say_stranded(struct mf_loader *loader)
{
	static const char text[] = "modferry: no init could be started: not /init, not /sbin/init; "
				   "is the initramfs complete?\n";
	int console = open("/dev/console", O_WRONLY | O_NOCTTY);

	mf_log_say(loader, LOG_EMERG, "no init could be started: not %s, not /sbin/init",
		   loader->cmdline.init);
	if (console >= 0 && write(console, text, sizeof(text) - 1) < 0)
		close(console);
}

int mf_pid1(struct mf_loader *loader, char **argv)
{
	/* what the kernel tries (init/main.c), /init first as without rdinit= */
	static const char *const inits[] = {"/init", "/sbin/init", "/etc/init", "/bin/init",
					    "/bin/sh"};
	struct place places[] = {{.path = "/proc", .type = "proc", .probe = "/proc/self"},
				 {.path = "/sys", .type = "sysfs", .probe = "/sys/kernel"},
				 {.path = "/dev", .type = "devtmpfs", .probe = "/dev/kmsg"}};
	const size_t n_places = sizeof(places) / sizeof(places[0]);
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	loader->is_pid1 = true;
	mount_places(places, n_places);
	loader->cmdline.init = "/init";
	if (mf_sys_read("/proc/cmdline", 1 << 16, &text) == 0)
		mf_cmdline_parse(mf_buf_bytes(&text), &loader->arena, &loader->cmdline);
	mf_log_open(loader);
	run_in_child(loader);
	unmount_places(places, n_places);

	become(loader->cmdline.init, argv);
	if (strcmp(loader->cmdline.init, inits[0]) != 0)
		mf_log_say(loader, LOG_ERR, "modferry.init=%s: %s", loader->cmdline.init,
			   strerror(errno));
	for (size_t i = 0; i < sizeof(inits) / sizeof(inits[0]); i++)
		become(inits[i], argv);
	mount_places(places, n_places);
	say_stranded(loader);
	return 1;
}
