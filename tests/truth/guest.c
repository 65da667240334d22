// SPDX-License-Identifier: GPL-2.0-or-later
// First program of the truth guest: loads each case's module into the real kernel, says the errno.
//
// /truth/plan has a line a case: "CASE MODE NAME FILE [DEPENDENCY…]". MODE has letters: c the file
// is given as compressed (flag 4 of finit_module), e from here on signatures are enforced. The
// dependencies are loaded first, in their order, and all is unloaded again. Each case runs in a
// process of its own, so that an oops takes that one only. What is printed:
//   truth: builtin NAME            an entry of /sys/module before anything was loaded
//   truth: case CASE ERRNO STATE   0 is loaded; STATE is one of: ok; dependency NAME ERRNO, it did
//                                  not load; left NAME ERRNO, it did not go; killed; hung
//   truth: log CASE TEXT           what the kernel logged meanwhile
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMPRESSED   4	/* MODULE_INIT_COMPRESSED_FILE */
#define MAX_WORDS    64 /* of a line */
#define CASE_SECONDS 30 /* then a case counts as hung */
#define UNLOAD_TRIES 20 /* of 5 ms: some drop their last reference a little later */
#define SIG_ENFORCE  "/sys/module/module/parameters/sig_enforce"

struct plan_case {
	char *id, *mode, *name, *file;
	char **depends; /* ends with NULL */
};

static int load(const char *file, int flags)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return errno;
	r = syscall(SYS_finit_module, fd, "", flags) ? errno : 0;
	close(fd);
	return r;
}

static int unload(const char *name, int tries)
{
	int r = 0;

	for (int i = 0; i < tries; i++) {
		if (i)
			usleep(5000);
		r = syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
		if (r != EAGAIN && r != EBUSY)
			break;
	}
	return r;
}

/* Name of a module by its file: "/lib/…/nvme-core.ko.xz" is nvme_core. */
static void name_of(const char *file, char *name, size_t size)
{
	const char *base = strrchr(file, '/') + 1;
	size_t n = strcspn(base, ".");

	snprintf(name, size, "%.*s", (int)n, base);
	for (char *p = name; *p; p++)
		if (*p == '-')
			*p = '_';
}

/* Text of a case's STATE; the first that something went wrong with stays. */
struct state {
	char text[128];
};

static void note(struct state *state, const char *word, const char *name, int r)
{
	if (!*state->text)
		snprintf(state->text, sizeof(state->text), "%s %s %d", word, name, r);
}

static int is_stock(const char *file)
{
	return strncmp(file, "/lib/", 5) == 0;
}

static int is_plain(const char *file)
{
	return strcmp(file + strlen(file) - 3, ".ko") == 0;
}

static void load_depends(char **depends, struct state *state)
{
	for (; *depends; depends++) {
		int r = load(*depends, is_plain(*depends) ? 0 : COMPRESSED);

		if (r == EEXIST && !is_stock(*depends))
			note(state, "left", *depends, r);
		else if (r && r != EEXIST)
			note(state, "dependency", *depends, r);
	}
}

/* Last ones first. A stock module may stay: others of its kind hold on to it. */
static void unload_depends(char **depends, struct state *state)
{
	char name[64];
	size_t n = 0;

	while (depends[n])
		n++;
	while (n-- > 0) {
		int r;

		name_of(depends[n], name, sizeof(name));
		r = unload(name, is_stock(depends[n]) ? 1 : UNLOAD_TRIES);
		if (r && r != ENOENT && !is_stock(depends[n]))
			note(state, "left", name, r);
	}
}

/* Loads, unloads, and prints the line of the case. */
static void run_case(const struct plan_case *one)
{
	struct state state = {""};
	int r, left;

	load_depends(one->depends, &state);
	r = load(one->file, strchr(one->mode, 'c') ? COMPRESSED : 0);
	left = r ? 0 : unload(one->name, UNLOAD_TRIES);
	if (left)
		note(&state, "left", one->name, left);
	unload_depends(one->depends, &state);
	printf("truth: case %s %d %s\n", one->id, r, *state.text ? state.text : "ok");
}

/* Prints what is new in the kernel log. */
static void print_log(int log, const char *id)
{
	char record[8192];
	ssize_t n;

	for (;;) {
		const char *text;

		n = read(log, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE) /* records were overwritten: go on with the oldest */
			continue;
		if (n <= 0)
			return;
		record[n] = '\0';
		text = strchr(record, ';');
		if (text)
			printf("truth: log %s %.*s\n", id, (int)strcspn(text + 1, "\n"), text + 1);
	}
}

/* In a process of its own. */
static void guard_case(const struct plan_case *one, int log)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		run_case(one);
		fflush(stdout);
		_exit(0); /* not exit(): it would turn the plan back, which both read */
	}
	for (int i = 0; i < CASE_SECONDS * 500; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid) {
			print_log(log, one->id);
			if (status)
				printf("truth: case %s -1 killed\n", one->id);
			return;
		}
		usleep(2000);
	}
	print_log(log, one->id);
	printf("truth: case %s -1 hung\n", one->id);
}

static void enforce(void)
{
	int fd = open(SIG_ENFORCE, O_WRONLY);

	if (fd < 0 || write(fd, "1", 1) != 1)
		printf("truth: cannot enforce signatures: %s\n", strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void print_builtin(void)
{
	DIR *dir = opendir("/sys/module");
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			printf("truth: builtin %s\n", entry->d_name);
	if (dir)
		closedir(dir);
}

/* Splits a line at spaces; false when it is no case. */
static int parse(char *line, struct plan_case *out, char **words)
{
	size_t n = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *word; n < MAX_WORDS - 1 && (word = strsep(&line, " "));)
		if (*word)
			words[n++] = word;
	words[n] = NULL;
	if (n < 4)
		return 0;
	*out = (struct plan_case){words[0], words[1], words[2], words[3], words + 4};
	return 1;
}

static void run_plan(FILE *plan, int log)
{
	char line[8192], *words[MAX_WORDS];
	struct plan_case one;

	print_log(log, "boot");
	while (fgets(line, sizeof(line), plan)) {
		if (!parse(line, &one, words))
			continue;
		if (strchr(one.mode, 'e'))
			enforce();
		guard_case(&one, log);
	}
	printf("truth: done\n");
}

int main(void)
{
	FILE *plan;
	int log;

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	plan = fopen("/truth/plan", "r");
	print_builtin();
	if (plan && log >= 0)
		run_plan(plan, log);
	else
		printf("truth: no plan or no kernel log: %s\n", strerror(errno));
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
