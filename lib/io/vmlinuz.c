// SPDX-License-Identifier: GPL-2.0-or-later
// Kernel images as they are booted: unpacked, then read by lib/core/vmlinux.
#include "lib/io/vmlinuz.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/core/symvers.h"
#include "lib/io/decompress.h"
#include "lib/io/file.h"

/* Uncompressed; a distribution's has 60 MB, one with debug information some 600. */
#define MAX_IMAGE   ((size_t)1 << 30)
#define MAX_CONFIG  ((size_t)16 << 20) /* 270 KB are usual */
#define MAX_SYMVERS ((size_t)64 << 20) /* 2 MB are usual */

/* Documentation/arch/x86/boot.rst: places in the first sectors. */
enum {
	BOOT_SETUP_SECTS = 0x1f1,
	BOOT_FLAG = 0x1fe, /* 0xaa55 */
	BOOT_HEADER = 0x202,
	BOOT_VERSION = 0x206,
	BOOT_PAYLOAD_OFFSET = 0x248, /* since 2.08; from the start of the protected-mode code */
	BOOT_PAYLOAD_LENGTH = 0x24c,
};
#define BOOT_MAGIC	    0xaa55u
#define BOOT_SECTOR	    512u
#define BOOT_DEFAULT_SECTS  4u
#define BOOT_HAS_PAYLOAD    0x0208u
#define PAYLOAD_SIZE_LENGTH 4u /* what the build appends, unless it is gzip's own end */

/* drivers/firmware/efi/libstub/zboot-header.S */
enum { ZBOOT_TYPE = 4, ZBOOT_PAYLOAD_OFFSET = 8, ZBOOT_PAYLOAD_SIZE = 12 };

/* The compressed kernel inside of a file. */
struct payload {
	struct mf_bytes bytes;
	bool has_size; /* its uncompressed size stands behind it, little endian */
};

static bool has_magic(struct mf_bytes file, size_t offset, const char *magic)
{
	size_t n = strlen(magic);

	return mf_bytes_has(file, offset, n) && memcmp(file.p + offset, magic, n) == 0;
}

/* x86: sectors of setup code, then the protected-mode code with the payload in it. */
static int find_bzimage(struct mf_bytes file, struct payload *out, struct mf_err *err)
{
	uint32_t offset = 0, length = 0;
	uint16_t version = 0;
	uint64_t code;

	mf_get_u16(file, BOOT_VERSION, MF_LITTLE, &version);
	if (version < BOOT_HAS_PAYLOAD)
		return mf_fail(err, -EBADMSG,
			       "boot protocol %u.%02u, expected at least 2.08 (Linux 2.6.26)",
			       version >> 8, version & 0xffu);
	code = file.p[BOOT_SETUP_SECTS] ? file.p[BOOT_SETUP_SECTS] : BOOT_DEFAULT_SECTS;
	code = (code + 1) * BOOT_SECTOR;
	if (!mf_get_u32(file, BOOT_PAYLOAD_OFFSET, MF_LITTLE, &offset) ||
	    !mf_get_u32(file, BOOT_PAYLOAD_LENGTH, MF_LITTLE, &length) ||
	    !mf_bytes_has(file, code + offset, length) || length <= PAYLOAD_SIZE_LENGTH)
		return mf_fail(err, -EBADMSG,
			       "truncated: its header promises a kernel behind its end");
	*out = (struct payload){mf_bytes_sub(file, code + offset, length), true};
	return 0;
}

static int find_zboot(struct mf_bytes file, struct payload *out, struct mf_err *err)
{
	uint32_t offset = 0, length = 0;

	if (!mf_get_u32(file, ZBOOT_PAYLOAD_OFFSET, MF_LITTLE, &offset) ||
	    !mf_get_u32(file, ZBOOT_PAYLOAD_SIZE, MF_LITTLE, &length) ||
	    !mf_bytes_has(file, offset, length))
		return mf_fail(err, -EBADMSG,
			       "truncated: its header promises a kernel behind its end");
	*out = (struct payload){mf_bytes_sub(file, offset, length), false};
	return 0;
}

/* Leaves *out alone where the file has no header that points at its kernel. */
static int find_payload(struct mf_bytes file, struct payload *out, struct mf_err *err)
{
	uint16_t flag = 0;

	mf_get_u16(file, BOOT_FLAG, MF_LITTLE, &flag);
	if (flag == BOOT_MAGIC && has_magic(file, BOOT_HEADER, "HdrS"))
		return find_bzimage(file, out, err);
	if (has_magic(file, 0, "MZ") && has_magic(file, ZBOOT_TYPE, "zimg"))
		return find_zboot(file, out, err);
	return 0;
}

/* Unpacks to *scratch where it is compressed; *ret_image is there or in the file. */
static int unpack(struct mf_bytes file, struct mf_buf *scratch, struct mf_bytes *ret_image,
		  struct mf_err *err)
{
	struct payload payload = {file, false};
	enum mf_codec codec;
	uint32_t size = 0;
	size_t used;
	int r = find_payload(file, &payload, err);

	if (r)
		return r;
	codec = mf_codec_detect(payload.bytes);
	if (payload.has_size) {
		mf_get_u32(payload.bytes, payload.bytes.n - PAYLOAD_SIZE_LENGTH, MF_LITTLE, &size);
		if (codec != MF_CODEC_GZIP)
			payload.bytes.n -= PAYLOAD_SIZE_LENGTH;
	}
	*ret_image = payload.bytes;
	if (codec == MF_CODEC_NONE)
		return 0;
	r = mf_decompress(codec, payload.bytes, MAX_IMAGE, scratch, &used, err);
	if (r)
		return mf_wrap(err, r, "the kernel in it");
	if (payload.has_size && scratch->len != size)
		return mf_fail(err, -EBADMSG, "the kernel in it has %zu bytes, its header says %u",
			       scratch->len, size);
	*ret_image = mf_buf_bytes(scratch);
	return 0;
}

/* Exports of the image behind what is known; a table of its own until its release was checked. */
static int take_symbols(const struct mf_symtab *from, struct mf_symtab *to, struct mf_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < from->n; i++)
		r = mf_symtab_add(to, &from->v[i]);
	if (r)
		return mf_fail(err, r, "%s", strerror(-r));
	to->is_complete = to->is_complete || from->is_complete;
	return 0;
}

/* Bytes of the image go to the arena: the image itself is gone afterwards. */
static int take_certs(const struct mf_certs *from, struct mf_arena *arena, struct mf_certs *to)
{
	if (to->n)
		return 0;
	for (size_t i = 0; i < from->n; i++) {
		uint8_t *copy = mf_arena_alloc(arena, from->v[i].n);

		if (!copy || mf_arena_grow(arena, &to->v, to->n, sizeof(*to->v)))
			return -ENOMEM;
		memcpy(copy, from->v[i].p, from->v[i].n);
		to->v[to->n++] = (struct mf_bytes){copy, from->v[i].n};
	}
	return 0;
}

/* Text of a configuration, compressed or not, into what the kernel does not know yet. */
static int take_config(struct mf_bytes bytes, struct mf_kernel *kernel, struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	enum mf_codec codec = mf_codec_detect(bytes);
	struct mf_kconfig config;
	size_t used;
	int r = 0;

	if (codec != MF_CODEC_NONE) {
		r = mf_decompress(codec, bytes, MAX_CONFIG, &text, &used, err);
		bytes = mf_buf_bytes(&text);
	}
	if (!r)
		r = mf_kconfig_read(bytes, &config, err);
	if (!r)
		mf_kconfig_fill(&kernel->config, &config);
	return r;
}

static int take_facts(const struct mf_vmlinux *image, struct mf_arena *arena,
		      struct mf_kernel *kernel, struct mf_err *err)
{
	if (!kernel->release)
		kernel->release = image->release;
	if (!kernel->arch)
		kernel->arch = image->arch;
	if (!kernel->vermagic)
		kernel->vermagic = image->vermagic;
	if (take_certs(&image->certs, arena, &kernel->certs))
		return mf_fail(err, -ENOMEM, "%s", strerror(ENOMEM));
	if (image->config.n && take_config(image->config, kernel, err))
		return mf_wrap(err, -EBADMSG, "the configuration in it");
	mf_kconfig_fill(&kernel->config, &image->facts);
	kernel->has_btf = image->has_btf;
	kernel->has_image = true;
	return 0;
}

static int check_kernel(const struct mf_kernel *kernel, const char *release, const char *arch,
			struct mf_err *err)
{
	if (kernel->release && strcmp(kernel->release, release) != 0)
		return mf_fail(err, -EINVAL, "it is kernel %s, the target has %s", release,
			       kernel->release);
	if (kernel->arch && arch && strcmp(kernel->arch, arch) != 0)
		return mf_fail(err, -EINVAL, "it is for %s, the target is %s", arch, kernel->arch);
	return 0;
}

int mf_vmlinuz_join(const struct mf_kernel *image, struct mf_kernel *kernel, struct mf_err *err)
{
	int r = check_kernel(kernel, image->release, image->arch, err);

	if (r)
		return r;
	kernel->release = kernel->release ? kernel->release : image->release;
	kernel->arch = kernel->arch ? kernel->arch : image->arch;
	kernel->vermagic = kernel->vermagic ? kernel->vermagic : image->vermagic;
	if (!kernel->certs.n)
		kernel->certs = image->certs;
	mf_kconfig_fill(&kernel->config, &image->config);
	kernel->has_btf = image->has_btf;
	kernel->has_image = true;
	return take_symbols(&image->symbols, &kernel->symbols, err);
}

int mf_vmlinuz_read(struct mf_bytes file, struct mf_arena *arena, struct mf_kernel *kernel,
		    struct mf_err *err)
{
	MF_CLEANUP(mf_buf_free) struct mf_buf scratch = {0};
	MF_CLEANUP(mf_symtab_free) struct mf_symtab symbols = {0};
	struct mf_vmlinux found = {0};
	struct mf_bytes image;
	int r = unpack(file, &scratch, &image, err);

	if (!r)
		r = mf_vmlinux_read(image, arena, &symbols, &found, err);
	if (r)
		return r;
	r = check_kernel(kernel, found.release, found.arch, err);
	if (!r)
		r = take_facts(&found, arena, kernel, err);
	return r ? r : take_symbols(&symbols, &kernel->symbols, err);
}

int mf_vmlinuz_read_file(const char *path, struct mf_arena *arena, struct mf_kernel *kernel,
			 struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	int r = mf_map_file(AT_FDCWD, path, &map, err);

	if (r)
		return r;
	r = mf_vmlinuz_read(map.bytes, arena, kernel, err);
	return r ? mf_wrap(err, r, "%s", path) : 0;
}

int mf_config_read_file(const char *path, struct mf_kernel *kernel, struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	int r = mf_map_file(AT_FDCWD, path, &map, err);

	if (r)
		return r;
	r = take_config(map.bytes, kernel, err);
	return r ? mf_wrap(err, r, "%s", path) : 0;
}

int mf_symvers_read_file(const char *path, struct mf_kernel *kernel, struct mf_err *err)
{
	MF_CLEANUP(mf_map_close) struct mf_map map = {0};
	MF_CLEANUP(mf_buf_free) struct mf_buf text = {0};
	struct mf_bytes bytes;
	enum mf_codec codec;
	size_t used;
	int r = mf_map_file(AT_FDCWD, path, &map, err);

	if (r)
		return r;
	bytes = map.bytes;
	codec = mf_codec_detect(bytes);
	if (codec != MF_CODEC_NONE) {
		r = mf_decompress(codec, bytes, MAX_SYMVERS, &text, &used, err);
		bytes = mf_buf_bytes(&text);
	}
	if (!r)
		r = mf_symvers_read(bytes, &kernel->symbols, err);
	return r ? mf_wrap(err, r, "%s", path) : 0;
}
