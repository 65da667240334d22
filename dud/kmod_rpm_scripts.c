// SPDX-License-Identifier: GPL-2.0-or-later
// Scriptlets of kmod RPMs: module indexes, links for other kernels, initramfs; they never fail.
#include <errno.h>

#include "dud/kmod_rpm.h"

#include "lib/base/cleanup.h"

/*
 * Each path ends in exit 0: a scriptlet that fails makes rpm call the package broken and anaconda
 * give up. Tools are searched where they are on EL 8 to 10 and on Fedora, and may be missing.
 */
static const char head[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
			   "export PATH\n";

/*
 * modules.builtin is the kernel's own (kernel-core): without the kernel the folder is there too,
 * made by this package, and depmod would leave files in it that nobody owns.
 */
static const char indexes[] =
	"if [ -e \"/lib/modules/$kernel/modules.builtin\" ] && command -v depmod >/dev/null 2>&1; then\n"
	"\tdepmod -a \"$kernel\" || :\n"
	"fi\n";

/* Symlinks in weak-updates/ of kernels with the same symbols; EL has the tool, in kmod. */
static const char links[] =
	"if command -v weak-modules >/dev/null 2>&1; then\n"
	"\tprintf '%s\\n' \"$modules\" | weak-modules \"$action\" --no-initramfs || :\n"
	"fi\n";

/*
 * Beside and then in its place, as a boot may come in between. Of several packages in one
 * transaction the first makes it: it is then newer than the indexes. An installer makes it at the
 * end, for all (/run/install: anaconda's dracut module; /run is bound into the new system).
 */
static const char initramfs[] =
	"image=/boot/initramfs-$kernel.img\n"
	"new=$image.modferry\n"
	"if [ -d /run/install ] || [ -d /run/anaconda ] || [ ! -e \"$image\" ]; then\n"
	"\texit 0\n"
	"fi\n"
	"command -v dracut >/dev/null 2>&1 || exit 0\n"
	"if [ -z \"$(find \"/lib/modules/$kernel/modules.dep\" -newer \"$image\" 2>/dev/null)\" ]; then\n"
	"\texit 0\n"
	"fi\n"
	"if dracut -f \"$new\" \"$kernel\" && [ -s \"$new\" ] && mv -f \"$new\" \"$image\"; then\n"
	"\texit 0\n"
	"fi\n"
	"rm -f \"$new\" 2>/dev/null || :\n"
	"echo \"$image: not made anew, run: dracut -f $image $kernel\" >&2\n";

static const char foot[] = "exit 0\n";

static void put_head(const struct mf_kmod_rpm *rpm, struct mf_buf *out)
{
	mf_buf_adds(out, head);
	mf_buf_printf(out, "kernel=%s\n", rpm->kernel);
}

/* One path a line, as weak-modules reads them. */
static void put_links(const struct mf_kmod_rpm *rpm, const char *action, struct mf_buf *out)
{
	mf_buf_printf(out, "action=%s\nmodules='", action);
	for (size_t i = 0; i < rpm->part->n; i++)
		mf_buf_printf(out, "%s/lib/modules/%s/extra/%s/%s.ko", i ? "\n" : "", rpm->kernel,
			      rpm->name, rpm->files[i]);
	mf_buf_adds(out, "'\n");
	mf_buf_adds(out, links);
}

static int add(const struct mf_kmod_rpm *rpm, const char *key, struct mf_buf *body)
{
	mf_buf_adds(body, foot);
	return mf_buf_status(body) ? -ENOMEM : mf_tree_add_param(rpm->tree, key, mf_buf_str(body));
}

int mf_kmod_rpm_add_scripts(struct mf_kmod_rpm *rpm)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf post = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf posttrans = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf postun = {0};
	int r;

	put_head(rpm, &post);
	mf_buf_adds(&post, indexes);
	put_links(rpm, "--add-modules", &post);
	put_head(rpm, &posttrans);
	mf_buf_adds(&posttrans, initramfs);
	/* 1: another version of the package stays, whose posttrans does the rest */
	put_head(rpm, &postun);
	mf_buf_adds(&postun, indexes);
	mf_buf_adds(&postun, "[ \"${1:-0}\" = 0 ] || exit 0\n");
	put_links(rpm, "--remove-modules", &postun);
	mf_buf_adds(&postun, initramfs);
	r = add(rpm, "post", &post);
	if (!r)
		r = add(rpm, "posttrans", &posttrans);
	return r ? r : add(rpm, "postun", &postun);
}
