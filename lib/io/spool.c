// SPDX-License-Identifier: GPL-2.0-or-later
// Content kept on disk instead of in memory: hundreds of prepared modules cost address space only.
#include "lib/io/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/io/compress.h"
#include "lib/io/workdir.h"

static int fail_spool(int code, struct mf_err *err)
{
	return mf_fail(
		err, code,
		"%s: cannot keep prepared content there: %s; set TMPDIR to a folder with room",
		mf_temp_root(), strerror(-code));
}

static int open_spool(struct mf_spool *spool, struct mf_err *err)
{
	int r = spool->is_open ? 0 : mf_temp_file(&spool->fd);

	if (r)
		return fail_spool(r, err);
	spool->is_open = true;
	return 0;
}

/* A place for one more map; the array doubles. */
static int grow_maps(struct mf_spool *spool)
{
	struct mf_bytes *larger;
	size_t n = spool->n_maps;

	if (n & (n - 1))
		return 0;
	larger = reallocarray(spool->maps, n ? 2 * n : 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	spool->maps = larger;
	return 0;
}

/* Behind what is there, on a page of its own, as maps have to start on one. */
static int append(struct mf_spool *spool, struct mf_bytes bytes, struct mf_err *err)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t at = (spool->size + page - 1) / page * page;
	void *place;
	int r;

	if (lseek(spool->fd, (off_t)at, SEEK_SET) < 0)
		return fail_spool(-errno, err);
	r = mf_write_all(spool->fd, bytes, err);
	if (r)
		return fail_spool(r, err);
	spool->size = at + bytes.n;
	place = mmap(NULL, bytes.n, PROT_READ, MAP_SHARED, spool->fd, (off_t)at);
	if (place == MAP_FAILED)
		return fail_spool(-errno, err);
	spool->maps[spool->n_maps++] = (struct mf_bytes){place, bytes.n};
	return 0;
}

int mf_spool_add(struct mf_spool *spool, struct mf_bytes bytes, struct mf_bytes *ret_view,
		 struct mf_err *err)
{
	int r = open_spool(spool, err);

	if (!r)
		r = grow_maps(spool);
	if (!r && bytes.n)
		r = append(spool, bytes, err);
	if (!r)
		*ret_view = bytes.n ? spool->maps[spool->n_maps - 1] : (struct mf_bytes){0};
	return r;
}

void mf_spool_drop(const struct mf_spool *spool, struct mf_bytes view)
{
	for (size_t i = 0; view.n && i < spool->n_maps; i++) {
		if (spool->maps[i].p != view.p)
			continue;
		/* of a shared map this forgets nothing: the next reader finds the page again */
		(void)madvise((void *)(uintptr_t)view.p, view.n, MADV_DONTNEED);
		return;
	}
}

void mf_spool_free(struct mf_spool *spool)
{
	for (size_t i = 0; i < spool->n_maps; i++)
		munmap((void *)(uintptr_t)spool->maps[i].p, spool->maps[i].n);
	free(spool->maps);
	if (spool->is_open)
		mf_close_fd(&spool->fd);
	*spool = (struct mf_spool){0};
}
