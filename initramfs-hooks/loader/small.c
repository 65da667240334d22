// SPDX-License-Identifier: GPL-2.0-or-later
// Stand-ins for what makes a small static program large: formatting without floats, a plain heap,
// system calls without what old kernels need, a sort that compares little what is nearly in order.
//
// They take the place of musl's (an archive's member is not linked when its symbol is there), which
// saves a quarter of the loader. Limits are those of what lib/base, lib/core and the loader use.
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* --- formatting: %% %c %s %d %i %u %x with 0, width, precision (also '*'), l, ll, z --- */

struct output {
	char *text;
	size_t size; /* room, NUL included */
	size_t n;    /* bytes the whole text has, written or not */
};

/* One conversion. */
struct spec {
	bool has_zero, has_precision;
	unsigned int width, precision;
	unsigned int longs; /* 1 for l and z, 2 for ll */
};

static void put(struct output *out, char c)
{
	if (out->n + 1 < out->size)
		out->text[out->n] = c;
	out->n++;
}

static void put_text(struct output *out, const struct spec *spec, const char *text)
{
	size_t n = 0;

	while ((!spec->has_precision || n < spec->precision) && text[n])
		n++;
	for (size_t i = n; i < spec->width; i++)
		put(out, ' ');
	for (size_t i = 0; i < n; i++)
		put(out, text[i]);
}

static void put_number(struct output *out, const struct spec *spec, uint64_t value,
		       unsigned int base)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	for (unsigned int i = n; i < spec->width; i++)
		put(out, spec->has_zero ? '0' : ' ');
	while (n)
		put(out, digits[--n]);
}

static void put_signed(struct output *out, struct spec *spec, long long value)
{
	if (value < 0) {
		put(out, '-');
		spec->width -= spec->width > 0;
	}
	put_number(out, spec, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

static const char *read_spec(const char *format, struct spec *spec, int star)
{
	*spec = (struct spec){.has_zero = *format == '0'};
	for (; *format >= '0' && *format <= '9'; format++)
		spec->width = spec->width * 10 + (unsigned int)(*format - '0');
	if (*format == '.') {
		spec->has_precision = true;
		if (*++format == '*') {
			spec->precision = (unsigned int)star;
			format++;
		}
		for (; *format >= '0' && *format <= '9'; format++)
			spec->precision = spec->precision * 10 + (unsigned int)(*format - '0');
	}
	for (; *format == 'l' || *format == 'z'; format++)
		spec->longs++;
	return format;
}

int vsnprintf(char *text, size_t size, const char *format, va_list args)
{
	struct output out = {text, size, 0};

	for (; *format; format++) {
		struct spec spec;

		if (*format != '%') {
			put(&out, *format);
			continue;
		}
		format = read_spec(format + 1, &spec,
				   strncmp(format, "%.*", 3) == 0 ? va_arg(args, int) : 0);
		if (*format == 's')
			put_text(&out, &spec, va_arg(args, const char *));
		else if (*format == 'c')
			put(&out, (char)va_arg(args, int));
		else if (*format == 'd' || *format == 'i')
			put_signed(&out, &spec,
				   spec.longs > 1 ? va_arg(args, long long)
				   : spec.longs	  ? va_arg(args, long)
						  : va_arg(args, int));
		else if (*format == 'u' || *format == 'x')
			put_number(&out, &spec,
				   spec.longs > 1 ? va_arg(args, unsigned long long)
				   : spec.longs	  ? va_arg(args, unsigned long)
						  : va_arg(args, unsigned int),
				   *format == 'x' ? 16 : 10);
		else
			put(&out, *format);
	}
	if (size)
		text[out.n < size ? out.n : size - 1] = '\0';
	return (int)out.n;
}

int snprintf(char *text, size_t size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, size, format, args);
	va_end(args);
	return n;
}

/* --- heap: powers of two, freed blocks are kept by size; large ones come and go by mmap --- */

#define SMALLEST 5  /* 2^5 bytes, header included */
#define LARGEST	 16 /* above 2^16 each block is a mapping of its own */
#define REFILL	 ((size_t)1 << 18)

/* In front of what the caller sees; keeps its alignment of 16. */
struct block {
	size_t size; /* header included */
	struct block *next;
};

_Static_assert(sizeof(struct block) <= 16, "the header takes 16 bytes");

static struct block *freed[LARGEST + 1];
static char *room;
static size_t room_left;

static void *map(size_t size)
{
	void *place = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return place == MAP_FAILED ? NULL : place;
}

static unsigned int class_of(size_t size)
{
	unsigned int class = SMALLEST;

	while ((size_t)1 << class < size)
		class ++;
	return class;
}

static struct block *take(unsigned int class)
{
	struct block *block = freed[class];
	size_t size = (size_t)1 << class;

	if (block) {
		freed[class] = block->next;
		return block;
	}
	if (room_left < size) {
		char *more = map(REFILL);

		if (!more)
			return NULL;
		room = more;
		room_left = REFILL;
	}
	block = (struct block *)(void *)room;
	block->size = size;
	room += size;
	room_left -= size;
	return block;
}

void *malloc(size_t n)
{
	struct block *block;

	if (n > PTRDIFF_MAX - 4096) {
		errno = ENOMEM;
		return NULL;
	}
	n += 16;
	if (n > (size_t)1 << LARGEST) {
		block = map(n);
		if (block)
			block->size = n;
	} else {
		block = take(class_of(n));
	}
	if (!block)
		errno = ENOMEM;
	return block ? (char *)block + 16 : NULL;
}

void free(void *pointer)
{
	struct block *block;
	unsigned int class;

	if (!pointer)
		return;
	block = (struct block *)(void *)((char *)pointer - 16);
	if (block->size > (size_t)1 << LARGEST) {
		munmap(block, block->size);
		return;
	}
	class = class_of(block->size);
	block->next = freed[class];
	freed[class] = block;
}

void *calloc(size_t count, size_t size)
{
	size_t n;
	void *pointer;

	if (__builtin_mul_overflow(count, size, &n)) {
		errno = ENOMEM;
		return NULL;
	}
	pointer = malloc(n);
	if (pointer && n + 16 <= (size_t)1 << LARGEST) /* a fresh mapping is zeroed */
		memset(pointer, 0, n);
	return pointer;
}

static void *remap(struct block *block, size_t n)
{
	if (n > PTRDIFF_MAX - 4096) {
		errno = ENOMEM;
		return NULL;
	}
	n += 16;
	block = (void *)syscall(SYS_mremap, block, block->size, n, MREMAP_MAYMOVE);
	if (block == MAP_FAILED)
		return NULL;
	block->size = n;
	return (char *)block + 16;
}

void *realloc(void *pointer, size_t n)
{
	struct block *block;
	void *larger;

	if (!pointer)
		return malloc(n);
	block = (struct block *)(void *)((char *)pointer - 16);
	if (n <= block->size - 16)
		return pointer;
	if (block->size > (size_t)1 << LARGEST) /* moved by the kernel, not copied */
		return remap(block, n);
	larger = malloc(n);
	if (!larger)
		return NULL;
	memcpy(larger, pointer, block->size - 16);
	free(pointer);
	return larger;
}

/* --- system calls: plain, without ways around what kernels before 3.2 lack --- */

#if UINTPTR_MAX > UINT32_MAX /* on 32 bit the function has another time than the call */
int clock_gettime(clockid_t clock, struct timespec *time)
{
	return (int)syscall(SYS_clock_gettime, clock, time);
}
#endif

int pipe2(int ends[2], int flags)
{
	return (int)syscall(SYS_pipe2, ends, flags);
}

int socket(int family, int type, int protocol)
{
	return (int)syscall(SYS_socket, family, type, protocol);
}

/* --- sort: by merging, equal elements keep their order --- */

typedef int compare_function(const void *a, const void *b);

static void swap(char *a, char *b, size_t size)
{
	while (size--) {
		char byte = a[size];

		a[size] = b[size];
		b[size] = byte;
	}
}

/* Needs no room: where there is none for merging. */
static void insertion_sort(char *base, size_t n, size_t size, compare_function *compare)
{
	for (char *end = base + size; n-- > 1; end += size) {
		for (char *at = end; at > base && compare(at - size, at) > 0; at -= size)
			swap(at - size, at, size);
	}
}

/* scratch has room for half of the elements. */
static void merge_sort(char *base, size_t n, size_t size, char *scratch, compare_function *compare)
{
	size_t half = n / 2;
	char *left = scratch;
	char *left_end = scratch + half * size;
	char *right = base + half * size;
	char *right_end = base + n * size;

	if (!half)
		return;
	merge_sort(base, half, size, scratch, compare);
	merge_sort(right, n - half, size, scratch, compare);
	if (compare(right - size, right) <= 0)
		return;
	memcpy(scratch, base, half * size);
	for (; left < left_end; base += size) {
		char **from = right < right_end && compare(left, right) > 0 ? &right : &left;

		memcpy(base, *from, size);
		*from += size;
	}
}

void qsort(void *base, size_t n, size_t size, compare_function *compare)
{
	char *scratch = malloc(n / 2 * size);

	if (scratch)
		merge_sort(base, n, size, scratch, compare);
	else
		insertion_sort(base, n, size, compare);
	free(scratch);
}
