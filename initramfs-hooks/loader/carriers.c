// SPDX-License-Identifier: GPL-2.0-or-later
// Carriers: devices that a bus stands behind, whose stock driver must come first for it to appear.
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "initramfs-hooks/loader/loader.h"
#include "lib/base/cleanup.h"
#include "lib/core/modalias.h"
#include "lib/core/modname.h"

/* A bus, what can carry it, and how long its devices may be silent while they come up. */
struct bus {
	const char *name; /* as before the first ':' of a modalias */
	unsigned int quiet_ms;
	const char *carriers; /* modalias patterns, each with its NUL, an empty one at the end */
};

/* PCI classes: bc base class, sc sub class (PCI Code and ID Assignment Specification). */
static const char on_auxiliary[] = "pci:*bc02*\0"
				   "pci:*bc0Csc06*\0";
static const char on_bcma[] = "pci:*bc02sc80*\0";
static const char on_firewire[] = "pci:*bc0Csc00*\0";
static const char on_hdaudio[] = "pci:*bc04sc03*\0";
static const char on_hid[] = "usb:*ic03*\0"
			     "acpi*:PNP0C50:*\0"
			     "acpi*:ACPI0C50:*\0"
			     "vmbus:9eb6a8cf*\0";
static const char on_i2c[] = "pci:*bc0Csc05*\0"
			     "pci:*bc0Csc80*\0"
			     "platform:*i2c*\0";
static const char on_mei[] = "pci:*bc07sc80*\0";
static const char on_mmc[] = "pci:*bc08sc05*\0"
			     "pci:*bcFF*\0"
			     "acpi*:PNP0D40:*\0"
			     "acpi*:80860F14:*\0"
			     "of:N*mmc*T*\0"
			     "of:N*sdhci*T*\0";
static const char on_nd[] = "acpi*:ACPI0012:*\0"
			    "virtio:d0000001B*\0";
/* Intel VMD and Hyper-V's pass-through put PCI devices behind themselves. By device, not by class:
 * the class of VMD is that of all RAID controllers, and somebody always waits on PCI. */
static const char on_pci[] = "pci:v00008086d0000201D*\0"
			     "pci:v00008086d000028C0*\0"
			     "pci:v00008086d0000467F*\0"
			     "pci:v00008086d00004C3D*\0"
			     "pci:v00008086d00007D0B*\0"
			     "pci:v00008086d00009A0B*\0"
			     "pci:v00008086d0000A77F*\0"
			     "pci:v00008086d0000AD0B*\0"
			     "pci:v00008086d0000B06F*\0"
			     "pci:v00008086d0000B60B*\0"
			     "vmbus:1df6c444*\0";
static const char on_pcmcia[] = "pci:*bc06sc05*\0"
				"pci:*bc06sc07*\0";
static const char on_scsi[] = "pci:*bc01*\0"
			      "pci:*bc0Csc04*\0"
			      "virtio:d00000008*\0"
			      "usb:*ic08*\0"
			      "vmbus:d96361ba*\0"
			      "vmbus:4acc9b2f*\0"
			      "vmbus:32264132*\0"
			      "ieee1394:*\0"
			      "platform:*ufs*\0"
			      "of:N*ufs*T*\0";
static const char on_usb[] = "pci:*bc0Csc03*\0"
			     "acpi*:PNP0D10:*\0"
			     "acpi*:PNP0D20:*\0"
			     "of:N*usb*T*\0"
			     "platform:*hci*\0";
static const char on_virtio[] = "pci:v00001AF4*\0"
				"acpi*:LNRO0005:*\0"
				"of:N*T*Cvirtio,mmio*\0"
				"platform:virtio_mmio\0";
static const char on_vmbus[] = "acpi*:VMBUS:*\0"
			       "acpi*:VMBus:*\0"
			       "acpi*:MSFT1000:*\0";

/*
 * Times are for what happens behind a driver's back once it is loaded: hubs and ports of USB are
 * debounced (100 ms each, USB 2.0, 7.1.7.3), usb-storage waits a second before it scans, cards are
 * probed by a delayed work. Everything else shows up before the load call returns.
 */
static const struct bus buses[] = {
	{"auxiliary", 20, on_auxiliary},
	{"bcma", 20, on_bcma},
	{"hdaudio", 200, on_hdaudio},
	{"hid", 1000, on_hid},
	{"i2c", 20, on_i2c},
	{"ieee1394", 1500, on_firewire},
	{"mei", 200, on_mei},
	{"mmc", 500, on_mmc},
	{"nd", 20, on_nd},
	{"pci", 20, on_pci},
	{"pcmcia", 1000, on_pcmcia},
	{"scsi", 1500, on_scsi},
	{"sdio", 500, on_mmc},
	{"ssb", 20, on_bcma},
	{"usb", 1000, on_usb},
	{"virtio", 20, on_virtio},
	{"vmbus", 200, on_vmbus},
};

#define N_BUSES (sizeof(buses) / sizeof(buses[0]))

/* The pattern behind one of a list. */
static const char *next(const char *pattern)
{
	return pattern + strlen(pattern) + 1;
}

/* Index of the bus of a modalias or pattern; N_BUSES for one not in the table. */
static size_t bus_of(const char *modalias)
{
	size_t n;
	const char *name = mf_modalias_bus(modalias, &n);

	for (size_t i = 0; i < N_BUSES; i++) {
		if (strlen(buses[i].name) == n && memcmp(buses[i].name, name, n) == 0)
			return i;
	}
	return N_BUSES;
}

/* Whether a shipped driver may still wait for its device. */
static bool is_waiting(struct mf_loader *loader, struct mf_mod *mod)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena scratch = {0};
	struct mf_strings devices;

	if (!mod->record || mod->is_hidden || mod->is_bound ||
	    mf_cmdline_mask(&loader->cmdline, mod->name) != MF_MASK_NONE)
		return false;
	if (mod->state == MF_LOAD_IDLE)
		return true;
	if (!mf_mods_is_there(mod) || mf_devices_bound(loader, mod->name, &scratch, &devices))
		return false;
	mod->is_bound = devices.n > 0;
	return !mod->is_bound;
}

/* Marks the buses that shipped drivers wait for, and those that can carry these, and so on. */
static void mark_needed(struct mf_loader *loader, bool needed[N_BUSES + 1])
{
	bool is_more = true;

	for (size_t i = 0; i < loader->mods.n; i++) {
		struct mf_mod *mod = loader->mods.v[i];

		if (!is_waiting(loader, mod))
			continue;
		for (size_t k = 0; k < mod->record->aliases.n; k++)
			needed[bus_of(mod->record->aliases.v[k])] = true;
	}
	while (is_more) {
		is_more = false;
		for (size_t i = 0; i < N_BUSES; i++) {
			const char *pattern = needed[i] ? buses[i].carriers : "";

			for (; *pattern; pattern = next(pattern)) {
				size_t below = bus_of(pattern);

				is_more = is_more || !needed[below];
				needed[below] = true;
			}
		}
	}
}

static bool is_carrier(const struct mf_dev *dev, const bool needed[N_BUSES + 1])
{
	for (size_t i = 0; i < N_BUSES; i++) {
		const char *pattern = needed[i] ? buses[i].carriers : "";

		for (; *pattern; pattern = next(pattern)) {
			if (mf_modalias_match(pattern, dev->modalias))
				return true;
		}
	}
	return false;
}

static int want_found(void *context, const char *key, struct mf_bytes value, uint32_t priority)
{
	struct mf_loader *loader = context;
	char name[MF_MODNAME_MAX];
	struct mf_mod *mod;

	(void)key;
	(void)priority;
	if (value.n >= sizeof(name))
		return 0;
	memcpy(name, value.p, value.n);
	name[value.n] = '\0';
	mod = mf_mods_get(loader, name);
	if (!mod || mf_cmdline_mask(&loader->cmdline, name) != MF_MASK_NONE)
		return 0;
	return mf_mods_want(loader, mod);
}

int mf_carriers_want(struct mf_loader *loader)
{
	bool needed[N_BUSES + 1] = {false};

	mark_needed(loader, needed);
	for (size_t i = 0; i < loader->devs.n; i++) {
		struct mf_dev *dev = loader->devs.v[i];
		char driver[NAME_MAX + 1];
		int r;

		if (dev->is_gone || dev->is_carrier || !is_carrier(dev, needed))
			continue;
		dev->is_carrier = true;
		mf_devices_driver(loader, dev->path, driver);
		if (driver[0] || dev->is_interesting) /* a shipped driver is asked for already */
			continue;
		if (loader->cmdline.is_debug)
			mf_log_say(loader, LOG_INFO, "%s (%s) may carry what is waited for",
				   dev->path, dev->modalias);
		r = mf_stock_match(&loader->stock, dev->modalias, want_found, loader);
		if (r == -ENOMEM)
			return r;
	}
	return 0;
}

uint64_t mf_carriers_quiet_us(struct mf_loader *loader)
{
	bool needed[N_BUSES + 1] = {false};
	unsigned int quiet_ms = loader->n_loaded ? 20 : 0;

	mark_needed(loader, needed);
	for (size_t i = 0; i < loader->devs.n; i++) {
		size_t bus = bus_of(loader->devs.v[i]->modalias);

		/* only a bus that is there can bring forth more */
		if (!loader->devs.v[i]->is_gone && bus < N_BUSES && needed[bus] &&
		    buses[bus].quiet_ms > quiet_ms)
			quiet_ms = buses[bus].quiet_ms;
	}
	return (uint64_t)quiet_ms * 1000;
}
