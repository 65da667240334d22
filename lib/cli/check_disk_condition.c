// SPDX-License-Identifier: GPL-2.0-or-later
// Conditions of SUSE's driver updates: shell text that compares the running kernel.
#include "lib/cli/check_disk_condition.h"

#include <string.h>

/* Text being read, character by character; '\0' at its end. */
struct cursor {
	struct mf_bytes text;
	size_t at;
};

static char peek(const struct cursor *cursor)
{
	return cursor->at < cursor->text.n ? (char)cursor->text.p[cursor->at] : '\0';
}

static void skip(struct cursor *cursor, const char *set)
{
	while (peek(cursor) && strchr(set, peek(cursor)))
		cursor->at++;
}

static bool starts(const struct cursor *cursor, const char *word)
{
	size_t n = strlen(word);

	return cursor->text.n - cursor->at >= n &&
	       memcmp(cursor->text.p + cursor->at, word, n) == 0;
}

static bool contains(struct mf_bytes text, const char *word)
{
	for (struct cursor cursor = {text, 0}; cursor.at < text.n; cursor.at++) {
		if (starts(&cursor, word))
			return true;
	}
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("._+~-", c));
}

/* A word that a kernel may be called: "6.4.0-150600.23.53-default". */
static struct mf_bytes read_release(struct cursor *cursor)
{
	struct mf_bytes word = {cursor->text.p + cursor->at, 0};
	bool has_dot = false, has_dash = false;

	for (; is_letter(peek(cursor)); cursor->at++) {
		has_dot = has_dot || peek(cursor) == '.';
		has_dash = has_dash || peek(cursor) == '-';
		word.n++;
	}
	if (!word.n || word.p[0] < '0' || word.p[0] > '9' || !has_dot || !has_dash)
		word.n = 0;
	return word;
}

/* A branch of "if" that ends the script before anything in it removes a file. */
static bool is_left_whole(struct cursor cursor)
{
	static const char *const removals[] = {"rm ", "rmdir ", "mv ", "else", NULL};

	for (; peek(&cursor); cursor.at++) {
		for (size_t i = 0; removals[i]; i++) {
			if (starts(&cursor, removals[i]))
				return false;
		}
		if (starts(&cursor, "exit 0") || starts(&cursor, "exit\n"))
			return true;
	}
	return false;
}

/*
 * What stands behind a comparison: with "=" the update is kept where the other side of "||" is not
 * run, or a branch leaves it alone, or by the exit status of a script that ends so; with "!=" where
 * that side does nothing.
 */
static bool is_kept_by(struct cursor *cursor, bool is_negated)
{
	struct cursor branch;

	skip(cursor, "\"' \t]");
	branch = *cursor;
	skip(&branch, "; \t\n");
	if (starts(&branch, "then"))
		return !is_negated && is_left_whole(branch);
	if (is_negated) {
		if (starts(cursor, "&&"))
			return true;
		if (!starts(cursor, "||"))
			return false;
		cursor->at += 2;
		skip(cursor, " \t");
		return starts(cursor, "exit 0");
	}
	return starts(cursor, "||") || !peek(cursor) || peek(cursor) == '\n';
}

enum mf_answer mf_condition_keeps(struct mf_bytes text, const char *release)
{
	enum mf_answer answer = MF_ANSWER_UNKNOWN;
	size_t length = strlen(release);

	if (!contains(text, "uname -r") && !contains(text, "/proc/sys/kernel/osrelease"))
		return answer;
	for (struct cursor cursor = {text, 0}; cursor.at < text.n; cursor.at++) {
		bool is_negated = starts(&cursor, "!=");
		struct cursor ahead = cursor;
		struct mf_bytes word;

		if (!is_negated && !starts(&cursor, "="))
			continue;
		skip(&ahead, "!= \t\"'");
		word = read_release(&ahead);
		if (word.n && !is_kept_by(&ahead, is_negated))
			return MF_ANSWER_UNKNOWN;
		if (word.n == length && memcmp(word.p, release, length) == 0)
			return MF_ANSWER_YES;
		if (word.n)
			answer = MF_ANSWER_NO;
		if (is_negated)
			cursor.at++;
	}
	return answer;
}
