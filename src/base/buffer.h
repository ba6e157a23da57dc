/* A growing text: what writers of SVG, HTML, Markdown and JSON build before a file is replaced. A
 * failed allocation is remembered and reported once, by rl_buffer_save or rl_buffer_status, so that
 * writers need not check every word. */
#ifndef RL_BASE_BUFFER_H
#define RL_BASE_BUFFER_H

#include "reslab.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    char *text; /* NUL-terminated; NULL while nothing was written */
    size_t length, capacity;
    bool failed; /* an allocation failed: the text is not complete */
} rl_buffer;     /* starts as {0} */

void rl_buffer_clear(rl_buffer *buffer); /* releases the text */

void rl_buffer_add(rl_buffer *buffer, const char *text);
void rl_buffer_add_bytes(rl_buffer *buffer, const void *bytes, size_t size);
__attribute__((format(printf, 2, 3))) void rl_buffer_print(rl_buffer *buffer, const char *format,
                                                           ...);

/* `value` with `decimals` digits behind the point, whatever the locale; "-0.0" becomes "0.0". */
void rl_buffer_number(rl_buffer *buffer, double value, int decimals);

/* Text of any origin for HTML and SVG, in elements and in quoted attributes: & < > " ' are
 * replaced, control characters (newlines too) become spaces, bytes that are not UTF-8 '?'. */
void rl_buffer_markup(rl_buffer *buffer, const char *text);

/* The same for a Markdown paragraph or table cell: everything that could start markup or HTML is
 * escaped. */
void rl_buffer_markdown(rl_buffer *buffer, const char *text);

/* A JSON string with its quotes, safe inside a <script> element: '<', '>' and '&' are \u escapes.
 */
void rl_buffer_json(rl_buffer *buffer, const char *text);

/* Base64 of `size` bytes, for data: addresses. */
void rl_buffer_base64(rl_buffer *buffer, const void *bytes, size_t size);

/* RL_ERROR_MEMORY when the text is not complete; `what` it was to be. */
rl_status rl_buffer_status(const rl_buffer *buffer, const char *what, rl_error *error);

/* Replaces the file `path` by the text. */
rl_status rl_buffer_save(const rl_buffer *buffer, const char *path, rl_error *error);

#endif
