// SPDX-License-Identifier: GPL-2.0-or-later
// Fuzz target: initrd images, through the walker and the root file system model.
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/io/rootfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MF_CLEANUP(mf_rootfs_free) struct mf_rootfs rootfs = {0};
	struct mf_err err = {0};
	int rc = mf_rootfs_read((struct mf_bytes){data, size}, MF_ROOTFS_SHA256, &rootfs, &err);

	if ((rc == 0) != (err.text[0] == '\0'))
		abort();
	for (size_t i = 0; i < rootfs.n_entries; i++) {
		const struct mf_rootfs_entry *entry = &rootfs.entries[i];
		size_t found = i;

		if (!*entry->path || *entry->path == '/' || strstr(entry->path, "/../"))
			abort();
		/* what wins is found at its path, and nothing else is */
		if (mf_rootfs_find(&rootfs, entry->path, false, &found)) {
			if (entry->fate == MF_FATE_WINS)
				abort();
		} else if ((found == i) != (entry->fate == MF_FATE_WINS) &&
			   found != MF_ROOTFS_NONE) {
			abort();
		}
	}
	return 0;
}
