// SPDX-License-Identifier: GPL-2.0-or-later
// librpm's functions, each of which loads librpm when it is first called.
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <rpm/rpmkeyring.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmts.h>
#include <rpm/rpmver.h>

#include "lib/io/librpm.h"

/*
 * librpm brings lua, sqlite, libgcrypt and more: loading them took a third of the time of a
 * command that has nothing to do, and most commands never see an RPM. So nothing is linked with
 * it; this file defines the functions that are used, as its headers declare them, and hands each
 * call on. The library's name comes from the one that its headers belong to (Makefile).
 */
static void *library;

static void load(void)
{
	library = dlopen(MF_LIBRPM, RTLD_NOW | RTLD_LOCAL);
}

int mf_librpm_load(struct mf_err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, load);
	if (library)
		return 0;
	return mf_fail(err, -ENOENT,
		       "%s: cannot be loaded, RPMs are read with it; install its package: rpm-libs "
		       "(Red Hat), rpm (SUSE), librpm9 or its successor (Debian)",
		       MF_LIBRPM);
}

/* For callers that have no way to fail: as a program ends that was linked with a missing library.
 */
static void *find(const char *name)
{
	struct mf_err err = {0};
	void *function = mf_librpm_load(&err) ? NULL : dlsym(library, name);

	if (function)
		return function;
	fprintf(stderr, "modferry: %s\n", err.text[0] ? err.text : name);
	exit(EXIT_FAILURE);
}

/* A function of librpm, by its address from the second call on. */
#define LIBRPM(name)                                                         \
	({                                                                   \
		static void *address;                                        \
		void *known = __atomic_load_n(&address, __ATOMIC_RELAXED);   \
                                                                             \
		if (!known) {                                                \
			known = find(#name);                                 \
			__atomic_store_n(&address, known, __ATOMIC_RELAXED); \
		}                                                            \
		(__typeof__(&(name)))known;                                  \
	})

Header headerFree(Header h)
{
	return LIBRPM(headerFree)(h);
}

int headerGet(Header h, rpmTagVal tag, rpmtd td, headerGetFlags flags)
{
	return LIBRPM(headerGet)(h, tag, td, flags);
}

uint64_t headerGetNumber(Header h, rpmTagVal tag)
{
	return LIBRPM(headerGetNumber)(h, tag);
}

int headerIsSource(Header h)
{
	return LIBRPM(headerIsSource)(h);
}

rpmKeyring rpmKeyringFree(rpmKeyring keyring)
{
	return LIBRPM(rpmKeyringFree)(keyring);
}

rpmKeyring rpmKeyringNew(void)
{
	return LIBRPM(rpmKeyringNew)();
}

rpmRC rpmReadPackageFile(rpmts ts, FD_t fd, const char *fn, Header *hdrp)
{
	return LIBRPM(rpmReadPackageFile)(ts, fd, fn, hdrp);
}

const char *rpmlogRecMessage(rpmlogRec rec)
{
	return LIBRPM(rpmlogRecMessage)(rec);
}

rpmlogLvl rpmlogRecPriority(rpmlogRec rec)
{
	return LIBRPM(rpmlogRecPriority)(rec);
}

rpmlogCallback rpmlogSetCallback(rpmlogCallback cb, rpmlogCallbackData data)
{
	return LIBRPM(rpmlogSetCallback)(cb, data);
}

rpmts rpmtsCreate(void)
{
	return LIBRPM(rpmtsCreate)();
}

rpmts rpmtsFree(rpmts ts)
{
	return LIBRPM(rpmtsFree)(ts);
}

int rpmtsSetKeyring(rpmts ts, rpmKeyring keyring)
{
	return LIBRPM(rpmtsSetKeyring)(ts, keyring);
}

rpmVSFlags rpmtsSetVSFlags(rpmts ts, rpmVSFlags vsflags)
{
	return LIBRPM(rpmtsSetVSFlags)(ts, vsflags);
}

rpmver rpmverFree(rpmver rv)
{
	return LIBRPM(rpmverFree)(rv);
}

int rpmverOverlap(rpmver v1, rpmsenseFlags f1, rpmver v2, rpmsenseFlags f2)
{
	return LIBRPM(rpmverOverlap)(v1, f1, v2, f2);
}

rpmver rpmverParse(const char *evr)
{
	return LIBRPM(rpmverParse)(evr);
}

int rpmvercmp(const char *a, const char *b)
{
	return LIBRPM(rpmvercmp)(a, b);
}

int Fclose(FD_t fd)
{
	return LIBRPM(Fclose)(fd);
}

const char *Fdescr(FD_t fd)
{
	return LIBRPM(Fdescr)(fd);
}

FD_t fdDup(int fdno)
{
	return LIBRPM(fdDup)(fdno);
}

void rpmlogClose(void)
{
	LIBRPM(rpmlogClose)();
}

void rpmtdFreeData(rpmtd td)
{
	LIBRPM(rpmtdFreeData)(td);
}
