// SPDX-License-Identifier: GPL-2.0-or-later
// Runs shell commands in turn and prints the median wall time in ms and peak anonymous memory in kB
// of each.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_RUNS     99
#define MAX_COMMANDS 2

struct sample {
	double ms;
	long anon_kb;
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Memory of a process without its file mappings (proc(5), RssAnon), 0 when it is gone. */
static long anon_kb(pid_t pid)
{
	char path[64];
	char line[256];
	long kb = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "RssAnon: %ld", &kb) == 1)
			break;
	}
	fclose(file);
	return kb;
}

static pid_t start(const char *command)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* One run; memory is looked at every millisecond only when asked: looking costs time. */
static struct sample run(const char *command, int is_memory)
{
	struct sample sample = {0};
	double begin = now_ms();
	pid_t pid = start(command);
	pid_t done;
	int status;

	while (is_memory && (done = waitpid(pid, &status, WNOHANG)) == 0) {
		long kb = anon_kb(pid);

		if (kb > sample.anon_kb)
			sample.anon_kb = kb;
		usleep(1000);
	}
	if (!is_memory)
		done = waitpid(pid, &status, 0);
	sample.ms = now_ms() - begin;
	if (done != pid || !WIFEXITED(status) || WEXITSTATUS(status)) {
		fprintf(stderr, "stopwatch: failed: %s\n", command);
		exit(1);
	}
	return sample;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

/* stopwatch RUNS COMMAND [RIVAL]: the two take turns, so that both meet the same machine. */
int main(int argc, char **argv)
{
	int runs = argc > 2 ? (int)strtol(argv[1], NULL, 10) : 0;
	double times[MAX_COMMANDS][MAX_RUNS];

	if (runs < 1 || runs > MAX_RUNS || argc - 2 > MAX_COMMANDS) {
		fprintf(stderr, "usage: stopwatch RUNS COMMAND [RIVAL]\n");
		return 2;
	}
	for (int i = -1; i < runs; i++) { /* the first one warms the cache */
		for (int k = 0; k < argc - 2; k++) {
			struct sample sample = run(argv[k + 2], 0);

			if (i >= 0)
				times[k][i] = sample.ms;
		}
	}
	for (int k = 0; k < argc - 2; k++) {
		qsort(times[k], (size_t)runs, sizeof(double), compare);
		printf("%.1f %ld\n", times[k][runs / 2], run(argv[k + 2], 1).anon_kb);
	}
	return 0;
}
