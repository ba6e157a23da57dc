/* Printing for all commands. Names of files and classes come from strangers' data, so they pass
 * through print_text, which lets no control character reach the terminal. No colours. */
#include "print.h"

#include "output.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Length of the well-formed UTF-8 character at `text`; 0 when there is none. */
static size_t character_length(const unsigned char *text) {
    static const unsigned smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (text[0] < 0x80)
        return 1;
    size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc2 || text[0] > 0xf4)
        return 0;
    unsigned code = text[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (text[i] & 0x3f);
    }
    bool surrogate = code >= 0xd800 && code <= 0xdfff;
    return code < smallest[length] || code > 0x10ffff || surrogate ? 0 : length;
}

/* Control characters (C0, DEL, C1) and the marks that turn the direction of text around. */
static bool is_harmful(const unsigned char *text, size_t length) {
    if (length == 1)
        return text[0] < 0x20 || text[0] == 0x7f;
    if (length == 2)
        return text[0] == 0xc2 && text[1] < 0xa0;
    if (length == 3 && text[0] == 0xe2)
        return (text[1] == 0x80 &&
                (text[2] == 0x8e || text[2] == 0x8f || (text[2] >= 0xa8 && text[2] <= 0xae))) ||
               (text[1] == 0x81 && text[2] >= 0xa6 && text[2] <= 0xa9);
    return false;
}

size_t print_text(FILE *file, const char *text) {
    size_t printed = 0;
    for (const unsigned char *at = (const unsigned char *)text; *at; printed++) {
        size_t length = character_length(at);
        if (length == 0 || is_harmful(at, length))
            fputc('?', file);
        else
            fwrite(at, 1, length, file);
        at += length ? length : 1;
    }
    return printed;
}

void print_padded(FILE *file, const char *text, size_t width) {
    for (size_t printed = print_text(file, text); printed < width; printed++)
        fputc(' ', file);
}

__attribute__((format(printf, 2, 0))) static void print_line(const char *kind, const char *format,
                                                             va_list list) {
    char message[2048];
    vsnprintf(message, sizeof message, format, list);
    fprintf(stderr, "reslab: %s", kind);
    print_text(stderr, message);
    fputc('\n', stderr);
}

void print_error(const char *format, ...) {
    va_list list;
    va_start(list, format);
    print_line("", format, list);
    va_end(list);
}

void print_warning(const char *format, ...) {
    va_list list;
    va_start(list, format);
    print_line("warning: ", format, list);
    va_end(list);
}

int usage_error(const char *format, ...) {
    va_list list;
    va_start(list, format);
    print_line("", format, list);
    va_end(list);
    return EXIT_USAGE;
}

static int exit_code(const rl_error *error) {
    switch (error->code) {
    case RL_ERROR_ARGUMENT:
        return EXIT_USAGE;
    case RL_ERROR_DIVERGED:
        return EXIT_DIVERGED;
    default:
        return EXIT_FAILURE;
    }
}

int fail(const rl_error *error) {
    print_error("%s", error->message);
    return exit_code(error);
}

int fail_of(const char *what, const rl_error *error) {
    print_error("%s: %s", what, error->message);
    return exit_code(error);
}

int fail_memory(void) {
    print_error("out of memory");
    return EXIT_FAILURE;
}

size_t terminal_width(size_t fallback) {
    struct winsize size;
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
        return size.ws_col;
    return fallback;
}

void format_duration(char *buffer, size_t size, double seconds) {
    if (!(seconds >= 0 && seconds < 1e9)) {
        snprintf(buffer, size, "--:--");
        return;
    }
    unsigned long whole = (unsigned long)(seconds + 0.5);
    if (whole >= 3600)
        snprintf(buffer, size, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(buffer, size, "%lu:%02lu", whole / 60, whole % 60);
}

void format_grouped(char *buffer, size_t size, uint64_t value) {
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    size_t at = 0;
    for (int i = 0; i < count && at + 2 < size; i++) {
        if (i && (count - i) % 3 == 0)
            buffer[at++] = ',';
        buffer[at++] = digits[i];
    }
    buffer[at] = '\0';
}

void format_bytes(char *buffer, size_t size, uint64_t bytes) {
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    double value = (double)bytes;
    for (; value >= 1024 && unit < 4; unit++)
        value /= 1024;
    snprintf(buffer, size, "%.*f %s", unit ? 2 : 0, value, units[unit]);
}

json_t *json_text(const char *text) {
    json_t *string = json_string(text);
    char *copy = string ? NULL : strdup(text);
    if (!copy)
        return string;
    for (size_t at = 0; copy[at];) {
        size_t length = character_length((unsigned char *)copy + at);
        if (length == 0)
            copy[at] = '?';
        at += length ? length : 1;
    }
    string = json_string(copy);
    free(copy);
    return string;
}

json_t *json_number(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

/* `value` as text to release with free; NULL when there is no memory. Measured first: where its own
 * buffer cannot grow, jansson loses the name of a member and goes on. */
static char *json_as_text(const json_t *value) {
    const size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(17);
    const size_t length = value ? json_dumpb(value, NULL, 0, flags) : 0;
    char *text = length ? malloc(length + 1) : NULL;
    if (text && json_dumpb(value, text, length, flags) == length) {
        text[length] = '\0';
        return text;
    }
    free(text);
    return NULL;
}

int print_json(json_t *value) {
    char *text = json_as_text(value);
    json_decref(value);
    if (!text)
        return fail_memory();
    output_line(text);
    free(text);
    return EXIT_SUCCESS;
}
