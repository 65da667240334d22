// SPDX-License-Identifier: GPL-2.0-or-later
// modferry-load: as process 1 (rdinit=), from a hook, or by hand.
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <syslog.h>
#include <unistd.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"

static const char help[] =
	"Usage: modferry-load [OPTION...]\n"
	"Load the drivers of modferry overlays that this machine needs.\n"
	"\n"
	"  -n, --dry-run       print what would be loaded, in order; load nothing\n"
	"      --root DIR      with --dry-run: take /proc, /sys and all files from below DIR\n"
	"  -h, --help          print this help\n"
	"  -V, --version       print the version\n"
	"\n"
	"Obeys the modferry.* words of the kernel command line: see modferry-load(8).\n";

/* First line of a small file below the root, in the arena; NULL when there is none. */
static const char *read_line(struct mf_loader *loader, const char *name)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	char path[PATH_MAX];

	if (mf_sys_path(loader, path, "%s", name) || mf_sys_read(path, 4096, &text))
		return NULL;
	return mf_arena_strndup(&loader->arena, mf_buf_str(&text),
				strcspn(mf_buf_str(&text), "\n"));
}

static int identify(struct mf_loader *loader)
{
	static struct utsname names;

	loader->kernel = read_line(loader, "/proc/sys/kernel/osrelease");
	loader->arch = read_line(loader, "/proc/sys/kernel/arch"); /* Linux 6.1 */
	if (loader->kernel && loader->arch)
		return 0;
	if (uname(&names))
		return -errno;
	if (!loader->kernel)
		loader->kernel = names.release;
	if (!loader->arch)
		loader->arch = names.machine;
	return 0;
}

/* Workers: one per processor, two at least, as much of loading is waiting. */
static size_t count_workers(void)
{
	cpu_set_t set;
	int n = 2;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < 2 ? 2 : n > MF_MAX_WORKERS ? MF_MAX_WORKERS : (size_t)n;
}

static int load_and_report(struct mf_loader *loader)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf json = {0};
	int code;
	int r = mf_run(loader);

	if (r) {
		mf_log_say(loader, LOG_ERR, "the run stopped: %s", strerror(-r));
		return 1;
	}
	mf_merge(loader);
	code = mf_result_report(loader, &json);
	if (code == 1)
		mf_log_say(loader, LOG_ERR, "no report: out of memory");
	else if (!loader->is_dry_run &&
		 (loader->is_pid1 || mf_handover_here(loader, mf_buf_bytes(&json)) == -ENXIO))
		mf_handover_later(mf_buf_bytes(&json));
	return code;
}

/* modferry=off: nothing is loaded, and what an overlay's own indexes offer is taken back. */
static int stand_aside(struct mf_loader *loader)
{
	char path[PATH_MAX];

	mf_log_say(loader, LOG_INFO, "off by the kernel command line");
	mf_stock_open(loader);
	if (!loader->stock.folder ||
	    mf_sys_path(loader, path, "%s/updates/modferry", loader->stock.folder) ||
	    !mf_sys_exists(path))
		return 3;
	if (mf_layers_read(loader))
		mf_log_say(loader, LOG_ERR, "out of memory");
	else
		mf_merge(loader);
	return 3;
}

int mf_load(struct mf_loader *loader)
{
	unsigned int seconds = loader->cmdline.timeout ? loader->cmdline.timeout
						       : MF_TIMEOUT_SECONDS;

	umask(022); /* of this process: what it makes is for all to read */
	loader->start_us = mf_sys_now_us();
	loader->deadline_us = loader->start_us + seconds * 1000000ull;
	loader->max_workers = count_workers();
	if (identify(loader)) {
		mf_log_say(loader, LOG_ERR, "the kernel does not tell its release");
		return 1;
	}
	return loader->cmdline.is_off ? stand_aside(loader) : load_and_report(loader);
}

/* What a hook starts: nothing is mounted, nothing is exec'ed. */
static int load_here(struct mf_loader *loader)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	char path[PATH_MAX];
	char saved[32];
	int r = mf_sys_path(loader, path, "/proc/cmdline");

	mf_log_open(loader);
	if (!r)
		r = mf_sys_read(path, 1 << 16, &text);
	if (!r)
		r = mf_cmdline_parse(mf_buf_bytes(&text), &loader->arena, &loader->cmdline);
	if (r) {
		mf_log_say(loader, LOG_ERR, "%s: %s; is it mounted?", path, strerror(-r));
		return 1;
	}
	if (loader->is_dry_run)
		return mf_load(loader);
	mf_log_unlimit(saved);
	r = mf_load(loader);
	mf_log_restore(saved);
	return r;
}

static int usage(const char *problem, const char *word)
{
	mf_sys_print(STDERR_FILENO, "modferry-load: %s: %s; see modferry-load --help\n", word,
		     problem);
	return 2;
}

static int print(const char *text)
{
	return mf_sys_print(STDOUT_FILENO, "%s", text) ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct mf_loader loader; /* large: not on the stack, not in the file */
	const char *root = NULL;

	loader.root = "";
	loader.uevents = -1;
	mf_sys_set_argv(argv);
	if (getpid() == 1)
		return mf_pid1(&loader, argv);
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0)
			return print(help);
		if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0)
			return print("modferry-load " MF_VERSION "\n");
		if (strcmp(word, "-n") == 0 || strcmp(word, "--dry-run") == 0)
			loader.is_dry_run = true;
		else if (strcmp(word, "--root") == 0 && i + 1 < argc)
			root = argv[++i];
		else if (strncmp(word, "--root=", 7) == 0)
			root = word + 7;
		else if (strcmp(word, "--root") == 0)
			return usage("needs a folder", word);
		else
			return usage(word[0] == '-' ? "unknown option" : "unexpected word", word);
	}
	if (root && !*root)
		return usage("needs a folder", "--root");
	if (root && !loader.is_dry_run)
		return usage("goes with --dry-run only", "--root");
	loader.root = root ? root : "";
	return load_here(&loader);
}
