// SPDX-License-Identifier: GPL-2.0-or-later
// `modferry inspect` of driver disks and RPMs for people: tables.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/cli/inspect_disk.h"

/* Longest number of 64 bits in decimal, with its NUL. */
#define NUMBER_SIZE 21

/* Provides that installers choose packages by (anaconda, utils/dd/dd_list.c). */
static const char *const shown_provides[] = {"kernel-modules", "installer-enhancement"};

/* Text that is made anew for each row. */
struct words {
	struct mf_buf name;
	struct mf_buf provides;
	struct mf_buf scripts;
	struct mf_buf path;
};

static void free_words(struct words *words)
{
	mf_buf_free(&words->name);
	mf_buf_free(&words->provides);
	mf_buf_free(&words->scripts);
	mf_buf_free(&words->path);
}

static const char *format_number(uint64_t number, char out[NUMBER_SIZE])
{
	snprintf(out, NUMBER_SIZE, "%" PRIu64, number);
	return out;
}

static const char *sense_text(unsigned int sense)
{
	static const char *const texts[] = {"", "<", ">", "<>", "=", "<=", ">=", "<=>"};

	return texts[sense >> 1 & 7]; /* the three bits start with 2 */
}

static void start(struct mf_buf *buf)
{
	buf->len = 0;
	mf_buf_adds(buf, "");
}

static void add_name(struct mf_buf *out, const struct mf_rpm *rpm)
{
	start(out);
	if (rpm->malformed)
		mf_buf_adds(out, "malformed");
	else
		mf_buf_printf(out, "%s-%s-%s.%s", rpm->name, rpm->version, rpm->release, rpm->arch);
}

static void add_path(struct mf_buf *out, const struct mf_inspect_disks *disks, size_t disk,
		     const char *path)
{
	start(out);
	mf_buf_printf(out, "%s%s", disks->disks[disk].prefix, path);
}

static void add_provides(struct mf_buf *out, const struct mf_rpm *rpm)
{
	start(out);
	for (size_t i = 0; i < rpm->provides.n; i++) {
		const struct mf_rpm_dep *dep = &rpm->provides.v[i];

		if (strcmp(dep->name, shown_provides[0]) != 0 &&
		    strcmp(dep->name, shown_provides[1]) != 0)
			continue;
		mf_buf_printf(out, "%s%s", out->len ? ", " : "", dep->name);
		if (dep->sense)
			mf_buf_printf(out, " %s %s", sense_text(dep->sense), dep->version);
	}
}

static void add_scripts(struct mf_buf *out, const struct mf_rpm *rpm)
{
	start(out);
	for (size_t i = 0; i < rpm->n_scripts; i++)
		mf_buf_printf(out, "%s%s", i ? "," : "", rpm->scripts[i].when);
}

static void add_disks(struct mf_table *table, const struct mf_inspect_disks *disks)
{
	mf_table_row(table, 5,
		     (const char *const[]){"DISK", "CONTAINER", "LABEL", "NAMES", "FILES"});
	for (size_t i = 0; i < disks->n_disks; i++) {
		const struct mf_disk *disk = disks->disks[i].disk;
		char files[NUMBER_SIZE];
		char name[4096];

		snprintf(name, sizeof(name), "%s", i ? disks->disks[i].prefix : disks->file);
		if (i) /* the blank and colon that stand in front of paths */
			name[strlen(name) - 2] = '\0';
		mf_table_row(table, 5,
			     (const char *const[]){name, disk->container, disk->label,
						   disk->has_long_names ? "long" : "short",
						   format_number(disk->n_files, files)});
	}
}

static void add_repositories(struct mf_table *table, const struct mf_inspect_disks *disks,
			     struct words *words)
{
	mf_table_row(table, 4, (const char *const[]){"REPOSITORY", "ARCH", "PACKAGES", "METADATA"});
	for (size_t i = 0; i < disks->n_repositories; i++) {
		const struct mf_inspect_repository *item = &disks->repositories[i];
		char packages[NUMBER_SIZE];

		add_path(&words->path, disks, item->disk, item->path);
		mf_table_row(table, 4,
			     (const char *const[]){mf_buf_str(&words->path), item->arch,
						   format_number(item->n_packages, packages),
						   item->has_metadata ? "yes" : "no"});
	}
}

static void add_rpms(struct mf_table *table, const struct mf_inspect_disks *disks,
		     struct words *words)
{
	mf_table_row(table, 8,
		     (const char *const[]){"PACKAGE", "KEY", "PROVIDES", "MODULES", "FIRMWARE",
					   "OTHER", "SCRIPTLETS", "PATH"});
	for (size_t i = 0; i < disks->n_rpms; i++) {
		const struct mf_inspect_rpm *item = &disks->rpms[i];
		char numbers[3][NUMBER_SIZE];

		add_name(&words->name, item->rpm);
		add_provides(&words->provides, item->rpm);
		add_scripts(&words->scripts, item->rpm);
		add_path(&words->path, disks, item->disk, item->rpm->source);
		mf_table_row(table, 8,
			     (const char *const[]){
				     mf_buf_str(&words->name), item->rpm->key_id,
				     mf_buf_str(&words->provides),
				     format_number(item->content.n_drivers, numbers[0]),
				     format_number(item->content.n_firmware, numbers[1]),
				     format_number(item->content.n_other, numbers[2]),
				     mf_buf_str(&words->scripts), mf_buf_str(&words->path)});
	}
}

/* As its file is called by dpkg. */
static void add_deb_name(struct mf_buf *out, const struct mf_deb *deb)
{
	start(out);
	if (deb->malformed)
		mf_buf_adds(out, "malformed");
	else
		mf_buf_printf(out, "%s_%s_%s", deb->package, deb->version, deb->arch);
}

static void add_debs(struct mf_table *table, const struct mf_inspect_disks *disks,
		     struct words *words)
{
	mf_table_row(table, 8,
		     (const char *const[]){"PACKAGE", "KERNEL-VERSION", "CONTROL", "DATA",
					   "MODULES", "FIRMWARE", "OTHER", "PATH"});
	for (size_t i = 0; i < disks->n_debs; i++) {
		const struct mf_inspect_deb *item = &disks->debs[i];
		const struct mf_deb *deb = item->deb;
		char numbers[3][NUMBER_SIZE];

		add_deb_name(&words->name, deb);
		add_path(&words->path, disks, item->disk, deb->source);
		mf_table_row(table, 8,
			     (const char *const[]){
				     mf_buf_str(&words->name), deb->kernel_version, deb->control,
				     deb->data, format_number(item->content.n_drivers, numbers[0]),
				     format_number(item->content.n_firmware, numbers[1]),
				     format_number(item->content.n_other, numbers[2]),
				     mf_buf_str(&words->path)});
	}
}

static void add_updates(struct mf_table *table, const struct mf_inspect_disks *disks,
			struct words *words)
{
	mf_table_row(table, 7,
		     (const char *const[]){"UPDATE", "ID", "NAME", "ORDER", "MODULES", "PACKAGES",
					   "ARCHIVE"});
	for (size_t i = 0; i < disks->n_updates; i++) {
		const struct mf_inspect_update *item = &disks->updates[i];
		char numbers[2][NUMBER_SIZE];

		add_path(&words->path, disks, item->disk, item->path);
		if (item->target) {
			mf_buf_printf(&words->path, " -> %s", item->target);
			mf_table_row(table, 7,
				     (const char *const[]){mf_buf_str(&words->path), NULL, NULL,
							   NULL, NULL, NULL, NULL});
			continue;
		}
		mf_table_row(table, 7,
			     (const char *const[]){mf_buf_str(&words->path), item->id, item->name,
						   item->has_order ? "yes" : "no",
						   format_number(item->n_modules, numbers[0]),
						   format_number(item->n_packages, numbers[1]),
						   item->has_archive ? "yes" : "no"});
	}
}

/* What is told of each module. */
#define FACTS 6
static int list_facts(const struct mf_driver *driver, struct mf_arena *arena,
		      const char *cells[FACTS])
{
	const struct mf_module *module = &driver->module;
	const char *kernel = mf_module_kernel(module, arena);

	if (!kernel && module->vermagic)
		return -ENOMEM;
	cells[0] = module->name;
	cells[1] = kernel;
	cells[2] = module->arch;
	cells[3] = module->version;
	cells[4] = driver->malformed ? "malformed" : mf_signer_text(module);
	cells[5] = mf_compression_name(driver->compression);
	return 0;
}

static int add_packed(struct mf_table *table, const char *package,
		      const struct mf_inspect_content *content)
{
	int r = 0;

	for (size_t i = 0; !r && i < content->n_drivers; i++) {
		MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
		const char *cells[FACTS + 2] = {package};

		r = list_facts(&content->drivers[i], &arena, cells + 1);
		cells[FACTS + 1] = content->drivers[i].member;
		if (!r)
			mf_table_row(table, FACTS + 2, cells);
	}
	return r;
}

static int add_modules(struct mf_table *table, const struct mf_inspect_disks *disks,
		       struct words *words)
{
	int r = 0;

	mf_table_row(table, 8,
		     (const char *const[]){"PACKAGE", "MODULE", "KERNEL", "ARCH", "VERSION",
					   "SIGNER", "COMPRESSION", "PATH"});
	for (size_t i = 0; !r && i < disks->n_rpms; i++) {
		add_name(&words->name, disks->rpms[i].rpm);
		r = add_packed(table, mf_buf_str(&words->name), &disks->rpms[i].content);
	}
	for (size_t i = 0; !r && i < disks->n_debs; i++) {
		add_deb_name(&words->name, disks->debs[i].deb);
		r = add_packed(table, mf_buf_str(&words->name), &disks->debs[i].content);
	}
	return r;
}

/* Modules that lie on the disk, each driver update's in the order of loading. */
static int add_plain(struct mf_table *table, const struct mf_inspect_disks *disks,
		     struct words *words)
{
	int r = 0;

	mf_table_row(table, 9,
		     (const char *const[]){"UPDATE", "ORDER", "MODULE", "KERNEL", "ARCH", "VERSION",
					   "SIGNER", "COMPRESSION", "PATH"});
	for (size_t i = 0; !r && i < disks->n_modules; i++) {
		MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
		const struct mf_inspect_module *item = &disks->modules[i];
		const char *cells[FACTS + 3] = {item->update};
		char place[NUMBER_SIZE];

		cells[1] = item->place ? format_number(item->place, place) : NULL;
		cells[2] = item->name;
		if (item->file) {
			r = list_facts(item->file->driver, &arena, cells + 2);
			add_path(&words->path, disks, item->disk, item->file->path);
			cells[FACTS + 2] = mf_buf_str(&words->path);
		}
		if (!r)
			mf_table_row(table, FACTS + 3, cells);
	}
	return r;
}

static void add_firmware_row(struct mf_table *table, const char *package, const char *path,
			     uint64_t size)
{
	char number[NUMBER_SIZE];

	mf_table_row(
		table, 3,
		(const char *const[]){package, path + (*path == '/'), format_number(size, number)});
}

static void add_firmware(struct mf_table *table, const struct mf_inspect_disks *disks,
			 struct words *words)
{
	mf_table_row(table, 3, (const char *const[]){"PACKAGE", "FIRMWARE", "SIZE"});
	for (size_t i = 0; i < disks->n_rpms; i++) {
		const struct mf_rpm *rpm = disks->rpms[i].rpm;

		add_name(&words->name, rpm);
		for (size_t k = 0; k < rpm->n_files; k++) {
			if (mf_inspect_is_firmware(rpm->files[k].path, rpm->files[k].mode))
				add_firmware_row(table, mf_buf_str(&words->name),
						 rpm->files[k].path, rpm->files[k].size);
		}
	}
	for (size_t i = 0; i < disks->n_debs; i++) {
		const struct mf_deb *deb = disks->debs[i].deb;

		add_deb_name(&words->name, deb);
		for (size_t k = 0; k < deb->n_files; k++) {
			if (mf_inspect_is_firmware(deb->files[k].path, deb->files[k].mode))
				add_firmware_row(table, mf_buf_str(&words->name),
						 deb->files[k].path, deb->files[k].size);
		}
	}
}

/* A table that has a heading alone is left out. */
static int print_table(const struct mf_table *table, bool is_first, struct mf_err *err)
{
	int r = 0;

	if (table->n_rows == 1)
		return 0;
	if (!is_first)
		r = mf_print("\n", 1, err);
	return r ? r : mf_table_print(table, err);
}

int mf_inspect_disk_print(const struct mf_inspect_disks *disks, struct mf_err *err)
{
	enum { DISKS, REPOSITORIES, UPDATES, RPMS, DEBS, MODULES, PLAIN, FIRMWARE, N_TABLES };
	struct mf_table tables[N_TABLES] = {0};
	MF_CLEANUP(free_words) struct words words = {0};
	int r;

	add_disks(&tables[DISKS], disks);
	add_repositories(&tables[REPOSITORIES], disks, &words);
	add_updates(&tables[UPDATES], disks, &words);
	add_rpms(&tables[RPMS], disks, &words);
	add_debs(&tables[DEBS], disks, &words);
	r = add_modules(&tables[MODULES], disks, &words);
	if (!r)
		r = add_plain(&tables[PLAIN], disks, &words);
	add_firmware(&tables[FIRMWARE], disks, &words);
	if (!r)
		r = mf_buf_status(&words.name) | mf_buf_status(&words.provides) |
		    mf_buf_status(&words.scripts) | mf_buf_status(&words.path);
	if (r)
		mf_fail(err, r, "out of memory");
	for (size_t i = 0; i < N_TABLES; i++) {
		if (!r)
			r = print_table(&tables[i], i == DISKS, err);
		mf_table_free(&tables[i]);
	}
	return r;
}
