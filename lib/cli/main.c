// SPDX-License-Identifier: GPL-2.0-or-later
// The program: everything is in mf_main, so that tests can link it.
#include "lib/cli/command.h"

int main(int argc, char **argv)
{
	return mf_main(argc, argv);
}
