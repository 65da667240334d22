// SPDX-License-Identifier: GPL-2.0-or-later
// Shell scripts in a Debian package of drivers: maintainer scripts and the initramfs hook.
#include "dud/deb_scripts.h"

#include "lib/base/cleanup.h"

/*
 * Both scripts end with 0 whatever happens: a package that stays half-configured blocks every later
 * run of dpkg, for an index that the next depmod writes anyway. update-initramfs gets -k: without
 * it dpkg's trigger runs it later for the newest kernel alone, which may be another one.
 */
static const char refresh[] =
	"\n"
	"note() {\n"
	"\techo \"$package: $1\" >&2\n"
	"}\n"
	"\n"
	"# Without these files the kernel is not there (yet): its own package runs depmod.\n"
	"has_kernel() {\n"
	"\t[ -e \"/lib/modules/$kernel/modules.order\" ] ||\n"
	"\t\t[ -e \"/lib/modules/$kernel/modules.builtin\" ]\n"
	"}\n"
	"\n"
	"refresh() {\n"
	"\thas_kernel || return 0\n"
	"\tdepmod \"$kernel\" || note \"depmod failed; run: depmod $kernel\"\n"
	"\t[ -e \"/boot/initrd.img-$kernel\" ] || return 0\n"
	"\tif command -v update-initramfs >/dev/null 2>&1; then\n"
	"\t\tupdate-initramfs -u -k \"$kernel\" ||\n"
	"\t\t\tnote \"update-initramfs failed; run: update-initramfs -u -k $kernel\"\n"
	"\telse\n"
	"\t\tnote \"no update-initramfs; write /boot/initrd.img-$kernel anew yourself\"\n"
	"\tfi\n"
	"}\n";

static char *maintainer_script(struct mf_arena *arena, const char *package, const char *kernel,
			       const char *states)
{
	return mf_arena_printf(arena,
			       "#!/bin/sh\n"
			       "# Tells depmod and the initramfs of this package's modules; never "
			       "fails.\n"
			       "package=%s\n"
			       "kernel=%s\n"
			       "%s"
			       "\n"
			       "case $1 in\n"
			       "%s) refresh ;;\n"
			       "esac\n"
			       "exit 0\n",
			       package, kernel, refresh, states);
}

char *mf_deb_postinst(struct mf_arena *arena, const char *package, const char *kernel)
{
	return maintainer_script(arena, package, kernel, "configure");
}

/* An upgrade's new postinst refreshes; a purge comes after a removal that did. */
char *mf_deb_postrm(struct mf_arena *arena, const char *package, const char *kernel)
{
	return maintainer_script(arena, package, kernel, "remove | disappear");
}

/* A pattern for the files of a module: '-' and '_' are the same in its name. */
static void add_pattern(struct mf_buf *out, const char *name)
{
	for (const char *c = name; *c; c++)
		mf_buf_addc(out, *c == '_' ? '?' : (uint8_t)*c);
	mf_buf_adds(out, ".ko*");
}

/*
 * Why a hook: initramfs-tools takes its drivers from folders below kernel/. 0.142 of Debian 12
 * collects names there, for which modprobe finds ours; the dracut-install that 0.148 of Debian 13
 * calls copies those very files, so that a stock driver is in the image although depmod prefers
 * ours. Drivers of a new name are in neither. The image's own depmod puts ours first again.
 */
char *mf_deb_initramfs_hook(struct mf_arena *arena, const char *kernel,
			    const struct mf_package_part *part)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

	mf_buf_printf(&out,
		      "#!/bin/sh\n"
		      "# Brings the drivers of a package into the initramfs of their kernel.\n"
		      "[ \"$1\" != prereqs ] || exit 0\n"
		      "# shellcheck disable=SC2154 # version and DESTDIR are mkinitramfs's\n"
		      "[ \"$version\" = %s ] || exit 0\n"
		      "# shellcheck disable=SC1091\n"
		      ". /usr/share/initramfs-tools/hook-functions\n"
		      "\n"
		      "# one whose stock namesake is in the image\n"
		      "replace() {\n"
		      "\t[ -z \"$(find \"$DESTDIR/\" -name \"$2\")\" ] || manual_add_modules "
		      "\"$1\"\n"
		      "}\n"
		      "\n",
		      kernel);
	for (size_t i = 0; i < part->n; i++) {
		const struct mf_module *module = &part->v[i].driver->module;

		if (module->boot_class != MF_BOOT_NONE) {
			mf_buf_printf(&out, "manual_add_modules %s\n", module->name);
			continue;
		}
		mf_buf_printf(&out, "replace %s '", module->name);
		add_pattern(&out, module->name);
		mf_buf_adds(&out, "'\n");
	}
	mf_buf_adds(&out, "exit 0\n");
	return mf_buf_status(&out) ? NULL : mf_arena_strdup(arena, mf_buf_str(&out));
}
