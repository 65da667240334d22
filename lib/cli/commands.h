// SPDX-License-Identifier: GPL-2.0-or-later
// The commands, one file each (cmd_NAME.c); registry.c lists them.
#pragma once

#include "lib/cli/command.h"

extern const struct mf_command mf_command_check;
extern const struct mf_command mf_command_dud;
extern const struct mf_command mf_command_hardware;
extern const struct mf_command mf_command_inspect;
extern const struct mf_command mf_command_list;
extern const struct mf_command mf_command_match;
extern const struct mf_command mf_command_overlay;
extern const struct mf_command mf_command_report;
