// SPDX-License-Identifier: GPL-2.0-or-later
// The overlay recipe: modferry-overlay(7).
#pragma once

#include "lib/core/recipe.h"

extern const struct mf_recipe mf_overlay_recipe;

/* Length of an overlay's ID in hex digits. */
#define MF_OVERLAY_ID 12
