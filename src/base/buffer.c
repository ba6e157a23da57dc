/* The growing text and its escapes. Every escape works character by character on any bytes, so that
 * a hostile name can end neither a string nor an element. */
#include "base/buffer.h"

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rl_buffer_clear(rl_buffer *buffer) {
    rl_free(buffer->text);
    *buffer = (rl_buffer){0};
}

/* Room for `more` bytes and the NUL. */
static bool reserve(rl_buffer *buffer, size_t more) {
    if (buffer->failed)
        return false;
    if (more < buffer->capacity - buffer->length)
        return true;
    const size_t capacity = rl_max(2 * buffer->capacity, buffer->length + more + 1024);
    char *text = rl_alloc(capacity, 1);
    if (!text) {
        buffer->failed = true;
        return false;
    }
    if (buffer->text)
        memcpy(text, buffer->text, buffer->length + 1);
    rl_free(buffer->text);
    buffer->text = text;
    buffer->capacity = capacity;
    return true;
}

void rl_buffer_add_bytes(rl_buffer *buffer, const void *bytes, size_t size) {
    if (!reserve(buffer, size) || size == 0) /* then bytes may be NULL */
        return;
    memcpy(buffer->text + buffer->length, bytes, size);
    buffer->length += size;
    buffer->text[buffer->length] = '\0';
}

void rl_buffer_add(rl_buffer *buffer, const char *text) {
    rl_buffer_add_bytes(buffer, text, strlen(text));
}

void rl_buffer_print(rl_buffer *buffer, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0)
        buffer->failed = true;
    else if (reserve(buffer, (size_t)length + 1))
        buffer->length +=
            (size_t)vsnprintf(buffer->text + buffer->length, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
}

void rl_buffer_number(rl_buffer *buffer, double value, int decimals) {
    char text[400];
    if (!isfinite(value)) {
        rl_buffer_add(buffer, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    snprintf(text, sizeof text, "%.*f", decimals, value);
    char *start = text;
    if (text[0] == '-' && strspn(text + 1, "0.,") == strlen(text + 1))
        start++; /* minus nothing */
    for (char *c = start; *c; c++)
        if (*c != '-' && (*c < '0' || *c > '9'))
            *c = '.'; /* a locale's decimal sign of one byte */
    rl_buffer_add(buffer, start);
}

/* Bytes of the character at `text`; its code point in *code, or -1 for bytes that are no text, and
 * for U+FFFE and U+FFFF, which XML has no place for. */
static size_t next_character(const char *text, long *code) {
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    const size_t length = rl_text_utf8_length(text);
    const unsigned char *c = (const unsigned char *)text;
    *code = length ? c[0] & first_bits[length] : -1;
    for (size_t i = 1; i < length; i++)
        *code = *code << 6 | (c[i] & 0x3F);
    if (*code == 0xFFFE || *code == 0xFFFF)
        *code = -1;
    return length ? length : 1;
}

static bool is_control(long code) {
    return (code >= 0 && code < 0x20) || (code >= 0x7F && code < 0xA0);
}

static const char *entity(long code) {
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Adds `text` with each character replaced by what `replace` says; NULL keeps it. */
static void add_escaped(rl_buffer *buffer, const char *text, const char *(*replace)(long code)) {
    while (*text) {
        long code;
        const size_t length = next_character(text, &code);
        const char *other = code < 0 ? "?" : is_control(code) ? " " : replace(code);
        if (other)
            rl_buffer_add(buffer, other);
        else
            rl_buffer_add_bytes(buffer, text, length);
        text += length;
    }
}

void rl_buffer_markup(rl_buffer *buffer, const char *text) {
    add_escaped(buffer, text, entity);
}

/* Entities where HTML would see markup, a backslash where Markdown would. */
static const char *markdown_escape(long code) {
    static const char special[] = "\\`*_[]|#~!{}$";
    static const char *const escapes[] = {"\\\\", "\\`", "\\*", "\\_", "\\[", "\\]", "\\|",
                                          "\\#",  "\\~", "\\!", "\\{", "\\}", "\\$"};
    const char *at = code > 0 && code < 0x80 ? strchr(special, (int)code) : NULL;
    if (at)
        return escapes[at - special];
    return code == '<' || code == '>' || code == '&' ? entity(code) : NULL;
}

/* Where a line begins, "- ", "+ " and "1. " begin a list, "--" and "==" rule or underline. Returns
 * the bytes before the sign that has to be escaped for that; -1 when there is none. Numbers and
 * names, as in "-0.25" and "001-relu", stay as they are. */
static long list_sign(const char *text) {
    const size_t digits = strspn(text, "0123456789");
    const char sign = text[digits];
    if (!sign || !strchr(digits > 0 ? ".)" : "-+=", sign))
        return -1;
    const unsigned char next = (unsigned char)text[digits + 1];
    return next <= ' ' || (digits == 0 && next == (unsigned char)sign) ? (long)digits : -1;
}

void rl_buffer_markdown(rl_buffer *buffer, const char *text) {
    const long before = list_sign(text);
    if (before >= 0) {
        rl_buffer_print(buffer, "%.*s\\%c", (int)before, text, text[before]);
        text += before + 1;
    }
    add_escaped(buffer, text, markdown_escape);
}

void rl_buffer_json(rl_buffer *buffer, const char *text) {
    rl_buffer_add(buffer, "\"");
    while (*text) {
        long code;
        const size_t length = next_character(text, &code);
        if (code < 0)
            rl_buffer_add(buffer, "?");
        else if (is_control(code) || code == 0x2028 || code == 0x2029 ||
                 (code < 0x80 && strchr("<>&\"\\", (int)code)))
            rl_buffer_print(buffer, "\\u%04lx", code);
        else
            rl_buffer_add_bytes(buffer, text, length);
        text += length;
    }
    rl_buffer_add(buffer, "\"");
}

void rl_buffer_base64(rl_buffer *buffer, const void *bytes, size_t size) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *data = bytes;
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = rl_min(3, size - i);
        const uint32_t group = (uint32_t)data[i] << 16 |
                               (left > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
                               (left > 2 ? data[i + 2] : 0);
        const char text[4] = {digits[group >> 18], digits[group >> 12 & 63],
                              left > 1 ? digits[group >> 6 & 63] : '=',
                              left > 2 ? digits[group & 63] : '='};
        rl_buffer_add_bytes(buffer, text, sizeof text);
    }
}

rl_status rl_buffer_status(const rl_buffer *buffer, const char *what, rl_error *error) {
    return buffer->failed ? rl_fail_memory(error, what) : RL_OK;
}

rl_status rl_buffer_save(const rl_buffer *buffer, const char *path, rl_error *error) {
    const rl_status status = rl_buffer_status(buffer, path, error);
    return status == RL_OK ? rl_file_replace_bytes(path, buffer->text ? buffer->text : "",
                                                   buffer->length, error)
                           : status;
}
