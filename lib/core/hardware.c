// SPDX-License-Identifier: GPL-2.0-or-later
// Hardware files: the modaliases of a machine, as people have them.
#include "lib/core/hardware.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/core/lspci.h"
#include "lib/core/modalias.h"

/* How much of a line that is not understood is shown. */
#define SHOWN 60

struct parser {
	struct mf_arena *arena;
	struct mf_devices *out;
	struct mf_err *err;
	size_t line;
	struct mf_bytes udev_path; /* of the record that is being read */
	struct mf_pci pci;	   /* the device that is being read */
};

int mf_devices_add(struct mf_devices *devices, struct mf_arena *arena,
		   const struct mf_device *device)
{
	struct mf_device copy = {.is_partial = device->is_partial};

	if (devices->n >= MF_HARDWARE_MAX_DEVICES)
		return -E2BIG;
	copy.modalias = mf_arena_strdup(arena, device->modalias);
	copy.path = device->path ? mf_arena_strdup(arena, device->path) : NULL;
	copy.name = device->name ? mf_arena_strdup(arena, device->name) : NULL;
	if (!copy.modalias || !!copy.path != !!device->path || !!copy.name != !!device->name ||
	    mf_arena_grow(arena, &devices->v, devices->n, sizeof(copy)))
		return -ENOMEM;
	devices->v[devices->n++] = copy;
	return 0;
}

/* By modalias, then by place in the file: pointers into one array. */
static int compare_devices(const void *left, const void *right)
{
	const struct mf_device *a = *(const struct mf_device *const *)left;
	const struct mf_device *b = *(const struct mf_device *const *)right;
	int order = strcmp(a->modalias, b->modalias);

	return order ? order : (a > b) - (a < b);
}

int mf_devices_unique(struct mf_devices *devices)
{
	MF_CLEANUP(mf_free_ptr) struct mf_device **sorted = NULL;
	size_t kept = 0;

	if (devices->n < 2)
		return 0;
	sorted = calloc(devices->n, sizeof(struct mf_device *));
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < devices->n; i++)
		sorted[i] = &devices->v[i];
	qsort(sorted, devices->n, sizeof(struct mf_device *), compare_devices);
	for (size_t i = devices->n; i-- > 1;) {
		if (!strcmp(sorted[i]->modalias, sorted[i - 1]->modalias))
			sorted[i]->modalias = NULL;
	}
	for (size_t i = 0; i < devices->n; i++) {
		if (devices->v[i].modalias)
			devices->v[kept++] = devices->v[i];
	}
	devices->n = kept;
	return 0;
}

static int fail_line(const struct parser *parser, struct mf_bytes line, const char *problem)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf shown = {0};

	mf_buf_add_visible(&shown, (const char *)line.p, line.n < SHOWN ? line.n : SHOWN);
	return mf_fail(parser->err, -EBADMSG, "line %zu: %s: '%s%s'", parser->line, problem,
		       mf_buf_str(&shown), line.n > SHOWN ? "…" : "");
}

static bool has_prefix(struct mf_bytes text, const char *prefix)
{
	size_t n = strlen(prefix);

	return text.n >= n && !memcmp(text.p, prefix, n);
}

/* "pci:v…": a bus in lower case, a colon, something printable. */
static bool is_modalias(struct mf_bytes text)
{
	size_t n = 0;

	while (n < text.n && ((text.p[n] >= 'a' && text.p[n] <= 'z') ||
			      (n && ((text.p[n] >= '0' && text.p[n] <= '9') || text.p[n] == '_' ||
				     text.p[n] == '-'))))
		n++;
	if (!n || n + 1 >= text.n || text.p[n] != ':' || mf_lspci_begins(text))
		return false;
	for (; n < text.n; n++) {
		if (text.p[n] < 0x20 || text.p[n] == 0x7f)
			return false;
	}
	return true;
}

/* Adds a modalias with the path it came from, which gets prefix in front. */
static int add_modalias(struct parser *parser, struct mf_bytes modalias, struct mf_bytes path,
			const char *prefix)
{
	struct mf_device device = {0};
	int status;

	if (modalias.n >= MF_MODALIAS_MAX)
		return mf_fail(parser->err, -E2BIG,
			       "line %zu: modalias of %zu bytes, the kernel's have at most %d",
			       parser->line, modalias.n, MF_MODALIAS_MAX - 1);
	if (!is_modalias(modalias))
		return fail_line(parser, modalias, "no modalias (BUS:IDS)");
	device.modalias = mf_arena_strndup(parser->arena, (const char *)modalias.p, modalias.n);
	if (path.n)
		device.path = mf_arena_printf(parser->arena, "%s%.*s", prefix, (int)path.n,
					      (const char *)path.p);
	if (!device.modalias || (path.n && !device.path))
		return -ENOMEM;
	status = mf_devices_add(parser->out, parser->arena, &device);
	return status == -E2BIG ? mf_fail(parser->err, status, "line %zu: more than %zu devices",
					  parser->line, MF_HARDWARE_MAX_DEVICES)
				: status;
}

/* The PCI device that has been read is complete. */
static int flush_pci(struct parser *parser)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf modalias = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf path = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf name = {0};
	struct mf_pci pci = mf_steal(&parser->pci);
	struct mf_device device = {0};
	int status;

	if (!pci.is_open)
		return 0;
	if (pci.vendor < 0 || pci.device < 0)
		return fail_line(parser, pci.address,
				 "lspci device without ids; write the file with lspci -nn");
	mf_pci_modalias(&pci, &modalias, &device.is_partial);
	mf_buf_add(&path, pci.address.p, pci.address.n);
	mf_buf_add(&name, pci.vendor_name.p, pci.vendor_name.n);
	if (pci.vendor_name.n && pci.device_name.n)
		mf_buf_addc(&name, ' ');
	mf_buf_add(&name, pci.device_name.p, pci.device_name.n);
	if (mf_buf_status(&modalias) || mf_buf_status(&path) || mf_buf_status(&name))
		return -ENOMEM;
	device.modalias = mf_buf_str(&modalias);
	device.path = mf_buf_str(&path);
	device.name = name.len ? mf_buf_str(&name) : NULL;
	status = mf_devices_add(parser->out, parser->arena, &device);
	return status == -E2BIG ? mf_fail(parser->err, status, "line %zu: more than %zu devices",
					  parser->line, MF_HARDWARE_MAX_DEVICES)
				: status;
}

/* "P: /devices/…", "E: MODALIAS=…" and the other records of udevadm info. */
static bool is_udev(struct mf_bytes line)
{
	return line.n >= 2 && line.p[0] >= 'A' && line.p[0] <= 'Z' && line.p[1] == ':' &&
	       (line.n == 2 || line.p[2] == ' ');
}

static int read_udev(struct parser *parser, struct mf_bytes line)
{
	static const char key[] = "E: MODALIAS=";

	if (has_prefix(line, "P: ")) {
		parser->udev_path = mf_bytes_sub(line, 3, line.n - 3);
		return 0;
	}
	/* an empty MODALIAS= stands in the database for devices whose driver gives none */
	if (!has_prefix(line, key) || line.n == sizeof(key) - 1)
		return 0;
	return add_modalias(parser, mf_bytes_sub(line, sizeof(key) - 1, line.n - sizeof(key) + 1),
			    parser->udev_path, "/sys");
}

/* "PATH/modalias:MODALIAS" and "PATH/uevent:MODALIAS=MODALIAS", as grep prints them. */
static bool split_grep(struct mf_bytes line, struct mf_bytes *path, struct mf_bytes *modalias)
{
	static const char *const marks[] = {"/modalias:", "/uevent:MODALIAS="};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t n = strlen(marks[i]);
		const uint8_t *hit = memmem(line.p, line.n, marks[i], n);
		size_t at = hit ? (size_t)(hit - line.p) : 0;

		if (!hit)
			continue;
		*path = mf_bytes_sub(line, 0, at);
		*modalias = mf_bytes_sub(line, at + n, line.n - at - n);
		return true;
	}
	return false;
}

static int read_line(struct parser *parser, struct mf_bytes line)
{
	struct mf_bytes path;
	struct mf_bytes modalias;
	int status;

	while (line.n && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' '))
		line.n--;
	if (!line.n || mf_lspci_begins(line)) {
		status = flush_pci(parser);
		parser->udev_path = (struct mf_bytes){0};
		if (status || !line.n)
			return status;
	}
	switch (mf_lspci_line(line, &parser->pci)) {
	case MF_LSPCI_NO: break;
	case MF_LSPCI_NAMELESS:
		return fail_line(parser, line,
				 "lspci line without ids; write the file with lspci -nn");
	case MF_LSPCI_DETAIL:
	case MF_LSPCI_DEVICE: return 0;
	}
	if (line.p[0] == '#')
		return 0;
	if (is_udev(line))
		return read_udev(parser, line);
	if (has_prefix(line, "MODALIAS="))
		return add_modalias(parser, mf_bytes_sub(line, 9, line.n - 9), (struct mf_bytes){0},
				    "");
	if (!is_modalias(line) && split_grep(line, &path, &modalias))
		return add_modalias(parser, modalias, path, "");
	if (!is_modalias(line))
		return fail_line(parser, line,
				 "neither a modalias nor a line of udevadm info --export-db, "
				 "grep or lspci -nn");
	return add_modalias(parser, line, (struct mf_bytes){0}, "");
}

int mf_hardware_parse(struct mf_bytes text, struct mf_arena *arena, struct mf_devices *out,
		      struct mf_err *err)
{
	struct parser parser = {.arena = arena, .out = out, .err = err};
	int status = 0;

	*out = (struct mf_devices){0};
	if (has_prefix(text, "\xef\xbb\xbf")) /* editors put this mark in front of UTF-8 */
		text = mf_bytes_sub(text, 3, text.n - 3);
	while (text.n && !status) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;

		parser.line++;
		status = read_line(&parser, mf_bytes_sub(text, 0, n));
		n += end != NULL;
		text = mf_bytes_sub(text, n, text.n - n);
	}
	if (!status)
		status = flush_pci(&parser);
	if (!status)
		status = mf_devices_unique(out);
	if (!status && !out->n)
		return mf_fail(err, -ENODATA, "no device in it");
	return status == -ENOMEM ? mf_fail(err, status, "out of memory") : status;
}
