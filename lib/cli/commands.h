// SPDX-License-Identifier: GPL-2.0-or-later
// The commands, each defined in its cmd_*.c, for registry.c.
#pragma once

#include "lib/cli/command.h"

extern const struct mf_command mf_command_inspect;
