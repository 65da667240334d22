// SPDX-License-Identifier: GPL-2.0-or-later
// Lines to paste into answer files, so that packages of a driver injection disk get taken.
#include "lib/core/injection_lines.h"

#include <string.h>

/*
 * The second answers before it is asked, and is its default (templates of
 * driver-injection-disk-detect 1.171); anna takes the package of the first along with its own.
 */
void mf_injection_preseed(struct mf_buf *out)
{
	mf_buf_adds(out, "  d-i anna/choose_modules string driver-injection-disk-detect\n"
			 "  d-i driver-injection-disk/load boolean true\n");
}

/* A word of a shell, of a path of udev's below by-label, and of YAML alike. */
static bool is_word(const char *label)
{
	static const char admitted[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789_.-";

	return *label && !label[strspn(label, admitted)];
}

/*
 * early-commands run before disks and networks are looked for, late-commands when the system is
 * installed and before it is started (subiquity, doc/reference/autoinstall-reference). The volume
 * is not seen inside of /target, where curtin binds /run without what is mounted below it.
 */
bool mf_injection_autoinstall(struct mf_buf *out, const struct mf_target *target, const char *label)
{
	if (!is_word(label))
		return false;
	mf_buf_printf(
		out,
		"  autoinstall:\n"
		"    early-commands:\n"
		"      - mkdir -p /run/drivers && mount -o ro /dev/disk/by-label/%s /run/drivers\n"
		"      - dpkg -i /run/drivers/ubuntu-drivers/%s/*.deb\n"
		"      - udevadm trigger --action=add && udevadm settle\n"
		"    late-commands:\n"
		"      - cp /run/drivers/ubuntu-drivers/%s/*.deb /target/root/\n"
		"      - curtin in-target -- sh -c 'dpkg -i /root/*-modules-*.deb && rm "
		"/root/*-modules-*.deb'\n",
		label, target->tag, target->tag);
	return true;
}
