// SPDX-License-Identifier: GPL-2.0-or-later
// librpm held at arm's length: one header from hostile bytes, and typed access to its tags.
#include "lib/io/librpm.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <rpm/rpmkeyring.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmts.h>

#include "lib/base/bytes.h"
#include "lib/base/cleanup.h"

#define LEAD_SIZE  96 /* rpm's lib/rpmlead.c */
#define INTRO_SIZE 16 /* of a header: magic, number of entries, bytes of data */
#define ENTRY_SIZE 16

/*
 * librpm takes up to 256 MiB of data and ends the program when malloc fails, so what is too much is
 * refused before it gets to see it. The largest header known (kernel sources) has 12 MB.
 */
#define MAX_ENTRIES 4096
#define MAX_DATA    (64U << 20)

/* The log's callback and list of messages are librpm's globals: one thread at a time. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Where the log goes. */
struct complaint {
	const char *file;
	struct mf_err *why;
};

/* Checks the intro of a header at *offset and moves behind it. */
static int check_header(int fd, uint64_t size, uint64_t *offset, struct mf_err *err)
{
	static const uint8_t magic[] = {0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0};
	uint8_t intro[INTRO_SIZE];
	struct mf_bytes bytes = {intro, sizeof(intro)};
	uint32_t entries = 0;
	uint32_t data = 0;

	if (pread(fd, intro, sizeof(intro), (off_t)*offset) != sizeof(intro))
		return mf_fail(err, -EBADMSG, "is cut off in its header");
	if (memcmp(intro, magic, sizeof(magic)) != 0)
		return mf_fail(err, -EBADMSG, "has no header where an RPM has one");
	mf_get_u32(bytes, 8, MF_BIG, &entries);
	mf_get_u32(bytes, 12, MF_BIG, &data);
	if (entries > MAX_ENTRIES || data > MAX_DATA)
		return mf_fail(err, -EBADMSG,
			       "has a header of %u entries and %u bytes, the limits here are %d "
			       "and %u",
			       entries, data, MAX_ENTRIES, MAX_DATA);
	*offset += INTRO_SIZE + (uint64_t)entries * ENTRY_SIZE + data;
	if (*offset > size)
		return mf_fail(err, -EBADMSG, "is cut off in its header");
	return 0;
}

/* What must be right before librpm may see the file: lead, signature header, header. */
static int check_frame(int fd, uint64_t size, struct mf_err *err)
{
	static const uint8_t magic[] = {0xed, 0xab, 0xee, 0xdb};
	uint8_t start[sizeof(magic)];
	uint64_t offset = LEAD_SIZE;
	int r;

	if (pread(fd, start, sizeof(start), 0) != sizeof(start) ||
	    memcmp(start, magic, sizeof(magic)) != 0)
		return mf_fail(err, -EBADMSG, "is no RPM (it starts with other bytes)");
	r = check_header(fd, size, &offset, err);
	offset = (offset + 7) & ~(uint64_t)7; /* the signature header is padded to that */
	return r ? r : check_header(fd, size, &offset, err);
}

/* Takes librpm's first complaint, which starts with the file's name as librpm knows it. */
static int take_log(rpmlogRec record, rpmlogCallbackData data)
{
	struct complaint *complaint = data;
	const char *text = rpmlogRecMessage(record);
	size_t n = strlen(complaint->file);

	if (strncmp(text, complaint->file, n) == 0 && strncmp(text + n, ": ", 2) == 0)
		text += n + 2;
	if (!complaint->why->text[0] && rpmlogRecPriority(record) <= RPMLOG_ERR)
		mf_fail(complaint->why, 0, "%.*s", (int)strcspn(text, "\n"), text);
	return 0; /* printed by nobody */
}

/* A transaction that knows no keys and looks for none: asking for them would open the database. */
static rpmts make_transaction(void)
{
	rpmts ts = rpmtsCreate();
	rpmKeyring keyring = rpmKeyringNew();

	rpmtsSetVSFlags(ts, RPMVSF_MASK_NODIGESTS | RPMVSF_MASK_NOSIGNATURES | RPMVSF_NOHDRCHK);
	rpmtsSetKeyring(ts, keyring);
	rpmKeyringFree(keyring);
	return ts;
}

static rpmRC read_locked(int fd, Header *out, struct mf_err *why)
{
	FD_t file = fdDup(fd);
	struct complaint complaint = {.why = why};
	rpmlogCallback other_callback;
	rpmts ts;
	rpmRC rc;

	if (!file)
		return RPMRC_FAIL;
	complaint.file = Fdescr(file);
	other_callback = rpmlogSetCallback(take_log, &complaint);
	ts = make_transaction();
	rc = rpmReadPackageFile(ts, file, NULL, out);
	rpmtsFree(ts);
	Fclose(file);
	rpmlogSetCallback(other_callback, NULL);
	rpmlogClose(); /* forgets the messages */
	return rc;
}

int mf_librpm_read(int fd, uint64_t size, Header *out, struct mf_err *err)
{
	struct mf_err why = {0};
	int r = check_frame(fd, size, err);
	rpmRC rc;

	*out = NULL;
	if (r)
		return r;
	r = mf_librpm_load(err);
	if (r)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return mf_fail(err, -errno, "%s", strerror(errno));
	pthread_mutex_lock(&lock);
	rc = read_locked(fd, out, &why);
	pthread_mutex_unlock(&lock);
	/* without keys the better answers of librpm are "not trusted" and "no key" */
	if (*out && (rc == RPMRC_OK || rc == RPMRC_NOTTRUSTED || rc == RPMRC_NOKEY))
		return 0;
	mf_librpm_header_free(out);
	return mf_fail(err, -EBADMSG, "is no RPM that librpm can read (%s)",
		       why.text[0] ? why.text : "no reason given");
}

void mf_librpm_header_free(Header *header)
{
	*header = headerFree(*header); /* takes NULL */
}

size_t mf_librpm_get(Header header, rpmTagVal tag, struct rpmtd_s *td)
{
	mf_librpm_td_free(td);
	if (!headerGet(header, tag, td, HEADERGET_MINMEM | HEADERGET_RAW))
		return 0;
	return td->count;
}

const char *mf_librpm_string(const struct rpmtd_s *td, uint64_t i)
{
	if (i >= td->count)
		return NULL;
	if (td->type == RPM_STRING_TYPE)
		return td->data;
	if (td->type == RPM_STRING_ARRAY_TYPE || td->type == RPM_I18NSTRING_TYPE)
		return ((char **)td->data)[i];
	return NULL;
}

uint64_t mf_librpm_number(const struct rpmtd_s *td, uint64_t i)
{
	if (i >= td->count)
		return 0;
	switch (td->type) {
	case RPM_INT64_TYPE: return ((uint64_t *)td->data)[i];
	case RPM_INT32_TYPE: return ((uint32_t *)td->data)[i];
	case RPM_INT16_TYPE: return ((uint16_t *)td->data)[i];
	default: /* of other types there are no numbers here */ return 0;
	}
}

void mf_librpm_td_free(struct rpmtd_s *td)
{
	rpmtdFreeData(td);
}
