// SPDX-License-Identifier: GPL-2.0-or-later
// What the loader says, and what the kernel says: both are lines of /dev/kmsg.
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define MAX_LINE 900 /* longer writes are refused by some kernels' /dev/kmsg */
#define DEVKMSG	 "/proc/sys/kernel/printk_devkmsg"

void mf_log_open(struct mf_loader *loader)
{
	struct mf_log *log = &loader->log;

	log->fd = log->kernel_fd = -1;
	if (loader->is_dry_run)
		return;
	log->fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	log->kernel_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (log->kernel_fd >= 0)
		lseek(log->kernel_fd, 0, SEEK_END);
}

void mf_log_say(struct mf_loader *loader, int level, const char *format, ...)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	char line[MAX_LINE];
	va_list args;
	size_t prefix;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n < 0)
		return;
	if (loader->log.fd >= 0)
		mf_buf_printf(&text, "<%d>", level);
	mf_buf_adds(&text, "modferry: ");
	mf_buf_add_visible(&text, line, strlen(line));
	if (text.len > MAX_LINE - 1)
		text.len = MAX_LINE - 1;
	mf_buf_addc(&text, '\n');
	if (mf_buf_status(&text))
		return;
	if (loader->log.fd >= 0 && write(loader->log.fd, text.data, text.len) < 0)
		return; /* nobody to tell */
	prefix = loader->log.fd >= 0 ? strlen("<6>") : 0;
	if (loader->log.fd < 0 || (level <= LOG_ERR && !loader->is_pid1))
		mf_sys_print(STDERR_FILENO, "%s", mf_buf_str(&text) + prefix);
}

/* Keeps a record of /dev/kmsg ("PRIORITY,SEQUENCE,TIME,FLAGS;TEXT\n…") when it is the kernel's. */
static void keep_record(struct mf_log *log, const char *record, size_t n)
{
	const char *comma = memchr(record, ',', n);
	const char *text = memchr(record, ';', n);
	struct mf_log_line *line = &log->lines[log->n % MF_LOG_LINES];
	uint64_t priority;
	const char *end;
	size_t length;

	if (!comma || !text || mf_parse_u64(record, (size_t)(comma - record), 10, &priority))
		return;
	if (priority > 7) /* facility is not 0: written by a process */
		return;
	text++;
	end = memchr(text, '\n', n - (size_t)(text - record));
	length = end ? (size_t)(end - text) : n - (size_t)(text - record);
	if (length >= sizeof(line->text))
		length = sizeof(line->text) - 1;
	memcpy(line->text, text, length);
	line->text[length] = '\0';
	line->level = (unsigned int)priority;
	log->n++;
}

void mf_log_drain(struct mf_loader *loader)
{
	struct mf_log *log = &loader->log;
	char record[8192]; /* CONSOLE_EXT_LOG_MAX of the kernel */

	if (log->kernel_fd < 0)
		return;
	for (;;) {
		ssize_t n = read(log->kernel_fd, record, sizeof(record));

		if (n > 0)
			keep_record(log, record, (size_t)n);
		else if (n == 0 || (errno != EPIPE && errno != EINTR)) /* EPIPE: some were lost */
			return;
	}
}

/* Whether a line has a module's name as a word, '-' and '_' being the same. */
static bool names_module(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = text; *at; at++) {
		size_t i = 0;

		while (i < n && (at[i] == name[i] || (at[i] == '-' && name[i] == '_')))
			i++;
		if (i == n &&
		    !strchr("_-0123456789abcdefghijklmnopqrstuvwxyz", at[n] ? at[n] : ' ') &&
		    (at == text || strchr(" [':(\"", at[-1])))
			return true;
	}
	return false;
}

/* Said of modules in passing, by the kernel's loader and in every crash. */
static bool is_noise(const char *text)
{
	return mf_has_prefix(text, "Modules linked in:") || mf_has_suffix(text, "taints kernel.") ||
	       mf_has_suffix(text, "tainting kernel");
}

/* How well a line explains what happened to a module; 0: not at all. */
static unsigned int relevance(const struct mf_log_line *line, const struct mf_mod *mod,
			      bool is_crash)
{
	size_t n = strlen(mod->name);
	bool is_own = names_module(line->text, mod->name);
	/* "NAME: …" is said by or about the module; elsewhere the name may be part of a trace */
	unsigned int value = line->level <= 4 ? 1 : 0;

	if (is_noise(line->text))
		return 0;
	if (is_crash && (mf_has_prefix(line->text, "BUG:") || line->level <= 1))
		return 9;
	if (is_own)
		value += 2;
	if (is_own && line->text[n] == ':')
		value += 2;
	return value;
}

const char *mf_log_find(struct mf_loader *loader, const struct mf_mod *mod, bool is_crash)
{
	struct mf_log *log = &loader->log;
	const struct mf_log_line *best = NULL;
	unsigned int best_value = 0;
	uint64_t at = mod->log_mark;

	mf_log_drain(loader);
	if (log->n > MF_LOG_LINES && at < log->n - MF_LOG_LINES)
		at = log->n - MF_LOG_LINES;
	for (; at < log->n; at++) {
		const struct mf_log_line *line = &log->lines[at % MF_LOG_LINES];
		unsigned int value = relevance(line, mod, is_crash);

		/* a crash is told by its first line, a refusal by its last */
		if (value > best_value || (value && value == best_value && !is_crash)) {
			best = line;
			best_value = value;
		}
	}
	return best ? mf_arena_strdup(&loader->arena, best->text) : NULL;
}

void mf_log_unlimit(char saved[32])
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	const char *end;

	saved[0] = '\0';
	if (mf_sys_read(DEVKMSG, 64, &text))
		return;
	end = mf_buf_str(&text);
	snprintf(saved, 32, "%.*s", (int)strcspn(end, "\n"), end);
	if (strcmp(saved, "on") == 0 || mf_sys_write(DEVKMSG, "on\n"))
		saved[0] = '\0';
}

void mf_log_restore(const char *saved)
{
	char line[40];

	if (!saved[0])
		return;
	snprintf(line, sizeof(line), "%s\n", saved);
	mf_sys_write(DEVKMSG, line);
}
