// SPDX-License-Identifier: GPL-2.0-or-later
// Makes initrds of modules and files for tests.
#pragma once

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/io/compress.h"
#include "tests/unit/elfmake.h"

#define INITRDMAKE_VERMAGIC "vermagic=6.1.0-1-amd64 SMP preempt mod_unload modversions "

static inline void initrdmake_entry(struct mf_buf *image, const char *name, uint32_t mode,
				    struct mf_bytes content)
{
	mf_buf_printf(image, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		      (unsigned int)image->len, mode, 0U, 0U, 1U, 0U, (unsigned int)content.n, 0U,
		      0U, 0U, 0U, (unsigned int)strlen(name) + 1, 0U);
	mf_buf_adds(image, name);
	mf_buf_zeros(image, 1 + (4 - (image->len + 1) % 4) % 4);
	mf_buf_add(image, content.p, content.n);
	mf_buf_zeros(image, (4 - image->len % 4) % 4);
}

static inline struct mf_bytes initrdmake_text(const char *text)
{
	return (struct mf_bytes){(const uint8_t *)text, strlen(text)};
}

/*
 * One entry: "name/" is a directory, "name>target" a symlink, "name=text" a file, "|" the trailer;
 * "…/NAME.ko" a module that needs DEPENDS ("…/a.ko:b,c"), exports NAME_export with CRC 0x10 and
 * imports printk with CRC 0x20.
 */
static inline void initrdmake_module(struct mf_buf *out, const char *name, const char *depends)
{
	char exported[64], depends_text[128], name_text[64];
	const char *modinfo[] = {name_text, depends_text, INITRDMAKE_VERMAGIC, NULL};
	struct elfmake_symbol exports[] = {{exported, 0x10}, {NULL, 0}};
	struct elfmake_symbol imports[] = {{"printk", 0x20}, {NULL, 0}};

	snprintf(exported, sizeof(exported), "%s_export", name);
	snprintf(depends_text, sizeof(depends_text), "depends=%s", depends);
	snprintf(name_text, sizeof(name_text), "name=%s", name);
	elfmake(out, &(struct elfmake){.bits = 64,
				       .machine = EM_X86_64,
				       .modinfo = modinfo,
				       .exports = exports,
				       .imports = imports});
}

static inline void initrdmake_word(struct mf_buf *image, const char *word)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf module = {0};
	char name[256];
	size_t n = strcspn(word, ">=|");
	const char *ko = strstr(word, ".ko");

	assert_true(n < sizeof(name));
	memcpy(name, word, n);
	name[n] = '\0';
	if (word[n] == '|') {
		initrdmake_entry(image, "TRAILER!!!", 0, (struct mf_bytes){0});
	} else if (word[n]) {
		initrdmake_entry(image, name, word[n] == '>' ? 0120777 : 0100644,
				 initrdmake_text(word + n + 1));
	} else if (ko) {
		const char *base = strrchr(name, '/') + 1;

		name[ko + 3 - word] = '\0';
		name[ko - word] = '\0';
		initrdmake_module(&module, base, ko[3] == ':' ? ko + 4 : "");
		name[ko - word] = '.';
		initrdmake_entry(image, name, 0100644, mf_buf_bytes(&module));
	} else {
		initrdmake_entry(image, name, 040755, (struct mf_bytes){0});
	}
}

/* Entries, separated by blanks; '~' stands for a blank in them, ';' for a newline. */
static inline void initrdmake(struct mf_buf *image, const char *words)
{
	char *copy = strdup(words);
	char *rest = NULL;

	assert_non_null(copy);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		for (char *c = word; *c; c++)
			*c = *c == '~' ? ' ' : *c == ';' ? '\n' : *c;
		initrdmake_word(image, word);
	}
	free(copy);
}

static inline void initrdmake_pack(struct mf_buf *out, enum mf_codec codec, struct mf_bytes bytes)
{
	MF_CLEANUP(mf_compressor_free) struct mf_compressor *compressor = NULL;
	MF_CLEANUP(mf_close_fd) int fd = memfd_create("packed", MFD_CLOEXEC);
	off_t n;

	assert_true(fd >= 0);
	assert_int_equal(mf_compressor_open(codec, fd, &compressor, NULL), 0);
	assert_int_equal(mf_compressor_write(compressor, bytes, NULL), 0);
	assert_int_equal(mf_compressor_finish(compressor, NULL), 0);
	n = lseek(fd, 0, SEEK_END);
	assert_int_equal(pread(fd, mf_buf_reserve(out, (size_t)n), (size_t)n, 0), n);
	out->len += (size_t)n;
}

/* Writes a file anew: under the old name, as another inode. */
static inline void initrdmake_write(const char *path, struct mf_bytes bytes)
{
	MF_CLEANUP(mf_close_fd) int fd = -1;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
}
