// SPDX-License-Identifier: GPL-2.0-or-later
// debian-installer's tests of one file of a driver injection disk, and their sentences.
#include <errno.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/core/injection_parts.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether both have the same n bytes, capitals and small letters being the same where asked. */
static bool is_same(const char *a, const char *b, size_t n, bool is_caseless)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i] && !(is_caseless && fold(a[i]) == fold(b[i])))
			return false;
		if (!a[i])
			break;
	}
	return true;
}

/* --- which files are packages, and where --- */

static const char *const suffixes[] = {".deb", ".udeb", ".ude"};

static bool is_package_name(const char *path, bool is_caseless)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < COUNT(suffixes); i++) {
		size_t length = strlen(suffixes[i]);

		if (n >= length && is_same(path + n - length, suffixes[i], length, is_caseless))
			return true;
	}
	return false;
}

/*
 * The path behind the folder and its '/'; NULL: not below it. vfat finds a folder by a name of
 * other letters (fs/fat/namei_vfat.c, vfat_cmpi), the shell's pattern behind it does not.
 */
static const char *below_folder(const struct mf_injection_run *run, const char *path)
{
	size_t n = strlen(run->folder);
	bool is_vfat = strcmp(run->disk->container, "vfat") == 0;

	if (strlen(path) <= n || !is_same(path, run->folder, n, is_vfat) || path[n] != '/')
		return NULL;
	return path + n + 1;
}

/* --- the installer's tests of one file, in its order --- */

/* The first that says no. */
enum reason {
	TAKEN,
	OUTSIDE,
	DEEPER,
	HIDDEN,
	CAPITALS,
	NO_FILE,
	MALFORMED,
	CONTROL,
	UNDOTTED,
	MACHINE,
	NAME,
	DATA,
};

/* The shell's patterns: *.deb, *.udeb, *.ude in the folder. */
static enum reason test_place(const struct mf_injection_run *run, const char *path)
{
	const char *rest = below_folder(run, path);

	if (!rest)
		return OUTSIDE;
	if (strchr(rest, '/'))
		return DEEPER;
	if (*rest == '.')
		return HIDDEN;
	return is_package_name(rest, false) ? TAKEN : CAPITALS;
}

/* check_deb_arch(): ar p FILE control.tar.gz | tar zxO ./control | grep '^Architecture:' */
static enum reason test_arch(const struct mf_injection_run *run, const struct mf_deb *deb)
{
	if (!deb)
		return NO_FILE;
	if (deb->malformed || !deb->arch)
		return MALFORMED;
	if (!run->injection->has_dpkg &&
	    (!deb->control || strcmp(deb->control, "control.tar.gz") != 0))
		return CONTROL;
	if (!run->injection->has_dpkg && !deb->is_control_dotted)
		return UNDOTTED;
	if (strcmp(deb->arch, "all") != 0 && strcmp(deb->arch, run->injection->arch) != 0)
		return MACHINE;
	return TAKEN;
}

/* udpkg 1.21 puts the path into a shell's line without quotes: ar -p PATH data.tar.xz|unxz|tar. */
static bool is_one_word(const char *path)
{
	for (; *path; path++) {
		bool is_alnum = (*path >= '0' && *path <= '9') || (*path >= 'A' && *path <= 'Z') ||
				(*path >= 'a' && *path <= 'z');

		if (!is_alnum && !strchr("%+,-./:=@_~", *path))
			return false;
	}
	return true;
}

static enum reason test_unpack(const struct mf_disk_file *file)
{
	static const char *const known[] = {"data.tar", "data.tar.gz", "data.tar.xz"};

	if (!is_one_word(file->path))
		return NAME;
	for (size_t i = 0; file->deb->data && i < COUNT(known); i++) {
		if (strcmp(file->deb->data, known[i]) == 0)
			return TAKEN;
	}
	return DATA;
}

static enum reason test(const struct mf_injection_run *run, const struct mf_disk_file *file)
{
	enum reason reason = test_place(run, file->path);

	if (!reason)
		reason = test_arch(run, file->deb);
	return reason || run->injection->has_dpkg ? reason : test_unpack(file);
}

/* What a reason means, and how it is told; one %s each: see find_word(). */
static const struct {
	enum mf_injection_fate fate;
	const char *format;
} meanings[] = {
	[TAKEN] = {MF_INJECTION_UNPACKED, NULL},
	[OUTSIDE] = {MF_INJECTION_MISPLACED,
		     "lies outside %s, the only folder that the installer looks into"},
	[DEEPER] = {MF_INJECTION_MISPLACED,
		    "lies in a folder below %s, and the installer looks into none there"},
	[HIDDEN] = {MF_INJECTION_MISPLACED,
		    "is hidden by the dot of its name from the pattern %s/*.deb"},
	[CAPITALS] =
		{MF_INJECTION_MISPLACED,
		 "its name ends with capitals, and the installer looks for %s/*.deb, *.udeb and "
		 "*.ude"},
	[NO_FILE] = {MF_INJECTION_UNREADABLE, "is no regular file%s"},
	[MALFORMED] = {MF_INJECTION_UNREADABLE, "is no Debian package: %s"},
	[CONTROL] =
		{MF_INJECTION_UNREADABLE,
		 "its control member is %s, and the installer reads control.tar.gz alone; build it "
		 "with: dpkg-deb -Zgzip"},
	[UNDOTTED] =
		{MF_INJECTION_UNREADABLE,
		 "its control file is called control, and the installer's tar looks for ./control%s; "
		 "build it with: dpkg-deb -Zgzip"},
	[MACHINE] = {MF_INJECTION_ARCH, "is for %s, which the installer is not"},
	[NAME] =
		{MF_INJECTION_FAILED,
		 "its name has blanks or signs that udpkg hands to a shell as they are; rename it%s"},
	[DATA] =
		{MF_INJECTION_FAILED,
		 "its data member is %s, and udpkg unpacks data.tar, data.tar.gz and data.tar.xz alone"},
};

/* The word in the sentence. */
static const char *find_word(const struct mf_injection_run *run, const struct mf_disk_file *file,
			     enum reason reason)
{
	const struct mf_deb *deb = file->deb;

	switch (reason) {
	case OUTSIDE:
	case DEEPER:
	case HIDDEN:
	case CAPITALS: return run->folder;
	case MALFORMED: return deb->malformed ? deb->malformed : "it has no Architecture";
	case CONTROL: return deb->control ? deb->control : "missing";
	case MACHINE: return deb->arch;
	case DATA: return deb->data ? deb->data : "missing";
	case TAKEN:
	case NO_FILE:
	case UNDOTTED:
	case NAME: break;
	}
	return "";
}

bool mf_injection_is_package(const struct mf_disk_file *file)
{
	return file->kind != 'd' && is_package_name(file->path, true);
}

int mf_injection_judge(const struct mf_injection_run *run, const struct mf_disk_file *file,
		       struct mf_injection_package *out)
{
	enum reason reason = test(run, file);

	*out = (struct mf_injection_package){.file = file, .fate = meanings[reason].fate};
	/* install_driver_pkg() keeps it before udpkg gets it, and does not mind whether that works
	 */
	out->is_installed = (reason == TAKEN || out->fate == MF_INJECTION_FAILED) &&
			    mf_has_suffix(file->path, ".deb");
	if (reason == TAKEN)
		return 0;
	out->why = mf_arena_printf(&run->out->arena, meanings[reason].format,
				   find_word(run, file, reason));
	return out->why ? 0 : -ENOMEM;
}
