/* An open safetensors file, as the parts of the reader share it. */
#ifndef RL_FORMAT_SAFETENSORS_FILE_H
#define RL_FORMAT_SAFETENSORS_FILE_H

#include "format/safetensors.h"

#include <jansson.h>

struct rl_safetensors {
    char *name;    /* for messages */
    int source;    /* the open file, until its data are read; -1 else */
    char *text;    /* of the header, as it is in the file */
    size_t length; /* of it */
    size_t data_size;
    uint8_t *data;
    json_t *header; /* owns the names and the metadata */
    rl_tensor *tensors;
    size_t count;
};

typedef struct {
    rl_safetensors *file;
    const char *name; /* of the file, for messages */
    rl_error *error;
} rl_safetensors_parser;

/* Understands the header's text in p->file: fills everything but the data. */
rl_status rl_safetensors_parse_header(const rl_safetensors_parser *p);

#endif
