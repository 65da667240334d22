// SPDX-License-Identifier: GPL-2.0-or-later
// Rules of the kernel's unpacker for an archive that stands behind a target's initrd.
#include "lib/io/check_archive.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/io/check_run.h"

#define COMPRESS "compress the archive: a compressed one may start anywhere"
#define SYMLINK	 "leave the entry out, or name the path that the symlink leads to"

/* The sources: init/initramfs.c, lib/decompress*.c; measured by tests/vm/archive-rules.sh. */
static const struct {
	enum mf_reason_code code;
	enum mf_verdict weight;
	const char *text; /* behind "OBJECT: " */
	const char *advice;
} rules[N_RULES] = {
	[RULE_UNREADABLE] = {MF_REASON_MALFORMED, MF_VERDICT_FAILS,
			     "the kernel stops unpacking there", "make the file anew"},
	[RULE_TOO_LARGE] = {MF_REASON_MALFORMED, MF_VERDICT_UNKNOWN, "is not read to its end",
			    NULL},
	[RULE_NO_TRAILER] = {MF_REASON_MALFORMED, MF_VERDICT_FAILS,
			     "has no end mark, so it is cut off", "make the file anew"},
	[RULE_RAW_UNALIGNED] = {MF_REASON_ARCHIVE_ALIGNMENT, MF_VERDICT_FAILS,
				"uncompressed archive that starts at no multiple of 4 bytes: the "
				"kernel loses it and what follows",
				COMPRESS ", or put zero bytes in front of it"},
	[RULE_RAW] = {MF_REASON_ARCHIVE_ALIGNMENT, MF_VERDICT_LOADS,
		      "uncompressed archive, which must start at a multiple of 4 bytes", COMPRESS},
	[RULE_REFUSED] = {MF_REASON_ARCHIVE_COMPRESSION, MF_VERDICT_FAILS,
			  "compressed in a way that the kernel does not read",
			  "compress it with gzip -n, xz --check=crc32 or zstd -19"},
	[RULE_NOT_LZ4] =
		{MF_REASON_ARCHIVE_COMPRESSION, MF_VERDICT_FAILS,
		 "behind an initrd in lz4 the kernel takes it for damage of that, and stops",
		 "compress the archive with lz4 -l (modferry overlay --format cpio.lz4)"},
	[RULE_ZEROS_LZ4] = {MF_REASON_ARCHIVE_COMPRESSION, MF_VERDICT_UNKNOWN,
			    "zero bytes between it and an initrd in lz4, which kernels before 5.14 "
			    "take for damage",
			    "join the two without padding"},
	[RULE_AFTER_LZ4] = {MF_REASON_ARCHIVE_COMPRESSION, MF_VERDICT_UNKNOWN,
			    "follows an initrd in lz4 whose size is no multiple of 4: a boot "
			    "loader that pads files to 4 bytes makes the kernel stop there",
			    "give both as one file (modferry overlay --append-to)"},
	[RULE_LINK] = {MF_REASON_ARCHIVE_DIRECTORY, MF_VERDICT_FAILS,
		       "directory entry over a symlink: the kernel puts an empty directory in its "
		       "place, and what was reached through it is gone",
		       SYMLINK},
	[RULE_LINK_LIKELY] = {MF_REASON_ARCHIVE_DIRECTORY, MF_VERDICT_UNKNOWN,
			      "directory entry for what is a symlink in many targets, which it "
			      "would destroy",
			      SYMLINK "; name the target with --initrd"},
	[RULE_MODE] = {MF_REASON_ARCHIVE_DIRECTORY, MF_VERDICT_LOADS,
		       "directory entry over a directory of the target, whose owner and mode it "
		       "sets",
		       NULL},
	[RULE_STANDS] = {MF_REASON_ARCHIVE_DIRECTORY, MF_VERDICT_FAILS,
			 "a directory that is not empty stands there: the kernel passes over the "
			 "entry without a word",
			 NULL},
	[RULE_EMPTY] = {MF_REASON_ARCHIVE_DIRECTORY, MF_VERDICT_UNKNOWN,
			"stands where the target has a directory: passed over without a word "
			"unless that is empty",
			NULL},
	[RULE_PARENT] = {MF_REASON_ARCHIVE_PARENT, MF_VERDICT_FAILS,
			 "the kernel passes over it without a word: its directory is neither in "
			 "the target nor before it in the archive",
			 "add entries for its directories, parents first"},
	[RULE_PARENT_LIKELY] = {MF_REASON_ARCHIVE_PARENT, MF_VERDICT_UNKNOWN,
				"lost unless the target has its directory",
				"name the target with --initrd"},
	[RULE_EARLY] = {MF_REASON_PLACEMENT, MF_VERDICT_LOADS,
			"early microcode or ACPI table, which is looked for only in an "
			"uncompressed archive at the very start",
			"put its archive in front of the initrd"},
	[RULE_PLACE_NONE] = {MF_REASON_PLACEMENT, MF_VERDICT_FAILS,
			     "module for no kernel that the target has, as all here are",
			     "take modules for the kernel of the target"},
	[RULE_PLACE_SOME] = {MF_REASON_PLACEMENT, MF_VERDICT_LOADS,
			     "module for no kernel that the target has: passed over there", NULL},
};

void mf_check_found(struct mf_check_run *run, enum mf_rule rule, const char *object)
{
	if (!run->found[rule].n++)
		run->found[rule].object = object;
}

static const char *name_segment(struct mf_check_run *run, const struct mf_segment *segment)
{
	const char *name = mf_arena_printf(
		&run->model.arena, "%s segment at offset %llu%s%s", mf_codec_name(segment->codec),
		(unsigned long long)(segment->start - run->start), segment->warning ? ": " : "",
		segment->warning ? segment->warning : "");

	return name ? name : "segment";
}

/* Where the model's walk ended in an error: by the segment that it was in. */
static void judge_stop(struct mf_check_run *run, int code, const char *text)
{
	const struct mf_segment *last = run->model.n_segments
						? &run->model.segments[run->model.n_segments - 1]
						: NULL;
	struct mf_err own = {0};
	enum mf_rule rule = code == -E2BIG ? RULE_TOO_LARGE : RULE_UNREADABLE;

	if (last && !last->is_aligned && last->codec == MF_CODEC_NONE) {
		mf_check_found(run, RULE_RAW_UNALIGNED, name_segment(run, last));
		return;
	}
	if (last && last->warning)
		return; /* which names the cause */
	if (mf_initrd_walk(run->check->overlay, &(struct mf_initrd_visitor){0}, &own))
		text = own.text; /* with offsets in the file, not in the model's image */
	text = mf_arena_strdup(&run->model.arena, text);
	mf_check_found(run, rule, text ? text : "the file");
}

static void judge_segment(struct mf_check_run *run, const struct mf_segment *segment)
{
	bool is_last = segment == &run->model.segments[run->model.n_segments - 1];
	bool is_cut = is_last && run->model.is_cut;

	if (segment->warning)
		mf_check_found(run, RULE_REFUSED, name_segment(run, segment));
	if (segment->codec == MF_CODEC_NONE && segment->is_aligned && !run->is_whole &&
	    segment->start == run->start)
		mf_check_found(run, RULE_RAW, name_segment(run, segment));
	if (!is_cut && !segment->has_trailer)
		mf_check_found(run, RULE_NO_TRAILER, name_segment(run, segment));
}

/* Behind an initrd in lz4; its own padding is that of the file and of nothing else. */
static void judge_lz4(struct mf_check_run *run)
{
	struct mf_bytes overlay = run->check->overlay;
	enum mf_codec codec;
	size_t zeros = 0;

	if (!run->check->probe || !run->check->probe->has_lz4)
		return;
	while (zeros < overlay.n && !overlay.p[zeros])
		zeros++;
	codec = mf_codec_detect(mf_bytes_sub(overlay, zeros, overlay.n - zeros));
	if (zeros >= 4)
		mf_check_found(run, RULE_ZEROS_LZ4, "the file");
	else if (zeros || codec != MF_CODEC_LZ4)
		mf_check_found(run, RULE_NOT_LZ4, "the file");
	else if (run->check->base_size & 3)
		mf_check_found(run, RULE_AFTER_LZ4, "the file");
}

static int report(const struct mf_check_run *run, struct mf_arena *arena, struct mf_reasons *out)
{
	for (size_t i = 0; i < N_RULES; i++) {
		MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
		const char *object = run->found[i].object;
		struct mf_reason reason = {rules[i].code, rules[i].weight, NULL, rules[i].advice};
		int r;

		if (!run->found[i].n)
			continue;
		mf_buf_add_visible(&text, object, strlen(object));
		if (run->found[i].n > 1)
			mf_buf_printf(&text, " and %zu more", run->found[i].n - 1);
		mf_buf_printf(&text, ": %s", rules[i].text);
		reason.text = mf_arena_strdup(arena, mf_buf_str(&text));
		r = mf_buf_status(&text) || !reason.text ? -ENOMEM
							 : mf_reason_add(arena, out, &reason);
		if (r)
			return r;
	}
	return 0;
}

static bool has_path(const struct mf_rootfs *model, const char *path)
{
	size_t at;

	return mf_rootfs_find(model, path, false, &at) == 0;
}

/* By what the file alone unpacks to: an image with its own init is a whole one, so what it lacks
 * is missing. With all folders of the target it boots in the target's place, not behind it. */
static int look_alone(struct mf_check_run *run, const struct mf_archive_check *check)
{
	MF_CLEANUP(mf_rootfs_free) struct mf_rootfs alone = {0};
	const struct mf_base_tree *base = mf_check_base(check);
	struct mf_err ignored = {0};
	bool is_joined;

	if (mf_rootfs_read(check->overlay, 0, &alone, &ignored) == -ENOMEM)
		return -ENOMEM;
	run->is_whole = is_joined = has_path(&alone, "init");
	for (size_t i = 0; is_joined && base && i < base->dirs.n; i++)
		is_joined = !mf_path_is_safe(base->dirs.v[i]) || has_path(&alone, base->dirs.v[i]);
	run->own = *check;
	if (is_joined)
		run->own = (struct mf_archive_check){.overlay = check->overlay};
	run->probe = check->probe;
	run->check = &run->own;
	return 0;
}

static void judge(struct mf_check_run *run)
{
	run->is_known = run->is_whole || mf_check_base(run->check);
	for (size_t i = 0; i < run->model.n_segments; i++) {
		if (mf_check_is_ours(run, (unsigned int)i))
			judge_segment(run, &run->model.segments[i]);
	}
	mf_check_entries(run);
	judge_lz4(run);
}

static void free_run(struct mf_check_run *run)
{
	mf_rootfs_free(&run->model);
}

int mf_check_archive(const struct mf_archive_check *check, struct mf_arena *arena,
		     struct mf_reasons *out, struct mf_err *err)
{
	MF_CLEANUP(free_run) struct mf_check_run run = {0};
	struct mf_check_image image = {0};
	struct mf_err stop = {0};
	int r = look_alone(&run, check);

	if (!r)
		r = mf_check_image_make(run.check, &image, err);
	run.start = image.start;
	if (!r) {
		r = mf_rootfs_read(image.map.bytes, 0, &run.model, &stop);
		if (r == -ENOMEM)
			mf_fail(err, r, "%s", stop.text);
		else if (r)
			judge_stop(&run, r, stop.text);
		if (r != -ENOMEM) {
			judge(&run);
			r = report(&run, arena, out);
		}
	}
	mf_map_close(&image.map);
	return r;
}
