// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: rules of linuxrc and Agama over a disk whose texts and names are the input:
// dud.config, module.order, module.config and a list of paths, with 0x1e between them.
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/agama.h"
#include "lib/core/linuxrc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FOLDER "linux/suse/x86_64-tw"
#define KERNEL "6.4.0-default"

#define MAX_FILES 64

static const char *const stock_names[] = {"a", "lib", "libphy"};

struct bench {
	struct mf_disk disk;
	struct mf_disk_file files[MAX_FILES];
	struct mf_driver drivers[2];
	const char *depends[2];
};

static struct mf_bytes cut(struct mf_bytes *input)
{
	const uint8_t *end = input->n ? memchr(input->p, 0x1e, input->n) : NULL;
	size_t n = end ? (size_t)(end - input->p) : input->n;
	struct mf_bytes piece = {input->p, n};

	input->p += n + (end != NULL);
	input->n -= n + (end != NULL);
	return piece;
}

static bool has_path(const struct mf_disk *disk, const char *path)
{
	for (size_t i = 0; i < disk->n_files; i++) {
		if (strcmp(disk->files[i].path, path) == 0)
			return true;
	}
	return false;
}

/* Adds a file and the folders above it, once; NULL: is there already, or the disk is full. */
static struct mf_disk_file *add(struct bench *bench, char kind, const char *path)
{
	struct mf_disk *disk = &bench->disk;
	const char *slash = strrchr(path, '/');

	if (slash) {
		char *parent = mf_arena_strndup(&disk->arena, path, (size_t)(slash - path));

		if (parent)
			add(bench, 'd', parent);
	}
	if (!mf_path_is_safe(path) || disk->n_files == MAX_FILES || has_path(disk, path))
		return NULL;
	disk->files[disk->n_files] = (struct mf_disk_file){.path = path, .kind = kind};
	return &disk->files[disk->n_files++];
}

static void add_text(struct bench *bench, const char *path, struct mf_bytes text)
{
	struct mf_disk_file *file = add(bench, 'f', path);

	if (!file)
		return;
	file->text = text;
	file->size = text.n;
}

static void add_module(struct bench *bench, const char *path)
{
	struct mf_disk_file *file = add(bench, 'f', path);

	if (file)
		file->driver = &bench->drivers[bench->disk.n_files % 2];
}

/* "PATH" or "PATH>TARGET", a symlink */
static void add_line(struct bench *bench, struct mf_bytes line)
{
	char *path = mf_arena_strndup(&bench->disk.arena, (const char *)line.p,
				      strnlen((const char *)line.p, line.n));
	char *arrow = path ? strchr(path, '>') : NULL;
	struct mf_disk_file *file;

	if (!path)
		return;
	if (!arrow) {
		add_module(bench, path);
		return;
	}
	*arrow = '\0';
	file = add(bench, 'l', path);
	if (file)
		file->link = arrow + 1;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct mf_disk_file *)a)->path,
		      ((const struct mf_disk_file *)b)->path);
}

static void fill(struct bench *bench, struct mf_bytes input)
{
	struct mf_bytes config = cut(&input), order = cut(&input), autoload = cut(&input), line;

	bench->disk.container = "cpio";
	bench->disk.has_long_names = true;
	bench->disk.files = bench->files;
	bench->depends[0] = "lib";
	bench->depends[1] = "b-c";
	for (size_t i = 0; i < 2; i++) {
		bench->drivers[i].module.vermagic = i ? KERNEL " SMP" : "6.5.0-default SMP";
		bench->drivers[i].module.depends = (struct mf_strings){&bench->depends[i], 1};
	}
	add_text(bench, FOLDER "/dud.config", config);
	add_text(bench, FOLDER "/modules/module.order", order);
	if (autoload.n)
		add_text(bench, FOLDER "/modules/module.config", autoload);
	add_text(bench, "2/" FOLDER "/dud.config", config);
	add_module(bench, FOLDER "/modules/a.ko");
	add_module(bench, FOLDER "/modules/b-c.ko.xz");
	add_module(bench, FOLDER "/modules/lib.ko.zst");
	add_module(bench, "2/" FOLDER "/modules/a.ko.gz");
	while (mf_text_next_line(&input, &line))
		add_line(bench, line);
	qsort(bench->files, bench->disk.n_files, sizeof(*bench->files), compare);
}

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static void check_notes(const struct mf_strings *notes)
{
	for (size_t i = 0; i < notes->n; i++)
		require(notes->v[i] && *notes->v[i]);
}

static void check_update(const struct mf_linuxrc_update *update)
{
	bool is_told = false;

	require(update->path && (update->why || update->slot < 1000));
	for (size_t i = 0; i < update->n_lines; i++)
		require(*update->lines[i].key && update->lines[i].value);
	for (size_t i = 0; i < update->n_modules; i++) {
		const struct mf_linuxrc_module *module = &update->modules[i];

		require(module->name && !strchr(module->name, '-'));
		require((module->fate == MF_LINUXRC_STOCK) == !module->file);
		require((module->fate == MF_LINUXRC_SKIPPED) == (update->why != NULL));
		require(*mf_linuxrc_fate_name(module->fate) != '?');
		is_told |= module->fate == MF_LINUXRC_LOADED;
	}
	require(!is_told || !update->why);
}

static void run_linuxrc(const struct mf_disk *disk, const struct mf_strings *stock)
{
	const struct mf_linuxrc linuxrc = {FOLDER, KERNEL, stock};
	struct mf_linuxrc_result result;

	require(mf_linuxrc_run(disk, &linuxrc, &result) == 0);
	require(result.is_update);
	for (size_t i = 0; i < result.n_updates; i++)
		check_update(&result.updates[i]);
	for (size_t i = 1; i < result.n_updates; i++)
		require(result.updates[i].why ||
			(!result.updates[i - 1].why &&
			 result.updates[i - 1].slot < result.updates[i].slot));
	check_notes(&result.notes);
	mf_linuxrc_result_free(&result);
}

static void run_agama(const struct mf_disk *disk, const struct mf_strings *stock)
{
	const struct mf_agama agama = {mf_path_base(FOLDER), KERNEL, stock};
	struct mf_agama_result result;

	require(mf_agama_run(disk, &agama, &result) == 0);
	for (size_t i = 0; i < result.n_modules; i++) {
		const struct mf_agama_module *module = &result.modules[i];

		require(module->file && module->file->kind == 'f' && module->copy);
		require(!strchr(module->name, '-') && *mf_agama_fate_name(module->fate) != '?');
		require(module->why || module->fate != MF_AGAMA_SKIPPED);
	}
	check_notes(&result.notes);
	mf_agama_result_free(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mf_strings stock = {(const char *[]){stock_names[0], stock_names[1], stock_names[2]},
				   3};
	struct bench bench = {0};

	fill(&bench, (struct mf_bytes){data, size});
	run_linuxrc(&bench.disk, &stock);
	run_linuxrc(&bench.disk, NULL);
	run_agama(&bench.disk, &stock);
	mf_arena_free(&bench.disk.arena);
	return 0;
}
