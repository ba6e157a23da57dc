/* Formatting of messages. A message may carry names from files that are hostile or merely odd, so
 * control characters (C0, DEL, and the C1 range in UTF-8) are masked: it stays one line and cannot
 * steer a terminal. What does not fit is cut at a character and ends in "...". */
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void mask_controls(char *text) {
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        bool c1 = c[0] == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F;
        if (*c < 0x20 || *c == 0x7F) {
            *c = '?';
        } else if (c1) {
            c[0] = c[1] = '?';
        }
    }
}

/* Ends a full buffer in "...", without leaving half a UTF-8 character before it. */
static void mark_cut(char *text, size_t size) {
    size_t end = size - 4;
    while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80) {
        end--;
    }
    memcpy(text + end, "...", 4);
}

void rl_message_format(char *message, size_t size, const char *format, va_list list) {
    int length = vsnprintf(message, size, format, list);
    if (length < 0) {
        message[0] = '\0';
    } else if ((size_t)length >= size) {
        mark_cut(message, size);
    }
    mask_controls(message);
}

__attribute__((format(printf, 4, 0))) static rl_status
fail_with(rl_error *error, rl_status code, long long position, const char *format, va_list list) {
    if (error) {
        error->code = code;
        error->position = position;
        rl_message_format(error->message, sizeof error->message, format, list);
    }
    return code;
}

rl_status rl_fail(rl_error *error, rl_status code, const char *format, ...) {
    va_list list;
    va_start(list, format);
    fail_with(error, code, -1, format, list);
    va_end(list);
    return code;
}

rl_status rl_fail_at(rl_error *error, rl_status code, long long position, const char *format, ...) {
    va_list list;
    va_start(list, format);
    fail_with(error, code, position, format, list);
    va_end(list);
    return code;
}

rl_status rl_fail_errno(rl_error *error, const char *format, ...) {
    int reason = errno;
    if (error) {
        va_list list;
        va_start(list, format);
        fail_with(error, RL_ERROR_IO, -1, format, list);
        va_end(list);
        char text[128];
        size_t used = strlen(error->message), room = sizeof error->message - used;
        int length =
            snprintf(error->message + used, room, ": %s", strerror_r(reason, text, sizeof text));
        if (length >= 0 && (size_t)length >= room) {
            mark_cut(error->message, sizeof error->message);
        }
    }
    return RL_ERROR_IO;
}

rl_status rl_fail_memory(rl_error *error, const char *what) {
    return rl_fail(error, RL_ERROR_MEMORY, "out of memory for %s", what);
}
