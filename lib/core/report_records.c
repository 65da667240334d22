// SPDX-License-Identifier: GPL-2.0-or-later
// The report as numbered lines of the kernel log, and back.
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/report.h"

#define MARK	  "modferry: record "
#define MAX_LINE  ((size_t)900) /* longer writes are refused by some kernels' /dev/kmsg */
#define MAX_TEXT  (MAX_LINE - sizeof(MARK) - sizeof("123456/123456 \n"))
#define MAX_TOTAL ((uint64_t)999999)

/*
 * Logs change what is not plain: /dev/kmsg and dmesg write \xNN for backslashes and bytes above
 * 126, journals trim blanks at line ends. So a record has none of these, but %NN.
 */
static bool is_plain(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != '\\' && c != '%';
}

static size_t encode(uint8_t c, char out[3])
{
	static const char digits[] = "0123456789abcdef";

	if (is_plain(c)) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '%';
	out[1] = digits[c >> 4];
	out[2] = digits[c & 15];
	return 3;
}

void mf_report_emit_records(struct mf_bytes json, struct mf_buf *out)
{
	size_t total = 0;

	for (int pass = 0; pass < 2; pass++) {
		size_t number = 0;
		size_t used = MAX_TEXT;

		for (size_t i = 0; i < json.n; i++) {
			char text[3];
			size_t n = encode(json.p[i], text);

			if (json.p[i] == '\n') /* between tokens only: JSON strings have none */
				continue;
			if (used + n > MAX_TEXT) {
				number++;
				used = 0;
				if (pass)
					mf_buf_printf(out, "%s" MARK "%zu/%zu ",
						      number > 1 ? "\n" : "", number, total);
			}
			used += n;
			if (pass)
				mf_buf_add(out, text, n);
		}
		total = number;
	}
	if (total)
		mf_buf_addc(out, '\n');
}

/* A run of the loader as far as its records were found. */
struct run {
	struct mf_buf json;
	uint64_t total;
	uint64_t last;	  /* number of the last record, 0 before the first */
	uint64_t missing; /* first number that is not there, 0 for none */
	uint64_t n_missing;
};

static void run_free(struct run *run)
{
	mf_buf_free(&run->json);
}

static void run_miss(struct run *run, uint64_t first, uint64_t end)
{
	if (first >= end)
		return;
	if (!run->missing)
		run->missing = first;
	run->n_missing += end - first;
}

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static void decode(struct mf_bytes text, struct mf_buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (c == '%' && i + 2 < text.n && hex(text.p[i + 1]) >= 0 &&
		    hex(text.p[i + 2]) >= 0) {
			c = (uint8_t)(hex(text.p[i + 1]) << 4 | hex(text.p[i + 2]));
			i += 2;
		}
		mf_buf_addc(out, c);
	}
}

/* Reads a number up to the byte that ends it; false when there is none. */
static bool take_number(struct mf_bytes *text, char end, uint64_t *out)
{
	const uint8_t *stop = text->n ? memchr(text->p, end, text->n) : NULL;
	size_t n;

	if (!stop)
		return false;
	n = (size_t)(stop - text->p);
	if (mf_parse_u64((const char *)text->p, n, 10, out) || !*out || *out > MAX_TOTAL)
		return false;
	*text = mf_bytes_sub(*text, n + 1, text->n - n - 1);
	return true;
}

/* Adds a record to the run, which starts anew where the numbers do. */
static void run_add(struct run *run, struct mf_bytes text)
{
	uint64_t number, total;

	if (!take_number(&text, '/', &number) || !take_number(&text, ' ', &total) || number > total)
		return;
	while (text.n && text.p[text.n - 1] <= ' ') /* a console's carriage return */
		text.n--;
	if (total == run->total && number == run->last)
		return; /* the same line through two logs */
	if (total != run->total || number < run->last) {
		run_free(run);
		*run = (struct run){.total = total};
	}
	run_miss(run, run->last + 1, number);
	decode(text, &run->json);
	run->last = number;
}

static bool run_is_complete(const struct run *run)
{
	return run->total && run->last == run->total && !run->missing;
}

int mf_report_join_records(struct mf_bytes log, struct mf_buf *out_json, struct mf_err *err)
{
	MF_CLEANUP(run_free) struct run best = {0};
	MF_CLEANUP(run_free) struct run run = {0};

	while (log.n) {
		const uint8_t *stop = memchr(log.p, '\n', log.n);
		size_t n = stop ? (size_t)(stop - log.p) : log.n;
		const uint8_t *mark = memmem(log.p, n, MARK, strlen(MARK));

		if (mark)
			run_add(&run, mf_bytes_sub(log, (uint64_t)(mark - log.p) + strlen(MARK),
						   n - (size_t)(mark - log.p) - strlen(MARK)));
		if (run_is_complete(&run)) {
			run_free(&best);
			best = mf_steal(&run);
		}
		log = mf_bytes_sub(log, n + (stop ? 1 : 0), log.n - n - (stop ? 1 : 0));
	}
	if (best.total) {
		if (mf_buf_status(&best.json))
			return mf_fail(err, -ENOMEM, "out of memory");
		mf_buf_add(out_json, best.json.data, best.json.len);
		mf_buf_addc(out_json, '\n');
		return mf_buf_status(out_json);
	}
	if (!run.total)
		return mf_fail(
			err, -ENODATA,
			"no \"" MARK
			"\" lines in this log; they are of level debug, which consoles show with ignore_loglevel only: take what dmesg prints");
	run_miss(&run, run.last + 1, run.total + 1);
	return mf_fail(
		err, -EBADMSG,
		"%llu of the %llu records of the report are missing, the first is record %llu",
		(unsigned long long)run.n_missing, (unsigned long long)run.total,
		(unsigned long long)run.missing);
}
