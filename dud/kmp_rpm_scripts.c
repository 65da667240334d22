// SPDX-License-Identifier: GPL-2.0-or-later
// Scriptlets of KMPs: SUSE's weak-modules2 where it is, and depmod; they never fail.
#include <errno.h>

#include "dud/kmp_rpm.h"

#include "lib/base/cleanup.h"

/*
 * What SUSE's own do (kernel-source, rpm/kernel-module-subpackage; suse-module-tools, kmp-script):
 * weak-modules2 --add-kmp in post, --remove-kmp with the list of modules in postun, the initramfs
 * in posttrans. Theirs fail where weak-modules2 does; these do not: YaST installs the packages of a
 * driver update with one rpm -U (yast-installation, Vendor.rb), and nobody reads its status.
 */
#define WEAK_MODULES	  "/usr/lib/module-init-tools/weak-modules2"
#define REGENERATE_INITRD "/usr/lib/module-init-tools/regenerate-initrd-posttrans"

static const char head[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
			   "export PATH\n";

/*
 * After weak-modules2 too, which leaves out kernels and packages that it finds odd. modules.builtin
 * is the kernel's own: without it depmod would leave files that nobody owns.
 */
static const char indexes[] =
	"for folder in /usr/lib/modules /lib/modules; do\n"
	"\tif [ -e \"$folder/$kernel/modules.builtin\" ] && command -v depmod >/dev/null 2>&1; then\n"
	"\t\tdepmod -a \"$kernel\" || :\n"
	"\t\tbreak\n"
	"\tfi\n"
	"done\n";

/* Links in weak-updates/ of kernels with the same symbols. */
static const char add_links[] = "if [ -x " WEAK_MODULES " ]; then\n"
				"\tINITRD_IN_POSTTRANS=1 " WEAK_MODULES " --add-kmp \"$kmp\" || :\n"
				"fi\n";

/*
 * Of an update or a reinstallation the files of one name are there again, with their links: those
 * alone that are gone lose theirs.
 */
static const char remove_links[] = "gone=\n"
				   "for module in $modules; do\n"
				   "\t[ -e \"$module\" ] || gone=\"$gone$module\n"
				   "\"\n"
				   "done\n"
				   "[ -n \"$gone\" ] || exit 0\n"
				   "if [ -x " WEAK_MODULES " ]; then\n"
				   "\tprintf '%s' \"$gone\" | INITRD_IN_POSTTRANS=1 " WEAK_MODULES
				   " --remove-kmp \"$kmp\" || :\n"
				   "fi\n";

static const char initramfs[] = "if [ -x " REGENERATE_INITRD " ]; then\n"
				"\t" REGENERATE_INITRD " || :\n"
				"fi\n";

static const char foot[] = "exit 0\n";

/* Whether a root may stand behind one of the drivers: then the initramfs has to have them. */
static bool is_boot(const struct mf_kmp_rpm *kmp)
{
	const struct mf_package_part *part = kmp->rpm.part;
	unsigned int classes = MF_BOOT_NONE;

	for (size_t i = 0; i < part->n; i++)
		classes |= part->v[i].driver->module.boot_class;
	return classes != MF_BOOT_NONE;
}

/* What kernel_module_package -b says to weak-modules2, which else looks what the image has. */
static void put_head(const struct mf_kmp_rpm *kmp, struct mf_buf *out)
{
	mf_buf_adds(out, head);
	if (is_boot(kmp))
		mf_buf_adds(out, "KMP_NEEDS_MKINITRD=1\nexport KMP_NEEDS_MKINITRD\n");
	mf_buf_printf(out, "kernel=%s\nkmp=%s-%s-" MF_KMP_RELEASE "\n", kmp->rpm.kernel, kmp->name,
		      kmp->version);
}

static void put_modules(const struct mf_kmp_rpm *kmp, struct mf_buf *out)
{
	mf_buf_adds(out, "modules='");
	for (size_t i = 0; i < kmp->rpm.part->n; i++)
		mf_buf_printf(out, "%s/%s/%s.ko", i ? "\n" : "", kmp->folder, kmp->rpm.files[i]);
	mf_buf_adds(out, "'\n");
}

static int add(struct mf_kmp_rpm *kmp, const char *key, struct mf_buf *body)
{
	mf_buf_adds(body, foot);
	return mf_buf_status(body) ? -ENOMEM
				   : mf_tree_add_param(kmp->rpm.tree, key, mf_buf_str(body));
}

int mf_kmp_rpm_add_scripts(struct mf_kmp_rpm *kmp)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf post = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf posttrans = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf postun = {0};
	int r;

	put_head(kmp, &post);
	mf_buf_adds(&post, add_links);
	mf_buf_adds(&post, indexes);
	mf_buf_adds(&posttrans, head);
	mf_buf_adds(&posttrans, initramfs);
	put_head(kmp, &postun);
	put_modules(kmp, &postun);
	mf_buf_adds(&postun, remove_links);
	mf_buf_adds(&postun, indexes);
	r = add(kmp, "post", &post);
	if (!r)
		r = add(kmp, "posttrans", &posttrans);
	return r ? r : add(kmp, "postun", &postun);
}
