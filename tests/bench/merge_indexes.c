// SPDX-License-Identifier: GPL-2.0-or-later
// The bench's work for merged indexes: merge_indexes MODULE-FOLDER OUTPUT-FOLDER MODULE...
#include "tests/tools/index_folder.h"

int main(int argc, char **argv)
{
	static struct index_folder folder;

	if (argc < 4)
		folder_die("usage", "merge_indexes MODULE-FOLDER OUTPUT-FOLDER MODULE...");
	folder_read(&folder, argv[1]);
	folder_add_drivers(&folder, argv + 3, (size_t)argc - 3);
	folder_merge(&folder);
	folder_write(&folder, argv[2]);
	folder_free(&folder);
	return 0;
}
