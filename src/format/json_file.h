/* JSON files: the one door through which they are read. */
#ifndef RL_FORMAT_JSON_FILE_H
#define RL_FORMAT_JSON_FILE_H

#include "reslab.h"

#include <jansson.h>

/* Reads the object that a JSON file of at most 16 MiB holds; *object is for json_decref. Where
 * there is no such file, *object is NULL and that is no error. RL_ERROR_FORMAT names file and line.
 */
rl_status rl_json_file_read(json_t **object, const char *path, rl_error *error);

#endif
