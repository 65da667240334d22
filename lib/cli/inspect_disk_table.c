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
			     (const char *const[]){mf_buf_str(&words->name), item->rpm->key_id,
						   mf_buf_str(&words->provides),
						   format_number(item->drivers.n, numbers[0]),
						   format_number(item->n_firmware, numbers[1]),
						   format_number(item->n_other, numbers[2]),
						   mf_buf_str(&words->scripts),
						   mf_buf_str(&words->path)});
	}
}

static int add_module(struct mf_table *table, const char *package, const struct mf_driver *driver)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	const struct mf_module *module = &driver->module;
	const char *kernel = mf_module_kernel(module, &arena);

	if (!kernel && module->vermagic)
		return -ENOMEM;
	mf_table_row(
		table, 8,
		(const char *const[]){package, module->name, kernel, module->arch, module->version,
				      driver->malformed ? "malformed" : mf_signer_text(module),
				      mf_compression_name(driver->compression), driver->member});
	return 0;
}

static int add_modules(struct mf_table *table, const struct mf_inspect_disks *disks,
		       struct words *words)
{
	int r = 0;

	mf_table_row(table, 8,
		     (const char *const[]){"PACKAGE", "MODULE", "KERNEL", "ARCH", "VERSION",
					   "SIGNER", "COMPRESSION", "PATH"});
	for (size_t i = 0; i < disks->n_rpms; i++) {
		const struct mf_rpm_drivers *drivers = &disks->rpms[i].drivers;

		add_name(&words->name, disks->rpms[i].rpm);
		for (size_t k = 0; !r && k < drivers->n; k++)
			r = add_module(table, mf_buf_str(&words->name), &drivers->v[k]);
	}
	return r;
}

static void add_firmware(struct mf_table *table, const struct mf_inspect_disks *disks,
			 struct words *words)
{
	mf_table_row(table, 3, (const char *const[]){"PACKAGE", "FIRMWARE", "SIZE"});
	for (size_t i = 0; i < disks->n_rpms; i++) {
		const struct mf_rpm *rpm = disks->rpms[i].rpm;

		add_name(&words->name, rpm);
		for (size_t k = 0; k < rpm->n_files; k++) {
			char size[NUMBER_SIZE];

			if (!mf_inspect_is_firmware(&rpm->files[k]))
				continue;
			mf_table_row(table, 3,
				     (const char *const[]){
					     mf_buf_str(&words->name), rpm->files[k].path + 1,
					     format_number(rpm->files[k].size, size)});
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
	struct mf_table tables[5] = {0};
	MF_CLEANUP(free_words) struct words words = {0};
	int r;

	add_disks(&tables[0], disks);
	add_repositories(&tables[1], disks, &words);
	add_rpms(&tables[2], disks, &words);
	r = add_modules(&tables[3], disks, &words);
	add_firmware(&tables[4], disks, &words);
	if (!r)
		r = mf_buf_status(&words.name) | mf_buf_status(&words.provides) |
		    mf_buf_status(&words.scripts) | mf_buf_status(&words.path);
	if (r)
		mf_fail(err, r, "out of memory");
	for (size_t i = 0; i < 5; i++) {
		if (!r)
			r = print_table(&tables[i], i == 0, err);
		mf_table_free(&tables[i]);
	}
	return r;
}
