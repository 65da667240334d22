// SPDX-License-Identifier: GPL-2.0-or-later
// The target: who will consume an artifact. Known releases are rows of one table.
#include "lib/core/target.h"

#include <string.h>

#include "lib/base/text.h"

#define PLAIN MF_READS_PLAIN
#define XZ    (MF_READS_PLAIN | MF_READS_XZ)
#define GZXZ  (MF_READS_PLAIN | MF_READS_GZIP | MF_READS_XZ)
#define ALL   (MF_READS_PLAIN | MF_READS_GZIP | MF_READS_XZ | MF_READS_ZSTD)

/*
 * reads: what kmod in the installer's initrd was seen or is built to read. debian12: kmod 30 of its
 * udeb, -ZSTD -XZ -ZLIB (seen); debian13: kmod 34.2 of its udeb, +XZ (seen); others by the suffix
 * their kernel packages use. Where unsure the row says less: plain modules load everywhere.
 */
static const struct mf_target table[] = {
	{"rhel8", "Red Hat Enterprise Linux 8 and its rebuilds", MF_FAMILY_REDHAT, MF_HOOK_DRACUT,
	 XZ, true, "anaconda", NULL, ".el8"},
	{"rhel9", "Red Hat Enterprise Linux 9 and its rebuilds", MF_FAMILY_REDHAT, MF_HOOK_DRACUT,
	 XZ, true, "anaconda", NULL, ".el9"},
	{"rhel10", "Red Hat Enterprise Linux 10 and its rebuilds", MF_FAMILY_REDHAT, MF_HOOK_DRACUT,
	 XZ, true, "anaconda", NULL, ".el10"},
	{"fedora", "Fedora", MF_FAMILY_REDHAT, MF_HOOK_DRACUT, XZ, true, "anaconda", NULL, ".fc"},
	{"sles15", "SUSE Linux Enterprise 15", MF_FAMILY_SUSE, MF_HOOK_RDINIT, XZ, false, "linuxrc",
	 "sles15", "-1502 -1503 -1504 -1505 -1506 -1507 5.3.18- 4.12.14-"},
	{"leap15.5", "openSUSE Leap 15.5", MF_FAMILY_SUSE, MF_HOOK_RDINIT, ALL, false, "linuxrc",
	 "leap15.5", "-150500."},
	{"leap15.6", "openSUSE Leap 15.6", MF_FAMILY_SUSE, MF_HOOK_RDINIT, ALL, false, "linuxrc",
	 "leap15.6", "-150600."},
	{"sles16.0", "SUSE Linux Enterprise 16.0", MF_FAMILY_SUSE, MF_HOOK_DRACUT, ALL, true,
	 "agama", "sles16.0", "-160000."},
	{"sles16.1", "SUSE Linux Enterprise 16.1", MF_FAMILY_SUSE, MF_HOOK_DRACUT, ALL, true,
	 "agama", "sles16.1", "-160100."},
	{"leap16.0", "openSUSE Leap 16.0", MF_FAMILY_SUSE, MF_HOOK_DRACUT, ALL, true, "agama",
	 "opensuse-leap16.0", "-160000."},
	{"tumbleweed", "openSUSE Tumbleweed", MF_FAMILY_SUSE, MF_HOOK_DRACUT, ALL, true, "agama",
	 "opensuse-tumbleweed", "-default -longterm"},
	{"slowroll", "openSUSE Slowroll", MF_FAMILY_SUSE, MF_HOOK_DRACUT, ALL, true, "agama",
	 "opensuse-slowroll", "-default -longterm"},
	{"debian12", "Debian 12 installer", MF_FAMILY_DEBIAN, MF_HOOK_RDINIT, PLAIN, false,
	 "debian-installer", "bookworm", "6.1.0- +deb12"},
	{"debian13", "Debian 13 installer", MF_FAMILY_DEBIAN, MF_HOOK_RDINIT, XZ, false,
	 "debian-installer", "trixie", "+deb13"},
	{"ubuntu22.04", "Ubuntu 22.04 live installer", MF_FAMILY_UBUNTU, MF_HOOK_INITRAMFS_TOOLS,
	 PLAIN, true, "subiquity", "jammy", "-generic -lowlatency"},
	{"ubuntu24.04", "Ubuntu 24.04 live installer", MF_FAMILY_UBUNTU, MF_HOOK_INITRAMFS_TOOLS,
	 ALL, true, "subiquity", "noble", "-generic -lowlatency"},
	{"ubuntu26.04", "Ubuntu 26.04 live installer", MF_FAMILY_UBUNTU, MF_HOOK_INITRAMFS_TOOLS,
	 ALL, true, "subiquity", "resolute", "-generic -lowlatency"},
	{"generic", "any initramfs that honours rdinit=", MF_FAMILY_GENERIC, MF_HOOK_RDINIT, PLAIN,
	 false, "-", NULL, NULL},
};

/* The rebuilds: same kernel series and installer as their row. */
static const struct {
	const char *row;
	const char *aliases;
} rebuilds[] = {
	{"rhel8", "centos-stream8 alma8 rocky8 ol8"},
	{"rhel9", "centos-stream9 alma9 rocky9 ol9"},
	{"rhel10", "centos-stream10 alma10 rocky10 ol10"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	while (*words) {
		size_t length = strcspn(words, " ");

		if (length == n && memcmp(words, word, n) == 0)
			return true;
		words += length + (words[length] != '\0');
	}
	return false;
}

const struct mf_target *mf_target_find(const char *name)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		if (strcmp(table[i].name, name) == 0 ||
		    has_word(mf_target_aliases(&table[i]), name))
			return &table[i];
	}
	return NULL;
}

/* Letters that two names begin with, whatever their case. */
static size_t count_same_letters(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && (a[n] | 0x20) >= 'a' && (a[n] | 0x20) <= 'z' &&
	       (a[n] | 0x20) == (b[n] | 0x20))
		n++;
	return n;
}

void mf_target_suggest(const char *name, struct mf_buf *out)
{
	for (size_t i = 0; i < COUNT(table); i++) {
		size_t n = count_same_letters(name, table[i].name);
		bool is_family = n > 1 && table[i].name[n] >= '0' && table[i].name[n] <= '9';

		if (is_family || (n > 1 && !table[i].name[n]))
			mf_buf_printf(out, "%s%s", out->len ? ", " : "", table[i].name);
	}
}

bool mf_target_admits_kernel(const struct mf_target *target, const char *release)
{
	const char *words = target->kernels;

	while (words && *words) {
		size_t n = strcspn(words, " ");

		for (const char *at = release; strlen(at) >= n; at++) {
			if (memcmp(at, words, n) == 0)
				return true;
		}
		words += n + (words[n] != '\0');
	}
	return !target->kernels;
}

const struct mf_target *mf_target_table(size_t *n)
{
	*n = COUNT(table);
	return table;
}

const char *mf_target_aliases(const struct mf_target *target)
{
	for (size_t i = 0; i < COUNT(rebuilds); i++) {
		if (strcmp(rebuilds[i].row, target->name) == 0)
			return rebuilds[i].aliases;
	}
	return "";
}

static const char *const hook_names[] = {
	[MF_HOOK_RDINIT] = "rdinit",
	[MF_HOOK_DRACUT] = "dracut",
	[MF_HOOK_INITRAMFS_TOOLS] = "initramfs-tools",
	[MF_HOOK_DEBIAN_INSTALLER] = "debian-installer",
	[MF_HOOK_SYSTEMD] = "systemd",
	[MF_HOOK_NONE] = "none",
};

const char *mf_hook_name(enum mf_hook hook)
{
	return hook_names[hook];
}

/* Ends of the paths of initramfs-hooks/hooks.c: what is in front may be reached by a symlink. */
static const char *const hook_files[] = {
	[MF_HOOK_DRACUT] = "hooks/pre-udev/00-modferry.sh",
	[MF_HOOK_INITRAMFS_TOOLS] = "conf.d/zz-modferry",
	[MF_HOOK_DEBIAN_INSTALLER] = "debian-installer-startup.d/S00modferry",
	[MF_HOOK_SYSTEMD] = "system/modferry-load.service",
};

bool mf_hook_of_file(const char *path, enum mf_hook *out)
{
	for (size_t i = 0; i < COUNT(hook_files); i++) {
		if (hook_files[i] && mf_has_suffix(path, hook_files[i])) {
			*out = (enum mf_hook)i;
			return true;
		}
	}
	return false;
}

bool mf_hook_find(const char *name, enum mf_hook *out)
{
	for (size_t i = 0; i < COUNT(hook_names); i++) {
		if (strcmp(hook_names[i], name) == 0) {
			*out = (enum mf_hook)i;
			return true;
		}
	}
	return false;
}
