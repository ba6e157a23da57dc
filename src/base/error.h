/* How every fallible function of the library reports: a status, and a message in an rl_error.
 * Messages are one line, name the file or option, and say what was expected. */
#ifndef RL_BASE_ERROR_H
#define RL_BASE_ERROR_H

#include "reslab.h"

#include <stdarg.h>

/* Fills `error` (which may be NULL) and returns `code`, so that a check reads
 * `return rl_fail(error, RL_ERROR_FORMAT, "...")`. Newlines and other control bytes that come in
 * through an argument are replaced by '?', so that a message stays one line. */
__attribute__((format(printf, 3, 4))) rl_status rl_fail(rl_error *error, rl_status code,
                                                        const char *format, ...);

/* rl_fail with the byte offset or line number at which the trouble was found. */
__attribute__((format(printf, 4, 5))) rl_status
rl_fail_at(rl_error *error, rl_status code, long long position, const char *format, ...);

/* rl_fail for a failed system call: appends ": " and the text of errno; code RL_ERROR_IO. */
__attribute__((format(printf, 2, 3))) rl_status rl_fail_errno(rl_error *error, const char *format,
                                                              ...);

/* Out of memory while doing `what`. */
rl_status rl_fail_memory(rl_error *error, const char *what);

/* The text of every message: one line of at most `size` - 1 bytes, masked as rl_fail says. */
__attribute__((format(printf, 3, 0))) void rl_message_format(char *message, size_t size,
                                                             const char *format, va_list list);

#endif
