/* Writes YAML through libyaml, which quotes and escapes whatever a text holds. Calls after a failed
 * one do nothing; rl_yaml_writer_close says whether all is written. */
#ifndef RL_RUN_YAML_WRITE_H
#define RL_RUN_YAML_WRITE_H

#include "reslab.h"

#include <stdio.h>

typedef struct rl_yaml_writer rl_yaml_writer;

/* NULL, with errno set, when there is no memory. The root is to be one mapping. */
rl_yaml_writer *rl_yaml_writer_open(FILE *stream);
bool rl_yaml_writer_close(rl_yaml_writer *writer); /* may be NULL: false */

void rl_yaml_mapping_begin(rl_yaml_writer *writer);
void rl_yaml_mapping_end(rl_yaml_writer *writer);
void rl_yaml_list_begin(rl_yaml_writer *writer);  /* in one line: [a, b] */
void rl_yaml_items_begin(rl_yaml_writer *writer); /* a list too, an item a line */
void rl_yaml_list_end(rl_yaml_writer *writer);

/* A word of ours or a number, as it is. */
void rl_yaml_word(rl_yaml_writer *writer, const char *word);
/* Text of any origin, in double quotes. */
void rl_yaml_text(rl_yaml_writer *writer, const char *text);

#endif
