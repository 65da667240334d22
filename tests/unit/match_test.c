// SPDX-License-Identifier: GPL-2.0-or-later
// Drivers for devices: order, certainty, and a driver set that finds what its index finds.
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "lib/base/cleanup.h"
#include "lib/core/match.h"
#include "lib/core/modalias.h"
#include "tests/unit/drvmake.h"
#include "tests/unit/index_builder.h"

#define NIC "pci:v00008086d00001533sv00008086sd00000001bc02sc00i00"

struct fixture {
	struct mf_drvset set;
	struct mf_patterns patterns;
};

static void free_fixture(struct fixture *fixture)
{
	mf_patterns_free(&fixture->patterns);
	mf_drvset_free(&fixture->set);
}

/* A driver "NAME VERSION" with one alias. */
static struct mf_driver *add(struct fixture *fixture, const char *package, const char *version,
			     const char *alias)
{
	struct mf_driver *driver = drvmake(&fixture->set, package, version, "6.1.0", package);
	struct mf_selected owner = {NULL, NULL, driver};

	driver->module.aliases = drvmake_strings(&fixture->set, alias, NULL);
	owner.package = mf_drvset_package(&fixture->set, package, version, "/tree");
	owner.build = &owner.package->builds[0];
	assert_int_equal(mf_patterns_add(&fixture->patterns, &owner), 0);
	return driver;
}

/* Modules of the hits in order, "?" behind those that are only maybe. */
static void assert_hits(struct fixture *fixture, const struct mf_device *device,
			const char *expected)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_hits hits = {.arena = &arena};

	mf_patterns_sort(&fixture->patterns);
	assert_int_equal(mf_match_patterns(&fixture->patterns, device, &hits), 0);
	mf_hits_sort(&hits);
	for (size_t i = 0; i < hits.n; i++)
		mf_buf_printf(&text, "%s%s/%s%s", i ? " " : "", hits.v[i].module,
			      hits.v[i].owner.package->version, hits.v[i].is_certain ? "" : "?");
	assert_string_equal(mf_buf_str(&text), expected);
}

static void best_comes_first(void **state)
{
	MF_CLEANUP(free_fixture) struct fixture fixture = {0};
	struct mf_device device = {.modalias = NIC};

	(void)state;
	add(&fixture, "by-class", "9", "pci:v*d*sv*sd*bc02sc00i*");
	add(&fixture, "igb", "1.2", "pci:v00008086d00001533sv*sd*bc*sc*i*");
	add(&fixture, "igb", "1.10", "pci:v00008086d00001533sv*sd*bc*sc*i*");
	add(&fixture, "abc", "1.2", "pci:v00008086d00001533sv*sd*bc*sc*i*");
	add(&fixture, "exact", "0", NIC);
	add(&fixture, "other", "1", "pci:v00008086d00001534sv*sd*bc*sc*i*");
	assert_hits(&fixture, &device, "exact/0 igb/1.10 abc/1.2 igb/1.2 by-class/9");
}

static void a_driver_counts_once(void **state)
{
	MF_CLEANUP(free_fixture) struct fixture fixture = {0};
	struct mf_device device = {.modalias = NIC};
	struct mf_driver *driver = drvmake(&fixture.set, "igb", "1", "6.1.0", "igb");
	struct mf_selected owner = {&fixture.set.packages[0], &fixture.set.packages[0].builds[0],
				    driver};
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_hits hits = {.arena = &arena};

	(void)state;
	driver->module.aliases = drvmake_strings(&fixture.set, "pci:v*", "pci:v00008086*", "*",
						 "bad]", "bad[", NULL);
	assert_int_equal(mf_patterns_add(&fixture.patterns, &owner), 0);
	assert_int_equal(fixture.patterns.n, 3);
	mf_patterns_sort(&fixture.patterns);
	assert_int_equal(mf_match_patterns(&fixture.patterns, &device, &hits), 0);
	assert_int_equal(hits.n, 1);
	assert_string_equal(hits.v[0].pattern, "pci:v00008086*");
}

static void partial_devices_match_maybe(void **state)
{
	MF_CLEANUP(free_fixture) struct fixture fixture = {0};
	struct mf_device device = {
		.modalias = "pci:v00008086d00001533sv????????sd????????bc02sc00i??",
		.is_partial = true,
	};

	(void)state;
	add(&fixture, "sure", "1", "pci:v00008086d00001533sv*sd*bc*sc*i*");
	add(&fixture, "oem", "1", "pci:v00008086d00001533sv00001028sd*bc*sc*i*");
	add(&fixture, "other", "1", "pci:v00008086d00001534sv00001028sd*bc*sc*i*");
	assert_hits(&fixture, &device, "oem/1? sure/1");
}

/* A weak dependency is a hint for others, never a reason to load. */
static void weak_dependencies_are_no_hits(void **state)
{
	MF_CLEANUP(free_fixture) struct fixture fixture = {0};
	struct mf_device device = {.modalias = NIC};
	struct mf_driver *driver = add(&fixture, "igb", "1", "pci:v00008086d00001533*");

	(void)state;
	driver->module.weakdep = drvmake_strings(&fixture.set, "helper", NULL);
	add(&fixture, "helper", "1", "symbol:helper");
	assert_hits(&fixture, &device, "igb/1");
}

static void vfio_is_not_for_pci_devices(void **state)
{
	MF_CLEANUP(free_fixture) struct fixture fixture = {0};
	struct mf_device device = {.modalias = NIC};

	(void)state;
	add(&fixture, "vfio_pci", "1", "vfio_pci:v*d*sv*sd*bc*sc*i*");
	add(&fixture, "igb", "1", "pci:v00008086d00001533*");
	assert_hits(&fixture, &device, "igb/1");
}

static uint32_t seed = 3;

static void random_text(char *out, size_t max, const char *alphabet)
{
	size_t n;

	seed = seed * 1664525u + 1013904223u;
	n = 1 + (seed >> 8) % (max - 2);
	for (size_t i = 0; i < n; i++) {
		seed = seed * 1664525u + 1013904223u;
		out[i] = alphabet[(seed >> 8) % strlen(alphabet)];
	}
	out[n] = '\0';
}

/* Counts how often each module is hit: both ways must name the same. */
static void compare_hits(const struct fixture *fixture, const struct mf_match_index *index,
			 const struct mf_device *device)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_hits by_set = {.arena = &arena};
	struct mf_hits by_index = {.arena = &arena};

	assert_int_equal(mf_match_patterns(&fixture->patterns, device, &by_set), 0);
	assert_int_equal(mf_match_index(index, device, &by_index), 0);
	assert_int_equal(by_set.n, by_index.n);
	for (size_t i = 0; i < by_set.n; i++) {
		bool is_found = false;

		for (size_t k = 0; k < by_index.n; k++)
			is_found = is_found ||
				   (!strcmp(by_set.v[i].module, by_index.v[k].module) &&
				    !strcmp(by_set.v[i].pattern, by_index.v[k].pattern) &&
				    by_set.v[i].is_certain == by_index.v[k].is_certain);
		assert_true(is_found);
	}
}

static void set_and_index_agree(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < 40; round++) {
		MF_CLEANUP(free_fixture) struct fixture fixture = {0};
		MF_CLEANUP(mf_buf_free) struct mf_buf file = {0};
		struct mf_match_index source = {.layer = MF_LAYER_STOCK, .folder = "/"};
		struct index_entry entries[60];
		size_t n = 0;

		for (size_t i = 0; i < 60; i++) {
			char *name = mf_arena_printf(&fixture.set.arena, "m%02zu", i);
			char alias[10];

			random_text(alias, sizeof(alias), "abab:*?[a]\\");
			add(&fixture, name, "1", mf_arena_strdup(&fixture.set.arena, alias));
			if (fixture.patterns.n > n) {
				entries[n] = (struct index_entry){fixture.patterns.v[n].text, name,
								  (uint32_t)i};
				n++;
			}
		}
		index_build(&file, entries, n);
		assert_int_equal(mf_kmodindex_open(mf_buf_bytes(&file), &source.index, NULL), 0);
		mf_patterns_sort(&fixture.patterns);
		for (unsigned int query = 0; query < 200; query++) {
			char text[9];
			struct mf_device device = {.modalias = text, .is_partial = query % 4 == 0};

			random_text(text, sizeof(text), "aabb:\\?");
			compare_hits(&fixture, &source, &device);
		}
	}
}

static void a_malformed_index_is_told(void **state)
{
	static const uint8_t bytes[] = {0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1, 0x80, 0, 0, 12, 'a'};
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_match_index source = {.folder = "/"};
	struct mf_device device = {.modalias = NIC};
	struct mf_hits hits = {.arena = &arena};

	(void)state;
	assert_int_equal(
		mf_kmodindex_open((struct mf_bytes){bytes, sizeof(bytes)}, &source.index, NULL), 0);
	assert_int_equal(mf_match_index(&source, &device, &hits), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(best_comes_first),
		cmocka_unit_test(a_driver_counts_once),
		cmocka_unit_test(partial_devices_match_maybe),
		cmocka_unit_test(weak_dependencies_are_no_hits),
		cmocka_unit_test(vfio_is_not_for_pci_devices),
		cmocka_unit_test(set_and_index_agree),
		cmocka_unit_test(a_malformed_index_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
