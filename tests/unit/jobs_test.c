// SPDX-License-Identifier: GPL-2.0-or-later
// Work by several threads: everything once, the lowest failure, progress from the caller's thread.
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "lib/io/jobs.h"

#define N 100

struct work {
	atomic_int runs[N];
	atomic_int together; /* items at work now */
	atomic_int most;
	size_t n_fail;
	const size_t *fail;
	pthread_t caller;
	size_t shown;
	bool is_in_order;
};

static void raise_to(atomic_int *most, int value)
{
	int old = atomic_load(most);

	while (old < value && !atomic_compare_exchange_weak(most, &old, value))
		;
}

static int run_item(void *data, size_t i, struct mf_err *err)
{
	struct work *work = data;

	atomic_fetch_add(&work->runs[i], 1);
	raise_to(&work->most, atomic_fetch_add(&work->together, 1) + 1);
	nanosleep(&(struct timespec){.tv_nsec = i % 2 ? 100000 : 300000}, NULL);
	atomic_fetch_sub(&work->together, 1);
	for (size_t k = 0; k < work->n_fail; k++) {
		if (work->fail[k] == i)
			return mf_fail(err, -EIO, "item %zu", i);
	}
	return 0;
}

static void show(void *data, size_t done)
{
	struct work *work = data;

	work->is_in_order = work->is_in_order && done > work->shown &&
			    pthread_equal(pthread_self(), work->caller);
	work->shown = done;
}

static int run_all(struct work *work, unsigned int threads, struct mf_err *err)
{
	struct mf_jobs jobs = {.threads = threads, .run = run_item, .progress = show, .data = work};

	work->caller = pthread_self();
	work->is_in_order = true;
	return mf_jobs_run(&jobs, N, err);
}

static void all_are_done_once(void **state)
{
	static const unsigned int threads[] = {0, 1, 2, 8, 1000};

	(void)state;
	for (size_t t = 0; t < sizeof(threads) / sizeof(threads[0]); t++) {
		struct work work = {0};

		assert_int_equal(run_all(&work, threads[t], NULL), 0);
		for (size_t i = 0; i < N; i++)
			assert_int_equal(work.runs[i], 1);
		assert_true(work.is_in_order);
		assert_int_equal(work.shown, N);
		if (threads[t])
			assert_in_range(work.most, threads[t] > 1 ? 2 : 1, threads[t]);
	}
}

static void the_lowest_failure_wins(void **state)
{
	static const size_t fail[] = {40, 41, 42, 43};

	(void)state;
	for (unsigned int threads = 1; threads <= 8; threads++) {
		struct work work = {.n_fail = 4, .fail = fail};
		struct mf_err err = {0};

		assert_int_equal(run_all(&work, threads, &err), -EIO);
		assert_string_equal(err.text, "item 40");
		assert_int_equal(work.runs[N - 1], 0);
		for (size_t i = 0; i < 40; i++)
			assert_int_equal(work.runs[i], 1);
	}
}

static void nothing_to_do_is_fine(void **state)
{
	struct mf_jobs jobs = {.run = run_item};

	(void)state;
	assert_int_equal(mf_jobs_run(&jobs, 0, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_done_once),
		cmocka_unit_test(the_lowest_failure_wins),
		cmocka_unit_test(nothing_to_do_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
