// SPDX-License-Identifier: GPL-2.0-or-later
// Inner side of the target probe: the bytes of a cache file, written and read by one description.
//
// Numbers are in the machine's byte order and as wide as here: a file of another machine is foreign
// and found to be so by its first words. Texts stand with their NUL, so that reading copies none.
#include <errno.h>
#include <string.h>

#include <zlib.h>

#include "lib/base/cleanup.h"
#include "lib/io/probe_cache.h"

#define MAGIC ((uint32_t)0x6d667072) /* "mfpr" */

/* Lengths of texts that are not there (NULL). */
#define NO_TEXT UINT32_MAX

/* Everything in front of the facts. All bytes are set, so it can be compared whole. */
struct header {
	uint32_t magic;
	uint32_t format;
	uint64_t size;	   /* of the file */
	uint64_t checksum; /* CRC-32 of what follows the header */
	struct mf_probe_identity identity;
};

/* Writes or reads, so that each fact is named once. After an error it does nothing. */
struct coder {
	struct mf_buf *out; /* NULL: reading */
	struct mf_bytes in;
	struct mf_arena *arena; /* reading: of arrays */
	int error;
};

static bool take(struct coder *coder, size_t n, const uint8_t **ret)
{
	if (!coder->error && n > coder->in.n)
		coder->error = -EBADMSG;
	if (coder->error)
		return false;
	*ret = coder->in.p;
	coder->in = (struct mf_bytes){coder->in.p + n, coder->in.n - n};
	return true;
}

static void code_raw(struct coder *coder, void *value, size_t n)
{
	const uint8_t *p;

	if (coder->out)
		mf_buf_add(coder->out, value, n);
	else if (take(coder, n, &p))
		memcpy(value, p, n);
}

static uint32_t code_u32(struct coder *coder, uint32_t value)
{
	code_raw(coder, &value, sizeof(value));
	return coder->error ? 0 : value;
}

static void code_bool(struct coder *coder, bool *value)
{
	*value = code_u32(coder, *value) != 0;
}

/* An enum of so many values. */
static unsigned int code_enum(struct coder *coder, unsigned int value, unsigned int n)
{
	value = code_u32(coder, value);
	if (value >= n && !coder->error)
		coder->error = -EBADMSG;
	return coder->error ? 0 : value;
}

static void code_answer(struct coder *coder, enum mf_answer *answer)
{
	*answer = (enum mf_answer)code_enum(coder, *answer, MF_ANSWER_YES + 1);
}

static void code_text(struct coder *coder, const char **text)
{
	uint32_t n = code_u32(coder, *text ? (uint32_t)strlen(*text) : NO_TEXT);
	const uint8_t *p = NULL;

	if (coder->out) {
		if (*text)
			mf_buf_add(coder->out, *text, n + 1u);
		return;
	}
	*text = NULL;
	if (n == NO_TEXT || !take(coder, (size_t)n + 1, &p))
		return;
	if (p[n])
		coder->error = -EBADMSG;
	*text = (const char *)p;
}

/* A text that is always there. */
static void code_name(struct coder *coder, const char **text)
{
	code_text(coder, text);
	if (!*text && !coder->error)
		coder->error = -EBADMSG;
}

static void code_bytes(struct coder *coder, struct mf_bytes *bytes)
{
	uint32_t n = code_u32(coder, (uint32_t)bytes->n);

	if (coder->out)
		mf_buf_add(coder->out, bytes->p, n);
	else if (take(coder, n, &bytes->p))
		bytes->n = n;
}

/*
 * An array of n elements: reading makes room for them, each of which takes at least min bytes of
 * the file. The number of them.
 */
static size_t code_array(struct coder *coder, void *array, size_t n, size_t size, size_t min)
{
	void **owner = array;

	n = code_u32(coder, (uint32_t)n);
	if (coder->out || !n)
		return n;
	if (n > coder->in.n / min)
		coder->error = -EBADMSG;
	else if (!(*owner = mf_arena_alloc(coder->arena, n * size)))
		coder->error = -ENOMEM;
	return coder->error ? 0 : n;
}

static void code_strings(struct coder *coder, struct mf_strings *strings)
{
	strings->n = code_array(coder, &strings->v, strings->n, sizeof(*strings->v), 5);
	for (size_t i = 0; i < strings->n; i++)
		code_name(coder, &strings->v[i]);
}

static void code_modules(struct coder *coder, struct mf_kernel *kernel)
{
	kernel->n_modules = code_array(coder, &kernel->modules, kernel->n_modules,
				       sizeof(*kernel->modules), 14);
	for (size_t i = 0; i < kernel->n_modules; i++) {
		code_name(coder, &kernel->modules[i].name);
		code_name(coder, &kernel->modules[i].path);
		code_strings(coder, &kernel->modules[i].depends);
	}
}

static void code_export(struct coder *coder, struct mf_export *export)
{
	uint32_t flags = export->is_gpl * 2u + export->has_crc;

	code_name(coder, &export->name);
	code_text(coder, &export->owner);
	code_text(coder, &export->owner_path);
	code_text(coder, &export->space);
	export->crc = code_u32(coder, export->crc);
	flags = code_enum(coder, flags, (MF_ANSWER_YES + 1) * 2);
	export->has_crc = flags & 1;
	export->is_gpl = (enum mf_answer)(flags / 2);
}

static void code_symbols(struct coder *coder, struct mf_symtab *table)
{
	uint32_t n = code_u32(coder, (uint32_t)table->n);

	for (uint32_t i = 0; i < n && !coder->error; i++) {
		struct mf_export export = {0};

		if (coder->out)
			export = table->v[i];
		code_export(coder, &export);
		if (!coder->out && !coder->error)
			coder->error = mf_symtab_add(table, &export);
	}
	code_bool(coder, &table->is_complete);
}

static void code_config(struct coder *coder, struct mf_kconfig *config)
{
	enum mf_answer *const answers[] = {
		&config->modversions,	     &config->force_load,	   &config->sig,
		&config->sig_force,	     &config->decompress,	   &config->compress_gzip,
		&config->compress_xz,	     &config->compress_zstd,	   &config->btf_modules,
		&config->btf_allow_mismatch, &config->allow_missing_space, &config->lockdown_efi,
	};

	_Static_assert(sizeof(answers) / sizeof(answers[0]) * sizeof(enum mf_answer) ==
			       sizeof(*config),
		       "each answer is written");
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		code_answer(coder, answers[i]);
}

static void code_indexes(struct coder *coder, struct mf_kernel *kernel)
{
	struct mf_indexes *indexes = &kernel->indexes;
	struct mf_bytes *const files[] = {
		&indexes->dep,	    &indexes->alias,	      &indexes->symbols,
		&indexes->order,    &indexes->softdep,	      &indexes->devname,
		&indexes->dep_text, &indexes->alias_text,     &indexes->symbols_text,
		&kernel->builtin,   &kernel->builtin_modinfo, &kernel->builtin_alias,
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		code_bytes(coder, files[i]);
	kernel->certs.n = code_array(coder, &kernel->certs.v, kernel->certs.n,
				     sizeof(*kernel->certs.v), 4);
	for (size_t i = 0; i < kernel->certs.n; i++)
		code_bytes(coder, &kernel->certs.v[i]);
}

static void code_kernel(struct coder *coder, struct mf_kernel *kernel)
{
	code_name(coder, &kernel->release);
	code_text(coder, &kernel->arch);
	code_text(coder, &kernel->vermagic);
	code_text(coder, &kernel->folder);
	code_text(coder, &kernel->signer);
	code_raw(coder, &kernel->struct_size, sizeof(kernel->struct_size));
	code_modules(coder, kernel);
	code_indexes(coder, kernel);
	code_symbols(coder, &kernel->symbols);
	code_config(coder, &kernel->config);
	code_bool(coder, &kernel->has_image);
	code_bool(coder, &kernel->has_btf);
}

static void code_base(struct coder *coder, struct mf_base_tree *base)
{
	code_strings(coder, &base->dirs);
	base->n_links = code_array(coder, &base->links, base->n_links, sizeof(*base->links), 10);
	for (size_t i = 0; i < base->n_links; i++) {
		code_name(coder, &base->links[i].path);
		code_name(coder, &base->links[i].target);
	}
}

static void code_target(struct coder *coder, const struct mf_target **target)
{
	const char *name = *target ? (*target)->name : NULL;

	code_text(coder, &name);
	if (coder->out || coder->error)
		return;
	*target = name ? mf_target_find(name) : NULL;
	if (name && !*target)
		coder->error = -EBADMSG;
}

static void code_probe(struct coder *coder, struct mf_probe *probe)
{
	/* at least its texts and arrays, empty */
	probe->n_kernels = code_array(coder, &probe->kernels, probe->n_kernels,
				      sizeof(*probe->kernels), 128);
	for (size_t i = 0; i < probe->n_kernels; i++)
		code_kernel(coder, &probe->kernels[i]);
	code_base(coder, &probe->base);
	probe->hook = (enum mf_hook)code_enum(coder, probe->hook, MF_HOOK_NONE + 1);
	probe->hooks = code_u32(coder, probe->hooks);
	code_name(coder, &probe->framework);
	code_target(coder, &probe->target);
	code_text(coder, &probe->distribution);
	probe->reads = code_u32(coder, probe->reads);
	code_strings(coder, &probe->blacklist);
	code_strings(coder, &probe->firmware);
	code_raw(coder, &probe->unpacked, sizeof(probe->unpacked));
	code_bool(coder, &probe->has_lz4);
	code_text(coder, &probe->warning);
}

static uint64_t checksum(struct mf_bytes bytes)
{
	return crc32_z(0, bytes.p, bytes.n);
}

int mf_probe_encode(const struct mf_probe *probe, const struct mf_probe_identity *identity,
		    struct mf_buf *out)
{
	struct header header = {.magic = MAGIC, .format = MF_PROBE_FORMAT, .identity = *identity};
	struct coder coder = {.out = out};
	struct mf_probe copy = *probe; /* what writes does not change it, but could */
	struct mf_bytes bytes;

	mf_buf_add(out, &header, sizeof(header));
	code_probe(&coder, &copy);
	if (mf_buf_status(out))
		return -ENOMEM;
	if (out->len > MF_PROBE_CACHE_BYTES) /* lengths are of 32 bits */
		return -E2BIG;
	bytes = mf_buf_bytes(out);
	header.size = bytes.n;
	header.checksum = checksum(mf_bytes_sub(bytes, sizeof(header), bytes.n - sizeof(header)));
	memcpy(out->data, &header, sizeof(header));
	return 0;
}

int mf_probe_decode(struct mf_bytes bytes, const struct mf_probe_identity *identity,
		    struct mf_probe *out)
{
	MF_CLEANUP(mf_probe_free) struct mf_probe probe = {0};
	struct header expected = {
		.magic = MAGIC, .format = MF_PROBE_FORMAT, .size = bytes.n, .identity = *identity};
	struct coder coder = {.arena = &probe.arena};

	if (bytes.n < sizeof(expected))
		return -EBADMSG;
	coder.in = mf_bytes_sub(bytes, sizeof(expected), bytes.n - sizeof(expected));
	expected.checksum = checksum(coder.in);
	if (memcmp(bytes.p, &expected, sizeof(expected)) != 0)
		return -EBADMSG;
	code_probe(&coder, &probe);
	if (!coder.error && coder.in.n)
		coder.error = -EBADMSG;
	if (coder.error)
		return coder.error;
	*out = mf_steal(&probe);
	return 0;
}
