// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a tool of the distribution in a unit test, which fails when the tool does.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

#include "tests/unit/unit.h"

/* Arguments end with a NULL; what the tool prints goes nowhere. */
static inline void runtool(const char *const *argv)
{
	static char locale[] = "LC_ALL=C.UTF-8";
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char checks[] = "MTOOLS_SKIP_CHECK=1";
	char *env[] = {locale, path, checks, NULL};
	posix_spawn_file_actions_t actions;
	int status = -1;
	pid_t child;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&child, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, env))
		fail_msg("%s cannot be run; make deps installs it", argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (status)
		fail_msg("%s failed", argv[0]);
}

#define RUNTOOL(...) runtool((const char *const[]){__VA_ARGS__, NULL})
