// SPDX-License-Identifier: GPL-2.0-or-later
// Facts of a kernel image itself: release, vermagic, exports, configuration, trusted certificates.
#include "lib/core/vmlinux.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "lib/core/keyring.h"
#include "lib/core/ksymtab.h"

/* Start of linux_banner (init/version.c): "Linux version RELEASE (BUILDER) …". */
#define BANNER "Linux version "

/* __NEW_UTS_LEN of the kernel and a NUL. */
#define MAX_RELEASE 65u

/* Longest vermagic; that of arm is 60 bytes. */
#define MAX_VERMAGIC 256u

/* kernel/configs.c puts the compressed configuration between these. */
#define CONFIG_START "IKCFG_ST"
#define CONFIG_END   "IKCFG_ED"

/* struct btf_header (include/uapi/linux/btf.h): magic 0xeb9f, version 1, no flags, length 24. */
#define BTF_HEADER_SIZE 24u

/* Magics of flat images: Documentation/arch/arm64/booting.rst, arch/riscv/boot-image-header.rst. */
static const struct {
	const char *arch;
	size_t offset;
	const char magic[5];
} flat_images[] = {
	{"aarch64", 56, "ARM\x64"},
	{"riscv64", 56, "RSC\x05"},
};

/*
 * kernel/module/decompress.c complains so of a file that it cannot unpack: whoever has the message
 * has the code. It reads one kind of compression.
 */
static const struct {
	const char *text;
	size_t answer; /* offset in struct mf_kconfig */
} decompressors[] = {
	{"not a gzip compressed module\n", offsetof(struct mf_kconfig, compress_gzip)},
	{"not an xz compressed module\n", offsetof(struct mf_kconfig, compress_xz)},
	{"not a zstd compressed module\n", offsetof(struct mf_kconfig, compress_zstd)},
};

/* First place of text at or behind start; false when there is none. */
static bool find(struct mf_bytes image, size_t start, const char *text, size_t *ret_at)
{
	size_t n = strlen(text);
	const uint8_t *found = NULL;

	if (start < image.n)
		found = memmem(image.p + start, image.n - start, text, n);
	if (found)
		*ret_at = (size_t)(found - image.p);
	return found != NULL;
}

static bool is_release_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("._+~-", c));
}

/* Length of the release at a place when " (" stands behind it, else 0. */
static size_t release_length(struct mf_bytes image, size_t at)
{
	size_t n = 0;

	if (at >= image.n || image.p[at] < '0' || image.p[at] > '9')
		return 0;
	while (n < MAX_RELEASE && at + n < image.n && is_release_char(image.p[at + n]))
		n++;
	if (n >= MAX_RELEASE || !mf_bytes_has(image, at + n, 2) ||
	    memcmp(image.p + at + n, " (", 2) != 0)
		return 0;
	return n;
}

/* NULL in *ret when there is none. */
static int read_release(struct mf_bytes image, struct mf_arena *arena, const char **ret)
{
	size_t n = 0;

	*ret = NULL;
	for (size_t at = 0; !n && find(image, at, BANNER, &at);) {
		at += strlen(BANNER);
		n = release_length(image, at);
		if (n)
			*ret = mf_arena_strndup(arena, (const char *)image.p + at, n);
	}
	return n && !*ret ? -ENOMEM : 0;
}

/* Length of the vermagic at a place: words of letters, digits, '_' and '.' up to a NUL; else 0. */
static size_t vermagic_length(struct mf_bytes image, size_t at, size_t release)
{
	size_t n = release;

	if ((at && image.p[at - 1]) || !mf_bytes_has(image, at, release + 1) ||
	    image.p[at + release] != ' ')
		return 0;
	while (n < MAX_VERMAGIC && at + n < image.n &&
	       (image.p[at + n] == ' ' || is_release_char(image.p[at + n])))
		n++;
	return n < MAX_VERMAGIC && at + n < image.n && !image.p[at + n] ? n : 0;
}

/* A string of its own that starts with the release and a space (include/linux/vermagic.h). */
static int read_vermagic(struct mf_bytes image, struct mf_arena *arena, struct mf_vmlinux *out)
{
	size_t release = strlen(out->release);
	size_t n = 0;

	for (size_t at = 0; !n && find(image, at, out->release, &at); at++) {
		n = vermagic_length(image, at, release);
		if (n)
			out->vermagic = mf_arena_strndup(arena, (const char *)image.p + at, n);
	}
	return n && !out->vermagic ? -ENOMEM : 0;
}

static struct mf_bytes find_config(struct mf_bytes image)
{
	size_t start, end;

	if (!find(image, 0, CONFIG_START, &start))
		return (struct mf_bytes){0};
	start += strlen(CONFIG_START);
	if (!mf_bytes_has(image, start, 2) || image.p[start] != 0x1f ||
	    image.p[start + 1] != 0x8b || !find(image, start, CONFIG_END, &end))
		return (struct mf_bytes){0};
	return mf_bytes_sub(image, start, end - start);
}

/* The BTF that starts at a place, by its own header; empty when there is none. */
static struct mf_bytes btf_at(struct mf_bytes image, size_t at, enum mf_endian endian)
{
	uint32_t length, type_offset, type_length, text_offset, text_length;
	uint16_t magic;

	if (!mf_get_u16(image, at, endian, &magic) || magic != 0xeb9f ||
	    !mf_get_u32(image, at + 4, endian, &length) ||
	    !mf_get_u32(image, at + 8, endian, &type_offset) ||
	    !mf_get_u32(image, at + 12, endian, &type_length) ||
	    !mf_get_u32(image, at + 16, endian, &text_offset) ||
	    !mf_get_u32(image, at + 20, endian, &text_length) || length != BTF_HEADER_SIZE ||
	    type_offset || text_offset != type_length || !text_length)
		return (struct mf_bytes){0};
	return mf_bytes_sub(image, at, (uint64_t)BTF_HEADER_SIZE + text_offset + text_length);
}

/* BTF of a flat image: where a header fits what follows. */
static struct mf_bytes search_btf(struct mf_bytes image)
{
	static const char start[] = "\x9f\xeb\x01";
	struct mf_bytes btf = {0};

	for (size_t at = 0; !btf.n && find(image, at, start, &at); at++)
		btf = btf_at(image, at, MF_LITTLE);
	return btf;
}

static struct mf_bytes section_btf(const struct mf_elf *elf)
{
	for (uint32_t i = 0; i < elf->n_sections; i++) {
		struct mf_section section;

		if (!mf_elf_section(elf, i, &section, NULL) && strcmp(section.name, ".BTF") == 0)
			return btf_at(section.content, 0, elf->endian);
	}
	return (struct mf_bytes){0};
}

/*
 * Whether finit_module takes compressed modules. No message alone would be no proof (a kernel
 * without printk has none), but BTF names every function, and module_decompress is called from
 * another file.
 */
static void find_decompression(struct mf_bytes image, struct mf_bytes btf, struct mf_kconfig *out)
{
	size_t at;

	for (size_t i = 0; i < sizeof(decompressors) / sizeof(decompressors[0]); i++) {
		if (!find(image, 0, decompressors[i].text, &at))
			continue;
		*out = (struct mf_kconfig){
			.decompress = MF_ANSWER_YES,
			.compress_gzip = MF_ANSWER_NO,
			.compress_xz = MF_ANSWER_NO,
			.compress_zstd = MF_ANSWER_NO,
		};
		*(enum mf_answer *)((char *)out + decompressors[i].answer) = MF_ANSWER_YES;
		return;
	}
	if (btf.n && !find(btf, 0, "module_decompress", &at))
		out->decompress = MF_ANSWER_NO;
}

static const char *flat_arch(struct mf_bytes image)
{
	for (size_t i = 0; i < sizeof(flat_images) / sizeof(flat_images[0]); i++) {
		if (mf_bytes_has(image, flat_images[i].offset, 4) &&
		    memcmp(image.p + flat_images[i].offset, flat_images[i].magic, 4) == 0)
			return flat_images[i].arch;
	}
	return NULL;
}

/* Facts that only section headers lead to. */
static int read_elf(struct mf_bytes image, struct mf_elf *elf, struct mf_symtab *symbols,
		    struct mf_vmlinux *out, struct mf_err *err)
{
	int r = mf_elf_open(image, elf, err);

	if (r)
		return r;
	out->arch = mf_arch_from_elf(elf->machine, elf->bits, elf->endian);
	return mf_ksymtab_read(elf, symbols, &out->has_exports);
}

/* Facts found by their looks, in either kind of image. */
static int read_texts(struct mf_bytes image, struct mf_image_form form, struct mf_arena *arena,
		      struct mf_vmlinux *out)
{
	int r = read_vermagic(image, arena, out);

	out->config = find_config(image);
	return r ? r : mf_keyring_find(image, form, arena, &out->certs);
}

int mf_vmlinux_read(struct mf_bytes image, struct mf_arena *arena, struct mf_symtab *symbols,
		    struct mf_vmlinux *out, struct mf_err *err)
{
	struct mf_image_form form = {64, MF_LITTLE};
	struct mf_vmlinux found = {.arch = flat_arch(image)};
	struct mf_bytes btf = {0};
	struct mf_elf elf;
	int r;

	if (!found.arch && (image.n < 4 || memcmp(image.p, "\177ELF", 4) != 0))
		return mf_fail(
			err, -EBADMSG,
			"no kernel image, expected a vmlinuz (bzImage), an ELF vmlinux or a flat "
			"Image of aarch64 or riscv64");
	r = read_release(image, arena, &found.release);
	if (!r && !found.release)
		return mf_fail(err, -EBADMSG, "no kernel image: \"%sRELEASE (\" is not in it",
			       BANNER);
	if (!r && found.arch) {
		btf = search_btf(image);
	} else if (!r) {
		r = read_elf(image, &elf, symbols, &found, err);
		if (r == -EBADMSG)
			return r;
		if (!r) {
			btf = section_btf(&elf);
			form = (struct mf_image_form){elf.bits, elf.endian};
		}
	}
	if (!r)
		r = read_texts(image, form, arena, &found);
	if (r)
		return mf_fail(err, r, "%s", strerror(-r));
	found.has_btf = btf.n != 0;
	find_decompression(image, btf, &found.facts);
	*out = found;
	return 0;
}
