// SPDX-License-Identifier: GPL-2.0-or-later
// Sticks: writing, reading back, what goes wrong meanwhile, and what is on one.
#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/stickmake.h"

/* The stick with a file for a device, filled with 0xee. */
static struct mf_stick make_stick(const struct machine *machine, size_t size)
{
	struct mf_stick stick = look(machine, 8, 16);
	FILE *file = fopen(machine->node, "w");
	static uint8_t block[4096];

	memset(block, 0xee, sizeof(block));
	assert_non_null(file);
	for (size_t i = 0; i < size; i += sizeof(block))
		assert_int_equal(fwrite(block, 1, sizeof(block), file), sizeof(block));
	assert_int_equal(fclose(file), 0);
	snprintf(stick.path, sizeof(stick.path), "%s", machine->node);
	stick.number = 0; /* of files */
	stick.size = size;
	return stick;
}

static void poke(const struct machine *machine, long offset, const void *bytes, size_t n)
{
	FILE *file = fopen(machine->node, "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, offset, SEEK_SET), 0);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static uint8_t peek(const struct machine *machine, size_t offset)
{
	FILE *file = fopen(machine->node, "r");
	int byte;

	assert_non_null(file);
	assert_int_equal(fseek(file, (long)offset, SEEK_SET), 0);
	byte = fgetc(file);
	assert_int_equal(fclose(file), 0);
	assert_int_not_equal(byte, EOF);
	return (uint8_t)byte;
}

/* An image in which each MiB has another byte. */
static struct mf_bytes make_image(uint8_t *room, size_t n)
{
	for (size_t i = 0; i < n; i++)
		room[i] = (uint8_t)(1 + i / MIB);
	return (struct mf_bytes){room, n};
}

static uint8_t room[6 * MIB];
static const struct mf_stick_watch nobody = {0};

static void the_image_is_written_and_both_ends_are_wiped(void **state)
{
	struct mf_stick stick = make_stick(*state, 8 * MIB);
	struct mf_bytes image = make_image(room, 3 * MIB + 100);

	assert_int_equal(mf_stick_write(&stick, image, &nobody, NULL), 0);
	assert_int_equal(peek(*state, 0), 1);
	assert_int_equal(peek(*state, 3 * MIB + 99), 4);
	assert_int_equal(peek(*state, 3 * MIB + 100), 0xee);
	assert_int_equal(peek(*state, 7 * MIB - 1), 0xee);
	assert_int_equal(peek(*state, 7 * MIB), 0);
	assert_int_equal(peek(*state, 8 * MIB - 1), 0);
}

static void a_small_image_leaves_nothing_of_the_first_mib(void **state)
{
	struct mf_stick stick = make_stick(*state, 8 * MIB);
	struct mf_bytes image = make_image(room, 1000);

	assert_int_equal(mf_stick_write(&stick, image, &nobody, NULL), 0);
	assert_int_equal(peek(*state, 999), 1);
	assert_int_equal(peek(*state, 1000), 0);
	assert_int_equal(peek(*state, MIB - 1), 0);
	assert_int_equal(peek(*state, MIB), 0xee);
}

static void an_image_may_fill_it(void **state)
{
	struct mf_stick stick = make_stick(*state, 3 * MIB - 4096);
	struct mf_bytes image = make_image(room, 3 * MIB - 4096);

	assert_int_equal(mf_stick_write(&stick, image, &nobody, NULL), 0);
	assert_int_equal(peek(*state, 3 * MIB - 4097), 3);
}

static void larger_and_empty_images_are_not_begun(void **state)
{
	struct mf_stick stick = make_stick(*state, 2 * MIB);

	assert_int_equal(mf_stick_write(&stick, make_image(room, 2 * MIB + 1), &nobody, NULL),
			 -ENOSPC);
	assert_int_equal(mf_stick_write(&stick, make_image(room, 0), &nobody, NULL), -EINVAL);
	assert_int_equal(peek(*state, 0), 0xee);
}

static void a_path_that_leads_elsewhere_now_is_left_alone(void **state)
{
	struct mf_stick stick = make_stick(*state, 2 * MIB);
	struct mf_err err = {0};

	stick.number = makedev(8, 16);
	assert_int_equal(mf_stick_write(&stick, make_image(room, 1000), &nobody, &err), -ENODEV);
	assert_non_null(strstr(err.text, "is another device now than before"));
	assert_int_equal(peek(*state, 0), 0xee);
}

/* What happens to the stick when so many MiB are done. */
struct accident {
	const struct machine *machine;
	const char *what;
	size_t at;
	size_t limit;	 /* from then on no byte behind this can be written */
	bool is_swapped; /* a byte is another one from then on */
	bool is_cut;
	size_t n_shown;
};

static void happen(void *data, const char *what, size_t done, size_t total)
{
	struct accident *accident = data;
	struct rlimit limit = {accident->limit, RLIM_INFINITY};

	assert_true(done <= total);
	accident->n_shown++;
	if (strcmp(what, accident->what) != 0 || done != accident->at)
		return;
	if (accident->limit)
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	if (accident->is_swapped)
		poke(accident->machine, 4 * MIB - 1, "x", 1);
	if (accident->is_cut)
		assert_int_equal(truncate(accident->machine->node, 2 * MIB), 0);
}

/* Writes 6 MiB while that happens; the message has the text. */
static int write_with(struct accident *accident, const char *text)
{
	static const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
	struct mf_stick stick = make_stick(accident->machine, 8 * MIB);
	struct mf_stick_watch watch = {happen, accident};
	struct mf_err err = {0};
	int r;

	signal(SIGXFSZ, SIG_IGN);
	r = mf_stick_write(&stick, make_image(room, sizeof(room)), &watch, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_non_null(strstr(err.text, text));
	return r;
}

static void a_stick_that_vanishes_has_no_file_system(void **state)
{
	struct accident accident = {
		.machine = *state, .what = "MiB written", .at = 2, .limit = 3 * MIB + MIB / 2};

	assert_int_equal(write_with(&accident, "writing failed at 3 of 6 MiB"), -EFBIG);
	assert_int_equal(peek(*state, 0), 0);
	assert_int_equal(peek(*state, MIB - 1), 0);
	assert_int_equal(peek(*state, 2 * MIB), 3);
}

static void the_message_tells_to_write_anew(void **state)
{
	struct accident accident = {
		.machine = *state, .what = "MiB written", .at = 0, .limit = MIB};

	assert_int_equal(write_with(&accident, "plug it in again and write it anew"), -EFBIG);
}

static void other_bytes_than_written_are_seen(void **state)
{
	struct accident accident = {
		.machine = *state, .what = "MiB read back", .at = 0, .is_swapped = true};

	assert_int_equal(write_with(&accident, "from MiB 3 on"), -EBADMSG);
}

static void missing_bytes_are_seen(void **state)
{
	struct accident accident = {
		.machine = *state, .what = "MiB read back", .at = 1, .is_cut = true};

	assert_int_equal(write_with(&accident, "from MiB 2 on"), -EBADMSG);
}

static void progress_is_told(void **state)
{
	struct accident accident = {.machine = *state, .what = ""};
	struct mf_stick stick = make_stick(*state, 8 * MIB);
	struct mf_stick_watch watch = {happen, &accident};

	assert_int_equal(mf_stick_write(&stick, make_image(room, sizeof(room)), &watch, NULL), 0);
	assert_int_equal(accident.n_shown, 6 + 6);
}

static void a_stick_without_rights_tells_who_may(void **state)
{
	struct mf_stick stick = make_stick(*state, 2 * MIB);
	struct mf_err err = {0};

	snprintf(stick.path, sizeof(stick.path), "%s/gone", ((struct machine *)*state)->dir.path);
	assert_int_equal(mf_stick_write(&stick, make_image(room, 10), &nobody, &err), -ENOENT);
	assert_non_null(strstr(err.text, "cannot open it for writing"));
}

/* A swap area: the signature of libblkid's that is made by hand most easily. */
static void poke_swap(const struct machine *machine, long offset, const char *label)
{
	static const uint8_t header[] = {1, 0, 0, 0, 9, 0, 0, 0};
	static const uint8_t page[3000];

	poke(machine, offset + 1024, page, sizeof(page));
	poke(machine, offset + 1024, header, sizeof(header));
	poke(machine, offset + 1052, label, strlen(label) + 1);
	poke(machine, offset + 4086, "SWAPSPACE2", 10);
}

static void describe(const struct mf_stick *stick, struct mf_buf *out)
{
	assert_int_equal(mf_stick_describe(stick, out, NULL), 0);
}

static void partitions_are_described(void **state)
{
	/* one entry at 446: type 0x82, from sector 2048, 4096 sectors */
	static const uint8_t entry[] = {0, 0, 0, 0, 0x82, 0, 0, 0, 0, 8, 0, 0, 0, 16, 0, 0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_stick stick = make_stick(*state, 8 * MIB);
	static const uint8_t zeros[512];

	poke(*state, 0, zeros, sizeof(zeros));
	poke(*state, 446, entry, sizeof(entry));
	poke(*state, 510, "\x55\xaa", 2);
	poke_swap(*state, MIB, "my\033swap");
	describe(&stick, &text);
	assert_non_null(strstr(mf_buf_str(&text), ": SanDisk Ultra Fit, USB, 8.0 MiB\n"));
	assert_non_null(
		strstr(mf_buf_str(&text), "  partition 1: swap, label my\\x1bswap, 2.0 MiB\n"));
}

static void a_file_system_on_the_whole_disk_is_described(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0}, empty = {0};
	struct mf_stick stick = make_stick(*state, 8 * MIB);

	describe(&stick, &empty);
	assert_non_null(strstr(mf_buf_str(&empty), "nothing that libblkid knows"));
	poke_swap(*state, 0, "old");
	describe(&stick, &text);
	assert_non_null(strstr(mf_buf_str(&text), "  whole disk: swap, label old\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STICK_TEST(the_image_is_written_and_both_ends_are_wiped),
		STICK_TEST(a_small_image_leaves_nothing_of_the_first_mib),
		STICK_TEST(an_image_may_fill_it),
		STICK_TEST(larger_and_empty_images_are_not_begun),
		STICK_TEST(a_path_that_leads_elsewhere_now_is_left_alone),
		STICK_TEST(a_stick_that_vanishes_has_no_file_system),
		STICK_TEST(the_message_tells_to_write_anew),
		STICK_TEST(other_bytes_than_written_are_seen),
		STICK_TEST(missing_bytes_are_seen),
		STICK_TEST(progress_is_told),
		STICK_TEST(a_stick_without_rights_tells_who_may),
		STICK_TEST(partitions_are_described),
		STICK_TEST(a_file_system_on_the_whole_disk_is_described),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
