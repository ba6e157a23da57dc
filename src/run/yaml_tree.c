/* Builds the tree from libyaml's events. Its own document interface would follow aliases and forget
 * anchors before anyone could refuse them. */
#include "run/yaml_tree.h"

#include "base/error.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

enum { MAX_DEPTH = 16 }; /* of nesting: bounds the recursion of rl_yaml_free */

typedef struct {
    const char *name;
    rl_error *error;
    rl_yaml_node *root;
    rl_yaml_node *open[MAX_DEPTH]; /* mappings and lists not yet ended, outermost first */
    rl_yaml_node *last[MAX_DEPTH]; /* the last item or key of each */
    size_t depth;
    size_t documents;
} builder;

static rl_status fail_line(const builder *b, const yaml_event_t *event, const char *message) {
    const rl_yaml_node place = {.line = (long long)event->start_mark.line + 1};
    return rl_yaml_fail(b->name, &place, b->error, "%s", message);
}

/* Hangs `node` where the next node of the innermost open collection belongs. */
static rl_status place(builder *b, rl_yaml_node *node) {
    if (b->depth == 0) {
        b->root = node;
        return RL_OK;
    }
    rl_yaml_node *parent = b->open[b->depth - 1], **last = &b->last[b->depth - 1];
    const bool is_value = parent->kind == RL_YAML_MAPPING && *last && !(*last)->value;
    if (is_value) {
        (*last)->value = node;
        return RL_OK;
    }
    if (*last)
        (*last)->next = node;
    else
        parent->first = node;
    *last = node;
    if (parent->kind == RL_YAML_MAPPING && node->kind != RL_YAML_TEXT)
        return rl_yaml_fail(b->name, node, b->error, "a key is a %s, expected a word",
                            node->kind == RL_YAML_LIST ? "list" : "mapping");
    return RL_OK;
}

static rl_status add_node(builder *b, const yaml_event_t *event, rl_yaml_kind kind,
                          rl_yaml_node **added) {
    rl_yaml_node *node = rl_alloc(1, sizeof *node);
    if (!node)
        return rl_fail_memory(b->error, "YAML");
    node->kind = kind;
    node->line = (long long)event->start_mark.line + 1;
    *added = node;
    return place(b, node);
}

static rl_status add_text(builder *b, const yaml_event_t *event) {
    const char *text = (const char *)event->data.scalar.value;
    if (strlen(text) != event->data.scalar.length)
        return fail_line(b, event, "a value contains a NUL byte");
    if (strcmp(text, "<<") == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return fail_line(b, event,
                         "merge key '<<': merging is not used here, expected each key by itself");
    rl_yaml_node *node = NULL;
    const rl_status status = add_node(b, event, RL_YAML_TEXT, &node);
    if (status != RL_OK)
        return status;
    node->text = rl_strdup(text);
    return node->text ? RL_OK : rl_fail_memory(b->error, "YAML");
}

static rl_status begin(builder *b, const yaml_event_t *event, rl_yaml_kind kind) {
    if (b->depth == MAX_DEPTH)
        return fail_line(b, event, "nested too deeply");
    rl_yaml_node *node = NULL;
    const rl_status status = add_node(b, event, kind, &node);
    if (status != RL_OK)
        return status;
    b->last[b->depth] = NULL;
    b->open[b->depth++] = node;
    return RL_OK;
}

/* ---- What YAML has and settings have no use for ---- */

static rl_status fail_named(const builder *b, const yaml_event_t *event, const char *what,
                            const char *sign, const yaml_char_t *name, const char *message) {
    const rl_yaml_node place = {.line = (long long)event->start_mark.line + 1};
    return rl_yaml_fail(b->name, &place, b->error, "%s '%s%.100s': %s", what, sign,
                        (const char *)name, message);
}

/* "!!float" is short for "tag:yaml.org,2002:float". */
static rl_status fail_tag(const builder *b, const yaml_event_t *event, const yaml_char_t *tag,
                          const char *message) {
    static const char standard[] = "tag:yaml.org,2002:";
    const size_t length = strlen(standard);
    const bool is_standard = strncmp((const char *)tag, standard, length) == 0;
    return fail_named(b, event, "tag", is_standard ? "!!" : "", is_standard ? tag + length : tag,
                      message);
}

/* Refuses nodes with an anchor or a tag. */
static rl_status check_marks(const builder *b, const yaml_event_t *event) {
    static const char message[] = "anchors and tags are not used here, expected a plain value";
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (anchor)
        return fail_named(b, event, "anchor", "&", anchor, message);
    return tag ? fail_tag(b, event, tag, message) : RL_OK;
}

/* YAML forbids tabs in indentation, but lets some pass and says of others that mappings are not
 * allowed, or that a character cannot start a token. */
static rl_status check_tabs(const builder *b, const uint8_t *bytes, size_t size) {
    rl_yaml_node place = {.line = 1};
    for (size_t i = 0; i < size; place.line++) {
        bool tab = false;
        for (; i < size && (bytes[i] == ' ' || bytes[i] == '\t'); i++)
            tab = tab || bytes[i] == '\t';
        if (tab && i < size && !strchr("#\r\n", bytes[i]))
            return rl_yaml_fail(b->name, &place, b->error,
                                "not YAML: a tab; YAML indents with spaces");
        while (i < size && bytes[i] != '\n')
            i++;
        i += i < size;
    }
    return RL_OK;
}

static rl_status take_event(builder *b, const yaml_event_t *event) {
    const rl_status status = check_marks(b, event);
    if (status != RL_OK)
        return status;
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        return ++b->documents > 1 ? fail_line(b, event, "a second document, expected one") : RL_OK;
    case YAML_SCALAR_EVENT:
        return add_text(b, event);
    case YAML_SEQUENCE_START_EVENT:
        return begin(b, event, RL_YAML_LIST);
    case YAML_MAPPING_START_EVENT:
        return begin(b, event, RL_YAML_MAPPING);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        return RL_OK;
    case YAML_ALIAS_EVENT:
        return fail_named(b, event, "alias", "*", event->data.alias.anchor,
                          "aliases are not used here, expected a plain value");
    default:
        return RL_OK;
    }
}

/* libyaml knows the line of a bad token, but of bytes that are no text only their offset. */
static rl_status fail_parser(const builder *b, const yaml_parser_t *parser, const uint8_t *bytes,
                             size_t size) {
    if (parser->error == YAML_MEMORY_ERROR)
        return rl_fail_memory(b->error, "YAML");
    rl_yaml_node place = {.line = 1};
    if (parser->error == YAML_READER_ERROR) {
        for (size_t i = 0; i < size && i < parser->problem_offset; i++)
            place.line += bytes[i] == '\n';
    } else {
        place.line += (long long)parser->problem_mark.line;
    }
    return rl_yaml_fail(b->name, &place, b->error, "not YAML: %s",
                        parser->problem ? parser->problem : "cannot be read");
}

static rl_status build(builder *b, const uint8_t *bytes, size_t size) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return rl_fail_memory(b->error, "a YAML parser");
    yaml_parser_set_input_string(&parser, bytes, size);
    rl_status status = RL_OK;
    for (bool more = true; more && status == RL_OK;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            status = fail_parser(b, &parser, bytes, size);
            break;
        }
        more = event.type != YAML_STREAM_END_EVENT;
        status = take_event(b, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return status;
}

rl_status rl_yaml_parse(rl_yaml_node **root, const char *name, const void *bytes, size_t size,
                        rl_error *error) {
    *root = NULL;
    builder b = {.name = name, .error = error};
    rl_status status = check_tabs(&b, bytes, size);
    if (status == RL_OK)
        status = build(&b, bytes, size);
    if (status == RL_OK && !b.root) {
        b.root = rl_alloc(1, sizeof *b.root);
        if (b.root)
            *b.root = (rl_yaml_node){.kind = RL_YAML_MAPPING, .line = 1};
        else
            status = rl_fail_memory(error, "YAML");
    }
    if (status != RL_OK) {
        rl_yaml_free(b.root);
        return status;
    }
    *root = b.root;
    return RL_OK;
}

void rl_yaml_free(rl_yaml_node *node) {
    while (node) {
        rl_yaml_node *next = node->next;
        rl_yaml_free(node->first);
        rl_yaml_free(node->value);
        rl_free(node->text);
        rl_free(node);
        node = next;
    }
}

rl_status rl_yaml_fail(const char *name, const rl_yaml_node *node, rl_error *error,
                       const char *format, ...) {
    char message[sizeof error->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return rl_fail_at(error, RL_ERROR_FORMAT, node->line, "%s:%lld: %s", name, node->line, message);
}
