// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of lspci, as far as they say which device it is.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/bytes.h"

/* A field that lspci did not show. */
#define MF_PCI_UNKNOWN (-1)

/* One PCI function; views point into the text. */
struct mf_pci {
	bool is_open; /* a device has begun */
	struct mf_bytes address;
	struct mf_bytes vendor_name;
	struct mf_bytes device_name;
	int32_t vendor;
	int32_t device;
	int32_t subvendor;
	int32_t subdevice;
	int32_t class_code; /* base class and sub-class */
	int32_t interface;
};

/* What a line was. */
enum mf_lspci_line {
	MF_LSPCI_NO,	  /* not lspci's */
	MF_LSPCI_DETAIL,  /* belongs to the device before it, which may know more now */
	MF_LSPCI_DEVICE,  /* a device begins */
	MF_LSPCI_NAMELESS /* lspci's, but without ids: not -n or -nn */
};

/* Whether a line begins a device, told without looking at what is known so far. */
bool mf_lspci_begins(struct mf_bytes line);

/*
 * Reads a line of `lspci -nn`, `-nnk`, `-n`, `-mm -n`, `-mm -nn`, `-vmm -n` or `-vmm -nn` into the
 * device it belongs to (pci is started anew where one begins: flush the one before).
 */
enum mf_lspci_line mf_lspci_line(struct mf_bytes line, struct mf_pci *pci);

/*
 * Appends the modalias as the kernel makes it (drivers/pci/pci-driver.c pci_uevent), '?' for each
 * digit that is unknown; *ret_partial: there are such. Vendor and device must be known.
 */
void mf_pci_modalias(const struct mf_pci *pci, struct mf_buf *out, bool *ret_partial);
