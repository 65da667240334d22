// SPDX-License-Identifier: GPL-2.0-or-later
// "Needed at boot" class of a driver: by the kernel interface it registers with.
#include <stdlib.h>
#include <string.h>

#include "lib/core/module.h"

struct class_symbol {
	const char *name; /* first: compare_name reads it alone */
	enum mf_boot_class class;
};

/*
 * Exported kernel functions that only a driver of the class calls, sorted by name. Every one is an
 * EXPORT_SYMBOL of the kernel (block/, drivers/scsi, drivers/ata, drivers/nvme, drivers/mmc,
 * drivers/md, drivers/mtd, net/core, drivers/net, fs/); where an inline wrapper is what drivers
 * write, the function behind it stands here.
 */
static const struct class_symbol symbols[] = {
	{"__blk_alloc_disk", MF_BOOT_STORAGE},
	{"__blk_mq_alloc_disk", MF_BOOT_STORAGE},
	{"__mdiobus_register", MF_BOOT_NETWORK},
	{"__register_mtd_parser", MF_BOOT_STORAGE},
	{"__scsi_add_device", MF_BOOT_STORAGE},
	{"__scsi_register_driver", MF_BOOT_STORAGE},
	{"__ufshcd_add_host", MF_BOOT_STORAGE},
	{"add_mtd_blktrans_dev", MF_BOOT_STORAGE},
	{"ahci_host_activate", MF_BOOT_STORAGE},
	{"ahci_platform_init_host", MF_BOOT_STORAGE},
	{"ata_host_activate", MF_BOOT_STORAGE},
	{"ata_host_register", MF_BOOT_STORAGE},
	{"ata_pci_bmdma_init_one", MF_BOOT_STORAGE},
	{"ata_pci_sff_activate_host", MF_BOOT_STORAGE},
	{"ata_pci_sff_init_one", MF_BOOT_STORAGE},
	{"blk_alloc_disk", MF_BOOT_STORAGE},
	{"blk_mq_init_queue", MF_BOOT_STORAGE},
	{"device_add_disk", MF_BOOT_STORAGE},
	{"dm_register_target", MF_BOOT_STORAGE},
	{"fc_attach_transport", MF_BOOT_STORAGE},
	{"ieee80211_register_hw", MF_BOOT_NETWORK},
	{"iscsi_register_transport", MF_BOOT_STORAGE},
	{"memstick_add_host", MF_BOOT_STORAGE},
	{"mmc_add_host", MF_BOOT_STORAGE},
	{"mmc_register_driver", MF_BOOT_STORAGE},
	{"nvme_init_ctrl", MF_BOOT_STORAGE},
	{"phy_driver_register", MF_BOOT_NETWORK},
	{"phy_drivers_register", MF_BOOT_NETWORK},
	{"register_filesystem", MF_BOOT_FILESYSTEM},
	{"register_md_personality", MF_BOOT_STORAGE},
	{"register_mtd_blktrans", MF_BOOT_STORAGE},
	{"register_netdev", MF_BOOT_NETWORK},
	{"register_netdevice", MF_BOOT_NETWORK},
	{"rtnl_link_register", MF_BOOT_NETWORK},
	{"sas_register_ha", MF_BOOT_STORAGE},
	{"scsi_add_host_with_dma", MF_BOOT_STORAGE},
	{"scsi_register_driver", MF_BOOT_STORAGE},
	{"sdhci_add_host", MF_BOOT_STORAGE},
	{"ufshcd_init", MF_BOOT_STORAGE},
	{"usb_stor_probe1", MF_BOOT_STORAGE},
	{"usbnet_probe", MF_BOOT_NETWORK},
	{"wiphy_register", MF_BOOT_NETWORK},
};

static int compare_name(const void *name, const void *symbol)
{
	const unsigned char *a = name;
	const char *b = ((const struct class_symbol *)symbol)->name;
	int order = (int)*a - (unsigned char)*b; /* settles most: a kernel has 400,000 imports */

	return order ? order : strcmp(name, b);
}

unsigned int mf_boot_class_of_symbol(const char *name)
{
	const struct class_symbol *found = bsearch(name, symbols,
						   sizeof(symbols) / sizeof(symbols[0]),
						   sizeof(symbols[0]), compare_name);

	return found ? found->class : MF_BOOT_NONE;
}

const char *mf_boot_class_name(unsigned int boot_class)
{
	static const char *const names[8] = {
		"-",
		"storage",
		"network",
		"storage,network",
		"filesystem",
		"storage,filesystem",
		"network,filesystem",
		"storage,network,filesystem",
	};

	return names[boot_class & 7];
}
