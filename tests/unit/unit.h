// SPDX-License-Identifier: GPL-2.0-or-later
// What every unit test includes: cmocka with what it needs first.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
