// SPDX-License-Identifier: GPL-2.0-or-later
// Hardware files: every form people have them in, and what is refused.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/buf.h"
#include "lib/base/cleanup.h"
#include "lib/core/hardware.h"

/* Devices as "MODALIAS|PATH|NAME[|partial];". */
static int parse(const char *text, size_t n, struct mf_buf *out, struct mf_err *err)
{
	MF_CLEANUP(mf_arena_free) struct mf_arena arena = {0};
	struct mf_devices devices;
	int status = mf_hardware_parse((struct mf_bytes){(const uint8_t *)text, n}, &arena,
				       &devices, err);

	for (size_t i = 0; !status && i < devices.n; i++) {
		const struct mf_device *device = &devices.v[i];

		mf_buf_printf(out, "%s|%s|%s%s;", device->modalias,
			      device->path ? device->path : "-", device->name ? device->name : "-",
			      device->is_partial ? "|partial" : "");
	}
	return status;
}

static void assert_parsed(const char *text, const char *expected)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_err err = {0};

	if (parse(text, strlen(text), &out, &err))
		fail_msg("refused: %s", err.text);
	assert_string_equal(mf_buf_str(&out), expected);
}

static void assert_refused(const char *text, size_t n, int code, const char *message)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};
	struct mf_err err = {0};

	assert_int_equal(parse(text, n, &out, &err), code);
	if (!strstr(err.text, message))
		fail_msg("message is '%s', expected '%s' in it", err.text, message);
}

static void modalias_lines(void **state)
{
	(void)state;
	assert_parsed("pci:v00008086d00001533sv00000000sd00000000bc02sc00i00\n"
		      "# a remark\n\n"
		      "platform:Fixed MDIO bus\r\n"
		      "of:NcpusT(null)Carm,x\n"
		      "pci:v00008086d00001533sv00000000sd00000000bc02sc00i00\n"
		      "acpi:PNP0C0A:",
		      "pci:v00008086d00001533sv00000000sd00000000bc02sc00i00|-|-;"
		      "platform:Fixed MDIO bus|-|-;of:NcpusT(null)Carm,x|-|-;acpi:PNP0C0A:|-|-;");
	assert_parsed("\xef\xbb\xbfusb:v1d6bp0002\r\n", "usb:v1d6bp0002|-|-;");
}

static void lines_of_grep(void **state)
{
	(void)state;
	assert_parsed("/sys/devices/pci0000:00/0000:00:1f.2/modalias:pci:v1\n"
		      "./bus/virtio/devices/virtio0/uevent:MODALIAS=virtio:d1v2\n"
		      "MODALIAS=usb:v1\n",
		      "pci:v1|/sys/devices/pci0000:00/0000:00:1f.2|-;"
		      "virtio:d1v2|./bus/virtio/devices/virtio0|-;usb:v1|-|-;");
}

static void udev_database(void **state)
{
	(void)state;
	assert_parsed("P: /devices/pci0000:00/0000:00:03.0\nM: 0000:00:03.0\nU: pci\n"
		      "E: DEVPATH=/devices/pci0000:00/0000:00:03.0\n"
		      "E: ID_MODEL_FROM_DATABASE=Ethernet \xff\xfe garbage\n"
		      "E: MODALIAS=pci:v1\nV:\n\n"
		      "P: /devices/x\nE: MODALIAS=\nE: MODALIAS=acpi:X:\n\n"
		      "E: MODALIAS=nopath:x\n",
		      "pci:v1|/sys/devices/pci0000:00/0000:00:03.0|-;acpi:X:|/sys/devices/x|-;"
		      "nopath:x|-|-;");
}

static void lspci_nn(void **state)
{
	(void)state;
	assert_parsed("00:1f.2 SATA controller [0106]: Intel Corporation 82801IR [AHCI] "
		      "[8086:2922] (rev 02)\n"
		      "0000:03:00.0 VGA compatible controller [0300]: AMD [AMD/ATI] Caf\xc3\xa9 "
		      "[1002:67df] (rev e7) (prog-if 01 [x])\n"
		      "\tSubsystem: Dell Device [1028:0410]\n"
		      "\tKernel driver in use: amdgpu\n"
		      "\tKernel modules: amdgpu\n",
		      "pci:v00008086d00002922sv????????sd????????bc01sc06i??|00:1f.2|Intel "
		      "Corporation 82801IR [AHCI]|partial;"
		      "pci:v00001002d000067DFsv00001028sd00000410bc03sc00i01|0000:03:00.0|AMD "
		      "[AMD/ATI] Caf\xc3\xa9;");
}

static void lspci_n(void **state)
{
	(void)state;
	assert_parsed("10000:e1:00.0 0108: 8086:f1a5 (rev 03)\r\n",
		      "pci:v00008086d0000F1A5sv????????sd????????bc01sc08i??|10000:e1:00.0|-|"
		      "partial;");
}

static void lspci_machine_readable(void **state)
{
	(void)state;
	assert_parsed("00:02.0 \"0300\" \"8086\" \"0046\" -r02 -p00 \"17aa\" \"215a\"\n"
		      "00:03.0 \"0780\" \"8086\" \"3b64\" -r06 -p00 \"\" \"\"\n"
		      "00:04.0 \"Ether \\\"x\\\" [0200]\" \"Intel [8086]\" \"I210 [1533]\" "
		      "\"Dell [1028]\" \"X [0001]\"",
		      "pci:v00008086d00000046sv000017AAsd0000215Abc03sc00i00|00:02.0|-;"
		      "pci:v00008086d00003B64sv????????sd????????bc07sc80i00|00:03.0|-|partial;"
		      "pci:v00008086d00001533sv00001028sd00000001bc02sc00i??|00:04.0|Intel "
		      "I210|partial;");
}

static void lspci_records(void **state)
{
	(void)state;
	assert_parsed("Slot:\t00:02.0\nClass:\t0300\nVendor:\t8086\nDevice:\t0046\n"
		      "SVendor:\t17aa\nSDevice:\t215a\nRev:\t02\nProgIf:\t00\nNUMANode:\t0\n\n"
		      "Slot:\t00:03.0\nClass:\tUnassigned [ff00]\nVendor:\tA [1234]\nDevice:\tB "
		      "[5678]\n",
		      "pci:v00008086d00000046sv000017AAsd0000215Abc03sc00i00|00:02.0|-;"
		      "pci:v00001234d00005678sv????????sd????????bcFFsc00i??|00:03.0|A "
		      "B|partial;");
}

static void refuses_what_it_does_not_know(void **state)
{
	static const char long_line[5000] = "pci:";
	char longer[5000];

	(void)state;
	assert_refused("pci:v1\nhello world\n", 19, -EBADMSG, "line 2: neither");
	assert_refused("00:1f.2 SATA controller: Intel 82801\n", 37, -EBADMSG, "lspci -nn");
	assert_refused("00:1f.2 \"SATA\" \"Intel\" \"x\" \"\" \"\"\n", 34, -EBADMSG, "lspci -nn");
	assert_refused("Slot:\t00:02.0\nClass:\tVGA\n\n", 26, -EBADMSG, "lspci -nn");
	assert_refused("", 0, -ENODATA, "no device");
	assert_refused("# only a remark\n", 16, -ENODATA, "no device");
	assert_refused("pci:\x01\n", 6, -EBADMSG, "\\x01");
	assert_refused("pci:a\0b\n", 8, -EBADMSG, "\\x00");
	assert_refused("E: MODALIAS=nonsense\n", 21, -EBADMSG, "no modalias");
	memcpy(longer, long_line, sizeof(longer));
	memset(longer + 4, 'a', sizeof(longer) - 4);
	assert_refused(longer, 4096, -E2BIG, "4096 bytes");
	longer[4095] = '\n';
	{
		MF_CLEANUP(mf_buf_free) struct mf_buf out = {0};

		assert_int_equal(parse(longer, 4096, &out, NULL), 0);
	}
}

static void too_many_devices_are_refused(void **state)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};

	(void)state;
	for (size_t i = 0; i < MF_HARDWARE_MAX_DEVICES + 1; i++)
		mf_buf_adds(&text, "a:b\n");
	assert_refused(mf_buf_str(&text), text.len, -E2BIG, "more than");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modalias_lines),
		cmocka_unit_test(lines_of_grep),
		cmocka_unit_test(udev_database),
		cmocka_unit_test(lspci_nn),
		cmocka_unit_test(lspci_n),
		cmocka_unit_test(lspci_machine_readable),
		cmocka_unit_test(lspci_records),
		cmocka_unit_test(refuses_what_it_does_not_know),
		cmocka_unit_test(too_many_devices_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
