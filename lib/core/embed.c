// SPDX-License-Identifier: GPL-2.0-or-later
// Answer files on a driver disk: kinds by content, and the rules of the installers.
#include "lib/core/embed.h"

#include <errno.h>
#include <string.h>

#include "lib/base/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const kind_names[] = {
	[MF_EMBED_UNKNOWN] = "no answer file",	     [MF_EMBED_KICKSTART] = "a kickstart",
	[MF_EMBED_AUTOYAST] = "an AutoYaST profile", [MF_EMBED_AGAMA] = "an Agama profile",
	[MF_EMBED_PRESEED] = "a preseed file",	     [MF_EMBED_AUTOINSTALL] = "an autoinstall file",
};

/*
 * What each installer does with a file of its kind on the volume labelled OEMDRV. Where it loads
 * it, it does so as long as the command line names no other.
 *
 * anaconda: dracut/kickstart-genrules.sh (2026-08). linuxrc: linuxrc_and_autoyast.md, "Why?" no. 2
 * (2019-10), and SLES 15's AutoYaST guide. Agama: PREDEFINED_LOCATIONS of rust/agama-autoinstall
 * (2025-03, so SLES 16.0 too); .jsonnet is looked for first and takes JSON too. debian-installer:
 * initrd-preseed, file-preseed and network-preseed are all there are (Debian 13's installation
 * guide, B.2); driver-injection-disk-detect reads packages only. subiquity: /autoinstall.yaml of
 * its own root and medium, and cloud-init.
 */
static const struct {
	const char *installer;
	enum mf_embed_kind kind;
	const char *name;    /* on the disk; NULL: it is not looked for there */
	const char *instead; /* what does work */
} rules[] = {
	{"anaconda", MF_EMBED_KICKSTART, "ks.cfg", NULL},
	{"linuxrc", MF_EMBED_AUTOYAST, "autoinst.xml", NULL},
	{"agama", MF_EMBED_AGAMA, "autoinst.jsonnet", NULL},
	{"agama", MF_EMBED_AUTOYAST, "autoinst.xml", NULL},
	{"debian-installer", MF_EMBED_PRESEED, NULL,
	 "append it to the initrd as /preseed.cfg in a cpio archive, or serve it and say preseed/url=URL on the command line"},
	{"subiquity", MF_EMBED_AUTOINSTALL, NULL,
	 "put it as user-data, with an empty meta-data, on a volume labelled CIDATA, or serve it and say autoinstall \"ds=nocloud;s=URL/\" on the command line"},
};

/* Words that only begin a line of a kickstart (pykickstart's commands and sections). */
static const char *const kickstart_words[] = {
	"%addon",    "%include",   "%packages", "%post",      "%pre",	   "%pre-install",
	"autopart",  "bootloader", "cdrom",	"clearpart",  "firstboot", "graphical",
	"harddrive", "ignoredisk", "keyboard",	"lang",	      "logvol",	   "network",
	"part",	     "partition",  "raid",	"repo",	      "rootpw",	   "selinux",
	"text",	     "timezone",   "url",	"volgroup",   "zerombr",   "authselect",
	"firewall",  "services",   "user",	"ostreesetup"};

/* Third words of a preseed's lines: debconf's types of questions (debconf-devel(7)). */
static const char *const preseed_types[] = {"string", "boolean", "select",  "multiselect",
					    "note",   "text",	 "password"};

static bool is_one_of(struct mf_bytes word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(words[i]) == word.n && memcmp(words[i], word.p, word.n) == 0)
			return true;
	}
	return false;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(struct mf_bytes *text)
{
	while (text->n && is_blank(*text->p)) {
		text->p++;
		text->n--;
	}
}

/* Cuts the next word off a line; empty at its end. */
static struct mf_bytes next_word(struct mf_bytes *line)
{
	struct mf_bytes word;

	skip_blanks(line);
	word = (struct mf_bytes){line->p, 0};
	while (line->n && !is_blank(*line->p)) {
		line->p++;
		line->n--;
		word.n++;
	}
	return word;
}

static bool has_start(struct mf_bytes text, const char *start)
{
	return text.n >= strlen(start) && memcmp(text.p, start, strlen(start)) == 0;
}

/* "<profile>" or "<profile xmlns=…": the root element of AutoYaST. */
static bool has_profile(struct mf_bytes text)
{
	static const char element[] = "<profile";

	for (; text.n > sizeof(element) - 1; text.p++, text.n--) {
		uint8_t next = text.p[sizeof(element) - 1];

		if (has_start(text, element) && (is_blank(next) || next == '>'))
			return true;
	}
	return false;
}

/* One line of a text that is neither XML nor JSON; unknown when it says nothing. */
static enum mf_embed_kind kind_of_line(struct mf_bytes line)
{
	struct mf_bytes first, second, third;

	if (has_start(line, "#cloud-config") || has_start(line, "autoinstall:"))
		return MF_EMBED_AUTOINSTALL;
	first = next_word(&line);
	if (!first.n || *first.p == '#')
		return MF_EMBED_UNKNOWN;
	if (is_one_of(first, (const char *const[]){"local"}, 1))
		return MF_EMBED_AGAMA;
	if (is_one_of(first, kickstart_words, COUNT(kickstart_words)))
		return MF_EMBED_KICKSTART;
	second = next_word(&line);
	third = next_word(&line);
	if (second.n && memchr(second.p, '/', second.n) &&
	    is_one_of(third, preseed_types, COUNT(preseed_types)))
		return MF_EMBED_PRESEED;
	return MF_EMBED_UNKNOWN;
}

enum mf_embed_kind mf_embed_kind_of(struct mf_bytes bytes)
{
	enum mf_embed_kind kind = MF_EMBED_UNKNOWN;
	struct mf_bytes line;

	if (!bytes.n || memchr(bytes.p, '\0', bytes.n)) /* UTF-16, an image… */
		return MF_EMBED_UNKNOWN;
	if (has_start(bytes, "\xef\xbb\xbf")) { /* byte order mark */
		bytes.p += 3;
		bytes.n -= 3;
	}
	skip_blanks(&bytes);
	if (has_start(bytes, "<"))
		return has_profile(bytes) ? MF_EMBED_AUTOYAST : MF_EMBED_UNKNOWN;
	if (has_start(bytes, "{") || has_start(bytes, "//") || has_start(bytes, "/*"))
		return MF_EMBED_AGAMA;
	while (kind == MF_EMBED_UNKNOWN && mf_text_next_line(&bytes, &line))
		kind = kind_of_line(line);
	return kind;
}

/* No rule fits: what the first target's installer loads instead. */
static int fail_kind(const struct mf_embed *embed, enum mf_embed_kind kind, struct mf_err *err)
{
	const struct mf_target *target = embed->targets[0];

	for (size_t i = 0; i < COUNT(rules); i++) {
		if (strcmp(rules[i].installer, target->installer) == 0 && rules[i].name)
			return mf_fail(
				err, -EOPNOTSUPP,
				"--embed %s: is %s, which the installer of %s (%s) does not read; expected %s",
				embed->path, kind_names[kind], target->name, target->installer,
				kind_names[rules[i].kind]);
	}
	return mf_fail(err, -EOPNOTSUPP,
		       "--embed %s: is %s, and %s loads no such file from a disk; leave it out",
		       embed->path, kind_names[kind], target->name);
}

static int find_name(const struct mf_embed *embed, enum mf_embed_kind kind, const char **ret_name,
		     struct mf_err *err)
{
	const char *instead = NULL;

	for (size_t i = 0; i < embed->n_targets * COUNT(rules); i++) {
		const struct mf_target *target = embed->targets[i / COUNT(rules)];
		size_t rule = i % COUNT(rules);

		if (rules[rule].kind != kind ||
		    strcmp(rules[rule].installer, target->installer) != 0)
			continue;
		*ret_name = rules[rule].name;
		instead = rules[rule].instead;
		if (*ret_name)
			return 0;
	}
	if (!instead)
		return fail_kind(embed, kind, err);
	return mf_fail(err, -EOPNOTSUPP,
		       "--embed %s: is %s, which its installer does not load from a disk; %s",
		       embed->path, kind_names[kind], instead);
}

int mf_embed_name(const struct mf_embed *embed, const char **ret_name, struct mf_err *err)
{
	enum mf_embed_kind kind = mf_embed_kind_of(embed->bytes);

	*ret_name = NULL;
	if (kind == MF_EMBED_UNKNOWN)
		return mf_fail(
			err, -EINVAL,
			"--embed %s: is no answer file that is known, expected a kickstart, an AutoYaST or an Agama profile",
			embed->path);
	if (embed->label && strcmp(embed->label, MF_EMBED_LABEL) != 0)
		return mf_fail(
			err, -EINVAL,
			"--embed %s: installers load it from a volume labelled " MF_EMBED_LABEL
			" only, not %s; leave out --label",
			embed->path, embed->label);
	return find_name(embed, kind, ret_name, err);
}

int mf_embed_add(const struct mf_embed *embed, struct mf_tree *tree, struct mf_err *err)
{
	const char *name;
	uint8_t *copy;
	int r = mf_embed_name(embed, &name, err);

	if (r)
		return r;
	if (mf_tree_has(tree, name))
		return mf_fail(err, -EEXIST,
			       "--embed %s: there is already a %s on the disk; give one of a kind",
			       embed->path, name);
	copy = mf_arena_alloc(&tree->arena, embed->bytes.n);
	if (!copy)
		return mf_fail(err, -ENOMEM, "out of memory");
	memcpy(copy, embed->bytes.p, embed->bytes.n);
	r = mf_tree_add_bytes(tree, name, 0644, (struct mf_bytes){copy, embed->bytes.n});
	return r ? mf_fail(err, r, "out of memory") : mf_tree_finish(tree, err);
}
