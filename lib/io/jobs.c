// SPDX-License-Identifier: GPL-2.0-or-later
// Work on numbered items by several threads, with results as if one had done it.
#include "lib/io/jobs.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

/* More would only wait for each other, whatever the machine. */
#define MAX_THREADS 64

/* A run of jobs; everything below lock is guarded by it. */
struct pool {
	const struct mf_jobs *jobs;
	size_t n;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* an item is done or a thread left */
	size_t next;		/* the item that is started next */
	size_t done;
	unsigned int working; /* threads */
	int code;	      /* of the lowest item that failed, 0: none did */
	size_t failed;	      /* that item */
	struct mf_err err;
};

static unsigned int count_cpus(void)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return 1;
	return (unsigned int)CPU_COUNT(&cpus);
}

/* Notes that an item is done. Every item below it was started before, and will be noted too. */
static void note(struct pool *pool, size_t i, int code, const struct mf_err *err)
{
	pool->done++;
	if (code && (!pool->code || i < pool->failed)) {
		pool->code = code;
		pool->failed = i;
		pool->err = *err;
	}
}

static bool has_next(const struct pool *pool)
{
	return !pool->code && pool->next < pool->n;
}

static void *work(void *data)
{
	struct pool *pool = data;

	pthread_mutex_lock(&pool->lock);
	while (has_next(pool)) {
		struct mf_err err = {0};
		size_t i = pool->next++;
		int code;

		pthread_mutex_unlock(&pool->lock);
		code = pool->jobs->run(pool->jobs->data, i, &err);
		pthread_mutex_lock(&pool->lock);
		note(pool, i, code, &err);
		pthread_cond_signal(&pool->changed);
	}
	pool->working--;
	pthread_cond_signal(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static void report(const struct pool *pool, size_t done)
{
	if (pool->jobs->progress)
		pool->jobs->progress(pool->jobs->data, done);
}

/* Without threads: wanted so, or no thread could be made. */
static void work_alone(struct pool *pool)
{
	while (has_next(pool)) {
		struct mf_err err = {0};
		size_t i = pool->next++;

		note(pool, i, pool->jobs->run(pool->jobs->data, i, &err), &err);
		report(pool, pool->done);
	}
}

/* The caller's thread reports while the others work. */
static void watch(struct pool *pool)
{
	size_t shown = 0;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		size_t done;

		while (pool->working && pool->done == shown)
			pthread_cond_wait(&pool->changed, &pool->lock);
		done = pool->done;
		if (done == shown)
			break;
		pthread_mutex_unlock(&pool->lock);
		report(pool, shown = done);
		pthread_mutex_lock(&pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
}

static void work_together(struct pool *pool, unsigned int threads)
{
	pthread_t ids[MAX_THREADS];
	unsigned int started = 0;

	pool->working = threads;
	while (started < threads && !pthread_create(&ids[started], NULL, work, pool))
		started++;
	pthread_mutex_lock(&pool->lock);
	pool->working -= threads - started;
	pthread_mutex_unlock(&pool->lock);
	if (started)
		watch(pool);
	else
		work_alone(pool);
	for (unsigned int i = 0; i < started; i++)
		pthread_join(ids[i], NULL);
}

int mf_jobs_run(const struct mf_jobs *jobs, size_t n, struct mf_err *err)
{
	unsigned int threads = jobs->threads ? jobs->threads : count_cpus();
	struct pool pool = {.jobs = jobs,
			    .n = n,
			    .lock = PTHREAD_MUTEX_INITIALIZER,
			    .changed = PTHREAD_COND_INITIALIZER};

	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	if (threads > n)
		threads = (unsigned int)n;
	if (threads > 1)
		work_together(&pool, threads);
	else
		work_alone(&pool);
	pthread_cond_destroy(&pool.changed);
	pthread_mutex_destroy(&pool.lock);
	return pool.code ? mf_fail(err, pool.code, "%s", pool.err.text) : 0;
}
