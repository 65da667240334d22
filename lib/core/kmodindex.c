// SPDX-License-Identifier: GPL-2.0-or-later
// Reader of kmod's binary indexes: a trie in a file, walked where it lies.
#include "lib/core/kmodindex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/modalias.h"
#include "lib/core/places.h"

/* kmod libkmod/libkmod-index.c: "BOOTFAST", major version in the upper half, flags of offsets. */
#define INDEX_MAGIC   0xb007f457u
#define INDEX_MAJOR   2u
#define HEADER_SIZE   12u
#define NODE_PREFIX   0x80000000u
#define NODE_VALUES   0x40000000u
#define NODE_CHILDREN 0x20000000u
#define NODE_MASK     0x0fffffffu
#define LAST_CHILD    127u /* keys are 7-bit ASCII */

/* A node as it lies in the file. */
struct node {
	const char *prefix; /* NUL-terminated */
	size_t prefix_length;
	uint64_t children; /* offset of their array */
	unsigned int first;
	unsigned int n_children;
	uint64_t values; /* offset of the first value */
	uint32_t n_values;
	uint64_t end; /* offset behind the fields before the values */
};

/* How far the key of a node is compared. */
enum mode {
	MODE_LITERAL, /* no wildcard yet: the text up to `at` is equal */
	MODE_PLACES,  /* after a wildcard: the set holds every place in the text that fits */
	MODE_REST,    /* a bracket or escape began at key[at]: decided when the key is whole */
	MODE_ALL,     /* nothing is compared */
};

struct state {
	enum mode mode;
	size_t at;
	size_t key_length;
	unsigned int depth;
};

struct walk {
	struct mf_bytes bytes;
	struct mf_text text;
	uint64_t *sets;	 /* of places in the text */
	uint64_t budget; /* bytes of nodes and keys that may still be looked at */
	mf_kmodindex_found *found;
	void *context;
	char *key; /* of the node that is looked at, MF_KMODINDEX_MAX_KEY bytes */
};

static bool get_u32(struct mf_bytes bytes, uint64_t *at, uint32_t *out)
{
	if (!mf_get_u32(bytes, *at, MF_BIG, out))
		return false;
	*at += 4;
	return true;
}

static bool get_text(struct mf_bytes bytes, uint64_t *at, struct mf_bytes *out)
{
	const uint8_t *end;

	if (*at >= bytes.n)
		return false;
	end = memchr(bytes.p + *at, '\0', bytes.n - (size_t)*at);
	if (!end)
		return false;
	*out = (struct mf_bytes){bytes.p + *at, (size_t)(end - (bytes.p + *at))};
	*at += out->n + 1;
	return true;
}

int mf_kmodindex_open(struct mf_bytes file, struct mf_kmodindex *out, struct mf_err *err)
{
	uint64_t at = 0;
	uint32_t magic;
	uint32_t version;
	uint32_t root;

	if (!get_u32(file, &at, &magic) || !get_u32(file, &at, &version) ||
	    !get_u32(file, &at, &root))
		return mf_fail(err, -EBADMSG, "shorter than the header of a kmod index");
	if (magic != INDEX_MAGIC)
		return mf_fail(err, -EBADMSG, "magic 0x%08x, a kmod index has 0x%08x", magic,
			       INDEX_MAGIC);
	if (version >> 16 != INDEX_MAJOR)
		return mf_fail(err, -EBADMSG, "version %u.%u, only %u.x can be read", version >> 16,
			       version & 0xffff, INDEX_MAJOR);
	if ((root & NODE_MASK) < HEADER_SIZE || (root & NODE_MASK) > file.n)
		return mf_fail(err, -EBADMSG, "root node at %u, outside of the index",
			       root & NODE_MASK);
	*out = (struct mf_kmodindex){file, root};
	return 0;
}

static int read_node(struct mf_bytes bytes, uint32_t offset, struct node *out)
{
	uint64_t at = offset & NODE_MASK;
	struct mf_bytes prefix;

	*out = (struct node){.prefix = ""};
	if (offset & NODE_PREFIX) {
		if (!get_text(bytes, &at, &prefix))
			return -EBADMSG;
		out->prefix = (const char *)prefix.p;
		out->prefix_length = prefix.n;
	}
	if (offset & NODE_CHILDREN) {
		uint64_t size;

		if (!mf_bytes_has(bytes, at, 2))
			return -EBADMSG;
		out->first = bytes.p[at];
		if (!out->first || bytes.p[at + 1] > LAST_CHILD || bytes.p[at + 1] < out->first)
			return -EBADMSG;
		out->n_children = bytes.p[at + 1] - out->first + 1;
		out->children = at + 2;
		size = (uint64_t)out->n_children * 4;
		if (!mf_bytes_has(bytes, out->children, size))
			return -EBADMSG;
		at = out->children + size;
	}
	if ((offset & NODE_VALUES) && !get_u32(bytes, &at, &out->n_values))
		return -EBADMSG;
	out->values = at;
	out->end = at;
	return 0;
}

/* Offset of the child for a character; 0 when there is none. */
static uint32_t child_of(struct mf_bytes bytes, const struct node *node, unsigned char c)
{
	uint32_t offset = 0;

	if (c < node->first || c - node->first >= node->n_children)
		return 0;
	mf_get_u32(bytes, node->children + 4 * (uint64_t)(c - node->first), MF_BIG, &offset);
	return offset & NODE_MASK ? offset : 0;
}

/* The value that stands at *at, which moves behind it. */
static int next_value(struct mf_bytes bytes, uint64_t *at, uint32_t *priority,
		      struct mf_bytes *value)
{
	return get_u32(bytes, at, priority) && get_text(bytes, at, value) ? 0 : -EBADMSG;
}

static int best_value(struct mf_bytes bytes, const struct node *node, struct mf_bytes *ret)
{
	uint64_t at = node->values;
	uint32_t best = 0;

	for (uint32_t i = 0; i < node->n_values; i++) {
		struct mf_bytes value;
		uint32_t priority;

		if (next_value(bytes, &at, &priority, &value))
			return -EBADMSG;
		if (!i || priority < best) {
			best = priority;
			*ret = value;
		}
	}
	return node->n_values ? 0 : -ENOENT;
}

int mf_kmodindex_get(const struct mf_kmodindex *index, const char *key, struct mf_bytes *ret)
{
	uint32_t offset = index->root;

	/* each step but the first takes a character of the key, so this ends */
	while (offset) {
		struct node node;

		if (read_node(index->bytes, offset, &node))
			return -EBADMSG;
		if (strncmp(key, node.prefix, node.prefix_length) != 0)
			return -ENOENT;
		key += node.prefix_length;
		if (!*key)
			return best_value(index->bytes, &node, ret);
		offset = child_of(index->bytes, &node, (unsigned char)*key++);
	}
	return -ENOENT;
}

static uint64_t *set_of(const struct walk *walk, unsigned int depth)
{
	return walk->sets + depth * walk->text.n_words;
}

/* Takes one more character of the key: 1 when it may still match, 0 when not, -EBADMSG. */
static int step(struct walk *walk, struct state *state, char c)
{
	uint64_t *set = set_of(walk, state->depth);

	if (state->key_length + 1 >= MF_KMODINDEX_MAX_KEY)
		return -EBADMSG;
	walk->key[state->key_length++] = c;
	if (state->mode == MODE_ALL || state->mode == MODE_REST)
		return 1;
	if (state->mode == MODE_LITERAL) {
		if (c != '*' && c != '?' && c != '[')
			return mf_text_is_at(&walk->text, state->at++, c);
		mf_places_set(&walk->text, set, state->at);
		state->mode = MODE_PLACES;
	}
	if (c == '[' || c == '\\') {
		state->mode = MODE_REST;
		state->at = state->key_length - 1;
		return 1;
	}
	return mf_places_step(&walk->text, set, c);
}

/* Takes the prefix of a node: as step. */
static int take_prefix(struct walk *walk, struct state *state, const struct node *node)
{
	int alive = 1;

	if (state->mode == MODE_ALL) {
		if (state->key_length + node->prefix_length >= MF_KMODINDEX_MAX_KEY)
			return -EBADMSG;
		memcpy(walk->key + state->key_length, node->prefix, node->prefix_length);
		state->key_length += node->prefix_length;
		return 1;
	}
	for (size_t i = 0; alive > 0 && i < node->prefix_length; i++)
		alive = step(walk, state, node->prefix[i]);
	return alive;
}

static int charge(struct walk *walk, uint64_t size)
{
	if (size > walk->budget)
		return -EBADMSG;
	walk->budget -= size;
	return 0;
}

/* Whether the whole key of a node with values matches: 1, 0, -EBADMSG. */
static int is_match(struct walk *walk, const struct state *state)
{
	const uint64_t *set = set_of(walk, state->depth);
	uint64_t *work = set_of(walk, MF_KMODINDEX_MAX_DEPTH + 1);

	walk->key[state->key_length] = '\0';
	switch (state->mode) {
	case MODE_ALL: return 1;
	case MODE_LITERAL: return state->at == walk->text.length;
	case MODE_PLACES: return mf_places_has_end(&walk->text, set);
	case MODE_REST:
		memcpy(work, set, walk->text.n_words * sizeof(*work));
		if (charge(walk, state->key_length - state->at))
			return -EBADMSG;
		return mf_places_finish(&walk->text, work, walk->key + state->at);
	}
	return 0;
}

static int report_values(struct walk *walk, const struct node *node)
{
	uint64_t at = node->values;

	for (uint32_t i = 0; i < node->n_values; i++) {
		struct mf_bytes value;
		uint32_t priority;
		uint64_t start = at;
		int status = next_value(walk->bytes, &at, &priority, &value);

		if (!status)
			status = charge(walk, at - start);
		if (!status)
			status = walk->found(walk->context, walk->key, value, priority);
		if (status)
			return status;
	}
	return 0;
}

/* Child for a character below a state: 1 and its own state where it may match, 0, -EBADMSG. */
static int enter_child(struct walk *walk, const struct state *parent, char c, struct state *out)
{
	if (parent->depth >= MF_KMODINDEX_MAX_DEPTH)
		return -EBADMSG;
	*out = *parent;
	out->depth++;
	if (parent->mode == MODE_PLACES || parent->mode == MODE_REST)
		memcpy(set_of(walk, out->depth), set_of(walk, parent->depth),
		       walk->text.n_words * sizeof(*walk->sets));
	return step(walk, out, c);
}

/* Whether a child need not be looked at: most of a literal node's 128 are not in the text. */
static bool is_hopeless(const struct walk *walk, const struct state *state, char c)
{
	return state->mode == MODE_LITERAL && c != '*' && c != '?' && c != '[' &&
	       !mf_text_is_at(&walk->text, state->at, c);
}

/* NOLINTNEXTLINE(misc-no-recursion): at most MF_KMODINDEX_MAX_DEPTH deep */
static int visit(struct walk *walk, uint32_t offset, struct state state)
{
	struct node node;
	int status = read_node(walk->bytes, offset, &node);

	if (!status)
		status = charge(walk, node.end - (offset & NODE_MASK) + 1);
	if (!status) {
		int alive = take_prefix(walk, &state, &node);

		if (alive <= 0)
			return alive;
	}
	if (!status && node.n_values)
		status = is_match(walk, &state);
	if (status > 0)
		status = report_values(walk, &node);
	for (unsigned int i = 0; !status && i < node.n_children; i++) {
		char c = (char)(node.first + i);
		struct state child_state;
		uint32_t child;

		if (is_hopeless(walk, &state, c))
			continue;
		child = child_of(walk->bytes, &node, (unsigned char)c);
		if (!child)
			continue;
		status = enter_child(walk, &state, c, &child_state);
		if (status > 0)
			status = visit(walk, child, child_state);
	}
	return status;
}

static int walk_index(const struct mf_kmodindex *index, struct walk *walk, enum mode mode)
{
	size_t n_sets = MF_KMODINDEX_MAX_DEPTH + 2; /* one per depth, and one to work on */
	size_t n_words = n_sets * walk->text.n_words + MF_TEXT_MASK_WORDS(&walk->text);
	int status;

	if (walk->text.length >= MF_MODALIAS_MAX)
		return 0;
	walk->bytes = index->bytes;
	/* A tree has no byte in two nodes, so one time the size (and one for a node of no bytes)
	 * would do for them; the rest is for keys with brackets, which are read anew each. */
	walk->budget = 16 * (uint64_t)index->bytes.n;
	walk->sets = malloc(n_words * sizeof(*walk->sets) + MF_KMODINDEX_MAX_KEY);
	if (!walk->sets)
		return -ENOMEM;
	walk->text.masks = walk->sets + n_sets * walk->text.n_words;
	memset(walk->text.masks, 0, MF_TEXT_MADE_WORDS * sizeof(*walk->sets));
	walk->key = (char *)(walk->sets + n_words);
	status = visit(walk, index->root, (struct state){.mode = mode});
	free(walk->sets);
	return status;
}

int mf_kmodindex_match(const struct mf_kmodindex *index, const char *modalias,
		       mf_kmodindex_found *found, void *context)
{
	struct walk walk = {
		.text = mf_text_make(modalias, false), .found = found, .context = context};

	return walk_index(index, &walk, MODE_LITERAL);
}

int mf_kmodindex_match_partial(const struct mf_kmodindex *index, const char *modalias,
			       mf_kmodindex_found *found, void *context)
{
	struct walk walk = {
		.text = mf_text_make(modalias, true), .found = found, .context = context};

	return walk_index(index, &walk, MODE_LITERAL);
}

int mf_kmodindex_each(const struct mf_kmodindex *index, mf_kmodindex_found *found, void *context)
{
	struct walk walk = {.text = mf_text_make("", false), .found = found, .context = context};

	return walk_index(index, &walk, MODE_ALL);
}
