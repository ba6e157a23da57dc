/* The part of YAML that our files use, as a tree with line numbers: mappings, lists and plain text.
 * Anchors, aliases, tags, NUL bytes and second documents are errors, so that no file can say more
 * than it shows. Repeated keys are left to whoever knows which keys there may be. */
#ifndef RL_RUN_YAML_TREE_H
#define RL_RUN_YAML_TREE_H

#include "reslab.h"

#define RL_YAML_MAX_BYTES ((size_t)1 << 20) /* of a file: far above what a person writes */

typedef enum { RL_YAML_TEXT, RL_YAML_LIST, RL_YAML_MAPPING } rl_yaml_kind;

typedef struct rl_yaml_node rl_yaml_node;
struct rl_yaml_node {
    rl_yaml_kind kind;
    long long line;      /* 1-based */
    char *text;          /* of RL_YAML_TEXT; NULL else */
    rl_yaml_node *first; /* first item of a list or key of a mapping; keys are RL_YAML_TEXT */
    rl_yaml_node *next;  /* item or key */
    rl_yaml_node *value; /* of a key; NULL for what is no key */
};

/* Parses `size` bytes; `name` stands for the file in messages, "NAME:LINE: ...". An empty document
 * is an empty mapping. Release with rl_yaml_free. */
rl_status rl_yaml_parse(rl_yaml_node **root, const char *name, const void *bytes, size_t size,
                        rl_error *error);
void rl_yaml_free(rl_yaml_node *node);

/* RL_ERROR_FORMAT "NAME:LINE: ..." for the line of `node`. */
__attribute__((format(printf, 4, 5))) rl_status
rl_yaml_fail(const char *name, const rl_yaml_node *node, rl_error *error, const char *format, ...);

#endif
