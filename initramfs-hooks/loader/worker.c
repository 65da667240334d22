// SPDX-License-Identifier: GPL-2.0-or-later
// One load call in a process of its own, so that a driver that hangs or crashes takes nobody along.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/module.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#ifndef MODULE_INIT_COMPRESSED_FILE
#define MODULE_INIT_COMPRESSED_FILE 4 /* Linux 5.17 */
#endif

/* What went wrong before the kernel could say anything itself. */
enum stage {
	STAGE_LOAD, /* the load call: error is the kernel's, 0 is success */
	STAGE_OPEN,
	STAGE_SIZE,	  /* not as long as the manifest says */
	STAGE_COMPRESSED, /* packed in a way that the kernel cannot read */
};

/* What a worker sends through its pipe. */
struct reply {
	int error;
	enum stage stage;
	uint64_t us;
	uint64_t size; /* of the file */
};

/* Flags for the load call of a packed module: 0 when it is plain, -1 when the kernel cannot. */
static int compression_flags(const struct mf_loader *loader, const char *path)
{
	static const struct {
		const char *suffix, *name;
	} kinds[] = {{".gz", "gzip"}, {".xz", "xz"}, {".zst", "zstd"}};
	MF_CLEANUP(mf_buf_free) struct mf_buf known = {0};
	char file[PATH_MAX];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!mf_has_suffix(path, kinds[i].suffix))
			continue;
		if (mf_sys_path(loader, file, "/sys/module/compression") ||
		    mf_sys_read(file, 64, &known) ||
		    !mf_has_prefix(mf_buf_str(&known), kinds[i].name))
			return -1;
		return MODULE_INIT_COMPRESSED_FILE;
	}
	return 0;
}

static struct reply load(const struct mf_loader *loader, const struct mf_mod *mod,
			 const char *settings)
{
	struct reply reply = {.error = ENOENT, .stage = STAGE_OPEN};
	MF_CLEANUP(mf_close_fd) int fd = -1;
	char path[PATH_MAX];
	struct stat st;
	int flags;

	if (mf_sys_path(loader, path, "%s", mod->path))
		return reply;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st)) {
		reply.error = errno;
		return reply;
	}
	reply.size = (uint64_t)st.st_size;
	if (mod->record && mod->record->size != reply.size)
		return (struct reply){.error = EBADMSG, .stage = STAGE_SIZE, .size = reply.size};
	flags = compression_flags(loader, path);
	if (flags < 0)
		return (struct reply){.error = EOPNOTSUPP, .stage = STAGE_COMPRESSED};
	reply.stage = STAGE_LOAD;
	reply.us = mf_sys_now_us();
	reply.error = syscall(SYS_finit_module, fd, settings, flags) ? errno : 0;
	reply.us = mf_sys_now_us() - reply.us;
	return reply;
}

static void fail_at_start(struct mf_loader *loader, struct mf_mod *mod, int error)
{
	mod->error = error;
	mf_mods_finish(loader, mod, MF_RESULT_FAILED, "no process could be started for it");
	mf_result_say(loader, mod);
}

void mf_worker_start(struct mf_loader *loader, struct mf_mod *mod)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf settings = {0};
	int ends[2];

	mf_cmdline_settings(&loader->cmdline, mod->name, &settings);
	mf_firmware_offer(loader, mod);
	mf_log_drain(loader);
	mod->log_mark = loader->log.n;
	if (pipe2(ends, O_CLOEXEC)) {
		fail_at_start(loader, mod, errno);
		return;
	}
	mod->started_us = mf_sys_now_us();
	mod->pid = _Fork(); /* fork() takes locks that threads would need */
	if (mod->pid < 0) {
		fail_at_start(loader, mod, errno);
		close(ends[0]);
		close(ends[1]);
		return;
	}
	if (mod->pid == 0) {
		struct reply reply;

		mf_sys_stay_alive();
		mf_sys_close_all(ends[1]);
		reply = load(loader, mod, mf_buf_str(&settings));
		_exit(write(ends[1], &reply, sizeof(reply)) != sizeof(reply));
	}
	close(ends[1]);
	mod->pipe = ends[0];
	mod->state = MF_LOAD_RUNNING;
	loader->n_running++;
	loader->n_loaded++;
}

/* Sentence for what went wrong before the kernel was asked; NULL when it was. */
static const char *own_message(struct mf_loader *loader, const struct mf_mod *mod,
			       const struct reply *reply)
{
	switch (reply->stage) {
	case STAGE_LOAD: return NULL;
	case STAGE_OPEN:
		return mf_arena_printf(&loader->arena, "%s: %s", mod->path, strerror(reply->error));
	case STAGE_SIZE:
		return mf_arena_printf(
			&loader->arena,
			"%s: %llu bytes, its manifest says %llu: truncated or damaged", mod->path,
			(unsigned long long)reply->size, (unsigned long long)mod->record->size);
	case STAGE_COMPRESSED:
		return mf_arena_printf(&loader->arena,
				       "%s: this kernel cannot load modules packed like this",
				       mod->path);
	}
	return NULL;
}

/* Takes the reply; without one the worker was killed inside the kernel. */
static void take_reply(struct mf_loader *loader, struct mf_mod *mod)
{
	struct reply reply;
	ssize_t n;

	do {
		n = read(mod->pipe, &reply, sizeof(reply));
	} while (n < 0 && errno == EINTR);
	close(mod->pipe);
	mod->pipe = -1;
	loader->n_running--;
	if (n != sizeof(reply)) {
		mod->error = EFAULT;
		mod->is_crashed = true;
		mod->us = mf_sys_now_us() - mod->started_us;
		mf_mods_finish(loader, mod, MF_RESULT_FAILED, mf_log_find(loader, mod, true));
	} else if (reply.error == 0) {
		mod->us = reply.us;
		mf_mods_finish(loader, mod, MF_RESULT_LOADED, NULL);
	} else if (reply.error == EEXIST && reply.stage == STAGE_LOAD) {
		mf_mods_finish(loader, mod, MF_RESULT_PRESENT, NULL);
	} else {
		mod->error = reply.error;
		mod->us = reply.us;
		mod->is_explained = reply.stage != STAGE_LOAD;
		mf_mods_finish(loader, mod, MF_RESULT_FAILED,
			       reply.stage == STAGE_LOAD ? mf_log_find(loader, mod, false)
							 : own_message(loader, mod, &reply));
	}
	mf_result_say(loader, mod);
}

static bool is_readable(int fd)
{
	struct pollfd event = {.fd = fd, .events = POLLIN};

	return poll(&event, 1, 0) > 0;
}

/* Whether a load call takes too long: one that began when time was up is given some of its own. */
static bool is_hung(const struct mf_loader *loader, const struct mf_mod *mod, uint64_t now)
{
	uint64_t seconds = now >= loader->deadline_us ? MF_LATE_SECONDS : MF_LOAD_SECONDS;

	return now - mod->started_us > seconds * 1000000;
}

bool mf_worker_collect(struct mf_loader *loader)
{
	uint64_t now = mf_sys_now_us();
	bool is_any = false;

	for (size_t i = 0; i < loader->mods.n; i++) {
		struct mf_mod *mod = loader->mods.v[i];

		if (mod->state != MF_LOAD_RUNNING)
			continue;
		if (is_readable(mod->pipe)) {
			take_reply(loader, mod);
			is_any = true;
		} else if (is_hung(loader, mod, now)) {
			/* never killed: a half-made probe is worse than a late one */
			close(mod->pipe);
			mod->pipe = -1;
			loader->n_running--;
			mod->us = now - mod->started_us;
			mod->error = ETIMEDOUT;
			mf_mods_finish(loader, mod, MF_RESULT_HUNG,
				       mf_log_find(loader, mod, false));
			mf_result_say(loader, mod);
			is_any = true;
		}
	}
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	return is_any;
}
