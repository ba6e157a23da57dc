/* JSON as text: measured first, then written into a buffer that cannot be too small; and read byte
 * by byte, with an eye on memory. jansson's lexer does not look whether the text of a string or
 * number could grow: without memory it goes on with letters left out, or ends the program. So an
 * allocation that fails is served from a reserve, once, and what follows is told that the text ends
 * here. */
#include "format/json_text.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

char *rl_json_text(const json_t *value) {
    const size_t length = value ? json_dumpb(value, NULL, 0, JSON_COMPACT) : 0;
    char *text = length ? rl_alloc(length + 1, 1) : NULL;
    if (text && json_dumpb(value, text, length, JSON_COMPACT) != length) {
        rl_free(text);
        return NULL;
    }
    return text;
}

enum { SMALL = 4096, ALIGNMENT = 16 };

typedef struct {
    const char *text;
    size_t left;
    char *reserve;
    size_t size, used;
    bool failed; /* an allocation has */
} reading;

static _Thread_local reading *current; /* of this thread */

static json_malloc_t allocate_before;
static json_free_t release_before;

static void *allocate(size_t size) {
    void *memory = allocate_before(size);
    if (memory || !current)
        return memory;
    current->failed = true;
    const size_t room = current->size - current->used;
    if (size > room || (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT > room)
        return NULL;
    memory = current->reserve + current->used;
    current->used += (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return memory;
}

static void release(void *memory) {
    const uintptr_t at = (uintptr_t)memory;
    if (current && at >= (uintptr_t)current->reserve &&
        at < (uintptr_t)current->reserve + current->size)
        return;
    release_before(memory);
}

/* For the whole process, and on top of what its other users of jansson have set. */
static void stand_before_jansson(void) {
    json_get_alloc_funcs(&allocate_before, &release_before);
    json_set_alloc_funcs(allocate, release);
}

static size_t next_byte(void *buffer, size_t size, void *context) {
    reading *r = context;
    if (r->failed || r->left == 0 || size == 0)
        return 0;
    *(char *)buffer = *r->text++;
    r->left--;
    return 1;
}

json_t *rl_json_parse(const char *text, size_t length, json_error_t *trouble, bool *no_memory) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    /* The longest string grows to twice its length, and is copied once. */
    reading r = {.text = text, .left = length};
    *trouble = (json_error_t){0};
    *no_memory = length > SIZE_MAX / 4 - SMALL;
    if (!*no_memory)
        r.size = 4 * length + SMALL;
    r.reserve = *no_memory ? NULL : rl_alloc(r.size, 1);
    *no_memory = !r.reserve;
    if (*no_memory)
        return NULL;
    pthread_once(&once, stand_before_jansson);
    current = &r;
    json_t *value = json_load_callback(next_byte, &r, JSON_REJECT_DUPLICATES, trouble);
    /* Some of its allocations fail without a word. */
    *no_memory =
        r.failed ||
        (!value && (!trouble->text[0] || json_error_code(trouble) == json_error_out_of_memory));
    if (r.failed) {
        json_decref(value);
        value = NULL;
    }
    current = NULL;
    rl_free(r.reserve);
    return value;
}

json_t *rl_json_parse_text(const char *text, bool *no_memory) {
    json_error_t trouble;
    *no_memory = false;
    return text ? rl_json_parse(text, strlen(text), &trouble, no_memory) : NULL;
}
