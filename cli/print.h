/* What all commands print with: errors, names that come from files, numbers, JSON. The only door
 * to stdout and stderr is this program, never the library. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include "reslab.h"

#include <jansson.h>
#include <stdio.h>

/* Exit codes; after a signal, 128 + its number. */
enum { EXIT_USAGE = 2, EXIT_DIVERGED = 3 };

/* Prints `text` with everything that could steer a terminal, and bytes that are not UTF-8,
 * replaced by '?'. Returns the number of characters printed. */
size_t print_text(FILE *file, const char *text);

/* The same, followed by spaces up to `width` characters. */
void print_padded(FILE *file, const char *text, size_t width);

/* "reslab: <message>" on stderr, one line. */
__attribute__((format(printf, 1, 2))) void print_error(const char *format, ...);

/* "reslab: warning: <message>" on stderr, one line. */
__attribute__((format(printf, 1, 2))) void print_warning(const char *format, ...);

/* print_error of a wrong command line; returns EXIT_USAGE. */
__attribute__((format(printf, 1, 2))) int usage_error(const char *format, ...);

/* Prints the library's error and returns the exit code that belongs to it. */
int fail(const rl_error *error);

/* The same, of `what`: a file that the library does not know by name. */
int fail_of(const char *what, const rl_error *error);

/* Prints that memory ran out and returns the exit code. */
int fail_memory(void);

/* Columns of the terminal on stdout; `fallback` when it is none. */
size_t terminal_width(size_t fallback);

/* "1:02:03" or "4:05"; "--:--" when unknown. */
void format_duration(char *buffer, size_t size, double seconds);

/* "12,345,678" */
void format_grouped(char *buffer, size_t size, uint64_t value);

/* "1.50 MiB" */
void format_bytes(char *buffer, size_t size, uint64_t bytes);

/* A JSON string of any bytes: those that are not UTF-8 become '?'. */
json_t *json_text(const char *text);

/* A JSON number; null where the value is not finite. */
json_t *json_number(double value);

/* Prints `value` and releases it; NULL means that memory ran out. Returns the exit code. */
int print_json(json_t *value);

#endif
