// SPDX-License-Identifier: GPL-2.0-or-later
// Unit tests of the kernel command line's parser.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/core/cmdline.h"

struct fixture {
	struct mf_arena arena;
	struct mf_cmdline cmdline;
	struct mf_buf settings;
};

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	mf_buf_free(&f->settings);
	mf_arena_free(&f->arena);
	free(f);
	return 0;
}

static struct mf_cmdline *parse(struct fixture *f, const char *text)
{
	struct mf_bytes bytes = {(const uint8_t *)text, strlen(text)};

	assert_int_equal(mf_cmdline_parse(bytes, &f->arena, &f->cmdline), 0);
	return &f->cmdline;
}

static const char *settings(struct fixture *f, const char *module)
{
	mf_buf_free(&f->settings);
	mf_cmdline_settings(&f->cmdline, module, &f->settings);
	return mf_buf_str(&f->settings);
}

static void defaults(void **state)
{
	struct mf_cmdline *c = parse(*state, "root=/dev/vda ro quiet\n");

	assert_false(c->is_off);
	assert_false(c->is_debug);
	assert_int_equal(c->timeout, 0);
	assert_null(c->wait);
	assert_string_equal(c->init, "/init");
	assert_int_equal(c->n_params, 0);
}

static void own_options(void **state)
{
	struct mf_cmdline *c = parse(*state, "modferry=off modferry.debug modferry.timeout=7 "
					     "modferry.wait=disk modferry.init=/sbin/my "
					     "modferry.skip=a,b-c modferry.skip=d");

	assert_true(c->is_off);
	assert_true(c->is_debug);
	assert_int_equal(c->timeout, 7);
	assert_string_equal(c->wait, "disk");
	assert_string_equal(c->init, "/sbin/my");
	assert_int_equal(c->skip.n, 3);
	assert_int_equal(mf_cmdline_mask(c, "b_c"), MF_MASK_SKIP);
	assert_int_equal(mf_cmdline_mask(c, "d"), MF_MASK_SKIP);
	assert_int_equal(mf_cmdline_mask(c, "e"), MF_MASK_NONE);
	assert_int_equal(c->n_params, 0);
}

static void last_one_counts(void **state)
{
	struct mf_cmdline *c = parse(*state, "modferry=off modferry=on modferry.timeout=3 "
					     "modferry.timeout=9 modferry.wait=net modferry.wait=");

	assert_false(c->is_off);
	assert_int_equal(c->timeout, 9);
	assert_null(c->wait);
}

static void bad_values_are_skipped(void **state)
{
	struct mf_cmdline *c = parse(*state, "modferry.timeout=-1 modferry.timeout=5s "
					     "modferry.timeout=99999999999999999999 "
					     "modferry.init=relative .x=1 a.=2 b\x01.c=1 = == .");

	assert_int_equal(c->timeout, 0);
	assert_string_equal(c->init, "/init");
	assert_int_equal(c->n_params, 0);
}

static void blacklists(void **state)
{
	struct mf_cmdline *c = parse(*state, "modprobe.blacklist=nvme,,ahci rd.driver.blacklist="
					     "xhci-pci module_blacklist=evil");

	assert_int_equal(mf_cmdline_mask(c, "nvme"), MF_MASK_BLACKLIST);
	assert_int_equal(mf_cmdline_mask(c, "ahci"), MF_MASK_BLACKLIST);
	assert_int_equal(mf_cmdline_mask(c, "xhci_pci"), MF_MASK_BLACKLIST);
	assert_int_equal(mf_cmdline_mask(c, "evil"), MF_MASK_REFUSED);
	assert_string_equal(mf_mask_name(MF_MASK_REFUSED), "module_blacklist");
}

/* One of several is enough, and what stands behind it is read, too. */
static void disks(void **state)
{
	static const struct {
		const char *text;
		bool has_disk;
	} cases[] = {
		{"inst.dd=/dd.iso", true},
		{"inst.dd=path:/dd.iso", true},
		{"inst.dd=file:/dd.iso", true},
		{"inst.dd=LABEL=OEMDRV inst.dd=/dd.iso inst.dd=http://host/dd.iso", true},
		{"dd=/dd.iso", false}, /* anaconda of EL8 reads it, later ones do not */
		{"inst.dd", false},
		{"inst.dd=", false},
		{"inst.dd=path:", false},
		{"inst.dd=/dd.iso.old", false},
		{"inst.dd=dd.iso", false},
		{"inst.dd=nfs:/dd.iso", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mf_cmdline *c;
		char text[128];

		snprintf(text, sizeof(text), "%s modferry=off", cases[i].text);
		c = parse(*state, text);
		if (c->has_disk != cases[i].has_disk || !c->is_off)
			fail_msg("%s", cases[i].text);
	}
}

static void module_settings(void **state)
{
	parse(*state, "virtio-blk.num_request_queues=2 other.x=1 virtio_blk.flag virtio_blk.a.b=3");
	assert_string_equal(settings(*state, "virtio_blk"), "num_request_queues=2 flag a.b=3");
	assert_string_equal(settings(*state, "virtio-blk"), "num_request_queues=2 flag a.b=3");
	assert_string_equal(settings(*state, "nothing"), "");
}

static void quotes(void **state)
{
	struct mf_cmdline *c = parse(*state, "m.a=\"x y\" \"m.b=c d\" m.c=e\"f g\"h "
					     "\"modferry.wait=of:N a\" modferry.init=\"/my init\"");

	assert_string_equal(settings(*state, "m"), "a=\"x y\" \"b=c d\" c=e\"f g\"h");
	assert_string_equal(c->wait, "of:N a");
	assert_string_equal(c->init, "/my init");
}

static void open_quote_is_closed(void **state)
{
	parse(*state, "m.a=1 m.b=\"x y m.c=2");
	assert_string_equal(settings(*state, "m"), "a=1 b=\"x y m.c=2\"");
	parse(*state, "\"");
	parse(*state, "\"=");
	parse(*state, "a=\"");
	parse(*state, "\"a=\"");
	parse(*state, "\"a=\"\"");
}

static void stops_at_double_dash(void **state)
{
	struct mf_cmdline *c = parse(*state, "a.b=1 -- modferry=off a.c=2");

	assert_false(c->is_off);
	assert_string_equal(settings(*state, "a"), "b=1");
	/* a value makes it another word */
	c = parse(*state, "--=x modferry=off");
	assert_true(c->is_off);
}

static void long_and_hostile(void **state)
{
	struct fixture *f = *state;
	struct mf_cmdline c;
	char *text = malloc(4097);
	uint8_t bytes[] = "m.a=1\0m.b=2\nm.c=\xff\xfe \"\0 m.d=4";

	assert_non_null(text);
	for (size_t i = 0; i + 4 <= 4096; i += 4)
		memcpy(text + i, "a.b ", 4);
	text[4096] = '\0';
	assert_int_equal(parse(f, text)->n_params, 1024);
	memset(text, '"', 4096);
	parse(f, text);
	memset(text, '=', 4096);
	parse(f, text);
	free(text);
	assert_int_equal(
		mf_cmdline_parse((struct mf_bytes){bytes, sizeof(bytes) - 1}, &f->arena, &c), 0);
	f->cmdline = c;
	assert_string_equal(settings(f, "m"), "a=1 b=2 c=\xff\xfe d=4");
	assert_int_equal(mf_cmdline_parse((struct mf_bytes){0}, &f->arena, &c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(defaults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(own_options, set_up, tear_down),
		cmocka_unit_test_setup_teardown(last_one_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bad_values_are_skipped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(blacklists, set_up, tear_down),
		cmocka_unit_test_setup_teardown(disks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(module_settings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(quotes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(open_quote_is_closed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stops_at_double_dash, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_and_hostile, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
