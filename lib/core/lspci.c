// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of lspci, as far as they say which device it is.
#include "lib/core/lspci.h"

#include <string.h>

#include "lib/base/text.h"

static bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static size_t hex_length(struct mf_bytes text, size_t at)
{
	size_t n = 0;

	while (at + n < text.n && is_hex(text.p[at + n]))
		n++;
	return n;
}

/* Length of "[DOMAIN:]BUS:SLOT.FUNCTION" at the start, 0 when there is none. */
static size_t address_length(struct mf_bytes line)
{
	size_t at = hex_length(line, 0);

	if (at >= 4 && at <= 8 && at < line.n && line.p[at] == ':')
		at++;
	else
		at = 0;
	if (hex_length(line, at) != 2 || at + 2 >= line.n || line.p[at + 2] != ':')
		return 0;
	at += 3;
	if (hex_length(line, at) != 2 || at + 3 >= line.n || line.p[at + 2] != '.' ||
	    hex_length(line, at + 3) != 1)
		return 0;
	return at + 4;
}

/* Number of exactly `digits` hexadecimal digits at a place, else unknown. */
static int32_t hex_at(struct mf_bytes text, size_t at, size_t digits)
{
	struct mf_bytes number = mf_bytes_sub(text, at, digits);
	uint64_t value;

	if (number.n != digits || mf_parse_u64((const char *)number.p, digits, 16, &value))
		return MF_PCI_UNKNOWN;
	return (int32_t)value;
}

/* The last "[1234]" of a field, or the field when it is "1234"; *ret_name is what stands before. */
static int32_t read_id(struct mf_bytes field, struct mf_bytes *ret_name)
{
	*ret_name = (struct mf_bytes){0};
	if (field.n == 4)
		return hex_at(field, 0, 4);
	for (size_t at = field.n; at-- > 0;) {
		if (field.p[at] != '[' || hex_length(field, at + 1) != 4 || at + 5 >= field.n ||
		    field.p[at + 5] != ']')
			continue;
		*ret_name = mf_bytes_sub(field, 0, at && field.p[at - 1] == ' ' ? at - 1 : at);
		return hex_at(field, at + 1, 4);
	}
	return MF_PCI_UNKNOWN;
}

/* The last "1234:abcd" of a text, in brackets or alone; *ret_at is where it stands. */
static bool read_pair(struct mf_bytes text, int32_t *first, int32_t *second, size_t *ret_at)
{
	for (size_t at = text.n; at-- > 0;) {
		bool is_start = !at || text.p[at - 1] == '[' || text.p[at - 1] == ' ';

		if (!is_start || hex_length(text, at) != 4 || at + 4 >= text.n ||
		    text.p[at + 4] != ':' || hex_length(text, at + 5) != 4)
			continue;
		*first = hex_at(text, at, 4);
		*second = hex_at(text, at + 5, 4);
		*ret_at = at;
		return true;
	}
	return false;
}

/* Behind the first occurrence of a word; 0 when it does not occur. */
static size_t behind(struct mf_bytes text, const char *word)
{
	const uint8_t *hit = text.n ? memmem(text.p, text.n, word, strlen(word)) : NULL;

	return hit ? (size_t)(hit - text.p) + strlen(word) : 0;
}

/* The next field of `-mm`: a "quoted" one (backslash escapes the next character) or -rXX, -pXX. */
static bool next_field(struct mf_bytes line, size_t *at, struct mf_bytes *out)
{
	size_t start;

	while (*at < line.n && line.p[*at] == ' ')
		++*at;
	start = *at;
	if (start >= line.n)
		return false;
	if (line.p[start] != '"') {
		while (*at < line.n && line.p[*at] != ' ')
			++*at;
		*out = mf_bytes_sub(line, start, *at - start);
		return true;
	}
	for (++*at; *at < line.n && line.p[*at] != '"'; ++*at) {
		if (line.p[*at] == '\\')
			++*at;
	}
	if (*at >= line.n)
		return false;
	*out = mf_bytes_sub(line, start + 1, *at - start - 1);
	++*at;
	return true;
}

static enum mf_lspci_line read_machine(struct mf_bytes line, size_t at, struct mf_pci *pci)
{
	struct mf_bytes field;
	struct mf_bytes name;
	unsigned int n = 0;

	while (next_field(line, &at, &field)) {
		if (field.n && field.p[0] == '-') {
			if (field.n == 4 && field.p[1] == 'p')
				pci->interface = hex_at(field, 2, 2);
			continue;
		}
		switch (n++) {
		case 0: pci->class_code = read_id(field, &name); break;
		case 1: pci->vendor = read_id(field, &pci->vendor_name); break;
		case 2: pci->device = read_id(field, &pci->device_name); break;
		case 3: pci->subvendor = read_id(field, &name); break;
		case 4: pci->subdevice = read_id(field, &name); break;
		default: break;
		}
	}
	return pci->vendor < 0 || pci->device < 0 ? MF_LSPCI_NAMELESS : MF_LSPCI_DEVICE;
}

/* "SATA controller [0106]: Intel … [8086:2922] (rev 02)", or "0106: 8086:2922 (rev 02)". */
static enum mf_lspci_line read_plain(struct mf_bytes line, size_t at, struct mf_pci *pci)
{
	struct mf_bytes rest = mf_bytes_sub(line, at + 1, line.n - at - 1);
	size_t name = behind(rest, ": ");
	size_t bracket = behind(rest, "]: ");
	size_t interface = behind(rest, "(prog-if ");
	size_t pair;

	if (bracket >= 8 && rest.p[bracket - 8] == '[') {
		pci->class_code = hex_at(rest, bracket - 7, 4);
		name = bracket;
	} else if (name == 6) {
		pci->class_code = hex_at(rest, 0, 4);
	}
	if (interface)
		pci->interface = hex_at(rest, interface, 2);
	if (!read_pair(rest, &pci->vendor, &pci->device, &pair))
		return MF_LSPCI_NAMELESS;
	if (pair >= name + 2)
		pci->device_name = mf_bytes_sub(rest, name, pair - name - 2);
	return MF_LSPCI_DEVICE;
}

/* "Slot:\t00:1f.2", "Class:\t0106" … of -vmm. */
static bool read_record(struct mf_bytes line, struct mf_pci *pci)
{
	static const char *const others[] = {"Rev",	 "PhySlot", "Driver",	 "Module",
					     "NUMANode", "DTNode",  "IOMMUGroup"};
	size_t tab = behind(line, ":\t");
	struct mf_bytes value = mf_bytes_sub(line, tab, line.n - tab);
	struct mf_bytes name;
	char key[16];

	if (!tab || tab - 2 >= sizeof(key))
		return false;
	memcpy(key, line.p, tab - 2);
	key[tab - 2] = '\0';
	if (!strcmp(key, "Class"))
		pci->class_code = read_id(value, &name);
	else if (!strcmp(key, "Vendor"))
		pci->vendor = read_id(value, &pci->vendor_name);
	else if (!strcmp(key, "Device"))
		pci->device = read_id(value, &pci->device_name);
	else if (!strcmp(key, "SVendor"))
		pci->subvendor = read_id(value, &name);
	else if (!strcmp(key, "SDevice"))
		pci->subdevice = read_id(value, &name);
	else if (!strcmp(key, "ProgIf"))
		pci->interface = hex_at(value, 0, 2);
	else
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			if (!strcmp(key, others[i]))
				return true;
	return key[0] == 'C' || key[0] == 'V' || key[0] == 'S' || !strcmp(key, "Device") ||
	       !strcmp(key, "ProgIf");
}

static bool is_slot(struct mf_bytes line)
{
	return line.n > 6 && !memcmp(line.p, "Slot:\t", 6);
}

bool mf_lspci_begins(struct mf_bytes line)
{
	size_t n = address_length(line);

	return is_slot(line) || (n && n < line.n && line.p[n] == ' ');
}

enum mf_lspci_line mf_lspci_line(struct mf_bytes line, struct mf_pci *pci)
{
	size_t n = address_length(line);

	if (!mf_lspci_begins(line)) {
		int32_t vendor;
		int32_t device;
		size_t at;

		if (!pci->is_open)
			return MF_LSPCI_NO;
		if (line.n && line.p[0] == '\t') {
			if (behind(line, "Subsystem: ") && read_pair(line, &vendor, &device, &at)) {
				pci->subvendor = vendor;
				pci->subdevice = device;
			}
			return MF_LSPCI_DETAIL;
		}
		return read_record(line, pci) ? MF_LSPCI_DETAIL : MF_LSPCI_NO;
	}
	*pci = (struct mf_pci){.is_open = true,
			       .vendor = MF_PCI_UNKNOWN,
			       .device = MF_PCI_UNKNOWN,
			       .subvendor = MF_PCI_UNKNOWN,
			       .subdevice = MF_PCI_UNKNOWN,
			       .class_code = MF_PCI_UNKNOWN,
			       .interface = MF_PCI_UNKNOWN};
	if (is_slot(line)) {
		pci->address = mf_bytes_sub(line, 6, line.n - 6);
		return MF_LSPCI_DEVICE;
	}
	pci->address = mf_bytes_sub(line, 0, n);
	if (n + 1 < line.n && line.p[n + 1] == '"')
		return read_machine(line, n, pci);
	return read_plain(line, n, pci);
}

static void add_field(struct mf_buf *out, const char *key, int32_t value, unsigned int digits)
{
	mf_buf_adds(out, key);
	if (value >= 0)
		mf_buf_printf(out, "%0*X", (int)digits, (unsigned int)value);
	for (unsigned int i = 0; value < 0 && i < digits; i++)
		mf_buf_addc(out, '?');
}

void mf_pci_modalias(const struct mf_pci *pci, struct mf_buf *out, bool *ret_partial)
{
	int32_t class_code = pci->class_code;

	add_field(out, "pci:v", pci->vendor, 8);
	add_field(out, "d", pci->device, 8);
	add_field(out, "sv", pci->subvendor, 8);
	add_field(out, "sd", pci->subdevice, 8);
	add_field(out, "bc", class_code < 0 ? class_code : class_code >> 8, 2);
	add_field(out, "sc", class_code < 0 ? class_code : class_code & 0xff, 2);
	add_field(out, "i", pci->interface, 2);
	*ret_partial = pci->subvendor < 0 || pci->subdevice < 0 || class_code < 0 ||
		       pci->interface < 0;
}
