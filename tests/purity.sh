#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Fails when an object of a pure folder refers to a function that does I/O, reads a clock or the environment.
set -u
forbidden='open|openat|open64|read|pread|write|pwrite|close|stat|fstat|lstat|fopen|fopen64|fread|fwrite|fclose|opendir|readdir|readdir64|mmap|mmap64|socket|time|clock_gettime|gettimeofday|getenv|secure_getenv|printf|puts|putchar|fprintf|vfprintf|vprintf|fputs|fputc|perror|stderr|stdout|stdin|exit|_exit|abort|fork|execve|system|popen|setlocale|__printf_chk|__fprintf_chk'
bad=$(for object in "$@"; do
	nm -u "$object" | awk -v object="$object" -v bad="^($forbidden)\$" \
		'{ sub(/@.*/, "", $2); if ($2 ~ bad) print object ": refers to " $2 }'
done)
if [ -n "$bad" ]; then
	printf '%s\n' "$bad"
	exit 1
fi
printf 'purity: %d objects refer to no I/O, clock or environment\n' "$#"
